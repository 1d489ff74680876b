//! Common slips, and what to say about them.

use crate::lexer::Lexeme;
use crate::literal;
use crate::message::Scene;
use crate::token::Token;
use std::borrow::Cow;

/// A slip that was recognised.
#[derive(Default)]
pub(crate) struct Slip {
    /// What to say instead of "expected …, found …".
    pub(crate) message: Option<String>,
    /// The mend.
    pub(crate) help: Option<String>,
    /// What to write instead of what was found.
    pub(crate) replacement: Option<Cow<'static, str>>,
}

impl Slip {
    fn help(help: impl Into<String>) -> Option<Self> {
        Some(Slip { help: Some(help.into()), ..Slip::default() })
    }

    /// What is found becomes another text.
    fn replace(help: impl Into<String>, replacement: impl Into<Cow<'static, str>>) -> Option<Self> {
        Some(Slip { help: Some(help.into()), replacement: Some(replacement.into()), ..Slip::default() })
    }

    fn explained(message: impl Into<String>, help: impl Into<String>) -> Option<Self> {
        Some(Slip { message: Some(message.into()), help: Some(help.into()), replacement: None })
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
    if scene.back(1) == Some(Token::Doc) {
        return Slip::help("a doc comment documents what follows it; write `//` for a comment");
    }
    let found = scene.found?;
    let text = scene.lexeme_text(found);
    unknown_literal(scene, found)
        .or_else(|| wrong_mark(scene, found.token))
        .or_else(|| unfinished(scene, found.token))
        .or_else(|| misplaced(scene, found.token, text))
        .or_else(|| misspelt(scene, found.token, text))
        .or_else(|| wrong_kind_of_word(scene, found.token, text))
}

/// A string right after a word, such as `md5"…"`.
fn unknown_literal(scene: &Scene<'_>, found: Lexeme) -> Option<Slip> {
    let word = scene.previous().filter(|word| word.token == Token::Identifier && word.end == found.start)?;
    let literal = scene.text.get(word.start as usize..found.end as usize)?;
    let fault = literal::quoted(literal).err().filter(|_| found.token == Token::Text)?;
    Some(Slip { message: Some(fault.message), help: fault.help, replacement: None })
}

/// One mark for another.
fn wrong_mark(scene: &Scene<'_>, found: Token) -> Option<Slip> {
    use Token::*;
    match found {
        Equals if scene.expects(Equal) => Slip::replace("to compare, write `==`", "=="),
        Equals | Equal if scene.expects(Colon) => Slip::replace("a field and its value are joined by `:`", ":"),
        Equal | Colon if scene.expects(Equals) => Slip::replace("a name and its value are joined by `=`", "="),
        Colon if scene.expects(Arrow) => Slip::replace("an arm is written `Type name => value`", "=>"),
        Semicolon if scene.expects(Comma) && scene.inside() == Some(OpenBrace) => {
            Slip::replace("the elements of this list are separated by `,`", ",")
        }
        Comma if scene.inside() == Some(OpenBracket) && scene.expects(Semicolon) => {
            Slip::replace("a list of at most four elements has the type `[T; 4]`", ";")
        }
        Comma if scene.expects(Semicolon) => Slip::replace("this line ends with `;`", ";"),
        Arrow if scene.expects(Implies) => {
            Slip::replace("to say that one condition follows from another, write `implies`", "implies")
        }
        token if token.compares() && scene.expects(And) => Slip::explained(
            "comparisons do not chain",
            "write two comparisons joined by `and`, or put the first in parentheses",
        ),
        _ => None,
    }
}

/// A form that lacks a part.
fn unfinished(scene: &Scene<'_>, found: Token) -> Option<Slip> {
    use Token::*;
    match found {
        OpenBrace if scene.expects(Then) => Slip::help("write `if condition then value else value`"),
        Semicolon | Comma | CloseParen | CloseBrace if scene.expects(Else) && !scene.expects(Semicolon) => {
            Slip::help("every `if` has an `else`")
        }
        Arrow if scene.expects(Identifier) && scene.back(1).is_some_and(Token::is_name) => {
            Slip::help("an arm names the value it is about: `Type name => value`")
        }
        Where if scene.expects(Colon) => Slip::help("the condition of `any` and `all` comes after a `:`"),
        _ if scene.expects(In) && scene.back(2) == Some(OpenParen) && scene.back(3) == Some(Count) => {
            Slip::help("write `count(x in list)`, or `count(x in list where condition)`")
        }
        _ => None,
    }
}

/// What may stand elsewhere.
fn misplaced(scene: &Scene<'_>, found: Token, text: &str) -> Option<Slip> {
    use Token::*;
    match found {
        CloseBrace if scene.at == 0 => {
            Slip::explained("this `}` closes nothing", "remove it, or look for a `{` that is missing above")
        }
        Doc if !scene.expects(Doc) => {
            Slip::help("doc comments stand before declarations and fields; write `//` for a comment")
        }
        OpenBrace if scene.back(1).is_some_and(Token::is_name) && scene.in_condition() => Slip::help(
            "a record is written only where a value is given: in `given`, `with`, a field or a set, not in a condition",
        ),
        Require | When | Unless | Let | Reason if scene.back(1) == Some(OpenBrace) && scene.expects(Integer) => {
            match scene.back(2) {
                Some(Comma) => Slip::help("a `where` list has no comma before the `{` of the body"),
                Some(Where) => Slip::help("write a condition after `where`, or leave it out"),
                _ => None,
            }
        }
        Require | When | Unless | Let if scene.expects(Permit) => {
            Slip::help(format!("`{text}` stands in the body of a `permit` or `forbid`"))
        }
        _ => None,
    }
}

/// A word that is nearly one that was expected.
fn misspelt(scene: &Scene<'_>, found: Token, text: &str) -> Option<Slip> {
    let foreign = match text {
        "elsif" | "elif" | "elseif" => Some(("another condition is written `else if … then … else …`", "else if")),
        "allow" if scene.expects(Token::Permit) => Some(("a rule that allows is a `permit`", "permit")),
        "deny" | "reject" if scene.expects(Token::Forbid) => Some(("a rule that refuses is a `forbid`", "forbid")),
        "import" if scene.expects(Token::Use) => Some(("names come in with `use`", "use")),
        _ => None,
    };
    if let Some((help, word)) = foreign {
        return Slip::replace(help, word);
    }
    let distance = |token: &Token| {
        let word = token.fixed_text().filter(|_| token.is_word())?;
        let allowed = if word.len() <= 3 { 1 } else { 2 };
        let distance = strsim::osa_distance(word, &text.to_ascii_lowercase());
        (distance <= allowed).then_some((distance, word))
    };
    // A keyword is what its writer meant; and no word is misspelt by growing to the length of a book.
    let nearest =
        (found == Token::Identifier && text.len() < 20).then(|| scene.expected.iter().filter_map(distance).min());
    let (_, word) = nearest.flatten()?;
    Slip::replace(format!("did you mean `{word}`?"), word)
}

/// A word where a string is expected, or one that cannot be a name.
fn wrong_kind_of_word(scene: &Scene<'_>, found: Token, text: &str) -> Option<Slip> {
    if found.is_word() && scene.expects(Token::Text) && !scene.expects(Token::Identifier) {
        return Slip::replace(format!("put the text in double quotes: `\"{text}\"`"), format!("\"{text}\""));
    }
    if found.is_word() && !found.is_name() && scene.expects(Token::Identifier) && !scene.expects(Token::Integer) {
        return Slip::help(format!("`{text}` is a reserved word: choose another name"));
    }
    None
}
