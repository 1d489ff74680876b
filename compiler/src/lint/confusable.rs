//! Texts that are not what they seem: two that look the same and differ, one that mixes alphabets, characters that nobody sees (Unicode Technical Standard 39,
//! "Unicode Security Mechanisms", sections 4 and 5). A condition on such a text holds for another than its reader believes. Names have ASCII letters only.

use super::words::Words;
use super::{Findings, Lint, Subject};
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{self, dotted};
use std::collections::HashMap;
use unicode_security::general_security_profile::IdentifierType;
use unicode_security::{GeneralSecurityProfile, MixedScript, skeleton};

/// Reports texts that look like others.
pub(super) fn check(files: &[syntax::File], words: &Words, findings: &mut Findings<'_>) {
    let texts = || words.0.iter().zip(files).flat_map(|(words, file)| words.texts.iter().map(move |text| (file, text)));
    // Texts of one alphabet that everybody reads the same way are compared with others only where there are others.
    if texts().all(|(_, (text, _))| text.is_ascii()) {
        return;
    }
    let mut alike: HashMap<String, Vec<(&str, Span)>> = HashMap::new();
    for (_, (text, span)) in texts() {
        let seen = alike.entry(skeleton(text).collect()).or_default();
        if !seen.iter().any(|(known, _)| known == text) {
            seen.push((text, *span));
        }
    }
    for (file, (text, span)) in texts().filter(|(_, (text, _))| !text.is_ascii()) {
        let Some(found) = finding(text, *span, &alike) else { continue };
        let package = file.package.as_ref().map(|package| dotted(&package.name)).unwrap_or_default();
        let declaration = declaration_around(file, *span);
        findings.add(Lint::Confusable, Subject { package: &package, declaration }, found);
    }
}

fn finding(text: &str, span: Span, alike: &HashMap<String, Vec<(&str, Span)>>) -> Option<Diagnostic> {
    let warning = |message: String| Diagnostic::warning(Lint::Confusable.code(), span, message);
    if let Some(unseen) = text.chars().find(|c| c.identifier_type() == Some(IdentifierType::Default_Ignorable)) {
        let message = format!("this text holds U+{:04X}, which nobody sees", u32::from(unseen));
        return Some(warning(message).help("remove it, or write it as `\\u{…}` where it is meant"));
    }
    let skeleton: String = skeleton(text).collect();
    if let Some((_, other)) = alike.get(&skeleton)?.iter().find(|(other, _)| *other != text) {
        let message = "this text looks like another, and differs from it".to_owned();
        let odd = text.chars().find(|c| !c.is_ascii()).map_or(0, u32::from);
        return Some(
            warning(message)
                .labelled(format!("with U+{odd:04X}"))
                .and(*other, "the other")
                .help("use the same characters in both, or characters that look different"),
        );
    }
    (!text.is_single_script()).then(|| {
        warning("this text mixes alphabets: a letter of one may look like a letter of another".to_owned())
            .help("write it in one alphabet, or allow it here: `@lint(confusable: allow)`")
    })
}

/// Where the name of the declaration stands that a place is in.
fn declaration_around(file: &syntax::File, span: Span) -> Span {
    let item = file.items.iter().find(|item| item.span.start <= span.start && span.end <= item.span.end);
    item.and_then(|item| super::levels::name_of(&item.kind)).unwrap_or(span)
}
