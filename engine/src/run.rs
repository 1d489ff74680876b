//! Running the tests that stand in policies.
//!
//! Evidence that a test takes from a file is verified first, by whoever runs the tests: nothing here reads files.
//!
//! Each test's question is decided by every execution the bundle has, which must agree on the whole decision; then its expectations are compared, and every invariant
//! about the request must hold for it.

use crate::bundle::{Bundle, Execution, InForce, Location};
use crate::coverage::Coverage;
use crate::decision::{Denial, Verdict};
use crate::explanation::Explanation;
use crate::fields::Fields;
use crate::grant::Granted;
use crate::input::{InputError, listed};
use crate::json;
use crate::references::ReferenceTable;
use crate::session::Session;
use atbac_compiler::checked::{Expectation, Test};
use atbac_compiler::interpret::{self, Question};
use atbac_compiler::reference::Reference;
use atbac_compiler::truth::Truth;
use atbac_compiler::value::Value;
use atbac_grammar::syntax::Stage;
use jiff::Timestamp;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How the message of a test begins whose executions do not agree.
pub const DISAGREE: &str = "compiled code and interpreter disagree";

/// How a test came out.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// What is tested.
    pub name: String,
    /// Where it stands.
    pub location: Location,
    /// Whether some of its evidence is simulated.
    pub simulated: bool,
    /// What did not come out as expected; empty when the test passed.
    pub failures: Vec<Failure>,
}

/// Something that did not come out as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was expected and what came out.
    pub message: String,
    /// The expectation, or the invariant.
    pub location: Location,
}

/// The decision of one execution, as far as executions must agree.
#[derive(PartialEq)]
struct Outcome {
    decision: Json,
    verdict: Verdict,
    /// Positions in the policy's rules, ascending.
    rules: Vec<usize>,
    grant: Vec<(usize, Value)>,
    valid_until: Option<Timestamp>,
}

/// Evidence that a test takes from a file.
#[derive(Clone, Copy, Debug)]
pub struct EvidenceFile<'a> {
    /// The name of the policy's file, as it was given when the bundle was opened.
    pub policy: &'a str,
    /// The file that the test names; a relative path is meant from the policy's.
    pub path: &'a str,
    /// The field that takes the evidence.
    pub field: &'a str,
    /// The test's clock, at which the evidence is to be verified.
    pub at: Timestamp,
}

/// Reads and verifies the evidence of a test, and sets its field by [`Fields::attested`]; or says why it cannot.
pub type ReadEvidence<'r> = dyn Fn(EvidenceFile<'_>, Fields) -> Result<Fields, String> + Sync + 'r;

/// Runs every test of a bundle, in order of writing. Those that take evidence from files fail: see [`run_tests_with`].
pub fn run_tests(bundle: &Bundle) -> Vec<TestResult> {
    run_tests_with(bundle, &|file, _| Err(format!("`{}` was not read: no files are read here", file.path)))
}

/// Runs every test of a bundle, in order of writing, with evidence that `read` verifies.
pub fn run_tests_with(bundle: &Bundle, read: &ReadEvidence<'_>) -> Vec<TestResult> {
    Run { bundle, read, selected: &|_| true, threads: 1, finished: &|| {} }.run(None)
}

/// A run of some of the tests of a bundle.
pub struct Run<'r> {
    /// The bundle.
    pub bundle: &'r Bundle,
    /// Verifies evidence that tests take from files.
    pub read: &'r ReadEvidence<'r>,
    /// Whether a test of this name is run.
    pub selected: &'r (dyn Fn(&str) -> bool + Sync),
    /// How many tests are run at once; none is one.
    pub threads: usize,
    /// Called once for each test that is over, in any order.
    pub finished: &'r (dyn Fn() + Sync),
}

impl Run<'_> {
    /// The names of the tests that are run, in order of writing.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tests().map(|test| test.name.as_str())
    }

    fn tests(&self) -> impl Iterator<Item = &Test> {
        self.bundle.policy().tests.iter().filter(|test| (self.selected)(&test.name))
    }

    /// Runs the tests; gives the results in order of writing, and counts what they show of the rules.
    pub fn run(&self, coverage: Option<&mut Coverage>) -> Vec<TestResult> {
        let tests: Vec<&Test> = self.tests().collect();
        let coverage = coverage.map(Mutex::new);
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            while let at = next.fetch_add(1, Ordering::Relaxed)
                && let Some(test) = tests.get(at)
            {
                done.push((at, self.run_test(test, coverage.as_ref())));
                (self.finished)();
            }
            done
        };
        let mut done: Vec<(usize, TestResult)> = std::thread::scope(|scope| {
            let others: Vec<_> = (1..self.threads.min(tests.len())).map(|_| scope.spawn(work)).collect();
            let mut done = work();
            for other in others {
                match other.join() {
                    Ok(results) => done.extend(results),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            done
        });
        done.sort_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, result)| result).collect()
    }

    fn run_test(&self, test: &Test, coverage: Option<&Mutex<&mut Coverage>>) -> TestResult {
        let bundle = self.bundle;
        let location = bundle.location(test.span);
        let failed = |message: String, location: Location| vec![Failure { message, location }];
        let (simulated, failures) = match with_fixtures(bundle, test, self.read) {
            Err(failure) => (false, vec![failure]),
            Ok((test, simulated)) => match attempt(bundle, &test, coverage) {
                Ok(failures) => (simulated, failures),
                Err(error) => (simulated, failed(error.to_string(), location.clone())),
            },
        };
        TestResult { name: test.name.clone(), location, simulated, failures }
    }
}

/// The test with the values of its evidence files put in, and whether some of it is simulated.
fn with_fixtures(bundle: &Bundle, test: &Test, read: &ReadEvidence<'_>) -> Result<(Test, bool), Failure> {
    let mut test = test.clone();
    let mut simulated = false;
    for fixture in std::mem::take(&mut test.fixtures) {
        let location = bundle.location(fixture.span);
        let declared = &bundle.schema().request(test.request).fields[fixture.field];
        let fields = Fields::new(Arc::clone(bundle.schema()), test.request, declared.stage);
        let at = Timestamp::from_millisecond(test.at).unwrap_or(Timestamp::MAX);
        let file = EvidenceFile { policy: &location.file, path: &fixture.path, field: &declared.name, at };
        match read(file, fields).map(|fields| (fields.is_simulated(), fields.value_at(fixture.field))) {
            Ok((from, Some(value))) => {
                test.given[fixture.field] = value;
                simulated |= from;
            }
            Ok((_, None)) => {
                let message = format!("`{}` gave no evidence for `{}`", fixture.path, declared.name);
                return Err(Failure { message, location });
            }
            Err(message) => return Err(Failure { message, location }),
        }
    }
    Ok((test, simulated))
}

fn attempt(bundle: &Bundle, test: &Test, coverage: Option<&Mutex<&mut Coverage>>) -> Result<Vec<Failure>, InputError> {
    let mut values = vec![None; bundle.schema().references.len()];
    for (id, value) in &test.references {
        values[id.index()] = Some(Reference::always(value.clone()));
    }
    let table = ReferenceTable::new(bundle.schema(), values)
        .map_err(|error| InputError::new(error.code(), "with", error.to_string()))?;
    let references = bundle.generation(table);
    let mut failures = Vec::new();
    let (outcome, explanation) = decide(bundle, test, &references, Execution::Interpreter)?;
    if bundle.execution() == Execution::Jit {
        let (compiled, _) = decide(bundle, test, &references, Execution::Jit)?;
        if compiled != outcome {
            let message = format!(
                "{DISAGREE}, which is a defect of this engine: {} against {}",
                compiled.decision, outcome.decision
            );
            failures.push(Failure { message, location: bundle.location(test.span) });
        }
    }
    for (expectation, span) in &test.expectations {
        if let Err(message) = compare(bundle, test, expectation, &outcome, &explanation) {
            failures.push(Failure { message, location: bundle.location(*span) });
        }
    }
    let stage = |stage| Fields::stated(Arc::clone(bundle.schema()), test.request, stage, &test.given).complete();
    let (session, call) = (stage(Stage::Session)?, stage(Stage::Call)?);
    let question = Question { session: &session, call: &call, references: references.table.values(), now: test.at };
    if let Some(coverage) = coverage {
        let mut coverage = coverage.lock().unwrap_or_else(PoisonError::into_inner);
        coverage.count(bundle, test.request, &question);
    }
    for invariant in bundle.policy().invariants.iter().filter(|invariant| invariant.request == test.request) {
        let message = match interpret::invariant_holds(
            &invariant.condition,
            outcome.verdict == Verdict::Permit,
            &question,
        ) {
            Truth::True => continue,
            Truth::False => format!("the invariant \"{}\" does not hold for this question", invariant.name),
            Truth::Indeterminate => {
                format!(
                    "it cannot be said whether the invariant \"{}\" holds: a reference value it reads is not loaded",
                    invariant.name
                )
            }
        };
        failures.push(Failure { message, location: bundle.location(invariant.span) });
    }
    Ok(failures)
}

fn decide(
    bundle: &Bundle,
    test: &Test,
    references: &InForce,
    execution: Execution,
) -> Result<(Outcome, Explanation), InputError> {
    let schema = bundle.schema();
    let fields = |stage| Fields::stated(Arc::clone(schema), test.request, stage, &test.given);
    let session = Session::assume(fields(Stage::Session), bundle, execution, references, test.at)?;
    let call = session.call(fields(Stage::Call))?;
    let mut memory = session.memory();
    let decision = session.decide_with(references, &call, test.at, &mut memory);
    let mut grant = Vec::new();
    for (at, name) in decision.grant().iter().flat_map(|grant| grant.fields().enumerate()) {
        match decision.grant().and_then(|grant| grant.get(name)) {
            Some(Granted::Value(value)) => grant.push((at, value.into_owned())),
            Some(Granted::Set(set)) => grant.push((at, Value::set(set.iter().map(Cow::into_owned).collect()))),
            None => {}
        }
    }
    let outcome = Outcome {
        decision: json::decision(schema, &decision, None),
        verdict: decision.verdict(),
        rules: decision.rule_positions().collect(),
        grant,
        valid_until: decision.valid_until(),
    };
    let explanation = session.explain_with(references, &call, test.at);
    Ok((outcome, explanation))
}

/// Compares an expectation with what came out; the error says both.
fn compare(
    bundle: &Bundle,
    test: &Test,
    expectation: &Expectation,
    outcome: &Outcome,
    explanation: &Explanation,
) -> Result<(), String> {
    let rule_names = |positions: &[usize]| {
        listed(positions.iter().map(|&at| bundle.policy().rules[at].name.as_str())).replace(" or ", " and ")
    };
    match (expectation, outcome.verdict) {
        (Expectation::Permit(by), Verdict::Permit) => {
            if by.is_empty() || *by == outcome.rules {
                return Ok(());
            }
            Err(format!("expected a permit by {}, but it was by {}", rule_names(by), rule_names(&outcome.rules)))
        }
        (Expectation::Permit(_), Verdict::Deny(_)) => {
            Err(format!("expected a permit, but it was denied: {}", told(outcome, explanation)))
        }
        (Expectation::Deny { .. }, Verdict::Permit) => {
            Err(format!("expected a denial, but it was permitted by {}", rule_names(&outcome.rules)))
        }
        (Expectation::Deny { because, by }, Verdict::Deny(_)) => {
            if !by.is_empty() && *by != outcome.rules {
                return Err(format!(
                    "expected a denial by {}, but it was by {}",
                    rule_names(by),
                    rule_names(&outcome.rules)
                ));
            }
            match because {
                Some(sentence)
                    if !explanation
                        .reasons
                        .iter()
                        .any(|reason| reason.sentence.as_deref() == Some(sentence.as_str())) =>
                {
                    Err(format!(
                        "expected a denial because \"{sentence}\", but it was denied: {}",
                        told(outcome, explanation)
                    ))
                }
                _ => Ok(()),
            }
        }
        (Expectation::Grant(_), Verdict::Deny(_)) => {
            Err(format!("expected a grant, but it was denied: {}", told(outcome, explanation)))
        }
        (Expectation::Grant(expected), Verdict::Permit) => {
            let schema = bundle.schema();
            let fields = schema.request(test.request).grant.as_ref().map_or(&[][..], |grant| &grant.fields);
            for (at, value) in expected {
                let found = outcome.grant.iter().find(|(field, _)| field == at).map(|(_, value)| value);
                if found != Some(value) {
                    let found = found.map_or("nothing".to_owned(), |found| json::value(schema, found).to_string());
                    let (name, wanted) = (&fields[*at].name, json::value(schema, value));
                    return Err(format!("expected `{name}` to be {wanted}, but it is {found}"));
                }
            }
            Ok(())
        }
        (Expectation::ValidUntil(expected), Verdict::Permit | Verdict::Deny(_)) => {
            let expected = Timestamp::from_millisecond(*expected).unwrap_or(Timestamp::MAX);
            match outcome.valid_until {
                Some(found) if found == expected => Ok(()),
                Some(found) => {
                    Err(format!("expected the decision to be valid until {expected}, but it is until {found}"))
                }
                None => {
                    Err(format!("expected the decision to be valid until {expected}, but time alone does not end it"))
                }
            }
        }
    }
}

/// A denial in a line.
fn told(outcome: &Outcome, explanation: &Explanation) -> String {
    let Verdict::Deny(denial) = outcome.verdict else { return "permitted".to_owned() };
    let sentences: Vec<String> = explanation
        .reasons
        .iter()
        .map(|reason| match &reason.sentence {
            Some(sentence) => format!("\"{sentence}\""),
            None => format!("a condition of `{}` (line {})", reason.rule, reason.location.line),
        })
        .chain(match denial {
            Denial::Expired => explanation.inputs.iter().map(|input| format!("`{input}` is expired")).collect(),
            Denial::Forbid | Denial::NoPermit | Denial::Indeterminate => explanation
                .references
                .iter()
                .map(|told| format!("`{}` {}", told.reference, told.fault))
                .collect::<Vec<_>>(),
        })
        .collect();
    if sentences.is_empty() {
        format!("`{}`, no permit is about this call", denial.word())
    } else {
        sentences.join(", ")
    }
}
