//! Families of many rules that differ in constants only: what a dispatcher looks up instead of asking rule by rule.

use crate::Author;
use crate::build::{binary, int, item, name, node, set, statement, text, variable};
use crate::model::{Request, Ty};
use atbac_grammar::syntax::{BinaryOp, Effect, Expr, Item, ItemKind, Rule, StatementKind};

/// How many rules a family has.
const SIZES: [usize; 5] = [10, 50, 120, 250, 500];

impl Author<'_, '_> {
    /// Rules by hundreds, of one or several shapes, about one request. Now and then one among them asks nothing.
    pub(crate) fn family(&mut self, request: &Request) -> Vec<Item> {
        let size = *self.tape.one_of(&SIZES);
        let askable: Vec<(String, Ty)> = request
            .fields
            .iter()
            .filter(|field| {
                matches!(field.ty, Ty::String | Ty::Int | Ty::Enum(_) | Ty::Bool | Ty::Digest(_) | Ty::IpAddr)
            })
            .map(|field| (field.name.clone(), field.ty.clone()))
            .collect();
        if askable.is_empty() {
            return Vec::new();
        }
        let mut shapes = Vec::new();
        for _ in 0..=self.tape.below(3) {
            let effect = if self.tape.one_in(4) { Effect::Forbid } else { Effect::Permit };
            let questions: Vec<(usize, usize)> =
                (0..=self.tape.below(2)).map(|_| (self.tape.below(askable.len()), self.tape.below(5))).collect();
            shapes.push((effect, questions, self.tape.below(5)));
        }
        let mut rules = Vec::new();
        for number in 0..size {
            let (effect, questions, extra) = &shapes[number % shapes.len()];
            let mut head: Vec<Expr> =
                questions.iter().map(|(field, form)| self.numbered(&askable[*field], *form, number)).collect();
            let mut body = Vec::new();
            match extra {
                1 if number % 97 == 3 => head.clear(),
                2 => {
                    let last = head.pop();
                    body.extend(last.map(|condition| statement(StatementKind::When(condition))));
                }
                3 => {
                    let last = head.pop();
                    body.extend(last.map(|condition| statement(StatementKind::Unless(crate::build::not(condition)))));
                }
                _ => {}
            }
            if *effect == Effect::Forbid {
                body.push(statement(StatementKind::Reason(name("one of many"))));
            } else if let Some(fields) = self.granted(request, &crate::scope::Scope::default()) {
                body.push(statement(StatementKind::Grant(fields)));
            }
            let rule_name = self.fresh("r");
            rules.push(item(ItemKind::Rule(Rule {
                effect: node(*effect),
                name: name(rule_name),
                request: name(&request.name),
                head,
                body,
            })));
        }
        rules
    }

    /// The match of the rule of this number on a field.
    fn numbered(&mut self, (field, ty): &(String, Ty), form: usize, number: usize) -> Expr {
        let value = variable(field);
        let small = number as i64;
        match (ty, form) {
            (Ty::String, 0) => binary(BinaryOp::Eq, value, text(format!("key{number}"))),
            (Ty::String, 1) => binary(BinaryOp::Matches, value, text(format!("key{}*{}", number % 13, number % 7))),
            (Ty::String, 2) => binary(BinaryOp::StartsWith, value, text(format!("key{number}"))),
            (Ty::String, 3) => binary(BinaryOp::EndsWith, value, text(format!("{number}"))),
            (Ty::String, _) => {
                let keys = [number, number + 1, number * 3].map(|key| text(format!("key{key}")));
                binary(BinaryOp::In, value, set(keys.into()))
            }
            (Ty::Int, 0) => binary(BinaryOp::Eq, value, int(small)),
            (Ty::Int, 1) => binary(BinaryOp::Ge, value, int(small * 10)),
            (Ty::Int, 2) => binary(BinaryOp::Lt, value, int(small * 10)),
            (Ty::Int, 3) => binary(BinaryOp::Ne, value, int(small)),
            (Ty::Int, _) => binary(BinaryOp::In, value, set(vec![int(small), int(small + 1), int(-small)])),
            (ty, 3) => binary(BinaryOp::Ne, value, self.literal(ty)),
            (ty, 4) => {
                let values = vec![self.literal(ty), self.literal(ty)];
                binary(BinaryOp::In, value, set(values))
            }
            (ty, _) => binary(BinaryOp::Eq, value, self.literal(ty)),
        }
    }
}
