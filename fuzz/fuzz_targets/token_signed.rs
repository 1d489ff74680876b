//! Tokens of any header and claims under a good signature: another reading of an accepted one finds nothing to refuse.

#![no_main]

use atbac_fuzz::edit::{Edit, JsonEdit};
use atbac_fuzz::token::{Kind, header, sign};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

#[derive(Debug, Arbitrary)]
struct Input {
    kind: u8,
    header: Vec<JsonEdit>,
    claims: Vec<JsonEdit>,
    /// Changes to the texts of both, which may leave no JSON.
    header_text: Vec<Edit>,
    claims_text: Vec<Edit>,
}

fuzz_target!(|input: Input| {
    let kind = Kind::nth(input.kind);
    let text = |mut value: Value, edits: &[JsonEdit], texts: &[Edit]| {
        for edit in edits {
            edit.apply(&mut value);
        }
        let mut text = value.to_string().into_bytes();
        for edit in texts {
            edit.apply(&mut text);
        }
        text
    };
    let header = text(header(), &input.header, &input.header_text);
    let claims = text(kind.claims(), &input.claims, &input.claims_text);
    if kind.verify_signed(&kind.evidence(&sign(&header, &claims))).is_ok() {
        let header: Value = serde_json::from_slice(&header).expect("an accepted header is JSON");
        assert_eq!(header["alg"], "ES256");
        assert!(header.get("crit").is_none() && header.get("b64").is_none(), "extensions");
        kind.check_accepted(&serde_json::from_slice(&claims).expect("accepted claims are JSON"));
    }
});
