//! The grammar of Azure Attestation's policies: sections of claim rules.
//!
//! ```text
//! version= 1.0;
//! authorizationrules { c:[type=="x-ms-sgx-svn", value>=2] && [type=="…", value==false] => permit(); };
//! issuancerules { … };
//! ```
//!
//! Source: Microsoft, "Claim and claim rules", "Claim rule functions supported in policy version 1.2+", "How to author an attestation policy".

use crate::claims::Comparison;
use crate::finding::Place;
use crate::{Refusal, Source};

/// The most tokens of a policy: one of Azure's greatest size has fewer.
const MAX_TOKENS: usize = 200_000;

/// A policy.
#[derive(Debug)]
pub(super) struct Policy {
    /// As it is written, such as `1.2`.
    pub(super) version: String,
    pub(super) sections: Vec<Section>,
}

/// A section.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) rules: Vec<ClaimRule>,
}

/// `conditions => action(arguments);`
#[derive(Debug)]
pub(super) struct ClaimRule {
    pub(super) conditions: Vec<ClaimCondition>,
    pub(super) action: String,
    pub(super) arguments: Vec<Property>,
    pub(super) place: Place,
}

/// `c:[type=="…", value==…]`: there is a claim with all of these properties; with `!` before it, there is none.
#[derive(Debug)]
pub(super) struct ClaimCondition {
    pub(super) negated: bool,
    pub(super) properties: Vec<Property>,
    pub(super) place: Place,
}

/// `type=="…"` of a condition, or `value=…` of an action.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: String,
    /// None for `=`, which gives a value.
    pub(super) comparison: Option<Comparison>,
    pub(super) value: Operand,
    pub(super) place: Place,
}

/// The right side of a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Text(String),
    Int(i64),
    Bool(bool),
    /// A property of another claim, a function, or arithmetic: as it is written, or the beginning of it.
    Other(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Number(String),
    Mark(&'static str),
    End,
}

/// A token with its line and column.
type Placed = (Token, (usize, usize));

/// Every mark, the longer ones first.
const MARKS: [&str; 22] = [
    "=>", "==", "!=", "<=", ">=", "&&", "||", "{", "}", "[", "]", "(", ")", ",", ";", ":", "=", "<", ">", "!", ".", "+",
];

/// Reads a policy.
pub(super) fn read(source: &Source) -> Result<Policy, Refusal> {
    let tokens = tokens(source)?;
    Parser { source, tokens, at: 0 }.policy()
}

fn refusal(source: &Source, (line, column): (usize, usize), message: String) -> Refusal {
    Refusal::Syntax { place: Place { file: source.name.clone(), line, column }, message }
}

fn tokens(source: &Source) -> Result<Vec<Placed>, Refusal> {
    let mut tokens = Vec::new();
    let mut rest = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
    let (mut line, mut column) = (1, 1);
    loop {
        let skipped = blank(rest);
        let is_comment = rest.starts_with("//") || rest.starts_with("/*");
        let here = (line, column);
        let (token, length) = if skipped > 0 {
            (None, skipped)
        } else if is_comment {
            let length = comment(rest).ok_or_else(|| refusal(source, here, "this comment does not end".to_owned()))?;
            (None, length)
        } else {
            match rest.chars().next() {
                None => {
                    tokens.push((Token::End, here));
                    return Ok(tokens);
                }
                Some('"') => {
                    let (text, length) =
                        text(rest).ok_or_else(|| refusal(source, here, "this text does not end".to_owned()))?;
                    (Some(Token::Text(text)), length)
                }
                Some(first) if first.is_ascii_digit() => {
                    let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                    (Some(Token::Number(rest.get(..length).unwrap_or_default().to_owned())), length)
                }
                Some(first) if first.is_alphabetic() || first == '_' || first == '$' => {
                    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '-');
                    let length = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
                    (Some(Token::Word(rest.get(..length).unwrap_or_default().to_owned())), length)
                }
                Some(first) => match MARKS.into_iter().find(|mark| rest.starts_with(mark)) {
                    Some(mark) => (Some(Token::Mark(mark)), mark.len()),
                    None => return Err(refusal(source, here, format!("`{first}` is no part of a claim rule"))),
                },
            }
        };
        tokens.extend(token.map(|token| (token, here)));
        if tokens.len() > MAX_TOKENS {
            return Err(refusal(source, here, format!("more than {MAX_TOKENS} tokens are no policy")));
        }
        let (passed, after) = rest.split_at(length);
        for character in passed.chars() {
            (line, column) = if character == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        rest = after;
    }
}

fn blank(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// How long the comment is that a text begins with; nothing where it does not end. `/*/` only begins one.
fn comment(text: &str) -> Option<usize> {
    match text.strip_prefix("/*") {
        Some(inside) => inside.find("*/").map(|end| end + "/**/".len()),
        None => Some(text.find('\n').unwrap_or(text.len())),
    }
}

/// The text behind a quote, and how long its literal is. A backslash stands before a quote or another backslash.
fn text(literal: &str) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut characters = literal.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((text, at + 1)),
            '\\' => match characters.next() {
                Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                Some((_, other)) => text.extend(['\\', other]),
                None => return None,
            },
            '\n' => return None,
            other => text.push(other),
        }
    }
    None
}

struct Parser<'a> {
    source: &'a Source,
    tokens: Vec<Placed>,
    at: usize,
}

impl Parser<'_> {
    fn policy(&mut self) -> Result<Policy, Refusal> {
        let place = self.place();
        if self.word()? != "version" {
            return Err(self.error(&place, "a policy begins with `version=`".to_owned()));
        }
        self.expect("=")?;
        let version = self.version()?;
        self.expect(";")?;
        let mut sections = Vec::new();
        while *self.peek() != Token::End {
            let place = self.place();
            let name = self.word()?;
            self.expect("{")?;
            let mut rules = Vec::new();
            while !self.take("}") {
                rules.push(self.rule()?);
            }
            self.take(";");
            sections.push(Section { name, place, rules });
        }
        Ok(Policy { version, sections })
    }

    fn version(&mut self) -> Result<String, Refusal> {
        let place = self.place();
        let mut version = String::new();
        loop {
            match self.next() {
                Token::Number(digits) => version += &digits,
                _ => return Err(self.error(&place, "a version is two numbers, such as `1.2`".to_owned())),
            }
            if !self.take(".") {
                return Ok(version);
            }
            version.push('.');
        }
    }

    fn rule(&mut self) -> Result<ClaimRule, Refusal> {
        let place = self.place();
        let mut conditions = Vec::new();
        if !self.take("=>") {
            loop {
                conditions.push(self.condition()?);
                if self.take("&&") {
                    continue;
                }
                self.expect("=>")?;
                break;
            }
        }
        let action = self.word()?;
        self.expect("(")?;
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.property(&[",", ")"])?);
                if self.take(")") {
                    break;
                }
                self.expect(",")?;
            }
        }
        // Microsoft's own examples leave the last one out.
        if !self.take(";") && *self.peek() != Token::Mark("}") {
            let place = self.place();
            return Err(self.error(&place, "a rule ends with `;`".to_owned()));
        }
        Ok(ClaimRule { conditions, action, arguments, place })
    }

    fn condition(&mut self) -> Result<ClaimCondition, Refusal> {
        let place = self.place();
        let negated = self.take("!");
        if let Token::Word(_) = self.peek() {
            self.next();
            self.expect(":")?;
        }
        self.expect("[")?;
        let mut properties = Vec::new();
        if !self.take("]") {
            loop {
                properties.push(self.property(&[",", "]"])?);
                if self.take("]") {
                    break;
                }
                self.expect(",")?;
            }
        }
        Ok(ClaimCondition { negated, properties, place })
    }

    /// `name op operand`, up to one of the marks that may follow it.
    fn property(&mut self, ends: &[&str]) -> Result<Property, Refusal> {
        let place = self.place();
        let name = self.word()?;
        let comparison = match self.next() {
            Token::Mark("==") => Some(Comparison::Equal),
            Token::Mark("!=") => Some(Comparison::Unequal),
            Token::Mark("<") => Some(Comparison::Less),
            Token::Mark("<=") => Some(Comparison::AtMost),
            Token::Mark(">") => Some(Comparison::Greater),
            Token::Mark(">=") => Some(Comparison::AtLeast),
            Token::Mark("=") => None,
            _ => return Err(self.error(&place, format!("`{name}` is followed by no comparison"))),
        };
        let value = self.operand(ends)?;
        Ok(Property { name, comparison, value, place })
    }

    fn operand(&mut self, ends: &[&str]) -> Result<Operand, Refusal> {
        let place = self.place();
        let mut taken = Vec::new();
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                Token::End => return Err(self.error(&place, "this is not ended".to_owned())),
                Token::Mark(mark) if depth == 0 && ends.contains(mark) => break,
                Token::Mark("(" | "[" | "{") => depth += 1,
                Token::Mark(")" | "]" | "}") if depth == 0 => {
                    return Err(self.error(&place, "this is not ended".to_owned()));
                }
                Token::Mark(")" | "]" | "}") => depth -= 1,
                Token::Word(_) | Token::Text(_) | Token::Number(_) | Token::Mark(_) => {}
            }
            taken.push(self.next());
        }
        Ok(match &taken[..] {
            [Token::Text(text)] => Operand::Text(text.clone()),
            [Token::Number(digits)] => digits.parse().map_or_else(|_| Operand::Other(digits.clone()), Operand::Int),
            [Token::Word(word)] if word == "true" => Operand::Bool(true),
            [Token::Word(word)] if word == "false" => Operand::Bool(false),
            [] => return Err(self.error(&place, "a value is missing here".to_owned())),
            _ => Operand::Other(taken.iter().map(shown).collect()),
        })
    }

    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn take(&mut self, mark: &str) -> bool {
        let found = matches!(self.peek(), Token::Mark(here) if *here == mark);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, mark: &str) -> Result<(), Refusal> {
        if self.take(mark) {
            return Ok(());
        }
        let place = self.place();
        Err(self.error(&place, format!("`{mark}` is expected here, and {} stands here", named(self.peek()))))
    }

    fn word(&mut self) -> Result<String, Refusal> {
        let place = self.place();
        match self.next() {
            Token::Word(word) => Ok(word),
            other => Err(self.error(&place, format!("a word is expected here, and {} stands here", named(&other)))),
        }
    }

    fn place(&self) -> Place {
        let (line, column) = self.tokens.get(self.at).or(self.tokens.last()).map_or((1, 1), |(_, place)| *place);
        Place { file: self.source.name.clone(), line, column }
    }

    fn error(&self, place: &Place, message: String) -> Refusal {
        Refusal::Syntax { place: place.clone(), message }
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Word(word) => word.clone(),
        Token::Text(text) => format!("{text:?}"),
        Token::Number(digits) => digits.clone(),
        Token::Mark(mark) => (*mark).to_owned(),
        Token::End => String::new(),
    }
}

fn named(token: &Token) -> String {
    match token {
        Token::End => "the end of the file".to_owned(),
        Token::Word(_) | Token::Text(_) | Token::Number(_) | Token::Mark(_) => {
            format!("`{}`", crate::package::excerpt(&shown(token)))
        }
    }
}
