//! Evidence as files: which ones a kind of evidence needs, and its verification.

use crate::failure::{CHAIN, Failure, SIMULATED};
use crate::source::Source;
use atbac_engine::evidence::dcap::{self, Collateral, IntelRoot, Sgx, Tdx};
use atbac_engine::evidence::snp::{self, AmdRoots, Chain, Revocation, Snp};
use atbac_engine::evidence::{
    Claim, EvidenceKind, Expected, Refusal, RootIdentity, Simulated, TrustRoot, Verified, certificates,
};
use atbac_engine::{Fields, InputError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::Path;
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// The most bytes read of a file of evidence or certificates: 1 MiB. Verifiers have narrower limits of their own, and say so as a refusal.
const MAX_EVIDENCE_BYTES: u64 = 1024 * 1024;
/// The most bytes read of a file of collateral: 8 MiB.
const MAX_COLLATERAL_BYTES: u64 = 8 * 1024 * 1024;

/// A piece of evidence by its files, as a session file states it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(
    tag = "evidence",
    rename_all = "lowercase",
    expecting = "an object with `evidence`: `snp`, `tdx` or `sgx`, and its files"
)]
pub(crate) enum EvidenceFiles {
    /// AMD SEV-SNP.
    Snp(SnpFiles),
    /// Intel TDX.
    Tdx(QuoteFiles),
    /// Intel SGX.
    Sgx(QuoteFiles),
}

/// The files of an SNP report.
#[derive(Clone, Debug, Deserialize, Serialize, clap::Args)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with `report`, `vek` and, optionally, `chain`, `crl`, `trust_anchor` and `simulated`"
)]
pub(crate) struct SnpFiles {
    /// The attestation report, 1184 bytes
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Source,
    /// The certificate of the key that signed it (VCEK or VLEK), DER or PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) vek: Source,
    /// The ASK (or ASVK) and ARK certificates, DER or PEM, in any order, in one file or two; without, AMD's built-in ones
    #[arg(long, value_name = "FILE")]
    #[serde(default)]
    pub(crate) chain: Vec<Source>,
    /// The revocation list that the ARK signed, DER or PEM; without, revocation is not checked, and a claim says so
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) crl: Option<Source>,
    /// The only root to trust, an ARK in DER or PEM; without, AMD's
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trust_anchor: Option<Source>,
    /// Take simulated evidence, which anyone can sign (`atbac simulate`), and no other: to learn and to test
    #[arg(long = "dangerous-simulated-evidence", conflicts_with = "trust_anchor")]
    #[serde(default)]
    pub(crate) simulated: bool,
}

/// The files of a TDX or SGX quote.
#[derive(Clone, Debug, Deserialize, Serialize, clap::Args)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with `quote`, `collateral` and, optionally, `trust_anchor` and `simulated`"
)]
pub(crate) struct QuoteFiles {
    /// The quote
    #[arg(long, value_name = "FILE")]
    pub(crate) quote: Source,
    /// Intel's collateral for its platform, a JSON object
    #[arg(long, value_name = "FILE")]
    pub(crate) collateral: Source,
    /// The only root to trust, DER or PEM; without, Intel's SGX Root CA
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trust_anchor: Option<Source>,
    /// Take simulated evidence, which anyone can sign (`atbac simulate`), and no other: to learn and to test
    #[arg(long = "dangerous-simulated-evidence", conflicts_with = "trust_anchor")]
    #[serde(default)]
    pub(crate) simulated: bool,
}

/// A piece of evidence, read and not yet verified.
pub(crate) enum Unverified {
    Snp(SnpBytes),
    Tdx(QuoteBytes),
    Sgx(QuoteBytes),
}

pub(crate) struct SnpBytes {
    report: Vec<u8>,
    vek: Vec<u8>,
    /// ASK and ARK.
    chain: Option<[Vec<u8>; 2]>,
    crl: Option<Vec<u8>>,
    anchor: Anchor,
}

pub(crate) struct QuoteBytes {
    quote: Vec<u8>,
    collateral: Vec<u8>,
    anchor: Anchor,
}

/// The roots to trust.
enum Anchor {
    /// The vendor's.
    BuiltIn,
    /// Only this certificate.
    Given(Vec<u8>),
    /// The development roots, under which anyone can sign.
    Development,
}

impl EvidenceFiles {
    /// Whether the evidence says that it is simulated. It is then verified as such, and never as genuine.
    pub(crate) fn is_simulated(&self) -> bool {
        match self {
            EvidenceFiles::Snp(files) => files.simulated,
            EvidenceFiles::Tdx(files) | EvidenceFiles::Sgx(files) => files.simulated,
        }
    }

    /// Refuses simulated evidence where it is not `allowed`; `place` is where it stands, for the message.
    ///
    /// # Errors
    /// [`Failure`] that names the flag.
    pub(crate) fn check_simulated(&self, allowed: bool, place: &str) -> Result<(), Failure> {
        if allowed || !self.is_simulated() {
            return Ok(());
        }
        let message = format!(
            "{place} is simulated evidence, which anyone can sign: to try a policy out with it, add `--dangerous-simulated-evidence`"
        );
        Err(Failure::new(SIMULATED, message))
    }

    /// Reads the files; relative paths are from `folder`.
    ///
    /// # Errors
    /// [`Failure`] when one cannot be read. What they say is for the verifier.
    pub(crate) fn read(&self, folder: &Path) -> Result<Unverified, Failure> {
        match self {
            EvidenceFiles::Snp(files) => files.read(folder).map(Unverified::Snp),
            EvidenceFiles::Tdx(files) => files.read(folder).map(Unverified::Tdx),
            EvidenceFiles::Sgx(files) => files.read(folder).map(Unverified::Sgx),
        }
    }
}

impl SnpFiles {
    fn read(&self, folder: &Path) -> Result<SnpBytes, Failure> {
        let read = |source: &Source, what: &str| source.read(folder, what, MAX_EVIDENCE_BYTES);
        let chain = self.chain.iter().map(|source| read(source, "a certificate")).collect::<Result<Vec<_>, _>>()?;
        Ok(SnpBytes {
            report: read(&self.report, "an attestation report")?,
            vek: read(&self.vek, "a certificate")?,
            chain: in_order(&chain)?,
            crl: self.crl.as_ref().map(|source| read(source, "a revocation list")).transpose()?,
            anchor: Anchor::read(self.trust_anchor.as_ref(), self.simulated, folder)?,
        })
    }
}

impl QuoteFiles {
    fn read(&self, folder: &Path) -> Result<QuoteBytes, Failure> {
        Ok(QuoteBytes {
            quote: self.quote.read(folder, "a quote", MAX_EVIDENCE_BYTES)?,
            collateral: self.collateral.read(folder, "collateral", MAX_COLLATERAL_BYTES)?,
            anchor: Anchor::read(self.trust_anchor.as_ref(), self.simulated, folder)?,
        })
    }
}

impl Anchor {
    fn read(given: Option<&Source>, simulated: bool, folder: &Path) -> Result<Self, Failure> {
        match (given, simulated) {
            (None, false) => Ok(Anchor::BuiltIn),
            (Some(source), false) => source.read(folder, "a certificate", MAX_EVIDENCE_BYTES).map(Anchor::Given),
            (None, true) => Ok(Anchor::Development),
            (Some(_), true) => {
                let message = "simulated evidence has a root of its own: leave `trust_anchor` out, or `simulated`";
                Err(Failure::new(SIMULATED, message))
            }
        }
    }
}

/// The ASK and the ARK in the files of a chain; `None` of no files.
fn in_order(files: &[Vec<u8>]) -> Result<Option<[Vec<u8>; 2]>, Failure> {
    if files.is_empty() {
        return Ok(None);
    }
    let mut found = Vec::new();
    for file in files {
        match certificates(file) {
            Ok(documents) => found.extend(documents.into_iter().map(|document| document.into_owned())),
            // Left as it is, for the verifier to refuse.
            Err(_) => found.push(file.clone()),
        }
    }
    match <[Vec<u8>; 2]>::try_from(found) {
        Ok([ark, ask]) if is_self_issued(&ark) && !is_self_issued(&ask) => Ok(Some([ask, ark])),
        Ok(chain) => Ok(Some(chain)),
        Err(found) => {
            let message =
                format!("the chain has {} certificates; expected two: the ASK (or ASVK) and the ARK", found.len());
            Err(Failure::new(CHAIN, message))
        }
    }
}

/// Whether a certificate names itself as its issuer, as roots do. Only tells which of two files is which: the verifier checks both.
fn is_self_issued(der: &[u8]) -> bool {
    Certificate::from_der(der).is_ok_and(|certificate| {
        let certificate = certificate.tbs_certificate();
        certificate.issuer() == certificate.subject()
    })
}

impl Unverified {
    /// Verifies at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub(crate) fn verify(&self, report_data: Expected<'_>, now: Timestamp) -> Result<VerifiedEvidence, Refusal> {
        match self {
            Unverified::Snp(bytes) => {
                let evidence = snp::Evidence {
                    report: &bytes.report,
                    vek: &bytes.vek,
                    chain: bytes.chain.as_ref().map_or(Chain::BuiltIn, |[ask, ark]| Chain::Given { ask, ark }),
                    revocation: bytes.crl.as_deref().map_or(Revocation::NotChecked, Revocation::Crl),
                    report_data,
                };
                let verifier = snp::Verifier::new(match &bytes.anchor {
                    Anchor::BuiltIn => AmdRoots::built_in(),
                    Anchor::Given(ark) => AmdRoots::given(ark)?,
                    Anchor::Development => {
                        let simulated = snp::Verifier::dangerous_development().verify(&evidence, now)?;
                        return Ok(VerifiedEvidence::SimulatedSnp(simulated));
                    }
                });
                verifier.verify(&evidence, now).map(VerifiedEvidence::Snp)
            }
            Unverified::Tdx(bytes) => {
                let collateral = Collateral::from_json(&bytes.collateral)?;
                let evidence = dcap::Evidence { quote: &bytes.quote, collateral: &collateral, report_data };
                match bytes.verifier()? {
                    Some(verifier) => verifier.verify_tdx(&evidence, now).map(VerifiedEvidence::Tdx),
                    None => dcap::Verifier::dangerous_development()
                        .verify_tdx(&evidence, now)
                        .map(VerifiedEvidence::SimulatedTdx),
                }
            }
            Unverified::Sgx(bytes) => {
                let collateral = Collateral::from_json(&bytes.collateral)?;
                let evidence = dcap::Evidence { quote: &bytes.quote, collateral: &collateral, report_data };
                match bytes.verifier()? {
                    Some(verifier) => verifier.verify_sgx(&evidence, now).map(VerifiedEvidence::Sgx),
                    None => dcap::Verifier::dangerous_development()
                        .verify_sgx(&evidence, now)
                        .map(VerifiedEvidence::SimulatedSgx),
                }
            }
        }
    }
}

impl QuoteBytes {
    /// The verifier of genuine quotes under the root asked for; none for simulated ones.
    fn verifier(&self) -> Result<Option<dcap::Verifier>, Refusal> {
        Ok(match &self.anchor {
            Anchor::BuiltIn => Some(dcap::Verifier::new(IntelRoot::built_in())),
            Anchor::Given(root) => Some(dcap::Verifier::new(IntelRoot::given(root)?)),
            Anchor::Development => None,
        })
    }
}

/// Evidence that its verifier accepted.
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
pub(crate) enum VerifiedEvidence {
    Snp(Verified<Snp>),
    Tdx(Verified<Tdx>),
    Sgx(Verified<Sgx>),
    SimulatedSnp(Simulated<Snp>),
    SimulatedTdx(Simulated<Tdx>),
    SimulatedSgx(Simulated<Sgx>),
}

/// The root that accepted evidence ends at.
pub(crate) enum Root<'a> {
    /// One that production may trust.
    Trusted(&'a TrustRoot),
    /// A development root: the evidence proves nothing.
    Development(&'a RootIdentity),
}

impl VerifiedEvidence {
    pub(crate) fn kind(&self) -> EvidenceKind {
        match self {
            VerifiedEvidence::Snp(_) | VerifiedEvidence::SimulatedSnp(_) => EvidenceKind::Snp,
            VerifiedEvidence::Tdx(_) | VerifiedEvidence::SimulatedTdx(_) => EvidenceKind::Tdx,
            VerifiedEvidence::Sgx(_) | VerifiedEvidence::SimulatedSgx(_) => EvidenceKind::Sgx,
        }
    }

    pub(crate) fn claims(&self) -> Claim {
        match self {
            VerifiedEvidence::Snp(evidence) => evidence.claims(),
            VerifiedEvidence::Tdx(evidence) => evidence.claims(),
            VerifiedEvidence::Sgx(evidence) => evidence.claims(),
            VerifiedEvidence::SimulatedSnp(evidence) => evidence.claims(),
            VerifiedEvidence::SimulatedTdx(evidence) => evidence.claims(),
            VerifiedEvidence::SimulatedSgx(evidence) => evidence.claims(),
        }
    }

    pub(crate) fn root(&self) -> Root<'_> {
        match self {
            VerifiedEvidence::Snp(evidence) => Root::Trusted(evidence.trust_root()),
            VerifiedEvidence::Tdx(evidence) => Root::Trusted(evidence.trust_root()),
            VerifiedEvidence::Sgx(evidence) => Root::Trusted(evidence.trust_root()),
            VerifiedEvidence::SimulatedSnp(evidence) => Root::Development(evidence.root()),
            VerifiedEvidence::SimulatedTdx(evidence) => Root::Development(evidence.root()),
            VerifiedEvidence::SimulatedSgx(evidence) => Root::Development(evidence.root()),
        }
    }

    /// Sets an attested field to this evidence.
    ///
    /// # Errors
    /// [`InputError`] when the policy takes no such evidence there.
    pub(crate) fn fill(&self, fields: Fields, field: &str) -> Result<Fields, InputError> {
        match self {
            VerifiedEvidence::Snp(evidence) => fields.attested(field, evidence),
            VerifiedEvidence::Tdx(evidence) => fields.attested(field, evidence),
            VerifiedEvidence::Sgx(evidence) => fields.attested(field, evidence),
            VerifiedEvidence::SimulatedSnp(evidence) => fields.dangerous_simulated(field, evidence),
            VerifiedEvidence::SimulatedTdx(evidence) => fields.dangerous_simulated(field, evidence),
            VerifiedEvidence::SimulatedSgx(evidence) => fields.dangerous_simulated(field, evidence),
        }
    }
}
