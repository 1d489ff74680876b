//! Quotes in whose certificates or collateral one thing is wrong.

use atbac_simulation::{Certificate, Crl, EcKey, Extension, Key, MintedQuote, QuoteForgery, der};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::forged_quote::{assert_code, changed, now, sgx, tdx};

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
        ("root expired", |f| f.root.not_after = lately(), "certificate_expired"),
        ("PCK early", |f| f.pck.not_before = soon(), "certificate_not_yet_valid"),
        ("PCK CA early", |f| f.pck_ca.not_before = soon(), "certificate_not_yet_valid"),
        ("TCB signer early", |f| f.tcb_signer.not_before = soon(), "certificate_not_yet_valid"),
        ("root early", |f| f.root.not_before = soon(), "certificate_not_yet_valid"),
        ("PCK by another", |f| f.pck_issuer = stranger(), "certificate_signature"),
        ("PCK CA by another", |f| f.pck_ca_issuer = stranger(), "certificate_signature"),
        ("PCK CA signed with RSA", |f| f.pck_ca_issuer = Key::ark(), "certificate_signature_algorithm"),
        ("root's list signed with RSA", |f| f.crls.root_key = Key::ark(), "crl_signature_algorithm"),
        ("PCK list signed with RSA", |f| f.crls.pck_key = Key::ark(), "crl_signature_algorithm"),
        ("root's list without number", |f| f.crls.root.extensions.clear(), MALFORMED),
        ("PCK list without number", |f| f.crls.pck.extensions.clear(), MALFORMED),
        ("TCB signer by another", |f| f.tcb_signer_issuer = stranger(), "certificate_signature"),
        ("PCK's issuer", |f| f.pck.issuer = "Another CA".into(), "certificate_chain"),
        ("PCK CA no authority", |f| f.pck_ca.extensions.clear(), "certificate_chain"),
        ("critical in PCK", |f| f.pck.extensions.push(unknown()), "certificate_chain"),
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
        ("TCB signer an authority", |f| f.tcb_signer.extensions.push(Extension::authority(0)), "certificate_chain"),
        ("PCK an authority", |f| f.pck.extensions.push(Extension::authority(0)), "certificate_chain"),
        ("PCK CA may not sign lists", |f| usage(&mut f.pck_ca, 0b0000_0100), "certificate_chain"),
        ("PCK CA may not certify", |f| usage(&mut f.pck_ca, 0b0000_0010), "certificate_chain"),
        ("PCK may sign no reports", |f| usage(&mut f.pck, 0b0100_0000), "certificate_chain"),
        ("PCK may do anything", |f| f.pck.remove_extension(KEY_USAGE), "certificate_chain"),
        ("TCB signer may only certify", |f| usage(&mut f.tcb_signer, 0b0000_0110), "certificate_chain"),
        ("TCB signer may do anything", |f| f.tcb_signer.remove_extension(KEY_USAGE), "certificate_chain"),
        ("TCB signer of a platform's name", |f| f.tcb_signer.subject = f.pck.subject.clone(), "certificate_chain"),
        ("TCB signer of nearly its name", |f| f.tcb_signer.subject = "SGX TCB Signer".into(), "certificate_chain"),
        ("PCK of the TCB signer's name", |f| f.pck.subject = f.tcb_signer.subject.clone(), "certificate_chain"),
        ("PCK of its authority's name", |f| f.pck.subject = f.pck_ca.subject.clone(), "certificate_chain"),
        ("critical in PCK CA", |f| f.pck_ca.extensions.push(unknown()), "certificate_chain"),
        ("critical in TCB signer", |f| f.tcb_signer.extensions.push(unknown()), "certificate_chain"),
        ("PCK with an RSA key", |f| f.pck.key = Key::ark(), "pck_chain"),
        ("TCB signer with an RSA key", |f| f.tcb_signer.key = Key::ark(), MALFORMED),
        ("PCK of version 1", |f| f.pck.version = 0, "pck_chain"),
        ("algorithm inside PCK", |f| f.pck.inner_algorithm = Some(other()), "certificate_signature_algorithm"),
        ("PCK CA's issuer", |f| f.pck_ca.issuer = "Another root".into(), "untrusted_root"),
        ("TCB signer's issuer", |f| f.tcb_signer.issuer = "Another root".into(), "untrusted_root"),
        ("root's list of another", |f| f.crls.root.issuer = "Another root".into(), "untrusted_root"),
        ("root's list without end", |f| f.crls.root.next_update = None, MALFORMED),
        ("PCK list without end", |f| f.crls.pck.next_update = None, MALFORMED),
        ("critical in root's list", |f| f.crls.root.extensions.push(unknown()), MALFORMED),
        ("critical in an entry of the root's list", |f| entry(&mut f.crls.root, unknown()), MALFORMED),
        ("critical in an entry of the PCK list", |f| entry(&mut f.crls.pck, unknown()), MALFORMED),
        ("entries of other issuers", |f| entry(&mut f.crls.pck, indirect()), MALFORMED),
        ("critical in PCK list", |f| f.crls.pck.extensions.push(unknown()), MALFORMED),
        ("PCK list with two numbers", |f| f.crls.pck.extensions.extend(f.crls.root.extensions.clone()), MALFORMED),
        ("no SGX extension", |f| f.pck_extension.clear(), "pck_extension"),
        ("no PPID", |f| f.pck_extension.retain(|(arc, _)| *arc != "1"), "pck_extension"),
        ("PPID short", |f| item(f, "1", der::octets(&[1; 15])), "pck_extension"),
        ("no TCB", |f| f.pck_extension.retain(|(arc, _)| *arc != "2"), "pck_extension"),
        ("TCB no sequence", |f| item(f, "2", der::octets(&[])), "pck_extension"),
        ("FMSPC short", |f| item(f, "4", der::octets(&[0; 5])), "pck_extension"),
        ("no known SGX type", |f| item(f, "5", der::enumerated(3)), "pck_extension"),
        ("SGX type of two bytes", |f| item(f, "5", der::tlv(0x0A, &[1, 0])), "pck_extension"),
        ("PPID twice", |f| f.pck_extension.push(("1", der::octets(&[0x99; 16]))), "pck_extension"),
        ("SGX type an integer", |f| item(f, "5", der::integer(&[1])), "pck_extension"),
        ("PCE-ID short", |f| item(f, "3", der::octets(&[0])), "pck_extension"),
        (
            "extension twice",
            |f| f.pck.extensions.push(Extension::new(SGX_EXTENSION, vec![0x30, 0])),
            "certificate_chain",
        ),
        ("instance id short", |f| item(f, "6", der::octets(&[1; 15])), "pck_extension"),
        ("instance id empty", |f| item(f, "6", der::octets(&[])), "pck_extension"),
    ];
    for (name, change, code) in cases {
        assert_code(name, tdx(&changed(change), now()), code);
    }
}

const KEY_USAGE: &str = "2.5.29.15";

/// Gives a certificate another key usage.
fn usage(certificate: &mut Certificate, bits: u8) {
    *certificate.extension(KEY_USAGE) = Extension::key_usage(bits);
}

/// Revokes a certificate that is not here, in an entry with an extension.
fn entry(list: &mut Crl, extension: Extension) {
    list.revoked = vec![vec![99]];
    list.entry_extensions = vec![extension];
}

/// The issuer of an entry, where it is not the list's (RFC 5280 section 5.3.3).
fn indirect() -> Extension {
    Extension::critical("2.5.29.29", der::sequence(&[]))
}

/// Why a certificate was revoked (RFC 5280 section 5.3.1) changes nothing.
#[test]
fn a_reason_for_a_revocation_is_no_reason_to_refuse_a_list() {
    let reason = || Extension::new("2.5.29.21", der::enumerated(1));
    let minted = changed(|f| entry(&mut f.crls.pck, reason()));
    tdx(&minted, now()).unwrap();
    let minted = changed(|f| {
        entry(&mut f.crls.pck, reason());
        f.crls.pck.revoked.push(vec![3]);
    });
    assert_code("PCK revoked", tdx(&minted, now()), "certificate_revoked");
}

/// ecdsa-with-SHA384.
fn other() -> Vec<u8> {
    der::sequence(&[der::oid("1.2.840.10045.4.3.3")])
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
        ("TCB Info version 2", |f| f.tcb_info["version"] = json!(2), "collateral_unsupported"),
        ("collateral of SGX", |f| of_sgx(f), "collateral_kind"),
        ("TCB Info of another technology", |f| f.tcb_info["id"] = json!("TDY"), "collateral_unsupported"),
        ("QE Identity of SGX", |f| f.qe_identity["id"] = json!("QE"), "collateral_kind"),
        ("QE Identity version 1", |f| f.qe_identity["version"] = json!(1), "collateral_unsupported"),
        ("FMSPC", |f| f.tcb_info["fmspc"] = json!("00F06F000001"), "fmspc_mismatch"),
        ("PCEID", |f| f.tcb_info["pceId"] = json!("0001"), "pce_id_mismatch"),
        ("PCEID short", |f| f.tcb_info["pceId"] = json!("00"), MALFORMED),
        ("PCEID no hexadecimal", |f| f.tcb_info["pceId"] = json!("zz"), MALFORMED),
        ("TCB type 1", |f| f.tcb_info["tcbType"] = json!(1), "collateral_unsupported"),
        ("TCB Info version 4", |f| f.tcb_info["version"] = json!(4), "collateral_unsupported"),
        ("FMSPC no hexadecimal", |f| f.tcb_info["fmspc"] = json!("zz"), MALFORMED),
        ("no level is met", |f| raise(f, "pcesvn", json!(12)), "tcb_level_unsupported"),
        ("a component is too old", |f| raise(f, "sgxtcbcomponents", components(15, 3)), "tcb_level_unsupported"),
        ("too few components", |f| raise(f, "sgxtcbcomponents", json!([])), MALFORMED),
        ("no levels", |f| f.tcb_info["tcbLevels"] = json!([]), "tcb_level_unsupported"),
        ("no QE levels", |f| f.qe_identity["tcbLevels"] = json!([]), MALFORMED),
        ("platform revoked", |f| status(&mut f.tcb_info, "Revoked"), "tcb_revoked"),
        ("QE revoked", |f| status(&mut f.qe_identity, "Revoked"), "tcb_revoked"),
        ("status of another kind", |f| status(&mut f.tcb_info, "TDRelaunchAdvised"), MALFORMED),
        ("no known status", |f| status(&mut f.tcb_info, "Fine"), MALFORMED),
        ("no TDX module", |f| drop(f.tcb_info.as_object_mut().unwrap().remove("tdxModule")), MALFORMED),
        ("module status of another kind", |f| module(f)["tcbStatus"] = json!("SWHardeningNeeded"), MALFORMED),
        ("QE status of another kind", |f| status(&mut f.qe_identity, "SWHardeningNeeded"), MALFORMED),
        ("module identity by another name", |f| f.tcb_info["tdxModuleIdentities"][0]["id"] = json!("TDX_1"), MALFORMED),
        ("levels without TDX components", without_tdx_components, MALFORMED),
        ("a level that is not met, with no date", |f| f.tcb_info["tcbLevels"][1]["tcbDate"] = json!("2025"), MALFORMED),
        ("a date with an offset", |f| f.tcb_info["issueDate"] = json!("2026-06-01T00:00:00+00:00"), MALFORMED),
        ("a mask too long", |f| f.qe_identity["attributesMask"] = json!("FF".repeat(17)), MALFORMED),
        ("module revoked", |f| module(f)["tcbStatus"] = json!("Revoked"), "tcb_revoked"),
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
        ("tcb_info", json!("{"), "collateral_signature"),
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
    let chain = atbac_simulation::pem(&[&signer[0], &authority[0], &authority[1]]);
    minted.collateral["tcb_info_issuer_chain"] = json!(chain);
    minted.collateral["qe_identity_issuer_chain"] = json!(chain);
    assert_code("TCB signer below the platform CA", tdx(&minted, now()), "certificate_chain");

    let mut bare = QuoteForgery::tdx();
    bare.quote.chain_type = 3;
    let mut minted = bare.mint();
    let authority = blocks("pck_crl_issuer_chain", &minted);
    let chain = atbac_simulation::pem(&[authority[0].as_slice(); 6]);
    minted.collateral["pck_certificate_chain"] = json!(chain);
    assert_code("too long a chain", tdx(&minted, now()), "certificate_chain");

    let number = |f: &mut QuoteForgery| f.crls.root.extensions[0].value = der::integer(&[1, 0, 0, 0, 0]);
    assert_code("list number of 33 bits", tdx(&changed(number), now()), MALFORMED);
}

/// Intel's extension of platforms' certificates.
const SGX_EXTENSION: &str = "1.2.840.113741.1.13.1";

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

fn without_tdx_components(forgery: &mut QuoteForgery) {
    for level in forgery.tcb_info["tcbLevels"].as_array_mut().unwrap() {
        level["tcb"].as_object_mut().unwrap().remove("tdxtcbcomponents");
    }
}

/// Intel leaves out what there is none of. dcap-qvl refuses a null too, so nobody reads these two ways.
#[test]
fn nothing_is_null() {
    type Change = fn(&mut QuoteForgery);
    let cases: [(&str, Change); 3] = [
        ("components", |f| raise(f, "tdxtcbcomponents", json!(null))),
        ("module", |f| f.tcb_info["tdxModule"] = json!(null)),
        ("advisories", |f| f.tcb_info["tcbLevels"][0]["advisoryIDs"] = json!(null)),
    ];
    for (name, change) in cases {
        let mut forgery = QuoteForgery::sgx();
        assert!(sgx(&forgery.mint(), now()).is_ok());
        change(&mut forgery);
        assert_code(name, sgx(&forgery.mint(), now()), MALFORMED);
    }
}

/// What asks for `svn` of one of the 16 components, and for 2 of the others.
fn components(which: usize, svn: u8) -> Value {
    (0..16).map(|at| json!({ "svn": if at == which { svn } else { 2 } })).collect()
}

fn of_sgx(forgery: &mut QuoteForgery) {
    forgery.tcb_info["id"] = json!("SGX");
    forgery.qe_identity["id"] = json!("QE");
}

/// The level of the TDX module.
fn module(forgery: &mut QuoteForgery) -> &mut Value {
    &mut forgery.tcb_info["tdxModuleIdentities"][0]["tcbLevels"][0]
}

/// A text that Intel signed has each name once: which of two would count is for no parser to choose.
#[test]
fn names_stand_once() {
    for (text, signature) in [("tcb_info", "tcb_info_signature"), ("qe_identity", "qe_identity_signature")] {
        let forgery = QuoteForgery::tdx();
        let mut minted = forgery.mint();
        let once = minted.collateral[text].as_str().unwrap().to_owned();
        let twice = once.replacen('{', "{\"nextUpdate\":\"2099-01-01T00:00:00Z\",", 1);
        minted.collateral[text] = json!(twice);
        minted.collateral[signature] = json!(hex::encode(forgery.tcb_info_key.sign_raw(twice.as_bytes())));
        assert_code(text, tdx(&minted, now()), MALFORMED);
    }
}

fn status(collateral: &mut Value, status: &str) {
    collateral["tcbLevels"][0]["tcbStatus"] = json!(status);
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

/// The lists are those of the authorities that issued the platform's own chain.
#[test]
fn the_lists_cover_the_quotes_own_chain() {
    let forgery = QuoteForgery::tdx();
    let good = forgery.mint();
    let with_list_of = |other: &QuoteForgery| {
        let mut minted = good.clone();
        let other = other.mint();
        for field in ["pck_crl_issuer_chain", "pck_crl", "root_ca_crl"] {
            minted.collateral[field] = other.collateral[field].clone();
        }
        tdx(&minted, now())
    };
    with_list_of(&forgery).unwrap();

    let mut other_key = forgery.clone();
    let key = Key::Ec(EcKey::p256());
    (other_key.pck_ca.key, other_key.crls.pck_key) = (key.clone(), key);
    assert_code("an authority of the same name", with_list_of(&other_key), "revocation_unknown");

    let mut other_name = forgery.clone();
    other_name.pck_ca.subject = "Forged SGX PCK Processor CA".into();
    other_name.crls.pck.issuer = other_name.pck_ca.subject.clone();
    assert_code("an authority with the same key", with_list_of(&other_name), "revocation_unknown");

    // The authority was certified again; its certificate in the quote's chain is the one that was revoked.
    let mut again = forgery;
    again.pck_ca.serial = vec![9];
    with_list_of(&again).unwrap();
    again.crls.root.revoked = vec![vec![2]];
    assert_code("the quote's certificate of the authority", with_list_of(&again), "certificate_revoked");
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

/// Intel signs TCB Info and QE Identity with one certificate, and a platform's chain has the authority's certificate that the collateral has.
/// Neither has to be so, and what differs is checked by itself.
#[test]
fn what_is_checked_once_is_the_same() {
    let good = QuoteForgery::tdx();
    let with = |change: &dyn Fn(&mut QuoteForgery)| {
        let mut other = good.clone();
        change(&mut other);
        other.mint()
    };
    let qe_chain_of = |change: &dyn Fn(&mut QuoteForgery)| {
        let (mut minted, other) = (good.mint(), with(change));
        for part in ["qe_identity", "qe_identity_signature", "qe_identity_issuer_chain"] {
            minted.collateral[part] = other.collateral[part].clone();
        }
        tdx(&minted, now())
    };
    let key = EcKey::p256();
    let another = |f: &mut QuoteForgery| {
        f.tcb_signer.serial = vec![5];
        f.tcb_signer.key = Key::Ec(key.clone());
        f.qe_identity_key = key.clone();
    };
    let end = now() + SignedDuration::from_hours(1);
    qe_chain_of(&another).unwrap();
    let brief = qe_chain_of(&|f| {
        another(f);
        f.tcb_signer.not_after = end;
    });
    assert_eq!(brief.unwrap().expires_at(), end);
    let by_a_stranger = qe_chain_of(&|f| {
        another(f);
        f.tcb_signer_issuer = Key::Ec(EcKey::p256());
    });
    assert_code("QE Identity's signer by another", by_a_stranger, "certificate_signature");
    let revoked = {
        let mut revoked = good.clone();
        revoked.crls.root.revoked = vec![vec![5]];
        let (mut minted, other) = (revoked.mint(), with(&another));
        for part in ["qe_identity", "qe_identity_signature", "qe_identity_issuer_chain"] {
            minted.collateral[part] = other.collateral[part].clone();
        }
        tdx(&minted, now())
    };
    assert_code("QE Identity's signer revoked", revoked, "certificate_revoked");

    let chain_of =
        |change: &dyn Fn(&mut QuoteForgery)| tdx(&MintedQuote { quote: with(change).quote, ..good.mint() }, now());
    chain_of(&|f| f.pck_ca.serial = vec![9]).unwrap();
    let by_a_stranger = chain_of(&|f| f.pck_ca_issuer = Key::Ec(EcKey::p256()));
    assert_code("PCK CA by another", by_a_stranger, "certificate_signature");
    assert_code("PCK by another", chain_of(&|f| f.pck_issuer = Key::Ec(EcKey::p256())), "certificate_signature");
    assert_code("PCK CA no authority", chain_of(&|f| f.pck_ca.extensions.clear()), "certificate_chain");
    assert_code("PCK an authority", chain_of(&|f| f.pck.extensions.push(Extension::authority(0))), "certificate_chain");
    assert_eq!(chain_of(&|f| f.pck_ca.not_after = end).unwrap().expires_at(), end);
}
