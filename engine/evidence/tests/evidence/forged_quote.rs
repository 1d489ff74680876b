//! TDX and SGX quotes in which one thing is wrong. The codes hold the table of the library's texts to what the library really says.

use atbac_evidence::dcap::{self, Collateral, IntelRoot, Sgx, Tdx};
use atbac_evidence::{Claim, Expected, Refusal, TrustRoot, Verified};
use atbac_forge::{EcKey, Extension, Key, MintedQuote, QuoteForgery, der};
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

fn assert_code<T>(name: &str, verdict: Result<Verified<T>, Refusal>, code: &str) {
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
        ("version 3 for TDX", |f| f.quote.header[0] = 3, "quote_tee_type"),
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
        ("QE data of another length", |f| f.quote.qe_auth = vec![1; 33], "qe_report_data"),
        ("QE report data beyond the hash", |f| f.quote.qe.set(352, &[1]), "qe_report_data"),
        ("QE report data, last byte", |f| f.quote.qe.set(383, &[1]), "qe_report_data"),
        ("QE's signer", |f| f.quote.qe.set(128, &[1]), "qe_identity_mismatch"),
        ("QE's product", |f| f.quote.qe.set(256, &[3]), "qe_identity_mismatch"),
        ("QE's misc select", |f| f.quote.qe.set(16, &[1]), "qe_identity_mismatch"),
        ("QE's attributes", |f| f.quote.qe.set(48, &[0x05]), "qe_identity_mismatch"),
        ("QE debugged", |f| f.quote.qe.set(48, &[0x17]), "qe_identity_mismatch"),
        ("QE too old", |f| f.quote.qe.set(258, &[7]), "qe_tcb_unsupported"),
        // The TD.
        ("migratable", |f| f.quote.body[123] |= 1 << 5, "td_migratable"),
        ("service TD in TDX 1.0", |f| f.quote.body[122] |= 1 << 1, "service_td"),
        ("SEPT_VE_DISABLE", |f| f.quote.body[123] = 0, "sept_ve_disable"),
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
fn one_thing_wrong_with_the_certificates() {
    type Change = fn(&mut QuoteForgery);
    type Case = (&'static str, Change, &'static str);
    fn soon() -> Timestamp {
        now() + SignedDuration::from_hours(1)
    }
    fn lately() -> Timestamp {
        now() - SignedDuration::from_hours(1)
    }
    fn stranger() -> Key {
        Key::Ec(EcKey::p256())
    }
    let cases: &[Case] = &[
        ("PCK expired", |f| f.pck.not_after = lately(), "certificate_expired"),
        ("PCK CA expired", |f| f.pck_ca.not_after = lately(), "certificate_expired"),
        ("TCB signer expired", |f| f.tcb_signer.not_after = lately(), "certificate_expired"),
        ("root expired", |f| f.root.not_after = lately(), "collateral_expired"),
        ("PCK early", |f| f.pck.not_before = soon(), "certificate_not_yet_valid"),
        ("PCK CA early", |f| f.pck_ca.not_before = soon(), "certificate_not_yet_valid"),
        ("TCB signer early", |f| f.tcb_signer.not_before = soon(), "certificate_not_yet_valid"),
        ("root early", |f| f.root.not_before = soon(), "collateral_not_yet_valid"),
        ("PCK by another", |f| f.pck_issuer = stranger(), "certificate_signature"),
        ("PCK CA by another", |f| f.pck_ca_issuer = stranger(), "certificate_signature"),
        ("PCK CA signed with RSA", |f| f.pck_ca_issuer = Key::ark(), "certificate_signature_algorithm"),
        ("root's list signed with RSA", |f| f.crls.root_key = Key::ark(), "crl_signature_algorithm"),
        ("PCK list signed with RSA", |f| f.crls.pck_key = Key::ark(), "crl_signature_algorithm"),
        ("root's list without number", |f| f.crls.root.extensions.clear(), MALFORMED),
        ("PCK list without number", |f| f.crls.pck.extensions.clear(), MALFORMED),
        ("TCB signer by another", |f| f.tcb_signer_issuer = stranger(), "certificate_signature"),
        ("PCK's issuer", |f| f.pck.issuer = "Another CA".into(), "untrusted_root"),
        ("PCK CA no authority", |f| f.pck_ca.extensions.clear(), "certificate_chain"),
        ("critical in PCK", |f| f.pck.extensions.push(unknown()), "pck_chain"),
        ("PCK revoked", |f| f.crls.pck.revoked = vec![vec![3]], "certificate_revoked"),
        ("PCK CA revoked", |f| f.crls.root.revoked = vec![vec![2]], "certificate_revoked"),
        ("TCB signer revoked", |f| f.crls.root.revoked = vec![vec![4]], "certificate_revoked"),
        ("root revoked", |f| f.crls.root.revoked = vec![vec![1]], "certificate_revoked"),
        ("root's list stale", |f| f.crls.root.next_update = Some(lately()), "collateral_expired"),
        ("PCK list stale", |f| f.crls.pck.next_update = Some(lately()), "collateral_expired"),
        ("root's list early", |f| f.crls.root.this_update = soon(), "collateral_not_yet_valid"),
        ("PCK list early", |f| f.crls.pck.this_update = soon(), "collateral_not_yet_valid"),
        ("root's list by another", |f| f.crls.root_key = stranger(), "crl_signature"),
        ("PCK list by another", |f| f.crls.pck_key = stranger(), "crl_signature"),
        ("PCK list of another", |f| f.crls.pck.issuer = "Another CA".into(), "revocation_unknown"),
        ("no SGX extension", |f| f.pck_extension.clear(), "pck_extension"),
        ("no PPID", |f| f.pck_extension.retain(|(arc, _)| *arc != "1"), "pck_extension"),
        ("PPID short", |f| item(f, "1", der::octets(&[1; 15])), "pck_extension"),
        ("no TCB", |f| f.pck_extension.retain(|(arc, _)| *arc != "2"), "pck_extension"),
        ("TCB no sequence", |f| item(f, "2", der::octets(&[])), "pck_extension"),
        ("FMSPC short", |f| item(f, "4", der::octets(&[0; 5])), "pck_extension"),
        ("no known SGX type", |f| item(f, "5", der::enumerated(3)), "pck_extension"),
        ("SGX type of two bytes", |f| item(f, "5", der::tlv(0x0A, &[1, 0])), "pck_extension"),
        ("instance id short", |f| item(f, "6", der::octets(&[1; 15])), "pck_extension"),
        ("instance id empty", |f| item(f, "6", der::octets(&[])), "pck_extension"),
    ];
    for (name, change, code) in cases {
        assert_code(name, tdx(&changed(change), now()), code);
    }
}

fn unknown() -> Extension {
    Extension::critical("1.2.3.4", vec![5, 0])
}

/// Replaces an item of the platform certificate's SGX extension.
fn item(forgery: &mut QuoteForgery, arc: &str, value: Vec<u8>) {
    let item = forgery.pck_extension.iter_mut().find(|(found, _)| *found == arc);
    item.unwrap().1 = value;
}

#[test]
fn one_thing_wrong_with_the_collateral() {
    type Change = fn(&mut QuoteForgery);
    type Case = (&'static str, Change, &'static str);
    let cases: &[Case] = &[
        ("TCB Info early", |f| f.tcb_info["issueDate"] = json!(SOON), NOT_YET),
        ("QE Identity early", |f| f.qe_identity["issueDate"] = json!(SOON), NOT_YET),
        ("TCB Info stale", |f| f.tcb_info["nextUpdate"] = json!(LATELY), EXPIRED),
        ("QE Identity stale", |f| f.qe_identity["nextUpdate"] = json!(LATELY), EXPIRED),
        ("TCB Info by another", |f| f.tcb_info_key = EcKey::p256(), "collateral_signature"),
        ("QE Identity by another", |f| f.qe_identity_key = EcKey::p256(), "collateral_signature"),
        ("TCB Info of SGX", |f| f.tcb_info["id"] = json!("SGX"), "collateral_kind"),
        ("TCB Info version 2", |f| f.tcb_info["version"] = json!(2), "collateral_kind"),
        ("QE Identity of SGX", |f| f.qe_identity["id"] = json!("QE"), "collateral_kind"),
        ("QE Identity version 1", |f| f.qe_identity["version"] = json!(1), "collateral_kind"),
        ("FMSPC", |f| f.tcb_info["fmspc"] = json!("00F06F000001"), "fmspc_mismatch"),
        ("PCEID", |f| f.tcb_info["pceId"] = json!("0001"), "pce_id_mismatch"),
        ("PCEID short", |f| f.tcb_info["pceId"] = json!("00"), "pce_id_mismatch"),
        ("PCEID no hexadecimal", |f| f.tcb_info["pceId"] = json!("zz"), "pce_id_mismatch"),
        ("TCB type 1", |f| f.tcb_info["tcbType"] = json!(1), "collateral_unsupported"),
        ("TCB Info version 4", |f| f.tcb_info["version"] = json!(4), "collateral_unsupported"),
        ("FMSPC no hexadecimal", |f| f.tcb_info["fmspc"] = json!("zz"), MALFORMED),
        ("no level is met", |f| raise(f, "pcesvn", json!(12)), "tcb_level_unsupported"),
        ("too few components", |f| raise(f, "sgxtcbcomponents", json!([])), MALFORMED),
        ("no levels", |f| f.tcb_info["tcbLevels"] = json!([]), "tcb_level_unsupported"),
        ("no QE levels", |f| f.qe_identity["tcbLevels"] = json!([]), MALFORMED),
        ("platform revoked", |f| status(&mut f.tcb_info, "Revoked"), "tcb_revoked"),
        ("QE revoked", |f| status(&mut f.qe_identity, "Revoked"), "tcb_revoked"),
        ("status of another kind", |f| status(&mut f.tcb_info, "TDRelaunchAdvised"), MALFORMED),
        ("no known status", |f| status(&mut f.tcb_info, "Fine"), MALFORMED),
        ("no TDX module", |f| f.tcb_info["tdxModule"] = json!(null), MALFORMED),
        ("no issue date", |f| f.tcb_info["issueDate"] = json!("yesterday"), MALFORMED),
        ("no TCB Info", |f| f.tcb_info = json!({}), MALFORMED),
        ("no QE Identity", |f| f.qe_identity = json!({}), MALFORMED),
    ];
    for (name, change, code) in cases {
        assert_code(name, tdx(&changed(change), now()), code);
    }

    let field = |name: &str, value: Value| {
        let mut minted = QuoteForgery::tdx().mint();
        minted.collateral[name] = value;
        tdx(&minted, now())
    };
    for (name, value, code) in [
        ("root_ca_crl", json!(""), MALFORMED),
        ("root_ca_crl", json!("zz"), MALFORMED),
        ("pck_crl", json!("3000"), MALFORMED),
        ("tcb_info", json!("{"), MALFORMED),
        ("tcb_info", json!(null), MALFORMED),
        ("tcb_info_signature", json!("00"), MALFORMED),
        ("tcb_info_issuer_chain", json!(""), MALFORMED),
        ("qe_identity_issuer_chain", json!(""), MALFORMED),
        ("tcb_info_issuer_chain", json!("-----BEGIN X-----"), MALFORMED),
        ("pck_certificate_chain", json!(""), "pck_chain"),
        ("pck_certificate_chain", json!("-----BEGIN X-----"), "pck_chain"),
    ] {
        assert_code(&format!("{name} {value}"), field(name, value), code);
    }
}

/// Chains that hold together but are not of Intel's form, and a list's number that cannot be told.
#[test]
fn chains_have_intels_form() {
    let mut forgery = QuoteForgery::tdx();
    forgery.tcb_signer.issuer.clone_from(&forgery.pck_ca.subject);
    forgery.tcb_signer_issuer = forgery.pck_issuer.clone();
    let mut minted = forgery.mint();
    let blocks = |name: &str, minted: &MintedQuote| {
        let file = minted.collateral[name].as_str().unwrap().to_owned();
        let blocks = atbac_evidence::certificates(file.as_bytes()).unwrap();
        blocks.iter().map(|block| block.to_vec()).collect::<Vec<_>>()
    };
    let (signer, authority) = (blocks("tcb_info_issuer_chain", &minted), blocks("pck_crl_issuer_chain", &minted));
    let chain = atbac_forge::pem(&[&signer[0], &authority[0], &authority[1]]);
    minted.collateral["tcb_info_issuer_chain"] = json!(chain);
    minted.collateral["qe_identity_issuer_chain"] = json!(chain);
    assert_code("TCB signer below the platform CA", tdx(&minted, now()), "certificate_chain");

    let mut minted = QuoteForgery::tdx().mint();
    let authority = blocks("pck_crl_issuer_chain", &minted);
    let chain = atbac_forge::pem(&[authority[0].as_slice(); 6]);
    minted.collateral["pck_certificate_chain"] = json!(chain);
    assert_code("too long a chain", tdx(&minted, now()), "certificate_chain");

    let number = |f: &mut QuoteForgery| f.crls.root.extensions[0].value = der::integer(&[1, 0, 0, 0, 0]);
    assert_code("list number of 33 bits", tdx(&changed(number), now()), MALFORMED);
}

const SOON: &str = "2026-06-15T00:00:01Z";
const LATELY: &str = "2026-06-14T23:59:59Z";
const NOT_YET: &str = "collateral_not_yet_valid";
const EXPIRED: &str = "collateral_expired";
const MALFORMED: &str = "collateral_malformed";

/// Asks for `value` in every TCB level.
fn raise(forgery: &mut QuoteForgery, component: &str, value: Value) {
    for level in forgery.tcb_info["tcbLevels"].as_array_mut().unwrap() {
        level["tcb"][component] = value.clone();
    }
}

fn status(collateral: &mut Value, status: &str) {
    collateral["tcbLevels"][0]["tcbStatus"] = json!(status);
}

#[test]
fn the_window_is_kept_to_the_fraction_of_a_second() {
    let end = crate::files::at("2026-07-01T00:00:00Z");
    let before = end - SignedDuration::from_nanos(1);
    let later = end + SignedDuration::from_hours(1);
    let ends: [fn(&mut QuoteForgery, Timestamp); 5] = [
        |f, end| f.tcb_info["nextUpdate"] = json!(end.to_string()),
        |f, end| f.qe_identity["nextUpdate"] = json!(end.to_string()),
        |f, end| f.crls.root.next_update = Some(end),
        |f, end| f.crls.pck.next_update = Some(end),
        |f, end| f.pck.not_after = end,
    ];
    for (first, _) in ends.iter().enumerate() {
        let minted = changed(|f| {
            for (at, set_end) in ends.iter().enumerate() {
                set_end(f, if at == first { end } else { later });
            }
        });
        assert_eq!(tdx(&minted, before).unwrap().expires_at(), end);
        assert_code("at the end", tdx(&minted, end), "collateral_expired");
    }
    let minted = QuoteForgery::tdx().mint();
    let early = crate::files::at("1969-12-31T23:59:59Z");
    assert_code("before 1970", tdx(&minted, early), "collateral_not_yet_valid");
}

#[test]
fn a_certificate_may_have_no_end() {
    let minted = changed(|f| f.root.endless = true);
    assert_eq!(tdx(&minted, now()).unwrap().expires_at(), crate::files::at("2026-07-01T00:00:00Z"));
}

/// Collateral with a PCK chain of its own, of the quote's platform and of another.
#[test]
fn the_collaterals_chain_is_the_quotes() {
    let chain_of = |minted: &MintedQuote| {
        let quote = &minted.quote;
        let at = quote.windows(27).position(|window| window == b"-----BEGIN CERTIFICATE-----").unwrap();
        Value::from(std::str::from_utf8(&quote[at..]).unwrap())
    };
    let forgery = QuoteForgery::tdx();
    let mut minted = forgery.mint();
    minted.collateral["pck_certificate_chain"] = chain_of(&minted);
    tdx(&minted, now()).unwrap();

    // The same key certified again, with other levels than the certificate that the quote carries.
    let mut again = forgery.clone();
    again.pck.serial = vec![7];
    minted.collateral["pck_certificate_chain"] = chain_of(&again.mint());
    assert_code("another certificate of the platform", tdx(&minted, now()), "pck_chain_mismatch");

    // A quote that carries no certificate takes the collateral's.
    let mut bare = forgery;
    bare.quote.chain_type = 3;
    let mut minted = bare.mint();
    minted.collateral["pck_certificate_chain"] = chain_of(&minted);
    tdx(&minted, now()).unwrap();
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
    // The root's revocation list is the first thing that Intel's root did not sign.
    assert_code("forged", intel.verify_tdx(&evidence, now()), "crl_signature");

    let pem = atbac_forge::pem(&[&minted.root]);
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
        atbac_forge::pem(&[minted.root.as_slice(); 2]).as_bytes(),
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

/// Whoever sends collateral chooses the words of a parser's error. They pick no code, and command no terminal.
#[test]
fn the_words_of_others_are_only_shown() {
    for word in ["CertRevoked", "UnknownIssuer", "No matching TCB level found", "\u{1b}[2Jverified\u{202e}"] {
        let minted = changed(|f| status(&mut f.tcb_info, word));
        let refusal = tdx(&minted, now()).unwrap_err();
        assert_eq!(refusal.code(), MALFORMED, "{refusal}");
        assert!(!refusal.to_string().contains(['\u{1b}', '\u{202e}']), "{refusal}");

        let mut minted = QuoteForgery::tdx().mint();
        let block = format!("-----BEGIN {word}-----\nAAAA\n-----END X-----\n");
        minted.collateral["tcb_info_issuer_chain"] = json!(block);
        assert_code(word, tdx(&minted, now()), MALFORMED);
    }
    let minted = changed(|f| status(&mut f.tcb_info, &"x".repeat(100_000)));
    let refusal = tdx(&minted, now()).unwrap_err().to_string();
    assert!(refusal.len() < 400, "{} bytes", refusal.len());
}
