//! What a name means: how it is declared, its type here, whose word it is, what kind of fact it states, and its documentation.

use super::Scene;
use crate::symbols::builtin::{self, BuiltIn, Sort};
use crate::symbols::{Kind, Occurrence, Symbol, SymbolId, Target};
use atbac_grammar::editing::{TokenKind, tokens};
use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, Position};
use std::fmt::Write;

/// What stands at a position.
pub fn hover(scene: &Scene<'_>, position: Position) -> Option<Hover> {
    let document = scene.document;
    let (text, from, to) = match scene.occurrence(position) {
        Some(one) => (about(scene, one), one.span.start as usize, one.span.end as usize),
        None => {
            let offset = document.offset(position, scene.encoding);
            let keyword = |kind: TokenKind| matches!(kind, TokenKind::Reserved | TokenKind::Soft);
            let mut all = tokens(&document.text).into_iter();
            let (_, range) =
                all.find(|(kind, range)| keyword(*kind) && range.start <= offset && offset <= range.end)?;
            let known = builtin::find(Sort::Keyword, &document.text[range.clone()])?;
            (of_built_in(known), range.start, range.end)
        }
    };
    let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value: text });
    Some(Hover { contents, range: Some(document.lines.range(&document.text, from, to, scene.encoding)) })
}

fn about(scene: &Scene<'_>, one: &Occurrence) -> String {
    match one.target {
        Target::BuiltIn(known) => of_built_in(known),
        Target::Symbol(id) => of_symbol(scene, id, Some(one)),
    }
}

fn of_built_in(known: &BuiltIn) -> String {
    format!("```atbac\n{}\n```\n\n{}", known.shown, known.docs)
}

/// What is said of something declared; `here` is where it is named.
pub(super) fn of_symbol(scene: &Scene<'_>, id: SymbolId, here: Option<&Occurrence>) -> String {
    let symbol = scene.symbols.get(id);
    let mut text = format!("```atbac\n{}\n```\n", shown(scene, symbol));
    // Writing to a string cannot fail.
    if let Some(ty) = here.and_then(|one| one.ty.as_ref()).filter(|ty| Some(*ty) != symbol.ty.as_ref()) {
        let _ = writeln!(text, "\nhere: `{}`", scene.symbols.show(ty));
    }
    if let Some(holder) = symbol.container.map(|holder| scene.symbols.get(holder)) {
        let _ = writeln!(text, "\n{} of `{}`", word(symbol.kind), holder.name);
    }
    let fact = here.and_then(|one| one.fact.as_ref()).or(symbol.fact.as_ref());
    if let Some(known) = fact.and_then(|fact| builtin::find(Sort::Fact, fact)) {
        let _ = writeln!(text, "\nkind of fact: `{}`. {}", known.name, known.docs);
    }
    if symbol.kind == Kind::RequestField {
        let line = scene.slice(symbol.shown);
        let provenance =
            builtin::of(Sort::Provenance).find(|known| line.split_whitespace().any(|word| word == known.name));
        if let Some(known) = provenance {
            let _ = writeln!(text, "\n`{}`: {}", known.name, lower_first(known.docs));
        }
    }
    if !symbol.docs.is_empty() {
        let _ = write!(text, "\n---\n\n{}\n", symbol.docs);
    }
    text
}

/// How it is declared, on few lines.
fn shown(scene: &Scene<'_>, symbol: &Symbol) -> String {
    let written = scene.slice(symbol.shown);
    match symbol.kind {
        Kind::Package => format!("package {}", symbol.name),
        Kind::Enum => {
            let members = symbol.members.iter().map(|member| scene.symbols.get(*member));
            let cases: Vec<&str> = members.filter(|one| one.kind == Kind::Case).map(|one| one.name.as_str()).collect();
            format!("{written} {{ {} }}", cases.join(", "))
        }
        Kind::Group => {
            let cases: Vec<&str> = symbol.members.iter().map(|case| scene.symbols.get(*case).name.as_str()).collect();
            format!("{} {{ {} }}", symbol.name, cases.join(", "))
        }
        Kind::Template => format!("{written})"),
        Kind::Let => written.trim_end_matches(';').to_owned(),
        Kind::Variable => match &symbol.ty {
            Some(ty) => format!("{}: {}", symbol.name, scene.symbols.show(ty)),
            None => written.to_owned(),
        },
        Kind::Case
        | Kind::Record
        | Kind::Evidence
        | Kind::Field
        | Kind::Request
        | Kind::RequestField
        | Kind::Grant
        | Kind::GrantField
        | Kind::Reference
        | Kind::Predicate
        | Kind::Parameter
        | Kind::Rule
        | Kind::Application
        | Kind::Test
        | Kind::Invariant => written.to_owned(),
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::RequestField | Kind::GrantField => "field",
        kind => kind.noun(),
    }
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}
