//! Sets as they lie in memory for compiled code.

/// A set of byte strings in one piece of memory: their number, where each ends, and then all of them, ascending, each once. Numbers are of 32 bits, little-endian;
/// ends count from where the first string begins.
///
/// Two sets are equal exactly when their tables are. Whatever the memory holds, reading it is safe: what is no table is an empty set.
#[derive(Clone, Copy, Debug)]
pub struct SetTable<'a> {
    ends: &'a [[u8; 4]],
    strings: &'a [u8],
}

impl<'a> SetTable<'a> {
    /// The table of these byte strings, in any order; `None` when it would be larger than 4 GiB.
    pub fn encode(elements: impl IntoIterator<Item = Vec<u8>>) -> Option<Vec<u8>> {
        let mut elements: Vec<Vec<u8>> = elements.into_iter().collect();
        elements.sort_unstable();
        elements.dedup();
        let mut table = u32::try_from(elements.len()).ok()?.to_le_bytes().to_vec();
        let mut end = 0u32;
        for element in &elements {
            end = end.checked_add(u32::try_from(element.len()).ok()?)?;
            table.extend_from_slice(&end.to_le_bytes());
        }
        table.extend(elements.into_iter().flatten());
        Some(table)
    }

    /// The set that lies in this memory.
    pub fn new(memory: &'a [u8]) -> Self {
        const EMPTY: SetTable<'static> = SetTable { ends: &[], strings: &[] };
        let Some((count, rest)) = memory.split_first_chunk::<4>() else { return EMPTY };
        let count = u32::from_le_bytes(*count) as usize;
        let Some((ends, strings)) = count.checked_mul(4).and_then(|length| rest.split_at_checked(length)) else {
            return EMPTY;
        };
        SetTable { ends: ends.as_chunks().0, strings }
    }

    /// How many elements it has.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether an element is these bytes.
    pub fn contains(&self, bytes: &[u8]) -> bool {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle).cmp(bytes) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        false
    }

    /// The elements, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let table = *self;
        (0..self.len()).map(move |at| table.get(at))
    }

    fn get(&self, at: usize) -> &'a [u8] {
        let end = |at: usize| u32::from_le_bytes(self.ends[at]) as usize;
        let begin = if at == 0 { 0 } else { end(at - 1) };
        self.strings.get(begin..end(at)).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::SetTable;

    #[test]
    fn elements_are_found_and_others_are_not() {
        let elements: [&[u8]; 4] = [b"b", b"", b"abc", b"b"];
        let memory = SetTable::encode(elements.map(<[u8]>::to_vec)).unwrap();
        // 3 strings, which end at 0, 3 and 4.
        assert_eq!(memory, b"\x03\0\0\0\0\0\0\0\x03\0\0\0\x04\0\0\0abcb");
        let table = SetTable::new(&memory);
        assert_eq!(table.iter().collect::<Vec<_>>(), [&b""[..], b"abc", b"b"]);
        for (bytes, expected) in [(&b""[..], true), (b"abc", true), (b"b", true), (b"ab", false), (b"c", false)] {
            assert_eq!(table.contains(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn memory_that_is_no_table_is_read_without_harm() {
        for memory in [&b""[..], b"\x01", b"\xff\xff\xff\xff", b"\x02\0\0\0\x09\0\0\0\x01\0\0\0x"] {
            let table = SetTable::new(memory);
            assert!(table.iter().all(<[u8]>::is_empty));
            assert!(!table.contains(b"x"));
        }
    }
}
