//! Whose key a token is tied to: the claim `cnf` (RFC 7800 section 3.1).
//!
//! A token with `cnf` is for whoever holds that key, and for nobody else who presents it. So a `cnf` that cannot be read in full refuses the token:
//! what it demands would otherwise go unchecked. It has exactly one member, and these are known:
//! - `jwk`, the public key itself (RFC 7800 section 3.2);
//! - `jkt`, its thumbprint (RFC 9449 section 6.1).
//!
//! Every other one is refused, alone or beside these: `x5t#S256` (RFC 8705 section 3.1) names a certificate rather than a key, `jwe`, `kid` and `jku`
//! (RFC 7800 sections 3.3 to 3.5) name a key that is not there.

use super::json::{Base64Url, Members, Object};
use super::jwk::Material;
use super::refusal::TokenRefusal;
use crate::excerpt::Excerpt;

/// The thumbprint (RFC 7638, SHA-256) of the key that the token is tied to, where it is tied to one.
pub(crate) fn key_thumbprint(claims: &Members<'_>) -> Result<Option<[u8; 32]>, TokenRefusal> {
    let Some(confirmation) = claims.find_inner("cnf")? else {
        return Ok(None);
    };
    let wrong = |found| Err(claims.wrong("cnf", found, "one key, by `jwk` or `jkt`, and nothing beside it"));
    let mut names = confirmation.names();
    match (names.next(), names.next()) {
        (Some("jwk"), None) => {
            let jwk: &Object = confirmation.get("jwk")?;
            let key = Material::read(jwk).and_then(|key| key.check().map(|()| key));
            let key = key.map_err(|refusal| confirmation.wrong("jwk", refusal, "a public key"))?;
            Ok(Some(key.thumbprint()))
        }
        (Some("jkt"), None) => {
            let Base64Url(thumbprint) = confirmation.get("jkt")?;
            let wrong = |bytes: Vec<u8>| {
                let found = format_args!("{} bytes", bytes.len());
                confirmation.wrong("jkt", found, "a thumbprint, SHA-256: 32 bytes in base64url")
            };
            thumbprint.try_into().map(Some).map_err(wrong)
        }
        (Some(other), None) => wrong(Excerpt::of(format_args!("`{other}`"))),
        (Some(_), Some(_)) => wrong(Excerpt::of("of several members")),
        (None, _) => wrong(Excerpt::of("empty")),
    }
}
