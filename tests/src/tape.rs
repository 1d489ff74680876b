//! Choices read off a tape of random numbers, so that a failing case shrinks with its tape.

/// A tape. At its end every choice is the first.
pub struct Tape<'a> {
    numbers: &'a [u16],
}

impl<'a> Tape<'a> {
    /// A tape of these numbers.
    pub fn new(numbers: &'a [u16]) -> Self {
        Tape { numbers }
    }

    /// A number below `limit`, which must not be 0.
    pub fn below(&mut self, limit: usize) -> usize {
        let Some((first, rest)) = self.numbers.split_first() else { return 0 };
        self.numbers = rest;
        usize::from(*first) % limit
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    /// One of these.
    pub fn one_of<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[self.below(values.len())]
    }

    /// Whether anything is left.
    pub fn is_at_end(&self) -> bool {
        self.numbers.is_empty()
    }
}
