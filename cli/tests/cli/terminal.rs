//! What only people at a terminal see: pages and colours. `script` (util-linux) gives the command a terminal; where it is missing, the tests say so.

use crate::support::{EXAMPLE, folder, root};
use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// What the command writes at a terminal of 24 lines; `None` where there can be none.
fn at_a_terminal(arguments: &str, environment: &[(&str, &str)]) -> Option<String> {
    typed_at_a_terminal(arguments, environment, &[])
}

/// The same, when this is typed: each piece once the text before it has come, since what is typed ahead of a prompt is lost.
fn typed_at_a_terminal(arguments: &str, environment: &[(&str, &str)], typed: &[(&str, &str)]) -> Option<String> {
    if Command::new("script").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "where changes are judged, nothing is left out: install `script`");
        eprintln!("`script` is not installed: nothing was tested at a terminal");
        return None;
    }
    let command = format!("stty rows 24 cols 100; {} {arguments}", env!("CARGO_BIN_EXE_atbac"));
    let mut script = Command::new("script");
    script.args(["-q", "-e", "-c", &command, "/dev/null"]).current_dir(root()).env("TERM", "xterm");
    script.env_remove("NO_COLOR").env_remove("PAGER").env_remove("LESS").envs(environment.iter().copied());
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (mut said, mut seen) = (Vec::new(), 0);
    for (awaited, keys) in typed {
        let found = |said: &[u8]| said.windows(awaited.len()).position(|text| text == awaited.as_bytes());
        let end = loop {
            if let Some(at) = found(&said[seen..]) {
                break seen + at + awaited.len();
            }
            let mut more = [0; 1024];
            let length = output.read(&mut more).unwrap();
            assert!(length > 0, "{awaited} never came: {}", String::from_utf8_lossy(&said));
            said.extend_from_slice(&more[..length]);
        };
        seen = end;
        input.write_all(keys.as_bytes()).unwrap();
    }
    drop(input);
    output.read_to_end(&mut said).unwrap();
    child.wait().unwrap();
    Some(String::from_utf8(said).unwrap())
}

#[test]
fn long_answers_go_through_the_readers_pager() {
    let long = "explain-code --list";
    let Some(paged) = at_a_terminal(long, &[("PAGER", "grep -c .")]) else { return };
    // The pager has it all, and nothing else is printed.
    assert!(paged.trim().parse::<usize>().is_ok_and(|lines| lines > 100), "{paged}");
    for (arguments, pager) in
        [("--no-pager explain-code --list", "grep -c ."), (long, "cat"), (long, ""), (long, "no-such-pager")]
    {
        let printed = at_a_terminal(arguments, &[("PAGER", pager)]).unwrap();
        assert!(printed.contains("atbac::syntax::unexpected_character"), "{pager}: {printed}");
    }
    // What fits on the screen is left alone.
    let short = at_a_terminal("explain-code cli::not_found", &[("PAGER", "grep -c .")]).unwrap();
    assert!(short.contains("atbac::cli::not_found"), "{short}");
}

#[test]
fn colours_are_for_terminals_whose_owner_wants_them() {
    let Some(coloured) = at_a_terminal(&format!("check {EXAMPLE}"), &[]) else { return };
    assert!(coloured.contains("\u{1b}[1m\u{1b}[32m"), "{coloured:?}");
    for refusal in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let plain = at_a_terminal(&format!("check {EXAMPLE}"), &[refusal]).unwrap();
        assert!(!plain.contains("\u{1b}[32m") && plain.contains("no errors"), "{plain:?}");
    }
}

/// At a terminal the lines come from an editor, which prompts, and what was typed is kept for the next time.
#[test]
fn the_prompt_and_the_history_are_for_terminals() {
    let state = folder("repl_history");
    let environment = [("XDG_STATE_HOME", state.to_str().unwrap())];
    let typed = typed_at_a_terminal(
        &format!("repl {EXAMPLE}"),
        &environment,
        &[("atbac> ", "1 + 2\r"), ("3 : Int", ""), ("atbac> ", ":quit\r")],
    );
    let Some(said) = typed else { return };
    assert!(said.contains("atbac> ") && said.contains("3 : Int"), "{said:?}");
    let history = fs::read_to_string(state.join("atbac/history")).unwrap();
    assert!(history.lines().any(|line| line == "1 + 2"), "{history}");
}
