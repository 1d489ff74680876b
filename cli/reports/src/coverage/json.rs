//! For programs: `docs/formats.md` describes the form.

use crate::finding::Place;
use atbac_engine::coverage::{Coverage, Outcomes, Share};
use atbac_grammar::span::{SourceMap, Span};
use atbac_grammar::syntax::Effect;
use serde_json::{Map, Value as Json, json};

/// The figures, and every rule with its lines and their atoms.
pub fn json(coverage: &Coverage, sources: &SourceMap) -> Json {
    let summary = coverage.summary();
    let share = |share: Share| json!({ "covered": share.covered, "total": share.total, "percent": share.percent() });
    let rules: Vec<Json> = coverage
        .rules()
        .iter()
        .map(|(span, rule)| {
            let effect = match rule.effect {
                Effect::Permit => "permit",
                Effect::Forbid => "forbid",
            };
            let lines: Vec<Json> = rule
                .lines
                .iter()
                .map(|(span, line)| {
                    let atoms: Vec<Json> =
                        line.atoms.iter().map(|(span, outcomes)| placed(*span, sources, *outcomes, [])).collect();
                    let more = [("require", line.is_require.into()), ("atoms", atoms.into())];
                    placed(*span, sources, line.outcomes, more)
                })
                .collect();
            let names: Vec<&str> = rule.names.iter().map(String::as_str).collect();
            placed(
                *span,
                sources,
                rule.applied,
                [("names", names.into()), ("effect", effect.into()), ("lines", lines.into())],
            )
        })
        .collect();
    json!({
        "summary": {
            "rules": share(summary.rules),
            "requires": share(summary.requires),
            "atoms": share(summary.atoms),
        },
        "rules": rules,
    })
}

fn placed<const N: usize>(span: Span, sources: &SourceMap, outcomes: Outcomes, more: [(&str, Json); N]) -> Json {
    let place = Place::of(span, sources);
    let point = |(line, column): (usize, usize)| json!({ "line": line, "column": column });
    let mut object = Map::new();
    object.insert("file".to_owned(), place.file.into());
    object.insert("start".to_owned(), point(place.start));
    object.insert("end".to_owned(), point(place.end));
    object.insert("held".to_owned(), outcomes.held.into());
    object.insert("failed".to_owned(), outcomes.failed.into());
    object.extend(more.into_iter().map(|(key, value)| (key.to_owned(), value)));
    object.into()
}
