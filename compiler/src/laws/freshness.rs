//! Law 6, freshness: on every path on which a permit reads a piece of evidence, or an issued token, that path bounds its age, tighter than its schema does.
//!
//! A field that is `bound to` another is as fresh as that one, unless an issuer dated it: such a result may have been signed long before the evidence that it is bound to was
//! verified. The elements of a list are bounded in the count that reads them, or by an `all` that is needed wherever they are read.

use super::demand::{Assumption, Demand};
use super::origin::Scope;
use super::pieces::{self, Piece};
use crate::checked::{Arithmetic, Condition, Place, Root, Rule, Step, Term, TermKind};
use crate::ir::Comparison;
use crate::types::{Evidence, StructId, Type};
use crate::value::Value;
use crate::verifier::{Signer, Verifier};
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::print_duration;
use atbac_grammar::syntax::Provenance;

/// What paths there are: for each of the four cases of (read, bounded), whether some path is so. No path at all is the empty set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Paths(u8);

impl Paths {
    const NONE: Paths = Paths(0);

    /// One path.
    fn one(read: bool, bounded: bool) -> Self {
        Paths(1 << (u8::from(read) | u8::from(bounded) << 1))
    }

    /// The paths that go through both.
    fn both(self, other: Self) -> Self {
        let cases = |paths: Paths| (0..4u8).filter(move |case| paths.0 & 1 << case != 0);
        let joined = cases(self).flat_map(|one| cases(other).map(move |two| 1 << (one | two)));
        Paths(joined.fold(0, |all, each: u8| all | each))
    }

    /// The paths that go through either.
    fn either(self, other: Self) -> Self {
        Paths(self.0 | other.0)
    }

    /// Whether no path reads without bounding.
    fn are_fresh(self) -> bool {
        self.0 & Paths::one(true, false).0 == 0
    }

    /// Whether every path bounds.
    fn are_bounded(self) -> bool {
        self.0 & (Paths::one(false, false).0 | Paths::one(true, false).0) == 0
    }
}

/// Looks at the age of one piece of evidence.
pub(super) struct Age<'a> {
    scope: Scope<'a>,
    /// The piece.
    place: &'a Place,
    /// The fields whose age bounds this one's as well: those it is bound to.
    older: Vec<usize>,
}

impl<'a> Age<'a> {
    /// The age of a piece that is no element of a list.
    pub(super) fn of(scope: &Scope<'a>, place: &'a Place) -> Self {
        let fields = &scope.request().fields;
        let mut older = Vec::new();
        let mut next = match place.root {
            Root::Field(field) if !is_dated_by_its_issuer(scope, place) => fields[field].bound_to,
            Root::Field(_) | Root::Variable(_) | Root::Parameter(_) => None,
        };
        // A binding may lead to another; in a circle, each counts once.
        while let Some(field) = next
            && !older.contains(&field)
        {
            older.push(field);
            next = fields[field].bound_to;
        }
        Age { scope: scope.clone(), place, older }
    }

    fn inside(&self, list: &Place) -> Self {
        Age { scope: self.scope.inside(list), place: self.place, older: self.older.clone() }
    }

    fn paths(&self, demand: &Demand<'_>) -> Paths {
        match demand {
            Demand::Nothing => Paths::one(false, false),
            Demand::Impossible => Paths::NONE,
            Demand::All(operands) => {
                operands.iter().fold(Paths::one(false, false), |paths, each| paths.both(self.paths(each)))
            }
            Demand::Any(operands) => operands.iter().fold(Paths::NONE, |paths, each| paths.either(self.paths(each))),
            Demand::Question(condition, answer) => Paths::one(
                pieces::reads(&self.scope, condition, self.place),
                self.bound_by(condition, *answer).is_some(),
            ),
            Demand::Some(count, element) => Paths::one(pieces::reads_around(&self.scope, count, self.place), false)
                .both(self.inside(&count.list).paths(element)),
            // What holds of every element of an empty list has bounded nothing; any other count reads whatever its elements are asked.
            Demand::Every(count, _) | Demand::Number(count) => {
                Paths::one(pieces::count_reads(&self.scope, count, self.place), false)
            }
        }
    }

    /// The longest age that a question with this answer leaves, if it bounds the piece's in earnest.
    fn bound_by<'c>(&self, condition: &'c Condition, answer: bool) -> Option<&'c Term> {
        let (place, bound) = bounded(condition, answer)?;
        let piece = self.scope.piece(place)?;
        let is_older = matches!(piece.root, Root::Field(field) if self.older.contains(&field));
        let bounds = piece == *self.place || is_older;
        (bounds && Bound::of(&self.scope, place, bound) == Bound::Sound).then_some(bound)
    }

    /// The longest age in milliseconds that any path leaves; nothing where there is no bound, or one that is known only when it is asked for.
    pub(super) fn longest(&self, demand: &Demand<'_>) -> Option<i64> {
        match demand {
            Demand::All(operands) => operands.iter().filter_map(|each| self.longest(each)).min(),
            Demand::Any(operands) => {
                let longest = operands.iter().map(|each| self.longest(each)).collect::<Option<Vec<i64>>>();
                longest?.into_iter().max()
            }
            Demand::Question(condition, answer) => match &self.bound_by(condition, *answer)?.kind {
                TermKind::Constant(Value::Duration(bound)) => Some(*bound),
                _ => None,
            },
            // A bound inside a count is about its elements.
            Demand::Nothing | Demand::Impossible | Demand::Some(..) | Demand::Every(..) | Demand::Number(_) => None,
        }
    }
}

/// The dated place and the bound, where a question bounds an age from above.
fn bounded(condition: &Condition, answer: bool) -> Option<(&Place, &Term)> {
    match (condition, answer) {
        (Condition::Age(Comparison::Lt | Comparison::Le, place, bound), true)
        | (Condition::Age(Comparison::Gt | Comparison::Ge, place, bound), false) => Some((place, bound)),
        _ => None,
    }
}

/// Whether a bound is up to nobody who would like it to be longer: the caller, attested code, or the one who made what is dated.
fn is_trusted(scope: &Scope<'_>, dated: &Place, bound: &Term) -> bool {
    let mut trusted = true;
    bound.each_place(&mut |place| {
        trusted &= scope.field(place) != scope.field(dated)
            && match scope.provenance(place) {
                Provenance::Asserted | Provenance::Attested => false,
                Provenance::Local | Provenance::Authenticated => true,
            };
    });
    trusted
}

/// The least that a bound can be, in milliseconds; of a count, the least number. What is known only when it is asked for is as short as can be: a duration
/// of nothing, a number of one.
fn least(bound: &Term) -> i64 {
    let least = match &bound.kind {
        TermKind::Constant(Value::Duration(bound) | Value::Int(bound)) => *bound,
        TermKind::Arithmetic(Arithmetic::Add, left, right) => least(left).saturating_add(least(right)),
        TermKind::Arithmetic(Arithmetic::Mul, left, right) => least(left).saturating_mul(least(right)),
        TermKind::Arithmetic(Arithmetic::Sub, left, right) => match &right.kind {
            TermKind::Constant(Value::Duration(less) | Value::Int(less)) => least(left).saturating_sub(*less),
            _ => 0,
        },
        TermKind::Place(_) | TermKind::Reference(_) if bound.ty == Type::Int => 1,
        TermKind::Constant(_)
        | TermKind::Place(_)
        | TermKind::Reference(_)
        | TermKind::Slice(..)
        | TermKind::Hash(..)
        | TermKind::If(..)
        | TermKind::Set(_) => 0,
    };
    least.max(0)
}

/// Whether a bound is at or above the longest age that the schema of what is dated allows, and so bounds nothing.
fn is_loose(scope: &Scope<'_>, dated: &Place, bound: &Term) -> bool {
    let longest = dated.steps.iter().rev().find_map(|step| match step {
        Step::Field(id, _) => scope.schema().structure(*id).evidence.as_ref().map(|evidence| evidence.max_age),
        Step::Alternative(_) | Step::Present => None,
    });
    longest.flatten().is_some_and(|longest| least(bound) >= longest)
}

/// The longest age in milliseconds that the schema of a piece allows; of several kinds, the shortest.
pub(super) fn longest_age(scope: &Scope<'_>, piece: &Place) -> Option<i64> {
    kinds(scope, piece).iter().filter_map(|id| scope.schema().structure(*id).evidence.as_ref()?.max_age).min()
}

/// Whether some kind of a piece is a result of an issuer's whose age counts from the date that the issuer gave it.
///
/// The proof of a binding shows when such a result can have been asked for at the earliest, and nothing of how long ago that was. Statements of the deployment itself are dated
/// too. They end when the deployment that made them says so, and the machine that they are bound to is what changes.
fn is_dated_by_its_issuer(scope: &Scope<'_>, piece: &Place) -> bool {
    kinds(scope, piece).iter().any(|id| {
        let kind = scope.schema().structure(*id);
        let is_dated = |evidence: &Evidence| kind.fields[evidence.age_from].name != "verified_at";
        let signer = |evidence: &Evidence| Verifier::named(&evidence.verifier).map(|verifier| verifier.signer);
        kind.evidence.as_ref().is_some_and(|evidence| match signer(evidence) {
            Some(Signer::Hardware | Signer::Issuer) | None => is_dated(evidence),
            Some(Signer::Deployment) => false,
        })
    })
}

/// The kinds of evidence that a piece can be.
fn kinds<'a>(scope: &'a Scope<'_>, piece: &Place) -> &'a [StructId] {
    let mut ty = scope.type_of(piece);
    while let Some(Type::Optional(inner)) = ty {
        ty = Some(inner);
    }
    match ty {
        Some(Type::Struct(id)) => std::slice::from_ref(id),
        Some(Type::Union(kinds)) => kinds,
        _ => &[],
    }
}

/// Refuses a permit that reads evidence of any age.
pub(super) fn check(scope: &Scope<'_>, rule: &Rule, pieces: &[Piece], report: &mut dyn FnMut(Diagnostic)) {
    for piece in pieces {
        if !is_fresh(scope, rule, piece) {
            report(stale(scope, rule, piece));
        }
    }
}

fn is_fresh(scope: &Scope<'_>, rule: &Rule, piece: &Piece) -> bool {
    let under = |assumption: Option<&Assumption>| {
        let demand = Demand::all(rule.lines.iter().map(|line| Demand::of(&line.condition, true, assumption)));
        if !piece.lists.is_empty() {
            return elements_are_fresh(scope, &piece.lists, &piece.place, &demand);
        }
        let age = Age::of(scope, &piece.place);
        let granted = rule.grant.iter().any(|term| pieces::term_reads(scope, term, &piece.place));
        Paths::one(granted, false).both(age.paths(&demand)).are_fresh()
    };
    // What no path bounds by itself, each kind of evidence may bound in its own way.
    under(None) || Assumption::about(scope.request()).iter().any(|kinds| kinds.iter().all(|kind| under(Some(kind))))
}

/// Whether every count over these lists bounds the age of the elements that it reads.
fn elements_are_fresh(scope: &Scope<'_>, lists: &[Place], place: &Place, demand: &Demand<'_>) -> bool {
    let Some((list, within)) = lists.split_first() else {
        return Age { scope: scope.clone(), place, older: Vec::new() }.paths(demand).are_fresh();
    };
    match demand {
        Demand::Nothing | Demand::Impossible | Demand::Question(..) => true,
        Demand::All(operands) => {
            operands.iter().any(|each| bounds_every(scope, lists, place, each))
                || operands.iter().all(|each| elements_are_fresh(scope, lists, place, each))
        }
        Demand::Any(operands) => operands.iter().all(|each| elements_are_fresh(scope, lists, place, each)),
        // What a count tells apart is read of every element that counts.
        Demand::Some(count, element) if count.list == *list && pieces::reads_around(scope, count, place) => {
            are_bounded(scope, list, place, element)
        }
        Demand::Some(count, element) | Demand::Every(count, element) if count.list == *list => {
            elements_are_fresh(&scope.inside(list), within, place, element)
        }
        // Which of its elements matter is not known, so each one that it reads does.
        Demand::Number(count) if count.list == *list => !pieces::count_reads(scope, count, place),
        Demand::Some(..) | Demand::Every(..) | Demand::Number(_) => true,
    }
}

/// Whether a condition bounds the age of every element of a list.
fn bounds_every(scope: &Scope<'_>, lists: &[Place], place: &Place, demand: &Demand<'_>) -> bool {
    match (lists, demand) {
        ([list], Demand::Every(count, element)) if count.list == *list => are_bounded(scope, list, place, element),
        _ => false,
    }
}

/// Whether what is demanded of an element of a list bounds its age on every path.
fn are_bounded(scope: &Scope<'_>, list: &Place, place: &Place, element: &Demand<'_>) -> bool {
    Age { scope: scope.inside(list), place, older: Vec::new() }.paths(element).are_bounded()
}

fn stale(scope: &Scope<'_>, rule: &Rule, piece: &Piece) -> Diagnostic {
    let (inside, shown) = (piece.inside(scope), piece.show(scope));
    let longest = longest_age(&inside, &piece.place);
    let message = format!("permit `{}` reads `{shown}`, whatever its age", rule.name);
    let found = Diagnostic::error(codes::FRESHNESS, rule.span, message);
    let line = |bound| {
        let bounds = |condition| has_bound(scope, &Demand::of(condition, true, None), &piece.place, bound);
        rule.lines.iter().find(|line| bounds(&line.condition))
    };
    if let Some(line) = line(Bound::Loose) {
        let longest = longest.map_or_else(String::new, |longest| format!(" of {}", print_duration(longest)));
        return found
            .and(line.span, format!("this bounds nothing: at its longest age{longest} it expires all the same"))
            .help("require a shorter age");
    }
    if let Some(line) = line(Bound::Chosen) {
        return found
            .and(line.span, "this bound is up to the caller, or to the evidence itself")
            .help("bound it by a constant, by a reference value, or by what the service says");
    }
    let found = match (line(Bound::Sound), piece.line) {
        (Some(line), _) => found.and(line.span, "its age is bounded here, but not on every path that reads it"),
        (None, Some(at)) => found.and(rule.lines[at].span, "it is read here"),
        (None, None) => found.labelled("it is read in what is granted"),
    };
    // Any bound is the author's to choose; this one is short enough for every schema.
    let bound = print_duration(longest.map_or(FIVE_MINUTES, |longest| FIVE_MINUTES.min(longest / 2)));
    found.help(match piece.lists.last() {
        None if is_dated_by_its_issuer(scope, &piece.place) && is_bound(scope, &piece.place) => format!(
            "add `require age({shown}) <= {bound} else \"…\";`: its issuer dated it, so that what it is bound to can be younger"
        ),
        None => format!("add `require age({shown}) <= {bound} else \"…\";`"),
        Some(_) => format!("bound the age of each element that counts: `… and age(…) <= {bound}`"),
    })
}

/// Whether a piece is `bound to` another field.
fn is_bound(scope: &Scope<'_>, piece: &Place) -> bool {
    matches!(piece.root, Root::Field(field) if scope.request().fields[field].bound_to.is_some())
}

/// In milliseconds.
const FIVE_MINUTES: i64 = 5 * 60 * 1000;

/// What a bound is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    /// Nothing: evidence that is older has expired.
    Loose,
    /// Nothing: it is up to one who would like it to be longer.
    Chosen,
    /// What it says.
    Sound,
}

impl Bound {
    fn of(scope: &Scope<'_>, dated: &Place, bound: &Term) -> Self {
        if is_loose(scope, dated, bound) {
            Bound::Loose
        } else if is_trusted(scope, dated, bound) {
            Bound::Sound
        } else {
            Bound::Chosen
        }
    }
}

/// Whether somewhere on the way to what is demanded the age of a piece is bounded by such a bound.
fn has_bound(scope: &Scope<'_>, demand: &Demand<'_>, piece: &Place, wanted: Bound) -> bool {
    match demand {
        Demand::Question(condition, answer) => bounded(condition, *answer).is_some_and(|(place, bound)| {
            scope.piece(place).as_ref() == Some(piece) && Bound::of(scope, place, bound) == wanted
        }),
        Demand::All(operands) | Demand::Any(operands) => {
            operands.iter().any(|each| has_bound(scope, each, piece, wanted))
        }
        Demand::Some(count, element) | Demand::Every(count, element) => {
            has_bound(&scope.inside(&count.list), element, piece, wanted)
        }
        Demand::Nothing | Demand::Impossible | Demand::Number(_) => false,
    }
}
