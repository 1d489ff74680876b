//! Tokens and SPIFFE identities as files: what a verification of each kind needs beside the token itself.

use crate::failure::{FORM, Failure};
use crate::source::Source;
use crate::verified::VerifiedEvidence;
use atbac_engine::evidence::Refusal;
use atbac_engine::evidence::certificates;
use atbac_engine::evidence::svid::{self, TrustDomain};
use atbac_engine::evidence::token::{
    self, Algorithm, Audience, Lifetime, Nonce, TrustedKeys, confidential_space, ear, maa, nras,
};
use jiff::Timestamp;
use serde::Deserialize;
use std::path::Path;
use std::str::FromStr;

/// The most bytes read of a file of tokens, keys or certificates: 1 MiB. Verifiers have narrower limits of their own, and say so as a refusal.
const MAX_BYTES: u64 = 1024 * 1024;

/// A kind of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Ear,
    Nras,
    Maa,
    ConfidentialSpace,
    JwtSvid,
}

impl TokenKind {
    /// The options that would ask for something that tokens of this kind do not have.
    fn foreign_options(self) -> &'static [&'static str] {
        match self {
            TokenKind::Ear => &[],
            TokenKind::Nras => &["issuer", "audience"],
            TokenKind::Maa => &["audience", "part"],
            TokenKind::ConfidentialSpace => &["issuer", "part"],
            TokenKind::JwtSvid => &["nonce", "part"],
        }
    }
}

/// A token, the keys it must be signed with, and what it must say.
#[derive(Clone, Debug, Deserialize, clap::Args)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with `token`, `keys`, `lifetime` and, by its kind, `algorithm`, `issuer`, `audience`, `nonce` and `part`"
)]
pub(crate) struct TokenFiles {
    /// The token, or NVIDIA's bundle of them
    #[arg(long, value_name = "FILE")]
    token: Source,
    /// The issuer's public keys, fetched from it beforehand: a JWK Set; for JWT-SVIDs a SPIFFE bundle
    #[arg(long, value_name = "FILE")]
    keys: Source,
    /// The longest that a token may be valid after it was issued, in seconds
    #[arg(long, value_name = "SECONDS")]
    lifetime: u32,
    /// The algorithm of RSA keys that do not say theirs, such as RS256
    #[arg(long, value_name = "NAME")]
    algorithm: Option<RsaAlgorithm>,
    /// The issuer that the token must name: of an attestation result, where it names one; of an Azure token, the provider's URL; of a JWT-SVID, the trust domain
    #[arg(long, value_name = "NAME")]
    issuer: Option<String>,
    /// Whom the token must be meant for; without, it must name nobody
    #[arg(long, value_name = "NAME")]
    audience: Option<String>,
    /// The nonce to insist on, in hexadecimal (of a text, its bytes); without, any is accepted, and the claim is yours to compare
    #[arg(long, value_name = "HEX")]
    nonce: Option<Bytes>,
    /// Which appraisal of an attestation result, or which GPU of NVIDIA's bundle
    #[arg(long, value_name = "LABEL")]
    part: Option<String>,
}

/// The certificates of an X.509-SVID and of its trust domain.
#[derive(Clone, Debug, Deserialize, clap::Args)]
#[serde(deny_unknown_fields, expecting = "an object with `chain`, `bundle` and `trust_domain`")]
pub(crate) struct SvidFiles {
    /// The certificates that the peer presented, the workload's first: PEM, or one in DER
    #[arg(long, value_name = "FILE")]
    chain: Source,
    /// The certificates of the trust domain's authorities: PEM, or one in DER
    #[arg(long, value_name = "FILE")]
    bundle: Source,
    /// The trust domain
    #[arg(long, value_name = "NAME")]
    trust_domain: String,
}

/// An algorithm by its name in tokens.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct RsaAlgorithm(Algorithm);

impl FromStr for RsaAlgorithm {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Algorithm::named(name).map(Self).ok_or_else(|| "expected an algorithm such as RS256".to_owned())
    }
}

impl TryFrom<String> for RsaAlgorithm {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        name.parse()
    }
}

/// Any bytes, written in hexadecimal.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Bytes(Vec<u8>);

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        hex::decode(text).map(Self).map_err(|_| "expected bytes in hexadecimal".to_owned())
    }
}

impl TryFrom<String> for Bytes {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// A token, read and not yet verified, with what its kind needs.
pub(crate) struct TokenBytes {
    token: Vec<u8>,
    keys: Vec<u8>,
    lifetime: Lifetime,
    algorithm: Option<Algorithm>,
    nonce: Option<Vec<u8>>,
    terms: Terms,
}

/// What a token of each kind must say.
enum Terms {
    Ear { issuer: Option<String>, audience: Option<String>, part: String },
    Nras { part: String },
    Maa { issuer: String },
    ConfidentialSpace { audience: String },
    JwtSvid { trust_domain: String, audience: String },
}

pub(crate) struct SvidBytes {
    chain: Vec<u8>,
    bundle: Vec<u8>,
    trust_domain: String,
}

impl TokenFiles {
    /// Reads the files; relative paths are from `folder`.
    ///
    /// # Errors
    /// [`Failure`] when one cannot be read, or something is missing that tokens of this kind need, or something is given that they do not have.
    pub(crate) fn read(&self, kind: TokenKind, folder: &Path) -> Result<TokenBytes, Failure> {
        self.check_options(kind)?;
        let need = |given: &Option<String>, name: &str| {
            given.clone().ok_or_else(|| Failure::new(FORM, format!("a token of this kind needs `{name}`")))
        };
        let terms = match kind {
            TokenKind::Ear => Terms::Ear {
                issuer: self.issuer.clone(),
                audience: self.audience.clone(),
                part: need(&self.part, "part")?,
            },
            TokenKind::Nras => Terms::Nras { part: need(&self.part, "part")? },
            TokenKind::Maa => Terms::Maa { issuer: need(&self.issuer, "issuer")? },
            TokenKind::ConfidentialSpace => Terms::ConfidentialSpace { audience: need(&self.audience, "audience")? },
            TokenKind::JwtSvid => Terms::JwtSvid {
                trust_domain: need(&self.issuer, "issuer")?,
                audience: need(&self.audience, "audience")?,
            },
        };
        Ok(TokenBytes {
            token: self.token.read(folder, "a token", MAX_BYTES)?,
            keys: self.keys.read(folder, "a key set", MAX_BYTES)?,
            lifetime: Lifetime::at_most(self.lifetime),
            algorithm: self.algorithm.map(|RsaAlgorithm(algorithm)| algorithm),
            nonce: self.nonce.clone().map(|Bytes(bytes)| bytes),
            terms,
        })
    }

    /// Whoever gives an option believes that it is checked: one that `kind` has no use for is an error, not ignored.
    fn check_options(&self, kind: TokenKind) -> Result<(), Failure> {
        let given = [
            ("issuer", self.issuer.is_some()),
            ("audience", self.audience.is_some()),
            ("nonce", self.nonce.is_some()),
            ("part", self.part.is_some()),
        ];
        match given.into_iter().find(|(name, given)| *given && kind.foreign_options().contains(name)) {
            Some((name, _)) => {
                Err(Failure::new(FORM, format!("a token of this kind is not checked for `{name}`: leave it out")))
            }
            None => Ok(()),
        }
    }
}

impl SvidFiles {
    /// Reads the files; relative paths are from `folder`.
    ///
    /// # Errors
    /// [`Failure`] when one cannot be read.
    pub(crate) fn read(&self, folder: &Path) -> Result<SvidBytes, Failure> {
        Ok(SvidBytes {
            chain: self.chain.read(folder, "certificates", MAX_BYTES)?,
            bundle: self.bundle.read(folder, "certificates", MAX_BYTES)?,
            trust_domain: self.trust_domain.clone(),
        })
    }
}

impl TokenBytes {
    /// Verifies at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub(crate) fn verify(&self, now: Timestamp) -> Result<VerifiedEvidence, Refusal> {
        // A file ends with a line break, a token does not.
        let token = self.token.trim_ascii_end();
        let nonce = self.nonce.as_deref().map_or(Nonce::LeftToPolicy, Nonce::Exactly);
        let keys = || TrustedKeys::from_jwks(&self.keys, self.algorithm);
        match &self.terms {
            Terms::Ear { issuer, audience, part } => {
                let verifier = match issuer {
                    Some(issuer) => ear::Verifier::of_issuer(issuer, keys()?, self.lifetime),
                    None => ear::Verifier::of_unnamed_issuer(keys()?, self.lifetime),
                };
                let audience = audience.as_deref().map_or(Audience::NotNamed, Audience::Includes);
                let verified = verifier.verify(&ear::Evidence { token, audience, nonce }, now)?;
                token::part(verified, part).map(VerifiedEvidence::Ear)
            }
            Terms::Nras { part } => {
                let verifier = nras::Verifier::new(keys()?, self.lifetime);
                let verified = verifier.verify(&nras::Evidence { bundle: token, nonce }, now)?;
                token::part(verified, part).map(VerifiedEvidence::Nras)
            }
            Terms::Maa { issuer } => {
                let verifier = maa::Verifier::new(issuer, keys()?, self.lifetime);
                verifier.verify(&maa::Evidence { token, nonce }, now).map(VerifiedEvidence::Maa)
            }
            Terms::ConfidentialSpace { audience } => {
                let verifier = confidential_space::Verifier::new(keys()?, self.lifetime);
                let evidence = confidential_space::Evidence { token, audience, nonce };
                verifier.verify(&evidence, now).map(VerifiedEvidence::ConfidentialSpace)
            }
            Terms::JwtSvid { trust_domain, audience } => {
                let keys = TrustedKeys::from_spiffe_bundle(&self.keys, self.algorithm)?;
                let verifier = svid::jwt::Verifier::new(TrustDomain::new(trust_domain)?, keys, self.lifetime)?;
                verifier.verify(&svid::jwt::Evidence { token, audience }, now).map(VerifiedEvidence::JwtSvid)
            }
        }
    }
}

impl SvidBytes {
    /// Verifies at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub(crate) fn verify(&self, now: Timestamp) -> Result<VerifiedEvidence, Refusal> {
        let bundle = svid::x509::Bundle::new(TrustDomain::new(&self.trust_domain)?, &self.bundle)?;
        let chain = certificates(&self.chain)?;
        let chain: Vec<&[u8]> = chain.iter().map(AsRef::as_ref).collect();
        svid::x509::Verifier::new(bundle)
            .verify(&svid::x509::Evidence { chain: &chain }, now)
            .map(VerifiedEvidence::X509Svid)
    }
}
