//! What 64 bytes of report data say: a key, a nonce, or both.
//!
//! | layout | bytes 0–31 | bytes 32–63 |
//! |---|---|---|
//! | a long digest of the key | SHA-512, or SHA-384 and 16 zeros | |
//! | a short digest of the key | SHA-256 of its `SubjectPublicKeyInfo`, or its thumbprint | zeros, or a nonce |
//! | a nonce alone | zeros | a nonce |
//! | runtime data | its digest, and zeros: see [`super::runtime_data`] | |
//!
//! A key stands in the first half and a nonce in the second, never the other way round. Whoever asks for evidence chooses the nonce: if it could stand where a key does,
//! they would choose the digest of their own key, and the guest's report would name it.

use super::key::HeldKey;
use super::runtime_data::RuntimeData;

/// Report data, and the runtime data that the guest says it commits to.
#[derive(Clone, Copy)]
pub(crate) struct ReportData<'a> {
    bytes: &'a [u8; 64],
    runtime_data: Option<&'a RuntimeData>,
}

impl<'a> ReportData<'a> {
    pub(crate) fn new(bytes: &'a [u8; 64], runtime_data: Option<&'a RuntimeData>) -> Self {
        ReportData { bytes, runtime_data }
    }

    /// Whether it names this key. A nonce beside the key's digest must be one of `nonces`: nothing is left that nobody can explain.
    pub(crate) fn names_key(self, key: &HeldKey, nonces: &[[u8; 32]]) -> bool {
        if let Some(runtime_data) = self.runtime_data {
            return runtime_data.is_in(self.bytes) && runtime_data.key() == key;
        }
        key.digests().iter().any(|digest| self.names_digest(digest, nonces))
    }

    /// Whether it is this digest, with zeros after it or one of `nonces` in the second half.
    pub(crate) fn names_digest(self, digest: &[u8; 64], nonces: &[[u8; 32]]) -> bool {
        if *digest == [0; 64] {
            return false;
        }
        let is_short = digest[32..] == [0; 32];
        *self.bytes == *digest
            || is_short && self.bytes[..32] == digest[..32] && nonces.iter().any(|nonce| self.bytes[32..] == *nonce)
    }

    /// The nonce that it answers, if it has one: to be compared with one that was issued. A nonce that was drawn by its issuer is no part of any digest, so it may stand
    /// beside anything.
    pub(crate) fn nonce(self) -> Option<[u8; 32]> {
        match self.runtime_data {
            Some(runtime_data) => runtime_data.nonce(self.bytes),
            None => self.second_half(),
        }
    }

    /// The nonce that devices of the same guest answer: its own, or the one derived from runtime data.
    ///
    /// Nobody issued it, so where it stands must show that it is one: beside zeros, or beside one of these digests of keys. Beside anything else it may be the rest of a long
    /// digest, of a key or of runtime data that is not given. Whoever has seen the report can ask any device with those bytes.
    pub(crate) fn device_nonce(self, key_digests: &[[u8; 32]]) -> Option<[u8; 32]> {
        let first = &self.bytes[..32];
        match self.runtime_data {
            Some(runtime_data) => runtime_data.device_nonce(self.bytes),
            None if *first == [0; 32] || key_digests.iter().any(|digest| *first == *digest) => self.second_half(),
            None => None,
        }
    }

    fn second_half(self) -> Option<[u8; 32]> {
        let half: [u8; 32] = self.bytes[32..].try_into().ok()?;
        (half != [0; 32]).then_some(half)
    }
}
