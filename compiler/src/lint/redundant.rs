//! Rules and conditions that change no decision: they are written for a reason, and do not do what they were written for.

use super::{Findings, Lint, Subject};
use crate::checked::{Condition, LineKind, Policy, Rule};
use crate::laws::demand::{Assumption, Demand};
use crate::laws::facts::{Facts, contradict};
use crate::laws::question::Question;
use crate::types::{RequestId, Schema};
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::syntax::Effect;
use foldhash::HashMap;

/// How often two rules are compared, over a whole bundle: families of rules differ in the first thing that is looked up, others are few.
const MAX_COMPARISONS: usize = 1_000_000;

/// Reports rules that never apply or never matter, and conditions that follow from others.
pub(super) fn check(policy: &Policy, suspects: &[&Rule], findings: &mut Findings<'_>) {
    for rule in suspects {
        check_rule(policy, rule, findings);
    }
    let mut comparisons = MAX_COMPARISONS;
    for request in 0..policy.schema.requests.len() {
        Rules::of(policy, RequestId(request as u32)).check(&mut comparisons, findings);
    }
}

/// A line that cannot hold, and the one before it that it contradicts, if it is not impossible by itself.
type Contradiction = (usize, Option<usize>);

/// Reports a rule whose conditions cannot hold together, or else its lines that follow from those before them, or from nothing at all.
pub(super) fn check_rule(policy: &Policy, rule: &Rule, findings: &mut Findings<'_>) {
    let schema = &*policy.schema;
    let read = |assumption: Option<&Assumption>| read_lines(schema, rule, assumption);
    let found = read(None);
    let contradiction = found.as_ref().err().copied().or_else(|| {
        // Whatever kind the evidence is of, something contradicts it: `p is Snp` and `p is Tdx`.
        let about = Assumption::about(schema.request(rule.request));
        about.iter().find_map(|kinds| {
            let found: Vec<_> = kinds.iter().map(|kind| read(Some(kind)).err()).collect();
            if found.iter().all(Option::is_some) { found.into_iter().next_back().flatten() } else { None }
        })
    });
    if let Some(contradiction) = contradiction {
        findings.add(Lint::NeverMatches, subject(rule), never_matches(rule, contradiction));
        return;
    }
    for (line, earlier) in found.into_iter().flatten() {
        findings.add(Lint::AlwaysTrue, subject(rule), always_true(rule, line, earlier));
    }
}

fn never_matches(rule: &Rule, (line, earlier): Contradiction) -> Diagnostic {
    let message = format!("rule `{}` never applies: its conditions contradict one another", rule.name);
    let mut found = Diagnostic::warning(Lint::NeverMatches.code(), rule.span, message)
        .and(rule.lines[line].span, "this cannot hold");
    if let Some(earlier) = earlier.filter(|earlier| *earlier != line) {
        found = found.and(rule.lines[earlier].span, "together with this");
    }
    found.help("mend the condition that is wrong, or remove the rule")
}

fn always_true(rule: &Rule, line: usize, earlier: Option<usize>) -> Diagnostic {
    let message = format!("this condition of `{}` is always true", rule.name);
    let mut found = Diagnostic::warning(Lint::AlwaysTrue.code(), rule.lines[line].span, message);
    if let Some(earlier) = earlier {
        found = found.and(rule.lines[earlier].span, "it follows from this");
    }
    found.help("mend it if it should ask for more, or remove it")
}

/// The lines that follow, each with the one that it follows from, if from any; or the first line that cannot hold.
fn read_lines(
    schema: &Schema,
    rule: &Rule,
    assumption: Option<&Assumption>,
) -> Result<Vec<(usize, Option<usize>)>, Contradiction> {
    let mut facts = Facts::new(schema);
    let mut following = Vec::new();
    for (at, line) in rule.lines.iter().enumerate() {
        let demand = Demand::of(&line.condition, true, assumption);
        match follows(&facts, &demand) {
            // What the compiler adds is no line of the author's.
            _ if line.kind == LineKind::Implied => {}
            Follows::From(earlier) => following.push((at, Some(earlier))),
            Follows::FromNothing => following.push((at, None)),
            Follows::Not => {}
        }
        let operands =
            if let Demand::All(operands) = &demand { operands.as_slice() } else { std::slice::from_ref(&demand) };
        for operand in operands {
            match operand {
                Demand::Impossible => return Err((at, None)),
                &Demand::Question(condition, answer) => {
                    facts.add(condition, answer, at).map_err(|earlier| (at, Some(earlier)))?;
                }
                other if is_dead(&facts, other) => return Err((at, None)),
                _ => {}
            }
        }
    }
    Ok(following)
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
    /// Each with the numbers of its questions and the answers that it needs: ascending, each once.
    rules: Vec<(&'a Rule, Vec<u32>)>,
    /// By such a number, the rules that ask it.
    asking: Vec<Vec<u32>>,
}

impl<'a> Rules<'a> {
    fn of(policy: &'a Policy, request: RequestId) -> Self {
        let mut rules = Vec::new();
        let mut asking: Vec<Vec<u32>> = Vec::new();
        let mut numbers: HashMap<(Question<'a>, bool), u32> = HashMap::default();
        for (rule, at) in policy.rules_for(request).zip(0..) {
            let mut asked = Vec::with_capacity(rule.lines.len());
            for line in &rule.lines {
                conjuncts(&line.condition, true, &mut |question, answer| {
                    let next = numbers.len() as u32;
                    asked.push(*numbers.entry((question, answer)).or_insert(next));
                });
            }
            asked.sort_unstable();
            asked.dedup();
            asking.resize_with(numbers.len(), Vec::new);
            for number in &asked {
                asking[*number as usize].push(at);
            }
            rules.push((rule, asked));
        }
        Rules { rules, asking }
    }

    fn check(&self, comparisons: &mut usize, findings: &mut Findings<'_>) {
        for (at, (rule, asked)) in self.rules.iter().enumerate() {
            // Whatever asks all of this asks the question that the fewest ask.
            let rarest = asked.iter().map(|number| &self.asking[*number as usize]).min_by_key(|rules| rules.len());
            let all: Vec<u32>;
            let candidates = match rarest {
                Some(rules) => rules,
                None => {
                    all = (0..self.rules.len() as u32).collect();
                    &all
                }
            };
            for candidate in candidates.iter().map(|candidate| *candidate as usize).filter(|candidate| *candidate != at)
            {
                if *comparisons == 0 {
                    return;
                }
                *comparisons -= 1;
                let (other, others) = &self.rules[candidate];
                if is_subset(asked, others) {
                    let is_same = asked.len() == others.len();
                    compare(rule, other, is_same, at < candidate, findings);
                }
            }
        }
    }
}

/// Whether all of these numbers are among the others; both ascend.
fn is_subset(these: &[u32], others: &[u32]) -> bool {
    let mut others = others.iter();
    these.iter().all(|this| others.any(|other| other == this))
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

/// Visits everything that a condition asks for at once.
fn conjuncts<'a>(condition: &'a Condition, answer: bool, visit: &mut dyn FnMut(Question<'a>, bool)) {
    match condition {
        Condition::And(operands) if answer => operands.iter().for_each(|each| conjuncts(each, true, visit)),
        Condition::Or(operands) if !answer => operands.iter().for_each(|each| conjuncts(each, false, visit)),
        Condition::Not(inner) => conjuncts(inner, !answer, visit),
        Condition::Constant(constant) if *constant == answer => {}
        other => {
            let (question, makes_true) = Question::of(other);
            visit(question, answer == makes_true);
        }
    }
}
