//! What a name can stand for, and the types of values, as far as an editor needs them.

use atbac_grammar::span::Span;

/// The position of a [`Symbol`] among all of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SymbolId(pub u32);

impl SymbolId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a declaration makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `package a.b;`, of its first file.
    Package,
    /// An enum.
    Enum,
    /// A group of an enum's cases.
    Group,
    /// A case of an enum.
    Case,
    /// A record.
    Record,
    /// An evidence schema.
    Evidence,
    /// A field of a record or of evidence.
    Field,
    /// A request.
    Request,
    /// A field of a request.
    RequestField,
    /// A grant.
    Grant,
    /// A field of a grant.
    GrantField,
    /// A reference.
    Reference,
    /// A predicate.
    Predicate,
    /// A parameter of a predicate or a template.
    Parameter,
    /// A permit or a forbid.
    Rule,
    /// A template.
    Template,
    /// An application of a template.
    Application,
    /// A test.
    Test,
    /// An invariant.
    Invariant,
    /// What `let` names.
    Let,
    /// What `any`, `all`, `count` or the arm of a `match` names.
    Variable,
}

impl Kind {
    /// What it is, for people.
    pub fn noun(self) -> &'static str {
        match self {
            Kind::Package => "package",
            Kind::Enum => "enum",
            Kind::Group => "group of cases",
            Kind::Case => "case",
            Kind::Record => "record",
            Kind::Evidence => "evidence",
            Kind::Field => "field",
            Kind::Request => "request",
            Kind::RequestField => "field of the request",
            Kind::Grant => "grant",
            Kind::GrantField => "field of the grant",
            Kind::Reference => "reference",
            Kind::Predicate => "predicate",
            Kind::Parameter => "parameter",
            Kind::Rule => "rule",
            Kind::Template => "template",
            Kind::Application => "application",
            Kind::Test => "test",
            Kind::Invariant => "invariant",
            Kind::Let => "name given by `let`",
            Kind::Variable => "variable",
        }
    }
}

/// Something that a bundle declares.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// The whole declaration.
    pub whole: Span,
    /// The part of the declaration that a hover shows.
    pub shown: Span,
    /// The package.
    pub package: String,
    /// What it is part of.
    pub container: Option<SymbolId>,
    /// Its doc comment, or what is said of it elsewhere.
    pub docs: String,
    /// The type of its value, where it has one that is known.
    pub ty: Option<Ty>,
    /// What kind of fact it states: the word after `@fact`.
    pub fact: Option<String>,
    /// Its parts: fields, cases, parameters.
    pub members: Vec<SymbolId>,
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    /// A type of the language, as written: `Digest<48>`.
    BuiltIn(String),
    /// A case of an enum.
    Enum(SymbolId),
    /// A record, evidence, a request or a grant.
    Struct(SymbolId),
    /// Evidence of one of these kinds.
    Union(Vec<SymbolId>),
    /// `Set<T>`
    Set(Box<Ty>),
    /// `[T; N]`
    List(Box<Ty>, i64),
    /// `T?`
    Optional(Box<Ty>),
}

impl Ty {
    /// The type of an element of a set or a list.
    pub(crate) fn element(&self) -> Option<&Ty> {
        match self {
            Ty::Set(element) | Ty::List(element, _) => Some(element),
            Ty::BuiltIn(_) | Ty::Enum(_) | Ty::Struct(_) | Ty::Union(_) | Ty::Optional(_) => None,
        }
    }

    /// The type of the value if it is there.
    pub(crate) fn present(&self) -> &Ty {
        match self {
            Ty::Optional(inner) => inner,
            Ty::BuiltIn(_) | Ty::Enum(_) | Ty::Struct(_) | Ty::Union(_) | Ty::Set(_) | Ty::List(..) => self,
        }
    }
}
