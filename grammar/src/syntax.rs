//! The surface tree: what was written, with spans, before any name means anything.
//!
//! [`crate::parse()`] makes it; nothing here is checked beyond the grammar. Every kind of declaration of the language has its type here,
//! in the order the language reference presents them.

use crate::span::{Node, Span};
use std::net::IpAddr;

/// A short text. Up to 23 bytes, which is nearly all, it stands in its own place: a rule has dozens of them.
pub use smol_str::SmolStr as Word;

/// An identifier.
pub type Name = Node<Word>;
/// A dotted name, such as `std.snp.Snp`; never empty.
pub type Path = Node<Vec<Name>>;

/// A dotted name as written.
pub fn dotted(path: &Path) -> String {
    path.value.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(".")
}

/// One source file.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// `package a.b;`, absent only in a file with syntax errors (it is an error not to write it).
    pub package: Option<Package>,
    /// Every `use`, in order.
    pub uses: Vec<Use>,
    /// Every declaration, in order. Declarations with syntax errors are left out, having been reported.
    pub items: Vec<Item>,
}

/// `/// docs` followed by `package a.b;`
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    /// The doc comment's lines, without the slashes and one leading space.
    pub docs: Vec<String>,
    /// `@lint(…)`, in order.
    pub attributes: Vec<Attribute>,
    /// The package's dotted name.
    pub name: Path,
}

/// `use a.b.C;` or `use a.b.{C, D};`
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// The package the names come from: `a.b`.
    pub package: Path,
    /// The names brought in: one or more.
    pub names: Vec<Name>,
    /// The whole declaration.
    pub span: Span,
}

/// A declaration with its documentation and attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The doc comment's lines.
    pub docs: Vec<String>,
    /// `@name(…)`, in order.
    pub attributes: Vec<Attribute>,
    /// What is declared.
    pub kind: ItemKind,
    /// The whole declaration, without docs and attributes.
    pub span: Span,
}

/// `@name` or `@name(value, key: value)`
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The name after `@`.
    pub name: Name,
    /// The arguments in order, each with its key if it has one.
    pub arguments: Vec<(Option<Name>, Expr)>,
    /// From `@` to the end.
    pub span: Span,
}

/// Every kind of declaration.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `enum Action { … }`
    Enum(Enum),
    /// `record Ledger { … }`
    Record(Record),
    /// `evidence Snp "…" @verifier("sev-snp") { … }`
    Evidence(Evidence),
    /// `request PaymentCall { … }`
    Request(Request),
    /// `grant PaymentGrant for PaymentCall { … }`
    Grant(Grant),
    /// `reference builds: Set<Digest<48>>;`
    Reference(Reference),
    /// `predicate hardened(p: Snp) = …;`
    Predicate(Predicate),
    /// `permit …` or `forbid …`
    Rule(Rule),
    /// `floor code_identity: attested, …;`
    Floor(Floor),
    /// `template t(x: T) { … }`
    Template(Template),
    /// `apply t("jira", 5m) as jira;`
    Apply(Apply),
    /// `test "…" { … }`
    Test(Test),
    /// `invariant "…" for R { … }`
    Invariant(Invariant),
}

/// `enum Action { read { a, b }, write { c }, plain }`
#[derive(Clone, Debug, PartialEq)]
pub struct Enum {
    /// The type's name.
    pub name: Name,
    /// Plain cases and groups of cases, in order.
    pub members: Vec<EnumMember>,
}

/// A case, or a group with its cases.
#[derive(Clone, Debug, PartialEq)]
pub struct EnumMember {
    /// The doc comment's lines.
    pub docs: Vec<String>,
    /// The case's or the group's name.
    pub name: Name,
    /// The cases of a group (possibly none, which is for the checker to refuse); `None` for a plain case.
    pub cases: Option<Vec<EnumCase>>,
}

/// A case inside a group.
#[derive(Clone, Debug, PartialEq)]
pub struct EnumCase {
    /// The doc comment's lines.
    pub docs: Vec<String>,
    /// The case's name.
    pub name: Name,
}

/// `record Ledger { name: String, tenant: String }`
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The type's name.
    pub name: Name,
    /// The fields in order.
    pub fields: Vec<Field>,
}

/// `name: Type`, in a record or an evidence schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The doc comment's lines.
    pub docs: Vec<String>,
    /// `@fact(code_identity)`, `@sample(…)`, …, written before the name.
    pub attributes: Vec<Attribute>,
    /// The field's name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
}

/// `evidence Snp "AMD SEV-SNP attestation report" @verifier("sev-snp") { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The type's name.
    pub name: Name,
    /// What it is, for people.
    pub title: Node<String>,
    /// The attributes between title and brace.
    pub attributes: Vec<Attribute>,
    /// The claims in order.
    pub fields: Vec<Field>,
}

/// `request PaymentCall { session principal: attested Snp | Tdx, … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The request type's name.
    pub name: Name,
    /// Its fields in order.
    pub fields: Vec<RequestField>,
}

/// `session principal: attested Snp | Tdx bound to other`
#[derive(Clone, Debug, PartialEq)]
pub struct RequestField {
    /// The doc comment's lines.
    pub docs: Vec<String>,
    /// Attributes written before the stage.
    pub attributes: Vec<Attribute>,
    /// `session` or `call`.
    pub stage: Node<Stage>,
    /// The field's name.
    pub name: Name,
    /// Whose honesty the value rests on.
    pub provenance: Node<Provenance>,
    /// Its type.
    pub ty: Type,
    /// `bound to principal`: the other field's name.
    pub bound_to: Option<Name>,
}

/// When a request field's value is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Bound once, when a session opens.
    Session,
    /// Comes with each question.
    Call,
}

/// Whose honesty a value rests on, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provenance {
    /// The caller says so.
    Asserted,
    /// Set by the service that embeds the engine.
    Local,
    /// Signed by an issuer the deployment trusts.
    Authenticated,
    /// Covered by a hardware signature that the engine verified.
    Attested,
}

impl Provenance {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Provenance::Asserted => "asserted",
            Provenance::Local => "local",
            Provenance::Authenticated => "authenticated",
            Provenance::Attested => "attested",
        }
    }
}

/// `grant PaymentGrant for PaymentCall { ttl: Duration merge min, … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// The grant type's name.
    pub name: Name,
    /// The request type it belongs to.
    pub request: Name,
    /// Its fields in order.
    pub fields: Vec<GrantField>,
}

/// `ttl: Duration merge min`
#[derive(Clone, Debug, PartialEq)]
pub struct GrantField {
    /// The doc comment's lines.
    pub docs: Vec<String>,
    /// The field's name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
    /// How two permits that both apply combine: the word after `merge`, for the checker to know or refuse.
    pub merge: Name,
}

/// `reference approver_builds: Set<Digest<48>>;`
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The name rules use.
    pub name: Name,
    /// Its type.
    pub ty: Type,
}

/// `predicate hardened(p: Snp) = …;`
#[derive(Clone, Debug, PartialEq)]
pub struct Predicate {
    /// The name rules call.
    pub name: Name,
    /// Parameters in order.
    pub parameters: Vec<Parameter>,
    /// The condition.
    pub body: Expr,
}

/// `p: Snp`
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The parameter's name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
}

/// What a rule does when it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Allows.
    Permit,
    /// Refuses, whatever else permits.
    Forbid,
}

/// `permit name for Request where head { body }`
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Permit or forbid.
    pub effect: Node<Effect>,
    /// The rule's name, unique in its package.
    pub name: Name,
    /// The request type it is about.
    pub request: Name,
    /// The matches after `where`, in order; empty without one.
    pub head: Vec<Expr>,
    /// The lines between the braces, in order; empty without a body.
    pub body: Vec<Statement>,
}

/// A line of a rule's body.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it says.
    pub kind: StatementKind,
    /// The whole line.
    pub span: Span,
}

impl Statement {
    /// Whether the line states a condition for the rule to apply.
    pub fn states_a_condition(&self) -> bool {
        match &self.kind {
            StatementKind::Require { .. } | StatementKind::When(_) | StatementKind::Unless(_) => true,
            StatementKind::Reason(_) | StatementKind::Let(..) | StatementKind::Grant(_) => false,
        }
    }
}

/// Every kind of line.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `require condition else "sentence";`
    Require {
        /// What must hold.
        condition: Expr,
        /// What a refused caller is told; the checker demands it.
        sentence: Option<Node<String>>,
    },
    /// `when condition;`
    When(Expr),
    /// `unless condition;`
    Unless(Expr),
    /// `reason "sentence";`
    Reason(Node<String>),
    /// `let name = value;`
    Let(Name, Expr),
    /// `grant { ttl: 5m, … }`
    Grant(Vec<FieldInit>),
}

/// `floor code_identity: attested, platform_health: attested;`
#[derive(Clone, Debug, PartialEq)]
pub struct Floor {
    /// Each kind of fact with its floor.
    pub floors: Vec<(Name, Node<Provenance>)>,
}

/// `template tool_access(tool: String, ttl: Duration) { permit … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The template's name.
    pub name: Name,
    /// Parameters in order.
    pub parameters: Vec<Parameter>,
    /// The declarations it stands for.
    pub items: Vec<Item>,
}

/// `apply tool_access("jira", 5m) as jira;`
#[derive(Clone, Debug, PartialEq)]
pub struct Apply {
    /// The template's name.
    pub template: Name,
    /// Arguments in order.
    pub arguments: Vec<Expr>,
    /// The name of this application.
    pub name: Name,
}

/// `test "a debug guest is refused" { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What is tested, for people.
    pub name: Node<String>,
    /// The lines in order.
    pub lines: Vec<TestLine>,
}

/// A line of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestLine {
    /// What it says.
    pub kind: TestLineKind,
    /// The whole line.
    pub span: Span,
}

/// Every kind of test line.
#[derive(Clone, Debug, PartialEq)]
pub enum TestLineKind {
    /// `given PaymentCall { … }`
    Given(Expr),
    /// `with approver_builds = { … }`
    With(Name, Expr),
    /// `at 2026-11-21T00:00:00Z`
    At(Expr),
    /// `case "at the bound" { amount: 100 }`: the lines after it, up to the next one, are its own.
    Case {
        /// What is particular about it, for people.
        name: Node<String>,
        /// The fields of the question that it gives.
        fields: Vec<FieldInit>,
    },
    /// `expect permit` or `expect permit by a, b`
    ExpectPermit(Vec<Name>),
    /// `expect deny`, `expect deny because "sentence"` or `expect deny by rule`
    ExpectDeny {
        /// The sentence a refused caller must be told.
        because: Option<Node<String>>,
        /// The forbids that must have applied.
        by: Vec<Name>,
    },
    /// `expect grant { ttl: 5m, … }`
    ExpectGrant(Vec<FieldInit>),
    /// `expect valid_until 2026-11-21T00:05:00Z`
    ExpectValidUntil(Expr),
}

/// `invariant "…" for PaymentCall { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Invariant {
    /// What must hold, for people.
    pub name: Node<String>,
    /// The request type it is about.
    pub request: Name,
    /// What must hold; `permitted` in it is the decision.
    pub body: Expr,
}

/// A type as written.
pub type Type = Node<TypeKind>;

/// Every form of type.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// `Bool`, `Digest<48>`, `Set<String>`, `Ledger`
    Named(Name, Vec<TypeArgument>),
    /// `[Approval; 4]`
    List(Box<Type>, Node<i64>),
    /// `T?`
    Optional(Box<Type>),
    /// `Snp | Tdx`, two or more
    Union(Vec<Type>),
}

/// What stands between `<` and `>`.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeArgument {
    /// A length, as in `Digest<48>`.
    Length(Node<i64>),
    /// A type, as in `Set<String>`.
    Type(Type),
}

/// An expression as written.
pub type Expr = Node<ExprKind>;

/// Every form of expression. A rule has dozens, so each is small: what is large or rare about one stands in a box.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `true`, `false`
    Bool(bool),
    /// `1_000_000`. A leading minus is a [`ExprKind::Negate`], folded by the checker.
    Int(i64),
    /// `"text"`, escapes resolved.
    String(Word),
    /// `5m`, in milliseconds.
    Duration(i64),
    /// `2026-11-21T00:00:00Z`, in milliseconds since 1970-01-01T00:00:00Z; a bare date is its first instant.
    Instant(i64),
    /// `hex"a1b2"`, `sha384"…"`
    Bytes(BytesForm, Vec<u8>),
    /// `10.0.0.1` or `ip"::1"`
    IpAddr(IpAddr),
    /// `10.0.0.0/8` or `cidr"fc00::/7"`
    Cidr(IpAddr, u8),
    /// `oid"1.2.3.4.5"`
    Oid(Vec<u64>),
    /// `version"1.52.4"`
    Version([u64; 3]),
    /// `tcb { snp: 22, microcode: 213 }`
    Tcb(Vec<(Name, Node<i64>)>),
    /// A name alone: a field of the request, a parameter, an enum case, a reference …
    Name(Word),
    /// `e.name`
    Field(Box<Expr>, Box<Name>),
    /// `e[0..32]`: bytes from the first index up to, not including, the second.
    Slice(Box<Expr>, Box<[Node<i64>; 2]>),
    /// `{ a, b }`
    Set(Vec<Expr>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `Snp { policy.debug: true, ..Snp.sample }`
    Record {
        /// The type's name.
        name: Box<Name>,
        /// The fields given.
        fields: Box<[FieldInit]>,
        /// Where the others come from.
        rest: Option<Box<Expr>>,
    },
    /// `not e`
    Not(Box<Expr>),
    /// `-e`
    Negate(Box<Expr>),
    /// `a op b`
    Binary(Node<BinaryOp>, Box<Expr>, Box<Expr>),
    /// `e is Snp`
    IsType(Box<Expr>, Box<Name>),
    /// `e is present`
    IsPresent(Box<Expr>),
    /// `age(p)`, `snp.hardened(p)`
    Call(Box<Path>, Vec<Expr>),
    /// `any x in xs: P` and `all x in xs: P`
    Quantifier {
        /// Any or all.
        quantifier: Quantifier,
        /// `x`
        variable: Box<Name>,
        /// `xs`
        list: Box<Expr>,
        /// `P`
        condition: Box<Expr>,
    },
    /// `count(x in xs where P)` and `count(distinct e for x in xs where P)`
    Count {
        /// `e` of `distinct e`.
        distinct: Option<Box<Expr>>,
        /// `x`
        variable: Box<Name>,
        /// `xs`
        list: Box<Expr>,
        /// `P`; absent without a `where`, which counts all.
        condition: Option<Box<Expr>>,
    },
    /// `match p { Snp s => …, Tdx t => … }`
    Match(Box<Expr>, Vec<Arm>),
    /// `if c then a else b`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
}

/// `Snp s => body`
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// The evidence type of this arm.
    pub ty: Name,
    /// The name the value has in the body.
    pub variable: Name,
    /// The arm's value.
    pub body: Expr,
}

/// `policy.debug: true`, in a record literal, a grant or an expectation.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldInit {
    /// The field, or the path to it.
    pub path: Path,
    /// Its value.
    pub value: Expr,
}

/// How a byte string was written, which says how long it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BytesForm {
    /// `hex"…"`: any length.
    Hex,
    /// `sha256"…"`: 32 bytes.
    Sha256,
    /// `sha384"…"`: 48 bytes.
    Sha384,
    /// `sha512"…"`: 64 bytes.
    Sha512,
}

/// Whether one element suffices or all must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// At least one.
    Any,
    /// Every one.
    All,
}

/// Every operator between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `and`
    And,
    /// `or`
    Or,
    /// `implies`
    Implies,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `in`
    In,
    /// `matches`
    Matches,
    /// `starts_with`
    StartsWith,
    /// `ends_with`
    EndsWith,
    /// `contains`
    Contains,
    /// `subset_of`
    SubsetOf,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
}
