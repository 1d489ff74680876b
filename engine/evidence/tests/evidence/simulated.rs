//! Simulated evidence: it says what it was asked to say, to development verifiers alone.

use atbac_evidence::dcap::{self, Collateral, IntelRoot};
use atbac_evidence::snp::{self, AmdRoots, Chain, Expectations, Revocation};
use atbac_evidence::{Claim, Expected, Refusal};
use atbac_simulation::development::{SGX_ROOT, ark};
use atbac_simulation::shape::SimulatedSnp;
use atbac_simulation::{MintedQuote, Product, QuoteKind, QuoteSimulation, ShapeError, SnpSimulation};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn at() -> Timestamp {
    "2026-06-30T12:00:00Z".parse().unwrap()
}

const PRODUCTS: [Product; 3] = [Product::Milan, Product::Genoa, Product::Turin];

fn snp_evidence(simulated: &SimulatedSnp) -> snp::Evidence<'_> {
    let evidence = &simulated.evidence;
    snp::Evidence {
        report: &evidence.report,
        vek: &evidence.vek,
        chain: Chain::Given { ask: &evidence.ask, ark: &evidence.ark },
        revocation: if simulated.with_crl { Revocation::Crl(&evidence.crl) } else { Revocation::NotChecked },
        expected: Expectations::left_to_policy(),
    }
}

fn snp_claims(simulation: &SnpSimulation) -> Json {
    let signed = simulation.sign().unwrap();
    let verified = snp::Verifier::dangerous_development().verify(&snp_evidence(&signed), at());
    let verified = verified.unwrap_or_else(|refusal| panic!("{refusal}"));
    assert!(verified.root().common_name.starts_with("atbac development ARK-"));
    json!(verified.claims())
}

fn verify_quote(kind: QuoteKind, minted: &MintedQuote) -> Result<Claim, Refusal> {
    let collateral = Collateral::from_json(minted.collateral.to_string().as_bytes()).unwrap();
    let evidence =
        dcap::Evidence { quote: &minted.quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
    let verifier = dcap::Verifier::dangerous_development();
    match kind {
        QuoteKind::Tdx => verifier.verify_tdx(&evidence, at()).map(|verified| verified.claims()),
        QuoteKind::Sgx => verifier.verify_sgx(&evidence, at()).map(|verified| verified.claims()),
    }
}

fn quote_claims(kind: QuoteKind, simulation: &QuoteSimulation) -> Json {
    let minted = simulation.sign().unwrap_or_else(|error| panic!("{error}"));
    json!(verify_quote(kind, &minted).unwrap_or_else(|refusal| panic!("{refusal}")))
}

/// The claim with a dotted name.
fn get<'a>(claims: &'a Json, name: &str) -> &'a Json {
    name.split('.').fold(claims, |claims, part| &claims[part])
}

/// A value that verified evidence may have in the claim, from `seed`; `like` is another one.
fn value_like(name: &str, like: &Json, seed: u64) -> String {
    let flag = || seed.is_multiple_of(2).to_string();
    let pick = |cases: &[&str]| cases[seed as usize % cases.len()].to_owned();
    let bytes =
        |like: &str| seed.to_be_bytes().map(|byte| format!("{byte:02x}")).concat().repeat(16)[..like.len()].to_owned();
    match name {
        "version" => like.to_string(),
        "signer" | "key_info.signing_key" => pick(&["VCEK", "VLEK"]),
        "csp_id" => pick(&["absent", "example-cloud"]),
        "vek_not_after" => format!("20{}-06-30T12:00:00Z", 27 + seed % 22),
        "expires_at" | "earliest_expiration" => format!("2026-07-{:02}T00:00:00Z", 1 + seed % 28),
        "tcb_date" => format!("20{}-01-01T00:00:00Z", 10 + seed % 16),
        "vmpl" => pick(&["0", "1", "2", "3", "4294967295"]),
        // A report signed by a masked key is refused.
        "key_info.mask_chip_key" => "false".into(),
        // No version may be above the current one.
        _ if name.starts_with("current_tcb.") => {
            let like = like.as_u64().unwrap();
            (like + seed % (256 - like)).to_string()
        }
        _ if name.contains("_tcb.") => (seed % (like.as_u64().unwrap() + 1)).to_string(),
        "current_version" => format!("{}.{}.{}", 2 + seed % 254, seed % 256, seed % 7),
        "committed_version" => format!("{}.{}.{}", seed % 2, seed % 55, seed % 7),
        // What tells the product must agree with the certificate.
        "cpuid_family" | "cpuid_model" => like.to_string(),
        // Reserved bits must be zero; those that have names have claims of their own.
        "platform_info.raw" => format!("{:02x}00000000000000", seed % 0x100),
        "td_attributes.raw" => pick(&["0000001000000000", "0100001000000000", "00000010000000c0", "0000031800000000"]),
        // No bit of theirs may differ from zero (Intel 348551, `SEAM_ATTRIBUTES`; dcap-qvl takes those of the collateral).
        "xfam" => pick(&["e700060000000000", "e718060000000000"]),
        "attributes.raw" => pick(&["0500000000000000e700000000000000", "0700000000000000e700000000000000"]),
        "mr_signer_seam" | "seam_attributes" => "00".repeat(like.as_str().unwrap().len() / 2),
        "chip_id" if like.as_str().unwrap().ends_with("00") => format!("{seed:016x}{}", "00".repeat(56)),
        "tcb_status" | "platform_status" => pick(&[
            "UpToDate",
            "SWHardeningNeeded",
            "ConfigurationNeeded",
            "ConfigurationAndSWHardeningNeeded",
            "OutOfDate",
            "OutOfDateConfigurationNeeded",
        ]),
        "qe_status" => pick(&["UpToDate", "ConfigurationNeeded", "OutOfDate", "OutOfDateConfigurationNeeded"]),
        "sgx_type" => pick(&["Standard", "Scalable", "ScalableWithIntegrity"]),
        "advisory_ids" => pick(&["INTEL-SA-00615", "INTEL-SA-00615,INTEL-SA-00960"]),
        _ => match like {
            Json::Bool(_) => flag(),
            Json::Number(_) => (seed % 256).to_string(),
            Json::String(like) => bytes(like),
            _ => panic!("{name}: {like}"),
        },
    }
}

/// What a claim is in JSON that was asked for as this text.
fn asked(text: &str, like: &Json) -> Json {
    match like {
        Json::Array(_) => text.split(',').collect(),
        Json::Bool(_) | Json::Number(_) => serde_json::from_str(text).unwrap(),
        _ if text == "absent" => Json::Null,
        _ => text.into(),
    }
}

#[test]
fn the_names_that_can_be_set_are_all_claims_but_those_that_follow_from_others() {
    let names = |claims: &Json| -> Vec<String> {
        atbac_simulation::shape::flatten(claims.as_object().unwrap()).into_iter().map(|(name, _)| name).collect()
    };
    let check = |claims: &Json, settable: Vec<String>, derived: &[&str]| {
        for name in names(claims) {
            assert_eq!(settable.contains(&name), !derived.contains(&&*name), "{name}");
        }
        for name in &settable {
            assert_ne!(get(claims, name), &Json::Null, "{name}");
        }
    };
    let mut full = SnpSimulation::new(Product::Turin, at()).unwrap();
    full.set("csp_id", "example").unwrap();
    check(&snp_claims(&full), full.settable().collect(), &["signature_algo", "product", "verified_at"]);
    let mut full = QuoteSimulation::new(QuoteKind::Tdx, at()).unwrap();
    full.set("vmid", "1").unwrap();
    let derived = ["att_key_type", "tee_type", "qe_vendor_id", "earliest_issue", "verified_at"];
    check(&quote_claims(QuoteKind::Tdx, &full), full.settable().collect(), &derived);
    let mut full = QuoteSimulation::new(QuoteKind::Sgx, at()).unwrap();
    full.set("attributes.kss", "true").unwrap();
    let sgx = [&derived[..], &["current_status"]].concat();
    check(&quote_claims(QuoteKind::Sgx, &full), full.settable().collect(), &sgx);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// Every claim that can be set, each alone on evidence with everything that some evidence has.
    #[test]
    fn an_snp_report_says_what_was_asked(seed: u64, product in 0..3usize) {
        let product = PRODUCTS[product];
        let mut full = SnpSimulation::new(product, at()).unwrap();
        full.set("version", "5").unwrap();
        let base = snp_claims(&full);
        for name in full.settable() {
            let mut simulation = full.clone();
            let text = value_like(&name, get(&base, &name), seed);
            simulation.set(&name, &text).unwrap();
            let found = snp_claims(&simulation);
            prop_assert_eq!(get(&found, &name), &asked(&text, get(&base, &name)), "{}", name);
        }
    }

    #[test]
    fn a_quote_says_what_was_asked(seed: u64, tdx: bool) {
        let (kind, whole) = if tdx { (QuoteKind::Tdx, ("vmid", "1")) } else { (QuoteKind::Sgx, ("attributes.kss", "true")) };
        let mut full = QuoteSimulation::new(kind, at()).unwrap();
        full.set(whole.0, whole.1).unwrap();
        let base = quote_claims(kind, &full);
        for name in full.settable().filter(|name| name != "current_status" && name != "attributes.kss") {
            let mut simulation = full.clone();
            let mut text = value_like(&name, get(&base, &name), seed);
            if name == "attributes.raw" {
                text.replace_range(0..2, "85");
            }
            simulation.set(&name, &text).unwrap();
            let found = quote_claims(kind, &simulation);
            prop_assert_eq!(get(&found, &name), &asked(&text, get(&base, &name)), "{}", name);
        }
    }

    /// Any number of claims together, in any order.
    #[test]
    fn what_was_asked_together_is_there_together(measurement: [u8; 32], host_data: [u8; 32], debug: bool, svn: u32, snp in 0..=24u8) {
        let measurement = hex::encode([measurement, measurement].concat().get(..48).unwrap());
        let mut claims = vec![
            ("measurement", measurement),
            ("host_data", hex::encode(host_data)),
            ("policy.debug", debug.to_string()),
            ("guest_svn", svn.to_string()),
            ("reported_tcb.snp", snp.to_string()),
            ("launch_tcb.snp", (snp / 2).to_string()),
        ];
        for turn in 0..2 {
            let mut simulation = SnpSimulation::new(Product::Genoa, at()).unwrap();
            claims.iter().for_each(|(name, text)| simulation.set(name, text).unwrap());
            let found = snp_claims(&simulation);
            for (name, text) in &claims {
                prop_assert_eq!(get(&found, name), &asked(text, get(&found, name)), "{} {}", name, turn);
            }
            claims.reverse();
        }
    }
}

#[test]
fn claims_of_simulated_evidence_simulate_it_again() {
    let mut first = SnpSimulation::new(Product::Milan, at()).unwrap();
    for (name, text) in
        [("version", "2"), ("csp_id", "example-cloud"), ("policy.debug", "true"), ("revocation_checked", "false")]
    {
        first.set(name, text).unwrap();
    }
    let mut claims = snp_claims(&first);
    let object = claims.as_object_mut().unwrap();
    object.remove("verified_at");
    object.remove("expires_at");
    let mut again = SnpSimulation::new(Product::Milan, at()).unwrap();
    for (name, text) in atbac_simulation::shape::flatten(object) {
        again.set(&name, &text).unwrap_or_else(|error| panic!("{error}"));
    }
    assert_eq!(snp_claims(&again), snp_claims(&first));
}

/// A TD that runs on after its platform was updated (Intel's `TDRelaunchAdvised`).
#[test]
fn launch_and_present_have_statuses_of_their_own() {
    let mut simulation = QuoteSimulation::new(QuoteKind::Tdx, at()).unwrap();
    simulation.set("platform_status", "OutOfDate").unwrap();
    simulation.set("current_status", "UpToDate").unwrap();
    assert!(matches!(simulation.sign(), Err(ShapeError::NotThere { .. })));
    simulation.set("tee_tcb_svn2", &format!("060104{}", "00".repeat(13))).unwrap();
    let claims = quote_claims(QuoteKind::Tdx, &simulation);
    for (name, status) in
        [("platform_status", "OutOfDate"), ("current_status", "UpToDate"), ("tcb_status", "TDRelaunchAdvised")]
    {
        assert_eq!(claims[name], status, "{name}");
    }
}

#[test]
fn the_form_of_a_report_is_the_least_that_has_what_was_asked() {
    for (asked, version, absent) in [
        (None, 4, vec!["tee_tcb_svn2", "current_status", "vmid"]),
        (Some(("version", "5")), 5, vec!["vmid"]),
        (Some(("mr_service_td", &*"ab".repeat(48))), 5, vec!["vmid"]),
        (Some(("td_id", &*"cd".repeat(32))), 5, vec![]),
    ] {
        let mut simulation = QuoteSimulation::new(QuoteKind::Tdx, at()).unwrap();
        asked.iter().for_each(|(name, text)| simulation.set(name, text).unwrap());
        let claims = quote_claims(QuoteKind::Tdx, &simulation);
        assert_eq!(claims["version"], version, "{asked:?}");
        for name in ["tee_tcb_svn2", "current_status", "vmid"] {
            assert_eq!(claims[name].is_null(), absent.contains(&name), "{asked:?} {name}");
        }
    }
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let set = |claims: &[(&str, &str)]| {
        let mut simulation = SnpSimulation::new(Product::Milan, at()).unwrap();
        for (name, text) in claims {
            simulation.set(name, text).map_err(|error| error.code())?;
        }
        simulation.sign().map(|_| ()).map_err(|error| error.code())
    };
    for (claims, code) in [
        (&[("measurment", "00")][..], "atbac::simulate::unknown_claim"),
        (&[("reported_tcb.fmc", "1")], "atbac::simulate::unknown_claim"),
        (&[("measurement", "00")], "atbac::simulate::value"),
        (&[("measurement", "absent")], "atbac::simulate::value"),
        (&[("policy.debug", "yes")], "atbac::simulate::value"),
        (&[("version", "6")], "atbac::simulate::value"),
        (&[("guest_svn", "4294967296")], "atbac::simulate::value"),
        (&[("current_version", "1.2")], "atbac::simulate::value"),
        (&[("vek_not_after", "2050-01-01T00:00:00Z")], "atbac::simulate::value"),
        (&[("product", "Turin")], "atbac::simulate::derived_claim"),
        (&[("verified_at", "2026-06-30T12:00:00Z")], "atbac::simulate::derived_claim"),
        (&[("version", "2"), ("cpuid_model", "1")], "atbac::simulate::claim_not_there"),
        (&[("cpuid_model", "1"), ("version", "2")], "atbac::simulate::claim_not_there"),
        (&[("cpuid_model", "absent")], "atbac::simulate::claim_not_there"),
        (&[("launch_mit_vector", "0000000000000000")], "atbac::simulate::claim_not_there"),
        (
            &[("expires_at", "2026-07-01T00:00:00Z"), ("revocation_checked", "false")],
            "atbac::simulate::claim_not_there",
        ),
    ] {
        assert_eq!(set(claims), Err(code), "{claims:?}");
    }
    assert_eq!(set(&[("cpuid_model", "absent"), ("version", "2")]), Ok(()));
    let years = ["1999-12-31T00:00:00Z", "2000-02-29T23:59:59Z", "2049-10-01T00:00:00Z"];
    for year in years {
        let time = SnpSimulation::new(Product::Milan, year.parse().unwrap()).err();
        assert_eq!(time.map(|error| error.code()), Some("atbac::simulate::time"), "{year}");
    }
}

/// What no platform may do is simulated all the same, and refused as the genuine would be.
#[test]
fn a_development_verifier_leaves_no_check_out() {
    let refused = |name: &str, text: &str| {
        let mut simulation = QuoteSimulation::new(QuoteKind::Tdx, at()).unwrap();
        simulation.set(name, text).unwrap();
        verify_quote(QuoteKind::Tdx, &simulation.sign().unwrap()).unwrap_err().code()
    };
    assert_eq!(refused("tcb_status", "Revoked"), "tcb_revoked");
    let mut signed = SnpSimulation::new(Product::Milan, at()).unwrap().sign().unwrap();
    signed.evidence.report[0x90] ^= 1;
    let verdict = snp::Verifier::dangerous_development().verify(&snp_evidence(&signed), at());
    assert_eq!(verdict.unwrap_err().code(), "report_signature");
    // Its collateral ends at a development root, as it should: that is not what is wrong with it.
    let mut minted = QuoteSimulation::new(QuoteKind::Tdx, at()).unwrap().sign().unwrap();
    minted.collateral["tcb_info_signature"] = json!("01".repeat(64));
    assert_eq!(verify_quote(QuoteKind::Tdx, &minted).unwrap_err().code(), "collateral_signature");
}

/// By any root that a production verifier can have.
#[test]
fn production_refuses_simulated_evidence() {
    for product in PRODUCTS {
        let signed = SnpSimulation::new(product, at()).unwrap().sign().unwrap();
        let other = AmdRoots::given(&atbac_simulation::SnpForgery::milan().mint().ark).unwrap();
        for roots in [AmdRoots::built_in(), other] {
            let refusal = snp::Verifier::new(roots).verify(&snp_evidence(&signed), at()).unwrap_err();
            assert_eq!(refusal.code(), "development_root", "{product:?}");
            assert!(refusal.to_string().contains(&format!("`atbac development ARK-{}`", product.name())), "{refusal}");
        }
        // The root itself is refused, and so is one of the same name with another signature.
        assert_eq!(AmdRoots::given(ark(product)).unwrap_err().code(), "development_root");
        let mut forgery = atbac_simulation::SnpForgery::milan();
        forgery.ark.subject = format!("atbac development ARK-{}", product.name());
        assert_eq!(AmdRoots::given(&forgery.mint().ark).unwrap_err().code(), "development_root");
    }
    assert_eq!(IntelRoot::given(SGX_ROOT).unwrap_err().code(), "development_root");
    let other = atbac_simulation::QuoteForgery::tdx().mint().root;
    for kind in [QuoteKind::Tdx, QuoteKind::Sgx] {
        let minted = QuoteSimulation::new(kind, at()).unwrap().sign().unwrap();
        let collateral = Collateral::from_json(minted.collateral.to_string().as_bytes()).unwrap();
        let evidence =
            dcap::Evidence { quote: &minted.quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
        for root in [IntelRoot::built_in(), IntelRoot::given(&other).unwrap()] {
            let verifier = dcap::Verifier::new(root);
            let refusal = match kind {
                QuoteKind::Tdx => verifier.verify_tdx(&evidence, at()).unwrap_err(),
                QuoteKind::Sgx => verifier.verify_sgx(&evidence, at()).unwrap_err(),
            };
            assert_eq!(refusal.code(), "development_root", "{kind:?}");
        }
    }
}

/// A root that bears the name and not the key is no development root either.
#[test]
fn development_verifiers_refuse_all_but_the_development_roots() {
    let genuine = atbac_simulation::SnpForgery::milan().mint();
    let mut impostor = atbac_simulation::SnpForgery::milan();
    for name in [&mut impostor.ark.subject, &mut impostor.ark.issuer, &mut impostor.ask.issuer] {
        *name = "atbac development ARK-Milan".into();
    }
    impostor.ark.key = impostor.ask.key.clone();
    for (minted, now) in
        [(genuine, atbac_simulation::SnpForgery::now()), (impostor.mint(), atbac_simulation::SnpForgery::now())]
    {
        let simulated = SimulatedSnp { evidence: minted, with_crl: false };
        let verdict = snp::Verifier::dangerous_development().verify(&snp_evidence(&simulated), now);
        assert_eq!(verdict.unwrap_err().code(), "untrusted_root");
    }
    let forgery = atbac_simulation::QuoteForgery::tdx().mint();
    let collateral = Collateral::from_json(forgery.collateral.to_string().as_bytes()).unwrap();
    let evidence =
        dcap::Evidence { quote: &forgery.quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
    let verdict = dcap::Verifier::dangerous_development().verify_tdx(&evidence, atbac_simulation::QuoteForgery::now());
    assert!(verdict.is_err());
}

/// The same question gives the same claims, and but for signatures the same bytes.
#[test]
fn what_is_signed_does_not_change_from_run_to_run() {
    let report = || SnpSimulation::new(Product::Milan, at()).unwrap().sign().unwrap().evidence.report[..0x2A0].to_vec();
    assert_eq!(report(), report());
    let tcb_info =
        || QuoteSimulation::new(QuoteKind::Tdx, at()).unwrap().sign().unwrap().collateral["tcb_info"].clone();
    assert_eq!(tcb_info(), tcb_info());
}
