//! Rules: a head, lines of which each may rely on those before it, attributes.

use crate::build::{attribute, binary, field, instant, item, name, node, not, require, statement, text, variable};
use crate::model::{Request, Ty};
use crate::scope::{Known, Scope};
use crate::value::{COMPUTED, is_literal};
use crate::{Author, literal};
use atbac_grammar::span::Node;
use atbac_grammar::syntax::{
    Attribute, BinaryOp, Effect, Expr, ExprKind, Item, ItemKind, Rule, Statement, StatementKind,
};

/// How deep conditions are joined.
const DEEPEST: u32 = 3;

impl Author<'_, '_> {
    /// A rule about a request: `parameters` are those of the template around it.
    pub(crate) fn rule(&mut self, request: &Request, parameters: &[(Ty, Expr, bool)]) -> Item {
        let effect = if self.tape.one_in(3) { Effect::Forbid } else { Effect::Permit };
        let mut scope = Scope { parameters: parameters.to_vec(), ..Scope::default() };
        let (mut head, mut body) = (Vec::new(), Vec::new());
        match effect {
            Effect::Permit => self.lawful(request, &mut scope, &mut head, &mut body),
            Effect::Forbid => {
                for field in &request.fields {
                    scope.add_named(&self.world, &field.name, field.ty.clone());
                }
            }
        }
        for _ in 0..self.tape.below(3) {
            head.push(self.head(effect, &mut scope));
        }
        for _ in 0..self.tape.below(5) {
            body.push(self.line(effect, &mut scope));
        }
        if effect == Effect::Forbid {
            let sentence = self.sentence();
            body.push(statement(StatementKind::Reason(sentence)));
        } else if let Some(fields) = self.granted(request, &scope) {
            body.push(statement(StatementKind::Grant(fields)));
        }
        let rule_name = self.fresh("r");
        self.rules.push((effect, rule_name.clone()));
        let rule = Rule { effect: node(effect), name: name(rule_name), request: name(&request.name), head, body };
        Item { attributes: self.attributes(), ..item(ItemKind::Rule(rule)) }
    }

    fn attributes(&mut self) -> Vec<Attribute> {
        let mut attributes = Vec::new();
        if self.tape.one_in(4) {
            attributes.push(attribute("owner", vec![(None, text("team"))]));
            if self.tape.one_in(2) {
                let expires = literal::BASE + [60_000, 0, -1, 86_400_000][self.tape.below(4)];
                let arguments = vec![(Some("ticket"), text("SEC-1")), (Some("expires"), instant(expires))];
                attributes.push(attribute("exception", arguments));
            }
        }
        if self.tape.one_in(6) {
            let level = ["low", "medium", "high", "critical"][self.tape.below(4)];
            attributes.push(attribute("severity", vec![(None, variable(level))]));
        }
        attributes
    }

    pub(crate) fn sentence(&mut self) -> Node<String> {
        let sentence = self.fresh("because ");
        self.sentences.push(sentence.clone());
        node(sentence)
    }

    fn line(&mut self, effect: Effect, scope: &mut Scope) -> Statement {
        match self.tape.below(6) {
            0..=2 => {
                let condition = self.condition(scope, DEEPEST);
                scope.learnt_from(&condition);
                if effect == Effect::Forbid && self.tape.one_in(3) {
                    return statement(StatementKind::Unless(condition));
                }
                self.asks(effect, condition)
            }
            3 => match self.narrowed(scope) {
                Some(narrowed) if self.tape.one_in(3) => statement(StatementKind::Unless(not(narrowed))),
                Some(narrowed) => self.asks(effect, narrowed),
                None => self.short_line(scope),
            },
            4 => self.name_something(scope),
            _ => self.short_line(scope),
        }
    }

    fn short_line(&mut self, scope: &mut Scope) -> Statement {
        let condition = self.condition(scope, 1);
        scope.learnt_from(&condition);
        statement(StatementKind::When(condition))
    }

    fn asks(&mut self, effect: Effect, condition: Expr) -> Statement {
        if effect == Effect::Permit && !self.tape.one_in(4) {
            let sentence = self.sentence();
            return require(condition, sentence.value);
        }
        statement(StatementKind::When(condition))
    }

    /// `let l = …;`
    fn name_something(&mut self, scope: &mut Scope) -> Statement {
        let given = self.fresh("l");
        let named = match self.tape.below(5) {
            1 => self.named_number(scope, &given),
            2 => self.one_of_those(scope, |_| true).map(|at| {
                let known = scope.values[at].clone();
                scope.add(&self.world, variable(&given), known.ty, known.key);
                known.expr
            }),
            3 => self.one_of_those(scope, |known| matches!(known.ty, Ty::List(..))).map(|at| {
                let known = scope.values[at].clone();
                let (count, most) = self.count(scope, &known, 1);
                scope.counts.push((variable(&given), most));
                count
            }),
            4 if !self.world.references.is_empty() => {
                let (reference, ty) = self.tape.one_of(&self.world.references).clone();
                let key = format!("{COMPUTED}{reference}");
                scope.values.push(Known { expr: variable(&given), ty, key, range: None });
                Some(variable(reference))
            }
            _ => None,
        };
        let value = named.unwrap_or_else(|| {
            let condition = not(self.condition(scope, 1));
            scope.conditions.push(variable(&given));
            condition
        });
        statement(StatementKind::Let(name(given), value))
    }

    fn named_number(&mut self, scope: &mut Scope, given: &str) -> Option<Expr> {
        let ty = [Ty::Int, Ty::Duration, Ty::Instant][self.tape.below(3)].clone();
        let number = self.number(scope, &ty, 2);
        if is_literal(&number.expr) || !matches!(number.expr.value, ExprKind::Binary(..)) {
            return None;
        }
        let key = format!("{COMPUTED}{:?}", number.expr);
        scope.values.push(Known { expr: variable(given), ty, key, range: None });
        Some(number.expr)
    }

    /// A match that can stand after `where`.
    fn head(&mut self, effect: Effect, scope: &mut Scope) -> Expr {
        // What a permit's first lines say of every kind of evidence, they must still be able to say.
        let narrows = |known: &Known| match known.ty {
            Ty::Optional(_) => true,
            Ty::Union(_) => effect == Effect::Forbid,
            _ => false,
        };
        if self.tape.one_in(4)
            && let Some(at) = self.one_of_those(scope, narrows)
        {
            let mut only = Scope { values: vec![scope.values[at].clone()], ..Scope::default() };
            if let Some(narrowed) = self.narrowed(&mut only) {
                scope.remove(&scope.values[at].key.clone());
                scope.values.extend(only.values);
                return narrowed;
            }
        }
        let Some(at) = self.one_of_those(scope, |known| known.ty.is_comparable()) else {
            return node(ExprKind::Bool(true));
        };
        let known = scope.values[at].clone();
        let value = known.expr.clone();
        let literal = self.literal_or_parameter(scope, &known.ty);
        let matched = match (self.tape.below(6), &known.ty) {
            (0, _) => binary(BinaryOp::Eq, value, literal),
            (1, Ty::String) => binary(BinaryOp::Matches, value, self.pattern()),
            (2, Ty::String) => {
                let op = [BinaryOp::StartsWith, BinaryOp::EndsWith, BinaryOp::Contains][self.tape.below(3)];
                binary(op, value, text(["a", "crm.", "é", "b"][self.tape.below(4)]))
            }
            (1 | 2, Ty::Bool) => value,
            (1 | 2, ty) if ty.has_order() => {
                let op = [BinaryOp::Ge, BinaryOp::Le, BinaryOp::Lt, BinaryOp::Gt][self.tape.below(4)];
                binary(op, value, literal)
            }
            (1 | 2, Ty::Enum(at)) if !self.world.enums[*at].groups.is_empty() => {
                let declared = self.world.enums[*at].clone();
                let group = self.tape.one_of(&declared.groups).clone();
                binary(BinaryOp::In, value, field(variable(&declared.name), &group))
            }
            (1 | 2, Ty::IpAddr) => binary(BinaryOp::In, value, self.literal(&Ty::Cidr)),
            (3, ty) => match self.reference(scope, &Ty::Set(Box::new(ty.clone()))) {
                Some(reference) => binary(BinaryOp::In, value, reference),
                None => binary(BinaryOp::Ne, value, literal),
            },
            (4, ty) => {
                let other = self.literal(&ty.clone());
                binary(BinaryOp::In, value, crate::build::set(vec![literal, other]))
            }
            _ => binary(BinaryOp::Eq, value, literal),
        };
        if self.tape.one_in(6) { not(matched) } else { matched }
    }
}
