//! Asks a policy strictly: no accepted policy reaches what cannot be, and each rule comes out as the interpreter says.

use crate::difference::{Difference, Fault, Posed};
use crate::questions::Questions;
use crate::strict::{Strict, Unsound};
use crate::subject::Subject;
use atbac_compiler::checked::{Condition, Rule};
use atbac_compiler::fired::Standing;
use atbac_compiler::interpret::{Findings, Heads, Question, RulesOf, evaluate};
use atbac_compiler::time::FOREVER;
use atbac_compiler::truth::Truth;
use atbac_grammar::syntax::Effect;
use bumpalo::Bump;

/// How many calls of each session are asked, and at how many instants: the strict evaluator is slow.
const CALLS: usize = 6;
const INSTANTS: usize = 3;

/// How many rules of a policy: of hundreds that differ in constants, few suffice.
const RULES: usize = 60;

/// Asks some of the questions. `observe` is called as by [`Strict::new`].
///
/// # Errors
/// The first question that ends in what cannot be, or on which the evaluators differ.
pub fn check(
    subject: &Subject,
    questions: &Questions<'_>,
    observe: &mut impl FnMut(&Condition, Truth, usize),
) -> Result<u64, Box<Difference>> {
    let arena = Bump::new();
    let mut findings = Findings { fired: Vec::new(), permits_until: FOREVER, forbids_until: FOREVER };
    let rules = subject.policy.rules.iter().enumerate().filter(|(_, rule)| rule.request == questions.id);
    let positions: Vec<usize> = rules.map(|(at, _)| at).collect();
    let heads = Heads::of(&subject.policy, &positions);
    let rules = RulesOf { policy: &subject.policy, positions: &positions, heads: &heads };
    let mut asked = 0;
    for issue in &questions.issues {
        let table = subject.interpreter.read_references(issue.to_string().as_bytes()).unwrap();
        for (session, opened_at, calls) in &questions.sessions {
            for call in calls.iter().take(CALLS) {
                for at in questions.instants.iter().take(INSTANTS) {
                    let question = Question {
                        session: &session.values,
                        call: &call.values,
                        references: table.values(),
                        now: at.as_millisecond(),
                    };
                    evaluate(rules, &question, &arena, &mut findings);
                    for (number, rule) in (0..).zip(subject.policy.rules_for(questions.id)).take(RULES) {
                        asked += 1;
                        let expected = findings.fired.iter().find(|fired| fired.rule() == number);
                        let expected = match expected.map(|fired| fired.standing()) {
                            None => Truth::False,
                            Some(Standing::Forbids | Standing::Permits) => Truth::True,
                            Some(Standing::MayForbid | Standing::MayPermit) => Truth::Indeterminate,
                        };
                        let found = ask(rule, &question, observe);
                        if found != Ok(expected) {
                            let posed = Posed { questions, issue, session, opened_at: *opened_at };
                            return Err(Box::new(Difference {
                                fault: Fault::Unsound,
                                files: subject.files.clone(),
                                question: posed.show(Some(call), *at),
                                one: format!("`{}`: {found:?}", rule.name),
                                other: format!("{expected:?}"),
                            }));
                        }
                    }
                }
            }
        }
    }
    Ok(asked)
}

/// Whether a rule applies; if so, everything that it gives is looked at.
fn ask(
    rule: &Rule,
    question: &Question<'_>,
    observe: &mut impl FnMut(&Condition, Truth, usize),
) -> Result<Truth, Unsound> {
    let mut strict = Strict::new(question, observe);
    let truth = strict.all(rule.lines.iter().map(|line| &*line.condition))?;
    if truth == Truth::True && rule.effect == Effect::Permit {
        rule.grant.iter().try_for_each(|term| strict.granted(term))?;
    }
    Ok(truth)
}
