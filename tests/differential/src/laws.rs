//! The ten laws of the language: each broken in policies that keep all of them. The one change is refused, with that law's code.
//!
//! No text breaks laws 1, 7 and 10, which are about decisions. That forbids win is asked of policies with a forbid more that always applies; that decisions last, and that both
//! executions agree, is what [`explore`](crate::explore) asks.

use crate::difference::{Difference, Fault, Posed};
use crate::questions::{Plan, Questions};
use crate::subject::{Subject, tape_of};
use atbac_compiler::pipeline;
use atbac_compiler::types::{Fact, Request, Schema, Type};
use atbac_engine::{Bundle, Denial, Execution, SourceFile, Verdict, json};
use atbac_generator::{Arrangement, Tape, tape};
use atbac_grammar::diagnostic::Severity;
use atbac_tests::evidence::Evidence;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// The laws, as docs/language/laws.md numbers them.
pub const LAWS: &[&str] = &[
    "1 default deny, forbid wins",
    "2 nothing can fail",
    "3 no silent never",
    "4 a Tcb is a vector",
    "5 provenance and binding",
    "6 freshness",
    "7 decisions end",
    "8 refusals are explained",
    "9 bounded",
    "10 one meaning",
];

/// How often what was broken.
pub type Broken = BTreeMap<(&'static str, &'static str), u64>;

/// Breaks the policy of a seed in every way that it can be broken.
///
/// # Errors
/// The first broken policy that is accepted, or refused for another reason.
pub fn check(seed: u64, evidence: &[Evidence], broken: &mut Broken) -> Result<(), Box<Difference>> {
    let Some(kept) = Kept::of_seed(seed) else { return Ok(()) };
    for way in &BREAKS {
        let Some(text) = (way.broken)(&kept) else { continue };
        let files = vec![SourceFile { name: "broken".to_owned(), text }];
        let codes: Vec<String> = match pipeline::parse(files.clone()).check() {
            Ok(_) => Vec::new(),
            Err(found) => {
                let errors = found.diagnostics.iter().filter(|found| found.severity == Severity::Error);
                errors.map(|found| found.code.as_str().to_owned()).collect()
            }
        };
        if codes.is_empty() || codes.iter().any(|code| code != way.code) {
            let (one, other) = (format!("{codes:?}"), format!("{}: {}", way.what, way.code));
            return Err(Box::new(Difference { fault: Fault::Lawless, files, question: Json::Null, one, other }));
        }
        *broken.entry((way.law, way.what)).or_default() += 1;
    }
    *broken.entry((LAWS[0], "forbid wins")).or_default() += forbids_win(&kept, seed, evidence)?;
    Ok(())
}

/// Asks a policy that has a forbid more, which always applies: whatever counts is forbidden. Gives how many permits there would have been.
fn forbids_win(kept: &Kept, seed: u64, evidence: &[Evidence]) -> Result<u64, Box<Difference>> {
    let file = |text: String| vec![SourceFile { name: "kept".to_owned(), text }];
    let Some(subject) = Subject::open(file(kept.text.clone()), evidence) else { return Ok(0) };
    let numbers = tape::random(!seed, QUESTIONS);
    let Some(questions) = Questions::new(&subject, evidence, Plan::FEW, &mut Tape::new(&numbers)) else { return Ok(0) };
    let files = file(kept.with_forbid("when true;"));
    let forbidding = Bundle::open(files.clone(), Execution::Interpreter).unwrap();
    let Some(issue) = questions.issues.first() else { return Ok(0) };
    for bundle in [&subject.interpreter, &forbidding] {
        bundle.swap_references(bundle.read_references(issue.to_string().as_bytes()).unwrap()).unwrap();
    }
    let mut permits = 0;
    for (fields, opened_at, calls) in &questions.sessions {
        let opened = [&subject.interpreter, &forbidding].map(|bundle| {
            let known = fields.set(bundle.session_fields(&questions.request.name).unwrap()).ok()?;
            bundle.open_session(known, *opened_at).ok()
        });
        let [Some(plain), Some(forbidding)] = opened else { continue };
        let (mut memory, mut forbidding_memory) = (plain.memory(), forbidding.memory());
        for fields in calls {
            let Ok(set) = fields.set(plain.call_fields()) else { continue };
            let call = plain.call(set).unwrap();
            let forbidden = forbidding.call(fields.set(forbidding.call_fields()).unwrap()).unwrap();
            for at in &questions.instants {
                let verdict = plain.decide(&call, *at, &mut memory).verdict();
                let decision = forbidding.decide(&forbidden, *at, &mut forbidding_memory);
                let expected = match verdict {
                    Verdict::Deny(Denial::Expired) => verdict,
                    Verdict::Permit | Verdict::Deny(Denial::Forbid | Denial::NoPermit | Denial::Indeterminate) => {
                        Verdict::Deny(Denial::Forbid)
                    }
                };
                permits += u64::from(verdict == Verdict::Permit);
                if decision.verdict() != expected {
                    let one = json::decision(forbidding.bundle().schema(), &decision, None).to_string();
                    let posed = Posed {
                        questions: &questions,
                        issue,
                        session: &questions.sessions[0].0,
                        opened_at: *opened_at,
                    };
                    let question = posed.show(Some(fields), *at);
                    let other = format!("{expected:?}");
                    return Err(Box::new(Difference { fault: Fault::Lawless, files, question, one, other }));
                }
            }
        }
    }
    Ok(permits)
}

/// How many numbers a tape of questions has.
const QUESTIONS: usize = 8000;

/// A policy that is accepted, and the request of its rules.
pub struct Kept {
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

    /// The names of the claims that state such a fact by themselves.
    fn fields_of(&self, fact: Fact) -> impl Iterator<Item = &str> {
        let fields = self.schema.structs.iter().flat_map(|structure| &structure.fields);
        fields.filter(move |field| field.fact == Some(fact)).map(|field| field.name.as_str())
    }

    /// The policy with another line for the one that holds this text, of a permit that says little more, if it has one.
    fn with_line(&self, holds: &str, other: impl Fn(&str) -> String) -> Option<String> {
        self.with_line_of(holds, |_| true, other)
    }

    /// The same, of a permit that is fit for it.
    fn with_line_of(
        &self,
        holds: &str,
        is_fit: impl Fn(&str) -> bool,
        other: impl Fn(&str) -> String,
    ) -> Option<String> {
        let permit = self.text.split("\n\n").find(|declaration| {
            let says = |word: &str| declaration.matches(word).count();
            // What a permit begins with, whole: not a line that asks other things as well.
            let is_short = declaration.starts_with("permit ") && says(";") <= 4 && says(" and ") == 0;
            // What never applies needs nothing.
            is_short && says("false") == 0 && says(holds) == 1 && says("age(") == 1 && is_fit(declaration)
        })?;
        let changed = |line: &str| if line.contains(holds) { other(line) } else { line.to_owned() };
        let lines: Vec<String> = permit.lines().map(changed).collect();
        Some(self.text.replace(permit, &lines.join("\n")))
    }
}

/// A way to break a law.
pub struct Break {
    /// The law, of [`LAWS`].
    pub law: &'static str,
    /// What is broken.
    pub what: &'static str,
    /// The code that must say so.
    pub code: &'static str,
    /// The broken policy, where this one can be broken so.
    broken: fn(&Kept) -> Option<String>,
}

const fn breaks(law: usize, what: &'static str, code: &'static str, broken: fn(&Kept) -> Option<String>) -> Break {
    Break { law: LAWS[law - 1], what, code, broken }
}

/// Every way there is.
pub const BREAKS: [Break; 16] = [
    breaks(1, "names are unique", "atbac::names::duplicate", |kept| {
        Some(format!("{}\nenum Twice {{ a }}\nenum Twice {{ b }}\n", kept.text))
    }),
    breaks(2, "what may be absent is asked for first", "atbac::types::not_present", |kept| {
        let field = kept.field(|ty| matches!(ty, Type::Optional(inner) if !matches!(**inner, Type::Set(_))))?;
        Some(kept.with_forbid(&format!("when {field} == {field};")))
    }),
    breaks(2, "arithmetic fits", "atbac::types::range", |kept| {
        let field = kept.field(|ty| *ty == Type::Int)?;
        Some(kept.with_forbid(&format!("when {field} * {field} > 1;")))
    }),
    breaks(2, "no recursion", "atbac::rules::recursive_predicate", |kept| {
        Some(format!("{}\npredicate round(n: Int) = n > 1 and round(n);\n", kept.text))
    }),
    breaks(2, "the kind of evidence is known", "atbac::types::not_narrowed", |kept| {
        let field = kept.field(|ty| matches!(ty, Type::Union(_)))?;
        Some(kept.with_forbid(&format!("when {field}.report_data == {field}.report_data;")))
    }),
    breaks(2, "every kind has an arm", "atbac::types::not_exhaustive", |kept| {
        let field = kept.request().fields.iter().find(|field| matches!(field.ty, Type::Union(_)))?;
        let Type::Union(kinds) = &field.ty else { return None };
        let kind = &kept.schema.structure(kinds[0]).name;
        Some(kept.with_forbid(&format!("when match {} {{ {kind} only => true }};", field.name)))
    }),
    breaks(3, "no value is compared with itself", "atbac::types::impossible", |kept| {
        let field = kept.field(|ty| matches!(ty, Type::Int | Type::String | Type::Duration | Type::Instant))?;
        Some(kept.with_forbid(&format!("when {field} == {field};")))
    }),
    breaks(3, "a literal has the length of what it is compared with", "atbac::types::digest_length", |kept| {
        let field = kept.field(|ty| matches!(ty, Type::Digest(length) | Type::FixedBytes(length) if *length != 5))?;
        Some(kept.with_forbid(&format!("when {field} == hex\"0011223344\";")))
    }),
    breaks(3, "a count can be, and can fail to be", "atbac::types::impossible", |kept| {
        let field = kept.field(|ty| matches!(ty, Type::List(..)))?;
        Some(kept.with_forbid(&format!("when count(x in {field}) >= 0;")))
    }),
    breaks(3, "a case is one of the enum's", "atbac::names::unknown", |kept| {
        let field = kept.field(|ty| matches!(ty, Type::Enum(_)))?;
        Some(kept.with_forbid(&format!("when {field} == misspelt;")))
    }),
    breaks(4, "a Tcb is a vector", "atbac::types::tcb_order", |kept| {
        let field = kept.field(|ty| *ty == Type::Tcb)?;
        Some(kept.with_forbid(&format!("when {field} > tcb {{ snp: 1 }};")))
    }),
    breaks(5, "code is identified", "atbac::laws::floor", |kept| {
        if kept.text.contains("floor ") {
            return None;
        }
        // Where another condition says which code runs, such as one on the signer, the permit keeps the law without its reference.
        let identities: BTreeSet<&str> = kept.fields_of(Fact::CodeIdentity).collect();
        let asks =
            |permit: &str| identities.iter().map(|name| permit.matches(&format!(".{name} ")).count()).sum::<usize>();
        let is_fit = |permit: &str| asks(permit) == 1;
        kept.with_line_of(" in ref", is_fit, |_| String::new())
    }),
    breaks(5, "pieces of evidence belong together", "atbac::laws::binding", |kept| {
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
    breaks(6, "evidence has an age", "atbac::laws::freshness", |kept| {
        // It still reads the evidence.
        kept.with_line("age(e", |line| {
            let evidence = line.split("age(").nth(1).and_then(|rest| rest.split(')').next()).unwrap_or_default();
            format!("when verified_at({evidence}) != 2001-01-01;")
        })
    }),
    breaks(8, "a refusal explains itself", "atbac::rules::require_without_sentence", |kept| {
        Some(format!("{}\nforbid silent for {} {{ when false; }}\n", kept.text, kept.request().name))
    }),
    breaks(9, "what is walked has a bound", "atbac::types::mismatch", |kept| {
        let field = kept.field(|ty| matches!(ty, Type::Set(_)))?;
        Some(kept.with_forbid(&format!("when any x in {field}: true;")))
    }),
];
