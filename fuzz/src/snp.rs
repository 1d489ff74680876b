//! SNP evidence: forged and genuine, and what can be said of accepted evidence without the verifier.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use atbac_evidence::snp::{self, AmdRoots, Chain, Endorsement, Expectations, Revocation, Snp};
use atbac_evidence::{Refusal, Verified};
use atbac_simulation::{Key, MintedSnp, SnpForgery, der};
use jiff::Timestamp;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::budget::within_budget;
use crate::edit::Edit;

/// The bytes of a report that its signature covers (AMD 56860 section 7.3).
pub const SIGNED: Range<usize> = 0..0x2A0;

/// Forged evidence that verifies.
pub struct Base {
    pub forgery: SnpForgery,
    pub minted: MintedSnp,
    pub verifier: snp::Verifier,
    pub endorsement: Arc<Endorsement>,
    /// The key that signed the key's certificate.
    pub issuer: Key,
}

/// One of the three: a Milan chip's, a Turin chip's, a provider's.
pub fn base(which: u8) -> &'static Base {
    static BASES: LazyLock<[Base; 3]> = LazyLock::new(|| {
        [
            forged(SnpForgery::milan(), Key::ask()),
            forged(SnpForgery::turin(), Key::ask()),
            forged(SnpForgery::vlek(), Key::asvk()),
        ]
    });
    &BASES[usize::from(which) % BASES.len()]
}

fn forged(forgery: SnpForgery, issuer: Key) -> Base {
    let minted = forgery.mint();
    let verifier = snp::Verifier::new(AmdRoots::given(&minted.ark).expect("a forged root"));
    let endorsement = verifier
        .endorse(&minted.vek, chain(&minted), Revocation::Crl(&minted.crl), SnpForgery::now())
        .expect("a forged chain");
    verify(
        &Base {
            forgery: forgery.clone(),
            minted: minted.clone(),
            verifier: verifier.clone(),
            endorsement: endorsement.clone(),
            issuer: issuer.clone(),
        },
        &minted,
    )
    .expect("forged evidence verifies as it is");
    Base { forgery, minted, verifier, endorsement, issuer }
}

fn chain(minted: &MintedSnp) -> Chain<'_> {
    Chain::Given { ask: &minted.ask, ark: &minted.ark }
}

/// Verifies evidence from its certificates on, within the budget.
pub fn verify(base: &Base, minted: &MintedSnp) -> Result<Verified<Snp>, Refusal> {
    let evidence = snp::Evidence {
        report: &minted.report,
        vek: &minted.vek,
        chain: chain(minted),
        revocation: Revocation::Crl(&minted.crl),
        expected: Expectations::left_to_policy(),
    };
    let certificates: [&[u8]; 4] = [&minted.vek, &minted.ask, &minted.ark, &minted.crl];
    within_budget(&certificates, || base.verifier.verify(&evidence, SnpForgery::now()))
}

/// A genuine report's chain, verified, and the report.
pub fn genuine() -> &'static (Arc<Endorsement>, &'static [u8], Timestamp) {
    static GENUINE: LazyLock<(Arc<Endorsement>, &'static [u8], Timestamp)> = LazyLock::new(|| {
        let now = "2026-06-30T00:00:00Z".parse().expect("a time");
        let vek = include_bytes!("../../tests/evidence/snp/genuine/milan.vcek.der");
        let endorsement = snp::Verifier::new(AmdRoots::built_in())
            .endorse(vek, Chain::BuiltIn, Revocation::NotChecked, now)
            .expect("AMD's chain");
        (endorsement, include_bytes!("../../tests/evidence/snp/genuine/milan.report.bin"), now)
    });
    &GENUINE
}

/// Holds an accepted report that was signed as it is to the specification: outside the fields that a guest or host is free to fill, it is
/// the report that it was made from.
///
/// # Panics
/// If the report should have been refused, or was read wrongly.
pub fn check_accepted(base: &Base, report: &[u8], verified: &Snp) {
    let good = &base.minted.report;
    let version = report[0];
    assert!((2..=5).contains(&version) && report[1..4] == [0; 3], "version");
    let turin = good[0x188] == 0x1A;
    let vlek = good[0x048] == 1 << 2;

    let mut free = vec![
        0x000..0x004, // VERSION: above
        0x004..0x008, // GUEST_SVN
        0x008..0x00C, // POLICY, its low half: below
        0x010..0x034, // FAMILY_ID, IMAGE_ID, VMPL
        0x040..0x041, // PLATFORM_INFO, its low byte
        0x048..0x049, // AUTHOR_KEY_EN, MASK_CHIP_KEY, SIGNING_KEY: below
        0x050..0x180, // REPORT_DATA to REPORT_ID_MA
        0x1E8..0x1EB, // CURRENT_VERSION
        0x1EC..0x1EF, // COMMITTED_VERSION
    ];
    for tcb in [0x038, 0x1E0, 0x1F0] {
        let reserved = if turin { 4..7 } else { 2..6 };
        free.extend((0..8).filter(|byte| !reserved.contains(byte)).map(|byte| tcb + byte..tcb + byte + 1));
    }
    if version >= 3 {
        free.push(0x188..0x18B); // CPUID: below
    }
    if version >= 5 {
        free.push(0x1F8..0x208); // mitigation vectors
    }
    if vlek {
        free.push(0x1A0..0x1E0); // CHIP_ID, which a provider's key does not vouch for
    }
    for at in SIGNED {
        // Before version 3 CPUID is reserved, and from 5 to lower versions the mitigations are.
        let expected = match at {
            0x188..0x18B if version < 3 => 0,
            0x1F8..0x208 if version < 5 => 0,
            _ => good[at],
        };
        assert!(free.iter().any(|range| range.contains(&at)) || report[at] == expected, "byte {at:#x} is not free");
    }

    // What contradicts itself: no such privilege level, a key that signs although it is masked, firmware above what runs.
    assert!(verified.vmpl <= 3 || verified.vmpl == u32::MAX, "VMPL {}", verified.vmpl);
    assert!(vlek || report[0x048] & 0b10 == 0, "a masked key signed");
    for tcb in [verified.committed_tcb, verified.reported_tcb] {
        assert!(tcb <= verified.current_tcb, "{tcb} above {}", verified.current_tcb);
    }
    assert!(verified.committed_version <= verified.current_version);

    let policy = u64::from_le_bytes(report[0x008..0x010].try_into().expect("eight bytes"));
    assert!(policy & 1 << 17 != 0 && policy >> 26 == 0, "policy {policy:#x}");
    assert_eq!(report[0x048] & !0b11, good[0x048], "key info");
    if version >= 3 {
        match (turin, report[0x188], report[0x189]) {
            (false, 0x19, 0x00..=0x0F) | (true, 0x1A, 0x00..=0x11) => {}
            other => panic!("CPUID {other:x?}"),
        }
    }

    assert_eq!(verified.version, u32::from(version));
    assert_eq!(verified.policy.debug, policy & 1 << 19 != 0);
    assert_eq!(verified.report_data[..], report[0x050..0x090]);
    assert_eq!(verified.measurement[..], report[0x090..0x0C0]);
    assert_eq!(verified.host_data[..], report[0x0C0..0x0E0]);
    assert_eq!(verified.vmpl.to_le_bytes(), report[0x030..0x034]);
}

/// The content of a certificate or list, changed and signed anew with `key`; the signature algorithm outside stays.
pub fn signed_anew(document: &[u8], edits: &[Edit], key: &Key) -> Vec<u8> {
    let (content, _) = split(document);
    let (_, after) = split(content);
    let mut tbs = content[..content.len() - after.len()].to_vec();
    let (_, signature) = split(after);
    let algorithm = after[..after.len() - signature.len()].to_vec();
    for edit in edits {
        edit.apply(&mut tbs);
    }
    let signature = der::bits(&key.sign(&tbs));
    der::sequence(&[tbs, algorithm, signature])
}

/// The content of the DER value at the beginning of `bytes`, and what follows it.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (header, length) = match bytes[1] {
        short @ 0..0x80 => (2, usize::from(short)),
        long => {
            let octets = usize::from(long & 0x7F);
            (2 + octets, bytes[2..2 + octets].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
        }
    };
    (&bytes[header..header + length], &bytes[header + length..])
}

/// Holds accepted certificates to another reading of them.
///
/// # Panics
/// If that reading finds one that should have been refused.
pub fn check_accepted_chain(base: &Base, minted: &MintedSnp, verified: &Verified<Snp>) {
    let now = SnpForgery::now().as_second();
    let read = |der| X509Certificate::from_der(der).expect("what was accepted can be read").1;
    let (vek, ask, ark) = (read(&minted.vek), read(&minted.ask), read(&minted.ark));
    for certificate in [&vek, &ask, &ark] {
        let validity = certificate.validity();
        assert!(validity.not_before.timestamp() <= now && now < validity.not_after.timestamp(), "validity");
        assert!(validity.not_after.timestamp() >= verified.expires_at().as_second(), "end");
        assert_eq!(certificate.version().0, 2);
    }
    assert_eq!(vek.issuer().as_raw(), ask.subject().as_raw());
    assert_eq!(ask.issuer().as_raw(), ark.subject().as_raw());
    assert_eq!(ark.issuer().as_raw(), ark.subject().as_raw());
    let authority = |certificate: &X509Certificate<'_>| {
        let constraints = certificate.basic_constraints().expect("readable");
        let usage = certificate.key_usage().expect("readable");
        constraints.is_some_and(|found| found.value.ca) && usage.is_some_and(|found| found.value.key_cert_sign())
    };
    assert!(authority(&ask) && authority(&ark), "authorities");
    assert!(!vek.basic_constraints().expect("readable").is_some_and(|found| found.value.ca), "end entity");

    // The key is the chip's, at this TCB version: what the report says, since the same key signed it.
    let key = &vek.public_key().subject_public_key.data;
    assert_eq!(key[1..], base.forgery.report_signer.point(), "key");
    let level = |arc: &str| {
        let oid = format!("1.3.6.1.4.1.3704.1.{arc}");
        let found = vek.extensions().iter().find(|extension| extension.oid.to_id_string() == oid);
        found.map(|extension| extension.value.to_vec())
    };
    let tcb = verified.reported_tcb;
    for (arc, expected) in [("3.1", tcb.bootloader), ("3.2", tcb.tee), ("3.3", tcb.snp), ("3.8", tcb.microcode)] {
        assert_eq!(level(arc), Some(der::integer(&[expected])), "{arc}");
    }
    match verified.csp_id.as_deref() {
        Some(provider) => assert_eq!(level("5"), Some(der::ia5(provider))),
        None => assert!(level("4").is_some_and(|chip| verified.chip_id.starts_with(&chip))),
    }
}
