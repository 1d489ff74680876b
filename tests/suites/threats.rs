//! The sixteen threats to policy languages of Trail of Bits' "Cedar, Rego, and OpenFGA Policy Languages: Comparative Language Security Assessment" (2024, table 1), each with a
//! test of its number. `docs/threat-model.md` says what else stands against each; every test that the page names is there.
//!
//! T3 and T4, denial of service, are in `tests/hostile`.

use atbac_compiler::pipeline;
use atbac_engine::{Bundle, BundleError, Execution, Session, SourceFile};
use atbac_grammar::codes::{self, Code};
use atbac_tests::files::{read_text, repository, source};
use atbac_tests::twins::{Twins, set_all};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

const NOW: &str = "2026-06-01T00:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// The head of a package whose permits may rest on what the caller says.
fn package(rest: &str) -> String {
    format!("package p; floor circumstance: asserted;\n{rest}")
}

/// What both executions decide of a policy whose request is `Call`.
fn decide(files: &[SourceFile], call: &Json) -> Json {
    ask(&Twins::open(files), call)
}

fn ask(twins: &Twins, call: &Json) -> Json {
    let mut session = twins.open_session("Call", now(), Ok).unwrap();
    let call = session.call(|fields| set_all(fields, call.as_object().unwrap())).unwrap();
    session.decide(&call, now())
}

/// The codes of the errors and warnings in a bundle.
fn found(files: Vec<SourceFile>) -> Vec<Code> {
    let found = match pipeline::parse(files).check() {
        Ok(checked) => checked.warnings,
        Err(refused) => refused.diagnostics,
    };
    found.into_iter().map(|found| found.code).collect()
}

fn files(texts: &[&str]) -> Vec<SourceFile> {
    let named = texts.iter().enumerate().map(|(at, text)| (format!("{at}.atbac"), (*text).to_owned()));
    named.map(|(name, text)| SourceFile { name, text }).collect()
}

/// The sources of everything below the command line, without the tests in them.
fn library_sources() -> Vec<(PathBuf, String)> {
    fn visit(folder: &Path, into: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let is_of_tests = entry.file_stem().is_some_and(|stem| stem == "tests");
            if entry.is_dir() {
                visit(&entry, into);
            } else if entry.extension().is_some_and(|extension| extension == "rs") && !is_of_tests {
                let text = read_text(&entry);
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
                into.push((entry, code));
            }
        }
    }
    let mut sources = Vec::new();
    for folder in ["grammar/src", "compiler/src", "engine/src", "engine/evidence/src", "stdlib/src"] {
        visit(&repository().join(folder), &mut sources);
    }
    assert!(sources.len() > 100, "there are {} sources", sources.len());
    sources
}

/// The sources that have one of these words outside of comments.
fn sources_with(words: &[&str]) -> Vec<String> {
    let has = |line: &str| !line.trim_start().starts_with("//") && words.iter().any(|word| line.contains(word));
    let sources = library_sources();
    let lines = sources.iter().flat_map(|(path, text)| text.lines().map(move |line| (path, line)));
    lines.filter(|(_, line)| has(line)).map(|(path, line)| format!("{}: {line}", path.display())).collect()
}

/// Bypass by an error in the policy, in its context or in its evaluation.
#[test]
fn tob_t1_what_goes_wrong_permits_nothing() {
    let policy = package(
        "request Call { call tool: asserted String, call note: asserted String? } reference names: Set<String>;
         permit known for Call { when tool in names; }
         permit free for Call where tool == \"free\";
         forbid bad for Call { when not (tool in names); reason \"not known\"; }",
    );
    let twins = Twins::open(&source(policy));
    assert_eq!(ask(&twins, &json!({ "tool": "a" }))["kind"], "indeterminate", "neither permit nor forbid can tell");
    assert_eq!(
        ask(&twins, &json!({ "tool": "free" }))["kind"],
        "indeterminate",
        "a forbid that cannot tell is no pass"
    );
    twins.swap_references(&json!({ "names": ["free"] }));
    assert_eq!(ask(&twins, &json!({ "tool": "free" }))["effect"], "permit");
    assert_eq!(ask(&twins, &json!({ "tool": "other" }))["effect"], "deny");
    let overflow = package("request Call { call n: asserted Int } permit p for Call { when n + 1 > 0; }");
    assert_eq!(found(source(overflow)), [codes::RANGE], "no error is left for the time of a decision");
}

/// Decisions leak through logs.
#[test]
fn tob_t2_nothing_below_the_command_line_writes_logs() {
    let writes = [
        "println!",
        "eprintln!",
        "print!(",
        "eprint!(",
        "dbg!",
        "use log::",
        "log::info!",
        "log::warn!",
        "log::error!",
        "log::debug!",
        "tracing::",
        "stdout()",
        "stderr()",
    ];
    assert_eq!(sources_with(&writes), [""; 0]);
}

/// A policy includes what somebody else controls.
#[test]
fn tob_t5_a_policy_rests_on_nothing_outside_its_bundle() {
    assert_eq!(found(source("package p; use elsewhere.x;")), [codes::UNKNOWN_PACKAGE]);
    for include in ["use \"https://example.com/p.atbac\";", "use https://example.com;", "include \"q.atbac\";"] {
        let found = found(source(format!("package p; {include}")));
        assert!(
            !found.is_empty() && found.iter().all(|code| code.as_str().starts_with("atbac::syntax::")),
            "{include}: {found:?}"
        );
    }
    let network = ["TcpStream", "UdpSocket", "TcpListener", "reqwest", "hyper::", "ToSocketAddrs"];
    assert_eq!(sources_with(&network), [""; 0]);
}

/// A policy reads files of the host.
#[test]
fn tob_t6_nothing_below_the_command_line_reads_the_host() {
    let host = [
        "std::fs",
        "File::open",
        "std::env",
        "env::var",
        "Command::new",
        "std::process",
        "SystemTime::now",
        "Instant::now",
        "Timestamp::now",
    ];
    assert_eq!(sources_with(&host), [""; 0]);
}

/// Other writings of an address or a text reach what a policy forbids.
#[test]
fn tob_t7_one_value_has_one_meaning_however_it_is_written() {
    let policy = package(
        "request Call { call from: asserted IpAddr, call tool: asserted String }
         permit everyone for Call; forbid inside for Call { when from in 10.0.0.0/8; reason \"inside\"; }
         forbid named for Call { when tool == \"caf\u{e9}\"; reason \"named\"; }",
    );
    let twins = Twins::open(&source(policy));
    let decided = |from: &str, tool: &str| ask(&twins, &json!({ "from": from, "tool": tool }))["effect"] == "permit";
    assert!(decided("192.0.2.1", "x") && !decided("10.0.0.1", "x") && !decided("::ffff:10.0.0.1", "x"));
    assert!(!decided("::FFFF:0a00:0001", "x"), "the same address in hexadecimal");
    // Texts are bytes: what looks the same but is another text is not the same.
    assert!(!decided("192.0.2.1", "caf\u{e9}") && decided("192.0.2.1", "cafe\u{301}"));
    let session = twins.jit.open_session(twins.jit.session_fields("Call").unwrap(), now()).unwrap();
    for odd in ["010.0.0.1", "0x0a.0.0.1", "167772161", "10.1", "10.0.0.1 ", "10.0.0.1/8", "[::1]"] {
        let refused = session.call_fields().asserted("from", &json!(odd));
        assert_eq!(refused.map(|_| ()).map_err(|error| error.code()), Err("atbac::input::type"), "{odd}");
    }
    assert_eq!(found(source("package p; // \u{202e}")), [codes::BIDI_CONTROL]);
    let homoglyph =
        package("request Call { call tool: asserted String } permit a for Call where tool == \"\u{440}ay\";");
    assert_eq!(found(source(homoglyph)), [codes::CONFUSABLE]);
}

/// Memory of the engine, or of another application, is read through the interpreter.
#[test]
fn tob_t8_a_value_that_points_elsewhere_is_none() {
    let policy = package(
        "request Call { call body: asserted Bytes, call list: asserted [Int; 4], call id: asserted Bytes<4> }
         permit p for Call { when body starts_with hex\"00\" or any x in list: x == 1 or id[0..4] == hex\"00000000\"; }",
    );
    let twins = Twins::open(&source(policy));
    let session = twins.jit.open_session(twins.jit.session_fields("Call").unwrap(), now()).unwrap();
    for (field, value) in
        [("id", json!("0000000000")), ("id", json!("00")), ("list", json!([1, 2, 3, 4, 5])), ("body", json!([0]))]
    {
        assert!(session.call_fields().asserted(field, &value).is_err(), "{field}: {value}");
    }
    let decision = ask(&twins, &json!({ "body": "", "list": [], "id": "01000000" }));
    assert_eq!(decision["kind"], "no_permit", "what is not there is not read");
}

/// One application's policy changes what another's decides.
#[test]
fn tob_t9_bundles_side_by_side_do_not_see_one_another() {
    let with = |number: i64| {
        package(&format!(
            "request Call {{ call n: asserted Int }} reference limit: Int; permit p for Call {{ when n == {number} and n <= limit; }}"
        ))
    };
    let (one, other) = (Twins::open(&source(with(1))), Twins::open(&source(with(2))));
    one.swap_references(&json!({ "limit": 5 }));
    assert_eq!(ask(&one, &json!({ "n": 1 }))["effect"], "permit");
    assert_eq!(ask(&other, &json!({ "n": 2 }))["kind"], "indeterminate", "its own reference is not loaded");
    assert!(other.jit.swap_references(one.jit.read_references(br#"{"format":1,"references":{}}"#).unwrap()).is_err());
}

/// A policy changes data as it is evaluated.
#[test]
fn tob_t10_to_decide_changes_nothing() {
    let policy = package(
        "request Call { session s: asserted String, call n: asserted Int } grant G for Call { names: Set<String> merge union }
         permit p for Call { when n > 1; grant { names: { s } } } forbid f for Call { when n > 10; reason \"much\"; }",
    );
    let twins = Twins::open(&source(policy));
    let mut session = twins.open_session("Call", now(), |fields| fields.asserted("s", &json!("a"))).unwrap();
    let calls: Vec<_> = (0..20).map(|n| session.call(|fields| fields.asserted("n", &json!(n))).unwrap()).collect();
    let first: Vec<Json> = calls.iter().map(|call| session.decide(call, now())).collect();
    let again: Vec<Json> = calls.iter().rev().map(|call| session.decide(call, now())).collect();
    assert_eq!(first, again.into_iter().rev().collect::<Vec<_>>());
}

/// A policy reads what belongs to another application, and gives it out.
#[test]
fn tob_t11_a_policy_reads_its_own_request_alone() {
    let theirs = "package theirs; floor circumstance: asserted; request Secret { session token: asserted String } permit p for Secret where token == \"t\";";
    let ours = package("request Call { call n: asserted Int } permit p for Call where token == \"t\";");
    assert_eq!(found(files(&[theirs, &ours])), [codes::UNKNOWN_NAME]);
    let ours = package("request Call { call n: asserted Int } permit p for Call where theirs.token == \"t\";");
    assert_eq!(found(files(&[theirs, &ours])), [codes::UNKNOWN_NAME]);
}

/// A policy that protects nothing is put in the place of one that did.
#[test]
fn tob_t12_a_permit_that_asks_nothing_is_refused() {
    let everything = "package p; request Call { call n: asserted Int } permit everything for Call;";
    let refused = found(source(everything));
    assert!(!refused.is_empty() && refused.iter().all(|code| *code == codes::FLOOR), "{refused:?}");
}

/// A policy that is added undoes another.
#[test]
fn tob_t13_no_permit_undoes_a_forbid_in_any_order() {
    let rules = [
        "forbid large for Call { when n > 10; reason \"large\"; }\n",
        "permit small for Call { when n <= 10; }\n",
        "permit added for Call;\n",
    ];
    for [a, b, c] in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let text = package(&format!("request Call {{ call n: asserted Int }} {}{}{}", rules[a], rules[b], rules[c]));
        assert_eq!(decide(&source(text.clone()), &json!({ "n": 11 }))["kind"], "forbid");
        assert_eq!(decide(&source(text), &json!({ "n": 1 }))["effect"], "permit");
    }
}

/// A package that others use is changed.
#[test]
fn tob_t14_a_package_that_is_used_cannot_lower_what_its_users_ask() {
    let policy = |checks: &str| {
        let used = format!(
            "package used; use std.snp.Snp; reference builds: Set<Digest<48>>; predicate released(p: Snp) = {checks};"
        );
        let user = "package p; use std.snp.Snp; use used.released; floor code_identity: attested;
            request Call { session principal: attested Snp }
            permit p for Call { require released(principal) else \"not released\"; require age(principal) <= 5m else \"old\"; }";
        found(files(&[&used, user]))
    };
    assert!(!policy("p.measurement in builds").contains(&codes::FLOOR));
    assert!(policy("p.vmpl >= 0").contains(&codes::FLOOR), "the floor is that of the package whose permit it is");
    let twice = files(&["package q; predicate f(x: Int) = x == 1;", "package q; predicate f(x: Int) = x != 1;"]);
    assert_eq!(found(twice), [codes::DUPLICATE_NAME], "nothing is declared over");
}

/// The language's own library is changed.
#[test]
fn tob_t15_the_standard_library_is_the_compilers_own() {
    for own in ["package std.snp; predicate hardened(x: Int) = x == 1;", "package std.more;"] {
        assert!(found(source(own)).contains(&codes::RESERVED_PACKAGE), "{own}");
    }
}

/// What the engine answers is changed on its way.
#[test]
fn tob_t16_an_answer_is_the_sessions_own() {
    let policy = package("request Call { call n: asserted Int } permit p for Call { when n == 1; }");
    let [one, other] = [(); 2].map(|()| match Bundle::open(source(policy.clone()), Execution::Jit) {
        Ok(bundle) => bundle,
        Err(BundleError::Refused(refused)) => panic!("{:?}", refused.diagnostics),
        Err(BundleError::Jit(error)) => panic!("{error}"),
    });
    let open = |bundle: &Bundle| bundle.open_session(bundle.session_fields("Call").unwrap(), now()).unwrap();
    let (session, elsewhere) = (open(&one), open(&other));
    let fields = |session: &Session| session.call_fields().asserted("n", &json!(1)).unwrap();
    assert!(session.call(fields(&elsewhere)).is_err(), "what was gathered for another bundle is not taken");
    let call = session.call(fields(&session)).unwrap();
    // A decision is only ever borrowed from the memory it was made in, which is of one bundle: there is none that a session did not make.
    assert!(session.decide(&call, now(), &mut session.memory()).is_permit());
    let mut theirs = elsewhere.memory();
    let taken = catch_unwind(AssertUnwindSafe(|| session.decide(&call, now(), &mut theirs).is_permit()));
    assert!(taken.is_err(), "the memory of another bundle is not taken");
}

/// Each test that the page names is there.
#[test]
fn the_page_names_tests_that_are_there() {
    let page = read_text(&repository().join("docs/threat-model.md"));
    let named: Vec<(&str, &str)> = page.split('`').filter_map(|word| word.split_once(".rs::")).collect();
    assert!(named.len() > 60, "the page names {} tests", named.len());
    for (file, test) in named {
        let text = read_text(&repository().join(format!("{file}.rs")));
        assert!(text.contains(&format!("fn {test}(")), "`{file}.rs` has no test `{test}`");
    }
}

/// Each threat has an answer, and a test.
#[test]
fn every_threat_of_the_page_has_a_defence_and_a_test() {
    let page = read_text(&repository().join("docs/threat-model.md"));
    let threats = page.split_once("## Threats").unwrap().1.split_once("## Not defended").unwrap().0;
    let rows: Vec<&str> = threats.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| id")).collect();
    for row in &rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_, threat, defence, shown] = cells[..] else { panic!("{row}") };
        assert!(!threat.is_empty() && !defence.is_empty() && shown.contains(".rs::"), "{row}");
    }
    for number in 1..=16 {
        assert_eq!(rows.iter().filter(|row| row.starts_with(&format!("| TOB-T{number} "))).count(), 1, "TOB-T{number}");
    }
}
