//! Truth that knows how long it lasts: the algebra that both executions share by definition (the table in [`crate::ir`]), not by code.
//!
//! The reference interpreter uses [`Timed`] directly. Compiled code inlines the same algebra and is tested against it; only the search in
//! [`count`] is one function for both.

use crate::ir::Comparison;
use crate::time::{FOREVER, age};

/// True, false, or resting on something that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Truth {
    /// Not so.
    False = 0,
    /// So.
    True = 1,
    /// A reference value it needs was never loaded.
    Indeterminate = 2,
}

/// A truth and the first instant, in milliseconds, at which it could be another if nothing but time passes.
///
/// Compiled code reads and writes these in memory: the layout is part of the [contract](crate::codegen::abi).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Timed {
    /// The truth now.
    pub truth: Truth,
    /// Certain before this instant; [`FOREVER`] if time does not matter.
    pub until: i64,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Truth::True } else { Truth::False }
    }
}

impl Timed {
    /// A truth that time does not change.
    pub fn fixed(truth: impl Into<Truth>) -> Self {
        Timed { truth: truth.into(), until: FOREVER }
    }

    /// Not this.
    #[must_use]
    pub fn negated(self) -> Self {
        let truth = match self.truth {
            Truth::False => Truth::True,
            Truth::True => Truth::False,
            Truth::Indeterminate => Truth::Indeterminate,
        };
        Timed { truth, ..self }
    }

    /// All of these; true for none.
    pub fn all(operands: impl IntoIterator<Item = Timed>) -> Self {
        let mut sum = Timed::fixed(true);
        for operand in operands {
            sum = sum.and(operand);
            // One that is false for good decides: the rest can change neither the truth nor until when.
            if sum == Timed::fixed(false) {
                break;
            }
        }
        sum
    }

    /// Any of these; false for none.
    pub fn any(operands: impl IntoIterator<Item = Timed>) -> Self {
        Timed::all(operands.into_iter().map(Timed::negated)).negated()
    }

    fn and(self, other: Timed) -> Timed {
        match (self.truth, other.truth) {
            (Truth::False, Truth::False) => Timed { truth: Truth::False, until: self.until.max(other.until) },
            (Truth::False, Truth::True | Truth::Indeterminate) => self,
            (Truth::True | Truth::Indeterminate, Truth::False) => other,
            (Truth::True, Truth::True) => Timed { truth: Truth::True, until: self.until.min(other.until) },
            (Truth::True | Truth::Indeterminate, Truth::Indeterminate) | (Truth::Indeterminate, Truth::True) => {
                Timed { truth: Truth::Indeterminate, until: self.until.min(other.until) }
            }
        }
    }
}

/// Compares the age of what is dated `since` with a bound, both in milliseconds.
pub fn age_test(comparison: Comparison, since: i64, bound: i64, now: i64) -> Timed {
    let holds = comparison.holds(age(since, now), bound);
    // The age is infinite before `since` and grows from zero after it, so the answer can flip at `since` and once more beyond the bound.
    let flip = match comparison {
        Comparison::Le | Comparison::Gt => since.saturating_add(bound).saturating_add(1),
        Comparison::Lt | Comparison::Ge | Comparison::Eq => since.saturating_add(bound),
    };
    let until = [since, flip].into_iter().filter(|&at| at > now).min().unwrap_or(FOREVER);
    Timed { truth: holds.into(), until }
}

/// Compares the number of true elements with a bound.
///
/// The count lies between the elements that are true and those that are not false; the comparison is indeterminate when these differ in
/// their answer. It is certain until so many elements may have changed that the answer could: for each order in which elements can
/// change, the instant at which the answer first could differ, found by moving through the elements' `until` in ascending order.
///
/// `elements` is put in order of `until`.
pub fn count(comparison: Comparison, bound: i64, elements: &mut [Timed]) -> Timed {
    let mut least = elements.iter().filter(|element| element.truth == Truth::True).count() as i64;
    let mut most = elements.iter().filter(|element| element.truth != Truth::False).count() as i64;
    let truth = between(comparison, bound, least, most);
    elements.sort_unstable_by_key(|element| element.until);
    let mut until = FOREVER;
    for element in elements.iter() {
        // From here on this element may have any truth.
        match element.truth {
            Truth::True => least -= 1,
            Truth::False => most += 1,
            Truth::Indeterminate => {
                // It may also become determinate, which can only settle an unsettled answer.
                if truth == Truth::Indeterminate {
                    until = element.until;
                    break;
                }
                continue;
            }
        }
        if between(comparison, bound, least, most) != truth || truth == Truth::Indeterminate {
            until = element.until;
            break;
        }
    }
    Timed { truth, until }
}

/// Makes one element of all that are the same: the group is true if any of its members is. Gives how many are left; these come first, in any order.
///
/// `same` compares two elements by where they stood at first, and must be an equivalence. It is asked up to once for each pair.
pub fn merge_groups(elements: &mut [Timed], same: impl Fn(usize, usize) -> bool) -> usize {
    let mut left = elements.len();
    // From the end, so that whatever stands before an element has not moved yet.
    for at in (0..elements.len()).rev() {
        if let Some(other) = (0..at).find(|&other| same(other, at)) {
            elements[other] = Timed::any([elements[other], elements[at]]);
            left -= 1;
            elements.swap(at, left);
        }
    }
    left
}

/// The comparison when the count is only known to lie in `least..=most`.
fn between(comparison: Comparison, bound: i64, least: i64, most: i64) -> Truth {
    let (always, sometimes) = match comparison {
        Comparison::Eq => (least == bound && most == bound, least <= bound && bound <= most),
        Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge => {
            let (a, b) = (comparison.holds(least, bound), comparison.holds(most, bound));
            (a && b, a || b)
        }
    };
    match (always, sometimes) {
        (true, _) => Truth::True,
        (false, true) => Truth::Indeterminate,
        (false, false) => Truth::False,
    }
}

#[cfg(test)]
mod tests {
    use super::{Timed, Truth, merge_groups};

    /// Every grouping of four elements, against groups made by looking each key up.
    #[test]
    fn elements_of_one_key_become_one() {
        let elements = [(Truth::False, 3), (Truth::True, 1), (Truth::Indeterminate, 2), (Truth::True, 4)]
            .map(|(truth, until)| Timed { truth, until });
        for number in 0..4usize.pow(4) {
            let keys: [usize; 4] = std::array::from_fn(|at| number >> (2 * at) & 3);
            let mut expected: Vec<Timed> = (0..4)
                .filter(|key| keys.contains(key))
                .map(|key| Timed::any((0..4).filter(|&at| keys[at] == key).map(|at| elements[at])))
                .collect();
            let mut merged = elements;
            let left = merge_groups(&mut merged, |one, other| keys[one] == keys[other]);
            let mut found = merged[..left].to_vec();
            let order = |answer: &Timed| (answer.truth as u8, answer.until);
            expected.sort_by_key(order);
            found.sort_by_key(order);
            assert_eq!(found, expected, "{keys:?}");
        }
        assert_eq!(merge_groups(&mut [], |_, _| true), 0);
    }
}
