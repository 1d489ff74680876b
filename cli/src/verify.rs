//! `atbac verify`: is a piece of evidence genuine, and what does it prove.

use crate::evidence::{DeviceFiles, EvidenceFiles, QuoteFiles, SnpFiles, VerifiedEvidence};
use crate::failure::Failure;
use crate::instant;
use crate::report::{Answer, Report};
use crate::text::Text;
use atbac_engine::evidence::{Claim, Expected, Refusal, TrustRoot};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::path::Path;

/// Verify a piece of evidence, and show what it proves
#[derive(clap::Args)]
#[command(after_help = "\
Answers yes with the verified claims, or no with the code of the check that failed. Where standard output is not a terminal the answer is JSON, \
as with `--json`.")]
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
struct Terms {
    /// The time to verify at, RFC 3339 or `now`: certificates, revocation lists and collateral are judged by it
    #[arg(long, value_name = "TIME", value_parser = instant::argument)]
    at: Timestamp,
    /// The report data to insist on, 64 bytes in hexadecimal; without, any is accepted, and the claim `report_data` is yours to compare
    #[arg(long, value_name = "HEX", value_parser = report_data)]
    report_data: Option<[u8; 64]>,
}

fn report_data(text: &str) -> Result<[u8; 64], String> {
    let mut bytes = [0; 64];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| "expected 64 bytes in hexadecimal, 128 digits".to_owned())?;
    Ok(bytes)
}

/// Reads the files and verifies.
pub(crate) fn run(args: Args, text: Text) -> Result<Report, Failure> {
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
    };
    let evidence = files.read(Path::new(""))?;
    let expected = terms.report_data.as_ref().map_or(Expected::LeftToPolicy, Expected::Exactly);
    Ok(match evidence.verify(expected, terms.at) {
        Ok(verified) => accepted(&verified, text),
        Err(refusal) => refused(&refusal, text),
    })
}

fn accepted(verified: &VerifiedEvidence, mut text: Text) -> Report {
    let claims = verified.claims();
    let (chosen, source) = match verified.trust_root() {
        TrustRoot::BuiltIn(_) => ("built-in", "built_in"),
        TrustRoot::Given(_) => ("given", "given"),
    };
    let root = verified.trust_root().identity();
    text.good("verified");
    text.add(format_args!(" under the {chosen} root `{}`\n\n", root.common_name));
    show("", &claims, &mut text);
    let trust_root = json!({ "source": source, "common_name": root.common_name, "sha256": hex::encode(root.sha256) });
    let json = json!({ "verdict": "verified", "claims": claims, "trust_root": trust_root });
    Report { answer: Answer::Yes, json, text }
}

/// One line a claim, records as dotted names.
fn show(name: &str, claim: &Claim, text: &mut Text) {
    if let Claim::Record(fields) = claim {
        for (field, claim) in fields {
            let dot = if name.is_empty() { "" } else { "." };
            show(&format!("{name}{dot}{field}"), claim, text);
        }
        return;
    }
    let value = match json!(claim) {
        Json::String(value) => value,
        Json::Null => "absent".to_owned(),
        value => value.to_string(),
    };
    text.add(format_args!("  {name:<34} {value}\n"));
}

fn refused(refusal: &Refusal, mut text: Text) -> Report {
    let (code, message) = (refusal.code(), refusal.to_string());
    text.bad("refused");
    text.add(format_args!(": {message}\n  ({code})\n"));
    Report { answer: Answer::No, json: json!({ "verdict": "refused", "code": code, "message": message }), text }
}
