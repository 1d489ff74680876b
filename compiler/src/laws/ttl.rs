//! Law 6, grants: no permit promises a `ttl` that it can never give in full. The engine cuts a grant's `ttl` to the end of what the decision rests on, so a
//! longer one would only mislead its reader.

use super::demand::Demand;
use super::freshness::{Age, longest_age};
use super::origin::Scope;
use super::pieces::Piece;
use crate::checked::{Rule, Term, TermKind};
use crate::types::Type;
use crate::value::Value;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::print_duration;

/// The field of a grant that says how long it lasts.
const FIELD: &str = "ttl";

/// Refuses a `ttl` that is longer than a piece of evidence, as old as the permit lets it be, can last.
pub(super) fn check(scope: &Scope<'_>, rule: &Rule, pieces: &[Piece], report: &mut dyn FnMut(Diagnostic)) {
    let Some(ttl) = granted(scope, rule).and_then(longest_written) else { return };
    let demand = Demand::all(rule.lines.iter().map(|line| Demand::of(&line.condition, true, None)));
    let of_piece = |piece: &Piece| {
        let bound = Age::of(scope, &piece.place).longest(&demand);
        let longest = bound.or_else(|| longest_age(scope, &piece.place))?;
        Some((longest, piece.show(scope)))
    };
    let shortest = pieces.iter().filter(|piece| piece.lists.is_empty()).filter_map(of_piece).min();
    if let Some((longest, shown)) = shortest
        && ttl > longest
    {
        let (ttl, longest) = (print_duration(ttl), print_duration(longest));
        let message =
            format!("permit `{}` grants a `{FIELD}` of {ttl}, but `{shown}` may be no older than {longest}", rule.name);
        report(Diagnostic::error(codes::TTL, rule.span, message).help(format!(
            "grant at most {longest}: a grant never outlives what it rests on, so the rest would always be cut off"
        )));
    }
}

/// The value that a rule gives for how long its grant lasts.
fn granted<'a>(scope: &Scope<'_>, rule: &'a Rule) -> Option<&'a Term> {
    let fields = &scope.request().grant.as_ref()?.fields;
    rule.grant.get(fields.iter().position(|field| field.name == FIELD && field.ty == Type::Duration)?)
}

/// The longest duration in milliseconds that a value is written out as.
fn longest_written(term: &Term) -> Option<i64> {
    match &term.kind {
        TermKind::Constant(Value::Duration(duration)) => Some(*duration),
        TermKind::If(_, then, otherwise) => longest_written(then).max(longest_written(otherwise)),
        _ => None,
    }
}
