//! Attributes of rules, and the floors of packages.

use super::{Checker, listed};
use crate::checked::{Exception, Floors};
use crate::types::Fact;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::{Node, Span};
use atbac_grammar::syntax::{self, Attribute, ExprKind, ItemKind};

/// The levels of `@severity`.
const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];

/// Every kind of fact by its name in the language.
pub(super) const FACTS: [(&str, Fact); 4] = [
    ("code_identity", Fact::CodeIdentity),
    ("platform_health", Fact::PlatformHealth),
    ("workload_identity", Fact::WorkloadIdentity),
    ("circumstance", Fact::Circumstance),
];

/// What the attributes of a rule say.
#[derive(Default)]
pub(super) struct RuleAttributes {
    pub(super) owner: Option<String>,
    pub(super) severity: Option<String>,
    pub(super) exception: Option<Exception>,
}

impl Checker<'_> {
    /// `@owner("team")`, `@severity(high)`, `@exception(ticket: "SEC-123", expires: 2026-12-31)`
    pub(super) fn rule_attributes(&mut self, item: &syntax::Item) -> RuleAttributes {
        let mut found = RuleAttributes::default();
        let mut seen: Vec<&str> = Vec::new();
        let mut exception = None;
        for attribute in &item.attributes {
            let name = attribute.name.value.as_str();
            if seen.contains(&name) && name != "lint" {
                let message = format!("`@{name}` is written twice");
                self.report(Diagnostic::error(codes::INVALID_ATTRIBUTE, attribute.span, message));
                continue;
            }
            seen.push(name);
            match (name, attribute.arguments.as_slice()) {
                ("owner", [(None, Node { value: ExprKind::String(team), .. })]) if !team.trim().is_empty() => {
                    found.owner = Some(team.to_string());
                }
                ("owner", _) => {
                    self.error::<()>(
                        codes::INVALID_ATTRIBUTE,
                        attribute.span,
                        "`@owner` names a team: `@owner(\"payments-team\")`",
                    );
                }
                ("severity", [(None, Node { value: ExprKind::Name(level), .. })])
                    if SEVERITIES.contains(&level.as_str()) =>
                {
                    found.severity = Some(level.to_string());
                }
                ("severity", _) => {
                    let message = format!("`@severity` takes one of {}", listed(SEVERITIES));
                    self.error::<()>(codes::INVALID_ATTRIBUTE, attribute.span, message);
                }
                ("exception", _) => {
                    exception = Some(attribute);
                    found.exception = self.exception(attribute);
                }
                // Read by the lints.
                ("lint", _) => {}
                (other, _) => {
                    let known = ["owner", "severity", "exception", "lint"];
                    self.unknown::<()>(attribute.name.span, "attribute", other, known);
                }
            }
        }
        if let Some(attribute) = exception
            && !seen.contains(&"owner")
        {
            self.report(
                Diagnostic::error(codes::INVALID_EXCEPTION, attribute.span, "this exception has no owner")
                    .help("say who answers for it: `@owner(\"payments-team\")`"),
            );
        }
        found
    }

    fn exception(&mut self, attribute: &Attribute) -> Option<Exception> {
        let (mut ticket, mut expires, mut sound) = (None, None, true);
        for (key, argument) in &attribute.arguments {
            match (key.as_ref().map(|key| key.value.as_str()), &argument.value) {
                (Some("ticket"), ExprKind::String(text)) if ticket.is_none() && !text.trim().is_empty() => {
                    ticket = Some(text.clone());
                }
                (Some("expires"), ExprKind::Instant(instant)) if expires.is_none() => expires = Some(*instant),
                _ => {
                    self.invalid_exception(argument.span, "an exception has a `ticket` and an end, `expires`");
                    sound = false;
                }
            }
        }
        if !sound {
            return None;
        }
        match (ticket, expires) {
            (Some(ticket), Some(expires)) => {
                Some(Exception { ticket: ticket.to_string(), expires, span: attribute.span })
            }
            (_, None) => {
                self.invalid_exception(attribute.span, "this exception never ends: it has no `expires`");
                None
            }
            (None, Some(_)) => {
                self.invalid_exception(attribute.span, "this exception names no `ticket`");
                None
            }
        }
    }

    fn invalid_exception(&mut self, span: Span, message: &str) {
        self.report(
            Diagnostic::error(codes::INVALID_EXCEPTION, span, message)
                .help("write `@exception(ticket: \"SEC-123\", expires: 2026-12-31)`"),
        );
    }

    /// `floor code_identity: attested, platform_health: attested;`
    pub(super) fn declare_floors(&mut self) {
        self.each_item(|checker, file, item, _| {
            let ItemKind::Floor(declared) = &item.kind else { return };
            let package = checker.names.package_of[file].to_string();
            if let Some(earlier) = checker.floors.iter().find(|floors| floors.package == package) {
                let span = earlier.span;
                let finding =
                    Diagnostic::error(codes::DUPLICATE_NAME, item.span, "this package declares its floors twice");
                let finding = finding.help("put all of them into one `floor`");
                checker.report(match span {
                    Some(span) => finding.and(span, "first declared here"),
                    None => finding,
                });
                return;
            }
            let mut floors = Floors {
                package,
                code_identity: None,
                platform_health: None,
                workload_identity: None,
                circumstance: None,
                span: Some(item.span),
            };
            for (name, provenance) in &declared.floors {
                let Some((_, fact)) = FACTS.iter().find(|(known, _)| *known == name.value) else {
                    checker.unknown::<()>(name.span, "kind of fact called", &name.value, FACTS.map(|(known, _)| known));
                    continue;
                };
                if floors.of_mut(*fact).replace(provenance.value).is_some() {
                    let message = format!("the floor of `{}` is given twice", name.value);
                    checker.report(Diagnostic::error(codes::DUPLICATE_NAME, name.span, message));
                }
            }
            checker.floors.push(floors);
        });
    }
}
