//! Event logs: what the run-time registers (RTMRs) of a TD were extended with, told by the host or the guest and checked against a quote.
//!
//! A log proves nothing. A register of a verified quote proves the log: it is the hash of all digests that it was extended with, in their
//! order, so a log that replays to it is the one that was measured. [`EventLog::verify`] replays; there is no other way to read one.
//!
//! Two forms are read: the binary log of the firmware and boot loader (CCEL), and the JSON log of events that the guest's own agent
//! measured at run time, as dstack writes it.

mod ccel;
mod runtime;

use super::refusal::QuoteRefusal;
use super::tdx::Tdx;
use crate::crypto::{AwsLc, Crypto};
use crate::excerpt::Excerpt;
use crate::refusal::{Refusal, within};
use crate::verified::Verified;

/// The most that is read of a log. The area for the firmware's usually has 64 to 256 KiB.
const MAX_EVENT_LOG_BYTES: usize = 1024 * 1024;

/// The number of run-time registers of a TD (Intel 348551, `TDREPORT_STRUCT`, `RTMR`).
const REGISTERS: usize = 4;

/// A log as someone told it. Nothing of it can be read before it is verified.
#[derive(Debug, Clone)]
pub struct EventLog(Vec<Entry>);

/// An event with the register that it is said to have extended, 0 to 3.
#[derive(Debug, Clone)]
struct Entry {
    register: usize,
    event: Event,
}

/// One event that extended a register.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// What kind of event it was, by its own account (TCG "PC Client Platform Firmware Profile", section 10.4.1).
    pub event_type: u32,
    /// The SHA-384 digest that the register was extended with.
    pub digest: [u8; 48],
    /// What the log says of it.
    pub content: Content,
}

/// What a log says of an event, and whether the register vouches for that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The digest is that of this content: it is what was measured.
    Measured {
        /// The name of an event measured at run time, into register 3, without a colon; empty for the firmware's, which have none.
        name: String,
        /// The data.
        data: Vec<u8>,
    },
    /// The digest is of something else, such as an image that was loaded: this only describes it, in words that anyone may have changed.
    Described(Vec<u8>),
}

/// The events that extended the registers of a verified quote, and no others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasuredEvents([Option<Vec<Event>>; REGISTERS]);

impl EventLog {
    /// Reads the log of the firmware and boot loader: the content of the ACPI table CCEL's area, with or without the unused rest.
    ///
    /// # Errors
    /// [`Refusal`] if it has more than 1 MiB or is not a log with SHA-384 digests of RTMRs.
    pub fn from_ccel(bytes: &[u8]) -> Result<Self, Refusal> {
        within("event log", bytes, MAX_EVENT_LOG_BYTES)?;
        Ok(Self(ccel::read(bytes).map_err(malformed)?))
    }

    /// Reads a JSON array of objects with the fields `imr` (the register), `event_type`, `digest` (48 bytes in hexadecimal), `event` (a
    /// name) and `event_payload` (bytes in hexadecimal), as dstack writes it.
    ///
    /// # Errors
    /// [`Refusal`] if it has more than 1 MiB or is not such an array.
    pub fn from_json(json: &[u8]) -> Result<Self, Refusal> {
        within("event log", json, MAX_EVENT_LOG_BYTES)?;
        Ok(Self(runtime::read(json).map_err(malformed)?))
    }

    /// This log, continued by a `later` one.
    #[must_use]
    pub fn and(mut self, later: EventLog) -> Self {
        self.0.extend(later.0);
        self
    }

    /// Replays the log and compares with the registers of `quote`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first register that the log has events of and that has another value.
    pub fn verify(self, quote: &Verified<Tdx>) -> Result<MeasuredEvents, Refusal> {
        let mut events: [Vec<Event>; REGISTERS] = Default::default();
        for Entry { register, event } in self.0 {
            events[register].push(event);
        }
        let mut measured: [Option<Vec<Event>>; REGISTERS] = Default::default();
        for (register, (events, quoted)) in events.into_iter().zip(&quote.rtmr).enumerate() {
            let replayed = replay(&events);
            measured[register] = if replayed == *quoted {
                Some(events)
            } else if events.is_empty() {
                None
            } else {
                let (replayed, quoted) = (hex::encode(replayed), hex::encode(quoted));
                return Err(QuoteRefusal::EventLogMismatch { register, replayed, quoted }.into());
            };
        }
        Ok(MeasuredEvents(measured))
    }
}

impl MeasuredEvents {
    /// All events that extended RTMR `register` (0 firmware, 1 operating system loader, 2 operating system, 3 run time), in their order;
    /// nothing where the register was extended and the log does not say with what, or where there is no such register.
    #[must_use]
    pub fn register(&self, register: usize) -> Option<&[Event]> {
        self.0.get(register)?.as_deref()
    }
}

/// The value of a register that `events` extended: it begins as zero, and each extends it to the hash of the value and the digest (Intel
/// 348551, `TDG.MR.RTMR.EXTEND`).
fn replay(events: &[Event]) -> [u8; 48] {
    events.iter().fold([0; 48], |value, event| AwsLc::sha384(&[value, event.digest].concat()))
}

fn malformed(reason: String) -> QuoteRefusal {
    QuoteRefusal::EventLogMalformed { reason: Excerpt::of(reason) }
}
