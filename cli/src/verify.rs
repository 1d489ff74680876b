//! `atbac verify`: is a piece of evidence genuine, and what does it prove.

use crate::claim_report;
use crate::evidence::{DeviceFiles, EvidenceFiles, QuoteFiles, SnpFiles};
use crate::failure::Failure;
use crate::instant;
use crate::report::{Answer, Report};
use crate::session_file;
use crate::text::Text;
use crate::token::{SvidFiles, TokenFiles};
use crate::verified::{Root, VerifiedEvidence};
use atbac_engine::evidence::{Expected, Refusal, TrustRoot};
use jiff::Timestamp;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Verify a piece of evidence, and show what it proves
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac verify snp --report report.bin --vek vcek.der --at 2026-06-30T12:00:00Z

Answers yes with the verified claims, in groups and each with what it means, and with what a careful policy would refuse; or no with the code of the \
check that failed. Programs ask with `--json`.")]
pub(crate) struct Args {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(clap::Subcommand)]
enum Kind {
    /// An AMD SEV-SNP attestation report
    #[command(after_help = "\
Example: atbac verify snp --report report.bin --vek vcek.der --at 2026-06-30T12:00:00Z")]
    Snp {
        #[command(flatten)]
        files: SnpFiles,
        #[command(flatten)]
        terms: Terms,
    },
    /// An Intel TDX quote
    #[command(after_help = "\
Example: atbac verify tdx --quote quote.bin --collateral collateral.json --at 2025-07-04T12:00:00Z")]
    Tdx {
        #[command(flatten)]
        files: QuoteFiles,
        #[command(flatten)]
        terms: Terms,
    },
    /// An Intel SGX quote
    #[command(after_help = "\
Example: atbac verify sgx --quote quote.bin --collateral collateral.json --at 2025-07-04T12:00:00Z")]
    Sgx {
        #[command(flatten)]
        files: QuoteFiles,
        #[command(flatten)]
        terms: Terms,
    },
    /// An NVIDIA GPU's attestation report
    #[command(after_help = "\
Example: atbac verify gpu --report report.bin --chain chain.pem --at 2026-06-30T12:00:00Z")]
    Gpu(DeviceArgs),
    /// An NVIDIA NVSwitch's attestation report
    #[command(
        name = "nvswitch",
        after_help = "Example: atbac verify nvswitch --report report.bin --chain chain.pem --at 2026-06-30T12:00:00Z"
    )]
    NvSwitch(DeviceArgs),
    /// An appraisal of an EAT Attestation Result
    #[command(after_help = "\
Example: atbac verify ear --token result.jwt --keys jwks.json --lifetime 3600 --audience https://ledger.acme.example --part cpu0 --at now")]
    Ear(TokenArgs),
    /// A GPU of a bundle of NVIDIA's Remote Attestation Service
    #[command(after_help = "\
Example: atbac verify nras --token bundle.json --keys jwks.json --lifetime 3600 --part GPU-0 --at now")]
    Nras(TokenArgs),
    /// An Azure Attestation token
    #[command(after_help = "\
Example: atbac verify maa --token token.jwt --keys certs.json --algorithm RS256 --lifetime 28800 --issuer https://sharedeus.eus.attest.azure.net --at now")]
    Maa(TokenArgs),
    /// A Google Cloud Confidential Space token
    #[command(after_help = "\
Example: atbac verify confidential-space --token token.jwt --keys jwks.json --lifetime 3600 --audience https://ledger.acme.example --at now")]
    ConfidentialSpace(TokenArgs),
    /// A SPIFFE JWT-SVID
    #[command(after_help = "\
Example: atbac verify jwt-svid --token svid.jwt --keys bundle.json --lifetime 3600 --issuer acme.example --audience spiffe://acme.example/ledger --at now")]
    JwtSvid(TokenArgs),
    /// A SPIFFE X.509-SVID
    #[command(
        name = "x509-svid",
        after_help = "Example: atbac verify x509-svid --chain svid.pem --bundle bundle.pem --trust-domain acme.example --at now"
    )]
    X509Svid(SvidArgs),
    /// Evidence of any kind in one file, as a session file states it and as `atbac simulate` writes it
    #[command(after_help = "\
Example: atbac verify file evidence.json --at 2026-06-30T12:00:00Z")]
    File {
        /// The evidence: a JSON object with `evidence`, its kind, and its files
        #[arg(value_name = "FILE")]
        path: PathBuf,
        /// Take evidence whose file says that it is simulated (`atbac simulate`), which anyone can sign: to learn and to test
        #[arg(long)]
        dangerous_simulated_evidence: bool,
        #[command(flatten)]
        terms: Terms,
    },
}

#[derive(clap::Args)]
struct DeviceArgs {
    #[command(flatten)]
    files: DeviceFiles,
    /// The time to verify at, RFC 3339 or `now`: certificates and revocation lists are judged by it
    #[arg(long, value_name = "TIME", value_parser = instant::argument)]
    at: Timestamp,
}

impl DeviceArgs {
    /// The files and the terms, which have no report data: a device has a nonce in its place.
    fn split(self) -> (DeviceFiles, Terms) {
        (self.files, Terms { at: self.at, report_data: None })
    }
}

#[derive(clap::Args)]
struct TokenArgs {
    #[command(flatten)]
    files: TokenFiles,
    /// The time to verify at, RFC 3339 or `now`
    #[arg(long, value_name = "TIME", value_parser = instant::argument)]
    at: Timestamp,
}

#[derive(clap::Args)]
struct SvidArgs {
    #[command(flatten)]
    files: SvidFiles,
    /// The time to verify at, RFC 3339 or `now`
    #[arg(long, value_name = "TIME", value_parser = instant::argument)]
    at: Timestamp,
}

impl TokenArgs {
    /// The files as evidence of a kind, and the terms: no token has report data of its own.
    fn split(self, kind: fn(TokenFiles) -> EvidenceFiles) -> (EvidenceFiles, Terms) {
        (kind(self.files), Terms { at: self.at, report_data: None })
    }
}

#[derive(clap::Args)]
struct Terms {
    /// The time to verify at, RFC 3339 or `now`: certificates, revocation lists and collateral are judged by it
    #[arg(long, value_name = "TIME", value_parser = instant::argument)]
    at: Timestamp,
    /// The report data to insist on, 64 bytes in hexadecimal; without, any is accepted, and the claim `report_data` is yours to compare
    #[arg(long, value_name = "HEX", value_parser = report_data)]
    report_data: Option<[u8; 64]>,
}

/// The report data of an argument.
///
/// # Errors
/// What was expected, as a sentence.
pub(crate) fn report_data(text: &str) -> Result<[u8; 64], String> {
    let mut bytes = [0; 64];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| "expected 64 bytes in hexadecimal, 128 digits".to_owned())?;
    Ok(bytes)
}

/// Reads the files and verifies.
pub(crate) fn run(args: Args, text: Text) -> Result<Report, Failure> {
    let mut folder = PathBuf::new();
    let (files, terms) = match args.kind {
        Kind::Snp { files, terms } => (EvidenceFiles::Snp(files), terms),
        Kind::Tdx { files, terms } => (EvidenceFiles::Tdx(files), terms),
        Kind::Sgx { files, terms } => (EvidenceFiles::Sgx(files), terms),
        Kind::Gpu(args) => {
            let (files, terms) = args.split();
            (EvidenceFiles::Gpu(files), terms)
        }
        Kind::NvSwitch(args) => {
            let (files, terms) = args.split();
            (EvidenceFiles::NvSwitch(files), terms)
        }
        Kind::Ear(args) => args.split(EvidenceFiles::Ear),
        Kind::Nras(args) => args.split(EvidenceFiles::Nras),
        Kind::Maa(args) => args.split(EvidenceFiles::Maa),
        Kind::ConfidentialSpace(args) => args.split(EvidenceFiles::ConfidentialSpace),
        Kind::JwtSvid(args) => args.split(EvidenceFiles::JwtSvid),
        Kind::X509Svid(SvidArgs { files, at }) => (EvidenceFiles::X509Svid(files), Terms { at, report_data: None }),
        Kind::File { path, dangerous_simulated_evidence, terms } => {
            let place = format!("`{}`", path.display());
            let files: EvidenceFiles = session_file::form(&place, session_file::json(&path, "evidence")?)?;
            files.check_simulated(dangerous_simulated_evidence, &place)?;
            path.parent().unwrap_or(Path::new("")).clone_into(&mut folder);
            (files, terms)
        }
    };
    let evidence = files.read(&folder)?;
    let expected = terms.report_data.as_ref().map_or(Expected::LeftToPolicy, Expected::Exactly);
    Ok(match evidence.verify(expected, terms.at) {
        Ok(verified) => accepted(&verified, terms.at, text),
        Err(refusal) => refused(&refusal, text),
    })
}

fn accepted(verified: &VerifiedEvidence, at: Timestamp, mut text: Text) -> Report {
    let (verdict, chosen, source, root) = match verified.root() {
        Root::Trusted(TrustRoot::BuiltIn(root)) => ("verified", "built-in", "built_in", root),
        Root::Trusted(TrustRoot::Given(root)) => ("verified", "given", "given", root),
        Root::Development(root) => ("simulated", "development", "development", root),
    };
    match verified.root() {
        Root::Trusted(_) => text.good(verdict),
        Root::Development(_) => text.bad("SIMULATED"),
    }
    text.add(format_args!(" under the {chosen} root `{}`\n", root.common_name));
    if let Root::Development(_) = verified.root() {
        text.add(
            "Anyone can sign under this root: what follows is what the evidence says, and none of it is proven.\n",
        );
    }
    claim_report::show(verified, at, &mut text);
    let trust_root = json!({ "source": source, "common_name": root.common_name, "sha256": hex::encode(root.sha256) });
    let json = json!({ "verdict": verdict, "claims": verified.claims(), "trust_root": trust_root });
    Report { answer: Answer::Yes, json, text }
}

fn refused(refusal: &Refusal, mut text: Text) -> Report {
    let (code, message) = (refusal.code(), refusal.to_string());
    text.bad("refused");
    text.add(format_args!(": {message}\n  ({code})\n"));
    Report { answer: Answer::No, json: json!({ "verdict": "refused", "code": code, "message": message }), text }
}
