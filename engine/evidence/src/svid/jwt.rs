//! JWT-SVID: a SPIFFE identity as a bearer token.
//!
//! Whoever has the token can present it: it proves the workload's name, never who is presenting it. One that names a key (`cnf`) is for the holder of
//! that key alone, which a binding has to show. Source: SPIFFE, "JWT-SVID".

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::spiffe_id::{SpiffeId, TrustDomain};
use crate::claim::{Claim, Claims, EvidenceKind};
use crate::excerpt::Excerpt;
use crate::refusal::Refusal;
use crate::token::authority::{Audience, Authority, Issuer, Kind, Lifetime};
use crate::token::confirmation::key_thumbprint;
use crate::token::{Algorithm, KeyRefusal, TrustedKeys};
use crate::verified::Verified;

/// Sections 2 and 2.3: no parameters but these, and no types but these.
const KIND: Kind =
    Kind { media_types: &["jwt", "jose"], only_parameters: Some(&["alg", "kid", "typ"]), ends_by_itself: false };

/// Verifies the tokens of one trust domain.
#[derive(Debug, Clone)]
pub struct Verifier {
    authority: Authority,
    trust_domain: TrustDomain,
}

/// A token and whom it must be meant for.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The token, in compact form.
    pub token: &'a [u8],
    /// The service that it is presented to, which must be among those that it is meant for.
    pub audience: &'a str,
}

/// What a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JwtSvid {
    /// The workload (`sub`).
    pub spiffe_id: SpiffeId,
    /// Whom the token is meant for (`aud`).
    pub audience: BTreeSet<String>,
    /// The token's name (`jti`).
    pub id: Option<String>,
    /// The thumbprint of the key that the token is tied to. Source: RFC 7800 section 3, `cnf`.
    pub key_thumbprint: Option<[u8; 32]>,
    /// When it was signed (`iat`).
    pub issued_at: Timestamp,
}

impl Verifier {
    /// Takes tokens for workloads of `trust_domain`, signed by one of its `keys`.
    ///
    /// # Errors
    /// [`Refusal::Keys`] if a key is for an algorithm that JWT-SVIDs are not signed with (section 2.1).
    pub fn new(trust_domain: TrustDomain, keys: TrustedKeys, lifetime: Lifetime) -> Result<Self, Refusal> {
        if keys.algorithms().any(|algorithm| algorithm == Algorithm::EdDsa) {
            return Err(KeyRefusal::Algorithm { found: Excerpt::of(Algorithm::EdDsa) }.into());
        }
        let issuer = Issuer::TrustDomain(trust_domain.to_string());
        Ok(Self { authority: Authority { issuer, keys, lifetime }, trust_domain })
    }

    /// Verifies `evidence` at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<Verified<JwtSvid>, Refusal> {
        let opened = self.authority.open(evidence.token, KIND, Audience::Includes(evidence.audience), now)?;
        let claims = opened.members();
        let spiffe_id = SpiffeId::parse(claims.get("sub")?)?;
        spiffe_id.check_workload()?;
        spiffe_id.check_in(&self.trust_domain)?;
        let content = JwtSvid {
            spiffe_id,
            audience: opened.audience.clone(),
            id: claims.find("jti")?,
            key_thumbprint: key_thumbprint(&claims)?,
            issued_at: opened.issued_at,
        };
        Ok(Verified::new(content, now, opened.expires_at, opened.trust_root))
    }
}

impl Claims for JwtSvid {
    const KIND: EvidenceKind = EvidenceKind::JwtSvid;

    fn claims(&self) -> Vec<(&'static str, Claim)> {
        vec![
            ("spiffe_id", Claim::Text(self.spiffe_id.to_string())),
            ("trust_domain", Claim::Text(self.spiffe_id.trust_domain().to_string())),
            ("audience", Claim::TextSet(self.audience.clone())),
            ("id", Claim::optional(self.id.clone(), Claim::Text)),
            ("key_thumbprint", Claim::optional(self.key_thumbprint, |digest| Claim::bytes(&digest))),
            ("issued_at", Claim::Time(self.issued_at)),
        ]
    }
}
