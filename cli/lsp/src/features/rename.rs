//! Renaming, across the files of a bundle.
//!
//! A rename is right if every name means afterwards what it meant before, and the compiler finds nothing new. Both are tried out before the edit is given, so
//! that no rule about which names may stand beside which is repeated here.

use super::Scene;
use crate::symbols::{Kind, Occurrence, Role, SymbolId, Symbols, Target, Tree};
use crate::workspace::Document;
use atbac_compiler::pipeline::{self, SourceFile};
use atbac_grammar::diagnostic::Severity;
use atbac_grammar::editing::{TokenKind, tokens};
use atbac_grammar::span::FileId;
use lsp_types::{Position, Range, TextEdit, Uri, WorkspaceEdit};
use std::collections::{BTreeMap, HashMap};

/// The range of the name at a position.
///
/// # Errors
/// Why it cannot be renamed, as a sentence.
pub fn prepare(scene: &Scene<'_>, position: Position) -> Result<Range, String> {
    let (one, _) = renamed(scene, position)?;
    Ok(scene.document.range(one.span, scene.encoding))
}

/// The edits that give what is named at a position another name.
///
/// # Errors
/// Why it cannot have that name, as a sentence.
pub fn rename(scene: &Scene<'_>, position: Position, name: &str) -> Result<WorkspaceEdit, String> {
    let (_, id) = renamed(scene, position)?;
    every_name_is_known(scene)?;
    is_name(name, scene.symbols.get(id).kind)?;
    let edits = edits(scene, id, name);
    let texts = edited(scene, &edits);
    means_the_same(scene, &texts, &edits)?;
    compiles_as_before(scene, &texts)?;
    Ok(workspace_edit(scene, &edits))
}

/// What is to be renamed, if it can be.
fn renamed<'a>(scene: &'a Scene<'_>, position: Position) -> Result<(&'a Occurrence, SymbolId), String> {
    let nothing = || "there is no name here that could be changed".to_owned();
    let one = scene.occurrence(position).ok_or_else(nothing)?;
    let Target::Symbol(id) = one.target else {
        return Err("this is a word of the language: it cannot be renamed".to_owned());
    };
    let symbol = scene.symbols.get(id);
    if !scene.bundle.contains(&symbol.span.file) {
        return Err(format!("`{}` is declared in the standard library: it cannot be renamed", symbol.name));
    }
    match (symbol.kind, one.role) {
        (Kind::Package, _) => Err("a package is renamed in each of its files and of its users, not here".to_owned()),
        (Kind::Test | Kind::Invariant, _) => {
            Err("this is a sentence and no name: nothing else uses it, so it is changed where it stands".to_owned())
        }
        (_, Role::Derived(_)) => {
            Err("this name is made of an application's and a rule's: rename one of these where it is declared"
                .to_owned())
        }
        (_, Role::Declaration | Role::Use) => Ok((one, id)),
    }
}

/// Refuses where a declaration could not be read: it may use the name.
fn every_name_is_known(scene: &Scene<'_>) -> Result<(), String> {
    let documents = scene.bundle.iter().filter_map(|id| scene.workspace.get(*id));
    match documents.into_iter().find(|document| !document.syntax_errors.is_empty() || document.unread.is_some()) {
        None => Ok(()),
        Some(document) => {
            Err(format!("`{}` has errors in its syntax and may use this name: mend these first", document.name()))
        }
    }
}

/// Whether a text can be the name of something.
fn is_name(name: &str, kind: Kind) -> Result<(), String> {
    let is_field = matches!(kind, Kind::Field | Kind::GrantField);
    match tokens(name).as_slice() {
        [(TokenKind::Name | TokenKind::Soft, range)] if range.len() == name.len() => Ok(()),
        [(TokenKind::Reserved, range)] if range.len() == name.len() && is_field => Ok(()),
        [(TokenKind::Reserved, _)] => Err(format!("`{name}` is a word of the language: choose another name")),
        _ => Err(format!("`{name}` is no name: names are made of letters from a to z, digits and `_`")),
    }
}

/// What stands at each occurrence afterwards, by document and place.
type Edits = BTreeMap<FileId, Vec<(std::ops::Range<usize>, String)>>;

fn edits(scene: &Scene<'_>, id: SymbolId, name: &str) -> Edits {
    let mut edits = Edits::new();
    for one in scene.symbols.references(id) {
        let text = match (one.target, one.role) {
            (Target::Symbol(inner), Role::Derived(application)) if application == id => {
                format!("{name}_{}", scene.symbols.get(inner).name)
            }
            (_, Role::Derived(application)) => format!("{}_{name}", scene.symbols.get(application).name),
            (_, Role::Declaration | Role::Use) => name.to_owned(),
        };
        edits.entry(one.span.file).or_default().push((one.span.start as usize..one.span.end as usize, text));
    }
    edits
}

/// The texts of the bundle after the edits, in its order.
fn edited(scene: &Scene<'_>, edits: &Edits) -> Vec<(FileId, String)> {
    let documents = scene.bundle.iter().filter_map(|id| scene.workspace.get(*id));
    let after = |document: &Document| {
        let mut text = document.text.to_string();
        for (range, by) in edits.get(&document.id).into_iter().flatten().rev() {
            text.replace_range(range.clone(), by);
        }
        (document.id, text)
    };
    documents.map(after).collect()
}

/// Whether every name stands for the same afterwards: the same names at the same places, shifted by the edits, that lead to the same declarations.
fn means_the_same(scene: &Scene<'_>, texts: &[(FileId, String)], edits: &Edits) -> Result<(), String> {
    let parsed: Vec<_> = texts.iter().map(|(id, text)| (*id, atbac_grammar::parse(*id, text))).collect();
    let standard = scene.workspace.standard_of(scene.bundle);
    let standard =
        standard.iter().filter_map(|id| scene.workspace.get(*id)).map(|one| Tree { id: one.id, file: &one.tree });
    let trees: Vec<Tree<'_>> =
        parsed.iter().map(|(id, parsed)| Tree { id: *id, file: &parsed.file }).chain(standard).collect();
    let symbols = Symbols::new(&trees);
    for (id, _) in texts {
        let before = scene.symbols.of_file(*id);
        let after = symbols.of_file(*id);
        let same = before.len() == after.len()
            && before.iter().zip(after).all(|(before, after)| {
                shifted(edits, *id, before.span.start) == after.span.start as usize
                    && same_target(scene, &symbols, edits, before, after)
            });
        if !same {
            return Err(
                "with this name, something would mean another thing than it does now: choose another".to_owned()
            );
        }
    }
    Ok(())
}

/// Where a byte lies after the edits.
fn shifted(edits: &Edits, file: FileId, at: u32) -> usize {
    let before = edits.get(&file).into_iter().flatten().take_while(|(range, _)| range.end <= at as usize);
    before.fold(at as usize, |at, (range, by)| at + by.len() - range.len())
}

fn same_target(scene: &Scene<'_>, symbols: &Symbols, edits: &Edits, before: &Occurrence, after: &Occurrence) -> bool {
    match (before.target, after.target) {
        (Target::Symbol(before), Target::Symbol(after)) => {
            let (before, after) = (scene.symbols.get(before).span, symbols.get(after).span);
            before.file == after.file && shifted(edits, before.file, before.start) == after.start as usize
        }
        (Target::BuiltIn(before), Target::BuiltIn(after)) => before == after,
        (Target::Symbol(_), Target::BuiltIn(_)) | (Target::BuiltIn(_), Target::Symbol(_)) => false,
    }
}

/// Whether the compiler finds no other errors than before.
fn compiles_as_before(scene: &Scene<'_>, texts: &[(FileId, String)]) -> Result<(), String> {
    let name = |id: FileId| scene.workspace.get(id).map(Document::name).unwrap_or_default();
    let after = texts.iter().map(|(id, text)| SourceFile { name: name(*id), text: text.clone() });
    let (before, after) = (errors(scene.workspace.sources(scene.bundle)), errors(after.collect()));
    let new = after.iter().find(|(code, messages)| messages.len() > before.get(*code).map_or(0, Vec::len));
    match new {
        None => Ok(()),
        Some((_, messages)) => {
            let message = messages.first().map(String::as_str).unwrap_or_default();
            Err(format!("with this name, the compiler refuses the policy: {message}"))
        }
    }
}

/// The messages of every error by its code.
fn errors(files: Vec<SourceFile>) -> BTreeMap<&'static str, Vec<String>> {
    let mut found: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    if let Err(refused) = pipeline::parse(files).check() {
        let errors = refused.diagnostics.into_iter().filter(|one| one.severity == Severity::Error);
        errors.for_each(|one| found.entry(one.code.as_str()).or_default().push(one.message));
    }
    found
}

#[expect(clippy::mutable_key_type, reason = "the protocol's type has URIs for keys, and none is changed")]
fn workspace_edit(scene: &Scene<'_>, edits: &Edits) -> WorkspaceEdit {
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for (id, edits) in edits {
        let Some(document) = scene.workspace.get(*id) else { continue };
        let Ok(uri) = document.uri.parse::<Uri>() else { continue };
        let edit = |(range, by): &(std::ops::Range<usize>, String)| TextEdit {
            range: document.lines.range(&document.text, range.start, range.end, scene.encoding),
            new_text: by.clone(),
        };
        changes.insert(uri, edits.iter().map(edit).collect());
    }
    WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
}
