//! What is generated compiles.

use atbac_compiler::pipeline::{self, SourceFile};
use atbac_generator::{Arrangement, Bundle, Tape, tape};
use atbac_grammar::render::{Style, report};
use std::collections::BTreeMap;

/// How many bundles are generated.
const BUNDLES: u64 = 600;

fn refusal(bundle: &Bundle, arrangement: Arrangement) -> Option<(String, String)> {
    let files = bundle.sources(arrangement).into_iter().map(|(name, text)| SourceFile { name, text });
    let refused = pipeline::parse(files).check().err()?;
    let found =
        refused.diagnostics.iter().find(|found| found.severity == atbac_grammar::diagnostic::Severity::Error)?;
    Some((found.code.as_str().to_owned(), report(found, &refused.sources, Style::default()).to_string()))
}

#[test]
fn nearly_every_tape_is_an_accepted_bundle() {
    let mut refused: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for seed in 0..BUNDLES {
        let numbers = tape::random(seed, (seed as usize * 37) % 3000);
        let bundle = Bundle::new(&mut Tape::new(&numbers));
        let arrangement = Arrangement::ALL[seed as usize % Arrangement::ALL.len()];
        if let Some((code, shown)) = refusal(&bundle, arrangement) {
            let entry = refused.entry(code).or_insert((0, String::new()));
            entry.0 += 1;
            if entry.1.len() < 6000 {
                entry.1 = format!("{}seed {seed}\n{shown}\n", entry.1);
            }
        }
    }
    let count: usize = refused.values().map(|(count, _)| count).sum();
    for (code, (count, shown)) in &refused {
        println!("{code}: {count}\n{shown}");
    }
    assert!(count * 100 <= BUNDLES as usize, "{count} of {BUNDLES} bundles are refused");
}
