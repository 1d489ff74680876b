//! What is no evidence at all, and evidence that someone has been at: always a refusal, never a panic.

use atbac_evidence::dcap::{self, Collateral, IntelRoot};
use atbac_evidence::snp::{self, AmdRoots, Chain, Expectations, Revocation};
use atbac_evidence::{Expected, Refusal};
use atbac_simulation::{Extension, MintedQuote, MintedSnp, QuoteForgery, SnpForgery};
use proptest::prelude::*;

/// The refusal of SNP evidence that must not verify.
fn refuse(minted: &MintedSnp, root: &AmdRoots) -> Refusal {
    let evidence = snp::Evidence {
        report: &minted.report,
        vek: &minted.vek,
        chain: Chain::Given { ask: &minted.ask, ark: &minted.ark },
        revocation: Revocation::Crl(&minted.crl),
        expected: Expectations::left_to_policy(),
    };
    snp::Verifier::new(root.clone()).verify(&evidence, SnpForgery::now()).unwrap_err()
}

/// Each input of SNP evidence in turn, with what it is called.
const INPUTS: [fn(&mut MintedSnp) -> &mut Vec<u8>; 5] = [
    |minted| &mut minted.report,
    |minted| &mut minted.vek,
    |minted| &mut minted.ask,
    |minted| &mut minted.ark,
    |minted| &mut minted.crl,
];

#[test]
fn every_truncation_is_refused() {
    let good = SnpForgery::milan().mint();
    let root = AmdRoots::given(&good.ark).unwrap();
    for input in INPUTS {
        let length = input(&mut good.clone()).len();
        for cut in 0..length {
            let mut minted = good.clone();
            input(&mut minted).truncate(cut);
            refuse(&minted, &root);
        }
    }
}

/// One byte of one input changed, at every position: certificates and list included, since each is signed from end to end.
#[test]
fn every_changed_byte_is_refused() {
    let good = SnpForgery::milan().mint();
    let root = AmdRoots::given(&good.ark).unwrap();
    for input in INPUTS {
        let length = input(&mut good.clone()).len();
        for position in 0..length {
            for change in [0x01, 0x80, 0xFF] {
                let mut minted = good.clone();
                input(&mut minted)[position] ^= change;
                refuse(&minted, &root);
            }
        }
    }
}

#[test]
fn huge_inputs_are_not_read() {
    let huge = vec![0x30; 100_000_000];
    let good = SnpForgery::milan().mint();
    let root = AmdRoots::given(&good.ark).unwrap();
    for (input, code) in INPUTS.into_iter().zip([
        "report_length",
        "input_too_large",
        "input_too_large",
        "input_too_large",
        "input_too_large",
    ]) {
        let mut minted = good.clone();
        input(&mut minted).clone_from(&huge);
        assert_eq!(refuse(&minted, &root).code(), code);
    }
    assert_eq!(AmdRoots::given(&huge).unwrap_err().code(), "input_too_large");
    assert_eq!(IntelRoot::given(&huge).unwrap_err().code(), "input_too_large");
    assert_eq!(Collateral::from_json(&huge).unwrap_err().code(), "input_too_large");
    let minted = QuoteForgery::tdx().mint();
    let collateral = Collateral::from_json(minted.collateral.to_string().as_bytes()).unwrap();
    assert_eq!(quote(&huge, &collateral, &verifier(&minted)), Some("input_too_large"));
}

/// The codes with which a quote is refused as TDX and as SGX, or nothing where it verifies as either.
fn quote(quote: &[u8], collateral: &Collateral, verifier: &dcap::Verifier) -> Option<&'static str> {
    let evidence = dcap::Evidence { quote, collateral, report_data: Expected::LeftToPolicy };
    let sgx = verifier.verify_sgx(&evidence, QuoteForgery::now()).err()?;
    let tdx = verifier.verify_tdx(&evidence, QuoteForgery::now()).err()?;
    Some(if tdx.code() == "quote_kind" { sgx.code() } else { tdx.code() })
}

fn verifier(minted: &MintedQuote) -> dcap::Verifier {
    dcap::Verifier::new(IntelRoot::given(&minted.root).unwrap())
}

#[test]
fn every_truncation_of_a_quote_is_refused() {
    for forgery in [QuoteForgery::tdx(), QuoteForgery::tdx15(), QuoteForgery::sgx()] {
        let minted = forgery.mint();
        let collateral = Collateral::from_json(minted.collateral.to_string().as_bytes()).unwrap();
        let verifier = verifier(&minted);
        for cut in 0..minted.quote.len() {
            let verdict = quote(&minted.quote[..cut], &collateral, &verifier);
            assert!(verdict.is_some(), "verified with {cut} bytes");
        }
    }
}

/// Certificates of many tiny values, which would take twenty times their size, are not read, and no list is that its issuer did not sign.
#[test]
fn what_would_grow_in_memory_is_not_read() {
    let values = |forgery: &mut Vec<Extension>| forgery.extend(vec![Extension::new("1.2", vec![]); 300]);
    let mut platform = QuoteForgery::tdx();
    values(&mut platform.pck.extensions);
    let mut signer = QuoteForgery::tdx();
    values(&mut signer.tcb_signer.extensions);
    let mut list = QuoteForgery::tdx();
    list.crls.pck.revoked = vec![vec![9]; 30_000];
    list.crls.pck_key = list.crls.root_key.clone();
    for (forgery, code) in [(platform, "pck_chain"), (signer, "collateral_malformed"), (list, "crl_signature")] {
        let minted = forgery.mint();
        let collateral = Collateral::from_json(minted.collateral.to_string().as_bytes()).unwrap();
        assert_eq!(quote(&minted.quote, &collateral, &verifier(&minted)), Some(code));
    }
}

#[test]
fn malformed_collateral_is_an_error() {
    for json in ["", "{}", "[]", "null", "{\"tcb_info\":1}", "\"", "{\"a\":"] {
        let refusal = Collateral::from_json(json.as_bytes()).unwrap_err();
        assert_eq!(refusal.code(), "collateral_malformed", "{json}");
    }
    let deep = "[".repeat(1_000_000);
    let refusal = Collateral::from_json(deep.as_bytes()).unwrap_err();
    assert_eq!(refusal.code(), "collateral_malformed");
    let mut twice = QuoteForgery::tdx().mint().collateral.to_string();
    twice.truncate(twice.len() - 1);
    twice.push_str(",\"tcb_info\":\"\"}");
    let refusal = Collateral::from_json(twice.as_bytes()).unwrap_err();
    assert_eq!(refusal.code(), "collateral_malformed");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Random bytes in the place of any input.
    #[test]
    fn random_bytes_are_refused(which in 0..5usize, bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let good = good_snp();
        let mut minted = good.0.clone();
        *INPUTS[which](&mut minted) = bytes;
        refuse(&minted, &good.1);
    }

    /// Bytes that look like a quote of some version, so that the parser goes on.
    #[test]
    fn random_quotes_are_refused(version in 2..7u8, tee in prop::sample::select(vec![0u8, 0x81]), bytes in proptest::collection::vec(any::<u8>(), 8..6000)) {
        let (_, collateral, verifier) = good_quote();
        let mut bytes = bytes;
        bytes[..8].copy_from_slice(&[version, 0, 2, 0, tee, 0, 0, 0]);
        prop_assert!(quote(&bytes, collateral, verifier).is_some());
    }

    /// A good quote with a stretch of it overwritten, lengths and certificates included.
    #[test]
    fn damaged_quotes_never_panic(at in 0..4400usize, patch in proptest::collection::vec(any::<u8>(), 1..16)) {
        let (minted, collateral, verifier) = good_quote();
        let mut damaged = minted.quote.clone();
        let at = at.min(damaged.len() - patch.len());
        damaged[at..at + patch.len()].copy_from_slice(&patch);
        // The encoding of the certificate chain leaves room (white space, the root's copy), so some of these verify.
        quote(&damaged, collateral, verifier);
    }

    /// Good collateral with a stretch of one part overwritten.
    #[test]
    fn damaged_collateral_never_panics(field in 0..9usize, at in 0..2000usize, patch in "[ -~]{1,12}") {
        let (minted, _, verifier) = good_quote();
        let mut collateral = minted.collateral.clone();
        let (_, value) = collateral.as_object_mut().unwrap().iter_mut().nth(field).unwrap();
        let mut text = value.as_str().unwrap().to_owned();
        let at = at % text.len();
        let end = (at + patch.len()).min(text.len());
        text.replace_range(at..end, &patch);
        *value = text.into();
        if let Ok(collateral) = Collateral::from_json(collateral.to_string().as_bytes()) {
            quote(&minted.quote, &collateral, verifier);
        }
    }
}

fn good_snp() -> &'static (MintedSnp, AmdRoots) {
    static GOOD: std::sync::LazyLock<(MintedSnp, AmdRoots)> = std::sync::LazyLock::new(|| {
        let minted = SnpForgery::milan().mint();
        let roots = AmdRoots::given(&minted.ark).unwrap();
        (minted, roots)
    });
    &GOOD
}

fn good_quote() -> &'static (MintedQuote, Collateral, dcap::Verifier) {
    static GOOD: std::sync::LazyLock<(MintedQuote, Collateral, dcap::Verifier)> = std::sync::LazyLock::new(|| {
        let minted = QuoteForgery::tdx().mint();
        let (json, verifier) = (minted.collateral.to_string(), verifier(&minted));
        (minted, Collateral::from_json(json.as_bytes()).unwrap(), verifier)
    });
    &GOOD
}

/// Extensions of any content under a good signature: what they hold is read only once the chain is proven, and must hold up then.
#[test]
fn signed_garbage_in_extensions_is_refused() {
    let root = AmdRoots::given(&SnpForgery::milan().mint().ark).unwrap();
    let extensions = SnpForgery::milan().vek.extensions.len();
    for extension in 0..extensions {
        for garbage in [
            &b""[..],
            &[0x02],
            &[0x02, 0x7F],
            &[0x02, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
            &[0x30, 0x80],
            &[0xFF; 64],
            &[0; 300],
        ] {
            let mut forgery = SnpForgery::milan();
            forgery.vek.extensions[extension].value = garbage.to_vec();
            refuse(&forgery.mint(), &root);
        }
    }
}
