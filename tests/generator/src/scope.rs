//! The values that a condition can ask about, and what is known of them there.

use crate::build::{field, variable};
use crate::model::{Ty, World};
use crate::walk::any_part;
use atbac_grammar::syntax::{Expr, ExprKind};

/// The least and the greatest `Duration` and `Instant`, in milliseconds: docs/language, "Types".
const DURATION: Range = (-86_400_000_000_000, 86_400_000_000_000);
const INSTANT: Range = (-377_705_116_800_000, 253_402_300_799_999);

/// The least and the greatest that an integer can be.
pub(crate) type Range = (i128, i128);

/// A value with a name.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) expr: Expr,
    pub(crate) ty: Ty,
    /// What it is, whatever its name: two of one key are the same value, and are not compared.
    pub(crate) key: String,
    /// What it is known to be between, where that is needed to compute with it.
    pub(crate) range: Option<Range>,
}

/// What a condition sees.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) values: Vec<Known>,
    /// Names that `let` gave to conditions.
    pub(crate) conditions: Vec<Expr>,
    /// Names that `let` gave to counts, with the greatest that each can be.
    pub(crate) counts: Vec<(Expr, u32)>,
    /// Parameters of the template around, which stand where literals do; with whether a text is a pattern.
    pub(crate) parameters: Vec<(Ty, Expr, bool)>,
    /// How many lists are walked around this point.
    pub(crate) depth: usize,
    /// Whether nothing may be asked that time or references change, and no list walked: what is granted may depend on nothing else.
    pub(crate) timeless: bool,
    /// Whether this is the body of a predicate, whose parameters may be computed.
    pub(crate) in_predicate: bool,
}

impl Scope {
    /// Adds a value by its own name, and everything inside it.
    pub(crate) fn add_named(&mut self, world: &World, name: &str, ty: Ty) {
        self.add(world, variable(name), ty, name.to_owned());
    }

    /// Adds a value, and everything inside it.
    pub(crate) fn add(&mut self, world: &World, expr: Expr, ty: Ty, key: String) {
        if let Ty::Struct(at) = &ty {
            for (name, inner) in &world.structs[*at].fields {
                self.add(world, field(expr.clone(), name), inner.clone(), format!("{key}.{name}"));
            }
        }
        let range = match ty {
            Ty::Duration if !self.in_predicate || key.contains('.') => Some(DURATION),
            Ty::Instant if !self.in_predicate || key.contains('.') => Some(INSTANT),
            _ => None,
        };
        self.values.push(Known { expr, ty, key, range });
    }

    /// The same without a value, and without what is inside it.
    pub(crate) fn remove(&mut self, key: &str) {
        let inside = format!("{key}.");
        self.values.retain(|known| known.key != key && !known.key.starts_with(&inside));
    }

    /// Gives up asking of which kind something is, after a condition that may have told some of it.
    pub(crate) fn learnt_from(&mut self, condition: &Expr) {
        if any_part(condition, &|part| matches!(part, ExprKind::IsType(..))) {
            self.values.retain(|known| !matches!(known.ty, Ty::Union(_)));
        }
    }

    /// The values for which this holds, by position.
    pub(crate) fn which(&self, mut holds: impl FnMut(&Known) -> bool) -> Vec<usize> {
        (0..self.values.len()).filter(|at| holds(&self.values[*at])).collect()
    }
}
