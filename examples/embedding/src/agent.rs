//! The other side: an agent in a confidential guest, simulated. It has a key, and attests with a report that names the key and answers a nonce.

use atbac_engine::{HeldKey, Nonce};
use atbac_simulation::{MintedSnp, SnpForgery};
use serde_json::{Value as Json, json};
use std::error::Error;

/// The agent's public key, `SubjectPublicKeyInfo` in hexadecimal. Here it is the base point of P-256, whose private key everybody knows: 1.
const KEY: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

/// Where `REPORT_DATA` stands in a report (AMD 56860, section 7.3).
const REPORT_DATA: usize = 0x050;

/// The public key. A service takes it from the connection, where the agent proves to hold the private one.
pub(crate) fn key() -> Result<HeldKey, Box<dyn Error>> {
    Ok(HeldKey::from_spki(&hex::decode(KEY)?)?)
}

/// The root certificate of the simulated vendor, which stands for AMD's: a service has it beforehand.
pub(crate) fn vendor_root() -> Vec<u8> {
    SnpForgery::milan().mint().ark
}

/// A report that names the agent's key in the first half of its report data, and answers the nonce in the second.
pub(crate) fn attest(nonce: &Nonce) -> Result<MintedSnp, Box<dyn Error>> {
    let mut report = SnpForgery::milan();
    report.report.set(REPORT_DATA, &key()?.thumbprint());
    report.report.set(REPORT_DATA + 32, nonce.as_bytes());
    Ok(report.mint())
}

/// What the token says that the identity provider signed for this key. A service has verified that signature.
pub(crate) fn token() -> Result<Json, Box<dyn Error>> {
    let digest = format!("{}{}", hex::encode(key()?.thumbprint()), "00".repeat(32));
    Ok(json!({
        "id": "session-1", "tenant": "acme", "subject": "spiffe://acme.example/agent/reader",
        "issuer": "https://identity.acme.example", "key_digest": digest, "issued_at": "2026-01-14T23:59:00Z",
        "verified_at": "2026-01-15T00:00:00Z", "expires_at": "2026-01-15T01:00:00Z",
    }))
}
