//! Google Cloud Confidential Space: what Google concluded about a virtual machine and the container in it.
//!
//! Source: Google Cloud, "Confidential Space token claims". Tokens are OpenID Connect tokens under Google's published keys; those that
//! carry a certificate chain instead (PKI tokens) are refused, for want of a trusted key.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::authority::{Audience, Authority, Issuer, Kind, Lifetime, Nonce, Opened};
use super::debug_status::DebugStatus;
use super::json::{FromJson, Hex, Json, Members, Object, OneOrMore};
use super::jwks::TrustedKeys;
use super::refusal::TokenRefusal;
use crate::claim::{Claim, Claims, EvidenceKind};
use crate::refusal::Refusal;
use crate::verified::Verified;

/// The one issuer.
const ISSUER: &str = "https://confidentialcomputing.googleapis.com";

const KIND: Kind = Kind { media_types: &["jwt"], only_parameters: None, ends_by_itself: false };

/// Verifies tokens of Confidential Space.
#[derive(Debug, Clone)]
pub struct Verifier {
    authority: Authority,
}

/// A token and what it must answer.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The token, in compact form.
    pub token: &'a [u8],
    /// Whom it must be meant for. The workload asks for it, so any workload can ask for any audience.
    pub audience: &'a str,
    /// A nonce that must be among those of the token, as the bytes of its text.
    pub nonce: Nonce<'a>,
}

/// What Google says of a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfidentialSpace {
    /// The virtual machine, as a URL (`sub`).
    pub subject: String,
    /// Whom the token is meant for (`aud`).
    pub audience: BTreeSet<String>,
    /// The nonces that the workload asked for (`eat_nonce`).
    pub nonces: BTreeSet<String>,
    /// The kind of machine, such as `GCP_INTEL_TDX` (`hwmodel`).
    pub hwmodel: String,
    /// Where the evidence came from, such as `INTEL` (`attester_tcb`).
    pub attester_tcb: BTreeSet<String>,
    /// Whether the machine started securely (`secboot`).
    pub secure_boot: bool,
    /// Whether it can be debugged (`dbgstat`).
    pub debug_status: DebugStatus,
    /// The operating system: `CONFIDENTIAL_SPACE`, or `GCE` for any other (`swname`).
    pub swname: String,
    /// Its version (`swversion`).
    pub swversion: BTreeSet<String>,
    /// How well Google supports that version, such as `STABLE` (`submods.confidential_space.support_attributes`).
    pub support_attributes: BTreeSet<String>,
    /// Where the container image came from (`submods.container.image_reference`).
    pub image_reference: String,
    /// The image's digest (`image_digest`).
    pub image_digest: [u8; 32],
    /// The image's configuration digest (`image_id`).
    pub image_id: Option<[u8; 32]>,
    /// The keys that signed the image (`image_signatures`, `key_id`).
    pub image_signature_keys: BTreeSet<String>,
    /// When the container is started again (`restart_policy`).
    pub restart_policy: String,
    /// Whether the machine's operator replaced the image's arguments (`cmd_override`).
    pub cmd_overridden: bool,
    /// The environment variables that the operator set, as `NAME=value` (`env_override`).
    pub env_overrides: BTreeSet<String>,
    /// The project (`submods.gce.project_id`).
    pub project_id: String,
    /// The project's number.
    pub project_number: String,
    /// The zone.
    pub zone: String,
    /// The machine's number.
    pub instance_id: String,
    /// The accounts that the workload runs as (`google_service_accounts`).
    pub service_accounts: BTreeSet<String>,
    /// When the token was signed.
    pub issued_at: Timestamp,
}

impl Verifier {
    /// Takes tokens signed by `keys`: those that Google publishes for Confidential Space.
    #[must_use]
    pub fn new(keys: TrustedKeys, lifetime: Lifetime) -> Self {
        Self { authority: Authority { issuer: Issuer::Named(ISSUER.to_owned()), keys, lifetime } }
    }

    /// Verifies `evidence` at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<Verified<ConfidentialSpace>, Refusal> {
        let opened = self.authority.open(evidence.token, KIND, Audience::Includes(evidence.audience), now)?;
        let content = ConfidentialSpace::read(&opened)?;
        evidence.nonce.check(content.nonces.iter().map(|nonce| nonce.as_bytes()))?;
        Ok(Verified::new(content, now, opened.expires_at, opened.trust_root))
    }
}

impl ConfidentialSpace {
    fn read(opened: &Opened) -> Result<Self, TokenRefusal> {
        let claims = opened.members();
        let submods = claims.inner("submods")?;
        let container = submods.inner("container")?;
        let gce = submods.inner("gce")?;
        let support_attributes = match submods.find_inner("confidential_space")? {
            Some(space) => space.find("support_attributes")?.unwrap_or_default(),
            None => BTreeSet::new(),
        };
        let Sha256(image_digest) = container.get("image_digest")?;
        Ok(Self {
            subject: claims.get("sub")?,
            audience: opened.audience.clone(),
            nonces: claims.find::<OneOrMore>("eat_nonce")?.map(|OneOrMore(nonces)| nonces).unwrap_or_default(),
            hwmodel: claims.get("hwmodel")?,
            attester_tcb: claims.find("attester_tcb")?.unwrap_or_default(),
            secure_boot: claims.get("secboot")?,
            debug_status: claims.get("dbgstat")?,
            swname: claims.get("swname")?,
            swversion: claims.find::<OneOrMore>("swversion")?.map(|OneOrMore(names)| names).unwrap_or_default(),
            support_attributes,
            image_reference: container.get("image_reference")?,
            image_digest,
            image_id: container.find::<Sha256>("image_id")?.map(|Sha256(digest)| digest),
            image_signature_keys: image_signature_keys(&container)?,
            restart_policy: container.get("restart_policy")?,
            cmd_overridden: container.find::<&[Json]>("cmd_override")?.is_some_and(|arguments| !arguments.is_empty()),
            env_overrides: env_overrides(&container)?,
            project_id: gce.get("project_id")?,
            project_number: gce.get("project_number")?,
            zone: gce.get("zone")?,
            instance_id: gce.get("instance_id")?,
            service_accounts: claims.find("google_service_accounts")?.unwrap_or_default(),
            issued_at: opened.issued_at,
        })
    }
}

/// An image's digest: `sha256:` and 32 bytes in hexadecimal.
struct Sha256([u8; 32]);

impl<'a> FromJson<'a> for Sha256 {
    fn expected() -> String {
        "`sha256:` and 32 bytes in hexadecimal".to_owned()
    }

    fn read(json: &'a Json) -> Option<Self> {
        let hexadecimal = <&str>::read(json)?.strip_prefix("sha256:")?.to_owned();
        Hex::read(&Json::Text(hexadecimal)).map(|Hex(digest)| Self(digest))
    }
}

fn image_signature_keys(container: &Members<'_>) -> Result<BTreeSet<String>, TokenRefusal> {
    const NAME: &str = "image_signatures";
    let signatures: &[Json] = container.find(NAME)?.unwrap_or_default();
    let key = |signature: &Json| String::read(<&Object>::read(signature)?.get("key_id")?);
    let keys: Option<BTreeSet<String>> = signatures.iter().map(key).collect();
    keys.ok_or_else(|| container.wrong(NAME, "something else", "signatures, each with a `key_id`"))
}

fn env_overrides(container: &Members<'_>) -> Result<BTreeSet<String>, TokenRefusal> {
    const NAME: &str = "env_override";
    let variables = container.find::<&Object>(NAME)?;
    let line = |(name, value): (&String, &Json)| Some(format!("{name}={}", <&str>::read(value)?));
    let lines: Option<BTreeSet<String>> = variables.into_iter().flatten().map(line).collect();
    lines.ok_or_else(|| container.wrong(NAME, "something else", "an object with texts"))
}

impl Claims for ConfidentialSpace {
    const KIND: EvidenceKind = EvidenceKind::ConfidentialSpace;

    fn claims(&self) -> Vec<(&'static str, Claim)> {
        let text = |text: &String| Claim::Text(text.clone());
        let set = |set: &BTreeSet<String>| Claim::TextSet(set.clone());
        vec![
            ("subject", text(&self.subject)),
            ("audience", set(&self.audience)),
            ("nonces", set(&self.nonces)),
            ("hwmodel", text(&self.hwmodel)),
            ("attester_tcb", set(&self.attester_tcb)),
            ("secboot", Claim::Bool(self.secure_boot)),
            ("dbgstat", Claim::Case(self.debug_status.name())),
            ("swname", text(&self.swname)),
            ("swversion", set(&self.swversion)),
            ("support_attributes", set(&self.support_attributes)),
            ("image_reference", text(&self.image_reference)),
            ("image_digest", Claim::bytes(&self.image_digest)),
            ("image_id", Claim::optional(self.image_id, |digest| Claim::bytes(&digest))),
            ("image_signature_keys", set(&self.image_signature_keys)),
            ("restart_policy", text(&self.restart_policy)),
            ("cmd_overridden", Claim::Bool(self.cmd_overridden)),
            ("env_overrides", set(&self.env_overrides)),
            ("project_id", text(&self.project_id)),
            ("project_number", text(&self.project_number)),
            ("zone", text(&self.zone)),
            ("instance_id", text(&self.instance_id)),
            ("service_accounts", set(&self.service_accounts)),
            ("issued_at", Claim::Time(self.issued_at)),
        ]
    }
}
