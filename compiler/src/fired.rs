//! What both executions say of a request's rules: which of them are not false.

/// A rule whose condition is not false: its number among the request's rules shifted left by one, and in the lowest bit whether the condition is
/// indeterminate. They are in the order of their rules.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fired(u32);

impl Fired {
    /// A rule by its number, which is below 2³¹, and whether its condition is indeterminate.
    pub fn new(rule: u32, indeterminate: bool) -> Self {
        Fired(rule << 1 | u32::from(indeterminate))
    }

    /// Its number among the request's rules.
    pub fn rule(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// Whether the condition rests on a reference value that was never loaded; if not, it is true.
    pub fn indeterminate(self) -> bool {
        self.0 & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::Fired;

    #[test]
    fn a_fired_rule_keeps_its_index_and_truth() {
        let fired = Fired::new((1 << 31) - 1, true);
        assert_eq!((fired.rule(), fired.indeterminate()), ((1 << 31) - 1, true));
        let fired = Fired::new(0, false);
        assert_eq!((fired.rule(), fired.indeterminate()), (0, false));
    }
}
