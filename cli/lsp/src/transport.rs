//! Messages on standard input and output, within limits: the base protocol of LSP 3.17, with JSON-RPC 2.0 in it.
//!
//! `lsp-server` has a transport of its own, which allocates what a header announces and ends at the first body that is no JSON. This one reads no more
//! than [`MAX_BYTES`], and answers such a body as JSON-RPC says.

use crossbeam_channel::{Receiver, Sender, bounded};
use lsp_server::{Connection, Message, Notification, Request, RequestId, Response, ResponseError};
use serde_json::Value as Json;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::thread::{self, JoinHandle};

/// The longest message that is read, in bytes: two texts as long as a source file may be, and what stands around them.
pub const MAX_BYTES: usize = 2 * atbac_grammar::span::MAX_FILE_BYTES + 1024 * 1024;

/// The longest line of a header, in bytes: a number takes twenty.
const MAX_HEADER_BYTES: u64 = 4 * 1024;

/// JSON-RPC 2.0, section 5.1: what was sent is no JSON.
const PARSE_ERROR: i32 = -32700;
/// JSON-RPC 2.0, section 5.1: what was sent is JSON and no message.
const INVALID_REQUEST: i32 = -32600;

/// How many messages may wait in each direction: enough to see that a keystroke is superseded, few enough to bound what is kept for a client that writes
/// and does not read.
const MAX_WAITING: usize = 256;

/// A connection over a pair of streams, and the thread that writes: it ends when everything is written.
pub fn connect(
    input: impl Read + Send + 'static,
    mut output: impl Write + Send + 'static,
) -> (Connection, JoinHandle<io::Result<()>>) {
    let (to_server, receiver) = bounded(MAX_WAITING);
    let (sender, from_server): (Sender<Message>, Receiver<Message>) = bounded(MAX_WAITING);
    let answers = sender.clone();
    // Waits for what may never come, so nobody waits for it.
    thread::spawn(move || read_all(BufReader::new(input), &to_server, &answers));
    let writer = thread::spawn(move || from_server.iter().try_for_each(|message| message.write(&mut output)));
    (Connection { sender, receiver }, writer)
}

/// Reads messages until there are no more. A stream that no longer follows the protocol is not read further.
fn read_all(mut input: impl BufRead, messages: &Sender<Message>, answers: &Sender<Message>) {
    while let Ok(Some(body)) = frame(&mut input) {
        match message(&body) {
            Ok(message) => {
                let is_exit = matches!(&message, Message::Notification(notification) if notification.method == "exit");
                if messages.send(message).is_err() || is_exit {
                    return;
                }
            }
            Err(refusal) => {
                let (id, error) = *refusal;
                // JSON-RPC answers with no id where there is none to be read; the library has no such answer, so it gets an empty one.
                let id = id.unwrap_or_else(|| RequestId::from(String::new()));
                let _ = answers.send(Response { id, result: None, error: Some(error) }.into());
            }
        }
    }
}

/// The body of the next message; nothing at the end of the stream.
fn frame(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if input.by_ref().take(MAX_HEADER_BYTES).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = std::str::from_utf8(&line).map_err(|_| invalid("a header that is no text"))?;
        if !line.ends_with('\n') {
            return Err(invalid("a header without an end"));
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<usize>().ok();
        }
    }
    let length =
        length.filter(|length| *length <= MAX_BYTES).ok_or_else(|| invalid("no length, or too large a one"))?;
    let mut body = Vec::new();
    input.take(length as u64).read_to_end(&mut body)?;
    if body.len() < length { Ok(None) } else { Ok(Some(body)) }
}

/// What a body says; or what is answered to one that is no message, and to which.
fn message(body: &[u8]) -> Result<Message, Box<(Option<RequestId>, ResponseError)>> {
    let error = |id, code, message: String| Box::new((id, ResponseError { code, message, data: None }));
    let json: Json =
        serde_json::from_slice(body).map_err(|reason| error(None, PARSE_ERROR, format!("not JSON: {reason}")))?;
    let id = json.get("id").and_then(|id| serde_json::from_value::<RequestId>(id.clone()).ok());
    let no_message = |reason: serde_json::Error| error(id.clone(), INVALID_REQUEST, format!("no message: {reason}"));
    match (json.get("method").is_some(), json.get("id").is_some()) {
        (true, true) => serde_json::from_value::<Request>(json).map(Message::Request),
        (true, false) => serde_json::from_value::<Notification>(json).map(Message::Notification),
        (false, _) => serde_json::from_value::<Response>(json).map(Message::Response),
    }
    .map_err(no_message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(text: &str) -> io::Result<Option<Vec<u8>>> {
        frame(&mut text.as_bytes())
    }

    #[test]
    fn a_frame_is_as_long_as_its_header_says() {
        assert_eq!(framed("Content-Length: 2\r\n\r\n{}rest").unwrap(), Some(b"{}".to_vec()));
        assert_eq!(framed("content-length:2\r\nContent-Type: x\r\n\r\n{}").unwrap(), Some(b"{}".to_vec()));
        assert_eq!(framed("").unwrap(), None);
        assert_eq!(framed("Content-Length: 9\r\n\r\n{}").unwrap(), None);
    }

    #[test]
    fn what_is_no_frame_is_refused_before_anything_is_allocated() {
        for text in ["\r\n{}", "Content-Length: 99999999999999\r\n\r\n", "Content-Length: -1\r\n\r\n", "Content-Length"]
        {
            assert!(framed(text).is_err(), "{text}");
        }
        assert!(framed(&"x".repeat(5_000)).is_err());
    }

    #[test]
    fn what_is_no_message_is_answered() {
        let code = |body: &str| message(body.as_bytes()).map_err(|refusal| (refusal.0, refusal.1.code)).unwrap_err();
        assert_eq!(code("{"), (None, PARSE_ERROR));
        assert_eq!(code("{\"id\":1,\"method\":2}"), (Some(RequestId::from(1)), INVALID_REQUEST));
        assert_eq!(code("[]"), (None, INVALID_REQUEST));
        assert!(matches!(message(b"{\"method\":\"exit\"}"), Ok(Message::Notification(_))));
    }
}
