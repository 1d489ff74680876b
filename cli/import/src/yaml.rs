//! YAML and JSON as a tree in which everything knows its place.
//!
//! JSON is read by the same parser: YAML 1.2 contains it. What has no meaning in a policy, and has been used to make parsers work without end, is
//! refused: aliases, tags, keys that are no texts. A key that stands twice is refused too, since readers differ in which one counts.

use crate::finding::Place;
use crate::{Refusal, Source};
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::iter::Peekable;

/// How deep anything may be nested.
const MAX_DEPTH: usize = 32;

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    /// A text; also a number that is no integer of 64 bits.
    Text(String),
    List(Vec<Node>),
    /// Keys in order, each once.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The value of a key, where this is a map that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(found, _)| found == key).map(|(_, node)| node)
    }

    /// The entries of a map; none of anything else.
    pub(crate) fn entries(&self) -> &[(String, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a list.
    pub(crate) fn list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(elements) => Some(elements),
            _ => None,
        }
    }

    /// The text, where it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What it is, in words.
    pub(crate) fn described(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Bool(value) => format!("`{value}`"),
            Value::Int(value) => format!("`{value}`"),
            Value::Text(text) => format!("`{}`", crate::package::excerpt(text)),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
        }
    }
}

/// Every document of a YAML file.
pub(crate) fn documents(source: &Source) -> Result<Vec<Node>, Refusal> {
    Reader { source, events: Parser::new_from_str(&source.text).peekable() }.documents()
}

/// The one value of a JSON file.
pub(crate) fn json(source: &Source) -> Result<Node, Refusal> {
    // A text that is YAML only is no JSON.
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&source.text) {
        let place = Place { file: source.name.clone(), line: error.line().max(1), column: error.column().max(1) };
        return Err(Refusal::Syntax { place, message: format!("this is not JSON: {error}") });
    }
    // A tab is a blank to JSON, and cannot stand inside of its texts.
    let spaced = Source { name: source.name.clone(), text: source.text.replace('\t', " ") };
    match documents(&spaced)?.pop() {
        Some(node) => Ok(node),
        None => Err(Refusal::Other { file: source.name.clone(), expected: "JSON", found: "it is empty".to_owned() }),
    }
}

struct Reader<'a, I: Iterator> {
    source: &'a Source,
    events: Peekable<I>,
}

impl<'a, I: Iterator<Item = Result<(Event<'a>, Span), saphyr_parser::ScanError>>> Reader<'a, I> {
    fn documents(mut self) -> Result<Vec<Node>, Refusal> {
        let mut documents = Vec::new();
        while let Some((event, span)) = self.next()? {
            match event {
                Event::Nothing
                | Event::StreamStart
                | Event::StreamEnd
                | Event::DocumentStart(_)
                | Event::DocumentEnd => {}
                event => documents.push(self.node(event, span, 0)?),
            }
        }
        Ok(documents)
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, Refusal> {
        match self.events.next() {
            None => Ok(None),
            Some(Ok(event)) => Ok(Some(event)),
            Some(Err(error)) => {
                let place = self.place_of(error.marker().line(), error.marker().col());
                Err(Refusal::Syntax { place, message: format!("this is not YAML: {}", error.info()) })
            }
        }
    }

    /// The event after this one; a document always ends what it begins.
    fn expect(&mut self) -> Result<(Event<'a>, Span), Refusal> {
        let place = self.place_of(1, 0);
        self.next()?.ok_or_else(|| Refusal::Syntax { place, message: "it ends in the middle of a value".to_owned() })
    }

    fn place_of(&self, line: usize, column: usize) -> Place {
        Place { file: self.source.name.clone(), line: line.max(1), column: column + 1 }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Refusal> {
        let place = self.place_of(span.start.line(), span.start.col());
        let refuse =
            |place: &Place, message: &str| Refusal::Syntax { place: place.clone(), message: message.to_owned() };
        if depth > MAX_DEPTH {
            return Err(refuse(&place, "this is nested too deep for a policy: at most 32 levels are read"));
        }
        let value = match event {
            Event::Scalar(_, _, _, Some(_)) | Event::SequenceStart(_, Some(_)) | Event::MappingStart(_, Some(_)) => {
                return Err(refuse(&place, "a tag has no meaning in a policy: leave it out"));
            }
            Event::Scalar(text, style, _, None) => scalar(&text, style),
            Event::SequenceStart(_, None) => {
                let mut elements = Vec::new();
                loop {
                    match self.expect()? {
                        (Event::SequenceEnd, _) => break Value::List(elements),
                        (event, span) => elements.push(self.node(event, span, depth + 1)?),
                    }
                }
            }
            Event::MappingStart(_, None) => {
                let mut entries: Vec<(String, Node)> = Vec::new();
                let mut seen = std::collections::HashSet::new();
                loop {
                    let key = match self.expect()? {
                        (Event::MappingEnd, _) => break Value::Map(entries),
                        (Event::Scalar(key, _, _, None), span) => {
                            let place = self.place_of(span.start.line(), span.start.col());
                            if !seen.insert(key.to_string()) {
                                return Err(refuse(&place, "this key stands twice: delete the one that is not meant"));
                            }
                            key.into_owned()
                        }
                        (_, span) => {
                            let place = self.place_of(span.start.line(), span.start.col());
                            return Err(refuse(&place, "a key is a text"));
                        }
                    };
                    let (event, span) = self.expect()?;
                    entries.push((key, self.node(event, span, depth + 1)?));
                }
            }
            Event::Alias(_) => return Err(refuse(&place, "an alias: write the value out where it is meant")),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => return Err(refuse(&place, "a value is missing here")),
        };
        Ok(Node { place, value })
    }
}

/// What a scalar means. Source: YAML 1.2.2, section 10.3.2, the core schema; JSON's scalars mean the same there.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => {
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            let is_integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            // A digest of digits alone, written without quotes, keeps the zeros it begins with.
            let is_number = is_integer && (digits == "0" || !digits.starts_with('0'));
            match text.parse() {
                Ok(number) if is_number => Value::Int(number),
                _ => Value::Text(text.to_owned()),
            }
        }
    }
}
