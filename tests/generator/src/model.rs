//! What the generator knows of the declarations it has written: it reads them off the tree, its own and the standard library's alike.

use crate::build::{named, node, of_length};
use atbac_grammar::span::FileId;
use atbac_grammar::syntax::{ExprKind, Item, ItemKind, Provenance, Type, TypeArgument, TypeKind};

/// The type of a value. Enums and structs are positions in the [`World`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ty {
    Bool,
    Int,
    String,
    Bytes,
    FixedBytes(u32),
    Digest(u32),
    Duration,
    Instant,
    Tcb,
    Version,
    IpAddr,
    Cidr,
    Oid,
    Enum(usize),
    Struct(usize),
    Union(Vec<usize>),
    Set(Box<Ty>),
    List(Box<Ty>, u32),
    Optional(Box<Ty>),
}

impl Ty {
    /// Whether a value of it is one that can be equal to another, and an element of a set.
    pub(crate) fn is_comparable(&self) -> bool {
        !matches!(self, Ty::Struct(_) | Ty::Union(_) | Ty::Set(_) | Ty::List(..) | Ty::Optional(_))
    }

    pub(crate) fn is_bytes(&self) -> bool {
        matches!(self, Ty::Bytes | Ty::FixedBytes(_) | Ty::Digest(_))
    }

    pub(crate) fn has_order(&self) -> bool {
        matches!(self, Ty::Int | Ty::Duration | Ty::Instant | Ty::Version)
    }

    /// The length of bytes that have one.
    pub(crate) fn length(&self) -> Option<u32> {
        match self {
            Ty::FixedBytes(length) | Ty::Digest(length) => Some(*length),
            _ => None,
        }
    }

    /// Whether values of both can be compared with each other.
    pub(crate) fn compares_with(&self, other: &Ty) -> bool {
        match (self.length(), other.length()) {
            (Some(one), Some(other)) => one == other,
            _ => self == other || self.is_bytes() && other.is_bytes(),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Enum {
    pub(crate) name: String,
    pub(crate) cases: Vec<String>,
    pub(crate) groups: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Struct {
    pub(crate) name: String,
    pub(crate) fields: Vec<(String, Ty)>,
    /// The verifier, of evidence.
    pub(crate) verifier: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct RequestField {
    pub(crate) name: String,
    pub(crate) ty: Ty,
    pub(crate) provenance: Provenance,
    pub(crate) bound_to: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) name: String,
    pub(crate) fields: Vec<RequestField>,
}

#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) request: String,
    pub(crate) fields: Vec<(String, Ty)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Predicate {
    pub(crate) name: String,
    pub(crate) parameters: Vec<Ty>,
}

/// Everything that is declared so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) enums: Vec<Enum>,
    pub(crate) structs: Vec<Struct>,
    pub(crate) requests: Vec<Request>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) references: Vec<(String, Ty)>,
    pub(crate) predicates: Vec<Predicate>,
    /// The packages of the standard library that were learnt, with the types that each declares.
    pub(crate) standard: Vec<(String, Vec<String>)>,
}

impl World {
    /// Learns the types of a package of the standard library. Its predicates are called by name where a law asks for them.
    pub(crate) fn learn_standard(&mut self, package: &str) {
        let Some(module) = atbac_stdlib::MODULES.iter().find(|module| module.package == package) else { return };
        if self.standard.iter().any(|(known, _)| known == package) {
            return;
        }
        let file = atbac_grammar::parse(FileId(0), module.source).file;
        for used in &file.uses {
            let words: Vec<&str> = used.package.value.iter().map(|word| word.value.as_str()).collect();
            self.learn_standard(&words.join("."));
        }
        let (enums, structs) = (self.enums.len(), self.structs.len());
        for item in file.items.iter().filter(|item| !matches!(item.kind, ItemKind::Predicate(_))) {
            self.learn(item);
        }
        let names = self.enums[enums..].iter().map(|declared| declared.name.clone());
        let names = names.chain(self.structs[structs..].iter().map(|declared| declared.name.clone())).collect();
        self.standard.push((package.to_owned(), names));
    }

    /// Learns what a declaration declares.
    pub(crate) fn learn(&mut self, item: &Item) {
        match &item.kind {
            ItemKind::Enum(declared) => {
                let (mut cases, mut groups) = (Vec::new(), Vec::new());
                for member in &declared.members {
                    match &member.cases {
                        None => cases.push(member.name.value.to_string()),
                        Some(inner) => {
                            groups.push(member.name.value.to_string());
                            cases.extend(inner.iter().map(|case| case.name.value.to_string()));
                        }
                    }
                }
                self.enums.push(Enum { name: declared.name.value.to_string(), cases, groups });
            }
            ItemKind::Record(declared) => {
                let fields = declared.fields.iter().map(|field| (field.name.value.to_string(), self.ty(&field.ty)));
                let fields = fields.collect();
                self.structs.push(Struct { name: declared.name.value.to_string(), fields, verifier: None });
            }
            ItemKind::Evidence(declared) => {
                let fields = declared.fields.iter().map(|field| (field.name.value.to_string(), self.ty(&field.ty)));
                let fields = fields.collect();
                let verifier = declared.attributes.iter().find(|attribute| attribute.name.value == "verifier");
                let verifier = verifier.and_then(|attribute| match &attribute.arguments.first()?.1.value {
                    ExprKind::String(name) => Some(name.to_string()),
                    _ => None,
                });
                self.structs.push(Struct { name: declared.name.value.to_string(), fields, verifier });
            }
            ItemKind::Request(declared) => {
                let field = |field: &atbac_grammar::syntax::RequestField| RequestField {
                    name: field.name.value.to_string(),
                    ty: self.ty(&field.ty),
                    provenance: field.provenance.value,
                    bound_to: field.bound_to.as_ref().map(|name| name.value.to_string()),
                };
                let fields = declared.fields.iter().map(field).collect();
                self.requests.push(Request { name: declared.name.value.to_string(), fields });
            }
            ItemKind::Grant(declared) => {
                let fields = declared.fields.iter().map(|field| (field.name.value.to_string(), self.ty(&field.ty)));
                let fields = fields.collect();
                self.grants.push(Grant { request: declared.request.value.to_string(), fields });
            }
            ItemKind::Reference(declared) => {
                self.references.push((declared.name.value.to_string(), self.ty(&declared.ty)));
            }
            ItemKind::Predicate(declared) => {
                let parameters = declared.parameters.iter().map(|parameter| self.ty(&parameter.ty)).collect();
                self.predicates.push(Predicate { name: declared.name.value.to_string(), parameters });
            }
            ItemKind::Rule(_)
            | ItemKind::Floor(_)
            | ItemKind::Template(_)
            | ItemKind::Apply(_)
            | ItemKind::Test(_)
            | ItemKind::Invariant(_) => {}
        }
    }

    /// What a written type means. Names that are not known are taken for `Bool`, which the compiler then refuses.
    fn ty(&self, ty: &Type) -> Ty {
        match &ty.value {
            TypeKind::List(element, most) => Ty::List(Box::new(self.ty(element)), most.value as u32),
            TypeKind::Optional(inner) => Ty::Optional(Box::new(self.ty(inner))),
            TypeKind::Union(kinds) => {
                let kinds = kinds.iter().filter_map(|kind| match self.ty(kind) {
                    Ty::Struct(at) => Some(at),
                    _ => None,
                });
                Ty::Union(kinds.collect())
            }
            TypeKind::Named(name, arguments) => match (name.value.as_str(), arguments.as_slice()) {
                ("Bytes", [TypeArgument::Length(length)]) => Ty::FixedBytes(length.value as u32),
                ("Digest", [TypeArgument::Length(length)]) => Ty::Digest(length.value as u32),
                ("Set", [TypeArgument::Type(element)]) => Ty::Set(Box::new(self.ty(element))),
                ("Int", _) => Ty::Int,
                ("String", _) => Ty::String,
                ("Bytes", _) => Ty::Bytes,
                ("Duration", _) => Ty::Duration,
                ("Instant", _) => Ty::Instant,
                ("Tcb", _) => Ty::Tcb,
                ("Version", _) => Ty::Version,
                ("IpAddr", _) => Ty::IpAddr,
                ("Cidr", _) => Ty::Cidr,
                ("Oid", _) => Ty::Oid,
                (other, _) => {
                    let of_enum = self.enums.iter().position(|known| known.name == other).map(Ty::Enum);
                    let of_struct = || self.structs.iter().position(|known| known.name == other).map(Ty::Struct);
                    of_enum.or_else(of_struct).unwrap_or(Ty::Bool)
                }
            },
        }
    }

    /// The type as it is written.
    pub(crate) fn written(&self, ty: &Ty) -> Type {
        match ty {
            Ty::Bool => named("Bool"),
            Ty::Int => named("Int"),
            Ty::String => named("String"),
            Ty::Bytes => named("Bytes"),
            Ty::FixedBytes(length) => of_length("Bytes", *length),
            Ty::Digest(length) => of_length("Digest", *length),
            Ty::Duration => named("Duration"),
            Ty::Instant => named("Instant"),
            Ty::Tcb => named("Tcb"),
            Ty::Version => named("Version"),
            Ty::IpAddr => named("IpAddr"),
            Ty::Cidr => named("Cidr"),
            Ty::Oid => named("Oid"),
            Ty::Enum(at) => named(&self.enums[*at].name),
            Ty::Struct(at) => named(&self.structs[*at].name),
            Ty::Union(kinds) => node(TypeKind::Union(kinds.iter().map(|at| named(&self.structs[*at].name)).collect())),
            Ty::Set(element) => {
                node(TypeKind::Named(node("Set".into()), vec![TypeArgument::Type(self.written(element))]))
            }
            Ty::List(element, most) => node(TypeKind::List(Box::new(self.written(element)), node((*most).into()))),
            Ty::Optional(inner) => node(TypeKind::Optional(Box::new(self.written(inner)))),
        }
    }

    /// Whether a type is one kind of evidence.
    pub(crate) fn is_evidence(&self, ty: &Ty) -> bool {
        matches!(ty, Ty::Struct(at) if self.structs[*at].verifier.is_some())
    }

    /// Whether a value of a type is evidence, or has it inside.
    pub(crate) fn holds_evidence(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Struct(_) => self.is_evidence(ty),
            Ty::Union(_) => true,
            Ty::Set(inner) | Ty::List(inner, _) | Ty::Optional(inner) => self.holds_evidence(inner),
            _ => false,
        }
    }
}
