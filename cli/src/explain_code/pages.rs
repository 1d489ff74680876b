//! The pages of `docs/diagnostics`, embedded so that the command explains its codes wherever it is installed.
//!
//! A page that is listed and missing does not compile; one that lies there and is not listed fails a test.

macro_rules! pages {
    ($($folder:ident: $($name:ident)+;)+) => {
        &[$($(include_str!(concat!("../../../docs/diagnostics/", stringify!($folder), "/", stringify!($name), ".md")),)+)+]
    };
}

/// A page for each code of the compiler: the code as its title, and a line that sums it up.
pub(super) const PAGES: &[&str] = pages! {
    syntax: unexpected_character unexpected_token unexpected_end unterminated invalid_literal nesting_too_deep expression_too_deep file_too_large
        bidi_control missing_package misplaced_declaration too_many_errors;
    names: unknown duplicate unknown_package package_cycle wrong_kind ambiguous reserved_package;
    types: mismatch digest_length no_operator tcb_order impossible range pattern not_exhaustive not_narrowed not_present invalid
        size;
    schema: attribute evidence verifier request unprovable;
    rules: require_without_sentence misplaced_line head_not_simple grant recursive_predicate too_large exception left_out;
    laws: floor binding freshness ttl;
    templates: item arguments never_applied;
    lints: permit_without_debug_or_vmpl permit_without_debug_or_tcb_status permit_without_verdict equality_on_svn unknown_evidence_kind
        permit_without_evidence shadowed_rule duplicate_rule never_matches always_true unused_reference unused_predicate unused_use
        exception_expired exception_near_expiry confusable;
    tests: invalid invariant_not_proven;
};

/// What can go wrong after compiling: in each, tables with a row for each code, what it means and what to do.
pub(super) const TABLES: &[&str] = pages! {
    runtime: input session nonce references evidence codegen jit cli import;
};
