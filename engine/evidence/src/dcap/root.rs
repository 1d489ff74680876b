//! The root at which trust in quotes begins.

use x509_cert::Certificate;
use x509_cert::der::Decode;

use super::refusal::QuoteRefusal;
use crate::cert::certificates;
use crate::crypto::{AwsLc, Crypto};
use crate::refusal::Refusal;
use crate::verified::{RootIdentity, TrustRoot};

/// Intel's SGX Root CA, which signs for TDX as well.
const BUILT_IN: &[u8] = include_bytes!("../../roots/intel/sgx-root-ca.der");

/// The root certificate that a verifier of quotes trusts.
#[derive(Debug, Clone)]
pub struct IntelRoot {
    der: Vec<u8>,
    trust_root: TrustRoot,
}

impl IntelRoot {
    /// Intel's SGX Root CA.
    #[must_use]
    pub fn built_in() -> Self {
        Self {
            der: BUILT_IN.to_vec(),
            trust_root: TrustRoot::BuiltIn(RootIdentity {
                common_name: "Intel SGX Root CA".into(),
                sha256: AwsLc::sha256(BUILT_IN),
            }),
        }
    }

    /// Only the given root, one certificate in DER or PEM, in place of Intel's.
    ///
    /// # Errors
    /// [`Refusal`] if it is not one certificate.
    pub fn given(root: &[u8]) -> Result<Self, Refusal> {
        let malformed = |reason: String| QuoteRefusal::RootMalformed { reason };
        let der = match certificates(root)?.as_slice() {
            [one] => one.to_vec(),
            several => {
                let reason = format!("there are {} certificates", several.len());
                return Err(malformed(reason).into());
            }
        };
        let certificate = Certificate::from_der(&der).map_err(|error| malformed(error.to_string()))?;
        let common_name = certificate
            .tbs_certificate()
            .subject()
            .common_name()
            .ok()
            .flatten()
            .map_or_else(String::new, |name| name.value().into_owned());
        let sha256 = AwsLc::sha256(&der);
        Ok(Self { der, trust_root: TrustRoot::Given(RootIdentity { common_name, sha256 }) })
    }

    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(super) fn trust_root(&self) -> &TrustRoot {
        &self.trust_root
    }
}
