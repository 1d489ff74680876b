//! How dcap-qvl is called: with its own parsers, on the cryptography of this crate.

use dcap_qvl::config::{Config, CryptoProvider};
use dcap_qvl::policy::{QuoteClaims, QuotePolicy};
use dcap_qvl::signature::DerSigEncoder;
use dcap_qvl::verify::QuoteVerifier;
use dcap_qvl::x509::X509CertBackend;
use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};

use super::collateral::Collateral;
use super::refusal::LibraryRefusal;
use super::root::IntelRoot;
use crate::crypto::{AwsLc, Crypto};

/// Verifies `quote` with `collateral` up to `root`, at `now_secs` seconds after 1970.
///
/// Debugging and service TDs are let through: they are claims, and a policy decides on them.
pub(super) fn verify(
    quote: &[u8],
    collateral: &Collateral,
    root: &IntelRoot,
    now_secs: u64,
) -> Result<QuoteClaims, LibraryRefusal> {
    QuoteVerifier::<OnAwsLc>::new_with_config(root.der().to_vec())
        .allow_debug(true)
        .allow_service_td(true)
        .verify_with_policy(quote, collateral.parts(), now_secs, &QuotePolicy::claims_only(now_secs))
        .map_err(|error| LibraryRefusal::of(error.chain()).under(root.trust_root().identity()))
}

/// The library's own parsers on [`AwsLc`].
pub(super) struct OnAwsLc;

impl Config for OnAwsLc {
    type X509 = X509CertBackend;
    type SigEncoder = DerSigEncoder;
    type Crypto = OnAwsLc;
}

impl CryptoProvider for OnAwsLc {
    fn sig_algo() -> &'static dyn SignatureVerificationAlgorithm {
        &EcdsaP256
    }

    fn sha256(data: &[u8]) -> [u8; 32] {
        AwsLc::sha256(data)
    }

    fn sha384(data: &[u8]) -> [u8; 48] {
        AwsLc::sha384(data)
    }
}

/// ECDSA on P-256 with SHA-256, the only scheme in Intel's infrastructure.
#[derive(Debug)]
struct EcdsaP256;

impl SignatureVerificationAlgorithm for EcdsaP256 {
    fn verify_signature(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        AwsLc::ecdsa_p256_sha256(public_key, message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P256
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA256
    }
}
