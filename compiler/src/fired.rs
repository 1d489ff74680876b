//! What both executions say of a request's rules: which of them are not false, and how these bear on the verdict.

use atbac_grammar::syntax::Effect;

/// How a rule that is not false bears on the verdict, the heaviest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Standing {
    /// A forbid applies.
    Forbids = 0,
    /// A forbid rests on a reference value that was never loaded.
    MayForbid = 1,
    /// A permit rests on one.
    MayPermit = 2,
    /// A permit applies.
    Permits = 3,
}

impl Standing {
    /// Of a rule with this effect, whose condition is true or indeterminate.
    #[inline]
    pub const fn of(effect: Effect, indeterminate: bool) -> Self {
        match (effect, indeterminate) {
            (Effect::Forbid, false) => Standing::Forbids,
            (Effect::Forbid, true) => Standing::MayForbid,
            (Effect::Permit, true) => Standing::MayPermit,
            (Effect::Permit, false) => Standing::Permits,
        }
    }
}

/// A rule whose condition is not false: its number among the request's rules shifted left by two, and in the lowest bits its [`Standing`]. Sorted, they
/// are in the order of their rules.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fired(u32);

impl Fired {
    /// A rule by its number, which is below 2³⁰.
    #[inline]
    pub const fn new(rule: u32, standing: Standing) -> Self {
        Fired(rule << 2 | standing as u32)
    }

    /// Its number among the request's rules.
    #[inline]
    pub const fn rule(self) -> usize {
        (self.0 >> 2) as usize
    }

    /// How it bears on the verdict.
    #[inline]
    pub const fn standing(self) -> Standing {
        match self.0 & 3 {
            0 => Standing::Forbids,
            1 => Standing::MayForbid,
            2 => Standing::MayPermit,
            _ => Standing::Permits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fired, Standing};
    use atbac_grammar::syntax::Effect;

    #[test]
    fn a_fired_rule_keeps_its_number_and_standing() {
        for standing in [Standing::Forbids, Standing::MayForbid, Standing::MayPermit, Standing::Permits] {
            for rule in [0, 1, (1 << 30) - 1] {
                let fired = Fired::new(rule, standing);
                assert_eq!((fired.rule(), fired.standing()), (rule as usize, standing));
            }
        }
        assert!(Fired::new(1, Standing::Permits) < Fired::new(2, Standing::Forbids), "in the order of their rules");
    }

    /// Compiled code finds the standing of an indeterminate rule by changing the lowest bit.
    #[test]
    fn what_is_indeterminate_differs_in_the_lowest_bit() {
        for effect in [Effect::Permit, Effect::Forbid] {
            assert_eq!(Standing::of(effect, true) as u8, Standing::of(effect, false) as u8 ^ 1);
        }
    }
}
