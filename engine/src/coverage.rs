//! What the tests of a bundle show of its rules: which rules applied, which lines held and failed, and which outcomes each atom had.
//!
//! A line, or an atom of it, counts in a test whose question its rule is about: of the rule's request, and matched by everything after its
//! `where`; what stands after `where` counts in every test of the request. What a reference value that is not loaded leaves open counts as neither outcome.
//! What a template declares is one for all its applications, as it is written once.

use crate::atoms::{Atom, Written};
use crate::bundle::Bundle;
use atbac_compiler::checked::{LineKind, Rule};
use atbac_compiler::interpret::{self, Question};
use atbac_compiler::truth::Truth;
use atbac_compiler::types::RequestId;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::Effect;
use std::collections::{BTreeMap, BTreeSet};

/// In how many tests something was true and false.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// The tests in which it was true.
    pub held: usize,
    /// The tests in which it was false.
    pub failed: usize,
}

impl Outcomes {
    /// How many of the two outcomes were seen.
    pub fn seen(self) -> usize {
        usize::from(self.held > 0) + usize::from(self.failed > 0)
    }

    fn count(&mut self, truth: Truth) {
        match truth {
            Truth::True => self.held += 1,
            Truth::False => self.failed += 1,
            Truth::Indeterminate => {}
        }
    }
}

/// A rule, as it is written.
#[derive(Clone, Debug)]
pub struct RuleCoverage {
    /// The names that it has: several for the rule of a template that is applied several times.
    pub names: BTreeSet<String>,
    /// Permit or forbid.
    pub effect: Effect,
    /// In how many tests it applied; as false count those in which it did not.
    pub applied: Outcomes,
    /// Its lines, by where they are written.
    pub lines: BTreeMap<Span, LineCoverage>,
}

/// A line of a rule, or a match after its `where`.
#[derive(Clone, Debug)]
pub struct LineCoverage {
    /// Whether it is a `require`.
    pub is_require: bool,
    /// In how many tests the line held and failed.
    pub outcomes: Outcomes,
    /// Its atoms, by where they are written.
    pub atoms: BTreeMap<Span, Outcomes>,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// What was seen.
    pub covered: usize,
    /// What there is.
    pub total: usize,
}

impl Share {
    /// In percent, rounded down; nothing where there is nothing to see.
    pub fn percent(self) -> Option<usize> {
        (self.covered * 100).checked_div(self.total)
    }
}

/// The three figures of coverage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rules that applied in some test.
    pub rules: Share,
    /// `require` lines that held in some test and failed in another.
    pub requires: Share,
    /// Outcomes of atoms, two for each.
    pub atoms: Share,
}

/// What tests show of the rules of a bundle.
#[derive(Clone, Debug)]
pub struct Coverage {
    rules: BTreeMap<Span, RuleCoverage>,
    /// The atoms of each line of each rule of the policy.
    atoms: Vec<Vec<Vec<Atom>>>,
}

impl Coverage {
    /// Of no test yet.
    pub fn new(bundle: &Bundle) -> Self {
        let written = Written::of(bundle);
        let mut coverage = Coverage { rules: BTreeMap::new(), atoms: Vec::new() };
        for rule in &bundle.policy().rules {
            let lines: Vec<Vec<Atom>> = rule.lines.iter().map(|line| written.atoms(line)).collect();
            let counted = coverage.rules.entry(rule.span).or_insert_with(|| RuleCoverage {
                names: BTreeSet::new(),
                effect: rule.effect,
                applied: Outcomes::default(),
                lines: BTreeMap::new(),
            });
            counted.names.insert(rule.name.clone());
            for (line, atoms) in rule.lines.iter().zip(&lines).filter(|(line, _)| line.kind != LineKind::Implied) {
                let counted = counted.lines.entry(line.span).or_insert_with(|| LineCoverage {
                    is_require: line.sentence().is_some(),
                    outcomes: Outcomes::default(),
                    atoms: BTreeMap::new(),
                });
                counted.atoms.extend(atoms.iter().map(|atom| (atom.span, Outcomes::default())));
            }
            coverage.atoms.push(lines);
        }
        coverage
    }

    /// Every rule, by where its name is written.
    pub fn rules(&self) -> &BTreeMap<Span, RuleCoverage> {
        &self.rules
    }

    /// The three figures.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for rule in self.rules.values() {
            summary.rules.total += 1;
            summary.rules.covered += usize::from(rule.applied.held > 0);
            for line in rule.lines.values() {
                if line.is_require {
                    summary.requires.total += 1;
                    summary.requires.covered += usize::from(line.outcomes.seen() == 2);
                }
                summary.atoms.total += 2 * line.atoms.len();
                summary.atoms.covered += line.atoms.values().map(|outcomes| outcomes.seen()).sum::<usize>();
            }
        }
        summary
    }

    /// Counts the question of a test.
    pub(crate) fn count(&mut self, bundle: &Bundle, request: RequestId, question: &Question<'_>) {
        for (rule, atoms) in bundle.policy().rules.iter().zip(&self.atoms) {
            if rule.request == request
                && let Some(counted) = self.rules.get_mut(&rule.span)
            {
                count_rule(rule, atoms, question, counted);
            }
        }
    }
}

fn count_rule(rule: &Rule, atoms: &[Vec<Atom>], question: &Question<'_>, counted: &mut RuleCoverage) {
    let truths: Vec<Truth> =
        rule.lines.iter().map(|line| interpret::condition_truth(&line.condition, question)).collect();
    let all = |lines: &dyn Fn(&LineKind) -> bool| {
        rule.lines.iter().zip(&truths).all(|(line, truth)| !lines(&line.kind) || *truth == Truth::True)
    };
    counted.applied.count(all(&|_| true).into());
    let is_about = all(&|kind| *kind == LineKind::Head);
    for ((line, truth), atoms) in rule.lines.iter().zip(&truths).zip(atoms) {
        if !is_about && line.kind != LineKind::Head {
            continue;
        }
        let Some(counted) = counted.lines.get_mut(&line.span) else { continue };
        counted.outcomes.count(*truth);
        for atom in atoms {
            let truth = interpret::condition_truth(atom.condition(&line.condition), question);
            counted.atoms.entry(atom.span).or_default().count(truth);
        }
    }
}
