//! TDX and SGX quotes: genuine and forged, and dcap-qvl's verdict on them.

use std::sync::LazyLock;

use atbac_evidence::dcap::{self, Collateral, IntelRoot};
use atbac_evidence::{Claim, Expected, Refusal};
use atbac_simulation::{MintedQuote, QuoteForgery};
use dcap_qvl::QuoteCollateralV3;
use dcap_qvl::configs::RingConfig;
use dcap_qvl::policy::QuotePolicy;
use dcap_qvl::verify::QuoteVerifier;
use jiff::Timestamp;

use crate::budget::within_budget;

/// A quote that verifies, and everything to verify it with.
pub struct Base {
    pub quote: &'static [u8],
    pub collateral: &'static [u8],
    pub now: Timestamp,
    /// How many bytes of the quote its own signature covers: header and body.
    pub signed: usize,
}

/// One of three genuine quotes: SGX of version 3, TDX of version 4 and of version 5.
pub fn genuine(which: u8) -> &'static Base {
    static BASES: LazyLock<[Base; 3]> = LazyLock::new(|| {
        let at = |time: &str| time.parse().expect("a time");
        [
            Base {
                quote: include_bytes!("../../tests/evidence/sgx/genuine/v3.quote.bin"),
                collateral: include_bytes!("../../tests/evidence/sgx/genuine/v3.collateral.json"),
                now: at("2025-07-04T10:28:44Z"),
                signed: 48 + 384,
            },
            Base {
                quote: include_bytes!("../../tests/evidence/tdx/genuine/v4.quote.bin"),
                collateral: include_bytes!("../../tests/evidence/tdx/genuine/v4.collateral.json"),
                now: at("2025-07-04T10:16:31Z"),
                signed: 48 + 584,
            },
            Base {
                quote: include_bytes!("../../tests/evidence/tdx/genuine/v5-td15ex.quote.bin"),
                collateral: include_bytes!("../../tests/evidence/tdx/genuine/v5-td15ex.collateral.json"),
                now: at("2026-10-20T00:00:00Z"),
                signed: 48 + 6 + 885,
            },
        ]
    });
    &BASES[usize::from(which) % BASES.len()]
}

/// One of three forgeries that verify: TDX of version 4 and of version 5, SGX of version 3. Its keys stay the same for a run.
pub fn forged(which: u8) -> &'static QuoteForgery {
    static BASES: LazyLock<[QuoteForgery; 3]> = LazyLock::new(|| {
        let bases = [QuoteForgery::tdx(), QuoteForgery::tdx15(), QuoteForgery::sgx()];
        for base in &bases {
            verify_minted(&base.mint()).expect("a forged quote verifies as it is");
        }
        bases
    });
    &BASES[usize::from(which) % BASES.len()]
}

/// Verifies a quote as TDX or as SGX, whichever its header says, within the budget.
pub fn verify(quote: &[u8], json: &[u8], root: &IntelRoot, now: Timestamp) -> Result<Claim, Refusal> {
    // A verifier has room for what it keeps from the start.
    let verifier = dcap::Verifier::new(root.clone());
    within_budget(&[quote, json], || {
        let collateral = Collateral::from_json(json)?;
        let evidence = dcap::Evidence { quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
        if quote.get(4) == Some(&0x81) {
            verifier.verify_tdx(&evidence, now).map(|verified| verified.claims())
        } else {
            verifier.verify_sgx(&evidence, now).map(|verified| verified.claims())
        }
    })
}

/// Verifies a minted quote under its own root.
pub fn verify_minted(minted: &MintedQuote) -> Result<Claim, Refusal> {
    let root = IntelRoot::given(&minted.root)?;
    verify(&minted.quote, minted.collateral.to_string().as_bytes(), &root, QuoteForgery::now())
}

/// What dcap-qvl refuses and we let through, as claims or by the specification: how its texts contain it. Each is shown to be so in
/// `engine/evidence/tests/evidence/differential.rs`.
///
/// The last is not: its reader of certificates is stricter than ours about flags that nothing names, in what Intel's authorities signed.
const LET_THROUGH: [&str; 4] = [
    "SEPT_VE_DISABLE is not enabled",
    "TD migration is enabled",
    "Invalid QE auth data length",
    "Failed to verify certificate chain: BadDer",
];

/// Why dcap-qvl refuses it, on a library of cryptography that is not ours, or nothing where it accepts it or is not meant to be
/// followed.
pub fn peer_refuses(quote: &[u8], collateral: &[u8], root: Option<&[u8]>, now: Timestamp) -> Option<String> {
    let collateral: QuoteCollateralV3 = match serde_json::from_slice(collateral) {
        Ok(collateral) => collateral,
        Err(error) => return Some(error.to_string()),
    };
    let now = u64::try_from(now.as_second()).expect("after 1970");
    let verifier = match root {
        Some(root) => QuoteVerifier::new(root.to_vec()),
        None => QuoteVerifier::new_prod(),
    };
    let verdict = verifier.with_config::<RingConfig>().allow_debug(true).allow_service_td(true).verify_with_policy(
        quote,
        collateral,
        now,
        &QuotePolicy::claims_only(now),
    );
    let reason = verdict.err().map(|error| format!("{error:#}"))?;
    (!LET_THROUGH.iter().any(|known| reason.contains(known))).then_some(reason)
}
