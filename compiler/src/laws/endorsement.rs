//! Law 5, endorsement: what the caller asserts is as good as what it is equal to, on the paths where that is needed.

use super::demand::{Demand, Known};
use super::origin::{self, Scope};
use crate::checked::{Condition, Place, Term, TermKind};
use crate::ir::Comparison;
use crate::types::Fact;
use crate::value::Value;
use atbac_grammar::syntax::Provenance;
use std::collections::{HashMap, HashSet};

/// What is known on a path that bears on floors.
#[derive(Clone, Debug, Default)]
pub(super) struct Endorsed {
    /// The provenance that equality with better data lends a place.
    pub(super) places: HashMap<Place, Provenance>,
    /// Lists and sets that have an element.
    pub(super) filled: HashSet<Place>,
}

impl Known for Endorsed {
    fn both(mut self, other: Self) -> Self {
        for (place, provenance) in other.places {
            let lent = self.places.entry(place).or_insert(provenance);
            *lent = provenance.max(*lent);
        }
        self.filled.extend(other.filled);
        self
    }

    fn either(self, other: Self) -> Self {
        let places = self.places.into_iter().filter_map(|(place, provenance)| {
            let lent = provenance.min(*other.places.get(&place)?);
            Some((place, lent))
        });
        let filled = self.filled.intersection(&other.filled).cloned().collect();
        Endorsed { places: places.collect(), filled }
    }
}

/// What a question or a count tells that bears on floors.
pub(super) fn endorsed(scope: &Scope<'_>, fact: Fact, demand: &Demand<'_>) -> Endorsed {
    let mut known = Endorsed::default();
    match demand {
        Demand::Question(Condition::Compare(Comparison::Eq, left, right), true) => {
            for (value, with) in [(left, right), (right, left)] {
                if let (Some(place), Some(lent)) = (origin::determined(value), lent_by(scope, fact, with))
                    && lent > scope.provenance(place)
                {
                    known.places.insert(place.clone(), lent);
                }
            }
        }
        // What is no part of something, or has a part, is not empty.
        Demand::Question(Condition::Subset(set, _), false) | Demand::Question(Condition::InSet(_, set), true) => {
            known.filled.extend(origin::determined(set).cloned());
        }
        Demand::Question(Condition::Subset(part, set), true) if names_some(part) => {
            known.filled.extend(origin::determined(set).cloned());
        }
        Demand::Some(count, _) => {
            known.filled.insert(count.list.clone());
        }
        Demand::Nothing
        | Demand::Impossible
        | Demand::Question(..)
        | Demand::All(_)
        | Demand::Any(_)
        | Demand::Every(..)
        | Demand::Number(_) => {}
    }
    known
}

/// The provenance of the claim that a value is, or tells as good as whole; nothing for less of it, which the caller can make equal, and for what is computed.
///
/// Which code runs, and on what platform, only a claim about that can say: report data is signed too, and the code chooses it.
fn lent_by(scope: &Scope<'_>, fact: Fact, value: &Term) -> Option<Provenance> {
    let place = origin::identified(value)?;
    match fact {
        Fact::CodeIdentity | Fact::PlatformHealth if scope.fact(place) != fact => None,
        Fact::CodeIdentity | Fact::PlatformHealth | Fact::WorkloadIdentity | Fact::Circumstance => {
            Some(scope.provenance(place))
        }
    }
}

/// Whether a set is written out, and not empty.
fn names_some(set: &Term) -> bool {
    matches!(&set.kind, TermKind::Constant(Value::Set(elements)) if !elements.is_empty())
}

/// Whether a condition could tell something that [`endorsed`], [`Demand::Every`] or a subset is about.
pub(super) fn may_lend(condition: &Condition) -> bool {
    let both_places =
        |left: &Term, right: &Term| origin::determined(left).is_some() && origin::identified(right).is_some();
    match condition {
        Condition::Compare(Comparison::Eq, left, right) => both_places(left, right) || both_places(right, left),
        Condition::Count(_) | Condition::Subset(..) => true,
        other => other.parts().iter().any(may_lend),
    }
}
