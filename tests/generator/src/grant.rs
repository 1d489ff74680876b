//! What permits give.

use crate::Author;
use crate::build::{choose, duration, init, set};
use crate::model::{Request, Ty};
use crate::scope::Scope;
use atbac_grammar::syntax::{Expr, FieldInit};

impl Author<'_, '_> {
    /// A value for every field of the request's grant, if it has one.
    pub(crate) fn granted(&mut self, request: &Request, scope: &Scope) -> Option<Vec<FieldInit>> {
        let grant = self.world.grants.iter().find(|grant| grant.request == request.name)?.clone();
        Some(grant.fields.iter().map(|(field, ty)| init(field, self.granted_value(scope, field, ty))).collect())
    }

    fn granted_value(&mut self, scope: &Scope, field: &str, ty: &Ty) -> Expr {
        // A literal that outlives the evidence would be refused.
        let written = |author: &mut Self| match (field, ty) {
            ("ttl", _) => duration([30_000, 60_000, 1][author.tape.below(3)]),
            _ => author.literal_or_parameter(scope, ty),
        };
        match self.tape.below(7) {
            1 | 2 => match self.one_of_those(scope, |known| known.ty == *ty && !known.key.starts_with('=')) {
                Some(at) => scope.values[at].expr.clone(),
                None => written(self),
            },
            3 => self.reference(scope, ty).unwrap_or_else(|| written(self)),
            4 => {
                let mut timeless = Scope { timeless: true, ..scope.clone() };
                // What a name stands for may be anything.
                timeless.conditions.clear();
                timeless.values.retain(|known| !known.key.starts_with('='));
                let condition = self.condition(&timeless, 1);
                let then = written(self);
                choose(condition, then, written(self))
            }
            5 if field != "ttl" && matches!(ty, Ty::Int | Ty::Duration | Ty::Instant) => {
                let plain = Scope {
                    values: scope.values.iter().filter(|known| !known.key.starts_with('=')).cloned().collect(),
                    ..scope.clone()
                };
                self.number(&plain, ty, 2).expr
            }
            6 => match ty {
                Ty::Set(element) => {
                    let mut elements = vec![self.literal(element)];
                    if let Some(at) =
                        self.one_of_those(scope, |known| known.ty == **element && !known.key.starts_with('='))
                    {
                        elements.push(scope.values[at].expr.clone());
                    }
                    set(elements)
                }
                _ => written(self),
            },
            _ => written(self),
        }
    }
}
