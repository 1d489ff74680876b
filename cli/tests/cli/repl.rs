//! `atbac repl`, driven as a program drives it: lines on standard input.

use crate::support::{EXAMPLE, example, file, folder, root};
use std::io::Write;
use std::process::{Command, Stdio};

/// Types these lines: the exit code and what was answered.
fn typed(arguments: &[&str], lines: impl AsRef<[u8]>) -> (i32, String) {
    let lines = lines.as_ref();
    let state = folder(&format!("repl_state_{}", lines.len()));
    let mut child = Command::new(env!("CARGO_BIN_EXE_atbac"))
        .arg("repl")
        .args(arguments)
        .current_dir(root())
        .env("XDG_STATE_HOME", &state)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines).unwrap();
    let output = child.wait_with_output().unwrap();
    // History is a person's.
    assert_eq!(std::fs::read_dir(&state).unwrap().count(), 0);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

/// With the evidence of the example, and a call.
fn usual(lines: &str) -> (i32, String) {
    let files = ["snp.json", "calls/query-ledger.json", "references.json"].map(example);
    let [evidence, call, references] = &files;
    let at = "2026-06-30T12:01:00Z";
    typed(&[EXAMPLE, "--evidence", evidence, "--call", call, "--references", references, "--at", at], lines)
}

fn has(said: &str, lines: &[&str]) {
    for line in lines {
        assert!(said.lines().any(|said| said == *line), "no line `{line}` in:\n{said}");
    }
}

#[test]
fn expressions_have_values_and_types() {
    // Of the report: `vmpl` 0, no debugging, a Milan. Of the files: the ledger's name, one released build, one minute of age.
    let (code, said) = usual(
        "principal.vmpl\nprincipal.policy.debug\nresource.name\nprincipal.vmpl + 1 == 1\nage(principal) <= 5m\n\
         approver_builds\nminimum_guest_svn\nsha256(resource.name) == hex\"00\"\nprincipal is Tdx\n",
    );
    has(
        &said,
        &[
            "0 : Int",
            "false : Bool",
            "\"ledger_db\" : String",
            "true : Bool",
            "  age(principal) = \"1m\"",
            "1 value : Set<Digest<48>>",
            "0 : Int",
        ],
    );
    // The comparison of a digest with one byte is refused, and the session goes on.
    assert_eq!(code, 1);
    assert!(said.contains("atbac::types::digest_length"), "{said}");
    assert!(said.trim_end().ends_with("principal is Snp"), "{said}");
}

#[test]
fn nothing_typed_ends_it() {
    let (code, said) = usual(
        "principal.\n)\n\u{0}\nnobody\n:frobnicate\n:call\n:at yesterday\n:evidence missing.json\n:call { \"action\": 3 }\n\
         :call [\npredicate\n1; permit x\ntrue; predicate q() = true\n:type\n:load missing\nprincipal.vmpl\n",
    );
    assert_eq!(code, 1);
    // After all of it, what was loaded is still there.
    assert_eq!(said.lines().last(), Some("0 : Int"), "{said}");
    for part in [
        "atbac::names::unknown",
        "there is no command `:frobnicate`",
        "expected an instant of RFC 3339",
        "does not exist",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn an_error_points_into_what_was_typed() {
    let (_, said) = usual("1 == nobody\n1 +\ntrue // as it should be\n\"\\u{e9}\" == 1 // é\n");
    has(&said, &[" 1 │ 1 == nobody ", " 1 │ 1 + ", "true : Bool"]);
    for place in ["[expression:1:6]", "[expression:1:4]"] {
        assert!(said.contains(place), "{place}: {said}");
    }
}

#[test]
fn a_line_that_is_no_text_is_left_out() {
    let mut lines = b"1 + 1\n\"\xff\"\n".to_vec();
    lines.extend(std::iter::repeat_n(b'x', 1024 * 1024 + 7));
    lines.extend(b"\n2 + 2\n");
    let (code, said) = typed(&[EXAMPLE], lines);
    assert_eq!(code, 1);
    has(&said, &["2 : Int", "4 : Int"]);
    assert!(said.contains("it is not UTF-8 from byte 2 on"), "{said}");
    assert!(said.contains("has more than 1048576 bytes"), "{said}");
}

#[test]
fn calls_are_decided_and_told() {
    let other = example("calls/query-other-tenant.json");
    let (code, said) =
        usual(&format!(":decide\n:call {other}\n:decide\n:explain\n:at 2026-06-30T12:06:00Z\n:decide\n:quit\n1 +\n"));
    // What follows `:quit` is not read.
    assert_eq!(code, 0, "{said}");
    let verdicts: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("PERMIT") || line.starts_with("DENY"))
        .map(|line| &line[..4])
        .collect();
    assert_eq!(verdicts, ["PERM", "DENY", "DENY", "DENY"]);
    assert!(said.contains("resource.tenant = \"globex\""), "{said}");
    assert_eq!(said.matches("the evidence is stale: attest again\n").count(), 1, "{said}");
}

#[test]
fn without_evidence_there_are_types_and_no_values() {
    let folder = folder("repl_types");
    let policy = file(
        &folder,
        "p.atbac",
        "package p;\nfloor circumstance: asserted;\nrecord R { @sensitive pin: Int, tags: Set<String> }\n\
         request Q { session a: local Int, session r: local R, call b: asserted String }\npermit one for Q where a == 1;\n",
    );
    let (code, said) = typed(&[&policy], "a\n:type b\n2 + 3\nb in { \"x\" }\n");
    assert_eq!(code, 0, "{said}");
    has(&said, &["no value : Int", "String", "5 : Int", "no value : Bool"]);
    let session = file(&folder, "s.json", r#"{ "session": { "a": 40, "r": { "pin": 4711, "tags": ["x", "y"] } } }"#);
    let (code, said) = typed(
        &[&policy, "--evidence", &session],
        "a\nr.pin\nr\nr.tags\nb == \"front\"\n:call { \"b\": \"front\" }\nb == \"front\"\n:type r.pin\n",
    );
    assert_eq!(code, 0, "{said}");
    has(
        &said,
        &["40 : Int", "(sensitive) : Int", "[\"x\",\"y\"] : Set<String>", "no value : Bool", "true : Bool", "Int"],
    );
    assert!(!said.contains("4711"), "{said}");
}
