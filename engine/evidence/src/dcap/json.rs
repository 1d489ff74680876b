//! The values in JSON documents, each in the one form that Intel writes it in (PCS version 4, TCB Info and Enclave Identity).

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, Error};

use super::judgement::Judgement;
use super::tcb_status::TcbStatus;

/// `N` bytes in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hex<const N: usize>(pub(super) [u8; N]);

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; N];
        hex::decode_to_slice(&text, &mut bytes)
            .map_err(|error| D::Error::custom(format_args!("`{text}` is not {N} bytes in hexadecimal: {error}")))?;
        Ok(Self(bytes))
    }
}

/// A value that may be left out. It is never null: Intel writes no null, so it would be read in two ways.
pub(super) fn unless_left_out<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Bytes in hexadecimal, as many as there are.
pub(super) fn hexadecimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    hex::decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// A date and time in UTC, to the second, as `2026-06-01T00:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date(pub(super) Timestamp);

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const FORM: &str = "0000-00-00T00:00:00Z";
        let text = String::deserialize(deserializer)?;
        let has_form = text.len() == FORM.len()
            && text.bytes().zip(FORM.bytes()).all(|(found, expected)| match expected {
                b'0' => found.is_ascii_digit(),
                punctuation => found == punctuation,
            });
        match text.parse() {
            Ok(date) if has_form => Ok(Self(date)),
            Ok(_) | Err(_) => Err(D::Error::custom(format_args!("`{text}` is no time like 2026-06-01T00:00:00Z"))),
        }
    }
}

/// What Intel asks for at one level, and how it judges a TCB that has it.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Level<T> {
    pub(super) tcb: T,
    tcb_date: Date,
    tcb_status: TcbStatus,
    #[serde(rename = "advisoryIDs", default)]
    advisory_ids: Vec<String>,
}

impl<T> Level<T> {
    /// How Intel judges a TCB that has this level.
    pub(super) fn judgement(&self) -> Judgement<'_> {
        Judgement { status: self.tcb_status, date: self.tcb_date.0, advisories: vec![&self.advisory_ids] }
    }

    /// Checks that the status is one that Intel gives in this place, or says which it is.
    pub(super) fn check_status(&self, given: &[TcbStatus]) -> Result<(), String> {
        if given.contains(&self.tcb_status) {
            return Ok(());
        }
        Err(format!("the status `{}` is none that Intel gives there", self.tcb_status.name()))
    }
}
