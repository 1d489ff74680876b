//! Certificates of Intel's whose key is of another kind than it looks, or that lack what makes an authority.

use atbac_evidence::dcap::TcbStatus;
use atbac_simulation::{EcKey, Extension, Key, QuoteForgery, der, pem};
use serde_json::json;

use crate::forged_quote::{assert_code, changed, now, tdx};
use crate::forged_snp_key::{EC_PUBLIC_KEY, key_info, with_key_info};

/// The point is on P-256 and every signature verifies under it: what is wrong is what the certificate calls it.
#[test]
fn a_signers_key_is_what_its_certificate_calls_it() {
    let mut forgery = QuoteForgery::tdx();
    let key = EcKey::p256();
    forgery.tcb_signer.key = Key::Ec(key.clone());
    forgery.tcb_info_key = key.clone();
    forgery.qe_identity_key = key.clone();
    let mut minted = forgery.mint();
    let point = [&[0x04][..], &key.point()].concat();
    let mut with = |algorithm, curve| {
        let info = key_info(algorithm, der::oid(curve), &point);
        let signer = with_key_info(&forgery.tcb_signer, &info, &forgery.tcb_signer_issuer);
        let chain = json!(pem(&[&signer, &minted.root]));
        minted.collateral["tcb_info_issuer_chain"] = chain.clone();
        minted.collateral["qe_identity_issuer_chain"] = chain;
        tdx(&minted, now())
    };
    const SECP256R1: &str = "1.2.840.10045.3.1.7";
    assert_eq!(with(EC_PUBLIC_KEY, SECP256R1).unwrap().platform.tcb_status, TcbStatus::UpToDate);
    assert_code("secp256k1", with(EC_PUBLIC_KEY, "1.3.132.0.10"), "collateral_malformed");
    assert_code("id-ecDH", with("1.3.132.1.12", SECP256R1), "collateral_malformed");
}

/// Its key usage says that it may certify: its basic constraints do not.
#[test]
fn an_authority_is_one_by_its_basic_constraints() {
    let minted = changed(|f| f.pck_ca.extension("2.5.29.19").value = der::sequence(&[]));
    assert_code("PCK CA", tdx(&minted, now()), "certificate_chain");
    let minted = changed(|f| *f.pck_ca.extension("2.5.29.19") = Extension::authority(0));
    tdx(&minted, now()).unwrap();
}
