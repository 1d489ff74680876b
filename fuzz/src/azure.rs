//! Azure's runtime data under a forged report, and the quote of a vTPM whose key it names.

use std::sync::LazyLock;

use atbac_evidence::snp::azure::{HashType, Paravisor, Quote, Runtime, RuntimeData, Vtpm};
use atbac_evidence::snp::{Expectations, Snp};
use atbac_evidence::{Expected, Refusal, Verified};
use atbac_simulation::SnpForgery;
use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::budget::within_budget;
use crate::snp::base;

/// The challenge that every quote has to answer.
pub const NONCE: &[u8] = b"challenge";

/// Registers 0, 4 and 8.
pub const PCRS: [[u8; 32]; 3] = [[0x10; 32], [0x14; 32], [0x18; 32]];

/// The vTPM's key.
static KEY: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"));

/// Runtime data that verifies.
pub fn runtime() -> Value {
    // The key in DER ends in 256 bytes of modulus and five of the exponent.
    let key = KEY.public_key().as_ref();
    let jwk = |kid: &str, modulus: &[u8]| json!({ "kid": kid, "kty": "RSA", "e": "AQAB", "n": URL_SAFE_NO_PAD.encode(modulus) });
    json!({
        "keys": [jwk("HCLAkPub", &key[key.len() - 261..key.len() - 5]), jwk("HCLEkPub", &[1; 256])],
        "vm-configuration": { "secure-boot": true },
        "user-data": "D4".repeat(64),
    })
}

/// A quote's message that verifies: a `TPMS_ATTEST` (TCG, "TPM 2.0 Library, Part 2", 10.12.12).
pub fn message() -> Vec<u8> {
    let registers = digest(&SHA256, &PCRS.concat());
    [
        &[0xFF, 0x54, 0x43, 0x47, 0x80, 0x18][..], // made by a TPM, a quote
        &[0, 34],
        &[0x22; 34], // qualified signer
        &[0, NONCE.len() as u8],
        NONCE,
        &[0x77; 17],                              // clock
        &[0x88; 8],                               // firmware version
        &[0, 0, 0, 1, 0x00, 0x0B, 3, 0x11, 1, 0], // one bank, SHA-256
        &[0, 32],
        registers.as_ref(),
    ]
    .concat()
}

/// The quote with `message`, signed.
pub fn quote(message: Vec<u8>) -> Quote {
    let mut signature = vec![0; KEY.public_modulus_len()];
    KEY.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut signature).expect("a signature");
    Quote { message, signature, pcrs: PCRS.to_vec() }
}

/// One of the hashes that tie runtime data to a report.
pub fn hash(which: u8) -> HashType {
    [HashType::Sha256, HashType::Sha384, HashType::Sha512][usize::from(which) % 3]
}

/// A verified report that commits to `data`.
pub fn report(data: &RuntimeData) -> Verified<Snp> {
    let algorithm = match data.hash {
        HashType::Sha256 => &SHA256,
        HashType::Sha384 => &SHA384,
        HashType::Sha512 => &SHA512,
    };
    let base = base(0);
    let mut forgery = base.forgery.clone();
    forgery.report.set(0x050, &[0; 64]);
    forgery.report.set(0x050, digest(algorithm, &data.bytes).as_ref());
    base.endorsement
        .verify(&forgery.mint_report(), &Expectations::left_to_policy(), SnpForgery::now())
        .expect("a forged report verifies")
}

/// Verifies runtime data, within the budget.
pub fn verify_runtime(report: &Verified<Snp>, data: &RuntimeData) -> Result<Verified<Runtime>, Refusal> {
    within_budget(&[&data.bytes], || data.verify(report, Paravisor::LeftToPolicy, Expected::LeftToPolicy))
}

/// Verifies a quote, within the budget.
pub fn verify_quote(runtime: &Verified<Runtime>, quote: &Quote) -> Result<Verified<Vtpm>, Refusal> {
    within_budget(&[&quote.message, &quote.signature], || runtime.verify_quote(quote, NONCE))
}
