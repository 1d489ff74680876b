//! Very many of one thing.

use super::{HEAD, rule, within_or_beyond};
use crate::{many, size};
use atbac_generator::tape::Tape;

pub(super) fn sets(tape: &mut Tape<'_>) -> String {
    let members = within_or_beyond(tape, 9_000, 40_000);
    let step = 1 + tape.below(3);
    let condition = match tape.below(4) {
        0 => format!("n in {{ {} }}", many(members, |at| format!("{}, ", at * step))),
        1 => format!("t in {{ {} }}", many(members, |at| format!("\"text {at}\", "))),
        2 => format!("d in {{ {} }}", many(members.min(14_000), |at| format!("hex\"{at:064x}\", "))),
        _ => format!("tags subset_of {{ {} }}", many(members, |at| format!("\"{at}\", "))),
    };
    rule(&condition)
}

pub(super) fn networks(tape: &mut Tape<'_>) -> String {
    let members = within_or_beyond(tape, 9_000, 40_000);
    let networks = many(members, |at| format!("10.{}.{}.0/24, ", at / 256 % 256, at % 256));
    rule(&format!("a in {{ {networks} }}"))
}

pub(super) fn rules(tape: &mut Tape<'_>) -> String {
    let count = size(tape, 12_000);
    let form = tape.below(6);
    let rules = many(count, |at| match form {
        0 => format!("permit r{at} for Call where t == \"{at}\";\n"),
        1 => format!("permit r{at} for Call where t starts_with \"{at}\";\n"),
        2 => format!("permit r{at} for Call where n >= {at}, n < {};\n", at + 3),
        3 => format!("permit r{at} for Call where t == \"{}\", s == \"{}\" {{ when n > {at}; }}\n", at % 100, at / 100),
        4 => format!("permit r{at} for Call where a in 10.{}.{}.0/24;\n", at / 256 % 256, at % 256),
        _ => format!("forbid r{at} for Call {{ when n == {at}; reason \"{at}\"; }}\n"),
    });
    format!("{HEAD}{rules}")
}

/// Rules of which no two have one shape.
pub(super) fn rules_of_their_own(tape: &mut Tape<'_>) -> String {
    let count = size(tape, 3_000);
    let part = |bit: usize, at: usize| {
        let parts = [
            format!("n > {at}"),
            format!("t == \"{at}\""),
            format!("s != \"{at}\""),
            format!("a in 10.0.{}.0/24", at % 256),
            format!("tags contains \"{at}\""),
            format!("due > 2026-01-01T00:00:{:02}Z", at % 60),
            format!("any x in ns: x == {at}"),
            "b".to_owned(),
            format!("d == hex\"{at:064x}\""),
            format!("wait <= {at}ms"),
            format!("t contains \"{at}\""),
            format!("count(x in ns where x > {at}) >= 2"),
        ];
        parts[bit % parts.len()].clone()
    };
    let rules = many(count, |at| {
        let asked: Vec<String> = (0..12).filter(|bit| at >> bit & 1 == 1).map(|bit| part(bit, at)).collect();
        let joint = if at.is_multiple_of(2) { " and " } else { " or " };
        let condition = if asked.is_empty() { "b".to_owned() } else { asked.join(joint) };
        format!("permit r{at} for Call {{ when {condition}; }}\n")
    });
    format!("{HEAD}{rules}")
}

/// One rule of as many lines as a rule may have, each another question, joined in several ways.
pub(super) fn lines(tape: &mut Tape<'_>) -> String {
    let count = within_or_beyond(tape, 9_900, 15_000);
    let form = tape.below(8);
    let lines = many(count, |at| match form {
        0 => format!("when n != {at};\n"),
        1 => format!("when n == {at} or t == \"{at}\" and s != \"{at}\";\n"),
        2 => format!("unless t contains \"{at}\";\n"),
        3 => format!("when any x in ns: x != {at};\n"),
        4 => format!("when note is present and note != \"{at}\";\n"),
        5 => format!("when s != \"{at}\" and s != \"x{at}\";\n"),
        6 => format!("when tags contains \"{at}\" implies due > 2026-01-01T00:00:{:02}Z;\n", at % 60),
        _ => format!("when sha256(t) != hex\"{at:064x}\";\n"),
    });
    format!("{HEAD}permit r for Call {{\n{lines}}}")
}

pub(super) fn globs(tape: &mut Tape<'_>) -> String {
    let (rules, stars) = (size(tape, 2_000), 1 + size(tape, 130));
    let piece = *tape.one_of(&["*a", "?*", "a*", "**a?", "*\u{e9}", "*aaaaaaaa"]);
    let rules = many(rules, |at| format!("permit r{at} for Call where t matches \"{at}{}b\";\n", piece.repeat(stars)));
    let condition = format!("{}b", "*a".repeat(size(tape, 127)));
    format!("{HEAD}permit first for Call where t matches \"{condition}\";\n{rules}")
}

/// The same name, or names that differ in their last character only.
pub(super) fn names(tape: &mut Tape<'_>) -> String {
    let (count, prefix) = (size(tape, 20_000), "n".repeat(size(tape, 40)));
    let same = tape.one_in(2);
    let form = tape.below(6);
    let items = many(count, |at| {
        let name = if same { prefix.clone() } else { format!("{prefix}{at}") };
        match form {
            0 => format!("permit {name} for Call;\n"),
            1 => format!("predicate {name}(x: Int) = x == {at};\n"),
            2 => format!("enum {name} {{ {name}, other }}\n"),
            3 => format!("record {name} {{ {name}: Int }}\n"),
            4 => format!("reference {name}: Int;\n"),
            _ => format!("request {name} {{ call {name}: asserted Int }}\n"),
        }
    });
    format!("{HEAD}{items}")
}

pub(super) fn unknown_names(tape: &mut Tape<'_>) -> String {
    let (known, unknown) = (size(tape, 5_000), size(tape, 5_000));
    let known = many(known, |at| format!("predicate known_name_{at}(x: Int) = x == {at};\n"));
    let unknown = many(unknown, |at| format!("permit r{at} for Call {{ when knwon_name_{at}(n) and nn{at} == 1; }}\n"));
    format!("{HEAD}{known}{unknown}")
}

pub(super) fn long_names(tape: &mut Tape<'_>) -> String {
    let name = "n".repeat(size(tape, 200_000));
    let asked = if tape.one_in(2) { format!("{name}x") } else { name.clone() };
    format!(
        "package p; floor circumstance: asserted; request Call {{ call {name}: asserted Int }} permit {name} for Call where {asked} == 1;"
    )
}

/// Packages in files of their own, each using the next ones, perhaps in a circle.
pub(super) fn packages(tape: &mut Tape<'_>) -> String {
    let (count, uses) = (size(tape, 2_000), 1 + tape.below(8));
    let circle = tape.one_in(2);
    many(count, |at| {
        let used = (1..=uses).map(|step| at + step).map(|next| if circle { next % count } else { next });
        let used: String = used.filter(|next| *next < count).map(|next| format!("use q{next}.x{next};\n")).collect();
        format!("package q{at};\n{used}reference x{at}: Int;\n//// file\n")
    })
}

pub(super) fn tests(tape: &mut Tape<'_>) -> String {
    let (tests, cases) = (size(tape, 2_000), size(tape, 100));
    let cases = many(cases.min(200_000 / tests), |at| format!("case \"{at}\" {{ n: {at} }} expect permit by r\n"));
    let tests = many(tests, |at| format!("test \"{at}\" {{ given Call {{ n: {at}, ..Call.sample }}\n{cases} }}\n"));
    format!("{HEAD}permit r for Call where n >= 0;\n{tests}")
}

pub(super) fn fields(tape: &mut Tape<'_>) -> String {
    let count = within_or_beyond(tape, 1_000, 30_000);
    let form = tape.below(4);
    let fields = many(count, |at| match form {
        0 => format!("f{at}: asserted Int, "),
        1 => format!("f{at}: asserted [[Int; 256]; 256], "),
        2 => format!("f{at}: asserted Bytes<4096>, "),
        _ => format!("f{at}: asserted Set<String>, "),
    });
    let fields = fields.replace("f", "call f");
    format!("package p; floor circumstance: asserted; request Call {{ {fields} }} permit r for Call;")
}
