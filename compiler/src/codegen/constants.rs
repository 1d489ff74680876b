//! The constants that code refers to by address: long byte strings and texts, and the tables of sets.

use crate::layout::byte_words;

/// A program's constants, in words. Places are in bytes from the beginning.
#[derive(Default)]
pub(super) struct Constants {
    words: Vec<u64>,
}

impl Constants {
    /// Keeps words; returns their place.
    pub(super) fn words(&mut self, words: impl IntoIterator<Item = u64>) -> usize {
        let place = size_of_val(&self.words[..]);
        self.words.extend(words);
        place
    }

    /// Keeps a text, padded with zeros to a word; returns its place.
    pub(super) fn text(&mut self, text: &[u8]) -> usize {
        self.words(byte_words(text))
    }

    /// Keeps a text; returns its place in the low half of a word and its length in bytes in the high half, or `None` if either is too large (4 GiB).
    pub(super) fn located(&mut self, text: &[u8]) -> Option<u64> {
        let place = u32::try_from(self.text(text)).ok()?;
        Some(u64::from(place) | u64::from(u32::try_from(text.len()).ok()?) << 32)
    }

    /// Keeps integers; returns their place in the low half of a word and their number in the high half, or `None` if either is too large.
    pub(super) fn table(&mut self, integers: &[i64]) -> Option<u64> {
        let place = u32::try_from(self.words(integers.iter().map(|value| *value as u64))).ok()?;
        Some(u64::from(place) | u64::from(u32::try_from(integers.len()).ok()?) << 32)
    }

    /// Keeps numbers of 32 bits, two a word; returns their place.
    pub(super) fn numbers(&mut self, numbers: &[u32]) -> usize {
        let pair = |pair: &[u32]| u64::from(pair[0]) | u64::from(*pair.get(1).unwrap_or(&0)) << 32;
        self.words(numbers.chunks(2).map(pair))
    }

    /// Keeps a table as [`Helpers::text_in`](super::abi::Helpers::text_in) searches it; returns its place, or `None`
    /// if it is too large (4 GiB).
    pub(super) fn texts(&mut self, texts: &[Box<[u8]>]) -> Option<usize> {
        let mut bytes = Vec::new();
        let mut entries = Vec::with_capacity(texts.len());
        for text in texts {
            let offset = u32::try_from(size_of::<u64>() * texts.len() + bytes.len()).ok()?;
            let length = u32::try_from(text.len()).ok()?;
            entries.push(u64::from(offset) | u64::from(length) << 32);
            bytes.extend_from_slice(text);
        }
        let place = self.words(entries);
        self.words(byte_words(&bytes));
        Some(place)
    }

    /// All constants as they lie in memory; never empty.
    pub(super) fn into_bytes(self) -> Box<[u8]> {
        let words = if self.words.is_empty() { vec![0] } else { self.words };
        words.into_iter().flat_map(u64::to_le_bytes).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Constants;

    #[test]
    fn a_table_of_texts_begins_with_their_places_and_lengths() {
        let mut constants = Constants::default();
        assert_eq!(constants.words([7]), 0);
        assert_eq!(constants.texts(&[(*b"").into(), (*b"ab").into(), (*b"abcdefghi").into()]), Some(8));
        assert_eq!(constants.text(b"x"), 8 + 3 * 8 + 16);
        let entry = |offset: u32, length: u32| [offset.to_le_bytes(), length.to_le_bytes()].concat();
        let expected = [
            &7u64.to_le_bytes()[..],
            &entry(24, 0),
            &entry(24, 2),
            &entry(26, 9),
            b"ababcdefghi\0\0\0\0\0",
            b"x\0\0\0\0\0\0\0",
        ];
        assert_eq!(*constants.into_bytes(), expected.concat());
    }

    #[test]
    fn there_is_always_a_constant_to_point_to() {
        assert_eq!(*Constants::default().into_bytes(), [0; 8]);
    }
}
