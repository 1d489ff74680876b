//! Evidence as files: which ones a kind of evidence needs, and its verification.

use crate::failure::{CHAIN, Failure, SIMULATED};
use crate::source::Source;
use crate::token::{SvidBytes, SvidFiles, TokenBytes, TokenFiles, TokenKind};
use crate::verified::VerifiedEvidence;
use atbac_engine::evidence::dcap::{self, Collateral, IntelRoot};
use atbac_engine::evidence::gpu::{self, NvidiaRoots};
use atbac_engine::evidence::snp::{self, AmdRoots, Chain, Expectations, Revocation, container};
use atbac_engine::evidence::{Expected, Refusal, certificates};
use jiff::Timestamp;
use serde::Deserialize;
use std::path::Path;
use std::str::FromStr;
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// The most bytes read of a file of evidence or certificates: 1 MiB. Verifiers have narrower limits of their own, and say so as a refusal.
const MAX_EVIDENCE_BYTES: u64 = 1024 * 1024;
/// The most bytes read of a file of collateral: 8 MiB.
const MAX_COLLATERAL_BYTES: u64 = 8 * 1024 * 1024;

/// A piece of evidence by its files, as a session file states it.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    tag = "evidence",
    rename_all = "lowercase",
    expecting = "an object with `evidence`: `snp`, `tdx`, `sgx`, `gpu`, `nvswitch`, `ear`, `nras`, `maa`, `confidential-space`, `jwt-svid` or `x509-svid`, and its files"
)]
pub(crate) enum EvidenceFiles {
    /// AMD SEV-SNP.
    Snp(SnpFiles),
    /// Intel TDX.
    Tdx(QuoteFiles),
    /// Intel SGX.
    Sgx(QuoteFiles),
    /// An NVIDIA GPU.
    Gpu(DeviceFiles),
    /// An NVIDIA NVSwitch.
    NvSwitch(DeviceFiles),
    /// An EAT Attestation Result.
    Ear(TokenFiles),
    /// A bundle of NVIDIA's Remote Attestation Service.
    Nras(TokenFiles),
    /// An Azure Attestation token.
    Maa(TokenFiles),
    /// A Confidential Space token.
    #[serde(rename = "confidential-space")]
    ConfidentialSpace(TokenFiles),
    /// A SPIFFE JWT-SVID.
    #[serde(rename = "jwt-svid")]
    JwtSvid(TokenFiles),
    /// A SPIFFE X.509-SVID.
    #[serde(rename = "x509-svid")]
    X509Svid(SvidFiles),
}

/// The files of an SNP report.
#[derive(Clone, Debug, Deserialize, clap::Args)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with `report` and, optionally, `vek`, `chain`, `crl`, `trust_anchor`, `simulated`, `host_data`, `id_key_digest` and `author_key_digest`"
)]
pub(crate) struct SnpFiles {
    /// The attestation report: 1184 bytes, or what they come in (a certificate table, an Azure HCL blob, JSON, hexadecimal or base64 text)
    #[arg(long, value_name = "FILE")]
    report: Source,
    /// The certificate of the key that signed it (VCEK or VLEK), DER or PEM; without, the one that came with the report
    #[arg(long, value_name = "FILE")]
    vek: Option<Source>,
    /// The ASK (or ASVK) and ARK certificates, DER or PEM, in any order, in one file or two; without, those that came with the report, or
    /// AMD's built-in ones
    #[arg(long, value_name = "FILE")]
    #[serde(default)]
    chain: Vec<Source>,
    /// The revocation list that the ARK signed, DER or PEM; without, revocation is not checked, and a claim says so
    #[arg(long, value_name = "FILE")]
    crl: Option<Source>,
    /// The only root to trust, an ARK in DER or PEM; without, AMD's
    #[arg(long, value_name = "FILE")]
    trust_anchor: Option<Source>,
    /// Take simulated evidence, which anyone can sign (`atbac simulate`), and no other: to learn and to test
    #[arg(long = "dangerous-simulated-evidence", conflicts_with = "trust_anchor")]
    #[serde(default)]
    simulated: bool,
    /// The host data to insist on, 32 bytes in hexadecimal; without, any is accepted, and the claim is yours to compare
    #[arg(long, value_name = "HEX")]
    host_data: Option<Hex<32>>,
    /// The SHA-384 of the ID key to insist on, in hexadecimal; without, any is accepted, and the claim is yours to compare
    #[arg(long, value_name = "HEX")]
    id_key_digest: Option<Hex<48>>,
    /// The SHA-384 of the author key to insist on, in hexadecimal; without, any is accepted, and the claim is yours to compare
    #[arg(long, value_name = "HEX")]
    author_key_digest: Option<Hex<48>>,
}

/// `N` bytes, written in hexadecimal.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Hex<const N: usize>([u8; N]);

impl<const N: usize> FromStr for Hex<N> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut bytes = [0; N];
        hex::decode_to_slice(text, &mut bytes)
            .map_err(|_| format!("expected {N} bytes in hexadecimal, {} digits", 2 * N))?;
        Ok(Self(bytes))
    }
}

impl<const N: usize> TryFrom<String> for Hex<N> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The files of a TDX or SGX quote.
#[derive(Clone, Debug, Deserialize, clap::Args)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with `quote`, `collateral` and, optionally, `trust_anchor` or `simulated`"
)]
pub(crate) struct QuoteFiles {
    /// The quote
    #[arg(long, value_name = "FILE")]
    quote: Source,
    /// Intel's collateral for its platform, a JSON object
    #[arg(long, value_name = "FILE")]
    collateral: Source,
    /// The only root to trust, DER or PEM; without, Intel's SGX Root CA
    #[arg(long, value_name = "FILE")]
    trust_anchor: Option<Source>,
    /// Take simulated evidence, which anyone can sign (`atbac simulate`), and no other: to learn and to test
    #[arg(long = "dangerous-simulated-evidence", conflicts_with = "trust_anchor")]
    #[serde(default)]
    simulated: bool,
}

/// The files of a report of a device of NVIDIA's.
#[derive(Clone, Debug, Deserialize, clap::Args)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with `report`, `chain` and, optionally, `root_crl` with `identity_crl`, and `trust_anchor`"
)]
pub(crate) struct DeviceFiles {
    /// The report: the SPDM request and the response to it in one, as NVIDIA's driver gives them
    #[arg(long, value_name = "FILE")]
    report: Source,
    /// The five certificates of the device, PEM, the attestation key's first and the root last
    #[arg(long, value_name = "FILE")]
    chain: Source,
    /// NVIDIA's root's revocation list, DER or PEM; without, revocation is not checked, and a claim says so
    #[arg(long, value_name = "FILE", requires = "identity_crl")]
    root_crl: Option<Source>,
    /// The revocation list of the authority beneath the root, DER or PEM
    #[arg(long, value_name = "FILE", requires = "root_crl")]
    identity_crl: Option<Source>,
    /// The only root to trust, DER or PEM; without, NVIDIA's
    #[arg(long, value_name = "FILE")]
    trust_anchor: Option<Source>,
    /// The nonce to insist on, 32 bytes in hexadecimal; without, any is accepted, and the claim `nonce` is yours to compare
    #[arg(long, value_name = "HEX", value_parser = nonce)]
    #[serde(skip)]
    nonce: Option<[u8; 32]>,
}

fn nonce(text: &str) -> Result<[u8; 32], String> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| "expected 32 bytes in hexadecimal, 64 digits".to_owned())?;
    Ok(bytes)
}

/// A piece of evidence, read and not yet verified.
pub(crate) enum Unverified {
    Snp(SnpBytes),
    Tdx(QuoteBytes),
    Sgx(QuoteBytes),
    Gpu(DeviceBytes),
    NvSwitch(DeviceBytes),
    Token(TokenBytes),
    X509Svid(SvidBytes),
}

pub(crate) struct SnpBytes {
    /// The report in its container.
    report: Vec<u8>,
    vek: Option<Vec<u8>>,
    /// ASK and ARK.
    chain: Option<[Vec<u8>; 2]>,
    crl: Option<Vec<u8>>,
    anchor: Anchor,
    host_data: Option<Hex<32>>,
    id_key_digest: Option<Hex<48>>,
    author_key_digest: Option<Hex<48>>,
}

pub(crate) struct QuoteBytes {
    quote: Vec<u8>,
    collateral: Vec<u8>,
    anchor: Anchor,
}

pub(crate) struct DeviceBytes {
    report: Vec<u8>,
    chain: Vec<u8>,
    /// The root's list and that of the authority beneath it.
    crls: Option<[Vec<u8>; 2]>,
    trust_anchor: Option<Vec<u8>>,
    nonce: Option<[u8; 32]>,
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

impl EvidenceFiles {
    /// Refuses evidence that says that it is simulated where that is not `allowed`; `place` is where it stands, for the message.
    ///
    /// # Errors
    /// [`Failure`] that names the flag.
    pub(crate) fn check_simulated(&self, allowed: bool, place: &str) -> Result<(), Failure> {
        let simulated = match self {
            EvidenceFiles::Snp(files) => files.simulated,
            EvidenceFiles::Tdx(files) | EvidenceFiles::Sgx(files) => files.simulated,
            EvidenceFiles::Gpu(_)
            | EvidenceFiles::NvSwitch(_)
            | EvidenceFiles::Ear(_)
            | EvidenceFiles::Nras(_)
            | EvidenceFiles::Maa(_)
            | EvidenceFiles::ConfidentialSpace(_)
            | EvidenceFiles::JwtSvid(_)
            | EvidenceFiles::X509Svid(_) => false,
        };
        if allowed || !simulated {
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
            EvidenceFiles::Gpu(files) => files.read(folder).map(Unverified::Gpu),
            EvidenceFiles::NvSwitch(files) => files.read(folder).map(Unverified::NvSwitch),
            EvidenceFiles::Ear(files) => files.read(TokenKind::Ear, folder).map(Unverified::Token),
            EvidenceFiles::Nras(files) => files.read(TokenKind::Nras, folder).map(Unverified::Token),
            EvidenceFiles::Maa(files) => files.read(TokenKind::Maa, folder).map(Unverified::Token),
            EvidenceFiles::ConfidentialSpace(files) => {
                files.read(TokenKind::ConfidentialSpace, folder).map(Unverified::Token)
            }
            EvidenceFiles::JwtSvid(files) => files.read(TokenKind::JwtSvid, folder).map(Unverified::Token),
            EvidenceFiles::X509Svid(files) => files.read(folder).map(Unverified::X509Svid),
        }
    }
}

impl SnpFiles {
    fn read(&self, folder: &Path) -> Result<SnpBytes, Failure> {
        let read = |source: &Source, what: &str| source.read(folder, what, MAX_EVIDENCE_BYTES);
        let chain = self.chain.iter().map(|path| read(path, "a certificate")).collect::<Result<Vec<_>, _>>()?;
        Ok(SnpBytes {
            report: read(&self.report, "an attestation report")?,
            vek: self.vek.as_ref().map(|path| read(path, "a certificate")).transpose()?,
            chain: in_order(&chain)?,
            crl: self.crl.as_ref().map(|path| read(path, "a revocation list")).transpose()?,
            anchor: Anchor::read(self.trust_anchor.as_ref(), self.simulated, folder)?,
            host_data: self.host_data,
            id_key_digest: self.id_key_digest,
            author_key_digest: self.author_key_digest,
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

/// The bytes to insist on; without any, the policy judges them.
fn exactly<const N: usize>(bytes: Option<&Hex<N>>) -> Expected<'_, N> {
    bytes.map_or(Expected::LeftToPolicy, |Hex(bytes)| Expected::Exactly(bytes))
}

impl DeviceFiles {
    fn read(&self, folder: &Path) -> Result<DeviceBytes, Failure> {
        let read = |source: &Source, what: &str| source.read(folder, what, MAX_EVIDENCE_BYTES);
        let crls = match (&self.root_crl, &self.identity_crl) {
            (Some(root), Some(identity)) => {
                Some([read(root, "a revocation list")?, read(identity, "a revocation list")?])
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                let message = "one revocation list is there without the other; expected both or none";
                return Err(Failure::new(CHAIN, message.to_owned()));
            }
        };
        Ok(DeviceBytes {
            report: read(&self.report, "an attestation report")?,
            chain: read(&self.chain, "a chain of certificates")?,
            crls,
            trust_anchor: self.trust_anchor.as_ref().map(|path| read(path, "a certificate")).transpose()?,
            nonce: self.nonce,
        })
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
    /// Verifies at the instant `now`. Devices have no report data: their files say which nonce to insist on.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub(crate) fn verify(&self, report_data: Expected<'_>, now: Timestamp) -> Result<VerifiedEvidence, Refusal> {
        match self {
            Unverified::Snp(bytes) => {
                let contents = container::unwrap(&bytes.report)?;
                let evidence = snp::Evidence {
                    report: &contents.report,
                    vek: bytes.vek.as_deref().map_or_else(|| contents.vek(), Ok)?,
                    chain: bytes.chain.as_ref().map_or(contents.chain(), |[ask, ark]| Chain::Given { ask, ark }),
                    revocation: bytes.crl.as_deref().map_or(Revocation::NotChecked, Revocation::Crl),
                    expected: Expectations {
                        report_data,
                        host_data: exactly(bytes.host_data.as_ref()),
                        id_key_digest: exactly(bytes.id_key_digest.as_ref()),
                        author_key_digest: exactly(bytes.author_key_digest.as_ref()),
                    },
                };
                let roots = match &bytes.anchor {
                    Anchor::BuiltIn => AmdRoots::built_in(),
                    Anchor::Given(ark) => AmdRoots::given(ark)?,
                    Anchor::Development => {
                        let simulated = snp::Verifier::dangerous_development().verify(&evidence, now)?;
                        return Ok(VerifiedEvidence::SimulatedSnp(simulated));
                    }
                };
                snp::Verifier::new(roots).verify(&evidence, now).map(VerifiedEvidence::Snp)
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
            Unverified::Gpu(bytes) => bytes.verifier()?.verify_gpu(&bytes.evidence(), now).map(VerifiedEvidence::Gpu),
            Unverified::NvSwitch(bytes) => {
                bytes.verifier()?.verify_switch(&bytes.evidence(), now).map(VerifiedEvidence::NvSwitch)
            }
            Unverified::Token(bytes) => bytes.verify(now),
            Unverified::X509Svid(bytes) => bytes.verify(now),
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

impl DeviceBytes {
    fn verifier(&self) -> Result<gpu::Verifier, Refusal> {
        let roots = self.trust_anchor.as_deref().map_or_else(|| Ok(NvidiaRoots::built_in()), NvidiaRoots::given)?;
        Ok(gpu::Verifier::new(roots))
    }

    fn evidence(&self) -> gpu::Evidence<'_> {
        gpu::Evidence {
            report: &self.report,
            chain: &self.chain,
            revocation: match &self.crls {
                Some([root, identity]) => gpu::Revocation::Crls { root, identity },
                None => gpu::Revocation::NotChecked,
            },
            nonce: self.nonce.as_ref().map_or(Expected::LeftToPolicy, Expected::Exactly),
        }
    }
}
