//! `atbac export`: what a package asks and says, for other tools and for people.

use crate::failure::Failure;
use crate::files;
use crate::policies;
use crate::report::{Answer, Report};
use crate::text::Text;
use atbac_export::{describe, html, json_schema, markdown};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

/// Write what a package asks and says: JSON Schemas of its calls, or its documentation
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac export schemas policies/ > calls.schema.json
         atbac export docs policies/ --html -o policies.html")]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Every call and session that the policies take, as JSON Schema (draft 2020-12)
    #[command(after_help = "\
Example: atbac export schemas policies/

The document accepts a call of any request; under `$defs` stand `PACKAGE.REQUEST.call`, `PACKAGE.REQUEST.session`, the grants and every type.")]
    Schemas {
        /// Policies (.atbac), or folders of them
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// The file to write, instead of standard output
        #[arg(short = 'o', long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Requests, types, rules with their sentences, templates, and whose honesty each rule rests on
    #[command(after_help = "\
Example: atbac export docs policies/ --html -o policies.html
         atbac export docs policies/ > policies.md")]
    Docs {
        /// Policies (.atbac), or folders of them
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// As a page in HTML that needs nothing but itself
        #[arg(long, conflicts_with = "markdown")]
        html: bool,
        /// As Markdown, which is the default
        #[arg(long)]
        markdown: bool,
        /// The file to write, instead of standard output
        #[arg(short = 'o', long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// Checks the policies and writes what is asked for.
pub(crate) fn run(args: &Args, text: Text) -> Result<Report, Failure> {
    match &args.what {
        What::Schemas { paths, output } => {
            let document = json_schema::document(&policies::check(paths)?.policy.schema);
            let written = format!("{document:#}\n");
            report(written, document, output.as_deref(), text)
        }
        What::Docs { paths, html, markdown: _, output } => {
            let document = describe(&policies::check(paths)?);
            let written = if *html { html::page(&document) } else { markdown::page(&document) };
            let json = json!({ "format": if *html { "html" } else { "markdown" }, "page": written });
            report(written, json, output.as_deref(), text)
        }
    }
}

fn report(written: String, json: Json, output: Option<&Path>, mut text: Text) -> Result<Report, Failure> {
    match output {
        Some(path) => {
            files::write(path, &written)?;
            text.good(format_args!("written"));
            text.add(format_args!("  {}\n", path.display()));
        }
        None => text.verbatim(&written),
    }
    Ok(Report { answer: Answer::Yes, json, text })
}
