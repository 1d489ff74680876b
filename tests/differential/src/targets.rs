//! What the fuzz targets of the language do with their bytes: `fuzz/` runs them on whatever the fuzzer makes of its corpus, and the tests here on the saved one.
//!
//! Every target panics where something does not hold. In the order of the pipeline:
//!
//! | target | its bytes are | what must hold beside "no panic" |
//! |---|---|---|
//! | [`parse`] | a text | every finding lies in it and can be drawn |
//! | [`print_round_trip`] | a text | what is printed is read as the same tree, and printed the same |
//! | [`format()`] | a text | laying it out keeps its tree, and doing it again changes nothing |
//! | [`check`] | a text | every finding lies in it; what is accepted can be laid out and opened |
//! | [`check_mutated`] | a generated policy, and changes to its text | the same |
//! | [`soundness`] | a generated policy and questions | the strict evaluator finds nothing that cannot be |
//! | [`jit_diff`] | a generated policy and questions | both executions agree, and no decision changes before its end |
//! | [`call`] | the fields of a call as JSON | both executions, and whoever reads the text in one pass, take or refuse it, and agree |
//! | [`references`] | a file of reference values | both executions take or refuse it, and agree |

use crate::case::Case;
use crate::coverage::Coverage;
use crate::explore::Tally;
use crate::questions::{Plan, Questions};
use crate::soundness as strictly;
use crate::subject::{Subject, source};
use atbac_compiler::pipeline;
use atbac_engine::input::parse_json;
use atbac_engine::{Bundle, Execution, SourceFile, json};
use atbac_generator::{Arrangement, Tape};
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::render::{Style, report};
use atbac_grammar::span::{FileId, SourceMap};
use atbac_tests::evidence::{Evidence, timely};
use atbac_tests::twins::{Twins, set_all};
use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use std::sync::LazyLock;

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 9] = [
    ("parse", parse),
    ("print_round_trip", print_round_trip),
    ("format", format),
    ("check", check),
    ("check_mutated", check_mutated),
    ("soundness", soundness),
    ("jit_diff", jit_diff),
    ("call", call),
    ("references", references),
];

/// Reads a text.
pub fn parse(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let mut sources = SourceMap::default();
    let Ok(file) = sources.add("fuzzed", text) else { return };
    drawn(&atbac_grammar::parse(file, text).diagnostics, &sources);
}

/// Prints what is well-formed.
pub fn print_round_trip(bytes: &[u8]) {
    let Some(printed) = printed(bytes) else { return };
    let again = atbac_grammar::parse(FileId(0), &printed);
    assert_eq!(again.diagnostics, [], "{printed}");
    assert_eq!(atbac_grammar::print(&again.file), printed);
}

/// Lays out what is well-formed.
pub fn format(bytes: &[u8]) {
    let Some(before) = printed(bytes) else { return };
    let text = str::from_utf8(bytes).unwrap();
    let once = atbac_grammar::format(FileId(0), text).unwrap();
    assert_eq!(printed(once.as_bytes()), Some(before), "{once}");
    assert_eq!(atbac_grammar::format(FileId(0), &once).unwrap(), once);
}

/// Checks a text.
pub fn check(bytes: &[u8]) {
    if let Ok(text) = str::from_utf8(bytes) {
        checked(text.to_owned());
    }
}

/// Checks a generated policy of which the words have been changed.
pub fn check_mutated(bytes: &[u8]) {
    let (policy, changes) = split(bytes);
    let Some(file) = source(&policy, Arrangement::TOGETHER).pop() else { return };
    checked(mutated(&file.text, &mut Tape::new(&changes)));
}

/// Asks a generated policy strictly.
pub fn soundness(bytes: &[u8]) {
    let (policy, questions) = split(bytes);
    let Some(subject) = Subject::open(source(&policy, Arrangement::TOGETHER), &EVIDENCE) else { return };
    let Some(questions) = Questions::new(&subject, &EVIDENCE, Plan::FEW, &mut Tape::new(&questions)) else { return };
    if let Err(found) = strictly::check(&subject, &questions, &mut |_, _, _| {}) {
        panic!("{found}");
    }
}

/// Asks a generated policy on both executions.
pub fn jit_diff(bytes: &[u8]) {
    let (policy, questions) = split(bytes);
    let arrangement = Arrangement::ALL[policy.len() % Arrangement::ALL.len()];
    let case = Case { policy, arrangement, questions };
    if let Err(found) = case.run(&EVIDENCE, Plan::FEW, &mut Tally::default(), None::<&mut Coverage>) {
        panic!("{found}");
    }
}

/// Asks a policy with fields of every type.
pub fn call(bytes: &[u8]) {
    TWINS.with(|twins| decide(twins, Some(bytes)));
}

/// Loads reference values of every type.
pub fn references(bytes: &[u8]) {
    TWINS.with(|twins| {
        let tables = [&twins.jit, &twins.interpreter].map(|bundle| bundle.read_references(bytes));
        match tables {
            [Ok(jit), Ok(interpreter)] => {
                twins.jit.swap_references(jit).unwrap();
                twins.interpreter.swap_references(interpreter).unwrap();
            }
            [Err(jit), Err(interpreter)] => return assert_eq!(jit, interpreter),
            [jit, interpreter] => panic!("one execution takes them: {:?} against {:?}", jit.err(), interpreter.err()),
        }
        decide(twins, None);
    });
}

/// What hardware says, verified once.
static EVIDENCE: LazyLock<Vec<Evidence>> = LazyLock::new(timely);

thread_local! {
    /// A policy with fields and references of every type.
    static TWINS: Twins = {
        let text = include_str!("targets/every_type.atbac").to_owned();
        Twins::open(&[SourceFile { name: "every_type.atbac".to_owned(), text }])
    };
}

/// The fields that a question has if it says nothing else.
static SAMPLE: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!("targets/every_type.json")).unwrap());

/// Asks both executions, with the sample's value for every field that is not given. Both must agree; and whoever fills a call from the text itself, with both.
fn decide(twins: &Twins, given: Option<&[u8]>) {
    let sample = |stage: &str| SAMPLE[stage].as_object().unwrap().clone();
    let tree = given.map_or_else(|| Ok(Json::Object(Map::new())), parse_json);
    let given = given.unwrap_or(b"{}");
    let mut rest = sample("call");
    if let Ok(Json::Object(fields)) = &tree {
        rest.retain(|name, _| !fields.contains_key(name));
    }
    let now = Timestamp::from_millisecond(atbac_generator::BASE).unwrap();
    let mut opened = twins.open_session("Question", now, |fields| set_all(fields, &sample("session"))).unwrap();
    let of_tree = tree.ok().and_then(|tree| {
        let Json::Object(tree) = tree else { return None };
        opened.call(|fields| set_all(set_all(fields, &tree)?, &rest)).ok()
    });
    let rest = Json::Object(rest).to_string();
    let known = set_all(twins.jit.session_fields("Question").unwrap(), &sample("session")).unwrap();
    let session = twins.jit.open_session(known, now).unwrap();
    let mut buffer = session.call_buffer();
    let of_text = buffer.fill(|filling| {
        filling.dangerous_any_provenance(given)?;
        filling.dangerous_any_provenance(rest.as_bytes())
    });
    assert_eq!(of_tree.is_some(), of_text.is_ok(), "{:?}", of_text.err());
    if let (Some(of_tree), Ok(of_text)) = (of_tree, of_text) {
        let mut expected = opened.decide(&of_tree, now);
        let mut memory = session.memory();
        let found = json::decision(twins.jit.schema(), &session.decide(of_text, now, &mut memory), None);
        // What only the other one is asked for.
        expected.as_object_mut().unwrap().retain(|name, _| found.get(name).is_some());
        assert_eq!(found, expected);
    }
}

/// Draws every finding: each has a place in the text.
fn drawn(found: &[Diagnostic], sources: &SourceMap) {
    for found in found {
        let text = &sources.get(found.primary.span.file).text;
        let (start, end) = (found.primary.span.start as usize, found.primary.span.end as usize);
        assert!(start <= end && text.get(start..end).is_some(), "{found:?}");
        assert!(!report(found, sources, Style::default()).is_empty());
    }
}

/// A text that is well-formed, printed.
fn printed(bytes: &[u8]) -> Option<String> {
    let parsed = atbac_grammar::parse(FileId(0), str::from_utf8(bytes).ok()?);
    parsed.diagnostics.is_empty().then(|| atbac_grammar::print(&parsed.file))
}

fn checked(text: String) {
    let file = SourceFile { name: "fuzzed".to_owned(), text };
    match pipeline::parse([file.clone()]).check() {
        Ok(checked) => {
            drawn(&checked.warnings, &checked.sources);
            Bundle::open([file], Execution::Interpreter).unwrap();
        }
        Err(refused) => {
            assert!(!refused.diagnostics.is_empty(), "refused without a word");
            drawn(&refused.diagnostics, &refused.sources);
        }
    }
}

/// Two tapes: the first number says how long the first of them is.
fn split(bytes: &[u8]) -> (Vec<u16>, Vec<u16>) {
    let numbers: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    let Some((length, numbers)) = numbers.split_first() else { return (Vec::new(), Vec::new()) };
    let (first, second) = numbers.split_at(usize::from(*length) % (numbers.len() + 1));
    (first.to_vec(), second.to_vec())
}

/// Words that mean something to the checker, beside those of the text itself.
const WORDS: [&str; 28] = [
    "not",
    "and",
    "or",
    "is",
    "present",
    "in",
    "==",
    "<",
    ">=",
    "+",
    "*",
    "-1",
    "0",
    "9223372036854775807",
    "\"\"",
    "{",
    "}",
    "(",
    ")",
    "any",
    "count(",
    "age(",
    "sha256(",
    "[0..4]",
    "permit",
    "forbid",
    "let",
    "Int",
];

/// A text with some of its words in other places, gone, or others.
fn mutated(text: &str, tape: &mut Tape<'_>) -> String {
    let mut words: Vec<&str> = text.split_inclusive([' ', '\n']).collect();
    while !tape.is_at_end() && !words.is_empty() {
        let at = tape.below(words.len());
        let other = tape.below(words.len());
        match tape.below(5) {
            0 => words.swap(at, other),
            1 => words[at] = words[other],
            2 => words[at] = WORDS[tape.below(WORDS.len())],
            3 => words.insert(at, words[other]),
            _ => drop(words.remove(at)),
        }
    }
    words.concat()
}
