//! Written types, and what names of types stand for.

use crate::check::Checker;
use crate::check::names::Definition;
use crate::types::{RequestId, StructId, Type};
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{self, TypeArgument, TypeKind};

/// The longest list a type may declare: what a count walks is bounded, and so is a decision's cost.
pub const MAX_LIST_LENGTH: i64 = 256;

/// The names of the language's own types.
pub(in crate::check) const BUILT_IN_TYPES: [&str; 13] = [
    "Bool", "Int", "String", "Bytes", "Digest", "Duration", "Instant", "Tcb", "Version", "IpAddr", "Cidr", "Oid", "Set",
];

/// The most alternatives of a union.
pub const MAX_ALTERNATIVES: usize = 16;

/// The most bytes of a `Bytes<N>` or `Digest<N>`.
pub const MAX_FIXED_BYTES: i64 = 4096;

impl Checker<'_> {
    /// The request a name stands for.
    pub(in crate::check) fn request_named(&mut self, file: usize, name: &syntax::Name) -> Option<RequestId> {
        match self.names.get(file, &name.value) {
            Some(Definition::Request(id)) => Some(id),
            Some(other) => self.wrong_kind(name, other, "a request"),
            None => {
                let known = self.visible(file, |definition| matches!(definition, Definition::Request(_)));
                self.unknown(name.span, "request", &name.value, known)
            }
        }
    }

    /// The enum, record or evidence type a name stands for.
    pub(in crate::check) fn struct_named(&mut self, file: usize, name: &syntax::Name) -> Option<StructId> {
        match self.names.get(file, &name.value) {
            Some(Definition::Struct(id)) => Some(id),
            Some(other) => self.wrong_kind(name, other, "a record or evidence type"),
            None => {
                let known = self.visible(file, |definition| matches!(definition, Definition::Struct(_)));
                self.unknown(name.span, "type", &name.value, known)
            }
        }
    }

    pub(in crate::check) fn wrong_kind<T>(
        &mut self,
        name: &syntax::Name,
        found: Definition,
        wanted: &str,
    ) -> Option<T> {
        self.error(codes::WRONG_KIND, name.span, format!("`{}` is {}, not {wanted}", name.value, found.noun()))
    }

    /// What a written type means.
    pub(in crate::check) fn resolve_type(&mut self, file: usize, ty: &syntax::Type) -> Option<Type> {
        match &ty.value {
            TypeKind::Named(name, arguments) => self.resolve_named(file, name, arguments, ty.span),
            TypeKind::List(element, most) => {
                let element = self.resolve_type(file, element)?;
                if !(1..=MAX_LIST_LENGTH).contains(&most.value) {
                    let message = format!("a list holds 1 to {MAX_LIST_LENGTH} elements, not {}", most.value);
                    return self.error(codes::INVALID_TYPE, most.span, message);
                }
                Some(Type::List(Box::new(element), most.value as u32))
            }
            TypeKind::Optional(inner) => match self.resolve_type(file, inner)? {
                Type::Optional(_) => {
                    self.error(codes::INVALID_TYPE, ty.span, "a value is optional once: one `?` suffices")
                }
                inner => Some(Type::Optional(Box::new(inner))),
            },
            TypeKind::Union(members) if members.len() > MAX_ALTERNATIVES => {
                let message = format!("{} alternatives; at most {MAX_ALTERNATIVES} are allowed", members.len());
                self.error(codes::INVALID_TYPE, ty.span, message)
            }
            TypeKind::Union(members) => {
                let mut kinds = Vec::new();
                for member in members {
                    match self.resolve_type(file, member)? {
                        Type::Struct(id) if self.evidence_structs[id.index()] => {
                            if kinds.contains(&id) {
                                return self.error(
                                    codes::INVALID_TYPE,
                                    member.span,
                                    "the same type twice in one union",
                                );
                            }
                            kinds.push(id);
                        }
                        other => {
                            let message = format!(
                                "`{}` is not evidence: only evidence types can be alternatives",
                                self.show(&other)
                            );
                            return self.error(codes::INVALID_TYPE, member.span, message);
                        }
                    }
                }
                kinds.sort();
                Some(Type::Union(kinds))
            }
        }
    }

    fn resolve_named(
        &mut self,
        file: usize,
        name: &syntax::Name,
        arguments: &[TypeArgument],
        span: Span,
    ) -> Option<Type> {
        const PLAIN: [(&str, Type); 11] = [
            ("Bool", Type::Bool),
            ("Int", Type::Int),
            ("String", Type::String),
            ("Bytes", Type::Bytes),
            ("Duration", Type::Duration),
            ("Instant", Type::Instant),
            ("Tcb", Type::Tcb),
            ("Version", Type::Version),
            ("IpAddr", Type::IpAddr),
            ("Cidr", Type::Cidr),
            ("Oid", Type::Oid),
        ];
        match (name.value.as_str(), arguments) {
            ("Digest" | "Bytes", [TypeArgument::Length(length)]) => {
                if !(1..=MAX_FIXED_BYTES).contains(&length.value) {
                    let message = format!("a length is 1 to {MAX_FIXED_BYTES} bytes, not {}", length.value);
                    return self.error(codes::INVALID_TYPE, length.span, message);
                }
                let length = length.value as u32;
                return Some(if name.value == "Digest" { Type::Digest(length) } else { Type::FixedBytes(length) });
            }
            ("Digest", _) => {
                let help = "write the number of bytes, such as `Digest<48>` for SHA-384";
                self.report(Diagnostic::error(codes::INVALID_TYPE, span, "a digest has a length").help(help));
                return None;
            }
            ("Set", [TypeArgument::Type(element)]) => {
                let resolved = self.resolve_type(file, element)?;
                if !is_comparable(&resolved) {
                    let message = format!("a set cannot hold `{}`", self.show(&resolved));
                    return self.error(codes::INVALID_TYPE, element.span, message);
                }
                return Some(Type::Set(Box::new(resolved)));
            }
            ("Set", _) => {
                return self.error(codes::INVALID_TYPE, span, "a set has an element type, such as `Set<String>`");
            }
            _ => {}
        }
        let found = PLAIN.iter().find(|(known, _)| *known == name.value).map(|(_, ty)| ty.clone());
        let found = match found {
            Some(ty) => ty,
            None => match self.names.get(file, &name.value) {
                Some(Definition::Enum(id)) => Type::Enum(id),
                Some(Definition::Struct(id)) => Type::Struct(id),
                Some(other) => return self.wrong_kind(name, other, "a type"),
                None => {
                    let wanted = |definition| matches!(definition, Definition::Enum(_) | Definition::Struct(_));
                    let mut known = self.visible(file, wanted);
                    known.extend(BUILT_IN_TYPES.map(str::to_owned));
                    return self.unknown(name.span, "type", &name.value, known);
                }
            },
        };
        if arguments.is_empty() {
            Some(found)
        } else {
            self.error(codes::INVALID_TYPE, span, format!("`{}` takes no arguments", name.value))
        }
    }
}

/// Whether values of a type are single values that can be equal, and so elements of sets.
pub(in crate::check) fn is_comparable(ty: &Type) -> bool {
    match ty {
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
        | Type::Enum(_) => true,
        Type::Set(_) | Type::List(..) | Type::Optional(_) | Type::Struct(_) | Type::Union(_) => false,
    }
}

/// The structs a value of a type holds directly.
pub(super) fn held(ty: &Type) -> Vec<StructId> {
    match ty {
        Type::Struct(id) => vec![*id],
        Type::Union(ids) => ids.clone(),
        Type::List(inner, _) | Type::Optional(inner) | Type::Set(inner) => held(inner),
        _ => Vec::new(),
    }
}
