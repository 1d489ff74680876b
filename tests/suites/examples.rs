//! The examples: their own tests pass, and where there is genuine evidence, they decide as their tables say.

use atbac_engine::Execution;
use atbac_engine::run::{TestResult, run_tests};
use atbac_grammar::codes;
use atbac_tests::examples::{Example, names};
use atbac_tests::files::{read_text, repository, source};
use atbac_tests::reorder::reordered;
use atbac_tests::twins::open;
use serde_json::{Value as Json, json};

/// On both executions, as written and in another order, with nothing to warn about.
#[test]
fn every_example_passes_its_own_tests() {
    for name in names() {
        let files = Example::open(&name).files;
        for order in [files.clone(), reordered(&files).0] {
            let bundle = open(&order, Execution::Jit);
            let results = run_tests(&bundle);
            let failed: Vec<&TestResult> = results.iter().filter(|result| !result.failures.is_empty()).collect();
            assert!(failed.is_empty(), "{name}: {failed:#?}");
            assert!(results.len() >= 8, "{name} has only {} tests", results.len());
            for warning in bundle.warnings() {
                assert_eq!(warning.code, codes::INVARIANT_NOT_PROVEN, "{name}: {}", warning.message);
            }
        }
    }
}

/// Whoever opens the folder is told which demands it answers.
#[test]
fn every_example_says_what_it_answers() {
    for name in names() {
        let text = read_text(&repository().join("examples").join(&name).join("README.md"));
        assert!(text.contains("## What it answers"), "{name}");
    }
}

/// What an agent reaches without anybody's approval, in pairs of a tool and an environment: the README of the support agent has the numbers.
#[test]
fn three_tiers_open_less_than_one_role() {
    let policy = read_text(&repository().join("examples/support-agent/support.atbac"));
    let readme = read_text(&repository().join("examples/support-agent/README.md"));
    let declarations = policy.split("/// First tier").next().unwrap();
    let wrong = readme.split("```atbac\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(unapproved_pairs(&format!("{declarations}\n{wrong}")), 27);
    assert_eq!(unapproved_pairs(&policy), 18);
}

/// Asks every pair in a test that expects a permit, and counts those that pass.
fn unapproved_pairs(policy: &str) -> usize {
    let tools: [&str; 9] = [
        "read_incident",
        "query_metrics",
        "search_logs",
        "propose_remediation",
        "add_note",
        "restart_pod",
        "clear_cache",
        "apply_manifest",
        "rotate_secret",
    ];
    let pairs = tools.into_iter().flat_map(|tool| ["dev", "staging", "production"].map(|place| (tool, place)));
    let tests = pairs.map(|(tool, place)| {
        format!(
            "test \"{tool} {place}\" {{
              given ToolCall {{
                tool: {tool},
                target: Target {{ cluster: \"c\", environment: {place}, tenant: \"acme\" }},
                ..ToolCall.sample
              }}
              with support_agents = {{ \"spiffe://acme.example/agent/approver\" }}
              with tenants = {{ \"acme\" }}
              expect permit
            }}"
        )
    });
    let bundle = open(&source(format!("{policy}\n{}", tests.collect::<String>())), Execution::Jit);
    run_tests(&bundle).iter().filter(|result| result.failures.is_empty()).count()
}

/// Every case: evidence verified, session opened, call decided on both executions.
#[test]
fn transaction_approver_decides_as_its_table_says() {
    let example = Example::open("transaction-approver");
    let table = example.json("expected.json");
    let cases = table["cases"].as_array().unwrap();
    assert!(cases.len() >= 33);
    for case in cases {
        let file = |key: &str| case[key].as_str().unwrap();
        example.load_references(file("references"));
        let mut session = example.open_session(file("evidence"));
        let call = example.call(&session, file("call"));
        let found = session.decide(&call, file("at").parse().unwrap());
        assert_eq!(stated(&found, &case["expect"]), whole(&case["expect"]), "{}", case["name"]);
    }
}

/// What a table must say of a decision. It leaves `valid_until` out of denials that time alone hardly ever changes, and empty lists.
fn whole(expected: &Json) -> Json {
    let mut whole = json!({ "rules": [], "reasons": [], "inputs": [], "grant": null, "kind": null });
    whole.as_object_mut().unwrap().extend(expected.as_object().unwrap().clone());
    whole
}

/// The same fields of a decision that came out.
fn stated(found: &Json, expected: &Json) -> Json {
    let list = |key: &str| found.get(key).cloned().unwrap_or_else(|| json!([]));
    let mut stated = json!({
        "effect": found["effect"],
        "kind": found["kind"],
        "rules": list("rules"),
        "reasons": list("reasons"),
        "inputs": list("inputs"),
        "grant": found["grant"],
    });
    if expected.get("valid_until").is_some() {
        stated["valid_until"] = found["valid_until"].clone();
    }
    stated
}

/// A session outlives the reference values it was opened with: each swap counts at once.
#[test]
fn swapped_references_count_for_open_sessions() {
    let example = Example::open("transaction-approver");
    example.load_references("references.json");
    let mut session = example.open_session("snp.json");
    let call = example.call(&session, "calls/query-ledger.json");
    let at = "2026-06-30T12:01:00Z".parse().unwrap();
    for (references, effect) in [
        ("references.json", "permit"),
        ("references-other-builds.json", "deny"),
        ("references-without-builds.json", "deny"),
        ("references.json", "permit"),
    ] {
        example.load_references(references);
        assert_eq!(session.decide(&call, at)["effect"], effect, "{references}");
    }
}

/// One session asked at many instants, forwards and backwards.
#[test]
fn a_session_is_asked_at_any_time() {
    let example = Example::open("transaction-approver");
    example.load_references("references.json");
    let mut session = example.open_session("snp.json");
    let call = example.call(&session, "calls/query-ledger.json");
    for (at, effect) in [
        ("2026-06-30T12:05:00.001Z", "deny"),
        ("2026-06-30T12:05:00Z", "permit"),
        ("2026-06-30T11:59:59.999Z", "deny"),
        ("2026-06-30T12:00:00Z", "permit"),
        ("2026-06-30T21:00:00Z", "deny"),
        ("2026-06-30T12:00:00Z", "permit"),
    ] {
        assert_eq!(session.decide(&call, at.parse().unwrap())["effect"], effect, "{at}");
    }
}
