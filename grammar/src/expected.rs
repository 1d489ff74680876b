//! What could have stood at an error, as a person would say it.
//!
//! The grammar knows every single token: some forty where an expression may begin. [`GROUPS`] has the things those tokens begin, as data.

use crate::token::Token;
use std::collections::HashSet;

/// The most alternatives that a message names.
const MAX_ALTERNATIVES: usize = 5;

/// A thing with a name, known by the tokens it begins with.
struct Group {
    name: &'static str,
    /// The group is meant if all of these are expected.
    marks: &'static [Token],
    /// The tokens that are then not named themselves.
    covers: fn(Token) -> bool,
    /// Whether it is worth a mention beside others: that an expression might go on is not.
    mention: Mention,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mention {
    Always,
    IfAlone,
}

/// In order: what an earlier group covers is no mark of a later one.
const GROUPS: &[Group] = &[
    Group {
        name: "a field name",
        marks: &[Token::And, Token::Where, Token::Require],
        covers: Token::is_word,
        mention: Mention::Always,
    },
    Group {
        name: "a declaration",
        marks: &[Token::Enum, Token::Permit],
        covers: Token::begins_declaration,
        mention: Mention::Always,
    },
    Group {
        name: "a line of the rule",
        marks: &[Token::Require, Token::When],
        covers: begins_statement,
        mention: Mention::Always,
    },
    Group {
        name: "a line of the test",
        marks: &[Token::Given, Token::Expect, Token::Semicolon],
        covers: begins_test_line,
        mention: Mention::Always,
    },
    Group {
        name: "an expression",
        marks: &[Token::Integer, Token::OpenBrace, Token::Minus],
        covers: begins_expression,
        mention: Mention::Always,
    },
    Group {
        name: "a type",
        marks: &[Token::Identifier, Token::OpenBracket, Token::OpenParen],
        covers: begins_type,
        mention: Mention::Always,
    },
    Group { name: "a name", marks: &[Token::Identifier], covers: Token::is_name, mention: Mention::Always },
    Group { name: "an operator", marks: &[Token::Plus], covers: continues_expression, mention: Mention::IfAlone },
    Group { name: "an operator", marks: &[Token::And], covers: continues_expression, mention: Mention::IfAlone },
    Group { name: "`?` or `|`", marks: &[Token::Question], covers: continues_type, mention: Mention::IfAlone },
    Group {
        name: "a doc comment",
        marks: &[Token::Doc],
        covers: |token| matches!(token, Token::Doc | Token::AtSign),
        mention: Mention::IfAlone,
    },
];

/// The alternatives, at most [`MAX_ALTERNATIVES`], as a phrase: `` a name, `;` or `where` ``. Empty if nothing is expected.
pub(crate) fn phrase(expected: &HashSet<Token>) -> String {
    let alternatives = alternatives(expected);
    match alternatives.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

fn alternatives(expected: &HashSet<Token>) -> Vec<String> {
    let mut rest: HashSet<Token> = expected.clone();
    let mut always: Vec<String> = Vec::new();
    let mut alone: Vec<String> = Vec::new();
    for group in GROUPS {
        if group.marks.iter().all(|mark| rest.contains(mark)) {
            rest.retain(|token| !(group.covers)(*token));
            let list = if group.mention == Mention::Always { &mut always } else { &mut alone };
            list.push(group.name.to_owned());
        }
    }
    // In the order of the token table, so that messages do not change from run to run.
    let mut single: Vec<Token> = rest.into_iter().collect();
    single.sort_by_key(|token| *token as u8);
    always.extend(single.into_iter().map(Token::human));
    let mut named = if always.is_empty() { alone } else { always };
    named.dedup();
    named.truncate(MAX_ALTERNATIVES);
    named
}

fn begins_statement(token: Token) -> bool {
    use Token::*;
    matches!(token, Require | When | Unless | Reason | Let | Grant)
}

fn begins_test_line(token: Token) -> bool {
    use Token::*;
    matches!(token, Given | With | Case | At | Expect)
}

fn begins_expression(token: Token) -> bool {
    use Token::*;
    token.is_name()
        || matches!(
            token,
            Not | Any | All | If | Match | True | False | Tcb | Integer | Duration | Instant | Address | Quoted | Text
        )
        || matches!(token, Minus | OpenParen | OpenBracket | OpenBrace)
}

fn begins_type(token: Token) -> bool {
    token.is_name() || matches!(token, Token::OpenBracket | Token::OpenParen)
}

fn continues_expression(token: Token) -> bool {
    use Token::*;
    token.compares() || matches!(token, And | Or | Implies | Plus | Minus | Star | Dot | OpenParen | OpenBracket)
}

fn continues_type(token: Token) -> bool {
    matches!(token, Token::Question | Token::Bar | Token::Less)
}
