//! Tests: each kind of question, as code. What they are asked about is in [`integer`](super::integer),
//! [`words`](super::words), [`text`](super::text), [`network`](super::network) and [`set`](super::set), lists in
//! [`count`](super::count).

use super::abi::{Context, Form};
use super::answer::Answer;
use super::body::{Body, Room, TRUSTED};
use super::formula::place;
use super::helper::Helper;
use super::integer::signed;
use super::reference::Needed;
use crate::ir::{Comparison, Element, Set, TestId, TestKind, Words};
use crate::layout::{ADDRESS_WORDS, NETWORK_WORDS, TCB_WORDS};
use crate::time::FOREVER;
use crate::types::ReferenceId;
use core::mem::offset_of;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};

/// The largest set that is compared one by one; beyond it, a search is shorter code and soon faster.
pub(super) const FEW: usize = 4;

impl Body<'_> {
    /// The answer to a test: looked up if it is shared, else found here.
    pub(super) fn test(&mut self, id: TestId) -> Answer {
        match self.plan.place(id) {
            Some(index) => {
                let tests = self.field(offset_of!(Context, tests));
                self.load(self.facts.test(id).nature, tests, place(index))
            }
            None => self.answer(id),
        }
    }

    /// Answers a shared test into its place.
    pub(super) fn shared_test(&mut self, index: u32, id: TestId) {
        let answer = self.answer(id);
        let tests = self.field(offset_of!(Context, tests));
        self.store(answer, tests, place(index));
    }

    fn answer(&mut self, id: TestId) -> Answer {
        let answer = self.ask(id);
        if let (true, Some(until)) = (self.notes_changes, answer.until) {
            let earliest = self.field(offset_of!(Context, changes_at));
            let earliest = self.builder.ins().smin(earliest, until);
            self.builder.ins().store(TRUSTED, earliest, self.context, offset_of!(Context, changes_at) as i32);
        }
        answer
    }

    fn ask(&mut self, id: TestId) -> Answer {
        let program = self.program;
        match &program.tests[id.0 as usize].kind {
            TestKind::Integer(comparison, left, right) => {
                self.plain(Needed::default().integer(left).integer(right), |body| {
                    let (left, right) = (body.integer(left), body.integer(right));
                    body.builder.ins().icmp(signed(*comparison), left, right)
                })
            }
            TestKind::IntegerIn(integer, values) => self.plain(Needed::default().integer(integer), |body| {
                let word = body.integer(integer);
                body.integer_in(word, values)
            }),
            TestKind::IntegerInRow(integer, column) => {
                self.plain(Needed::default().integer(integer), |body| body.integer_in_row(integer, *column))
            }
            TestKind::Words(count, left, right) => {
                self.plain(Needed::default().words(*count, left).words(*count, right), |body| {
                    let (left, right) = (body.words(left), body.words(right));
                    body.words_equal(*count, left, right)
                })
            }
            TestKind::WordsIn(words, values) => {
                let count = values.first().map_or(0, |first| first.len() as u32);
                self.plain(Needed::default().words(count, words), |body| {
                    let found = body.words(words);
                    body.words_in(found, values)
                })
            }
            TestKind::Order(comparison, count, left, right) => {
                self.plain(Needed::default().words(*count, left).words(*count, right), |body| {
                    let (left, right) = (body.words(left), body.words(right));
                    body.words_in_order(*comparison, *count, left, right)
                })
            }
            TestKind::Text(left, right) => self.plain(Needed::default().text(left).text(right), |body| {
                let (left, right) = (body.text(left, Room::First), body.text(right, Room::Second));
                body.text_equal(left, right)
            }),
            TestKind::TextIn(text, values) => self.plain(Needed::default().text(text), |body| {
                let text = body.text(text, Room::First);
                body.text_in(text, values)
            }),
            TestKind::Holding(part, text, held) => self.plain(Needed::default().text(text).text(held), |body| {
                let (text, held) = (body.text(text, Room::First), body.text(held, Room::Second));
                body.holding(*part, text, held)
            }),
            TestKind::Matches(text, pattern) => self.plain(Needed::default().text(text), |body| {
                let (text, pattern) = (body.text(text, Room::First), body.text(pattern, Room::Second));
                body.matches(text, pattern)
            }),
            TestKind::TcbAtLeast(left, right) => {
                self.plain(Needed::default().words(TCB_WORDS, left).words(TCB_WORDS, right), |body| {
                    let (left, right) = (body.words(left), body.words(right));
                    body.tcb_at_least(left, right)
                })
            }
            TestKind::InNetwork(address, network) => {
                let needed = Needed::default().words(ADDRESS_WORDS, address).words(NETWORK_WORDS, network);
                self.plain(needed, |body| {
                    let (address, network) = (body.words(address), body.words(network));
                    body.in_network(address, network)
                })
            }
            TestKind::NetworkInNetwork(inner, outer) => {
                let needed = Needed::default().words(NETWORK_WORDS, inner).words(NETWORK_WORDS, outer);
                self.plain(needed, |body| {
                    let (inner, outer) = (body.words(inner), body.words(outer));
                    body.network_in_network(inner, outer)
                })
            }
            TestKind::InNetworks(address, networks) => self.in_networks(address, *networks),
            TestKind::InSet(key, set, element) => {
                let dated = is_dated(&[set]);
                self.with_references(&Needed::default().key(key).set(set, *element), dated, |body| {
                    let (found, until) = body.in_set(key, set);
                    Answer { until: dated.then_some(until), ..Answer::plain(found) }
                })
            }
            TestKind::Subset(inner, outer, [of_inner, of_outer]) => {
                let dated = is_dated(&[inner, outer]);
                let needed = Needed::default().set(inner, *of_inner).set(outer, *of_outer);
                self.with_references(&needed, dated, |body| {
                    let (found, until) = body.subset(inner, outer);
                    Answer { until: dated.then_some(until), ..Answer::plain(found) }
                })
            }
            TestKind::Age(comparison, since, bound) => {
                self.with_references(&Needed::default().integer(bound), true, |body| {
                    let (since, bound) = (body.load_slot(*since), body.integer(bound));
                    body.age(*comparison, since, bound)
                })
            }
            TestKind::Before(end) => {
                let end = self.integer(end);
                self.before(end)
            }
            TestKind::Loaded(reference) => self.loaded(*reference),
            TestKind::Count(count) => self.count(count),
        }
    }

    /// The answer of a test that time changes only through the reference values it needs.
    fn plain(&mut self, needed: Needed, truth: impl FnOnce(&mut Self) -> Value) -> Answer {
        self.with_references(&needed, false, |body| Answer::plain(truth(body)))
    }

    fn in_networks(&mut self, address: &Words, networks: ReferenceId) -> Answer {
        let set = Form::Set(Element::Words(NETWORK_WORDS));
        let needed = Needed::default().words(ADDRESS_WORDS, address).reference(networks, set);
        self.with_references(&needed, true, |body| {
            let words = body.words(address);
            let arguments = [body.words_address(words), body.reference_data(networks)];
            let (found, until) = body.call_timed(Helper::InNetworks, &arguments);
            Answer::until(found, until)
        })
    }

    /// [`truth::age_test`](crate::truth::age_test).
    fn age(&mut self, comparison: Comparison, since: Value, bound: Value) -> Answer {
        let now = self.field(offset_of!(Context, now));
        let never = self.word(FOREVER);

        let (elapsed, overflow) = self.builder.ins().ssub_overflow(now, since);
        let future = self.builder.ins().icmp(IntCC::SignedLessThan, now, since);
        let endless = self.builder.ins().bor(overflow, future);
        let age = self.builder.ins().select(endless, never, elapsed);
        let holds = self.builder.ins().icmp(signed(comparison), age, bound);

        let (sum, overflow) = self.builder.ins().sadd_overflow(since, bound);
        let negative = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, since, 0);
        let least = self.word(i64::MIN);
        let limit = self.builder.ins().select(negative, least, never);
        let mut flip = self.builder.ins().select(overflow, limit, sum);
        if matches!(comparison, Comparison::Le | Comparison::Gt) {
            // What wraps is not ahead, and so means never, as the greatest instant does.
            flip = self.builder.ins().iadd_imm_s(flip, 1);
        }
        let since = self.if_ahead(since, now, never);
        let flip = self.if_ahead(flip, now, never);
        Answer::until(holds, self.builder.ins().smin(since, flip))
    }

    /// Whether the clock is before an instant, which it is until then and never again.
    fn before(&mut self, end: Value) -> Answer {
        let (now, never) = (self.field(offset_of!(Context, now)), self.word(FOREVER));
        let holds = self.builder.ins().icmp(IntCC::SignedLessThan, now, end);
        Answer::until(holds, self.if_ahead(end, now, never))
    }

    /// An instant if it lies ahead, else never.
    fn if_ahead(&mut self, instant: Value, now: Value, never: Value) -> Value {
        let ahead = self.builder.ins().icmp(IntCC::SignedGreaterThan, instant, now);
        self.builder.ins().select(ahead, instant, never)
    }
}

/// Whether the elements of one of these sets have their times.
fn is_dated(sets: &[&Set]) -> bool {
    sets.iter().any(|set| matches!(set, Set::Reference(_)))
}
