//! Endorsements that a verifier keeps: they never say more than new ones would.

use std::num::NonZeroUsize;
use std::sync::Arc;

use atbac_evidence::snp::{AmdRoots, Chain, Endorsement, Evidence, Expectations, Revocation, Snp, Verifier};
use atbac_evidence::{Refusal, Verified};
use atbac_simulation::{MintedSnp, SnpForgery, pem};
use jiff::{SignedDuration, Timestamp};

use crate::forged_snp::assert_code;

fn caching(minted: &MintedSnp) -> Verifier {
    Verifier::caching(AmdRoots::given(&minted.ark).unwrap(), NonZeroUsize::new(8).unwrap())
}

fn endorse(verifier: &Verifier, minted: &MintedSnp, now: Timestamp) -> Result<Arc<Endorsement>, Refusal> {
    let chain = Chain::Given { ask: &minted.ask, ark: &minted.ark };
    verifier.endorse(&minted.vek, chain, Revocation::Crl(&minted.crl), now)
}

fn verify(verifier: &Verifier, minted: &MintedSnp, now: Timestamp) -> Result<Verified<Snp>, Refusal> {
    let evidence = Evidence {
        report: &minted.report,
        vek: &minted.vek,
        chain: Chain::Given { ask: &minted.ask, ark: &minted.ark },
        revocation: Revocation::Crl(&minted.crl),
        expected: Expectations::left_to_policy(),
    };
    verifier.verify(&evidence, now)
}

#[test]
fn the_same_inputs_are_verified_once() {
    let minted = SnpForgery::milan().mint();
    let now = SnpForgery::now();
    let verifier = caching(&minted);
    let first = endorse(&verifier, &minted, now).unwrap();
    let later = now + SignedDuration::from_hours(1);
    assert!(Arc::ptr_eq(&first, &endorse(&verifier, &minted, later).unwrap()));
    assert!(Arc::ptr_eq(&first, &endorse(&verifier.clone(), &minted, now).unwrap()), "clones share");
    verify(&verifier, &minted, later).unwrap();

    let forgetful = Verifier::new(AmdRoots::given(&minted.ark).unwrap());
    let first = endorse(&forgetful, &minted, now).unwrap();
    assert!(!Arc::ptr_eq(&first, &endorse(&forgetful, &minted, now).unwrap()));
}

/// A chip's certificates are public, and anyone can spell them in any number of ways: only a report of the chip has them kept.
#[test]
fn what_a_refused_report_came_with_is_not_kept() {
    let minted = SnpForgery::milan().mint();
    let now = SnpForgery::now();
    let verifier = caching(&minted);
    let mut forged = minted.clone();
    // In the measurement (ABI 7.3, offset 0x090).
    forged.report[0x090] ^= 1;
    let takes = |minted: &MintedSnp, code: Option<&str>| {
        let mut verdict = None;
        let takes = allocation_counter::measure(|| verdict = Some(verify(&verifier, minted, now))).count_total;
        assert_eq!(verdict.unwrap().err().map(|refusal| refusal.code()), code);
        takes
    };
    let (first, again) = (takes(&forged, Some("report_signature")), takes(&forged, Some("report_signature")));
    assert!(again > first / 10 * 9, "{again} allocations, {first} the first time");
    takes(&minted, None);
    let warm = takes(&forged, Some("report_signature"));
    assert!(warm < first / 10, "{warm} allocations, {first} the first time");
}

/// Each input changed to another that verifies as well: nothing is found under the other's name.
#[test]
fn every_input_counts() {
    let minted = SnpForgery::milan().mint();
    let now = SnpForgery::now();
    let verifier = caching(&minted);
    let first = endorse(&verifier, &minted, now).unwrap();
    let changes: [fn(&mut MintedSnp); 4] = [
        |m| m.vek = pem(&[&m.vek]).into_bytes(),
        |m| m.ask = pem(&[&m.ask]).into_bytes(),
        |m| m.ark = pem(&[&m.ark]).into_bytes(),
        |m| {
            let mut forgery = SnpForgery::milan();
            forgery.crl.revoked = vec![vec![99]];
            m.crl = forgery.mint().crl;
        },
    ];
    for (index, change) in changes.iter().enumerate() {
        let mut other = minted.clone();
        change(&mut other);
        assert!(!Arc::ptr_eq(&first, &endorse(&verifier, &other, now).unwrap()), "{index}");
    }
    let chain = Chain::Given { ask: &minted.ask, ark: &minted.ark };
    let unchecked = verifier.endorse(&minted.vek, chain, Revocation::NotChecked, now).unwrap();
    assert!(!Arc::ptr_eq(&first, &unchecked));
    let refused = verifier.endorse(&minted.vek, Chain::BuiltIn, Revocation::Crl(&minted.crl), now).unwrap_err();
    assert_eq!(refused.code(), "untrusted_root");
}

/// What a warm verifier must still refuse.
#[test]
fn nothing_is_let_through_because_something_like_it_was() {
    let forgery = SnpForgery::milan();
    let minted = forgery.mint();
    let now = SnpForgery::now();
    let verifier = caching(&minted);
    verify(&verifier, &minted, now).unwrap();

    let mut revoked = SnpForgery::milan();
    revoked.crl.revoked = vec![vec![2]];
    let revoked = MintedSnp { crl: revoked.mint().crl, ..minted.clone() };
    assert_code("a list that revokes", verify(&verifier, &revoked, now), "certificate_revoked");
    for (name, input, code) in [
        ("report", (|m| &mut m.report) as fn(&mut MintedSnp) -> &mut Vec<u8>, "reserved_not_zero"),
        ("VEK certificate", |m| &mut m.vek, "certificate_signature"),
        ("ASK certificate", |m| &mut m.ask, "certificate_signature"),
        ("ARK certificate", |m| &mut m.ark, "certificate_signature"),
        ("list", |m| &mut m.crl, "crl_signature"),
    ] {
        let mut tampered = minted.clone();
        *input(&mut tampered).last_mut().unwrap() ^= 1;
        assert_code(name, verify(&verifier, &tampered, now), code);
    }
    let before = forgery.vek.not_before - SignedDuration::from_nanos(1);
    assert_code("too early", verify(&verifier, &minted, before), "certificate_not_yet_valid");
    assert_code("too late", verify(&verifier, &minted, forgery.vek.not_after), "certificate_expired");
    let other_root = MintedSnp { ark: SnpForgery::turin().mint().ark, ..minted.clone() };
    assert_code("another root", verify(&verifier, &other_root, now), "untrusted_root");
}

/// Refused for its size before anything else about it, or about what stands before it, is looked at.
#[test]
fn huge_inputs_are_not_hashed() {
    let minted = SnpForgery::milan().mint();
    let verifier = caching(&minted);
    let huge = |change: fn(&mut MintedSnp, Vec<u8>)| {
        let mut other = minted.clone();
        change(&mut other, vec![0x30; 2 << 20]);
        assert_code("huge", verify(&verifier, &other, SnpForgery::now()), "input_too_large");
    };
    huge(|m, huge| m.vek = huge);
    huge(|m, huge| (m.vek, m.ask) = (vec![], huge));
    huge(|m, huge| (m.vek, m.ark) = (vec![], huge));
    huge(|m, huge| (m.vek, m.crl) = (vec![], huge));
}
