//! Evidence of every kind, verified: genuine, and forged where nothing genuine is at hand.

use crate::files::{data, read};
use atbac_compiler::types::{Schema, StructId};
use atbac_compiler::value::Value;
use atbac_engine::claims::{SchemaMismatch, value};
use atbac_engine::evidence::dcap::{self, Collateral, IntelRoot, Sgx, Tdx};
use atbac_engine::evidence::snp::{self, AmdRoots, Chain, Expectations, Revocation, Snp};
use atbac_engine::evidence::{Claim, Expected, Verified};
use atbac_engine::{Fields, InputError};
use atbac_simulation::{MintedQuote, MintedSnp, QuoteForgery, SnpForgery};
use jiff::{SignedDuration, Timestamp};

/// Verified evidence of any kind.
pub enum Evidence {
    /// An SNP report.
    Snp(Box<Verified<Snp>>),
    /// A TDX quote.
    Tdx(Box<Verified<Tdx>>),
    /// An SGX quote.
    Sgx(Box<Verified<Sgx>>),
}

impl Evidence {
    /// The standard library's schema of this kind.
    pub fn schema_name(&self) -> &'static str {
        match self {
            Evidence::Snp(_) => "Snp",
            Evidence::Tdx(_) => "Tdx",
            Evidence::Sgx(_) => "Sgx",
        }
    }

    /// The verifier that makes this kind.
    pub fn verifier(&self) -> &'static str {
        match self {
            Evidence::Snp(_) => "sev-snp",
            Evidence::Tdx(_) => "tdx",
            Evidence::Sgx(_) => "sgx",
        }
    }

    /// Everything proven.
    pub fn claims(&self) -> Claim {
        match self {
            Evidence::Snp(verified) => verified.claims(),
            Evidence::Tdx(verified) => verified.claims(),
            Evidence::Sgx(verified) => verified.claims(),
        }
    }

    /// The value of a schema.
    ///
    /// # Errors
    /// What of the schema does not fit.
    pub fn value(&self, schema: &Schema, id: StructId) -> Result<Value, SchemaMismatch> {
        match self {
            Evidence::Snp(verified) => value(schema, id, verified),
            Evidence::Tdx(verified) => value(schema, id, verified),
            Evidence::Sgx(verified) => value(schema, id, verified),
        }
    }

    /// Sets an attested field to it.
    ///
    /// # Errors
    /// Why the field does not take it.
    pub fn set(&self, fields: Fields, name: &str) -> Result<Fields, InputError> {
        match self {
            Evidence::Snp(verified) => fields.attested(name, verified),
            Evidence::Tdx(verified) => fields.attested(name, verified),
            Evidence::Sgx(verified) => fields.attested(name, verified),
        }
    }
}

/// The genuine evidence of the repository that verifies, each at a time at which it is valid.
pub fn genuine() -> Vec<Evidence> {
    let file = |path: &str| read(&data("evidence").join(path));
    let quote = |name: &str, at: &str| {
        let (quote, collateral) = (file(&format!("{name}.quote.bin")), file(&format!("{name}.collateral.json")));
        verify_quote(name.starts_with("sgx"), &quote, &collateral, IntelRoot::built_in(), at.parse().unwrap())
    };
    vec![
        verify_snp(
            &file("snp/genuine/milan.report.bin"),
            &file("snp/genuine/milan.vcek.der"),
            Chain::BuiltIn,
            Revocation::NotChecked,
            AmdRoots::built_in(),
            "2026-06-30T00:00:00Z".parse().unwrap(),
        ),
        quote("tdx/genuine/v4", "2025-07-04T10:16:31Z"),
        quote("tdx/genuine/v5-td15ex", "2026-10-20T00:00:00Z"),
        quote("sgx/genuine/v3", "2025-07-04T10:28:44Z"),
    ]
}

/// Forged evidence of the kinds and versions that no genuine evidence of the repository has, and with what that leaves out.
pub fn forged() -> Vec<Evidence> {
    let mut single_package = QuoteForgery::tdx();
    single_package.pck_extension.retain(|(arc, _)| !matches!(*arc, "6" | "7"));
    let mut separated = QuoteForgery::sgx();
    // Attribute bit 7, KSS (Intel SDM volume 3D, "ATTRIBUTES").
    separated.quote.body[48] |= 1 << 7;
    vec![
        forged_snp(&SnpForgery::turin().mint(), SnpForgery::now()),
        forged_snp(&SnpForgery::vlek().mint(), SnpForgery::now()),
        forged_quote(false, &QuoteForgery::tdx15().mint(), QuoteForgery::now()),
        forged_quote(false, &single_package.mint(), QuoteForgery::now()),
        forged_quote(true, &QuoteForgery::sgx().mint(), QuoteForgery::now()),
        forged_quote(true, &separated.mint(), QuoteForgery::now()),
    ]
}

/// The instant from which on [`timely`] evidence is verified.
pub fn base() -> Timestamp {
    SnpForgery::now().max(QuoteForgery::now())
}

/// Evidence of each kind, verified at three times; each with something that policies ask of it another way.
pub fn timely() -> Vec<Evidence> {
    let mut debug = SnpForgery::milan();
    debug.report.set(0x008, &0xB_0000_u64.to_le_bytes());
    let mut outdated = QuoteForgery::tdx();
    outdated.tcb_info["tcbLevels"][0]["tcbStatus"] = "OutOfDate".into();
    let (snp, debug) = (SnpForgery::milan().mint(), debug.mint());
    let (tdx, outdated, sgx) = (QuoteForgery::tdx().mint(), outdated.mint(), QuoteForgery::sgx().mint());
    let mut all = Vec::new();
    for minutes in [0, 1, 5] {
        let at = base() + SignedDuration::from_mins(minutes);
        all.extend([forged_snp(&snp, at), forged_snp(&debug, at)]);
        all.extend([forged_quote(false, &tdx, at), forged_quote(false, &outdated, at), forged_quote(true, &sgx, at)]);
    }
    all
}

/// Forged SNP evidence, verified up to the forger's own root.
pub fn forged_snp(minted: &MintedSnp, now: Timestamp) -> Evidence {
    let chain = Chain::Given { ask: &minted.ask, ark: &minted.ark };
    let roots = AmdRoots::given(&minted.ark).unwrap();
    verify_snp(&minted.report, &minted.vek, chain, Revocation::Crl(&minted.crl), roots, now)
}

/// A forged quote, verified up to the forger's own root.
pub fn forged_quote(sgx: bool, minted: &MintedQuote, now: Timestamp) -> Evidence {
    let collateral = minted.collateral.to_string();
    verify_quote(sgx, &minted.quote, collateral.as_bytes(), IntelRoot::given(&minted.root).unwrap(), now)
}

/// Verifies an SNP report that must verify.
pub fn verify_snp(
    report: &[u8],
    vek: &[u8],
    chain: Chain<'_>,
    revocation: Revocation<'_>,
    roots: AmdRoots,
    now: Timestamp,
) -> Evidence {
    let evidence = snp::Evidence { report, vek, chain, revocation, expected: Expectations::left_to_policy() };
    Evidence::Snp(Box::new(snp::Verifier::new(roots).verify(&evidence, now).unwrap()))
}

/// Verifies a quote that must verify.
pub fn verify_quote(sgx: bool, quote: &[u8], collateral: &[u8], root: IntelRoot, now: Timestamp) -> Evidence {
    let collateral = Collateral::from_json(collateral).unwrap();
    let evidence = dcap::Evidence { quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
    let verifier = dcap::Verifier::new(root);
    if sgx {
        Evidence::Sgx(Box::new(verifier.verify_sgx(&evidence, now).unwrap()))
    } else {
        Evidence::Tdx(Box::new(verifier.verify_tdx(&evidence, now).unwrap()))
    }
}
