//! The corpus of imports, `tests/import/KIND/NAME/`: each is a policy in its own format, with cases that say what the source decides.
//!
//! A folder holds
//!
//! - `policy.*`: the source; any other file but those below is part of it (reference values of a `coco-as`);
//! - `cases.atbac`: `test` blocks in the package `imported`, with the verdict that the SOURCE gives, worked out by hand from its documentation;
//! - `findings.txt`: a line for each finding, `LINE CODE` or `- CODE` where it has no place;
//! - `inputs.json`, of a policy in Rego: for each case by its name the `input` and `data`, so that regorus answers it too, and must give the same verdict;
//! - `refused.txt`, instead of all these: the code of the refusal.
//!
//! `expected.atbac` is what came out, for whoever reviews a change: `UPDATE=1` writes it.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "what is not as expected fails the test")]

mod oracle;

use atbac_engine::run::run_tests;
use atbac_engine::{Execution, SourceFile};
use atbac_import::{Imported, Kind, Options, Refusal, Source, import};
use atbac_tests::files::{read_text, repository};
use atbac_tests::snapshot;
use atbac_tests::twins::open;
use std::fs;
use std::path::{Path, PathBuf};

/// Files of a folder that are no part of its source.
const OURS: [&str; 5] = ["cases.atbac", "expected.atbac", "findings.txt", "inputs.json", "refused.txt"];

/// Ten minutes, in milliseconds: other than the default, so that it shows.
const MAX_AGE: i64 = 10 * 60 * 1000;

fn corpus() -> PathBuf {
    repository().join("tests/import")
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).unwrap_or_else(|error| panic!("{}: {error}", of.display()));
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn sources(folder: &Path) -> Vec<Source> {
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| !OURS.contains(&name(path).as_str()));
    paths.sort();
    paths.iter().map(|path| Source { name: name(path), text: read_text(path) }).collect()
}

fn imported(kind: Kind, folder: &Path) -> Result<Imported, Refusal> {
    import(kind, &sources(folder), &Options { package: "imported".to_owned(), max_age: Some(MAX_AGE) })
}

/// Every folder of every kind.
fn each(mut visit: impl FnMut(Kind, &Path)) {
    for kind in Kind::ALL {
        for folder in folders(&corpus().join(kind.word())) {
            visit(kind, &folder);
        }
    }
}

#[test]
fn every_kind_has_ten_imports_and_some_that_are_refused() {
    for kind in Kind::ALL {
        let folders = folders(&corpus().join(kind.word()));
        let decided = folders.iter().filter(|folder| folder.join("cases.atbac").exists()).count();
        assert!(decided >= 10, "{}: only {decided} imports with cases", kind.word());
        let refused = folders.iter().filter(|folder| folder.join("refused.txt").exists()).count();
        assert!(refused >= 1, "{}: nothing that is refused", kind.word());
    }
}

/// The import decides as its source does, on both executions; what came out is as a person reviewed it.
#[test]
fn an_import_means_what_its_source_means() {
    let mut failures = Vec::new();
    each(|kind, folder| {
        let name = folder.display();
        let found = match (imported(kind, folder), fs::read_to_string(folder.join("refused.txt"))) {
            (Err(refusal), Ok(code)) if refusal.code() == code.trim() => return,
            (Err(refusal), _) => return failures.push(format!("{name}: refused: {} ({})", refusal, refusal.code())),
            (Ok(_), Ok(code)) => return failures.push(format!("{name}: not refused, as {code} says")),
            (Ok(found), Err(_)) => found,
        };
        failures.extend(snapshot::compare(&folder.join("expected.atbac"), &found.policy).err());
        let cases = SourceFile { name: "cases.atbac".to_owned(), text: read_text(&folder.join("cases.atbac")) };
        let policy = SourceFile { name: "imported.atbac".to_owned(), text: found.policy.clone() };
        let results = run_tests(&open(&[policy, cases], Execution::Jit));
        if results.len() < 2 {
            failures.push(format!("{name}: only {} cases", results.len()));
        }
        for result in results.iter().filter(|result| !result.failures.is_empty()) {
            failures.push(format!("{name}: {}: {:?}", result.name, result.failures));
        }
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What is to be known about an import is said, each thing where it stands.
#[test]
fn an_import_says_what_it_did_not_understand() {
    let mut failures = Vec::new();
    each(|kind, folder| {
        let Ok(found) = imported(kind, folder) else { return };
        let line = |finding: &atbac_import::Finding| {
            let place = finding.place.as_ref().map_or("-".to_owned(), |place| place.line.to_string());
            format!("{place} {}", finding.code.as_str().trim_start_matches("atbac::import::"))
        };
        let mut lines: Vec<String> = found.findings.iter().map(line).collect();
        let expected = fs::read_to_string(folder.join("findings.txt")).unwrap_or_default();
        let mut expected: Vec<String> = expected.lines().map(str::to_owned).collect();
        lines.sort();
        expected.sort();
        if lines != expected {
            failures.push(format!("{}\n  expected {expected:?}\n  found    {lines:?}", folder.display()));
        }
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The verdicts of cases in Rego are those of another engine for Rego.
#[test]
fn regorus_decides_the_cases_of_rego_so() {
    let mut asked = 0;
    each(|kind, folder| {
        if matches!(kind, Kind::KbsPolicy | Kind::AttestationPolicy) && folder.join("cases.atbac").exists() {
            let found = imported(kind, folder).unwrap();
            asked += oracle::agree(kind, folder, &found.policy);
        }
    });
    assert!(asked >= 60, "only {asked} cases were asked");
}

/// What an import writes is in the canonical layout, and its reference file is one that the engine reads.
#[test]
fn what_comes_out_can_be_used_as_it_is() {
    each(|kind, folder| {
        let Ok(found) = imported(kind, folder) else { return };
        let formatted = atbac_grammar::format(atbac_grammar::span::FileId(0), &found.policy).unwrap();
        assert_eq!(formatted, found.policy, "{}", folder.display());
        let policy = SourceFile { name: "imported.atbac".to_owned(), text: found.policy.clone() };
        let bundle = open(&[policy], Execution::Interpreter);
        if let Some(references) = &found.references {
            let read = bundle.read_references(references.as_bytes());
            bundle.swap_references(read.unwrap_or_else(|error| panic!("{}: {error}", folder.display()))).unwrap();
        }
    });
}
