//! The formatter, on a few hundred generated programs and on every policy of the repository. `cargo run --release -p atbac-differential --example layout` does as many as it is told to.

use atbac_differential::layout::{disarranged, disarranged_policy, laid_out};
use atbac_engine::run::run_tests;
use atbac_engine::{Bundle, Execution, SourceFile};
use atbac_generator::{Tape, tape};
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn generated_programs_stay_what_they_say() {
    let mut notes = 0;
    for seed in 0..300 {
        for file in disarranged_policy(seed) {
            laid_out(&file.text)
                .unwrap_or_else(|difference| panic!("seed {seed}: {difference}\n--- it was\n{}", file.text));
            notes += file.text.matches("// a note").count();
        }
    }
    assert!(notes > 10_000, "only {notes} comments were put in");
}

/// A formatter that does too much is found: the checks fail when they should.
#[test]
fn another_meaning_is_seen() {
    assert!(laid_out("package p;\nrecord R { a: Int,, }").is_err());
    assert_eq!(laid_out("package p;\n\n\n\nrecord   R {a:Int}").unwrap(), "package p;\n\nrecord R { a: Int }\n");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The policies in a folder and the folders in it.
fn policies(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            policies(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "atbac") {
            found.push(path);
        }
    }
    found.sort();
}

#[test]
fn every_policy_of_the_repository_stays_what_it_says() {
    let mut found = Vec::new();
    for folder in ["examples", "stdlib", "tests/run", "tests/ui/accepted", "tests/mistakes", "grammar/tests/policies"] {
        policies(&root().join(folder), &mut found);
    }
    let mut looked_at = 0;
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        // Some show what is refused.
        if !atbac_grammar::parse(atbac_grammar::span::FileId(0), &text).diagnostics.is_empty() {
            continue;
        }
        for seed in 0..8 {
            let numbers = tape::random(seed, 5000);
            let other = disarranged(&text, &mut Tape::new(&numbers));
            laid_out(&other)
                .unwrap_or_else(|difference| panic!("{}: {difference}\n--- it was\n{other}", path.display()));
        }
        looked_at += 1;
    }
    assert!(looked_at > 80, "only {looked_at}");
}

/// How the tests of a folder of policies come out, with what is decided in each.
fn outcomes(files: Vec<SourceFile>) -> Vec<(String, Vec<String>)> {
    let bundle = Bundle::open(files, Execution::Interpreter).unwrap_or_else(|error| panic!("{error}"));
    let results = run_tests(&bundle);
    let told =
        |failures: Vec<atbac_engine::run::Failure>| failures.into_iter().map(|failure| failure.message).collect();
    results.into_iter().map(|result| (result.name, told(result.failures))).collect()
}

/// The decisions of the examples' tests, before and after.
#[test]
fn examples_decide_the_same_once_laid_out() {
    let mut tests = 0;
    for folder in fs::read_dir(root().join("examples")).unwrap() {
        let mut found = Vec::new();
        let folder = folder.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        policies(&folder, &mut found);
        let read =
            |path: &PathBuf| SourceFile { name: path.display().to_string(), text: fs::read_to_string(path).unwrap() };
        let files: Vec<SourceFile> = found.iter().map(read).collect();
        if files.is_empty() {
            continue;
        }
        let numbers = tape::random(7, 20_000);
        let mut tape = Tape::new(&numbers);
        let other = files.iter().map(|file| SourceFile {
            name: file.name.clone(),
            text: laid_out(&disarranged(&file.text, &mut tape)).unwrap(),
        });
        let (before, after) = (outcomes(files.clone()), outcomes(other.collect()));
        assert_eq!(before, after, "{}", folder.display());
        tests += before.len();
    }
    assert!(tests > 30, "only {tests}");
}
