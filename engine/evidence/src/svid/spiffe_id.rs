//! SPIFFE IDs: `spiffe://`, a trust domain, and a path.

use std::fmt;

use super::refusal::SvidRefusal;
use crate::excerpt::Excerpt;

/// The scheme and what follows it (SPIFFE-ID section 2).
const SCHEME: &str = "spiffe://";

/// The most bytes of an ID (SPIFFE-ID section 2.3).
const MAX_ID_BYTES: usize = 2048;

/// The most bytes of a trust domain's name (SPIFFE-ID section 2.3).
const MAX_TRUST_DOMAIN_BYTES: usize = 255;

/// The name of a trust domain, such as `acme.example`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TrustDomain(String);

/// The identity of a workload, or with an empty path of a trust domain.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SpiffeId {
    text: String,
    trust_domain: TrustDomain,
}

impl TrustDomain {
    /// The trust domain called `name` (SPIFFE-ID section 2.1).
    ///
    /// # Errors
    /// [`SvidRefusal::SpiffeId`] if `name` is empty, longer than 255 bytes or has other characters than `a-z0-9.-_`.
    pub fn new(name: &str) -> Result<Self, SvidRefusal> {
        let refuse = |reason: &'static str| Err(SvidRefusal::SpiffeId { found: Excerpt::of(name), reason });
        if name.is_empty() {
            return refuse("its trust domain is empty");
        }
        if name.len() > MAX_TRUST_DOMAIN_BYTES {
            return refuse("its trust domain is longer than 255 bytes");
        }
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
        if !name.bytes().all(allowed) {
            return refuse("its trust domain has other characters than `a-z0-9.-_`");
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SpiffeId {
    /// The ID that `text` is (SPIFFE-ID section 2). Nothing is normalised: an ID that could be written in another way is refused, so
    /// that comparing texts compares identities.
    ///
    /// # Errors
    /// [`SvidRefusal::SpiffeId`] saying which rule it breaks.
    pub fn parse(text: &str) -> Result<Self, SvidRefusal> {
        let refuse = |reason: &'static str| SvidRefusal::SpiffeId { found: Excerpt::of(text), reason };
        if text.len() > MAX_ID_BYTES {
            return Err(refuse("it is longer than 2048 bytes"));
        }
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| refuse("it does not begin with `spiffe://`"))?;
        let (name, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let trust_domain = TrustDomain::new(name)?;
        // Section 2.2. Query, fragment and escapes need characters that no segment has.
        for segment in path.split('/').skip(1) {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
            if segment.is_empty() {
                return Err(refuse("its path has an empty segment"));
            }
            if segment == "." || segment == ".." {
                return Err(refuse("its path has a relative segment"));
            }
            if !segment.bytes().all(allowed) {
                return Err(refuse("its path has other characters than `a-zA-Z0-9.-_` and `/`"));
            }
        }
        Ok(Self { text: text.to_owned(), trust_domain })
    }

    /// The whole ID.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The trust domain in it.
    #[must_use]
    pub fn trust_domain(&self) -> &TrustDomain {
        &self.trust_domain
    }

    /// Whether it names a workload: it has a path.
    #[must_use]
    pub fn has_path(&self) -> bool {
        self.text.len() > SCHEME.len() + self.trust_domain.0.len()
    }

    /// Checks that it names a workload: it has a path. Without one it is the trust domain's own.
    pub(crate) fn check_workload(&self) -> Result<(), SvidRefusal> {
        if !self.has_path() {
            let reason = "it has no path, so it names no workload";
            return Err(SvidRefusal::SpiffeId { found: Excerpt::of(self), reason });
        }
        Ok(())
    }

    /// Checks that it is in `trust_domain`, whose keys vouch for nothing outside.
    pub(crate) fn check_in(&self, trust_domain: &TrustDomain) -> Result<(), SvidRefusal> {
        if self.trust_domain != *trust_domain {
            return Err(SvidRefusal::TrustDomain {
                found: Excerpt::of(&self.trust_domain),
                expected: Excerpt::of(trust_domain),
            });
        }
        Ok(())
    }
}

impl fmt::Display for TrustDomain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for SpiffeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
