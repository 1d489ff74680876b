//! What a permit needs before it may ask anything else: laws 5 and 6 of the language, kept by construction.
//!
//! A permit sees one piece of evidence, or none, beside what is no evidence; what is `bound to` that piece comes with it. Of the piece its first lines bound the age and, in a package
//! that has the floors, say which code runs on which platform. Of a list of evidence one line asks everything, of one element or of all.

use crate::Author;
use crate::build::{
    all_of, any_of, binary, call, duration, field, int, is, node, not, present, require, set, statement, variable,
};
use crate::model::{Request, RequestField, Ty};
use crate::scope::Scope;
use atbac_grammar::syntax::{Arm, BinaryOp, Expr, ExprKind, Provenance, Quantifier, Statement, StatementKind};

/// What the permits of a bundle must rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Floors {
    /// On nothing: `floor circumstance: asserted;`.
    None,
    /// On the language's default: which code runs on which platform, as hardware says.
    Hardware,
    /// On who the workload is, as an issuer says: `floor workload_identity: authenticated;`.
    Identity,
}

impl Author<'_, '_> {
    /// The beginning of a permit, and what the rest of it sees.
    pub(crate) fn lawful(
        &mut self,
        request: &Request,
        scope: &mut Scope,
        head: &mut Vec<Expr>,
        body: &mut Vec<Statement>,
    ) {
        let (evidence, others): (Vec<&RequestField>, Vec<&RequestField>) =
            request.fields.iter().partition(|field| self.world.holds_evidence(&field.ty));
        for field in &others {
            scope.add_named(&self.world, &field.name, field.ty.clone());
        }
        let unbound: Vec<&&RequestField> = evidence.iter().filter(|field| field.bound_to.is_none()).collect();
        let needs_evidence = self.floors != Floors::None;
        if unbound.is_empty() || !needs_evidence && self.tape.one_in(3) {
            return;
        }
        let piece = (**self.tape.one_of(&unbound)).clone();
        let bound = self.age_bound(&others);
        self.about_piece(&piece, bound, scope, head, body);
        for field in evidence.iter().filter(|field| field.bound_to.as_ref() == Some(&piece.name)) {
            scope.add_named(&self.world, &field.name, field.ty.clone());
        }
    }

    /// How old evidence may be at the most, from where neither the caller nor the evidence says it. No shorter than any `ttl` that is written out.
    fn age_bound(&mut self, others: &[&RequestField]) -> Expr {
        let local = |field: &&&RequestField| field.provenance == Provenance::Local && field.ty == Ty::Duration;
        match self.tape.below(6) {
            4 => match self.reference(&Scope::default(), &Ty::Duration) {
                Some(reference) => reference,
                None => duration(60_000),
            },
            5 => others.iter().find(local).map_or_else(|| duration(60_000), |field| variable(&field.name)),
            other => duration([300_000, 60_000, 900_000, 3_600_000][other]),
        }
    }

    fn about_piece(
        &mut self,
        piece: &RequestField,
        bound: Expr,
        scope: &mut Scope,
        head: &mut Vec<Expr>,
        body: &mut Vec<Statement>,
    ) {
        let value = variable(&piece.name);
        let ty = match &piece.ty {
            Ty::List(element, most) => {
                let line = self.about_elements(&value, element, *most, bound);
                let sentence = self.sentence().value;
                body.push(require(line, sentence));
                return;
            }
            Ty::Optional(inner) => {
                head.push(present(value.clone()));
                (**inner).clone()
            }
            ty => ty.clone(),
        };
        match &ty {
            Ty::Union(kinds) if self.tape.one_in(2) => {
                let kind = *self.tape.one_of(kinds);
                head.push(is(value.clone(), &self.world.structs[kind].name));
                let claims = self.vouched(kind, &value);
                self.push_claims(claims, body);
                body.push(self.bounds_age(value.clone(), bound));
                scope.add_named(&self.world, &piece.name, Ty::Struct(kind));
            }
            Ty::Union(kinds) => {
                if self.floors == Floors::Hardware {
                    let arms = kinds.clone().into_iter().map(|kind| {
                        let variable_name = self.fresh("m");
                        let claims = self.vouched(kind, &variable(&variable_name));
                        let ty = crate::build::name(&self.world.structs[kind].name);
                        Arm { ty, variable: crate::build::name(variable_name), body: all_of(claims) }
                    });
                    let arms = arms.collect();
                    let matched = node(ExprKind::Match(Box::new(value.clone()), arms));
                    let sentence = self.sentence().value;
                    body.push(require(matched, sentence));
                }
                body.push(self.bounds_age(value, bound));
                scope.add_named(&self.world, &piece.name, ty);
            }
            Ty::Struct(kind) => {
                let claims = self.vouched(*kind, &value);
                self.push_claims(claims, body);
                body.push(self.bounds_age(value, bound));
                scope.add_named(&self.world, &piece.name, ty);
            }
            _ => {}
        }
    }

    fn push_claims(&mut self, claims: Vec<Expr>, body: &mut Vec<Statement>) {
        for claim in claims {
            let sentence = self.sentence().value;
            body.push(require(claim, sentence));
        }
    }

    fn bounds_age(&mut self, value: Expr, bound: Expr) -> Statement {
        let age = call("age", vec![value]);
        match self.tape.below(4) {
            0 | 1 => {
                let op = [BinaryOp::Le, BinaryOp::Lt][self.tape.below(2)];
                let sentence = self.sentence().value;
                require(binary(op, age, bound), sentence)
            }
            2 => statement(StatementKind::When(not(binary(BinaryOp::Gt, age, bound)))),
            _ => statement(StatementKind::Unless(binary(BinaryOp::Gt, age, bound))),
        }
    }

    /// One line that asks everything of the elements of a list of evidence.
    fn about_elements(&mut self, list: &Expr, element: &Ty, most: u32, bound: Expr) -> Expr {
        let (name, value) = self.fresh_variable();
        let mut asked = match element {
            Ty::Struct(kind) => self.vouched(*kind, &value),
            Ty::Union(kinds) if self.floors == Floors::Hardware => {
                let of_kind = |kind: &usize| {
                    let kind_is = is(value.clone(), &self.world.structs[*kind].name);
                    (kind_is, *kind)
                };
                let kinds: Vec<(Expr, usize)> = kinds.iter().map(of_kind).collect();
                let each = kinds.into_iter().map(|(kind_is, kind)| {
                    let mut claims = vec![kind_is];
                    claims.extend(self.vouched(kind, &value));
                    all_of(claims)
                });
                vec![any_of(each.collect())]
            }
            _ => Vec::new(),
        };
        asked.push(binary(BinaryOp::Le, call("age", vec![value.clone()]), bound));
        let mut scope = Scope { depth: 1, ..Scope::default() };
        scope.add_named(&self.world, &name, element.clone());
        asked.push(self.condition(&scope, 2));
        let asked = all_of(asked);
        // In a package with floors an empty list must not do.
        match self.tape.below(4) {
            1 | 2 => {
                let list = Box::new(list.clone());
                let condition = Some(Box::new(asked));
                let distinct = self.one_of_those(&scope, |known| known.ty.is_comparable());
                let distinct =
                    distinct.filter(|_| self.tape.one_in(2)).map(|at| Box::new(scope.values[at].expr.clone()));
                let variable = Box::new(crate::build::name(name));
                let count = ExprKind::Count { distinct, variable, list, condition };
                binary(BinaryOp::Ge, node(count), int(1 + self.tape.below(most as usize) as i64))
            }
            3 if self.floors == Floors::None => crate::build::quantified(Quantifier::All, &name, list.clone(), asked),
            _ => crate::build::quantified(Quantifier::Any, &name, list.clone(), asked),
        }
    }

    /// What says which code a piece of evidence is of, and in which state its platform is.
    fn vouched(&mut self, kind: usize, value: &Expr) -> Vec<Expr> {
        let declared = self.world.structs[kind].clone();
        match (self.floors, declared.verifier.as_deref()) {
            (Floors::Identity, _) if declared.fields.iter().any(|(field, _)| field == "subject") => {
                let subject = field(value.clone(), "subject");
                vec![binary(BinaryOp::In, subject, set(vec![crate::build::text("a"), crate::build::text("abc")]))]
            }
            (Floors::Hardware, Some("sev-snp")) => {
                let health = if declared.name == "Snp" {
                    call("snp.hardened", vec![value.clone()])
                } else {
                    binary(BinaryOp::Ge, field(value.clone(), "reported_tcb"), self.whole_tcb())
                };
                vec![self.runs(value, "measurement", 48), health]
            }
            (Floors::Hardware, Some("tdx")) => {
                vec![self.runs(value, "mr_td", 48), call("tdx.hardened", vec![value.clone()])]
            }
            (Floors::Hardware, Some("sgx")) => {
                vec![self.runs(value, "mr_enclave", 32), call("sgx.hardened", vec![value.clone()])]
            }
            _ => Vec::new(),
        }
    }

    fn runs(&mut self, value: &Expr, claim: &str, length: u32) -> Expr {
        let measurement = field(value.clone(), claim);
        match self.reference(&Scope::default(), &Ty::Set(Box::new(Ty::Digest(length)))) {
            Some(builds) => binary(BinaryOp::In, measurement, builds),
            None => binary(BinaryOp::Eq, measurement, crate::build::hex(vec![7; length as usize])),
        }
    }
}
