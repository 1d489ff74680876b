//! Which files belong together, on disk and unsaved, while they come and go.

use crate::client::{Client, folder, position, range, uri};
use serde_json::json;
use std::fs;
use std::path::Path;

const QUESTION: &str = "package one;\n\nrequest R { call n: asserted Int }\n\nfloor circumstance: asserted;\n";
const RULE: &str = "package one;\n\npermit p for R { when n > 0; }\n";

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    uri(&path)
}

fn changed(client: &mut Client, uri: &str, how: u32) {
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri, "type": how }] }));
}

#[test]
fn the_files_of_a_folder_are_one_bundle_as_they_come_and_go() {
    let folder = folder("come_and_go");
    let rule = write(&folder, "rule.atbac", RULE);
    let capabilities = json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
    let mut client = Client::start_with(&folder, capabilities, json!({}));
    client.open(&rule, RULE);
    client.expect_codes(&rule, &["atbac::names::unknown"]);
    assert!(client.told.iter().any(|one| one["method"] == "client/registerCapability"), "{:?}", client.told);

    // The request is declared in a file that comes.
    let question = write(&folder, "question.atbac", QUESTION);
    changed(&mut client, &question, 1);
    client.expect_codes(&rule, &[]);

    // What is typed counts before it is saved.
    client.open(&question, QUESTION);
    client.edit(&question, 2, range(2, 8, 9), "S");
    client.expect_codes(&rule, &["atbac::names::unknown"]);

    // What is closed counts as it is on disk.
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": question } }));
    client.expect_codes(&rule, &[]);

    // And what is deleted does not.
    fs::remove_file(folder.join("question.atbac")).unwrap();
    changed(&mut client, &question, 3);
    client.expect_codes(&rule, &["atbac::names::unknown"]);
    client.end();
}

#[test]
fn copies_stay_apart_and_users_belong_together() {
    let folder = folder("copies");
    let user = "package user;\n\nuse one.R;\n\nfloor circumstance: asserted;\n\npermit p for R { when n > 1; }\n";
    for environment in ["staging", "production"] {
        write(&folder, &format!("{environment}/library/question.atbac"), QUESTION);
        write(&folder, &format!("{environment}/user/user.atbac"), user);
    }
    let of_user = uri(&folder.join("staging/user/user.atbac"));
    let mut client = Client::start(&folder);
    client.open(&of_user, user);
    let found = client.request(
        "textDocument/references",
        json!({
            "textDocument": { "uri": of_user }, "position": position(6, 13), "context": { "includeDeclaration": true },
        }),
    );
    let places: Vec<&str> = found.as_array().unwrap().iter().map(|one| one["uri"].as_str().unwrap()).collect();
    let library = uri(&folder.join("staging/library/question.atbac"));
    assert_eq!(places, [library.as_str(), of_user.as_str(), of_user.as_str()]);

    // Both copies in one bundle would be refused, for their rules and for their floors: so they are when the client says that they are one.
    client.end();
    let mut client = Client::start_with(&folder, json!({}), json!({ "bundles": ["."] }));
    client.open(&of_user, user);
    client.expect_codes(&of_user, &["atbac::names::duplicate", "atbac::names::duplicate"]);
    client.end();
}

#[test]
fn a_file_outside_of_the_workspace_and_a_document_that_is_no_file() {
    let (inside, outside) = (folder("inside"), folder("outside"));
    write(&outside, "question.atbac", QUESTION);
    let rule = write(&outside, "rule.atbac", RULE);
    let mut client = Client::start(&inside);
    client.open(&rule, RULE);
    let definition = json!({ "textDocument": { "uri": rule }, "position": position(2, 13) });
    let found = client.request("textDocument/definition", definition);
    assert_eq!(found["uri"], uri(&outside.join("question.atbac")));

    let untitled = "untitled:Untitled-1";
    client.open(untitled, RULE);
    client.expect_codes(untitled, &["atbac::names::unknown"]);
    client.edit(untitled, 2, range(1, 0, 0), "request R { call n: asserted Int }\nfloor circumstance: asserted;\n");
    client.expect_codes(untitled, &[]);
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": untitled } }));
    client.refusal("textDocument/foldingRange", json!({ "textDocument": { "uri": untitled } }));
    client.end();
}

/// A policy that nobody can read could be the one that forbids.
#[test]
fn a_file_that_is_no_text_is_said_to_be_none() {
    let folder = folder("no_text");
    let rule = write(&folder, "rule.atbac", RULE);
    let bad = folder.join("bad.atbac");
    fs::write(&bad, b"package one;\n\xff").unwrap();
    let mut client = Client::start(&folder);
    client.open(&rule, RULE);
    let found = client.expect_codes(&uri(&bad), &["none"]);
    assert!(found[0]["message"].as_str().unwrap().contains("is not UTF-8 text, from byte 13 on"), "{found}");
    client.end();
}
