//! Questions of every kind, at random, about values at given places.

use crate::tape::Tape;
use crate::values;
use crate::world::{NETWORK_WORDS, Place, Shape, TCB_WORDS, TRIPLE_WORDS, World};
use atbac_compiler::checked::{Arithmetic, Hash, Part};
use atbac_compiler::codegen::abi::digest_length;
use atbac_compiler::glob::Glob;
use atbac_compiler::ir::{Comparison, Element, Integer, Key, Scope, Set, Slot, TestKind, Text, Words};
use atbac_compiler::layout::{SetTable, address_words, byte_words, network_words, oid_bytes, tcb_words};
use atbac_compiler::types::{ReferenceId, Type};

const COMPARISONS: [Comparison; 5] = [Comparison::Eq, Comparison::Lt, Comparison::Le, Comparison::Gt, Comparison::Ge];
const PATTERNS: [&str; 8] = ["a*", "*b", "a*b*a", "?*", "???", "*a?", r"a\**", "*b*b*"];

/// What a question reads.
#[derive(Clone, Copy, Default)]
pub(crate) struct Reading {
    pub(crate) call: bool,
    /// The elements of the counts around it: a bit for each depth.
    pub(crate) elements: u8,
}

impl Reading {
    pub(crate) fn join(&mut self, other: Reading) {
        self.call |= other.call;
        self.elements |= other.elements;
    }

    pub(crate) fn slot(&mut self, slot: Slot) {
        match slot.frame {
            Scope::Session => {}
            Scope::Call => self.call = true,
            Scope::Element(depth) => self.elements |= 1 << depth,
        }
    }

    pub(crate) fn scope(self) -> Scope {
        match (self.elements.checked_ilog2(), self.call) {
            (Some(depth), _) => Scope::Element(depth as u8),
            (None, true) => Scope::Call,
            (None, false) => Scope::Session,
        }
    }
}

/// A question in the making.
pub(crate) struct Asking<'a, 't> {
    pub(crate) world: &'a World,
    pub(crate) tape: &'a mut Tape<'t>,
    /// What it may be about.
    pub(crate) places: &'a [Place],
    /// Whether it may read reference values.
    pub(crate) references: bool,
    pub(crate) reading: Reading,
}

impl Asking<'_, '_> {
    pub(crate) fn question(&mut self) -> TestKind {
        let instants: Vec<_> = self.places.iter().filter(|place| place.shape == Shape::Instant).collect();
        let shape = match self.tape.below(8) {
            0 if !instants.is_empty() => Shape::Instant,
            1 if self.references => return self.of_reference(),
            2..5 => {
                let shapes = self.shapes();
                *self.tape.pick(&shapes)
            }
            _ => self.tape.pick(self.places).shape,
        };
        match shape {
            Shape::Instant => self.instant(),
            Shape::Integer => self.integers(),
            Shape::Bytes(length) => self.bytes(length),
            Shape::Text => self.texts(),
            Shape::Tcb => match self.tape.below(2) {
                0 => TestKind::TcbAtLeast(self.words(shape), self.words(shape)),
                _ => self.any_words(shape),
            },
            Shape::Version => match self.tape.below(2) {
                0 => {
                    let comparison = *self.tape.pick(&COMPARISONS[1..]);
                    TestKind::Order(comparison, TRIPLE_WORDS, self.words(shape), self.words(shape))
                }
                _ => self.any_words(shape),
            },
            Shape::Address => match self.tape.below(4) {
                0 | 1 => TestKind::InNetwork(self.words(shape), self.words(Shape::Network)),
                2 => {
                    let networks = Shape::Set(Element::Words(NETWORK_WORDS));
                    match self.reference(networks) {
                        Some(networks) => TestKind::InNetworks(self.words(shape), networks),
                        None => self.any_words(shape),
                    }
                }
                _ => self.any_words(shape),
            },
            Shape::Network => match self.tape.below(2) {
                0 => TestKind::NetworkInNetwork(self.words(shape), self.words(shape)),
                _ => self.any_words(shape),
            },
            Shape::Set(element) => match self.tape.below(2) {
                0 => TestKind::Subset(self.set(element), self.set(element), [element; 2]),
                _ => TestKind::InSet(self.key(element), self.set(element), element),
            },
        }
    }

    /// A question about a reference value or the clock alone.
    fn of_reference(&mut self) -> TestKind {
        if self.tape.one_in(2) {
            return TestKind::Before(Integer::Constant(values::instant(self.tape)));
        }
        TestKind::Loaded(ReferenceId(self.tape.below(self.world.schema.references.len()) as u32))
    }

    fn instant(&mut self) -> TestKind {
        let slots = self.slots(Shape::Instant);
        if self.tape.one_in(3) || slots.is_empty() {
            let comparison = self.comparison();
            let (left, right) = (self.instant_operand(), self.instant_operand());
            return TestKind::Integer(comparison, left, right);
        }
        let slot = self.slot(&slots);
        TestKind::Age(*self.tape.pick(&COMPARISONS[1..]), slot, self.duration())
    }

    fn instant_operand(&mut self) -> Integer {
        let slots = self.slots(Shape::Instant);
        match self.tape.below(4) {
            0 => Integer::Constant(values::instant(self.tape)),
            1 => self.reference(Shape::Instant).map_or(Integer::Constant(0), Integer::Reference),
            _ if slots.is_empty() => Integer::Constant(values::instant(self.tape)),
            _ => Integer::Slot(self.slot(&slots)),
        }
    }

    fn duration(&mut self) -> Integer {
        if self.tape.one_in(2) { self.integer() } else { Integer::Constant(values::duration(self.tape)) }
    }

    fn integers(&mut self) -> TestKind {
        match self.tape.below(4) {
            0 => {
                let small = self.tape.one_in(2);
                let value = |tape: &mut Tape<'_>| if small { tape.below(64) as i64 } else { values::integer(tape) };
                TestKind::IntegerIn(self.integer(), sorted(self.tape.some(2, 9, value)))
            }
            1 => TestKind::InSet(self.key(Element::Integer), self.set(Element::Integer), Element::Integer),
            _ => TestKind::Integer(self.comparison(), self.integer(), self.integer()),
        }
    }

    fn bytes(&mut self, length: u32) -> TestKind {
        if self.tape.one_in(3) { self.texts() } else { self.any_words(Shape::Bytes(length)) }
    }

    /// A question about values of words that is not of their shape alone.
    fn any_words(&mut self, shape: Shape) -> TestKind {
        match self.tape.below(4) {
            0 => {
                let count = self.tape.below(7) + 1;
                let values = (0..count).map(|_| self.constant_words(shape)).collect();
                TestKind::WordsIn(self.words(shape), sorted(values))
            }
            1 => {
                let element = shape.element().expect("sets of words exist");
                TestKind::InSet(self.key(element), self.set(element), element)
            }
            _ => TestKind::Words(shape.words(), self.words(shape), self.words(shape)),
        }
    }

    fn texts(&mut self) -> TestKind {
        match self.tape.below(7) {
            0 => TestKind::TextIn(self.text(), {
                let length = self.tape.below(8) + 1;
                sorted((0..length).map(|_| self.constant_text()).collect())
            }),
            1 => TestKind::InSet(self.key(Element::Text), self.set(Element::Text), Element::Text),
            2 => {
                let part = *self.tape.pick(&[Part::Beginning, Part::End, Part::Anywhere]);
                TestKind::Holding(part, self.text(), self.text())
            }
            3 => {
                let pattern = Glob::new(self.tape.pick::<&str>(&PATTERNS)).map(|glob| Box::from(glob.pattern()));
                TestKind::Matches(self.text(), Text::Constant(pattern.unwrap()))
            }
            _ => self.equal_texts(),
        }
    }

    /// Two texts; next to bytes of known length often others as long.
    fn equal_texts(&mut self) -> TestKind {
        let left = self.text();
        let right = match &left {
            Text::Part { length, .. } if self.tape.one_in(2) => Text::Constant(values::bytes(self.tape, *length)),
            Text::Hash(hash, _) if self.tape.one_in(2) => Text::Hash(*hash, Box::new(self.text())),
            _ => self.text(),
        };
        TestKind::Text(left, right)
    }

    fn comparison(&mut self) -> Comparison {
        *self.tape.pick(&COMPARISONS)
    }

    pub(crate) fn integer(&mut self) -> Integer {
        let slots = self.slots(Shape::Integer);
        match self.tape.below(6) {
            1 => self.reference(Shape::Integer).map_or(Integer::Constant(1), Integer::Reference),
            2 => {
                let arithmetic = *self.tape.pick(&[Arithmetic::Add, Arithmetic::Sub, Arithmetic::Mul]);
                Integer::Computed(arithmetic, Box::new(self.integer()), Box::new(self.integer()))
            }
            3.. if !slots.is_empty() => Integer::Slot(self.slot(&slots)),
            _ => Integer::Constant(values::integer(self.tape)),
        }
    }

    fn words(&mut self, shape: Shape) -> Words {
        let slots = self.slots(shape);
        match self.tape.below(4) {
            1 => match self.reference(shape) {
                Some(reference) => Words::Reference(reference),
                None => Words::Constant(self.constant_words(shape)),
            },
            2.. if !slots.is_empty() => Words::Slot(self.slot(&slots)),
            _ => Words::Constant(self.constant_words(shape)),
        }
    }

    fn constant_words(&mut self, shape: Shape) -> Box<[u64]> {
        let tape = &mut *self.tape;
        match shape {
            Shape::Bytes(length) => byte_words(&values::bytes(tape, length)).collect(),
            Shape::Tcb => tcb_words(&values::tcb(tape)).into(),
            Shape::Version => values::version(tape).into(),
            Shape::Address => address_words(values::address(tape)).into(),
            Shape::Network => {
                let (address, prefix) = values::network(tape);
                network_words(address, prefix).into()
            }
            Shape::Integer | Shape::Instant | Shape::Text | Shape::Set(_) => panic!("{shape:?} is not of words"),
        }
    }

    fn text(&mut self) -> Text {
        let slots = self.slots(Shape::Text);
        match self.tape.below(8) {
            1 => self.reference(Shape::Text).map_or(Text::Constant(Box::default()), Text::Reference),
            2 => {
                let hash = *self.tape.pick(&[Hash::Sha256, Hash::Sha384, Hash::Sha512]);
                let digest = Text::Hash(hash, Box::new(self.text()));
                if self.tape.below(3) > 0 {
                    return digest;
                }
                let length = digest_length(hash);
                let skip = self.tape.below(length as usize) as u32;
                let taken = self.tape.below((length - skip) as usize) as u32 + 1;
                Text::Slice { of: Box::new(digest), skip, length: taken }
            }
            3 | 4 => self.part(),
            5.. if !slots.is_empty() => Text::Slot(self.slot(&slots)),
            _ => Text::Constant(self.constant_text()),
        }
    }

    /// A part of bytes of fixed length, often all of it.
    fn part(&mut self) -> Text {
        let lengths: Vec<u32> = self
            .places
            .iter()
            .filter_map(|place| if let Shape::Bytes(length) = place.shape { Some(length) } else { None })
            .collect();
        if lengths.is_empty() {
            return Text::Constant(self.constant_text());
        }
        let all = *self.tape.pick(&lengths);
        let skip = if self.tape.one_in(2) { self.tape.below(all as usize + 1) as u32 } else { 0 };
        let length = if self.tape.one_in(2) { self.tape.below((all - skip) as usize + 1) as u32 } else { all - skip };
        let shape = Shape::Bytes(all);
        Text::Part { of: self.words(shape), words: shape.words(), skip, length }
    }

    /// A text, bytes, or the digest of some text.
    fn constant_text(&mut self) -> Box<[u8]> {
        match self.tape.below(6) {
            0 => {
                let hash = *self.tape.pick(&[Hash::Sha256, Hash::Sha384, Hash::Sha512]);
                let (digest, length) = hash.digest(values::text(self.tape).as_bytes());
                digest[..length].into()
            }
            1 => {
                let length = *self.tape.pick(&[0, 5, 20, 48, 100]);
                values::bytes(self.tape, length)
            }
            _ => values::bytes_of_any_length(self.tape),
        }
    }

    pub(crate) fn key(&mut self, element: Element) -> Key {
        match element {
            Element::Integer => Key::Integer(self.integer()),
            Element::Words(count) => {
                let shape = self.shape_of(count);
                Key::Words(count, self.words(shape))
            }
            Element::Bytes(length) => {
                let shape = Shape::Bytes(length);
                Key::Text(match self.tape.below(4) {
                    0 => self.text(),
                    _ => Text::Part { of: self.words(shape), words: shape.words(), skip: 0, length },
                })
            }
            Element::Text => Key::Text(self.text()),
        }
    }

    fn set(&mut self, element: Element) -> Set {
        let slots = self.slots(Shape::Set(element));
        match self.tape.below(4) {
            1 => match self.reference(Shape::Set(element)) {
                Some(reference) => Set::Reference(reference),
                None => Set::Constant(Box::default()),
            },
            2.. if !slots.is_empty() => Set::Slot(self.slot(&slots)),
            _ => {
                let length = self.tape.below(5);
                let elements: Vec<_> = (0..length).map(|_| self.element_bytes(element)).collect();
                Set::Constant(SetTable::encode(elements).unwrap().into())
            }
        }
    }

    fn element_bytes(&mut self, element: Element) -> Vec<u8> {
        match element {
            Element::Integer => values::integer(self.tape).to_le_bytes().to_vec(),
            Element::Words(count) => {
                let shape = self.shape_of(count);
                self.constant_words(shape).iter().flat_map(|word| word.to_le_bytes()).collect()
            }
            Element::Bytes(length) => values::bytes(self.tape, length).into(),
            Element::Text if self.tape.one_in(6) => oid_bytes(&[1, 2]),
            Element::Text => self.constant_text().into(),
        }
    }

    /// A shape of so many words.
    fn shape_of(&mut self, words: u32) -> Shape {
        match words {
            TRIPLE_WORDS => *self.tape.pick(&[Shape::Version, Shape::Address]),
            NETWORK_WORDS => Shape::Network,
            TCB_WORDS => Shape::Tcb,
            words => panic!("nothing else is of {words} words"),
        }
    }

    /// The shapes that there are, each once: some are of few places only.
    fn shapes(&self) -> Vec<Shape> {
        let mut shapes: Vec<Shape> = Vec::new();
        for place in self.places {
            if !shapes.contains(&place.shape) {
                shapes.push(place.shape);
            }
        }
        shapes
    }

    fn slots(&self, shape: Shape) -> Vec<Slot> {
        self.places.iter().filter(|place| place.shape == shape).map(|place| place.slot).collect()
    }

    fn slot(&mut self, slots: &[Slot]) -> Slot {
        let slot = *self.tape.pick(slots);
        self.reading.slot(slot);
        slot
    }

    /// A reference to a value of this shape, if there is one.
    fn reference(&mut self, shape: Shape) -> Option<ReferenceId> {
        let references = self.world.schema.references.iter().enumerate();
        let fits = |ty: &Type| Shape::of(ty) == Some(shape);
        let fitting: Vec<_> = references.filter(|(_, reference)| fits(&reference.ty)).map(|(id, _)| id).collect();
        if !self.references || fitting.is_empty() {
            return None;
        }
        Some(ReferenceId(*self.tape.pick(&fitting) as u32))
    }
}

fn sorted<T: Ord>(mut values: Vec<T>) -> Box<[T]> {
    values.sort();
    values.into()
}
