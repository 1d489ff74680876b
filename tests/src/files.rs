//! Where data lies, and bundles that stand in one file.

use atbac_engine::SourceFile;
use std::fs;
use std::path::{Path, PathBuf};

/// The repository's root.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The folder of the suites' data.
pub fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// The bytes of a file that must be there.
pub fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text of a file that must be there.
pub fn read_text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of a folder with this extension, by name. There must be some: a suite without cases proves nothing.
pub fn with_extension(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    assert!(!paths.is_empty(), "{} has no `.{extension}` files", folder.display());
    paths
}

/// The name of a file without its extension.
pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// The source files of a bundle that stands in one file: a line `//// other.atbac` begins the next one.
pub fn bundle(path: &Path) -> Vec<SourceFile> {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let mut files = vec![SourceFile { name, text: String::new() }];
    for line in read_text(path).split_inclusive('\n') {
        match line.strip_prefix("//// ") {
            Some(name) => files.push(SourceFile { name: name.trim().to_owned(), text: String::new() }),
            None => files.last_mut().unwrap().text.push_str(line),
        }
    }
    files
}

/// One source file of this text.
pub fn source(text: impl Into<String>) -> Vec<SourceFile> {
    vec![SourceFile { name: "policy.atbac".to_owned(), text: text.into() }]
}
