//! Signed tokens: what an issuer says that has looked at evidence, and that this engine has not.
//!
//! A token is a JSON Web Signature with claims (RFC 7515, RFC 7519). In the order in which a verification goes through it:
//! 1. [`TrustedKeys`] (`jwks`, `jwk`, `algorithm`): the issuer's public keys, pinned beforehand, each to one [`Algorithm`].
//! 2. `jws`, `base64url`: from the token's bytes to header, payload and signature, with one reading for each token.
//! 3. `authority`: the checks that all kinds share: signature, issuer, audience, times.
//! 4. `confirmation`: the key that a token is tied to, for the kinds that may name one.
//! 5. [`ear`], [`nras`], [`maa`], [`confidential_space`]: each kind's own claims, read by `json`, as a typed structure. JWT-SVIDs, which are
//!    tokens too, are with their like in [`crate::svid`].
//!
//! What a token proves is that its issuer said so. Its facts are `authenticated` where those of a report are `attested`.

mod algorithm;
pub(crate) mod authority;
pub(crate) mod base64url;
mod certificate_status;
pub mod confidential_space;
pub(crate) mod confirmation;
mod debug_status;
pub mod ear;
pub(crate) mod json;
mod jwk;
mod jwks;
mod jws;
pub mod maa;
pub mod nras;
mod refusal;

pub use algorithm::Algorithm;
pub use authority::{Audience, Lifetime, Nonce};
pub use debug_status::DebugStatus;
pub(crate) use jwk::Material;
pub use jwk::thumbprint;
pub use jwks::TrustedKeys;
pub use refusal::{KeyRefusal, TokenRefusal};

use std::collections::BTreeMap;

use crate::excerpt::Excerpt;
use crate::refusal::Refusal;
use crate::verified::Verified;

/// The value of the part called `label`, of a token that has several: an appraisal, a GPU.
///
/// # Errors
/// [`TokenRefusal::Submodule`] if there is no such part.
pub fn part<T>(mut parts: BTreeMap<String, Verified<T>>, label: &str) -> Result<Verified<T>, Refusal> {
    let absent = || TokenRefusal::Submodule { name: Excerpt::of(label), reason: "is not there" };
    parts.remove(label).ok_or_else(|| absent().into())
}
