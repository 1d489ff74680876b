//! Every sample of policy text does what its page says.
//!
//! | after the opening fence | the sample |
//! |---|---|
//! | `atbac` | compiles without a warning, and its tests pass |
//! | `atbac refused CODE` | is refused with one error, of this code |
//! | `atbac warned CODE` | compiles, with a warning of this code |
//!
//! A sample is a whole file, or with `<!-- context: NAME -->` on the line before it, what stands in place of the line [`PLACE`] of `contexts/NAME.atbac`.

use super::pages::{Block, blocks, folder, names, page};
use atbac_compiler::pipeline::{self, Refused};
use atbac_engine::run::run_tests;
use atbac_engine::{Bundle, Execution, SourceFile};
use atbac_grammar::codes;
use atbac_grammar::diagnostic::{Diagnostic, Severity};
use atbac_grammar::render::{Style, report};
use atbac_tests::files::{read_text, source, stem, with_extension};
use std::collections::BTreeSet;

/// Where a context takes the sample.
const PLACE: &str = "// The sample stands here.";

fn samples() -> impl Iterator<Item = (String, Block)> {
    names().into_iter().flat_map(|name| {
        let samples = blocks(&page(&name)).into_iter().filter(|block| block.info.starts_with("atbac"));
        samples.map(|block| (format!("{name}.md:{}", block.line), block)).collect::<Vec<_>>()
    })
}

fn files(sample: &Block) -> Vec<SourceFile> {
    let Some(context) = &sample.context else { return source(sample.text.clone()) };
    let path = folder().join("contexts").join(context).with_extension("atbac");
    let context = read_text(&path);
    assert_eq!(context.lines().filter(|line| line.trim() == PLACE).count(), 1, "{}", path.display());
    source(context.replace(PLACE, &sample.text))
}

/// What is wrong with a sample, for a person.
fn fault(sample: &Block) -> Option<String> {
    let (sources, found) = match pipeline::parse(files(sample)).check() {
        Ok(checked) => (checked.sources, checked.warnings),
        Err(Refused { sources, diagnostics }) => (sources, diagnostics),
    };
    let drawn = |found: &[Diagnostic]| -> String {
        found.iter().map(|found| report(found, &sources, Style::default())).collect()
    };
    let of_severity = |severity: Severity| -> Vec<Diagnostic> {
        found.iter().filter(|found| found.severity == severity).cloned().collect()
    };
    let (errors, warnings) = (of_severity(Severity::Error), of_severity(Severity::Warning));
    match sample.info.split(' ').collect::<Vec<_>>()[..] {
        ["atbac"] if found.is_empty() => failed_tests(sample),
        ["atbac"] => Some(drawn(&found)),
        ["atbac", "refused", code] => match &errors[..] {
            [only] if only.code.as_str() == code => None,
            [] => Some(format!("is accepted instead of refused with {code}")),
            other => Some(format!("is refused otherwise than with one {code}:\n{}", drawn(other))),
        },
        ["atbac", "warned", code] => {
            let warned = errors.is_empty() && warnings.iter().any(|found| found.code.as_str() == code);
            (!warned).then(|| format!("is not accepted with a warning {code}:\n{}", drawn(&found)))
        }
        _ => Some(format!("says `{}`, which means nothing", sample.info)),
    }
}

fn failed_tests(sample: &Block) -> Option<String> {
    let bundle = Bundle::open(files(sample), Execution::Interpreter).unwrap_or_else(|error| panic!("{error:?}"));
    let failed: Vec<_> = run_tests(&bundle).into_iter().filter(|result| !result.failures.is_empty()).collect();
    (!failed.is_empty()).then(|| format!("{failed:#?}"))
}

#[test]
fn samples_do_what_their_page_says() {
    let samples: Vec<(String, Block)> = samples().collect();
    assert!(samples.len() > 60, "only {} samples were found", samples.len());
    let faults: Vec<String> =
        samples.iter().filter_map(|(place, block)| Some(format!("{place} {}", fault(block)?))).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A page names codes as they are, and a context is there for a sample.
#[test]
fn what_samples_name_is_there() {
    let known: BTreeSet<&str> = codes::ALL.iter().map(|(code, _)| code.as_str()).collect();
    // What can go wrong after compiling stands in tables, a row for each code.
    let tables = with_extension(&folder().join("../diagnostics/runtime"), "md");
    let tables: String = tables.iter().map(|path| read_text(path)).collect();
    for name in names() {
        let text = page(&name);
        for named in text.split('`').filter(|quoted| quoted.starts_with("atbac::") && !quoted.contains(['…', ' ', '*']))
        {
            let is_known = known.contains(named) || tables.contains(&format!("\n| `{named}` |"));
            assert!(is_known, "{name}.md names `{named}`, which is no code");
        }
    }
    let lints = page("lints");
    for lint in known.iter().filter_map(|code| code.strip_prefix("atbac::lints::")) {
        assert!(
            lints.lines().any(|line| line.starts_with('|') && line.contains(&format!("`{lint}`"))),
            "lints.md lacks `{lint}`"
        );
    }
    let used: BTreeSet<String> = samples().filter_map(|(_, block)| block.context).collect();
    let there: BTreeSet<String> =
        with_extension(&folder().join("contexts"), "atbac").iter().map(|path| stem(path)).collect();
    assert_eq!(used, there);
}
