//! What is known at a point of a rule, predicate, test or invariant: its names, and the kinds that evidence can still be of.

use super::{SymbolId, Symbols};
use atbac_grammar::span::FileId;
use atbac_grammar::syntax::{BinaryOp, Expr, ExprKind};

/// What is known at a point.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// The file it lies in.
    pub(super) file: FileId,
    /// The request whose fields are in scope.
    pub(super) request: Option<SymbolId>,
    /// The template around it.
    pub(super) template: Option<SymbolId>,
    /// Parameters, variables and what `let` names; the innermost last.
    pub(super) locals: Vec<SymbolId>,
    /// What tests said of the kind of evidence, by its path.
    kinds: Vec<(String, KindFact)>,
}

#[derive(Clone, Copy, Debug)]
enum KindFact {
    Is(SymbolId),
    IsNot(SymbolId),
}

impl Scope {
    pub(super) fn new(file: FileId, request: Option<SymbolId>, template: Option<SymbolId>) -> Self {
        Scope { file, request, template, locals: Vec::new(), kinds: Vec::new() }
    }

    /// A mark to return to with [`Scope::forget`].
    pub(super) fn mark(&self) -> (usize, usize) {
        (self.locals.len(), self.kinds.len())
    }

    /// Forgets the names and facts since the mark.
    pub(super) fn forget(&mut self, (locals, kinds): (usize, usize)) {
        self.locals.truncate(locals);
        self.kinds.truncate(kinds);
    }

    /// The kinds that the evidence at a path can still be of.
    pub(super) fn narrowed(&self, path: &str, all: &[SymbolId]) -> Vec<SymbolId> {
        let mut kinds = all.to_vec();
        for (known, fact) in &self.kinds {
            if known == path {
                match fact {
                    KindFact::Is(only) => kinds.retain(|kind| kind == only),
                    KindFact::IsNot(other) => kinds.retain(|kind| kind != other),
                }
            }
        }
        kinds
    }

    /// Learns what follows from a condition being true, or being false.
    pub(super) fn learn(&mut self, symbols: &Symbols, condition: &Expr, holds: bool) {
        match &condition.value {
            ExprKind::IsType(evidence, kind) => {
                if let (Some(path), Some(kind)) = (path(evidence), symbols.named(self.file, &kind.value)) {
                    self.kinds.push((path, if holds { KindFact::Is(kind) } else { KindFact::IsNot(kind) }));
                }
            }
            ExprKind::Not(inner) => self.learn(symbols, inner, !holds),
            ExprKind::Binary(op, left, right) => {
                let both = matches!((op.value, holds), (BinaryOp::And, true) | (BinaryOp::Or, false));
                if both {
                    self.learn(symbols, left, holds);
                    self.learn(symbols, right, holds);
                }
            }
            _ => {}
        }
    }
}

/// The path of a value as written: `principal.report`.
pub(super) fn path(expression: &Expr) -> Option<String> {
    match &expression.value {
        ExprKind::Name(name) => Some(name.to_string()),
        ExprKind::Field(base, name) => Some(format!("{}.{}", path(base)?, name.value)),
        _ => None,
    }
}
