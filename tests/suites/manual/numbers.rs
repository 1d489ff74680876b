//! Limits are as large as the manual says, and its sample of a file of reference values is one.

use super::pages::{blocks, folder, page};
use atbac_compiler::check::{
    MAX_ALTERNATIVES, MAX_CONDITION_DEPTH, MAX_ENUM_CASES, MAX_FIELDS, MAX_FIXED_BYTES, MAX_LIST_LENGTH,
    MAX_RECORD_DEPTH, MAX_TEMPLATE_PARAMETERS, MAX_WALKED,
};
use atbac_compiler::glob::MAX_GLOB_BYTES;
use atbac_compiler::ir::MAX_COUNT_DEPTH;
use atbac_compiler::layout::MAX_FRAME_WORDS;
use atbac_engine::input::{MAX_INPUT_BYTES, MAX_TEXT_BYTES};
use atbac_engine::references::file::{MAX_ENTRIES, MAX_NOTE_BYTES};
use atbac_engine::{Bundle, Execution};
use atbac_grammar::limits::{MAX_DEPTH, MAX_DIAGNOSTICS, MAX_NESTING};
use atbac_grammar::span::MAX_FILE_BYTES;
use atbac_tests::files::{read_text, source};

#[test]
fn limits_are_as_the_page_says() {
    let page = page("limits");
    for (what, limit) in [
        ("bytes of a source file", grouped(MAX_FILE_BYTES)),
        ("brackets inside one another", grouped(MAX_NESTING)),
        ("depth of an expression", grouped(MAX_DEPTH)),
        ("syntax errors shown for one file", grouped(MAX_DIAGNOSTICS)),
        ("nesting of conditions", grouped(MAX_CONDITION_DEPTH)),
        ("parameters of a predicate", grouped(MAX_FIELDS)),
        ("parameters of a template", grouped(MAX_TEMPLATE_PARAMETERS)),
        ("records inside one another", grouped(MAX_RECORD_DEPTH)),
        ("fields of a record", grouped(MAX_FIELDS)),
        ("cases of an enum", grouped(MAX_ENUM_CASES)),
        ("alternatives of a union", grouped(MAX_ALTERNATIVES)),
        ("elements of a list type", grouped(MAX_LIST_LENGTH as usize)),
        ("bytes of a `Bytes<N>`", grouped(MAX_FIXED_BYTES as usize)),
        ("KiB of the values of one stage", grouped(MAX_FRAME_WORDS as usize / 128)),
        ("lists inside one another", grouped(usize::from(MAX_COUNT_DEPTH))),
        ("elements that lists inside one another", grouped(MAX_WALKED as usize)),
        ("bytes of a pattern", grouped(MAX_GLOB_BYTES)),
        ("bytes of JSON read at once", grouped(MAX_INPUT_BYTES)),
        ("bytes of one text from outside", grouped(MAX_TEXT_BYTES)),
        ("bytes of one value in hex", grouped(MAX_TEXT_BYTES)),
        ("values in one file of references", grouped(MAX_ENTRIES)),
        ("bytes of an `origin`", grouped(MAX_NOTE_BYTES)),
    ] {
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with(&format!("| {what}"))).collect();
        let [row] = rows[..] else { panic!("`{what}`: {rows:?}") };
        assert_eq!(row.trim_matches('|').split('|').nth(1).map(str::trim), Some(limit.as_str()), "{row}");
    }
}

/// A number with commas between thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let group = |(at, digit): (usize, char)| {
        if at > 0 && (digits.len() - at).is_multiple_of(3) { vec![',', digit] } else { vec![digit] }
    };
    digits.chars().enumerate().flat_map(group).collect()
}

#[test]
fn the_sample_of_reference_values_is_read() {
    let samples: Vec<_> =
        blocks(&page("references")).into_iter().filter(|block| block.info == "json references").collect();
    let [sample] = &samples[..] else { panic!("{samples:?}") };
    let policy = read_text(&folder().join("contexts/question.atbac"));
    let bundle = Bundle::open(source(policy), Execution::Interpreter).unwrap();
    bundle.read_references(sample.text.as_bytes()).unwrap();
}
