//! Shapes: one condition over a table with a row a rule.
//!
//! A row lies in the program's constants: a word with the number of the rule, then the value of each column. What reads no row is asked once for all
//! of them.

use super::abi::Context;
use super::body::{Body, TRUSTED, WORD};
use super::constants::Constants;
use super::facts::Facts;
use super::formula::{Junction, Sum};
use super::helper::Helper;
use super::text::Text;
use crate::ir::{By, Column, ColumnId, Dispatch, Filter, Formula, Integer, Program, Search, Shape, Slot};
use core::mem::offset_of;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value, types};

/// The heaviest question that is asked before it is known whether any row is met.
const LIGHT: u32 = 4;

/// How the tables of a program's shapes lie in memory.
pub(super) struct Rows {
    columns: Vec<Place>,
    /// The words of a row of each shape.
    strides: Vec<u32>,
}

/// Where the value of a column lies.
#[derive(Clone, Copy)]
struct Place {
    /// The word in the row.
    word: u32,
    form: Form,
}

/// The form of a column's values.
#[derive(Clone, Copy)]
enum Form {
    /// So many words.
    Words(u32),
    /// A word that points to a text in the constants.
    Text,
    /// A set of numbers below 64, a bit each.
    Mask,
    /// A word that points to a table of integers in the constants.
    Table,
}

impl Form {
    fn of(column: &Column) -> Self {
        match column {
            Column::Words(words, _) => Form::Words(*words),
            Column::Texts(_) => Form::Text,
            Column::Sets(sets) if sets.iter().all(|set| set.iter().all(|value| (0..64).contains(value))) => Form::Mask,
            Column::Sets(_) => Form::Table,
        }
    }

    fn words(self) -> u32 {
        match self {
            Form::Words(words) => words,
            Form::Text | Form::Mask | Form::Table => 1,
        }
    }
}

impl Rows {
    /// Lays out the tables of a program.
    pub(super) fn new(program: &Program) -> Self {
        let mut columns: Vec<Place> =
            program.columns.iter().map(|column| Place { word: 0, form: Form::of(column) }).collect();
        let strides = program.shapes.iter().map(|shape| {
            let (ColumnId(first), ColumnId(end)) = shape.columns;
            // The rule comes first.
            let mut word = 1;
            for place in columns.get_mut(first as usize..end as usize).unwrap_or_default() {
                place.word = word;
                word += place.form.words();
            }
            word
        });
        let strides = strides.collect();
        Rows { columns, strides }
    }
}

/// A table in the program's constants.
pub(super) struct Table {
    rows: usize,
    stride: u32,
    found: Found,
}

/// What a shape's rows are found by, in the program's constants.
enum Found {
    All,
    /// Where the lists of a dispatch begin, and the lists themselves.
    Lists(usize, usize),
    /// Of each filter, the table by which a vector is found, and the vectors.
    Filters(Vec<(usize, usize)>),
}

impl Table {
    /// Puts the table of the shape with this index into the constants; `None` where it would be too large for places of 32 bits.
    pub(super) fn new(program: &Program, rows: &Rows, index: usize, constants: &mut Constants) -> Option<Self> {
        let shape = &program.shapes[index];
        let columns = shape.columns.0.0 as usize..shape.columns.1.0 as usize;
        let columns = || program.columns[columns.clone()].iter().zip(&rows.columns[columns.clone()]);
        let mut words = Vec::with_capacity(shape.rules.len() * rows.strides[index] as usize);
        for (row, rule) in shape.rules.iter().enumerate() {
            words.push(u64::from(*rule));
            for (column, place) in columns() {
                match column {
                    Column::Words(_, values) => words.extend(&values[row]),
                    Column::Texts(values) => words.push(constants.located(&values[row])?),
                    Column::Sets(values) => words.push(match place.form {
                        Form::Mask => values[row].iter().fold(0, |mask, value| mask | 1 << value),
                        Form::Words(_) | Form::Text | Form::Table => constants.table(&values[row])?,
                    }),
                }
            }
        }
        let place = constants.words(words);
        let found = match &shape.search {
            Search::All => Found::All,
            Search::Lists(dispatch) => {
                Found::Lists(constants.numbers(&dispatch.begins), constants.numbers(&dispatch.rows))
            }
            Search::Filters(filters) => {
                let tables = filters.iter().map(|filter| {
                    let table = match &filter.by {
                        By::Value(_) => 0,
                        By::Bounds(_, bounds) => constants.words(bounds.iter().map(|bound| *bound as u64)),
                        By::Beginning(_, pieces) | By::End(_, pieces) => constants.texts(pieces)?,
                    };
                    Some((table, constants.words(filter.vectors.iter().flatten().copied())))
                });
                Found::Filters(tables.collect::<Option<_>>()?)
            }
        };
        Some(Table { rows: place, stride: rows.strides[index], found })
    }
}

impl Body<'_> {
    /// Evaluates the rules of a shape, of which each fires unless it is false.
    pub(super) fn shape(&mut self, shape: &Shape, table: &Table) {
        let done = self.builder.create_block();
        match (&shape.search, &table.found) {
            (Search::Lists(dispatch), Found::Lists(begins, rows)) => {
                let (begin, end) = self.listed(dispatch, *begins, done);
                let of_rows = self.of_all_rows(shape, done);
                self.each(begin, end, |body, index, next| {
                    let row = body.number(*rows, index);
                    body.row_rule(shape, table, row, &of_rows, next);
                });
            }
            (Search::Filters(filters), Found::Filters(tables)) => {
                let vectors: Vec<Value> =
                    filters.iter().zip(tables).map(|(filter, tables)| self.vector(filter, *tables, done)).collect();
                let of_rows = self.of_all_rows(shape, done);
                let (first, words) = (self.word(0), self.word(shape.rules.len().div_ceil(64) as i64));
                self.each(first, words, |body, index, next| {
                    body.each_bit(&vectors, index, next, |body, row, next| {
                        body.row_rule(shape, table, row, &of_rows, next);
                    });
                });
            }
            // The table was made of this shape, so nothing else is left.
            (Search::All, _) | (Search::Lists(_), _) | (Search::Filters(_), _) => {
                let of_rows = self.of_all_rows(shape, done);
                let (first, rows) = (self.word(0), self.word(shape.rules.len() as i64));
                self.each(first, rows, |body, row, next| body.row_rule(shape, table, row, &of_rows, next));
            }
        }
        self.builder.ins().jump(done, &[]);
        self.builder.switch_to_block(done);
    }

    /// Asks what reads no row, once; goes to `none` if that leaves no row. Gives the answer so far, and what is left to ask of each row.
    fn of_all_rows<'s>(&mut self, shape: &'s Shape, none: Block) -> (Sum, Vec<&'s Formula>) {
        let operands = match &shape.condition {
            Formula::And(operands) => operands.as_slice(),
            single => std::slice::from_ref(single),
        };
        // Few rows are met where they are searched for: then what is heavy is asked only of those that all else holds for.
        let searched = shape.search != Search::All;
        let of_all = |facts: Facts| !facts.reads_row() && (!searched || facts.weight <= LIGHT);
        let (of_all, of_rows): (Vec<_>, Vec<_>) =
            operands.iter().partition(|operand| of_all(self.facts.formula(operand)));
        let mut sum = Sum::default();
        self.operands(Junction::And, of_all, &mut sum, none);
        (sum, of_rows)
    }

    /// Asks the rule of a row; goes to `next`.
    fn row_rule(&mut self, shape: &Shape, table: &Table, row: Value, asked: &(Sum, Vec<&Formula>), next: Block) {
        let offset = self.builder.ins().imul_imm_u(row, i64::from(table.stride) * i64::from(WORD));
        let rows = self.constant(table.rows);
        let row = self.builder.ins().iadd(rows, offset);
        self.row = Some(row);
        let (mut sum, of_rows) = asked.clone();
        self.operands(Junction::And, of_rows, &mut sum, next);
        let answer = self.total(Junction::And, sum);
        self.outcome(shape.effect, answer, next, |body| body.builder.ins().load(types::I64, TRUSTED, row, 0));
        self.row = None;
    }

    /// Goes through the numbers from `first`, before `end`. A step ends by going to the block that it is given; afterwards the code goes on behind the last.
    fn each(&mut self, first: Value, end: Value, step: impl FnOnce(&mut Self, Value, Block)) {
        let (head, walk) = (self.builder.create_block(), self.builder.create_block());
        let (next, done) = (self.builder.create_block(), self.builder.create_block());
        let index = self.builder.append_block_param(head, types::I64);
        self.builder.ins().jump(head, &[BlockArg::Value(first)]);
        self.builder.switch_to_block(head);
        let more = self.builder.ins().icmp(IntCC::UnsignedLessThan, index, end);
        self.builder.ins().brif(more, walk, &[], done, &[]);
        self.builder.switch_to_block(walk);
        step(self, index, next);
        self.builder.switch_to_block(next);
        let index = self.builder.ins().iadd_imm_u(index, 1);
        self.builder.ins().jump(head, &[BlockArg::Value(index)]);
        self.builder.switch_to_block(done);
    }

    /// Goes through the bits that are set in one word of all vectors, by the numbers of their rows; then to `done`.
    fn each_bit(&mut self, vectors: &[Value], word: Value, done: Block, step: impl FnOnce(&mut Self, Value, Block)) {
        let offset = self.builder.ins().ishl_imm_u(word, i64::from(WORD.ilog2()));
        let mut joined = self.word(-1);
        for vector in vectors {
            let address = self.builder.ins().iadd(*vector, offset);
            let bits = self.builder.ins().load(types::I64, TRUSTED, address, 0);
            joined = self.builder.ins().band(joined, bits);
        }
        let (head, walk, next) =
            (self.builder.create_block(), self.builder.create_block(), self.builder.create_block());
        let bits = self.builder.append_block_param(head, types::I64);
        self.builder.ins().jump(head, &[BlockArg::Value(joined)]);
        self.builder.switch_to_block(head);
        self.builder.ins().brif(bits, walk, &[], done, &[]);
        self.builder.switch_to_block(walk);
        let first = self.builder.ins().ishl_imm_u(word, i64::from(u64::BITS.ilog2()));
        let bit = self.builder.ins().ctz(bits);
        let row = self.builder.ins().iadd(first, bit);
        step(self, row, next);
        self.builder.switch_to_block(next);
        let below = self.builder.ins().iadd_imm_s(bits, -1);
        let others = self.builder.ins().band(bits, below);
        self.builder.ins().jump(head, &[BlockArg::Value(others)]);
    }

    /// The vector of a filter for this call. Goes to `none` if no row has its value.
    fn vector(&mut self, filter: &Filter, (table, vectors): (usize, usize), none: Block) -> Value {
        let place = match &filter.by {
            By::Value(slot) => {
                let value = self.load_slot(*slot);
                let there = self.builder.ins().icmp_imm_u(IntCC::UnsignedLessThan, value, filter.vectors.len() as i64);
                let found = self.builder.create_block();
                self.builder.ins().brif(there, found, &[], none, &[]);
                self.builder.switch_to_block(found);
                value
            }
            By::Bounds(slot, bounds) => {
                let (value, table) = (self.load_slot(*slot), self.constant(table));
                let count = self.word(bounds.len() as i64);
                let place = self.call(Helper::Bounds, &[value, table, count]);
                self.builder.ins().uextend(types::I64, place)
            }
            By::Beginning(slot, pieces) => self.text_vector(Helper::Beginning, *slot, table, pieces.len()),
            By::End(slot, pieces) => self.text_vector(Helper::End, *slot, table, pieces.len()),
        };
        let words = filter.vectors.first().map_or(0, |vector| vector.len() as i64);
        let offset = self.builder.ins().imul_imm_u(place, words * i64::from(WORD));
        let vectors = self.constant(vectors);
        self.builder.ins().iadd(vectors, offset)
    }

    fn text_vector(&mut self, helper: Helper, slot: Slot, table: usize, pieces: usize) -> Value {
        let text = self.text_at(slot);
        let (address, length) = (self.text_address(text), self.text_length(text));
        let (table, count) = (self.constant(table), self.word(pieces as i64));
        let place = self.call(helper, &[address, length, table, count]);
        self.builder.ins().uextend(types::I64, place)
    }

    /// Where the rows are listed that a call can meet: from, and before. Goes to `none` if no row asks for its value.
    fn listed(&mut self, dispatch: &Dispatch, begins: usize, none: Block) -> (Value, Value) {
        let value = self.load_slot(dispatch.slot);
        let values = dispatch.begins.len() as i64 - 1;
        let known = self.builder.ins().icmp_imm_u(IntCC::UnsignedLessThan, value, values);
        let found = self.builder.create_block();
        self.builder.ins().brif(known, found, &[], none, &[]);
        self.builder.switch_to_block(found);
        let begin = self.number(begins, value);
        let after = self.builder.ins().iadd_imm_u(value, 1);
        let end = self.number(begins, after);
        let any = self.builder.ins().icmp(IntCC::UnsignedLessThan, begin, end);
        let met = self.builder.create_block();
        self.builder.ins().brif(any, met, &[], none, &[]);
        self.builder.switch_to_block(met);
        (begin, end)
    }

    /// One of the numbers of 32 bits that stand at a place in the constants.
    fn number(&mut self, place: usize, index: Value) -> Value {
        let numbers = self.constant(place);
        let offset = self.builder.ins().ishl_imm_u(index, 2);
        let address = self.builder.ins().iadd(numbers, offset);
        self.builder.ins().uload32(TRUSTED, address, 0)
    }

    /// The current row.
    fn row(&self) -> Value {
        self.row.expect("the facts show that rows are read by shapes only")
    }

    /// The address of a column's value in the current row, in bytes from the row's.
    pub(super) fn cell(&self, column: ColumnId) -> (Value, i32) {
        let place = self.facts.rows.columns[column.0 as usize];
        (self.row(), place.word as i32 * WORD)
    }

    /// A word of the current row.
    pub(super) fn row_word(&mut self, column: ColumnId) -> Value {
        let (row, offset) = self.cell(column);
        self.builder.ins().load(types::I64, TRUSTED, row, offset)
    }

    /// A text that the current row points to.
    pub(super) fn row_text(&mut self, column: ColumnId) -> Text<'static> {
        let (address, length) = self.row_pointer(column);
        Text::At { address, length, known: None }
    }

    /// Whether a word is in the set of the current row.
    pub(super) fn integer_in_row(&mut self, integer: &Integer, column: ColumnId) -> Value {
        let word = self.integer(integer);
        match self.facts.rows.columns[column.0 as usize].form {
            Form::Mask => {
                let mask = self.row_word(column);
                self.in_mask(word, mask)
            }
            Form::Words(_) | Form::Text | Form::Table => {
                let (table, count) = self.row_pointer(column);
                self.call(Helper::IntegerIn, &[word, table, count])
            }
        }
    }

    /// What a word of the current row points to in the constants, and its length.
    fn row_pointer(&mut self, column: ColumnId) -> (Value, Value) {
        let word = self.row_word(column);
        let constants = self.field(offset_of!(Context, constants));
        let offset = self.builder.ins().band_imm_u(word, 0xffff_ffff);
        let length = self.builder.ins().ushr_imm_u(word, 32);
        (self.builder.ins().iadd(constants, offset), length)
    }
}
