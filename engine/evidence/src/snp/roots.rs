//! The roots at which trust in SNP reports begins.

use std::sync::LazyLock;

use super::product::Product;
use crate::cert::{Certificate, CertificateRefusal, Document};
use crate::development;
use crate::refusal::Refusal;
use crate::verified::{RootIdentity, TrustRoot};

/// The AMD Root Keys that a verifier trusts.
#[derive(Debug, Clone)]
pub struct AmdRoots(Trusted);

#[derive(Debug, Clone)]
enum Trusted {
    BuiltIn,
    Given(Box<Certificate>),
    Development,
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
    /// [`Refusal`] if it is not a certificate with an RSA key of 4096 bits, or is a development root.
    pub fn given(ark: &[u8]) -> Result<Self, Refusal> {
        let ark = Certificate::read(Document::Ark, ark)?;
        ark.rsa_key()?;
        development::refuse(&ark.root_identity())?;
        Ok(Self(Trusted::Given(Box::new(ark))))
    }

    /// The development roots, for the verifier that gives nothing but [`Simulated`](crate::Simulated).
    pub(super) fn development() -> Self {
        Self(Trusted::Development)
    }

    /// The common name that the root of `product` has.
    pub(super) fn ark_name(&self, product: Product) -> String {
        match &self.0 {
            Trusted::BuiltIn | Trusted::Given(_) => format!("ARK-{}", product.name()),
            Trusted::Development => format!("{} ARK-{}", development::NAME, product.name()),
        }
    }

    /// Why `ark`, which ends a given chain, is not one of these roots.
    pub(super) fn refusal(&self, ark: &Certificate) -> Refusal {
        let found = ark.root_identity();
        match &self.0 {
            Trusted::BuiltIn | Trusted::Given(_) if development::is_development(&found) => {
                Refusal::DevelopmentRoot { found }
            }
            Trusted::BuiltIn | Trusted::Given(_) | Trusted::Development => {
                CertificateRefusal::UntrustedRoot { found, trusted: self.identities() }.into()
            }
        }
    }

    /// The trusted root that `ark` is: one with the same name and the same key.
    pub(crate) fn find(&self, ark: &Certificate) -> Option<TrustRoot> {
        match &self.0 {
            Trusted::BuiltIn => BUILT_IN
                .iter()
                .find(|authority| authority.ark.is_same_root(ark))
                .map(|authority| TrustRoot::BuiltIn(authority.ark.root_identity())),
            Trusted::Given(root) => root.is_same_root(ark).then(|| TrustRoot::Given(root.root_identity())),
            // Who chose it does not matter: what is verified under it leaves as `Simulated`.
            Trusted::Development => DEVELOPMENT
                .iter()
                .find(|root| root.is_same_root(ark))
                .map(|root| TrustRoot::Given(root.root_identity())),
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
            Trusted::Development => DEVELOPMENT.iter().map(Certificate::root_identity).collect(),
        }
    }
}

/// A root and a signing certificate. Built in are those of VCEKs, one pair a product; AMD's VLEK signing certificates (ASVK) are not.
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

    /// Checks the link from the ARK, which is to be called `ark_name`, to the ASK (or ASVK). What the ASK is called is for what it issued to say.
    pub(crate) fn check(&self, ark_name: &str) -> Result<(), CertificateRefusal> {
        let Self { ark, ask } = self;
        for link in [ark, ask] {
            link.check_critical_extensions()?;
        }
        ark.check_common_name(ark_name)?;
        ark.check_is_authority(1)?;
        ark.check_issued_by(ark)?;
        ask.check_is_authority(0)?;
        ask.check_issued_by(ark)
    }
}

static BUILT_IN: LazyLock<[Authority; 3]> = LazyLock::new(|| {
    [
        built_in(
            Product::Milan,
            include_bytes!("../../roots/amd/milan-ark.der"),
            include_bytes!("../../roots/amd/milan-ask.der"),
        ),
        built_in(
            Product::Genoa,
            include_bytes!("../../roots/amd/genoa-ark.der"),
            include_bytes!("../../roots/amd/genoa-ask.der"),
        ),
        built_in(
            Product::Turin,
            include_bytes!("../../roots/amd/turin-ark.der"),
            include_bytes!("../../roots/amd/turin-ask.der"),
        ),
    ]
});

static DEVELOPMENT: LazyLock<[Certificate; 3]> = LazyLock::new(|| {
    [
        read(Document::Ark, include_bytes!("../../roots/development/milan-ark.der")),
        read(Document::Ark, include_bytes!("../../roots/development/genoa-ark.der")),
        read(Document::Ark, include_bytes!("../../roots/development/turin-ark.der")),
    ]
});

/// The authority of `product`, its links checked here once: no verification of a chip's key needs to do it again.
fn built_in(product: Product, ark: &[u8], ask: &[u8]) -> Authority {
    let authority = Authority { ark: read(Document::Ark, ark), ask: read(Document::Ask, ask) };
    authority.check(&format!("ARK-{}", product.name())).expect("the certificates in this crate vouch for each other");
    authority
}

fn read(document: Document, der: &[u8]) -> Certificate {
    Certificate::read(document, der).expect("the certificates in this crate are well-formed")
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
