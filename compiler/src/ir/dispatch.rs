//! Dispatch: the rows of a shape that a call can meet, by the value of one field.
//!
//! Where every rule of a shape asks that one field, or its [number](crate::layout::Symbols), has a value of its own or one of several, the rows are listed by these
//! values. A call is then asked about by the rows of its value only, and what all of these asked is answered.
//!
//! A row that is not listed under a value is false for every call that has it, and remains so however much time passes: a rule that is false forever bears on no
//! decision, nor on until when it holds.

use super::filter::{self, Filter};
use super::{Column, Comparison, Formula, Integer, Shape, Slot, Test, TestId, TestKind};

/// How many values there may be for each row that are listed. With more, as of ports and amounts, the lists would take more memory than the rows.
const VALUES_A_ROW: usize = 64;

/// The rows of a shape by the value of a word, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispatch {
    /// The word.
    pub slot: Slot,
    /// Where the rows of each value begin in [`Dispatch::rows`], and at the end where those of the last one end.
    pub begins: Vec<u32>,
    /// The rows of each value, ascending, one value after the other.
    pub rows: Vec<u32>,
}

impl Dispatch {
    /// The lists of rows, given the values that each row asks for.
    fn new(slot: Slot, values: &[Vec<i64>]) -> Self {
        let greatest = values.iter().flatten().max().map_or(0, |value| *value as usize);
        let mut lists = vec![Vec::new(); greatest + 1];
        for (row, values) in (0..).zip(values) {
            for value in values {
                let list: &mut Vec<u32> = &mut lists[*value as usize];
                // Whoever asks for a value twice asks for it once.
                if list.last() != Some(&row) {
                    list.push(row);
                }
            }
        }
        let mut begins = Vec::with_capacity(lists.len() + 1);
        let mut rows = Vec::with_capacity(lists.iter().map(Vec::len).sum());
        begins.push(0);
        for list in lists {
            rows.extend(list);
            begins.push(rows.len() as u32);
        }
        Dispatch { slot, begins, rows }
    }

    /// The most rows that a call can meet.
    pub fn most(&self) -> usize {
        self.begins.windows(2).map(|ends| (ends[1] - ends[0]) as usize).max().unwrap_or(0)
    }

    /// How many rows a call meets, if calls ask for values as often as rows do.
    fn load(&self) -> u64 {
        self.begins.windows(2).map(|ends| u64::from(ends[1] - ends[0]).pow(2)).sum::<u64>()
            / self.rows.len().max(1) as u64
    }
}

/// How the rows of a shape are found that a call can meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// All are asked.
    All,
    /// By the value of one field. What the lists answer is not in the condition.
    Lists(Dispatch),
    /// By several questions together.
    Filters(Vec<Filter>),
}

/// So few rows of a list are asked as soon as filters are joined.
const FEW_ROWS: u64 = 8;

/// To ask a row costs about as much as to join so many words of filters, of 64 rows each.
const WORDS_A_ROW: f64 = 16.0;

/// Finds the way by which a call meets fewest rows.
pub(super) fn search(mut shape: Shape, tests: &[Test], columns: &[Column]) -> Shape {
    let rows = shape.rules.len();
    let operands = match &shape.condition {
        Formula::And(operands) => operands.as_slice(),
        single => std::slice::from_ref(single),
    };
    let possible = operands.iter().enumerate().filter_map(|(at, operand)| {
        let Formula::Test(id) = operand else { return None };
        Some((at, heads(*id, tests, columns)?))
    });
    let lists = possible.min_by_key(|(_, dispatch)| dispatch.load());
    let load = lists.as_ref().map_or(rows as u64, |(_, dispatch)| dispatch.load());
    if load > FEW_ROWS {
        let (filters, left) = filter::filters(operands, rows, tests, columns);
        let cost = left + (rows.div_ceil(64) * filters.len()) as f64 / WORDS_A_ROW;
        if !filters.is_empty() && cost < load as f64 {
            return Shape { search: Search::Filters(filters), ..shape };
        }
    }
    let Some((at, dispatch)) = lists else { return shape };
    shape.search = Search::Lists(dispatch);
    match &mut shape.condition {
        Formula::And(operands) => {
            operands.remove(at);
        }
        single => *single = Formula::Constant(true),
    }
    shape
}

/// The rows by the value that a test asks a word for; `None` for a test that asks otherwise.
fn heads(id: TestId, tests: &[Test], columns: &[Column]) -> Option<Dispatch> {
    let (slot, values): (_, Vec<Vec<i64>>) = match &tests[id.0 as usize].kind {
        TestKind::Integer(Comparison::Eq, Integer::Slot(slot), Integer::Row(column)) => {
            let Column::Words(1, values) = &columns[column.0 as usize] else { return None };
            (*slot, values.iter().map(|value| value.iter().map(|word| *word as i64).collect()).collect())
        }
        TestKind::IntegerInRow(Integer::Slot(slot), column) => {
            let Column::Sets(values) = &columns[column.0 as usize] else { return None };
            (*slot, values.iter().map(|set| set.to_vec()).collect())
        }
        _ => return None,
    };
    let end = (VALUES_A_ROW * values.len()) as i64;
    let listed = values.iter().flatten().all(|value| (0..end).contains(value));
    listed.then(|| Dispatch::new(slot, &values))
}
