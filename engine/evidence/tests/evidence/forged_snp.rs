//! SNP evidence in which one thing is wrong: each check of the verifier has a case that only it refuses.

use atbac_evidence::snp::{self, AmdRoots, Chain, Expectations, Revocation, Snp};
use atbac_evidence::{Expected, Refusal, TrustRoot, Verified};
use atbac_simulation::{EcKey, Key, MintedSnp, SnpForgery, der};
use jiff::{SignedDuration, Timestamp};

use crate::forged_snp_chain::amd;

/// Verifies minted evidence against `root`, with its revocation list.
pub(crate) fn verify(minted: &MintedSnp, root: &[u8], now: Timestamp) -> Result<Verified<Snp>, Refusal> {
    let evidence = snp::Evidence {
        report: &minted.report,
        vek: &minted.vek,
        chain: Chain::Given { ask: &minted.ask, ark: &minted.ark },
        revocation: Revocation::Crl(&minted.crl),
        expected: Expectations::left_to_policy(),
    };
    snp::Verifier::new(AmdRoots::given(root)?).verify(&evidence, now)
}

pub(crate) fn now() -> Timestamp {
    SnpForgery::now()
}

pub(crate) type Base = fn() -> SnpForgery;

/// Mints `base` with one `change` and asserts the code of its refusal. The trusted root is the one of the unchanged base.
pub(crate) fn refused(name: &str, base: Base, change: impl FnOnce(&mut SnpForgery), code: &str) {
    let mut forgery = base();
    let root = forgery.ark.sign(&forgery.ark_signer);
    change(&mut forgery);
    assert_code(name, verify(&forgery.mint(), &root, now()), code);
}

pub(crate) fn assert_code(name: &str, verdict: Result<Verified<Snp>, Refusal>, code: &str) {
    match verdict {
        Ok(_) => panic!("{name}: verified; expected refusal {code}"),
        Err(refusal) => assert_eq!(refusal.code(), code, "{name}: {refusal}"),
    }
}

#[test]
fn good_evidence_verifies() {
    for (base, product, signer) in [
        (SnpForgery::milan as Base, "Milan", "VCEK"),
        (SnpForgery::turin, "Turin", "VCEK"),
        (SnpForgery::vlek, "Milan", "VLEK"),
    ] {
        let minted = base().mint();
        let verified = verify(&minted, &minted.ark, now()).unwrap();
        assert_eq!(verified.product.name(), product);
        assert_eq!(verified.signer.name(), signer);
        assert_eq!(verified.verified_at(), now());
        assert_eq!(verified.guest_svn, 7);
        assert_eq!(verified.report_data, [0x5A; 64]);
        assert_eq!(verified.measurement, [0xA5; 48]);
        assert_eq!((verified.reported_tcb.snp, verified.reported_tcb.microcode), (24, 219));
        assert_eq!(verified.current_version, [1, 55, 29]);
        assert!(verified.revocation_checked);
        let TrustRoot::Given(root) = verified.trust_root() else {
            panic!("the root was given, not built in");
        };
        assert_eq!(root.common_name, format!("ARK-{product}"));
    }
    let minted = SnpForgery::vlek().mint();
    let verified = verify(&minted, &minted.ark, now()).unwrap();
    assert_eq!(verified.csp_id.as_deref(), Some("example-cloud"));
    // A VLEK vouches for no chip: whatever its report says is let through, beside the claim `signer`.
    let mut forgery = SnpForgery::vlek();
    forgery.report.set(0x1A0, &[0xC2; 64]);
    let minted = forgery.mint();
    let verified = verify(&minted, &minted.ark, now()).unwrap();
    assert_eq!((verified.chip_id, verified.signer.name()), ([0xC2; 64], "VLEK"));
}

/// What a policy judges is let through: these are claims, not reasons to refuse.
#[test]
fn what_policies_judge_is_let_through() {
    let verify_with = |change: fn(&mut SnpForgery)| {
        let mut forgery = SnpForgery::milan();
        change(&mut forgery);
        let minted = forgery.mint();
        verify(&minted, &minted.ark, now()).unwrap()
    };
    assert!(verify_with(|f| f.report.set(0x008, &0xB_0000u64.to_le_bytes())).policy.debug);
    assert_eq!(verify_with(|f| f.report.set(0x030, &[3, 0, 0, 0])).vmpl, 3);
    assert_eq!(verify_with(|f| f.report.set(0x030, &[0xFF; 4])).vmpl, u32::MAX);
    // Bit 6 of the platform information is reserved, and set by genuine Turin firmware.
    let platform_info = verify_with(|f| f.report.set(0x040, &[0x65])).platform_info;
    assert!(platform_info.alias_check_complete);
    assert_eq!(platform_info.raw, [0x65, 0, 0, 0, 0, 0, 0, 0]);
    let provisional = verify_with(|f| f.report.set(0x038, &[4, 0, 0, 0, 0, 0, 26, 220]));
    assert!(provisional.current_tcb > provisional.committed_tcb);
    assert!(verify_with(|f| f.report.set(0x1EC, &[99, 54, 1])).committed_version < [1, 55, 29]);
    // A guest that was migrated, or whose platform was rolled back, was launched above what runs now.
    let launched_above = verify_with(|f| f.report.set(0x1F0, &[5, 1, 0, 0, 0, 0, 27, 255]));
    assert!(launched_above.launch_tcb > launched_above.current_tcb);
    // A version 2 report has no CPUID; its product is the certificate's.
    let version_2 = verify_with(|f| {
        f.report.set(0x000, &[2]);
        f.report.set(0x188, &[0, 0, 0]);
    });
    assert_eq!((version_2.cpuid, version_2.product.name()), (None, "Milan"));
    assert_eq!(verify_with(|f| f.report.set(0x000, &[4])).version, 4);
}

#[test]
fn one_thing_wrong_with_the_report() {
    type Case = (&'static str, Base, usize, &'static [u8], &'static str);
    let milan: Base = SnpForgery::milan;
    let turin: Base = SnpForgery::turin;
    let cases: &[Case] = &[
        ("version 1", milan, 0x000, &[1], "report_version"),
        ("version 6", milan, 0x000, &[6], "report_version"),
        ("version in the high bytes", milan, 0x002, &[1], "report_version"),
        ("algorithm 0", milan, 0x034, &[0], "report_signature_algorithm"),
        ("algorithm 2", milan, 0x034, &[2], "report_signature_algorithm"),
        ("no signer", milan, 0x048, &[7 << 2], "report_unsigned"),
        ("reserved signer", milan, 0x048, &[2 << 2], "signing_key_reserved"),
        ("VLEK claimed, VCEK signs", milan, 0x048, &[1 << 2], "signer_mismatch"),
        ("VCEK claimed, VLEK signs", SnpForgery::vlek, 0x048, &[0], "signer_mismatch"),
        ("policy bit 17", milan, 0x00A, &[0x01], "policy_bit_17"),
        ("policy bit 26", milan, 0x00B, &[0x04], "reserved_not_zero"),
        ("policy bit 63", milan, 0x00F, &[0x80], "reserved_not_zero"),
        ("platform info bit 8", milan, 0x041, &[0x01], "reserved_not_zero"),
        ("platform info bit 63", milan, 0x047, &[0x80], "reserved_not_zero"),
        ("key info bit 5", milan, 0x048, &[0x20], "reserved_not_zero"),
        ("key info bit 31", milan, 0x04B, &[0x80], "reserved_not_zero"),
        ("after key info", milan, 0x04C, &[1], "reserved_not_zero"),
        ("after CPUID, first", milan, 0x18B, &[1], "reserved_not_zero"),
        ("after CPUID, last", milan, 0x19F, &[1], "reserved_not_zero"),
        ("after current version", milan, 0x1EB, &[1], "reserved_not_zero"),
        ("after committed version", milan, 0x1EF, &[1], "reserved_not_zero"),
        ("mitigations in version 3", milan, 0x1F8, &[1], "reserved_not_zero"),
        ("end of the signed part", milan, 0x29F, &[1], "reserved_not_zero"),
        ("after mitigations", turin, 0x208, &[1], "reserved_not_zero"),
        ("current TCB reserved", milan, 0x03A, &[1], "reserved_not_zero"),
        ("reported TCB reserved", milan, 0x185, &[1], "reserved_not_zero"),
        ("committed TCB reserved", milan, 0x1E2, &[1], "reserved_not_zero"),
        ("launch TCB reserved", milan, 0x1F5, &[1], "reserved_not_zero"),
        ("Turin TCB reserved", turin, 0x184, &[1], "reserved_not_zero"),
        ("no known family", milan, 0x188, &[0x17, 0x31], "cpuid_unknown"),
        ("no known model", milan, 0x189, &[0x20], "cpuid_unknown"),
        ("Genoa with Milan's key", milan, 0x189, &[0x11], "product_mismatch"),
        ("Turin with Milan's key", milan, 0x188, &[0x1A, 0x02], "product_mismatch"),
        ("Milan with Turin's key", turin, 0x188, &[0x19, 0x01], "product_mismatch"),
        ("reported bootloader", milan, 0x180, &[3], "tcb_mismatch"),
        ("reported tee", milan, 0x181, &[1], "tcb_mismatch"),
        ("reported snp", milan, 0x186, &[25], "tcb_mismatch"),
        ("reported microcode", milan, 0x187, &[218], "tcb_mismatch"),
        ("reported fmc", turin, 0x180, &[3], "tcb_mismatch"),
        ("Turin bootloader", turin, 0x181, &[3], "tcb_mismatch"),
        ("Turin snp", turin, 0x183, &[25], "tcb_mismatch"),
        ("privilege level 4", milan, 0x030, &[4], "report_vmpl"),
        ("privilege level of nobody", milan, 0x030, &[0xFE, 0xFF, 0xFF, 0xFF], "report_vmpl"),
        ("the key that signs is masked", milan, 0x048, &[0b10], "chip_key_masked"),
        ("committed bootloader above current", milan, 0x1E0, &[5], "tcb_order"),
        ("committed microcode above current", milan, 0x1E7, &[220], "tcb_order"),
        ("committed Turin fmc above current", turin, 0x1E0, &[3], "tcb_order"),
        ("current snp below both", milan, 0x03E, &[23], "tcb_order"),
        ("committed build above current", milan, 0x1EC, &[30], "version_order"),
        ("committed minor above current", milan, 0x1EC, &[0, 56], "version_order"),
        ("committed major above current", milan, 0x1EC, &[0, 0, 2], "version_order"),
        ("masked chip", milan, 0x1A0, &[0; 64], "chip_id_masked"),
        ("masked chip on Turin", turin, 0x1A0, &[0; 64], "chip_id_masked"),
        ("another chip, first byte", milan, 0x1A0, &[0xC2], "chip_id_mismatch"),
        ("another chip, last byte", milan, 0x1DF, &[0xC2], "chip_id_mismatch"),
        ("another Turin chip", turin, 0x1A7, &[0xC2], "chip_id_mismatch"),
        ("a longer Turin chip id", turin, 0x1A8, &[1], "chip_id_mismatch"),
    ];
    for (name, base, offset, bytes, code) in cases {
        refused(name, *base, |f| f.report.set(*offset, bytes), code);
    }
    let reported_above = |f: &mut SnpForgery| {
        f.report.set(0x03E, &[23]);
        f.report.set(0x1E6, &[23]);
    };
    refused("reported snp above current", milan, reported_above, "tcb_order");
    refused("CPUID in version 2", milan, |f| f.report.set(0x000, &[2]), "reserved_not_zero");
    refused("another key's report", milan, |f| f.report_signer = EcKey::p384(), "report_signature");
}

#[test]
fn one_thing_wrong_after_signing() {
    let good = SnpForgery::milan().mint();
    let tampered = |name: &str, change: fn(&mut MintedSnp), code: &str| {
        let mut minted = good.clone();
        change(&mut minted);
        assert_code(name, verify(&minted, &good.ark, now()), code);
    };
    tampered("a byte short", |m| m.report.truncate(1183), "report_length");
    tampered("a byte long", |m| m.report.push(0), "report_length");
    tampered("measurement", |m| m.report[0x90] ^= 1, "report_signature");
    tampered("r", |m| m.report[0x2A0] ^= 1, "report_signature");
    tampered("s", |m| m.report[0x2E8] ^= 1, "report_signature");
    tampered("r is zero", |m| m.report[0x2A0..0x2D0].fill(0), "report_signature");
    tampered("s is zero", |m| m.report[0x2E8..0x318].fill(0), "report_signature");
    tampered("r too long, first", |m| m.report[0x2D0] = 1, "reserved_not_zero");
    tampered("r too long, last", |m| m.report[0x2E7] = 1, "reserved_not_zero");
    tampered("s too long, first", |m| m.report[0x318] = 1, "reserved_not_zero");
    tampered("s too long, last", |m| m.report[0x32F] = 1, "reserved_not_zero");
    tampered("after the signature, first", |m| m.report[0x330] = 1, "reserved_not_zero");
    tampered("after the signature, last", |m| m.report[0x49F] = 1, "reserved_not_zero");

    tampered("VEK certificate", |m| *m.vek.last_mut().unwrap() ^= 1, "certificate_signature");
    tampered("ASK certificate", |m| *m.ask.last_mut().unwrap() ^= 1, "certificate_signature");
    tampered("ARK certificate", |m| *m.ark.last_mut().unwrap() ^= 1, "certificate_signature");
    tampered("revocation list", |m| *m.crl.last_mut().unwrap() ^= 1, "crl_signature");
    tampered("VEK certificate, a byte long", |m| m.vek.push(0), "certificate_malformed");
    tampered("list, a byte long", |m| m.crl.push(0), "crl_malformed");
    tampered("ASK and ARK swapped", |m| std::mem::swap(&mut m.ask, &mut m.ark), "untrusted_root");
    tampered("list for certificate", |m| m.vek = m.crl.clone(), "certificate_malformed");
    tampered("certificate for list", |m| m.crl = m.ask.clone(), "crl_malformed");
}

#[test]
fn an_unchecked_list_is_a_claim() {
    let mut forgery = SnpForgery::milan();
    forgery.crl.revoked = vec![vec![2]];
    let minted = forgery.mint();
    let verified = with(&minted, Revocation::NotChecked, Expectations::left_to_policy()).unwrap();
    assert!(!verified.revocation_checked);
}

fn with(minted: &MintedSnp, revocation: Revocation<'_>, expected: Expectations<'_>) -> Result<Verified<Snp>, Refusal> {
    let chain = Chain::Given { ask: &minted.ask, ark: &minted.ark };
    let evidence = snp::Evidence { report: &minted.report, vek: &minted.vek, chain, revocation, expected };
    snp::Verifier::new(AmdRoots::given(&minted.ark)?).verify(&evidence, now())
}

/// Each expectation by itself, with the field it is of, its first and its last byte.
#[test]
fn what_is_expected_is_insisted_on() {
    let mut forgery = SnpForgery::milan();
    forgery.report.set(0x048, &[1]);
    forgery.report.set(0x0C0, &[0xB1; 32]);
    forgery.report.set(0x0E0, &[0xB2; 48]);
    forgery.report.set(0x110, &[0xB3; 48]);
    let all = Expectations {
        report_data: Expected::Exactly(&[0x5A; 64]),
        host_data: Expected::Exactly(&[0xB1; 32]),
        id_key_digest: Expected::Exactly(&[0xB2; 48]),
        author_key_digest: Expected::Exactly(&[0xB3; 48]),
    };
    let verdict = |forgery: &SnpForgery| with(&forgery.mint(), Revocation::NotChecked, all);
    verdict(&forgery).unwrap();
    for (first, last, code) in [
        (0x050, 0x08F, "report_data_mismatch"),
        (0x0C0, 0x0DF, "host_data_mismatch"),
        (0x0E0, 0x10F, "id_key_mismatch"),
        (0x110, 0x13F, "author_key_mismatch"),
    ] {
        for offset in [first, last] {
            let mut other = forgery.clone();
            other.report.0[offset] ^= 1;
            assert_code(&format!("byte {offset:#x}"), verdict(&other), code);
        }
    }
    // A digest that stands there by chance is no author key.
    forgery.report.set(0x048, &[0]);
    assert_code("no author key", verdict(&forgery), "author_key_mismatch");
}

#[test]
fn a_forged_root_is_not_amds() {
    let minted = SnpForgery::milan().mint();
    let evidence = |chain| snp::Evidence {
        report: &minted.report,
        vek: &minted.vek,
        chain,
        revocation: Revocation::NotChecked,
        expected: Expectations::left_to_policy(),
    };
    let given = Chain::Given { ask: &minted.ask, ark: &minted.ark };
    let amd = snp::Verifier::new(AmdRoots::built_in());
    assert_code("forged chain", amd.verify(&evidence(given), now()), "untrusted_root");
    assert_code("forged key under AMD's chain", amd.verify(&evidence(Chain::BuiltIn), now()), "certificate_name");
    let forged = snp::Verifier::new(AmdRoots::given(&minted.ark).unwrap());
    assert_code("AMD's chain under a forged root", forged.verify(&evidence(Chain::BuiltIn), now()), "untrusted_root");
}

#[test]
fn a_vlek_needs_its_issuer() {
    let minted = SnpForgery::vlek().mint();
    let evidence = snp::Evidence {
        report: &minted.report,
        vek: &minted.vek,
        chain: Chain::BuiltIn,
        revocation: Revocation::NotChecked,
        expected: Expectations::left_to_policy(),
    };
    let verdict = snp::Verifier::new(AmdRoots::built_in()).verify(&evidence, now());
    assert_code("VLEK without its ASVK", verdict, "asvk_required");
}

#[test]
fn it_expires_with_the_first_part_that_does() {
    let day = SignedDuration::from_hours(24);
    let ends: [fn(&mut SnpForgery, Timestamp); 4] = [
        |f, end| f.ark.not_after = end,
        |f, end| f.ask.not_after = end,
        |f, end| f.vek.not_after = end,
        |f, end| f.crl.next_update = Some(end),
    ];
    for set_end in ends {
        let mut forgery = SnpForgery::milan();
        let end = now() + day;
        set_end(&mut forgery, end);
        let minted = forgery.mint();
        assert_eq!(verify(&minted, &minted.ark, now()).unwrap().expires_at(), end);
        // The end is out: nothing verifies that has ended.
        verify(&minted, &minted.ark, end - SignedDuration::from_nanos(1)).unwrap();
        assert!(verify(&minted, &minted.ark, end).is_err());
    }
}

#[test]
fn a_certificate_may_have_no_end() {
    let mut forgery = SnpForgery::milan();
    forgery.vek.endless = true;
    let minted = forgery.mint();
    let verified = verify(&minted, &minted.ark, now()).unwrap();
    assert_eq!(verified.vek_not_after, Timestamp::MAX);
    assert_eq!(verified.expires_at(), forgery.ark.not_after);
}

#[test]
fn an_endorsement_serves_many_reports() {
    let forgery = SnpForgery::milan();
    let minted = forgery.mint();
    let verifier = snp::Verifier::new(AmdRoots::given(&minted.ark).unwrap());
    let chain = Chain::Given { ask: &minted.ask, ark: &minted.ark };
    let endorsement = verifier.endorse(&minted.vek, chain, Revocation::Crl(&minted.crl), now()).unwrap();

    let later = now() + SignedDuration::from_hours(1);
    let mut second = forgery.clone();
    second.report.set(0x004, &[8]);
    let verified = endorsement.verify(&second.mint().report, &Expectations::left_to_policy(), later).unwrap();
    assert_eq!((verified.guest_svn, verified.verified_at()), (8, later));
    assert_eq!(verified.expires_at(), endorsement.expires_at());

    let mut tampered = minted.report.clone();
    tampered[0x90] ^= 1;
    let verdict = endorsement.verify(&tampered, &Expectations::left_to_policy(), later);
    assert_code("tampered report", verdict, "report_signature");
    for time in ["2024-12-31T23:59:59Z", "2032-01-01T00:00:00Z"] {
        let verdict = endorsement.verify(&minted.report, &Expectations::left_to_policy(), crate::files::at(time));
        assert_code(time, verdict, "endorsement_out_of_date");
    }
}

/// A list checked against belongs to the endorsement: before it was issued, nothing says what was revoked.
#[test]
fn an_endorsement_begins_with_its_list() {
    let mut forgery = SnpForgery::milan();
    forgery.crl.this_update = now() - SignedDuration::from_hours(1);
    let minted = forgery.mint();
    let verifier = snp::Verifier::new(AmdRoots::given(&minted.ark).unwrap());
    let chain = Chain::Given { ask: &minted.ask, ark: &minted.ark };
    let endorsement = verifier.endorse(&minted.vek, chain, Revocation::Crl(&minted.crl), now()).unwrap();
    let verify = |now| endorsement.verify(&minted.report, &Expectations::left_to_policy(), now);
    verify(forgery.crl.this_update).unwrap();
    let before = forgery.crl.this_update - SignedDuration::from_nanos(1);
    assert_code("before the list", verify(before), "endorsement_out_of_date");
}

#[test]
fn a_given_root_has_the_key_of_a_root() {
    for key in [Key::rsa_2048(), Key::Ec(EcKey::p384())] {
        let mut forgery = SnpForgery::milan();
        forgery.ark.key = key;
        assert_eq!(AmdRoots::given(&forgery.mint().ark).unwrap_err().code(), "certificate_key");
    }
}

#[test]
fn refusals_say_what_to_do() {
    let good = SnpForgery::milan().mint();
    let message = |forgery: &SnpForgery| verify(&forgery.mint(), &good.ark, now()).unwrap_err().to_string();

    let mut revoked = SnpForgery::milan();
    revoked.crl.revoked = vec![vec![0]];
    assert!(message(&revoked).contains("Every VCEK has the number 0"), "{}", message(&revoked));
    let mut masked = SnpForgery::milan();
    masked.report.set(0x1A0, &[0; 64]);
    assert!(message(&masked).contains("clear MASK_CHIP_ID"), "{}", message(&masked));
    let mut named = SnpForgery::milan();
    named.vek.extension(&amd("2")).value = der::ia5(&format!("\x1b[2J{}", "x".repeat(1000)));
    let refusal = message(&named);
    assert!(refusal.contains("\\u{1b}[2Jxxx") && refusal.len() < 400, "{refusal}");
}

#[test]
fn an_untrusted_root_is_named_and_nobody_is_invited_to_trust_it() {
    let minted = SnpForgery::milan().mint();
    let evidence = |chain| snp::Evidence {
        report: &minted.report,
        vek: &minted.vek,
        chain,
        revocation: Revocation::NotChecked,
        expected: Expectations::left_to_policy(),
    };
    let given = snp::Verifier::new(AmdRoots::given(&minted.ark).unwrap());
    let verified = given.verify(&evidence(Chain::Given { ask: &minted.ask, ark: &minted.ark }), now()).unwrap();
    let forged = hex::encode(verified.trust_root().identity().sha256);
    // As published with the evidence of `sev` and checked in `genuine`.
    let milan = "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd";

    let chain = Chain::Given { ask: &minted.ask, ark: &minted.ark };
    let refusal = snp::Verifier::new(AmdRoots::built_in()).verify(&evidence(chain), now()).unwrap_err();
    let message = refusal.to_string();
    assert!(message.contains(&format!("the root `ARK-Milan` (SHA-256 {forged}), which is not trusted")), "{message}");
    assert!(message.contains(&format!("trusted is `ARK-Milan` (SHA-256 {milan}) or `ARK-Genoa`")), "{message}");

    let message = given.verify(&evidence(Chain::BuiltIn), now()).unwrap_err().to_string();
    assert!(message.contains(&forged) && message.contains("give the ASK (or ASVK) and ARK"), "{message}");
}
