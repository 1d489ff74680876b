//! Files of certificates and revocation lists: DER, PEM, and what is neither.

use atbac_evidence::certificates;
use atbac_evidence::snp::AmdRoots;
use atbac_simulation::{MintedSnp, SnpForgery, pem_block};

use crate::forged_snp::{assert_code, now, verify};

#[test]
fn certificates_and_lists_may_be_pem() {
    let good = SnpForgery::milan().mint();
    let pem = |der: &[u8]| atbac_simulation::pem(&[der]).into_bytes();
    let minted = MintedSnp {
        vek: pem(&good.vek),
        ask: [b"\n", pem(&good.ask).as_slice()].concat(),
        ark: pem(&good.ark),
        crl: pem_block("X509 CRL", &good.crl).into_bytes(),
        ..good.clone()
    };
    verify(&minted, &minted.ark, now()).unwrap();

    // Lines of any length, ends of lines of either kind, space around the text.
    let lines = atbac_simulation::pem(&[&good.vek]);
    let one_line = lines.replace('\n', "").replacen("E-----", "E-----\n\n ", 1);
    for file in [lines.replace('\n', "\r\n"), one_line, lines.replace('\n', " \n\t")] {
        verify(&MintedSnp { vek: file.into_bytes(), ..good.clone() }, &good.ark, now()).unwrap();
    }

    let bundle = atbac_simulation::pem(&[&good.ask, &good.ark]);
    let several = MintedSnp { ask: bundle.clone().into_bytes(), ..good.clone() };
    assert_code("two in one", verify(&several, &good.ark, now()), "certificate_malformed");
    assert_eq!(certificates(bundle.as_bytes()).unwrap(), [good.ask.as_slice(), &good.ark]);
    assert_eq!(certificates(&good.ark).unwrap(), [good.ark.as_slice()]);
}

/// As tools print them: a text about the certificate before it.
#[test]
fn text_may_stand_before_pem() {
    let good = SnpForgery::milan().mint();
    let pem = atbac_simulation::pem(&[&good.vek]);
    for text in ["Certificate:\n    Data:\n        Version: 3 (0x2)\n", "0 s:CN = SEV-VCEK\n", "# Größe\n"] {
        let minted = MintedSnp { vek: format!("{text}{pem}").into_bytes(), ..good.clone() };
        verify(&minted, &good.ark, now()).unwrap();
    }
}

#[test]
fn malformed_pem_is_an_error() {
    let good = SnpForgery::milan().mint();
    let whole = atbac_simulation::pem(&[&good.vek]);
    for (file, what) in [
        ("-----BEGIN CERTIFICATE-----", "1 PEM blocks begin and 0 are whole"),
        ("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", "cannot be read"),
        ("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", "a PEM block is no base64"),
        ("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", "cannot be read"),
        ("-----BEGIN CERTIFICATE-----\nMAA=\n-----END X-----\n", "the label `CERTIFICATE` and ends as `X`"),
        ("-----BEGIN CERTIFICATE-----\nMAB=\n-----END CERTIFICATE-----\n", "a PEM block is no base64"),
        ("-----BEGIN CERTIFICATE-----\nProc-Type: 4\n\nMAA=\n-----END CERTIFICATE-----\n", "an empty line"),
        ("-----BEGIN CERTIFICATE-----\r\nMA\r\n\r\nA=\r\n-----END CERTIFICATE-----\r\n", "an empty line"),
        ("-----BEGIN CERTIFICATE-----\nProc-Type: 4\nMAA=\n-----END CERTIFICATE-----\n", "a PEM block is no base64"),
        (&whole[..whole.len() - 20], "1 PEM blocks begin and 0 are whole"),
        (&format!("{whole}{}", &whole[..100]), "2 PEM blocks begin and 1 are whole"),
        (&pem_block("X509 CRL", &good.vek), "the label `X509 CRL` and ends as `X509 CRL`; expected `CERTIFICATE`"),
        (
            &pem_block("PRIVATE KEY", &good.vek),
            "the label `PRIVATE KEY` and ends as `PRIVATE KEY`; expected `CERTIFICATE`",
        ),
        ("text and nothing else", "neither DER nor PEM"),
        ("", "neither DER nor PEM"),
    ] {
        let refusal = verify(&MintedSnp { vek: file.into(), ..good.clone() }, &good.ark, now()).unwrap_err();
        assert_eq!(refusal.code(), "certificate_malformed", "{file}");
        assert!(refusal.to_string().starts_with("the VCEK (or VLEK) certificate cannot be read: "), "{refusal}");
        assert!(refusal.to_string().contains(what), "{refusal}");
    }
    let list = MintedSnp { crl: atbac_simulation::pem(&[&good.crl]).into_bytes(), ..good.clone() };
    assert_code("a certificate's label", verify(&list, &good.ark, now()), "crl_malformed");
}

/// A file of several is cut short, or holds something else: the whole file is refused, not the rest taken.
#[test]
fn a_damaged_file_of_certificates_is_refused_whole() {
    let good = SnpForgery::milan().mint();
    let bundle = atbac_simulation::pem(&[&good.ask, &good.ark]);
    let key = format!("{bundle}{}", pem_block("PRIVATE KEY", b"key"));
    for file in [&bundle[..bundle.len() - 30], &key, "-----BEGIN CERTIFICATE-----", ""] {
        let refusal = certificates(file.as_bytes()).unwrap_err();
        assert_eq!(refusal.code(), "certificate_malformed");
        assert!(refusal.to_string().starts_with("the file of certificates cannot be read: "), "{refusal}");
    }
    assert_eq!(AmdRoots::given(bundle.as_bytes()).unwrap_err().code(), "certificate_malformed");
}
