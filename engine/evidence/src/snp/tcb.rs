//! TCB versions: the security patch levels of the components that a guest's protection rests on.

use std::cmp::Ordering;

/// The security patch level of every component (AMD 56860 section 2.2, `TCB_VERSION`).
///
/// Ordered component by component: of two versions where each is ahead in something, neither is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Tcb {
    /// The firmware of the FMC. Turin and later only.
    pub fmc: Option<u8>,
    /// The bootloader of the secure processor.
    pub bootloader: u8,
    /// The operating system of the secure processor.
    pub tee: u8,
    /// The SNP firmware.
    pub snp: u8,
    /// The lowest patch level of all cores.
    pub microcode: u8,
}

impl Tcb {
    /// The components with their names, in the order of the layout.
    pub(crate) fn components(&self) -> Vec<(&'static str, u8)> {
        let fmc = self.fmc.map(|level| ("fmc", level));
        fmc.into_iter()
            .chain([
                ("bootloader", self.bootloader),
                ("tee", self.tee),
                ("snp", self.snp),
                ("microcode", self.microcode),
            ])
            .collect()
    }
}

impl std::fmt::Display for Tcb {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let components: Vec<String> = self.components().iter().map(|(name, level)| format!("{name} {level}")).collect();
        formatter.write_str(&components.join(", "))
    }
}

impl PartialOrd for Tcb {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let (left, right) = (self.components(), other.components());
        if left.len() != right.len() {
            return None;
        }
        left.iter().zip(&right).map(|((_, left), (_, right))| left.cmp(right)).try_fold(
            Ordering::Equal,
            |so_far, next| match (so_far, next) {
                (same, Ordering::Equal) | (Ordering::Equal, same) => Some(same),
                (Ordering::Less, Ordering::Less) => Some(Ordering::Less),
                (Ordering::Greater, Ordering::Greater) => Some(Ordering::Greater),
                (Ordering::Less, Ordering::Greater) | (Ordering::Greater, Ordering::Less) => None,
            },
        )
    }
}

/// How the eight bytes of a TCB version are laid out. Certificates call it `structVersion`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TcbLayout {
    /// Milan and Genoa: `bootloader, tee, 4 reserved, snp, microcode`.
    V0,
    /// Turin: `fmc, bootloader, tee, snp, 3 reserved, microcode`.
    V1,
}

impl TcbLayout {
    /// Reads a TCB version, or says which byte of it is reserved and not zero.
    pub(crate) fn read(self, bytes: [u8; 8]) -> Result<Tcb, usize> {
        let reserved = match self {
            TcbLayout::V0 => 2..6,
            TcbLayout::V1 => 4..7,
        };
        if let Some(byte) = reserved.into_iter().find(|byte| bytes[*byte] != 0) {
            return Err(byte);
        }
        Ok(match self {
            TcbLayout::V0 => Tcb { fmc: None, bootloader: bytes[0], tee: bytes[1], snp: bytes[6], microcode: bytes[7] },
            TcbLayout::V1 => {
                Tcb { fmc: Some(bytes[0]), bootloader: bytes[1], tee: bytes[2], snp: bytes[3], microcode: bytes[7] }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_place_components_where_the_specification_does() {
        let v0 = TcbLayout::V0.read([4, 1, 0, 0, 0, 0, 24, 219]).unwrap();
        assert_eq!((v0.fmc, v0.bootloader, v0.tee, v0.snp, v0.microcode), (None, 4, 1, 24, 219));
        let v1 = TcbLayout::V1.read([5, 1, 3, 2, 0, 0, 0, 71]).unwrap();
        assert_eq!((v1.fmc, v1.bootloader, v1.tee, v1.snp, v1.microcode), (Some(5), 1, 3, 2, 71));
    }

    #[test]
    fn reserved_bytes_must_be_zero() {
        for (layout, reserved) in [(TcbLayout::V0, 2..6), (TcbLayout::V1, 4..7)] {
            for byte in 0..8 {
                let mut bytes = [0; 8];
                bytes[byte] = 1;
                let read = layout.read(bytes);
                assert_eq!(read.err(), reserved.contains(&byte).then_some(byte), "{layout:?} {byte}");
            }
        }
    }

    #[test]
    fn order_is_by_component() {
        let tcb = |bytes| TcbLayout::V0.read(bytes).unwrap();
        let base = tcb([3, 1, 0, 0, 0, 0, 8, 100]);
        assert_eq!(base.partial_cmp(&base), Some(Ordering::Equal));
        assert!(tcb([3, 1, 0, 0, 0, 0, 9, 100]) > base);
        assert!(tcb([3, 1, 0, 0, 0, 0, 8, 99]) < base);
        // As an integer this would be greater: the microcode is the highest byte.
        assert_eq!(tcb([2, 1, 0, 0, 0, 0, 8, 101]).partial_cmp(&base), None);
        let turin = TcbLayout::V1.read([0, 9, 9, 9, 0, 0, 0, 255]).unwrap();
        assert_eq!(turin.partial_cmp(&base), None);
        // Component beside component this one would be the greater, but they are not the same components.
        let turin = TcbLayout::V1.read([9, 9, 9, 255, 0, 0, 0, 255]).unwrap();
        assert_eq!(turin.partial_cmp(&base), None);
    }
}
