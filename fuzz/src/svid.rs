//! SPIFFE certificates: a trust domain's, one between, a workload's.

use std::sync::LazyLock;

use atbac_evidence::svid::{TrustDomain, x509};
use atbac_evidence::{Claim, Refusal};
use atbac_simulation::x509::{certificate, date};
use atbac_simulation::{Certificate, EcKey, Extension, Key, der};

use crate::budget::within_budget;

/// The certificates, the workload's first, each with the key that signs it.
#[derive(Clone)]
pub struct Forgery(pub [(Certificate, Key); 3]);

/// A forgery that verifies. Its keys stay the same for a run.
pub static GOOD: LazyLock<Forgery> = LazyLock::new(|| {
    let [root, between, leaf] = std::array::from_fn(|_| Key::Ec(EcKey::p256()));
    let authority = |serial, subject, key: &Key, path_length| {
        let mut authority = certificate(&[serial], "root", subject, key.clone());
        authority.extensions =
            vec![Extension::authority(path_length), Extension::key_usage(0b0000_0110), name("spiffe://example.org")];
        authority
    };
    let mut workload = certificate(&[3], "between", "workload", leaf);
    workload.extensions = vec![Extension::key_usage(0b1000_0000), name("spiffe://example.org/ledger")];
    let forgery = Forgery([
        (workload, between.clone()),
        (authority(2, "between", &between, 0), root.clone()),
        (authority(1, "root", &root, 1), root),
    ]);
    forgery.verify().expect("a forged certificate verifies as it is");
    forgery
});

/// A subject alternative name that is a URI (RFC 5280 section 4.2.1.6).
fn name(uri: &str) -> Extension {
    Extension::new("2.5.29.17", der::sequence(&[der::tlv(0x86, uri.as_bytes())]))
}

impl Forgery {
    /// Signs the certificates and verifies them up to the last, within the budget.
    pub fn verify(&self) -> Result<Claim, Refusal> {
        let [leaf, between, root] = self.0.each_ref().map(|(certificate, key)| certificate.sign(key));
        let bundle = x509::Bundle::new(TrustDomain::new("example.org")?, &root)?;
        let verifier = x509::Verifier::new(bundle);
        let chain: [&[u8]; 2] = [&leaf, &between];
        let now = date("2026-06-30T00:00:00Z");
        within_budget(&chain, || Ok(verifier.verify(&x509::Evidence { chain: &chain }, now)?.claims()))
    }
}
