//! Formulas: the algebra of [`crate::truth`], as code.
//!
//! Operands that time does not change come first: when one of them decides, its answer holds forever, no other
//! operand can add to it, and the rest is skipped. All other operands are always evaluated, since each bears on until
//! when the answer holds.

use super::abi::Context;
use super::answer::Answer;
use super::body::{Body, TRUSTED};
use crate::fired::{Fired, Standing};
use crate::ir::{Formula, Rule};
use crate::truth::{Timed, Truth};
use atbac_grammar::syntax::Effect;
use core::mem::{offset_of, size_of};
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};

/// How operands are joined.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Junction {
    /// All must be true.
    And,
    /// One must be true.
    Or,
}

impl Junction {
    /// The truth of one operand that decides the whole.
    fn deciding(self) -> Truth {
        match self {
            Junction::And => Truth::False,
            Junction::Or => Truth::True,
        }
    }
}

impl Body<'_> {
    /// Evaluates a formula.
    pub(super) fn formula(&mut self, formula: &Formula) -> Answer {
        match formula {
            Formula::Constant(value) => self.known(Truth::from(*value)),
            Formula::Test(id) => self.test(*id),
            Formula::SessionValue(id) => {
                let values = self.field(offset_of!(Context, session_values));
                let nature = self.facts.formula(formula).nature;
                self.load(nature, values, place(id.0))
            }
            Formula::Not(inner) => {
                let answer = self.formula(inner);
                self.not(answer)
            }
            Formula::And(operands) => self.junction(Junction::And, formula, operands),
            Formula::Or(operands) => self.junction(Junction::Or, formula, operands),
        }
    }

    /// Evaluates a rule: notes it as fired unless it is false, and until when it holds.
    pub(super) fn rule(&mut self, rule: &Rule) {
        let next = self.builder.create_block();
        let answer = match &rule.condition {
            // A rule that is false forever leaves no trace: it need not meet the others.
            Formula::And(operands) => {
                let mut sum = Sum::default();
                self.operands(Junction::And, operands.iter().collect(), &mut sum, next);
                self.total(Junction::And, sum)
            }
            other => self.formula(other),
        };
        self.outcome(rule.effect, answer, next, |body| body.word(rule.number.into()));
        self.builder.switch_to_block(next);
    }

    /// Notes until when a rule with this effect holds, and that it fired unless it is false; goes to `next`. Its number is asked for only then.
    pub(super) fn outcome(
        &mut self,
        effect: Effect,
        answer: Answer,
        next: Block,
        number: impl FnOnce(&mut Self) -> Value,
    ) {
        if let Some(until) = answer.until {
            let place = match effect {
                Effect::Permit => offset_of!(Context, permit_until),
                Effect::Forbid => offset_of!(Context, forbid_until),
            };
            let earliest = self.field(place);
            let earliest = self.builder.ins().smin(earliest, until);
            self.builder.ins().store(TRUSTED, earliest, self.context, place as i32);
        }
        let fire = self.builder.create_block();
        self.builder.ins().brif(answer.possible, fire, &[], next, &[]);
        self.builder.switch_to_block(fire);
        let number = number(self);
        self.fire(number, effect, answer);
        self.builder.ins().jump(next, &[]);
    }

    /// Notes that a rule whose condition is possible has fired, as [`Fired`] has it.
    fn fire(&mut self, number: Value, effect: Effect, answer: Answer) {
        let number = self.builder.ins().ireduce(types::I32, number);
        let number = self.builder.ins().ishl_imm_u(number, 2);
        let mut fired = self.builder.ins().bor_imm_u(number, Standing::of(effect, false) as i64);
        if answer.partial() {
            let indeterminate = self.builder.ins().bxor_imm_u(answer.certain, 1);
            let indeterminate = self.builder.ins().uextend(types::I32, indeterminate);
            fired = self.builder.ins().bxor(fired, indeterminate);
        }
        let list = self.field(offset_of!(Context, fired));
        let count = self.field(offset_of!(Context, fired_count));
        let offset = self.builder.ins().imul_imm_u(count, size_of::<Fired>() as i64);
        let address = self.builder.ins().iadd(list, offset);
        self.builder.ins().store(TRUSTED, fired, address, 0);
        let count = self.builder.ins().iadd_imm_u(count, 1);
        self.builder.ins().store(TRUSTED, count, self.context, offset_of!(Context, fired_count) as i32);
    }

    fn junction(&mut self, junction: Junction, whole: &Formula, operands: &[Formula]) -> Answer {
        let meeting = self.meeting(self.facts.formula(whole).nature);
        let decided = self.builder.create_block();
        let mut sum = Sum::default();
        self.operands(junction, operands.iter().collect(), &mut sum, decided);
        let answer = self.total(junction, sum);
        self.meet(meeting, answer);
        self.builder.switch_to_block(decided);
        let answer = self.known(junction.deciding());
        self.meet(meeting, answer);
        self.met(meeting)
    }

    /// Evaluates operands and adds them to the sum; goes to `decided` when one decides the whole forever.
    pub(super) fn operands(&mut self, junction: Junction, operands: Vec<&Formula>, sum: &mut Sum, decided: Block) {
        let (mut lasting, changing): (Vec<_>, Vec<_>) =
            operands.into_iter().partition(|operand| !self.facts.formula(operand).nature.timed);
        lasting.sort_by_key(|operand| self.facts.formula(operand).weight);
        for operand in lasting {
            let answer = self.formula(operand);
            let undecided = self.builder.create_block();
            match junction {
                Junction::And => self.builder.ins().brif(answer.possible, undecided, &[], decided, &[]),
                Junction::Or => self.builder.ins().brif(answer.certain, decided, &[], undecided, &[]),
            };
            self.builder.switch_to_block(undecided);
            // One that is known not to decide is the opposite, which changes nothing, unless it is indeterminate.
            if answer.partial() {
                self.add(junction, sum, answer);
            }
        }
        for operand in changing {
            let answer = self.formula(operand);
            self.add(junction, sum, answer);
        }
    }

    /// Joins one more answer. Answers are joined as they come, so that few values live at a time however many operands there are.
    fn add(&mut self, junction: Junction, sum: &mut Sum, answer: Answer) {
        let bits = match sum.bits {
            None => answer,
            Some(bits) => {
                let certain = self.join_bits(junction, bits.certain, answer.certain);
                let partial = bits.partial() || answer.partial();
                let possible = if partial { self.join_bits(junction, bits.possible, answer.possible) } else { certain };
                Answer { certain, possible, until: None }
            }
        };
        sum.bits = Some(Answer { until: None, ..bits });
        let Some(until) = answer.until else { return };
        sum.time = Some(match sum.time {
            None => Time::One(answer, until),
            Some(time) => {
                let (earliest, latest) = match time {
                    Time::One(first, until) => (until, self.deciding(junction, first, until, None)),
                    Time::Several { earliest, latest } => (earliest, latest),
                };
                let here = self.deciding(junction, answer, until, None);
                let earliest = self.builder.ins().smin(earliest, until);
                let latest = self.builder.ins().smax(latest, here);
                Time::Several { earliest, latest }
            }
        });
    }

    /// The answer of a junction: until the earliest end of all its operands if none decides, else the latest among those that decide.
    pub(super) fn total(&mut self, junction: Junction, sum: Sum) -> Answer {
        let Some(bits) = sum.bits else {
            return match junction {
                Junction::And => self.known(Truth::True),
                Junction::Or => self.known(Truth::False),
            };
        };
        let until = sum.time.map(|time| match time {
            Time::One(_, until) => until,
            Time::Several { earliest, latest } => self.deciding(junction, bits, latest, Some(earliest)),
        });
        Answer { until, ..bits }
    }

    fn join_bits(&mut self, junction: Junction, left: Value, right: Value) -> Value {
        match junction {
            Junction::And => self.builder.ins().band(left, right),
            Junction::Or => self.builder.ins().bor(left, right),
        }
    }

    /// The first value if the answer decides the junction, else the second; without one, an instant before all others.
    fn deciding(&mut self, junction: Junction, answer: Answer, decides: Value, not: Option<Value>) -> Value {
        let not = not.unwrap_or_else(|| self.builder.ins().iconst(types::I64, i64::MIN));
        match junction {
            Junction::And => self.builder.ins().select(answer.possible, not, decides),
            Junction::Or => self.builder.ins().select(answer.certain, decides, not),
        }
    }
}

/// The operands of a junction so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Sum {
    /// Their truth together.
    bits: Option<Answer>,
    /// Until when.
    time: Option<Time>,
}

/// Until when operands hold.
#[derive(Clone, Copy)]
enum Time {
    /// One of them changes by the passing of time.
    One(Answer, Value),
    /// Several do: the earliest end of all, and the latest among those that decide.
    Several { earliest: Value, latest: Value },
}

/// The offset in bytes of an answer in a list of [`Timed`].
pub(super) fn place(index: u32) -> i32 {
    index as i32 * size_of::<Timed>() as i32
}
