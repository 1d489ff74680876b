//! How long an editor waits after a keystroke: `cargo run --release -p atbac-lsp --example keystrokes -- [LINES]`.
//!
//! A package of so many lines (5,000 if not given) is opened, and a name in its middle is typed letter by letter. After each letter the server is asked
//! what an editor asks then, and the time until each answer is taken; so is the time until the diagnostics come. It prints the median and the most of each.

#![forbid(unsafe_code)]

use atbac_lsp::files::NoFiles;
use atbac_lsp::server::Services;
use lsp_server::{Connection, Message, Notification, Request};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

const URI: &str = "file:///policies/many.atbac";

/// Rules of twelve lines each, as people write them.
fn package(lines: usize) -> String {
    let mut text = String::from(
        "package many;\n\nuse std.snp.Snp;\n\nenum Action { read, write }\n\nrequest Call {\n  session principal: attested Snp,\n  call action: asserted Action,\n  \
         call tool: asserted String,\n}\n\nreference builds: Set<Digest<48>>;\nreference minimum: Tcb;\n\n",
    );
    let rules = lines.saturating_sub(16) / 12;
    for rule in 0..rules {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "/// What rule {rule} is about.\n@owner(\"team\")\npermit rule_{rule} for Call\n  where action == write,\n        tool == \"tool-{rule}\"\n{{\n  \
             require principal.measurement in builds       else \"not a released build\";\n  require principal.reported_tcb >= minimum      else \"out of date\";\n  \
             require not principal.policy.debug and principal.vmpl == 0 else \"not hardened\";\n  require age(principal) <= 5m                   else \"stale\";\n}}\n\n"
        );
    }
    text
}

fn main() {
    let lines = std::env::args().nth(1).and_then(|lines| lines.parse().ok()).unwrap_or(5_000);
    let text = package(lines);
    println!("{} lines, {} bytes", text.lines().count(), text.len());
    let (server, client) = Connection::memory();
    let thread = std::thread::spawn(move || {
        let run_tests = Box::new(|_, _: &str| Ok(Vec::new()));
        atbac_lsp::serve(&server, Services { files: Box::new(NoFiles), run_tests, version: "measured" })
    });
    let mut editor = Editor { client, next: 0, diagnostics: 0 };
    editor.ask("initialize", json!({ "capabilities": {} }));
    editor.tell("initialized", json!({}));
    let document = json!({ "uri": URI, "languageId": "atbac", "version": 1, "text": text });
    editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
    editor.await_diagnostics(1);

    // A line in the middle of a rule in the middle.
    let line = text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.contains("reported_tcb"))
        .nth(lines / 24)
        .map_or(0, |(at, _)| at);
    let typed = "  require principal.measurement in builds else \"again\";";
    let mut taken: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    let end = json!({ "line": line, "character": 0 });
    change(&mut editor, &end, "\n");
    for (at, letter) in typed.chars().enumerate() {
        let before = editor.diagnostics;
        let here = json!({ "line": line, "character": at });
        let start = Instant::now();
        change(&mut editor, &here, &letter.to_string());
        let at = json!({ "line": line, "character": at + 1 });
        let whole = json!({ "textDocument": { "uri": URI } });
        let place = json!({ "textDocument": { "uri": URI }, "position": at });
        for (method, params) in [
            ("textDocument/completion", place.clone()),
            ("textDocument/semanticTokens/full", whole.clone()),
            ("textDocument/documentSymbol", whole.clone()),
            ("textDocument/foldingRange", whole.clone()),
            ("textDocument/codeLens", whole),
            ("textDocument/hover", place),
        ] {
            let asked = Instant::now();
            editor.ask(method, params);
            taken.entry(method).or_default().push(asked.elapsed());
        }
        taken.entry("all answers").or_default().push(start.elapsed());
        if editor.await_diagnostics(before + 1) {
            taken.entry("diagnostics").or_default().push(start.elapsed());
        }
        let visible =
            json!({ "start": { "line": line - 20, "character": 0 }, "end": { "line": line + 40, "character": 0 } });
        let asked = Instant::now();
        editor.ask("textDocument/inlayHint", json!({ "textDocument": { "uri": URI }, "range": visible }));
        taken.entry("textDocument/inlayHint").or_default().push(asked.elapsed());
    }
    for (what, mut times) in taken {
        times.sort();
        let (median, most) = (times[times.len() / 2], times[times.len() - 1]);
        println!("{what:<34} {:>3} times  median {median:>6.1?}  most {most:>6.1?}", times.len());
    }
    editor.ask("shutdown", Json::Null);
    editor.tell("exit", Json::Null);
    let _ = thread.join();
}

fn change(editor: &mut Editor, at: &Json, text: &str) {
    let changes = json!([{ "range": { "start": at, "end": at }, "text": text }]);
    editor.tell(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": URI, "version": 2 }, "contentChanges": changes }),
    );
}

struct Editor {
    client: Connection,
    next: i32,
    /// How often diagnostics came.
    diagnostics: usize,
}

impl Editor {
    fn tell(&mut self, method: &str, params: Json) {
        let _ = self.client.sender.send(Notification { method: method.to_owned(), params }.into());
    }

    fn ask(&mut self, method: &str, params: Json) {
        self.next += 1;
        let _ = self.client.sender.send(Request { id: self.next.into(), method: method.to_owned(), params }.into());
        while let Ok(message) = self.client.receiver.recv() {
            match message {
                Message::Response(response) if response.id == self.next.into() => return,
                other => self.take(&other),
            }
        }
    }

    /// Whether they came. Where nothing changed in what is found, nothing is published.
    fn await_diagnostics(&mut self, wanted: usize) -> bool {
        while self.diagnostics < wanted {
            match self.client.receiver.recv_timeout(Duration::from_millis(500)) {
                Ok(message) => self.take(&message),
                Err(_) => return false,
            }
        }
        true
    }

    fn take(&mut self, message: &Message) {
        if matches!(message, Message::Notification(one) if one.method == "textDocument/publishDiagnostics") {
            self.diagnostics += 1;
        }
    }
}
