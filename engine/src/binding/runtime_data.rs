//! The runtime data of confidential containers: a nonce and a key, committed to by a digest in the report data.
//!
//! Source: Trustee, "KBS Attestation Protocol", `runtime-data`; the attestation agent of confidential containers says what is hashed. The report data is SHA-256, SHA-384 (the
//! default) or SHA-512, with zeros after it, of the JSON object
//!
//! ```text
//! {"additional-evidence":"…","nonce":"…","tee-pubkey":{…}}
//! ```
//!
//! in canonical form (RFC 8785); older agents leave `additional-evidence` out. The nonce that the agent gives to devices, such as GPUs, is the first 32 bytes of the
//! same hash of the object without it.

use super::digest::{sha256, sha384, sha512};
use super::key::{HeldKey, KeyError};
use crate::input::{InputError, TOO_LARGE, TYPE, UNKNOWN, parse_json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// The most bytes of runtime data, and of additional evidence: 64 KiB each. They are read before any signature is, so that anyone can send them. A key and a nonce take some
/// 1 KiB.
const MAX_BYTES: usize = 64 * 1024;

/// Runtime data that a guest sent with its evidence, and what it commits to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeData {
    key: HeldKey,
    /// The nonce, where it is one of 32 bytes in base64 as this engine issues them.
    nonce: Option<[u8; 32]>,
    /// For each hash: what the report data then is, and the nonce of devices.
    commitments: [Commitment; 3],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Commitment {
    report_data: [u8; 64],
    device_nonce: [u8; 32],
}

impl RuntimeData {
    /// Reads the member `runtime-data` of an attestation, JSON, with the text of `tee-evidence.additional_evidence` where the guest's agent commits to it (an empty text
    /// is one too). Both are limited to 64 KiB.
    ///
    /// # Errors
    /// [`RuntimeDataError`] for more than that, JSON of another form, or a key that is none.
    pub fn read(runtime_data: &[u8], additional_evidence: Option<&str>) -> Result<Self, RuntimeDataError> {
        within_limit("", runtime_data.len())?;
        within_limit("additional_evidence", additional_evidence.map_or(0, str::len))?;
        let json = parse_json(runtime_data)?;
        let wrong = |path: &str, message: &str| InputError::new(TYPE, path, message);
        let object = json.as_object().ok_or_else(|| wrong("", "expected an object with `nonce` and `tee-pubkey`"))?;
        if let Some(unknown) = object.keys().find(|name| !matches!(name.as_str(), "nonce" | "tee-pubkey")) {
            // It would be committed to, and nothing here would know what it means.
            return Err(InputError::new(UNKNOWN, unknown, "runtime data has `nonce` and `tee-pubkey`").into());
        }
        let nonce = object.get("nonce").and_then(Json::as_str);
        let nonce = nonce.ok_or_else(|| wrong("nonce", "expected the text of the challenge"))?;
        let key = object.get("tee-pubkey").and_then(Json::as_object);
        let key = key.ok_or_else(|| wrong("tee-pubkey", "expected a JSON Web Key"))?;
        let held = HeldKey::from_jwk(&object["tee-pubkey"])?;

        let (nonce_text, key_text) = (string(nonce), canonical_texts(key)?);
        let device = format!(r#"{{"nonce":{nonce_text},"tee-pubkey":{key_text}}}"#);
        let report = match additional_evidence {
            Some(more) => {
                let more = string(more);
                format!(r#"{{"additional-evidence":{more},"nonce":{nonce_text},"tee-pubkey":{key_text}}}"#)
            }
            None => device.clone(),
        };
        let commitments = [
            Commitment::new(&sha256(report.as_bytes()), &sha256(device.as_bytes())),
            Commitment::new(&sha384(report.as_bytes()), &sha384(device.as_bytes())),
            Commitment::new(&sha512(report.as_bytes()), &sha512(device.as_bytes())),
        ];
        let nonce = STANDARD.decode(nonce).ok().and_then(|bytes| bytes.try_into().ok());
        Ok(RuntimeData { key: held, nonce, commitments })
    }

    /// The key, `tee-pubkey`. That the guest holds it is shown by what it does with it, such as reading an answer that was encrypted to it.
    pub fn key(&self) -> &HeldKey {
        &self.key
    }

    /// Whether the report data commits to this.
    pub(super) fn is_in(&self, report_data: &[u8; 64]) -> bool {
        self.commitment(report_data).is_some()
    }

    /// The nonce that report data which commits to this answers.
    pub(super) fn nonce(&self, report_data: &[u8; 64]) -> Option<[u8; 32]> {
        self.commitment(report_data).and(self.nonce)
    }

    /// The nonce that devices of a guest whose report data commits to this answer.
    pub(super) fn device_nonce(&self, report_data: &[u8; 64]) -> Option<[u8; 32]> {
        self.commitment(report_data).map(|commitment| commitment.device_nonce)
    }

    fn commitment(&self, report_data: &[u8; 64]) -> Option<&Commitment> {
        self.commitments.iter().find(|commitment| commitment.report_data == *report_data)
    }
}

impl Commitment {
    fn new(report: &[u8], device: &[u8]) -> Self {
        let (mut report_data, mut device_nonce) = ([0; 64], [0; 32]);
        report_data[..report.len()].copy_from_slice(report);
        device_nonce.copy_from_slice(&device[..32]);
        Commitment { report_data, device_nonce }
    }
}

fn within_limit(path: &str, bytes: usize) -> Result<(), InputError> {
    if bytes > MAX_BYTES {
        let message = format!("{bytes} bytes with runtime data; at most {MAX_BYTES} are read");
        return Err(InputError::new(TOO_LARGE, path, message));
    }
    Ok(())
}

/// A string in canonical JSON (RFC 8785, section 3.2.2.2): the shortest escapes, which are those of the library.
fn string(text: &str) -> String {
    Json::from(text).to_string()
}

/// An object of texts in canonical JSON: sorted by name (RFC 8785, section 3.2.3; of ASCII names, by bytes), without white space. The key's members are texts, so that no
/// canonical form of numbers is needed.
fn canonical_texts(object: &Map<String, Json>) -> Result<String, InputError> {
    let mut sorted = BTreeMap::new();
    for (name, value) in object {
        let (true, Json::String(text)) = (name.is_ascii(), value) else {
            return Err(InputError::new(TYPE, "tee-pubkey", "expected members that are texts, with names in ASCII"));
        };
        sorted.insert(name.as_str(), text.as_str());
    }
    let members: Vec<String> =
        sorted.into_iter().map(|(name, text)| format!("{}:{}", string(name), string(text))).collect();
    Ok(format!("{{{}}}", members.join(",")))
}

/// Runtime data that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuntimeDataError {
    /// It is not of its form.
    #[error(transparent)]
    Form(#[from] InputError),
    /// Its key is none.
    #[error("`tee-pubkey`: {0}")]
    Key(#[from] KeyError),
}

impl RuntimeDataError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            RuntimeDataError::Form(error) => error.code(),
            RuntimeDataError::Key(error) => error.code(),
        }
    }
}
