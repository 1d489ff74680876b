//! Policies made to make the compiler work.
//!
//! A family is one way of doing harm; the tape says how far it goes. Most policies are well-formed up to a point where a limit or a law stops them, or compile and cost what
//! they may: those are worth more than garbage, which the parser stops.

mod garbled;
mod grown;
mod nested;
mod wide;

use crate::{cut, size};
use atbac_engine::SourceFile;
use atbac_generator::tape::{Tape, random};

/// What most families ask about.
const HEAD: &str = "package p; floor circumstance: asserted;
request Call {
  session s: asserted String,
  call t: asserted String, call n: asserted Int, call b: asserted Bool, call d: asserted Digest<32>, call a: asserted IpAddr,
  call due: asserted Instant, call wait: asserted Duration, call tags: asserted Set<String>, call note: asserted String?,
  call ns: asserted [Int; 16], call rows: asserted [[Int; 16]; 16],
}
";

/// One way of doing harm.
type Family = (&'static str, fn(&mut Tape<'_>) -> String);

/// Every family, by its name.
pub const FAMILIES: &[Family] = &[
    ("brackets", nested::brackets),
    ("operators", nested::operators),
    ("choices in choices", nested::choices),
    ("lists in lists", nested::lists),
    ("types in types", nested::types),
    ("records in records", nested::records),
    ("comments in comments", nested::comments),
    ("predicates that double", grown::predicates),
    ("lets that double", grown::lets),
    ("sums that double", grown::sums),
    ("templates that multiply", grown::templates),
    ("choices that multiply", grown::choices),
    ("alternatives that multiply", grown::alternatives),
    ("laws over alternatives", grown::laws),
    ("records that double", grown::records),
    ("huge sets", wide::sets),
    ("huge sets of networks", wide::networks),
    ("many rules", wide::rules),
    ("many rules without a table", wide::rules_of_their_own),
    ("many lines", wide::lines),
    ("globs", wide::globs),
    ("names that collide", wide::names),
    ("names nobody knows", wide::unknown_names),
    ("long names", wide::long_names),
    ("many packages", wide::packages),
    ("many tests", wide::tests),
    ("many fields", wide::fields),
    ("long lines", garbled::long_lines),
    ("huge literals", garbled::literals),
    ("unicode", garbled::unicode),
    ("control characters", garbled::controls),
    ("tokens at random", garbled::tokens),
    ("a policy with pieces moved", garbled::moved),
];

/// The policy of a seed: its family and its files. Every family comes up equally often.
pub fn write(seed: u64) -> (&'static str, Vec<SourceFile>) {
    let (name, family) = FAMILIES[(seed % FAMILIES.len() as u64) as usize];
    let numbers = random(seed, 1 << 14);
    let text = cut(family(&mut Tape::new(&numbers)));
    // As in the project's test data, a line names another file of the bundle.
    let files = text.split("//// file\n").enumerate();
    (name, files.map(|(at, text)| SourceFile { name: format!("{at}.atbac"), text: text.to_owned() }).collect())
}

/// A rule that asks one condition.
fn rule(condition: &str) -> String {
    format!("{HEAD}permit r for Call {{ when {condition}; }}\n")
}

/// One of two sizes: within what the limits allow, or far beyond.
fn within_or_beyond(tape: &mut Tape<'_>, within: usize, beyond: usize) -> usize {
    if tape.one_in(3) { size(tape, beyond) } else { size(tape, within) }
}
