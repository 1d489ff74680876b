//! `atbac lsp`: the language server, for editors. It is the one verb that does not answer once and end.

use crate::failure::Failure;
use crate::policies;
use crate::test;
use atbac_engine::run::Run;
use atbac_engine::{Bundle, Execution, SourceFile};
use atbac_lsp::files::{Files, Found};
use atbac_lsp::server::{End, Services};
use atbac_lsp::{TestOutcome, transport};
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Serve an editor: the Language Server Protocol on standard input and output
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac lsp

Neovim:  vim.lsp.config('atbac', { cmd = { 'atbac', 'lsp' }, filetypes = { 'atbac' }, root_markers = { '.git' } })
Helix:   in languages.toml,  [language-server.atbac]  command = \"atbac\"  args = [\"lsp\"]

An editor starts it; nobody types to it. It reads the policies of the editor's workspace as `atbac check` does, and what is typed but not saved. \
Ends with 0 when the editor ends it in order.")]
pub(crate) struct Args {
    /// What some editors add: it changes nothing, since there is no other way to speak
    #[arg(long, hide = true)]
    stdio: bool,
}

/// Serves until the editor is gone.
pub(crate) fn run(_: &Args) -> ExitCode {
    let (connection, writer) = transport::connect(io::stdin(), io::stdout());
    let services =
        Services { files: Box::new(Disk), run_tests: Box::new(run_tests), version: env!("CARGO_PKG_VERSION") };
    let end = atbac_lsp::serve(&connection, services);
    drop(connection);
    let written = writer.join();
    match (end, written) {
        (End::Orderly, Ok(Ok(()))) => ExitCode::SUCCESS,
        (End::Orderly | End::Abrupt, _) => {
            // The one who reads this looks into an editor's log, or has typed the verb at a prompt.
            eprintln!(
                "atbac lsp: the conversation ended without `shutdown` and `exit`: the editor is gone, or what came on standard input is not the \
                 Language Server Protocol. This verb is started by an editor."
            );
            ExitCode::from(1)
        }
    }
}

/// Reading as the other verbs do.
struct Disk;

impl Files for Disk {
    fn policies(&self, folder: &Path, deep: bool) -> Found {
        let mut found = Found::default();
        for path in listed(folder, deep) {
            match self.read(&path) {
                Ok(Some(text)) => found.policies.push((path, text)),
                Ok(None) => {}
                Err(why) => found.unread.push((path, why)),
            }
        }
        found
    }

    fn read(&self, path: &Path) -> Result<Option<String>, String> {
        if !path.exists() {
            return Ok(None);
        }
        let mut files = policies::collect(&[path.to_owned()]).map_err(|failure| failure.message().to_owned())?;
        Ok(files.pop().map(|file| file.text))
    }

    fn keep(&self, name: &str, text: &str) -> Result<PathBuf, String> {
        let folder =
            cache_folder().ok_or("there is no folder for files that can be made again: set `XDG_CACHE_HOME`")?;
        let path = folder.join("atbac").join(env!("CARGO_PKG_VERSION")).join(name);
        kept(&path, text).map_err(|error| format!("`{}` cannot be written: {error}", path.display()))?;
        Ok(path)
    }
}

/// How many folders are looked through: an editor may be opened on a whole disk.
const MAX_FOLDERS: usize = 20_000;

/// The policies of a folder and, if it is `deep`, of the folders in it, as `atbac check` finds them. What cannot be looked into is left out: an editor is
/// opened on more than policies.
fn listed(folder: &Path, deep: bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    // By their real paths: symbolic links may lead anywhere, also in circles.
    let mut visited = HashSet::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        let is_new = fs::canonicalize(&folder).is_ok_and(|real| visited.insert(real));
        let Some(entries) = fs::read_dir(&folder).ok().filter(|_| is_new && visited.len() <= MAX_FOLDERS) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if path.is_dir() {
                waiting.extend(deep.then_some(path));
            } else if path.extension().is_some_and(|extension| extension == "atbac") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Where programs keep what they can make again: the XDG Base Directory Specification, and the folders of macOS and Windows.
fn cache_folder() -> Option<PathBuf> {
    let named = |variable: &str| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || named("HOME");
    named("XDG_CACHE_HOME").or_else(|| named("LOCALAPPDATA")).or_else(|| {
        if cfg!(target_os = "macos") {
            home().map(|home| home.join("Library/Caches"))
        } else {
            home().map(|home| home.join(".cache"))
        }
    })
}

/// A file of this text, which is only to be read.
fn kept(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|known| known == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // One of an earlier build may be read-only, so another is put in its place.
    if path.exists() {
        fs::remove_file(path)?;
    }
    fs::write(path, text)?;
    let mut permissions = fs::metadata(path)?.permissions();
    permissions.set_readonly(true);
    fs::set_permissions(path, permissions)
}

/// Runs the tests with exactly this name, on the interpreter: one test is not worth compiling a bundle for.
fn run_tests(files: Vec<SourceFile>, name: &str) -> Result<Vec<TestOutcome>, String> {
    let bundle =
        Bundle::open(files, Execution::Interpreter).map_err(|error| Failure::from(error).message().to_owned())?;
    // A test of several cases runs as several, each with its case after the name.
    let is_selected = |test: &str| test == name || test.strip_prefix(name).is_some_and(|rest| rest.starts_with(": "));
    let run = Run { bundle: &bundle, read: &test::verified, selected: &is_selected, threads: 1, finished: &|| {} };
    let results = run.run(None);
    if results.is_empty() {
        return Err(format!("there is no test \"{name}\""));
    }
    let outcome = |result: atbac_engine::run::TestResult| TestOutcome {
        name: result.name,
        failures: result
            .failures
            .into_iter()
            .map(|failure| (failure.location.file, failure.location.line, failure.message))
            .collect(),
    };
    Ok(results.into_iter().map(outcome).collect())
}
