//! Law 5, bindings: a permit that reads two pieces of evidence, or evidence and an issued token, knows that they belong together: one is `bound to` the
//! other, or an equality between claims of the two is needed on every path. Else one machine's report could be shown with another's token.
//!
//! The elements of a list are pieces of their own: each that is counted must be tied to what else the permit reads.

use super::demand::{Assumption, Demand, Known};
use super::origin::{self, IDENTIFYING_BYTES, Scope};
use super::pieces::Piece;
use crate::checked::{Condition, Place, Root, Rule, Term};
use crate::ir::Comparison;
use crate::types::Type;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::syntax::Provenance;
use std::collections::HashSet;

/// Values that are equal on a path.
#[derive(Clone, Debug, Default)]
struct Ties {
    /// The value at one place is that at the other.
    equal: HashSet<(Place, Place)>,
    /// Two pieces of which some value of one is equal to some value of the other.
    tied: HashSet<(Place, Place)>,
}

impl Known for Ties {
    fn both(mut self, other: Self) -> Self {
        self.equal.extend(other.equal);
        self.tied.extend(other.tied);
        self
    }

    fn either(self, other: Self) -> Self {
        let equal = self.equal.intersection(&other.equal).cloned().collect();
        let tied = self.tied.intersection(&other.tied).cloned().collect();
        Ties { equal, tied }
    }
}

/// Which pieces belong together on a path.
struct Groups<'a> {
    scope: &'a Scope<'a>,
    ties: Vec<(Place, Place)>,
}

impl<'a> Groups<'a> {
    fn new(scope: &'a Scope<'a>, ties: &Ties) -> Self {
        let piece = |place: &Place| scope.piece(place).unwrap_or_else(|| place.clone());
        let mut all: Vec<(Place, Place)> = Vec::new();
        for (one, other) in &ties.equal {
            all.push((one.clone(), other.clone()));
            // A claim belongs to its piece; what is part of none stands for itself.
            all.push((one.clone(), piece(one)));
            all.push((other.clone(), piece(other)));
        }
        all.extend(ties.tied.iter().cloned());
        let whole = |field| Place { root: Root::Field(field), steps: Vec::new() };
        for (at, field) in scope.request().fields.iter().enumerate() {
            all.extend(field.bound_to.map(|other| (whole(at), whole(other))));
        }
        Groups { scope, ties: all }
    }

    /// Everything that belongs together with a piece.
    fn around(&self, piece: &Place) -> HashSet<Place> {
        let mut group = HashSet::from([piece.clone()]);
        loop {
            let before = group.len();
            for (one, other) in &self.ties {
                if group.contains(one) || group.contains(other) {
                    group.insert(one.clone());
                    group.insert(other.clone());
                }
            }
            if group.len() == before {
                return group;
            }
        }
    }
}
