//! Law 6, grants: no permit promises a `ttl` that it can never give in full. The engine cuts a grant's `ttl` to the end of what the decision rests on, so a
//! longer one would only mislead its reader.

use super::demand::{Assumption, Demand};
use super::freshness::{Age, longest_age};
use super::origin::Scope;
use super::pieces::Piece;
use crate::checked::{Place, Rule, Term, TermKind};
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
    let of_piece = |piece: &Piece| Some((longest_of(scope, rule, piece)?, piece.show(scope)));
    let shortest = pieces.iter().filter_map(of_piece).min();
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

/// How old in milliseconds a piece can be at the most where the permit rests on it; nothing where it need not.
fn longest_of(scope: &Scope<'_>, rule: &Rule, piece: &Piece) -> Option<i64> {
    let under = |assumption: Option<&Assumption>| {
        let demand = Demand::all(rule.lines.iter().map(|line| Demand::of(&line.condition, true, assumption)));
        (!matches!(demand, Demand::Impossible)).then(|| longest(scope, &piece.lists, &piece.place, &demand))
    };
    // Whatever kind the evidence is of, its age may be bounded in another way. A kind that no path takes bounds nothing.
    let of_kinds = |kinds: Vec<Assumption>| {
        let of_each: Option<Vec<i64>> = kinds.iter().filter_map(|kind| under(Some(kind))).collect();
        of_each?.into_iter().max()
    };
    let of_all = under(None).flatten();
    Assumption::about(scope.request()).into_iter().map(of_kinds).chain([of_all]).flatten().min()
}

/// The same, of a piece in lists: where an element is needed, it is one of those that count.
fn longest(scope: &Scope<'_>, lists: &[Place], place: &Place, demand: &Demand<'_>) -> Option<i64> {
    let Some((list, within)) = lists.split_first() else {
        return Age::of(scope, place).longest(demand).or_else(|| longest_age(scope, place));
    };
    match demand {
        Demand::All(operands) => operands.iter().filter_map(|each| longest(scope, lists, place, each)).min(),
        Demand::Any(operands) => {
            let of_each: Option<Vec<i64>> = operands.iter().map(|each| longest(scope, lists, place, each)).collect();
            of_each?.into_iter().max()
        }
        Demand::Some(count, element) if count.list == *list => longest(&scope.inside(list), within, place, element),
        // Of an empty list everything holds, and a number that may be none needs no element.
        Demand::Nothing
        | Demand::Impossible
        | Demand::Question(..)
        | Demand::Some(..)
        | Demand::Every(..)
        | Demand::Number(_) => None,
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
