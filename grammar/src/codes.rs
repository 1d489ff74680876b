//! The registry of diagnostic codes: one home for the names users search for, configure and link to.
//!
//! A code is `atbac::phase::name`. Once released it is never given to another finding.

use std::fmt;

/// A stable diagnostic code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(&'static str);

impl Code {
    /// The code as users write it.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)+) => {
        $($(#[doc = $doc])+ pub const $name: Code = Code($code);)+

        /// Every code with its one-line description, in order of phase.
        pub const ALL: &[(Code, &str)] = &[$(($name, concat!($($doc),+)),)+];
    };
}

codes! {
    // Reading the text.
    /// A character that begins no token.
    UNEXPECTED_CHARACTER = "atbac::syntax::unexpected_character";
    /// A token where another was expected.
    UNEXPECTED_TOKEN = "atbac::syntax::unexpected_token";
    /// The file ends in the middle of a declaration.
    UNEXPECTED_END = "atbac::syntax::unexpected_end";
    /// A string, comment or quoted literal without its end.
    UNTERMINATED = "atbac::syntax::unterminated";
    /// A literal that is not well formed: an impossible date, an odd number of hex digits, an unknown escape.
    INVALID_LITERAL = "atbac::syntax::invalid_literal";
    /// Nesting deeper than the parser allows.
    NESTING_TOO_DEEP = "atbac::syntax::nesting_too_deep";
    /// An expression that chains more operators than the parser allows.
    EXPRESSION_TOO_DEEP = "atbac::syntax::expression_too_deep";
    /// A source file over the size limit.
    FILE_TOO_LARGE = "atbac::syntax::file_too_large";
    /// A bidirectional control character, which makes text read otherwise than it is compiled (CVE-2021-42574).
    BIDI_CONTROL = "atbac::syntax::bidi_control";
    /// A file that names no package.
    MISSING_PACKAGE = "atbac::syntax::missing_package";
    /// A `package` or `use` after what it must precede, or with attributes, which it cannot have.
    MISPLACED_DECLARATION = "atbac::syntax::misplaced_declaration";
    /// More errors than are shown.
    TOO_MANY_ERRORS = "atbac::syntax::too_many_errors";

    // Names.
    /// A name that nothing declares.
    UNKNOWN_NAME = "atbac::names::unknown";
    /// Two declarations of one name.
    DUPLICATE_NAME = "atbac::names::duplicate";
    /// A `use` of a package that is neither in the bundle nor in the standard library.
    UNKNOWN_PACKAGE = "atbac::names::unknown_package";
    /// Packages that use one another in a circle.
    PACKAGE_CYCLE = "atbac::names::package_cycle";
    /// A name of the wrong kind, such as a rule's name where a type is expected.
    WRONG_KIND = "atbac::names::wrong_kind";
    /// A bare word that is both an enum case and the name of something else.
    AMBIGUOUS_NAME = "atbac::names::ambiguous";
    /// A package whose name is kept for the standard library.
    RESERVED_PACKAGE = "atbac::names::reserved_package";

    // Types and schemas.
    /// A value of one type where another is needed.
    TYPE_MISMATCH = "atbac::types::mismatch";
    /// A literal of another length than the bytes it is compared with.
    DIGEST_LENGTH = "atbac::types::digest_length";
    /// An operator that the type does not have.
    NO_OPERATOR = "atbac::types::no_operator";
    /// A `Tcb` compared with `<` or `>`.
    TCB_ORDER = "atbac::types::tcb_order";
    /// A comparison that can never hold, or always does.
    IMPOSSIBLE = "atbac::types::impossible";
    /// Arithmetic whose result may not fit in 64 bits.
    RANGE = "atbac::types::range";
    /// A pattern of `matches` that is not well formed, or is no pattern.
    INVALID_PATTERN = "atbac::types::pattern";
    /// A `match` without an arm for every kind of evidence.
    NOT_EXHAUSTIVE = "atbac::types::not_exhaustive";
    /// A claim read from evidence whose kind was not tested.
    NOT_NARROWED = "atbac::types::not_narrowed";
    /// An optional value read without testing that it is present.
    NOT_PRESENT = "atbac::types::not_present";
    /// A type that cannot be used in this place, or with these arguments.
    INVALID_TYPE = "atbac::types::invalid";
    /// A record or request that contains itself, or is larger than a frame may be.
    TYPE_SIZE = "atbac::types::size";
    /// An attribute that does not exist here, or is not written as it must be.
    INVALID_ATTRIBUTE = "atbac::schema::attribute";
    /// An evidence schema without what makes it evidence.
    INVALID_EVIDENCE = "atbac::schema::evidence";
    /// An evidence schema for a verifier that does not exist, or that says more than the verifier does.
    VERIFIER = "atbac::schema::verifier";
    /// A request or grant declared in a way that cannot work.
    INVALID_REQUEST = "atbac::schema::request";
    /// A proof demanded of evidence for which there can be none.
    UNPROVABLE = "atbac::schema::unprovable";

    // Rules.
    /// A `require` without the sentence that a refused caller sees.
    REQUIRE_WITHOUT_SENTENCE = "atbac::rules::require_without_sentence";
    /// A line that a rule of this effect cannot have, or has twice.
    MISPLACED_LINE = "atbac::rules::misplaced_line";
    /// A match after `where` that is not a simple one.
    HEAD_NOT_SIMPLE = "atbac::rules::head_not_simple";
    /// A grant that does not give what the request's grant declares.
    INVALID_GRANT = "atbac::rules::grant";
    /// A predicate that calls itself, directly or through others.
    RECURSIVE_PREDICATE = "atbac::rules::recursive_predicate";
    /// A rule whose conditions are larger than the limit once predicates are expanded.
    RULE_TOO_LARGE = "atbac::rules::too_large";
    /// A declaration that the compiler can make nothing of, though it found nothing wrong with it: a defect of the compiler.
    LEFT_OUT = "atbac::rules::left_out";
    /// An exception without an owner, a ticket or an end.
    INVALID_EXCEPTION = "atbac::rules::exception";

    // Laws.
    /// A permit with a path on which nothing of the provenance that the package demands establishes a kind of fact.
    FLOOR = "atbac::laws::floor";
    /// A permit that combines pieces of evidence, or evidence and a token, with nothing to show that they belong together.
    BINDING = "atbac::laws::binding";
    /// A permit with a path that reads evidence, or a token, of any age.
    FRESHNESS = "atbac::laws::freshness";
    /// A grant whose `ttl` is longer than what it rests on can last.
    TTL = "atbac::laws::ttl";

    // Templates.
    /// A declaration that a template cannot hold, or a template without any.
    TEMPLATE_ITEM = "atbac::templates::item";
    /// Arguments that do not fit a template's parameters.
    TEMPLATE_ARGUMENTS = "atbac::templates::arguments";
    /// A template that is never applied, so that nothing in it is checked.
    UNUSED_TEMPLATE = "atbac::templates::never_applied";

    // Tests and invariants.
    /// A test that does not say one thing given and at least one expected.
    INVALID_TEST = "atbac::tests::invalid";
    /// An invariant, which this version checks on every test's question but does not prove.
    INVARIANT_NOT_PROVEN = "atbac::tests::invariant_not_proven";

    // Lints.
    /// A permit that takes an SEV-SNP report without asking for debugging and the privilege level on every path.
    PERMIT_WITHOUT_DEBUG_OR_VMPL = "atbac::lints::permit_without_debug_or_vmpl";
    /// A permit that takes a TDX quote without asking for debugging, migration and the TCB status on every path.
    PERMIT_WITHOUT_DEBUG_OR_TCB_STATUS = "atbac::lints::permit_without_debug_or_tcb_status";
    /// A permit that takes an issuer's result without asking on every path what the issuer found.
    PERMIT_WITHOUT_VERDICT = "atbac::lints::permit_without_verdict";
    /// A security version compared for equality.
    EQUALITY_ON_SVN = "atbac::lints::equality_on_svn";
    /// A permit that takes evidence of a kind of which it asks nothing but its age.
    UNKNOWN_EVIDENCE_KIND = "atbac::lints::unknown_evidence_kind";
    /// A package that permits without any evidence.
    PERMIT_WITHOUT_EVIDENCE = "atbac::lints::permit_without_evidence";
    /// A rule that changes nothing, because of another.
    SHADOWED_RULE = "atbac::lints::shadowed_rule";
    /// A rule that asks and gives just what another does.
    DUPLICATE_RULE = "atbac::lints::duplicate_rule";
    /// A rule whose conditions contradict one another.
    NEVER_MATCHES = "atbac::lints::never_matches";
    /// A condition that follows from others.
    ALWAYS_TRUE = "atbac::lints::always_true";
    /// A reference value that nothing reads.
    UNUSED_REFERENCE = "atbac::lints::unused_reference";
    /// A predicate that nothing asks.
    UNUSED_PREDICATE = "atbac::lints::unused_predicate";
    /// A name that a file brings in and never mentions.
    UNUSED_USE = "atbac::lints::unused_use";
    /// An exception that has ended.
    EXCEPTION_EXPIRED = "atbac::lints::exception_expired";
    /// An exception that ends within 30 days.
    EXCEPTION_NEAR_EXPIRY = "atbac::lints::exception_near_expiry";
    /// A text that looks like another, mixes alphabets, or holds what nobody sees.
    CONFUSABLE = "atbac::lints::confusable";
}
