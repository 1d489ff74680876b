//! Decisions against an evaluator in Python that was written from the language's manual alone: `tests/oracle`.

use atbac_compiler::value::Value;
use atbac_differential::case::Case;
use atbac_differential::questions::{Plan, Questions};
use atbac_differential::subject::Subject;
use atbac_engine::{Denial, Verdict, json};
use atbac_generator::Tape;
use atbac_tests::evidence::{Evidence, timely};
use serde_json::{Value as Json, json};
use std::io::Write;
use std::process::{Command, Stdio};

/// How many policies.
const POLICIES: u64 = 250;

/// A question with the decision of the engine.
struct Asked {
    seed: u64,
    question: Json,
    decision: Json,
}

#[test]
fn the_oracle_says_the_same() {
    let evidence = timely();
    let asked: Vec<Asked> = (0..POLICIES).flat_map(|seed| ask(seed, &evidence)).collect();
    assert!(asked.len() > 1500, "only {} questions", asked.len());
    let Some(answers) = answers(&asked) else {
        assert!(std::env::var_os("CI").is_none(), "where changes are judged, nothing is left out: install python3");
        eprintln!("python3 is not here: the oracle was not asked");
        return;
    };
    assert_eq!(answers.len(), asked.len(), "the oracle stopped");
    let (mut ends, mut ended) = (0, 0);
    for (asked, answer) in asked.iter().zip(&answers) {
        let mut expected = asked.decision.clone();
        if answer["valid_until"] == "?" {
            expected["valid_until"] = "?".into();
        } else {
            ends += 1;
            ended += u64::from(!answer["valid_until"].is_null());
        }
        let Asked { seed, question, .. } = asked;
        let files = question["files"].as_array().unwrap();
        let text = || files.iter().map(|file| file.as_str().unwrap()).collect::<Vec<_>>().join("\n");
        let rest = || json!({ "session": question["session"], "call": question["call"], "references": question["references"], "at": question["at"] });
        assert_eq!(*answer, expected, "oracle and engine differ, seed {seed}\n{}\n{:#}", text(), rest());
    }
    assert!(ends > 1000 && ended > 100, "the oracle knew the end of {ends} decisions, of which {ended} end");
}

/// Some questions of a policy of the core.
fn ask(seed: u64, evidence: &[Evidence]) -> Vec<Asked> {
    let case = Case::of_seed(seed);
    let is_core = |text: &str| !text.contains("use std.");
    let files = case.source();
    if !files.iter().all(|file| is_core(&file.text)) {
        return Vec::new();
    }
    let texts: Vec<String> = files.iter().map(|file| file.text.clone()).collect();
    let Some(subject) = Subject::open(files, evidence) else { return Vec::new() };
    let Some(questions) = Questions::new(&subject, evidence, Plan::FEW, &mut Tape::new(&case.questions)) else {
        return Vec::new();
    };
    let bundle = &subject.interpreter;
    let mut asked = Vec::new();
    for issue in &questions.issues {
        let table = bundle.read_references(issue.to_string().as_bytes()).unwrap();
        bundle.swap_references(table).unwrap();
        for (fields, opened_at, calls) in &questions.sessions {
            let name = format!("{}.{}", questions.request.package, questions.request.name);
            let known = bundle.session_fields(&name).unwrap();
            let Ok(known) = fields.set(known) else { continue };
            let session = bundle.open_session(known, *opened_at).unwrap();
            let mut memory = session.memory();
            for call_fields in calls.iter().take(2) {
                let Ok(known) = call_fields.set(session.call_fields()) else { continue };
                let call = session.call(known).unwrap();
                for at in questions.instants.iter().take(3) {
                    let question = json!({
                        "files": texts,
                        "request": questions.request.name,
                        "session": stated(&subject, &questions, &fields.values),
                        "call": stated(&subject, &questions, &call_fields.values),
                        "references": issue["references"],
                        "at": at.to_string(),
                    });
                    let decision = session.decide(&call, *at, &mut memory);
                    asked.push(Asked { seed, question, decision: shown(&subject, &decision) });
                }
            }
        }
    }
    asked
}

/// The fields of one stage, evidence among them, as the oracle reads them.
fn stated(subject: &Subject, questions: &Questions<'_>, values: &[Option<Value>]) -> Json {
    let named = questions.request.fields.iter().zip(values);
    let given = named
        .filter_map(|(field, value)| Some((field.name.clone(), json::value(&subject.policy.schema, value.as_ref()?))));
    Json::Object(given.collect())
}

/// A decision in the form of the oracle's.
fn shown(subject: &Subject, decision: &atbac_engine::Decision<'_>) -> Json {
    let outcome = match decision.verdict() {
        Verdict::Permit => "permit",
        Verdict::Deny(Denial::Forbid) => "forbid",
        Verdict::Deny(Denial::NoPermit) => "no_permit",
        Verdict::Deny(Denial::Expired) => "expired",
        Verdict::Deny(Denial::Indeterminate) => "indeterminate",
    };
    let mut rules: Vec<&str> = decision.rules().map(|rule| rule.name).collect();
    rules.sort_unstable();
    let whole = json::decision(subject.interpreter.schema(), decision, None);
    let mut grant = whole.get("grant").cloned().unwrap_or_default();
    for (field, value) in grant.as_object_mut().into_iter().flatten() {
        if let Json::Array(elements) = value {
            elements.sort_by_key(Json::to_string);
        }
        // Times are numbers to the oracle.
        let declared = subject.policy.schema.requests.iter().filter_map(|request| request.grant.as_ref());
        let mut fields = declared.flat_map(|grant| &grant.fields);
        let ty = fields.find(|known| known.name == *field).map(|known| &known.ty);
        *value = in_milliseconds(ty.unwrap(), value);
    }
    let until = decision.valid_until().map(|until| until.as_millisecond());
    json!({ "outcome": outcome, "rules": rules, "valid_until": until, "grant": grant })
}

fn in_milliseconds(ty: &atbac_compiler::types::Type, value: &Json) -> Json {
    use atbac_compiler::types::Type;
    match (ty, value) {
        (Type::Duration, Json::String(text)) => atbac_grammar::parse_duration(text).unwrap().into(),
        (Type::Instant, Json::String(text)) => text.parse::<jiff::Timestamp>().unwrap().as_millisecond().into(),
        (Type::Set(element), Json::Array(elements)) => {
            let mut each: Vec<Json> = elements.iter().map(|each| in_milliseconds(element, each)).collect();
            each.sort_by_key(Json::to_string);
            each.into()
        }
        (_, other) => other.clone(),
    }
}

/// What the oracle says of each; nothing where there is no Python.
fn answers(asked: &[Asked]) -> Option<Vec<Json>> {
    let oracle = atbac_tests::files::data("oracle").join("oracle.py");
    let mut child =
        Command::new("python3").arg("-B").arg(oracle).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut input = child.stdin.take().unwrap();
    let lines: Vec<String> = asked.iter().map(|asked| asked.question.to_string()).collect();
    let written = std::thread::spawn(move || lines.iter().try_for_each(|line| writeln!(input, "{line}")));
    let output = child.wait_with_output().unwrap();
    // It stops reading where it fails, which its output tells.
    let _ = written.join().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    Some(lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}
