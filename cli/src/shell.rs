//! `atbac completions` and `atbac man`: the command's own arguments, for shells and as manual pages.

use crate::failure::Failure;
use crate::files;
use crate::report::{Answer, Report};
use crate::text::Text;
use clap::Command;
use clap_complete::{Shell, generate};
use serde_json::json;
use std::path::PathBuf;

/// Print what completes this command's arguments in a shell
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac completions bash > ~/.local/share/bash-completion/completions/atbac")]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Prints a script.
pub(crate) fn completions(args: &CompletionsArgs, mut command: Command, mut text: Text) -> Report {
    let mut script = Vec::new();
    generate(args.shell, &mut command, "atbac", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    text.verbatim(&script);
    Report { answer: Answer::Yes, json: json!({ "script": script }), text }
}

/// Write a manual page for each verb into a folder
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac man ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// The folder, which must be there
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

/// Writes the pages: `atbac.1`, `atbac-check.1`, …
pub(crate) fn man(args: &ManArgs, command: Command, mut text: Text) -> Result<Report, Failure> {
    clap_mangen::generate_to(command, &args.folder).map_err(|error| files::unwritable(&args.folder, &error))?;
    let folder = args.folder.display().to_string();
    text.add(format_args!("manual pages written to {folder}\n"));
    Ok(Report { answer: Answer::Yes, json: json!({ "folder": folder }), text })
}
