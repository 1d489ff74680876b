//! Rules and conditions that change no decision: they are written for a reason, and do not do what they were written for.

use super::{Findings, Lint, Subject};
use crate::checked::{Condition, LineKind, Policy, Rule};
use crate::laws::demand::{Assumption, Demand};
use crate::laws::facts::{Facts, contradict};
use crate::laws::question::Question;
use crate::types::{RequestId, Schema};
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::syntax::Effect;
use std::collections::{HashMap, HashSet};

/// How often two rules are compared, over a whole bundle: families of rules differ in the first thing that is looked up, others are few.
const MAX_COMPARISONS: usize = 1_000_000;

/// Reports rules that never apply or never matter, and conditions that follow from others.
pub(super) fn check(policy: &Policy, findings: &mut Findings<'_>) {
    for rule in &policy.rules {
        if !check_contradictions(policy, rule, findings) {
            check_lines(policy, rule, findings);
        }
    }
    let mut comparisons = MAX_COMPARISONS;
    for request in 0..policy.schema.requests.len() {
        Rules::of(policy, RequestId(request as u32)).check(&mut comparisons, findings);
    }
}

/// Reports a rule whose conditions cannot hold together, and gives whether it did.
fn check_contradictions(policy: &Policy, rule: &Rule, findings: &mut Findings<'_>) -> bool {
    let schema = &*policy.schema;
    let under = |assumption: Option<&Assumption>| {
        let demands = rule.lines.iter().map(|line| Demand::of(&line.condition, true, assumption)).collect::<Vec<_>>();
        impossible_line(schema, &demands)
    };
    let Some((line, earlier)) = under(None).or_else(|| {
        // Whatever kind the evidence is of, something contradicts it: `p is Snp` and `p is Tdx`.
        let about = Assumption::about(schema.request(rule.request));
        about.iter().find_map(|kinds| {
            let found: Vec<_> = kinds.iter().map(|kind| under(Some(kind))).collect();
            if found.iter().all(Option::is_some) { found.into_iter().next_back().flatten() } else { None }
        })
    }) else {
        return false;
    };
    let message = format!("rule `{}` never applies: its conditions contradict one another", rule.name);
    let mut found = Diagnostic::warning(Lint::NeverMatches.code(), rule.span, message)
        .and(rule.lines[line].span, "this cannot hold");
    if let Some(earlier) = earlier.filter(|earlier| *earlier != line) {
        found = found.and(rule.lines[earlier].span, "together with this");
    }
    findings.add(Lint::NeverMatches, subject(rule), found.help("mend the condition that is wrong, or remove the rule"));
    true
}

/// The first line that cannot hold, and the one before it that it contradicts, if it is not impossible by itself.
fn impossible_line<'a>(schema: &'a Schema, demands: &[Demand<'a>]) -> Option<(usize, Option<usize>)> {
    let mut facts = Facts::new(schema);
    for (line, demand) in demands.iter().enumerate() {
        let operands =
            if let Demand::All(operands) = demand { operands.as_slice() } else { std::slice::from_ref(demand) };
        for operand in operands {
            match operand {
                Demand::Impossible => return Some((line, None)),
                Demand::Question(condition, answer) => {
                    if let Err(earlier) = facts.add(condition, *answer, line) {
                        return Some((line, Some(earlier)));
                    }
                }
                other if is_dead(&facts, other) => return Some((line, None)),
                _ => {}
            }
        }
    }
    None
}

/// Whether nothing can make a demand true, given facts.
fn is_dead<'a>(facts: &Facts<'a>, demand: &Demand<'a>) -> bool {
    match demand {
        Demand::Impossible => true,
        Demand::Question(condition, answer) => facts.contradicts(condition, *answer).is_some(),
        Demand::Any(operands) => operands.iter().all(|each| is_dead(facts, each)),
        Demand::All(operands) => {
            operands.iter().any(|each| is_dead(facts, each)) || contradict(facts.schema(), questions(operands))
        }
        Demand::Some(_, element) => match &**element {
            // What is known outside is not about an element.
            Demand::All(operands) => contradict(facts.schema(), questions(operands)),
            _ => false,
        },
        Demand::Nothing | Demand::Every(..) | Demand::Number(_) => false,
    }
}

fn questions<'d, 'a: 'd>(operands: &'d [Demand<'a>]) -> impl Iterator<Item = (&'a Condition, bool)> + 'd {
    operands.iter().filter_map(|each| match each {
        Demand::Question(condition, answer) => Some((*condition, *answer)),
        _ => None,
    })
}

/// Reports lines that follow from those before them, or from nothing at all.
fn check_lines(policy: &Policy, rule: &Rule, findings: &mut Findings<'_>) {
    let mut facts = Facts::new(&policy.schema);
    for (at, line) in rule.lines.iter().enumerate() {
        let demand = Demand::of(&line.condition, true, None);
        let always = match follows(&facts, &demand) {
            // What the compiler adds is no line of the author's.
            _ if line.kind == LineKind::Implied => None,
            Follows::From(earlier) => Some(Some(earlier)),
            Follows::FromNothing => Some(None),
            Follows::Not => None,
        };
        if let Some(earlier) = always {
            let mut found = Diagnostic::warning(
                Lint::AlwaysTrue.code(),
                line.span,
                format!("this condition of `{}` is always true", rule.name),
            );
            if let Some(earlier) = earlier {
                found = found.and(rule.lines[earlier].span, "it follows from this");
            }
            findings.add(
                Lint::AlwaysTrue,
                subject(rule),
                found.help("mend it if it should ask for more, or remove it"),
            );
        }
        for (condition, answer) in questions(std::slice::from_ref(&demand)) {
            // A contradiction is another lint's.
            let _ = facts.add(condition, answer, at);
        }
        if let Demand::All(operands) = &demand {
            for (condition, answer) in questions(operands) {
                let _ = facts.add(condition, answer, at);
            }
        }
    }
}

/// Whether a condition follows.
enum Follows {
    /// From an earlier line.
    From(usize),
    /// It is always so.
    FromNothing,
    /// It does not.
    Not,
}

fn follows<'a>(facts: &Facts<'a>, demand: &Demand<'a>) -> Follows {
    match demand {
        Demand::Nothing => Follows::FromNothing,
        Demand::Question(condition, answer) => facts.follows(condition, *answer).map_or(Follows::Not, Follows::From),
        Demand::Any(operands) => {
            let opposites = questions(operands).map(|(condition, answer)| (condition, !answer));
            if contradict(facts.schema(), opposites) {
                return Follows::FromNothing;
            }
            operands
                .iter()
                .map(|each| follows(facts, each))
                .find(|found| !matches!(found, Follows::Not))
                .unwrap_or(Follows::Not)
        }
        Demand::All(operands) => {
            let mut last = Follows::Not;
            for operand in operands {
                match follows(facts, operand) {
                    Follows::Not => return Follows::Not,
                    found => last = found,
                }
            }
            last
        }
        Demand::Impossible | Demand::Some(..) | Demand::Every(..) | Demand::Number(_) => Follows::Not,
    }
}

fn subject(rule: &Rule) -> Subject<'_> {
    Subject { package: &rule.package, declaration: rule.span }
}

/// The rules about one request, with what each asks.
struct Rules<'a> {
    rules: Vec<(&'a Rule, HashSet<(Question<'a>, bool)>)>,
    /// The rules that ask a question and need this answer.
    asking: HashMap<(Question<'a>, bool), Vec<usize>>,
}

impl<'a> Rules<'a> {
    fn of(policy: &'a Policy, request: RequestId) -> Self {
        let mut rules = Vec::new();
        let mut asking: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, rule) in policy.rules_for(request).enumerate() {
            let mut asked = HashSet::new();
            for line in &rule.lines {
                conjuncts(&line.condition, true, &mut asked);
            }
            for question in &asked {
                asking.entry(*question).or_default().push(at);
            }
            rules.push((rule, asked));
        }
        Rules { rules, asking }
    }

    fn check(&self, comparisons: &mut usize, findings: &mut Findings<'_>) {
        for (at, (rule, asked)) in self.rules.iter().enumerate() {
            // Whatever asks all of this asks the question that the fewest ask.
            let rarest = asked.iter().map(|question| &self.asking[question]).min_by_key(|rules| rules.len());
            let all: Vec<usize>;
            let candidates = match rarest {
                Some(rules) => rules,
                None => {
                    all = (0..self.rules.len()).collect();
                    &all
                }
            };
            for &candidate in candidates.iter().filter(|&&candidate| candidate != at) {
                if *comparisons == 0 {
                    return;
                }
                *comparisons -= 1;
                let (other, others) = &self.rules[candidate];
                if asked.is_subset(others) {
                    let is_same = asked.len() == others.len();
                    compare(rule, other, is_same, at < candidate, findings);
                }
            }
        }
    }
}

/// Reports what it means that `rule` applies whenever `other` does.
fn compare(rule: &Rule, other: &Rule, is_same: bool, is_first: bool, findings: &mut Findings<'_>) {
    let name = &rule.name;
    let (lint, message, help) = match (rule.effect, other.effect) {
        (Effect::Forbid, Effect::Permit) => (
            Lint::ShadowedRule,
            format!("permit `{}` never permits: whenever it applies, forbid `{name}` does too", other.name),
            "narrow the forbid, or remove the permit",
        ),
        // A forbid that is narrower than a permit does its work.
        (Effect::Permit, Effect::Forbid) => return,
        (Effect::Permit, Effect::Permit) | (Effect::Forbid, Effect::Forbid) => {
            let gives_same = rule.grant == other.grant && rule.reason == other.reason;
            match (is_same, gives_same) {
                (true, true) if is_first => (
                    Lint::DuplicateRule,
                    format!("rule `{}` asks and gives just what `{name}` does", other.name),
                    "remove one of them",
                ),
                (false, true) => (
                    Lint::ShadowedRule,
                    format!("rule `{}` changes nothing: whenever it applies, `{name}` does too", other.name),
                    "remove it, or ask for less than the other",
                ),
                (true, true) | (_, false) => return,
            }
        }
    };
    let found = Diagnostic::warning(lint.code(), other.span, message).and(rule.span, "the other rule");
    findings.add(lint, subject(other), found.help(help));
}

/// Everything that a condition asks for at once.
fn conjuncts<'a>(condition: &'a Condition, answer: bool, asked: &mut HashSet<(Question<'a>, bool)>) {
    match condition {
        Condition::And(operands) if answer => operands.iter().for_each(|each| conjuncts(each, true, asked)),
        Condition::Or(operands) if !answer => operands.iter().for_each(|each| conjuncts(each, false, asked)),
        Condition::Not(inner) => conjuncts(inner, !answer, asked),
        Condition::Constant(constant) if *constant == answer => {}
        other => {
            let (question, makes_true) = Question::of(other);
            asked.insert((question, answer == makes_true));
        }
    }
}
