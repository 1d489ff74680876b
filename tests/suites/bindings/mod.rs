//! Sessions open with the proofs that their request demands, and with no other: through evidence that was signed and verified.
//!
//! Keys, digests and thumbprints are from outside: the numbers of P-256, P-384 and P-521 keys with the private values 1 to 4, encoded by OpenSSL and hashed by Python's
//! `hashlib`; examples of RFC 7638 and RFC 8037.

mod challenges;
mod confirmations;
mod keys;
mod nonces;
mod runtime_data;
mod verified;

use atbac_engine::evidence::{Verified, snp::Snp};
use atbac_engine::{Bundle, Execution, Fields, HeldKey};
use atbac_simulation::{QuoteForgery, SnpForgery};
use atbac_tests::evidence::{Evidence, forged_quote, forged_snp};
use atbac_tests::files::source;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

/// The public key of the private value 1 on P-256: the curve's base point (NIST SP 800-186, section 3.2.1.3).
pub(super) const KEY: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
pub(super) const KEY_SHA256: &str = "5cd252fb0ce8932436faf8ccd1040981b89ee4ad6b9fe9e2a2b7e71aacb27cd3";
pub(super) const KEY_SHA384: &str =
    "a536377369f7cb41b462e52eebba9fbd98413beb76db11d4484bf154cf9ff8d17d5c28c3d3860931b1ec777198337534";
pub(super) const KEY_SHA512: &str = "fcf6d0b132eb06611facf5847b4581d125395f9327d3458b5d631a4722a243de5cb10a02554453358430f9636391ba5e5079c7f5456e7dd5829b857cf200a1b3";
pub(super) const KEY_THUMBPRINT: &str = "c71d01700fb0328870f1ab580c939eea9786328764946db04470655c732f9743";
/// SHA-1 of the same encoding, which no layout has.
pub(super) const KEY_SHA1: &str = "dba4cd68fd2ec53aaacb454c84da9cd90499e654";

/// The private value 2.
pub(super) const OTHER: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200047cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc4766997807775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1";
pub(super) const OTHER_SHA512: &str = "959c7eca511dc8d3a32133f527500257692368fe2396a54a44b0d34334b2a64e0a54a718a1c9cd9863d857062d1fba1bae4ef76d0919e9810652aa8c057702b7";

pub(super) fn key(info: &str) -> HeldKey {
    HeldKey::from_spki(&hex::decode(info).unwrap()).unwrap()
}

/// The bytes of hexadecimal text, with zeros after them.
pub(super) fn padded(text: &str) -> [u8; 64] {
    let bytes = hex::decode(text).unwrap();
    let mut padded = [0; 64];
    padded[..bytes.len()].copy_from_slice(&bytes);
    padded
}

pub(super) fn now() -> Timestamp {
    SnpForgery::now()
}

pub(super) fn bundle(text: &str) -> Bundle {
    let uses = "package p; use std.snp.Snp; use std.tdx.Tdx; use std.sgx.Sgx; use std.gpu.Gpu; use std.ear.Ear;
        use std.spiffe.{JwtSvid, X509Svid}; use std.agent.Session; floor circumstance: asserted;";
    Bundle::open(source(format!("{uses}{text} permit everything for Call;")), Execution::Interpreter).unwrap()
}

/// A report with this report data.
pub(super) fn report(report_data: [u8; 64]) -> Verified<Snp> {
    let mut forgery = SnpForgery::milan();
    forgery.report.set(0x050, &report_data);
    let Evidence::Snp(verified) = forged_snp(&forgery.mint(), now()) else { unreachable!("it is a report") };
    *verified
}

/// A quote with this report data, verified at a time of the forger's.
pub(super) fn quote(sgx: bool, report_data: [u8; 64]) -> Evidence {
    // Report data is the last field of both bodies: of a TD report at 520 (Intel 348551, TD_REPORT), of an enclave's at 320 (Intel SDM volume 3D, REPORT).
    let (mut forgery, offset) = if sgx { (QuoteForgery::sgx(), 320) } else { (QuoteForgery::tdx(), 520) };
    forgery.quote.body[offset..offset + 64].copy_from_slice(&report_data);
    forged_quote(sgx, &forgery.mint(), QuoteForgery::now())
}

/// An agent's session for the key of this digest.
pub(super) fn session(key_digest: [u8; 64]) -> Json {
    json!({
        "id": "s", "tenant": "t", "subject": "u", "issuer": "i", "key_digest": hex::encode(key_digest),
        "issued_at": now().to_string(), "verified_at": now().to_string(), "expires_at": "2026-12-01T00:00:00Z",
    })
}

/// A GPU's report that answers a nonce, as another service verified it.
pub(super) fn gpu(nonce: [u8; 32]) -> Json {
    json!({
        "nonce": hex::encode(nonce), "arch": "Hopper", "hwmodel": "m", "ueid": "1", "driver_version": "570.133.20",
        "vbios_version": "96", "fwid": "00".repeat(48), "measurements": [], "switches": [], "revocation_checked": true,
        "verified_at": now().to_string(), "expires_at": "2026-12-01T00:00:00Z",
    })
}

/// Another verifier's result with this nonce, of which everything is affirmed.
pub(super) fn result(nonce: Json) -> Json {
    let mut result = json!({
        "submod": "cpu0", "verifier_developer": "d", "verifier_build": "b", "appraisal_policy_ids": [], "status": "affirming", "issuer": "i", "audience": [],
        "nonce": nonce, "issued_at": now().to_string(), "verified_at": now().to_string(), "expires_at": "2026-12-01T00:00:00Z",
    });
    for claim in [
        "instance_identity",
        "configuration",
        "executables",
        "file_system",
        "hardware",
        "runtime_opaque",
        "storage_opaque",
        "sourced_data",
    ] {
        result[claim] = json!(2);
    }
    result
}

/// Whether the session opens: or else the code of why not.
pub(super) fn opens(bundle: &Bundle, fields: Fields) -> Result<(), &'static str> {
    bundle.open_session(fields, now()).map(drop).map_err(|error| error.code())
}
