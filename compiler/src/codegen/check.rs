//! The proof that a program keeps to its frames.
//!
//! [`Checker`] walks every test, session value and rule once and refuses whatever the decision IR does not allow.
//! Compiled code does not check again: that every slot lies in its frame or element, that a part of words lies in
//! them, that elements are read only while their list is walked, that counts inside one another write to different
//! room, and that functions of the session never read the call frame rest on this walk.

use super::abi::digest_length;
use super::error::{EmitError, Place};
use super::facts::{
    ElementRoom, Facts, MAX_DEPTH, MAX_DISTINCT, MAX_PARTS, MAX_WALKED, Nature, ProgramFacts, TCB_TOP_BITS, TOO_MANY,
};
use super::words::FEW_WORDS;
use crate::glob::MAX_GLOB_BYTES;
use crate::ir::{
    By, Column, ColumnId, Comparison, Count, Dispatch, Element, Filter, Formula, Integer, Key, MAX_COUNT_DEPTH,
    MOST_VECTORS, Program, Scope, Search, Set, Shape, Slot, TestKind, Text, Words,
};
use crate::layout::{ADDRESS_WORDS, NETWORK_WORDS, TCB_WORDS};
use crate::types::ReferenceId;

/// What it costs more to look at text than at a word.
const TEXT: u32 = 8;

/// What a search by a helper costs.
const SEARCH: u32 = 16;

/// What a digest costs.
const HASH: u32 = 256;

/// The longest prefix of a network, in bits.
const MAX_PREFIX: u64 = 128;

const ANOTHER_FORM: &str = "has a constant of another form";

/// Checks one part of a program.
pub(super) struct Checker<'a> {
    pub(super) program: &'a Program,
    pub(super) place: Place,
}

type Checked = Result<Facts, EmitError>;

impl Checker<'_> {
    pub(super) fn require(&self, holds: bool, what: &'static str) -> Result<(), EmitError> {
        if holds { Ok(()) } else { Err(EmitError::Malformed { place: self.place, what }) }
    }

    fn refuse<T>(&self, what: &'static str) -> Result<T, EmitError> {
        Err(EmitError::Malformed { place: self.place, what })
    }

    /// That making code of something recurses no deeper than the stack allows: into a formula, and into another in a
    /// count that it asks.
    fn require_depth(&self, levels: usize, limit: usize) -> Result<(), EmitError> {
        if levels > limit { Err(EmitError::TooDeep { place: self.place, limit }) } else { Ok(()) }
    }

    pub(super) fn formula(&self, facts: &ProgramFacts, formula: &Formula) -> Checked {
        let checked = self.formula_at(facts, formula, 0)?;
        self.require_depth(checked.levels, 2 * MAX_DEPTH)?;
        Ok(checked)
    }

    fn formula_at(&self, facts: &ProgramFacts, formula: &Formula, depth: usize) -> Checked {
        self.require_depth(depth, MAX_DEPTH)?;
        match formula {
            Formula::Constant(_) => {}
            Formula::Test(id) => self.require((id.0 as usize) < facts.tests.len(), "refers to a later test")?,
            Formula::SessionValue(id) => {
                // Those of rules are checked last, when the session values are known; no other formula has any.
                self.require((id.0 as usize) < facts.session_values.len(), "refers to an unknown session value")?;
            }
            Formula::Not(inner) => return self.formula_at(facts, inner, depth + 1),
            Formula::And(operands) | Formula::Or(operands) => {
                return operands.iter().try_fold(Facts::default(), |sum, operand| {
                    Ok(sum.join(self.formula_at(facts, operand, depth + 1)?))
                });
            }
        }
        let checked = facts.formula(formula);
        Ok(Facts { levels: checked.levels + depth, ..checked })
    }

    pub(super) fn test(&self, facts: &mut ProgramFacts, kind: &TestKind) -> Checked {
        match kind {
            TestKind::Integer(_, left, right) => Ok(self.integer(facts, left)?.join(self.integer(facts, right)?)),
            TestKind::IntegerIn(integer, values) => {
                self.ascending(values)?;
                self.integer(facts, integer)
            }
            TestKind::IntegerInRow(integer, column) => {
                let Column::Sets(sets) = self.column(*column)? else { return self.refuse(ANOTHER_FORM) };
                sets.iter().try_for_each(|set| self.ascending(set))?;
                let longest = sets.iter().map(|set| set.len()).max().unwrap_or(0);
                Ok(self.integer(facts, integer)?.join(of_column(*column)).join(search_of(longest)))
            }
            TestKind::Words(count, left, right) => {
                Ok(self.words(facts, *count, left)?.join(self.words(facts, *count, right)?))
            }
            TestKind::WordsIn(words, values) => {
                let count = values.first().map_or(0, |first| first.len());
                self.require(values.iter().all(|value| value.len() == count), "has values of two lengths")?;
                self.ascending(values)?;
                let count = u32::try_from(count).unwrap_or(u32::MAX);
                Ok(self.words(facts, count, words)?.join(search_of(values.len())))
            }
            TestKind::Order(comparison, count, left, right) => {
                self.require(*comparison != Comparison::Eq, "compares in order by equality")?;
                self.require(*count <= FEW_WORDS, "compares too many words in order")?;
                Ok(self.words(facts, *count, left)?.join(self.words(facts, *count, right)?))
            }
            TestKind::Text(left, right) => Ok(self.text(facts, left)?.join(self.text(facts, right)?)),
            TestKind::TextIn(text, values) => {
                self.ascending(values)?;
                Ok(self.text(facts, text)?.join(search_of(values.len())))
            }
            TestKind::Holding(_, text, held) => {
                Ok(self.text(facts, text)?.join(self.text(facts, held)?).join(Facts::weighing(SEARCH)))
            }
            TestKind::Matches(text, pattern) => {
                let is_short = |pattern: &[u8]| pattern.len() <= MAX_GLOB_BYTES;
                let short = match pattern {
                    Text::Constant(pattern) => is_short(pattern),
                    Text::Row(column) => self.texts(*column)?.iter().all(|pattern| is_short(pattern)),
                    Text::Slot(_) | Text::Reference(_) | Text::Part { .. } | Text::Hash(..) | Text::Slice { .. } => {
                        return self.refuse("has a pattern that is not known");
                    }
                };
                self.require(short, "has a pattern that is too long")?;
                Ok(self.text(facts, text)?.join(self.text(facts, pattern)?).join(Facts::weighing(SEARCH)))
            }
            TestKind::TcbAtLeast(left, right) => {
                for words in [left, right] {
                    self.constant(words, |words| words.iter().all(|word| word & TCB_TOP_BITS == 0))?;
                }
                Ok(self.words(facts, TCB_WORDS, left)?.join(self.words(facts, TCB_WORDS, right)?))
            }
            TestKind::InNetwork(address, network) => {
                Ok(self.words(facts, ADDRESS_WORDS, address)?.join(self.network(facts, network)?))
            }
            TestKind::NetworkInNetwork(inner, outer) => {
                Ok(self.network(facts, inner)?.join(self.network(facts, outer)?))
            }
            TestKind::InNetworks(address, networks) => {
                let address = self.words(facts, ADDRESS_WORDS, address)?;
                Ok(address.join(self.reference(facts, *networks)?).join(Facts::weighing(SEARCH)))
            }
            TestKind::InSet(key, set, element) => {
                self.require(is_element(key, *element), "looks for what the set cannot hold")?;
                let set = self.set(facts, set)?;
                Ok(self.key(facts, key)?.join(set).join(Facts::weighing(SEARCH)))
            }
            TestKind::Subset(inner, outer, _) => {
                Ok(self.set(facts, inner)?.join(self.set(facts, outer)?).join(Facts::weighing(SEARCH)))
            }
            TestKind::Age(comparison, since, bound) => {
                self.require(*comparison != Comparison::Eq, "compares an age by equality")?;
                let mut age = self.slot(*since, 1)?.join(self.integer(facts, bound)?);
                age.nature.timed = true;
                Ok(age)
            }
            TestKind::Before(end) => {
                let mut before = self.integer(facts, end)?.join(Facts::weighing(1));
                self.require(before.nature == Nature::default(), "compares the clock with a reference value")?;
                before.nature.timed = true;
                Ok(before)
            }
            TestKind::Loaded(reference) => self.reference(facts, *reference),
            TestKind::Count(count) => self.count(facts, count),
        }
    }

    fn count(&self, facts: &mut ProgramFacts, count: &Count) -> Checked {
        let Count { list, depth, .. } = count;
        self.require(*depth < MAX_COUNT_DEPTH, "counts too deep inside other counts")?;
        let words = u64::from(list.most) * u64::from(list.stride) + 1;
        let place = self.slot(list.slot, u32::try_from(words).unwrap_or(u32::MAX))?;
        let bound = self.integer(facts, &count.bound)?;
        self.require(!place.reads_from(*depth), "walks a list in an element of its own depth")?;
        self.require(!bound.reads_from(*depth), "compares with an element of its own depth")?;

        let condition = self.formula(facts, &count.condition)?;
        let room = condition.walks.is_none_or(|inner| inner > *depth);
        self.require(room, "asks for a count of its own depth")?;
        let mut element = condition;
        if let Some(key) = &count.distinct {
            self.require(list.most <= MAX_DISTINCT, "compares too many elements with one another")?;
            let key = self.key(facts, key)?;
            self.require(key.nature == Nature::default(), "tells elements apart by a reference value")?;
            element = element.join(key);
        }
        self.require(!element.reads_from(depth + 1), "reads an element that is not walked")?;
        let read = element.element_words[usize::from(*depth)].take();
        self.require(read.unwrap_or(0) <= list.stride, "reads beyond an element")?;

        let walked = u64::from(list.most) * u64::from(condition.walked.max(1));
        self.require(walked <= u64::from(MAX_WALKED), "walks too many elements")?;
        if condition.nature != Nature::default() || count.distinct.is_some() {
            let answers = list.most as usize;
            let keys = if count.distinct.is_some() { answers } else { 0 };
            let room = &mut facts.room[usize::from(*depth)];
            *room = room.or(ElementRoom { answers, keys });
        }
        let around = Facts { walked: 0, walks: None, levels: condition.levels + 1, ..place.join(bound).join(element) };
        let weight = element.weight.saturating_mul(list.most).saturating_add(SEARCH);
        // One that reads no element around it is answered before, as a shared test, wherever a count asks it.
        let (walked, walks) = if around.reads_element() { (walked as u32, Some(*depth)) } else { (0, None) };
        Ok(Facts { walked, walks, weight, ..around })
    }

    fn integer(&self, facts: &mut ProgramFacts, integer: &Integer) -> Checked {
        self.integer_at(facts, integer, 0)
    }

    fn integer_at(&self, facts: &mut ProgramFacts, integer: &Integer, depth: usize) -> Checked {
        self.require_depth(depth, MAX_DEPTH)?;
        match integer {
            Integer::Constant(_) => Ok(Facts::default()),
            Integer::Slot(slot) => self.slot(*slot, 1),
            Integer::Row(column) => {
                self.words_of(*column, |words| words.len() == 1)?;
                Ok(of_column(*column))
            }
            Integer::Reference(reference) => self.reference(facts, *reference),
            Integer::Computed(_, left, right) => {
                Ok(self.integer_at(facts, left, depth + 1)?.join(self.integer_at(facts, right, depth + 1)?))
            }
        }
    }

    fn words(&self, facts: &mut ProgramFacts, count: u32, words: &Words) -> Checked {
        self.constant(words, |constant| constant.len() == count as usize)?;
        match words {
            Words::Constant(_) => Ok(Facts::default()),
            Words::Slot(slot) => {
                let read = self.slot(*slot, count)?;
                let width = match slot.frame {
                    Scope::Session => self.program.session.width(slot.word),
                    Scope::Call => self.program.call.width(slot.word),
                    // Which list is walked is not known here.
                    Scope::Element(_) => count,
                };
                // A part of a value may equal what the whole does not. Bytes of no length take no word.
                self.require(count == width || count == 0, "reads a value of another width")?;
                Ok(read)
            }
            Words::Reference(reference) => self.reference(facts, *reference),
            Words::Row(column) => Ok(of_column(*column)),
        }
    }

    fn constant(&self, words: &Words, fits: impl Fn(&[u64]) -> bool) -> Result<(), EmitError> {
        match words {
            Words::Constant(constant) => self.require(fits(constant), ANOTHER_FORM),
            Words::Row(column) => self.words_of(*column, fits),
            Words::Slot(_) | Words::Reference(_) => Ok(()),
        }
    }

    fn network(&self, facts: &mut ProgramFacts, network: &Words) -> Checked {
        self.constant(network, |words| words.last().is_some_and(|prefix| *prefix <= MAX_PREFIX))?;
        self.words(facts, NETWORK_WORDS, network)
    }

    fn text(&self, facts: &mut ProgramFacts, text: &Text) -> Checked {
        self.text_at(facts, text, 0)
    }

    fn text_at(&self, facts: &mut ProgramFacts, text: &Text, depth: usize) -> Checked {
        self.require_depth(depth, MAX_DEPTH)?;
        let read = match text {
            Text::Constant(_) => Facts::default(),
            Text::Slot(slot) => self.slot(*slot, 1)?,
            Text::Reference(reference) => self.reference(facts, *reference)?,
            Text::Row(column) => {
                self.texts(*column)?;
                of_column(*column)
            }
            Text::Part { of, words, skip, length } => {
                let end = u64::from(*skip) + u64::from(*length);
                self.require(end <= u64::from(*words) * 8, "takes a part beyond its value")?;
                self.words(facts, *words, of)?
            }
            Text::Hash(_, of) => self.text_at(facts, of, depth + 1)?.join(Facts::weighing(HASH)),
            Text::Slice { of, skip, length } => {
                let whole = if let Text::Hash(hash, _) = &**of { digest_length(*hash) } else { 0 };
                let end = u64::from(*skip) + u64::from(*length);
                self.require(end <= u64::from(whole), "takes a part beyond its digest")?;
                self.text_at(facts, of, depth + 1)?
            }
        };
        Ok(read.join(Facts::weighing(TEXT)))
    }

    fn key(&self, facts: &mut ProgramFacts, key: &Key) -> Checked {
        match key {
            Key::Integer(integer) => self.integer(facts, integer),
            Key::Words(count, words) => self.words(facts, *count, words),
            Key::Text(text) => self.text(facts, text),
        }
    }

    fn set(&self, facts: &mut ProgramFacts, set: &Set) -> Checked {
        match set {
            Set::Constant(_) => Ok(Facts::default()),
            Set::Slot(slot) => self.slot(*slot, 1),
            Set::Reference(reference) => self.reference(facts, *reference),
        }
    }

    fn reference(&self, facts: &mut ProgramFacts, reference: ReferenceId) -> Checked {
        self.require(reference.index() < MAX_PARTS, TOO_MANY)?;
        facts.references = facts.references.max(reference.index() + 1);
        Ok(Facts { nature: Nature { partial: true, timed: true }, ..Facts::weighing(1) })
    }

    fn slot(&self, slot: Slot, words: u32) -> Checked {
        let end = slot.word.saturating_add(words);
        let mut facts = Facts::weighing(words);
        match slot.frame {
            Scope::Session => self.require(end <= self.program.session.words, "reads beyond the session frame")?,
            Scope::Call => {
                self.require(end <= self.program.call.words, "reads beyond the call frame")?;
                facts.reads_call = true;
            }
            Scope::Element(depth) => {
                self.require(depth < MAX_COUNT_DEPTH, "reads an element that is not walked")?;
                facts.element_words[usize::from(depth)] = Some(end);
            }
        }
        Ok(facts)
    }

    /// That a shape is a table of its own columns, whose rows are found where they are.
    pub(super) fn shape(&self, shape: &Shape, condition: Facts) -> Result<(), EmitError> {
        let (ColumnId(first), ColumnId(end)) = shape.columns;
        self.require(first <= end && end as usize <= self.program.columns.len(), "has columns that are not there")?;
        let own = condition.columns.is_none_or(|(least, greatest)| first <= least && greatest < end);
        self.require(own, "reads a column of another shape")?;
        let columns = &self.program.columns[first as usize..end as usize];
        self.require(columns.iter().all(|column| column.len() == shape.rules.len()), "has columns of two lengths")?;
        let even = columns.iter().all(|column| match column {
            Column::Words(count, values) => values.iter().all(|value| value.len() == *count as usize),
            Column::Texts(_) | Column::Sets(_) => true,
        });
        self.require(even, "has values of two lengths")?;
        let count = self.program.rule_count();
        self.require(shape.rules.iter().all(|rule| (*rule as usize) < count), "has a rule that is not there")?;
        match &shape.search {
            Search::All => Ok(()),
            Search::Lists(dispatch) => self.lists(dispatch, shape.rules.len()),
            Search::Filters(filters) => {
                // Joined of none, all bits would be set, of rows that are not there too.
                self.require(!filters.is_empty(), "has no filter")?;
                filters.iter().try_for_each(|filter| self.filter(filter, shape.rules.len()))
            }
        }
    }

    /// That a dispatch lists no row that is not there, nor one twice for one value.
    fn lists(&self, Dispatch { slot, begins, rows }: &Dispatch, count: usize) -> Result<(), EmitError> {
        self.search_slot(*slot)?;
        let whole = begins.first() == Some(&0) && begins.last().is_some_and(|end| *end as usize == rows.len());
        self.require(whole && begins.is_sorted(), "has lists of rows that are not whole")?;
        let lists = begins.windows(2).map(|ends| &rows[ends[0] as usize..ends[1] as usize]);
        let mut each = lists.flat_map(|list| list.windows(2));
        self.require(each.all(|pair| pair[0] < pair[1]), "lists a row twice")?;
        self.require(rows.iter().all(|row| (*row as usize) < count), "lists a row that is not there")
    }

    /// That a filter has a vector for every place that it finds, and no bit of a row that is not there.
    fn filter(&self, filter: &Filter, count: usize) -> Result<(), EmitError> {
        let places = match &filter.by {
            By::Value(slot) => {
                self.search_slot(*slot)?;
                filter.vectors.len()
            }
            By::Bounds(slot, bounds) => {
                self.search_slot(*slot)?;
                self.ascending(bounds)?;
                bounds.len() + 1
            }
            By::Beginning(slot, pieces) | By::End(slot, pieces) => {
                self.search_slot(*slot)?;
                self.ascending(pieces)?;
                pieces.len() + 1
            }
        };
        self.require(places == filter.vectors.len() && places <= MOST_VECTORS, "has a filter of too few vectors")?;
        let rows_of_last = count - count.saturating_sub(1) / 64 * 64;
        let beyond = |last: &u64| last.checked_shr(rows_of_last as u32).is_some_and(|bits| bits != 0);
        let fits = |vector: &[u64]| vector.len() == count.div_ceil(64) && !vector.last().is_some_and(beyond);
        self.require(filter.vectors.iter().all(|vector| fits(vector)), "has a filter of other rows")
    }

    fn search_slot(&self, slot: Slot) -> Result<(), EmitError> {
        self.require(!matches!(slot.frame, Scope::Element(_)), "is found by an element of a list")?;
        self.slot(slot, 1).map(|_| ())
    }

    fn column(&self, column: ColumnId) -> Result<&Column, EmitError> {
        match self.program.columns.get(column.0 as usize) {
            Some(column) => Ok(column),
            None => self.refuse("reads a column that is not there"),
        }
    }

    /// That a column is of words, which fit.
    fn words_of(&self, column: ColumnId, fits: impl Fn(&[u64]) -> bool) -> Result<(), EmitError> {
        match self.column(column)? {
            Column::Words(_, values) => self.require(values.iter().all(|words| fits(words)), ANOTHER_FORM),
            Column::Texts(_) | Column::Sets(_) => self.refuse(ANOTHER_FORM),
        }
    }

    fn texts(&self, column: ColumnId) -> Result<&[Box<[u8]>], EmitError> {
        match self.column(column)? {
            Column::Texts(texts) => Ok(texts),
            Column::Words(..) | Column::Sets(_) => self.refuse(ANOTHER_FORM),
        }
    }

    fn ascending<T: PartialOrd>(&self, values: &[T]) -> Result<(), EmitError> {
        self.require(values.is_sorted(), "has a set that is not ascending")
    }
}

fn of_column(column: ColumnId) -> Facts {
    Facts { columns: Some((column.0, column.0)), ..Facts::weighing(1) }
}

fn search_of(values: usize) -> Facts {
    Facts::weighing(values.min(16) as u32)
}

/// Whether a value has the form of a set's elements; bytes of another length than theirs are just not among them.
fn is_element(key: &Key, element: Element) -> bool {
    match (key, element) {
        (Key::Integer(_), Element::Integer) | (Key::Text(_), Element::Bytes(_) | Element::Text) => true,
        (Key::Words(count, _), Element::Words(words)) => *count == words,
        (Key::Integer(_) | Key::Words(..) | Key::Text(_), _) => false,
    }
}
