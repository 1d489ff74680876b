//! Semantic tokens: what each word is, now that its name is resolved.

use super::Scene;
use crate::symbols::builtin::Sort;
use crate::symbols::{Kind, Occurrence, Role, Target};
use atbac_grammar::editing::{TokenKind, tokens};
use lsp_types::{SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens, SemanticTokensLegend};
use std::ops::Range;

/// Every type of token that is given, in the order of [`Class`].
const TYPES: [SemanticTokenType; 16] = [
    SemanticTokenType::KEYWORD,
    SemanticTokenType::COMMENT,
    SemanticTokenType::STRING,
    SemanticTokenType::NUMBER,
    SemanticTokenType::OPERATOR,
    SemanticTokenType::NAMESPACE,
    SemanticTokenType::TYPE,
    SemanticTokenType::ENUM,
    SemanticTokenType::ENUM_MEMBER,
    SemanticTokenType::STRUCT,
    SemanticTokenType::PROPERTY,
    SemanticTokenType::FUNCTION,
    SemanticTokenType::PARAMETER,
    SemanticTokenType::VARIABLE,
    SemanticTokenType::MACRO,
    SemanticTokenType::DECORATOR,
];

#[derive(Clone, Copy)]
enum Class {
    Keyword,
    Comment,
    String,
    Number,
    Operator,
    Namespace,
    Type,
    Enum,
    EnumMember,
    Struct,
    Property,
    Function,
    Parameter,
    Variable,
    Macro,
    Decorator,
}

/// Bits of modifiers: a declaration; of the standard library or the language; a value that changes without the policy; documentation.
const DECLARATION: u32 = 1;
const DEFAULT_LIBRARY: u32 = 1 << 1;
const READONLY: u32 = 1 << 2;
const DOCUMENTATION: u32 = 1 << 3;

/// What the numbers of [`semantic_tokens`] stand for.
pub fn legend() -> SemanticTokensLegend {
    let token_modifiers = vec![
        SemanticTokenModifier::DECLARATION,
        SemanticTokenModifier::DEFAULT_LIBRARY,
        SemanticTokenModifier::READONLY,
        SemanticTokenModifier::DOCUMENTATION,
    ];
    SemanticTokensLegend { token_types: TYPES.to_vec(), token_modifiers }
}

/// Every token of the document that is more than punctuation.
pub fn semantic_tokens(scene: &Scene<'_>) -> SemanticTokens {
    let document = scene.document;
    let mut names = scene.symbols.of_file(document.id).iter().peekable();
    let mut encoder = Encoder { scene, data: Vec::new(), line: 0, column: 0 };
    // A dotted package is one name of several tokens.
    let mut dotted: Option<&Occurrence> = None;
    for (kind, range) in tokens(&document.text) {
        while names.next_if(|one| (one.span.start as usize) < range.start).is_some() {}
        let name = names.peek().copied().filter(|one| one.span.start as usize == range.start);
        dotted = name.or(dotted).filter(|one| one.span.end as usize >= range.end);
        let class = match (kind, name.or(dotted)) {
            (TokenKind::Name | TokenKind::Soft | TokenKind::Reserved | TokenKind::Text, Some(one)) => {
                Some(of_name(scene, one))
            }
            (TokenKind::Reserved | TokenKind::Soft, None) => Some((Class::Keyword, 0)),
            (TokenKind::Number, _) => Some((Class::Number, 0)),
            (TokenKind::Text, None) => Some((Class::String, 0)),
            (TokenKind::Doc, _) => Some((Class::Comment, DOCUMENTATION)),
            (TokenKind::Comment, _) => Some((Class::Comment, 0)),
            (TokenKind::Sign, _) if is_operator(&document.text[range.clone()]) => Some((Class::Operator, 0)),
            (TokenKind::Name | TokenKind::Sign | TokenKind::Open | TokenKind::Close | TokenKind::Bad, _) => None,
        };
        if let Some((class, modifiers)) = class {
            encoder.token(range, class, modifiers);
        }
    }
    SemanticTokens { result_id: None, data: encoder.data }
}

fn is_operator(sign: &str) -> bool {
    matches!(sign, "==" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "=" | "=>" | "|" | "?")
}

fn of_name(scene: &Scene<'_>, one: &Occurrence) -> (Class, u32) {
    let declaration = if one.role == Role::Declaration { DECLARATION } else { 0 };
    match one.target {
        Target::BuiltIn(known) => match known.sort {
            Sort::Type => (Class::Type, DEFAULT_LIBRARY),
            Sort::Function => (Class::Function, DEFAULT_LIBRARY),
            Sort::Value => (Class::Property, DEFAULT_LIBRARY),
            Sort::Attribute => (Class::Decorator, DEFAULT_LIBRARY),
            Sort::Fact | Sort::Severity | Sort::Level => (Class::EnumMember, DEFAULT_LIBRARY),
            Sort::Provenance | Sort::Merge | Sort::Keyword => (Class::Keyword, 0),
        },
        Target::Symbol(id) => {
            let symbol = scene.symbols.get(id);
            let is_standard = scene.workspace.get(symbol.span.file).is_some_and(|document| document.standard.is_some());
            let library = if is_standard { DEFAULT_LIBRARY } else { 0 };
            let (class, more) = match symbol.kind {
                Kind::Package => (Class::Namespace, 0),
                Kind::Enum | Kind::Group => (Class::Enum, 0),
                Kind::Case => (Class::EnumMember, 0),
                Kind::Record | Kind::Evidence | Kind::Request | Kind::Grant => (Class::Struct, 0),
                Kind::Field | Kind::RequestField | Kind::GrantField => (Class::Property, 0),
                Kind::Reference => (Class::Variable, READONLY),
                Kind::Predicate | Kind::Rule => (Class::Function, 0),
                Kind::Template | Kind::Application => (Class::Macro, 0),
                Kind::Test | Kind::Invariant => (Class::String, 0),
                Kind::Parameter => (Class::Parameter, 0),
                Kind::Let | Kind::Variable => (Class::Variable, 0),
            };
            (class, declaration | library | more)
        }
    }
}

/// Tokens relative to the one before, as the protocol wants them.
struct Encoder<'a> {
    scene: &'a Scene<'a>,
    data: Vec<SemanticToken>,
    line: u32,
    column: u32,
}

impl Encoder<'_> {
    /// A token; one of several lines is one for each of them.
    fn token(&mut self, range: Range<usize>, class: Class, modifiers: u32) {
        let document = self.scene.document;
        let mut from = range.start;
        for line in document.text[range].split_inclusive('\n') {
            let to = from + line.trim_end_matches(['\r', '\n']).len();
            if to > from {
                let place = document.lines.range(&document.text, from, to, self.scene.encoding);
                let (start, end) = (place.start, place.end);
                let delta_line = start.line - self.line;
                let delta_start = if delta_line == 0 { start.character - self.column } else { start.character };
                (self.line, self.column) = (start.line, start.character);
                self.data.push(SemanticToken {
                    delta_line,
                    delta_start,
                    // A lone `\r` ends a line for the protocol and no token for the language: such a token ends where its line does.
                    length: if start.line == end.line { end.character - start.character } else { 1 },
                    token_type: class as u32,
                    token_modifiers_bitset: modifiers,
                });
            }
            from += line.len();
        }
    }
}
