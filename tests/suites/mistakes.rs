//! Mistakes that people make, each put into an example in memory: one diagnostic, on the line of the mistake, that names the mend.
//!
//! A file of `mistakes/` is one of them:
//!
//! ```json
//! {
//!   "example": "transaction-approver",
//!   "file": "approver.atbac",
//!   "replace": "principal.measurement in approver_builds",
//!   "with": "principal.mesurement in approver_builds",
//!   "code": "atbac::names::unknown",
//!   "mend": "`measurement`"
//! }
//! ```
//!
//! `replace` stands in the file exactly once. `mend` is what the message or the help must say. Where the place to look at is not what was changed, since what is
//! wrong is that something is missing, `line` is a text in the line that the diagnostic must point at. What its author sees stands beside it, reviewed, in `NAME.stderr`.

use atbac_compiler::pipeline;
use atbac_engine::SourceFile;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::render::{Style, report};
use atbac_grammar::span::SourceMap;
use atbac_tests::files::{data, read, read_text, repository, stem, with_extension};
use atbac_tests::snapshot;
use serde_json::Value as Json;
use std::ops::RangeInclusive;
use std::path::PathBuf;

struct Mistake {
    name: String,
    form: Json,
}

impl Mistake {
    fn all() -> Vec<Self> {
        let paths = with_extension(&data("mistakes"), "json");
        let mistake = |path: &PathBuf| Mistake { name: stem(path), form: serde_json::from_slice(&read(path)).unwrap() };
        paths.iter().map(mistake).collect()
    }

    fn text(&self, key: &str) -> &str {
        self.form[key].as_str().unwrap_or_else(|| panic!("{} says no `{key}`", self.name))
    }

    /// The example's files as they are.
    fn example(&self) -> Vec<SourceFile> {
        let folder = repository().join("examples").join(self.text("example"));
        let file = |path: &PathBuf| SourceFile {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            text: read_text(path),
        };
        with_extension(&folder, "atbac").iter().map(file).collect()
    }

    /// The example's files with the mistake, and the lines that it is on, from 1.
    fn made(&self) -> (Vec<SourceFile>, RangeInclusive<usize>) {
        let mut files = self.example();
        let file = files.iter_mut().find(|file| file.name == self.text("file")).unwrap();
        let (replaced, with) = (self.text("replace"), self.text("with"));
        assert_eq!(file.text.matches(replaced).count(), 1, "{}: `{replaced}` stands there once", self.name);
        let at = file.text.find(replaced).unwrap();
        file.text.replace_range(at..at + replaced.len(), with);
        let line = |offset: usize| file.text[..offset].matches('\n').count() + 1;
        let lines = match self.form.get("line") {
            Some(text) => {
                let text = text.as_str().unwrap();
                assert_eq!(file.text.matches(text).count(), 1, "{}: `{text}` stands there once", self.name);
                let line = line(file.text.find(text).unwrap());
                line..=line
            }
            None => line(at)..=line(at + with.len()),
        };
        (files, lines)
    }
}

/// Everything that is found in a bundle.
fn findings(files: Vec<SourceFile>) -> (SourceMap, Vec<Diagnostic>) {
    match pipeline::parse(files).check() {
        Ok(checked) => (checked.sources, checked.warnings),
        Err(refused) => (refused.sources, refused.diagnostics),
    }
}

/// What is wrong with how a mistake is answered.
fn complaint(mistake: &Mistake) -> Option<String> {
    let (_, before) = findings(mistake.example());
    let (files, lines) = mistake.made();
    let (sources, mut found) = findings(files);
    found.retain(|found| !before.iter().any(|old| old.code == found.code && old.message == found.message));
    let said = |found: &Diagnostic| {
        let position = sources.get(found.primary.span.file).position(found.primary.span.start);
        let file = &sources.get(found.primary.span.file).name;
        let help = found.help.as_deref().unwrap_or("no help");
        format!("{} ({file}:{}): {}\n    {help}", found.code, position.line, found.message)
    };
    let all = || found.iter().map(said).collect::<Vec<_>>().join("\n  ");
    let [one] = &found[..] else {
        return Some(format!("{} diagnostics instead of one\n  {}", found.len(), all()));
    };
    let source = sources.get(one.primary.span.file);
    let line = source.position(one.primary.span.start).line;
    let mend = mistake.text("mend");
    let names_the_mend = one.message.contains(mend) || one.help.as_ref().is_some_and(|help| help.contains(mend));
    let complaint = if one.code.as_str() != mistake.text("code") {
        format!("another code than {}", mistake.text("code"))
    } else if source.name != mistake.text("file") || !lines.contains(&line) {
        format!("points elsewhere than at {}:{}", mistake.text("file"), lines.start())
    } else if !names_the_mend {
        format!("does not say `{mend}`")
    } else {
        let reviewed = data("mistakes").join(format!("{}.stderr", mistake.name));
        return snapshot::compare(&reviewed, &report(one, &sources, Style::default())).err();
    };
    Some(format!("{complaint}\n  {}", all()))
}

#[test]
fn each_mistake_gives_one_diagnostic_that_names_the_mend() {
    let mistakes = Mistake::all();
    assert!(mistakes.len() >= 50, "only {} mistakes", mistakes.len());
    let complaints: Vec<String> = mistakes
        .iter()
        .filter_map(|mistake| complaint(mistake).map(|complaint| format!("{}: {complaint}", mistake.name)))
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
