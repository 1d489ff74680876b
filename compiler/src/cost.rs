//! The most that an answer can cost, by request type: law 9.
//!
//! The unit is the *step*: reading one word of 64 bits and comparing it, or combining two answers. What no frame bounds, the bytes of texts and the entries of
//! reference values, is stated a piece: so many steps more for each. Every number is an upper limit: rules that a call cannot reach are counted as if it could.

use crate::checked::{Hash, Part};
use crate::ir::{
    By, Column, ColumnId, Count, Element, Formula, Integer, Key, Program, Scope, Search, Set, Shape, Test, TestKind,
    Text,
};
use crate::layout::{ADDRESS_WORDS, Interned, Layout, NETWORK_WORDS, SetTable, TCB_WORDS};
use std::ops::{Add, AddAssign};

/// What a decision about one request type costs at the most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Rules.
    pub rules: usize,
    /// Distinct questions that are answered once, when a session opens.
    pub session_tests: usize,
    /// Distinct questions that each call asks.
    pub call_tests: usize,
    /// Distinct questions that are asked of elements of lists.
    pub element_tests: usize,
    /// Words of the frame that is filled when a session opens.
    pub session_words: u32,
    /// Words of the frame that each call fills.
    pub call_words: u32,
    /// Opening a session.
    pub session: Work,
    /// Deciding a call.
    pub call: Work,
}

/// What an answer takes at the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Steps.
    pub steps: u64,
    /// Steps more for each byte of the texts and byte strings that are asked about.
    pub steps_a_byte: u64,
    /// Steps more for each entry of the reference values that are gone through in order.
    pub steps_an_entry: u64,
    /// Elements of lists that are looked at.
    pub elements: u64,
    /// Sets that are searched, by halves; what that costs is among the steps.
    pub searches: u64,
    /// Bytes of fixed length that are hashed; of texts, each byte once for each of `hashed_texts`.
    pub hashed_bytes: u64,
    /// Texts of any length that are hashed.
    pub hashed_texts: u64,
}

impl Work {
    fn steps(steps: u64) -> Self {
        Work { steps, ..Work::default() }
    }

    /// The same, so many times.
    fn times(self, times: u64) -> Self {
        let product = |one: u64| one.saturating_mul(times);
        Work {
            steps: product(self.steps),
            steps_a_byte: product(self.steps_a_byte),
            steps_an_entry: product(self.steps_an_entry),
            elements: product(self.elements),
            searches: product(self.searches),
            hashed_bytes: product(self.hashed_bytes),
            hashed_texts: product(self.hashed_texts),
        }
    }
}

impl Add for Work {
    type Output = Work;

    fn add(self, other: Work) -> Work {
        Work {
            steps: self.steps.saturating_add(other.steps),
            steps_a_byte: self.steps_a_byte.saturating_add(other.steps_a_byte),
            steps_an_entry: self.steps_an_entry.saturating_add(other.steps_an_entry),
            elements: self.elements.saturating_add(other.elements),
            searches: self.searches.saturating_add(other.searches),
            hashed_bytes: self.hashed_bytes.saturating_add(other.hashed_bytes),
            hashed_texts: self.hashed_texts.saturating_add(other.hashed_texts),
        }
    }
}

impl AddAssign for Work {
    fn add_assign(&mut self, other: Work) {
        *self = *self + other;
    }
}

/// The cost of a decision procedure.
pub fn of(program: &Program) -> Cost {
    let mut cost = Cost {
        rules: program.rule_count(),
        session_tests: 0,
        call_tests: 0,
        element_tests: 0,
        session_words: program.session.words,
        call_words: program.call.words,
        session: Work::default(),
        call: Work::default(),
    };
    // Tests refer to earlier ones only, so each is known when it is needed.
    let mut tests: Vec<Work> = Vec::with_capacity(program.tests.len());
    for test in &program.tests {
        let work = of_test(program, &tests, test);
        match test.scope {
            // Asked of rows, which their shape states.
            _ if test.reads_row => cost.call_tests += 1,
            Scope::Session => {
                cost.session_tests += 1;
                cost.session += work;
            }
            Scope::Call => {
                cost.call_tests += 1;
                cost.call += work;
            }
            // Asked by the count that walks the list, which states it.
            Scope::Element(_) => cost.element_tests += 1,
        }
        tests.push(work);
    }
    cost.session += numbered(&program.session);
    cost.call += numbered(&program.call);
    cost.call += program.shapes.iter().map(|shape| of_shape(program, &tests, shape)).fold(Work::default(), Work::add);
    let combined = |formulas: &mut dyn Iterator<Item = &Formula>| Work::steps(formulas.map(nodes).sum());
    cost.session += combined(&mut program.session_values.iter());
    cost.call += combined(&mut program.rules.iter().map(|rule| &rule.condition));
    cost
}

/// Finding the numbers of values when a frame is filled: each value is hashed and compared once.
fn numbered(layout: &Layout) -> Work {
    let each = layout.symbols.iter().map(|symbols| match symbols.form {
        Interned::Text => Work { steps: 1, steps_a_byte: 2, ..Work::default() },
        Interned::Words(words) => Work::steps(1 + 2 * u64::from(words)),
    });
    each.fold(Work::default(), Work::add)
}

/// Asking as many rows as one call can meet.
fn of_shape(program: &Program, known: &[Work], shape: &Shape) -> Work {
    let mut row = Work::steps(nodes(&shape.condition));
    shape.condition.each_test(&mut |id| {
        let at = id.0 as usize;
        if let (Some(test), Some(work)) = (program.tests.get(at), known.get(at))
            && test.reads_row
        {
            row += *work;
        }
    });
    let rows = shape.rules.len();
    let (rows, found) = match &shape.search {
        Search::All => (rows, Work::default()),
        Search::Lists(dispatch) => (dispatch.most(), Work::steps(1)),
        // Each finds its vector by halves; all are joined word by word.
        Search::Filters(filters) => {
            let joined = Work::steps(rows.div_ceil(64) as u64);
            let found = filters.iter().map(|filter| match &filter.by {
                By::Value(_) => Work::steps(1),
                By::Bounds(_, bounds) => Work { searches: 1, ..Work::steps(halvings(bounds.len())) },
                By::Beginning(_, pieces) | By::End(_, pieces) => {
                    // A piece that is not found is looked for again with less of the text: at most once for each piece, and for each byte of the longest.
                    let longest = pieces.iter().map(|piece| piece.len()).max().unwrap_or(0);
                    let steps = halvings(pieces.len()).saturating_mul(1 + pieces.len().min(longest) as u64);
                    Work { steps, steps_a_byte: steps, searches: 1, ..Work::default() }
                }
            });
            (rows, found.fold(joined.times(filters.len() as u64), Work::add))
        }
    };
    found + row.times(rows as u64)
}

/// The parts of a formula: each is looked at once.
fn nodes(formula: &Formula) -> u64 {
    match formula {
        Formula::Constant(_) | Formula::Test(_) | Formula::SessionValue(_) => 1,
        Formula::Not(inner) => 1 + nodes(inner),
        Formula::And(operands) | Formula::Or(operands) => 1 + operands.iter().map(nodes).sum::<u64>(),
    }
}

fn of_test(program: &Program, known: &[Work], test: &Test) -> Work {
    let words = |words: u32| Work::steps(words.into());
    match &test.kind {
        TestKind::Integer(_, left, right) => integer(left) + integer(right) + words(1),
        TestKind::IntegerIn(value, among) => integer(value) + Work::steps(among.len() as u64),
        TestKind::IntegerInRow(value, column) => {
            integer(value)
                + Work::steps(longest(program, *column, |column| match column {
                    Column::Sets(sets) => sets.iter().map(|set| set.len()).max(),
                    Column::Words(..) | Column::Texts(_) => None,
                }))
        }
        TestKind::Words(count, ..) | TestKind::Order(_, count, ..) => words(*count),
        TestKind::WordsIn(_, among) => Work::steps(among.iter().map(|one| one.len() as u64).sum()),
        TestKind::Text(left, right) => text(left) + text(right) + compared(left, right),
        TestKind::TextIn(value, among) => {
            text(value) + Work::steps(among.iter().map(|one| in_words(one.len() as u64)).sum())
        }
        TestKind::Holding(Part::Beginning | Part::End, value, Text::Row(column)) => {
            text(value) + Work::steps(longest_text(program, *column).div_ceil(8).max(1))
        }
        TestKind::Holding(Part::Beginning | Part::End, value, part) => text(value) + text(part) + compared(value, part),
        // The search never looks at a byte more than twice (Crochemore and Perrin, "Two-way string-matching", 1991).
        TestKind::Holding(Part::Anywhere, value, part) => {
            text(value) + text(part) + Work { steps: 1, steps_a_byte: 2, ..Work::default() }
        }
        TestKind::Matches(value, pattern) => {
            let length = match pattern {
                Text::Row(column) => longest_text(program, *column),
                other => fixed_length(other).unwrap_or(0),
            };
            text(value) + Work { steps: 1, steps_a_byte: length, ..Work::default() }
        }
        TestKind::TcbAtLeast(..) => words(TCB_WORDS),
        TestKind::InNetwork(..) => words(ADDRESS_WORDS),
        TestKind::NetworkInNetwork(..) => words(NETWORK_WORDS),
        TestKind::InNetworks(..) => Work { steps: 1, steps_an_entry: ADDRESS_WORDS.into(), ..Work::default() },
        TestKind::InSet(value, set, _) => key(value) + searched(value, set),
        TestKind::Subset(part, whole, elements) => subset(part, whole, elements),
        TestKind::Age(_, _, bound) => integer(bound) + words(1),
        TestKind::Before(_) | TestKind::Loaded(_) => words(1),
        TestKind::Count(count) => of_count(program, known, count),
    }
}

/// The greatest length in a column.
fn longest(program: &Program, column: ColumnId, length: impl Fn(&Column) -> Option<usize>) -> u64 {
    program.columns.get(column.0 as usize).and_then(length).unwrap_or(0) as u64
}

/// The length in bytes of the longest text in a column.
fn longest_text(program: &Program, column: ColumnId) -> u64 {
    longest(program, column, |column| match column {
        Column::Texts(texts) => texts.iter().map(|text| text.len()).max(),
        Column::Words(..) | Column::Sets(_) => None,
    })
}

fn of_count(program: &Program, known: &[Work], count: &Count) -> Work {
    let mut each = Work { steps: 1 + nodes(&count.condition), elements: 1, ..Work::default() };
    count.condition.each_test(&mut |id| {
        let at = id.0 as usize;
        let reads_element = program.tests.get(at).is_some_and(|test| test.scope == Scope::Element(count.depth));
        if reads_element && let Some(work) = known.get(at) {
            each += *work;
        }
    });
    let most = u64::from(count.list.most);
    let distinct = count.distinct.as_ref().map_or(Work::default(), |value| {
        // Each value is looked for among those before it.
        let pairs = most.saturating_mul(most);
        key(value).times(most)
            + match key_words(value) {
                Some(words) => Work::steps(words).times(pairs),
                None => Work { steps: pairs, steps_a_byte: most, ..Work::default() },
            }
    });
    each.times(most) + distinct + integer(&count.bound) + Work::steps(1)
}

/// Computing a number, beyond the comparison that reads it.
fn integer(value: &Integer) -> Work {
    match value {
        Integer::Constant(_) | Integer::Slot(_) | Integer::Reference(_) | Integer::Row(_) => Work::default(),
        Integer::Computed(_, left, right) => integer(left) + integer(right) + Work::steps(1),
    }
}

/// Computing a text, beyond what reads it. A hash takes a step a byte: SHA-2 has as many rounds to a block as the block has bytes (FIPS 180-4, sections 6.2
/// and 6.4).
fn text(value: &Text) -> Work {
    match value {
        Text::Constant(_) | Text::Slot(_) | Text::Reference(_) | Text::Row(_) | Text::Part { .. } => Work::default(),
        Text::Slice { of, .. } => text(of),
        Text::Hash(_, of) => {
            let hashed = match fixed_length(of) {
                Some(length) => Work { steps: length, hashed_bytes: length, ..Work::default() },
                None => Work { steps: 1, steps_a_byte: 1, hashed_texts: 1, ..Work::default() },
            };
            text(of) + hashed
        }
    }
}

/// The bytes of a text, where all of that form have as many.
fn fixed_length(value: &Text) -> Option<u64> {
    match value {
        Text::Constant(bytes) => Some(bytes.len() as u64),
        Text::Slot(_) | Text::Reference(_) | Text::Row(_) => None,
        Text::Part { length, .. } | Text::Slice { length, .. } => Some((*length).into()),
        Text::Hash(hash, _) => Some(match hash {
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
        }),
    }
}

/// Comparing two texts: as much of them as the shorter has.
fn compared(left: &Text, right: &Text) -> Work {
    match [left, right].into_iter().filter_map(fixed_length).min() {
        Some(length) => Work::steps(in_words(length)),
        None => Work { steps: 1, steps_a_byte: 1, ..Work::default() },
    }
}

/// How many words so many bytes take, one at the least.
fn in_words(bytes: u64) -> u64 {
    bytes.div_ceil(8).max(1)
}

fn key(value: &Key) -> Work {
    match value {
        Key::Integer(value) => integer(value),
        Key::Words(..) => Work::default(),
        Key::Text(value) => text(value),
    }
}

/// The words that a key is compared by; nothing for a text of any length.
fn key_words(value: &Key) -> Option<u64> {
    match value {
        Key::Integer(_) => Some(1),
        Key::Words(words, _) => Some((*words).into()),
        Key::Text(value) => fixed_length(value).map(in_words),
    }
}

/// The most comparisons that a search by halves makes among so many.
fn halvings(count: usize) -> u64 {
    u64::from(usize::BITS - count.leading_zeros()).max(1)
}

/// The most comparisons in any set: its elements are numbered with 32 bits.
const MOST_HALVINGS: u64 = 32;

/// Looking for a value in a set by halves.
fn searched(value: &Key, set: &Set) -> Work {
    let comparisons = match set {
        Set::Constant(table) => halvings(SetTable::new(table).len()),
        Set::Slot(_) | Set::Reference(_) => MOST_HALVINGS,
    };
    let search = Work { searches: 1, ..Work::default() };
    search
        + match key_words(value) {
            Some(words) => Work::steps(words).times(comparisons),
            None => Work { steps: comparisons, steps_a_byte: comparisons, ..Work::default() },
        }
}

/// Looking for every element of one set in another, by halves.
fn subset(part: &Set, whole: &Set, elements: &[Element; 2]) -> Work {
    let comparisons = match whole {
        Set::Constant(table) => halvings(SetTable::new(table).len()),
        Set::Slot(_) | Set::Reference(_) => MOST_HALVINGS,
    };
    let words = elements.iter().map(|element| match element {
        Element::Integer => 1,
        Element::Words(words) => (*words).into(),
        Element::Bytes(bytes) => in_words((*bytes).into()),
        // Counted by the byte.
        Element::Text => 1,
    });
    let words = words.max().unwrap_or(1);
    let each = Work { steps: comparisons.saturating_mul(words), searches: 1, ..Work::default() };
    match part {
        Set::Constant(table) => each.times(SetTable::new(table).len() as u64),
        // No element takes less than a byte.
        Set::Slot(_) => Work { steps: 1, steps_a_byte: each.steps, searches: 1, ..Work::default() },
        Set::Reference(_) => Work { steps: 1, steps_an_entry: each.steps, searches: 1, ..Work::default() },
    }
}
