//! The compact serialisation of a signed object (RFC 7515 section 7.1), read strictly.
//!
//! Our own reader and no JWT library: those keep one of two members of the same name, take padded base64 here and there, and are built to
//! choose algorithm and key by what the token says. Here a token chooses nothing: it names a key among those that the caller pinned,
//! and the key brings its algorithm.

use super::base64url;
use super::json::{Json, Members, Object};
use super::refusal::TokenRefusal;
use crate::excerpt::Excerpt;
use crate::refusal::{Refusal, within};

/// The most that is read of a token. Genuine ones have 1 to 10 KiB, one with a boot's event log some 40 KiB.
pub(crate) const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// A signed object whose signature is not checked yet.
#[derive(Debug)]
pub(crate) struct Jws<'a> {
    /// The protected header.
    pub(crate) header: Header,
    /// What is signed: header and payload as received, with the dot between them.
    pub(crate) signed: &'a [u8],
    pub(crate) signature: Vec<u8>,
    /// The payload's bytes. For a look only after the signature was checked.
    pub(crate) payload: Vec<u8>,
}

/// What the protected header says that matters here (RFC 7515 section 4.1).
///
/// `jku`, `x5u`, `jwk`, `x5c` and thumbprints of certificates offer keys: they are not even read, for a token is no source of trust in itself.
#[derive(Debug)]
pub(crate) struct Header {
    /// The algorithm that the token says it is signed with.
    pub(crate) algorithm: String,
    /// The key that the token says signed it.
    pub(crate) key_id: Option<String>,
    /// The token's media type.
    pub(crate) media_type: Option<String>,
    /// The names of all parameters.
    pub(crate) names: Vec<String>,
}

impl<'a> Jws<'a> {
    /// Splits and decodes `token`.
    pub(crate) fn read(token: &'a [u8]) -> Result<Self, Refusal> {
        within("token", token, MAX_TOKEN_BYTES)?;
        let mut parts = token.split(|byte| *byte == b'.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            let dots = token.iter().filter(|byte| **byte == b'.').count();
            return Err(TokenRefusal::Form {
                reason: Excerpt::of(format_args!(
                    "it has {} parts between dots, where a signed token has three",
                    dots + 1
                )),
            }
            .into());
        };
        let signed = &token[..header.len() + 1 + payload.len()];
        Ok(Self {
            header: Header::read(&decode("header", header)?)?,
            signed,
            signature: decode("signature", signature)?,
            payload: decode("payload", payload)?,
        })
    }
}

impl Header {
    fn read(text: &[u8]) -> Result<Self, TokenRefusal> {
        let object: Object = Json::of_stranger(text).and_then(Json::into_object).map_err(|reason| {
            TokenRefusal::Form { reason: Excerpt::of(format_args!("its header cannot be read: {reason}")) }
        })?;
        // RFC 7515 section 4.1.11 and RFC 7797 section 3: extensions change what is signed, and none is understood here.
        for extension in ["crit", "b64"] {
            if object.contains_key(extension) {
                return Err(TokenRefusal::HeaderParameter { name: Excerpt::of(extension) });
            }
        }
        let members = Members::of(&object);
        Ok(Self {
            algorithm: members.get("alg")?,
            key_id: members.find("kid")?,
            media_type: members.find("typ")?,
            names: members.names().map(str::to_owned).collect(),
        })
    }
}

fn decode(part: &str, text: &[u8]) -> Result<Vec<u8>, TokenRefusal> {
    match base64url::decode(text) {
        Some(bytes) if !bytes.is_empty() => Ok(bytes),
        Some(_) => Err(TokenRefusal::Form { reason: Excerpt::of(format_args!("its {part} is empty")) }),
        None => {
            Err(TokenRefusal::Form { reason: Excerpt::of(format_args!("its {part} is not base64url without padding")) })
        }
    }
}
