//! Nonces that the engine issues and redeems: evidence that answers one was made after it was issued, and serves once.
//!
//! To issue costs no memory, so whoever asks for many gets nothing but nonces: a nonce carries the instant of its issue and a number, under a message
//! authentication code of a key that this process alone has. Only redeemed nonces are remembered, until they expire, and one is redeemed only with verified evidence
//! that answers it. When there is no room to remember another, redeeming is refused: to forget one would be to take it again.
//!
//! | bytes | content |
//! |---|---|
//! | 0–7 | the instant of issue in milliseconds since 1970, big-endian |
//! | 8–15 | a number, each used once by this issuer, big-endian |
//! | 16–31 | the first 16 bytes of HMAC-SHA-256 (RFC 2104) over bytes 0–15 |
//!
//! The caller gives the time. An issuer never goes back in it: what has expired stays so when a clock is set back.

use crate::binding::{ReportData, RuntimeData};
use atbac_compiler::verifier::{TyingClaim, Verifier};
use atbac_evidence::{Claim, Claims, Verified};
use aws_lc_rs::{hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// The longest that a nonce may be redeemed after it was issued: an hour. Evidence that answers an older one says little of now.
pub const MAX_LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// Where an issuer's key comes from.
pub trait RandomSource {
    /// Fills `bytes` with bytes that nobody can guess, as a cryptographic key needs.
    ///
    /// # Errors
    /// [`NonceError::NoRandomness`] when there are none.
    fn fill(&self, bytes: &mut [u8; 32]) -> Result<(), NonceError>;
}

/// The random number generator of `aws-lc-rs`, which the operating system seeds.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl RandomSource for SystemRandom {
    fn fill(&self, bytes: &mut [u8; 32]) -> Result<(), NonceError> {
        rand::fill(bytes).map_err(|_| NonceError::NoRandomness)
    }
}

/// A challenge: 32 bytes for the one who asks for evidence to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Nonce([u8; 32]);

impl Nonce {
    /// The bytes. They belong into the second half of report data, or to the GPU.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// As the `nonce` of a challenge to confidential containers: base64 (RFC 4648, section 4).
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }
}

/// In lowercase hexadecimal.
impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Proof that a nonce was answered by evidence in time and for the first time. A session demands it for fields that are `@challenged`, and uses it up.
#[derive(Debug, PartialEq, Eq)]
pub struct Redeemed([u8; 32]);

impl Redeemed {
    /// A nonce that another process issued and redeemed, such as a service of the deployment that all replicas share. Nothing is checked here: a nonce that is not new, or
    /// not used up, lets old evidence pass for an answer.
    pub fn dangerous_elsewhere(nonce: [u8; 32]) -> Self {
        Redeemed(nonce)
    }

    pub(crate) fn into_bytes(self) -> [u8; 32] {
        self.0
    }
}

/// Why no nonce is issued or redeemed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NonceError {
    /// There are no random bytes for a key.
    #[error("the random source gives nothing: without it, nonces could be guessed")]
    NoRandomness,
    /// The lifetime is not one.
    #[error("a lifetime of {found} is not from 1ms to {MAX_LIFETIME}")]
    Lifetime {
        /// The one given.
        found: SignedDuration,
    },
    /// The clock stands before the issue of the nonce, or so far behind a time given earlier that a nonce would have expired when issued.
    #[error("the clock says {now}, and said {latest} before: set it right, or make another issuer")]
    ClockWentBack {
        /// The time given.
        now: Timestamp,
        /// The latest time given before.
        latest: Timestamp,
    },
    /// The evidence has no place for a nonce, or nothing stands there.
    #[error(
        "the evidence answers no nonce: expected one in bytes 32 to 63 of its report data, or in runtime data that it commits to"
    )]
    NoNonce,
    /// The nonce is not one that this issuer issued.
    #[error("the evidence answers `{found}`, which is no nonce of this issuer")]
    NotIssued {
        /// The nonce found, in hexadecimal.
        found: String,
    },
    /// The nonce was issued too long ago.
    #[error("the nonce expired at {expired_at}: issue another")]
    Expired {
        /// The first instant at which it no longer counts.
        expired_at: Timestamp,
    },
    /// The nonce was redeemed before.
    #[error("the nonce was redeemed before: somebody shows evidence a second time")]
    Replayed,
    /// So many were redeemed that there is no room to remember another.
    #[error(
        "{capacity} nonces were redeemed that have not expired yet, which is all that this issuer remembers: try again later, or give it more room"
    )]
    Full {
        /// How many it remembers.
        capacity: usize,
    },
}

impl NonceError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            NonceError::NoRandomness => "atbac::nonce::no_randomness",
            NonceError::Lifetime { .. } => "atbac::nonce::lifetime",
            NonceError::ClockWentBack { .. } => "atbac::nonce::clock_went_back",
            NonceError::NoNonce => "atbac::nonce::missing",
            NonceError::NotIssued { .. } => "atbac::nonce::not_issued",
            NonceError::Expired { .. } => "atbac::nonce::expired",
            NonceError::Replayed => "atbac::nonce::replayed",
            NonceError::Full { .. } => "atbac::nonce::full",
        }
    }
}

/// Issues nonces and redeems each once. Share one among all threads of a service; nonces of one issuer are nothing to another.
pub struct NonceIssuer {
    key: hmac::Key,
    /// In milliseconds.
    lifetime: i64,
    capacity: usize,
    next: AtomicU64,
    redeemed: Mutex<Seen>,
}

/// What an issuer remembers.
struct Seen {
    /// The latest time given, in milliseconds.
    latest: i64,
    /// Redeemed nonces that have not expired, by instant of issue and number: the first to expire comes first.
    redeemed: BTreeSet<(i64, u64)>,
}

impl NonceIssuer {
    /// An issuer whose nonces can be redeemed for `lifetime` after they were issued, and that remembers `capacity` redeemed ones: as many as sessions are opened
    /// within a lifetime. Each takes some 30 bytes.
    ///
    /// # Errors
    /// [`NonceError::Lifetime`] for one that is not from 1ms to [`MAX_LIFETIME`]; [`NonceError::NoRandomness`].
    pub fn new(lifetime: SignedDuration, capacity: usize, random: &impl RandomSource) -> Result<Self, NonceError> {
        let milliseconds = lifetime.as_millis();
        let Ok(lifetime) = i64::try_from(milliseconds) else { return Err(NonceError::Lifetime { found: lifetime }) };
        if lifetime < 1 || lifetime > MAX_LIFETIME.as_millis() as i64 {
            return Err(NonceError::Lifetime { found: SignedDuration::from_millis(lifetime) });
        }
        let mut key = [0; 32];
        random.fill(&mut key)?;
        let redeemed = Mutex::new(Seen { latest: i64::MIN, redeemed: BTreeSet::new() });
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        Ok(NonceIssuer { key, lifetime, capacity, next: AtomicU64::new(0), redeemed })
    }

    /// A new nonce. `now` is the present time.
    ///
    /// # Errors
    /// [`NonceError::ClockWentBack`] when `now` is a lifetime or more before a time that this issuer was given: the nonce would have expired already.
    pub fn issue(&self, now: Timestamp) -> Result<Nonce, NonceError> {
        let at = now.as_millisecond();
        let latest = {
            let mut seen = self.seen();
            seen.latest = seen.latest.max(at);
            seen.latest
        };
        if self.is_over(at, latest) {
            return Err(NonceError::ClockWentBack { now, latest: instant(latest) });
        }
        let mut nonce = [0; 32];
        nonce[..8].copy_from_slice(&at.to_be_bytes());
        nonce[8..16].copy_from_slice(&self.next.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        let code = hmac::sign(&self.key, &nonce[..16]);
        nonce[16..].copy_from_slice(&code.as_ref()[..16]);
        Ok(Nonce(nonce))
    }

    /// Redeems the nonce that verified evidence answers: the one in its report data, or, of evidence that commits to runtime data, in that. Of all who redeem one
    /// nonce, whatever their threads, one succeeds.
    ///
    /// # Errors
    /// [`NonceError`]: the evidence answers no nonce of this issuer, too late, or not for the first time; or there is no room to remember it.
    pub fn redeem<T: Claims>(
        &self,
        evidence: &Verified<T>,
        runtime_data: Option<&RuntimeData>,
        now: Timestamp,
    ) -> Result<Redeemed, NonceError> {
        let nonce = answered(T::KIND.verifier(), &evidence.claims(), runtime_data).ok_or(NonceError::NoNonce)?;
        self.redeem_nonce(nonce, now)
    }

    fn redeem_nonce(&self, nonce: [u8; 32], now: Timestamp) -> Result<Redeemed, NonceError> {
        let (issued_at, number) =
            self.issued(&nonce).ok_or_else(|| NonceError::NotIssued { found: hex::encode(nonce) })?;
        if now.as_millisecond() < issued_at {
            return Err(NonceError::ClockWentBack { now, latest: instant(issued_at) });
        }
        let mut seen = self.seen();
        // A clock that is set back must not let an expired nonce live again after it was forgotten.
        seen.latest = seen.latest.max(now.as_millisecond());
        let latest = seen.latest;
        while seen.redeemed.first().is_some_and(|(issued_at, _)| self.is_over(*issued_at, latest)) {
            seen.redeemed.pop_first();
        }
        if self.is_over(issued_at, latest) {
            return Err(NonceError::Expired { expired_at: instant(issued_at.saturating_add(self.lifetime)) });
        }
        if seen.redeemed.contains(&(issued_at, number)) {
            return Err(NonceError::Replayed);
        }
        if seen.redeemed.len() >= self.capacity {
            return Err(NonceError::Full { capacity: self.capacity });
        }
        seen.redeemed.insert((issued_at, number));
        Ok(Redeemed(nonce))
    }

    /// When a nonce was issued and its number, if this issuer did.
    fn issued(&self, nonce: &[u8; 32]) -> Option<(i64, u64)> {
        let code = hmac::sign(&self.key, &nonce[..16]);
        aws_lc_rs::constant_time::verify_slices_are_equal(&code.as_ref()[..16], &nonce[16..]).ok()?;
        let (issued_at, rest) = nonce.split_first_chunk::<8>()?;
        let number = rest.first_chunk::<8>()?;
        Some((i64::from_be_bytes(*issued_at), u64::from_be_bytes(*number)))
    }

    fn is_over(&self, issued_at: i64, now: i64) -> bool {
        issued_at.saturating_add(self.lifetime) <= now
    }

    /// A thread that died while it held the lock has left nothing half done: each change is one insertion.
    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.redeemed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Neither its key nor what it remembers.
impl fmt::Debug for NonceIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NonceIssuer")
            .field("lifetime", &self.lifetime)
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

/// The nonce that evidence of a verifier answers.
fn answered(verifier: &str, claims: &Claim, runtime_data: Option<&RuntimeData>) -> Option<[u8; 32]> {
    let claim = Verifier::named(verifier)?.nonce?;
    let (name, _) = claim.declaration();
    let Some(Claim::Bytes(bytes)) = claims.get(name) else { return None };
    match claim {
        TyingClaim::ReportData => ReportData::new(bytes[..].try_into().ok()?, runtime_data).nonce(),
        TyingClaim::Nonce | TyingClaim::OptionalNonce => bytes[..].try_into().ok(),
        TyingClaim::KeyDigest | TyingClaim::KeyInfoDigest | TyingClaim::KeyThumbprint => None,
    }
}

/// An instant that was one before: times that go in come from [`Timestamp`], and a lifetime more is within its range but for the last hour of year 9999.
fn instant(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
