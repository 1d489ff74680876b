//! What people see: programs that are refused or warned about, each with its reviewed diagnostics beside it in `.stderr`, and programs that are accepted.
//!
//! One mistake gives one diagnostic. A program with more mistakes says so in its first line: `// 2 findings`.

use atbac_compiler::pipeline::{self, Refused};
use atbac_grammar::codes::{self, Code};
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::render::{Style, report};
use atbac_tests::files::{bundle, data, read_text, stem, with_extension};
use atbac_tests::snapshot;
use atbac_tests::twins::Twins;
use std::path::{Path, PathBuf};

/// One folder a phase, as in the codes.
const PHASES: [&str; 9] = ["syntax", "names", "types", "schema", "rules", "templates", "laws", "lints", "tests"];

/// Codes that no program in a small file can show, each with where it is tested instead.
const SHOWN_ELSEWHERE: [(Code, &str); 5] = [
    (codes::FILE_TOO_LARGE, "takes a file over 64 MiB: `hostile`"),
    (codes::TOO_MANY_ERRORS, "takes a hundred errors: `hostile`"),
    (codes::LEFT_OUT, "takes a defect of the compiler: the checker's own tests"),
    (codes::EXCEPTION_EXPIRED, "takes a clock: the compiler's tests of lints"),
    (codes::EXCEPTION_NEAR_EXPIRY, "takes a clock: the compiler's tests of lints"),
];

fn programs() -> impl Iterator<Item = PathBuf> {
    PHASES.iter().flat_map(|phase| with_extension(&data("ui").join(phase), "atbac"))
}

/// Everything that is found in a program.
fn findings(path: &Path) -> Refused {
    match pipeline::parse(bundle(path)).check() {
        Ok(checked) => Refused { sources: checked.sources, diagnostics: checked.warnings },
        Err(refused) => refused,
    }
}

#[test]
fn messages_are_as_reviewed() {
    let mut failures = Vec::new();
    for path in programs() {
        let Refused { sources, diagnostics } = findings(&path);
        let drawn: Vec<String> = diagnostics.iter().map(|found| report(found, &sources, Style::default())).collect();
        failures.extend(snapshot::compare(&path.with_extension("stderr"), &drawn.join("\n")).err());
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn one_mistake_gives_one_diagnostic() {
    let expected = |text: &str| -> usize {
        let announced = text.lines().next().and_then(|line| line.strip_prefix("// ")?.strip_suffix(" findings"));
        announced.map_or(1, |number| number.parse().unwrap())
    };
    for path in programs() {
        let Refused { diagnostics, .. } = findings(&path);
        let messages: Vec<&str> = diagnostics.iter().map(|found| found.message.as_str()).collect();
        assert_eq!(messages.len(), expected(&read_text(&path)), "{}: {messages:#?}", path.display());
    }
}

/// A name that is suggested for one that is written at the place can be put there by an edit.
#[test]
fn suggestions_of_names_are_edits() {
    let mut edited = 0;
    for path in programs() {
        let Refused { sources, diagnostics } = findings(&path);
        for found in diagnostics {
            let suggested =
                found.help.as_deref().and_then(|help| help.strip_prefix("did you mean `")?.strip_suffix("`?"));
            let written = sources.text(found.primary.span);
            if let Some(suggested) = suggested
                && found.message.contains(&format!("`{written}`"))
            {
                let edit = found.edit.as_ref().map(|edit| (edit.span, edit.replacement.as_str()));
                assert_eq!(edit, Some((found.primary.span, suggested)), "{}: {}", path.display(), found.message);
                edited += 1;
            }
        }
    }
    assert!(edited > 0, "no program has a misspelt name");
}

/// Whoever meets a code can see a program that has it.
#[test]
fn every_code_is_shown() {
    let shown: Vec<Code> = programs().flat_map(|path| findings(&path).diagnostics).map(|found| found.code).collect();
    for (code, _) in codes::ALL {
        let elsewhere = SHOWN_ELSEWHERE.iter().any(|(other, _)| other == code);
        assert_eq!(shown.contains(code), !elsewhere, "{code}");
    }
}

/// A code's phase is the folder that its programs are in.
#[test]
fn programs_lie_in_the_folder_of_their_phase() {
    for path in programs() {
        let phase = stem(path.parent().unwrap());
        for found in findings(&path).diagnostics {
            let code = found.code.as_str();
            assert_eq!(code.split("::").nth(1), Some(phase.as_str()), "{}: {code}", path.display());
        }
    }
}

#[test]
fn what_the_language_has_is_accepted() {
    for path in with_extension(&data("ui/accepted"), "atbac") {
        let twins = Twins::open(&bundle(&path));
        // Programs that show what is accepted are not written as one should write.
        let not_a_lint = |warning: &&Diagnostic| !warning.code.as_str().starts_with("atbac::lints::");
        for warning in twins.jit.warnings().iter().filter(not_a_lint) {
            assert_eq!(warning.code, codes::INVARIANT_NOT_PROVEN, "{}: {}", path.display(), warning.message);
        }
    }
}
