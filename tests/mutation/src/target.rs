//! What is changed, and which tests are to notice.

use crate::source::Switched;
use crate::{checks, meaning};

/// A crate whose sources get switches.
pub(crate) struct Target {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    /// The folder of its sources.
    pub(crate) sources: &'static str,
    /// The files and folders in it that get switches; all of them where this is empty.
    pub(crate) within: &'static [&'static str],
    /// Writes switches into a source, from a number on.
    pub(crate) switched: fn(&str, usize) -> syn::Result<Switched>,
    /// The packages whose tests are to notice.
    pub(crate) packages: &'static [&'static str],
    /// Tests with one of these in their name go through everything there is of something or through much at random, or only pass through the target on
    /// their way. They take most of the time, and nothing may rest on them alone.
    pub(crate) skipped: &'static [&'static str],
    /// The names of the test binaries whose tests are asked; all of them where this is empty.
    pub(crate) binaries: &'static [&'static str],
    /// The file that says what may survive.
    pub(crate) accepted: &'static str,
}

/// Every target. The first is meant where none is named.
pub(crate) const TARGETS: &[Target] = &[
    Target {
        name: "evidence",
        sources: "engine/evidence/src",
        within: &[],
        switched: checks::switched,
        packages: &["atbac-evidence"],
        skipped: &["every_changed_", "every_truncation_", "::random_", "_never_panic", "signed_garbage_"],
        binaries: &[],
        accepted: "accepted.json",
    },
    Target {
        name: "compiler",
        sources: "compiler/src",
        within: &["check", "laws", "ir", "codegen", "interpret", "truth.rs", "glob.rs", "reference.rs"],
        switched: meaning::switched,
        packages: &["atbac-compiler", "atbac-engine", "atbac-tests"],
        skipped: &[
            "hostile::",
            "ten_thousand",
            "a_hundred_megabytes",
            "megabytes_of",
            "million",
            "many_digests",
            "compiled_code_means",
            "tables_mean",
            "filters_let",
            "executions_agree",
            "in_another_order",
            "explored",
            "bindings::",
            "links_lead",
            "manual::grammar",
            // The switches read the environment.
            "nothing_below_the_command_line",
        ],
        binaries: &[
            "atbac_compiler",
            "cost",
            "large",
            "laws",
            "lints",
            "trust",
            "truth",
            "verifiers",
            "jit",
            "references",
            "suites",
        ],
        accepted: "accepted_compiler.json",
    },
];

impl Target {
    /// Whether a file of its sources gets switches.
    pub(crate) fn covers(&self, file: &std::path::Path) -> bool {
        self.within.is_empty() || self.within.iter().any(|within| file.starts_with(within))
    }
}
