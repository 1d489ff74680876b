//! Types take shape: enums, records, evidence schemas, requests, grants and references.

use super::attribute::FACTS;
use super::names::Definition;
use super::{Checker, docs, listed};
use crate::types::{
    Case, Enum, EnumId, Evidence, Fact, Field, Grant, GrantField, Group, Merge, Reference, Request, RequestField,
    RequestId, Struct, StructId, Type,
};
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::{Node, Span};
use atbac_grammar::syntax::{self, ExprKind, ItemKind, Provenance, Stage, TypeArgument, TypeKind};
use std::collections::HashMap;

/// The longest list a type may declare: what a count walks is bounded, and so is a decision's cost.
pub const MAX_LIST_LENGTH: i64 = 256;

/// The most fields of a record, an evidence schema, a request or a grant.
pub const MAX_FIELDS: usize = 1024;

/// The names of the language's own types.
pub(super) const BUILT_IN_TYPES: [&str; 13] = [
    "Bool", "Int", "String", "Bytes", "Digest", "Duration", "Instant", "Tcb", "Version", "IpAddr", "Cidr", "Oid", "Set",
];

/// The most alternatives of a union.
pub const MAX_ALTERNATIVES: usize = 16;

/// The most cases of an enum.
pub const MAX_ENUM_CASES: usize = 4096;

/// The most bytes of a `Bytes<N>` or `Digest<N>`.
pub const MAX_FIXED_BYTES: i64 = 4096;

impl Checker<'_> {
    /// Declares everything that has a shape.
    pub(super) fn declare(&mut self) {
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
            self.declare_samples();
        }
    }

    /// Visits every declaration of every file, in order.
    pub(super) fn each_item(&mut self, mut visit: impl FnMut(&mut Self, usize, &syntax::Item, Option<Definition>)) {
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
            name: declared.name.value.clone(),
            package: self.names.package_of[file].clone(),
            cases: Vec::new(),
            groups: Vec::new(),
            span: declared.name.span,
        };
        let mut seen: Vec<&syntax::Name> = Vec::new();
        for member in &declared.members {
            seen.push(&member.name);
            match &member.cases {
                None => made.cases.push(Case { name: member.name.value.clone(), docs: docs(&member.docs) }),
                Some(cases) => {
                    let first = made.cases.len() as u32;
                    for case in cases {
                        seen.push(&case.name);
                        made.cases.push(Case { name: case.name.value.clone(), docs: docs(&case.docs) });
                    }
                    let cases = (first..made.cases.len() as u32).collect();
                    made.groups.push(Group { name: member.name.value.clone(), cases });
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
            name: name.value.clone(),
            package: self.names.package_of[file].clone(),
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
                self.refused_fields.push((id, field.name.value.clone()));
                continue;
            };
            let mut fact = None;
            for attribute in &field.attributes {
                match attribute.name.value.as_str() {
                    "fact" => fact = self.fact(attribute),
                    "sample" => {}
                    other => {
                        let message = format!("a field has no attribute `@{other}`");
                        self.report(
                            Diagnostic::error(codes::INVALID_ATTRIBUTE, attribute.span, message)
                                .help("fields have `@fact(…)` and `@sample(…)`"),
                        );
                    }
                }
            }
            let made = Field {
                name: field.name.value.clone(),
                ty,
                docs: docs(&field.docs),
                fact,
                sample: None,
                span: field.name.span,
            };
            self.schema.structs[id.index()].fields.push(made);
        }
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

    fn declare_evidence(&mut self, id: StructId, declared: &syntax::Evidence) {
        let mut verifier = None;
        let mut age_from = "verified_at".to_owned();
        let mut max_age = None;
        let mut seen: Vec<&str> = Vec::new();
        for attribute in &declared.attributes {
            if seen.contains(&attribute.name.value.as_str()) {
                let message = format!("`@{}` is written twice", attribute.name.value);
                self.report(Diagnostic::error(codes::INVALID_ATTRIBUTE, attribute.span, message));
                continue;
            }
            seen.push(&attribute.name.value);
            match (attribute.name.value.as_str(), attribute.arguments.as_slice()) {
                ("verifier", [(None, Node { value: ExprKind::String(name), .. })]) => verifier = Some(name.clone()),
                ("age_from", [(None, Node { value: ExprKind::Name(field), .. })]) => age_from.clone_from(field),
                ("max_age", [(None, Node { value: ExprKind::Duration(longest), .. })]) => max_age = Some(*longest),
                (name @ ("verifier" | "age_from" | "max_age"), _) => {
                    let shape = match name {
                        "verifier" => "`@verifier(\"sev-snp\")`",
                        "age_from" => "`@age_from(issued_at)`",
                        _ => "`@max_age(24h)`",
                    };
                    self.report(Diagnostic::error(
                        codes::INVALID_ATTRIBUTE,
                        attribute.span,
                        format!("this attribute is written {shape}"),
                    ));
                }
                (other, _) => {
                    let message = format!("evidence has no attribute `@{other}`");
                    let help = "evidence has `@verifier(…)`, `@age_from(…)` and `@max_age(…)`";
                    self.report(Diagnostic::error(codes::INVALID_ATTRIBUTE, attribute.span, message).help(help));
                }
            }
        }
        let name = &declared.name;
        let Some(verifier) = verifier else {
            let message = format!("evidence `{}` does not say which verifier produces it", name.value);
            self.report(
                Diagnostic::error(codes::INVALID_EVIDENCE, name.span, message)
                    .help("add `@verifier(\"…\")` after the title"),
            );
            return;
        };
        let instants = ["verified_at", "expires_at", age_from.as_str()].map(|field| self.instant_field(id, field));
        let [verified_at, expires_at, age_from_at] = instants;
        for (field, found) in
            [("verified_at", verified_at), ("expires_at", expires_at), (age_from.as_str(), age_from_at)]
        {
            if found.is_none() {
                let message = format!("evidence `{}` has no field `{field}: Instant`", name.value);
                let help = "evidence declares when it was verified (`verified_at`) and when it ends (`expires_at`), both `Instant`";
                self.report(Diagnostic::error(codes::INVALID_EVIDENCE, name.span, message).help(help));
                return;
            }
        }
        if let (Some(age_from), Some(expires_at)) = (age_from_at, expires_at) {
            let title = declared.title.value.clone();
            self.schema.structs[id.index()].evidence =
                Some(Evidence { title, verifier, age_from, expires_at, max_age });
        }
    }

    fn instant_field(&self, id: StructId, name: &str) -> Option<usize> {
        self.schema.structure(id).fields.iter().position(|field| field.name == name && field.ty == Type::Instant)
    }

    fn declare_request(&mut self, file: usize, declared: &syntax::Request) {
        let mut made = Request {
            name: declared.name.value.clone(),
            package: self.names.package_of[file].clone(),
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
            let mut fact = None;
            for attribute in &field.attributes {
                match attribute.name.value.as_str() {
                    "fact" => fact = self.fact(attribute),
                    other => {
                        let message = format!("a request's field has no attribute `@{other}`");
                        self.report(
                            Diagnostic::error(codes::INVALID_ATTRIBUTE, attribute.span, message)
                                .help("it has `@fact(…)`"),
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
            bindings.push(field.bound_to.as_ref());
            made.fields.push(RequestField {
                name: field.name.value.clone(),
                stage: field.stage.value,
                provenance: field.provenance.value,
                ty: ty.unwrap_or(Type::Bool),
                bound_to: None,
                docs: docs(&field.docs),
                fact,
                span: field.name.span,
            });
        }
        for (at, binding) in bindings.into_iter().enumerate() {
            let Some(name) = binding else { continue };
            made.fields[at].bound_to = self.resolve_binding(&made, at, name);
        }
        self.schema.requests.push(made);
    }

    /// Only evidence can be `attested`.
    fn check_provenance(&mut self, field: &syntax::RequestField, ty: &Type) {
        if field.provenance.value != Provenance::Attested {
            return;
        }
        let kinds = held(ty);
        let all_evidence = !kinds.is_empty() && kinds.iter().all(|kind| self.evidence_structs[kind.index()]);
        if !all_evidence {
            let message = format!("`{}` cannot be attested: its type is not evidence", field.name.value);
            self.report(
                Diagnostic::error(codes::INVALID_REQUEST, field.provenance.span, message).help(
                    "only evidence that a verifier checked is attested; say `authenticated`, `local` or `asserted`",
                ),
            );
        }
    }

    /// Evidence is signed by hardware or by an issuer: nobody's word makes it.
    fn refuse_unsigned_evidence(&mut self) {
        let mut findings = Vec::new();
        for field in self.schema.requests.iter().flat_map(|request| &request.fields) {
            let signed = match field.provenance {
                Provenance::Attested | Provenance::Authenticated => true,
                Provenance::Local | Provenance::Asserted => false,
            };
            if !signed && self.schema.holds_evidence(&field.ty) {
                let message = format!("`{}` is evidence: it must be `attested` or `authenticated`", field.name);
                findings.push(Diagnostic::error(codes::INVALID_REQUEST, field.span, message).help(
                    "what the caller or the service merely says is a `record`; evidence is what somebody signed",
                ));
            }
        }
        for finding in findings {
            self.report(finding);
        }
    }

    fn resolve_binding(&mut self, request: &Request, at: usize, name: &syntax::Name) -> Option<usize> {
        let Some(target) = request.fields.iter().position(|field| field.name == name.value) else {
            return self.unknown(name.span, "field", &name.value, request.fields.iter().map(|field| &field.name));
        };
        if target == at || request.fields[target].stage != Stage::Session || request.fields[at].stage != Stage::Session
        {
            let message = format!("`{}` cannot be bound to `{}`", request.fields[at].name, name.value);
            self.report(
                Diagnostic::error(codes::INVALID_REQUEST, name.span, message).help(
                    "a binding is between two different session fields: it is proven once, when the session opens",
                ),
            );
            return None;
        }
        if let Some(other) = [at, target]
            .into_iter()
            .map(|at| &request.fields[at])
            .find(|field| held(&field.ty).is_empty() && !self.refused.contains(&field.span))
        {
            let message = format!(
                "`{}` cannot be bound to `{}`: `{}` is no evidence",
                request.fields[at].name, name.value, other.name
            );
            self.report(
                Diagnostic::error(codes::INVALID_REQUEST, name.span, message)
                    .help("a binding is proven by what two pieces of evidence say: a session's `key_digest` and the `report_data` of a report"),
            );
            return None;
        }
        Some(target)
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
            name: declared.name.value.clone(),
            package: self.names.package_of[file].clone(),
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
            fields.push(GrantField { name: field.name.value.clone(), ty, merge, span: field.name.span });
        }
        self.schema.requests[id.index()].grant =
            Some(Grant { name: declared.name.value.clone(), fields, span: declared.name.span });
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

    /// The request a name stands for.
    pub(super) fn request_named(&mut self, file: usize, name: &syntax::Name) -> Option<RequestId> {
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
    pub(super) fn struct_named(&mut self, file: usize, name: &syntax::Name) -> Option<StructId> {
        match self.names.get(file, &name.value) {
            Some(Definition::Struct(id)) => Some(id),
            Some(other) => self.wrong_kind(name, other, "a record or evidence type"),
            None => {
                let known = self.visible(file, |definition| matches!(definition, Definition::Struct(_)));
                self.unknown(name.span, "type", &name.value, known)
            }
        }
    }

    pub(super) fn wrong_kind<T>(&mut self, name: &syntax::Name, found: Definition, wanted: &str) -> Option<T> {
        self.error(codes::WRONG_KIND, name.span, format!("`{}` is {}, not {wanted}", name.value, found.noun()))
    }

    /// What a written type means.
    pub(super) fn resolve_type(&mut self, file: usize, ty: &syntax::Type) -> Option<Type> {
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

/// Whether values of a type are single values that can be equal, and so elements of sets.
pub(super) fn is_comparable(ty: &Type) -> bool {
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
fn held(ty: &Type) -> Vec<StructId> {
    match ty {
        Type::Struct(id) => vec![*id],
        Type::Union(ids) => ids.clone(),
        Type::List(inner, _) | Type::Optional(inner) | Type::Set(inner) => held(inner),
        _ => Vec::new(),
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
            self.error::<()>(codes::INVALID_TYPE, name.span, format!("at most {MAX_FIELDS} fields are allowed"));
        }
        seen.insert(&name.value, name.span);
        seen.len() <= MAX_FIELDS
    }

    /// The case of an enum with this name.
    pub(super) fn case(&self, id: EnumId, name: &str) -> Option<u32> {
        self.schema.enumeration(id).cases.iter().position(|case| case.name == name).map(|at| at as u32)
    }

    /// The group of an enum with this name.
    pub(super) fn group(&self, id: EnumId, name: &str) -> Option<&Group> {
        self.schema.enumeration(id).groups.iter().find(|group| group.name == name)
    }
}
