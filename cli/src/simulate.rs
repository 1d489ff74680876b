//! `atbac simulate`: evidence of any shape, signed under a development root, for everyone without the hardware.

use crate::failure::{Failure, UNWRITABLE};
use crate::report::{Answer, Report};
use crate::session_file;
use crate::text::Text;
use crate::{instant, verify};
use atbac_simulation::shape::flatten;
use atbac_simulation::{Product, QuoteKind, QuoteSimulation, ShapeError, SnpSimulation};
use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Simulate a piece of evidence: anyone can, so it proves nothing and production refuses it
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac simulate snp --set policy.debug=true --at 2026-06-30T12:00:00Z --out debugged.json

What comes out is signed with published keys under a development root. `verify`, `decide` and `test` take it where they are told to, and say so in every \
answer.")]
pub(crate) struct Args {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(clap::Subcommand)]
enum Kind {
    /// An AMD SEV-SNP attestation report
    #[command(after_help = "\
Example: atbac simulate snp --set policy.debug=true --set reported_tcb.snp=8 --at 2026-06-30T12:00:00Z --out debugged.json")]
    Snp {
        /// The product line of the chip
        #[arg(long, value_enum, default_value = "milan")]
        product: ProductName,
        #[command(flatten)]
        shape: Shape,
    },
    /// An Intel TDX quote
    #[command(after_help = "\
Example: atbac simulate tdx --set tcb_status=OutOfDate --set advisory_ids=INTEL-SA-00960 --at 2026-06-30T12:00:00Z --out outdated.json")]
    Tdx(Shape),
    /// An Intel SGX quote
    #[command(after_help = "\
Example: atbac simulate sgx --set attributes.debug=true --at 2026-06-30T12:00:00Z --out debugged.json")]
    Sgx(Shape),
}

#[derive(Clone, Copy, ValueEnum)]
enum ProductName {
    /// EPYC 7003
    Milan,
    /// EPYC 9004 and 8004
    Genoa,
    /// EPYC 9005
    Turin,
}

#[derive(clap::Args)]
struct Shape {
    /// A claim and its value, by the names and in the forms of `atbac verify --json`: `policy.debug=true`; lists with commas, `absent` for none
    #[arg(long = "set", value_name = "CLAIM=VALUE", value_parser = assignment)]
    assignments: Vec<(String, String)>,
    /// Claims and their values, a JSON object; `--set` counts more
    #[arg(long, value_name = "FILE")]
    claims: Option<PathBuf>,
    /// The report data, 64 bytes in hexadecimal: a nonce, or the digest of a key
    #[arg(long, value_name = "HEX", value_parser = verify::report_data)]
    report_data: Option<[u8; 64]>,
    /// The time around which it is valid, RFC 3339 or `now`: lists and collateral from a day before to 30 days after
    #[arg(long, value_name = "TIME", value_parser = instant::argument)]
    at: Timestamp,
    /// Where to write the evidence, an object that `verify file`, session files and tests take
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// A folder to write the parts to as well, each as a file
    #[arg(long, value_name = "FOLDER")]
    raw: Option<PathBuf>,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (claim, value) = text.split_once('=').ok_or("expected a claim and its value, such as `policy.debug=true`")?;
    Ok((claim.trim().to_owned(), value.trim().to_owned()))
}

/// Signs what was asked for, and writes it.
pub(crate) fn run(args: &Args, text: Text) -> Result<Report, Failure> {
    let (title, shape, (evidence, parts)) = match &args.kind {
        Kind::Snp { product, shape } => ("SEV-SNP report", shape, snp(product.product(), shape)?),
        Kind::Tdx(shape) => ("TDX quote", shape, quote(QuoteKind::Tdx, shape)?),
        Kind::Sgx(shape) => ("SGX quote", shape, quote(QuoteKind::Sgx, shape)?),
    };
    let mut written = vec![shape.out.clone()];
    write(&shape.out, format!("{evidence:#}\n").as_bytes())?;
    if let Some(folder) = &shape.raw {
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        for (name, bytes) in parts {
            let path = folder.join(name);
            write(&path, &bytes)?;
            written.push(path);
        }
    }
    Ok(told(title, shape, &written, text))
}

/// The files of evidence, by name and content.
type Parts = Vec<(&'static str, Vec<u8>)>;

fn snp(product: Product, shape: &Shape) -> Result<(Json, Parts), Failure> {
    let mut simulation = SnpSimulation::new(product, shape.at).map_err(|error| refused(&error, &[]))?;
    let names: Vec<String> = simulation.settable().collect();
    for (claim, value) in shape.asked()? {
        simulation.set(&claim, &value).map_err(|error| refused(&error, &names))?;
    }
    let signed = simulation.sign().map_err(|error| refused(&error, &names))?;
    let evidence = signed.evidence;
    let mut file = json!({
        "evidence": "snp",
        "simulated": true,
        "report": inline(&evidence.report),
        "vek": inline(&evidence.vek),
        "chain": [inline(&evidence.ask), inline(&evidence.ark)],
    });
    if signed.with_crl {
        file["crl"] = inline(&evidence.crl);
    }
    let mut parts = vec![
        ("report.bin", evidence.report),
        ("vek.der", evidence.vek),
        ("ask.der", evidence.ask),
        ("ark.der", evidence.ark),
    ];
    parts.extend(signed.with_crl.then_some(("crl.der", evidence.crl)));
    Ok((file, parts))
}

fn quote(kind: QuoteKind, shape: &Shape) -> Result<(Json, Parts), Failure> {
    let mut simulation = QuoteSimulation::new(kind, shape.at).map_err(|error| refused(&error, &[]))?;
    let names: Vec<String> = simulation.settable().collect();
    for (claim, value) in shape.asked()? {
        simulation.set(&claim, &value).map_err(|error| refused(&error, &names))?;
    }
    let signed = simulation.sign().map_err(|error| refused(&error, &names))?;
    let collateral = signed.collateral.to_string();
    let word = match kind {
        QuoteKind::Tdx => "tdx",
        QuoteKind::Sgx => "sgx",
    };
    let file = json!({
        "evidence": word,
        "simulated": true,
        "quote": inline(&signed.quote),
        "collateral": { "text": collateral },
    });
    let parts =
        vec![("quote.bin", signed.quote), ("collateral.json", collateral.into_bytes()), ("root.der", signed.root)];
    Ok((file, parts))
}

/// Bytes as evidence files have them in place of a path.
fn inline(bytes: &[u8]) -> Json {
    json!({ "hex": hex::encode(bytes) })
}

impl ProductName {
    fn product(self) -> Product {
        match self {
            ProductName::Milan => Product::Milan,
            ProductName::Genoa => Product::Genoa,
            ProductName::Turin => Product::Turin,
        }
    }
}

impl Shape {
    /// The claims asked for, those that count more after the others.
    fn asked(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut asked = match &self.claims {
            Some(path) => {
                let place = format!("`{}`", path.display());
                let claims: Map<String, Json> = session_file::form(&place, session_file::json(path, "claims")?)?;
                flatten(&claims)
            }
            None => Vec::new(),
        };
        asked.extend(self.report_data.map(|data| ("report_data".to_owned(), hex::encode(data))));
        asked.extend(self.assignments.iter().cloned());
        Ok(asked)
    }
}

/// What cannot be simulated, with the name that was probably meant.
fn refused(error: &ShapeError, names: &[String]) -> Failure {
    let mut message = error.to_string();
    if let ShapeError::Unknown { claim, .. } = error {
        let near = names.iter().map(|name| (strsim::damerau_levenshtein(claim, name), name)).min();
        if let Some((distance, name)) = near
            && distance <= 3
        {
            message += &format!(": did you mean `{name}`?");
        }
    }
    Failure::new(error.code(), message)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &dyn std::error::Error) -> Failure {
    let reason = error.to_string().to_lowercase();
    Failure::new(UNWRITABLE, format!("`{}` cannot be written: {reason}", path.display()))
}

fn told(title: &str, shape: &Shape, written: &[PathBuf], mut text: Text) -> Report {
    let paths: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    text.good("simulated");
    text.add(format_args!(" {title}, valid around {}: it proves nothing, and production refuses it\n\n", shape.at));
    for path in &paths {
        text.add(format_args!("  wrote {path}\n"));
    }
    let example = format!("atbac verify file {} --dangerous-simulated-evidence --at {}", paths[0], shape.at);
    text.add(format_args!("\nRead it: {example}\n"));
    Report { answer: Answer::Yes, json: json!({ "simulated": true, "written": paths }), text }
}
