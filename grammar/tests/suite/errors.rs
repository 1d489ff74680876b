//! Every message, as a person sees it: each `tests/errors/*.atbac` has its diagnostics beside it in a `.snap`.
//!
//! `INSTA_UPDATE=always` writes them anew; read each before you commit it: message, place, help.

use crate::support::source;
use atbac_grammar::parse;
use atbac_grammar::render::{Style, report};
use std::fs;
use std::path::Path;

#[test]
fn messages_are_what_people_need() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/errors");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "atbac"));
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let text = fs::read_to_string(&path).expect("it can be read");
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("its name is text");
        let (sources, file) = source(&format!("{name}.atbac"), &text);
        let diagnostics = parse(file, &text).diagnostics;
        assert!(!diagnostics.is_empty(), "{name} has no errors");
        let drawn: Vec<String> =
            diagnostics.iter().map(|diagnostic| report(diagnostic, &sources, Style::default())).collect();
        settings.bind(|| insta::assert_snapshot!(name, drawn.join("\n")));
    }
}
