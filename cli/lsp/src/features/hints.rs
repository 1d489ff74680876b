//! What a rule rests on and what it costs, beside the rule: what `atbac trust` and `atbac cost` say.

use crate::positions::Encoding;
use crate::workspace::Document;
use atbac_compiler::checked::{Policy, Rule};
use atbac_compiler::cost;
use atbac_compiler::ir;
use atbac_compiler::pipeline::Checked;
use atbac_compiler::trust::{self, MetFloor, Source, Trust, fact_word};
use atbac_compiler::types::RequestId;
use atbac_grammar::span::FileId;
use lsp_types::{InlayHint, InlayHintLabel, InlayHintTooltip, MarkupContent, MarkupKind, Range};
use std::fmt::Write;

/// The hints of the rules and requests that are declared in a range of a document. `file` is the document among the compiler's files.
pub fn hints(checked: &Checked, file: FileId, document: &Document, range: Range, encoding: Encoding) -> Vec<InlayHint> {
    let policy = &checked.policy;
    let within = |span: atbac_grammar::span::Span| {
        let place = document.range(span, encoding);
        span.file == file && range.start <= place.end && place.start <= range.end
    };
    let mut hints = Vec::new();
    for rule in policy.rules.iter().filter(|rule| within(rule.span)) {
        // Of one rule alone, so that a hint in a long file costs what it shows. What an application of a template declares stands at the template's line.
        let alone = only(policy, rule);
        if let Some(trust) = trust::of(&alone).first() {
            let parts = [Some(rests_on(trust)), at_most(&alone, rule.request)];
            let label = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
            let position = document.range(rule.span, encoding).end;
            hints.push(hint(position, label, details(trust, checked)));
        }
    }
    hints.dedup_by(|later, earlier| later.position == earlier.position);
    for (at, request) in policy.schema.requests.iter().enumerate().filter(|(_, request)| within(request.span)) {
        let Ok(program) = ir::lower(policy, RequestId(at as u32)) else { continue };
        let cost = cost::of(&program);
        let rules = if cost.rules == 1 { "1 rule".to_owned() } else { format!("{} rules", cost.rules) };
        let label = format!("{rules}, at most {} steps a call", cost.call.steps);
        let tooltip = format!(
            "Opening a session takes at most {} steps, a call {} more. A step is reading one word of 64 bits and comparing it, or combining two answers. \
             `atbac cost` says the rest.",
            cost.session.steps, cost.call.steps
        );
        hints.push(hint(document.range(request.span, encoding).end, label, tooltip));
    }
    hints
}

/// A policy of one rule.
fn only(policy: &Policy, rule: &Rule) -> Policy {
    Policy {
        schema: policy.schema.clone(),
        floors: policy.floors.clone(),
        rules: vec![rule.clone()],
        tests: Vec::new(),
        invariants: Vec::new(),
    }
}

fn hint(position: lsp_types::Position, label: String, tooltip: String) -> InlayHint {
    InlayHint {
        position,
        label: InlayHintLabel::String(label),
        kind: None,
        text_edits: None,
        tooltip: Some(InlayHintTooltip::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value: tooltip })),
        padding_left: Some(true),
        padding_right: Some(true),
        data: None,
    }
}

/// `rests on attested principal, local resource`
fn rests_on(trust: &Trust<'_>) -> String {
    let mut parts: Vec<String> =
        trust.sources.iter().map(|source| format!("{} {}", source.provenance.word(), source.field)).collect();
    if !trust.references.is_empty() {
        parts.push(if trust.references.len() == 1 {
            "1 reference".to_owned()
        } else {
            format!("{} references", trust.references.len())
        });
    }
    if trust.reads_clock {
        parts.push("the clock".to_owned());
    }
    if parts.is_empty() { "rests on nothing".to_owned() } else { format!("rests on {}", parts.join(", ")) }
}

/// `at most 40 steps`, of a session and a call together.
fn at_most(alone: &Policy, request: RequestId) -> Option<String> {
    let cost = cost::of(&ir::lower(alone, request).ok()?);
    Some(format!("at most {} steps", cost.session.steps.saturating_add(cost.call.steps)))
}

/// The same as `atbac trust` says, line by line.
fn details(trust: &Trust<'_>, checked: &Checked) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for MetFloor { fact, least, lines } in &trust.floors {
        let lines: Vec<String> =
            lines.iter().map(|line| checked.sources.get(line.file).position(line.start).line.to_string()).collect();
        let word = if lines.len() == 1 { "line" } else { "lines" };
        let _ = writeln!(text, "- floor `{}: {}`, met at {word} {}", fact_word(*fact), least.word(), lines.join(", "));
    }
    for Source { provenance, field, bound_to, claims } in &trust.sources {
        let claims: Vec<String> = claims
            .iter()
            .filter(|(path, _)| !path.is_empty())
            .map(|(path, fact)| format!("`{path}` ({})", fact_word(*fact)))
            .collect();
        let bound = bound_to.map_or_else(String::new, |other| format!(" bound to `{other}`"));
        let claims = if claims.is_empty() { String::new() } else { format!(": {}", claims.join(", ")) };
        let _ = writeln!(text, "- {} `{field}`{bound}{claims}", provenance.word());
    }
    for reference in &trust.references {
        let _ = writeln!(text, "- reference `{}`", checked.policy.schema.reference(*reference).name);
    }
    if trust.reads_clock {
        let _ = writeln!(text, "- the time that the service gives");
    }
    text
}
