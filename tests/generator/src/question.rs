//! What is asked of one value, by its type: every operator that the type has.

use crate::Author;
use crate::build::{all_of, any_of, binary, call, choose, duration, field, hex, node, not, present, set, variable};
use crate::model::Ty;
use crate::scope::{Known, Scope};
use crate::value::{COMPUTED, is_literal};
use atbac_grammar::syntax::{BinaryOp, Expr, ExprKind};

const ORDERS: [BinaryOp; 4] = [BinaryOp::Ge, BinaryOp::Le, BinaryOp::Gt, BinaryOp::Lt];

impl Author<'_, '_> {
    /// A question about some value in scope, which may walk lists so many levels deep.
    pub(crate) fn question_about_any(&mut self, scope: &Scope, depth: u32) -> Expr {
        if !scope.conditions.is_empty() && self.tape.one_in(6) {
            return self.tape.one_of(&scope.conditions).clone();
        }
        let askable =
            scope.which(|known| !matches!(known.ty, Ty::Struct(at) if self.world.structs[at].verifier.is_none()));
        if askable.is_empty() || self.tape.one_in(60) {
            return node(ExprKind::Bool(self.tape.one_in(2)));
        }
        // By type first: else the one type of which there are most values would leave none to the others.
        let mut types: Vec<&Ty> = Vec::new();
        for at in &askable {
            if !types.contains(&&scope.values[*at].ty) {
                types.push(&scope.values[*at].ty);
            }
        }
        let ty = (*self.tape.one_of(&types)).clone();
        let of_type: Vec<usize> = askable.into_iter().filter(|at| scope.values[*at].ty == ty).collect();
        let known = scope.values[*self.tape.one_of(&of_type)].clone();
        self.question_about(scope, &known, depth)
    }

    fn question_about(&mut self, scope: &Scope, known: &Known, depth: u32) -> Expr {
        let value = known.expr.clone();
        match &known.ty {
            Ty::Bool => match self.tape.below(4) {
                0 => value,
                1 => not(value),
                2 => self.equality(scope, known),
                _ => {
                    let other = self.question_about_any(scope, 0);
                    binary(BinaryOp::Eq, value, not(other))
                }
            },
            Ty::Int | Ty::Duration | Ty::Instant | Ty::Version => match self.tape.below(6) {
                0 | 1 => self.order(scope, known),
                2 => self.equality(scope, known),
                3 => self.about_number(scope, known),
                _ => self.membership(scope, known),
            },
            Ty::String => self.about_text(scope, known),
            Ty::Bytes | Ty::FixedBytes(_) | Ty::Digest(_) => self.about_bytes(scope, known),
            Ty::Tcb => match self.tape.below(4) {
                0 => binary(BinaryOp::Ge, value, self.beside_tcb(scope, known, false)),
                1 => binary(BinaryOp::Le, value, self.beside_tcb(scope, known, true)),
                2 => self.equality(scope, known),
                _ => self.membership(scope, known),
            },
            Ty::IpAddr => self.about_address(scope, known),
            Ty::Cidr => match self.tape.below(3) {
                0 => self.equality(scope, known),
                1 => {
                    let outer = self.beside(scope, known);
                    binary(BinaryOp::SubsetOf, value, outer)
                }
                _ => self.membership(scope, known),
            },
            Ty::Oid => {
                if self.tape.one_in(2) {
                    self.membership(scope, known)
                } else {
                    self.equality(scope, known)
                }
            }
            Ty::Enum(at) => self.about_case(scope, known, *at),
            Ty::Set(element) => self.about_set(scope, known, &element.clone()),
            Ty::List(..) => self.about_list(scope, known, depth),
            Ty::Optional(inner) => self.about_optional(scope, known, (**inner).clone(), depth),
            Ty::Struct(_) | Ty::Union(_) => self.about_evidence(scope, known),
        }
    }

    fn equality(&mut self, scope: &Scope, known: &Known) -> Expr {
        let op = *self.tape.one_of(&[BinaryOp::Eq, BinaryOp::Ne]);
        let other = self.beside(scope, known);
        self.either_way(op, known.expr.clone(), other)
    }

    fn order(&mut self, scope: &Scope, known: &Known) -> Expr {
        let op = *self.tape.one_of(&ORDERS);
        let other = self.beside(scope, known);
        self.either_way(op, known.expr.clone(), other)
    }

    /// A comparison, now and then with its sides exchanged.
    fn either_way(&mut self, op: BinaryOp, left: Expr, right: Expr) -> Expr {
        if !self.tape.one_in(5) {
            return binary(op, left, right);
        }
        let mirrored = match op {
            BinaryOp::Lt => BinaryOp::Gt,
            BinaryOp::Le => BinaryOp::Ge,
            BinaryOp::Gt => BinaryOp::Lt,
            BinaryOp::Ge => BinaryOp::Le,
            other => other,
        };
        binary(mirrored, right, left)
    }

    /// A comparison of something computed, with something written out or a reference.
    fn about_number(&mut self, scope: &Scope, known: &Known) -> Expr {
        if known.ty == Ty::Version {
            return self.order(scope, known);
        }
        let number = self.number(scope, &known.ty, 2);
        if is_literal(&number.expr) {
            return self.order(scope, known);
        }
        let op =
            *self.tape.one_of(&[BinaryOp::Le, BinaryOp::Ge, BinaryOp::Lt, BinaryOp::Gt, BinaryOp::Eq, BinaryOp::Ne]);
        let other = self.literal_or_parameter(scope, &known.ty);
        let other = if self.tape.one_in(4) { self.reference(scope, &known.ty).unwrap_or(other) } else { other };
        self.either_way(op, number.expr, other)
    }

    /// `x in …`, in every form of container.
    fn membership(&mut self, scope: &Scope, known: &Known) -> Expr {
        let value = known.expr.clone();
        let of_these = Ty::Set(Box::new(known.ty.clone()));
        match self.tape.below(6) {
            0..=2 => {
                let count = 1 + self.tape.below(4);
                let mut elements: Vec<Expr> = (0..count).map(|_| self.literal_or_parameter(scope, &known.ty)).collect();
                if self.tape.one_in(3) {
                    elements.push(self.beside(scope, known));
                }
                binary(BinaryOp::In, value, set(elements))
            }
            3 => match self.reference(scope, &of_these) {
                Some(reference) => binary(BinaryOp::In, value, reference),
                None => binary(BinaryOp::In, value, self.literal(&of_these)),
            },
            4 => match self.one_of_those(scope, |other| other.ty == of_these && known.ty != Ty::Cidr) {
                Some(at) if self.tape.one_in(2) => binary(BinaryOp::In, value, scope.values[at].expr.clone()),
                Some(at) => binary(BinaryOp::Contains, scope.values[at].expr.clone(), value),
                None => self.equality(scope, known),
            },
            _ => {
                let is_list = |ty: &Ty| matches!(ty, Ty::List(element, _) if **element == known.ty);
                match self.one_of_those(scope, |other| is_list(&other.ty)) {
                    Some(at) if !scope.timeless && scope.depth < 3 => {
                        binary(BinaryOp::In, value, scope.values[at].expr.clone())
                    }
                    _ => self.equality(scope, known),
                }
            }
        }
    }

    fn about_text(&mut self, scope: &Scope, known: &Known) -> Expr {
        let value = known.expr.clone();
        match self.tape.below(8) {
            0 => self.equality(scope, known),
            1 | 2 => {
                let patterns: Vec<&Expr> =
                    scope.parameters.iter().filter(|(.., is_pattern)| *is_pattern).map(|(_, name, _)| name).collect();
                let pattern = if patterns.is_empty() || self.tape.one_in(3) {
                    self.pattern()
                } else {
                    (*self.tape.one_of(&patterns)).clone()
                };
                binary(BinaryOp::Matches, value, pattern)
            }
            3..=5 => self.holding(scope, known),
            6 => {
                let length = [32, 48, 64][self.tape.below(3)];
                let digest = self.hashed(scope, length).unwrap_or(value);
                let op = *self.tape.one_of(&[BinaryOp::Eq, BinaryOp::Ne]);
                binary(op, digest, self.literal(&Ty::Digest(length)))
            }
            _ => self.membership(scope, known),
        }
    }

    /// `a starts_with b` and its like.
    fn holding(&mut self, scope: &Scope, known: &Known) -> Expr {
        let op = *self.tape.one_of(&[BinaryOp::StartsWith, BinaryOp::EndsWith, BinaryOp::Contains]);
        let is_bytes = known.ty.is_bytes();
        let fits = |other: &Known| other.key != known.key && (other.ty == known.ty || is_bytes && other.ty.is_bytes());
        let piece = match self.one_of_those(scope, fits) {
            Some(at) if self.tape.one_in(3) => scope.values[at].expr.clone(),
            _ if is_bytes => {
                let bytes = [[0, 1, 2][self.tape.below(3)], [0, 1, 2][self.tape.below(3)]];
                hex(bytes[..1 + self.tape.below(2)].to_vec())
            }
            _ => match self.literal(&Ty::String) {
                // Everything holds what is empty, which is refused.
                empty if matches!(&empty.value, ExprKind::String(text) if text.is_empty()) => crate::build::text("a"),
                text => text,
            },
        };
        binary(op, known.expr.clone(), piece)
    }

    fn about_bytes(&mut self, scope: &Scope, known: &Known) -> Expr {
        match (self.tape.below(7), known.ty.length()) {
            (0 | 1, _) => self.equality(scope, known),
            (2 | 3, _) => self.holding(scope, known),
            (4, Some(length)) if length > 1 => {
                let from = self.tape.below(length as usize - 1) as i64;
                let to = from + 1 + self.tape.below(length as usize - from as usize) as i64;
                let part = node(ExprKind::Slice(Box::new(known.expr.clone()), Box::new([node(from), node(to)])));
                let part_ty = Ty::FixedBytes((to - from) as u32);
                let op = *self.tape.one_of(&[BinaryOp::Eq, BinaryOp::Ne]);
                if self.tape.one_in(3) {
                    binary(BinaryOp::In, part, set(vec![self.literal(&part_ty), self.literal(&part_ty)]))
                } else {
                    binary(op, part, self.literal(&part_ty))
                }
            }
            (5, _) => {
                let length = [32, 48, 64][self.tape.below(3)];
                let digest = self.hashed(scope, length).unwrap_or_else(|| known.expr.clone());
                let part = node(ExprKind::Slice(Box::new(digest), Box::new([node(0), node(4)])));
                binary(BinaryOp::Ne, part, self.literal(&Ty::FixedBytes(4)))
            }
            _ => self.membership(scope, known),
        }
    }

    /// A `Tcb` beside another; written out as the newer one, it names every component.
    fn beside_tcb(&mut self, scope: &Scope, known: &Known, newer: bool) -> Expr {
        let others = scope.which(|other| other.key != known.key && other.ty == Ty::Tcb);
        match self.tape.below(4) {
            1 => self.reference(scope, &Ty::Tcb).unwrap_or_else(|| self.whole_tcb()),
            2 if !others.is_empty() => {
                let at = *self.tape.one_of(&others);
                scope.values[at].expr.clone()
            }
            _ if newer => self.whole_tcb(),
            _ => self.literal(&Ty::Tcb),
        }
    }

    fn about_address(&mut self, scope: &Scope, known: &Known) -> Expr {
        let value = known.expr.clone();
        let networks = scope.which(|other| other.ty == Ty::Cidr);
        match self.tape.below(7) {
            0 => self.equality(scope, known),
            1 => binary(BinaryOp::In, value, self.literal(&Ty::Cidr)),
            2 if !networks.is_empty() => {
                let at = *self.tape.one_of(&networks);
                binary(BinaryOp::In, value, scope.values[at].expr.clone())
            }
            3 => match self.reference(scope, &Ty::Cidr) {
                Some(network) => binary(BinaryOp::In, value, network),
                None => self.equality(scope, known),
            },
            4 => match self.reference(scope, &Ty::Set(Box::new(Ty::Cidr))) {
                Some(networks) => binary(BinaryOp::In, value, networks),
                None => self.equality(scope, known),
            },
            5 => {
                let mut elements = vec![self.literal(&Ty::Cidr), self.literal(&Ty::IpAddr)];
                if !networks.is_empty() && self.tape.one_in(2) {
                    let at = *self.tape.one_of(&networks);
                    elements.push(scope.values[at].expr.clone());
                }
                binary(BinaryOp::In, value, set(elements))
            }
            _ => {
                let is_list = |ty: &Ty| matches!(ty, Ty::List(element, _) if **element == Ty::Cidr);
                match self.one_of_those(scope, |other| is_list(&other.ty)) {
                    Some(at) if !scope.timeless && scope.depth < 3 => {
                        binary(BinaryOp::In, value, scope.values[at].expr.clone())
                    }
                    _ => self.membership(scope, known),
                }
            }
        }
    }

    fn about_case(&mut self, scope: &Scope, known: &Known, declared: usize) -> Expr {
        let declared = self.world.enums[declared].clone();
        match self.tape.below(4) {
            0 => self.equality(scope, known),
            1 if !declared.groups.is_empty() => {
                let group = self.tape.one_of(&declared.groups).clone();
                let whole = field(variable(&declared.name), &group);
                let group = if self.tape.one_in(2) { variable(group) } else { whole };
                binary(BinaryOp::In, known.expr.clone(), group)
            }
            _ => self.membership(scope, known),
        }
    }

    fn about_set(&mut self, scope: &Scope, known: &Known, element: &Ty) -> Expr {
        let others = scope.which(|other| other.key != known.key && other.ty == known.ty);
        let value = if !others.is_empty() && self.tape.one_in(4) {
            let condition = self.question_about_any(scope, 0);
            let at = *self.tape.one_of(&others);
            choose(condition, known.expr.clone(), scope.values[at].expr.clone())
        } else {
            known.expr.clone()
        };
        let other = |author: &mut Self| match author.tape.below(4) {
            1 if !known.key.starts_with(COMPUTED) => {
                author.reference(scope, &known.ty).unwrap_or_else(|| author.literal(&known.ty))
            }
            2 if !others.is_empty() => {
                let at = *author.tape.one_of(&others);
                scope.values[at].expr.clone()
            }
            _ => author.literal(&known.ty),
        };
        match self.tape.below(6) {
            0 => binary(BinaryOp::Contains, value, self.literal_or_parameter(scope, element)),
            1 => binary(BinaryOp::SubsetOf, value, other(self)),
            2 => binary(BinaryOp::SubsetOf, other(self), value),
            3 => binary(BinaryOp::Eq, value, other(self)),
            4 => binary(BinaryOp::Ne, value, other(self)),
            _ => binary(BinaryOp::In, self.literal(element), value),
        }
    }

    /// A question about something that may be absent, on every path on which it is there.
    fn about_optional(&mut self, scope: &Scope, known: &Known, inner: Ty, depth: u32) -> Expr {
        let mut narrowed = scope.clone();
        narrowed.remove(&known.key);
        narrowed.add(&self.world, known.expr.clone(), inner.clone(), known.key.clone());
        let test = present(known.expr.clone());
        let there = Known { ty: inner, range: None, ..known.clone() };
        let askable = !matches!(&there.ty, Ty::Struct(at) if self.world.structs[*at].verifier.is_none());
        match self.tape.below(5) {
            0 => test,
            1 => not(test),
            other if askable => {
                let question = self.question_about(&narrowed, &there, depth);
                match other {
                    2 => all_of(vec![test, question]),
                    3 => any_of(vec![not(test), question]),
                    _ => binary(BinaryOp::Implies, test, question),
                }
            }
            _ => {
                let question = self.condition(&narrowed, depth);
                all_of(vec![test, question])
            }
        }
    }

    /// What an age is compared with. Nothing written out is shorter than the longest `ttl` that is: a grant may not outlive what it rests on.
    fn age_beside(&mut self, scope: &Scope) -> Expr {
        let long = |author: &mut Self| duration([300_000, 60_000, 900_000, 61_001][author.tape.below(4)]);
        match self.tape.below(6) {
            3 => self.reference(scope, &Ty::Duration).unwrap_or_else(|| long(self)),
            4 => match self.one_of_those(scope, |known| known.ty == Ty::Duration) {
                Some(at) => scope.values[at].expr.clone(),
                None => long(self),
            },
            5 => {
                let condition = self.question_about_any(scope, 0);
                let then = long(self);
                choose(condition, then, long(self))
            }
            _ => long(self),
        }
    }

    /// How old evidence is, or when it was verified.
    fn about_evidence(&mut self, scope: &Scope, known: &Known) -> Expr {
        let of_time = |expr: Expr, ty: Ty| Known { expr, ty, key: format!("{}.verified_at", known.key), range: None };
        let verified = call("verified_at", vec![known.expr.clone()]);
        if scope.timeless || self.tape.one_in(3) {
            return self.order(scope, &of_time(verified, Ty::Instant));
        }
        let op = *self.tape.one_of(&ORDERS);
        let bound = self.age_beside(scope);
        self.either_way(op, call("age", vec![known.expr.clone()]), bound)
    }
}
