//! What resource policies are asked about: the appraisals of an attestation result, and what is wanted for it.
//!
//! Source: EAR and AR4SI as `std.ear` names them; the repository `confidential-containers/trustee`, `kbs/docs`, for the question.

use super::TRUST_CLAIMS;
use super::query::ELEMENT;
use super::vocabulary::{Constant, Part, Path, Root, Vocabulary};
use crate::Source;
use crate::claims::Comparison;
use crate::condition::Condition;
use crate::finding::{Code, Findings, Place};
use crate::package::{Line, Names, Package, excerpt, identifier};
use atbac_grammar::print_text;
use std::collections::{BTreeMap, BTreeSet};

/// The list of appraisals.
const RESULTS: &str = "results";
/// The variable for one appraisal of it, where no statement walks the list. Walks have others.
const ONE: &str = "one";
/// The most appraisals that a result may have: as many parts of a device as the engine's verifier takes.
const MAX_RESULTS: usize = 16;
/// The most segments of a path that have names.
const MAX_SEGMENTS: i64 = 8;

/// The appraisals of a result, and what is asked for.
#[derive(Default)]
pub(super) struct Results {
    /// The policy walks over all appraisals.
    walks: bool,
    /// The appraisals that it names.
    submods: BTreeSet<String>,
    /// Their fields in the request.
    fields: BTreeMap<String, String>,
    /// The greatest age of an appraisal, as the language writes it.
    max_age: String,
    /// The fields of the question that it needs, with their declarations.
    asked: BTreeMap<String, String>,
}

/// What a path leads to.
enum Target {
    /// A claim of an appraisal.
    Claim(Owner, Claim),
    /// A text of the question that is always there.
    Text(&'static str),
    /// One that may be absent.
    Segment(String),
    /// Nothing that is known, and said so.
    Unknown,
}

/// Whose appraisal it is.
enum Owner {
    /// That of the part with this name.
    Named(String),
    /// The element of the list that a statement walks.
    Element,
}

/// A claim of an appraisal.
enum Claim {
    /// That it is there.
    Itself,
    Status,
    /// The trustworthiness vector as a whole.
    Vector,
    /// A number of it.
    Number(&'static str),
}

impl Results {
    /// To read the same policy again, now that it is known which appraisals it names, and whether it walks over all.
    pub(super) fn again(self, max_age: &str) -> Self {
        let mut names = Names::default();
        let segments = (0..MAX_SEGMENTS).map(segment);
        ["plugin", "path", "segments"]
            .map(str::to_owned)
            .into_iter()
            .chain(segments)
            .for_each(|name| names.reserve(&name));
        let fields = self.submods.iter().map(|submod| (submod.clone(), names.give(submod))).collect();
        Results {
            walks: self.walks,
            submods: self.submods,
            fields,
            max_age: max_age.to_owned(),
            asked: BTreeMap::new(),
        }
    }

    /// Whether it has several fields for appraisals, of which all but the first may be absent.
    pub(super) fn are_bound(&self) -> bool {
        !self.walks && self.submods.len() > 1
    }

    fn field(&self, submod: &str) -> String {
        self.fields.get(submod).cloned().unwrap_or_else(|| identifier(submod))
    }

    fn target(&mut self, path: &Path, place: &Place, findings: &mut Findings) -> Target {
        let (owner, rest) = match (path.root, &path.keys()[..], path.element) {
            (Root::Input, ["submods", submod, rest @ ..], None) => (Owner::Named((*submod).to_owned()), rest.to_vec()),
            (Root::Element, rest, None) => (Owner::Element, rest.to_vec()),
            (Root::Data, ["plugin"], None) => {
                self.ask("plugin", "/// The part of the Key Broker Service that is asked, such as `resource`.\ncall plugin: local String,");
                return Target::Text("plugin");
            }
            (Root::Data, ["resource-path"], None) => {
                self.ask("path", "/// What is asked for: the path after the plugin, with `/` between its segments.\ncall path: local String,");
                return Target::Text("path");
            }
            (Root::Data, ["resource-path"], Some(number @ 0..MAX_SEGMENTS)) => {
                let name = segment(number);
                self.ask(&name, &format!("/// Segment {number} of the path, counted from 0; absent where there are fewer.\ncall {name}: local String?,"));
                return Target::Segment(name);
            }
            _ => return unknown(path, place, findings),
        };
        let claim = match &rest[..] {
            [] => Claim::Itself,
            ["ear.status"] => Claim::Status,
            ["ear.trustworthiness-vector"] => Claim::Vector,
            ["ear.trustworthiness-vector", claim] => match TRUST_CLAIMS.iter().find(|(name, _)| name == claim) {
                Some((_, field)) => Claim::Number(field),
                None => return unknown(path, place, findings),
            },
            _ => return unknown(path, place, findings),
        };
        if let Owner::Named(submod) = &owner {
            self.submods.insert(submod.clone());
        }
        Target::Claim(owner, claim)
    }

    fn ask(&mut self, name: &str, declaration: &str) {
        self.asked.insert(name.to_owned(), declaration.to_owned());
    }

    /// A condition on one appraisal, where `made` writes it for the name of its field.
    fn about(&self, owner: &Owner, made: impl Fn(&str) -> Condition) -> Condition {
        match owner {
            Owner::Element => made(ELEMENT),
            Owner::Named(submod) if self.walks => {
                let named = Condition::atom(format!("{ONE}.submod == {}", print_text(submod)));
                Condition::Some(ONE, RESULTS, Box::new(Condition::All(vec![named, made(ONE)])))
            }
            Owner::Named(submod) => {
                let field = self.field(submod);
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
    pub(super) fn identity(&self, source: &Source) -> Option<Line> {
        let first = self.submods.first().filter(|_| !self.walks)?;
        Some(Line {
            condition: Condition::atom(format!("{}.submod == {}", self.field(first), print_text(first))),
            sentence: format!("not the appraisal of `{}`", excerpt(first)),
            place: Place { file: source.name.clone(), line: 1, column: 1 },
        })
    }

    pub(super) fn declare(&self, package: &mut Package) {
        package.uses("std.ear", "Ear");
        let mut fields = String::new();
        if self.walks {
            fields += &format!(
                "/// Every appraisal of the caller's attestation result.\nsession {RESULTS}: authenticated [Ear; {MAX_RESULTS}],\n"
            );
            package.ages.push(format!("all {ELEMENT} in {RESULTS}: age({ELEMENT})"));
        }
        let named: Vec<String> = match (self.walks, self.submods.is_empty()) {
            (true, _) => Vec::new(),
            // A result has at least one appraisal, whatever it is called.
            (false, true) => vec!["cpu0".to_owned()],
            (false, false) => self.submods.iter().cloned().collect(),
        };
        for (at, submod) in named.iter().enumerate() {
            let field = self.field(submod);
            let first = named.first().map(|first| self.field(first)).unwrap_or_default();
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
    let mut written: String = path.steps.iter().map(|step| format!("[{step:?}]")).collect();
    written.extend(path.element.map(|number| format!("[{number}]")));
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
    let holds_for_absent = comparison.decides(0.cmp(&with));
    if !holds_for_absent {
        return compared;
    }
    // Unknown where it is 0: it may have been written, or absent.
    let is_known = Condition::Any(vec![Condition::atom(format!("{field} != 0")), Condition::Unknown]);
    Condition::All(vec![is_known, compared])
}

impl Vocabulary for Results {
    fn defined(&mut self, path: &Path, place: &Place, findings: &mut Findings) -> Condition {
        // What is known as a whole: all appraisals, or what is asked for.
        if let (Root::Input, [] | ["submods"], None) | (Root::Data, [], None) =
            (path.root, &path.keys()[..], path.element)
        {
            return Condition::Constant(true);
        }
        // Unknown where it is 0: it may have been written, or absent.
        let is_written = |of: &str, claims: &[&str]| {
            let written = claims.iter().map(|claim| Condition::atom(format!("{of}.{claim} != 0")));
            Condition::Any(written.chain([Condition::Unknown]).collect())
        };
        match self.target(path, place, findings) {
            Target::Claim(owner, Claim::Itself | Claim::Status) => self.about(&owner, |_| Condition::Constant(true)),
            // A result may lack its vector, which `std.ear` shows as a vector of zeros.
            Target::Claim(owner, Claim::Vector) => {
                self.about(&owner, |of| is_written(of, &TRUST_CLAIMS.map(|(_, claim)| claim)))
            }
            Target::Claim(owner, Claim::Number(field)) => self.about(&owner, |of| is_written(of, &[field])),
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
            (Target::Claim(owner, Claim::Status), Constant::Text(text)) if is_equality => {
                if !["none", "affirming", "warning", "contraindicated"].contains(&text.as_str()) {
                    findings.add(
                        Code::NeverHolds,
                        Some(place),
                        format!("a status is never `{}`", excerpt(text)),
                        "it is `none`, `affirming`, `warning` or `contraindicated`",
                    );
                    let is_there = comparison == Comparison::Unequal;
                    return self.about(&owner, |_| Condition::Constant(is_there));
                }
                self.about(&owner, |of| Condition::atom(format!("{of}.status {} {text}", comparison.sign())))
            }
            (Target::Claim(owner, Claim::Number(field)), Constant::Int(with)) => {
                self.about(&owner, |of| number(&format!("{of}.{field}"), comparison, *with))
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
        match (path.root, &path.keys()[..], path.element) {
            (Root::Input, ["submods"], None) => {
                self.walks = true;
                counted(comparison, number)
            }
            (Root::Data, ["resource-path"], None) => {
                self.ask("segments", "/// How many segments the path has.\ncall segments: local Int,");
                Condition::atom(format!("segments {} {number}", comparison.sign()))
            }
            _ => match unknown(path, place, findings) {
                Target::Claim(..) | Target::Text(_) | Target::Segment(_) | Target::Unknown => Condition::Unknown,
            },
        }
    }

    fn list(&mut self, path: &Path) -> Option<&'static str> {
        let is_list = path.root == Root::Input && path.steps == ["submods"] && path.element.is_none();
        self.walks |= is_list;
        is_list.then_some(RESULTS)
    }

    fn has_segments(&self, path: &Path) -> bool {
        path.root == Root::Data && path.steps == ["resource-path"] && path.element.is_none()
    }
}

/// The name of a segment of the path.
fn segment(number: i64) -> String {
    format!("segment_{number}")
}

/// The number of appraisals compared with another, where a list of at most so many can be either.
fn counted(comparison: Comparison, number: i64) -> Condition {
    let most = i64::try_from(MAX_RESULTS).unwrap_or(i64::MAX);
    let holds = |count: i64| comparison.decides(count.cmp(&number));
    let (some, all) = ((0..=most).any(holds), (0..=most).all(holds));
    match (some, all) {
        (false, _) => Condition::Constant(false),
        (true, true) => Condition::Constant(true),
        (true, false) => Condition::atom(format!("count({ONE} in {RESULTS}) {} {number}", comparison.sign())),
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
