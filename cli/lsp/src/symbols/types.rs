//! The first pass goes on: the types that are written, once everything is declared that they may name.

use super::{Kind, Place, Role, Symbols, Target, Ty, builtin};
use atbac_grammar::span::FileId;
use atbac_grammar::syntax::{self, Item, ItemKind, Name, Type, TypeArgument, TypeKind};

impl Symbols {
    /// Gives symbols their types, and notes the names in these.
    pub(super) fn give_types(&mut self, file: FileId, item: &Item) {
        match &item.kind {
            ItemKind::Enum(declared) => {
                let Some(id) = self.declared_at(declared.name.span) else { return };
                for member in self.get(id).members.clone() {
                    let ty = match self.get(member).kind {
                        Kind::Group => Ty::Set(Box::new(Ty::Enum(id))),
                        _ => Ty::Enum(id),
                    };
                    self.symbols[member.index()].ty = Some(ty);
                }
            }
            ItemKind::Record(syntax::Record { name, fields })
            | ItemKind::Evidence(syntax::Evidence { name, fields, .. }) => {
                self.is_struct(name);
                for field in fields {
                    self.give_type(file, &field.name, &field.ty);
                }
            }
            ItemKind::Request(declared) => {
                self.is_struct(&declared.name);
                for field in &declared.fields {
                    self.give_type(file, &field.name, &field.ty);
                }
            }
            ItemKind::Grant(declared) => {
                self.is_struct(&declared.name);
                let request = self.named(file, &declared.request.value);
                if let Some(id) = self.declared_at(declared.name.span) {
                    self.symbols[id.index()].container = request;
                }
                for field in &declared.fields {
                    self.give_type(file, &field.name, &field.ty);
                }
            }
            ItemKind::Reference(declared) => self.give_type(file, &declared.name, &declared.ty),
            ItemKind::Predicate(declared) => {
                for parameter in &declared.parameters {
                    self.give_type(file, &parameter.name, &parameter.ty);
                }
            }
            ItemKind::Template(declared) => {
                for parameter in &declared.parameters {
                    self.give_type(file, &parameter.name, &parameter.ty);
                }
                for item in &declared.items {
                    self.give_types(file, item);
                }
            }
            ItemKind::Rule(_)
            | ItemKind::Floor(_)
            | ItemKind::Apply(_)
            | ItemKind::Test(_)
            | ItemKind::Invariant(_) => {}
        }
    }

    fn is_struct(&mut self, name: &Name) {
        if let Some(id) = self.declared_at(name.span) {
            self.symbols[id.index()].ty = Some(Ty::Struct(id));
        }
    }

    fn give_type(&mut self, file: FileId, name: &Name, written: &Type) {
        let ty = self.ty(file, written);
        if let Some(id) = self.declared_at(name.span) {
            self.symbols[id.index()].ty = ty;
        }
    }

    /// The type that is written; nothing where it names what is not known.
    fn ty(&mut self, file: FileId, written: &Type) -> Option<Ty> {
        match &written.value {
            TypeKind::Named(name, arguments) => self.named_type(file, name, arguments),
            TypeKind::List(element, most) => Some(Ty::List(Box::new(self.ty(file, element)?), most.value)),
            TypeKind::Optional(inner) => Some(Ty::Optional(Box::new(self.ty(file, inner)?))),
            TypeKind::Union(kinds) => {
                let kinds: Vec<Option<Ty>> = kinds.iter().map(|kind| self.ty(file, kind)).collect();
                let known = kinds.into_iter().filter_map(|kind| match kind {
                    Some(Ty::Struct(id)) => Some(id),
                    _ => None,
                });
                Some(Ty::Union(known.collect()))
            }
        }
    }

    fn named_type(&mut self, file: FileId, name: &Name, arguments: &[TypeArgument]) -> Option<Ty> {
        self.probe_here(&name.value, || Place::Type);
        let mut shown = Vec::new();
        let mut element = None;
        for argument in arguments {
            match argument {
                TypeArgument::Length(length) => shown.push(length.value.to_string()),
                TypeArgument::Type(written) => {
                    let ty = self.ty(file, written);
                    shown.push(ty.as_ref().map(|ty| self.show(ty)).unwrap_or_default());
                    element = ty;
                }
            }
        }
        if let Some(id) = self.named(file, &name.value) {
            self.occur(name.span, Target::Symbol(id), Role::Use);
            return match self.get(id).kind {
                Kind::Enum => Some(Ty::Enum(id)),
                Kind::Record | Kind::Evidence => Some(Ty::Struct(id)),
                _ => None,
            };
        }
        let known = builtin::find(builtin::Sort::Type, &name.value)?;
        self.occur(name.span, Target::BuiltIn(known), Role::Use);
        if name.value == "Set" {
            return Some(Ty::Set(Box::new(element?)));
        }
        let arguments = if shown.is_empty() { String::new() } else { format!("<{}>", shown.join(", ")) };
        Some(Ty::BuiltIn(format!("{}{arguments}", name.value)))
    }
}
