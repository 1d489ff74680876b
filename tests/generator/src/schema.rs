//! Declarations of everything that has a shape: enums, records, evidence, references, a request and what it grants.

use crate::Author;
use crate::build::{attribute, duration, item, name, named, node, nowhere, sentence, text, variable};
use crate::laws::Floors;
use crate::model::Ty;
use atbac_grammar::syntax::{
    Attribute, Enum, EnumCase, EnumMember, Evidence, Field, Grant, GrantField, Item, ItemKind, Provenance, Record,
    Reference, Request, RequestField, Stage,
};

/// The types without parts that fields and references have.
const PLAIN: [Ty; 17] = [
    Ty::Int,
    Ty::String,
    Ty::Bool,
    Ty::Duration,
    Ty::Instant,
    Ty::Bytes,
    Ty::FixedBytes(3),
    Ty::FixedBytes(64),
    Ty::Digest(32),
    Ty::Digest(48),
    Ty::Digest(20),
    Ty::Tcb,
    Ty::Version,
    Ty::IpAddr,
    Ty::Cidr,
    Ty::Oid,
    Ty::FixedBytes(16),
];

impl Author<'_, '_> {
    /// Enums, records and evidence schemas: what other packages use.
    pub(crate) fn types(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
        for _ in 0..=self.tape.below(2) {
            let declared = self.enumeration();
            self.declare(declared, &mut items);
        }
        for _ in 0..self.tape.below(3) {
            let (record, fields) = (self.fresh("R"), self.fields(4));
            self.declare(item(ItemKind::Record(Record { name: name(record), fields })), &mut items);
        }
        items
    }

    /// A schema of the deployment's own: an `approval` may say anything.
    pub(crate) fn statement_of_the_deployment(&mut self) -> Item {
        let mut fields = self.fields(4);
        let mut attributes = vec![attribute("verifier", vec![(None, text("approval"))])];
        if self.tape.one_in(2) {
            attributes.push(attribute("age_from", vec![(None, variable("issued_at"))]));
        }
        if self.tape.one_in(2) {
            attributes.push(attribute("max_age", vec![(None, duration(86_400_000))]));
        }
        fields.extend(["issued_at", "verified_at", "expires_at"].map(|date| plain_field(date, Vec::new())));
        let evidence = self.fresh("V");
        item(ItemKind::Evidence(Evidence { name: name(evidence), title: sentence("a statement"), attributes, fields }))
    }

    /// A schema of the bundle's own for what the SNP verifier makes, with a few of its claims.
    pub(crate) fn own_guest(&mut self) -> Item {
        let claim = |claim: &str, ty, fact: &str| Field {
            docs: Vec::new(),
            attributes: vec![attribute("fact", vec![(None, variable(fact))])],
            name: name(claim),
            ty,
        };
        let mut fields = vec![
            claim("measurement", crate::build::of_length("Digest", 48), "code_identity"),
            claim("vmpl", named("Int"), "circumstance"),
            claim("guest_svn", named("Int"), "circumstance"),
            claim("report_data", crate::build::of_length("Bytes", 64), "circumstance"),
            claim("reported_tcb", named("Tcb"), "platform_health"),
        ];
        fields.extend(["verified_at", "expires_at"].map(|date| plain_field(date, Vec::new())));
        let attributes = vec![
            attribute("verifier", vec![(None, text("sev-snp"))]),
            attribute("max_age", vec![(None, duration(43_200_000))]),
        ];
        let evidence = self.fresh("Guest");
        item(ItemKind::Evidence(Evidence { name: name(evidence), title: sentence("a guest"), attributes, fields }))
    }

    /// References: of types that the request has, so that they can be compared with something.
    pub(crate) fn references(&mut self, types: &[Ty]) -> Vec<Item> {
        let mut items = Vec::new();
        for _ in 0..self.tape.below(6) {
            let ty = match self.tape.below(4) {
                0 | 1 if !types.is_empty() => self.tape.one_of(types).clone(),
                2 => Ty::Cidr,
                _ => self.tape.one_of(&PLAIN).clone(),
            };
            let ty = if self.tape.one_in(2) { ty } else { Ty::Set(Box::new(ty)) };
            let reference = Reference { name: name(self.fresh("ref")), ty: self.world.written(&ty) };
            self.declare(item(ItemKind::Reference(reference)), &mut items);
        }
        if self.floors == Floors::Hardware {
            for length in [48, 32] {
                let ty = self.world.written(&Ty::Set(Box::new(Ty::Digest(length))));
                let reference = Reference { name: name(self.fresh("ref")), ty };
                self.declare(item(ItemKind::Reference(reference)), &mut items);
            }
        }
        items
    }

    /// A request with fields of both stages, beside those that say who asks.
    pub(crate) fn request(&mut self, principals: Vec<RequestField>) -> Item {
        let mut fields = principals;
        for _ in 0..=2 + self.tape.below(7) {
            let ty = self.ty(3);
            let provenance = if self.tape.one_in(3) { Provenance::Local } else { Provenance::Asserted };
            let stage = if self.tape.one_in(3) { Stage::Session } else { Stage::Call };
            let field = self.fresh("f");
            fields.push(self.request_field(&field, stage, provenance, &ty, None));
        }
        item(ItemKind::Request(Request { name: name(self.fresh("Q")), fields }))
    }

    pub(crate) fn request_field(
        &mut self,
        field: &str,
        stage: Stage,
        provenance: Provenance,
        ty: &Ty,
        bound_to: Option<&str>,
    ) -> RequestField {
        RequestField {
            docs: Vec::new(),
            attributes: Vec::new(),
            stage: node(stage),
            name: name(field),
            provenance: node(provenance),
            ty: self.world.written(ty),
            bound_to: bound_to.map(name),
        }
    }

    /// What permits of a request give.
    pub(crate) fn grant(&mut self, request: &str) -> Item {
        let mut fields = Vec::new();
        let grant_field = |author: &Self, field: &str, ty: &Ty, merge: &str| GrantField {
            docs: Vec::new(),
            name: name(field),
            ty: author.world.written(ty),
            merge: name(merge),
        };
        if self.tape.one_in(2) {
            fields.push(grant_field(self, "ttl", &Ty::Duration, "min"));
        }
        for _ in 0..=self.tape.below(3) {
            let ty = self.comparable();
            let (ty, merges): (Ty, &[&str]) = match (self.tape.below(3), ty) {
                (0, ty) => (Ty::Set(Box::new(ty)), &["intersect", "union"]),
                (1, Ty::Duration) => (Ty::Duration, &["min", "max", "same"]),
                (1, Ty::Instant) => (Ty::Instant, &["min", "max", "same"]),
                (1, _) => (Ty::Int, &["min", "max", "same"]),
                (_, ty) => (ty, &["same"]),
            };
            let (field, merge) = (self.fresh("g"), *self.tape.one_of(merges));
            fields.push(grant_field(self, &field, &ty, merge));
        }
        let grant = self.fresh("G");
        item(ItemKind::Grant(Grant { name: name(grant), request: name(request), fields }))
    }

    /// Adds a declaration to the others and learns what it declares.
    pub(crate) fn declare(&mut self, declared: Item, items: &mut Vec<Item>) {
        self.world.learn(&declared);
        items.push(declared);
    }

    fn enumeration(&mut self) -> Item {
        let mut members = Vec::new();
        for _ in 0..=self.tape.below(3) {
            let case = self.fresh("c");
            members.push(EnumMember { docs: Vec::new(), name: name(case), cases: None });
        }
        for _ in 0..self.tape.below(3) {
            let count = 1 + self.tape.below(3);
            let cases = (0..count).map(|_| EnumCase { docs: Vec::new(), name: name(self.fresh("c")) }).collect();
            members.push(EnumMember { docs: Vec::new(), name: name(self.fresh("g")), cases: Some(cases) });
        }
        item(ItemKind::Enum(Enum { name: name(self.fresh("E")), members }))
    }

    fn fields(&mut self, most: usize) -> Vec<Field> {
        let count = 1 + self.tape.below(most);
        let field = |author: &mut Self| {
            let ty = author.ty(2);
            Field {
                docs: Vec::new(),
                attributes: Vec::new(),
                name: name(author.fresh("f")),
                ty: author.world.written(&ty),
            }
        };
        (0..count).map(|_| field(self)).collect()
    }

    /// Any type that is no evidence, so many levels deep at the most.
    pub(crate) fn ty(&mut self, depth: u32) -> Ty {
        let records: Vec<usize> =
            (0..self.world.structs.len()).filter(|at| self.world.structs[*at].verifier.is_none()).collect();
        match self.tape.below(10) {
            0..=4 => self.comparable(),
            5 => Ty::Set(Box::new(self.comparable())),
            6 | 7 if depth > 0 => {
                let most = [2, 4, 3, 8][self.tape.below(4)];
                Ty::List(Box::new(self.not_optional(depth - 1)), most)
            }
            8 if depth > 0 => Ty::Optional(Box::new(self.not_optional(depth - 1))),
            9 if !records.is_empty() => Ty::Struct(*self.tape.one_of(&records)),
            _ => self.comparable(),
        }
    }

    fn not_optional(&mut self, depth: u32) -> Ty {
        match self.ty(depth) {
            Ty::Optional(inner) => *inner,
            ty => ty,
        }
    }

    pub(crate) fn comparable(&mut self) -> Ty {
        if !self.world.enums.is_empty() && self.tape.one_in(6) {
            return Ty::Enum(self.tape.below(self.world.enums.len()));
        }
        self.tape.one_of(&PLAIN).clone()
    }
}

fn plain_field(field: &str, attributes: Vec<Attribute>) -> Field {
    Field { docs: Vec::new(), attributes, name: name(field), ty: named("Instant") }
}

impl Author<'_, '_> {
    /// A predicate over values of types that requests have.
    pub(crate) fn predicate(&mut self, types: &[Ty]) -> Item {
        let mut parameters = Vec::new();
        let mut scope = crate::scope::Scope { in_predicate: true, ..crate::scope::Scope::default() };
        for _ in 0..=self.tape.below(3) {
            let ty = if types.is_empty() { self.ty(1) } else { self.tape.one_of(types).clone() };
            let ty = if ty.is_bytes() && self.tape.one_in(3) { Ty::Bytes } else { ty };
            let parameter = self.fresh("p");
            scope.add_named(&self.world, &parameter, ty.clone());
            let ty = self.world.written(&ty);
            parameters.push(atbac_grammar::syntax::Parameter { name: name(parameter), ty });
        }
        let body = self.condition(&scope, 2);
        let predicate = self.fresh("holds");
        item(ItemKind::Predicate(atbac_grammar::syntax::Predicate { name: name(predicate), parameters, body }))
    }

    /// `floor circumstance: asserted;` and its like; nothing where the language's default is meant.
    pub(crate) fn floor(&self) -> Option<Item> {
        let floors = match self.floors {
            Floors::None => vec![(name("circumstance"), node(Provenance::Asserted))],
            Floors::Identity => vec![(name("workload_identity"), node(Provenance::Authenticated))],
            Floors::Hardware => return None,
        };
        Some(Item {
            docs: Vec::new(),
            attributes: Vec::new(),
            kind: ItemKind::Floor(atbac_grammar::syntax::Floor { floors }),
            span: nowhere(),
        })
    }
}
