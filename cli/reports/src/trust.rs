//! What a rule rests on, in rows of a label and a text: floors and where they are met, whose word is read, reference values, the clock.

use crate::finding::Place;
use atbac_compiler::trust::{MetFloor, Source, Trust, fact_word};
use atbac_compiler::types::{Fact, Schema};
use atbac_grammar::span::{SourceMap, Span};

/// The rows of a rule.
pub fn rows(trust: &Trust<'_>, schema: &Schema, sources: &SourceMap) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    for MetFloor { fact, least, lines } in &trust.floors {
        let places: Vec<String> = lines.iter().map(|line| place(*line, sources)).collect();
        let met = places.join(", ");
        rows.push(("floor", format!("{}: {}, met at {met}", fact_word(*fact), least.word())));
    }
    rows.extend(trust.sources.iter().map(|source| (source.provenance.word(), read(source))));
    if !trust.references.is_empty() {
        rows.push(("references", references(trust, schema).join(", ")));
    }
    if trust.reads_clock {
        rows.push(("clock", "the time that the service gives".to_owned()));
    }
    rows
}

/// The names of the reference values that a rule reads.
pub fn references(trust: &Trust<'_>, schema: &Schema) -> Vec<String> {
    trust.references.iter().map(|id| schema.reference(*id).name.clone()).collect()
}

/// `principal: measurement (code_identity), vmpl`
fn read(source: &Source<'_>) -> String {
    let claims: Vec<String> = source
        .claims
        .iter()
        .filter(|(path, _)| !path.is_empty())
        .map(|(path, fact)| match fact {
            Fact::Circumstance => path.clone(),
            Fact::CodeIdentity | Fact::PlatformHealth | Fact::WorkloadIdentity => {
                format!("{path} ({})", fact_word(*fact))
            }
        })
        .collect();
    let bound = source.bound_to.map_or_else(String::new, |other| format!(" bound to {other}"));
    let claims = if claims.is_empty() { String::new() } else { format!(": {}", claims.join(", ")) };
    format!("{}{bound}{claims}", source.field)
}

/// `policies/approver.atbac:41`
fn place(span: Span, sources: &SourceMap) -> String {
    let Place { file, start, .. } = Place::of(span, sources);
    format!("{file}:{}", start.0)
}
