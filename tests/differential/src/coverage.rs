//! What was reached: every form of the language in the source of accepted policies, every kind of test in what they are lowered to, and how each test came out.

mod surface;

use crate::questions::Questions;
use crate::subject::Subject;
use atbac_compiler::checked::{Condition, Line, LineKind, Policy, Rule};
use atbac_compiler::interpret::{Question, invariant_holds};
use atbac_compiler::ir;
use atbac_compiler::truth::Truth;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// How many rules of a policy are looked at: of hundreds that differ in constants, few suffice.
const MOST_RULES: usize = 40;

/// How many calls of each session.
const MOST_CALLS: usize = 6;

/// How often each form was reached.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Forms of the surface language, by what they are a form of.
    pub surface: BTreeMap<(&'static str, String), u64>,
    /// Kinds of tests.
    pub tests: BTreeMap<String, Outcomes>,
    /// Policies that were looked at.
    pub policies: u64,
}

/// How a kind of test came out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcomes {
    /// How many tests there were in all policies.
    pub tests: u64,
    /// How often one was true, false, indeterminate, where it stands outside of lists.
    pub truths: [u64; 3],
}

impl Coverage {
    /// Adds another.
    pub fn add(&mut self, other: &Coverage) {
        self.policies += other.policies;
        for (form, count) in &other.surface {
            *self.surface.entry(form.clone()).or_default() += count;
        }
        for (kind, outcomes) in &other.tests {
            let all = self.tests.entry(kind.clone()).or_default();
            all.tests += outcomes.tests;
            all.truths.iter_mut().zip(outcomes.truths).for_each(|(all, more)| *all += more);
        }
    }

    /// Notes a policy, and some of what it was asked.
    pub fn observe(&mut self, subject: &Subject, questions: &Questions<'_>) {
        self.policies += 1;
        for file in &subject.files {
            self.file(&file.text);
        }
        for program in subject
            .jit
            .requests()
            .iter()
            .enumerate()
            .filter_map(|(at, _)| ir::lower(&subject.policy, atbac_compiler::types::RequestId(at as u32)).ok())
        {
            for test in &program.tests {
                self.tests.entry(name(&test.kind)).or_default().tests += 1;
            }
        }
        let about = |rule: &&Rule| {
            let request = subject.policy.schema.request(rule.request);
            request.name == questions.request.name && request.package == questions.request.package
        };
        for rule in subject.policy.rules.iter().filter(about).take(MOST_RULES) {
            let mut leaves = Vec::new();
            rule.lines.iter().for_each(|line| collect(&line.condition, &mut leaves));
            for leaf in leaves {
                if let Some(kind) = kind_of(&subject.policy, rule, leaf) {
                    self.outcomes(subject, questions, kind, leaf);
                }
            }
        }
    }

    fn outcomes(&mut self, subject: &Subject, questions: &Questions<'_>, kind: String, leaf: &Condition) {
        let outcomes = self.tests.entry(kind).or_default();
        for issue in &questions.issues {
            let table = subject.interpreter.read_references(issue.to_string().as_bytes());
            let Ok(table) = table else { continue };
            for (session, _, calls) in &questions.sessions {
                for call in calls.iter().take(MOST_CALLS) {
                    for now in questions.instants.iter().take(2) {
                        let question = Question {
                            session: &session.values,
                            call: &call.values,
                            references: table.values(),
                            now: now.as_millisecond(),
                        };
                        let at = match invariant_holds(leaf, false, &question) {
                            Truth::True => 0,
                            Truth::False => 1,
                            Truth::Indeterminate => 2,
                        };
                        outcomes.truths[at] += 1;
                    }
                }
            }
        }
    }
}

/// The conditions without parts, outside of lists.
fn collect<'c>(condition: &'c Condition, leaves: &mut Vec<&'c Condition>) {
    match condition {
        Condition::Not(_) | Condition::And(_) | Condition::Or(_) => {
            condition.parts().iter().for_each(|part| collect(part, leaves));
        }
        leaf => leaves.push(leaf),
    }
}

/// The kind of test that a condition is lowered to: of a list, that which counts.
fn kind_of(policy: &Policy, rule: &Rule, leaf: &Condition) -> Option<String> {
    let line = Line { kind: LineKind::When, condition: leaf.clone(), span: rule.span };
    let alone = Rule { lines: vec![line], grant: Vec::new(), ..rule.clone() };
    let policy = Policy { rules: vec![alone], tests: Vec::new(), invariants: Vec::new(), ..policy.clone() };
    ir::lower(&policy, rule.request).ok()?.tests.last().map(|test| name(&test.kind))
}

/// The name of a kind of test with its first part: `Integer Ge`, `InSet Text`.
fn name(kind: &impl fmt::Debug) -> String {
    let mut start = Start(String::new());
    // Ends early, once enough was written.
    let _ = write!(start, "{kind:?}");
    let mut words = start.0.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    match words.next() {
        Some(second) if second.starts_with(|letter: char| letter.is_ascii_uppercase()) => format!("{first} {second}"),
        _ => first.to_owned(),
    }
}

/// The beginning of a text.
struct Start(String);

impl Write for Start {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push_str(text);
        if self.0.len() > 60 { Err(fmt::Error) } else { Ok(()) }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| {:<28} | {:>12} | {:>12} | {:>12} | {:>13} |",
            "test", "in policies", "true", "false", "indeterminate"
        )?;
        writeln!(f, "|{:-<30}|{:->13}:|{:->13}:|{:->13}:|{:->14}:|", "", "", "", "", "")?;
        for (kind, Outcomes { tests, truths: [yes, no, open] }) in &self.tests {
            writeln!(f, "| {kind:<28} | {tests:>12} | {yes:>12} | {no:>12} | {open:>13} |")?;
        }
        writeln!(
            f,
            "\n| {:<12} | {:<24} | {:>12} |\n|{:-<14}|{:-<26}|{:->13}:|",
            "of", "form", "in policies", "", "", ""
        )?;
        for ((of, form), count) in &self.surface {
            writeln!(f, "| {of:<12} | {form:<24} | {count:>12} |")?;
        }
        Ok(())
    }
}
