//! `atbac explain`: what it tells of decisions whose reasons were worked out by hand, and what it keeps to itself.

use crate::support::{EXAMPLE, argument, atbac, example, failure, file, folder, json};
use serde_json::{Value, json};
use std::fs;

const AT: &str = "2026-06-30T12:01:00Z";

/// The arguments for a call of the example.
fn arguments(call: &str, at: &str) -> Vec<String> {
    let files = ["--evidence", "snp.json", "--call", call, "--references", "references.json"];
    let path = |word: &str| if word.starts_with("--") { word.to_owned() } else { example(word) };
    let question = files.into_iter().map(path);
    ["explain", EXAMPLE]
        .map(str::to_owned)
        .into_iter()
        .chain(question)
        .chain(["--at".to_owned(), at.to_owned()])
        .collect()
}

fn told(call: &str, at: &str) -> (i32, Value) {
    let arguments = arguments(call, at);
    json(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

fn shown(call: &str) -> String {
    let arguments = arguments(call, AT);
    atbac(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).stdout
}

fn rule<'a>(story: &'a Value, name: &str) -> &'a Value {
    let found = story["rules"].as_array().unwrap().iter().find(|rule| rule["rule"] == name);
    found.unwrap_or_else(|| panic!("{name}: {story}"))
}

fn line<'a>(rule: &'a Value, text: &str) -> &'a Value {
    let found = rule["lines"].as_array().unwrap().iter().find(|line| line["text"].as_str().unwrap().contains(text));
    found.unwrap_or_else(|| panic!("{text}: {rule}"))
}

/// Another tenant's ledger: one line of one permit fails, on the two tenants.
#[test]
fn a_denial_is_told_by_the_line_that_failed_and_its_values() {
    let (code, document) = told("calls/query-other-tenant.json", AT);
    assert_eq!((code, &document["effect"]), (1, &"deny".into()));
    let story = &document["story"];
    let permit = rule(story, "approve_high_value");
    assert_eq!((&permit["applies"], &permit["decides"]), (&false.into(), &false.into()));
    let failed: Vec<&Value> =
        permit["lines"].as_array().unwrap().iter().filter(|line| line["holds"] == false).collect();
    let [failed] = failed[..] else { panic!("{permit}") };
    assert_eq!((&failed["kind"], &failed["sentence"]), (&"require".into(), &"another tenant's ledger".into()));
    let values = json!([
        { "name": "resource.tenant", "provenance": "local", "value": "globex" },
        { "name": "session.tenant", "provenance": "authenticated", "value": "acme" },
    ]);
    assert_eq!(failed["atoms"][0]["values"], values);
    // The same permit for the other kind of evidence is about other calls.
    let elsewhere: Vec<&Value> = story["elsewhere"].as_array().unwrap().iter().map(|other| &other["rule"]).collect();
    assert_eq!(elsewhere, ["approve_high_value_tdx", "unapproved_production_write"]);
    assert!(permit["trust"]["references"].as_array().unwrap().contains(&"minimum_tcb".into()), "{permit}");

    let text = shown("calls/query-other-tenant.json");
    for part in [
        "DENY  no rule permits this call\n",
        "because     another tenant's ledger\n",
        "fails   require resource.tenant == session.tenant else \"another tenant's ledger\";\n",
        "local         resource.tenant = \"globex\"\n",
        "permit approve_high_value_tdx, where principal is Tdx\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

/// Of a predicate that fails, the values that made it fail; of one that holds, all that it read.
#[test]
fn a_predicate_is_told_by_what_decided_it() {
    let (_, document) = told("calls/query-ledger.json", AT);
    let hardened = line(rule(&document["story"], "approve_high_value"), "hardened");
    let names: Vec<&Value> =
        hardened["atoms"][0]["values"].as_array().unwrap().iter().map(|value| &value["name"]).collect();
    assert_eq!(names, ["principal.policy.debug", "principal.policy.migrate_ma", "principal.vmpl"]);
    // One approval where two are asked for: the forbid applies, and says how many counted.
    let (_, document) = told("calls/approve-payment-one-approval.json", AT);
    let unless = line(rule(&document["story"], "unapproved_production_write"), "count");
    assert_eq!(unless["holds"], true);
    assert_eq!(unless["atoms"][0]["values"][0]["elements"]["so"], 1, "{unless}");
}

/// The age may be five minutes: the answer ends one millisecond after.
#[test]
fn what_ends_the_answer_is_told() {
    let (code, document) = told("calls/query-ledger.json", AT);
    assert_eq!((code, &document["valid_until"]), (0, &"2026-06-30T12:05:00.001Z".into()));
    let ends = document["story"]["ends"].as_array().unwrap();
    assert_eq!(ends.iter().map(|end| &end["rule"]).collect::<Vec<_>>(), ["approve_high_value"], "{ends:?}");
    assert!(
        shown("calls/query-ledger.json")
            .contains("`require age(principal) <= 5m else \"the evidence is stale: attest again\";`")
    );
    // What nothing but the session's end can change ends with the session.
    let (_, document) = told("calls/query-other-tenant.json", AT);
    assert_eq!(document["story"]["ends"], json!([{ "evidence": "session" }]));
}

/// A door whose badge, pin and owner nobody may read off an explanation: the value of each is 4711, or `mira`.
fn door(name: &str) -> (String, [String; 4]) {
    let folder = folder(name);
    let policy = file(
        &folder,
        "door.atbac",
        "package doors;\nfloor circumstance: asserted;\n\
         record Person { name: String, @sensitive badge: Int, @sensitive owner: String }\n\
         request Entry { session person: local Person, @sensitive call pin: asserted Int, call door: asserted String }\n\
         grant Pass for Entry { owner: String merge same, door: String merge same }\n\
         reference owners: Set<String>;\n\
         permit enter for Entry {\n  require pin == person.badge else \"wrong pin\";\n  \
         require person.owner in owners else \"no owner\";\n  grant { owner: person.owner, door: door }\n}\n",
    );
    let session = file(
        &folder,
        "session.json",
        r#"{ "session": { "person": { "name": "Mira", "badge": 4711, "owner": "mira" } } }"#,
    );
    let call = file(&folder, "call.json", r#"{ "pin": 4711, "door": "front" }"#);
    let known = r#"{ "format": 1, "references": { "owners": ["mira"] } }"#;
    let revoked = r#"{ "format": 1, "references": { "owners": { "values": [{ "value": "mira", "state": "revoked", "origin": "letter about mira" }] } } }"#;
    (policy, [session, call, file(&folder, "known.json", known), file(&folder, "revoked.json", revoked)])
}

#[test]
fn sensitive_values_stay_out_of_every_form() {
    let (policy, [session, call, known, revoked]) = door("sensitive");
    let page = argument(&folder("sensitive_page").join("page.html"));
    for (references, code) in [(&known, 0), (&revoked, 1)] {
        let arguments = [
            "explain",
            &policy,
            "--evidence",
            &session,
            "--call",
            &call,
            "--references",
            references,
            "--at",
            AT,
            "--html",
            &page,
        ];
        let (found, document) = json(&arguments);
        assert_eq!(found, code, "{document}");
        let text = atbac(&arguments).stdout;
        for told in [document.to_string(), text, fs::read_to_string(&page).unwrap()] {
            assert!(!told.contains("4711") && !told.contains("mira"), "{told}");
            assert!(told.contains("(sensitive)"), "{told}");
        }
        let lines = &rule(&document["story"], "enter")["lines"];
        assert_eq!(
            lines[0]["atoms"][0]["values"][0],
            json!({ "name": "pin", "provenance": "asserted", "sensitive": true })
        );
        if code == 0 {
            assert_eq!(document["grant"], json!({ "owner": "(sensitive)", "door": "front" }));
        }
    }
    // The mark changes no decision, and whoever is permitted gets the grant.
    let (_, decided) =
        json(&["decide", &policy, "--evidence", &session, "--call", &call, "--references", &known, "--at", AT]);
    assert_eq!(decided["grant"], json!({ "owner": "mira", "door": "front" }));
}

#[test]
fn sensitive_values_that_do_not_fit_are_not_quoted() {
    let (policy, [session, _, known, _]) = door("sensitive_misfits");
    let folder = folder("sensitive_misfit");
    for (call, code, path) in [
        (r#"{ "pin": 4711.5, "door": "front" }"#, "atbac::input::range", "pin"),
        (r#"{ "pin": "4711", "door": "front" }"#, "atbac::input::type", "pin"),
        (r#"{ "pin": { "4711": 1 }, "door": "front" }"#, "atbac::input::type", "pin"),
    ] {
        let call = file(&folder, "call.json", call);
        let (found, message) = failure(&["explain", &policy, "--evidence", &session, "--call", &call, "--at", AT]);
        assert_eq!(found, code, "{message}");
        assert!(
            message.contains(&format!("`{path}`: expected a whole number")) && !message.contains("4711"),
            "{message}"
        );
    }
    let call = file(&folder, "good.json", r#"{ "pin": 4711, "door": "front" }"#);
    let session = file(
        &folder,
        "session.json",
        r#"{ "session": { "person": { "name": "Mira", "badge": "4711", "owner": "mira" } } }"#,
    );
    let arguments = ["explain", &policy, "--evidence", &session, "--call", &call, "--references", &known, "--at", AT];
    let (_, message) = failure(&arguments);
    assert!(message.contains("`person.badge`: expected a whole number") && !message.contains("4711"), "{message}");
}

#[test]
fn what_cannot_be_asked_cannot_be_explained() {
    let missing = argument(&folder("explain_missing").join("missing.json"));
    let call = example("calls/query-ledger.json");
    let code = failure(&["explain", EXAMPLE, "--evidence", &missing, "--call", &call, "--at", AT]).0;
    assert_eq!(code, "atbac::cli::not_found");
    let folder = argument(&folder("explain_unwritable"));
    let session = example("snp.json");
    let code = failure(&["explain", EXAMPLE, "--evidence", &session, "--call", &call, "--at", AT, "--html", &folder]).0;
    assert_eq!(code, "atbac::cli::unwritable");
}
