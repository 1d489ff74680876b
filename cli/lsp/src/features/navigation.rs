//! Where a name is declared, and where it is used.

use super::Scene;
use crate::symbols::{Role, Target};
use lsp_types::{DocumentHighlight, DocumentHighlightKind, Location, Position};

/// Where what is named at a position is declared.
pub fn definition(scene: &Scene<'_>, position: Position) -> Option<Location> {
    let id = scene.symbol(position)?;
    scene.location(scene.symbols.get(id).span)
}

/// Every use of what is named at a position, and the declaration if that is wanted.
pub fn references(scene: &Scene<'_>, position: Position, declaration: bool) -> Vec<Location> {
    let Some(id) = scene.symbol(position) else { return Vec::new() };
    let wanted = scene.symbols.references(id).filter(|one| declaration || one.role != Role::Declaration);
    wanted.filter_map(|one| scene.location(one.span)).collect()
}

/// The same within the document.
pub fn highlights(scene: &Scene<'_>, position: Position) -> Vec<DocumentHighlight> {
    let Some(one) = scene.occurrence(position) else { return Vec::new() };
    let target = one.target;
    let of_document = scene.symbols.of_file(scene.document.id).iter();
    let same = of_document.filter(|other| match (other.target, target) {
        (Target::Symbol(other), Target::Symbol(wanted)) => other == wanted,
        (Target::BuiltIn(_) | Target::Symbol(_), _) => false,
    });
    let highlight = |other: &crate::symbols::Occurrence| DocumentHighlight {
        range: scene.document.range(other.span, scene.encoding),
        kind: Some(match other.role {
            Role::Declaration => DocumentHighlightKind::WRITE,
            Role::Use | Role::Derived(_) => DocumentHighlightKind::READ,
        }),
    };
    same.map(highlight).collect()
}
