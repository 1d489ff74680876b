//! What every name of a bundle stands for, and where it is used: what an editor asks.
//!
//! The index is made from surface trees alone. So it is there while a bundle has errors, which is when an editor needs it; what cannot be resolved
//! is left out and never an error, since errors are the compiler's to tell. In order:
//!
//! 1. `declare`: a [`Symbol`] for everything that has a name, and the names that each file sees; `types`: the types of these.
//! 2. `walk`: what stands in declarations, line by line; `expression`: what stands in expressions, with what is known there in a `scope`.
//! 3. [`probe`]: what can stand at a place, found by resolving a text with a marker in it.
//!
//! [`builtin`] has the words that the language itself gives a meaning to.

pub mod builtin;
mod declare;
mod expression;
pub mod probe;
mod scope;
mod symbol;
mod types;
mod walk;

pub use probe::{MARKER, Place};
pub use symbol::{Kind, Symbol, SymbolId, Ty};

use atbac_grammar::span::{FileId, Span};
use atbac_grammar::syntax;
use std::collections::{BTreeMap, HashMap};

/// A file of a bundle as the grammar read it.
#[derive(Clone, Copy, Debug)]
pub struct Tree<'a> {
    /// The file that its spans name.
    pub id: FileId,
    /// What stands in it.
    pub file: &'a syntax::File,
}

/// What a name at a place stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Something declared in the bundle.
    Symbol(SymbolId),
    /// Something of the language.
    BuiltIn(&'static builtin::BuiltIn),
}

/// How a name stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is declared here.
    Declaration,
    /// It is used here.
    Use,
    /// What an application of a template declares is used here: its name begins with the application's.
    Derived(SymbolId),
}

/// A name at a place.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// The place.
    pub span: Span,
    /// What the name stands for.
    pub target: Target,
    /// How.
    pub role: Role,
    /// The type that its value has here, which may be narrower than declared.
    pub ty: Option<Ty>,
    /// The kind of fact that the value states here, as the innermost labelled field around it says.
    pub fact: Option<String>,
}

/// The names that a file sees.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// Its package.
    pub(crate) package: String,
    /// What its uses bring in.
    used: HashMap<String, SymbolId>,
    /// The packages it uses by their last word.
    qualifiers: HashMap<String, String>,
}

/// The index of a bundle.
#[derive(Debug, Default)]
pub struct Symbols {
    symbols: Vec<Symbol>,
    /// By file and place.
    occurrences: Vec<Occurrence>,
    /// The names of each package.
    packages: BTreeMap<String, BTreeMap<String, SymbolId>>,
    /// The symbol of each package.
    package_symbols: BTreeMap<String, SymbolId>,
    /// What applications declare: the package and the name, and the application with what its template declares.
    derived: HashMap<(String, String), (SymbolId, SymbolId)>,
    views: HashMap<FileId, View>,
    /// The symbol whose name is declared at a place.
    by_declaration: HashMap<Span, SymbolId>,
    /// What can stand at the marker, if there is one.
    probe: Option<Place>,
}

impl Symbols {
    /// Resolves every name of a bundle.
    pub fn new(files: &[Tree<'_>]) -> Self {
        let mut symbols = Symbols::default();
        symbols.declare(files);
        symbols.walk(files);
        symbols
            .occurrences
            .sort_by_key(|occurrence| (occurrence.span.file, occurrence.span.start, occurrence.span.end));
        symbols
    }

    /// What was declared.
    pub fn get(&self, id: SymbolId) -> &Symbol {
        &self.symbols[id.index()]
    }

    /// Everything that was declared, in order of writing.
    pub fn iter(&self) -> impl Iterator<Item = (SymbolId, &Symbol)> {
        self.symbols.iter().enumerate().map(|(at, symbol)| (SymbolId(at as u32), symbol))
    }

    /// The name at a byte of a file; at the border of two, the one that begins there.
    pub fn at(&self, file: FileId, offset: u32) -> Option<&Occurrence> {
        let after = self.occurrences.partition_point(|one| (one.span.file, one.span.start) <= (file, offset));
        self.occurrences[..after]
            .iter()
            .rev()
            .take_while(|one| one.span.file == file)
            .take(NEIGHBOURS)
            .find(|one| one.span.end >= offset)
    }

    /// Every name of a file, in order.
    pub fn of_file(&self, file: FileId) -> &[Occurrence] {
        let from = self.occurrences.partition_point(|one| one.span.file < file);
        let to = self.occurrences.partition_point(|one| one.span.file <= file);
        &self.occurrences[from..to]
    }

    /// Every place where something is declared or used, by file and place.
    pub fn references(&self, id: SymbolId) -> impl Iterator<Item = &Occurrence> {
        self.occurrences.iter().filter(move |one| match (one.target, one.role) {
            (Target::Symbol(target), Role::Declaration | Role::Use) => target == id,
            (Target::Symbol(target), Role::Derived(application)) => target == id || application == id,
            (Target::BuiltIn(_), _) => false,
        })
    }

    /// Every name that a file sees, with what it stands for; its own package first.
    pub fn visible(&self, file: FileId) -> impl Iterator<Item = (&str, SymbolId)> {
        let view = self.views.get(&file);
        let own = view.and_then(|view| self.packages.get(&view.package)).into_iter().flatten();
        let used = view.into_iter().flat_map(|view| &view.used);
        own.map(|(name, id)| (name.as_str(), *id)).chain(used.map(|(name, id)| (name.as_str(), *id)))
    }

    /// The names that a package declares.
    pub fn exports(&self, package: &str) -> impl Iterator<Item = (&str, SymbolId)> {
        self.packages.get(package).into_iter().flatten().map(|(name, id)| (name.as_str(), *id))
    }

    /// Every package of the bundle.
    pub fn packages(&self) -> impl Iterator<Item = &str> {
        self.packages.keys().map(String::as_str)
    }

    /// The last words of the packages that a file uses, with the packages.
    pub fn qualifiers(&self, file: FileId) -> impl Iterator<Item = (&str, &str)> {
        let used = self.views.get(&file).into_iter().flat_map(|view| &view.qualifiers);
        used.map(|(word, package)| (word.as_str(), package.as_str()))
    }

    /// What rules of a package are called in its tests: those that it writes, and those that its applications declare.
    pub fn rules(&self, file: FileId) -> Vec<(&str, SymbolId)> {
        let Some(package) = self.views.get(&file).map(|view| view.package.as_str()) else { return Vec::new() };
        let written = self.exports(package).filter(|(_, id)| self.get(*id).kind == Kind::Rule);
        let derived =
            self.derived.iter().filter(|((of, _), (_, id))| of == package && self.get(*id).kind == Kind::Rule);
        written.chain(derived.map(|((_, name), (_, id))| (name.as_str(), *id))).collect()
    }

    /// What can stand at the marker in the files that this was made from.
    pub fn probed(&self) -> Option<&Place> {
        self.probe.as_ref()
    }

    /// What grant belongs to a request.
    pub(crate) fn grant_of(&self, request: SymbolId) -> Option<SymbolId> {
        self.iter()
            .find(|(_, symbol)| symbol.kind == Kind::Grant && symbol.container == Some(request))
            .map(|(id, _)| id)
    }

    /// A part of a declaration by its name.
    pub(crate) fn member(&self, of: SymbolId, name: &str) -> Option<SymbolId> {
        self.get(of).members.iter().copied().find(|member| self.get(*member).name == name)
    }

    /// A type as its author would write it.
    pub fn show(&self, ty: &Ty) -> String {
        match ty {
            Ty::BuiltIn(name) => name.clone(),
            Ty::Enum(id) | Ty::Struct(id) => self.get(*id).name.clone(),
            Ty::Union(kinds) => kinds.iter().map(|kind| self.get(*kind).name.as_str()).collect::<Vec<_>>().join(" | "),
            Ty::Set(element) => format!("Set<{}>", self.show(element)),
            Ty::List(element, most) => format!("[{}; {most}]", self.show(element)),
            Ty::Optional(inner) => format!("{}?", self.show(inner)),
        }
    }
}

/// How many names that begin before a place may be looked at to find the one that it lies in: names do not overlap, but for the empty ones.
const NEIGHBOURS: usize = 4;
