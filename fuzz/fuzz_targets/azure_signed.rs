//! Azure's runtime data of any content under a report that commits to it, and a vTPM's quote of any content under a good signature: another
//! reading of what is accepted finds nothing to refuse.

#![no_main]

use atbac_evidence::snp::azure::RuntimeData;
use atbac_fuzz::azure::{NONCE, PCRS, hash, message, quote, report, runtime, verify_quote, verify_runtime};
use atbac_fuzz::edit::{Edit, JsonEdit};
use aws_lc_rs::digest::{SHA256, digest};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

#[derive(Debug, Arbitrary)]
struct Input {
    hash: u8,
    runtime: Vec<JsonEdit>,
    /// Changes to the text, which may leave no JSON.
    runtime_text: Vec<Edit>,
    message: Vec<Edit>,
}

/// What begins every quote, and what names the bank of SHA-256 registers (TCG, "TPM 2.0 Library, Part 2", 6.2, 6.9, 10.9.7).
const QUOTE: [u8; 6] = [0xFF, 0x54, 0x43, 0x47, 0x80, 0x18];
const BANK: [u8; 6] = [0, 0, 0, 1, 0x00, 0x0B];

fuzz_target!(|input: Input| {
    let mut json = runtime();
    for edit in &input.runtime {
        edit.apply(&mut json);
    }
    let mut bytes = json.to_string().into_bytes();
    for edit in &input.runtime_text {
        edit.apply(&mut bytes);
    }
    let data = RuntimeData { hash: hash(input.hash), bytes };
    let Ok(runtime) = verify_runtime(&report(&data), &data) else {
        return;
    };
    let json: Value = serde_json::from_slice(&data.bytes).expect("accepted runtime data is JSON");
    let keys = json["keys"].as_array().expect("it has keys");
    let named: Vec<&Value> = keys.iter().filter(|key| key["kid"] == "HCLAkPub").collect();
    assert!(matches!(&named[..], [key] if key["kty"] == "RSA"), "one key");
    let user_data = json["user-data"].as_str().map(str::to_ascii_lowercase);
    let found = runtime.user_data.map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    assert_eq!(found, user_data);

    let mut message = message();
    for edit in &input.message {
        edit.apply(&mut message);
    }
    if verify_quote(&runtime, &quote(message.clone())).is_ok() {
        let rest = message.strip_prefix(&QUOTE).expect("a quote");
        let (_, rest) = sized(rest);
        let (nonce, rest) = sized(rest);
        assert_eq!(nonce, NONCE);
        // Clock and firmware version may be any.
        let rest = rest[25..].strip_prefix(&BANK).expect("one bank");
        let (bitmap, rest) = rest[1..].split_at(rest[0].into());
        assert_eq!(bitmap.iter().map(|byte| byte.count_ones()).sum::<u32>(), PCRS.len() as u32);
        assert_eq!(sized(rest), (digest(&SHA256, &PCRS.concat()).as_ref(), &[][..]));
    }
});

/// What a length of two bytes says, and what follows it.
fn sized(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes[2..].split_at(u16::from_be_bytes([bytes[0], bytes[1]]).into())
}
