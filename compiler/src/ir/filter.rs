//! Filters: the rows of a shape that a call can meet, as bits that are joined.
//!
//! Where no one field tells the rows apart, several may together: an amount between bounds, a name of some form, one build of a few. Each of these questions has a filter,
//! which gives for the value of a call a bit for each row: clear, if the answer is surely no. Rows whose bits are set in all filters are asked; they are few, and a
//! thousand rules more cost as many bits.
//!
//! A filter is never asked instead of the question itself, only before it. So it may be coarse: it has at most [`MOST_VECTORS`] vectors, however many values rules compare with.

use super::{Column, Comparison, Formula, Integer, Slot, Test, TestKind, Text};
use crate::checked::Part;
use crate::glob;

/// The most vectors of a filter: a place among them fits a byte.
pub const MOST_VECTORS: usize = 256;

/// The most filters of a shape: what is left after these is few.
const MOST_FILTERS: usize = 8;

/// A vector for every value that a call can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Which of the vectors is that of a call.
    pub by: By,
    /// Each has a bit for each row, the first in the lowest bit of the first word; bits beyond are clear.
    pub vectors: Vec<Box<[u64]>>,
}

/// By what the vector of a call is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// By the value of a word; for one that is as great as there are vectors, there is no row.
    Value(Slot),
    /// By how many of these bounds, ascending, are at most the integer.
    Bounds(Slot, Box<[i64]>),
    /// By the longest of these, ascending, with which a text begins: one more than its place; the first vector if it begins with none.
    Beginning(Slot, Pieces),
    /// By the longest of these with which a text ends, in the same way. They are kept from their last byte to their first.
    End(Slot, Pieces),
}

/// Pieces of texts.
pub type Pieces = Box<[Box<[u8]>]>;

impl Filter {
    /// The part of all rows whose bits are set, over all vectors.
    fn density(&self, rows: usize) -> f64 {
        let set: u64 = self.vectors.iter().flatten().map(|word| u64::from(word.count_ones())).sum();
        set as f64 / (self.vectors.len() * rows).max(1) as f64
    }
}

/// How many bounds are at most a value.
pub fn bounds_within(bounds: &[i64], value: i64) -> usize {
    bounds.partition_point(|bound| *bound <= value)
}

/// One more than the place of the longest piece with which a text begins, 0 if it begins with none. There are so many pieces, ascending, which `piece` gives; `byte` gives the
/// text's byte at a place.
pub fn longest_beginning<'p>(
    count: usize,
    piece: impl Fn(usize) -> &'p [u8],
    byte: impl Fn(usize) -> Option<u8>,
) -> usize {
    let mut length = usize::MAX;
    loop {
        let byte = |at: usize| if at < length { byte(at) } else { None };
        // The last that is not behind the text. Whatever the text begins with is not behind it, and not before this one unless it is a beginning of both.
        let (mut low, mut high) = (0, count);
        // How many bytes the text shares with the piece before `low` and with that at `high`. All between share as many: these need not be compared again.
        let (mut with_low, mut with_high) = (0, 0);
        while low < high {
            let middle = low + (high - low) / 2;
            let one = piece(middle);
            let mut shared = with_low.min(with_high);
            while shared < one.len() && byte(shared) == Some(one[shared]) {
                shared += 1;
            }
            if shared == one.len() || byte(shared).is_some_and(|byte| one[shared] < byte) {
                (low, with_low) = (middle + 1, shared);
            } else {
                (high, with_high) = (middle, shared);
            }
        }
        let Some(last) = low.checked_sub(1) else { return 0 };
        if with_low == piece(last).len() {
            return low;
        }
        length = with_low;
    }
}

/// The filters of a shape with so many rows, best first, and how many rows they leave if calls have all values equally often.
pub(super) fn filters(operands: &[Formula], rows: usize, tests: &[Test], columns: &[Column]) -> (Vec<Filter>, f64) {
    let mut filters: Vec<(f64, Filter)> = Vec::new();
    for operand in operands {
        let Formula::Test(id) = operand else { continue };
        for filter in of_test(&tests[id.0 as usize].kind, columns) {
            filters.push((filter.density(rows), filter));
        }
    }
    // One that lets nearly everything through costs more than it spares.
    filters.retain(|(density, _)| *density < 0.9);
    filters.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    filters.truncate(MOST_FILTERS);
    let left = filters.iter().fold(rows as f64, |left, (density, _)| left * density);
    (filters.into_iter().map(|(_, filter)| filter).collect(), left)
}

fn of_test(kind: &TestKind, columns: &[Column]) -> Vec<Filter> {
    let text = |slot: &Slot, of_row: &Text, beginning: fn(&[u8]) -> &[u8], end: fn(&[u8]) -> &[u8]| {
        let Text::Row(column) = of_row else { return Vec::new() };
        let Column::Texts(texts) = &columns[column.0 as usize] else { return Vec::new() };
        let beginnings: Vec<Vec<u8>> = texts.iter().map(|text| beginning(text).to_vec()).collect();
        let ends: Vec<Vec<u8>> = texts.iter().map(|text| end(text).iter().rev().copied().collect()).collect();
        let beginning =
            by_pieces(beginnings).map(|(pieces, vectors)| Filter { by: By::Beginning(*slot, pieces), vectors });
        let end = by_pieces(ends).map(|(pieces, vectors)| Filter { by: By::End(*slot, pieces), vectors });
        beginning.into_iter().chain(end).collect()
    };
    match kind {
        TestKind::Integer(Comparison::Eq, Integer::Slot(slot), Integer::Row(column)) => match &columns
            [column.0 as usize]
        {
            Column::Words(1, values) => {
                by_value(*slot, values.iter().map(|value| value.iter().map(|word| *word as i64).collect()).collect())
            }
            Column::Words(..) | Column::Texts(_) | Column::Sets(_) => None,
        }
        .into_iter()
        .collect(),
        TestKind::IntegerInRow(Integer::Slot(slot), column) => match &columns[column.0 as usize] {
            Column::Sets(sets) => by_value(*slot, sets.iter().map(|set| set.to_vec()).collect()),
            Column::Words(..) | Column::Texts(_) => None,
        }
        .into_iter()
        .collect(),
        TestKind::Integer(comparison, Integer::Slot(slot), Integer::Row(column)) => match &columns[column.0 as usize] {
            Column::Words(1, values) => {
                let values: Vec<i64> = values.iter().filter_map(|value| Some(*value.first()? as i64)).collect();
                vec![by_bounds(*slot, *comparison, &values)]
            }
            Column::Words(..) | Column::Texts(_) | Column::Sets(_) => Vec::new(),
        },
        TestKind::Holding(Part::Beginning, Text::Slot(slot), of_row) => text(slot, of_row, |text| text, |_| &[]),
        TestKind::Holding(Part::End, Text::Slot(slot), of_row) => text(slot, of_row, |_| &[], |text| text),
        TestKind::Matches(Text::Slot(slot), of_row) => text(slot, of_row, glob::beginning, glob::end),
        _ => Vec::new(),
    }
}

/// The vectors of the values that rows ask for; `None` if these are too many or no small numbers.
fn by_value(slot: Slot, of_rows: Vec<Vec<i64>>) -> Option<Filter> {
    let most = of_rows.iter().flatten().max().map_or(0, |most| *most);
    let fits = of_rows.iter().flatten().all(|value| (0..MOST_VECTORS as i64).contains(value));
    let vector = |value: i64| vector(of_rows.iter().map(|values| values.contains(&value)));
    fits.then(|| Filter { by: By::Value(slot), vectors: (0..=most).map(vector).collect() })
}

/// The vectors of what an integer that compares so with the rows' values can be.
fn by_bounds(slot: Slot, comparison: Comparison, of_rows: &[i64]) -> Filter {
    // Where the answer of a row changes: it is another from this value on.
    let change = |value: i64| match comparison {
        Comparison::Lt | Comparison::Ge | Comparison::Eq => value,
        Comparison::Le | Comparison::Gt => value.saturating_add(1),
    };
    let mut changes: Vec<i64> = of_rows.iter().map(|value| change(*value)).collect();
    changes.sort_unstable();
    changes.dedup();
    let bounds: Box<[i64]> = spread(&changes, MOST_VECTORS - 1);
    // The least and the greatest value that is counted so.
    let range = |place: usize| {
        let least = place.checked_sub(1).map_or(i64::MIN, |before| bounds[before]);
        let greatest = bounds.get(place).map_or(i64::MAX, |bound| bound.saturating_sub(1));
        (least, greatest)
    };
    let vectors = (0..=bounds.len()).map(|place| {
        let (least, greatest) = range(place);
        vector(of_rows.iter().map(|value| comparison.holds(least, *value) || comparison.holds(greatest, *value)))
    });
    let vectors = vectors.collect();
    Filter { by: By::Bounds(slot, bounds), vectors }
}

/// So many of these at most, from all parts of them.
fn spread(values: &[i64], most: usize) -> Box<[i64]> {
    let step = values.len().div_ceil(most).max(1);
    values.iter().copied().step_by(step).collect()
}

/// The pieces with which texts begin, and the vectors of these; `None` if some row asks for no piece and all others do so too.
fn by_pieces(mut of_rows: Vec<Vec<u8>>) -> Option<(Pieces, Vec<Box<[u64]>>)> {
    let pieces = distinct(&of_rows);
    if pieces.is_empty() {
        return None;
    }
    // Shorter pieces let more through and are fewer: two beside one another are told apart by one byte more than they have in common.
    let mut common: Vec<usize> = pieces
        .windows(2)
        .map(|pair| pair[0].iter().zip(pair[1]).take_while(|(one, other)| one == other).count())
        .collect();
    common.sort_unstable();
    if let Some(length) = common.get(MOST_VECTORS - 2).copied() {
        of_rows.iter_mut().for_each(|piece| piece.truncate(length));
    }
    let pieces: Pieces = distinct(&of_rows).into_iter().map(Box::from).collect();
    let none: &[u8] = &[];
    let vectors = std::iter::once(none).chain(pieces.iter().map(|piece| &**piece));
    let vectors = vectors.map(|whole| vector(of_rows.iter().map(|piece| whole.starts_with(piece)))).collect();
    Some((pieces, vectors))
}

/// What rows ask for, ascending, each once.
fn distinct(of_rows: &[Vec<u8>]) -> Vec<&[u8]> {
    let mut pieces: Vec<&[u8]> = of_rows.iter().map(Vec::as_slice).filter(|piece| !piece.is_empty()).collect();
    pieces.sort_unstable();
    pieces.dedup();
    pieces
}

/// A bit for each of these.
fn vector(rows: impl ExactSizeIterator<Item = bool>) -> Box<[u64]> {
    let mut words = vec![0; rows.len().div_ceil(64)];
    for (row, set) in rows.enumerate() {
        words[row / 64] |= u64::from(set) << (row % 64);
    }
    words.into()
}

#[cfg(test)]
mod tests {
    use super::{By, Filter, MOST_VECTORS, by_bounds, by_pieces, longest_beginning, spread};
    use crate::ir::{Comparison, Scope, Slot};

    const SLOT: Slot = Slot { frame: Scope::Call, word: 0 };

    fn is_set(vector: &[u64], row: usize) -> bool {
        vector[row / 64] >> (row % 64) & 1 == 1
    }

    #[test]
    fn the_longest_beginning_by_looking_at_each() {
        let words = ["a", "ab", "abc", "abd", "b", "ba", "bab", "c"];
        let letters = ["", "a", "b", "c", "d"];
        let texts =
            letters.iter().flat_map(|a| letters.iter().flat_map(move |b| letters.map(|c| format!("{a}{b}{c}"))));
        for text in texts {
            for left_out in 0..1 << words.len() {
                let pieces: Vec<&[u8]> =
                    (0..words.len()).filter(|at| left_out >> at & 1 == 0).map(|at| words[at].as_bytes()).collect();
                let expected = (0..pieces.len())
                    .filter(|at| text.as_bytes().starts_with(pieces[*at]))
                    .max_by_key(|at| pieces[*at].len())
                    .map_or(0, |at| at + 1);
                assert_eq!(
                    longest_beginning(pieces.len(), |at| pieces[at], |at| text.as_bytes().get(at).copied()),
                    expected,
                    "{text} {pieces:?}"
                );
            }
        }
    }

    /// Whatever the value, each row for which the comparison holds is let through; with a bound for each change, no other.
    #[test]
    fn bounds_let_through_what_holds() {
        let edges = [i64::MIN, i64::MIN + 1, -1, 0, 1, 5, i64::MAX - 1, i64::MAX];
        for comparison in [Comparison::Lt, Comparison::Le, Comparison::Gt, Comparison::Ge] {
            let Filter { by: By::Bounds(_, bounds), vectors } = by_bounds(SLOT, comparison, &edges) else { panic!() };
            for value in edges.into_iter().chain([2, -7]) {
                let vector = &vectors[super::bounds_within(&bounds, value)];
                for (row, edge) in edges.into_iter().enumerate() {
                    let holds = comparison.holds(value, edge);
                    // Past the greatest integer there is no place for a bound.
                    let exact = edge != i64::MAX;
                    assert!(is_set(vector, row) == holds || (!exact && !holds), "{value} {comparison:?} {edge}");
                }
            }
        }
    }

    #[test]
    fn many_bounds_are_fewer_vectors_that_let_more_through() {
        let of_rows: Vec<i64> = (0..10_000).map(|n| n * 7).collect();
        let Filter { by: By::Bounds(_, bounds), vectors } = by_bounds(SLOT, Comparison::Lt, &of_rows) else { panic!() };
        assert!(vectors.len() <= MOST_VECTORS && vectors.len() == bounds.len() + 1);
        for value in [-1, 0, 6, 7, 8, 34_999, 35_000, 69_993, 70_000] {
            let vector = &vectors[super::bounds_within(&bounds, value)];
            let let_through = (0..of_rows.len()).filter(|row| is_set(vector, *row)).count();
            let holding = of_rows.iter().filter(|row| value < **row).count();
            assert!(of_rows.iter().enumerate().all(|(row, of_row)| value >= *of_row || is_set(vector, row)));
            assert!(let_through - holding <= 10_000 / 200, "{value}: {let_through} for {holding}");
        }
        assert_eq!(*spread(&[1, 2, 3, 4, 5], 2), [1, 4]);
    }

    #[test]
    fn many_pieces_are_cut_shorter() {
        let of_rows: Vec<Vec<u8>> = (0..5_000).map(|n| format!("team{}.{n:04}", n % 10).into_bytes()).collect();
        let (pieces, vectors) = by_pieces(of_rows.clone()).unwrap();
        // Ten teams of five thousands each; with one digit more there would be five hundred pieces.
        assert_eq!((pieces.len(), pieces[0].len(), vectors.len()), (50, "team0.0".len(), 51));
        for text in ["team3.0013.read", "team", "", "x"] {
            let vector =
                &vectors[longest_beginning(pieces.len(), |at| &pieces[at], |at| text.as_bytes().get(at).copied())];
            for (row, piece) in of_rows.iter().enumerate() {
                assert!(is_set(vector, row) || !text.as_bytes().starts_with(piece), "{text}");
            }
            let let_through = (0..of_rows.len()).filter(|row| is_set(vector, *row)).count();
            assert!(let_through <= 100, "{text}: {let_through}");
        }
        assert_eq!(by_pieces(vec![Vec::new(), Vec::new()]), None);
    }

    /// As many as there is room for stay whole; one more is cut where the first two of them become one.
    #[test]
    fn pieces_are_cut_no_shorter_than_they_must() {
        let many = |count: usize| -> Vec<Vec<u8>> { (0..count).map(|n| vec![n as u8, b'x', b'x']).collect() };
        // 255 pieces and the one of none are as many vectors as there may be.
        let (pieces, vectors) = by_pieces(many(MOST_VECTORS - 1)).unwrap();
        assert_eq!((pieces.len(), pieces[0].len(), vectors.len()), (255, 3, MOST_VECTORS));
        // 256 differ in their first byte: nothing shorter tells fewer of them apart than no byte at all.
        let (pieces, vectors) = by_pieces(many(MOST_VECTORS)).unwrap();
        assert_eq!((pieces.len(), vectors.len()), (0, 1));
        // Of 255 that differ in the first byte and one that goes on, the one is cut.
        let mut one_more = many(MOST_VECTORS - 1);
        one_more.push(vec![0, b'x', b'x', b'x']);
        let (pieces, vectors) = by_pieces(one_more).unwrap();
        assert_eq!((pieces.len(), pieces[0].len(), vectors.len()), (255, 3, MOST_VECTORS));
    }
}
