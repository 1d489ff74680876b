//! What a document declares, as a tree; and what a workspace declares, by name.

use super::Scene;
use crate::symbols::{Kind, Symbol, SymbolId};
use lsp_types::{DocumentSymbol, Location, SymbolInformation, SymbolKind};

/// How many symbols of a workspace are listed: whoever wants others types more of the name.
const MAX_LISTED: usize = 500;

/// The declarations of the document with their parts, in order.
pub fn outline(scene: &Scene<'_>) -> Vec<DocumentSymbol> {
    let of_document = scene.symbols.iter().filter(|(_, symbol)| symbol.span.file == scene.document.id);
    let is_top = |symbol: &Symbol| match symbol.kind {
        Kind::Package | Kind::Parameter | Kind::Let | Kind::Variable => false,
        Kind::Grant => true,
        _ => symbol.container.is_none(),
    };
    of_document.filter(|(_, symbol)| is_top(symbol)).map(|(id, _)| tree(scene, id)).collect()
}

#[expect(deprecated, reason = "the type has a field that is superseded by tags")]
fn tree(scene: &Scene<'_>, id: SymbolId) -> DocumentSymbol {
    let symbol = scene.symbols.get(id);
    // The cases of a group are members of the enum too.
    let in_group = |member: &SymbolId| {
        symbol.kind == Kind::Enum
            && scene.symbols.get(*member).kind == Kind::Case
            && symbol.members.iter().any(|other| scene.symbols.get(*other).members.contains(member))
    };
    let is_part = |member: &SymbolId| scene.symbols.get(*member).kind != Kind::Parameter && !in_group(member);
    let children: Vec<DocumentSymbol> =
        symbol.members.iter().filter(|member| is_part(member)).map(|member| tree(scene, *member)).collect();
    // The range of an item must hold that of its name.
    let whole = if symbol.whole.file == symbol.span.file { symbol.whole.to(symbol.span) } else { symbol.span };
    DocumentSymbol {
        // The protocol allows no empty name.
        name: if symbol.name.is_empty() { "\"\"".to_owned() } else { symbol.name.clone() },
        detail: symbol.ty.as_ref().filter(|_| has_type(symbol.kind)).map(|ty| scene.symbols.show(ty)),
        kind: symbol_kind(symbol.kind),
        tags: None,
        deprecated: None,
        range: scene.document.range(whole, scene.encoding),
        selection_range: scene.document.range(symbol.span, scene.encoding),
        children: (!children.is_empty()).then_some(children),
    }
}

fn has_type(kind: Kind) -> bool {
    matches!(kind, Kind::Field | Kind::RequestField | Kind::GrantField | Kind::Reference)
}

/// What the bundle of the scene declares with these letters in its name, in this order.
#[expect(deprecated, reason = "the type has a field that is superseded by tags")]
pub fn named(scene: &Scene<'_>, letters: &str) -> Vec<SymbolInformation> {
    let is_listed = |symbol: &Symbol| match symbol.kind {
        Kind::Parameter | Kind::Let | Kind::Variable => false,
        _ => has_letters(&symbol.name, letters) && scene.bundle.contains(&symbol.span.file),
    };
    let listed = scene.symbols.iter().filter(|(_, symbol)| is_listed(symbol)).take(MAX_LISTED);
    let information = |symbol: &Symbol| {
        let document = scene.workspace.get(symbol.span.file)?;
        let location = Location { uri: document.uri.parse().ok()?, range: document.range(symbol.span, scene.encoding) };
        let container = symbol.container.map(|holder| scene.symbols.get(holder).name.clone());
        Some(SymbolInformation {
            name: symbol.name.clone(),
            kind: symbol_kind(symbol.kind),
            tags: None,
            deprecated: None,
            location,
            container_name: container.or_else(|| Some(symbol.package.clone()).filter(|package| !package.is_empty())),
        })
    };
    listed.filter_map(|(_, symbol)| information(symbol)).collect()
}

/// Whether a name has letters in an order, whatever stands between.
fn has_letters(name: &str, letters: &str) -> bool {
    let mut rest = name.chars().flat_map(char::to_lowercase);
    letters.chars().flat_map(char::to_lowercase).all(|letter| rest.any(|one| one == letter))
}

/// The protocol's word for what a symbol is.
pub(super) fn symbol_kind(kind: Kind) -> SymbolKind {
    match kind {
        Kind::Package => SymbolKind::PACKAGE,
        Kind::Enum | Kind::Group => SymbolKind::ENUM,
        Kind::Case => SymbolKind::ENUM_MEMBER,
        Kind::Record | Kind::Evidence | Kind::Grant => SymbolKind::STRUCT,
        Kind::Request => SymbolKind::INTERFACE,
        Kind::Field | Kind::RequestField | Kind::GrantField => SymbolKind::FIELD,
        Kind::Reference => SymbolKind::CONSTANT,
        Kind::Predicate => SymbolKind::FUNCTION,
        Kind::Rule => SymbolKind::METHOD,
        Kind::Template | Kind::Application => SymbolKind::CLASS,
        Kind::Test | Kind::Invariant => SymbolKind::EVENT,
        Kind::Parameter | Kind::Let | Kind::Variable => SymbolKind::VARIABLE,
    }
}
