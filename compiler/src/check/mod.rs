//! From surface trees to a checked policy.
//!
//! The passes, in order, each in a file of its own:
//!
//! 1. `names`: packages, uses, and what every name stands for.
//! 2. `declare`: types, schemas, requests, grants and references take shape.
//! 3. `template`: what applications of templates declare.
//! 4. `predicate`: each predicate is checked once; rules then use copies with their arguments put in.
//! 5. `rule`: rules and invariants with their `grant`s and `attribute`s, built from `condition`s over `term`s, with what is known so far in an `env`. What is asked of
//!    values is in `compare`, `membership`, `sets`, `text` and `list`; what is computed from them in `compute`; `choice` writes out `if` and `match`.
//!    A `fork` of the checker on each core checks a part of them, and what they have in common, `share` keeps once.
//! 6. `test`: tests, whose values are `constant`s.
//!
//! An `expression` by itself, which belongs to no rule, is what a person tries.
//!
//! Every pass goes on after an error and reports all it finds. `None` from any function means "already reported": what depends on it stays silent.

mod attribute;
mod choice;
mod compare;
mod compute;
mod condition;
mod constant;
mod declare;
mod env;
mod expression;
mod fork;
mod grant;
mod list;
mod membership;
mod names;
mod predicate;
mod rule;
mod sets;
mod share;
mod size;
mod template;
mod term;
mod test;
mod text;

pub use constant::SAMPLE_VALIDITY;
pub(crate) use declare::FREE_FORM;
pub use declare::{MAX_ALTERNATIVES, MAX_ENUM_CASES, MAX_FIELDS, MAX_FIXED_BYTES, MAX_LIST_LENGTH};
pub use expression::{Asked, Meaning, expression};
pub use size::MAX_RECORD_DEPTH;
pub use template::MAX_TEMPLATE_PARAMETERS;
pub use test::DEFAULT_CLOCK;

use crate::checked::{Floors, Invariant, Policy, Rule, Test};
use crate::limits::Limits;
use crate::lint::Words;
use crate::types::{Schema, Type};
use atbac_grammar::Rules;
use atbac_grammar::codes::{self, Code};
use atbac_grammar::diagnostic::{Diagnostic, Severity};
use atbac_grammar::span::Span;
use atbac_grammar::syntax;
use fork::Settled;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

/// How deep conditions may be nested once the predicates they call are put in.
pub const MAX_CONDITION_DEPTH: usize = crate::codegen::MAX_DEPTH;

/// The most elements that counts inside one another may walk together.
pub const MAX_WALKED: u64 = crate::codegen::MAX_WALKED as u64;

/// How many findings are kept: nobody mends more in one go, and a file may consist of mistakes.
const MAX_FINDINGS: usize = 1_000;

/// How many findings get a suggestion: each compares a name with all that are known, and a file may be full of mistakes.
const MAX_SUGGESTIONS: usize = 200;

/// How many pairs of letters are compared for suggestions, over a whole bundle: as many as some hundred slips among some hundred names need.
const MAX_COMPARED_LETTERS: usize = 10_000_000;

/// The longest name that gets a suggestion, in characters: comparing two names takes the product of their lengths.
const MAX_SUGGESTED_LENGTH: usize = 64;

/// What comes of checking a bundle.
pub struct Outcome {
    /// There when no finding is an error.
    pub policy: Option<Policy>,
    /// Everything found.
    pub diagnostics: Vec<Diagnostic>,
    /// What the files mention, for the lints.
    pub(crate) words: Words,
}

/// Checks a bundle: the files of all its packages, and of the packages they use; with what reads the rules of a file of which there is an outline only.
///
/// With `incomplete`, some declarations are missing because they could not be read: names are then not reported as unknown, since they may be declared in what
/// is missing. A rule that is left for later and cannot be read then refuses the bundle, and reading its file at once tells why.
pub fn check(files: &[syntax::File], unread: &[Option<Rules>], incomplete: bool, limits: Limits) -> Outcome {
    let mut checker =
        Checker { files, unread, incomplete, limits, words: Words::of(files.len()), ..Checker::default() };
    if let Some(too_many) = checker.count_declarations() {
        return Outcome { policy: None, diagnostics: vec![too_many], words: Words::default() };
    }
    checker.collect_names();
    checker.declare();
    if !checker.has_endless_type {
        checker.declare_floors();
        checker.collect_predicates();
        checker.collect_applications();
        checker.check_predicates();
        checker.check_rules();
        checker.check_tests();
    }
    let Checker { schema, floors, mut rules, tests, invariants, mut diagnostics, has_endless_type, words, .. } =
        checker;
    rules.shrink_to_fit();
    let policy = Policy { schema: schema.into_shared(), floors, rules, tests, invariants };
    if !has_endless_type {
        // A rule that was refused is not among them, so what the others lack can be said all the same.
        crate::laws::check(&policy, &mut |finding| keep(&mut diagnostics, finding));
    }
    let failed = incomplete || diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    Outcome { policy: (!failed).then_some(policy), diagnostics, words }
}

/// What all passes share.
#[derive(Default)]
struct Checker<'a> {
    files: &'a [syntax::File],
    /// For each file, what reads its rules, if the file is an outline.
    unread: &'a [Option<Rules>],
    incomplete: bool,
    names: Settled<names::Names>,
    schema: Settled<Schema>,
    predicates: Settled<Vec<predicate::Predicate<'a>>>,
    /// For each struct, whether it was declared as evidence.
    evidence_structs: Vec<bool>,
    /// What requests demand proof of.
    demands: Vec<declare::Demand>,
    /// Whether types were refused that make no sense to work with further.
    has_endless_type: bool,
    /// Fields whose declaration was refused, so that uses of them stay silent.
    refused_fields: Vec<(crate::types::StructId, String)>,
    /// Where fields of requests and grants, references and predicates are declared of which any use was refused once, so that further uses stay silent.
    refused: HashSet<Span>,
    /// Names that a refused `use` or `let` would have given, so that uses of them stay silent.
    refused_names: HashSet<String>,
    limits: Limits,
    /// Conditions made so far, against [`Limits::bundle_conditions`].
    conditions: usize,
    /// Declarations so far, against [`Limits::declarations`].
    declarations: usize,
    has_too_many_declarations: bool,
    /// How many pairs of letters were compared for suggestions, against [`MAX_COMPARED_LETTERS`].
    letters_compared: AtomicUsize,
    shared: share::Shared,
    applications: Settled<template::Applications>,
    /// The application whose declarations are checked now.
    application: Option<Arc<template::Application>>,
    /// What was found in templates, so that it is said once and not for each application.
    found_in_templates: HashSet<(Code, Span)>,
    floors: Vec<Floors>,
    rules: Vec<Rule>,
    tests: Vec<Test>,
    invariants: Vec<Invariant>,
    words: Words,
    diagnostics: Vec<Diagnostic>,
}

impl Checker<'_> {
    /// Counts what is written; gives a finding where there is more than may be.
    fn count_declarations(&mut self) -> Option<Diagnostic> {
        let files = self.files;
        let most = self.limits.declarations;
        self.declarations = files.iter().map(|file| file.items.len()).sum();
        let first_beyond = files.iter().flat_map(|file| &file.items).nth(most)?;
        let message = format!("this bundle has {} declarations; at most {most} are allowed", self.declarations);
        let finding = Diagnostic::error(codes::RULE_TOO_LARGE, first_beyond.span, message);
        Some(finding.help("this is the first beyond the limit: split the policies into several bundles"))
    }

    fn report(&mut self, mut diagnostic: Diagnostic) {
        if let Some(application) = &self.application {
            if !self.found_in_templates.insert((diagnostic.code, diagnostic.primary.span)) {
                return;
            }
            diagnostic = diagnostic.and(application.span, "applied here");
        }
        let about_names = matches!(diagnostic.code, codes::UNKNOWN_NAME | codes::UNKNOWN_PACKAGE);
        if self.incomplete && about_names {
            return;
        }
        keep(&mut self.diagnostics, diagnostic);
    }

    /// The last net under "already reported": whatever is left out of the policy must have been refused. A rule that vanished would permit what it forbade.
    fn left_out(&mut self, what: &str, span: Span) {
        if self.incomplete || self.has_errors() {
            return;
        }
        let message = format!("the compiler can make nothing of this {what}, and cannot say why");
        self.report(
            Diagnostic::error(codes::LEFT_OUT, span, message).help(
                "this is a defect of atbac: please report it with the policy, and say it in other words meanwhile",
            ),
        );
    }

    fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|found| found.severity == Severity::Error)
    }

    /// Reports an error and gives `None`, for `return self.error(…)`.
    fn error<T>(&mut self, code: Code, span: Span, message: impl Into<String>) -> Option<T> {
        self.report(Diagnostic::error(code, span, message));
        None
    }

    /// Every name a file sees that stands for what is wanted, to suggest one of them.
    fn visible(&self, file: usize, wanted: impl Fn(names::Definition) -> bool) -> Vec<String> {
        if self.diagnostics.len() < MAX_SUGGESTIONS { self.names.visible(file, wanted) } else { Vec::new() }
    }

    /// The help that suggests the nearest known name, or all of a few.
    fn suggestion(&self, name: &str, known: impl IntoIterator<Item = impl AsRef<str>>) -> Option<String> {
        if self.diagnostics.len() >= MAX_SUGGESTIONS {
            return None;
        }
        let known: Vec<String> = known.into_iter().map(|known| known.as_ref().to_owned()).collect();
        match self.nearest(name, &known) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            // So few that whoever wrote the name may look through them.
            None if (1..=8).contains(&known.len()) => {
                Some(format!("known here: {}", listed(&known).replace(" or ", " and ")))
            }
            None => None,
        }
    }

    /// A finding about an unknown name at its place, with the help that suggests another, and the edit where there is a nearest one.
    fn suggested(
        &self,
        finding: Diagnostic,
        name: &str,
        known: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Diagnostic {
        let known: Vec<String> = known.into_iter().map(|known| known.as_ref().to_owned()).collect();
        let finding = Diagnostic { help: self.suggestion(name, &known), ..finding };
        // An edit is for a name that stands at the place as it is named here.
        let span = finding.primary.span;
        let is_written = (span.end - span.start) as usize == name.len();
        let near = if is_written && finding.help.is_some() { self.nearest(name, &known) } else { None };
        match near {
            Some(near) => finding.replace_by(near),
            None => finding,
        }
    }

    /// Reports an unknown name, with the nearest known one.
    fn unknown<T>(
        &mut self,
        span: Span,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Option<T> {
        let beginning = name.split('.').next().unwrap_or(name);
        if self.refused_names.contains(beginning) {
            return None;
        }
        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, span, format!("there is no {what} `{name}`"));
        let diagnostic = self.suggested(diagnostic, name, known);
        self.report(diagnostic);
        None
    }

    /// The known name that is nearest to a misspelt one, if any is near and what may be compared is not used up.
    fn nearest(&self, name: &str, known: impl IntoIterator<Item = impl AsRef<str>>) -> Option<String> {
        let mut left = MAX_COMPARED_LETTERS.saturating_sub(self.letters_compared.load(Relaxed));
        let affordable = known.into_iter().take_while(|known| {
            let pairs = name.len().saturating_mul(known.as_ref().len());
            let has_room = pairs <= left;
            left = left.saturating_sub(pairs);
            has_room
        });
        let near = nearest(name, affordable);
        self.letters_compared.store(MAX_COMPARED_LETTERS - left, Relaxed);
        near
    }

    fn show(&self, ty: &Type) -> String {
        self.schema.show(ty).to_string()
    }
}

/// Keeps a finding. Those beyond the most that are kept are one error, so that none is lost without a trace.
fn keep(findings: &mut Vec<Diagnostic>, finding: Diagnostic) {
    match findings.len().cmp(&MAX_FINDINGS) {
        Ordering::Less => findings.push(finding),
        Ordering::Equal => {
            let message = format!("there are more than {MAX_FINDINGS} findings: mend these first");
            findings.push(Diagnostic::error(codes::TOO_MANY_ERRORS, finding.primary.span, message));
        }
        Ordering::Greater => {}
    }
}

/// The known name that is nearest to a misspelt one, if any is near.
fn nearest(name: &str, known: impl IntoIterator<Item = impl AsRef<str>>) -> Option<String> {
    // A name that differs in length by more than this cannot be near; looking at lengths first spares most comparisons.
    let length = name.chars().count();
    if length > MAX_SUGGESTED_LENGTH {
        return None;
    }
    let allowed = |candidate: &str| candidate.chars().count().min(length).div_ceil(3).min(3);
    known
        .into_iter()
        .filter(|candidate| candidate.as_ref().chars().count().abs_diff(length) <= allowed(candidate.as_ref()))
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate.as_ref()), candidate.as_ref().to_owned()))
        .filter(|(distance, candidate)| *distance <= allowed(candidate) && *distance < length)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The words of a list for a sentence: "`a`, `b` or `c`".
fn listed(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// A doc comment as one text.
fn docs(lines: &[String]) -> String {
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::Checker;
    use atbac_grammar::codes;
    use atbac_grammar::span::{FileId, Span};

    /// What is left out of the policy is refused, unless something was refused already.
    #[test]
    fn nothing_is_left_out_in_silence() {
        let span = Span::new(FileId(0), 0, 0);
        let mut checker = Checker::default();
        checker.left_out("rule", span);
        checker.left_out("test", span);
        let found: Vec<_> = checker.diagnostics.iter().map(|found| (found.code, found.severity)).collect();
        assert_eq!(found, [(codes::LEFT_OUT, super::Severity::Error)]);

        let mut refused = Checker::default();
        refused.error::<()>(codes::TYPE_MISMATCH, span, "refused");
        refused.left_out("rule", span);
        assert_eq!(refused.diagnostics.len(), 1);

        // What could not be read is an error of its own.
        let mut unread = Checker { incomplete: true, ..Checker::default() };
        unread.left_out("rule", span);
        assert!(unread.diagnostics.is_empty());
    }
}
