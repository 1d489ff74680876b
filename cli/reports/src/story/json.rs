//! For programs: `docs/formats.md` describes the form.

use super::{place, written};
use crate::finding::Place;
use atbac_compiler::checked::LineKind;
use atbac_compiler::interpret::{Read, Reading};
use atbac_compiler::trust::{Source, Trust, fact_word};
use atbac_compiler::truth::Truth;
use atbac_compiler::types::effect_word;
use atbac_engine::Bundle;
use atbac_engine::json::shown;
use atbac_engine::story::{AtomStory, End, Input, LineStory, RuleStory, Story};
use atbac_grammar::span::Span;
use atbac_grammar::syntax::Provenance;
use serde_json::{Value as Json, json};

/// The story, as an object.
pub fn json(story: &Story<'_>, bundle: &Bundle) -> Json {
    let elsewhere = story.elsewhere.iter().map(|(rule, told)| {
        json!({ "package": &*rule.package, "rule": rule.name, "effect": effect_word(rule.effect), "line": line(told, bundle) })
    });
    json!({
        "request": story.request.name,
        "ends": story.ends.iter().map(|end| ending(end, bundle)).collect::<Vec<_>>(),
        "evidence": story.inputs.iter().map(input).collect::<Vec<_>>(),
        "rules": story.rules.iter().map(|told| rule(told, bundle)).collect::<Vec<_>>(),
        "elsewhere": elsewhere.collect::<Vec<_>>(),
    })
}

fn ending(end: &End<'_>, bundle: &Bundle) -> Json {
    match end {
        End::Input(field) => json!({ "evidence": field }),
        End::Line(rule, line) => json!({ "rule": rule.name, "at": place(line.span, bundle.sources()) }),
    }
}

fn input(Input { field, provenance, from, until, counts }: &Input<'_>) -> Json {
    json!({
        "field": field,
        "provenance": provenance.word(),
        "counts": counts,
        "from": from.map(|from| from.to_string()),
        "until": until.map(|until| until.to_string()),
    })
}

fn rule(told: &RuleStory<'_>, bundle: &Bundle) -> Json {
    json!({
        "package": &*told.rule.package,
        "rule": told.rule.name,
        "effect": effect_word(told.rule.effect),
        "at": at(told.rule.span, bundle),
        "applies": truth(told.truth),
        "decides": told.determines,
        "lines": told.lines.iter().map(|told| line(told, bundle)).collect::<Vec<_>>(),
        "trust": trust(&told.trust, bundle),
    })
}

fn line(told: &LineStory<'_>, bundle: &Bundle) -> Json {
    let kind = match &told.line.kind {
        LineKind::Head => "where",
        LineKind::Require(_) => "require",
        LineKind::When => "when",
        LineKind::Unless => "unless",
        LineKind::Implied => "implied",
    };
    json!({
        "kind": kind,
        "text": written(told, bundle.sources()),
        "sentence": told.line.sentence(),
        "at": at(told.line.span, bundle),
        "holds": truth(told.truth),
        "until": told.until.map(|until| until.to_string()),
        "atoms": told.atoms.iter().map(|told| atom(told, bundle)).collect::<Vec<_>>(),
    })
}

fn atom(told: &AtomStory, bundle: &Bundle) -> Json {
    json!({
        "text": bundle.sources().text(told.span),
        "at": at(told.span, bundle),
        "true": truth(told.truth),
        "values": told.readings.iter().map(|read| reading(read, bundle)).collect::<Vec<_>>(),
    })
}

fn reading(Reading { what, provenance, found }: &Reading, bundle: &Bundle) -> Json {
    let mut object = json!({ "name": what, "provenance": provenance.map(Provenance::word) });
    let (key, value) = match found {
        Read::Value(value) => ("value", shown(bundle.schema(), value)),
        Read::Kind(kind) => ("kind", bundle.schema().structure(*kind).name.as_str().into()),
        Read::Elements(so, all) => ("elements", json!({ "so": so, "of": all })),
        Read::Entries(count) => ("entries", (*count).into()),
        Read::Sensitive => ("sensitive", true.into()),
        Read::NotThere => ("absent", true.into()),
        Read::NotLoaded => ("not_loaded", true.into()),
    };
    object[key] = value;
    object
}

fn trust(trust: &Trust<'_>, bundle: &Bundle) -> Json {
    let source = |source: &Source<'_>| {
        let claims = source.claims.iter().map(|(path, fact)| json!({ "path": path, "fact": fact_word(*fact) }));
        json!({
            "provenance": source.provenance.word(),
            "field": source.field,
            "bound_to": source.bound_to,
            "claims": claims.collect::<Vec<_>>(),
        })
    };
    json!({
        "sources": trust.sources.iter().map(source).collect::<Vec<_>>(),
        "references": crate::trust::references(trust, bundle.schema()),
        "reads_clock": trust.reads_clock,
    })
}

/// True, false, or null where it cannot be said.
fn truth(truth: Truth) -> Json {
    match truth {
        Truth::True => true.into(),
        Truth::False => false.into(),
        Truth::Indeterminate => Json::Null,
    }
}

fn at(span: Span, bundle: &Bundle) -> Json {
    let Place { file, start, .. } = Place::of(span, bundle.sources());
    json!({ "file": file, "line": start.0, "column": start.1 })
}
