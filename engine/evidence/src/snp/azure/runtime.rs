//! The runtime data that a report commits to.

use super::refusal::AzureRefusal;
use crate::crypto::{AwsLc, Crypto};
use crate::excerpt::Excerpt;
use crate::refusal::{Refusal, within};
use crate::snp::Snp;
use crate::token::json::{FromJson, Json, Members, Object};
use crate::token::{Algorithm, Material};
use crate::verified::{Expected, Verified};

/// Runtime data as it came. It proves nothing before [`RuntimeData::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeData {
    /// The hash of it that the report data is to begin with.
    pub hash: HashType,
    /// A JSON object, byte for byte as it was hashed.
    pub bytes: Vec<u8>,
}

/// The hash that ties runtime data to a report (`report_data_hash_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashType {
    /// SHA-256: 32 bytes of the report data.
    Sha256,
    /// SHA-384: 48 bytes.
    Sha384,
    /// SHA-512: all 64.
    Sha512,
}

/// Whose paravisor a caller expects behind the runtime data.
///
/// Any guest can be launched with what it likes at VMPL 0; only its launch identity tells Azure's paravisor from another's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paravisor<'a> {
    /// One whose launch was signed by one of these keys: the SHA-384 of each, as in `id_key_digest`.
    SignedBy(&'a [[u8; 48]]),
    /// Any. What follows is then as good as what the policy asks of `id_key_digest` or `measurement`.
    LeftToPolicy,
}

/// Runtime data that a verified report commits to. Only reachable inside a [`Verified`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Runtime {
    /// 64 bytes that the guest chose (`user-data`), where the VM's version has them: a nonce, a key's hash.
    pub user_data: Option<[u8; 64]>,
    /// The whole, a JSON object.
    pub json: Vec<u8>,
    /// The public key of the vTPM's attestation key, for [`QUOTE_ALGORITHM`].
    pub(super) attestation_key: Vec<u8>,
}

/// The most bytes of runtime data. Azure's is about 1,500, in a vTPM index of 2,600; keys take several times their text in memory.
const MAX_RUNTIME_BYTES: usize = 8 * 1024;

/// How the vTPM signs.
pub(super) const QUOTE_ALGORITHM: Algorithm = Algorithm::Rs256;

/// The key among `keys` that signs the vTPM's quotes.
const ATTESTATION_KEY: &str = "HCLAkPub";

impl RuntimeData {
    /// Proves that the verified `report` commits to this data, and reads it.
    ///
    /// The report must be from VMPL 0, where Azure's paravisor runs: below it, the guest itself can ask for a report over runtime data with a
    /// key of its own. That it is Azure's, and no other code at VMPL 0, is what `paravisor` expects.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify(
        &self,
        report: &Verified<Snp>,
        paravisor: Paravisor<'_>,
        user_data: Expected<'_>,
    ) -> Result<Verified<Runtime>, Refusal> {
        within("runtime data", &self.bytes, MAX_RUNTIME_BYTES)?;
        if report.vmpl != 0 {
            return Err(AzureRefusal::Vmpl { found: report.vmpl }.into());
        }
        match paravisor {
            // Zeros are the digest of a guest whose launch nobody signed.
            Paravisor::SignedBy(keys) if report.id_key_digest == [0; 48] || !keys.contains(&report.id_key_digest) => {
                return Err(AzureRefusal::Paravisor { found: hex::encode(report.id_key_digest) }.into());
            }
            Paravisor::SignedBy(_) | Paravisor::LeftToPolicy => {}
        }
        let hash = self.hash();
        // What the hash does not fill is zero.
        let mut expected = [0; 64];
        expected[..hash.len()].copy_from_slice(&hash);
        if report.report_data != expected {
            let (found, expected) = (hex::encode(hash), hex::encode(report.report_data));
            return Err(AzureRefusal::Hash { found, expected }.into());
        }
        let runtime = self.read()?;
        match user_data {
            Expected::Exactly(expected) if runtime.user_data.as_ref() != Some(expected) => {
                let found = runtime.user_data.map_or("absent".to_owned(), |found| format!("`{}`", hex::encode(found)));
                return Err(AzureRefusal::UserData { found, expected: hex::encode(expected) }.into());
            }
            Expected::Exactly(_) | Expected::LeftToPolicy => {}
        }
        Ok(report.with(runtime))
    }

    fn hash(&self) -> Vec<u8> {
        match self.hash {
            HashType::Sha256 => AwsLc::sha256(&self.bytes).to_vec(),
            HashType::Sha384 => AwsLc::sha384(&self.bytes).to_vec(),
            HashType::Sha512 => AwsLc::sha512(&self.bytes).to_vec(),
        }
    }

    fn read(&self) -> Result<Runtime, AzureRefusal> {
        let json = Json::of_stranger(&self.bytes).and_then(Json::into_object).map_err(malformed)?;
        let members = Members::of(&json);
        let keys: &[Json] = members.get("keys").map_err(malformed)?;
        let is_named = |key: &&Object| key.get("kid").and_then(<&str>::read) == Some(ATTESTATION_KEY);
        let mut named = keys.iter().filter_map(<&Object>::read).filter(is_named);
        let (Some(jwk), None) = (named.next(), named.next()) else {
            return Err(malformed(format_args!("it has not exactly one key `{ATTESTATION_KEY}`")));
        };
        let key = Material::read(jwk).map_err(malformed)?;
        let Material::Rsa { .. } = key else {
            return Err(malformed(format_args!("the key `{ATTESTATION_KEY}` is no RSA key")));
        };
        let attestation_key = key.encode(QUOTE_ALGORITHM).map_err(malformed)?;
        let user_data = members.find("user-data").map_err(malformed)?.map(|text: &str| {
            let mut bytes = [0; 64];
            hex::decode_to_slice(text, &mut bytes).map(|()| bytes).map_err(malformed)
        });
        Ok(Runtime { user_data: user_data.transpose()?, json: self.bytes.clone(), attestation_key })
    }
}

fn malformed(reason: impl std::fmt::Display) -> AzureRefusal {
    AzureRefusal::Runtime { reason: Excerpt::of(reason) }
}
