//! NVIDIA Remote Attestation Service: what NVIDIA concluded about GPUs.
//!
//! The answer is a detached EAT bundle (RFC 9711 section 5): one token with the overall verdict and the digest of each GPU's token, and those tokens. All
//! must be signed by NVIDIA, answer one nonce, and be the ones that the overall token means: or one GPU's token could be put
//! in another's place.
//!
//! NVIDIA signs what it found wrong as well. Where the GPU did not sign the report, or not for this nonce, or the key's certificates are invalid or
//! revoked, or the answer about that is not valid, the token says nothing of a GPU here and now, and is refused. All else that NVIDIA found is a claim,
//! which a policy judges.
//!
//! Sources: NVIDIA, "Attestation: Claims Guide", GPU claims, version 3.0; NVIDIA's attestation SDK, `SerializableGpuClaimsV3`, for what is null where
//! measurements differ.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

pub use super::certificate_status::CertificateStatus;

use super::authority::{Audience, Authority, Issuer, Kind, Lifetime, Nonce, Opened};
use super::debug_status::DebugStatus;
use super::json::{FromJson, Hex, Json, Members};
use super::jwks::TrustedKeys;
use super::jws::MAX_TOKEN_BYTES;
use super::refusal::TokenRefusal;
use crate::claim::{Claim, Claims, EvidenceKind};
use crate::crypto::{AwsLc, Crypto};
use crate::excerpt::Excerpt;
use crate::refusal::{Refusal, within};
use crate::verified::Verified;

/// The one issuer.
const ISSUER: &str = "https://nras.attestation.nvidia.com";

/// The version of the claims (`x-nvidia-ver`) that is read.
const VERSION: &str = "3.0";

const KIND: Kind = Kind { media_types: &["jwt", "eat+jwt"], only_parameters: None, ends_by_itself: false };

/// What NVIDIA's checks are called: in tokens after `x-nvidia-gpu-`, with `-` for `_`.
const CHECKS: [&str; 16] = [
    "arch_check",
    "attestation_report_parsed",
    "attestation_report_nonce_match",
    "attestation_report_signature_verified",
    "attestation_report_cert_chain_fwid_match",
    "driver_rim_fetched",
    "driver_rim_schema_validated",
    "driver_rim_signature_verified",
    "driver_rim_version_match",
    "driver_rim_measurements_available",
    "vbios_rim_fetched",
    "vbios_rim_schema_validated",
    "vbios_rim_signature_verified",
    "vbios_rim_version_match",
    "vbios_rim_measurements_available",
    "vbios_index_no_conflict",
];

/// The checks without which nothing is known of the GPU, and why a token without one is refused. `eat_nonce` is only what NVIDIA was asked to
/// look for: whether the GPU answered it is the second.
const INDISPENSABLE: [(&str, &str); 2] = [
    (
        "attestation_report_signature_verified",
        "is about a report whose signature NVIDIA did not verify: nothing shows that the GPU made it",
    ),
    (
        "attestation_report_nonce_match",
        "is about a report that does not answer the nonce, as NVIDIA says: ask the GPU for a new one",
    ),
];

/// Verifies bundles of NVIDIA's service.
#[derive(Debug, Clone)]
pub struct Verifier {
    authority: Authority,
}

/// A bundle and the nonce it must answer.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The bundle, as the service answers: `[["JWT", "overall token"], {"GPU-0": "its token"}]`.
    pub bundle: &'a [u8],
    /// The 32 bytes that the evidence was asked for with.
    pub nonce: Nonce<'a>,
}

/// What NVIDIA says of one GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Nras {
    /// The GPU's label in the bundle, such as `GPU-0`.
    pub submod: String,
    /// NVIDIA's verdict on all GPUs of the bundle (`x-nvidia-overall-att-result`).
    pub overall_result: bool,
    /// The nonce that the GPU's report answers (`eat_nonce`, and NVIDIA's check that the report has it).
    pub nonce: [u8; 32],
    /// The architecture, by the model.
    pub arch: Architecture,
    /// The model (`hwmodel`), such as `GH100 A01 GSP BROM`.
    pub hwmodel: String,
    /// The GPU's identity (`ueid`).
    pub ueid: String,
    /// The manufacturer (`oemid`).
    pub oemid: Option<String>,
    /// The driver's version, three numbers.
    pub driver_version: [u32; 3],
    /// The VBIOS's version.
    pub vbios_version: String,
    /// Whether all measurements are those that NVIDIA published (`measres`).
    pub measurements_match: bool,
    /// Whether the GPU started securely (`secboot`). NVIDIA says so only of one whose measurements match.
    pub secure_boot: Option<bool>,
    /// Whether it can be debugged (`dbgstat`), said as `secure_boot` is.
    pub debug_status: Option<DebugStatus>,
    /// NVIDIA's checks by name, and whether each was made and passed. A token without a check says that it was not made: false.
    pub checks: BTreeMap<&'static str, bool>,
    /// The certificates of the report's key.
    pub report_certificates: CertificateStatus,
    /// The certificates of the driver's published measurements.
    pub driver_certificates: CertificateStatus,
    /// The certificates of the VBIOS's published measurements.
    pub vbios_certificates: CertificateStatus,
    /// NVIDIA's warning, where there is one (`x-nvidia-attestation-warning`).
    pub warning: Option<String>,
    /// When the GPU's token was signed.
    pub issued_at: Timestamp,
}

/// GPU architectures that NVIDIA attests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// H100, H200.
    Hopper,
    /// B100, B200, GB200 and their like.
    Blackwell,
}

impl Architecture {
    /// The name as a claim's case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Architecture::Hopper => "Hopper",
            Architecture::Blackwell => "Blackwell",
        }
    }

    fn of_model(hwmodel: &str) -> Option<Self> {
        if hwmodel.starts_with("GH") {
            Some(Architecture::Hopper)
        } else if hwmodel.starts_with("GB") {
            Some(Architecture::Blackwell)
        } else {
            None
        }
    }
}

impl Verifier {
    /// Takes bundles signed by `keys`: those that NVIDIA's service publishes.
    #[must_use]
    pub fn new(keys: TrustedKeys, lifetime: Lifetime) -> Self {
        Self { authority: Authority { issuer: Issuer::Named(ISSUER.to_owned()), keys, lifetime } }
    }

    /// Verifies `evidence` at the instant `now`: every GPU in it, by its label.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed. One GPU that fails refuses the whole.
    pub fn verify(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<BTreeMap<String, Verified<Nras>>, Refusal> {
        let bundle = Bundle::read(evidence.bundle)?;
        let overall = self.open(bundle.overall.as_bytes(), now)?;
        let claims = overall.members();
        let version: &str = claims.get("x-nvidia-ver")?;
        if version != VERSION {
            return Err(claims.wrong("x-nvidia-ver", format_args!("`{version}`"), format!("`{VERSION}`")).into());
        }
        let overall_result: bool = claims.get("x-nvidia-overall-att-result")?;
        let Hex::<32>(nonce) = claims.get("eat_nonce")?;
        evidence.nonce.check([nonce.as_slice()])?;

        let digests = claims.inner("submods")?;
        let meant: BTreeSet<&str> = digests.names().collect();
        let found: BTreeSet<&str> = bundle.parts.keys().map(String::as_str).collect();
        if let Some(name) = meant.symmetric_difference(&found).next() {
            let reason = if meant.contains(name) { "is missing" } else { "is not among those of the overall token" };
            return Err(submodule(name, reason).into());
        }
        if meant.is_empty() {
            return Err(claims.wrong("submods", "empty", "at least one GPU").into());
        }

        let mut gpus = BTreeMap::new();
        for (name, token) in &bundle.parts {
            if digest(&digests, name)? != AwsLc::sha256(token.as_bytes()) {
                return Err(submodule(name, "is not the one whose digest is in the overall token").into());
            }
            let opened = self.open(token.as_bytes(), now)?;
            let gpu = Nras::read(name, &opened, overall_result)?;
            if gpu.nonce != nonce {
                return Err(submodule(name, "answers another nonce than the overall token").into());
            }
            let end = opened.expires_at.min(overall.expires_at);
            gpus.insert(name.clone(), Verified::new(gpu, now, end, opened.trust_root.clone()));
        }
        Ok(gpus)
    }

    fn open(&self, token: &[u8], now: Timestamp) -> Result<Opened, Refusal> {
        self.authority.open(token, KIND, Audience::NotNamed, now)
    }
}

/// A bundle, taken apart.
struct Bundle {
    overall: String,
    parts: BTreeMap<String, String>,
}

impl Bundle {
    fn read(text: &[u8]) -> Result<Self, Refusal> {
        within("token bundle", text, MAX_TOKEN_BYTES)?;
        let form = |reason: Excerpt| TokenRefusal::Form { reason };
        let json = Json::of_stranger(text).map_err(form)?;
        let read = || {
            let [overall, parts] = <&[Json]>::read(&json)? else {
                return None;
            };
            let overall = match <&[Json]>::read(overall)? {
                [Json::Text(kind), Json::Text(token)] if kind == "JWT" => token.clone(),
                _ => return None,
            };
            let Json::Object(parts) = parts else {
                return None;
            };
            let parts = parts.iter().map(|(name, token)| Some((name.clone(), String::read(token)?)));
            Some(Self { overall, parts: parts.collect::<Option<_>>()? })
        };
        read()
            .ok_or_else(|| form(Excerpt::of(r#"it is not of the form [["JWT", "token"], {"GPU-0": "token"}]"#)).into())
    }
}

/// The digest of a GPU's token: `["DIGEST", ["SHA-256", "hexadecimal"]]`.
fn digest(digests: &Members<'_>, name: &str) -> Result<[u8; 32], TokenRefusal> {
    const EXPECTED: &str = r#"["DIGEST", ["SHA-256", 32 bytes in hexadecimal]]"#;
    let read = |entry: &[Json]| match entry {
        [Json::Text(form), Json::List(digest)] if form == "DIGEST" => match digest.as_slice() {
            // The service writes either name.
            [Json::Text(hash), value] if hash == "SHA-256" || hash == "SHA256" => {
                Hex::<32>::read(value).map(|Hex(digest)| digest)
            }
            _ => None,
        },
        _ => None,
    };
    let entry: &[Json] = digests.get(name)?;
    read(entry).ok_or_else(|| digests.wrong(name, "something else", EXPECTED))
}

fn submodule(name: &str, reason: &'static str) -> TokenRefusal {
    TokenRefusal::Submodule { name: Excerpt::of(name), reason }
}

impl Nras {
    fn read(submod: &str, opened: &Opened, overall_result: bool) -> Result<Self, TokenRefusal> {
        let claims = opened.members();
        let Hex(nonce) = claims.get("eat_nonce")?;
        let hwmodel: String = claims.get("hwmodel")?;
        let arch = Architecture::of_model(&hwmodel)
            .ok_or_else(|| claims.wrong("hwmodel", format_args!("`{hwmodel}`"), "a GPU: a model GH… or GB…"))?;
        let measurements_match = match claims.get("measres")? {
            "success" => true,
            "fail" => false,
            other => return Err(claims.wrong("measres", format_args!("`{other}`"), "`success` or `fail`")),
        };
        let mut checks = BTreeMap::new();
        for check in CHECKS {
            let passed = claims.find(&format!("x-nvidia-gpu-{}", check.replace('_', "-")))?;
            checks.insert(check, passed.unwrap_or(false));
        }
        for (check, reason) in INDISPENSABLE {
            if checks.get(check) != Some(&true) {
                return Err(submodule(submod, reason));
            }
        }
        let report_certificates = CertificateStatus::read(&claims, "x-nvidia-gpu-attestation-report-cert-chain")?;
        report_certificates.check().map_err(|reason| submodule(submod, reason))?;
        Ok(Self {
            submod: submod.to_owned(),
            overall_result,
            nonce,
            arch,
            hwmodel,
            ueid: claims.get("ueid")?,
            oemid: claims.find("oemid")?,
            driver_version: driver_version(&claims)?,
            vbios_version: claims.get("x-nvidia-gpu-vbios-version")?,
            measurements_match,
            secure_boot: claims.find("secboot")?,
            debug_status: claims.find("dbgstat")?,
            checks,
            report_certificates,
            driver_certificates: CertificateStatus::read(&claims, "x-nvidia-gpu-driver-rim-cert-chain")?,
            vbios_certificates: CertificateStatus::read(&claims, "x-nvidia-gpu-vbios-rim-cert-chain")?,
            warning: claims.find("x-nvidia-attestation-warning")?,
            issued_at: opened.issued_at,
        })
    }
}

/// `550.90.07`: two or three numbers, of which the last may be missing and counts as 0 then.
fn driver_version(claims: &Members<'_>) -> Result<[u32; 3], TokenRefusal> {
    const NAME: &str = "x-nvidia-gpu-driver-version";
    let text: &str = claims.get(NAME)?;
    let number =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u32>().ok()).flatten();
    let numbers: Option<Vec<u32>> = text.split('.').map(number).collect();
    match numbers.as_deref() {
        Some([major, minor]) => Ok([*major, *minor, 0]),
        Some([major, minor, patch]) => Ok([*major, *minor, *patch]),
        Some(_) | None => Err(claims.wrong(NAME, format_args!("`{text}`"), "a version of two or three numbers")),
    }
}

impl Claims for Nras {
    const KIND: EvidenceKind = EvidenceKind::Nras;

    fn claims(&self) -> Vec<(&'static str, Claim)> {
        let text = |text: &String| Claim::Text(text.clone());
        let [major, minor, patch] = self.driver_version;
        let mut claims = vec![
            ("submod", text(&self.submod)),
            ("overall_result", Claim::Bool(self.overall_result)),
            ("nonce", Claim::bytes(&self.nonce)),
            ("arch", Claim::Case(self.arch.name())),
            ("hwmodel", text(&self.hwmodel)),
            ("ueid", text(&self.ueid)),
            ("oemid", Claim::optional(self.oemid.clone(), Claim::Text)),
            ("driver_version", Claim::Version { major, minor, patch }),
            ("vbios_version", text(&self.vbios_version)),
            ("measres", Claim::Case(if self.measurements_match { "success" } else { "fail" })),
            ("secboot", Claim::optional(self.secure_boot, Claim::Bool)),
            ("dbgstat", Claim::optional(self.debug_status, |status| Claim::Case(status.name()))),
        ];
        claims.extend(self.checks.iter().map(|(name, passed)| (*name, Claim::Bool(*passed))));
        claims.extend([
            ("attestation_report_cert_status", text(&self.report_certificates.status)),
            ("attestation_report_cert_ocsp_status", text(&self.report_certificates.ocsp_status)),
            ("driver_rim_cert_status", text(&self.driver_certificates.status)),
            ("driver_rim_cert_ocsp_status", text(&self.driver_certificates.ocsp_status)),
            ("vbios_rim_cert_status", text(&self.vbios_certificates.status)),
            ("vbios_rim_cert_ocsp_status", text(&self.vbios_certificates.ocsp_status)),
            ("warning", Claim::optional(self.warning.clone(), Claim::Text)),
            ("issuer", Claim::Text(ISSUER.to_owned())),
            ("issued_at", Claim::Time(self.issued_at)),
        ]);
        claims
    }
}
