//! The meaning of a program, by plain recursion over it: what compiled code is compared with. What tests are asked about
//! is in [`read`](crate::read).

use crate::read::{Read, lanes};
use atbac_compiler::checked::Part;
use atbac_compiler::fired::Standing;
use atbac_compiler::glob;
use atbac_compiler::ir::{Comparison, Count, Formula, MAX_COUNT_DEPTH, Program, Scope, TestId, TestKind};
use atbac_compiler::layout::Frame;
use atbac_compiler::reference::Reference;
use atbac_compiler::time::FOREVER;
use atbac_compiler::truth::{Timed, Truth, age_test, count};
use atbac_grammar::syntax::Effect;

/// Rules have a meaning of their own before they are grouped: it is what the table of a shape is compared with.
pub(crate) const NO_ROWS: &str = "rows come of grouping, and what is evaluated here is not grouped";

/// Everything a program can look at.
#[derive(Clone, Copy)]
pub(crate) struct Situation<'a> {
    pub(crate) program: &'a Program,
    pub(crate) session: &'a Frame,
    pub(crate) call: &'a Frame,
    pub(crate) references: &'a [Option<Reference>],
    pub(crate) session_values: &'a [Timed],
    pub(crate) now: i64,
    /// The frame and first word of the element that the count of each depth stands at.
    pub(crate) elements: [Option<(Scope, u32)>; MAX_COUNT_DEPTH as usize],
}

/// What a decision must find.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    /// The rules that are not false, and how each bears on the verdict.
    pub(crate) fired: Vec<(usize, Standing)>,
    pub(crate) permit_until: i64,
    pub(crate) forbid_until: i64,
}

impl Situation<'_> {
    pub(crate) fn session_values(self) -> Vec<Timed> {
        self.program.session_values.iter().map(|value| self.formula(value)).collect()
    }

    pub(crate) fn decide(self) -> Expected {
        let mut expected = Expected { fired: Vec::new(), permit_until: FOREVER, forbid_until: FOREVER };
        for (index, rule) in self.program.rules.iter().enumerate() {
            let answer = self.formula(&rule.condition);
            match (rule.effect, answer.truth) {
                (_, Truth::False) => {}
                (Effect::Permit, Truth::True) => expected.fired.push((index, Standing::Permits)),
                (Effect::Permit, Truth::Indeterminate) => expected.fired.push((index, Standing::MayPermit)),
                (Effect::Forbid, Truth::True) => expected.fired.push((index, Standing::Forbids)),
                (Effect::Forbid, Truth::Indeterminate) => expected.fired.push((index, Standing::MayForbid)),
            }
            let until = match rule.effect {
                Effect::Permit => &mut expected.permit_until,
                Effect::Forbid => &mut expected.forbid_until,
            };
            *until = answer.until.min(*until);
        }
        expected
    }

    pub(crate) fn formula(self, formula: &Formula) -> Timed {
        match formula {
            Formula::Constant(value) => Timed::fixed(*value),
            Formula::Test(id) => self.test(*id),
            Formula::SessionValue(id) => self.session_values[id.0 as usize],
            Formula::Not(inner) => self.formula(inner).negated(),
            Formula::And(operands) => Timed::all(operands.iter().map(|operand| self.formula(operand))),
            Formula::Or(operands) => Timed::any(operands.iter().map(|operand| self.formula(operand))),
        }
    }

    fn test(self, id: TestId) -> Timed {
        match &self.program.tests[id.0 as usize].kind {
            TestKind::Integer(comparison, left, right) => {
                self.integer(left).and(self.integer(right)).asked(|(left, right)| comparison.holds(left, right))
            }
            TestKind::IntegerIn(integer, values) => self.integer(integer).asked(|found| values.contains(&found)),
            TestKind::IntegerInRow(..) => unreachable!("{NO_ROWS}"),
            TestKind::Words(words, left, right) => {
                self.words(*words, left).and(self.words(*words, right)).asked(|(left, right)| left == right)
            }
            TestKind::WordsIn(words, values) => {
                self.words(values[0].len() as u32, words).asked(|found| values.iter().any(|value| **value == *found))
            }
            TestKind::Order(comparison, words, left, right) => {
                let both = self.words(*words, left).and(self.words(*words, right));
                both.asked(|(left, right)| match comparison {
                    Comparison::Eq => panic!("values are in order by inequality"),
                    Comparison::Lt => left < right,
                    Comparison::Le => left <= right,
                    Comparison::Gt => left > right,
                    Comparison::Ge => left >= right,
                })
            }
            TestKind::Text(left, right) => self.text(left).and(self.text(right)).asked(|(left, right)| left == right),
            TestKind::TextIn(text, values) => {
                self.text(text).asked(|found| values.iter().any(|value| **value == *found))
            }
            TestKind::Holding(part, text, held) => {
                self.text(text).and(self.text(held)).asked(|(text, held)| match part {
                    Part::Beginning => text.starts_with(&held),
                    Part::End => text.ends_with(&held),
                    Part::Anywhere => (0..=text.len()).any(|skip| text[skip..].starts_with(&held)),
                })
            }
            TestKind::Matches(text, pattern) => {
                self.text(text).and(self.text(pattern)).asked(|(text, pattern)| glob::matches(&pattern, &text))
            }
            TestKind::TcbAtLeast(left, right) => self
                .words(6, left)
                .and(self.words(6, right))
                .asked(|(left, right)| lanes(&left).iter().zip(lanes(&right)).all(|(left, right)| *left >= right)),
            TestKind::InNetwork(address, network) => self
                .words(3, address)
                .and(self.words(4, network))
                .asked(|(address, network)| lies_in(&address, &network)),
            TestKind::NetworkInNetwork(inner, outer) => self
                .words(4, inner)
                .and(self.words(4, outer))
                .asked(|(inner, outer)| inner[3] >= outer[3] && lies_in(&inner[..3], &outer)),
            TestKind::InNetworks(address, networks) => {
                let networks = self.reference_set(*networks);
                self.words(3, address).and(networks).timed(|(address, networks)| {
                    let around = networks.iter().filter(|(network, ..)| lies_in(&address, &words(network)));
                    let any = around.clone().any(|(_, counts, _)| *counts);
                    Timed { truth: any.into(), until: earliest(around.map(|(.., until)| *until)) }
                })
            }
            TestKind::InSet(key, set, _) => self.key(key).and(self.set(set)).timed(|(key, set)| {
                let found = set.iter().find(|(element, ..)| *element == key);
                found.map_or(Timed::fixed(false), |(_, counts, until)| Timed { truth: (*counts).into(), until: *until })
            }),
            TestKind::Subset(inner, outer, _) => self.set(inner).and(self.set(outer)).timed(|(inner, outer)| {
                let in_outer = |element: &Vec<u8>| outer.iter().find(|(other, ..)| other == element);
                let missing = |element| !in_outer(element).is_some_and(|(_, counts, _)| *counts);
                let all = !inner.iter().any(|(element, counts, _)| *counts && missing(element));
                let changes = inner
                    .iter()
                    .flat_map(|(element, _, until)| [*until, in_outer(element).map_or(FOREVER, |(.., until)| *until)]);
                Timed { truth: all.into(), until: earliest(changes) }
            }),
            TestKind::Age(comparison, since, bound) => {
                let since = self.slot_words(*since, 1)[0] as i64;
                self.integer(bound).timed(|bound| age_test(*comparison, since, bound, self.now))
            }
            TestKind::Before(end) => self.integer(end).timed(|end| {
                if self.now < end { Timed { truth: Truth::True, until: end } } else { Timed::fixed(false) }
            }),
            TestKind::Loaded(reference) => match &self.references[reference.index()] {
                None => Timed::fixed(Truth::Indeterminate),
                Some(Reference::One(_, windows)) => {
                    let (counts, until) = windows.at(self.now);
                    Timed { truth: if counts { Truth::True } else { Truth::Indeterminate }, until }
                }
                Some(Reference::Set(values)) => {
                    let until = earliest(values.iter().map(|(_, windows)| windows.at(self.now).1));
                    Timed { truth: Truth::True, until }
                }
            },
            TestKind::Count(count) => self.count(count),
        }
    }

    fn count(self, asked: &Count) -> Timed {
        let length = self.slot_words(asked.list.slot, 1)[0] as u32;
        let (frame, first) = self.locate(asked.list.slot);
        let mut groups: Vec<(Option<Vec<u8>>, Timed)> = Vec::new();
        for index in 0..length {
            let mut there = self;
            there.elements[usize::from(asked.depth)] = Some((frame, first + 1 + index * asked.list.stride));
            let answer = there.formula(&asked.condition);
            let key = asked.distinct.as_ref().map(|key| there.key(key).value.expect("keys read no references"));
            match groups.iter_mut().find(|(other, _)| key.is_some() && *other == key) {
                Some((_, group)) => *group = Timed::any([*group, answer]),
                None => groups.push((key, answer)),
            }
        }
        let mut answers: Vec<Timed> = groups.into_iter().map(|(_, answer)| answer).collect();
        self.integer(&asked.bound).timed(|bound| count(asked.comparison, bound, &mut answers))
    }
}

impl<T> Read<T> {
    /// The answer to a question about a value; indeterminate without it.
    fn asked(self, holds: impl FnOnce(T) -> bool) -> Timed {
        self.timed(|value| Timed::fixed(holds(value)))
    }

    fn timed(self, answer: impl FnOnce(T) -> Timed) -> Timed {
        let answer = self.value.map_or(Timed::fixed(Truth::Indeterminate), answer);
        Timed { until: answer.until.min(self.until), ..answer }
    }
}

fn earliest(instants: impl Iterator<Item = i64>) -> i64 {
    instants.min().unwrap_or(FOREVER)
}

fn words(bytes: &[u8]) -> Vec<u64> {
    bytes.chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect()
}

/// Whether an address lies in a network, bit by bit: the words are the family, the upper and the lower 64 bits, and the
/// length of the prefix.
fn lies_in(address: &[u64], network: &[u64]) -> bool {
    let bits = |words: &[u64]| -> Vec<bool> {
        let all = words[1..3].iter().flat_map(|word| (0..64).rev().map(move |bit| word >> bit & 1 == 1));
        all.skip(if words[0] == 4 { 96 } else { 0 }).collect()
    };
    address[0] == network[0] && bits(address).iter().zip(bits(network)).take(network[3] as usize).all(|(a, b)| *a == b)
}
