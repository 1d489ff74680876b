//! What the server says at a place, by example: every file of `marked/` is a policy with a cursor, `$0`, and what is expected there.
//!
//! Expectations are lines that begin with `//>`:
//!
//! - `//> complete has a, b` and `//> complete lacks a, b`: names that are offered, and names that are not; `//> complete only a, b`: all that are offered;
//! - `//> hover has text`: a part of what is shown; `//> hover nothing`;
//! - `//> definition file:line`: where it is declared, the line counted from 1 without the expectations;
//! - `//> references line:column, …`: every place where it is named, in order;
//! - `//> rename x to line:column, …`: the places that change; `//> rename x refused because text`.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails, in its helpers too")]

use atbac_lsp::features::{Scene, completion, hover, index, navigation, rename};
use atbac_lsp::files::NoFiles;
use atbac_lsp::positions::Encoding;
use atbac_lsp::workspace::{Document, Workspace};
use lsp_types::{HoverContents, Position, Range};
use std::fs;
use std::path::{Path, PathBuf};

const URI: &str = "file:///policies/policy.atbac";

/// A policy with its cursor and what is expected there.
struct Marked {
    text: String,
    cursor: usize,
    expectations: Vec<String>,
}

fn read(path: &Path) -> Marked {
    let written = fs::read_to_string(path).unwrap();
    let (expected, lines): (Vec<&str>, Vec<&str>) = written.lines().partition(|line| line.starts_with("//>"));
    let text = lines.join("\n");
    let cursor = text.find("$0").unwrap_or_else(|| panic!("{}: no `$0`", path.display()));
    assert!(!expected.is_empty(), "{}: nothing is expected", path.display());
    let expectations = expected.iter().map(|line| line.trim_start_matches("//>").trim().to_owned()).collect();
    Marked { text: text.replacen("$0", "", 1), cursor, expectations }
}

#[test]
fn marked_places() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/marked");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 20);
    let mut failures = Vec::new();
    for path in paths {
        let Marked { text, cursor, expectations } = read(&path);
        let mut workspace = Workspace::new();
        workspace.open(URI, 1, text, &NoFiles);
        let document = workspace.find(URI).unwrap();
        let bundle = workspace.bundle(document.id);
        let symbols = index(&workspace, &bundle);
        let place = |document: &Document| Some(document.uri.clone());
        let (encoding, place) = (Encoding::Utf16, &place);
        let scene = Scene { workspace: &workspace, symbols: &symbols, bundle: &bundle, document, encoding, place };
        let position = document.lines.position(&document.text, cursor, Encoding::Utf16);
        for expectation in expectations {
            if let Err(found) = holds(&scene, position, &expectation) {
                failures.push(format!("{}\n  expected {expectation}\n  found    {found}", path.display()));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Whether an expectation holds; else what was found.
fn holds(scene: &Scene<'_>, position: Position, expectation: &str) -> Result<(), String> {
    let (verb, rest) = expectation.split_once(' ').unwrap();
    let outcome = |holds: bool, found: String| if holds { Ok(()) } else { Err(found) };
    match verb {
        "complete" => {
            let items = completion::complete(scene, position);
            let offered: Vec<&str> = items.iter().map(|item| item.label.as_str()).collect();
            let (how, names) = rest.split_once(' ').unwrap_or((rest, ""));
            let names: Vec<&str> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
            let holds = match how {
                "has" => names.iter().all(|name| offered.contains(name)),
                "lacks" => names.iter().all(|name| !offered.contains(name)),
                "only" => {
                    let (mut offered, mut names) = (offered.clone(), names.clone());
                    offered.sort_unstable();
                    names.sort_unstable();
                    offered == names
                }
                other => panic!("`complete {other}` is no expectation"),
            };
            outcome(holds, offered.join(", "))
        }
        "hover" => {
            let shown = hover::hover(scene, position).map(|hover| match hover.contents {
                HoverContents::Markup(markup) => markup.value,
                HoverContents::Scalar(_) | HoverContents::Array(_) => String::new(),
            });
            match rest.strip_prefix("has ") {
                Some(part) => outcome(shown.as_ref().is_some_and(|shown| shown.contains(part)), format!("{shown:?}")),
                None => outcome(shown.is_none() && rest == "nothing", format!("{shown:?}")),
            }
        }
        "definition" => {
            let found = navigation::definition(scene, position).map(|location| {
                let name = location.uri.as_str().rsplit('/').next().unwrap().to_owned();
                format!("{name}:{}", location.range.start.line + 1)
            });
            outcome(found.as_deref() == Some(rest), format!("{found:?}"))
        }
        "references" => {
            let found = navigation::references(scene, position, true);
            let shown = places(found.iter().map(|location| location.range));
            outcome(shown == rest, shown)
        }
        "rename" => {
            let (name, rest) = rest.split_once(' ').unwrap();
            let outcome_of = rename::rename(scene, position, name);
            match (rest.strip_prefix("refused because "), outcome_of) {
                (Some(part), Err(message)) => outcome(message.contains(part), message),
                (Some(_), Ok(edit)) => Err(format!("{edit:?}")),
                (None, Err(message)) => Err(message),
                (None, Ok(edit)) => {
                    let edits = edit.changes.unwrap().into_values().flatten().map(|edit| edit.range);
                    let shown = places(edits);
                    outcome(Some(shown.as_str()) == rest.strip_prefix("to "), shown)
                }
            }
        }
        other => panic!("`{other}` is no expectation"),
    }
}

fn places(ranges: impl Iterator<Item = Range>) -> String {
    let shown = ranges.map(|range| format!("{}:{}", range.start.line + 1, range.start.character + 1));
    shown.collect::<Vec<_>>().join(", ")
}
