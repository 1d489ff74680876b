//! Devices' evidence in which a detail is wrong that other checks do not see.

use atbac_evidence::Expected;
use atbac_evidence::gpu::{NvidiaRoots, Revocation, Verifier};
use atbac_simulation::{EcKey, GpuForgery, Key};
use jiff::SignedDuration;

use crate::forged_gpu::{assert_code, gpu, now, refused};

const PROVISIONER: usize = 2;
const IDENTITY: usize = 3;
const ROOT: usize = 4;

#[test]
fn the_authority_beneath_the_root_is_a_chips_identity() {
    let named = |name: &str| {
        let mut forgery = GpuForgery::hopper();
        for text in [
            &mut forgery.certificates[IDENTITY].subject,
            &mut forgery.certificates[PROVISIONER].issuer,
            &mut forgery.crls[1].issuer,
        ] {
            *text = name.into();
        }
        gpu(&forgery.mint())
    };
    named("NVIDIA LS10 Identity").unwrap();
    assert_code("another vendor's", named("Example GH100 Identity"), "certificate_name");
    assert_code("another authority", named("NVIDIA GH100 Provisioner"), "certificate_name");
}

#[test]
fn a_feature_mode_is_small_to_its_last_byte() {
    for mode in [&[0, 1][..], &[1, 0, 1], &[2, 0, 0, 1]] {
        refused("a mode", GpuForgery::blackwell(), |f| *f.report.field(36) = mode.to_vec(), "opaque_field");
    }
}

#[test]
fn a_report_has_measurements() {
    refused("no blocks at all", GpuForgery::hopper(), |f| f.report.blocks.clear(), "spdm_record");
}

#[test]
fn a_given_root_has_a_key_on_p384() {
    let mut forgery = GpuForgery::hopper();
    forgery.certificates[ROOT].key = Key::Ec(EcKey::p256());
    assert_eq!(NvidiaRoots::given(forgery.mint().root()).unwrap_err().code(), "certificate_key");
}

#[test]
fn a_huge_report_is_not_read() {
    let mut minted = GpuForgery::hopper().mint();
    minted.report.resize(64 * 1024 + 1, 0);
    assert_code("65537 bytes", gpu(&minted), "input_too_large");
}

/// A list checked against belongs to the endorsement: before it was issued, nothing says what was revoked.
#[test]
fn an_endorsement_begins_with_its_lists() {
    for list in 0..2 {
        let mut forgery = GpuForgery::hopper();
        forgery.crls[list].this_update = now() - SignedDuration::from_hours(1);
        let minted = forgery.mint();
        let [root, identity] = &minted.crls;
        let endorsement = Verifier::new(NvidiaRoots::given(minted.root()).unwrap())
            .endorse(&minted.chain(), Revocation::Crls { root, identity }, now())
            .unwrap();
        let verify = |now| endorsement.verify_gpu(&minted.report, Expected::LeftToPolicy, now);
        let begins = forgery.crls[list].this_update;
        verify(begins).unwrap();
        assert_code("before the list", verify(begins - SignedDuration::from_nanos(1)), "endorsement_out_of_date");
    }
}
