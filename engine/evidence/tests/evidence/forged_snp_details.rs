//! SNP evidence in which a detail matters that other checks do not see.

use atbac_evidence::snp::container::unwrap;
use atbac_evidence::snp::{AmdRoots, Chain, Expectations, Revocation, Verifier};
use atbac_simulation::SnpForgery;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::containers::fields;
use crate::forged_snp::{assert_code, now, verify};

/// MASK_CHIP_KEY keeps the chip's key from signing; a provider's key signs all the same.
#[test]
fn a_vlek_signs_where_the_chips_key_is_masked() {
    let mut forgery = SnpForgery::vlek();
    forgery.report.set(0x048, &((1u32 << 2) | (1 << 1)).to_le_bytes());
    let minted = forgery.mint();
    assert!(verify(&minted, &minted.ark, now()).unwrap().key_info.mask_chip_key);
}

#[test]
fn an_endorsement_begins_with_the_last_of_its_certificates() {
    let begins: [fn(&mut SnpForgery, Timestamp); 3] =
        [|f, at| f.ark.not_before = at, |f, at| f.ask.not_before = at, |f, at| f.vek.not_before = at];
    for begin in begins {
        let at = now() - SignedDuration::from_hours(1);
        let mut forgery = SnpForgery::milan();
        begin(&mut forgery, at);
        let minted = forgery.mint();
        let verifier = Verifier::new(AmdRoots::given(&minted.ark).unwrap());
        let chain = Chain::Given { ask: &minted.ask, ark: &minted.ark };
        let endorsement = verifier.endorse(&minted.vek, chain, Revocation::NotChecked, now()).unwrap();
        let verify = |now| endorsement.verify(&minted.report, &Expectations::left_to_policy(), now);
        verify(at).unwrap();
        assert_code("before", verify(at - SignedDuration::from_nanos(1)), "endorsement_out_of_date");
    }
}

/// No two fields alike and none zero, so that one that is forgotten or exchanged shows.
#[test]
fn json_carries_every_field_of_a_report() {
    let mut forgery = SnpForgery::vlek();
    for (field, offset, length) in [
        (1, 0x004, 4),
        (2, 0x010, 16),
        (3, 0x020, 16),
        (4, 0x050, 64),
        (5, 0x090, 48),
        (6, 0x0C0, 32),
        (7, 0x0E0, 48),
        (8, 0x110, 48),
        (9, 0x140, 32),
        (10, 0x160, 32),
        (11, 0x1A0, 64),
    ] {
        forgery.report.set(offset, &vec![field; length]);
    }
    forgery.report.set(0x030, &2u32.to_le_bytes());
    let report = forgery.mint().report;
    let json = json!({ "attestation_report": fields(&report, false), "cert_chain": [] }).to_string();
    assert_eq!(unwrap(json.as_bytes()).unwrap().report, report);
}

#[test]
fn a_field_of_azure_is_an_hcl_blob() {
    let report = SnpForgery::milan().mint().report;
    let json = json!({ "hcl_report": crate::containers::base64url(&report) }).to_string();
    assert_eq!(unwrap(json.as_bytes()).unwrap_err().code(), "container_malformed");
}
