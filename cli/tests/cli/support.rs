//! Running the command, and the files it is run on.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The first example, from the root of the repository.
pub(crate) const EXAMPLE: &str = "examples/transaction-approver";

/// What a run of the command gave.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The repository's root, where the command is run.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs the command with these arguments. Its standard output is not a terminal.
pub(crate) fn atbac(arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_atbac")).args(arguments).current_dir(root()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap_or_else(|| panic!("ended by a signal: {arguments:?}"));
    Run { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Runs the command with `--json`: the exit code and the one document on standard output. Nothing may be on standard error.
pub(crate) fn json(arguments: &[&str]) -> (i32, Value) {
    let run = atbac(&[arguments, &["--json"]].concat());
    assert_eq!(run.stderr, "", "{arguments:?}");
    let document =
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", run.stdout));
    (run.code, document)
}

/// Runs the command, which cannot answer: the code and message of the error, which people get on standard error just so.
pub(crate) fn failure(arguments: &[&str]) -> (String, String) {
    let (code, document) = json(arguments);
    assert_eq!(code, 2, "{arguments:?}: {document}");
    let error =
        |key: &str| document["error"][key].as_str().unwrap_or_else(|| panic!("{arguments:?}: {document}")).to_owned();
    (error("code"), error("message"))
}

/// An empty folder for the files of one test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Writes a file and gives its path as an argument.
pub(crate) fn file(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    argument(&path)
}

/// A file of 100 MB that takes no room on the disk.
pub(crate) fn huge(folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    fs::File::create(&path).unwrap().set_len(100_000_000).unwrap();
    argument(&path)
}

/// A path as an argument.
pub(crate) fn argument(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// A file of the example as an argument.
pub(crate) fn example(name: &str) -> String {
    format!("{EXAMPLE}/{name}")
}
