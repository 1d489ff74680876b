//! The editor's side of the protocol, as far as tests need it.

use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long an answer may take before the test gives up: so long that a slow machine does not matter.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Client {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Json>,
    /// The diagnostics of each document as published last.
    published: Vec<(String, Json)>,
    /// What the server asked for or told, other than diagnostics.
    pub(crate) told: Vec<Json>,
    next: i32,
}

/// A folder for one test, empty.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lsp").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder.canonicalize().unwrap()
}

/// The URI of a path without anything that is to be encoded.
pub(crate) fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

pub(crate) fn position(line: u32, character: u32) -> Json {
    json!({ "line": line, "character": character })
}

pub(crate) fn range(line: u32, from: u32, to: u32) -> Json {
    json!({ "start": position(line, from), "end": position(line, to) })
}

impl Client {
    /// Starts a server and begins a conversation about a folder.
    pub(crate) fn start(folder: &Path) -> Self {
        Client::start_with(folder, json!({}), json!({}))
    }

    pub(crate) fn start_with(folder: &Path, capabilities: Json, options: Json) -> Self {
        let mut client = Client::spawn(folder);
        let asked = json!({
            "processId": null,
            "capabilities": capabilities,
            "initializationOptions": options,
            "workspaceFolders": [{ "uri": uri(folder), "name": "policies" }],
        });
        let answer = client.request("initialize", asked);
        assert_eq!(answer["serverInfo"]["name"], "atbac");
        client.notify("initialized", json!({}));
        client
    }

    /// Starts a server and says nothing.
    pub(crate) fn spawn(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_atbac"))
            .arg("lsp")
            .env("XDG_CACHE_HOME", folder.join(".cache"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Client { child, input, messages, published: Vec::new(), told: Vec::new(), next: 0 }
    }

    pub(crate) fn send_text(&mut self, text: &str) {
        let input = self.input.as_mut().unwrap();
        // A server that ended takes nothing more, which is for the test to find out.
        let _ = input.write_all(text.as_bytes()).and_then(|()| input.flush());
    }

    pub(crate) fn send(&mut self, message: &Json) {
        let body = message.to_string();
        self.send_text(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    }

    pub(crate) fn notify(&mut self, method: &str, params: Json) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request and gives its number.
    pub(crate) fn ask(&mut self, method: &str, params: Json) -> i32 {
        self.next += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params }));
        self.next
    }

    /// The result of a request, which must have one.
    pub(crate) fn request(&mut self, method: &str, params: Json) -> Json {
        let answer = self.answer(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// The error of a request, which must have one.
    pub(crate) fn refusal(&mut self, method: &str, params: Json) -> Json {
        let answer = self.answer(method, params);
        assert!(answer.get("error").is_some(), "{method}: {answer}");
        answer["error"].clone()
    }

    fn answer(&mut self, method: &str, params: Json) -> Json {
        let id = self.ask(method, params);
        self.answer_to(&json!(id))
    }

    pub(crate) fn answer_to(&mut self, id: &Json) -> Json {
        loop {
            let message = self.receive();
            if message.get("method").is_none() && message["id"] == *id {
                return message;
            }
            self.take(message);
        }
    }

    /// Whatever comes next.
    pub(crate) fn receive(&mut self) -> Json {
        self.messages.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("no message from the server: {error}"))
    }

    fn take(&mut self, message: Json) {
        if message["method"] == "textDocument/publishDiagnostics" {
            let uri = message["params"]["uri"].as_str().unwrap().to_owned();
            self.published.push((uri, message["params"].clone()));
        } else {
            self.told.push(message);
        }
    }

    pub(crate) fn open(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "atbac", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Replaces a range.
    pub(crate) fn edit(&mut self, uri: &str, version: i32, range: Json, text: &str) {
        let document = json!({ "uri": uri, "version": version });
        let changes = json!([{ "range": range, "text": text }]);
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// The codes of the diagnostics of a document as soon as they are these; each time they are published they are looked at.
    pub(crate) fn expect_codes(&mut self, uri: &str, wanted: &[&str]) -> Json {
        loop {
            while let Some((of, published)) = self.published.pop() {
                if of == uri && codes(&published) == wanted {
                    self.published.clear();
                    return published["diagnostics"].clone();
                }
            }
            let message = self.receive();
            self.take(message);
        }
    }

    /// Ends the conversation in order.
    pub(crate) fn end(mut self) {
        self.request("shutdown", Json::Null);
        self.notify("exit", Json::Null);
        assert!(self.wait().success());
    }

    /// Says nothing more, and waits for the server to end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.input = None;
        self.child.wait().unwrap()
    }
}

fn codes(published: &Json) -> Vec<&str> {
    published["diagnostics"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap_or("none")).collect()
}

/// The next message; nothing at the end.
fn read(output: &mut impl BufRead) -> Option<Json> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            header => length = header.strip_prefix("Content-Length: ").map_or(Ok(length), str::parse).ok()?,
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
