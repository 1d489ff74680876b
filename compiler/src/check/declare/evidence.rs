//! Evidence: what makes a schema one, and who may sign it.

use super::FREE_FORM;
use super::types::held;
use crate::check::{Checker, listed, nearest};
use crate::types::{Evidence, StructId, Type};
use crate::verifier::{Signer, VERIFIERS, Verifier};
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::{Node, Span};
use atbac_grammar::syntax::{self, ExprKind, Provenance};

impl Checker<'_> {
    pub(super) fn declare_evidence(&mut self, id: StructId, declared: &syntax::Evidence) {
        let mut verifier = None;
        let mut age_from = "verified_at";
        let mut max_age = None;
        let mut seen: Vec<&str> = Vec::new();
        for attribute in &declared.attributes {
            if seen.contains(&attribute.name.value.as_str()) {
                let message = format!("`@{}` is written twice", attribute.name.value);
                self.report(Diagnostic::error(codes::INVALID_ATTRIBUTE, attribute.span, message));
                continue;
            }
            seen.push(&attribute.name.value);
            match (attribute.name.value.as_str(), attribute.arguments.as_slice()) {
                ("verifier", [(None, Node { value: ExprKind::String(name), span })]) => {
                    self.known_verifier(name, *span);
                    verifier = Some(name.clone());
                }
                ("age_from", [(None, Node { value: ExprKind::Name(field), span })]) if field == "expires_at" => {
                    let message = "the age of evidence counts from when it was made, not from when it ends";
                    self.report(
                        Diagnostic::error(codes::INVALID_EVIDENCE, *span, message)
                            .help("write `@age_from(issued_at)`, or leave it out: then it counts from `verified_at`"),
                    );
                }
                ("age_from", [(None, Node { value: ExprKind::Name(field), .. })]) => age_from = field.as_str(),
                ("max_age", [(None, Node { value: ExprKind::Duration(longest), .. })]) => max_age = Some(*longest),
                (name @ ("verifier" | "age_from" | "max_age"), _) => {
                    let shape = match name {
                        "verifier" => "`@verifier(\"sev-snp\")`",
                        "age_from" => "`@age_from(issued_at)`",
                        _ => "`@max_age(24h)`",
                    };
                    self.report(Diagnostic::error(
                        codes::INVALID_ATTRIBUTE,
                        attribute.span,
                        format!("this attribute is written {shape}"),
                    ));
                }
                (other, _) => {
                    let message = format!("evidence has no attribute `@{other}`");
                    let help = "evidence has `@verifier(…)`, `@age_from(…)` and `@max_age(…)`";
                    self.report(Diagnostic::error(codes::INVALID_ATTRIBUTE, attribute.span, message).help(help));
                }
            }
        }
        let name = &declared.name;
        let Some(verifier) = verifier else {
            let message = format!("evidence `{}` does not say which verifier produces it", name.value);
            self.report(
                Diagnostic::error(codes::INVALID_EVIDENCE, name.span, message)
                    .help("add `@verifier(\"…\")` after the title"),
            );
            return;
        };
        let instants = ["verified_at", "expires_at", age_from].map(|field| self.instant_field(id, field));
        let [verified_at, expires_at, age_from_at] = instants;
        for (field, found) in [("verified_at", verified_at), ("expires_at", expires_at), (age_from, age_from_at)] {
            if found.is_none() {
                let message = format!("evidence `{}` has no field `{field}: Instant`", name.value);
                let help = "evidence declares when it was verified (`verified_at`) and when it ends (`expires_at`), both `Instant`";
                self.report(Diagnostic::error(codes::INVALID_EVIDENCE, name.span, message).help(help));
                return;
            }
        }
        if let (Some(age_from), Some(expires_at)) = (age_from_at, expires_at) {
            let title = declared.title.value.clone();
            self.schema.structs[id.index()].evidence =
                Some(Evidence { title, verifier: verifier.to_string(), age_from, expires_at, max_age });
        }
    }

    /// Refuses a verifier that there is not: of its name it could not be said whether hardware signs what it checks.
    fn known_verifier(&mut self, name: &str, span: Span) {
        if Verifier::named(name).is_none() {
            let names = VERIFIERS.map(|verifier| verifier.name);
            let finding = Diagnostic::error(codes::VERIFIER, span, format!("there is no verifier `{name}`"));
            self.report(match nearest(name, names) {
                Some(near) => finding.help(format!("did you mean `{near}`?")).replace_by(format!("\"{near}\"")),
                None => finding.help(format!(
                    "it is one of {}; a statement that an issuer of yours signs is an `{}`",
                    listed(names),
                    FREE_FORM
                )),
            });
        }
    }

    fn instant_field(&self, id: StructId, name: &str) -> Option<usize> {
        self.schema.structure(id).fields.iter().position(|field| field.name == name && field.ty == Type::Instant)
    }

    /// Only evidence can be `attested`.
    pub(super) fn check_provenance(&mut self, field: &syntax::RequestField, ty: &Type) {
        if field.provenance.value != Provenance::Attested {
            return;
        }
        let kinds = held(ty);
        let all_evidence = !kinds.is_empty() && kinds.iter().all(|kind| self.evidence_structs[kind.index()]);
        if !all_evidence {
            let message = format!("`{}` cannot be attested: its type is not evidence", field.name.value);
            self.report(
                Diagnostic::error(codes::INVALID_REQUEST, field.provenance.span, message).help(
                    "only evidence that a verifier checked is attested; say `authenticated`, `local` or `asserted`",
                ),
            );
        }
    }

    /// Evidence is signed by hardware or by an issuer: nobody's word makes it, and no issuer's makes it attested.
    pub(super) fn refuse_unsigned_evidence(&mut self) {
        let mut findings = Vec::new();
        for field in self.schema.requests.iter().flat_map(|request| &request.fields) {
            let signed = match field.provenance {
                Provenance::Attested | Provenance::Authenticated => true,
                Provenance::Local | Provenance::Asserted => false,
            };
            if !signed && self.schema.holds_evidence(&field.ty) {
                let message = format!("`{}` is evidence: it must be `attested` or `authenticated`", field.name);
                findings.push(Diagnostic::error(codes::INVALID_REQUEST, field.span, message).help(
                    "what the caller or the service merely says is a `record`; evidence is what somebody signed",
                ));
            }
            if field.provenance == Provenance::Attested
                && let Some(kind) = held(&field.ty).into_iter().find(|id| self.is_signed_by_an_issuer(*id))
            {
                let kind = &self.schema.structure(kind).name;
                let message =
                    format!("`{}` cannot be attested: `{kind}` is signed by an issuer, not by hardware", field.name);
                findings
                    .push(Diagnostic::error(codes::INVALID_REQUEST, field.span, message).help("say `authenticated`"));
            }
        }
        for finding in findings {
            self.report(finding);
        }
    }

    fn is_signed_by_an_issuer(&self, id: StructId) -> bool {
        let evidence = self.schema.structure(id).evidence.as_ref();
        let signer = evidence.and_then(|evidence| Verifier::named(&evidence.verifier)).map(|verifier| verifier.signer);
        match signer {
            Some(Signer::Issuer | Signer::Deployment) => true,
            Some(Signer::Hardware) | None => false,
        }
    }
}
