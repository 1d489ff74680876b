//! Policies from paths: files, and folders of them.

use crate::failure::{Failure, NO_POLICIES, TOO_LARGE};
use crate::files;
use crate::progress;
use atbac_compiler::pipeline::{self, Checked};
use atbac_engine::{Bundle, Execution, SourceFile};
use atbac_grammar::span::MAX_FILE_BYTES;
use clap::ValueEnum;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The most bytes of policies read at once, over all files: 256 MiB.
const MAX_TOTAL_BYTES: usize = 256 * 1024 * 1024;

/// How decisions are made.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Engine {
    /// Machine code
    Jit,
    /// The reference interpreter, for hosts that forbid executable memory
    Interpreter,
}

impl Engine {
    /// The word for it in output, as in the argument.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Engine::Jit => "jit",
            Engine::Interpreter => "interpreter",
        }
    }
}

impl From<Engine> for Execution {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Jit => Execution::Jit,
            Engine::Interpreter => Execution::Interpreter,
        }
    }
}

/// Compiles the policies at `paths`.
///
/// # Errors
/// [`Failure`] when they cannot be read, or are refused.
pub(crate) fn open(paths: &[PathBuf], engine: Engine) -> Result<Bundle, Failure> {
    let files = collect(paths)?;
    Ok(progress::during("compiling policies", |_| Bundle::open(files, engine.into()))?)
}

/// Checks the policies at `paths`.
///
/// # Errors
/// [`Failure`] when they cannot be read, or are refused.
pub(crate) fn check(paths: &[PathBuf]) -> Result<Checked, Failure> {
    let files = collect(paths)?;
    let checked = progress::during("checking", |_| pipeline::parse(files).check());
    checked.map_err(|refused| Failure::Policies(Box::new(refused)))
}

/// The policies at `paths`, each once: files of any name, and the `.atbac` files in folders and the folders in them, sorted. Hidden
/// folders and files are left out.
///
/// # Errors
/// [`Failure`] when something cannot be read: a policy that is silently left out could be the one that forbids.
pub(crate) fn collect(paths: &[PathBuf]) -> Result<Vec<SourceFile>, Failure> {
    let mut collector = Collector::default();
    for path in paths {
        collector.path(path)?;
    }
    if collector.files.is_empty() {
        let paths: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
        return Err(Failure::new(NO_POLICIES, format!("no `.atbac` files in {}: check the path", paths.join(", "))));
    }
    Ok(collector.files)
}

#[derive(Default)]
struct Collector {
    files: Vec<SourceFile>,
    /// Files and folders already visited, by their real paths: symbolic links may lead anywhere, also in circles.
    visited: HashSet<PathBuf>,
    bytes: usize,
}

impl Collector {
    fn path(&mut self, path: &Path) -> Result<(), Failure> {
        let unreadable = |error| Failure::read(path, &error);
        if !self.visited.insert(fs::canonicalize(path).map_err(unreadable)?) {
            return Ok(());
        }
        if fs::metadata(path).map_err(unreadable)?.is_dir() { self.folder(path) } else { self.file(path) }
    }

    fn folder(&mut self, folder: &Path) -> Result<(), Failure> {
        let unreadable = |error| Failure::read(folder, &error);
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            names.push(entry.map_err(unreadable)?.file_name());
        }
        names.sort();
        for name in names {
            let path = folder.join(&name);
            let hidden = name.as_encoded_bytes().starts_with(b".");
            let policy = path.extension().is_some_and(|extension| extension == "atbac");
            // A link to nowhere matters only where a policy should be.
            if !hidden && (policy || path.is_dir()) {
                self.path(&path)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<(), Failure> {
        let name = path.display().to_string();
        let bytes = files::read(path, "a policy", MAX_FILE_BYTES as u64)?;
        self.bytes += bytes.len();
        if self.bytes > MAX_TOTAL_BYTES {
            let message =
                format!("with `{name}` the policies are over {MAX_TOTAL_BYTES} bytes, the most that are read at once");
            return Err(Failure::new(TOO_LARGE, message));
        }
        let text = String::from_utf8(bytes).map_err(|error| files::not_utf8(&name, &error))?;
        self.files.push(SourceFile { name, text });
        Ok(())
    }
}
