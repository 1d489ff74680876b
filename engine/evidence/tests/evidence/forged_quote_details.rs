//! Quotes and collateral in which a detail is wrong that other checks do not see: dates in another form, bodies with slack, levels behind the
//! first, and what messages say of the root.

use atbac_evidence::certificates;
use atbac_evidence::dcap::{Collateral, IntelRoot, VerifiedCollateral};
use atbac_simulation::{EcKey, Extension, Key, QuoteForgery, der, pem};
use serde_json::{Value, json};

use crate::forged_quote::{assert_code, changed, now, sgx, tdx};

/// Intel writes dates in one form. Others that a library reads might be read otherwise elsewhere.
#[test]
fn dates_have_one_form() {
    for date in ["2026-07-01 00:00:00Z", "2026-07-01t00:00:00z", "2026-07-01T00:00:00Z[UTC]", "2026-07-01T00:00:00.0Z"]
    {
        let minted = changed(|f| f.tcb_info["nextUpdate"] = json!(date));
        assert_code(date, tdx(&minted, now()), "collateral_malformed");
    }
}

#[test]
fn a_body_has_the_size_of_its_type() {
    let mut forgery = QuoteForgery::tdx15();
    forgery.quote.body.extend([0; 4]);
    forgery.quote.body_descriptor = [&3u16.to_le_bytes()[..], &652u32.to_le_bytes()].concat();
    assert_code("four bytes more", tdx(&forgery.mint(), now()), "quote_malformed");
}

/// Every level is read, not only the one that is met.
#[test]
fn levels_that_are_not_met_are_well_formed_too() {
    type Levels = fn(&mut QuoteForgery) -> &mut Value;
    let cases: [(&str, Levels); 2] = [
        ("quoting enclave", |f| &mut f.qe_identity["tcbLevels"]),
        ("module", |f| &mut f.tcb_info["tdxModuleIdentities"][0]["tcbLevels"]),
    ];
    for (name, levels) in cases {
        let minted = changed(|f| {
            let mut level = levels(f)[0].clone();
            level["tcb"]["isvsvn"] = json!(1);
            level["tcbStatus"] = json!("SWHardeningNeeded");
            levels(f).as_array_mut().unwrap().push(level);
        });
        assert_code(name, tdx(&minted, now()), "collateral_malformed");
    }
}

/// Collateral is verified without a quote too, whose chain would tell of it again.
#[test]
fn an_authority_of_platforms_that_is_revoked_ends_collateral() {
    let minted = changed(|f| f.crls.root.revoked = vec![vec![2]]);
    let collateral = Collateral::from_json(minted.collateral.to_string().as_bytes()).unwrap();
    let verdict = VerifiedCollateral::of(&collateral, &IntelRoot::given(&minted.root).unwrap(), now());
    assert_eq!(verdict.unwrap_err().code(), "certificate_revoked");
}

#[test]
fn nothing_follows_a_certificate() {
    let forgery = QuoteForgery::tdx();
    let mut minted = forgery.mint();
    let signer = forgery.tcb_signer.sign(&forgery.tcb_signer_issuer);
    let mut with = |signer: &[u8]| {
        minted.collateral["tcb_info_issuer_chain"] = json!(pem(&[signer, &minted.root]));
        tdx(&minted, now())
    };
    with(&signer).unwrap();
    assert_code("a byte more", with(&[&signer[..], &[0]].concat()), "collateral_malformed");
}

#[test]
fn extensions_of_a_list_that_change_nothing_are_let_through() {
    let minted = changed(|f| {
        f.crls.pck.extensions[0].critical = true;
        f.crls.pck.extensions.push(Extension::critical("2.5.29.35", der::sequence(&[])));
    });
    tdx(&minted, now()).unwrap();
}

/// Another root is to be thought of where a certificate or list does not verify, and nowhere else.
#[test]
fn the_trusted_root_is_named_where_it_may_be_the_reason() {
    let stranger = || Key::Ec(EcKey::p256());
    for (code, minted, named) in [
        ("certificate_signature", changed(|f| f.pck_issuer = stranger()), true),
        ("crl_signature", changed(|f| f.crls.root_key = stranger()), true),
        ("certificate_chain", changed(|f| f.pck.issuer = "Another CA".into()), false),
        ("collateral_expired", changed(|f| f.tcb_info["nextUpdate"] = json!("2026-06-02T00:00:00Z")), false),
    ] {
        let refusal = tdx(&minted, now()).unwrap_err();
        assert_eq!(refusal.code(), code, "{refusal}");
        assert_eq!(refusal.to_string().contains("trusted is the root `Forged SGX Root CA`"), named, "{refusal}");
    }
}

/// A list whose issuer has as many names as fit: they are not read to find out that nobody signed it.
#[test]
fn the_names_of_a_list_are_not_read_when_they_are_too_many() {
    let mut minted = QuoteForgery::tdx().mint();
    let name = der::sequence(&[der::set(der::sequence(&[der::oid("1.2"), der::utf8("")])).repeat(300)]);
    let algorithm = der::sequence(&[der::oid("1.2.840.10045.4.3.2")]);
    let tbs = der::sequence(&[der::integer(&[1]), algorithm.clone(), name, der::time(now())]);
    let list = der::sequence(&[tbs, algorithm, der::bits(&[0; 70])]);
    minted.collateral["root_ca_crl"] = json!(list.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    assert_code("names", tdx(&minted, now()), "collateral_malformed");
}

/// The platform certificate's own extension, with everything in it that there should be, but as a SET.
#[test]
fn the_platforms_extension_is_a_sequence() {
    const OID: &str = "1.2.840.113741.1.13.1";
    let mut forgery = QuoteForgery::tdx();
    let quote = forgery.mint().quote;
    let chain = quote.windows(10).position(|window| window == b"-----BEGIN").unwrap();
    let pck = certificates(&quote[chain..]).unwrap()[0].to_vec();
    // Behind its identifier an extension has its content in an OCTET STRING, here with a length of two bytes.
    let identifier = der::oid(OID);
    let at = pck.windows(identifier.len()).position(|window| window == identifier).unwrap() + identifier.len();
    let length = usize::from(u16::from_be_bytes([pck[at + 2], pck[at + 3]]));
    let mut content = pck[at + 4..at + 4 + length].to_vec();

    let mut with = |tag| {
        content[0] = tag;
        forgery.pck_extension.clear();
        forgery.pck.extensions.truncate(1);
        forgery.pck.extensions.push(Extension::new(OID, content.clone()));
        tdx(&forgery.mint(), now())
    };
    with(0x30).unwrap();
    assert_code("SET", with(0x31), "pck_extension");
}

/// Both parts of the collateral agree, and the quote is of the other kind.
#[test]
fn collateral_is_for_the_kind_of_the_quote() {
    let minted = changed(|f| {
        f.tcb_info["id"] = json!("SGX");
        f.qe_identity["id"] = json!("QE");
    });
    assert_code("SGX collateral", tdx(&minted, now()), "collateral_kind");

    // What TDX collateral says of SGX components and of the quoting enclave fits.
    let mut forgery = QuoteForgery::sgx();
    sgx(&forgery.mint(), now()).unwrap();
    forgery.tcb_info = QuoteForgery::tdx().tcb_info;
    forgery.qe_identity["id"] = json!("TD_QE");
    assert_code("TDX collateral", sgx(&forgery.mint(), now()), "collateral_kind");
}
