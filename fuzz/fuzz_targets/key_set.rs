//! Key sets, keys and SPIFFE names of any content.

#![no_main]

use atbac_evidence::svid::{SpiffeId, TrustDomain};
use atbac_evidence::token::{TrustedKeys, thumbprint};
use atbac_fuzz::budget::within_budget;
use atbac_fuzz::edit::{Edit, JsonEdit};
use atbac_fuzz::token::jwks;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input {
    json: Vec<JsonEdit>,
    text: Vec<Edit>,
    /// These bytes in the place of all that.
    other: Option<Vec<u8>>,
}

fuzz_target!(|input: Input| {
    let mut set = jwks();
    for edit in &input.json {
        edit.apply(&mut set);
    }
    let mut bytes = set.to_string().into_bytes();
    for edit in &input.text {
        edit.apply(&mut bytes);
    }
    let bytes = input.other.unwrap_or(bytes);
    // Key sets are pinned by the caller, so only a single key, which may be a stranger's, has a budget.
    let keys = TrustedKeys::from_jwks(&bytes, None);
    let _ = TrustedKeys::from_spiffe_bundle(&bytes, None);
    let _ = within_budget(&[&bytes], || thumbprint(&bytes));
    if keys.is_ok() {
        serde_json::from_slice::<serde_json::Value>(&bytes).expect("an accepted set is JSON");
    }
    if let Ok(name) = std::str::from_utf8(&bytes) {
        let domain = TrustDomain::new(name);
        if let Ok(id) = SpiffeId::parse(name) {
            assert_eq!(id.as_str(), name);
            assert!(name.starts_with(&format!("spiffe://{}", id.trust_domain().as_str())));
            assert!(domain.is_err(), "a name of both kinds");
        }
    }
});
