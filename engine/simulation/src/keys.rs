//! The keys of the fake authorities.

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING,
    ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair, RSA_PSS_SHA384, RsaKeyPair,
};

use crate::der;

/// A key that can be certified and can sign.
#[derive(Debug, Clone)]
pub enum Key {
    /// RSA-4096, signing with RSASSA-PSS, SHA-384 and a salt of 48 bytes.
    Rsa(Arc<RsaKeyPair>),
    /// ECDSA.
    Ec(EcKey),
}

/// An ECDSA key.
#[derive(Debug, Clone)]
pub struct EcKey {
    pkcs8: Arc<[u8]>,
    curve: Curve,
}

#[derive(Debug, Clone, Copy)]
enum Curve {
    P256,
    P384,
}

impl Curve {
    fn raw(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Curve::P256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
            Curve::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
        }
    }

    fn der(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Curve::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
            Curve::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
        }
    }

    /// ecdsa-with-SHA256 and ecdsa-with-SHA384 (RFC 5758 section 3.2).
    fn signature_oid(self) -> &'static str {
        match self {
            Curve::P256 => "1.2.840.10045.4.3.2",
            Curve::P384 => "1.2.840.10045.4.3.3",
        }
    }

    fn oid(self) -> &'static str {
        match self {
            Curve::P256 => "1.2.840.10045.3.1.7",
            Curve::P384 => "1.3.132.0.34",
        }
    }
}

impl EcKey {
    /// A new key on P-256, which signs with SHA-256.
    #[must_use]
    pub fn p256() -> Self {
        Self::generate(Curve::P256)
    }

    /// A new key on P-384, which signs with SHA-384.
    #[must_use]
    pub fn p384() -> Self {
        Self::generate(Curve::P384)
    }

    /// The development key of the one simulated chip.
    #[must_use]
    pub fn chip() -> Self {
        Self::read(include_str!("../keys/chip.pem"), Curve::P384)
    }

    /// The development key of the fake Intel's root.
    #[must_use]
    pub fn sgx_root() -> Self {
        Self::read(include_str!("../keys/sgx-root.pem"), Curve::P256)
    }

    /// The development key of the fake Intel's platform CA.
    #[must_use]
    pub fn pck_ca() -> Self {
        Self::read(include_str!("../keys/pck-ca.pem"), Curve::P256)
    }

    /// The development key of the one simulated platform.
    #[must_use]
    pub fn pck() -> Self {
        Self::read(include_str!("../keys/pck.pem"), Curve::P256)
    }

    /// The development key that signs collateral.
    #[must_use]
    pub fn tcb_signing() -> Self {
        Self::read(include_str!("../keys/tcb-signing.pem"), Curve::P256)
    }

    /// The development key of the simulated quoting enclave.
    #[must_use]
    pub fn attestation() -> Self {
        Self::read(include_str!("../keys/attestation.pem"), Curve::P256)
    }

    fn read(pem: &str, curve: Curve) -> Self {
        Self { pkcs8: pem::parse(pem).unwrap().contents().into(), curve }
    }

    fn generate(curve: Curve) -> Self {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(curve.raw(), &SystemRandom::new()).unwrap();
        Self { pkcs8: pkcs8.as_ref().into(), curve }
    }

    fn pair(&self, algorithm: &'static EcdsaSigningAlgorithm) -> EcdsaKeyPair {
        EcdsaKeyPair::from_pkcs8(algorithm, &self.pkcs8).unwrap()
    }

    /// The signature over `message` as r ‖ s, big-endian.
    #[must_use]
    pub fn sign_raw(&self, message: &[u8]) -> Vec<u8> {
        let pair = self.pair(self.curve.raw());
        let signature = pair.sign(&SystemRandom::new(), message).unwrap();
        signature.as_ref().to_vec()
    }

    /// The public point x ‖ y, big-endian.
    #[must_use]
    pub fn point(&self) -> Vec<u8> {
        self.pair(self.curve.raw()).public_key().as_ref()[1..].to_vec()
    }
}

impl Key {
    /// The fake AMD root key.
    #[must_use]
    pub fn ark() -> Self {
        Self::rsa(include_str!("../keys/ark.pem"))
    }

    /// The fake AMD signing key of VCEKs.
    #[must_use]
    pub fn ask() -> Self {
        Self::rsa(include_str!("../keys/ask.pem"))
    }

    /// The fake AMD signing key of VLEKs.
    #[must_use]
    pub fn asvk() -> Self {
        Self::rsa(include_str!("../keys/asvk.pem"))
    }

    /// A new RSA key of 2048 bits: too short for any place in AMD's chain.
    #[must_use]
    pub fn rsa_2048() -> Self {
        Self::Rsa(Arc::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()))
    }

    fn rsa(pem: &str) -> Self {
        let block = pem::parse(pem).unwrap();
        Self::Rsa(Arc::new(RsaKeyPair::from_pkcs8(block.contents()).unwrap()))
    }

    /// The `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn spki(&self) -> Vec<u8> {
        let (algorithm, key) = match self {
            Key::Rsa(pair) => {
                (vec![der::oid("1.2.840.113549.1.1.1"), der::null()], pair.public_key().as_ref().to_vec())
            }
            Key::Ec(key) => {
                (vec![der::oid("1.2.840.10045.2.1"), der::oid(key.curve.oid())], [&[0x04][..], &key.point()].concat())
            }
        };
        der::sequence(&[der::sequence(&algorithm), der::bits(&key)])
    }

    /// The `AlgorithmIdentifier` of this key's signatures on certificates.
    #[must_use]
    pub fn signature_algorithm(&self) -> Vec<u8> {
        match self {
            Key::Rsa(_) => {
                let sha384 = der::sequence(&[der::oid("2.16.840.1.101.3.4.2.2"), der::null()]);
                let mgf1 = der::sequence(&[der::oid("1.2.840.113549.1.1.8"), sha384.clone()]);
                der::sequence(&[
                    der::oid("1.2.840.113549.1.1.10"),
                    der::sequence(&[
                        der::explicit(0, &sha384),
                        der::explicit(1, &mgf1),
                        der::explicit(2, &der::integer(&[48])),
                    ]),
                ])
            }
            Key::Ec(key) => der::sequence(&[der::oid(key.curve.signature_oid())]),
        }
    }

    /// The signature over `message` in the form that certificates carry.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Key::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PSS_SHA384, &SystemRandom::new(), message, &mut signature).unwrap();
                signature
            }
            Key::Ec(key) => {
                let pair = key.pair(key.curve.der());
                let signature = pair.sign(&SystemRandom::new(), message).unwrap();
                signature.as_ref().to_vec()
            }
        }
    }
}
