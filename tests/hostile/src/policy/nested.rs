//! Deep nesting, of everything that nests.

use super::{HEAD, rule, within_or_beyond};
use crate::{many, size};
use atbac_generator::tape::Tape;

pub(super) fn brackets(tape: &mut Tape<'_>) -> String {
    let depth = within_or_beyond(tape, 128, 200_000);
    let (open, close) =
        *tape.one_of(&[("(", ")"), ("{", "}"), ("[", "]"), ("not (", ")"), ("(b and ", ")"), ("f(", ")")]);
    let close = if tape.one_in(3) { "" } else { close };
    rule(&format!("{}b{}", open.repeat(depth), close.repeat(depth)))
}

pub(super) fn operators(tape: &mut Tape<'_>) -> String {
    let length = within_or_beyond(tape, 255, 100_000);
    let condition = match tape.below(7) {
        0 => format!("{}b", "not ".repeat(length)),
        1 => format!("b{}", many(length, |at| format!(" and n != {at}"))),
        2 => format!("b{}", many(length, |at| format!(" or n == {at}"))),
        3 => format!("{}b", "b implies ".repeat(length)),
        4 => format!("wait{} <= 1d", " + 1ms".repeat(length)),
        5 => format!("n == {}1", "-".repeat(length)),
        _ => format!("t{} == \"\"", ".x".repeat(length)),
    };
    rule(&condition)
}

pub(super) fn choices(tape: &mut Tape<'_>) -> String {
    let depth = within_or_beyond(tape, 100, 20_000);
    let condition = match tape.below(3) {
        0 => format!("{}b", many(depth, |at| format!("if n == {at} then t == \"{at}\" else "))),
        1 => format!("n <= {}1", many(depth, |at| format!("if n == {at} then {at} else "))),
        _ => format!("{}b{}", "if (".repeat(depth), ") then b else not b".repeat(depth)),
    };
    rule(&condition)
}

pub(super) fn lists(tape: &mut Tape<'_>) -> String {
    let depth = within_or_beyond(tape, 5, 300);
    let walk = *tape.one_of(&["any", "all"]);
    let condition = match tape.below(3) {
        0 => format!("{}x0 > n", many(depth, |at| format!("{walk} x{at} in ns: "))),
        1 => format!("{}{walk} y in x0: y > n", many(depth, |at| format!("{walk} x{at} in rows: "))),
        _ => {
            let inner = many(depth, |at| format!("count(x{at} in ns where x{at} > n and "));
            format!("{inner}b{}", ") >= 1".repeat(depth))
        }
    };
    rule(&condition)
}

pub(super) fn types(tape: &mut Tape<'_>) -> String {
    let depth = within_or_beyond(tape, 100, 50_000);
    let (open, close) = match tape.below(4) {
        0 => ("[".to_owned(), format!("; {}]", size(tape, 256))),
        1 => ("Set<".to_owned(), ">".to_owned()),
        2 => ("(".to_owned(), ")?".to_owned()),
        _ => (String::new(), "?".to_owned()),
    };
    let ty = format!("{}Int{}", open.repeat(depth), close.repeat(depth));
    format!("package p; floor circumstance: asserted; request Call {{ call x: asserted {ty} }} permit r for Call;")
}

pub(super) fn records(tape: &mut Tape<'_>) -> String {
    let depth = within_or_beyond(tape, 70, 20_000);
    let records = many(depth, |at| format!("record R{at} {{ a: R{} }}\n", at + 1));
    let path = ".a".repeat(depth.min(250));
    format!(
        "package p; floor circumstance: asserted; {records} record R{depth} {{ a: Int }} request Call {{ call x: asserted R0 }} permit r for Call where x{path}.a == 1;"
    )
}

pub(super) fn comments(tape: &mut Tape<'_>) -> String {
    let depth = size(tape, 200_000);
    let close = if tape.one_in(2) { "*/".repeat(depth) } else { String::new() };
    format!("{HEAD}{} {close} {}", "/*".repeat(depth), "/// docs\n".repeat(size(tape, 20_000)))
}
