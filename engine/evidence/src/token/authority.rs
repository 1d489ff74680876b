//! Whose tokens are taken, and the checks that every kind of token has in common.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::json::{Json, Members, Object, OneOrMore};
use super::jwks::TrustedKeys;
use super::jws::{Header, Jws};
use super::refusal::TokenRefusal;
use crate::excerpt::Excerpt;
use crate::refusal::Refusal;
use crate::verified::{RootIdentity, TrustRoot};

/// For how long tokens count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    longest: u32,
    clock_skew: u8,
}

impl Lifetime {
    /// Tokens whose end is at most `longest` seconds after they were issued. One without an end, where its kind allows that, ends then.
    ///
    /// No difference between the clocks is allowed for.
    #[must_use]
    pub fn at_most(longest: u32) -> Self {
        Self { longest, clock_skew: 0 }
    }

    /// Takes tokens from an issuer whose clock is up to `seconds` (at most 255) ahead of ours. Their end is not moved: an issuer whose
    /// clock is behind makes them end early, which is safe.
    #[must_use]
    pub fn allowing_clock_skew(self, seconds: u8) -> Self {
        Self { clock_skew: seconds, ..self }
    }
}

/// Whom a token must be meant for (`aud`, RFC 7519 section 4.1.3).
///
/// There is no way to skip the check: who is not named must refuse a token that names others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience<'a> {
    /// This one is named, perhaps among others: the claim `audience` says which.
    Includes(&'a str),
    /// Nobody is named: the issuer makes tokens for whoever gets hold of them. Freshness then needs a nonce.
    NotNamed,
}

/// What a caller expects of the nonce in a token.
///
/// There is no default: a verification says either which nonce it insists on, or that the policy will judge the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nonce<'a> {
    /// Refuse any other nonce, and a token without one. Each kind of token says which bytes these are.
    Exactly(&'a [u8]),
    /// Take any nonce or none.
    LeftToPolicy,
}

impl Nonce<'_> {
    /// Checks that one of `found` is the nonce expected.
    pub(crate) fn check<'f>(self, found: impl IntoIterator<Item = &'f [u8]>) -> Result<(), TokenRefusal> {
        let expected = match self {
            Nonce::LeftToPolicy => return Ok(()),
            Nonce::Exactly(expected) => expected,
        };
        let mut others = Vec::new();
        for nonce in found {
            if nonce == expected {
                return Ok(());
            }
            others.push(format!("`{}`", hex::encode(nonce)));
        }
        let found = if others.is_empty() { "absent".to_owned() } else { others.join(", ") };
        Err(TokenRefusal::Nonce { found: Excerpt::of(found), expected: hex::encode(expected) })
    }
}

/// An issuer: its name, the keys it is trusted to sign with, and for how long its tokens count.
#[derive(Debug, Clone)]
pub(crate) struct Authority {
    pub(crate) issuer: Issuer,
    pub(crate) keys: TrustedKeys,
    pub(crate) lifetime: Lifetime,
}

/// What a token must say of its issuer (`iss`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Issuer {
    /// Exactly this.
    Named(String),
    /// Nothing: the keys are all that names it.
    NotNamed,
    /// The kind of token names its issuer otherwise, and checks that itself: under this name the root is told.
    TrustDomain(String),
}

impl Issuer {
    fn name(&self) -> &str {
        match self {
            Issuer::Named(name) | Issuer::TrustDomain(name) => name,
            Issuer::NotNamed => "unnamed issuer",
        }
    }
}

/// What sets one kind of token apart before its own claims are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// The values of `typ`, in lower case, beside none at all.
    pub(crate) media_types: &'static [&'static str],
    /// The header parameters that there may be; `None` for any.
    pub(crate) only_parameters: Option<&'static [&'static str]>,
    /// Whether `exp` may be absent.
    pub(crate) ends_by_itself: bool,
}

/// A token whose issuer, signature, audience and times are right.
pub(crate) struct Opened {
    pub(crate) claims: Object,
    pub(crate) audience: BTreeSet<String>,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) trust_root: TrustRoot,
}

impl Opened {
    /// The claims, for reading by name.
    pub(crate) fn members(&self) -> Members<'_> {
        Members::of(&self.claims)
    }
}

impl Authority {
    /// Checks everything about `token` that does not depend on what it is about. Nothing it says is looked at before its signature is
    /// checked, but for the name of its key and algorithm.
    pub(crate) fn open(
        &self,
        token: &[u8],
        kind: Kind,
        audience: Audience<'_>,
        now: Timestamp,
    ) -> Result<Opened, Refusal> {
        // 1. The form, and what the header may say (RFC 7515 section 5.2).
        let jws = Jws::read(token)?;
        check_header(&jws.header, kind)?;

        // 2. The signature, by a trusted key and its algorithm.
        let key = self.keys.verify(&jws, now)?;
        let common_name = match key.id() {
            Some(id) => format!("{} ({id})", self.issuer.name()),
            None => self.issuer.name().to_owned(),
        };
        let trust_root = TrustRoot::Given(RootIdentity { common_name, sha256: key.thumbprint() });

        // 3. The claims that every token has (RFC 7519 section 4.1).
        let claims = Json::object(&jws.payload)
            .map_err(|reason| TokenRefusal::Form { reason: Excerpt::of(format_args!("its claims: {reason}")) })?;
        let members = Members::of(&claims);
        self.check_issuer(&members)?;
        let audience = check_audience(&members, audience)?;
        let (issued_at, end) = self.check_times(&members, kind, now)?;
        let expires_at = self.keys.end().map_or(end, |keys| end.min(keys));
        Ok(Opened { claims, audience, issued_at, expires_at, trust_root })
    }

    fn check_issuer(&self, members: &Members<'_>) -> Result<(), TokenRefusal> {
        let expected = match &self.issuer {
            Issuer::TrustDomain(_) => return Ok(()),
            Issuer::Named(name) => Some(name.as_str()),
            Issuer::NotNamed => None,
        };
        let found: Option<&str> = members.find("iss")?;
        if found == expected {
            return Ok(());
        }
        let shown =
            |name: Option<&str>| Excerpt::of(name.map_or_else(|| "not named".to_owned(), |name| format!("`{name}`")));
        Err(TokenRefusal::Issuer { found: shown(found), expected: shown(expected) })
    }

    /// `iat` and the end. RFC 7519 leaves every one of these claims out where it likes; a policy bounds ages, so `iat` must be there.
    fn check_times(
        &self,
        members: &Members<'_>,
        kind: Kind,
        now: Timestamp,
    ) -> Result<(Timestamp, Timestamp), TokenRefusal> {
        let issued_at: Timestamp = members.get("iat")?;
        let longest = self.lifetime.longest;
        let by_itself = issued_at.checked_add(SignedDuration::from_secs(longest.into())).unwrap_or(Timestamp::MAX);
        let end = if kind.ends_by_itself {
            members.find("exp")?.unwrap_or(by_itself)
        } else {
            members.get::<Timestamp>("exp")?
        };
        if now >= end {
            return Err(TokenRefusal::Expired { end, now });
        }
        let skew = SignedDuration::from_secs(self.lifetime.clock_skew.into());
        let latest_start = now.checked_add(skew).unwrap_or(Timestamp::MAX);
        if let Some(not_before) = members.find::<Timestamp>("nbf")?.filter(|not_before| *not_before > latest_start) {
            return Err(TokenRefusal::NotYetValid { not_before, now });
        }
        if issued_at > latest_start {
            return Err(TokenRefusal::IssuedLater { issued_at, now });
        }
        if end <= issued_at || end > by_itself {
            return Err(TokenRefusal::Lifetime { found: end.as_second() - issued_at.as_second(), longest });
        }
        Ok((issued_at, end))
    }
}

fn check_header(header: &Header, kind: Kind) -> Result<(), TokenRefusal> {
    if let Some(only) = kind.only_parameters
        && let Some(other) = header.names.iter().find(|name| !only.contains(&name.as_str()))
    {
        return Err(TokenRefusal::HeaderParameter { name: Excerpt::of(other) });
    }
    match &header.media_type {
        // RFC 7515 section 4.1.9: media types are compared without regard to case.
        Some(found) if !kind.media_types.contains(&found.to_ascii_lowercase().as_str()) => {
            let expected: Vec<String> = kind.media_types.iter().map(|name| format!("`{name}`")).collect();
            Err(TokenRefusal::MediaType { found: Excerpt::of(found), expected: expected.join(" or ") })
        }
        Some(_) | None => Ok(()),
    }
}

fn check_audience(members: &Members<'_>, expected: Audience<'_>) -> Result<BTreeSet<String>, TokenRefusal> {
    let found = members.find::<OneOrMore>("aud")?.map(|OneOrMore(names)| names).unwrap_or_default();
    let expected = match expected {
        Audience::Includes(name) if found.contains(name) => return Ok(found),
        Audience::NotNamed if found.is_empty() => return Ok(found),
        Audience::Includes(name) => format!("`{name}`"),
        Audience::NotNamed => "nobody by name".to_owned(),
    };
    let names: Vec<String> = found.iter().map(|name| format!("`{name}`")).collect();
    let found = if names.is_empty() { "nobody by name".to_owned() } else { names.join(", ") };
    Err(TokenRefusal::Audience { found: Excerpt::of(found), expected: Excerpt::of(expected) })
}
