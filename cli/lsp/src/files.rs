//! What the server asks of whoever starts it.

use atbac_compiler::pipeline::SourceFile;
use std::path::{Path, PathBuf};

/// Reading, for a library that opens no files.
pub trait Files: Send {
    /// The policies in a folder and, where that is wanted `deep`, in the folders in it: what the command finds, and what cannot be read.
    fn policies(&self, folder: &Path, deep: bool) -> Found;

    /// The text of a policy; `None` where there is none.
    ///
    /// # Errors
    /// Why it cannot be read, as a sentence.
    fn read(&self, path: &Path) -> Result<Option<String>, String>;

    /// Keeps a text of the standard library as a file that nobody changes, for editors that show files only; gives its path.
    ///
    /// # Errors
    /// Why it cannot be written, as a sentence.
    fn keep(&self, name: &str, text: &str) -> Result<PathBuf, String>;
}

/// No files: for a client whose documents are all open, such as a measurement or a test.
#[derive(Clone, Copy, Debug)]
pub struct NoFiles;

impl Files for NoFiles {
    fn policies(&self, _: &Path, _: bool) -> Found {
        Found::default()
    }

    fn read(&self, _: &Path) -> Result<Option<String>, String> {
        Ok(None)
    }

    fn keep(&self, name: &str, _: &str) -> Result<PathBuf, String> {
        Err(format!("there is no place to keep `{name}`"))
    }
}

/// The policies of a folder.
#[derive(Debug, Default)]
pub struct Found {
    /// Their paths with their texts.
    pub policies: Vec<(PathBuf, String)>,
    /// What could not be read, and why.
    pub unread: Vec<(PathBuf, String)>,
}

/// What came of one test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestOutcome {
    /// Its name.
    pub name: String,
    /// What it expected and did not get: the file, the line from 1, and what is said about it. None for a test that passed.
    pub failures: Vec<(String, usize, String)>,
}

/// Runs the tests of a bundle whose names are exactly this.
pub type RunTests = dyn Fn(Vec<SourceFile>, &str) -> Result<Vec<TestOutcome>, String> + Send;
