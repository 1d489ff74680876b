//! A few lines that stand for many.

use super::{HEAD, rule, within_or_beyond};
use crate::{many, size};
use atbac_generator::tape::Tape;

pub(super) fn predicates(tape: &mut Tape<'_>) -> String {
    let steps = within_or_beyond(tape, 13, 2_000);
    let calls = 1 + tape.below(4);
    let joint = *tape.one_of(&[" and ", " or "]);
    let body = |at: usize| vec![format!("p{at}(x, y)"); calls].join(joint);
    let chain = many(steps, |at| format!("predicate p{}(x: Int, y: String) = {};\n", at + 1, body(at)));
    let first = *tape.one_of(&["x == 1", "x > 1 or y == \"y\"", "y matches \"*a*b*\"", "sha256(y) == hex\"00\""]);
    format!("{HEAD}predicate p0(x: Int, y: String) = {first};\n{chain}permit r for Call {{ when p{steps}(n, t); }}")
}

pub(super) fn lets(tape: &mut Tape<'_>) -> String {
    let steps = within_or_beyond(tape, 13, 2_000);
    let joint = *tape.one_of(&["and", "or", "implies", "=="]);
    let lets = many(steps, |at| format!("let c{} = c{at} {joint} c{at};\n", at + 1));
    format!("{HEAD}permit r for Call {{ let c0 = n > 1;\n{lets} when c{steps}; }}")
}

pub(super) fn sums(tape: &mut Tape<'_>) -> String {
    let steps = within_or_beyond(tape, 60, 2_000);
    let (first, joint, bound) = *tape.one_of(&[
        ("n", "+", "n >= 0 and n <= 1"),
        ("n", "*", "n >= -1 and n <= 1"),
        ("wait", "-", "wait <= 1ms"),
    ]);
    let lets = many(steps, |at| format!("let c{} = c{at} {joint} c{at};\n", at + 1));
    let zero = if first == "n" { "0" } else { "0s" };
    format!("{HEAD}permit r for Call {{ when {bound}; let c0 = {first};\n{lets} when c{steps} == {zero}; }}")
}

pub(super) fn templates(tape: &mut Tape<'_>) -> String {
    let (items, applications) = (size(tape, 2_000), size(tape, 2_000));
    let items = many(items, |at| format!("permit r{at} for Call where t == x, n == {at};\n"));
    let applications = many(applications, |at| format!("apply family(\"{at}\") as a{at};\n"));
    format!("{HEAD}template family(x: String) {{\n{items}}}\n{applications}")
}

pub(super) fn choices(tape: &mut Tape<'_>) -> String {
    let factors = within_or_beyond(tape, 12, 120);
    let term = |at: usize| format!("(if n == {at} then 1ms else wait)");
    let sum: Vec<String> = (0..factors).map(term).collect();
    rule(&format!("{} <= 1d", sum.join(" + ")))
}

pub(super) fn alternatives(tape: &mut Tape<'_>) -> String {
    let (factors, width) = (size(tape, 120), 1 + size(tape, 40));
    let factor = |at: usize| {
        let either: Vec<String> = (0..width).map(|other| format!("n == {at}{other:02}")).collect();
        format!("({})", either.join(" or "))
    };
    let factors: Vec<String> = (0..factors).map(factor).collect();
    rule(&factors.join(" and "))
}

/// What the laws ask must hold on every path through a condition, and paths multiply.
pub(super) fn laws(tape: &mut Tape<'_>) -> String {
    let factors = size(tape, 100);
    let evidence = 1 + tape.below(8);
    let fields = many(evidence, |at| format!("session e{at}: attested Snp | Tdx, "));
    let factor = |at: usize| {
        let (one, other) = (at % evidence, (at + 1) % evidence);
        match at % 4 {
            0 => format!("(e{one} is Snp and e{one}.measurement in builds or n == {at})"),
            1 => format!("(age(e{one}) <= {at}m or age(e{other}) <= 1m or n == {at})"),
            2 => format!("(e{one} is Tdx and e{one}.mr_td in builds or e{other} is Snp)"),
            _ => format!("(e{one} is Snp and e{other} is Snp and e{one}.report_data == e{other}.report_data or b)"),
        }
    };
    let factors: Vec<String> = (0..factors).map(factor).collect();
    let joint = *tape.one_of(&[" and ", " or "]);
    format!(
        "package p; use std.snp.Snp; use std.tdx.Tdx; floor code_identity: attested;
         request Call {{ {fields} call n: asserted Int, call b: asserted Bool }} reference builds: Set<Digest<48>>;
         permit r for Call {{ require {} else \"no\"; }}",
        factors.join(joint)
    )
}

pub(super) fn records(tape: &mut Tape<'_>) -> String {
    let steps = within_or_beyond(tape, 12, 500);
    let (width, form) = (1 + tape.below(4), tape.below(3));
    let field = |at: usize, other: usize| match form {
        0 => format!("f{other}: R{at}, "),
        1 => format!("f{other}: R{at}?, "),
        _ => format!("f{other}: [R{at}; 4], "),
    };
    let records = many(steps, |at| {
        let fields: String = (0..width).map(|other| field(at, other)).collect();
        format!("record R{} {{ {fields} }}\n", at + 1)
    });
    format!(
        "package p; floor circumstance: asserted; record R0 {{ a: Int }} {records} request Call {{ call x: asserted R{steps} }} permit r for Call;"
    )
}
