//! The roots at which trust in SNP reports begins.

use std::sync::LazyLock;

use super::product::Product;
use crate::cert::{Certificate, Document};
use crate::refusal::Refusal;
use crate::verified::{RootIdentity, TrustRoot};

/// The AMD Root Keys that a verifier trusts.
#[derive(Debug, Clone)]
pub struct AmdRoots(Trusted);

#[derive(Debug, Clone)]
enum Trusted {
    BuiltIn,
    Given(Box<Certificate>),
}

impl AmdRoots {
    /// AMD's own: the ARKs of Milan, Genoa and Turin.
    #[must_use]
    pub fn built_in() -> Self {
        Self(Trusted::BuiltIn)
    }

    /// Only the given ARK, one certificate in DER or PEM, in place of AMD's.
    ///
    /// # Errors
    /// [`Refusal`] if it is not a certificate with an RSA key of 4096 bits.
    pub fn given(ark: &[u8]) -> Result<Self, Refusal> {
        let ark = Certificate::read(Document::Ark, ark)?;
        ark.rsa_key()?;
        Ok(Self(Trusted::Given(Box::new(ark))))
    }

    /// The trusted root that `ark` is: one with the same name and the same key.
    pub(crate) fn find(&self, ark: &Certificate) -> Option<TrustRoot> {
        match &self.0 {
            Trusted::BuiltIn => BUILT_IN
                .iter()
                .find(|authority| authority.ark.is_same_root(ark))
                .map(|authority| TrustRoot::BuiltIn(authority.ark.root_identity())),
            Trusted::Given(root) => root.is_same_root(ark).then(|| TrustRoot::Given(root.root_identity())),
        }
    }

    /// SHA-256 of every root that is trusted, one after the other.
    pub(crate) fn fingerprint(&self) -> Vec<u8> {
        self.identities().iter().flat_map(|root| root.sha256).collect()
    }

    /// The roots that are trusted.
    pub(crate) fn identities(&self) -> Vec<RootIdentity> {
        match &self.0 {
            Trusted::BuiltIn => BUILT_IN.iter().map(|authority| authority.ark.root_identity()).collect(),
            Trusted::Given(root) => vec![root.root_identity()],
        }
    }
}

/// The root and the VCEK signing certificate of one product. AMD's VLEK signing certificates (ASVK) are not built in.
#[derive(Debug)]
pub(crate) struct Authority {
    pub(crate) ark: Certificate,
    pub(crate) ask: Certificate,
}

impl Authority {
    /// AMD's authority for `product`.
    pub(crate) fn of(product: Product) -> &'static Authority {
        let [milan, genoa, turin] = &*BUILT_IN;
        match product {
            Product::Milan => milan,
            Product::Genoa => genoa,
            Product::Turin => turin,
        }
    }
}

static BUILT_IN: LazyLock<[Authority; 3]> = LazyLock::new(|| {
    [
        authority(include_bytes!("../../roots/amd/milan-ark.der"), include_bytes!("../../roots/amd/milan-ask.der")),
        authority(include_bytes!("../../roots/amd/genoa-ark.der"), include_bytes!("../../roots/amd/genoa-ask.der")),
        authority(include_bytes!("../../roots/amd/turin-ark.der"), include_bytes!("../../roots/amd/turin-ask.der")),
    ]
});

fn authority(ark: &[u8], ask: &[u8]) -> Authority {
    let read =
        |document, der| Certificate::read(document, der).expect("the certificates in this crate are well-formed");
    Authority { ark: read(Document::Ark, ark), ask: read(Document::Ask, ask) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_authorities_are_their_products() {
        for product in [Product::Milan, Product::Genoa, Product::Turin] {
            let authority = Authority::of(product);
            assert_eq!(authority.ark.common_name(), format!("ARK-{}", product.name()));
            assert_eq!(authority.ask.common_name(), format!("SEV-{}", product.name()));
            authority.ark.check_issued_by(&authority.ark).unwrap();
            authority.ask.check_issued_by(&authority.ark).unwrap();
        }
    }
}
