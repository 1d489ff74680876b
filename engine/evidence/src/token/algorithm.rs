//! The signature algorithms of tokens.

use std::fmt;

use crate::crypto::Scheme;

/// A signature algorithm that a key can be pinned to, under its JWA name (RFC 7518 section 3.1; RFC 8037 section 3.1 for `EdDSA`).
///
/// There is no `none`, and none with a shared secret: whoever can check those tokens can make them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    const ALL: [Algorithm; 10] = [
        Algorithm::Rs256,
        Algorithm::Rs384,
        Algorithm::Rs512,
        Algorithm::Ps256,
        Algorithm::Ps384,
        Algorithm::Ps512,
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::Es512,
        Algorithm::EdDsa,
    ];

    /// The algorithm called `name`. Names are case-sensitive (RFC 7515 section 4.1.1).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The name in `alg`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Rs256 => "RS256",
            Algorithm::Rs384 => "RS384",
            Algorithm::Rs512 => "RS512",
            Algorithm::Ps256 => "PS256",
            Algorithm::Ps384 => "PS384",
            Algorithm::Ps512 => "PS512",
            Algorithm::Es256 => "ES256",
            Algorithm::Es384 => "ES384",
            Algorithm::Es512 => "ES512",
            Algorithm::EdDsa => "EdDSA",
        }
    }

    /// Whether its keys are RSA keys, which serve six algorithms: only of those must someone say which.
    pub(crate) const fn is_rsa(self) -> bool {
        match self {
            Algorithm::Rs256
            | Algorithm::Rs384
            | Algorithm::Rs512
            | Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512 => true,
            Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 | Algorithm::EdDsa => false,
        }
    }

    pub(crate) const fn scheme(self) -> Scheme {
        match self {
            Algorithm::Rs256 => Scheme::RsaPkcs1Sha256,
            Algorithm::Rs384 => Scheme::RsaPkcs1Sha384,
            Algorithm::Rs512 => Scheme::RsaPkcs1Sha512,
            Algorithm::Ps256 => Scheme::RsaPssSha256,
            Algorithm::Ps384 => Scheme::RsaPssSha384,
            Algorithm::Ps512 => Scheme::RsaPssSha512,
            Algorithm::Es256 => Scheme::EcdsaP256Sha256Fixed,
            Algorithm::Es384 => Scheme::EcdsaP384Sha384Fixed,
            Algorithm::Es512 => Scheme::EcdsaP521Sha512Fixed,
            Algorithm::EdDsa => Scheme::Ed25519,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
