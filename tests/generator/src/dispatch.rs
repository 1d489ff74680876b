//! Families of many rules that differ in constants only: what the compiler answers from a table instead of asking rule by rule.
//!
//! All rules of a shape ask the same questions of the same values, joined in the same way; the number of the rule says which constants. So there are values of no row,
//! values of one and of many, and the borders of ranges that lie one beside the other.

use crate::Author;
use crate::build::{
    all_of, any_of, attribute, binary, call, duration, hex, instant, int, item, name, node, not, present, require,
    sentence, set, statement, text,
};
use crate::literal::BASE;
use crate::model::{Request, Ty};
use crate::scope::{Known, Scope};
use atbac_grammar::syntax::{
    Attribute, BinaryOp, Effect, Expr, ExprKind, Item, ItemKind, Rule, Statement, StatementKind,
};
use std::net::{IpAddr, Ipv4Addr};

/// How many rules a family has: a table begins at four of one shape, and bits of rows are joined in words of 64.
const SIZES: [usize; 9] = [12, 3, 5, 50, 64, 65, 130, 250, 500];

/// What all rules of a shape have in common.
struct Shape {
    effect: Effect,
    /// Each a value, with the form of the question.
    questions: Vec<(Known, usize)>,
    joined: Joined,
    /// What every rule of the shape asks in the same words.
    common: Vec<Expr>,
    /// Evidence whose age every rule bounds by another length of time.
    aged: Option<Expr>,
    /// Whether each rule ends at another instant.
    ends: bool,
}

/// How the questions of a rule are joined.
#[derive(Clone, Copy)]
enum Joined {
    Head,
    /// One rule in a hundred asks nothing.
    HeadOrNothing,
    When,
    Unless,
    Or,
    Not,
}

impl Author<'_, '_> {
    /// Rules by hundreds, of one or several shapes, about one request.
    pub(crate) fn family(&mut self, request: &Request) -> Vec<Item> {
        let size = *self.tape.one_of(&SIZES);
        let shapes: Vec<Shape> = (0..=self.tape.below(3)).filter_map(|_| self.shape(request)).collect();
        if shapes.is_empty() {
            return Vec::new();
        }
        (0..size).map(|number| self.row(request, &shapes[number % shapes.len()], number)).collect()
    }

    fn shape(&mut self, request: &Request) -> Option<Shape> {
        let effect = if self.tape.one_in(4) { Effect::Forbid } else { Effect::Permit };
        let mut scope = Scope::default();
        for field in &request.fields {
            // A permit that reads evidence must bound its age first.
            if effect == Effect::Forbid || !self.world.holds_evidence(&field.ty) {
                scope.add_named(&self.world, &field.name, field.ty.clone());
            }
        }
        let mut common = Vec::new();
        if self.tape.one_in(4) {
            common.extend(self.narrowed(&mut scope));
        }
        let askable = |known: &Known| match &known.ty {
            Ty::Optional(inner) => inner.is_comparable(),
            ty => ty.is_comparable(),
        };
        let mut questions = Vec::new();
        for _ in 0..=self.tape.below(3) {
            let at = self.one_of_those(&scope, askable)?;
            questions.push((scope.values[at].clone(), self.tape.below(8)));
        }
        if self.tape.one_in(4) {
            common.push(self.condition(&scope, 1));
        }
        let joined = [Joined::Head, Joined::When, Joined::HeadOrNothing, Joined::Unless, Joined::Or, Joined::Not]
            [self.tape.below(6)];
        let evidence = request.fields.iter().filter(|field| matches!(field.ty, Ty::Struct(_)));
        let evidence = evidence.filter(|field| self.world.is_evidence(&field.ty));
        let evidence: Vec<Expr> = evidence.map(|field| crate::build::variable(&field.name)).collect();
        let aged =
            if evidence.is_empty() || self.tape.one_in(2) { None } else { Some(self.tape.one_of(&evidence).clone()) };
        Some(Shape { effect, questions, joined, common, aged, ends: self.tape.one_in(6) })
    }

    /// The rule of this number.
    fn row(&mut self, request: &Request, shape: &Shape, number: usize) -> Item {
        let mut asked: Vec<Expr> =
            shape.questions.iter().map(|(known, form)| self.numbered(known, *form, number)).collect();
        let (mut head, mut body): (Vec<Expr>, Vec<Statement>) = (Vec::new(), Vec::new());
        body.extend(shape.common.iter().cloned().map(|common| statement(StatementKind::When(common))));
        match shape.joined {
            Joined::HeadOrNothing if number % 97 == 3 => {}
            Joined::Head | Joined::HeadOrNothing => asked.drain(..).for_each(|asked| matches(asked, &mut head)),
            Joined::When => body.extend(asked.drain(..).map(|asked| statement(StatementKind::When(asked)))),
            Joined::Unless => body.push(statement(StatementKind::Unless(not(all_of(asked))))),
            Joined::Or => body.push(statement(StatementKind::When(any_of(asked)))),
            Joined::Not => body.push(statement(StatementKind::When(not(all_of(asked))))),
        }
        if let Some(evidence) = &shape.aged {
            // No shorter than any `ttl` that is written out.
            let bound = duration(60_000 + 1000 * (number as i64 % 300));
            let sentence = self.sentence().value;
            body.push(match shape.effect {
                Effect::Permit => require(binary(BinaryOp::Le, call("age", vec![evidence.clone()]), bound), sentence),
                Effect::Forbid => {
                    let old = binary(BinaryOp::Gt, call("age", vec![evidence.clone()]), bound);
                    statement(StatementKind::When(old))
                }
            });
        }
        if shape.effect == Effect::Forbid {
            body.push(statement(StatementKind::Reason(sentence("one of many"))));
        } else if let Some(fields) = self.granted(request, &Scope::default()) {
            body.push(statement(StatementKind::Grant(fields)));
        }
        let attributes = if shape.ends { exception(number) } else { Vec::new() };
        let rule_name = self.fresh("r");
        let rule = Rule { effect: node(shape.effect), name: name(rule_name), request: name(&request.name), head, body };
        Item { attributes, ..item(ItemKind::Rule(rule)) }
    }

    /// The question of the rule of this number about a value.
    fn numbered(&mut self, known: &Known, form: usize, number: usize) -> Expr {
        match &known.ty {
            Ty::Optional(inner) => {
                let there = Known { ty: (**inner).clone(), ..known.clone() };
                all_of(vec![present(known.expr.clone()), self.numbered(&there, form, number)])
            }
            Ty::String => about_text(known.expr.clone(), form, number),
            Ty::IpAddr if form < 3 => binary(BinaryOp::In, known.expr.clone(), network(number)),
            Ty::Cidr if form < 2 => binary(BinaryOp::SubsetOf, known.expr.clone(), network(number)),
            ty => {
                let value = known.expr.clone();
                let nth = |author: &mut Self, number: usize| author.nth(ty, number);
                match form {
                    0 | 1 if ty.has_order() => {
                        let op = [BinaryOp::Ge, BinaryOp::Lt][form];
                        binary(op, value, nth(self, number))
                    }
                    2 if ty.has_order() => {
                        // Ranges that touch: what is the last value of one is not the first of the next.
                        let least = binary(BinaryOp::Ge, value.clone(), nth(self, number));
                        all_of(vec![least, binary(BinaryOp::Lt, value, nth(self, number + 1))])
                    }
                    3 if ty.has_order() => {
                        let op = [BinaryOp::Le, BinaryOp::Gt][number % 2];
                        binary(op, value, nth(self, number))
                    }
                    0..=2 if *ty == Ty::Tcb => binary(BinaryOp::Ge, value, nth(self, number)),
                    4 => binary(BinaryOp::Ne, value, nth(self, number)),
                    5 | 6 => {
                        let values = [number, number + 1, number * 3].map(|number| nth(self, number));
                        binary(BinaryOp::In, value, set(values.into()))
                    }
                    _ => binary(BinaryOp::Eq, value, nth(self, number)),
                }
            }
        }
    }

    /// The value of a type that belongs to a number; of a type with few values, any.
    fn nth(&mut self, ty: &Ty, number: usize) -> Expr {
        let small = number as i64;
        match ty {
            // At the ends of their range too.
            Ty::Int if number % 61 == 60 => int(i64::MAX),
            Ty::Int if number % 61 == 59 => int(i64::MIN + 1),
            Ty::Int => int(small * 10),
            Ty::Duration => duration(small * 1000),
            Ty::Instant => instant(BASE + (small - 100) * 60_000),
            Ty::Version => node(ExprKind::Version([small as u64 / 50, small as u64 % 50, 0])),
            Ty::Tcb => {
                let component = |known: &str, version: i64| (name(known), node(version));
                node(ExprKind::Tcb(vec![component("snp", small % 7), component("microcode", small % 200)]))
            }
            Ty::IpAddr => node(ExprKind::IpAddr(address(number))),
            Ty::Cidr => network(number),
            Ty::Oid => node(ExprKind::Oid(vec![1, 3, number as u64])),
            Ty::Bytes => hex(number.to_be_bytes()[6..].to_vec()),
            Ty::FixedBytes(length) | Ty::Digest(length) => {
                let mut bytes = vec![0; *length as usize];
                let at = bytes.len() - 2;
                bytes[at..].copy_from_slice(&number.to_be_bytes()[6..]);
                hex(bytes)
            }
            other => self.literal(other),
        }
    }
}

/// A question as matches after `where`, where no `and` may stand.
fn matches(question: Expr, head: &mut Vec<Expr>) {
    match question.value {
        ExprKind::Binary(op, left, right) if op.value == BinaryOp::And => {
            matches(*left, head);
            matches(*right, head);
        }
        single => head.push(node(single)),
    }
}

fn about_text(value: Expr, form: usize, number: usize) -> Expr {
    // Now and then the shortest key there is, and one as long as no other.
    let key = |number: usize| match number % 53 {
        52 => text(""),
        51 => text(format!("key{number}{}", "x".repeat(70))),
        _ => text(format!("key{number}")),
    };
    match form {
        0 | 7 => binary(BinaryOp::Eq, value, key(number)),
        1 => binary(BinaryOp::Matches, value, text(format!("key{}*{}", number % 13, number % 7))),
        2 => binary(BinaryOp::StartsWith, value, text(format!("key{number}"))),
        3 => binary(BinaryOp::EndsWith, value, text(format!("{number}"))),
        4 => binary(BinaryOp::Contains, value, text(format!("y{number}"))),
        5 => binary(
            BinaryOp::Matches,
            value,
            text([format!("*{number}"), format!("key{number}*"), format!("?ey{number}")][number % 3].clone()),
        ),
        _ => binary(BinaryOp::In, value, set([number, number + 1, number * 3].map(key).into())),
    }
}

fn address(number: usize) -> IpAddr {
    Ipv4Addr::new(10, 0, (number / 256) as u8, number as u8).into()
}

/// Networks of all sizes, of which some lie in others.
fn network(number: usize) -> Expr {
    let prefix = [32, 24, 28, 16][number % 4];
    let mask = u32::MAX << (32 - prefix);
    let first = Ipv4Addr::new(10, (number / 256) as u8, number as u8, (number * 16) as u8).to_bits() & mask;
    node(ExprKind::Cidr(Ipv4Addr::from_bits(first).into(), prefix))
}

fn exception(number: usize) -> Vec<Attribute> {
    let expires = BASE + (number as i64 % 10 - 5) * 60_000;
    let arguments = vec![(Some("ticket"), text("SEC-1")), (Some("expires"), instant(expires))];
    vec![attribute("owner", vec![(None, text("team"))]), attribute("exception", arguments)]
}
