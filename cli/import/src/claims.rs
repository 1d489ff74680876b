//! What the importers say about evidence of hardware: which kinds there are, by which names, and where each keeps what policies ask about.

use crate::condition::Condition;
use std::cmp::Ordering;

/// A kind of evidence that hardware signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tee {
    Snp,
    Tdx,
    Sgx,
}

impl Tee {
    /// By any of the names that other systems give it: AMD's and Intel's own, Azure Attestation's (`sevsnpvm`, `tdxvm`), and those of Confidential
    /// Containers (`snp`, `az-snp-vtpm`, …).
    pub(crate) fn named(name: &str) -> Option<Tee> {
        match name.to_ascii_lowercase().replace('_', "-").as_str() {
            "sev-snp" | "snp" | "sevsnp" | "amd-sev-snp" | "sevsnpvm" | "az-snp-vtpm" => Some(Tee::Snp),
            "tdx" | "intel-tdx" | "tdxvm" | "az-tdx-vtpm" => Some(Tee::Tdx),
            "sgx" | "intel-sgx" => Some(Tee::Sgx),
            _ => None,
        }
    }

    /// The package of the standard library.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Tee::Snp => "std.snp",
            Tee::Tdx => "std.tdx",
            Tee::Sgx => "std.sgx",
        }
    }

    /// The evidence type.
    pub(crate) fn evidence(self) -> &'static str {
        match self {
            Tee::Snp => "Snp",
            Tee::Tdx => "Tdx",
            Tee::Sgx => "Sgx",
        }
    }

    /// The product, for people.
    pub(crate) fn product(self) -> &'static str {
        match self {
            Tee::Snp => "SEV-SNP",
            Tee::Tdx => "TDX",
            Tee::Sgx => "SGX",
        }
    }

    /// The claim that measures the code, its vendor's word for it, and its length in bytes.
    pub(crate) fn measurement(self) -> (&'static str, &'static str, usize) {
        match self {
            Tee::Snp => ("measurement", "MEASUREMENT", 48),
            Tee::Tdx => ("mr_td", "MRTD", 48),
            Tee::Sgx => ("mr_enclave", "MRENCLAVE", 32),
        }
    }

    /// The claim that says whether the host can debug it.
    pub(crate) fn debug(self) -> &'static str {
        match self {
            Tee::Snp => "policy.debug",
            Tee::Tdx => "td_attributes.debug",
            Tee::Sgx => "attributes.debug",
        }
    }

    /// The claim with the security version that the code's owner gave it. A trust domain has none.
    pub(crate) fn security_version(self) -> Option<&'static str> {
        match self {
            Tee::Snp => Some("guest_svn"),
            Tee::Tdx => None,
            Tee::Sgx => Some("isv_svn"),
        }
    }
}

/// `a | b`, of evidence types.
pub(crate) fn union(tees: &[Tee]) -> String {
    tees.iter().map(|tee| tee.evidence()).collect::<Vec<_>>().join(" | ")
}

/// How a source compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Comparison {
    /// As the language writes it.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Comparison::Equal => "==",
            Comparison::Unequal => "!=",
            Comparison::Less => "<",
            Comparison::AtMost => "<=",
            Comparison::Greater => ">",
            Comparison::AtLeast => ">=",
        }
    }

    /// Whether it holds of two values that stand in this order.
    pub(crate) fn decides(self, order: Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::Unequal => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::AtMost => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::AtLeast => order.is_ge(),
        }
    }

    /// The same with its sides exchanged: `1 < x` is `x > 1`.
    pub(crate) fn turned(self) -> Comparison {
        match self {
            Comparison::Equal | Comparison::Unequal => self,
            Comparison::Less => Comparison::Greater,
            Comparison::AtMost => Comparison::AtLeast,
            Comparison::Greater => Comparison::Less,
            Comparison::AtLeast => Comparison::AtMost,
        }
    }
}

/// A component of a vector of security versions compared with a number. `Tcb` has no components to read, and compares with a vector of one component just
/// as that component does, where it has it.
pub(crate) fn tcb_component(tcb: &str, component: &str, comparison: Comparison, number: i64) -> Condition {
    // A component is a byte: beyond that, every comparison is decided.
    let at_least = |number: i64| match number {
        ..=0 => Condition::Constant(true),
        1..=255 => Condition::atom(format!("{tcb} >= tcb {{ {component}: {number} }}")),
        256.. => Condition::Constant(false),
    };
    let next = number.saturating_add(1);
    match comparison {
        Comparison::AtLeast => at_least(number),
        Comparison::Greater => at_least(next),
        Comparison::Less => at_least(number).not(),
        Comparison::AtMost => at_least(next).not(),
        Comparison::Equal => Condition::All(vec![at_least(number), at_least(next).not()]),
        Comparison::Unequal => Condition::Any(vec![at_least(number).not(), at_least(next)]),
    }
}
