//! Resource policies of the Key Broker Service: who may have which resource, by the attestation result that the caller shows.
//!
//! The policy's `input` is the result (EAR), whose appraisals stand in `submods`; its `data` says what is asked for. Where a policy names its appraisals, each is a
//! field of the request; where it walks over them, they are a list.
//!
//! Source: the repository `confidential-containers/trustee`, `kbs/sample_policies` and `kbs/docs`; EAR and AR4SI as `std.ear` names them.

use super::module::Module;
use super::query::{Reader, Scope, Statement};
use super::results::Results;
use super::vocabulary::{Constant, Term, Vocabulary};
use crate::claims::Comparison;
use crate::condition::{Condition, MAX_PARTS, Use};
use crate::finding::{Code, Findings, Place};
use crate::package::{Line, Names, Package, Rule};
use crate::{Refusal, Source};

/// The rule that decides.
const DECISION: &str = "allow";

pub(crate) fn read(source: &Source, max_age: &str, findings: &mut Findings) -> Result<Package, Refusal> {
    let module = Module::read(source, findings)?;
    if module.rules(DECISION).is_none() {
        return Err(Refusal::Other {
            file: source.name.clone(),
            expected: "resource policy",
            found: "it has no rule `allow`".to_owned(),
        });
    }
    // Read once to see whether the policy walks over its appraisals, and then as that says.
    let first = Reader::new(&module, Results::default(), &mut Findings::default()).look();
    let mut reader = Reader::new(&module, first.again(max_age), findings);
    let permits = reader.permits();
    if reader.is_too_large() {
        return Err(Refusal::TooManyConditions { file: source.name.clone(), most: MAX_PARTS });
    }
    let (results, contradictions) = (reader.vocabulary, reader.contradictions);
    let mut package =
        Package::new(format!("Who may have which resource, imported from `{}`.", source.name), "authenticated");
    results.declare(&mut package);
    if results.are_bound() {
        findings.add(
            Code::Narrower,
            None,
            "the policy names several appraisals: the first must be there, and what is asked of the others behind a `not` is left out",
            "ask what must hold of each, rather than what must not",
        );
    }
    let identity = results.identity(source);
    let mut names = Names::default();
    for permit in permits {
        let is_always =
            permit.lines.iter().all(|line| line.condition.settled(Use::Permit) == Condition::Constant(true));
        let lines = identity.iter().cloned().chain(permit.lines).chain(contradictions.values().cloned()).collect();
        if is_always {
            findings.add(
                Code::Careless,
                Some(&permit.place),
                "the policy permits whoever has a result that the service accepts, whatever it says",
                "ask for `ear.status` at least",
            );
        }
        package.rules.push(Rule {
            purpose: Use::Permit,
            name: names.give(DECISION),
            request: "Fetch",
            docs: String::new(),
            place: permit.place,
            head: Vec::new(),
            lines,
            reason: String::new(),
        });
    }
    Ok(package)
}

/// A way to be allowed.
struct Permit {
    lines: Vec<Line>,
    place: Place,
}

impl Reader<'_, Results> {
    /// What the policy needs, without anything else.
    fn look(mut self) -> Results {
        self.permits();
        self.vocabulary
    }

    /// A permit for each definition of `allow`; one for all of them together where they can contradict each other.
    fn permits(&mut self) -> Vec<Permit> {
        let module = self.module;
        let Some(rules) = module.rules(DECISION) else { return Vec::new() };
        let default = rules.default.as_ref().map(|value| self.term(value, &Scope::new()));
        let simple = !rules.is_partial
            && default.as_ref().is_none_or(|default| *default == Term::Constant(Constant::Bool(false)))
            && rules.definitions.iter().all(|definition| {
                let is_written_out = definition.value.as_ref().is_none_or(|value| value.span().text() == "true");
                is_written_out && definition.bodies.iter().all(|body| !body.is_else)
            });
        if simple {
            let mut permits = Vec::new();
            for definition in &rules.definitions {
                if !self.spend(1) {
                    break;
                }
                if definition.bodies.is_empty() {
                    permits.push(Permit { lines: Vec::new(), place: definition.place.clone() });
                }
                for body in &definition.bodies {
                    let lines = self.lines(DECISION, &body.query, &body.place).into_iter().map(line).collect();
                    permits.push(Permit { lines, place: definition.place.clone() });
                }
            }
            return permits;
        }
        let place = rules.definitions.first().map_or_else(
            || Place { file: module.file().to_owned(), line: 1, column: 1 },
            |definition| definition.place.clone(),
        );
        let condition = match self.outcomes(DECISION, &place) {
            Some(outcomes) => self.when(&outcomes, Self::is_true),
            None => Condition::Unknown,
        };
        let sentence = "the policy's rule `allow` is not true".to_owned();
        vec![Permit { lines: vec![Line { condition, sentence, place: place.clone() }], place }]
    }
}

impl<V: Vocabulary> Reader<'_, V> {
    /// Whether a value is `true`, as the service demands, rather than any that a statement takes.
    fn is_true(&mut self, value: &Term, place: &Place) -> Condition {
        let is_true = Constant::Bool(true);
        match value {
            Term::Constant(constant) => Condition::Constant(*constant == is_true),
            Term::Path(path) => self.vocabulary.compare(path, Comparison::Equal, &is_true, place, self.findings),
            Term::Array(_) | Term::Set(_) | Term::Split(_) | Term::Count(_) => Condition::Constant(false),
            Term::Reference(_) => self.unknown(place, "a reference value is no decision"),
            Term::Unknown => Condition::Unknown,
        }
    }
}

fn line(statement: Statement) -> Line {
    let sentence = format!("this does not hold: {}", statement.text);
    Line { condition: statement.condition, sentence, place: statement.place }
}
