//! What a request demands proof of when a session opens, and whether there can be one: `bound to` and `@challenged`.
//!
//! The engine proves what it finds here and knows no other proofs. A demand that could never be met would be a session that never opens: it is refused where it is
//! written.

use super::types::held;
use crate::check::{Checker, listed};
use crate::types::{Request, RequestField, RequestId, Schema, Struct};
use crate::verifier::{Proof, TyingClaim, VERIFIERS, Verifier, proof};
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{self, Stage};

/// A proof that a request demands.
pub(in crate::check) struct Demand {
    pub(super) request: RequestId,
    /// The field it is about.
    pub(super) field: usize,
    pub(super) proof: Demanded,
    /// Where it is written.
    pub(super) span: Span,
}

/// What must be proven of a field.
pub(super) enum Demanded {
    /// It belongs together with this other field: `bound to`.
    Binding(usize),
    /// It answers a challenge of the engine's: `@challenged`.
    Challenge,
}

impl Checker<'_> {
    /// The field that another is bound to.
    pub(super) fn resolve_binding(&mut self, request: &Request, at: usize, name: &syntax::Name) -> Option<usize> {
        let Some(target) = request.fields.iter().position(|field| field.name == name.value) else {
            return self.unknown(name.span, "field", &name.value, request.fields.iter().map(|field| &field.name));
        };
        if target == at || request.fields[target].stage != Stage::Session || request.fields[at].stage != Stage::Session
        {
            let message = format!("`{}` cannot be bound to `{}`", request.fields[at].name, name.value);
            self.report(
                Diagnostic::error(codes::INVALID_REQUEST, name.span, message).help(
                    "a binding is between two different session fields: it is proven once, when the session opens",
                ),
            );
            return None;
        }
        Some(target)
    }

    /// Every alternative and element needs its proof: what is proven of some kinds only would not be proven.
    pub(super) fn refuse_unprovable(&mut self) {
        let mut findings = Vec::new();
        for demand in &self.demands {
            let fields = &self.schema.request(demand.request).fields;
            let field = &fields[demand.field];
            let refused = |field: &RequestField| self.refused.contains(&field.span);
            let (what, found) = match demand.proof {
                _ if refused(field) => continue,
                Demanded::Binding(anchor) if refused(&fields[anchor]) => continue,
                Demanded::Binding(anchor) => {
                    (format!("be bound to `{}`", fields[anchor].name), bindable(&self.schema, field, &fields[anchor]))
                }
                Demanded::Challenge => ("answer a challenge".to_owned(), answerable(&self.schema, field)),
            };
            if let Err(Unprovable { why, help }) = found {
                let message = format!("`{}` cannot {what}: {why}", field.name);
                findings.push(Diagnostic::error(codes::UNPROVABLE, demand.span, message).help(help));
            }
        }
        for finding in findings {
            self.report(finding);
        }
    }
}

/// Why there can be no proof, and what would help.
struct Unprovable {
    why: String,
    help: String,
}

/// A kind of evidence: its schema, and what is known of its verifier.
type Kind<'a> = (&'a Struct, &'static Verifier);

/// Whether there is a proof that two fields belong together.
fn bindable(schema: &Schema, bound: &RequestField, anchor: &RequestField) -> Result<(), Unprovable> {
    let (bound, anchors) = (kinds(schema, bound, provable_pairs)?, kinds(schema, anchor, provable_pairs)?);
    for one in &bound {
        for other in &anchors {
            let Some(proof) = proof(one.1, other.1) else {
                let why = format!("no proof is known between `{}` and `{}`", one.1.name, other.1.name);
                return Err(Unprovable { why, help: provable_pairs() });
            };
            for kind in [one, other] {
                declares(kind, kind.1.claim(proof))?;
            }
        }
    }
    Ok(())
}

/// Whether there is a proof that a field answers a challenge.
fn answerable(schema: &Schema, field: &RequestField) -> Result<(), Unprovable> {
    if field.stage != Stage::Session {
        let why = "it comes with every call".to_owned();
        return Err(Unprovable { why, help: "a challenge is answered once, when the session opens".to_owned() });
    }
    for kind in kinds(schema, field, with_nonce)? {
        if kind.1.nonce.is_none() {
            let why = format!("evidence of `{}` names no nonce", kind.1.name);
            return Err(Unprovable { why, help: with_nonce() });
        }
        declares(&kind, kind.1.nonce)?;
    }
    Ok(())
}

/// The kinds of evidence that a field can be, or why it is none; `help` is what would be.
fn kinds<'a>(schema: &'a Schema, field: &RequestField, help: fn() -> String) -> Result<Vec<Kind<'a>>, Unprovable> {
    let structs = held(&field.ty).into_iter().map(|id| schema.structure(id));
    let kinds: Option<Vec<Kind<'_>>> =
        structs.map(|kind| Some((kind, Verifier::named(&kind.evidence.as_ref()?.verifier)?))).collect();
    match kinds {
        Some(kinds) if !kinds.is_empty() => Ok(kinds),
        _ => Err(Unprovable { why: format!("`{}` is no evidence that the engine knows", field.name), help: help() }),
    }
}

/// Whether a schema has the claim that a proof reads: bundles may declare schemas of their own.
fn declares((schema, verifier): &Kind<'_>, claim: Option<TyingClaim>) -> Result<(), Unprovable> {
    let Some((name, ty)) = claim.map(TyingClaim::declaration) else { return Ok(()) };
    if schema.fields.iter().any(|field| field.name == name && field.ty == ty) {
        return Ok(());
    }
    Err(Unprovable {
        why: format!("`{}` has no claim `{name}`, which the proof reads", schema.name),
        help: format!(
            "declare `{name}` as the verifier `{}` makes it, or use the standard library's schema",
            verifier.name
        ),
    })
}

/// Says which kinds can be bound.
fn provable_pairs() -> String {
    let by = |wanted| {
        let is_part = |verifier: &&Verifier| VERIFIERS.iter().any(|other| proof(verifier, other) == Some(wanted));
        VERIFIERS.iter().filter(is_part).collect::<Vec<_>>()
    };
    let names = |verifiers: &[&Verifier]| listed(verifiers.iter().map(|verifier| verifier.name));
    let keyed = by(Proof::Key);
    let is_processor = |kind: &&Verifier| kind.nonce == Some(TyingClaim::ReportData);
    let (processors, others): (Vec<_>, Vec<_>) = by(Proof::Nonce).into_iter().partition(is_processor);
    format!(
        "evidence of {} can be bound to one another, by a key; {} to {}, by a nonce; for other kinds, require that claims of both are equal",
        names(&keyed),
        names(&others),
        names(&processors)
    )
}

/// Says which kinds name a nonce.
fn with_nonce() -> String {
    let answering = VERIFIERS.iter().filter(|verifier| verifier.nonce.is_some()).map(|verifier| verifier.name);
    format!("evidence of {} names one", listed(answering))
}
