//! The pieces of evidence, and the issued tokens, that a rule reads.

use super::origin::Scope;
use crate::checked::{Condition, Count, Place, Root, Rule, Term};

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

/// Whether a condition reads a piece, which is seen from the same scope or from one around it.
pub(super) fn reads(scope: &Scope<'_>, condition: &Condition, piece: &Place) -> bool {
    if let Condition::Count(count) = condition {
        return count_reads(scope, count, piece);
    }
    condition.place().is_some_and(|place| is_part(scope, place, piece))
        || condition.terms().any(|term| term_reads(scope, term, piece))
        || condition.parts().iter().any(|part| reads(scope, part, piece))
}

/// Whether a count reads a piece, in what it asks of an element or around that.
pub(super) fn count_reads(scope: &Scope<'_>, count: &Count, piece: &Place) -> bool {
    reads_around(scope, count, piece) || reads(&scope.inside(&count.list), &count.condition, piece)
}

/// Whether a count reads a piece apart from what it asks of each element.
pub(super) fn reads_around(scope: &Scope<'_>, count: &Count, piece: &Place) -> bool {
    let distinct = || {
        let inside = scope.inside(&count.list);
        count.distinct.as_ref().is_some_and(|term| term_reads(&inside, term, piece))
    };
    is_part(scope, &count.list, piece) || term_reads(scope, &count.bound, piece) || distinct()
}

/// Whether a value is computed from a piece.
pub(super) fn term_reads(scope: &Scope<'_>, term: &Term, piece: &Place) -> bool {
    let mut reads = false;
    term.each_place(&mut |place| reads |= is_part(scope, place, piece));
    reads
}

fn is_part(scope: &Scope<'_>, place: &Place, piece: &Place) -> bool {
    scope.piece(place).as_ref() == Some(piece)
}
