//! What names mean once they are resolved: types, and the schemas of everything that can be asked.
//!
//! Definitions live in arenas of the [`Schema`] and refer to one another by small ids, so that later phases compare integers, not strings.

use atbac_grammar::span::Span;
use atbac_grammar::syntax::{Effect, Provenance, Stage};
use std::fmt;

macro_rules! ids {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {
        $($(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in the arena.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        })+
    };
}

ids! {
    /// An enum, in [`Schema::enums`].
    EnumId;
    /// A record or an evidence schema, in [`Schema::structs`].
    StructId;
    /// A request type, in [`Schema::requests`].
    RequestId;
    /// A reference value, in [`Schema::references`].
    ReferenceId;
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// True or false.
    Bool,
    /// A 64-bit signed integer.
    Int,
    /// Text in UTF-8.
    String,
    /// Bytes of any length.
    Bytes,
    /// Exactly so many bytes.
    FixedBytes(u32),
    /// A cryptographic digest of so many bytes.
    Digest(u32),
    /// A length of time, in milliseconds.
    Duration,
    /// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
    Instant,
    /// A vector of component versions, partially ordered.
    Tcb,
    /// A semantic version of three numbers.
    Version,
    /// An IPv4 or IPv6 address.
    IpAddr,
    /// An IPv4 or IPv6 network.
    Cidr,
    /// An ASN.1 object identifier.
    Oid,
    /// Any number of distinct values.
    Set(Box<Type>),
    /// At most so many values in order.
    List(Box<Type>, u32),
    /// A value that may be absent.
    Optional(Box<Type>),
    /// One case of an enum.
    Enum(EnumId),
    /// A record, or evidence of one kind.
    Struct(StructId),
    /// Evidence of one of several kinds: two or more, in ascending order.
    Union(Vec<StructId>),
}

/// An enum with its cases.
#[derive(Clone, Debug)]
pub struct Enum {
    /// The name in its package.
    pub name: String,
    /// The package.
    pub package: String,
    /// Every case, in order of writing; a value is the index.
    pub cases: Vec<Case>,
    /// Every group with the indices of its cases.
    pub groups: Vec<Group>,
    /// Where it is declared.
    pub span: Span,
}

/// A case of an enum.
#[derive(Clone, Debug)]
pub struct Case {
    /// The case's name, unique in its enum.
    pub name: String,
    /// Its documentation.
    pub docs: String,
}

/// A named group of cases.
#[derive(Clone, Debug)]
pub struct Group {
    /// The group's name; no case has the same.
    pub name: String,
    /// The indices of its cases, ascending.
    pub cases: Vec<u32>,
}

/// A record or an evidence schema.
#[derive(Clone, Debug)]
pub struct Struct {
    /// The name in its package.
    pub name: String,
    /// The package.
    pub package: String,
    /// The fields in order.
    pub fields: Vec<Field>,
    /// What makes it evidence; `None` for a record.
    pub evidence: Option<Evidence>,
    /// Where it is declared.
    pub span: Span,
}

/// A field of a record or an evidence schema.
#[derive(Clone, Debug)]
pub struct Field {
    /// The field's name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Its documentation, for diagnostics and generated pages.
    pub docs: String,
    /// What kind of fact it is, where the schema says so.
    pub fact: Option<Fact>,
    /// Whether explanations of decisions keep its value to themselves: `@sensitive`.
    pub sensitive: bool,
    /// The value it has in the type's `sample`, where the schema gives one.
    pub sample: Option<crate::value::Value>,
    /// Where it is declared.
    pub span: Span,
}

/// The kinds of fact a claim can state; a package sets a floor of provenance for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fact {
    /// What code runs: measurements.
    CodeIdentity,
    /// What state the platform is in: TCB, debug, mitigations.
    PlatformHealth,
    /// Who the workload is: an SVID, a key.
    WorkloadIdentity,
    /// Anything else.
    Circumstance,
}

/// What makes a struct evidence: something verified, with an age and an end.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// What it is, for people.
    pub title: String,
    /// The engine's verifier that produces it, from `@verifier("…")`.
    pub verifier: String,
    /// Index of the `Instant` field that `age` counts from: `verified_at`, or the one named by `@age_from(…)`.
    pub age_from: usize,
    /// Index of the `Instant` field at which it expires: `expires_at`.
    pub expires_at: usize,
    /// The age in milliseconds at which it expires all the same, from `@max_age(…)`.
    pub max_age: Option<i64>,
}

/// A request type: a question a package answers.
#[derive(Clone, Debug)]
pub struct Request {
    /// The name in its package.
    pub name: String,
    /// The package.
    pub package: String,
    /// The fields in order.
    pub fields: Vec<RequestField>,
    /// What a permit gives, if the package says.
    pub grant: Option<Grant>,
    /// Where it is declared.
    pub span: Span,
}

/// A field of a request.
#[derive(Clone, Debug)]
pub struct RequestField {
    /// The field's name.
    pub name: String,
    /// When its value is known.
    pub stage: Stage,
    /// Whose honesty it rests on.
    pub provenance: Provenance,
    /// Its type.
    pub ty: Type,
    /// Index of the field it must be proven to be one with.
    pub bound_to: Option<usize>,
    /// Whether it must answer a challenge of the engine's: `@challenged`.
    pub challenged: bool,
    /// Its documentation.
    pub docs: String,
    /// What kind of fact it is, where the schema says so.
    pub fact: Option<Fact>,
    /// Whether explanations of decisions keep its value to themselves: `@sensitive`.
    pub sensitive: bool,
    /// Where it is declared.
    pub span: Span,
}

/// What a permitted caller gets.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The grant type's name.
    pub name: String,
    /// Its fields in order.
    pub fields: Vec<GrantField>,
    /// Where it is declared.
    pub span: Span,
}

/// A field of a grant.
#[derive(Clone, Debug)]
pub struct GrantField {
    /// The field's name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// How two permits that both apply combine.
    pub merge: Merge,
    /// Where it is declared.
    pub span: Span,
}

/// How the grants of two permits that both apply combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Merge {
    /// The smaller of two numbers, durations or instants.
    Min,
    /// The larger of two numbers, durations or instants.
    Max,
    /// Both must give the same value; otherwise the call is denied.
    Same,
    /// What both sets have.
    Intersect,
    /// What either set has.
    Union,
}

/// A reference value: filled when deployed, swapped without recompiling.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The name in its package.
    pub name: String,
    /// The package.
    pub package: String,
    /// Its type.
    pub ty: Type,
    /// Where it is declared.
    pub span: Span,
}

/// Everything a bundle declares that has a shape.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// Every enum.
    pub enums: Vec<Enum>,
    /// Every record and evidence schema.
    pub structs: Vec<Struct>,
    /// Every request type.
    pub requests: Vec<Request>,
    /// Every reference value.
    pub references: Vec<Reference>,
}

impl Schema {
    /// The enum with this id.
    pub fn enumeration(&self, id: EnumId) -> &Enum {
        &self.enums[id.index()]
    }

    /// The record or evidence schema with this id.
    pub fn structure(&self, id: StructId) -> &Struct {
        &self.structs[id.index()]
    }

    /// The request type with this id.
    pub fn request(&self, id: RequestId) -> &Request {
        &self.requests[id.index()]
    }

    /// The reference value with this id.
    pub fn reference(&self, id: ReferenceId) -> &Reference {
        &self.references[id.index()]
    }

    /// The type as its author would write it.
    pub fn show<'a>(&'a self, ty: &'a Type) -> impl fmt::Display + 'a {
        Shown { schema: self, ty }
    }

    /// Whether a value of this type holds evidence somewhere in it.
    pub fn holds_evidence(&self, ty: &Type) -> bool {
        self.holds_evidence_that(ty, &|_| true)
    }

    /// The same of evidence of such a kind.
    pub fn holds_evidence_that(&self, ty: &Type, is_such: &dyn Fn(&Evidence) -> bool) -> bool {
        let in_struct = |id: &StructId| {
            let structure = self.structure(*id);
            structure.evidence.as_ref().is_some_and(is_such)
                || structure.fields.iter().any(|field| self.holds_evidence_that(&field.ty, is_such))
        };
        match ty {
            Type::Struct(id) => in_struct(id),
            Type::Union(ids) => ids.iter().any(in_struct),
            Type::Set(inner) | Type::List(inner, _) | Type::Optional(inner) => self.holds_evidence_that(inner, is_such),
            Type::Bool
            | Type::Int
            | Type::String
            | Type::Bytes
            | Type::FixedBytes(_)
            | Type::Digest(_)
            | Type::Duration
            | Type::Instant
            | Type::Tcb
            | Type::Version
            | Type::IpAddr
            | Type::Cidr
            | Type::Oid
            | Type::Enum(_) => false,
        }
    }
}

struct Shown<'a> {
    schema: &'a Schema,
    ty: &'a Type,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schema = self.schema;
        match self.ty {
            Type::Bool => f.write_str("Bool"),
            Type::Int => f.write_str("Int"),
            Type::String => f.write_str("String"),
            Type::Bytes => f.write_str("Bytes"),
            Type::FixedBytes(length) => write!(f, "Bytes<{length}>"),
            Type::Digest(length) => write!(f, "Digest<{length}>"),
            Type::Duration => f.write_str("Duration"),
            Type::Instant => f.write_str("Instant"),
            Type::Tcb => f.write_str("Tcb"),
            Type::Version => f.write_str("Version"),
            Type::IpAddr => f.write_str("IpAddr"),
            Type::Cidr => f.write_str("Cidr"),
            Type::Oid => f.write_str("Oid"),
            Type::Set(element) => write!(f, "Set<{}>", schema.show(element)),
            Type::List(element, most) => write!(f, "[{}; {most}]", schema.show(element)),
            Type::Optional(inner) => write!(f, "{}?", schema.show(inner)),
            Type::Enum(id) => f.write_str(&schema.enumeration(*id).name),
            Type::Struct(id) => f.write_str(&schema.structure(*id).name),
            Type::Union(ids) => {
                for (at, id) in ids.iter().enumerate() {
                    let bar = if at == 0 { "" } else { " | " };
                    write!(f, "{bar}{}", schema.structure(*id).name)?;
                }
                Ok(())
            }
        }
    }
}

/// The word for an effect in messages and output.
pub fn effect_word(effect: Effect) -> &'static str {
    match effect {
        Effect::Permit => "permit",
        Effect::Forbid => "forbid",
    }
}
