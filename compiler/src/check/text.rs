//! What texts and byte strings look like: `matches`, `starts_with`, `ends_with`, `contains`.

use super::Checker;
use super::env::{Binding, Env};
use crate::checked::{Condition, Part, Term, TermKind};
use crate::glob::{Glob, GlobError, MAX_GLOB_BYTES};
use crate::types::Type;
use crate::value::Value;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{BinaryOp, Expr, ExprKind};

impl Checker<'_> {
    /// `tool matches "crm.*.read"`
    pub(super) fn matches(&mut self, left: &Expr, right: &Expr, env: &mut Env) -> Option<Condition> {
        let term = self.term(left, env);
        let pattern = match &right.value {
            ExprKind::String(pattern) => pattern.as_str().into(),
            // A template's argument is as good as written here.
            ExprKind::Name(name)
                if let Some(Binding::Term(term)) = env.binding(name)
                    && let TermKind::Constant(Value::String(text)) = &term.kind =>
            {
                text.clone()
            }
            _ => {
                self.report(
                    Diagnostic::error(
                        codes::TYPE_MISMATCH,
                        right.span,
                        "a pattern is written out: `tool matches \"crm.*\"`",
                    )
                    .help("to compare with a value use `==`, `starts_with`, `ends_with` or `contains`"),
                );
                return None;
            }
        };
        let term = term?;
        if term.ty != Type::String {
            return self.mismatch(left, &Type::String, &term.ty);
        }
        match Glob::new(&pattern) {
            Ok(glob) => self.settled(vec![term], left.span, &mut |_, mut terms, _| {
                Some(Condition::Matches(terms.pop()?, glob.clone()))
            }),
            Err(error) => {
                let finding = |code, message: String| Diagnostic::error(code, right.span, message);
                self.report(match error {
                    GlobError::TooLong(length) => finding(
                        codes::INVALID_PATTERN,
                        format!("this pattern has {length} bytes; at most {MAX_GLOB_BYTES} are allowed"),
                    ),
                    GlobError::Escape => finding(
                        codes::INVALID_PATTERN,
                        "in a pattern a backslash stands before `*`, `?` or another backslash".to_owned(),
                    )
                    .help("in the quotes of a policy a backslash is written twice: `\"a\\\\*b\"`"),
                    GlobError::Plain => {
                        finding(codes::INVALID_PATTERN, "this pattern has neither `*` nor `?`".to_owned())
                            .help("compare with `==`, or say where anything may stand: `\"crm.*\"`")
                    }
                    GlobError::Everything => finding(codes::IMPOSSIBLE, "every text matches this".to_owned())
                        .help("leave the condition out, or say what the text must look like"),
                });
                None
            }
        }
    }

    /// `a starts_with b`, `a ends_with b`, `a contains b`
    pub(super) fn holding(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        span: Span,
        env: &mut Env,
    ) -> Option<Condition> {
        let part = match op {
            BinaryOp::StartsWith => Part::Beginning,
            BinaryOp::EndsWith => Part::End,
            _ => Part::Anywhere,
        };
        if part == Part::Anywhere && matches!(left.value, ExprKind::Set(_)) {
            return self.membership(right, left, span, env);
        }
        let whole = self.set_or_value(left, env)?;
        if part == Part::Anywhere && matches!(whole.ty, Type::Set(_) | Type::List(..)) {
            return self.in_value_of(right, whole, left, span, env);
        }
        let is_bytes = |ty: &Type| matches!(ty, Type::Bytes | Type::FixedBytes(_) | Type::Digest(_));
        let piece = match (&whole.ty, &right.value) {
            (ty, ExprKind::Bytes(_, bytes)) if is_bytes(ty) => {
                Term::constant(Value::Bytes(bytes.as_slice().into()), Type::Bytes)
            }
            _ => self.term(right, env)?,
        };
        let fits = whole.ty == Type::String && piece.ty == Type::String || is_bytes(&whole.ty) && is_bytes(&piece.ty);
        if !fits {
            let (whole, piece) = (self.show(&whole.ty), self.show(&piece.ty));
            let message = format!("a `{whole}` does not hold a `{piece}`");
            self.report(
                Diagnostic::error(codes::NO_OPERATOR, span, message).help(
                    "texts hold texts, and bytes hold bytes; `contains` also asks for an element of a set or list",
                ),
            );
            return None;
        }
        if let TermKind::Constant(Value::String(_) | Value::Bytes(_)) = &piece.kind
            && is_empty(&piece)
        {
            return self.error(codes::IMPOSSIBLE, right.span, "everything holds what is empty");
        }
        self.settled(vec![whole, piece], span, &mut |_, terms, _| {
            let [whole, piece] = <[Term; 2]>::try_from(terms).ok()?;
            Some(Condition::Holding(part, whole, piece))
        })
    }
}

fn is_empty(term: &Term) -> bool {
    match &term.kind {
        TermKind::Constant(Value::String(text)) => text.is_empty(),
        TermKind::Constant(Value::Bytes(bytes)) => bytes.is_empty(),
        _ => false,
    }
}
