//! Which fields of a call were given: every field is given once, and some must be.
//!
//! A call may have several sources, one after the other. What one of them gave is taken back when it turns out to be wrong.

use atbac_compiler::check::MAX_FIELDS;

/// Fields of a request or a record: a bit for each, from the lowest of the first word on.
#[derive(Default)]
pub(super) struct FieldSet([u64; MAX_FIELDS.div_ceil(u64::BITS as usize)]);

/// Which fields were given so far.
pub(super) struct Given(Vec<Block>);

/// So many fields as a word has bits.
struct Block {
    /// Those that must be given.
    required: u64,
    /// Those that the sources before gave.
    before: u64,
    /// Those that the present source gives.
    now: u64,
}

impl FieldSet {
    /// Adds a field; `false` if it was in it.
    pub(super) fn insert(&mut self, at: usize) -> bool {
        let (block, bit) = place(at);
        let is_new = self.0[block] & bit == 0;
        self.0[block] |= bit;
        is_new
    }

    pub(super) fn contains(&self, at: usize) -> bool {
        let (block, bit) = place(at);
        self.0[block] & bit != 0
    }
}

impl Given {
    /// Nothing of a request, of which these fields must be given.
    pub(super) fn none(must_be_given: &[bool]) -> Self {
        let mut required = FieldSet::default();
        for (at, _) in must_be_given.iter().enumerate().filter(|(_, must)| **must) {
            required.insert(at);
        }
        let blocks = required.0.into_iter().take(must_be_given.len().div_ceil(u64::BITS as usize));
        Given(blocks.map(|required| Block { required, before: 0, now: 0 }).collect())
    }

    /// Begins the next call.
    #[inline(always)]
    pub(super) fn begin_call(&mut self) {
        for block in &mut self.0 {
            (block.before, block.now) = (0, 0);
        }
    }

    /// Begins the next source of a call.
    #[inline(always)]
    pub(super) fn begin_source(&mut self) {
        for block in &mut self.0 {
            block.before |= block.now;
            block.now = 0;
        }
    }

    /// The source gives this field; `false` if it was given already.
    #[inline(always)]
    pub(super) fn give(&mut self, at: usize) -> bool {
        let (block, bit) = place(at);
        let Block { before, now, .. } = &mut self.0[block];
        // What an earlier source gave is not the present one's to take back.
        let is_new = (*before | *now) & bit == 0;
        *now |= bit & !*before;
        is_new
    }

    /// The source, which has given nothing yet, gives all of these fields; else it is said which of them was given already, and none is.
    #[inline(always)]
    pub(super) fn give_all(&mut self, fields: &FieldSet) -> Result<(), usize> {
        for (block, fields) in self.0.iter_mut().zip(&fields.0) {
            block.now = *fields;
        }
        if self.0.iter().any(|block| block.before & block.now != 0) { Err(self.repeated()) } else { Ok(()) }
    }

    #[cold]
    fn repeated(&mut self) -> usize {
        let repeated = first(self.0.iter().map(|block| block.before & block.now));
        self.take_back(|_| ());
        repeated.unwrap_or(0)
    }

    /// Forgets what the present source gave, and says of each field which it is.
    pub(super) fn take_back(&mut self, mut each: impl FnMut(usize)) {
        for (at, block) in self.0.iter_mut().enumerate() {
            let mut now = std::mem::take(&mut block.now);
            while now != 0 {
                each(at * u64::BITS as usize + now.trailing_zeros() as usize);
                now &= now - 1;
            }
        }
    }

    /// Whether all is given that must be.
    #[inline(always)]
    pub(super) fn is_complete(&self) -> bool {
        self.0.iter().all(|block| block.missing() == 0)
    }

    /// The first field that is missing.
    pub(super) fn first_missing(&self) -> Option<usize> {
        first(self.0.iter().map(Block::missing))
    }
}

impl Block {
    #[inline(always)]
    fn missing(&self) -> u64 {
        self.required & !(self.before | self.now)
    }
}

/// Where the bit of a field is.
#[inline(always)]
fn place(at: usize) -> (usize, u64) {
    (at / u64::BITS as usize, 1 << (at % u64::BITS as usize))
}

/// The first field of a set.
fn first(set: impl Iterator<Item = u64>) -> Option<usize> {
    let mut words = set.enumerate().filter(|(_, word)| *word != 0);
    words.next().map(|(at, word)| at * u64::BITS as usize + word.trailing_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request of three words, of which every tenth field must be given.
    fn nothing() -> Given {
        let must: Vec<bool> = (0..150).map(|at| at % 10 == 3).collect();
        Given::none(&must)
    }

    fn taken_back(given: &mut Given) -> Vec<usize> {
        let mut fields = Vec::new();
        given.take_back(|at| fields.push(at));
        fields
    }

    #[test]
    fn a_call_is_complete_once_every_field_is_given_that_must_be() {
        let mut given = nothing();
        for _ in 0..2 {
            given.begin_call();
            given.begin_source();
            for at in (0..15).map(|tens| 10 * tens + 3) {
                assert_eq!(given.first_missing(), Some(at));
                assert!(!given.is_complete() && given.give(at));
                given.begin_source();
            }
            assert!(given.is_complete() && given.first_missing().is_none());
        }
    }

    #[test]
    fn a_source_takes_back_what_it_gave_and_nothing_else() {
        let mut given = nothing();
        given.begin_source();
        assert_eq!([3, 64, 3].map(|at| given.give(at)), [true, true, false]);
        given.begin_source();
        assert_eq!([149, 63, 64].map(|at| given.give(at)), [true, true, false]);
        assert_eq!(taken_back(&mut given), [63, 149]);
        assert!(taken_back(&mut given).is_empty());
        assert_eq!([149, 63, 64, 3].map(|at| given.give(at)), [true, true, false, false]);
    }

    #[test]
    fn a_set_of_fields_is_given_at_once_or_not_at_all() {
        let set = |fields: &[usize]| {
            let mut set = FieldSet::default();
            assert!(fields.iter().all(|at| set.insert(*at)) && !set.insert(fields[0]));
            set
        };
        let mut given = nothing();
        given.begin_source();
        assert_eq!(given.give_all(&set(&[0, 140])), Ok(()));
        given.begin_source();
        assert_eq!(given.give_all(&set(&[1, 70, 140])), Err(140));
        assert!(taken_back(&mut given).is_empty());
        assert_eq!(given.give_all(&set(&[70, 1])), Ok(()));
        assert_eq!(taken_back(&mut given), [1, 70]);
    }
}
