//! Everything that must be reached: lists that are as long as the enums of grammar and compiler, because a new variant does not compile before it stands in one.

use atbac_compiler::checked::{Arithmetic, Condition, Hash, Part, TermKind};
use atbac_compiler::ir::{By, Column, Comparison, Search, TestKind};
use atbac_compiler::types::{Merge, Type};
use atbac_engine::{Denial, Verdict};
use atbac_grammar::syntax::{
    BinaryOp, BytesForm, Effect, ExprKind, ItemKind, Provenance, Quantifier, Stage, StatementKind, TestLineKind,
};

/// What is not counted: it stands for its parts, or cannot be.
pub(super) const UNCOUNTED: &str = "";

/// A name for each variant, and the list of all names.
macro_rules! forms {
    ($(#[doc = $doc:literal] $function:ident, $all:ident: $of:ty { $($pattern:pat => $name:expr,)+ })+) => { $(
        #[doc = $doc]
        pub(super) fn $function(form: &$of) -> &'static str {
            match form { $($pattern => $name,)+ }
        }

        #[doc = concat!("All: ", $doc)]
        pub(super) const $all: &[&str] = &[$($name),+];
    )+ };
}

forms! {
    /// Declarations.
    declaration, DECLARATIONS: ItemKind {
        ItemKind::Enum(_) => "enum",
        ItemKind::Record(_) => "record",
        ItemKind::Evidence(_) => "evidence",
        ItemKind::Request(_) => "request",
        ItemKind::Grant(_) => "grant",
        ItemKind::Reference(_) => "reference",
        ItemKind::Predicate(_) => "predicate",
        ItemKind::Rule(_) => UNCOUNTED,
        ItemKind::Floor(_) => "floor",
        ItemKind::Template(_) => "template",
        ItemKind::Apply(_) => "apply",
        ItemKind::Test(_) => "test",
        ItemKind::Invariant(_) => "invariant",
    }
    /// Rules.
    effect, EFFECTS: Effect {
        Effect::Permit => "permit",
        Effect::Forbid => "forbid",
    }
    /// Lines of rules.
    statement, STATEMENTS: StatementKind {
        StatementKind::Require { .. } => "require",
        StatementKind::When(_) => "when",
        StatementKind::Unless(_) => "unless",
        StatementKind::Reason(_) => "reason",
        StatementKind::Let(..) => "let",
        StatementKind::Grant(_) => "grant",
    }
    /// Lines of tests.
    test_line, TEST_LINES: TestLineKind {
        TestLineKind::Given(_) => "given",
        TestLineKind::With(..) => "with",
        TestLineKind::At(_) => "at",
        TestLineKind::Case { .. } => "case",
        TestLineKind::ExpectPermit(_) => "expect permit",
        TestLineKind::ExpectDeny { .. } => "expect deny",
        TestLineKind::ExpectGrant(_) => "expect grant",
        TestLineKind::ExpectValidUntil(_) => "expect valid_until",
    }
    /// Stages of fields.
    stage, STAGES: Stage {
        Stage::Session => "session",
        Stage::Call => "call",
    }
    /// Provenances of fields.
    provenance, PROVENANCES: Provenance {
        Provenance::Asserted => "asserted",
        Provenance::Local => "local",
        Provenance::Authenticated => "authenticated",
        Provenance::Attested => "attested",
    }
    /// Expressions.
    expression, EXPRESSIONS: ExprKind {
        ExprKind::Bool(_) => "a `Bool`",
        ExprKind::Int(_) => "an `Int`",
        ExprKind::String(_) => "a `String`",
        ExprKind::Duration(_) => "a `Duration`",
        ExprKind::Instant(_) => "an `Instant`",
        ExprKind::Bytes(BytesForm::Hex, _) => "hex",
        ExprKind::Bytes(BytesForm::Sha256, _) => "sha256",
        ExprKind::Bytes(BytesForm::Sha384, _) => "sha384",
        ExprKind::Bytes(BytesForm::Sha512, _) => "sha512",
        ExprKind::IpAddr(_) => "an `IpAddr`",
        ExprKind::Cidr(..) => "a `Cidr`",
        ExprKind::Oid(_) => "an `Oid`",
        ExprKind::Version(_) => "a `Version`",
        ExprKind::Tcb(_) => "a `Tcb`",
        ExprKind::Name(_) => "a name",
        ExprKind::Field(..) => "a field",
        ExprKind::Slice(..) => "slice",
        ExprKind::Set(_) => "a set",
        ExprKind::List(_) => "a list",
        ExprKind::Record { .. } => "a record",
        ExprKind::Not(_) => "not",
        ExprKind::Negate(_) => "negate",
        ExprKind::IsType(..) => "is a kind",
        ExprKind::IsPresent(_) => "is present",
        ExprKind::Call(..) => "call",
        ExprKind::Quantifier { quantifier: Quantifier::Any, .. } => "any",
        ExprKind::Quantifier { quantifier: Quantifier::All, .. } => "all",
        ExprKind::Count { distinct: None, .. } => "count",
        ExprKind::Count { distinct: Some(_), .. } => "count distinct",
        ExprKind::Match(..) => "match",
        ExprKind::If(..) => "if",
        ExprKind::Binary(..) => UNCOUNTED,
    }
    /// Operators with two sides.
    operator, OPERATORS: BinaryOp {
        BinaryOp::And => "and",
        BinaryOp::Or => "or",
        BinaryOp::Implies => "implies",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::In => "in",
        BinaryOp::Matches => "matches",
        BinaryOp::StartsWith => "starts_with",
        BinaryOp::EndsWith => "ends_with",
        BinaryOp::Contains => "contains",
        BinaryOp::SubsetOf => "subset_of",
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
    }
    /// Types of fields and references.
    type_form, TYPES: Type {
        Type::Bool => "`Bool`",
        Type::Int => "`Int`",
        Type::String => "`String`",
        Type::Bytes => "`Bytes`",
        Type::FixedBytes(_) => "`Bytes<N>`",
        Type::Digest(_) => "`Digest<N>`",
        Type::Duration => "`Duration`",
        Type::Instant => "`Instant`",
        Type::Tcb => "`Tcb`",
        Type::Version => "`Version`",
        Type::IpAddr => "`IpAddr`",
        Type::Cidr => "`Cidr`",
        Type::Oid => "`Oid`",
        Type::Set(_) => "`Set<T>`",
        Type::List(..) => "`[T; N]`",
        Type::Optional(_) => "`T?`",
        Type::Enum(_) => "an enum",
        Type::Struct(_) => "a record or evidence",
        Type::Union(_) => "`A | B`",
    }
    /// Merges of what several permits give.
    merge, MERGES: Merge {
        Merge::Min => "min",
        Merge::Max => "max",
        Merge::Same => "same",
        Merge::Intersect => "intersect",
        Merge::Union => "union",
    }
    /// Terms of the checked tree.
    term, TERMS: TermKind {
        TermKind::Constant(_) => "constant",
        TermKind::Place(_) => "place",
        TermKind::Reference(_) => "reference",
        TermKind::Arithmetic(Arithmetic::Add, ..) => "add",
        TermKind::Arithmetic(Arithmetic::Sub, ..) => "subtract",
        TermKind::Arithmetic(Arithmetic::Mul, ..) => "multiply",
        TermKind::Slice(..) => "slice",
        TermKind::Hash(Hash::Sha256, _) => "sha256",
        TermKind::Hash(Hash::Sha384, _) => "sha384",
        TermKind::Hash(Hash::Sha512, _) => "sha512",
        TermKind::If(..) => "if",
        TermKind::Set(_) => "set",
    }
    /// Conditions of the checked tree that have no parts.
    condition, CONDITIONS: Condition {
        Condition::Constant(_) => UNCOUNTED,
        Condition::Holds(_) => "holds",
        Condition::Compare(Comparison::Eq, ..) => "equal",
        Condition::Compare(Comparison::Lt, ..) => "less",
        Condition::Compare(Comparison::Le, ..) => "at most",
        Condition::Compare(Comparison::Gt, ..) => "greater",
        Condition::Compare(Comparison::Ge, ..) => "at least",
        Condition::AtLeast(..) => "tcb at least",
        Condition::In(..) => "one of these",
        Condition::InSet(..) => "in set",
        Condition::Subset(..) => "subset",
        Condition::InNetwork(..) => "in network",
        Condition::InNetworks(..) => "in networks",
        Condition::Holding(Part::Beginning, ..) => "starts_with",
        Condition::Holding(Part::End, ..) => "ends_with",
        Condition::Holding(Part::Anywhere, ..) => "contains",
        Condition::Matches(..) => "matches",
        Condition::Is(..) => "is a kind",
        Condition::Present(_) => "present",
        Condition::Age(..) => "age",
        Condition::Before(_) => "before",
        Condition::Loaded(_) => "loaded",
        Condition::Count(_) => "count",
        Condition::Not(_) | Condition::And(_) | Condition::Or(_) => UNCOUNTED,
        // In invariants only, which are no rules.
        Condition::Permitted => UNCOUNTED,
    }
    /// Tests of the decision IR.
    test, TESTS: TestKind {
        TestKind::Integer(Comparison::Eq, ..) => "integer ==",
        TestKind::Integer(Comparison::Lt, ..) => "integer <",
        TestKind::Integer(Comparison::Le, ..) => "integer <=",
        TestKind::Integer(Comparison::Gt, ..) => "integer >",
        TestKind::Integer(Comparison::Ge, ..) => "integer >=",
        TestKind::IntegerIn(..) => "integer in",
        TestKind::IntegerInRow(..) => "integer in row",
        TestKind::Words(..) => "words ==",
        TestKind::WordsIn(..) => "words in",
        // Never by equality: that is a test of words.
        TestKind::Order(Comparison::Eq, ..) => UNCOUNTED,
        TestKind::Order(Comparison::Lt, ..) => "words <",
        TestKind::Order(Comparison::Le, ..) => "words <=",
        TestKind::Order(Comparison::Gt, ..) => "words >",
        TestKind::Order(Comparison::Ge, ..) => "words >=",
        TestKind::Text(..) => "text ==",
        TestKind::TextIn(..) => "text in",
        TestKind::Holding(Part::Beginning, ..) => "text starts_with",
        TestKind::Holding(Part::End, ..) => "text ends_with",
        TestKind::Holding(Part::Anywhere, ..) => "text contains",
        TestKind::Matches(..) => "text matches",
        TestKind::TcbAtLeast(..) => "tcb >=",
        TestKind::InNetwork(..) => "in network",
        TestKind::NetworkInNetwork(..) => "network in network",
        TestKind::InNetworks(..) => "in networks",
        TestKind::InSet(..) => "in set",
        TestKind::Subset(..) => "subset",
        // Never by equality: an instant would have to be met exactly.
        TestKind::Age(Comparison::Eq, ..) => UNCOUNTED,
        TestKind::Age(Comparison::Lt, ..) => "age <",
        TestKind::Age(Comparison::Le, ..) => "age <=",
        TestKind::Age(Comparison::Gt, ..) => "age >",
        TestKind::Age(Comparison::Ge, ..) => "age >=",
        TestKind::Before(_) => "before",
        TestKind::Loaded(_) => "loaded",
        TestKind::Count(_) => "count",
    }
    /// How the rows of a table are found.
    search, SEARCHES: Search {
        Search::All => "all",
        Search::Lists(_) => "lists",
        Search::Filters(_) => "filters",
    }
    /// By what a filter finds its rows.
    filter, FILTERS: By {
        By::Value(_) => "by value",
        By::Bounds(..) => "by bounds",
        By::Beginning(..) => "by beginning",
        By::End(..) => "by end",
    }
    /// Columns of tables.
    column, COLUMNS: Column {
        Column::Words(..) => "words",
        Column::Texts(_) => "texts",
        Column::Sets(_) => "sets",
    }
    /// What is decided.
    outcome, OUTCOMES: Verdict {
        Verdict::Permit => "permit",
        Verdict::Deny(Denial::Forbid) => "forbid",
        Verdict::Deny(Denial::NoPermit) => "no_permit",
        Verdict::Deny(Denial::Expired) => "expired",
        Verdict::Deny(Denial::Indeterminate) => "indeterminate",
    }
}
