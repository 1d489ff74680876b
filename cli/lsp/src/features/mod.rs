//! What an editor asks, one file for each thing. Every function reads a [`Scene`] and changes nothing.

pub mod actions;
pub mod completion;
pub mod diagnostics;
pub mod folding;
pub mod formatting;
pub mod hints;
pub mod hover;
pub mod lenses;
pub mod navigation;
pub mod outline;
pub mod rename;
pub mod tokens;

use crate::positions::Encoding;
use crate::symbols::{Occurrence, SymbolId, Symbols, Target, Tree};
use crate::workspace::{Document, Workspace};
use atbac_grammar::span::{FileId, Span};
use lsp_types::{Location, Position};

/// A document in its bundle.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// Every document.
    pub workspace: &'a Workspace,
    /// The index of the bundle, with the standard library's packages that it uses.
    pub symbols: &'a Symbols,
    /// The documents of the bundle, without the standard library's.
    pub bundle: &'a [FileId],
    /// The document that is asked about.
    pub document: &'a Document,
    /// How positions count.
    pub encoding: Encoding,
    /// The URI under which the client finds a document; nothing where it cannot be shown.
    pub place: &'a dyn Fn(&Document) -> Option<String>,
}

impl Scene<'_> {
    /// The name at a position.
    pub fn occurrence(&self, position: Position) -> Option<&Occurrence> {
        let offset = self.document.offset(position, self.encoding);
        self.symbols.at(self.document.id, offset as u32)
    }

    /// What is declared in the bundle and named at a position.
    pub fn symbol(&self, position: Position) -> Option<SymbolId> {
        match self.occurrence(position)?.target {
            Target::Symbol(id) => Some(id),
            Target::BuiltIn(_) => None,
        }
    }

    /// The place of a span, for the client.
    pub fn location(&self, span: Span) -> Option<Location> {
        let document = self.workspace.get(span.file)?;
        Some(Location { uri: (self.place)(document)?.parse().ok()?, range: document.range(span, self.encoding) })
    }

    /// The text under a span of any document.
    pub fn slice(&self, span: Span) -> &str {
        self.workspace.get(span.file).map_or("", |document| document.slice(span))
    }
}

/// The index of a bundle and of the standard library's packages that it uses.
pub fn index(workspace: &Workspace, bundle: &[FileId]) -> Symbols {
    let all = bundle.iter().copied().chain(workspace.standard_of(bundle));
    let documents: Vec<&Document> = all.filter_map(|id| workspace.get(id)).collect();
    let trees: Vec<Tree<'_>> =
        documents.iter().map(|document| Tree { id: document.id, file: &document.tree }).collect();
    Symbols::new(&trees)
}
