//! The root at which trust in quotes begins.

use std::sync::{Arc, LazyLock};

use super::certificate::{Certificate, Place};
use super::collateral::Collateral;
use super::refusal::QuoteRefusal;
use crate::cert::one_certificate;
use crate::development;
use crate::excerpt::Excerpt;
use crate::refusal::Refusal;
use crate::verified::TrustRoot;

/// Intel's SGX Root CA, which signs for TDX as well.
const BUILT_IN: &[u8] = include_bytes!("../../roots/intel/sgx-root-ca.der");

/// The development root of quotes.
const DEVELOPMENT: &[u8] = include_bytes!("../../roots/development/sgx-root-ca.der");

static INTEL: LazyLock<Arc<Certificate>> = LazyLock::new(|| {
    Arc::new(Certificate::read(Place::Root, BUILT_IN).expect("the certificate in this crate is well-formed"))
});

/// The root certificate that a verifier of quotes trusts.
#[derive(Debug, Clone)]
pub struct IntelRoot {
    certificate: Arc<Certificate>,
    trust_root: TrustRoot,
}

impl IntelRoot {
    /// Intel's SGX Root CA.
    #[must_use]
    pub fn built_in() -> Self {
        Self { certificate: Arc::clone(&INTEL), trust_root: TrustRoot::BuiltIn(INTEL.identity()) }
    }

    /// Only the given root, one certificate in DER or PEM, in place of Intel's.
    ///
    /// # Errors
    /// [`Refusal`] if it is not one certificate of a root: issued by itself, with an ECDSA key on P-256; or if it is a development root.
    pub fn given(root: &[u8]) -> Result<Self, Refusal> {
        let root = Self::read(root)?;
        development::refuse(root.trust_root.identity())?;
        Ok(root)
    }

    /// The development root, for the verifier that gives nothing but [`Simulated`](crate::Simulated).
    pub(super) fn development() -> Self {
        Self::read(DEVELOPMENT).expect("the certificates in this crate are well-formed")
    }

    /// What to say of collateral that was refused under this root: where it ends at a development root, that says it all.
    pub(super) fn refusal(&self, refusal: Refusal, collateral: &Collateral) -> Refusal {
        match collateral.root() {
            Some(found)
                if development::is_development(&found) && !development::is_development(self.trust_root.identity()) =>
            {
                Refusal::DevelopmentRoot { found }
            }
            Some(_) | None => refusal,
        }
    }

    fn read(root: &[u8]) -> Result<Self, Refusal> {
        let malformed = |reason| QuoteRefusal::RootMalformed { reason };
        let der = one_certificate(root, malformed)?;
        let certificate = Certificate::read(Place::Root, &der).map_err(|reason| malformed(Excerpt::of(reason)))?;
        if !certificate.names_itself_as_issuer() {
            return Err(malformed(Excerpt::of("it is issued by another, so it is no root")).into());
        }
        let trust_root = TrustRoot::Given(certificate.identity());
        Ok(Self { certificate: Arc::new(certificate), trust_root })
    }

    pub(super) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(super) fn trust_root(&self) -> &TrustRoot {
        &self.trust_root
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_root_is_one_that_could_be_given() {
        let given = IntelRoot::given(BUILT_IN).unwrap();
        assert_eq!(given.trust_root().identity(), IntelRoot::built_in().trust_root().identity());
        assert_eq!(given.trust_root().identity().common_name, "Intel SGX Root CA");
    }
}
