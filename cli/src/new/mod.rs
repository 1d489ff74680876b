//! `atbac new`: a package to start from, with tests that pass.

use crate::failure::{EXISTS, Failure};
use crate::files;
use crate::report::{Answer, Report};
use crate::text::Text;
use atbac_grammar::parse;
use atbac_grammar::span::FileId;
use serde_json::json;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Begin a package: a policy and its tests, in a folder of its own
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac new my-tool
         atbac test my-tool

The package is named after the folder, with `_` where the language has no other mark. What is there is never overwritten.")]
pub(crate) struct Args {
    /// The folder to make; its last part names the package
    #[arg(value_name = "NAME")]
    path: PathBuf,
}

/// The files, with `PACKAGE` where the name stands.
const POLICY: &str = include_str!("policy.txt");
const TESTS: &str = include_str!("policy_test.txt");

/// Writes the files.
pub(crate) fn run(args: &Args, mut text: Text) -> Result<Report, Failure> {
    let package = package(&args.path)?;
    make_folder(&args.path)?;
    let mut written = Vec::new();
    for (name, content) in [("policy.atbac", POLICY), ("policy_test.atbac", TESTS)] {
        let path = args.path.join(name);
        files::write(&path, &content.replace("PACKAGE", &package))?;
        written.push(path.display().to_string());
    }
    text.good(format_args!("package `{package}`\n"));
    written.iter().for_each(|path| text.add(format_args!("  {path}\n")));
    text.add(format_args!("\nNext: atbac test {}\n", args.path.display()));
    Ok(Report { answer: Answer::Yes, json: json!({ "package": package, "files": written }), text })
}

/// The name of the package, from that of its folder.
fn package(path: &Path) -> Result<String, Failure> {
    let folder = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let package = folder.replace('-', "_");
    let is_word = !package.is_empty() && package.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_name = is_word && parse(FileId(0), &format!("package {package};")).diagnostics.is_empty();
    if !is_name || package == "std" {
        let message = format!(
            "`{folder}` cannot name a package: a name begins with a letter, goes on with letters, digits, `-` and `_`, and is no reserved word, nor `std`"
        );
        return Err(Failure::usage(message));
    }
    Ok(package)
}

/// A folder that was not there before.
fn make_folder(path: &Path) -> Result<(), Failure> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(|error| files::unwritable(parent, &error))?;
    }
    fs::create_dir(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::new(EXISTS, format!("`{}` is there already: choose another name", path.display()))
        }
        _ => files::unwritable(path, &error),
    })
}
