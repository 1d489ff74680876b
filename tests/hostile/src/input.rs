//! Reference values, session fields and calls made to make the engine work, as a stranger sends them: bytes.

use crate::{cut, many, size};
use atbac_engine::SourceFile;
use atbac_generator::tape::{Tape, random};

/// The policy that is asked: every kind of condition whose work grows with what it is given.
pub fn policy() -> SourceFile {
    SourceFile { name: "hostile.atbac".to_owned(), text: include_str!("input.atbac").to_owned() }
}

/// What a stranger sends: each a text that should be JSON.
#[derive(Debug)]
pub struct Input {
    /// A file of reference values.
    pub references: String,
    /// An object of session fields.
    pub session: String,
    /// An object of call fields.
    pub call: String,
}

/// One way of doing harm: a text for the JSON of one field, or of a whole object.
type Family = (&'static str, fn(&mut Tape<'_>) -> String);

/// Every family, by its name.
pub const FAMILIES: &[Family] = &[
    ("arrays in arrays", |tape| nested(tape, "[", "]")),
    ("objects in objects", |tape| nested(tape, "{\"a\":", "}")),
    ("a wide array", |tape| format!("[{}0]", "0,".repeat(size(tape, 400_000)))),
    ("a wide array of texts", |tape| format!("[{}\"\"]", many(size(tape, 80_000), |at| format!("\"{at}\",")))),
    ("a wide array of one text", |tape| format!("[{}\"a\"]", "\"a\",".repeat(size(tape, 200_000)))),
    ("a wide object", |tape| format!("{{{}\"\":0}}", many(size(tape, 70_000), |at| format!("\"{at}\":0,")))),
    ("a key again and again", |tape| format!("{{{}\"a\":0}}", "\"a\":0,".repeat(size(tape, 100_000)))),
    ("a long text", |tape| {
        format!(
            "\"{}\"",
            tape.one_of(&["a", "ab", "\\u0000", "\u{e9}", "*", "\\ud83d\\ude00"]).repeat(size(tape, 160_000))
        )
    }),
    ("half a surrogate", |tape| format!("\"{}\"", "\\ud83d".repeat(size(tape, 1_000)))),
    ("a huge number", |tape| "9".repeat(size(tape, 500_000))),
    ("a number of many digits", |tape| format!("0.{}1e{}", "0".repeat(size(tape, 300_000)), tape.below(400))),
    ("a huge exponent", |tape| format!("1e{}", "9".repeat(size(tape, 1_000)))),
    ("bytes in hex", |tape| format!("\"{}\"", "a0".repeat(size(tape, 400_000)))),
    ("a network", |tape| format!("\"{}.0.0.0/{}\"", tape.below(300), "9".repeat(size(tape, 10_000)))),
    ("many networks", |tape| {
        format!("[{}\"::/0\"]", many(size(tape, 40_000), |at| format!("\"10.{}.{}.0/24\",", at / 256 % 256, at % 256)))
    }),
    ("an instant", |tape| format!("\"{}-01-01T00:00:00Z\"", "9".repeat(size(tape, 10_000)))),
    ("a duration", |tape| format!("\"{}\"", "1h1m".repeat(size(tape, 100_000)))),
    ("an oid", |tape| format!("\"1.2{}\"", ".1".repeat(size(tape, 200_000)))),
    ("blanks", |tape| format!("{}0", " \n\t\r".repeat(size(tape, 200_000)))),
    ("nothing", |_| String::new()),
    ("half of something", |tape| "{\"t\": [1, 2, {\"a\": \"text\"".chars().take(size(tape, 26)).collect()),
    ("windows", |tape| {
        format!("{{\"values\":[{}{{\"value\":\"z\"}}]}}", many(size(tape, 9_000), |at| window(at, at / 3)))
    }),
    ("windows of one value", |tape| {
        format!("{{\"values\":[{}{{\"value\":\"z\"}}]}}", many(size(tape, 9_000), |at| window(7, at)))
    }),
];

/// Where a text of a family is put.
const FIELDS: &[&str] = &[
    "t", "n", "d", "body", "a", "net", "due", "wait", "tags", "nets", "ns", "rows", "people", "note", "usage", "more",
];
const REFERENCES: &[&str] = &["names", "limit", "networks", "digest", "oldest", "more"];

/// The input of a seed: its family, and what is sent.
pub fn write(seed: u64) -> (&'static str, Input) {
    let (name, family) = FAMILIES[(seed % FAMILIES.len() as u64) as usize];
    let numbers = random(!seed, 64);
    let mut tape = Tape::new(&numbers);
    let place = tape.below(6);
    let text = family(&mut tape);
    let object = |names: &[&str], at: usize, text: &str| format!("{{\"{}\":{text}}}", names[at % names.len()]);
    let (references, session, call) = (r#"{"names":["a"],"networks":["10.0.0.0/8"]}"#, r#"{"s":"a"}"#, r#"{"t":"a"}"#);
    let file = |references: &str| format!("{{\"format\":1,\"references\":{references}}}");
    let at = tape.below(64);
    let mut input = Input { references: file(references), session: session.to_owned(), call: call.to_owned() };
    match place {
        0 => input.call = text,
        1 => input.session = object(&["s", "keys", "more"], at, &text),
        2 => input.references = if at.is_multiple_of(8) { text } else { file(&object(REFERENCES, at, &text)) },
        _ => input.call = object(FIELDS, at, &text),
    }
    let Input { references, session, call } = input;
    (name, Input { references: cut(references), session: cut(session), call: cut(call) })
}

fn nested(tape: &mut Tape<'_>, open: &str, close: &str) -> String {
    let depth = if tape.one_in(2) { size(tape, 130) } else { size(tape, 180_000) };
    let close = if tape.one_in(3) { "" } else { close };
    format!("{}0{}", open.repeat(depth), close.repeat(depth))
}

/// A reference value with dates.
fn window(value: usize, day: usize) -> String {
    let (from, until) = (day % 27 + 1, day % 27 + 2);
    format!(
        "{{\"value\":\"n{value}\",\"from\":\"2026-{:02}-{from:02}T00:00:00Z\",\"until\":\"2026-{:02}-{until:02}T00:00:00Z\"}},",
        day % 12 + 1,
        day % 12 + 1
    )
}
