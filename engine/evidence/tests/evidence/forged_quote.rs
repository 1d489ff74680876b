//! TDX and SGX quotes in which one thing is wrong: each is refused, with the code of the check that it fails.

use atbac_evidence::dcap::{self, Collateral, IntelRoot, Sgx, Tdx, VerifiedCollateral};
use atbac_evidence::{Claim, EvidenceKind, Expected, Refusal, TrustRoot, Verified};
use atbac_simulation::{EcKey, Key, MintedQuote, QuoteForgery, der};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

pub(crate) fn now() -> Timestamp {
    QuoteForgery::now()
}

pub(crate) fn tdx(minted: &MintedQuote, now: Timestamp) -> Result<Verified<Tdx>, Refusal> {
    let collateral = Collateral::from_json(minted.collateral.to_string().as_bytes())?;
    let evidence =
        dcap::Evidence { quote: &minted.quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
    dcap::Verifier::new(IntelRoot::given(&minted.root)?).verify_tdx(&evidence, now)
}

pub(crate) fn sgx(minted: &MintedQuote, now: Timestamp) -> Result<Verified<Sgx>, Refusal> {
    let collateral = Collateral::from_json(minted.collateral.to_string().as_bytes())?;
    let evidence =
        dcap::Evidence { quote: &minted.quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
    dcap::Verifier::new(IntelRoot::given(&minted.root)?).verify_sgx(&evidence, now)
}

pub(crate) fn assert_code<T>(name: &str, verdict: Result<Verified<T>, Refusal>, code: &str) {
    match verdict {
        Ok(_) => panic!("{name}: verified; expected refusal {code}"),
        Err(refusal) => assert_eq!(refusal.code(), code, "{name}: {refusal}"),
    }
}

/// A good TDX quote with one `change`.
pub(crate) fn changed(change: impl FnOnce(&mut QuoteForgery)) -> MintedQuote {
    let mut forgery = QuoteForgery::tdx();
    change(&mut forgery);
    forgery.mint()
}

#[test]
fn good_quotes_verify() {
    let minted = QuoteForgery::tdx().mint();
    let verified = tdx(&minted, now()).unwrap();
    assert_eq!(verified.mr_td, [0xA5; 48]);
    assert_eq!(verified.report_data, [0x5A; 64]);
    assert!(verified.td_attributes.sept_ve_disable && !verified.td_attributes.debug);
    assert_eq!(verified.platform.tcb_status.name(), "UpToDate");
    assert_eq!(verified.platform.fmspc, [0x00, 0xF0, 0x6F, 0, 0, 0]);
    assert_eq!(verified.platform.ppid, [0x99; 16]);
    assert_eq!(verified.platform.platform_instance_id, Some([0x77; 16]));
    assert_eq!(verified.platform.cached_keys, Some(false));
    // The lower of the two evaluation numbers, and each list's own number.
    assert_eq!(verified.platform.tcb_eval_data_number, 19);
    assert_eq!(verified.platform.root_crl_number, 11);
    assert_eq!(verified.platform.pck_crl_number, 12);
    // The collateral's month ends before any certificate does.
    assert_eq!(verified.expires_at(), crate::files::at("2026-07-01T00:00:00Z"));
    let TrustRoot::Given(root) = verified.trust_root() else {
        panic!("the root was given, not built in");
    };
    assert_eq!(root.common_name, "Forged SGX Root CA");

    let minted = QuoteForgery::tdx15().mint();
    let verified = tdx(&minted, now()).unwrap();
    assert_eq!(verified.header.version, 5);
    assert_eq!(verified.current.as_ref().unwrap().tee_tcb_svn2[..3], [6, 1, 3]);
    assert_eq!(verified.claims().get("vmid"), Some(&Claim::Absent));

    let minted = QuoteForgery::sgx().mint();
    let verified = sgx(&minted, now()).unwrap();
    assert_eq!(verified.mr_enclave, [0xE5; 32]);
    assert!(verified.attributes.mode64 && !verified.attributes.debug);
    assert_eq!(verified.key_separation, None);
}

#[test]
fn what_policies_judge_is_let_through() {
    let debug = changed(|f| f.quote.body[120] = 1);
    assert!(tdx(&debug, now()).unwrap().td_attributes.debug);
    let profiled = changed(|f| f.quote.body[120] = 1 << 5);
    assert!(tdx(&profiled, now()).unwrap().td_attributes.perf_prof);

    let open = changed(|f| f.quote.body[123] = 0);
    assert!(!tdx(&open, now()).unwrap().td_attributes.sept_ve_disable);
    let movable = changed(|f| f.quote.body[123] |= 1 << 5);
    assert!(tdx(&movable, now()).unwrap().td_attributes.migratable);
    // A TDX 1.5 report has the service TDs that a policy judges.
    let mut served = QuoteForgery::tdx15();
    served.quote.body[122] |= 1 << 1;
    served.quote.body[600..648].fill(9);
    let served = tdx(&served.mint(), now()).unwrap();
    assert!(served.td_attributes.servtd_ext);
    assert_eq!(served.current.as_ref().unwrap().mr_service_td, [9; 48]);

    // Bits 18 to 22 have no name, and a policy can ask for them all the same.
    let nameless = changed(|f| f.quote.body[122] |= 0b0111_1100);
    let attributes = tdx(&nameless, now()).unwrap().claims().get("td_attributes").cloned();
    let raw = Claim::Bytes(vec![0, 0, 0b0111_1100, 0b0001_0000, 0, 0, 0, 0]);
    assert_eq!(attributes.unwrap().get("raw"), Some(&raw));

    let mut forgery = QuoteForgery::sgx();
    forgery.quote.body[48] |= 1 << 1;
    assert!(sgx(&forgery.mint(), now()).unwrap().attributes.debug);
}

#[test]
fn the_quoting_enclaves_data_has_any_length() {
    for length in [0, 1, 31, 33, 600] {
        tdx(&changed(|f| f.quote.qe_auth = vec![1; length]), now()).unwrap();
    }
}

/// What a verifier keeps never says more than a new verification would.
#[test]
fn what_is_kept_holds_for_its_own_evidence_and_its_own_time() {
    let minted = QuoteForgery::tdx().mint();
    let collateral = Collateral::from_json(minted.collateral.to_string().as_bytes()).unwrap();
    let verifier = dcap::Verifier::new(IntelRoot::given(&minted.root).unwrap());
    let at = |quote: &[u8], collateral: &Collateral, now| {
        let evidence = dcap::Evidence { quote, collateral, report_data: Expected::LeftToPolicy };
        verifier.verify_tdx(&evidence, now)
    };
    let (start, end) = (crate::files::at("2026-06-01T00:00:00Z"), crate::files::at("2026-07-01T00:00:00Z"));
    for _ in 0..2 {
        let verified = at(&minted.quote, &collateral, now()).unwrap();
        assert_eq!(verified.expires_at(), end);
        assert_eq!(at(&minted.quote, &collateral, start).unwrap().claims().get("expires_at"), Some(&Claim::Time(end)));
        assert_code(
            "early",
            at(&minted.quote, &collateral, start - SignedDuration::from_nanos(1)),
            "collateral_not_yet_valid",
        );
        assert_code("late", at(&minted.quote, &collateral, end), "collateral_expired");
        verifier
            .clone()
            .verify_tdx(
                &dcap::Evidence { quote: &minted.quote, collateral: &collateral, report_data: Expected::LeftToPolicy },
                now(),
            )
            .unwrap();
    }

    // The same authorities, whose list has revoked the platform since.
    let mut forgery = QuoteForgery::tdx();
    let before = forgery.mint();
    forgery.crls.pck.revoked = vec![vec![3]];
    let after = Collateral::from_json(forgery.mint().collateral.to_string().as_bytes()).unwrap();
    let before_collateral = Collateral::from_json(before.collateral.to_string().as_bytes()).unwrap();
    let verifier = dcap::Verifier::new(IntelRoot::given(&before.root).unwrap());
    for (collateral, code) in
        [(&before_collateral, None), (&after, Some("certificate_revoked")), (&before_collateral, None)]
    {
        let evidence = dcap::Evidence { quote: &before.quote, collateral, report_data: Expected::LeftToPolicy };
        assert_eq!(verifier.verify_tdx(&evidence, now()).err().map(|refusal| refusal.code()), code);
    }

    // Another platform's quote, where the first one's certificate is kept.
    let mut forgery = QuoteForgery::tdx();
    let first = forgery.mint();
    forgery.qe_report_key = EcKey::p256();
    let second = forgery.mint();
    let collateral = Collateral::from_json(first.collateral.to_string().as_bytes()).unwrap();
    let verifier = dcap::Verifier::new(IntelRoot::given(&first.root).unwrap());
    for (quote, code) in [(&first.quote, None), (&second.quote, Some("qe_report_signature"))] {
        let evidence = dcap::Evidence { quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
        assert_eq!(verifier.verify_tdx(&evidence, now()).err().map(|refusal| refusal.code()), code);
    }

    // The same, with a certificate of its own under the same authority and collateral.
    forgery.pck.serial = vec![4];
    forgery.pck.key = Key::Ec(forgery.qe_report_key.clone());
    forgery.pck_extension[0].1 = der::octets(&[0x88; 16]);
    let second = forgery.mint();
    for (quote, ppid) in [(&first.quote, [0x99; 16]), (&second.quote, [0x88; 16]), (&first.quote, [0x99; 16])] {
        let evidence = dcap::Evidence { quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
        assert_eq!(verifier.verify_tdx(&evidence, now()).unwrap().platform.ppid, ppid);
    }
}

/// Certificates that verified are not read again.
#[test]
fn what_is_kept_is_used() {
    let minted = QuoteForgery::tdx().mint();
    let collateral = Collateral::from_json(minted.collateral.to_string().as_bytes()).unwrap();
    let evidence =
        dcap::Evidence { quote: &minted.quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
    let verifier = dcap::Verifier::new(IntelRoot::given(&minted.root).unwrap());
    let takes = || allocation_counter::measure(|| drop(verifier.verify_tdx(&evidence, now()).unwrap())).count_total;
    let (cold, warm) = (takes(), takes());
    // Each certificate and list takes dozens of allocations; a quote whose chain is kept is read where it lies.
    assert!(warm < cold / 10, "{warm} allocations, {cold} before");
}

/// Collateral and chains are public, and anyone can spell them in any number of ways: only a quote of the platform has them kept.
#[test]
fn what_a_refused_quote_came_with_is_not_kept() {
    let good = QuoteForgery::tdx().mint();
    let mut forged = good.quote.clone();
    // Behind the header, the body and the length of what is signed about them.
    forged[48 + 584 + 4] ^= 1;
    let collateral = Collateral::from_json(good.collateral.to_string().as_bytes()).unwrap();
    let verifier = dcap::Verifier::new(IntelRoot::given(&good.root).unwrap());
    let takes = |quote: &[u8], code: Option<&str>| {
        let evidence = dcap::Evidence { quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
        let mut verdict = None;
        let takes = allocation_counter::measure(|| verdict = Some(verifier.verify_tdx(&evidence, now()))).count_total;
        assert_eq!(verdict.unwrap().err().map(|refusal| refusal.code()), code);
        takes
    };
    let (first, again) = (takes(&forged, Some("quote_signature")), takes(&forged, Some("quote_signature")));
    assert!(again > first / 10 * 9, "{again} allocations, {first} the first time");
    takes(&good.quote, None);
    let warm = takes(&forged, Some("quote_signature"));
    assert!(warm < first / 10, "{warm} allocations, {first} the first time");
}

#[test]
fn collateral_is_verified_by_itself() {
    let minted = QuoteForgery::tdx().mint();
    let root = IntelRoot::given(&minted.root).unwrap();
    let collateral = Collateral::from_json(minted.collateral.to_string().as_bytes()).unwrap();
    let verified = VerifiedCollateral::of(&collateral, &root, now()).unwrap();
    assert_eq!(verified.kind(), EvidenceKind::Tdx);
    assert_eq!(verified.fmspc(), [0x00, 0xF0, 0x6F, 0, 0, 0]);
    assert_eq!(verified.tcb_eval_data_number(), 19);
    assert_eq!(verified.not_before(), crate::files::at("2026-06-01T00:00:00Z"));
    assert_eq!(verified.expires_at(), crate::files::at("2026-07-01T00:00:00Z"));
    let refusal = VerifiedCollateral::of(&collateral, &IntelRoot::built_in(), now()).unwrap_err();
    assert_eq!(refusal.code(), "untrusted_root");
}

#[test]
fn key_separation_is_read_where_the_manual_puts_it() {
    let mut forgery = QuoteForgery::sgx();
    forgery.quote.body[48] |= 1 << 7;
    forgery.quote.body[32..48].fill(1);
    forgery.quote.body[192..256].fill(2);
    forgery.quote.body[260..262].copy_from_slice(&[3, 0]);
    forgery.quote.body[304..320].fill(4);
    let verified = sgx(&forgery.mint(), now()).unwrap();
    let kss = verified.key_separation.as_ref().unwrap();
    assert_eq!(kss.isv_ext_prod_id, [1; 16]);
    assert_eq!(kss.config_id, [2; 64]);
    assert_eq!(kss.config_svn, 3);
    assert_eq!(kss.isv_family_id, [4; 16]);
}

#[test]
fn one_thing_wrong_with_the_quote() {
    type Change = fn(&mut QuoteForgery);
    type Case = (&'static str, Change, &'static str);
    let cases: &[Case] = &[
        // Frame.
        ("version 2", |f| f.quote.header[0] = 2, "quote_version"),
        ("version 6", |f| f.quote.header[0] = 6, "quote_version"),
        ("version 3 for TDX", |f| f.quote.header[0] = 3, "quote_version"),
        ("no known enclave", |f| f.quote.header[4] = 0x82, "quote_tee_type"),
        ("another vendor", |f| f.quote.header[12] ^= 1, "quote_vendor"),
        ("P-384 attestation key", |f| f.quote.header[2] = 3, "quote_key_type"),
        ("outer data of type 5", |f| f.quote.outer_type = 5, "quote_malformed"),
        ("encrypted PPID for a chain", |f| f.quote.chain_type = 3, "pck_format"),
        ("trailing byte", |f| f.quote.trailing = vec![0, 0, 1], "quote_trailing_bytes"),
        ("slack after the chain", |f| f.quote.certified_slack = vec![0], "quote_malformed"),
        ("slack after the signature", |f| f.quote.signature_slack = vec![0], "quote_malformed"),
        // The quoting enclave.
        ("QE report by another", |f| f.qe_report_key = EcKey::p256(), "qe_report_signature"),
        ("QE vouches for none", |f| f.quote.qe.set(320, &[1; 32]), "qe_report_data"),
        ("QE report data beyond the hash", |f| f.quote.qe.set(352, &[1]), "qe_report_data"),
        ("QE report data, last byte", |f| f.quote.qe.set(383, &[1]), "qe_report_data"),
        ("QE's signer", |f| f.quote.qe.set(128, &[1]), "qe_identity_mismatch"),
        ("QE's product", |f| f.quote.qe.set(256, &[3]), "qe_identity_mismatch"),
        ("QE's misc select", |f| f.quote.qe.set(16, &[1]), "qe_identity_mismatch"),
        ("QE's attributes", |f| f.quote.qe.set(48, &[0x05]), "qe_identity_mismatch"),
        ("QE debugged", |f| f.quote.qe.set(48, &[0x17]), "qe_identity_mismatch"),
        ("QE debugged, where Intel does not look", |f| debugged_unseen(f), "qe_identity_mismatch"),
        ("QE too old", |f| f.quote.qe.set(258, &[7]), "qe_tcb_unsupported"),
        // The TD.
        ("service TD in TDX 1.0", |f| f.quote.body[122] |= 1 << 1, "service_td"),
        ("module's signer", |f| f.quote.body[64] = 1, "tdx_module_mismatch"),
        ("module's attributes", |f| f.quote.body[112] = 1, "tdx_module_mismatch"),
        ("module too old", |f| f.quote.body[0] = 5, "tdx_module_unsupported"),
        ("module unknown", |f| f.quote.body[1] = 2, "tdx_module_unsupported"),
        ("SEAM loader too old", |f| f.quote.body[2] = 2, "tcb_level_unsupported"),
    ];
    for (name, change, code) in cases {
        assert_code(name, tdx(&changed(change), now()), code);
    }

    // Intel 348551-008, Table 3.23.
    for bit in (1..=3).chain(7..=15).chain(23..=26).chain(32..=61) {
        let minted = changed(|f| f.quote.body[120 + bit / 8] |= 1 << (bit % 8));
        assert_code(&format!("reserved attribute bit {bit}"), tdx(&minted, now()), "td_attributes_reserved");
    }

    let mut sgx_v4 = QuoteForgery::sgx();
    sgx_v4.quote.header[0] = 4;
    assert_code("SGX in version 4", sgx(&sgx_v4.mint(), now()), "quote_version");
    let minted = QuoteForgery::sgx().mint();
    assert_code("SGX quote for TDX", tdx(&minted, now()), "quote_kind");
    assert_code("TDX quote for SGX", sgx(&changed(|_| {}), now()), "quote_kind");
    let mut sgx_slack = QuoteForgery::sgx();
    sgx_slack.quote.signature_slack = vec![0];
    assert_code("slack in version 3", sgx(&sgx_slack.mint(), now()), "quote_malformed");
    let mut body = QuoteForgery::tdx15();
    body.quote.body_descriptor = [&1u16.to_le_bytes()[..], &384u32.to_le_bytes()].concat();
    body.quote.body.truncate(384);
    assert_code("enclave's body for TDX", tdx(&body.mint(), now()), "quote_malformed");
    let mut body = QuoteForgery::tdx15();
    body.quote.body_descriptor[2] ^= 1;
    assert_code("body of another size", tdx(&body.mint(), now()), "quote_malformed");
    let mut body = QuoteForgery::tdx15();
    body.quote.body_descriptor[0] = 5;
    assert_code("body of no known type", tdx(&body.mint(), now()), "quote_malformed");
}

/// A quoting enclave that can be debugged, under an identity whose mask leaves that bit out.
fn debugged_unseen(forgery: &mut QuoteForgery) {
    forgery.quote.qe.set(48, &[0x17]);
    forgery.qe_identity["attributesMask"] = json!("F9FFFFFFFFFFFFFF0000000000000000");
}

#[test]
fn one_thing_wrong_after_signing() {
    let good = QuoteForgery::tdx().mint();
    let tampered = |name: &str, change: fn(&mut MintedQuote), code: &str| {
        let mut minted = good.clone();
        change(&mut minted);
        assert_code(name, tdx(&minted, now()), code);
    };
    tampered("report data", |m| m.quote[48 + 520] ^= 1, "quote_signature");
    tampered("user data", |m| m.quote[28] ^= 1, "quote_signature");
    tampered("signature", |m| m.quote[48 + 584 + 4] ^= 1, "quote_signature");
    tampered("attestation key", |m| m.quote[48 + 584 + 4 + 64] ^= 1, "qe_report_data");
    tampered("cut short", |m| m.quote.truncate(48 + 584 + 4 + 200), "quote_malformed");
    tampered("empty", |m| m.quote.clear(), "quote_malformed");
    tampered("TCB Info", |m| flip(m, "tcb_info_signature"), "collateral_signature");
    tampered("QE Identity", |m| flip(m, "qe_identity_signature"), "collateral_signature");
    tampered("root's list", |m| flip(m, "root_ca_crl"), "crl_signature");
    tampered("platform CA's list", |m| flip(m, "pck_crl"), "crl_signature");
}

/// Changes the last bit of a hexadecimal field of the collateral.
fn flip(minted: &mut MintedQuote, field: &str) {
    let mut bytes = hex::decode(minted.collateral[field].as_str().unwrap()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    minted.collateral[field] = Value::from(hex::encode(bytes));
}

#[test]
fn the_window_is_kept_to_the_fraction_of_a_second() {
    let end = crate::files::at("2026-07-01T00:00:00Z");
    let before = end - SignedDuration::from_nanos(1);
    let later = end + SignedDuration::from_hours(1);
    let ends: [fn(&mut QuoteForgery, Timestamp); 7] = [
        |f, end| f.tcb_info["nextUpdate"] = json!(end.to_string()),
        |f, end| f.qe_identity["nextUpdate"] = json!(end.to_string()),
        |f, end| f.crls.root.next_update = Some(end),
        |f, end| f.crls.pck.next_update = Some(end),
        |f, end| f.pck.not_after = end,
        |f, end| f.pck_ca.not_after = end,
        |f, end| f.tcb_signer.not_after = end,
    ];
    for (first, _) in ends.iter().enumerate() {
        let minted = changed(|f| {
            for (at, set_end) in ends.iter().enumerate() {
                set_end(f, if at == first { end } else { later });
            }
        });
        assert_eq!(tdx(&minted, before).unwrap().expires_at(), end);
        let code = if first >= 4 { "certificate_expired" } else { "collateral_expired" };
        assert_code("at the end", tdx(&minted, end), code);

        // What was kept before the end is not used at it.
        let collateral = Collateral::from_json(minted.collateral.to_string().as_bytes()).unwrap();
        let evidence =
            dcap::Evidence { quote: &minted.quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
        let verifier = dcap::Verifier::new(IntelRoot::given(&minted.root).unwrap());
        verifier.verify_tdx(&evidence, before).unwrap();
        assert_code("kept", verifier.verify_tdx(&evidence, end), code);
    }
    let minted = QuoteForgery::tdx().mint();
    let early = crate::files::at("1969-12-31T23:59:59Z");
    assert_code("before 1970", tdx(&minted, early), "certificate_not_yet_valid");
}

#[test]
fn a_certificate_may_have_no_end() {
    let minted = changed(|f| f.root.endless = true);
    assert_eq!(tdx(&minted, now()).unwrap().expires_at(), crate::files::at("2026-07-01T00:00:00Z"));
}

#[test]
fn padding_is_taken() {
    verify_padded(0);
    verify_padded(70);
    verify_padded(3000);
}

fn verify_padded(zeros: usize) {
    tdx(&changed(|f| f.quote.trailing = vec![0; zeros]), now()).unwrap();
}

#[test]
fn report_data_is_insisted_on() {
    for (minted, is_tdx) in [(QuoteForgery::tdx().mint(), true), (QuoteForgery::sgx().mint(), false)] {
        let collateral = Collateral::from_json(minted.collateral.to_string().as_bytes()).unwrap();
        let verifier = dcap::Verifier::new(IntelRoot::given(&minted.root).unwrap());
        let code = |data: &[u8; 64]| {
            let evidence =
                dcap::Evidence { quote: &minted.quote, collateral: &collateral, report_data: Expected::Exactly(data) };
            if is_tdx {
                verifier.verify_tdx(&evidence, now()).err()
            } else {
                verifier.verify_sgx(&evidence, now()).err()
            }
            .map(|refusal| refusal.code())
        };
        assert_eq!(code(&[0x5A; 64]), None);
        assert_eq!(code(&[0; 64]), Some("report_data_mismatch"));
    }
}

#[test]
fn a_forged_root_is_not_intels() {
    let minted = QuoteForgery::tdx().mint();
    let collateral = Collateral::from_json(minted.collateral.to_string().as_bytes()).unwrap();
    let evidence =
        dcap::Evidence { quote: &minted.quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
    let intel = dcap::Verifier::new(IntelRoot::built_in());
    assert_code("forged", intel.verify_tdx(&evidence, now()), "untrusted_root");

    let pem = atbac_simulation::pem(&[&minted.root]);
    let forged = dcap::Verifier::new(IntelRoot::given(pem.as_bytes()).unwrap());
    forged.verify_tdx(&evidence, now()).unwrap();
    let refusal = intel.verify_tdx(&evidence, now()).unwrap_err();
    let shown = "trusted is the root `Intel SGX Root CA` (SHA-256 44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3)";
    assert!(refusal.to_string().contains(shown), "{refusal}");
}

#[test]
fn a_given_root_is_a_root() {
    let minted = QuoteForgery::tdx().mint();
    for root in [
        &b""[..],
        b"-----BEGIN CERTIFICATE-----",
        &minted.quote,
        atbac_simulation::pem(&[minted.root.as_slice(); 2]).as_bytes(),
    ] {
        let refusal = IntelRoot::given(root).unwrap_err();
        assert_eq!(refusal.code(), "trust_anchor_malformed");
        assert!(refusal.to_string().starts_with("the given root certificate cannot be used: "), "{refusal}");
    }

    type Change = fn(&mut QuoteForgery);
    let cases: &[(&str, Change)] = &[
        ("issued by another", |f| f.root.issuer = "Another Root".into()),
        ("P-384 key", |f| f.root.key = Key::Ec(EcKey::p384())),
        ("RSA key", |f| f.root.key = Key::ark()),
        ("version 1", |f| f.root.version = 0),
    ];
    for (name, change) in cases {
        let mut forgery = QuoteForgery::tdx();
        change(&mut forgery);
        // Signed with the key of the unchanged root: whether a root signed itself is not what makes it one.
        let root = forgery.root.sign(&forgery.pck_ca_issuer);
        let Err(refusal) = IntelRoot::given(&root) else { panic!("{name}: taken as a root") };
        assert_eq!(refusal.code(), "trust_anchor_malformed", "{name}");
    }
}
