//! A scripted editing session. What is expected is written by hand, from the protocol and the language reference.

use crate::client::{Client, folder, position, range, uri};
use serde_json::{Value as Json, json};
use std::fs;

/// A package without evidence, so that it is short: its floor asks for an authenticated workload.
const PACKAGE: &str = "\
package notes;

use std.spiffe.JwtSvid;

floor workload_identity: authenticated;

enum Action { read, write }

request Note {
  session caller: authenticated JwtSvid,
  call action:    asserted Action,
}

/// Who may write.
reference writers: Set<String>;

permit writing for Note
  where action == write
{
  require caller.spiffe_id in writers else \"not a writer\";
  require age(caller) <= 5m           else \"stale\";
}
";

const TESTS: &str = "\
package notes;

test \"nobody writes without a list\" {
  given Note { action: write, ..Note.sample }
  expect deny
}

test \"everybody writes\" {
  given Note { action: write, ..Note.sample }
  expect permit
}
";

fn document(uri: &str) -> Json {
    json!({ "textDocument": { "uri": uri } })
}

fn place(uri: &str, line: u32, character: u32) -> Json {
    json!({ "textDocument": { "uri": uri }, "position": position(line, character) })
}

/// The labels of a completion.
fn labels(items: &Json) -> Vec<&str> {
    items.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap()).collect()
}

#[test]
fn an_editing_session() {
    let folder = folder("session");
    let (package, tests) = (folder.join("notes.atbac"), folder.join("notes_test.atbac"));
    fs::write(&package, PACKAGE).unwrap();
    fs::write(&tests, TESTS).unwrap();
    let (package, tests) = (uri(&package), uri(&tests));
    let mut client = Client::start(&folder);

    // Opened: nothing is wrong.
    client.open(&package, PACKAGE);
    let hints = client.request(
        "textDocument/inlayHint",
        json!({ "textDocument": { "uri": package }, "range": { "start": position(0, 0), "end": position(99, 0) } }),
    );
    let labels_of_hints: Vec<&str> =
        hints.as_array().unwrap().iter().map(|hint| hint["label"].as_str().unwrap()).collect();
    let rule = labels_of_hints.iter().find(|label| label.starts_with("rests on")).unwrap();
    assert!(
        rule.starts_with("rests on authenticated caller, asserted action, 1 reference, the clock; at most "),
        "{rule}"
    );
    assert!(labels_of_hints.iter().any(|label| label.starts_with("1 rule, at most ")), "{labels_of_hints:?}");

    // Types a mistake: `writers` becomes `writerz`.
    client.edit(&package, 2, range(19, 36, 37), "z");
    let found = client.expect_codes(&package, &["atbac::names::unknown"]);
    assert_eq!(found[0]["range"], range(19, 30, 37));
    assert_eq!(found[0]["severity"], 1);
    let message = found[0]["message"].as_str().unwrap();
    assert!(message.contains("`writerz`") && message.contains("help: did you mean `writers`?"), "{message}");

    // Takes the quick fix.
    let asked =
        json!({ "textDocument": { "uri": package }, "range": range(19, 30, 30), "context": { "diagnostics": found } });
    let actions = client.request("textDocument/codeAction", asked);
    assert_eq!(actions[0]["title"], "replace `writerz` by `writers`");
    assert_eq!(actions[0]["kind"], "quickfix");
    assert_eq!(actions[0]["edit"]["changes"][&package], json!([{ "range": range(19, 30, 37), "newText": "writers" }]));
    client.edit(&package, 3, range(19, 30, 37), "writers");
    client.expect_codes(&package, &[]);

    // Completes after a dot, while the line is no line yet.
    client.edit(&package, 4, range(20, 0, 0), "  require caller.\n");
    let items = client.request("textDocument/completion", place(&package, 20, 17));
    assert!(labels(&items).contains(&"spiffe_id") && !labels(&items).contains(&"action"), "{:?}", labels(&items));
    client.edit(&package, 5, json!({ "start": position(20, 0), "end": position(21, 0) }), "");

    // Hovers over the field, and goes to where the standard library declares it: a file that says the same and that nobody writes.
    let hover = client.request("textDocument/hover", place(&package, 19, 20));
    let shown = hover["contents"]["value"].as_str().unwrap();
    assert!(shown.contains("spiffe_id: String") && shown.contains("kind of fact: `workload_identity`"), "{shown}");
    let definition = client.request("textDocument/definition", place(&package, 19, 20));
    let standard = definition["uri"].as_str().unwrap().strip_prefix("file://").unwrap().to_owned();
    assert!(standard.ends_with("/std/spiffe.atbac"), "{standard}");
    let line = definition["range"]["start"]["line"].as_u64().unwrap() as usize;
    assert!(fs::read_to_string(&standard).unwrap().lines().nth(line).unwrap().trim().starts_with("spiffe_id"));
    assert!(fs::metadata(&standard).unwrap().permissions().readonly());
    let kept = format!("file://{standard}");
    client.open(&kept, &fs::read_to_string(&standard).unwrap());
    let hover = client.request("textDocument/hover", place(&kept, line as u32, 3));
    assert!(hover["contents"]["value"].as_str().unwrap().contains("field of `JwtSvid`"), "{hover}");
    // It is no package of somebody's that has a reserved name.
    let actions = json!({ "textDocument": { "uri": kept }, "range": range(0, 0, 0), "context": { "diagnostics": [] } });
    assert_eq!(client.request("textDocument/codeAction", actions), json!([]));

    // Renames the request across the files, of which one is not open.
    let renamed = client.request("textDocument/rename", {
        let mut asked = place(&package, 8, 9);
        asked["newName"] = json!("Call");
        asked
    });
    let edits = &renamed["changes"];
    let replaced = |places: &[(u32, u32)]| -> Json {
        places.iter().map(|(line, from)| json!({ "range": range(*line, *from, from + 4), "newText": "Call" })).collect()
    };
    assert_eq!(edits[&package], replaced(&[(8, 8), (16, 19)]));
    assert_eq!(edits[&tests], replaced(&[(3, 8), (3, 32), (8, 8), (8, 32)]));

    // What is the standard library's keeps its name.
    let mut asked = place(&package, 19, 20);
    asked["newName"] = json!("id");
    let refused = client.refusal("textDocument/rename", asked);
    assert_eq!(refused["message"], "`spiffe_id` is declared in the standard library: it cannot be renamed");

    // Lays out: what is too far right goes back, and nothing else is touched.
    client.edit(&package, 6, range(6, 0, 0), "    ");
    let edits = client.request("textDocument/formatting", {
        let mut asked = document(&package);
        asked["options"] = json!({ "tabSize": 2, "insertSpaces": true });
        asked
    });
    assert_eq!(edits, json!([{ "range": range(6, 0, 4), "newText": "" }]));
    client.edit(&package, 7, range(6, 0, 4), "");

    // Runs tests from their lenses.
    client.open(&tests, TESTS);
    let lenses = client.request("textDocument/codeLens", document(&tests));
    assert_eq!(lenses[0]["command"]["title"], "Run test");
    assert_eq!(lenses[0]["range"]["start"]["line"], 2);
    let run = |lens: &Json| json!({ "command": lens["command"]["command"], "arguments": lens["command"]["arguments"] });
    let passed = client.request("workspace/executeCommand", run(&lenses[0]));
    assert_eq!(passed["tests"], json!([{ "name": "nobody writes without a list", "passed": true, "failures": [] }]));
    let failed = client.request("workspace/executeCommand", run(&lenses[1]));
    assert_eq!(failed["tests"][0]["passed"], false);
    assert_eq!(failed["tests"][0]["failures"][0]["line"], 10);
    let shown: Vec<&Json> = client.told.iter().filter(|one| one["method"] == "window/showMessage").collect();
    assert_eq!(shown[0]["params"]["message"], "passed: nobody writes without a list");
    assert!(shown[1]["params"]["message"].as_str().unwrap().starts_with("failed: everybody writes\n"));

    client.end();
}

#[test]
fn a_document_as_a_whole() {
    let folder = folder("whole");
    let path = folder.join("notes.atbac");
    let text =
        format!("// A first line.\n// And a second.\n{PACKAGE}\n{}", TESTS.trim_start_matches("package notes;\n"));
    fs::write(&path, &text).unwrap();
    let uri = uri(&path);
    let mut client = Client::start(&folder);
    client.open(&uri, &text);

    let outline = client.request("textDocument/documentSymbol", document(&uri));
    let names: Vec<&str> = outline.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Action", "Note", "writers", "writing", "nobody writes without a list", "everybody writes"]);
    assert_eq!(outline[0]["children"][1]["name"], "write");
    assert_eq!(outline[1]["children"][0]["detail"], "JwtSvid");

    let folds = client.request("textDocument/foldingRange", document(&uri));
    let lines: Vec<(u64, u64)> = folds
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["startLine"].as_u64().unwrap(), one["endLine"].as_u64().unwrap()))
        .collect();
    // The comment, the request, the rule, and both tests.
    assert_eq!(lines, [(0, 1), (10, 12), (20, 22), (26, 28), (31, 33)]);

    let tokens = client.request("textDocument/semanticTokens/full", document(&uri));
    let data: Vec<u64> = tokens["data"].as_array().unwrap().iter().map(|one| one.as_u64().unwrap()).collect();
    // The two comments, then `package` as a keyword and `notes` as a declared namespace.
    assert_eq!(data[..20], [0, 0, 16, 1, 0, 1, 0, 16, 1, 0, 1, 0, 7, 0, 0, 0, 8, 5, 5, 1]);

    let highlights = client.request("textDocument/documentHighlight", place(&uri, 16, 11));
    assert_eq!(highlights.as_array().unwrap().len(), 2);
    let references = client.request("textDocument/references", {
        let mut asked = place(&uri, 16, 11);
        asked["context"] = json!({ "includeDeclaration": false });
        asked
    });
    assert_eq!(references, json!([{ "uri": uri, "range": range(21, 30, 37) }]));
    let symbols = client.request("workspace/symbol", json!({ "query": "wrt" }));
    let named: Vec<&str> = symbols.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(named, ["write", "writers", "writing", "nobody writes without a list", "everybody writes"]);
    client.end();
}

/// A client that shows documents which are no files gets the standard library so, and reads it from the server.
#[test]
fn the_standard_library_as_documents() {
    let folder = folder("documents");
    let path = folder.join("notes.atbac");
    fs::write(&path, PACKAGE).unwrap();
    let uri = uri(&path);
    let mut client = Client::start_with(&folder, json!({}), json!({ "virtualDocuments": true }));
    client.open(&uri, PACKAGE);
    let definition = client.request("textDocument/definition", place(&uri, 9, 33));
    assert_eq!(definition["uri"], "atbac-std:/std/spiffe.atbac");
    let content = client.request("workspace/textDocumentContent", json!({ "uri": "atbac-std:/std/spiffe.atbac" }));
    let text = content["text"].as_str().unwrap();
    assert!(text.contains("package std.spiffe;"));
    // The document can be asked about as any other.
    client.open("atbac-std:/std/spiffe.atbac", text);
    let line = definition["range"]["start"]["line"].as_u64().unwrap() as u32;
    let hover = client.request("textDocument/hover", place("atbac-std:/std/spiffe.atbac", line, 10));
    assert!(hover["contents"]["value"].as_str().unwrap().contains("evidence JwtSvid"), "{hover}");
    client.refusal("workspace/textDocumentContent", json!({ "uri": "atbac-std:/std/none.atbac" }));
    client.end();
}

/// Columns count UTF-16 code units, or bytes where the client offers them.
#[test]
fn positions_in_both_encodings() {
    // 𝄞 is two code units of UTF-16 and four bytes.
    let text = "package a;\n\nrequest R { call n: asserted Int }\npermit p for R { require n > 0 else \"𝄞\"; require m > 0 else \"x\"; }\n";
    let before = "permit p for R { require n > 0 else \"𝄞\"; require ";
    for (encoding, column) in [("utf-16", before.encode_utf16().count()), ("utf-8", before.len())] {
        let folder = folder(encoding);
        let path = folder.join("a.atbac");
        fs::write(&path, text).unwrap();
        let capabilities = json!({ "general": { "positionEncodings": ["utf-32", encoding] } });
        let mut client = Client::start_with(&folder, capabilities, json!({}));
        client.open(&uri(&path), text);
        let column = column as u32;
        let found = client.expect_codes(&uri(&path), &["atbac::names::unknown"]);
        assert_eq!(found[0]["range"], range(3, column, column + 1), "{encoding}");
        // An edit behind it lands where it should.
        client.edit(&uri(&path), 2, range(3, column, column + 1), "n");
        let hover = client.request("textDocument/hover", place(&uri(&path), 3, column));
        assert_eq!(hover["range"], range(3, column, column + 1), "{encoding}");
        client.end();
    }
}
