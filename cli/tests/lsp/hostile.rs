//! What no well-behaved client sends: every request has an answer all the same, and the server goes on or ends cleanly.

use crate::client::{Client, folder, position, range, uri};
use serde_json::{Value as Json, json};
use std::fs;
use std::process::{Command, Stdio};

/// JSON-RPC 2.0, section 5.1, and LSP 3.17, "Base protocol".
const PARSE_ERROR: i32 = -32700;
const INVALID_REQUEST: i32 = -32600;
const METHOD_NOT_FOUND: i32 = -32601;
const INVALID_PARAMS: i32 = -32602;
const NOT_INITIALIZED: i32 = -32002;
const CANCELLED: i32 = -32800;

const METHODS: [&str; 16] = [
    "textDocument/hover",
    "textDocument/completion",
    "textDocument/definition",
    "textDocument/references",
    "textDocument/documentHighlight",
    "textDocument/documentSymbol",
    "textDocument/codeAction",
    "textDocument/codeLens",
    "textDocument/formatting",
    "textDocument/prepareRename",
    "textDocument/rename",
    "textDocument/foldingRange",
    "textDocument/semanticTokens/full",
    "textDocument/inlayHint",
    "workspace/executeCommand",
    "workspace/textDocumentContent",
];

#[test]
fn parameters_of_another_form_are_answered() {
    let mut client = Client::start(&folder("forms"));
    for method in METHODS {
        for params in [
            Json::Null,
            json!([]),
            json!({}),
            json!("x"),
            json!({ "textDocument": 1 }),
            json!({ "textDocument": { "uri": "" } }),
        ] {
            let refused = client.refusal(method, params.clone());
            assert_eq!(refused["code"], INVALID_PARAMS, "{method} {params}: {refused}");
        }
    }
    assert_eq!(client.refusal("textDocument/nothing", json!({}))["code"], METHOD_NOT_FOUND);
    // Notifications have no answers; what they say wrongly is passed over.
    for method in [
        "textDocument/didOpen",
        "textDocument/didChange",
        "textDocument/didClose",
        "workspace/didChangeWatchedFiles",
        "$/cancelRequest",
        "x/y",
    ] {
        client.notify(method, json!({ "textDocument": 3 }));
    }
    client.end();
}

#[test]
fn places_that_do_not_exist_are_answered() {
    let folder = folder("places");
    let path = folder.join("a.atbac");
    // Every kind of thing that could be asked about, broken in the middle.
    let text = "package a;\r\nenum A { x, y }\rrequest R { call a: asserted A }\npermit p for R { when a == x; when a ==\n test \"𝄞 { given R { a:";
    fs::write(&path, text).unwrap();
    let uri = uri(&path);
    let mut client = Client::start(&folder);
    client.open(&uri, text);
    let most = u32::MAX;
    let positions = [(0, 0), (0, 99), (1, 17), (2, 3), (3, most), (4, 8), (4, 9), (most, 0), (most, most)];
    for method in METHODS.iter().take(14) {
        for (line, character) in positions {
            let at = position(line, character);
            let params = json!({
                "textDocument": { "uri": uri }, "position": at, "newName": "z", "context": { "includeDeclaration": true, "diagnostics": [] },
                "range": { "start": at, "end": position(0, 0) }, "options": { "tabSize": 2, "insertSpaces": true },
            });
            let id = client.ask(method, params);
            client.answer_to(&json!(id));
        }
    }
    // Edits of ranges that are none, and of documents that are not open.
    client.edit(&uri, 2, json!({ "start": position(most, most), "end": position(0, 0) }), "\u{feff}// end\n");
    client.edit(&uri, 3, range(0, 5, 2), "\0");
    client.edit("file:///nowhere/b.atbac", 2, range(0, 0, 0), "x");
    client.request("textDocument/foldingRange", json!({ "textDocument": { "uri": uri } }));
    client.end();
}

#[test]
fn messages_that_are_none_are_answered_and_the_server_goes_on() {
    let mut client = Client::start(&folder("messages"));
    client.send_text("Content-Length: 5\r\n\r\n{\"a\":");
    assert_eq!(client.receive()["error"]["code"], PARSE_ERROR);
    client.send(&json!({ "jsonrpc": "2.0", "id": 77, "method": 5 }));
    assert_eq!(client.answer_to(&json!(77))["error"]["code"], INVALID_REQUEST);
    client.send(&json!([]));
    assert_eq!(client.receive()["error"]["code"], INVALID_REQUEST);
    client.end();
}

#[test]
fn a_stream_that_is_no_protocol_ends_the_server() {
    for text in [
        "hello\r\n\r\n",
        "Content-Length: 99999999999999999999\r\n\r\n",
        "Content-Length: 4294967295\r\n\r\n",
        "Content-Length: x\r\n\r\n",
    ] {
        let mut client = Client::start(&folder("stream"));
        client.send_text(text);
        assert_eq!(client.wait().code(), Some(1), "{text}");
    }
}

#[test]
fn whoever_starts_it_by_hand_is_told_what_it_is() {
    let output = Command::new(env!("CARGO_BIN_EXE_atbac")).arg("lsp").stdin(Stdio::null()).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), b"".as_slice()));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("not the Language Server Protocol"), "{said}");
}

#[test]
fn a_conversation_has_an_order() {
    let folder = folder("order");
    let mut client = Client::spawn(&folder);
    assert_eq!(client.refusal("textDocument/hover", json!({}))["code"], NOT_INITIALIZED);
    client.request("initialize", json!({ "capabilities": {} }));
    client.notify("initialized", json!({}));
    client.request("shutdown", Json::Null);
    assert_eq!(client.refusal("textDocument/hover", json!({}))["code"], INVALID_REQUEST);
    client.notify("exit", Json::Null);
    assert!(client.wait().success());

    // To go without saying so is not in order.
    let mut client = Client::start(&folder);
    client.notify("exit", Json::Null);
    assert_eq!(client.wait().code(), Some(1));
    let mut client = Client::start(&folder);
    assert_eq!(client.wait().code(), Some(1));
}

/// A request that waits for the compiler is answered once, whether it is cancelled in time or not.
#[test]
fn a_cancelled_request_is_answered_once() {
    let folder = folder("cancelled");
    let path = folder.join("a.atbac");
    fs::write(&path, "package a;\n").unwrap();
    let uri = uri(&path);
    let mut client = Client::start(&folder);
    client.open(&uri, "package a;\n");
    let all = json!({ "start": position(0, 0), "end": position(9, 0) });
    for version in 2..40 {
        client.edit(&uri, version, range(0, 0, 0), "// typed\n");
        let id = client.ask("textDocument/inlayHint", json!({ "textDocument": { "uri": uri }, "range": all }));
        client.notify("$/cancelRequest", json!({ "id": id }));
        let answer = client.answer_to(&json!(id));
        assert!(answer.get("result").is_some() || answer["error"]["code"] == CANCELLED, "{answer}");
    }
    client.end();
}
