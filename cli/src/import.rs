//! `atbac import`: a policy of another system as a package.

use crate::failure::{EXISTS, Failure};
use crate::files;
use crate::report::{Answer, Report};
use crate::text::Text;
use atbac_import::{Finding, Imported, Kind, Level, MAX_SOURCE_BYTES, Options, Source};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Read a policy of another system, and write what it means as a package
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac import contrast manifest.json -o policies/contrast
         atbac import azure-skr release.json --max-age 1h
         atbac import coco-as policy.rego reference-values.json -o policies/appraisal --partial

Without -o the policy is printed, and the findings after it as comments. What comes out never permits more than the source. Where something was not \
understood, it permits less: then nothing is written, and the answer is no, unless --partial says that you want the rest.

Kinds: agent-policy (YAML), kbs and coco-as (Confidential Containers, Rego), azure-attestation (claim rules), azure-skr (key release policies, JSON), \
contrast (manifests, JSON).")]
pub(crate) struct Args {
    /// The format
    #[arg(value_name = "KIND", value_parser = kind)]
    kind: Kind,
    /// The policy; of coco-as, also JSON files with reference values
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The folder to make, with `policy.atbac` and, where there are reference values, `references.json`
    #[arg(short = 'o', long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// The package's name; without it, that of the folder or of the first file
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    /// The greatest age of evidence, such as `1h`; 5m without it, since no format has one
    #[arg(long, value_name = "DURATION", value_parser = atbac_grammar::parse_duration)]
    max_age: Option<i64>,
    /// Take what was understood, where not everything was
    #[arg(long)]
    partial: bool,
}

fn kind(word: &str) -> Result<Kind, String> {
    let words: Vec<&str> = Kind::ALL.into_iter().map(Kind::word).collect();
    let expected = format!("expected one of {}", words.join(", "));
    Kind::ALL.into_iter().find(|kind| kind.word() == word).ok_or(expected)
}

/// Imports, and writes or shows what came of it.
pub(crate) fn run(args: &Args, mut text: Text) -> Result<Report, Failure> {
    let mut sources = Vec::new();
    for path in &args.files {
        let name =
            path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        let bytes = files::read(path, "a policy to import", MAX_SOURCE_BYTES as u64)?;
        let source = String::from_utf8(bytes).map_err(|error| files::not_utf8(&name, &error))?;
        sources.push(Source { name, text: source });
    }
    let options = Options { package: package(args)?, max_age: args.max_age };
    let imported = atbac_import::import(args.kind, &sources, &options)
        .map_err(|refusal| Failure::new(refusal.code(), refusal.to_string()))?;
    let taken = imported.is_complete() || args.partial;
    let mut written = Vec::new();
    match &args.output {
        Some(folder) if taken => {
            written = write(folder, &imported)?;
            findings(&imported.findings, "", &mut text);
            text.good(format_args!("package `{}`\n", options.package));
            written.iter().for_each(|path| text.add(format_args!("  {path}\n")));
            text.add(format_args!("\nNext: atbac check {}\n", folder.display()));
        }
        None if taken => {
            text.verbatim(&imported.policy);
            findings(&imported.findings, "// ", &mut text);
        }
        Some(_) | None => {
            findings(&imported.findings, "", &mut text);
            text.bad("INCOMPLETE");
            text.add("  not everything was understood, so nothing was written: with --partial you get what was\n");
        }
    }
    let json = json!({
        "package": options.package,
        "complete": imported.is_complete(),
        "policy": if taken { imported.policy.as_str().into() } else { Json::Null },
        "references": imported.references.as_deref().filter(|_| taken),
        "files": written,
        "findings": imported.findings.iter().map(object).collect::<Vec<_>>(),
    });
    Ok(Report { answer: Answer::from(taken), json, text })
}

/// The name of the package: as given, or as the folder or the first file is called.
fn package(args: &Args) -> Result<String, Failure> {
    let path = args.output.as_deref().or(args.files.first().map(PathBuf::as_path)).unwrap_or(Path::new("imported"));
    let stem = if args.output.is_some() { path.file_name() } else { path.file_stem() };
    let derived =
        || stem.map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default().replace(['-', '.', ' '], "_");
    let package = args.package.clone().unwrap_or_else(derived);
    let is_name = package.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    let parsed = atbac_grammar::parse(atbac_grammar::span::FileId(0), &format!("package {package};"));
    if !is_name || !parsed.diagnostics.is_empty() || package.split('.').next() == Some("std") {
        let message =
            format!("`{package}` cannot name a package: give a name with `--package`, such as `payments.approver`");
        return Err(Failure::usage(message));
    }
    Ok(package)
}

/// Writes the files into a folder; what is there is never overwritten.
fn write(folder: &Path, imported: &Imported) -> Result<Vec<String>, Failure> {
    fs::create_dir_all(folder).map_err(|error| files::unwritable(folder, &error))?;
    let contents = [("policy.atbac", Some(&imported.policy)), ("references.json", imported.references.as_ref())];
    let mut written = Vec::new();
    for (name, content) in contents {
        let path = folder.join(name);
        if content.is_some() && path.exists() {
            let message = format!("`{}` is there already: choose another folder", path.display());
            return Err(Failure::new(EXISTS, message));
        }
    }
    for (name, content) in contents {
        if let Some(content) = content {
            let path = folder.join(name);
            files::write(&path, content)?;
            written.push(path.display().to_string());
        }
    }
    Ok(written)
}

fn findings(findings: &[Finding], prefix: &str, text: &mut Text) {
    for finding in findings {
        let place = finding.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
        text.add(prefix);
        match finding.level() {
            Level::NotUnderstood if prefix.is_empty() => text.bad(finding.level().word()),
            Level::NotUnderstood | Level::Warning | Level::Note => text.add(finding.level().word()),
        }
        let (message, help) = (on_one_line(&format!("{place}{}", finding.message)), on_one_line(&finding.help));
        text.add(format_args!(": {message}\n{prefix}  help: {help}  ({})\n", finding.code.as_str()));
    }
}

/// Words of the source, and the name of its file, without what would end a line: behind `// `, the next one would be a rule.
fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}

fn object(finding: &Finding) -> Json {
    let place = finding.place.as_ref();
    json!({
        "code": finding.code.as_str(),
        "level": finding.level().word(),
        "file": place.map(|place| place.file.as_str()),
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
        "message": finding.message,
        "help": finding.help,
    })
}
