//! The pieces of evidence, and the issued tokens, that a rule reads.

use super::origin::Scope;
use crate::checked::{Condition, Place, Root, Rule};

/// A piece that a rule reads.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The place of the whole, seen from inside the lists.
    pub(super) place: Place,
    /// The lists that it is an element of an element of, outermost first.
    pub(super) lists: Vec<Place>,
    /// The line that reads it first; none where only the grant does.
    pub(super) line: Option<usize>,
}

impl Piece {
    /// The piece in words.
    pub(super) fn show(&self, scope: &Scope<'_>) -> String {
        self.inside(scope).show(&self.place)
    }

    /// The scope that the piece is seen from.
    pub(super) fn inside<'a>(&self, scope: &Scope<'a>) -> Scope<'a> {
        self.lists.iter().fold(scope.clone(), |scope, list| scope.inside(list))
    }
}

/// Every piece that a rule reads, in order of reading.
pub(super) fn read_by(scope: &Scope<'_>, rule: &Rule) -> Vec<Piece> {
    let mut pieces = Pieces { found: Vec::new(), lists: Vec::new(), line: None };
    for (at, line) in rule.lines.iter().enumerate() {
        pieces.line = Some(at);
        pieces.of_condition(scope, &line.condition);
    }
    pieces.line = None;
    for term in &rule.grant {
        term.each_place(&mut |place| pieces.add(scope, place));
    }
    pieces.found
}

struct Pieces {
    found: Vec<Piece>,
    /// The lists of the counts around what is looked at.
    lists: Vec<Place>,
    line: Option<usize>,
}

impl Pieces {
    fn of_condition(&mut self, scope: &Scope<'_>, condition: &Condition) {
        let Condition::Count(count) = condition else {
            condition.place().into_iter().for_each(|place| self.add(scope, place));
            for term in condition.terms() {
                term.each_place(&mut |place| self.add(scope, place));
            }
            for part in condition.parts() {
                self.of_condition(scope, part);
            }
            return;
        };
        self.add(scope, &count.list);
        count.bound.each_place(&mut |place| self.add(scope, place));
        let inside = scope.inside(&count.list);
        self.lists.push(count.list.clone());
        if let Some(distinct) = &count.distinct {
            distinct.each_place(&mut |place| self.add(&inside, place));
        }
        self.of_condition(&inside, &count.condition);
        self.lists.pop();
    }

    fn add(&mut self, scope: &Scope<'_>, place: &Place) {
        let Some(place) = scope.piece(place) else { return };
        let lists = match place.root {
            Root::Variable(variable) => self.lists.get(..=variable as usize).unwrap_or_default(),
            Root::Field(_) | Root::Parameter(_) => &[],
        };
        if !self.found.iter().any(|piece| piece.place == place && piece.lists == lists) {
            self.found.push(Piece { place, lists: lists.to_vec(), line: self.line });
        }
    }
}
