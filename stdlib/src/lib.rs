//! The standard library: what verified evidence says, as schemas in the policy language.
//!
//! The modules are `.atbac` files beside this crate, embedded here so that a compiler needs no files to find them. Each evidence schema
//! mirrors, name by name, the claims that the verifier named in its `@verifier` produces; predicates say what most policies ask of them.
#![forbid(unsafe_code)]

/// One package of the standard library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Module {
    /// The dotted name that policies write after `use`.
    pub package: &'static str,
    /// The file name that diagnostics show.
    pub name: &'static str,
    /// The whole text.
    pub source: &'static str,
}

/// Every package, in an order in which each uses only earlier ones.
pub const MODULES: &[Module] = &[
    Module { package: "std.snp", name: "std/snp.atbac", source: include_str!("../snp.atbac") },
    Module { package: "std.tdx", name: "std/tdx.atbac", source: include_str!("../tdx.atbac") },
    Module { package: "std.sgx", name: "std/sgx.atbac", source: include_str!("../sgx.atbac") },
    Module { package: "std.gpu", name: "std/gpu.atbac", source: include_str!("../gpu.atbac") },
    Module { package: "std.nras", name: "std/nras.atbac", source: include_str!("../nras.atbac") },
    Module { package: "std.spiffe", name: "std/spiffe.atbac", source: include_str!("../spiffe.atbac") },
    Module { package: "std.ear", name: "std/ear.atbac", source: include_str!("../ear.atbac") },
    Module { package: "std.maa", name: "std/maa.atbac", source: include_str!("../maa.atbac") },
    Module {
        package: "std.confidential_space",
        name: "std/confidential_space.atbac",
        source: include_str!("../confidential_space.atbac"),
    },
    Module { package: "std.agent", name: "std/agent.atbac", source: include_str!("../agent.atbac") },
];
