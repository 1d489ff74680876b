//! Names that nothing needs: what is left over misleads who reads it, and a reference value that no rule reads is a check that somebody believes in.

use super::words::Words;
use super::{Findings, Lint, Subject};
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{self, ItemKind, Name, dotted};
use std::collections::HashSet;

/// Reports reference values, predicates and uses that nothing mentions.
pub(super) fn check(files: &[syntax::File], words: &Words, findings: &mut Findings<'_>) {
    let package_of =
        |file: &syntax::File| file.package.as_ref().map(|package| dotted(&package.name)).unwrap_or_default();
    // By package and name: what is mentioned by its own package, or by a file that uses it.
    let mut mentioned: HashSet<(String, &str)> = HashSet::new();
    for (file, words) in files.iter().zip(&words.0) {
        let own = package_of(file);
        mentioned.extend(words.names.iter().map(|name| (own.clone(), name.as_str())));
        for each in &file.uses {
            let package = dotted(&each.package);
            let is_qualifier = each.package.value.last().is_some_and(|last| words.names.contains(last.value.as_str()));
            let used = words.names.iter().filter(|name| {
                // `snp.hardened(p)` mentions a predicate that no `use` names.
                is_qualifier || each.names.iter().any(|used| used.value == **name)
            });
            mentioned.extend(used.map(|name| (package.clone(), name.as_str())));
            let subject = Subject { package: &own, declaration: each.span };
            for (at, name) in each.names.iter().enumerate() {
                let is_loaded = words.loaded.contains(name.value.as_str());
                if !words.names.contains(name.value.as_str()) && !is_loaded && !is_qualifier {
                    findings.add(
                        Lint::UnusedUse,
                        subject,
                        unused(Lint::UnusedUse, name, "this file uses", "remove it").mended_at(without(each, at), ""),
                    );
                }
            }
        }
    }
    for file in files {
        let package = package_of(file);
        for item in &file.items {
            let (lint, name, what, help) = match &item.kind {
                ItemKind::Reference(reference) => (
                    Lint::UnusedReference,
                    &reference.name,
                    "no rule reads the reference",
                    "compare something with it, or remove it: nothing depends on its values",
                ),
                ItemKind::Predicate(predicate) => {
                    (Lint::UnusedPredicate, &predicate.name, "no rule asks the predicate", "ask it, or remove it")
                }
                _ => continue,
            };
            if !mentioned.contains(&(package.clone(), name.value.as_str())) {
                let subject = Subject { package: &package, declaration: name.span };
                findings.add(lint, subject, unused(lint, name, what, help));
            }
        }
    }
}

/// What to remove of a use so that it lacks one of its names: with the comma beside it, or all of it.
fn without(each: &syntax::Use, at: usize) -> Span {
    let name = each.names[at].span;
    match (each.names.get(at + 1), at.checked_sub(1).map(|before| &each.names[before])) {
        (Some(next), _) => Span { end: next.span.start, ..name },
        (None, Some(before)) => Span { start: before.span.end, ..name },
        (None, None) => each.span,
    }
}

fn unused(lint: Lint, name: &Name, what: &str, help: &str) -> Diagnostic {
    let message = match lint {
        Lint::UnusedUse => format!("{what} `{}` and never mentions it", name.value),
        _ => format!("{what} `{}`", name.value),
    };
    Diagnostic::warning(lint.code(), name.span, message).help(help)
}
