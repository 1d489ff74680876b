//! Why a token, or a set of keys, was refused.

use jiff::Timestamp;

use super::algorithm::Algorithm;
use crate::excerpt::Excerpt;

/// Why a token was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenRefusal {
    /// The bytes are no signed token.
    #[error("the token cannot be read: {reason}; expected a JSON Web Signature in compact form")]
    Form {
        /// What is wrong with the form.
        reason: Excerpt,
    },
    /// The header has a parameter that changes what is signed, or that this kind of token must not have.
    #[error("the token's header has `{name}`, which tokens of this kind do not have")]
    HeaderParameter {
        /// The parameter.
        name: Excerpt,
    },
    /// The token is of another media type.
    #[error("the token's type (`typ`) is `{found}`; expected {expected}: it is a token for something else")]
    MediaType {
        /// The type found.
        found: Excerpt,
        /// The types of this kind of token.
        expected: String,
    },
    /// The token names a key that is not among the trusted ones.
    #[error(
        "the token names the key `{id}`, which is not among the trusted keys: fetch the issuer's current keys, if it is the issuer's"
    )]
    KeyUnknown {
        /// The name found.
        id: Excerpt,
    },
    /// The trusted keys are out of date.
    #[error(
        "the trusted keys were to be used until {until}; the verification time is {now}: fetch the issuer's current keys"
    )]
    KeysExpired {
        /// When the set ended.
        until: Timestamp,
        /// The time of verification.
        now: Timestamp,
    },
    /// The token says it is signed with another algorithm than its key is pinned to.
    #[error("the token is signed with algorithm `{found}`; its key is trusted for {} only", names(pinned))]
    Algorithm {
        /// The algorithm found.
        found: Excerpt,
        /// What the keys that could have signed it are pinned to.
        pinned: Vec<Algorithm>,
    },
    /// The signature does not verify.
    #[error("the signature on the token does not verify under the trusted key: it was altered, or another signed it")]
    Signature,
    /// A claim is missing or is not what it must be.
    #[error("the token's `{name}` is {found}; expected {expected}")]
    Claim {
        /// The claim, by its path.
        name: Excerpt,
        /// What was found.
        found: Excerpt,
        /// What was expected.
        expected: String,
    },
    /// The token is another issuer's.
    #[error("the token's issuer (`iss`) is {found}; expected {expected}")]
    Issuer {
        /// The issuer found.
        found: Excerpt,
        /// The issuer expected.
        expected: Excerpt,
    },
    /// The token is meant for somebody else.
    #[error("the token is meant for {found} (`aud`); expected {expected}: it was made for another service")]
    Audience {
        /// Whom it is meant for.
        found: Excerpt,
        /// Who was to be among them.
        expected: Excerpt,
    },
    /// The token is not valid any more.
    #[error("the token was valid until {end}; the verification time is {now}: ask for a new one")]
    Expired {
        /// Its end.
        end: Timestamp,
        /// The time of verification.
        now: Timestamp,
    },
    /// The token is not valid yet.
    #[error("the token is valid from {not_before}, later than the verification time {now}")]
    NotYetValid {
        /// Its start.
        not_before: Timestamp,
        /// The time of verification.
        now: Timestamp,
    },
    /// The token says it was issued after the time of verification.
    #[error(
        "the token was issued at {issued_at}, later than the verification time {now}: one of the two clocks is wrong"
    )]
    IssuedLater {
        /// When it says it was issued.
        issued_at: Timestamp,
        /// The time of verification.
        now: Timestamp,
    },
    /// The token's lifetime is not what the caller allows.
    #[error("the token is valid for {found} seconds after it was issued; allowed are at most {longest}")]
    Lifetime {
        /// From `iat` to `exp`, in seconds; not above zero where it ends before it was issued.
        found: i64,
        /// The longest lifetime, in seconds.
        longest: u32,
    },
    /// The token answers another challenge.
    #[error("the token's nonce is {found}; expected `{expected}`: it answers another challenge")]
    Nonce {
        /// The nonce found, in hexadecimal, or that there is none.
        found: Excerpt,
        /// The nonce expected, in hexadecimal.
        expected: String,
    },
    /// The token follows a profile that is not known here.
    #[error("the attestation result follows the profile `{found}`; known are {known}")]
    Profile {
        /// The profile found.
        found: Excerpt,
        /// The known ones.
        known: String,
    },
    /// An appraisal's verdict is better than the worst of the claims it sums up.
    #[error("the appraisal `{submod}` has the status `{status}`, though one of its claims is {worst}")]
    Status {
        /// The appraisal.
        submod: Excerpt,
        /// Its status.
        status: &'static str,
        /// The tier of its worst claim.
        worst: &'static str,
    },
    /// A part is missing, or its token is not the one the outer token means, or belongs to another answer, or says that the part proved nothing.
    #[error("the part `{name}` of the token {reason}")]
    Submodule {
        /// The part.
        name: Excerpt,
        /// What is wrong.
        reason: &'static str,
    },
}

impl TokenRefusal {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        use TokenRefusal as T;
        match self {
            T::Form { .. } => "token_malformed",
            T::HeaderParameter { .. } => "token_header",
            T::MediaType { .. } => "token_type",
            T::KeyUnknown { .. } => "token_key_unknown",
            T::KeysExpired { .. } => "token_keys_expired",
            T::Algorithm { .. } => "token_algorithm",
            T::Signature => "token_signature",
            T::Claim { .. } => "token_claim",
            T::Issuer { .. } => "token_issuer",
            T::Audience { .. } => "token_audience",
            T::Expired { .. } => "token_expired",
            T::NotYetValid { .. } => "token_not_yet_valid",
            T::IssuedLater { .. } => "token_issued_later",
            T::Lifetime { .. } => "token_lifetime",
            T::Nonce { .. } => "token_nonce",
            T::Profile { .. } => "token_profile",
            T::Status { .. } => "token_status",
            T::Submodule { .. } => "token_submodule",
        }
    }
}

fn names(algorithms: &[Algorithm]) -> String {
    let mut names: Vec<&str> = algorithms.iter().map(|algorithm| algorithm.name()).collect();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

/// Why a key, or a set of keys, was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyRefusal {
    /// The bytes are no key set.
    #[error("the keys cannot be read: {reason}; expected public keys as a JWK Set in JSON")]
    Malformed {
        /// What is wrong.
        reason: Excerpt,
    },
    /// A key has a part that must stay with its owner.
    #[error(
        "a key has `{member}`, which only private and shared keys have: give the public key, and replace the one that was given away"
    )]
    Secret {
        /// The member that gives it away.
        member: &'static str,
    },
    /// A key is of a kind that no token is signed with here.
    #[error("a key is of {what}; known are RSA, EC on P-256, P-384 and P-521, and Ed25519")]
    Unsupported {
        /// Its kind.
        what: Excerpt,
    },
    /// An RSA key is too small or too large.
    #[error("an RSA key has {bits} bits; expected 2048 to 8192")]
    Size {
        /// The length of its modulus in bits.
        bits: usize,
    },
    /// A key says it is for an algorithm that it cannot serve.
    #[error("a key is for the algorithm `{found}`, which is not known or not for keys of its kind")]
    Algorithm {
        /// The algorithm.
        found: Excerpt,
    },
    /// Nobody says which algorithm an RSA key is for.
    #[error("an RSA key does not say its algorithm (`alg`): say which the issuer signs with, such as RS256")]
    AlgorithmNotStated,
    /// A key is for something else than checking signatures.
    #[error("a key is for `{found}`, not for checking signatures")]
    Use {
        /// What it is for.
        found: Excerpt,
    },
    /// Two keys have one name.
    #[error("two keys are called `{id}`: a token that names it could mean either")]
    Duplicate {
        /// The name.
        id: Excerpt,
    },
    /// The set has too many keys.
    #[error("there are {found} keys; expected at most {limit}")]
    TooMany {
        /// How many there are.
        found: usize,
        /// How many are read.
        limit: usize,
    },
    /// The set has no key that counts.
    #[error("there are no keys for tokens of this kind in the set")]
    Empty,
}

impl KeyRefusal {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        use KeyRefusal as K;
        match self {
            K::Malformed { .. } => "keys_malformed",
            K::Secret { .. } => "key_secret",
            K::Unsupported { .. } => "key_unsupported",
            K::Size { .. } => "key_size",
            K::Algorithm { .. } => "key_algorithm",
            K::AlgorithmNotStated => "key_algorithm_not_stated",
            K::Use { .. } => "key_use",
            K::Duplicate { .. } => "key_duplicate",
            K::TooMany { .. } => "keys_too_many",
            K::Empty => "keys_empty",
        }
    }
}
