//! SNP evidence in whose certificates or revocation list one thing is wrong.

use atbac_simulation::{EcKey, Extension, Key, SnpForgery, der};
use jiff::SignedDuration;

use crate::forged_snp::{Base, now, refused, verify};

#[test]
fn one_thing_wrong_with_the_chain() {
    type Change = fn(&mut SnpForgery);
    type Case = (&'static str, Change, &'static str);
    fn hours(hours: i64) -> SignedDuration {
        SignedDuration::from_hours(hours)
    }
    let cases: &[Case] = &[
        // Validity.
        ("VEK expired", |f| f.vek.not_after = now() - hours(1), "certificate_expired"),
        ("ASK expired", |f| f.ask.not_after = now() - hours(1), "certificate_expired"),
        ("ARK expired", |f| f.ark.not_after = now() - hours(1), "certificate_expired"),
        ("VEK early", |f| f.vek.not_before = now() + hours(1), "certificate_not_yet_valid"),
        ("ASK early", |f| f.ask.not_before = now() + hours(1), "certificate_not_yet_valid"),
        ("ARK early", |f| f.ark.not_before = now() + hours(1), "certificate_not_yet_valid"),
        // Signatures.
        ("VEK by another", |f| f.vek_signer = Key::asvk(), "certificate_signature"),
        ("VEK by the root", |f| f.vek_signer = Key::ark(), "certificate_signature"),
        ("ASK by itself", |f| f.ask_signer = Key::ask(), "certificate_signature"),
        ("ARK by another", |f| f.ark_signer = Key::ask(), "certificate_signature"),
        (
            "a short key",
            |f| {
                f.vek_signer = Key::rsa_2048();
                f.ask.key = f.vek_signer.clone();
            },
            "certificate_key",
        ),
        // Names.
        ("VEK's issuer", |f| f.vek.issuer = "SEV-Genoa".into(), "certificate_name"),
        ("VEK's subject", |f| f.vek.subject = "SEV-XCEK".into(), "certificate_name"),
        ("ASK's issuer", |f| f.ask.issuer = "ARK-Genoa".into(), "certificate_name"),
        ("ASK's subject", |f| f.ask.subject = "SEV-Genoa".into(), "certificate_name"),
        ("ARK's subject", |f| f.ark.subject = "ARK-Genoa".into(), "untrusted_root"),
        ("ARK's issuer", |f| f.ark.issuer = "ARK-Genoa".into(), "certificate_name"),
        ("ARK's key", |f| f.ark.key = Key::asvk(), "untrusted_root"),
        (
            "VCEK under an ASVK",
            |f| {
                f.ask.subject = "SEV-VLEK-Milan".into();
                f.vek.issuer = "SEV-VLEK-Milan".into();
            },
            "certificate_name",
        ),
        ("another product", |f| product(f, "Genoa-B0"), "certificate_name"),
        ("no known product", |f| product(f, "Venice-A0"), "product_unknown"),
        // Constraints.
        ("ASK no authority", |f| f.ask.extension(BASIC).value = end_entity(), CONSTRAINTS),
        ("ARK no authority", |f| f.ark.extension(BASIC).value = end_entity(), CONSTRAINTS),
        ("ARK path too short", |f| *f.ark.extension(BASIC) = Extension::authority(0), CONSTRAINTS),
        ("ASK without constraints", |f| f.ask.remove_extension(BASIC), CONSTRAINTS),
        ("ASK without usage", |f| f.ask.remove_extension(USAGE), CONSTRAINTS),
        ("ASK may sign lists only", |f| usage(&mut f.ask, 0b10), CONSTRAINTS),
        ("ARK may sign lists only", |f| usage(&mut f.ark, 0b10), CONSTRAINTS),
        ("ARK may sign no lists", |f| usage(&mut f.ark, 0b100), CONSTRAINTS),
        ("VEK an authority", |f| f.vek.extensions.push(Extension::authority(0)), CONSTRAINTS),
        ("critical in VEK", |f| f.vek.extensions.push(unknown()), CONSTRAINTS),
        ("critical in ASK", |f| f.ask.extensions.push(unknown()), CONSTRAINTS),
        ("critical in ARK", |f| f.ark.extensions.push(unknown()), CONSTRAINTS),
        // Algorithms and keys.
        ("inner PKCS #1", |f| f.vek.inner_algorithm = Some(pkcs1()), ALGORITHM),
        ("outer PKCS #1", |f| f.vek.outer_algorithm = Some(pkcs1()), ALGORITHM),
        ("ASK's inner PKCS #1", |f| f.ask.inner_algorithm = Some(pkcs1()), ALGORITHM),
        ("RSA report key", |f| f.vek.key = Key::asvk(), "certificate_key"),
        ("P-256 report key", |f| f.vek.key = Key::Ec(EcKey::p256()), "certificate_key"),
        ("EC signing key", |f| f.ask.key = Key::Ec(EcKey::p384()), "certificate_key"),
        ("version 1", |f| f.vek.version = 0, "certificate_malformed"),
    ];
    for (name, change, code) in cases {
        refused(name, SnpForgery::milan, change, code);
    }
    refused(
        "VLEK under an ASK",
        SnpForgery::vlek,
        |f| {
            f.ask.subject = "SEV-Milan".into();
            f.vek.issuer = "SEV-Milan".into();
        },
        "certificate_name",
    );
}

const BASIC: &str = "2.5.29.19";
const USAGE: &str = "2.5.29.15";
const CONSTRAINTS: &str = "certificate_constraints";
const ALGORITHM: &str = "certificate_signature_algorithm";

fn product(forgery: &mut SnpForgery, name: &str) {
    forgery.vek.extension(&amd("2")).value = der::ia5(name);
}

fn usage(certificate: &mut atbac_simulation::Certificate, bits: u8) {
    *certificate.extension(USAGE) = Extension::key_usage(bits);
}

fn end_entity() -> Vec<u8> {
    der::sequence(&[])
}

/// An entry for a certificate that is not here, of which something has to be known that is not.
fn entry(forgery: &mut SnpForgery) {
    forgery.crl.revoked = vec![vec![99]];
    forgery.crl.entry_extensions = vec![unknown()];
}

fn unknown() -> Extension {
    Extension::critical("1.2.3.4", vec![5, 0])
}

/// sha384WithRSAEncryption.
fn pkcs1() -> Vec<u8> {
    der::sequence(&[der::oid("1.2.840.113549.1.1.12"), der::null()])
}

pub(crate) fn amd(arc: &str) -> String {
    format!("1.3.6.1.4.1.3704.1.{arc}")
}

#[test]
fn one_thing_wrong_with_the_key_certificates_extensions() {
    let milan: Base = SnpForgery::milan;
    for (base, arcs) in [
        (milan, &["1", "2", "3.1", "3.2", "3.3", "3.8", "4"][..]),
        (SnpForgery::turin, &["3.9", "4"]),
        (SnpForgery::vlek, &["5"]),
    ] {
        for arc in arcs {
            let oid = amd(arc);
            let name = format!("{arc} missing");
            refused(&name, base, |f| f.vek.remove_extension(&oid), "certificate_extension");
            let name = format!("{arc} empty");
            refused(&name, base, |f| f.vek.extension(&oid).value.clear(), "certificate_extension");
            let name = format!("{arc} twice");
            let twice = |f: &mut SnpForgery| {
                let copy = f.vek.extension(&oid).clone();
                f.vek.extensions.push(copy);
            };
            refused(&name, base, twice, "certificate_malformed");
        }
    }

    let wrong = |name: &str, base: Base, arc: &str, value: Vec<u8>| {
        let change = |f: &mut SnpForgery| f.vek.extension(&amd(arc)).value = value;
        refused(name, base, change, "certificate_extension");
    };
    wrong("Turin's structure on Milan", milan, "1", der::integer(&[1]));
    wrong("Milan's structure on Turin", SnpForgery::turin, "1", der::integer(&[0]));
    wrong("level of two bytes", milan, "3.3", der::integer(&[1, 24]));
    wrong("level no integer", milan, "3.3", der::octets(&[24]));
    wrong("level raw", milan, "3.3", vec![24]);
    wrong("level with more after it", milan, "3.3", [der::integer(&[24]), vec![0]].concat());
    wrong("product name UTF-8", milan, "2", der::utf8("Milan-B0"));
    wrong("chip id wrapped in DER", milan, "4", der::octets(&[0xC1; 64]));
    wrong("chip id short", milan, "4", vec![0xC1; 63]);
    wrong("chip id of Turin's length", milan, "4", vec![0xC1; 8]);
    wrong("chip id of Milan's length", SnpForgery::turin, "4", vec![0xC1; 64]);

    let extra = |name: &str, base: Base, arc: &str, value: Vec<u8>| {
        let change = |f: &mut SnpForgery| f.vek.extensions.push(Extension::new(&amd(arc), value));
        refused(name, base, change, "certificate_extension");
    };
    extra("provider of a VCEK", milan, "5", der::ia5("example-cloud"));
    extra("chip of a VLEK", SnpForgery::vlek, "4", vec![0xC1; 64]);
    extra("fmc on Milan", milan, "3.9", der::integer(&[0]));

    for arc in ["3.4", "3.5", "3.6", "3.7"] {
        extra(arc, milan, arc, der::integer(&[1]));
        extra(arc, milan, arc, vec![0]);
        let mut zero = SnpForgery::milan();
        zero.vek.extensions.push(Extension::new(&amd(arc), der::integer(&[0])));
        let minted = zero.mint();
        verify(&minted, &minted.ark, now()).unwrap();
    }

    let other_level = |f: &mut SnpForgery| f.vek.extension(&amd("3.8")).value = der::integer(&[220]);
    refused("key of another TCB", milan, other_level, "tcb_mismatch");
    let other_chip = |f: &mut SnpForgery| f.vek.extension(&amd("4")).value = vec![0xC2; 64];
    refused("key of another chip", milan, other_chip, "chip_id_mismatch");
}

#[test]
fn one_thing_wrong_with_the_revocation_list() {
    type Change = fn(&mut SnpForgery);
    let day = SignedDuration::from_hours(24);
    let stale = move |f: &mut SnpForgery| f.crl.next_update = Some(now() - day);
    refused("stale list", SnpForgery::milan, stale, "crl_expired");
    let early = move |f: &mut SnpForgery| f.crl.this_update = now() + day;
    refused("early list", SnpForgery::milan, early, "crl_not_yet_valid");

    let cases: &[(&str, Change, &str)] = &[
        ("ASK revoked", |f| f.crl.revoked = vec![vec![7], vec![2]], "certificate_revoked"),
        ("ARK revoked", |f| f.crl.revoked = vec![vec![1]], "certificate_revoked"),
        ("VEK revoked", |f| f.crl.revoked = vec![vec![0]], "certificate_revoked"),
        ("endless list", |f| f.crl.next_update = None, "crl_without_next_update"),
        ("another's list", |f| f.crl.issuer = "ARK-Genoa".into(), "crl_issuer"),
        ("list by the ASK", |f| f.crl_signer = Key::ask(), "crl_signature"),
        ("list signed with ECDSA", |f| f.crl_signer = Key::Ec(EcKey::p256()), "crl_signature_algorithm"),
        ("delta list", |f| f.crl.extensions.push(delta()), "crl_unsupported"),
        ("critical in an entry", |f| entry(f), "crl_unsupported"),
    ];
    for (name, change, code) in cases {
        refused(name, SnpForgery::milan, change, code);
    }
    refused("VLEK revoked", SnpForgery::vlek, |f| f.crl.revoked = vec![vec![9]], "certificate_revoked");

    let mut others = SnpForgery::milan();
    others.crl.revoked = vec![vec![3], vec![1, 0]];
    let minted = others.mint();
    verify(&minted, &minted.ark, now()).unwrap();
}

/// The delta CRL indicator (RFC 5280 section 5.2.4).
fn delta() -> Extension {
    Extension::critical("2.5.29.27", der::integer(&[1]))
}

/// The number 0 is every VCEK's, and nobody else's.
#[test]
fn a_revocation_speaks_of_every_chip_only_where_it_is() {
    type Change = fn(&mut SnpForgery);
    let cases: [(Base, Change, bool); 3] = [
        (SnpForgery::milan, |f| f.crl.revoked = vec![vec![0]], true),
        (SnpForgery::vlek, |f| f.crl.revoked = vec![vec![9]], false),
        (
            SnpForgery::milan,
            |f| {
                f.vek.serial = vec![4];
                f.ask.serial = vec![0];
                f.crl.revoked = vec![vec![0]];
            },
            false,
        ),
    ];
    for (base, change, every_chip) in cases {
        let mut forgery = base();
        change(&mut forgery);
        let minted = forgery.mint();
        let message = verify(&minted, &minted.ark, now()).unwrap_err().to_string();
        assert_eq!(message.contains("Every VCEK has the number 0"), every_chip, "{message}");
    }
}
