//! Values that are known by a number.
//!
//! A thousand rules that each compare one field with a text of their own are answered by one look at a table: the value is looked up when the frame is
//! filled, and its number stands in the frame. From then on rules compare numbers, and find one another by them.

use super::numbers::Numbers;

/// The longest value in words that is known by a number: 64 bytes, as long as any digest.
pub const MAX_SYMBOL_WORDS: u32 = 8;

/// What form a value has that is known by a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interned {
    /// Text: a word that points into the heap.
    Text,
    /// So many words, at most [`MAX_SYMBOL_WORDS`].
    Words(u32),
}

/// The numbers of the values of one field: its place among the constants that rules compare it with, from 1; 0 for any other value.
#[derive(Clone, Debug)]
pub struct Symbols {
    /// The word at which the value begins.
    pub word: u32,
    /// The form of the value.
    pub form: Interned,
    /// The word for the number.
    pub at: u32,
    numbers: Numbers,
}

impl Symbols {
    /// No value has a number yet.
    pub fn new(word: u32, form: Interned, at: u32) -> Self {
        Symbols { word, form, at, numbers: Numbers::default() }
    }

    /// The number of a value, given if it has none yet. A value in words is given as their bytes, little-endian.
    pub fn give(&mut self, value: &[u8]) -> u32 {
        self.numbers.give(value)
    }

    /// The number of the value in a frame.
    #[inline(always)]
    pub(super) fn of(&self, words: &[u64], heap: &[u8]) -> u64 {
        let at = self.word as usize;
        let number = match self.form {
            Interned::Text => {
                let (offset, length) = (words[at] as u32 as usize, (words[at] >> 32) as usize);
                self.numbers.get(&heap[offset..offset + length])
            }
            Interned::Words(count) => {
                let mut bytes = [[0; 8]; MAX_SYMBOL_WORDS as usize];
                let bytes = &mut bytes[..count as usize];
                for (bytes, word) in bytes.iter_mut().zip(&words[at..]) {
                    *bytes = word.to_le_bytes();
                }
                self.numbers.get(bytes.as_flattened())
            }
        };
        number.into()
    }
}

#[cfg(test)]
mod tests {
    use super::{Interned, Symbols};

    #[test]
    fn a_value_is_known_by_its_place_among_those_that_were_given() {
        let mut symbols = Symbols::new(1, Interned::Text, 2);
        assert_eq!(["read", "", "write", "read"].map(|value| symbols.give(value.as_bytes())), [1, 2, 3, 1]);
        let heap = b"writeread";
        let text = |offset: u64, length: u64| symbols.of(&[0, offset | length << 32], heap);
        assert_eq!([text(0, 5), text(5, 4), text(0, 0), text(0, 4)], [3, 1, 2, 0]);
    }

    #[test]
    fn words_are_known_by_all_of_their_bytes() {
        let mut symbols = Symbols::new(1, Interned::Words(2), 3);
        let bytes = |words: [u64; 2]| words.map(u64::to_le_bytes).as_flattened().to_vec();
        assert_eq!([[1, 2], [2, 1]].map(|value| symbols.give(&bytes(value))), [1, 2]);
        let number = |words: [u64; 2]| symbols.of(&[9, words[0], words[1], 9], b"");
        assert_eq!([number([1, 2]), number([2, 1]), number([1, 1])], [1, 2, 0]);
    }
}
