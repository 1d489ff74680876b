//! Values: what a policy's fields, literals and references hold.

use crate::types::{EnumId, StructId};
use std::cmp::Ordering;
use std::fmt;
use std::net::IpAddr;

/// A value of any type of the language.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// A `Bool`.
    Bool(bool),
    /// An `Int`.
    Int(i64),
    /// A `String`.
    String(Box<str>),
    /// A `Bytes`, `Bytes<N>` or `Digest<N>`.
    Bytes(Box<[u8]>),
    /// A `Duration`, in milliseconds.
    Duration(i64),
    /// An `Instant`, in milliseconds since 1970-01-01T00:00:00Z.
    Instant(i64),
    /// A `Tcb`.
    Tcb(Tcb),
    /// A `Version`.
    Version([u64; 3]),
    /// An `IpAddr`.
    IpAddr(IpAddr),
    /// A `Cidr`: the network address and the prefix length.
    Cidr(IpAddr, u8),
    /// An `Oid`.
    Oid(Box<[u64]>),
    /// A `Set`, ascending and without repeats.
    Set(Vec<Value>),
    /// A list.
    List(Vec<Value>),
    /// A case of an enum, by index.
    Case(EnumId, u32),
    /// A record or a piece of evidence: its fields in the schema's order.
    Struct(StructId, Vec<Value>),
    /// An optional field without a value.
    Absent,
}

/// How many components a [`Tcb`] can name.
pub const TCB_COMPONENTS: usize = TCB_NAMES.len();

/// The components a [`Tcb`] can name.
///
/// The first five are AMD's (SEV-SNP Firmware ABI, 56860, "TCB_VERSION"; `fmc` exists on Turin only). The others are the
/// sixteen bytes of Intel's `TEE_TCB_SVN` (Intel TDX Module ABI, 348551, "TEE_TCB_SVN").
pub const TCB_NAMES: [&str; 21] = [
    "fmc",
    "bootloader",
    "tee",
    "snp",
    "microcode",
    "svn0",
    "svn1",
    "svn2",
    "svn3",
    "svn4",
    "svn5",
    "svn6",
    "svn7",
    "svn8",
    "svn9",
    "svn10",
    "svn11",
    "svn12",
    "svn13",
    "svn14",
    "svn15",
];

/// How many of [`TCB_NAMES`] are AMD's; the others are Intel's.
pub const TCB_AMD_NAMES: usize = 5;

/// A vector of component versions. A component may be missing, which ranks below every version of it.
///
/// There is no total order: of two vectors, each may be newer in some component.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Tcb {
    /// The version of each component, 0 where it is missing.
    versions: [u8; TCB_COMPONENTS],
    /// Which components there are, a bit for each. With these the vector is no larger than other values, of which a policy has many.
    present: [u8; TCB_COMPONENTS.div_ceil(8)],
}

impl Tcb {
    /// The vector of these named components.
    ///
    /// # Errors
    /// The first name that is not one of [`TCB_NAMES`].
    pub fn new<'a>(components: impl IntoIterator<Item = (&'a str, u8)>) -> Result<Self, &'a str> {
        let mut tcb = Tcb::default();
        for (name, version) in components {
            let index = TCB_NAMES.iter().position(|&known| known == name).ok_or(name)?;
            tcb.set(index, version);
        }
        Ok(tcb)
    }

    /// The vector of these versions, in the order of [`TCB_NAMES`].
    pub fn from_versions(components: [Option<u8>; TCB_COMPONENTS]) -> Self {
        let mut tcb = Tcb::default();
        for (index, version) in components.into_iter().enumerate() {
            if let Some(version) = version {
                tcb.set(index, version);
            }
        }
        tcb
    }

    fn set(&mut self, index: usize, version: u8) {
        self.versions[index] = version;
        self.present[index / 8] |= 1 << (index % 8);
    }

    /// Whether every component that `other` has is here, and at least as new.
    pub fn at_least(&self, other: &Tcb) -> bool {
        self.versions().iter().zip(&other.versions()).all(|(mine, theirs)| mine >= theirs)
    }

    /// The components present, with their names.
    pub fn components(&self) -> impl Iterator<Item = (&'static str, u8)> {
        TCB_NAMES.into_iter().zip(self.versions()).filter_map(|(name, version)| Some((name, version?)))
    }

    /// The version of each component, in the order of [`TCB_NAMES`].
    pub fn versions(&self) -> [Option<u8>; TCB_COMPONENTS] {
        std::array::from_fn(|index| {
            let is_present = self.present[index / 8] >> (index % 8) & 1 == 1;
            is_present.then_some(self.versions[index])
        })
    }
}

impl Ord for Tcb {
    /// By the components in order. It says nothing of which is newer; it puts sets in order.
    fn cmp(&self, other: &Self) -> Ordering {
        self.versions().cmp(&other.versions())
    }
}

impl PartialOrd for Tcb {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Tcb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.components()).finish()
    }
}

impl Value {
    /// An address. One of IPv6 that stands for one of IPv4 (RFC 4291, section 2.5.5.2) is that one, so that nobody escapes a rule by writing it the other way.
    pub fn address(address: IpAddr) -> Self {
        Value::IpAddr(address.to_canonical())
    }

    /// A network, whose bits beyond the prefix are zero. One of IPv6 whose addresses all stand for addresses of IPv4 is that network of IPv4.
    pub fn network(first: IpAddr, prefix: u8) -> Self {
        match (first.to_canonical(), prefix.checked_sub(96)) {
            (canonical @ IpAddr::V4(_), Some(prefix)) if first.is_ipv6() => Value::Cidr(canonical, prefix),
            _ => Value::Cidr(first, prefix),
        }
    }

    /// A string value.
    pub fn string(text: impl Into<Box<str>>) -> Self {
        Value::String(text.into())
    }

    /// A set of these values, put in order and without repeats.
    pub fn set(mut elements: Vec<Value>) -> Self {
        elements.sort();
        elements.dedup();
        Value::Set(elements)
    }
}

#[cfg(test)]
mod tests {
    use super::{TCB_COMPONENTS, Tcb, Value};

    #[test]
    fn a_vector_has_the_versions_that_were_given() {
        let mut versions = [None; TCB_COMPONENTS];
        (versions[0], versions[4], versions[20]) = (Some(0), Some(255), Some(7));
        let tcb = Tcb::from_versions(versions);
        assert_eq!(tcb.versions(), versions);
        assert_eq!(tcb.components().collect::<Vec<_>>(), [("fmc", 0), ("microcode", 255), ("svn15", 7)]);
        assert_eq!(Tcb::new([("svn15", 7), ("microcode", 255), ("fmc", 0)]), Ok(tcb));
        assert_eq!(Tcb::new([("fmc", 0), ("nothing", 1)]), Err("nothing"));
    }

    /// What is missing ranks below version 0, and is another vector.
    #[test]
    fn a_missing_component_is_not_version_0() {
        let tcb = |components: &[(&'static str, u8)]| Tcb::new(components.iter().copied()).unwrap();
        let (none, zero, one) = (tcb(&[]), tcb(&[("snp", 0)]), tcb(&[("snp", 1)]));
        assert!(one.at_least(&zero) && zero.at_least(&none) && zero.at_least(&zero));
        assert!(!none.at_least(&zero) && !zero.at_least(&one) && none != zero);
        assert!(none < zero && zero < one && tcb(&[("bootloader", 1)]) > tcb(&[("tee", 9)]));
    }

    /// Policies hold many of them.
    #[test]
    fn values_are_small() {
        assert!(size_of::<Value>() <= 32, "{}", size_of::<Value>());
    }
}
