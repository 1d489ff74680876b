//! Quick fixes, by example: every file of `mends/` is a policy with a mistake, a line `//> becomes`, and what it is once every edit that is offered is taken.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, in its helpers too")]

use atbac_compiler::pipeline;
use atbac_lsp::features::diagnostics::{Mend, publish};
use atbac_lsp::files::NoFiles;
use atbac_lsp::positions::Encoding;
use atbac_lsp::workspace::Workspace;
use std::fs;
use std::path::{Path, PathBuf};

const URI: &str = "file:///policies/policy.atbac";

/// The edits that are offered for a policy.
fn offered(workspace: &Workspace) -> Vec<Mend> {
    let bundle = workspace.bundle(workspace.find(URI).unwrap().id);
    let (sources, found) = match pipeline::parse(workspace.sources(&bundle)).check() {
        Ok(checked) => (checked.sources, checked.warnings),
        Err(refused) => (refused.sources, refused.diagnostics),
    };
    let published = publish(workspace, &bundle, &sources, &found, Encoding::Utf16);
    published.into_values().flatten().filter_map(|one| one.mend).collect()
}

#[test]
fn taking_every_edit_that_is_offered() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mends");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 15);
    let mut failures = Vec::new();
    for path in paths {
        let written = fs::read_to_string(&path).unwrap();
        let (before, wanted) = written.split_once("//> becomes\n").unwrap();
        let mut workspace = Workspace::new();
        workspace.open(URI, 1, before.to_owned(), &NoFiles);
        let document = workspace.find(URI).unwrap();
        let mut mends = offered(&workspace);
        mends.sort_by_key(|mend| (mend.range.start, mend.range.end));
        mends.dedup();
        let mut text = before.to_owned();
        for Mend { range, replacement, .. } in mends.into_iter().rev() {
            let offset = |position| document.offset(position, Encoding::Utf16);
            text.replace_range(offset(range.start)..offset(range.end), &replacement);
        }
        if text != wanted {
            failures.push(format!("{}\nexpected\n{wanted}\nfound\n{text}", path.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
