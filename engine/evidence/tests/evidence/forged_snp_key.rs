//! SNP certificates whose key is of another kind than it looks, and lists whose extensions do not matter.

use atbac_evidence::snp::AmdRoots;
use atbac_simulation::{Certificate, Extension, Key, SnpForgery, der};

use crate::forged_snp::{assert_code, now, verify};

const RSA: &str = "1.2.840.113549.1.1.1";
pub(crate) const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const SECP384R1: &str = "1.3.132.0.34";

/// `certificate` with other bytes in the place of its `SubjectPublicKeyInfo`, signed with `signer`.
pub(crate) fn with_key_info(certificate: &Certificate, info: &[u8], signer: &Key) -> Vec<u8> {
    let signed = certificate.sign(signer);
    let old = certificate.key.spki();
    let at = signed.windows(old.len()).position(|window| window == old).unwrap();
    // Header of the whole, header of the signed part; both have a length of two bytes (X.690 section 8.1.3.5).
    let end = 8 + usize::from(u16::from_be_bytes([signed[6], signed[7]]));
    let tbs = der::sequence(&[signed[8..at].to_vec(), info.to_vec(), signed[at + old.len()..end].to_vec()]);
    let signature = der::bits(&signer.sign(&tbs));
    der::sequence(&[tbs, signer.signature_algorithm(), signature])
}

pub(crate) fn key_info(algorithm: &str, parameters: Vec<u8>, key: &[u8]) -> Vec<u8> {
    der::sequence(&[der::sequence(&[der::oid(algorithm), parameters]), der::bits(key)])
}

/// The point is on P-384 and the report's signature verifies under it: what is wrong is what the certificate calls it.
#[test]
fn a_report_key_is_what_its_certificate_calls_it() {
    let forgery = SnpForgery::milan();
    let mut minted = forgery.mint();
    let point = [&[0x04][..], &forgery.report_signer.point()].concat();
    let mut with = |algorithm, curve| {
        let info = key_info(algorithm, der::oid(curve), &point);
        minted.vek = with_key_info(&forgery.vek, &info, &forgery.vek_signer);
        verify(&minted, &minted.ark, now())
    };
    with(EC_PUBLIC_KEY, SECP384R1).unwrap();
    assert_code("secp521r1", with(EC_PUBLIC_KEY, "1.3.132.0.35"), "certificate_key");
    assert_code("id-ecDH", with("1.3.132.1.12", SECP384R1), "certificate_key");
}

#[test]
fn a_root_key_is_an_rsa_key_of_4096_bits_and_nothing_else() {
    let forgery = SnpForgery::milan();
    let root = |algorithm, key: &[u8]| {
        let info = key_info(algorithm, der::null(), key);
        AmdRoots::given(&with_key_info(&forgery.ark, &info, &forgery.ark_signer)).map(drop)
    };
    let refused =
        |verdict: Result<(), atbac_evidence::Refusal>| assert_eq!(verdict.unwrap_err().code(), "certificate_key");
    let key = |modulus: &[u8]| der::sequence(&[der::integer(modulus), der::integer(&[1, 0, 1])]);
    let modulus = [0xC5; 512];
    root(RSA, &key(&modulus)).unwrap();
    // id-RSASSA-PSS (RFC 4055 section 3.1) limits what the key is for; AMD's are not so limited.
    refused(root("1.2.840.113549.1.1.10", &key(&modulus)));
    refused(root(RSA, &[key(&modulus), vec![0]].concat()));
    refused(root(RSA, &der::sequence(&[der::integer(&modulus)])));
    refused(root(RSA, &key(&modulus[1..])));
    let mut of_4095_bits = modulus;
    of_4095_bits[0] = 0x45;
    refused(root(RSA, &key(&of_4095_bits)));
}

/// The trusted root is not the product's: nothing else in the chain tells.
#[test]
fn a_trusted_root_vouches_for_its_own_product_alone() {
    let mut forgery = SnpForgery::milan();
    for name in [&mut forgery.ark.subject, &mut forgery.ark.issuer, &mut forgery.ask.issuer, &mut forgery.crl.issuer] {
        *name = "ARK-Genoa".into();
    }
    let minted = forgery.mint();
    assert_code("Genoa's root over Milan", verify(&minted, &minted.ark, now()), "certificate_name");
}

#[test]
fn extensions_of_a_list_that_change_nothing_are_let_through() {
    for extension in [
        Extension::new("1.2.3.4", vec![5, 0]),
        Extension::critical("2.5.29.20", der::integer(&[1])),
        Extension::critical("2.5.29.35", der::sequence(&[])),
    ] {
        let mut forgery = SnpForgery::milan();
        forgery.crl.extensions = vec![extension];
        let minted = forgery.mint();
        verify(&minted, &minted.ark, now()).unwrap();
    }
}
