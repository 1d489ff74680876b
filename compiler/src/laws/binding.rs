//! Law 5, bindings: a permit that reads two pieces of evidence, or evidence and an issued token, knows that they belong together: one is `bound to` the
//! other, or an equality between claims of the two is needed on every path. Else one machine's report could be shown with another's token.
//!
//! The elements of a list are pieces of their own: each that is read must be tied to what else the permit reads, in the count or by an `all` that is needed
//! wherever they are read.

use super::demand::{Assumption, Demand, Known};
use super::origin::{self, IDENTIFYING_BYTES, Scope};
use super::pieces::{self, Piece};
use crate::checked::{Condition, Place, Root, Rule, Term};
use crate::ir::Comparison;
use crate::types::Type;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use std::collections::HashMap;

/// Pairs of what belongs together on a path: values that are equal, claims and their pieces, pieces that are bound.
#[derive(Clone, Debug, Default)]
struct Ties(Vec<(Place, Place)>);

impl Known for Ties {
    fn both(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// What is tied on both paths, on each through whatever lies between.
    fn either(self, other: Self) -> Self {
        let (ours, theirs) = (self.groups(), other.groups());
        let mut first: HashMap<(usize, usize), &Place> = HashMap::new();
        let mut ties = Vec::new();
        for (place, group) in &ours {
            let Some(their_group) = theirs.get(place) else { continue };
            let one = *first.entry((*group, *their_group)).or_insert(place);
            if one != *place {
                ties.push((one.clone(), (*place).clone()));
            }
        }
        Ties(ties)
    }
}

impl Ties {
    /// For each place, the group it belongs to.
    fn groups(&self) -> HashMap<&Place, usize> {
        let mut numbers: HashMap<&Place, usize> = HashMap::new();
        let mut leaders: Vec<usize> = Vec::new();
        for (one, other) in &self.0 {
            let mut leader_of = |place| {
                let number = *numbers.entry(place).or_insert_with(|| {
                    leaders.push(leaders.len());
                    leaders.len() - 1
                });
                leader(&mut leaders, number)
            };
            let (one, other) = (leader_of(one), leader_of(other));
            leaders[one] = other;
        }
        numbers.into_iter().map(|(place, number)| (place, leader(&mut leaders, number))).collect()
    }

    fn tie(&self, one: &Place, other: &Place) -> bool {
        let groups = self.groups();
        one == other || groups.get(one).is_some_and(|group| groups.get(other) == Some(group))
    }
}

/// The leader of a group, to which the way is shortened.
fn leader(leaders: &mut [usize], mut number: usize) -> usize {
    while leaders[number] != number {
        leaders[number] = leaders[leaders[number]];
        number = leaders[number];
    }
    number
}

/// What a question tells.
fn told(scope: &Scope<'_>, demand: &Demand<'_>) -> Ties {
    let (left, right) = match demand {
        Demand::Question(Condition::Compare(Comparison::Eq, left, right) | Condition::InSet(left, right), true) => {
            (left, right)
        }
        _ => return Ties::default(),
    };
    let (Some(one), Some(other)) = (origin::identified(left), origin::identified(right)) else {
        return Ties::default();
    };
    if !is_telling(left) {
        return Ties::default();
    }
    let mut ties = vec![(one.clone(), other.clone())];
    for claim in [one, other] {
        ties.extend(scope.piece(claim).map(|piece| (claim.clone(), piece)));
    }
    Ties(ties)
}

/// Whether values of a type tell one machine from another: there are so many that two are hardly ever equal by chance.
fn is_telling(value: &Term) -> bool {
    match value.ty {
        Type::String | Type::Bytes | Type::Digest(_) | Type::IpAddr => true,
        Type::FixedBytes(length) => length >= IDENTIFYING_BYTES,
        Type::Bool
        | Type::Int
        | Type::Duration
        | Type::Instant
        | Type::Tcb
        | Type::Version
        | Type::Cidr
        | Type::Oid
        | Type::Set(_)
        | Type::List(..)
        | Type::Optional(_)
        | Type::Enum(_)
        | Type::Struct(_)
        | Type::Union(_) => false,
    }
}

/// The bindings that a request declares: the engine opens no session without their proof.
fn declared(scope: &Scope<'_>) -> Ties {
    let whole = |field| Place { root: Root::Field(field), steps: Vec::new() };
    let fields = scope.request().fields.iter().enumerate();
    Ties(fields.filter_map(|(at, field)| Some((whole(at), whole(field.bound_to?)))).collect())
}

/// Refuses a permit that reads pieces which may belong to different machines.
pub(super) fn check(scope: &Scope<'_>, rule: &Rule, pieces: &[Piece], report: &mut dyn FnMut(Diagnostic)) {
    // What every other piece must belong to: a list's elements can belong to what stands outside, not the other way round.
    let Some(first) = pieces.iter().find(|piece| piece.lists.is_empty()).or(pieces.first()) else { return };
    for piece in pieces.iter().filter(|piece| !std::ptr::eq(*piece, first)) {
        if !belongs(scope, rule, pieces, first, piece) {
            report(unbound(scope, rule, first, piece));
        }
    }
}

fn belongs(scope: &Scope<'_>, rule: &Rule, pieces: &[Piece], first: &Piece, piece: &Piece) -> bool {
    let is_around = |other: &&Piece| other.lists.len() < piece.lists.len() && piece.lists.starts_with(&other.lists);
    let around: Vec<&Place> = pieces.iter().filter(is_around).map(|other| &other.place).collect();
    let under = |assumption: Option<&Assumption>| {
        let demand = Demand::all(rule.lines.iter().map(|line| Demand::of(&line.condition, true, assumption)));
        if !piece.lists.is_empty() {
            return elements_belong(scope, &piece.lists, piece, &around, &demand, &declared(scope));
        }
        let ties = demand.known_by(&|demand| told(scope, demand));
        ties.is_none_or(|ties| declared(scope).both(ties).tie(&first.place, &piece.place))
    };
    // What no path ties by itself, each kind of evidence may tie in its own way.
    under(None) || Assumption::about(scope.request()).iter().any(|kinds| kinds.iter().all(|kind| under(Some(kind))))
}

/// Whether every element of a list that is read is tied to one of the others.
fn elements_belong(
    scope: &Scope<'_>,
    lists: &[Place],
    piece: &Piece,
    others: &[&Place],
    demand: &Demand<'_>,
    around: &Ties,
) -> bool {
    let Some(here) = demand.known_by(&|demand| told(scope, demand)) else { return true };
    let known = around.clone().both(here);
    let Some((list, within)) = lists.split_first() else {
        return others.iter().any(|other| known.tie(&piece.place, other));
    };
    let of = |demand: &Demand<'_>| elements_belong(scope, lists, piece, others, demand, &known);
    let of_element =
        |element: &Demand<'_>| elements_belong(&scope.inside(list), within, piece, others, element, &known);
    match demand {
        Demand::Nothing | Demand::Impossible | Demand::Question(..) => true,
        Demand::All(operands) => {
            let ties_all = |each: &Demand<'_>| match each {
                Demand::Every(count, element) => within.is_empty() && count.list == *list && of_element(element),
                _ => false,
            };
            operands.iter().any(ties_all) || operands.iter().all(of)
        }
        Demand::Any(operands) => operands.iter().all(of),
        Demand::Some(count, _) | Demand::Every(count, _) | Demand::Number(count)
            if count.list != *list || within.is_empty() && !pieces::count_reads(scope, count, &piece.place) =>
        {
            true
        }
        Demand::Some(_, element) | Demand::Every(_, element) => of_element(element),
        // Which of its elements matter is not known.
        Demand::Number(_) => false,
    }
}

fn unbound(scope: &Scope<'_>, rule: &Rule, first: &Piece, piece: &Piece) -> Diagnostic {
    let (one, other) = (first.show(scope), piece.show(scope));
    let message = format!("permit `{}` combines `{one}` and `{other}`, which may be of different machines", rule.name);
    let mut found = Diagnostic::error(codes::BINDING, rule.span, message);
    for (piece, shown) in [(first, &one), (piece, &other)] {
        if let Some(line) = piece.line {
            found = found.and(rule.lines[line].span, format!("`{shown}` is read here"));
        }
    }
    found.help(match piece.lists.last() {
        Some(_) => format!("in the count, compare a claim of each element with one of `{one}`, such as its subject"),
        None => format!(
            "declare that one is `bound to` the other in `{}`, or require that a claim of `{one}` is equal to one of `{other}`",
            scope.request().name
        ),
    })
}
