//! What was reached: every form of the language in the source of accepted policies, every kind of test in what they are lowered to, and how each condition came out.
//!
//! `forms` lists everything there is, and [`Coverage::missing`] what of it was never reached.

mod forms;
mod surface;

use crate::explore::Tally;
use crate::laws::{Broken, LAWS};
use crate::questions::Questions;
use crate::subject::Subject;
use atbac_compiler::checked::{Condition, Term, TermKind};
use atbac_compiler::ir::{self, Program, Scope, Search};
use atbac_compiler::truth::Truth;
use atbac_compiler::types::{Schema, Type};
use atbac_engine::Verdict;
use std::collections::BTreeMap;
use std::fmt;

/// How often each form was reached.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Forms, by what they are forms of.
    forms: BTreeMap<(&'static str, &'static str), u64>,
    /// Conditions, and whether they stand in a list: how often they were true, false, indeterminate.
    truths: BTreeMap<(&'static str, bool), [u64; 3]>,
    /// Policies that were looked at.
    pub policies: u64,
}

/// Of everything that has forms, all of them.
const ALL: [(&str, &[&str]); 19] = [
    ("declaration", forms::DECLARATIONS),
    ("rule", forms::EFFECTS),
    ("line", forms::STATEMENTS),
    ("line of a test", forms::TEST_LINES),
    ("stage", forms::STAGES),
    ("provenance", forms::PROVENANCES),
    ("expression", forms::EXPRESSIONS),
    ("operator", forms::OPERATORS),
    ("type", forms::TYPES),
    ("merge", forms::MERGES),
    ("term", forms::TERMS),
    ("test", forms::TESTS),
    ("test in a list", IN_LISTS),
    ("test in a table", IN_TABLES),
    ("search", forms::SEARCHES),
    ("filter", forms::FILTERS),
    ("column", forms::COLUMNS),
    ("outcome", forms::OUTCOMES),
    ("law", LAWS),
];

/// The tests that can ask about an element: not those of the clock alone, of references, or of what only tables have.
const IN_LISTS: &[&str] = &[
    "integer ==",
    "integer <",
    "integer <=",
    "integer >",
    "integer >=",
    "integer in",
    "words ==",
    "words in",
    "words <",
    "words <=",
    "words >",
    "words >=",
    "text ==",
    "text in",
    "text starts_with",
    "text ends_with",
    "text contains",
    "text matches",
    "tcb >=",
    "in network",
    "network in network",
    "in networks",
    "in set",
    "subset",
    "age <",
    "age <=",
    "age >",
    "age >=",
    "count",
];

/// The tests that can read a row: those with a constant that no number stands for.
const IN_TABLES: &[&str] = &[
    "integer ==",
    "integer <",
    "integer <=",
    "integer >",
    "integer >=",
    "integer in row",
    "words <",
    "words <=",
    "words >",
    "words >=",
    "text starts_with",
    "text ends_with",
    "text contains",
    "text matches",
    "tcb >=",
    "in network",
    "age <=",
    "age >",
    "before",
];

/// The conditions that no list is walked around: what they ask is the same for every element.
const OUTSIDE: [&str; 2] = ["before", "loaded"];

impl Coverage {
    /// Adds another.
    pub fn add(&mut self, other: &Coverage) {
        self.policies += other.policies;
        for (form, count) in &other.forms {
            *self.forms.entry(*form).or_default() += count;
        }
        for (condition, truths) in &other.truths {
            let all = self.truths.entry(*condition).or_default();
            all.iter_mut().zip(truths).for_each(|(all, more)| *all += more);
        }
    }

    /// Notes what came out of decisions.
    pub fn add_outcomes(&mut self, tally: &Tally) {
        for (outcome, count) in &tally.outcomes {
            *self.forms.entry(("outcome", outcome)).or_default() += count;
        }
        // That decisions last, and that there is one meaning.
        for (law, count) in [(LAWS[6], tally.promises), (LAWS[9], tally.comparisons)] {
            *self.forms.entry(("law", law)).or_default() += count;
        }
    }

    /// Notes how often laws were broken, and said so.
    pub fn add_broken(&mut self, broken: &Broken) {
        for ((law, _), count) in broken.iter().filter(|(_, count)| **count > 0) {
            *self.forms.entry(("law", law)).or_default() += count;
        }
    }

    /// The word for what is decided.
    pub fn outcome(verdict: &Verdict) -> &'static str {
        forms::outcome(verdict)
    }

    /// Notes a policy.
    pub fn observe(&mut self, subject: &Subject, questions: &Questions<'_>) {
        self.policies += 1;
        subject.files.iter().for_each(|file| self.file(&file.text));
        self.schema(&subject.policy.schema);
        if let Ok(program) = ir::lower(&subject.policy, questions.id) {
            self.program(&program);
        }
        for rule in subject.policy.rules_for(questions.id) {
            rule.lines.iter().for_each(|line| self.terms_of(&line.condition));
            rule.grant.iter().for_each(|term| self.term(term));
        }
    }

    /// Notes how a condition came out that stands in so many lists.
    pub fn came_out(&mut self, condition: &Condition, truth: Truth, depth: usize) {
        let truths = self.truths.entry((forms::condition(condition), depth > 0)).or_default();
        truths[match truth {
            Truth::True => 0,
            Truth::False => 1,
            Truth::Indeterminate => 2,
        }] += 1;
    }

    fn reached(&mut self, of: &'static str, form: &'static str) {
        if form != forms::UNCOUNTED {
            *self.forms.entry((of, form)).or_default() += 1;
        }
    }

    fn schema(&mut self, schema: &Schema) {
        for request in &schema.requests {
            request.fields.iter().for_each(|field| self.ty(schema, &field.ty));
            for field in request.grant.iter().flat_map(|grant| &grant.fields) {
                self.reached("merge", forms::merge(&field.merge));
                self.ty(schema, &field.ty);
            }
        }
        schema.references.iter().for_each(|reference| self.ty(schema, &reference.ty));
    }

    fn ty(&mut self, schema: &Schema, ty: &Type) {
        self.reached("type", forms::type_form(ty));
        match ty {
            Type::Set(inner) | Type::List(inner, _) | Type::Optional(inner) => self.ty(schema, inner),
            Type::Struct(id) => schema.structure(*id).fields.iter().for_each(|field| self.ty(schema, &field.ty)),
            Type::Union(ids) => ids.iter().for_each(|id| self.ty(schema, &Type::Struct(*id))),
            Type::Bool | Type::Int | Type::String | Type::Bytes | Type::FixedBytes(_) | Type::Digest(_) => {}
            Type::Duration | Type::Instant | Type::Tcb | Type::Version | Type::IpAddr | Type::Cidr => {}
            Type::Oid | Type::Enum(_) => {}
        }
    }

    fn program(&mut self, program: &Program) {
        for test in &program.tests {
            let kind = forms::test(&test.kind);
            self.reached("test", kind);
            if matches!(test.scope, Scope::Element(_)) {
                self.reached("test in a list", kind);
            }
            if test.reads_row {
                self.reached("test in a table", kind);
            }
        }
        program.columns.iter().for_each(|column| self.reached("column", forms::column(column)));
        for shape in &program.shapes {
            self.reached("search", forms::search(&shape.search));
            match &shape.search {
                Search::Filters(filters) => {
                    filters.iter().for_each(|filter| self.reached("filter", forms::filter(&filter.by)));
                }
                Search::All | Search::Lists(_) => {}
            }
        }
    }

    fn terms_of(&mut self, condition: &Condition) {
        condition.terms().for_each(|term| self.term(term));
        condition.parts().iter().for_each(|part| self.terms_of(part));
    }

    fn term(&mut self, term: &Term) {
        self.reached("term", forms::term(&term.kind));
        if let TermKind::If(condition, ..) = &term.kind {
            self.terms_of(condition);
        }
        term.parts().for_each(|part| self.term(part));
    }

    /// Everything that was never reached: a form, or that a condition is true or is false, outside of lists and in them.
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for (of, all) in ALL {
            let unreached =
                all.iter().filter(|form| **form != forms::UNCOUNTED && !self.forms.contains_key(&(of, **form)));
            missing.extend(unreached.map(|form| format!("{of}: {form}")));
        }
        for form in forms::CONDITIONS.iter().filter(|form| **form != forms::UNCOUNTED) {
            for in_list in [false, true] {
                let truths = self.truths.get(&(form, in_list)).copied().unwrap_or_default();
                // A reference is loaded or not known to be: never false.
                let expected: &[(usize, &str)] = match *form {
                    "loaded" => &[(0, "true"), (2, "indeterminate")],
                    _ => &[(0, "true"), (1, "false")],
                };
                let unreached =
                    expected.iter().filter(|(at, _)| truths[*at] == 0 && !(in_list && OUTSIDE.contains(form)));
                let place = if in_list { "in a list" } else { "outside of lists" };
                missing.extend(unreached.map(|(_, truth)| format!("condition: {form}, {truth} {place}")));
            }
        }
        missing
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {:<14} | {:<24} | {:>12} |", "of", "form", "reached")?;
        writeln!(f, "|{:-<16}|{:-<26}|{:->13}:|", "", "", "")?;
        for (of, all) in ALL {
            for form in all.iter().filter(|form| **form != forms::UNCOUNTED) {
                let count = self.forms.get(&(of, *form)).copied().unwrap_or_default();
                writeln!(f, "| {of:<14} | {form:<24} | {count:>12} |")?;
            }
        }
        writeln!(
            f,
            "\n| {:<14} | {:<7} | {:>12} | {:>12} | {:>13} |",
            "condition", "in list", "true", "false", "indeterminate"
        )?;
        writeln!(f, "|{:-<16}|{:-<9}|{:->13}:|{:->13}:|{:->14}:|", "", "", "", "", "")?;
        for ((form, in_list), [yes, no, open]) in self.truths.iter().filter(|((form, _), _)| *form != forms::UNCOUNTED)
        {
            let place = if *in_list { "yes" } else { "no" };
            writeln!(f, "| {form:<14} | {place:<7} | {yes:>12} | {no:>12} | {open:>13} |")?;
        }
        Ok(())
    }
}
