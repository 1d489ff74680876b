//! Shapes: rules that differ in their constants only, as one condition over a table.
//!
//! Two conditions have one shape if they ask the same questions, joined in the same way, whatever the order in which operands were written and whatever the constants
//! that values are compared with. [`group`] finds them, whoever wrote the rules and however: by a template or by hand. What all rules of a shape have in common stays in the
//! condition; what differs becomes a column.
//!
//! Constants that a field is compared with by equality are given numbers: see [`Symbols`].

use super::dispatch::{Search, search};
use super::{Comparison, Formula, Integer, Program, Rule, Scope, Slot, Test, TestId, TestKind, Text, Words};
use crate::layout::{Interned, Layout, MAX_SYMBOL_WORDS, NETWORK_WORDS, Symbols, TCB_WORDS};
use atbac_grammar::syntax::Effect;
use foldhash::HashMap;
use std::sync::Arc;

/// As few rules of one shape make a table: with fewer, each is code of its own.
pub const LEAST_ROWS: usize = 4;

/// Rules that differ in constants only.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Permit or forbid.
    pub effect: Effect,
    /// The condition, over tests of which some read the row. What [`Search::Lists`] answer is not in it.
    pub condition: Formula,
    /// The number of the rule of each row, ascending: see [`Rule::number`].
    pub rules: Vec<u32>,
    /// Its columns, among [`Program::columns`]: from the first, before the second.
    pub columns: (ColumnId, ColumnId),
    /// How the rows are found that a call can meet.
    pub search: Search,
}

/// The position of a column in [`Program::columns`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnId(pub u32);

/// What differs between the rules of a shape in one place: a value for each row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// Values of so many words.
    Words(u32, Vec<Box<[u64]>>),
    /// Byte strings of any length.
    Texts(Vec<Box<[u8]>>),
    /// Sets of integers, each ascending.
    Sets(Vec<Box<[i64]>>),
}

impl Column {
    /// How many rows it has.
    pub fn len(&self) -> usize {
        match self {
            Column::Words(_, values) => values.len(),
            Column::Texts(values) => values.len(),
            Column::Sets(values) => values.len(),
        }
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Makes shapes of a program's rules, of which [`LEAST_ROWS`] or more are of one. The frames get room for the numbers of values.
#[must_use]
pub fn group(program: Program) -> Program {
    let Program { request, session, call, tests, session_values, rules, shapes, columns } = program;
    let mut forms = Forms::default();
    let mut classes: Vec<Class> = Vec::new();
    let mut known: HashMap<(Effect, NodeId), usize> = HashMap::default();
    for rule in rules {
        let mut asked = Vec::new();
        let node = forms.node(&rule.condition, &tests, &mut asked);
        let class = *known.entry((rule.effect, node)).or_insert(classes.len());
        if class == classes.len() {
            classes.push(Class { node, rules: Vec::new() });
        }
        classes[class].rules.push((rule, asked));
    }
    let (session, call) = (Arc::unwrap_or_clone(session), Arc::unwrap_or_clone(call));
    let mut tables = Tables { session, call, tests, row_tests: HashMap::default(), shapes, columns };
    let mut singles: Vec<Rule> = Vec::new();
    for class in classes {
        if class.rules.len() < LEAST_ROWS {
            singles.extend(class.rules.into_iter().map(|(rule, _)| rule));
        } else {
            tables.add(&forms, &class);
        }
    }
    singles.sort_unstable_by_key(|rule| rule.number);
    let Tables { session, call, tests, shapes, columns, .. } = tables;
    let (session, call) = (Arc::new(session), Arc::new(call));
    let mut program = Program { request, session, call, tests, session_values, rules: singles, shapes, columns };
    prune(&mut program);
    program
}

/// Rules whose conditions have one node, each with its tests.
struct Class {
    node: NodeId,
    rules: Vec<(Rule, Vec<TestId>)>,
}

/// A condition without its constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct NodeId(u32);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Node {
    Fixed(Formula),
    Test(TestKind),
    Not(NodeId),
    And(Vec<NodeId>),
    Or(Vec<NodeId>),
}

/// Every condition without its constants, each once.
#[derive(Default)]
struct Forms {
    nodes: Vec<Node>,
    known: HashMap<Node, NodeId>,
    /// The nodes of tests.
    of_tests: HashMap<TestId, NodeId>,
}

impl Forms {
    /// The node of a formula. Its tests are put behind `asked`, in an order that depends on the node alone.
    fn node(&mut self, formula: &Formula, tests: &[Test], asked: &mut Vec<TestId>) -> NodeId {
        match formula {
            Formula::Constant(_) | Formula::SessionValue(_) => self.keep(Node::Fixed(formula.clone())),
            Formula::Test(id) => {
                asked.push(*id);
                if let Some(node) = self.of_tests.get(id) {
                    return *node;
                }
                let node = self.keep(Node::Test(split(&tests[id.0 as usize].kind).0));
                *self.of_tests.entry(*id).or_insert(node)
            }
            Formula::Not(inner) => {
                let inner = self.node(inner, tests, asked);
                self.keep(Node::Not(inner))
            }
            Formula::And(operands) => {
                let nodes = self.operands(operands, tests, asked);
                self.keep(Node::And(nodes))
            }
            Formula::Or(operands) => {
                let nodes = self.operands(operands, tests, asked);
                self.keep(Node::Or(nodes))
            }
        }
    }

    /// The order of operands has no meaning, so they are put in that of their nodes.
    fn operands(&mut self, operands: &[Formula], tests: &[Test], asked: &mut Vec<TestId>) -> Vec<NodeId> {
        let mut nodes: Vec<(NodeId, Vec<TestId>)> = operands
            .iter()
            .map(|operand| {
                let mut asked = Vec::new();
                (self.node(operand, tests, &mut asked), asked)
            })
            .collect();
        nodes.sort_by_key(|(node, _)| *node);
        asked.extend(nodes.iter().flat_map(|(_, asked)| asked));
        nodes.into_iter().map(|(node, _)| node).collect()
    }

    fn keep(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.known.get(&node) {
            return *id;
        }
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(node.clone());
        self.known.insert(node, id);
        id
    }

    /// The formula of a node, with these tests in the order in which [`Forms::node`] found them.
    fn formula(&self, node: NodeId, tests: &mut impl Iterator<Item = TestId>) -> Formula {
        let mut all = |nodes: &[NodeId]| nodes.iter().map(|node| self.formula(*node, tests)).collect();
        match &self.nodes[node.0 as usize] {
            Node::Fixed(formula) => formula.clone(),
            Node::And(operands) => Formula::And(all(operands)),
            Node::Or(operands) => Formula::Or(all(operands)),
            Node::Not(inner) => Formula::Not(Box::new(self.formula(*inner, tests))),
            // As many tests come as there were found.
            Node::Test(_) => tests.next().map_or(Formula::Constant(false), Formula::Test),
        }
    }
}

/// What may differ between the questions of rules of one shape.
enum Literal {
    Integer(i64),
    /// Ascending.
    Integers(Box<[i64]>),
    Words(Box<[u64]>),
    Text(Box<[u8]>),
    /// Values that a field of a frame may be equal to, as [`Symbols`] knows them.
    Values(Vec<Box<[u8]>>),
}

/// A question without its literal, and the literal; the question alone where it has none, or where more than a value in a frame is looked at.
fn split(kind: &TestKind) -> (TestKind, Option<Literal>) {
    let integer = || Integer::Constant(0);
    let words = || Words::Constant(Box::default());
    let text = || Text::Constant(Box::default());
    let (form, literal) = match kind {
        TestKind::Integer(comparison, left, Integer::Constant(value)) => {
            (TestKind::Integer(*comparison, left.clone(), integer()), Literal::Integer(*value))
        }
        TestKind::IntegerIn(value, among) => {
            (TestKind::IntegerIn(value.clone(), Box::default()), Literal::Integers(among.clone()))
        }
        TestKind::Words(count, Words::Slot(slot), Words::Constant(value)) if *count <= MAX_SYMBOL_WORDS => {
            (TestKind::Words(*count, Words::Slot(*slot), words()), Literal::Values(vec![bytes(value)]))
        }
        TestKind::WordsIn(Words::Slot(slot), among) if width(among) <= MAX_SYMBOL_WORDS => {
            // The width is part of the form, and the constants tell it.
            let form = among.first().map(|first| vec![0; first.len()].into_boxed_slice());
            let values = among.iter().map(|value| bytes(value)).collect();
            (TestKind::WordsIn(Words::Slot(*slot), form.into_iter().collect()), Literal::Values(values))
        }
        TestKind::Order(comparison, count, left, Words::Constant(value)) => {
            (TestKind::Order(*comparison, *count, left.clone(), words()), Literal::Words(value.clone()))
        }
        TestKind::TcbAtLeast(newer, Words::Constant(value)) => {
            (TestKind::TcbAtLeast(newer.clone(), words()), Literal::Words(value.clone()))
        }
        TestKind::InNetwork(address, Words::Constant(value)) => {
            (TestKind::InNetwork(address.clone(), words()), Literal::Words(value.clone()))
        }
        TestKind::Text(Text::Slot(slot), Text::Constant(value)) => {
            (TestKind::Text(Text::Slot(*slot), text()), Literal::Values(vec![value.clone()]))
        }
        TestKind::TextIn(Text::Slot(slot), among) => {
            (TestKind::TextIn(Text::Slot(*slot), Box::default()), Literal::Values(among.to_vec()))
        }
        TestKind::Holding(part, whole, Text::Constant(value)) => {
            (TestKind::Holding(*part, whole.clone(), text()), Literal::Text(value.clone()))
        }
        TestKind::Matches(whole, Text::Constant(pattern)) => {
            (TestKind::Matches(whole.clone(), text()), Literal::Text(pattern.clone()))
        }
        TestKind::Age(comparison, slot, Integer::Constant(value)) => {
            (TestKind::Age(*comparison, *slot, integer()), Literal::Integer(*value))
        }
        TestKind::Before(Integer::Constant(value)) => (TestKind::Before(integer()), Literal::Integer(*value)),
        TestKind::Integer(..)
        | TestKind::IntegerInRow(..)
        | TestKind::Words(..)
        | TestKind::WordsIn(..)
        | TestKind::Order(..)
        | TestKind::Text(..)
        | TestKind::TextIn(..)
        | TestKind::Holding(..)
        | TestKind::Matches(..)
        | TestKind::TcbAtLeast(..)
        | TestKind::InNetwork(..)
        | TestKind::NetworkInNetwork(..)
        | TestKind::InNetworks(..)
        | TestKind::InSet(..)
        | TestKind::Subset(..)
        | TestKind::Age(..)
        | TestKind::Before(_)
        | TestKind::Loaded(_)
        | TestKind::Count(_) => return (kind.clone(), None),
    };
    (form, Some(literal))
}

/// How many words each of these values has.
fn width(values: &[Box<[u64]>]) -> u32 {
    values.first().map_or(0, |first| first.len() as u32)
}

fn bytes(words: &[u64]) -> Box<[u8]> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// Makes tables.
struct Tables {
    session: Layout,
    call: Layout,
    tests: Vec<Test>,
    /// The tests that read a row.
    row_tests: HashMap<TestKind, TestId>,
    shapes: Vec<Shape>,
    columns: Vec<Column>,
}

impl Tables {
    fn add(&mut self, forms: &Forms, class: &Class) {
        let [(first, asked), ..] = &*class.rules else { return };
        let first_column = ColumnId(self.columns.len() as u32);
        let mut tests = Vec::with_capacity(asked.len());
        for (at, test) in asked.iter().enumerate() {
            let of_rules: Vec<TestId> = class.rules.iter().map(|(_, tests)| tests[at]).collect();
            // A program may have a question twice. One without a literal then still is the same for all.
            let kind = |id: &TestId| &self.tests[id.0 as usize].kind;
            let same = of_rules.iter().all(|other| other == test || kind(other) == kind(test));
            tests.push(if same { *test } else { self.row_test(&of_rules) });
        }
        let condition = forms.formula(class.node, &mut tests.into_iter());
        let columns = (first_column, ColumnId(self.columns.len() as u32));
        let rules = class.rules.iter().map(|(rule, _)| rule.number).collect();
        let shape = Shape { effect: first.effect, condition, rules, columns, search: Search::All };
        self.shapes.push(search(shape, &self.tests, &self.columns));
    }

    /// The test that asks each rule's question by its row. The questions differ in their literals only.
    fn row_test(&mut self, of_rules: &[TestId]) -> TestId {
        // One after another: together they would take as much memory as the tests.
        let tests = std::mem::take(&mut self.tests);
        let literals = of_rules.iter().filter_map(|id| split(&tests[id.0 as usize].kind).1);
        let first = tests[of_rules[0].0 as usize].clone();
        let kind = match first.kind {
            TestKind::Integer(comparison, left, _) => {
                TestKind::Integer(comparison, left, Integer::Row(self.integers(literals)))
            }
            TestKind::IntegerIn(value, _) => TestKind::IntegerInRow(value, self.sets(literals)),
            TestKind::Words(count, Words::Slot(slot), _) => self.equal(slot, Interned::Words(count), literals),
            TestKind::WordsIn(Words::Slot(slot), among) => self.among(slot, Interned::Words(width(&among)), literals),
            TestKind::Text(Text::Slot(slot), _) => self.equal(slot, Interned::Text, literals),
            TestKind::TextIn(Text::Slot(slot), _) => self.among(slot, Interned::Text, literals),
            TestKind::Order(comparison, count, left, _) => {
                TestKind::Order(comparison, count, left, Words::Row(self.words(count, literals)))
            }
            TestKind::TcbAtLeast(newer, _) => TestKind::TcbAtLeast(newer, Words::Row(self.words(TCB_WORDS, literals))),
            TestKind::InNetwork(address, _) => {
                TestKind::InNetwork(address, Words::Row(self.words(NETWORK_WORDS, literals)))
            }
            TestKind::Holding(part, whole, _) => TestKind::Holding(part, whole, Text::Row(self.texts(literals))),
            TestKind::Matches(whole, _) => TestKind::Matches(whole, Text::Row(self.texts(literals))),
            TestKind::Age(comparison, slot, _) => {
                TestKind::Age(comparison, slot, Integer::Row(self.integers(literals)))
            }
            TestKind::Before(_) => TestKind::Before(Integer::Row(self.integers(literals))),
            // These have no literal, so rules that ask differently are of different shapes.
            other @ (TestKind::IntegerInRow(..)
            | TestKind::Words(..)
            | TestKind::WordsIn(..)
            | TestKind::Text(..)
            | TestKind::TextIn(..)
            | TestKind::NetworkInNetwork(..)
            | TestKind::InNetworks(..)
            | TestKind::InSet(..)
            | TestKind::Subset(..)
            | TestKind::Loaded(_)
            | TestKind::Count(_)) => other,
        };
        self.tests = tests;
        let next = TestId(self.tests.len() as u32);
        let id = *self.row_tests.entry(kind.clone()).or_insert(next);
        if id == next {
            self.tests.push(Test { kind, reads_row: true, ..first });
        }
        id
    }

    /// That a field is equal to the value in the row, by their numbers.
    fn equal(&mut self, slot: Slot, form: Interned, literals: impl Iterator<Item = Literal>) -> TestKind {
        let (slot, numbers) = self.numbers(slot, form, literals);
        let numbers = numbers.iter().map(|numbers| numbers.iter().map(|number| *number as u64).collect()).collect();
        TestKind::Integer(Comparison::Eq, Integer::Slot(slot), Integer::Row(self.column(Column::Words(1, numbers))))
    }

    /// That a field is equal to one of the values in the row, by their numbers.
    fn among(&mut self, slot: Slot, form: Interned, literals: impl Iterator<Item = Literal>) -> TestKind {
        let (slot, numbers) = self.numbers(slot, form, literals);
        TestKind::IntegerInRow(Integer::Slot(slot), self.column(Column::Sets(numbers)))
    }

    /// The slot for the number of a field's value, and the numbers of the values of each row, ascending.
    fn numbers(
        &mut self,
        slot: Slot,
        form: Interned,
        literals: impl Iterator<Item = Literal>,
    ) -> (Slot, Vec<Box<[i64]>>) {
        let layout = match slot.frame {
            Scope::Session => &mut self.session,
            // No element of a list is known by a number: what a rule asks of one stands in a count.
            Scope::Call | Scope::Element(_) => &mut self.call,
        };
        let known = layout.symbols.iter().position(|symbols| symbols.word == slot.word && symbols.form == form);
        let at = known.unwrap_or_else(|| {
            layout.symbols.push(Symbols::new(slot.word, form, layout.words));
            layout.words += 1;
            layout.symbols.len() - 1
        });
        let symbols = &mut layout.symbols[at];
        let numbers = literals.map(|literal| {
            let Literal::Values(values) = literal else { return Box::default() };
            let mut numbers: Vec<i64> = values.iter().map(|value| symbols.give(value).into()).collect();
            numbers.sort_unstable();
            numbers.into()
        });
        let numbers = numbers.collect();
        (Slot { frame: slot.frame, word: symbols.at }, numbers)
    }

    fn integers(&mut self, literals: impl Iterator<Item = Literal>) -> ColumnId {
        let word =
            |literal| if let Literal::Integer(value) = literal { Box::from([value as u64]) } else { Box::default() };
        self.column(Column::Words(1, literals.map(word).collect()))
    }

    fn sets(&mut self, literals: impl Iterator<Item = Literal>) -> ColumnId {
        let set = |literal| if let Literal::Integers(set) = literal { set } else { Box::default() };
        self.column(Column::Sets(literals.map(set).collect()))
    }

    fn words(&mut self, count: u32, literals: impl Iterator<Item = Literal>) -> ColumnId {
        let words = |literal| if let Literal::Words(words) = literal { words } else { Box::default() };
        self.column(Column::Words(count, literals.map(words).collect()))
    }

    fn texts(&mut self, literals: impl Iterator<Item = Literal>) -> ColumnId {
        let text = |literal| if let Literal::Text(text) = literal { text } else { Box::default() };
        self.column(Column::Texts(literals.map(text).collect()))
    }

    fn column(&mut self, mut column: Column) -> ColumnId {
        match &mut column {
            Column::Words(_, values) => values.shrink_to_fit(),
            Column::Texts(values) => values.shrink_to_fit(),
            Column::Sets(values) => values.shrink_to_fit(),
        }
        self.columns.push(column);
        ColumnId(self.columns.len() as u32 - 1)
    }
}

/// Leaves out the tests that nothing asks any more.
fn prune(program: &mut Program) {
    let mut asked = vec![false; program.tests.len()];
    let conditions = program.rules.iter().map(|rule| &rule.condition);
    let conditions = conditions.chain(program.shapes.iter().map(|shape| &shape.condition));
    for formula in conditions.chain(&program.session_values) {
        formula.each_test(&mut |id| asked[id.0 as usize] = true);
    }
    // A count asks tests that stand before it.
    for at in (0..asked.len()).rev() {
        if let (true, TestKind::Count(count)) = (asked[at], &program.tests[at].kind) {
            count.condition.each_test(&mut |id| asked[id.0 as usize] = true);
        }
    }
    let mut left = 0;
    let places: Vec<TestId> = asked
        .iter()
        .map(|asked| {
            let place = TestId(left);
            left += u32::from(*asked);
            place
        })
        .collect();
    let renumber = |formula: &mut Formula| formula.each_test_mut(&mut |id| *id = places[id.0 as usize]);
    let mut asked = asked.into_iter();
    program.tests.retain(|_| asked.next().unwrap_or(true));
    program.tests.shrink_to_fit();
    for test in &mut program.tests {
        if let TestKind::Count(count) = &mut test.kind {
            renumber(&mut count.condition);
        }
    }
    program.rules.iter_mut().for_each(|rule| renumber(&mut rule.condition));
    program.shapes.iter_mut().for_each(|shape| renumber(&mut shape.condition));
    program.session_values.iter_mut().for_each(renumber);
}
