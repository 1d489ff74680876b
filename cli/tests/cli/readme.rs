//! What the README shows is what there is.

use crate::support::{EXAMPLE, argument, atbac, example, folder, root};
use std::fs;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The README's fenced blocks of one kind.
fn blocks(kind: &str) -> Vec<String> {
    let readme = read("README.md");
    let mut blocks = Vec::new();
    for rest in readme.split(&format!("\n```{kind}\n")).skip(1) {
        blocks.push(rest.split("\n```\n").next().unwrap().to_owned());
    }
    blocks
}

#[test]
fn its_policy_is_the_examples() {
    let policy = read(&example("approver.atbac"));
    let [excerpt] = blocks("atbac").try_into().unwrap();
    for rule in excerpt.split("\n\n///") {
        assert!(policy.contains(rule), "not in the example:\n{rule}");
    }
}

/// The words after `atbac` of the README's first command; and its output but for the times, which are of another machine.
#[test]
fn its_first_command_gives_the_output_shown() {
    let [command, output, denial, _, _, _] = blocks("text").try_into().unwrap();
    let words = command.replace("\\\n", " ");
    let arguments: Vec<&str> = words.split(" -- ").nth(1).unwrap().split_whitespace().collect();
    let run = atbac(&arguments);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let decision = |text: &str| text.split("\n\n").next().unwrap().to_owned();
    assert_eq!(decision(&run.stdout), decision(&output));
    assert!(
        output.contains("verification of the evidence") && output.contains("decision over the session"),
        "{output}"
    );

    let other = example("calls/query-other-tenant.json");
    let call = arguments.iter().position(|&word| word == "--call").unwrap() + 1;
    let denied: Vec<&str> =
        arguments.iter().enumerate().map(|(at, &word)| if at == call { other.as_str() } else { word }).collect();
    assert_eq!(decision(&atbac(&denied).stdout), denial);
    assert!(arguments.contains(&EXAMPLE));
}

/// The newcomer's two commands, in an empty folder, and the refusal shown.
#[test]
fn its_simulated_guest_is_refused_as_shown() {
    let [_, _, _, _, commands, refusal] = blocks("text").try_into().unwrap();
    let out = argument(&folder("readme").join("debugged.json"));
    let mut stdout = String::new();
    for line in commands.lines() {
        let line = line.replace("debugged.json", &out);
        let run = atbac(&line.split_whitespace().skip(1).collect::<Vec<_>>());
        assert_eq!(run.code, 0, "{line}: {}", run.stderr);
        stdout = run.stdout;
    }
    assert!(stdout.contains(&refusal), "{stdout}");
}

#[test]
fn its_test_command_is_what_runs_before_a_change_lands() {
    let [_, _, _, tests, _, _] = blocks("text").try_into().unwrap();
    assert!(read(".ci/run").lines().any(|line| line == tests), "`.ci/run` has no line `{tests}`");
}
