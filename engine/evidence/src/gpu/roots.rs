//! The root at which trust in NVIDIA's reports begins.

use std::sync::LazyLock;

use crate::cert::{Certificate, Document};
use crate::development;
use crate::refusal::Refusal;
use crate::verified::{RootIdentity, TrustRoot};

/// The root that a verifier trusts for devices of NVIDIA's.
#[derive(Debug, Clone)]
pub struct NvidiaRoots(Trusted);

#[derive(Debug, Clone)]
enum Trusted {
    BuiltIn,
    Given(Box<Certificate>),
}

impl NvidiaRoots {
    /// NVIDIA's own: the NVIDIA Device Identity CA.
    #[must_use]
    pub fn built_in() -> Self {
        Self(Trusted::BuiltIn)
    }

    /// Only the given root, one certificate in DER or PEM, in place of NVIDIA's.
    ///
    /// # Errors
    /// [`Refusal`] if it is not a certificate with a key on P-384, or if it is a development root.
    pub fn given(root: &[u8]) -> Result<Self, Refusal> {
        let root = Certificate::read(Document::NvidiaRoot, root)?;
        root.p384_key()?;
        development::refuse(&root.root_identity())?;
        Ok(Self(Trusted::Given(Box::new(root))))
    }

    /// The trusted root that `root` is: one with the same name and the same key.
    pub(super) fn find(&self, root: &Certificate) -> Option<TrustRoot> {
        let trusted = self.certificate();
        trusted.is_same_root(root).then(|| match &self.0 {
            Trusted::BuiltIn => TrustRoot::BuiltIn(trusted.root_identity()),
            Trusted::Given(_) => TrustRoot::Given(trusted.root_identity()),
        })
    }

    /// The root that is trusted.
    pub(super) fn identity(&self) -> RootIdentity {
        self.certificate().root_identity()
    }

    fn certificate(&self) -> &Certificate {
        match &self.0 {
            Trusted::BuiltIn => &BUILT_IN,
            Trusted::Given(root) => root,
        }
    }
}

static BUILT_IN: LazyLock<Certificate> = LazyLock::new(|| {
    Certificate::read(Document::NvidiaRoot, include_bytes!("../../roots/nvidia/device-identity-ca.der"))
        .expect("the certificate in this crate is well-formed")
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_root_is_nvidias() {
        assert_eq!(BUILT_IN.common_name(), "NVIDIA Device Identity CA");
        BUILT_IN.check_issued_by(&BUILT_IN).unwrap();
    }
}
