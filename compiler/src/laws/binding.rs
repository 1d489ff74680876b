//! Law 5, bindings: a permit that reads two pieces of evidence, or evidence and an issued token, knows that they belong together: one is `bound to` the
//! other, or an equality between claims of the two is needed on every path. Else one machine's report could be shown with another's token.
//!
//! The elements of a list are pieces of their own: each that is read must be tied to what else the permit reads, in the count or by an `all` that is needed
//! wherever they are read. Where it reads nothing else, every path asks of one element only: else one machine would show the code, another the health.

use super::demand::{Assumption, Demand, Known};
use super::origin::{Scope, Telling};
use super::pieces::{self, Piece};
use crate::checked::{Condition, Line, Place, Root, Rule, Term, TermKind};
use crate::ir::Comparison;
use crate::types::Fact;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use std::collections::HashMap;

/// What can belong together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Tied {
    /// A value. Two parts of one value are two: a caller may send the one machine's nonce before the other's.
    Value(Telling),
    /// A piece of evidence, or an issued token.
    Piece(Place),
}

/// Pairs of what belongs together on a path: values that are equal, claims and their pieces, pieces that are bound.
#[derive(Clone, Debug, Default)]
struct Ties(Vec<(Tied, Tied)>);

impl Known for Ties {
    fn both(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// What is tied on both paths, on each through whatever lies between.
    fn either(self, other: Self) -> Self {
        let (ours, theirs) = (self.groups(), other.groups());
        let mut first: HashMap<(usize, usize), &Tied> = HashMap::new();
        let mut ties = Vec::new();
        for (each, group) in &ours {
            let Some(their_group) = theirs.get(each) else { continue };
            let one = *first.entry((*group, *their_group)).or_insert(each);
            if one != *each {
                ties.push((one.clone(), (*each).clone()));
            }
        }
        Ties(ties)
    }
}

impl Ties {
    /// For each of them, the group it belongs to.
    fn groups(&self) -> HashMap<&Tied, usize> {
        let mut numbers: HashMap<&Tied, usize> = HashMap::new();
        let mut leaders: Vec<usize> = Vec::new();
        for (one, other) in &self.0 {
            let mut leader_of = |each| {
                let number = *numbers.entry(each).or_insert_with(|| {
                    leaders.push(leaders.len());
                    leaders.len() - 1
                });
                leader(&mut leaders, number)
            };
            let (one, other) = (leader_of(one), leader_of(other));
            leaders[one] = other;
        }
        numbers.into_iter().map(|(each, number)| (each, leader(&mut leaders, number))).collect()
    }

    /// Whether two pieces belong together.
    fn tie(&self, one: &Place, other: &Place) -> bool {
        let groups = self.groups();
        let group = |piece: &Place| groups.get(&Tied::Piece(piece.clone()));
        group(one).is_some_and(|found| group(other) == Some(found))
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
    let values = match demand {
        Demand::Question(Condition::Compare(Comparison::Eq, left, right), true) => {
            Telling::of(left).zip(Telling::of(right))
        }
        // Only evidence says one thing by a set: one that is the caller's may hold what every machine says.
        Demand::Question(Condition::InSet(element, Term { kind: TermKind::Place(set), .. }), true)
            if scope.piece(set).is_some() =>
        {
            Telling::of(element).map(|element| (element, Telling::whole(set)))
        }
        _ => None,
    };
    match values {
        Some((one, other)) if tells_machines(scope, &one.place) && tells_machines(scope, &other.place) => {
            let mut ties = of_value(scope, &one);
            ties.extend(of_value(scope, &other));
            ties.push((Tied::Value(one), Tied::Value(other)));
            Ties(ties)
        }
        Some(_) | None => Ties::default(),
    }
}

/// What a value belongs to by itself: the piece that states it, and what it is the digest of.
fn of_value(scope: &Scope<'_>, value: &Telling) -> Vec<(Tied, Tied)> {
    let piece = scope.piece(&value.place).map(|piece| (Tied::Value(value.clone()), Tied::Piece(piece)));
    let digests = std::iter::successors(Some(value.clone()), Telling::hashed);
    let hashed = digests.filter_map(|digest| Some((Tied::Value(digest.clone()), Tied::Value(digest.hashed()?))));
    piece.into_iter().chain(hashed).collect()
}

/// Whether a value may tell one machine from another. Claims of code and of health do not: every machine of a fleet runs that code, at that patch level.
fn tells_machines(scope: &Scope<'_>, place: &Place) -> bool {
    match scope.fact(place) {
        Fact::CodeIdentity | Fact::PlatformHealth => scope.piece(place).is_none(),
        Fact::WorkloadIdentity | Fact::Circumstance => true,
    }
}

/// The bindings that a request declares: the engine opens no session without their proof.
fn declared(scope: &Scope<'_>) -> Ties {
    let whole = |field| Tied::Piece(Place { root: Root::Field(field), steps: Vec::new() });
    let fields = scope.request().fields.iter().enumerate();
    Ties(fields.filter_map(|(at, field)| Some((whole(at), whole(field.bound_to?)))).collect())
}

/// Refuses a permit that reads pieces which may belong to different machines.
pub(super) fn check(scope: &Scope<'_>, rule: &Rule, pieces: &[Piece], report: &mut dyn FnMut(Diagnostic)) {
    // What every other piece must belong to: a list's elements can belong to what stands outside, not the other way round.
    let Some(first) = pieces.iter().find(|piece| piece.lists.is_empty()).or(pieces.first()) else { return };
    let chosen = |line: &&Line| chosen(scope, &first.lists, first, &Demand::of(&line.condition, true, None));
    if rule.lines.iter().map(|line| chosen(&line)).sum::<usize>() > 1 {
        let lines = rule.lines.iter().filter(|line| chosen(line) > 0).map(|line| line.span);
        report(several(scope, rule, first, lines));
    }
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
            if count.list != *list || !pieces::count_reads(scope, count, &piece.place) =>
        {
            true
        }
        Demand::Some(_, element) | Demand::Every(_, element) => of_element(element),
        // Which of its elements matter is not known.
        Demand::Number(_) => false,
    }
}

/// The most elements that a path may choose each for itself, of a list that nothing outside of it is tied to. What holds of every element holds of
/// whichever is chosen.
fn chosen(scope: &Scope<'_>, lists: &[Place], piece: &Piece, demand: &Demand<'_>) -> usize {
    let Some((list, within)) = lists.split_first() else { return 0 };
    match demand {
        Demand::Nothing | Demand::Impossible | Demand::Question(..) => 0,
        Demand::All(operands) => operands.iter().map(|each| chosen(scope, lists, piece, each)).sum(),
        Demand::Any(operands) => operands.iter().map(|each| chosen(scope, lists, piece, each)).max().unwrap_or(0),
        Demand::Some(count, _) | Demand::Every(count, _) | Demand::Number(count)
            if count.list != *list || !pieces::count_reads(scope, count, &piece.place) =>
        {
            0
        }
        // What holds of all in a list that is chosen here says nothing of those in another.
        Demand::Some(_, element) => chosen(&scope.inside(list), within, piece, element).max(1),
        Demand::Every(_, element) => chosen(&scope.inside(list), within, piece, element),
        // Which of its elements matter is not known.
        Demand::Number(_) => 1,
    }
}

fn several(scope: &Scope<'_>, rule: &Rule, piece: &Piece, lines: impl Iterator<Item = Span>) -> Diagnostic {
    let shown = piece.show(scope);
    let message = format!("permit `{}` asks several things of `{shown}`, each perhaps of another element", rule.name);
    let found = lines.fold(Diagnostic::error(codes::BINDING, rule.span, message), |found, line| {
        found.and(line, "an element is chosen here")
    });
    found.help(
        "ask all of it of one element, `any each in …: … and …`; or say of all of them, by `all`, what each must be",
    )
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
            "declare that one is `bound to` the other in `{}`, or require that `{one}` and `{other}` say the same nonce, key or name, which no other machine says",
            scope.request().name
        ),
    })
}
