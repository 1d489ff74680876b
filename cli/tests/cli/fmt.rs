//! `atbac fmt`.

use crate::support::{argument, atbac, failure, file, folder, json, root};
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

const LOOSE: &str = "package demo;\n\nrecord R { a:Int } // kept\n";
const LAID_OUT: &str = "package demo;\n\nrecord R { a: Int } // kept\n";
const BROKEN: &str = "package demo;\nrecord R { a: }\n";

/// Runs the command with this text on standard input: exit code, standard output.
fn piped(arguments: &[&str], text: &str) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atbac"));
    let mut child =
        command.args(arguments).current_dir(root()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn files_are_written_and_those_with_errors_are_left_alone() {
    let folder = folder("fmt_writes");
    let paths = [("loose.atbac", LOOSE), ("fine.atbac", LAID_OUT), ("broken.atbac", BROKEN)]
        .map(|(name, text)| file(&folder, name, text));
    let (code, document) = json(&["fmt", &argument(&folder)]);
    assert_eq!((code, &document["files"]), (1, &3.into()), "{document}");
    assert_eq!(document["changed"], serde_json::json!([paths[0]]));
    assert_eq!(document["diagnostics"][0]["code"], "atbac::syntax::unexpected_token");
    assert_eq!(paths.map(|path| fs::read_to_string(path).unwrap()), [LAID_OUT, LAID_OUT, BROKEN]);
    fs::remove_file(folder.join("broken.atbac")).unwrap();
    let run = atbac(&["fmt", &argument(&folder)]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "2 looked at: 0 laid out anew\n"));
}

#[test]
fn check_and_diff_write_nothing() {
    let folder = folder("fmt_check");
    let path = file(&folder, "loose.atbac", LOOSE);
    let run = atbac(&["fmt", "--check", &path]);
    assert_eq!((run.code, run.stdout), (1, format!("{path}\n1 looked at: 1 to be laid out anew\n")));
    let run = atbac(&["fmt", "--diff", &path]);
    assert_eq!(run.code, 1);
    let wanted = format!(
        "--- {path}\n+++ {path}\n@@ -1,3 +1,3 @@\n package demo;\n \n-record R {{ a:Int }} // kept\n+record R {{ a: Int }} // kept\n"
    );
    assert!(run.stdout.starts_with(&wanted), "{}", run.stdout);
    assert_eq!(fs::read_to_string(&path).unwrap(), LOOSE);
    fs::write(&path, LAID_OUT).unwrap();
    for option in ["--check", "--diff"] {
        let run = atbac(&["fmt", option, &path]);
        assert_eq!((run.code, run.stdout.as_str()), (0, "1 looked at: 0 to be laid out anew\n"));
    }
}

#[test]
fn standard_input_is_laid_out_to_standard_output() {
    assert_eq!(piped(&["fmt", "-"], LOOSE), (0, LAID_OUT.to_owned()));
    assert_eq!(piped(&["fmt", "-"], LAID_OUT), (0, LAID_OUT.to_owned()));
    assert_eq!(piped(&["fmt", "--check", "-"], LOOSE), (1, "standard input\n".to_owned()));
    let (code, said) = piped(&["fmt", "-"], BROKEN);
    assert_eq!(code, 1);
    assert!(said.contains("standard input:2:15"), "{said}");
    // What programs read is not touched, whatever stands in it.
    let odd = "package demo; // \u{7}\n";
    assert_eq!(piped(&["fmt", "-"], odd), (0, odd.to_owned()));
}

#[test]
fn standard_input_stands_alone() {
    assert_eq!(failure(&["fmt", "-", "x.atbac"]).0, "atbac::cli::usage");
    let mut child = Command::new(env!("CARGO_BIN_EXE_atbac")).args(["fmt", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"\xff").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2));
}
