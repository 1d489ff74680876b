//! The log of events measured at run time, as dstack writes it: a JSON array, in which the firmware's events may stand as well.

use serde::Deserialize;

use super::{Content, Entry, Event, REGISTERS};
use crate::crypto::{AwsLc, Crypto};
use crate::dcap::json::{Hex, hexadecimal};

/// The type of an event that has a name (dstack, `cc-eventlog`, `DSTACK_RUNTIME_EVENT_TYPE`).
const RUNTIME_EVENT: u32 = 0x0800_0001;
/// The register of such events. What is measured into the others was chosen before the domain ran, by the host too.
const RUN_TIME: usize = 3;

#[derive(Deserialize)]
struct Line {
    imr: usize,
    event_type: u32,
    digest: Hex<48>,
    event: String,
    #[serde(deserialize_with = "hexadecimal")]
    event_payload: Vec<u8>,
}

pub(super) fn read(json: &[u8]) -> Result<Vec<Entry>, String> {
    let lines: Vec<Line> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    lines.into_iter().map(Line::entry).collect()
}

impl Line {
    fn entry(self) -> Result<Entry, String> {
        let Line { imr: register, event_type, digest: Hex(digest), event: name, event_payload: data } = self;
        if register >= REGISTERS {
            return Err(format!("an event is of register {register}; there are 0 to 3"));
        }
        // dstack, `cc-eventlog`: a run-time event is measured as its type, its name and its payload, with colons between. So a name with a colon
        // in it could be a shorter name and more payload, and an event that is not named could be a named one.
        let is_named = event_type == RUNTIME_EVENT;
        let measured = if is_named {
            AwsLc::sha384(&[&event_type.to_le_bytes()[..], b":", name.as_bytes(), b":", &data].concat())
        } else {
            AwsLc::sha384(&data)
        };
        let is_unambiguous = is_named == (register == RUN_TIME) && !(is_named && name.contains(':'));
        let content = match (measured == digest && is_unambiguous, is_named) {
            (true, true) => Content::Measured { name, data },
            (true, false) => Content::Measured { name: String::new(), data },
            (false, _) => Content::Described(data),
        };
        Ok(Entry { register, event: Event { event_type, digest, content } })
    }
}
