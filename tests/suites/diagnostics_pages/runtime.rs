//! The tables of `docs/diagnostics/runtime`: a row for each code of what runs policies, in the file of its prefix.
//!
//! These codes have no registry: each crate names its own where it makes the error. So they are looked for in the sources.

use atbac_grammar::codes;
use atbac_tests::files::{read_text, repository, stem, with_extension};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The cells of a row.
struct Row {
    file: String,
    code: String,
    cells: Vec<String>,
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for path in with_extension(&repository().join("docs/diagnostics/runtime"), "md") {
        for line in read_text(&path).lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<String> = line.trim_matches(['|', ' ']).split(" | ").map(str::to_owned).collect();
            rows.push(Row { file: stem(&path), code: cells[0].trim_matches('`').to_owned(), cells });
        }
    }
    rows
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// What stands in quotes in a text and is made of these characters only.
fn quoted(text: &str, allowed: fn(char) -> bool) -> Vec<String> {
    text.split('"').filter(|part| !part.is_empty() && part.chars().all(allowed)).map(str::to_owned).collect()
}

/// Codes with a prefix, wherever they stand.
fn prefixed() -> BTreeSet<String> {
    let crates = ["compiler/src", "engine/src", "engine/evidence/src", "cli/src", "cli/import/src"];
    let texts = crates.iter().flat_map(|folder| sources(&repository().join(folder))).map(|path| read_text(&path));
    let codes =
        texts.flat_map(|text| quoted(&text, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_:".contains(c)));
    let compiler: BTreeSet<&str> = codes::ALL.iter().map(|(code, _)| code.as_str()).collect();
    codes.filter(|code| code.starts_with("atbac::") && !compiler.contains(code.as_str())).collect()
}

/// Codes of refusals: what the verifiers' functions `code` give, and the table of faults, which is a macro's.
fn refusals() -> BTreeSet<String> {
    let is_code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let mut found = BTreeSet::new();
    for path in sources(&repository().join("engine/evidence/src")) {
        let text = read_text(&path);
        for body in text.split("fn code(").skip(1) {
            found.extend(quoted(body.split("\n    }\n").next().unwrap(), is_code));
        }
        let table = text.split("\nfaults! {").nth(1).and_then(|rest| rest.split("\n}").next());
        found.extend(table.into_iter().flat_map(|table| quoted(table, is_code)));
    }
    found
}

#[test]
fn every_code_of_the_sources_has_a_row() {
    let (prefixed, refusals) = (prefixed(), refusals());
    assert!(prefixed.contains("atbac::input::missing") && prefixed.contains("atbac::cli::usage"), "{prefixed:?}");
    assert!(refusals.contains("report_signature") && refusals.contains("tcb_revoked"), "{refusals:?}");
    let expected: BTreeSet<String> = prefixed.union(&refusals).cloned().collect();
    let found: BTreeSet<String> = rows().into_iter().map(|row| row.code).collect();
    let missing: Vec<_> = expected.difference(&found).collect();
    let stale: Vec<_> = found.difference(&expected).collect();
    assert!(missing.is_empty() && stale.is_empty(), "without a row: {missing:?}; rows of no code: {stale:?}");
}

#[test]
fn a_row_says_what_it_means_and_what_to_do() {
    let mut seen = BTreeSet::new();
    for Row { file, code, cells } in rows() {
        assert!(seen.insert(code.clone()), "{code} has two rows");
        let [_, meaning, mend] = &cells[..] else { panic!("{code}: three cells, not {cells:?}") };
        assert!(meaning.ends_with('.') && mend.ends_with('.'), "{code}: {cells:?}");
        let expected = code.strip_prefix("atbac::").map_or("evidence", |rest| rest.split("::").next().unwrap());
        assert_eq!(file, expected, "{code}");
    }
}

#[test]
fn the_guide_names_every_table() {
    let guide = read_text(&repository().join("docs/diagnostics/README.md"));
    for Row { file, .. } in rows() {
        assert!(guide.contains(&format!("](runtime/{file}.md)")), "{file}");
    }
}
