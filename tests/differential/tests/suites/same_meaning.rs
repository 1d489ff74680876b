//! How a policy is written changes nothing: the order of files, declarations and lines, names, packages, layout, templates, and rules that cannot match.

use atbac_differential::layout::{disarranged_policy, laid_out};
use atbac_differential::questions::{Plan, Questions};
use atbac_differential::subject::{Subject, tape_of};
use atbac_engine::{Bundle, Execution, SourceFile, json};
use atbac_generator::bundle::printed;
use atbac_generator::{Arrangement, Tape, expand, tape};
use atbac_grammar::span::FileId;
use atbac_grammar::syntax::{File, ItemKind, Provenance};
use atbac_tests::evidence::{Evidence, timely};
use atbac_tests::generate::Fields;
use atbac_tests::reorder::reordered;
use serde_json::{Map, Value as Json, json};

/// How many policies are written otherwise.
const POLICIES: u64 = 30;

/// The policy of a seed, as written first and as written otherwise.
struct Pair {
    seed: u64,
    first: Vec<SourceFile>,
    other: Vec<SourceFile>,
    /// What names are called in the other one, where not the same.
    names: Option<Rename>,
}

/// What something is called elsewhere.
type Rename = fn(&str) -> String;

fn called(name: &str, names: Option<Rename>) -> String {
    names.map_or_else(|| name.to_owned(), |rename| rename(name))
}

fn generated(seed: u64) -> atbac_generator::Bundle {
    atbac_generator::Bundle::new(&mut Tape::new(&tape_of(seed)))
}

fn files(sources: Vec<(String, String)>) -> Vec<SourceFile> {
    sources.into_iter().map(|(name, text)| SourceFile { name, text }).collect()
}

fn trees(files: &[SourceFile]) -> Vec<File> {
    files.iter().map(|file| atbac_grammar::parse(FileId(0), &file.text).file).collect()
}

/// Asks both of many pairs everything, and gives how many decisions were compared.
fn compare(pairs: impl Iterator<Item = Pair>) -> usize {
    let evidence = timely();
    pairs.map(|pair| compare_one(&pair, &evidence)).sum()
}

fn compare_one(pair: &Pair, evidence: &[Evidence]) -> usize {
    let Some(subject) = Subject::open(pair.first.clone(), evidence) else { return 0 };
    let other = Bundle::open(pair.other.iter().cloned(), Execution::Interpreter).unwrap_or_else(|_| {
        let text: Vec<&str> = pair.other.iter().map(|file| file.text.as_str()).collect();
        panic!("seed {}: written otherwise it is refused:\n{}", pair.seed, text.join("\n"))
    });
    let numbers = tape::random(!pair.seed, 8000);
    let Some(questions) = Questions::new(&subject, evidence, Plan::FEW, &mut Tape::new(&numbers)) else { return 0 };
    let mut compared = 0;
    for issue in &questions.issues {
        for (session, opened_at, calls) in &questions.sessions {
            let one = |bundle: &Bundle, names: Option<Rename>| -> Vec<Json> {
                let references = issue["references"].as_object().unwrap();
                // The package of a reference may be another: its name says enough.
                let short = |name: &String| called(name.rsplit('.').next().unwrap(), names);
                let references: Map<String, Json> =
                    references.iter().map(|(name, value)| (short(name), value.clone())).collect();
                let text = json!({ "format": 1, "references": references }).to_string();
                bundle.swap_references(bundle.read_references(text.as_bytes()).unwrap()).unwrap();
                let request = called(&questions.request.name, names);
                let known = bundle.session_fields(&request).unwrap();
                let Ok(known) = fields(bundle, &request, session, names).set(known) else { return Vec::new() };
                let opened = bundle.open_session(known, *opened_at).unwrap();
                let mut memory = opened.memory();
                let mut decisions = Vec::new();
                for call in calls {
                    let Ok(known) = fields(bundle, &request, call, names).set(opened.call_fields()) else { continue };
                    let call = opened.call(known).unwrap();
                    for at in &questions.instants {
                        let decision = opened.decide(&call, *at, &mut memory);
                        decisions.push(json::decision(bundle.schema(), &decision, None));
                    }
                }
                decisions
            };
            let expected: Vec<Json> =
                one(&subject.interpreter, None).iter().map(|json| normal(json, pair.names)).collect();
            let found: Vec<Json> = one(&other, pair.names).iter().map(|json| normal(json, None)).collect();
            assert_eq!(found, expected, "seed {}", pair.seed);
            compared += found.len();
        }
    }
    compared
}

/// The same fields as another bundle calls them. Where names are others, types stand in the same order.
fn fields<'a>(bundle: &Bundle, request: &str, fields: &Fields<'a>, names: Option<Rename>) -> Fields<'a> {
    if names.is_none() {
        return Fields { attested: fields.attested.clone(), json: fields.json.clone(), values: fields.values.clone() };
    }
    let declared = bundle.requests().iter().find(|known| known.name == request).unwrap();
    let stated =
        declared.fields.iter().zip(&fields.values).filter(|(field, _)| field.provenance != Provenance::Attested);
    let given =
        stated.filter_map(|(field, value)| Some((field.name.clone(), json::value(bundle.schema(), value.as_ref()?))));
    let attested = fields.attested.iter().map(|(name, evidence)| (called(name, names), *evidence)).collect();
    Fields { attested, json: given.collect(), values: fields.values.clone() }
}

/// A decision without what its order of writing decides.
fn normal(decision: &Json, names: Option<Rename>) -> Json {
    let mut decision = decision.clone();
    for rule in decision["rules"].as_array_mut().into_iter().flatten() {
        *rule = called(rule.as_str().unwrap(), names).into();
    }
    if let Some(Json::Object(grant)) = decision.get_mut("grant") {
        *grant = grant.iter().map(|(field, value)| (called(field, names), value.clone())).collect();
    }
    for field in decision.get_mut("disagreements").and_then(Json::as_array_mut).into_iter().flatten() {
        *field = called(field.as_str().unwrap(), names).into();
    }
    sort(&mut decision);
    decision
}

fn sort(json: &mut Json) {
    match json {
        Json::Array(elements) => elements.sort_by_key(Json::to_string),
        Json::Object(fields) => fields.values_mut().for_each(sort),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

#[test]
fn packages_may_be_split_and_merged() {
    let pair = |seed: u64| {
        let bundle = generated(seed);
        let first = files(bundle.sources(Arrangement::TOGETHER));
        let other = files(bundle.sources(Arrangement::ALL[1 + seed as usize % (Arrangement::ALL.len() - 1)]));
        Pair { seed, first, other, names: None }
    };
    assert!(compare((0..POLICIES).map(pair)) > 1500);
}

#[test]
fn files_rules_and_lines_stand_in_any_order() {
    // Each reordering compiles as often as the bundle has rules.
    let short = (0..POLICIES).filter(|seed| generated(*seed).layers.iter().map(Vec::len).sum::<usize>() < 16);
    let pair = |seed: u64| {
        let first = files(generated(seed).sources(Arrangement::APART));
        let other = if Subject::open(first.clone(), &[]).is_some() { reordered(&first).0 } else { first.clone() };
        Pair { seed, first, other, names: None }
    };
    assert!(compare(short.take(8).map(pair)) > 200);
}

/// Names that are generated end in a number: another thousand makes them others.
fn a_thousand_more(name: &str) -> String {
    // What a template declares has two names.
    name.split('_').map(word_a_thousand_more).collect::<Vec<_>>().join("_")
}

fn word_a_thousand_more(name: &str) -> String {
    let letters = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let is_generated = letters.len() < name.len() && letters.chars().all(|letter| letter.is_ascii_alphabetic());
    match name[letters.len()..].parse::<usize>() {
        Ok(number) if is_generated && number > 0 && !matches!(letters, "svn" | "key") => {
            format!("{letters}{}", number + 1000)
        }
        Ok(_) | Err(_) => name.to_owned(),
    }
}

#[test]
fn names_are_only_names() {
    let pair = |seed: u64| {
        let other = atbac_generator::Bundle::with_names_from(&mut Tape::new(&tape_of(seed)), 1000);
        let first = files(generated(seed).sources(Arrangement::TOGETHER));
        Pair { seed, first, other: files(other.sources(Arrangement::TOGETHER)), names: Some(a_thousand_more) }
    };
    // Texts of a family are called like names, and names of the standard library stay.
    let plain = (0..2 * POLICIES).filter(|seed| {
        let bundle = generated(*seed);
        let (_, text) = bundle.sources(Arrangement::TOGETHER).remove(0);
        // Cases of enums would have to be renamed inside the JSON of reference values and grants.
        let gives_cases = |line: &str| {
            let is_given = line.starts_with("reference ") || line.contains(" merge ");
            is_given && (line.contains(": E") || line.contains("<E"))
        };
        !text.contains("use std.")
            && !text.lines().any(gives_cases)
            && bundle.layers.iter().map(Vec::len).sum::<usize>() < 40
    });
    assert!(compare(plain.map(pair)) > 500);
}

#[test]
fn a_rule_that_cannot_match_changes_nothing() {
    let pair = |seed: u64| {
        let bundle = generated(seed);
        let first = files(bundle.sources(Arrangement::TOGETHER));
        let request = bundle.layers.iter().flatten().find_map(|item| match &item.kind {
            ItemKind::Request(request) => Some(request.name.value.to_string()),
            _ => None,
        });
        let mut other = first.clone();
        let never = format!("forbid never for {} {{ when false; reason \"never\"; }}\n", request.unwrap());
        other[0].text.push_str(&never);
        Pair { seed, first, other, names: None }
    };
    assert!(compare((0..POLICIES).map(pair)) > 1500);
}

#[test]
fn what_is_printed_is_read_as_the_same() {
    let pair = |seed: u64| {
        let first = files(generated(seed).sources(Arrangement::APART));
        let other = files(printed(&trees(&first)));
        assert_eq!(
            first.iter().map(|file| &file.text).collect::<Vec<_>>(),
            other.iter().map(|file| &file.text).collect::<Vec<_>>(),
            "seed {seed}"
        );
        Pair { seed, first, other, names: None }
    };
    assert!(compare((0..POLICIES).map(pair)) > 1500);
}

#[test]
fn layout_is_only_layout() {
    let pair = |seed: u64| {
        let first = disarranged_policy(seed);
        let other =
            first.iter().map(|file| SourceFile { name: file.name.clone(), text: laid_out(&file.text).unwrap() });
        Pair { seed, other: other.collect(), first, names: None }
    };
    assert!(compare((0..POLICIES).map(pair)) > 1500);
}

#[test]
fn a_template_is_what_it_stands_for() {
    let mut expanded = 0;
    let pairs = (0..4 * POLICIES).filter_map(|seed| {
        let first = files(generated(seed).sources(Arrangement::TOGETHER));
        let (written_out, applications) = expand::written_out(trees(&first));
        expanded += applications;
        (applications > 0).then(|| Pair { seed, first, other: files(printed(&written_out)), names: None })
    });
    assert!(compare(pairs) > 500);
    assert!(expanded > 20, "only {expanded} applications");
}
