//! Common slips, and what to say about them.

use crate::lexer::Lexeme;
use crate::literal;
use crate::message::Scene;
use crate::token::Token;

/// A slip that was recognised.
#[derive(Default)]
pub(crate) struct Slip {
    /// What to say instead of "expected …, found …".
    pub(crate) message: Option<String>,
    /// The mend.
    pub(crate) help: Option<String>,
}

impl Slip {
    fn help(help: impl Into<String>) -> Option<Self> {
        Some(Slip { message: None, help: Some(help.into()) })
    }

    fn explained(message: impl Into<String>, help: impl Into<String>) -> Option<Self> {
        Some(Slip { message: Some(message.into()), help: Some(help.into()) })
    }
}

/// The `;` or `,` that is missing at the end of the line before.
pub(crate) fn missing_mark(scene: &Scene<'_>) -> Option<&'static str> {
    let found = scene.found.map(|found| found.token);
    let line_is_over = scene.line_is_over() || found == Some(Token::CloseBrace);
    let only_semicolon =
        scene.expects(Token::Semicolon) && !scene.expects(Token::OpenBrace) && !scene.expects(Token::CloseBrace);
    if line_is_over && only_semicolon {
        return Some(";");
    }
    let next_element = found.is_some_and(|token| token.is_name() || matches!(token, Token::Doc | Token::AtSign));
    (scene.line_is_over() && next_element && scene.expects(Token::Comma)).then_some(",")
}

/// What is known about a failure beyond what was expected.
pub(crate) fn known(scene: &Scene<'_>) -> Option<Slip> {
    let found = scene.found?;
    let text = scene.lexeme_text(found);
    unknown_literal(scene, found)
        .or_else(|| wrong_mark(scene, found.token))
        .or_else(|| misplaced(scene, found.token, text))
        .or_else(|| misspelt(scene, text))
        .or_else(|| wrong_kind_of_word(scene, found.token, text))
}

/// A string right after a word, such as `md5"…"`.
fn unknown_literal(scene: &Scene<'_>, found: Lexeme) -> Option<Slip> {
    let word = scene.previous().filter(|word| word.token == Token::Identifier && word.end == found.start)?;
    let literal = scene.text.get(word.start as usize..found.end as usize)?;
    let fault = literal::quoted(literal).err().filter(|_| found.token == Token::Text)?;
    Some(Slip { message: Some(fault.message), help: fault.help })
}

/// One mark for another.
fn wrong_mark(scene: &Scene<'_>, found: Token) -> Option<Slip> {
    use Token::*;
    match found {
        Equals if scene.expects(Equal) => Slip::help("to compare, write `==`"),
        Equals | Equal if scene.expects(Colon) => Slip::help("a field and its value are joined by `:`"),
        Equal | Colon if scene.expects(Equals) => Slip::help("a name and its value are joined by `=`"),
        Semicolon if scene.expects(Comma) => Slip::help("the elements of this list are separated by `,`"),
        Comma if scene.expects(Semicolon) => Slip::help("this line ends with `;`"),
        Arrow if scene.expects(Implies) => {
            Slip::help("to say that one condition follows from another, write `implies`")
        }
        OpenBrace if scene.expects(Then) => Slip::help("write `if condition then value else value`"),
        token if token.compares() && scene.expects(And) => Slip::explained(
            "comparisons do not chain",
            "write two comparisons joined by `and`, or put the first in parentheses",
        ),
        _ => None,
    }
}

/// What may stand elsewhere.
fn misplaced(scene: &Scene<'_>, found: Token, text: &str) -> Option<Slip> {
    use Token::*;
    let previous = scene.previous().map(|previous| previous.token);
    match found {
        CloseBrace if scene.at == 0 => {
            Slip::explained("this `}` closes nothing", "remove it, or look for a `{` that is missing above")
        }
        Doc if !scene.expects(Doc) => {
            Slip::help("doc comments stand before declarations and fields; write `//` for a comment")
        }
        OpenBrace if previous.is_some_and(Token::is_name) && scene.expects(And) => Slip::help(
            "a record is written only where a value is given, in `given`, `with`, a field or a set; not in a condition",
        ),
        Require | When | Unless | Let | Permit | Forbid if scene.expects(Integer) && previous == Some(OpenBrace) => {
            Slip::help("a `where` list has no comma before the `{` of the body")
        }
        Require | When | Unless | Let if scene.expects(Permit) => {
            Slip::help(format!("`{text}` stands in the body of a `permit` or `forbid`"))
        }
        _ => None,
    }
}

/// A word that is nearly one that was expected.
fn misspelt(scene: &Scene<'_>, text: &str) -> Option<Slip> {
    let found = scene.found.filter(|found| found.token == Token::Identifier)?;
    let foreign = match scene.lexeme_text(found) {
        "elsif" | "elif" | "elseif" => Some("another condition is written `else if … then … else …`"),
        "allow" if scene.expects(Token::Permit) => Some("a rule that allows is a `permit`"),
        "deny" | "reject" if scene.expects(Token::Forbid) => Some("a rule that refuses is a `forbid`"),
        "import" if scene.expects(Token::Use) => Some("names come in with `use`"),
        _ => None,
    };
    if let Some(help) = foreign {
        return Slip::help(help);
    }
    let distance = |token: &Token| {
        let word = token.fixed_text()?;
        let allowed = if word.len() <= 3 { 1 } else { 2 };
        let distance = strsim::osa_distance(word, &text.to_ascii_lowercase());
        (token.is_word() && distance <= allowed).then_some((distance, word))
    };
    let (_, word) = scene.expected.iter().filter_map(distance).min()?;
    Slip::help(format!("did you mean `{word}`?"))
}

/// A word where a string is expected, or one that cannot be a name.
fn wrong_kind_of_word(scene: &Scene<'_>, found: Token, text: &str) -> Option<Slip> {
    if found.is_word() && scene.expects(Token::Text) && !scene.expects(Token::Identifier) {
        return Slip::help(format!("put the text in double quotes: `\"{text}\"`"));
    }
    if found.is_word() && !found.is_name() && scene.expects(Token::Identifier) && !scene.expects(Token::Integer) {
        return Slip::help(format!("`{text}` is a reserved word: choose another name"));
    }
    None
}
