//! Each law, broken in policies that keep all of them: the one change is refused, with that law's code.

use atbac_compiler::pipeline;
use atbac_compiler::types::{Request, Schema, Type};
use atbac_differential::subject::tape_of;
use atbac_engine::SourceFile;
use atbac_generator::{Arrangement, Tape};
use atbac_grammar::diagnostic::Severity;
use std::collections::BTreeMap;

/// How many policies are broken.
const POLICIES: u64 = 100;

/// A policy that is accepted, and the request of its rules.
struct Kept {
    text: String,
    schema: Schema,
}

impl Kept {
    fn of_seed(seed: u64) -> Option<Self> {
        let bundle = atbac_generator::Bundle::new(&mut Tape::new(&tape_of(seed)));
        let (_, text) = bundle.sources(Arrangement::TOGETHER).pop()?;
        let checked = pipeline::parse([SourceFile { name: "kept".to_owned(), text: text.clone() }]).check().ok()?;
        Some(Kept { text, schema: (*checked.policy.schema).clone() })
    }

    fn request(&self) -> &Request {
        self.schema.requests.first().unwrap()
    }

    /// The name of a field of the request whose type is so.
    fn field(&self, holds: impl Fn(&Type) -> bool) -> Option<&str> {
        self.request().fields.iter().find(|field| holds(&field.ty)).map(|field| field.name.as_str())
    }

    /// The policy with a forbid more, of these lines.
    fn with_forbid(&self, lines: &str) -> String {
        format!("{}\nforbid broken for {} {{ {lines} reason \"broken\"; }}\n", self.text, self.request().name)
    }

    /// The policy with another line for the one that holds this text, of a permit that says little more, if it has one.
    fn with_line(&self, holds: &str, other: impl Fn(&str) -> String) -> Option<String> {
        let permit = self.text.split("\n\n").find(|declaration| {
            let says = |word: &str| declaration.matches(word).count();
            // What a permit begins with, whole: not a line that asks other things as well.
            let is_short = declaration.starts_with("permit ") && says(";") <= 4 && says(" and ") == 0;
            // What never applies needs nothing.
            is_short && says("false") == 0 && says(holds) == 1 && says("age(") == 1
        })?;
        let changed = |line: &str| if line.contains(holds) { other(line) } else { line.to_owned() };
        let lines: Vec<String> = permit.lines().map(changed).collect();
        Some(self.text.replace(permit, &lines.join("\n")))
    }
}

/// How to break a law: what is broken, the code that must say so, and the broken policy, where this one can be broken so.
type Break = (&'static str, &'static str, fn(&Kept) -> Option<String>);

const BREAKS: [Break; 16] = [
    ("law 1: names are unique", "atbac::names::duplicate", |kept| {
        Some(format!("{}\nenum Twice {{ a }}\nenum Twice {{ b }}\n", kept.text))
    }),
    ("law 2: what may be absent is asked for first", "atbac::types::not_present", |kept| {
        let field = kept.field(|ty| matches!(ty, Type::Optional(inner) if !matches!(**inner, Type::Set(_))))?;
        Some(kept.with_forbid(&format!("when {field} == {field};")))
    }),
    ("law 2: arithmetic fits", "atbac::types::range", |kept| {
        let field = kept.field(|ty| *ty == Type::Int)?;
        Some(kept.with_forbid(&format!("when {field} * {field} > 1;")))
    }),
    ("law 2: no recursion", "atbac::rules::recursive_predicate", |kept| {
        Some(format!("{}\npredicate round(n: Int) = n > 1 and round(n);\n", kept.text))
    }),
    ("law 2: the kind of evidence is known", "atbac::types::not_narrowed", |kept| {
        let field = kept.field(|ty| matches!(ty, Type::Union(_)))?;
        Some(kept.with_forbid(&format!("when {field}.report_data == {field}.report_data;")))
    }),
    ("law 2: every kind has an arm", "atbac::types::not_exhaustive", |kept| {
        let field = kept.request().fields.iter().find(|field| matches!(field.ty, Type::Union(_)))?;
        let Type::Union(kinds) = &field.ty else { return None };
        let kind = &kept.schema.structure(kinds[0]).name;
        Some(kept.with_forbid(&format!("when match {} {{ {kind} only => true }};", field.name)))
    }),
    ("law 3: no value is compared with itself", "atbac::types::impossible", |kept| {
        let field = kept.field(|ty| matches!(ty, Type::Int | Type::String | Type::Duration | Type::Instant))?;
        Some(kept.with_forbid(&format!("when {field} == {field};")))
    }),
    ("law 3: a literal has the length of what it is compared with", "atbac::types::digest_length", |kept| {
        let field = kept.field(|ty| matches!(ty, Type::Digest(length) | Type::FixedBytes(length) if *length != 5))?;
        Some(kept.with_forbid(&format!("when {field} == hex\"0011223344\";")))
    }),
    ("law 3: a count can be, and can fail to be", "atbac::types::impossible", |kept| {
        let field = kept.field(|ty| matches!(ty, Type::List(..)))?;
        Some(kept.with_forbid(&format!("when count(x in {field}) >= 0;")))
    }),
    ("law 3: a case is one of the enum's", "atbac::names::unknown", |kept| {
        let field = kept.field(|ty| matches!(ty, Type::Enum(_)))?;
        Some(kept.with_forbid(&format!("when {field} == misspelt;")))
    }),
    ("law 4: a Tcb is a vector", "atbac::types::tcb_order", |kept| {
        let field = kept.field(|ty| *ty == Type::Tcb)?;
        Some(kept.with_forbid(&format!("when {field} > tcb {{ snp: 1 }};")))
    }),
    ("law 5: code is identified", "atbac::laws::floor", |kept| {
        if kept.text.contains("floor ") { None } else { kept.with_line(" in ref", |_| String::new()) }
    }),
    ("law 5: pieces of evidence belong together", "atbac::laws::binding", |kept| {
        let pieces = kept.request().fields.iter().filter(|field| {
            let is_piece = matches!(field.ty, Type::Struct(id) if kept.schema.structure(id).evidence.is_some());
            is_piece && field.bound_to.is_none()
        });
        let ages: Vec<String> = pieces.map(|field| format!("when age({}) <= 1m;", field.name)).collect();
        if ages.len() < 2 || kept.request().grant.is_some() {
            return None;
        }
        Some(format!("{}\npermit broken for {} {{ {} }}\n", kept.text, kept.request().name, ages.join(" ")))
    }),
    ("law 6: evidence has an age", "atbac::laws::freshness", |kept| {
        // It still reads the evidence.
        kept.with_line("age(e", |line| {
            let evidence = line.split("age(").nth(1).and_then(|rest| rest.split(')').next()).unwrap_or_default();
            format!("when verified_at({evidence}) != 2001-01-01;")
        })
    }),
    ("law 8: a refusal explains itself", "atbac::rules::require_without_sentence", |kept| {
        Some(format!("{}\nforbid silent for {} {{ when false; }}\n", kept.text, kept.request().name))
    }),
    ("law 9: what is walked has a bound", "atbac::types::mismatch", |kept| {
        let field = kept.field(|ty| matches!(ty, Type::Set(_)))?;
        Some(kept.with_forbid(&format!("when any x in {field}: true;")))
    }),
];

#[test]
fn what_breaks_one_law_is_refused_by_it() {
    let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..POLICIES {
        let Some(kept) = Kept::of_seed(seed) else { continue };
        for (law, code, broken) in BREAKS {
            let Some(text) = broken(&kept) else { continue };
            let checked = pipeline::parse([SourceFile { name: "broken".to_owned(), text: text.clone() }]).check();
            let Err(found) = checked else { panic!("seed {seed}, {law}: accepted\n{text}") };
            let errors = found.diagnostics.iter().filter(|found| found.severity == Severity::Error);
            let codes: Vec<&str> = errors.map(|found| found.code.as_str()).collect();
            assert!(codes.iter().all(|found| *found == code), "seed {seed}, {law}: {codes:?}\n{text}");
            *refused.entry(law).or_default() += 1;
        }
    }
    for (law, ..) in BREAKS {
        assert!(refused.get(law).is_some_and(|count| *count >= 2), "{law}: too few policies to break in {refused:?}");
    }
}
