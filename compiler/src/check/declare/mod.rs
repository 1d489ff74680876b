//! Types take shape: enums, records, evidence schemas, requests, grants and references. [`types`] reads written types, [`evidence`] says what evidence must be,
//! [`standard`] what it may say, [`proof`] what of it can be proven.

mod evidence;
mod proof;
mod standard;
mod types;

pub(super) use proof::Demand;
pub(crate) use standard::FREE_FORM;
pub(super) use types::{BUILT_IN_TYPES, is_comparable};
pub use types::{MAX_ALTERNATIVES, MAX_FIXED_BYTES, MAX_LIST_LENGTH};

use super::attribute::FACTS;
use super::names::Definition;
use super::{Checker, docs, listed};
use crate::types::{
    Case, Enum, EnumId, Fact, Field, Grant, GrantField, Group, Merge, Reference, Request, RequestField, RequestId,
    Struct, StructId, Type,
};
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{self, ExprKind, ItemKind};
use proof::Demanded;
use std::collections::HashMap;

/// The most fields of a record, an evidence schema, a request or a grant.
pub const MAX_FIELDS: usize = 1024;

/// The most cases of an enum.
pub const MAX_ENUM_CASES: usize = 4096;

impl Checker<'_> {
    /// Declares everything that has a shape.
    pub(in crate::check) fn declare(&mut self) {
        // Enums first, then structs: fields' types and samples need them. Grants need their request.
        self.each_item(|checker, file, item, definition| match (&item.kind, definition) {
            (ItemKind::Enum(declared), _) => checker.declare_enum(file, declared),
            (ItemKind::Record(declared), _) => checker.reserve_struct(file, &declared.name, false),
            (ItemKind::Evidence(declared), _) => checker.reserve_struct(file, &declared.name, true),
            _ => {}
        });
        self.each_item(|checker, file, item, definition| match (&item.kind, definition) {
            (ItemKind::Record(declared), Some(Definition::Struct(id))) => {
                checker.declare_fields(file, id, &declared.fields)
            }
            (ItemKind::Evidence(declared), Some(Definition::Struct(id))) => {
                checker.declare_fields(file, id, &declared.fields);
                checker.declare_evidence(id, declared);
            }
            (ItemKind::Request(declared), _) => checker.declare_request(file, declared),
            (ItemKind::Reference(declared), _) => checker.declare_reference(file, declared),
            _ => {}
        });
        self.each_item(|checker, file, item, _| {
            if let ItemKind::Grant(declared) = &item.kind {
                checker.declare_grant(file, declared);
            }
        });
        self.refuse_attributes();
        self.check_sizes();
        if !self.has_endless_type {
            self.refuse_unsigned_evidence();
            self.refuse_unprovable();
            self.compare_with_standard_schemas();
            self.declare_samples();
        }
    }

    /// Visits every declaration of every file, in order.
    pub(in crate::check) fn each_item(
        &mut self,
        mut visit: impl FnMut(&mut Self, usize, &syntax::Item, Option<Definition>),
    ) {
        let files = self.files;
        for (at, file) in files.iter().enumerate() {
            for (item, index) in file.items.iter().zip(0..) {
                let definition = self.names.definitions[at][index];
                visit(self, at, item, definition);
            }
        }
    }

    fn declare_enum(&mut self, file: usize, declared: &syntax::Enum) {
        let mut made = Enum {
            name: declared.name.value.to_string(),
            package: self.names.package_of[file].to_string(),
            cases: Vec::new(),
            groups: Vec::new(),
            span: declared.name.span,
        };
        let mut seen: Vec<&syntax::Name> = Vec::new();
        for member in &declared.members {
            seen.push(&member.name);
            match &member.cases {
                None => made.cases.push(Case { name: member.name.value.to_string(), docs: docs(&member.docs) }),
                Some(cases) => {
                    let first = made.cases.len() as u32;
                    for case in cases {
                        seen.push(&case.name);
                        made.cases.push(Case { name: case.name.value.to_string(), docs: docs(&case.docs) });
                    }
                    let cases = (first..made.cases.len() as u32).collect();
                    made.groups.push(Group { name: member.name.value.to_string(), cases });
                }
            }
        }
        if made.cases.len() > MAX_ENUM_CASES {
            let message =
                format!("enum `{}` has {} cases; at most {MAX_ENUM_CASES} are allowed", made.name, made.cases.len());
            self.report(
                Diagnostic::error(codes::INVALID_TYPE, declared.name.span, message)
                    .help("names that come from outside are better a `String`"),
            );
            made.cases.truncate(MAX_ENUM_CASES);
            made.groups.clear();
        }
        if made.cases.is_empty() {
            self.report(Diagnostic::error(
                codes::INVALID_TYPE,
                declared.name.span,
                format!("enum `{}` has no case", made.name),
            ));
        }
        let mut sorted = seen.clone();
        sorted.sort_by_key(|name| (&name.value, name.span));
        for pair in sorted.windows(2) {
            if pair[0].value == pair[1].value {
                self.report(
                    Diagnostic::error(
                        codes::DUPLICATE_NAME,
                        pair[1].span,
                        format!("`{}` appears twice in enum `{}`", pair[1].value, made.name),
                    )
                    .and(pair[0].span, "first here"),
                );
            }
        }
        self.schema.enums.push(made);
    }

    fn reserve_struct(&mut self, file: usize, name: &syntax::Name, is_evidence: bool) {
        self.evidence_structs.push(is_evidence);
        self.schema.structs.push(Struct {
            name: name.value.to_string(),
            package: self.names.package_of[file].to_string(),
            fields: Vec::new(),
            evidence: None,
            span: name.span,
        });
    }

    fn declare_fields(&mut self, file: usize, id: StructId, declared: &[syntax::Field]) {
        let mut seen = HashMap::new();
        for field in declared {
            if !self.admits(&mut seen, &field.name) {
                continue;
            }
            let Some(ty) = self.resolve_type(file, &field.ty) else {
                self.refused_fields.push((id, field.name.value.to_string()));
                continue;
            };
            let (mut fact, mut sensitive) = (None, false);
            for attribute in &field.attributes {
                match attribute.name.value.as_str() {
                    "fact" => fact = self.fact(attribute),
                    "sensitive" => sensitive = self.bare(attribute),
                    "sample" => {}
                    other => {
                        let message = format!("a field has no attribute `@{other}`");
                        self.report(
                            Diagnostic::error(codes::INVALID_ATTRIBUTE, attribute.span, message)
                                .help("fields have `@fact(…)`, `@sample(…)` and `@sensitive`"),
                        );
                    }
                }
            }
            let made = Field {
                name: field.name.value.to_string(),
                ty,
                docs: docs(&field.docs),
                fact,
                sensitive,
                sample: None,
                span: field.name.span,
            };
            self.schema.structs[id.index()].fields.push(made);
        }
    }

    /// Whether an attribute that says all by its name has no arguments.
    fn bare(&mut self, attribute: &syntax::Attribute) -> bool {
        if !attribute.arguments.is_empty() {
            let message = format!("this attribute is written `@{}`", attribute.name.value);
            self.report(Diagnostic::error(codes::INVALID_ATTRIBUTE, attribute.span, message));
        }
        attribute.arguments.is_empty()
    }

    fn fact(&mut self, attribute: &syntax::Attribute) -> Option<Fact> {
        if let [(None, argument)] = attribute.arguments.as_slice()
            && let ExprKind::Name(word) = &argument.value
            && let Some((_, fact)) = FACTS.iter().find(|(name, _)| name == word)
        {
            return Some(*fact);
        }
        let message = format!("`@fact` takes one of {}", listed(FACTS.map(|(name, _)| name)));
        self.error(codes::INVALID_ATTRIBUTE, attribute.span, message)
    }

    fn declare_request(&mut self, file: usize, declared: &syntax::Request) {
        let mut made = Request {
            name: declared.name.value.to_string(),
            package: self.names.package_of[file].to_string(),
            fields: Vec::new(),
            grant: None,
            span: declared.name.span,
        };
        let mut bindings = Vec::new();
        let mut seen = HashMap::new();
        for field in &declared.fields {
            if !self.admits(&mut seen, &field.name) {
                continue;
            }
            let (mut fact, mut challenged, mut sensitive) = (None, None, false);
            for attribute in &field.attributes {
                match attribute.name.value.as_str() {
                    "fact" => fact = self.fact(attribute),
                    "challenged" => challenged = self.bare(attribute).then_some(attribute.span),
                    "sensitive" => sensitive = self.bare(attribute),
                    other => {
                        let message = format!("a request's field has no attribute `@{other}`");
                        self.report(
                            Diagnostic::error(codes::INVALID_ATTRIBUTE, attribute.span, message)
                                .help("it has `@fact(…)`, `@challenged` and `@sensitive`"),
                        );
                    }
                }
            }
            // A field whose type is refused still takes its place, so that the others keep theirs.
            let ty = self.resolve_type(file, &field.ty);
            match &ty {
                Some(ty) => self.check_provenance(field, ty),
                None => {
                    self.refused.insert(field.name.span);
                }
            }
            bindings.push((field.bound_to.as_ref(), challenged));
            made.fields.push(RequestField {
                name: field.name.value.to_string(),
                stage: field.stage.value,
                provenance: field.provenance.value,
                ty: ty.unwrap_or(Type::Bool),
                bound_to: None,
                challenged: challenged.is_some(),
                docs: docs(&field.docs),
                fact,
                sensitive,
                span: field.name.span,
            });
        }
        let request = RequestId(self.schema.requests.len() as u32);
        for (at, (bound_to, challenged)) in bindings.into_iter().enumerate() {
            if let Some(name) = bound_to
                && let Some(anchor) = self.resolve_binding(&made, at, name)
            {
                made.fields[at].bound_to = Some(anchor);
                self.demands.push(Demand { request, field: at, span: name.span, proof: Demanded::Binding(anchor) });
            }
            if let Some(span) = challenged {
                self.demands.push(Demand { request, field: at, span, proof: Demanded::Challenge });
            }
        }
        self.schema.requests.push(made);
    }

    fn declare_reference(&mut self, file: usize, declared: &syntax::Reference) {
        let ty = self.resolve_type(file, &declared.ty);
        if let Some(ty) = &ty {
            let element = if let Type::Set(element) = ty { element } else { ty };
            if !is_comparable(element) {
                let shown = self.show(ty);
                self.report(
                    Diagnostic::error(codes::INVALID_TYPE, declared.ty.span, format!("a reference value cannot be of type `{shown}`"))
                        .help("references are single values, such as numbers, strings, digests, `Tcb`s or networks, or sets of them"),
                );
                self.refused.insert(declared.name.span);
            }
        } else {
            self.refused.insert(declared.name.span);
        }
        self.schema.references.push(Reference {
            name: declared.name.value.to_string(),
            package: self.names.package_of[file].to_string(),
            ty: ty.unwrap_or(Type::Bool),
            span: declared.name.span,
        });
    }

    fn declare_grant(&mut self, file: usize, declared: &syntax::Grant) {
        let Some(id) = self.request_named(file, &declared.request) else { return };
        if let Some(earlier) = &self.schema.request(id).grant {
            let finding = Diagnostic::error(
                codes::DUPLICATE_NAME,
                declared.name.span,
                format!("request `{}` has two grants", declared.request.value),
            )
            .and(earlier.span, "the other is here");
            self.report(finding);
            return;
        }
        let mut fields: Vec<GrantField> = Vec::new();
        let mut seen = HashMap::new();
        for field in &declared.fields {
            if !self.admits(&mut seen, &field.name) {
                continue;
            }
            let ty = self.resolve_type(file, &field.ty);
            let merge = self.merge(field, ty.as_ref());
            if ty.is_none() {
                self.refused.insert(field.name.span);
            }
            let (ty, merge) = (ty.unwrap_or(Type::Bool), merge.unwrap_or(Merge::Same));
            fields.push(GrantField { name: field.name.value.to_string(), ty, merge, span: field.name.span });
        }
        self.schema.requests[id.index()].grant =
            Some(Grant { name: declared.name.value.to_string(), fields, span: declared.name.span });
    }

    fn merge(&mut self, field: &syntax::GrantField, ty: Option<&Type>) -> Option<Merge> {
        const MERGES: [(&str, Merge); 5] = [
            ("min", Merge::Min),
            ("max", Merge::Max),
            ("same", Merge::Same),
            ("intersect", Merge::Intersect),
            ("union", Merge::Union),
        ];
        let word = &field.merge;
        let Some((_, merge)) = MERGES.iter().find(|(name, _)| *name == word.value) else {
            return self.unknown(word.span, "merge", &word.value, MERGES.map(|(name, _)| name));
        };
        let fits = match (merge, ty?) {
            (Merge::Min | Merge::Max, Type::Int | Type::Duration | Type::Instant) => true,
            (Merge::Intersect | Merge::Union, Type::Set(element)) => is_comparable(element),
            (Merge::Same, ty) => is_comparable(ty),
            (Merge::Min | Merge::Max | Merge::Intersect | Merge::Union, _) => false,
        };
        if fits {
            return Some(*merge);
        }
        let message = format!("a `{}` cannot be merged by `{}`", self.show(ty?), word.value);
        self.report(
            Diagnostic::error(codes::INVALID_REQUEST, word.span, message)
                .help("`min` and `max` are for numbers, durations and instants, `intersect` and `union` for sets, `same` for single values"),
        );
        None
    }

    /// Attributes of declarations other than rules, which have their own.
    fn refuse_attributes(&mut self) {
        self.each_item(|checker, _, item, _| {
            if matches!(item.kind, ItemKind::Rule(_)) {
                return;
            }
            checker.refuse_all_but_lint(&item.attributes);
        });
        let files = self.files;
        for package in files.iter().filter_map(|file| file.package.as_ref()) {
            self.refuse_all_but_lint(&package.attributes);
        }
    }

    fn refuse_all_but_lint(&mut self, attributes: &[syntax::Attribute]) {
        for attribute in attributes.iter().filter(|attribute| attribute.name.value != "lint") {
            let message = format!("`@{}` has no meaning on this declaration", attribute.name.value);
            self.report(Diagnostic::error(codes::INVALID_ATTRIBUTE, attribute.span, message));
        }
    }

    /// The values of `@sample(…)`, once all types are known.
    fn declare_samples(&mut self) {
        self.each_item(|checker, file, item, definition| {
            let (
                Some(Definition::Struct(id)),
                ItemKind::Record(syntax::Record { fields, .. }) | ItemKind::Evidence(syntax::Evidence { fields, .. }),
            ) = (definition, &item.kind)
            else {
                return;
            };
            for field in fields {
                let Some(attribute) = field.attributes.iter().find(|attribute| attribute.name.value == "sample") else {
                    continue;
                };
                let Some(at) =
                    checker.schema.structure(id).fields.iter().position(|known| known.name == field.name.value)
                else {
                    continue;
                };
                let [(None, expression)] = attribute.arguments.as_slice() else {
                    checker.report(Diagnostic::error(
                        codes::INVALID_ATTRIBUTE,
                        attribute.span,
                        "`@sample` takes one literal",
                    ));
                    continue;
                };
                let ty = checker.schema.structure(id).fields[at].ty.clone();
                let sample = checker.constant(file, expression, &ty, None);
                checker.schema.structs[id.index()].fields[at].sample = sample;
            }
        });
    }
}

impl Checker<'_> {
    /// Notes a field's name. Refuses one that was there before, and more than [`MAX_FIELDS`].
    fn admits<'n>(&mut self, seen: &mut HashMap<&'n str, Span>, name: &'n syntax::Name) -> bool {
        if let Some(earlier) = seen.get(name.value.as_str()) {
            let message = format!("field `{}` is declared twice", name.value);
            self.report(Diagnostic::error(codes::DUPLICATE_NAME, name.span, message).and(*earlier, "first here"));
            return false;
        }
        if seen.len() == MAX_FIELDS {
            let message = format!("this is the {}th field; at most {MAX_FIELDS} are allowed", MAX_FIELDS + 1);
            self.error::<()>(codes::INVALID_TYPE, name.span, message);
        }
        seen.insert(&name.value, name.span);
        seen.len() <= MAX_FIELDS
    }

    /// The case of an enum with this name.
    pub(in crate::check) fn case(&self, id: EnumId, name: &str) -> Option<u32> {
        self.schema.enumeration(id).cases.iter().position(|case| case.name == name).map(|at| at as u32)
    }

    /// The group of an enum with this name.
    pub(in crate::check) fn group(&self, id: EnumId, name: &str) -> Option<&Group> {
        self.schema.enumeration(id).groups.iter().find(|group| group.name == name)
    }
}
