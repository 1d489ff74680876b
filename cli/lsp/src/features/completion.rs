//! What can be written at a place.
//!
//! Words come from the grammar, which says what can follow the beginning of the declaration that the cursor stands in. Names come from resolving that
//! beginning with a marker at its end. It is no declaration yet, so what it lacks is added, one way after another, until the grammar takes it.

use super::Scene;
use super::hover::of_symbol;
use crate::symbols::builtin::{self, BuiltIn, Sort};
use crate::symbols::{Kind, MARKER, Place, SymbolId, Symbols, Tree, Ty};
use atbac_grammar::codes;
use atbac_grammar::editing::{TokenKind, following, tokens, unfinished_declaration};
use atbac_grammar::span::FileId;
use atbac_grammar::syntax;
use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, MarkupContent, MarkupKind, Position, Range,
    TextEdit,
};

/// The file of a beginning that is being completed; no document has this id.
const BEGINNING: FileId = FileId(u32::MAX);

/// How many bytes are read at the most to find what a beginning lacks: some hundred ways for a declaration of ordinary length.
const MAX_READ: usize = 1024 * 1024;

/// What completes what stands before it to a part of a declaration.
const PARTS: [&str; 18] = [
    "",
    ": true",
    " x => true",
    " else true",
    " = true",
    ": true, ..x",
    " then true else true",
    ": attested",
    " merge min",
    "() as x",
    " {}",
    " { true }",
    " enum x { y }",
    " x: Bool",
    " session x: local Bool",
    " for x in y",
    ">",
    ".x",
];

/// What completes parts to a declaration, once some brackets are closed.
const ENDS: [&str; 9] = [
    "",
    ";",
    " = true;",
    " as x;",
    " { permit x for y; }",
    " {}",
    " enum x { y }",
    " x: Bool",
    " session x: local Bool",
];

/// What can be written at a position.
pub fn complete(scene: &Scene<'_>, position: Position) -> Vec<CompletionItem> {
    let document = scene.document;
    let text: &str = &document.text;
    let cursor = document.offset(position, scene.encoding);
    if in_text_or_comment(text, cursor) {
        return Vec::new();
    }
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let word = text[..cursor]
        .rfind(|character| !is_word(character))
        .map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
    let before = &text[..word];
    let list = List { scene, range: document.lines.range(text, word, cursor, scene.encoding), items: Vec::new() };
    match unfinished_declaration(before) {
        None => list.words(&following("")).items,
        Some(start) => {
            let beginning = &before[start..];
            let symbols = probed(scene, beginning);
            let list = match symbols.as_ref().and_then(|symbols| Some((symbols, symbols.probed()?))) {
                Some((symbols, place)) => list.names(symbols, place),
                None => list,
            };
            list.words(&following(beginning)).items
        }
    }
}

/// Whether a place lies in a comment or within quotes.
fn in_text_or_comment(text: &str, cursor: usize) -> bool {
    tokens(text).into_iter().any(|(kind, range)| match kind {
        TokenKind::Comment | TokenKind::Doc => range.start < cursor && cursor <= range.end,
        TokenKind::Text | TokenKind::Number => range.start < cursor && cursor < range.end,
        // A string that is not closed yet.
        TokenKind::Bad => range.start < cursor && cursor <= range.end && text[range].contains('"'),
        _ => false,
    })
}

/// The index of the bundle with a beginning of a declaration and the marker after it.
fn probed(scene: &Scene<'_>, beginning: &str) -> Option<Symbols> {
    let own = &scene.document.tree;
    let file = completed(beginning)?;
    // Its package and uses are those of the document, but for a use that is being written.
    let uses = own.uses.iter().cloned().chain(file.uses).collect();
    let file = syntax::File { package: own.package.clone(), uses, items: file.items };
    let all = scene.bundle.iter().copied().chain(scene.workspace.standard_of(scene.bundle));
    // A package that is named for the first time is to be completed too, so every one of the standard library is there.
    let standard = atbac_stdlib::MODULES.iter().filter_map(|module| scene.workspace.standard(module.package));
    let mut documents: Vec<_> = all.filter_map(|id| scene.workspace.get(id)).collect();
    for document in standard {
        if documents.iter().all(|known| known.id != document.id) {
            documents.push(document);
        }
    }
    let mut trees: Vec<Tree<'_>> =
        documents.iter().map(|document| Tree { id: document.id, file: &document.tree }).collect();
    trees.push(Tree { id: BEGINNING, file: &file });
    Some(Symbols::new(&trees))
}

/// A beginning with the marker, completed to one declaration.
fn completed(beginning: &str) -> Option<syntax::File> {
    let closing = closing(beginning);
    let mut read = 0;
    for part in PARTS {
        for end in ENDS {
            for closed in 0..=closing.len() {
                let (inner, outer) = closing.split_at(closed);
                let text = format!("{beginning}{MARKER}{part}{inner}{end}{outer}");
                read += text.len();
                let parsed = atbac_grammar::parse(BEGINNING, &text);
                let sound = parsed.diagnostics.iter().all(|found| found.code == codes::MISSING_PACKAGE);
                if sound && parsed.file.items.len() + parsed.file.uses.len() == 1 {
                    return Some(parsed.file);
                }
                if read > MAX_READ {
                    return None;
                }
                // Where nothing ends the declaration, it does not matter where.
                if end.is_empty() {
                    break;
                }
            }
        }
    }
    None
}

/// What closes the brackets that a text leaves open, the innermost first.
fn closing(text: &str) -> String {
    let mut open = Vec::new();
    for (kind, range) in tokens(text) {
        match (kind, &text[range]) {
            (TokenKind::Open, "(") => open.push(')'),
            (TokenKind::Open, "[") => open.push(']'),
            (TokenKind::Open, _) => open.push('}'),
            (TokenKind::Close, _) => {
                open.pop();
            }
            _ => {}
        }
    }
    open.into_iter().rev().collect()
}

/// What is offered. The nearer to what is wanted, the earlier it stands.
struct List<'a> {
    scene: &'a Scene<'a>,
    range: Range,
    items: Vec<CompletionItem>,
}

/// In which order kinds of things are offered.
#[derive(Clone, Copy)]
enum Rank {
    Wanted,
    Near,
    Far,
    Language,
    Word,
}

impl List<'_> {
    fn names(mut self, symbols: &Symbols, place: &Place) -> Self {
        let of_kind = |kinds: &[Kind]| -> Vec<(String, SymbolId)> {
            let visible = symbols.visible(BEGINNING);
            let wanted = visible.filter(|(_, id)| kinds.contains(&symbols.get(*id).kind));
            wanted.map(|(name, id)| (name.to_owned(), id)).collect()
        };
        match place {
            Place::Value { wanted, request, locals } => {
                let wanted = wanted.as_ref().map(Ty::present);
                if let Some(Ty::Enum(id)) = wanted.map(|ty| ty.element().unwrap_or(ty)) {
                    self.cases(symbols, *id, Rank::Wanted);
                }
                self.symbols(symbols, locals.iter().copied(), Rank::Near);
                self.symbols(
                    symbols,
                    request.iter().flat_map(|request| symbols.get(*request).members.clone()),
                    Rank::Near,
                );
                for (name, id) in of_kind(&[Kind::Reference, Kind::Predicate]) {
                    self.symbol(symbols, &name, id, Rank::Far);
                }
                for (name, id) in of_kind(&[Kind::Enum, Kind::Evidence, Kind::Record, Kind::Request]) {
                    self.symbol(symbols, &name, id, Rank::Far);
                }
                self.built_in(Sort::Function);
                let words: Vec<String> = symbols.qualifiers(BEGINNING).map(|(word, _)| word.to_owned()).collect();
                words.iter().for_each(|word| self.plain(word, CompletionItemKind::MODULE, "package", Rank::Far));
            }
            Place::Member(ty) => {
                if let Ty::Struct(id) = ty {
                    self.symbols(symbols, symbols.get(*id).members.clone(), Rank::Wanted);
                }
            }
            Place::Case(id) => self.cases(symbols, *id, Rank::Wanted),
            Place::Sample => {
                if let Some(known) = builtin::find(Sort::Value, "sample") {
                    self.known(known, Rank::Wanted);
                }
            }
            Place::Qualified(package) => {
                let predicates = symbols.exports(package).filter(|(_, id)| symbols.get(*id).kind == Kind::Predicate);
                let predicates: Vec<SymbolId> = predicates.map(|(_, id)| id).collect();
                self.symbols(symbols, predicates, Rank::Wanted);
            }
            Place::Init(id) => self.symbols(symbols, symbols.get(*id).members.clone(), Rank::Wanted),
            Place::Type => {
                for (name, id) in of_kind(&[Kind::Enum, Kind::Record, Kind::Evidence, Kind::Request]) {
                    self.symbol(symbols, &name, id, Rank::Near);
                }
                self.built_in(Sort::Type);
            }
            Place::Evidence(kinds) => {
                self.symbols(symbols, kinds.iter().copied(), Rank::Wanted);
                if let Some(known) = builtin::find(Sort::Keyword, "present") {
                    self.known(known, Rank::Word);
                }
            }
            Place::Package(words) => self.packages(symbols, words),
            Place::Export(package) => {
                let words: Vec<String> = package.split('.').map(str::to_owned).collect();
                self.packages(symbols, &words);
                let names: Vec<SymbolId> = symbols.exports(package).map(|(_, id)| id).collect();
                let is_used =
                    |id: &SymbolId| !matches!(symbols.get(*id).kind, Kind::Rule | Kind::Grant | Kind::Application);
                self.symbols(symbols, names.into_iter().filter(is_used), Rank::Wanted);
            }
            Place::Request => self.all(symbols, of_kind(&[Kind::Request])),
            Place::Template => self.all(symbols, of_kind(&[Kind::Template])),
            Place::Reference => self.all(symbols, of_kind(&[Kind::Reference])),
            Place::Rule => {
                let rules = symbols.rules(BEGINNING).into_iter().map(|(name, id)| (name.to_owned(), id)).collect();
                self.all(symbols, rules);
            }
            Place::Bound(request) => self.symbols(symbols, symbols.get(*request).members.clone(), Rank::Wanted),
            Place::Attribute => self.built_in(Sort::Attribute),
            Place::Argument(attribute, of) => match attribute.as_str() {
                "fact" => self.built_in(Sort::Fact),
                "severity" => self.built_in(Sort::Severity),
                "age_from" => {
                    self.symbols(symbols, of.iter().flat_map(|of| symbols.get(*of).members.clone()), Rank::Wanted);
                }
                _ => {}
            },
            Place::Merge => self.built_in(Sort::Merge),
            Place::Fact => self.built_in(Sort::Fact),
        }
        self
    }

    /// The next word of a package of which these words are written.
    fn packages(&mut self, symbols: &Symbols, words: &[String]) {
        let prefix: String = words.iter().map(|word| format!("{word}.")).collect();
        let next = symbols.packages().filter_map(|package| package.strip_prefix(prefix.as_str())?.split('.').next());
        for word in next.filter(|word| !word.is_empty()) {
            self.plain(word, CompletionItemKind::MODULE, "package", Rank::Wanted);
        }
    }

    fn cases(&mut self, symbols: &Symbols, id: SymbolId, rank: Rank) {
        self.symbols(symbols, symbols.get(id).members.clone(), rank);
    }

    fn all(&mut self, symbols: &Symbols, named: Vec<(String, SymbolId)>) {
        for (name, id) in named {
            self.symbol(symbols, &name, id, Rank::Wanted);
        }
    }

    fn symbols(&mut self, symbols: &Symbols, ids: impl IntoIterator<Item = SymbolId>, rank: Rank) {
        for id in ids {
            let name = symbols.get(id).name.clone();
            self.symbol(symbols, &name, id, rank);
        }
    }

    fn symbol(&mut self, symbols: &Symbols, name: &str, id: SymbolId, rank: Rank) {
        let symbol = symbols.get(id);
        // What is being written is no candidate, unless it stands in the beginning and has a text there that the scene does not.
        let scene = Scene { symbols, ..*self.scene };
        let documentation = (symbol.span.file != BEGINNING).then(|| of_symbol(&scene, id, None));
        let detail = match &symbol.ty {
            Some(ty) if !matches!(symbol.kind, Kind::Record | Kind::Evidence | Kind::Request | Kind::Grant) => {
                symbols.show(ty)
            }
            _ => symbol.kind.noun().to_owned(),
        };
        self.add(name, item_kind(symbol.kind), detail, documentation, rank);
    }

    fn built_in(&mut self, sort: Sort) {
        builtin::of(sort).for_each(|known| self.known(known, Rank::Language));
    }

    fn known(&mut self, known: &BuiltIn, rank: Rank) {
        let kind = match known.sort {
            Sort::Type => CompletionItemKind::CLASS,
            Sort::Function => CompletionItemKind::FUNCTION,
            Sort::Value => CompletionItemKind::VALUE,
            Sort::Attribute => CompletionItemKind::PROPERTY,
            Sort::Fact | Sort::Severity | Sort::Level => CompletionItemKind::ENUM_MEMBER,
            Sort::Provenance | Sort::Merge | Sort::Keyword => CompletionItemKind::KEYWORD,
        };
        self.add(known.name, kind, known.shown.to_owned(), Some(known.docs.to_owned()), rank);
    }

    fn words(mut self, words: &[&str]) -> Self {
        for word in words {
            self.plain(word, CompletionItemKind::KEYWORD, "", Rank::Word);
        }
        self
    }

    fn plain(&mut self, name: &str, kind: CompletionItemKind, detail: &str, rank: Rank) {
        self.add(name, kind, detail.to_owned(), None, rank);
    }

    fn add(&mut self, name: &str, kind: CompletionItemKind, detail: String, docs: Option<String>, rank: Rank) {
        if name.contains(MARKER) || self.items.iter().any(|known| known.label == name) {
            return;
        }
        self.items.push(CompletionItem {
            label: name.to_owned(),
            kind: Some(kind),
            detail: (!detail.is_empty()).then_some(detail),
            documentation: docs
                .filter(|docs| !docs.is_empty())
                .map(|value| Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value })),
            sort_text: Some(format!("{}{name}", rank as u8)),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit { range: self.range, new_text: name.to_owned() })),
            ..CompletionItem::default()
        });
    }
}

fn item_kind(kind: Kind) -> CompletionItemKind {
    match kind {
        Kind::Package => CompletionItemKind::MODULE,
        Kind::Enum | Kind::Group => CompletionItemKind::ENUM,
        Kind::Case => CompletionItemKind::ENUM_MEMBER,
        Kind::Record | Kind::Evidence | Kind::Grant => CompletionItemKind::STRUCT,
        Kind::Request => CompletionItemKind::INTERFACE,
        Kind::Field | Kind::RequestField | Kind::GrantField => CompletionItemKind::FIELD,
        Kind::Reference => CompletionItemKind::CONSTANT,
        Kind::Predicate => CompletionItemKind::FUNCTION,
        Kind::Rule => CompletionItemKind::METHOD,
        Kind::Template | Kind::Application => CompletionItemKind::CLASS,
        Kind::Test | Kind::Invariant => CompletionItemKind::EVENT,
        Kind::Parameter | Kind::Let | Kind::Variable => CompletionItemKind::VARIABLE,
    }
}
