//! Documents, and which of them are one bundle.
//!
//! A document that is open has the text that its editor shows; any other has what is on disk. Every document is read by the grammar once for each of its
//! texts.
//! `bundles` says which of them belong together.

mod bundles;

use crate::files::Files;
use crate::positions::{Encoding, Lines};
use crate::standard;
use crate::uri;
use atbac_compiler::pipeline::SourceFile;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::{FileId, Span};
use atbac_grammar::syntax::{self, dotted};
use atbac_stdlib::{MODULES, Module};
use bundles::Together;
use lsp_types::{Position, Range, TextDocumentContentChangeEvent};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One policy, with everything that follows from its text alone.
#[derive(Debug)]
pub struct Document {
    /// The file that its spans name, for as long as the server runs.
    pub id: FileId,
    /// The URI that the client uses, or would use.
    pub uri: String,
    /// Where it lies on disk.
    pub path: Option<PathBuf>,
    /// The module of the standard library that it is.
    pub standard: Option<&'static Module>,
    /// What it holds now.
    pub text: Arc<str>,
    /// Where its lines begin.
    pub lines: Lines,
    /// What the grammar read.
    pub tree: syntax::File,
    /// Every syntax error.
    pub syntax_errors: Vec<Diagnostic>,
    /// The version that the client gave its text; nothing while it is closed.
    pub version: Option<i32>,
    /// Counts changes of all documents: when this one changed last.
    pub changed: u64,
    /// Why it cannot be read, where that is so.
    pub unread: Option<String>,
}

impl Document {
    /// The place of a span.
    pub fn range(&self, span: Span, encoding: Encoding) -> Range {
        self.lines.range(&self.text, span.start as usize, span.end as usize, encoding)
    }

    /// The byte of a position.
    pub fn offset(&self, position: Position, encoding: Encoding) -> usize {
        self.lines.offset(&self.text, position, encoding)
    }

    /// The text under a span.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The name that it has in a bundle: its path, or its URI where it has none.
    pub fn name(&self) -> String {
        self.path.as_ref().map_or_else(|| self.uri.clone(), |path| path.display().to_string())
    }

    fn set(&mut self, text: Arc<str>, changed: u64) {
        let parsed = atbac_grammar::parse(self.id, &text);
        self.lines = Lines::new(&text);
        (self.tree, self.syntax_errors) = (parsed.file, parsed.diagnostics);
        (self.text, self.changed, self.unread) = (text, changed, None);
    }

    /// The package that it says it is of.
    fn package(&self) -> Option<String> {
        self.tree.package.as_ref().map(|package| dotted(&package.name))
    }

    fn uses(&self) -> impl Iterator<Item = String> {
        self.tree.uses.iter().map(|each| dotted(&each.package))
    }
}

/// Every document that is known.
#[derive(Debug, Default)]
pub struct Workspace {
    /// By id; nothing for one that was deleted.
    documents: Vec<Option<Document>>,
    by_path: HashMap<PathBuf, FileId>,
    by_uri: HashMap<String, FileId>,
    standard: HashMap<&'static str, FileId>,
    /// The folders of the workspace.
    folders: Vec<PathBuf>,
    /// The files and folders that the client names as bundles.
    named: Vec<PathBuf>,
    /// The folders outside of the workspace whose policies are known.
    visited: HashSet<PathBuf>,
    changes: u64,
    /// The URIs of documents that were deleted since somebody asked.
    deleted: Vec<String>,
}

impl Workspace {
    /// With the standard library and nothing else.
    pub fn new() -> Self {
        let mut workspace = Workspace::default();
        for module in MODULES {
            let id = workspace.add(standard::uri(module), None, module.source.into());
            workspace.standard.insert(module.package, id);
            if let Some(document) = workspace.get_mut(id) {
                document.standard = Some(module);
            }
        }
        workspace
    }

    /// Sets the folders of the workspace and the bundles that the client names in them, and reads what is there.
    pub fn open_folders(&mut self, folders: Vec<PathBuf>, named: Vec<PathBuf>, files: &dyn Files) {
        let under = |path: PathBuf| match folders.first() {
            Some(folder) => folder.join(path),
            None => path,
        };
        self.named = named.into_iter().map(under).collect();
        for folder in &folders {
            self.read_folder(folder, true, files);
        }
        self.folders = folders;
        // What belongs together depends on them.
        self.changes += 1;
    }

    fn read_folder(&mut self, folder: &Path, deep: bool, files: &dyn Files) {
        let found = files.policies(folder, deep);
        for (path, text) in found.policies {
            if !self.by_path.contains_key(&path) {
                self.add(uri::of(&path), Some(path), text.into());
            }
        }
        for (path, why) in found.unread {
            if !self.by_path.contains_key(&path) {
                let id = self.add(uri::of(&path), Some(path), "".into());
                if let Some(document) = self.get_mut(id) {
                    document.unread = Some(why);
                }
            }
        }
    }

    fn add(&mut self, uri: String, path: Option<PathBuf>, text: Arc<str>) -> FileId {
        let id = FileId(self.documents.len() as u32);
        self.changes += 1;
        let mut document = Document {
            id,
            uri: uri.clone(),
            path: path.clone(),
            standard: None,
            lines: Lines::new(""),
            text: "".into(),
            tree: syntax::File { package: None, uses: Vec::new(), items: Vec::new() },
            syntax_errors: Vec::new(),
            version: None,
            changed: self.changes,
            unread: None,
        };
        document.set(text, self.changes);
        self.documents.push(Some(document));
        match path {
            Some(path) => self.by_path.insert(path, id),
            None => self.by_uri.insert(uri, id),
        };
        id
    }

    /// The document with an id, unless it was deleted.
    pub fn get(&self, id: FileId) -> Option<&Document> {
        self.documents.get(id.0 as usize)?.as_ref()
    }

    fn get_mut(&mut self, id: FileId) -> Option<&mut Document> {
        self.documents.get_mut(id.0 as usize)?.as_mut()
    }

    /// The document that a URI names.
    pub fn find(&self, uri: &str) -> Option<&Document> {
        self.get(self.id(uri)?)
    }

    fn id(&self, uri: &str) -> Option<FileId> {
        if let Some(module) = standard::module(uri) {
            return self.standard.get(module.package).copied();
        }
        match uri::path(uri) {
            Some(path) => self.by_path.get(&path).copied(),
            None => self.by_uri.get(uri).copied(),
        }
    }

    /// The document of a package of the standard library.
    pub fn standard(&self, package: &str) -> Option<&Document> {
        self.get(*self.standard.get(package)?)
    }

    /// Every document but the standard library's.
    pub fn own(&self) -> impl Iterator<Item = &Document> {
        self.documents.iter().flatten().filter(|document| document.standard.is_none())
    }

    /// Counts every change of any document.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// The client shows a document, with this text.
    pub fn open(&mut self, uri: &str, version: i32, text: String, files: &dyn Files) {
        let path = uri::path(uri);
        // A file that was kept for an editor which shows files only is the standard library's document.
        let kept = path.clone().zip(path.as_deref().and_then(|path| standard::kept(path, &text)));
        if let Some((path, id)) = kept.and_then(|(path, module)| Some((path, *self.standard.get(module.package)?))) {
            self.by_path.insert(path, id);
        } else if let Some(folder) = path.as_deref().and_then(Path::parent)
            && !self.folders.iter().any(|root| folder.starts_with(root))
            && self.visited.insert(folder.to_owned())
        {
            self.read_folder(folder, false, files);
        }
        let id = self.id(uri).unwrap_or_else(|| self.add(uri.to_owned(), path, "".into()));
        self.changes += 1;
        let changes = self.changes;
        let Some(document) = self.get_mut(id) else { return };
        document.version = Some(version);
        // The client's spelling of a URI is the one that it knows.
        document.uri = uri.to_owned();
        let is_own = document.standard.is_none();
        if is_own && (*document.text != *text || document.unread.is_some()) {
            document.set(text.into(), changes);
        }
    }

    /// The client changed a document.
    pub fn change(&mut self, uri: &str, version: i32, edits: Vec<TextDocumentContentChangeEvent>, encoding: Encoding) {
        let Some(id) = self.id(uri) else { return };
        self.changes += 1;
        let changes = self.changes;
        // Nobody changes the standard library: what is said of it is said of what the compiler has.
        let is_open = |document: &&mut Document| document.version.is_some() && document.standard.is_none();
        let Some(document) = self.get_mut(id).filter(is_open) else { return };
        let mut text = document.text.to_string();
        for edit in edits {
            match edit.range {
                None => text = edit.text,
                Some(range) => {
                    let lines = Lines::new(&text);
                    let from = lines.offset(&text, range.start, encoding);
                    let to = lines.offset(&text, range.end, encoding).max(from);
                    text.replace_range(from..to, &edit.text);
                }
            }
        }
        document.version = Some(version);
        document.set(text.into(), changes);
    }

    /// The client no longer shows a document: what is on disk counts again.
    pub fn close(&mut self, uri: &str, files: &dyn Files) {
        let Some(id) = self.id(uri) else { return };
        if let Some(document) = self.get_mut(id) {
            document.version = None;
            match document.path.clone() {
                _ if document.standard.is_some() => {
                    document.uri = document.standard.map(standard::uri).unwrap_or_default()
                }
                Some(path) => self.reread(&path, files),
                None => self.forget(id),
            }
        }
    }

    /// A file changed on disk, came or went.
    pub fn reread(&mut self, path: &Path, files: &dyn Files) {
        let known = self.by_path.get(path).copied();
        let is_kept = |document: &Document| document.version.is_some() || document.standard.is_some();
        if known.and_then(|id| self.get(id)).is_some_and(is_kept) {
            return;
        }
        match (files.read(path), known) {
            (Ok(Some(text)), Some(id)) => {
                self.changes += 1;
                let changes = self.changes;
                if let Some(document) = self.get_mut(id)
                    && (*document.text != *text || document.unread.is_some())
                {
                    document.set(text.into(), changes);
                }
            }
            (Ok(Some(text)), None) => {
                self.add(uri::of(path), Some(path.to_owned()), text.into());
            }
            (Ok(None), Some(id)) => self.forget(id),
            (Ok(None), None) => {}
            (Err(why), known) => {
                let id = known.unwrap_or_else(|| self.add(uri::of(path), Some(path.to_owned()), "".into()));
                self.changes += 1;
                let changes = self.changes;
                if let Some(document) = self.get_mut(id) {
                    document.set("".into(), changes);
                    document.unread = Some(why);
                }
            }
        }
    }

    fn forget(&mut self, id: FileId) {
        self.changes += 1;
        let Some(document) = self.documents.get_mut(id.0 as usize).and_then(Option::take) else { return };
        match document.path {
            Some(path) => self.by_path.remove(&path),
            None => self.by_uri.remove(&document.uri),
        };
        self.deleted.push(document.uri);
    }

    /// The URIs of the documents that were deleted since this was asked last.
    pub fn take_deleted(&mut self) -> Vec<String> {
        std::mem::take(&mut self.deleted)
    }

    /// The documents of the bundle that one belongs to, in the order of their names, without the standard library's.
    pub fn bundle(&self, id: FileId) -> Vec<FileId> {
        let Some(document) = self.get(id) else { return Vec::new() };
        let Some(path) = &document.path else { return vec![id] };
        let files: BTreeMap<&Path, &Document> =
            self.own().filter_map(|document| Some((document.path.as_deref()?, document))).collect();
        let ids = |of: &dyn Fn(&Path) -> bool| {
            files.iter().filter(|(path, _)| of(path)).map(|(_, document)| document.id).collect::<Vec<_>>()
        };
        if let Some(named) = self.named.iter().find(|named| path.starts_with(named)) {
            return ids(&|path| path.starts_with(named));
        }
        let folder = path.parent().unwrap_or(path);
        if !self.folders.iter().any(|root| path.starts_with(root)) {
            return ids(&|path| path.parent() == Some(folder));
        }
        let together = Together::new(files.values().copied()).with(folder);
        ids(&|path| path.parent().is_some_and(|folder| together.contains(folder)))
    }

    /// The documents of the standard library that a bundle uses, itself or through others of it.
    pub fn standard_of(&self, bundle: &[FileId]) -> Vec<FileId> {
        let mut found: Vec<FileId> = Vec::new();
        let mut waiting: Vec<FileId> = bundle.to_vec();
        while let Some(document) = waiting.pop().and_then(|id| self.get(id)) {
            for package in document.uses() {
                if let Some(id) = self.standard.get(package.as_str())
                    && !found.contains(id)
                    && !bundle.contains(id)
                {
                    found.push(*id);
                    waiting.push(*id);
                }
            }
        }
        found
    }

    /// The texts of a bundle, for the compiler.
    pub fn sources(&self, bundle: &[FileId]) -> Vec<SourceFile> {
        let documents = bundle.iter().filter_map(|id| self.get(*id));
        documents.map(|document| SourceFile { name: document.name(), text: document.text.to_string() }).collect()
    }
}
