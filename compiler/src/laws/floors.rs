//! Law 5, floors: on every path that makes a permit true, a condition that is needed there reads a claim of each kind of fact for which the package has a
//! floor, of at least that provenance.
//!
//! A condition meets a floor only where it says something that not every caller can have arranged:
//!
//! - What is compared with is a constant, a reference value, or the word of somebody else than the caller: of the service, of an issuer. What the caller
//!   asserts is not, nor is another claim that evidence carries: the code that is to be identified may choose it, as it chooses its report data.
//! - Code and workloads are identified by equality or membership, never by what they are not, and never by zeros: those are what evidence says where there is
//!   no such code or key. Of the platform's health, any comparison tells, but for one: a Tcb tells by what it is at the least, since the oldest firmware is
//!   below every bound.
//! - The claim is what is asked about, not what it is asked with: an empty set is a subset of every claim. And an empty claim is a subset of every set: evidence
//!   of an image that nobody signed names no key. So a subset identifies only where the claim is also asked to have an element. Of health it tells: a platform
//!   that no advisory concerns has none but accepted ones.
//! - Several paths that each ask for something must together leave something out: `s == a or s != a` asks for nothing.
//!
//! Equality with attested data lends what the caller asserts the provenance of that data, on the paths where it is needed: a key whose digest stands in the
//! report data is as good as attested.

use super::demand::{Assumption, Demand, Known};
use super::endorsement::{Endorsed, endorsed, may_lend};
use super::facts::contradict;
use super::identity::{identifies, takes_everything, takes_zeros};
use super::origin::{self, Scope};
use crate::checked::{Condition, Floors, Place, Policy, Rule, Term};
use crate::types::Fact;
use atbac_grammar::syntax::Provenance;

/// A question whose answer meets a floor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Witness<'a> {
    /// The question.
    pub(crate) condition: &'a Condition,
    /// Its answer.
    pub(crate) answer: bool,
}

/// Whether a floor is met.
#[derive(Clone, Debug)]
pub(crate) enum Met<'a> {
    /// No path leads here.
    NoPath,
    /// On every path one of these is so: several such sets, the smallest first.
    By(Vec<Vec<Witness<'a>>>),
    /// On some path not.
    Not(Shortfall),
}

/// What comes nearest to meeting a floor where it is not met, farthest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shortfall {
    /// Nothing of this kind is asked.
    Nothing,
    /// A claim of this kind has too weak a provenance.
    Weak(Provenance),
    /// A claim of this kind stands on the side on which what is empty, or everything, satisfies the question.
    Turned,
    /// A Tcb of this kind is asked to be no newer than another.
    Older,
    /// A claim of this kind is asked about, but neither by equality nor by membership.
    NoIdentity,
    /// A claim of this kind is asked to have none but some elements, and may have none at all.
    EmptyClaim,
    /// A claim of this kind may be what evidence says where there is no such thing.
    Zeros,
    /// A claim of this kind is compared with what the caller may choose, or the code that made the claim.
    ChosenWord,
    /// Every element of a list is asked about, and there may be none.
    EmptyList,
    /// What is asked on the several paths leaves nothing out.
    Vacuous,
    /// One path asks, another does not.
    OtherPath,
}

/// Looks whether one floor is met.
struct Floor<'a> {
    fact: Fact,
    least: Provenance,
    scope: Scope<'a>,
    known: Endorsed,
    /// Whether anything in the rule lends provenance or speaks of every element of a list: without, there is nothing to know of a path.
    lends: bool,
}

impl<'a> Floor<'a> {
    /// The same, where more is known.
    fn knowing(&self, scope: Scope<'a>, demand: &Demand<'_>) -> Option<Self> {
        if !self.lends {
            return Some(Floor { scope, known: Endorsed::default(), ..*self });
        }
        let told = demand.known_by(&|demand| endorsed(&scope, self.fact, demand))?;
        Some(Floor { scope, known: self.known.clone().both(told), ..*self })
    }

    fn met<'d>(&self, demand: &Demand<'d>) -> Met<'d> {
        match demand {
            Demand::Nothing | Demand::Number(_) => Met::Not(Shortfall::Nothing),
            Demand::Impossible => Met::NoPath,
            Demand::Question(condition, answer) => self.asked(condition, *answer),
            Demand::All(operands) => match self.knowing(self.scope.clone(), demand) {
                Some(knowing) => all(operands.iter().map(|each| knowing.met(each))),
                None => Met::NoPath,
            },
            Demand::Any(operands) => self.any(operands),
            Demand::Some(count, element) => self.of_element(&count.list, element),
            // Where the list is known to have an element, what holds of every element holds of that one.
            Demand::Every(count, element) if self.known.filled.contains(&count.list) => {
                self.of_element(&count.list, element)
            }
            Demand::Every(count, element) => match self.of_element(&count.list, element) {
                Met::By(_) => Met::Not(Shortfall::EmptyList),
                Met::NoPath | Met::Not(_) => Met::Not(Shortfall::Nothing),
            },
        }
    }

    fn of_element<'d>(&self, list: &Place, element: &Demand<'d>) -> Met<'d> {
        match self.knowing(self.scope.inside(list), element) {
            Some(knowing) => knowing.met(element),
            None => Met::NoPath,
        }
    }

    fn any<'d>(&self, operands: &[Demand<'d>]) -> Met<'d> {
        let mut sets: Vec<Vec<Witness<'d>>> = vec![Vec::new(); MAX_SETS];
        let (mut is_met_on_some, mut shortfall) = (false, None);
        for operand in operands {
            let Some(knowing) = self.knowing(self.scope.clone(), operand) else { continue };
            match knowing.met(operand) {
                Met::NoPath => {}
                Met::By(found) => {
                    is_met_on_some = true;
                    for (set, found) in sets.iter_mut().zip(padded(found)) {
                        set.extend(found);
                    }
                }
                Met::Not(found) => shortfall = shortfall.max(Some(found)),
            }
        }
        match shortfall {
            Some(_) if is_met_on_some => return Met::Not(Shortfall::OtherPath),
            Some(found) => return Met::Not(found),
            None if !is_met_on_some => return Met::NoPath,
            None => {}
        }
        sets.retain(|set| !self.is_vacuous(set));
        if sets.is_empty() { Met::Not(Shortfall::Vacuous) } else { Met::By(sets) }
    }

    /// Whether one of these is always so.
    fn is_vacuous(&self, witnesses: &[Witness<'_>]) -> bool {
        contradict(self.scope.schema(), witnesses.iter().map(|witness| (witness.condition, !witness.answer)))
    }

    fn asked<'d>(&self, condition: &'d Condition, answer: bool) -> Met<'d> {
        let asks = |claim: &Term, with: Option<&Term>| self.tells(claim, with);
        let either = |left: &Term, right: &Term| {
            let (one, other) = (asks(left, Some(right)), asks(right, Some(left)));
            if one.is_ok() { one } else { other.map_err(|other| one.err().max(Some(other)).unwrap_or(other)) }
        };
        let only_left = |left: &Term, right: &Term| match asks(left, Some(right)) {
            Err(Shortfall::Nothing) if asks(right, Some(left)).is_ok() => Err(Shortfall::Turned),
            told => told,
        };
        let told = match condition {
            Condition::Holds(value) | Condition::In(value, _) | Condition::InNetworks(value, _) => asks(value, None),
            Condition::Matches(value, _) => asks(value, None),
            Condition::Compare(_, left, right) | Condition::InSet(left, right) => either(left, right),
            Condition::AtLeast(newer, older) => match (asks(newer, Some(older)), asks(older, Some(newer))) {
                (Err(Shortfall::Nothing), Ok(())) => Err(Shortfall::Older),
                (Ok(()), _) if !answer => Err(Shortfall::Older),
                (told, _) => told,
            },
            Condition::Subset(left, right) | Condition::InNetwork(left, right) | Condition::Holding(_, left, right) => {
                only_left(left, right)
            }
            Condition::Age(_, place, bound) => self.tells_of(place, Some(bound)),
            // That there is evidence, or of which kind it is, says nothing about what it says.
            Condition::Is(..) | Condition::Present(_) | Condition::Before(_) | Condition::Loaded(_) => {
                Err(Shortfall::Nothing)
            }
            // In an invariant only, or no single question.
            Condition::Permitted
            | Condition::Constant(_)
            | Condition::Count(_)
            | Condition::Not(_)
            | Condition::And(_)
            | Condition::Or(_) => Err(Shortfall::Nothing),
        };
        match told {
            Err(shortfall) => Met::Not(shortfall),
            Ok(()) if self.needs_identity() && !(answer && identifies(condition)) => Met::Not(Shortfall::NoIdentity),
            Ok(()) if self.needs_identity() && takes_zeros(condition) => Met::Not(Shortfall::Zeros),
            Ok(()) if self.needs_identity() && self.takes_empty_claim(condition) => Met::Not(Shortfall::EmptyClaim),
            // A set of all the values that there are, a bound below the least of them.
            Ok(()) if takes_everything(condition, answer) || self.is_vacuous(&[Witness { condition, answer }]) => {
                Met::Not(Shortfall::Vacuous)
            }
            Ok(()) => Met::By(vec![vec![Witness { condition, answer }]]),
        }
    }

    fn needs_identity(&self) -> bool {
        match self.fact {
            Fact::CodeIdentity | Fact::WorkloadIdentity => true,
            Fact::PlatformHealth | Fact::Circumstance => false,
        }
    }

    /// Whether a set without elements satisfies a question about it, and it may be one.
    fn takes_empty_claim(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Subset(claim, _) => {
                origin::identified(claim).is_none_or(|claim| !self.known.filled.contains(claim))
            }
            _ => false,
        }
    }

    /// Whether a term is a claim of the kind and provenance that is wanted, and what it is compared with, if it is no constant, is not the caller's choice.
    fn tells(&self, claim: &Term, with: Option<&Term>) -> Result<(), Shortfall> {
        self.tells_of(origin::identified(claim).ok_or(Shortfall::Nothing)?, with)
    }

    fn tells_of(&self, place: &Place, with: Option<&Term>) -> Result<(), Shortfall> {
        if self.scope.fact(place) != self.fact {
            return Err(Shortfall::Nothing);
        }
        let provenance = self.provenance(place);
        if provenance < self.least {
            return Err(Shortfall::Weak(provenance));
        }
        match with {
            Some(with) if !self.vouches(with, place) => Err(Shortfall::ChosenWord),
            Some(_) | None => Ok(()),
        }
    }

    fn provenance(&self, place: &Place) -> Provenance {
        let own = self.scope.provenance(place);
        self.known.places.get(place).map_or(own, |lent| own.max(*lent))
    }

    /// Whether a value that a claim is compared with is neither the caller's choice nor that of the code which is to be identified.
    fn vouches(&self, value: &Term, claim: &Place) -> bool {
        let mut vouches = true;
        // A claim that owes its provenance to an equality may owe it to this very one.
        let is_lent = self.scope.provenance(claim) < self.least;
        value.each_place(&mut |place| {
            vouches &= !is_lent
                && self.scope.field(place) != self.scope.field(claim)
                // Its own provenance: what equality lends it, it may owe to the claim.
                && match self.scope.provenance(place) {
                    Provenance::Asserted | Provenance::Attested => false,
                    Provenance::Local | Provenance::Authenticated => true,
                };
        });
        vouches
    }
}

/// How many sets of witnesses are kept: where one turns out to leave nothing out, another may not.
const MAX_SETS: usize = 4;

/// As many sets as are kept, the last as often as needed.
fn padded<'d>(sets: Vec<Vec<Witness<'d>>>) -> impl Iterator<Item = Vec<Witness<'d>>> {
    let last = sets.last().cloned().unwrap_or_default();
    sets.into_iter().chain(std::iter::repeat(last))
}

/// What all of these together meet: each set of any of them will do.
fn all<'d>(operands: impl Iterator<Item = Met<'d>>) -> Met<'d> {
    let mut sets: Vec<Vec<Witness<'d>>> = Vec::new();
    let mut shortfall = Shortfall::Nothing;
    for operand in operands {
        match operand {
            Met::NoPath => return Met::NoPath,
            Met::By(found) => {
                sets.extend(found);
                // Stable: of sets of one size, those of earlier conditions stay first.
                sets.sort_by_key(Vec::len);
                sets.truncate(MAX_SETS);
            }
            Met::Not(found) => shortfall = shortfall.max(found),
        }
    }
    if sets.is_empty() { Met::Not(shortfall) } else { Met::By(sets) }
}

/// How a floor fares in a rule.
#[derive(Debug)]
pub(crate) enum Outcome<'a> {
    /// It is met by these, each with the line it stands in.
    Met(Vec<(Witness<'a>, usize)>),
    /// It is not; what comes nearest, and the line that does.
    Missing(Shortfall, Option<usize>),
}

/// Whether a rule meets a floor, and how.
pub(crate) fn outcome<'a>(policy: &'a Policy, rule: &'a Rule, fact: Fact, least: Provenance) -> Outcome<'a> {
    let request = policy.schema.request(rule.request);
    let under = |assumption: Option<&Assumption>| outcome_under(policy, rule, fact, least, assumption);
    let found = under(None);
    if let Outcome::Met(_) = found {
        return found;
    }
    // What no path meets by itself, each kind of evidence may meet in its own way.
    for alternatives in Assumption::about(request) {
        let mut met = Vec::new();
        let all = alternatives.iter().all(|assumption| match under(Some(assumption)) {
            Outcome::Met(witnesses) => {
                met.extend(witnesses);
                true
            }
            Outcome::Missing(..) => false,
        });
        if all {
            return Outcome::Met(met);
        }
    }
    found
}

/// Whether a rule meets a floor wherever its evidence is of a kind.
pub(super) fn is_met_for(
    policy: &Policy,
    rule: &Rule,
    fact: Fact,
    least: Provenance,
    assumption: Option<&Assumption>,
) -> bool {
    matches!(outcome_under(policy, rule, fact, least, assumption), Outcome::Met(_))
}

fn outcome_under<'a>(
    policy: &'a Policy,
    rule: &'a Rule,
    fact: Fact,
    least: Provenance,
    assumption: Option<&Assumption>,
) -> Outcome<'a> {
    let lends = rule.lines.iter().any(|line| may_lend(&line.condition));
    let scope = Scope::new(&policy.schema, policy.schema.request(rule.request));
    of_lines(&Floor { fact, least, scope, known: Endorsed::default(), lends }, rule, assumption)
}

fn of_lines<'a>(floor: &Floor<'_>, rule: &'a Rule, assumption: Option<&Assumption>) -> Outcome<'a> {
    let demands: Vec<Demand<'a>> =
        rule.lines.iter().map(|line| Demand::of(&line.condition, true, assumption)).collect();
    // Where nothing lends, the whole is not looked at.
    let whole = if floor.lends { Demand::all(demands.iter().cloned()) } else { Demand::Nothing };
    let Some(knowing) = floor.knowing(floor.scope.clone(), &whole) else { return Outcome::Met(Vec::new()) };
    let mut best: Option<(Vec<Witness<'a>>, usize)> = None;
    let mut nearest = (Shortfall::Nothing, None);
    for (at, demand) in demands.iter().enumerate() {
        match knowing.met(demand) {
            Met::NoPath => return Outcome::Met(Vec::new()),
            Met::By(sets) => {
                let smallest = sets.into_iter().next().unwrap_or_default();
                if best.as_ref().is_none_or(|(best, _)| smallest.len() < best.len()) {
                    best = Some((smallest, at));
                }
            }
            Met::Not(found) if found > nearest.0 => nearest = (found, Some(at)),
            Met::Not(_) => {}
        }
    }
    match best {
        Some((witnesses, at)) => Outcome::Met(witnesses.into_iter().map(|witness| (witness, at)).collect()),
        None => Outcome::Missing(nearest.0, nearest.1),
    }
}

/// The floors that demand anything: what is `asserted` at the least is met by whatever a caller says, so nothing needs to be asked.
pub(crate) fn demanded(floors: &Floors) -> impl Iterator<Item = (Fact, Provenance)> {
    let kinds = [Fact::CodeIdentity, Fact::PlatformHealth, Fact::WorkloadIdentity, Fact::Circumstance];
    let floors = kinds.map(|fact| (fact, floors.of(fact).unwrap_or(Provenance::Asserted)));
    floors.into_iter().filter(|(_, least)| *least > Provenance::Asserted)
}
