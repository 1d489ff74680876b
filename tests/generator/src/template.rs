//! Templates and what applies them; tests and invariants.

use crate::Author;
use crate::build::{binary, init, item, name, nowhere, sentence, variable};
use crate::model::{Request, Ty};
use crate::scope::Scope;
use atbac_grammar::syntax::{
    Apply, BinaryOp, Effect, Expr, Invariant, Item, ItemKind, Parameter, Template, Test, TestLine, TestLineKind,
};

impl Author<'_, '_> {
    /// A template of one or two rules, and each of its applications with other arguments.
    pub(crate) fn template(&mut self, request: &Request) -> (Item, Vec<Item>) {
        let (mut parameters, mut declared): (Vec<(Ty, Expr, bool)>, _) = (Vec::new(), Vec::new());
        for _ in 0..=self.tape.below(3) {
            let is_pattern = self.tape.one_in(5);
            let ty = if is_pattern {
                Ty::String
            } else {
                let known: Vec<Ty> = request.fields.iter().map(|field| field.ty.clone()).collect();
                let known: Vec<Ty> = known.into_iter().filter(Ty::is_comparable).collect();
                if known.is_empty() { self.comparable() } else { self.tape.one_of(&known).clone() }
            };
            let parameter = self.fresh("a");
            declared.push(Parameter { name: name(&parameter), ty: self.world.written(&ty) });
            parameters.push((ty, variable(parameter), is_pattern));
        }
        let items = (0..=self.tape.below(2)).map(|_| self.applied_rule(request, &parameters)).collect();
        let template = self.fresh("t");
        let mut applications = Vec::new();
        for _ in 0..=self.tape.below(3) {
            let arguments = parameters.iter().map(
                |(ty, _, is_pattern)| {
                    if *is_pattern { self.pattern() } else { self.literal(ty) }
                },
            );
            let arguments = arguments.collect();
            let given = self.fresh("u");
            let apply = Apply { template: name(&template), arguments, name: name(given) };
            applications.push(item(ItemKind::Apply(apply)));
        }
        let template = Template { name: name(template), parameters: declared, items };
        (item(ItemKind::Template(template)), applications)
    }

    /// A rule in a template: no test names it, since each application gives it another name.
    fn applied_rule(&mut self, request: &Request, parameters: &[(Ty, Expr, bool)]) -> Item {
        let known = self.rules.len();
        let rule = self.rule(request, parameters);
        self.rules.truncate(known);
        rule
    }

    /// A test of one question. Whether it passes is not known: what matters is that both executions say the same.
    pub(crate) fn test(&mut self, request: &Request) -> Item {
        let fields: Vec<(String, Ty)> =
            request.fields.iter().map(|field| (field.name.clone(), field.ty.clone())).collect();
        let mut lines = vec![TestLineKind::Given(self.question(&request.name, &fields))];
        for (reference, ty) in self.world.references.clone() {
            if !self.tape.one_in(4) {
                lines.push(TestLineKind::With(name(reference), self.stated(&ty)));
            }
        }
        lines.push(TestLineKind::At(self.literal(&Ty::Instant)));
        let rules_of = |author: &Self, effect: Effect| -> Vec<_> {
            author.rules.iter().filter(|(known, _)| *known == effect).map(|(_, rule)| name(rule)).take(2).collect()
        };
        let grant = self.world.grants.iter().find(|grant| grant.request == request.name).cloned();
        lines.push(match self.tape.below(6) {
            1 => TestLineKind::ExpectPermit(rules_of(self, Effect::Permit)),
            2 => TestLineKind::ExpectDeny { because: None, by: rules_of(self, Effect::Forbid) },
            3 if !self.sentences.is_empty() => {
                let because = Some(sentence(self.tape.one_of(&self.sentences).clone()));
                TestLineKind::ExpectDeny { because, by: Vec::new() }
            }
            4 => TestLineKind::ExpectValidUntil(self.literal(&Ty::Instant)),
            5 if let Some(grant) = grant => {
                let given = grant.fields.iter().map(|(field, ty)| init(field, self.literal(ty)));
                TestLineKind::ExpectGrant(given.collect())
            }
            _ => TestLineKind::ExpectDeny { because: None, by: Vec::new() },
        });
        if self.tape.one_in(4) {
            for _ in 0..=self.tape.below(2) {
                let case = sentence(self.fresh("case "));
                lines.push(TestLineKind::Case { name: case, fields: self.some_fields(&fields) });
            }
        }
        let lines = lines.into_iter().map(|kind| TestLine { kind, span: nowhere() }).collect();
        let title = self.fresh("test ");
        item(ItemKind::Test(Test { name: sentence(title), lines }))
    }

    /// What must hold of every question, as far as anybody knows.
    pub(crate) fn invariant(&mut self, request: &Request) -> Item {
        let mut scope = Scope::default();
        for field in &request.fields {
            scope.add_named(&self.world, &field.name, field.ty.clone());
        }
        let condition = self.condition(&scope, 2);
        let body = binary(BinaryOp::Implies, variable("permitted"), condition);
        let title = self.fresh("invariant ");
        item(ItemKind::Invariant(Invariant { name: sentence(title), request: name(&request.name), body }))
    }
}
