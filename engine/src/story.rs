//! A decision told rule by rule: which rules are about the call, which of their lines held and on what values, and what ends the decision.
//!
//! It is told by the reference interpreter, on demand. Values of fields that are marked `@sensitive` do not come into it.

use crate::atoms::Written;
use crate::bundle::Bundle;
use crate::decision::{Decision, Denial, Verdict};
use atbac_compiler::checked::{Condition, Line, LineKind, Rule};
use atbac_compiler::interpret::{self, Question, Reading};
use atbac_compiler::time::FOREVER;
use atbac_compiler::trust::{self, Trust};
use atbac_compiler::truth::{Timed, Truth};
use atbac_compiler::types::{Request, RequestId};
use atbac_compiler::validity::{Validity, validity};
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{Effect, Provenance};
use jiff::Timestamp;

/// A decision, told.
#[derive(Clone, Debug)]
pub struct Story<'a> {
    /// The request that was decided.
    pub request: &'a Request,
    /// The pieces of evidence among the inputs, in the order of the request.
    pub inputs: Vec<Input<'a>>,
    /// The rules that are about the call, in order of writing: whatever stands after their `where` holds, or may.
    pub rules: Vec<RuleStory<'a>>,
    /// The other rules of the request, each with the first match after its `where` that does not hold.
    pub elsewhere: Vec<(&'a Rule, LineStory<'a>)>,
    /// The fields of the grant that were computed from values that are marked `@sensitive`.
    pub masked: Vec<&'a str>,
    /// What the decision ends with; empty where time alone does not end it.
    pub ends: Vec<End<'a>>,
}

/// Evidence among the inputs.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// The field.
    pub field: &'a str,
    /// Whose word it is.
    pub provenance: Provenance,
    /// From when it counts; `None` where no age is asked of it.
    pub from: Option<Timestamp>,
    /// From when it no longer counts.
    pub until: Option<Timestamp>,
    /// Whether it counts now.
    pub counts: bool,
}

/// A rule that is about the call.
#[derive(Clone, Debug)]
pub struct RuleStory<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Whether it applies.
    pub truth: Truth,
    /// Whether the verdict is by this rule.
    pub determines: bool,
    /// Its lines, in order of writing.
    pub lines: Vec<LineStory<'a>>,
    /// What it rests on.
    pub trust: Trust<'a>,
}

/// A line of a rule, or a match after its `where`.
#[derive(Clone, Debug)]
pub struct LineStory<'a> {
    /// The line.
    pub line: &'a Line,
    /// Whether it holds.
    pub truth: Truth,
    /// The first instant at which that could change; `None` if time alone does not change it.
    pub until: Option<Timestamp>,
    /// Its atoms: the parts that `and`, `or`, `not` and `implies` join.
    pub atoms: Vec<AtomStory>,
}

/// An atom of a line.
#[derive(Clone, Debug)]
pub struct AtomStory {
    /// Where it is written.
    pub span: Span,
    /// Whether it is so.
    pub truth: Truth,
    /// The values that this rests on.
    pub readings: Vec<Reading>,
}

/// What a decision ends with.
#[derive(Clone, Copy, Debug)]
pub enum End<'a> {
    /// This field's evidence begins or ceases to count.
    Input(&'a str),
    /// This line of a rule may come out otherwise.
    Line(&'a Rule, &'a Line),
}

/// Tells a decision.
pub(crate) fn tell<'a>(
    bundle: &'a Bundle,
    request: RequestId,
    question: &Question<'_>,
    decision: &Decision<'_>,
) -> Story<'a> {
    let policy = bundle.policy();
    let declared = policy.schema.request(request);
    let teller = Teller { bundle, request: declared, question, written: Written::of(bundle) };
    let determining: Vec<usize> = decision.rule_positions().collect();
    let (mut rules, mut elsewhere, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    let end = decision.valid_until();
    for (at, rule) in policy.rules.iter().enumerate().filter(|(_, rule)| rule.request == request) {
        let lines: Vec<LineStory<'a>> = rule.lines.iter().map(|line| teller.line(line)).collect();
        let whole = Timed::all(rule.lines.iter().map(|line| interpret::condition_until(&line.condition, question)));
        if end.is_some() && instant(whole.until) == end && can_end(decision.verdict(), rule.effect) {
            let until_then = lines.iter().filter(|told| told.until == end);
            ends.extend(until_then.map(|told| End::Line(rule, told.line)));
        }
        let is_elsewhere = |told: &LineStory<'_>| told.line.kind == LineKind::Head && told.truth == Truth::False;
        match lines.iter().position(is_elsewhere) {
            Some(first) => elsewhere.extend(lines.into_iter().nth(first).map(|told| (rule, told))),
            None => rules.push(RuleStory {
                rule,
                truth: whole.truth,
                determines: determining.contains(&at),
                lines,
                trust: trust::of_rule(policy, rule),
            }),
        }
    }
    let inputs = teller.inputs();
    let ending = |input: &&Input<'a>| end.is_some() && (input.until == end || !input.counts && input.from == end);
    ends.splice(0..0, inputs.iter().filter(ending).map(|input| End::Input(input.field)));
    let masked = masked(bundle, declared, rules.iter().filter(|told| told.determines).map(|told| told.rule));
    Story { request: declared, inputs, rules, elsewhere, masked, ends }
}

/// The fields of the grant that these rules compute from sensitive values.
fn masked<'a>(bundle: &'a Bundle, request: &'a Request, rules: impl Iterator<Item = &'a Rule>) -> Vec<&'a str> {
    let fields = request.grant.as_ref().map_or(&[][..], |grant| &grant.fields);
    let mut masked = Vec::new();
    for (field, _) in rules
        .flat_map(|rule| fields.iter().zip(&rule.grant))
        .filter(|(_, term)| interpret::is_sensitive(bundle.schema(), request, term))
    {
        if !masked.contains(&field.name.as_str()) {
            masked.push(&field.name);
        }
    }
    masked
}

/// Whether a change of rules of this effect can change such a verdict.
fn can_end(verdict: Verdict, effect: Effect) -> bool {
    match (verdict, effect) {
        (Verdict::Deny(Denial::Expired), _) | (Verdict::Deny(Denial::Forbid), Effect::Permit) => false,
        (Verdict::Deny(Denial::Forbid), Effect::Forbid)
        | (Verdict::Permit | Verdict::Deny(Denial::NoPermit | Denial::Indeterminate), _) => true,
    }
}

/// What all of a story is told from.
struct Teller<'a, 'q> {
    bundle: &'a Bundle,
    request: &'a Request,
    question: &'q Question<'q>,
    written: Written,
}

impl<'a> Teller<'a, '_> {
    fn line(&self, line: &'a Line) -> LineStory<'a> {
        let Timed { truth, until } = interpret::condition_until(&line.condition, self.question);
        let mut atoms: Vec<AtomStory> =
            self.written.atoms(line).iter().map(|atom| self.atom(atom.span, atom.condition(&line.condition))).collect();
        if atoms.is_empty() {
            // What an attribute or a grant demands is written as no condition.
            atoms.push(self.atom(line.span, &line.condition));
        }
        LineStory { line, truth, until: instant(until), atoms }
    }

    fn atom(&self, span: Span, condition: &Condition) -> AtomStory {
        let truth = interpret::condition_truth(condition, self.question);
        AtomStory {
            span,
            truth,
            readings: interpret::readings(self.bundle.schema(), self.request, condition, self.question),
        }
    }

    fn inputs(&self) -> Vec<Input<'a>> {
        let value = |at: usize| {
            let of = |values: &'_ [Option<_>]| values.get(at).cloned().flatten();
            of(self.question.session).or_else(|| of(self.question.call))
        };
        let schema = self.bundle.schema();
        let fields = self.request.fields.iter().enumerate().filter(|(_, field)| schema.holds_evidence(&field.ty));
        fields
            .filter_map(|(at, field)| {
                let valid @ Validity { from, until } = validity(schema, &field.ty, &value(at)?);
                // An optional may be absent and a list empty: then there is none.
                (valid != Validity::ALWAYS).then(|| Input {
                    field: &field.name,
                    provenance: field.provenance,
                    from: Timestamp::from_millisecond(from).ok(),
                    until: instant(until),
                    counts: valid.holds(self.question.now),
                })
            })
            .collect()
    }
}

/// An end as the engine's callers see it.
fn instant(millisecond: i64) -> Option<Timestamp> {
    match millisecond {
        FOREVER => None,
        millisecond => Some(Timestamp::from_millisecond(millisecond).unwrap_or(Timestamp::MAX)),
    }
}
