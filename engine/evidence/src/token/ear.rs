//! EAT Attestation Results: what another verifier concluded about evidence.
//!
//! The format is an Internet-Draft that changed names on its way: each profile that is read here has its own table of them (`Names`).
//! A result has one appraisal for each part of a composite device, and each becomes a verified value of its own.
//!
//! Sources: draft-ietf-rats-ear-03 ("EAR"), draft-ietf-rats-ar4si ("AR4SI").

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::Timestamp;

use super::authority::{Audience, Authority, Issuer, Kind, Lifetime, Nonce, Opened};
use super::confirmation::key_thumbprint;
use super::json::{FromJson, Json, Members};
use super::jwks::TrustedKeys;
use super::refusal::TokenRefusal;
use crate::claim::{Claim, Claims, EvidenceKind};
use crate::excerpt::Excerpt;
use crate::refusal::Refusal;
use crate::verified::Verified;

/// Verifies attestation results of one issuer.
#[derive(Debug, Clone)]
pub struct Verifier {
    authority: Authority,
}

/// An attestation result and what it must answer.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The token, in compact form.
    pub token: &'a [u8],
    /// Whom it must be meant for. EAR has no rule on it: most verifiers name nobody.
    pub audience: Audience<'a>,
    /// The result's own nonce, as bytes. The evidence's nonce is the claim `evidence_nonce`.
    pub nonce: Nonce<'a>,
}

/// One appraisal of a verified attestation result.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ear {
    /// The label of the part that was appraised. Source: EAR section 3, `submods`.
    pub submod: String,
    /// The issuer, where tokens name it (`iss`).
    pub issuer: Option<String>,
    /// Whom the result is meant for (`aud`).
    pub audience: BTreeSet<String>,
    /// The organisation behind the verifier. Source: AR4SI section 3.3, `developer`.
    pub verifier_developer: String,
    /// The verifier's software. Source: AR4SI section 3.3, `build`.
    pub verifier_build: String,
    /// The appraisal policies used. Source: EAR section 3.1, `ear_appraisal_policy_ids`.
    pub appraisal_policy_ids: BTreeSet<String>,
    /// The verdict as a whole. Source: EAR section 3.1, `ear_status`.
    pub status: TrustTier,
    /// The claims that it sums up. Source: AR4SI section 2.3.5.
    pub vector: TrustVector,
    /// The result's nonce. Source: EAR section 3, `eat_nonce`.
    pub nonce: Option<Vec<u8>>,
    /// The thumbprint of the key that the result is tied to. Source: RFC 7800 section 3, `cnf`.
    pub key_thumbprint: Option<[u8; 32]>,
    /// The nonce in the evidence appraised. Source: EAR section 3.1, `eat_nonce`.
    pub evidence_nonce: Option<Vec<u8>>,
    /// When the result was signed.
    pub issued_at: Timestamp,
}

/// How much an appraisal trusts what it looked at. Source: AR4SI section 3.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustTier {
    /// Nothing is said.
    None,
    /// Nothing was found wrong.
    Affirming,
    /// Something needs attention.
    Warning,
    /// It is not to be trusted.
    Contraindicated,
}

/// The eight trustworthiness claims of AR4SI section 2.3.4, each a number from -128 to 127; 0 where the result says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TrustVector {
    /// Whether the attester is the one it says it is.
    pub instance_identity: i8,
    /// Whether its configuration is approved.
    pub configuration: i8,
    /// Whether only approved code was loaded.
    pub executables: i8,
    /// Whether only approved files are there.
    pub file_system: i8,
    /// Whether hardware and firmware are genuine.
    pub hardware: i8,
    /// Whether memory is out of others' sight.
    pub runtime_opaque: i8,
    /// Whether storage is encrypted.
    pub storage_opaque: i8,
    /// Whether its data come from attesters that were appraised as well.
    pub sourced_data: i8,
}

/// What the claims that only EAR has are called in one profile.
struct Names {
    profile: &'static str,
    verifier_id: &'static str,
    status: &'static str,
    vector: &'static str,
    /// One text in early drafts, a list since draft 03.
    policies: &'static str,
    policies_are_listed: bool,
}

const fn dotted(profile: &'static str) -> Names {
    Names {
        profile,
        verifier_id: "ear.verifier-id",
        status: "ear.status",
        vector: "ear.trustworthiness-vector",
        policies: "ear.appraisal-policy-id",
        policies_are_listed: false,
    }
}

/// The profiles that are read: draft 03; drafts 01 and 02; Veraison's, as of draft 00; and that of the Confidential Containers' Trustee.
const PROFILES: [Names; 4] = [
    Names {
        profile: "tag:ietf.org,2026:rats/ear#03",
        verifier_id: "ear_verifier_id",
        status: "ear_status",
        vector: "ear_trustworthiness_vector",
        policies: "ear_appraisal_policy_ids",
        policies_are_listed: true,
    },
    dotted("tag:ietf.org,2025-07:ear"),
    dotted("tag:github.com,2023:veraison/ear"),
    dotted("tag:github.com,2024:confidential-containers/Trustee"),
];

/// RFC 9782 section 4 has `eat+jwt`; verifiers write `JWT`. EAR section 3: `exp` is optional.
const KIND: Kind = Kind { media_types: &["jwt", "eat+jwt"], only_parameters: None, ends_by_itself: true };

impl Verifier {
    /// Takes results of `issuer`, which tokens must name (`iss`), signed by one of its `keys`.
    #[must_use]
    pub fn of_issuer(issuer: &str, keys: TrustedKeys, lifetime: Lifetime) -> Self {
        Self { authority: Authority { issuer: Issuer::Named(issuer.to_owned()), keys, lifetime } }
    }

    /// Takes results that name no issuer, signed by one of `keys`. A result that names one is refused.
    #[must_use]
    pub fn of_unnamed_issuer(keys: TrustedKeys, lifetime: Lifetime) -> Self {
        Self { authority: Authority { issuer: Issuer::NotNamed, keys, lifetime } }
    }

    /// Verifies `evidence` at the instant `now`: every appraisal in it, by its label.
    ///
    /// A result without `exp` ends when the longest lifetime does.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed. One appraisal that cannot be read refuses the whole.
    pub fn verify(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<BTreeMap<String, Verified<Ear>>, Refusal> {
        let opened = self.authority.open(evidence.token, KIND, evidence.audience, now)?;
        let result = opened.members();
        let profile: &str = result.get("eat_profile")?;
        let names = PROFILES.iter().find(|names| names.profile == profile).ok_or_else(|| TokenRefusal::Profile {
            found: Excerpt::of(profile),
            known: PROFILES.each_ref().map(|names| format!("`{}`", names.profile)).join(", "),
        })?;
        let nonce = nonce(&result)?;
        evidence.nonce.check(nonce.as_deref())?;

        let submods = result.inner("submods")?;
        let mut appraisals = BTreeMap::new();
        for label in submods.names() {
            let content = Ear::read(label, &opened, nonce.clone(), names)?;
            let verified = Verified::new(content, now, opened.expires_at, opened.trust_root.clone());
            appraisals.insert(label.to_owned(), verified);
        }
        if appraisals.is_empty() {
            return Err(result.wrong("submods", "empty", "at least one appraisal").into());
        }
        Ok(appraisals)
    }
}

impl Ear {
    fn read(label: &str, opened: &Opened, nonce: Option<Vec<u8>>, names: &Names) -> Result<Self, TokenRefusal> {
        let result = opened.members();
        let verifier = result.inner(names.verifier_id)?;
        let appraisal = result.inner("submods")?.inner(label)?;
        let status: TrustTier = appraisal.get(names.status)?;
        let vector = match appraisal.find_inner(names.vector)? {
            Some(claims) => TrustVector::read(&claims)?,
            None => TrustVector::default(),
        };
        check_status(label, status, &vector)?;
        let appraisal_policy_ids = if names.policies_are_listed {
            appraisal.find(names.policies)?.unwrap_or_default()
        } else {
            appraisal.find::<String>(names.policies)?.into_iter().collect()
        };
        Ok(Self {
            submod: label.to_owned(),
            issuer: result.find("iss")?,
            audience: opened.audience.clone(),
            verifier_developer: verifier.get("developer")?,
            verifier_build: verifier.get("build")?,
            appraisal_policy_ids,
            status,
            vector,
            nonce,
            key_thumbprint: key_thumbprint(&result)?,
            evidence_nonce: self::nonce(&appraisal)?,
            issued_at: opened.issued_at,
        })
    }
}

/// EAR section 3.1: the status is of no higher trust than the worst of the claims. A verifier that breaks the rule is not believed at all. `none` breaks
/// it as well: it says that nothing is known, where a claim warns.
fn check_status(label: &str, status: TrustTier, vector: &TrustVector) -> Result<(), TokenRefusal> {
    let worst = vector.claims().into_iter().map(|(_, claim)| TrustTier::of(claim)).max_by_key(|tier| tier.doubt());
    match worst {
        Some(worst) if status.doubt() < worst.doubt() => {
            Err(TokenRefusal::Status { submod: Excerpt::of(label), status: status.name(), worst: worst.name() })
        }
        Some(_) | None => Ok(()),
    }
}

impl TrustVector {
    const NAMES: [&'static str; 8] = [
        "instance-identity",
        "configuration",
        "executables",
        "file-system",
        "hardware",
        "runtime-opaque",
        "storage-opaque",
        "sourced-data",
    ];

    /// A vector has no other members than the eight: one that is not understood might be against the attester.
    fn read(claims: &Members<'_>) -> Result<Self, TokenRefusal> {
        if let Some(other) = claims.names().find(|name| !Self::NAMES.contains(name)) {
            return Err(claims.wrong(other, "there", format!("none but {}", Self::NAMES.join(", "))));
        }
        let claim = |name: &str| -> Result<i8, TokenRefusal> {
            let value: i64 = claims.find(name)?.unwrap_or(0);
            i8::try_from(value).map_err(|_| claims.wrong(name, value, "a number from -128 to 127"))
        };
        let [
            instance_identity,
            configuration,
            executables,
            file_system,
            hardware,
            runtime_opaque,
            storage_opaque,
            sourced_data,
        ] = Self::NAMES;
        Ok(Self {
            instance_identity: claim(instance_identity)?,
            configuration: claim(configuration)?,
            executables: claim(executables)?,
            file_system: claim(file_system)?,
            hardware: claim(hardware)?,
            runtime_opaque: claim(runtime_opaque)?,
            storage_opaque: claim(storage_opaque)?,
            sourced_data: claim(sourced_data)?,
        })
    }

    /// The claims under their names for policies, in the order of AR4SI.
    fn claims(&self) -> [(&'static str, i8); 8] {
        [
            ("instance_identity", self.instance_identity),
            ("configuration", self.configuration),
            ("executables", self.executables),
            ("file_system", self.file_system),
            ("hardware", self.hardware),
            ("runtime_opaque", self.runtime_opaque),
            ("storage_opaque", self.storage_opaque),
            ("sourced_data", self.sourced_data),
        ]
    }
}

impl TrustTier {
    const ALL: [TrustTier; 4] = [TrustTier::None, TrustTier::Affirming, TrustTier::Warning, TrustTier::Contraindicated];

    /// The tier that a claim's value is in (AR4SI section 2.3.2).
    fn of(claim: i8) -> Self {
        match claim {
            -1..=1 => TrustTier::None,
            2..=31 | -32..=-2 => TrustTier::Affirming,
            32..=95 | -96..=-33 => TrustTier::Warning,
            96..=127 | -128..=-97 => TrustTier::Contraindicated,
        }
    }

    /// The name, in results and in claims.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TrustTier::None => "none",
            TrustTier::Affirming => "affirming",
            TrustTier::Warning => "warning",
            TrustTier::Contraindicated => "contraindicated",
        }
    }

    /// The value that stands for the tier as a number (AR4SI section 3.2).
    fn number(self) -> i64 {
        match self {
            TrustTier::None => 0,
            TrustTier::Affirming => 2,
            TrustTier::Warning => 32,
            TrustTier::Contraindicated => 96,
        }
    }

    /// How much stands against trust. Nothing said is nothing against it: AR4SI section 2.3.2 tells to treat it as no claim.
    fn doubt(self) -> u8 {
        match self {
            TrustTier::None | TrustTier::Affirming => 0,
            TrustTier::Warning => 1,
            TrustTier::Contraindicated => 2,
        }
    }
}

/// A tier by its name, or by the number that early verifiers wrote.
impl<'a> FromJson<'a> for TrustTier {
    fn expected() -> String {
        format!("one of {}", Self::ALL.map(TrustTier::name).join(", "))
    }

    fn read(json: &'a Json) -> Option<Self> {
        match json {
            Json::Text(name) => Self::ALL.into_iter().find(|tier| tier.name() == name),
            Json::Int(number) => Self::ALL.into_iter().find(|tier| tier.number() == *number),
            Json::Null | Json::Bool(_) | Json::OtherNumber | Json::List(_) | Json::Object(_) => None,
        }
    }
}

/// `eat_nonce`: 8 to 64 bytes in base64 (EAR section 3). The draft does not say which of its alphabets, nor whether padded: a nonce is only
/// compared, so all are read.
fn nonce(members: &Members<'_>) -> Result<Option<Vec<u8>>, TokenRefusal> {
    const ANY_PADDING: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let Some(text) = members.find::<&str>("eat_nonce")? else {
        return Ok(None);
    };
    let alphabet = if text.contains(['-', '_']) { URL_SAFE } else { STANDARD };
    match GeneralPurpose::new(&alphabet, ANY_PADDING).decode(text) {
        Ok(bytes) if (8..=64).contains(&bytes.len()) => Ok(Some(bytes)),
        Ok(_) | Err(_) => Err(members.wrong("eat_nonce", format_args!("`{text}`"), "8 to 64 bytes in base64")),
    }
}

impl Claims for Ear {
    const KIND: EvidenceKind = EvidenceKind::Ear;

    fn claims(&self) -> Vec<(&'static str, Claim)> {
        let mut claims = vec![
            ("submod", Claim::Text(self.submod.clone())),
            ("issuer", Claim::optional(self.issuer.clone(), Claim::Text)),
            ("audience", Claim::TextSet(self.audience.clone())),
            ("verifier_developer", Claim::Text(self.verifier_developer.clone())),
            ("verifier_build", Claim::Text(self.verifier_build.clone())),
            ("appraisal_policy_ids", Claim::TextSet(self.appraisal_policy_ids.clone())),
            ("status", Claim::Case(self.status.name())),
        ];
        claims.extend(self.vector.claims().map(|(name, claim)| (name, Claim::Int(claim.into()))));
        claims.extend([
            ("nonce", Claim::optional(self.nonce.clone(), Claim::Bytes)),
            ("key_thumbprint", Claim::optional(self.key_thumbprint, |digest| Claim::bytes(&digest))),
            ("evidence_nonce", Claim::optional(self.evidence_nonce.clone(), Claim::Bytes)),
            ("issued_at", Claim::Time(self.issued_at)),
        ]);
        claims
    }
}
