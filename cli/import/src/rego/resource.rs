//! Resource policies of the Key Broker Service: who may have which resource, by the attestation result that the caller shows.
//!
//! The policy's `input` is the result (EAR), whose appraisals stand in `submods`; its `data` says what is asked for. Where a policy names its appraisals, each is a
//! field of the request; where it walks over them, they are a list.
//!
//! Source: the repository `confidential-containers/trustee`, `kbs/sample_policies` and `kbs/docs`; EAR and AR4SI as `std.ear` names them.

use super::module::Module;
use super::query::{Constant, MAX_STATEMENTS, Part, Path, Reader, Root, Statement, Term, VARIABLE, Vocabulary};
use crate::claims::Comparison;
use crate::condition::{Condition, Use};
use crate::finding::{Code, Findings, Place};
use crate::package::{Line, Names, Package, Rule, excerpt, identifier};
use crate::{Refusal, Source};
use atbac_grammar::print_text;
use std::collections::{BTreeMap, BTreeSet};

/// The rule that decides.
const DECISION: &str = "allow";
/// The list of appraisals.
const RESULTS: &str = "results";
/// The most appraisals that a result may have: as many parts of a device as the engine's verifier takes.
const MAX_RESULTS: usize = 16;
/// The most segments of a path that have names.
const MAX_SEGMENTS: usize = 8;

/// Trust claims by their names in a result. Source: AR4SI, section 2.3.4.
const VECTOR: [(&str, &str); 8] = [
    ("instance-identity", "instance_identity"),
    ("configuration", "configuration"),
    ("executables", "executables"),
    ("file-system", "file_system"),
    ("hardware", "hardware"),
    ("runtime-opaque", "runtime_opaque"),
    ("storage-opaque", "storage_opaque"),
    ("sourced-data", "sourced_data"),
];

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
    let results =
        Results { walks: first.walks, submods: first.submods, max_age: max_age.to_owned(), ..Results::default() };
    let mut reader = Reader::new(&module, results, findings);
    let permits = reader.permits();
    if reader.statements > MAX_STATEMENTS {
        return Err(Refusal::TooManyConditions { file: source.name.clone(), most: MAX_STATEMENTS });
    }
    let results = reader.vocabulary;
    let mut package =
        Package::new(format!("Who may have which resource, imported from `{}`.", source.name), "authenticated");
    results.declare(&mut package);
    if !results.walks && results.submods.len() > 1 {
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
        let lines = identity.iter().cloned().chain(permit.lines).collect();
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
        let is_true = |value: &Term| *value == Term::Constant(Constant::Bool(true));
        let default = rules.default.as_ref().map(|value| self.term(value, &BTreeMap::new()));
        let simple = !rules.is_partial
            && default.as_ref().is_none_or(|default| *default == Term::Constant(Constant::Bool(false)))
            && rules.definitions.iter().all(|definition| {
                let is_written_out = definition.value.as_ref().is_none_or(|value| value.span().text() == "true");
                is_written_out && definition.bodies.iter().all(|body| !body.is_else)
            });
        if simple {
            let mut permits = Vec::new();
            for definition in &rules.definitions {
                if definition.bodies.is_empty() {
                    permits.push(Permit { lines: Vec::new(), place: definition.place.clone() });
                }
                for body in &definition.bodies {
                    self.reading.push(DECISION.to_owned());
                    let lines = self.lines(&body.query).into_iter().map(line).collect();
                    self.reading.pop();
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
            Some(outcomes) => outcomes.when(is_true),
            None => Condition::Unknown,
        };
        let sentence = "the policy's rule `allow` is not true".to_owned();
        vec![Permit { lines: vec![Line { condition, sentence, place: place.clone() }], place }]
    }
}

fn line(statement: Statement) -> Line {
    let sentence = format!("this does not hold: {}", statement.text);
    Line { condition: statement.condition, sentence, place: statement.place }
}

/// The appraisals of a result, and what is asked for.
#[derive(Default)]
struct Results {
    /// The policy walks over all appraisals.
    walks: bool,
    /// The appraisals that it names.
    submods: BTreeSet<String>,
    /// The greatest age of an appraisal, as the language writes it.
    max_age: String,
    /// The fields of the question that it needs, with their declarations.
    asked: BTreeMap<String, String>,
}

/// What a path leads to.
enum Target {
    /// A claim of an appraisal, and the appraisal's name; none for the element of a list.
    Claim(Option<String>, Claim),
    /// A text of the question that is always there.
    Text(&'static str),
    /// One that may be absent.
    Segment(String),
    /// Nothing that is known, and said so.
    Unknown,
}

/// A claim of an appraisal.
enum Claim {
    /// That it is there.
    Itself,
    Status,
    /// A number of the trustworthiness vector.
    Number(&'static str),
}

impl Results {
    fn target(&mut self, path: &Path, place: &Place, findings: &mut Findings) -> Target {
        let steps: Vec<&str> = path.steps.iter().map(String::as_str).collect();
        let (submod, rest) = match (path.root, &steps[..]) {
            (Root::Input, ["submods", submod, rest @ ..]) => (Some((*submod).to_owned()), rest),
            (Root::Element, rest) => (None, rest),
            (Root::Data, ["plugin"]) => {
                self.ask("plugin", "/// The part of the Key Broker Service that is asked, such as `resource`.\ncall plugin: local String,");
                return Target::Text("plugin");
            }
            (Root::Data, ["resource-path"]) => {
                self.ask("path", "/// What is asked for: the path after the plugin, with `/` between its segments.\ncall path: local String,");
                return Target::Text("path");
            }
            (Root::Data, ["resource-path", segment]) => match segment.parse::<usize>() {
                Ok(number) if number < MAX_SEGMENTS => {
                    let name = format!("segment_{number}");
                    self.ask(&name, &format!("/// Segment {number} of the path, counted from 0; absent where there are fewer.\ncall {name}: local String?,"));
                    return Target::Segment(name);
                }
                _ => return unknown(path, place, findings),
            },
            _ => return unknown(path, place, findings),
        };
        let claim = match rest {
            [] => Claim::Itself,
            ["ear.status"] => Claim::Status,
            ["ear.trustworthiness-vector", claim] => match VECTOR.iter().find(|(name, _)| name == claim) {
                Some((_, field)) => Claim::Number(field),
                None => return unknown(path, place, findings),
            },
            _ => return unknown(path, place, findings),
        };
        self.submods.extend(submod.clone());
        Target::Claim(submod, claim)
    }

    fn ask(&mut self, name: &str, declaration: &str) {
        self.asked.insert(name.to_owned(), declaration.to_owned());
    }

    /// A condition on one appraisal, where `made` writes it for the name of its field.
    fn about(&self, submod: Option<&str>, made: impl Fn(&str) -> Condition) -> Condition {
        match submod {
            None => made(VARIABLE),
            Some(submod) if self.walks => {
                let named = Condition::atom(format!("{VARIABLE}.submod == {}", print_text(submod)));
                Condition::Some(VARIABLE, RESULTS, Box::new(Condition::All(vec![named, made(VARIABLE)])))
            }
            Some(submod) => {
                let field = identifier(submod);
                let condition = made(&field);
                if self.is_first(submod) {
                    condition
                } else {
                    // What may be absent is asked about only where it is there, is the right one, and is young. Behind a `not` that would
                    // permit where it is none of these, so there it is not known.
                    let guards = [
                        format!("{field} is present"),
                        format!("{field}.submod == {}", print_text(submod)),
                        format!("age({field}) <= {}", self.max_age),
                    ];
                    let guarded = guards.map(Condition::Atom).into_iter().chain([condition]).collect();
                    Condition::Any(vec![Condition::All(guarded), Condition::Unknown])
                }
            }
        }
    }

    /// The appraisal that the others are bound to.
    fn is_first(&self, submod: &str) -> bool {
        self.submods.first().is_some_and(|first| first == submod)
    }

    /// What makes the first field the appraisal that it is named after; the others are asked for it where they are read.
    fn identity(&self, source: &Source) -> Option<Line> {
        let first = self.submods.first().filter(|_| !self.walks)?;
        Some(Line {
            condition: Condition::atom(format!("{}.submod == {}", identifier(first), print_text(first))),
            sentence: format!("not the appraisal of `{}`", excerpt(first)),
            place: Place { file: source.name.clone(), line: 1, column: 1 },
        })
    }

    fn declare(&self, package: &mut Package) {
        package.uses("std.ear", "Ear");
        let mut fields = String::new();
        if self.walks {
            fields += &format!(
                "/// Every appraisal of the caller's attestation result.\nsession {RESULTS}: authenticated [Ear; {MAX_RESULTS}],\n"
            );
            package.ages.push(format!("all {VARIABLE} in {RESULTS}: age({VARIABLE})"));
        }
        let named: Vec<String> = match (self.walks, self.submods.is_empty()) {
            (true, _) => Vec::new(),
            // A result has at least one appraisal, whatever it is called.
            (false, true) => vec!["cpu0".to_owned()],
            (false, false) => self.submods.iter().cloned().collect(),
        };
        for (at, submod) in named.iter().enumerate() {
            let field = identifier(submod);
            let first = named.first().map(|first| identifier(first)).unwrap_or_default();
            let about = format!("/// The appraisal of `{}` in the caller's attestation result.\n", excerpt(submod));
            if at == 0 {
                fields += &format!("{about}session {field}: authenticated Ear,\n");
                package.ages.push(format!("age({field})"));
            } else {
                fields += &format!("{about}session {field}: authenticated Ear? bound to {first},\n");
            }
        }
        for declaration in self.asked.values() {
            fields += &format!("{declaration}\n");
        }
        package
            .declarations
            .push(format!("/// A caller asks the Key Broker Service for something.\nrequest Fetch {{\n{fields}}}"));
    }
}

fn unknown(path: &Path, place: &Place, findings: &mut Findings) -> Target {
    let root = match path.root {
        Root::Input => "input",
        Root::Data => "data",
        Root::Element => "input.submods[_]",
    };
    let written: String = path.steps.iter().map(|step| format!("[{step:?}]")).collect();
    findings.add(
        Code::NoCounterpart,
        Some(place),
        format!("`{}` has no counterpart in `std.ear`, which has what a result concludes and not the evidence behind it; what needs it is left out", excerpt(&format!("{root}{written}"))),
        "ask for a conclusion (`ear.status`, `ear.trustworthiness-vector`), or decide on the evidence itself with a policy of the attestation service",
    );
    Target::Unknown
}

fn wrong_value(place: &Place, findings: &mut Findings) -> Condition {
    findings.add(
        Code::Value,
        Some(place),
        "this is compared with a value of another type, or in another way than this import knows; what needs it is left out",
        "compare a status with its word, a trust claim with a number, a path with a text",
    );
    Condition::Unknown
}

/// A trust claim compared with a number. The engine reads a claim that is absent as 0, and Rego as undefined, which fails: so where the comparison holds for 0, the
/// claim must not be 0.
fn number(field: &str, comparison: Comparison, with: i64) -> Condition {
    let compared = Condition::atom(format!("{field} {} {with}", comparison.sign()));
    let holds_for_absent = match comparison {
        Comparison::Equal => with == 0,
        Comparison::Unequal => with != 0,
        Comparison::Less => 0 < with,
        Comparison::AtMost => 0 <= with,
        Comparison::Greater => 0 > with,
        Comparison::AtLeast => 0 >= with,
    };
    if !holds_for_absent {
        return compared;
    }
    // Unknown where it is 0: it may have been written, or absent.
    let is_known = Condition::Any(vec![Condition::atom(format!("{field} != 0")), Condition::Unknown]);
    Condition::All(vec![is_known, compared])
}

impl Vocabulary for Results {
    fn defined(&mut self, path: &Path, place: &Place, findings: &mut Findings) -> Condition {
        // A part of what is known as a whole, such as the vector of an appraisal, or all of them.
        let steps: Vec<&str> = path.steps.iter().map(String::as_str).collect();
        match (path.root, &steps[..]) {
            (Root::Input, [] | ["submods"]) | (Root::Data | Root::Element, []) => return Condition::Constant(true),
            // A result may lack its vector, which `std.ear` shows as a vector of zeros: what reads a claim of it asks for that.
            (Root::Input, ["submods", submod, "ear.trustworthiness-vector"]) => {
                let submod = (*submod).to_owned();
                self.submods.insert(submod.clone());
                return self.about(Some(&submod), |_| Condition::Constant(true));
            }
            (Root::Element, ["ear.trustworthiness-vector"]) => return Condition::Constant(true),
            _ => {}
        }
        match self.target(path, place, findings) {
            Target::Claim(submod, Claim::Itself | Claim::Status) => {
                self.about(submod.as_deref(), |_| Condition::Constant(true))
            }
            // Unknown where it is 0: it may have been written, or absent.
            Target::Claim(submod, Claim::Number(field)) => self.about(submod.as_deref(), |of| {
                Condition::Any(vec![Condition::atom(format!("{of}.{field} != 0")), Condition::Unknown])
            }),
            Target::Text(_) => Condition::Constant(true),
            Target::Segment(name) => Condition::atom(format!("{name} is present")),
            Target::Unknown => Condition::Unknown,
        }
    }

    fn truthy(&mut self, path: &Path, place: &Place, findings: &mut Findings) -> Condition {
        // Nothing of a result or a question is `false`.
        self.defined(path, place, findings)
    }

    fn compare(
        &mut self,
        path: &Path,
        comparison: Comparison,
        with: &Constant,
        place: &Place,
        findings: &mut Findings,
    ) -> Condition {
        let is_equality = matches!(comparison, Comparison::Equal | Comparison::Unequal);
        match (self.target(path, place, findings), with) {
            (Target::Claim(submod, Claim::Status), Constant::Text(text)) if is_equality => {
                if !["none", "affirming", "warning", "contraindicated"].contains(&text.as_str()) {
                    findings.add(
                        Code::NeverHolds,
                        Some(place),
                        format!("a status is never `{}`", excerpt(text)),
                        "it is `none`, `affirming`, `warning` or `contraindicated`",
                    );
                    let is_there = comparison == Comparison::Unequal;
                    return self.about(submod.as_deref(), |_| Condition::Constant(is_there));
                }
                self.about(submod.as_deref(), |of| Condition::atom(format!("{of}.status {} {text}", comparison.sign())))
            }
            (Target::Claim(submod, Claim::Number(field)), Constant::Int(with)) => {
                self.about(submod.as_deref(), |of| number(&format!("{of}.{field}"), comparison, *with))
            }
            (Target::Text(name), Constant::Text(text)) if is_equality => {
                Condition::atom(format!("{name} {} {}", comparison.sign(), print_text(text)))
            }
            (Target::Segment(name), Constant::Text(text)) if is_equality => {
                Condition::present(&name, format!("{name} {} {}", comparison.sign(), print_text(text)))
            }
            (Target::Unknown, _) => Condition::Unknown,
            _ => wrong_value(place, findings),
        }
    }

    fn compare_reference(
        &mut self,
        _: &Path,
        _: Comparison,
        name: &str,
        place: &Place,
        findings: &mut Findings,
    ) -> Condition {
        no_references(name, place, findings)
    }

    fn in_reference(&mut self, _: &Path, name: &str, place: &Place, findings: &mut Findings) -> Condition {
        no_references(name, place, findings)
    }

    fn part(&mut self, path: &Path, part: Part, text: &str, place: &Place, findings: &mut Findings) -> Condition {
        let target = self.target(path, place, findings);
        // Every text begins and ends with the empty one.
        let holds = |name: &str| match text.is_empty() {
            true => Condition::Constant(true),
            false => Condition::atom(format!("{name} {} {}", part.word(), print_text(text))),
        };
        match target {
            Target::Text(name) => holds(name),
            Target::Segment(name) => Condition::All(vec![Condition::atom(format!("{name} is present")), holds(&name)]),
            Target::Claim(..) => wrong_value(place, findings),
            Target::Unknown => Condition::Unknown,
        }
    }

    fn count(
        &mut self,
        path: &Path,
        comparison: Comparison,
        number: i64,
        place: &Place,
        findings: &mut Findings,
    ) -> Condition {
        let steps: Vec<&str> = path.steps.iter().map(String::as_str).collect();
        match (path.root, &steps[..]) {
            (Root::Input, ["submods"]) => {
                self.walks = true;
                counted(comparison, number)
            }
            (Root::Data, ["resource-path"]) => {
                self.ask("segments", "/// How many segments the path has.\ncall segments: local Int,");
                Condition::atom(format!("segments {} {number}", comparison.sign()))
            }
            _ => match unknown(path, place, findings) {
                Target::Claim(..) | Target::Text(_) | Target::Segment(_) | Target::Unknown => Condition::Unknown,
            },
        }
    }

    fn list(&mut self, path: &Path) -> Option<&'static str> {
        let is_list = path.root == Root::Input && path.steps == ["submods"];
        self.walks |= is_list;
        is_list.then_some(RESULTS)
    }
}

/// The number of appraisals compared with another, where a list of at most so many can be either.
fn counted(comparison: Comparison, number: i64) -> Condition {
    let most = i64::try_from(MAX_RESULTS).unwrap_or(i64::MAX);
    let holds = |count: i64| match comparison {
        Comparison::Equal => count == number,
        Comparison::Unequal => count != number,
        Comparison::Less => count < number,
        Comparison::AtMost => count <= number,
        Comparison::Greater => count > number,
        Comparison::AtLeast => count >= number,
    };
    let (some, all) = ((0..=most).any(holds), (0..=most).all(holds));
    match (some, all) {
        (false, _) => Condition::Constant(false),
        (true, true) => Condition::Constant(true),
        (true, false) => Condition::atom(format!("count({VARIABLE} in {RESULTS}) {} {number}", comparison.sign())),
    }
}

fn no_references(name: &str, place: &Place, findings: &mut Findings) -> Condition {
    findings.add(
        Code::NoCounterpart,
        Some(place),
        format!(
            "the Key Broker Service gives its policies no reference values (`{}`); what needs it is left out",
            excerpt(name)
        ),
        "compare in a policy of the attestation service",
    );
    Condition::Unknown
}
