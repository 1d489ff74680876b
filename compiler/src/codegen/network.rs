//! Addresses in networks, and networks in networks. A network that is constant is a mask and three comparisons.

use super::body::Body;
use super::helper::Helper;
use super::words::Source;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};

/// The word of a network that holds the length of its prefix; the words before it are an address.
const PREFIX: u32 = crate::layout::ADDRESS_WORDS;

impl Body<'_> {
    /// [`layout::in_network`](crate::layout::in_network).
    pub(super) fn in_network(&mut self, address: Source<'_>, network: Source<'_>) -> Value {
        match network {
            Source::Constant(network) => self.in_constant_network(address, network),
            Source::At(..) => self.ask_of_words(Helper::InNetwork, address, network),
        }
    }

    /// [`layout::network_in_network`](crate::layout::network_in_network).
    pub(super) fn network_in_network(&mut self, inner: Source<'_>, outer: Source<'_>) -> Value {
        match outer {
            Source::Constant(outer) => {
                let inside = self.in_constant_network(inner, outer);
                let prefix = self.nth(inner, PREFIX);
                let least = outer[PREFIX as usize] as i64;
                let narrow = self.builder.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, prefix, least);
                self.builder.ins().band(narrow, inside)
            }
            Source::At(..) => self.ask_of_words(Helper::NetworkInNetwork, inner, outer),
        }
    }

    fn ask_of_words(&mut self, helper: Helper, left: Source<'_>, right: Source<'_>) -> Value {
        let arguments = [self.words_address(left), self.words_address(right)];
        self.call(helper, &arguments)
    }

    /// Whether the family is the same and no bit of the prefix differs.
    fn in_constant_network(&mut self, address: Source<'_>, network: &[u64]) -> Value {
        let mut difference = self.word(0);
        for (index, mask) in [u64::MAX].into_iter().chain(masks(network)).enumerate() {
            let (found, expected) = (self.nth(address, index as u32), self.word(network[index] as i64));
            let differs = self.builder.ins().bxor(found, expected);
            let mask = self.word(mask as i64);
            let counts = self.builder.ins().band(differs, mask);
            difference = self.builder.ins().bor(difference, counts);
        }
        self.builder.ins().icmp_imm_u(IntCC::Equal, difference, 0)
    }
}

/// The bits of the upper and the lower half of an address that a network's prefix covers.
fn masks(network: &[u64]) -> [u64; 2] {
    // An IPv4 address is the lowest 32 bits of 128.
    let unused = if network[0] == 4 { 96 } else { 0 };
    let covered = unused + network[PREFIX as usize] as u32;
    let mask = u128::MAX.checked_shl(128u32.saturating_sub(covered)).unwrap_or(0);
    [(mask >> 64) as u64, mask as u64]
}

#[cfg(test)]
mod tests {
    use super::masks;

    #[test]
    fn a_mask_covers_the_prefix() {
        assert_eq!(masks(&[4, 0, 0, 0]), [u64::MAX, 0xffff_ffff_0000_0000]);
        assert_eq!(masks(&[4, 0, 0, 8]), [u64::MAX, 0xffff_ffff_ff00_0000]);
        assert_eq!(masks(&[4, 0, 0, 32]), [u64::MAX; 2]);
        assert_eq!(masks(&[6, 0, 0, 0]), [0, 0]);
        assert_eq!(masks(&[6, 0, 0, 1]), [1 << 63, 0]);
        assert_eq!(masks(&[6, 0, 0, 65]), [u64::MAX, 1 << 63]);
        assert_eq!(masks(&[6, 0, 0, 128]), [u64::MAX; 2]);
    }
}
