//! Reports of NVIDIA's devices in which one thing is wrong: each check of the verifier has a case that only it refuses.

use atbac_evidence::gpu::{Evidence, Gpu, NvidiaRoots, Revocation, Switch, Verifier};
use atbac_evidence::{Claim, Expected, Refusal, TrustRoot, Verified};
use atbac_simulation::{EcKey, Extension, GpuForgery, GpuReport, MintedGpu, der};
use jiff::Timestamp;

pub(crate) fn now() -> Timestamp {
    GpuForgery::now()
}

pub(crate) fn evidence<'a>(minted: &'a MintedGpu, chain: &'a [u8]) -> Evidence<'a> {
    let [root, identity] = &minted.crls;
    Evidence {
        report: &minted.report,
        chain,
        revocation: Revocation::Crls { root, identity },
        nonce: Expected::LeftToPolicy,
    }
}

fn verifier(minted: &MintedGpu) -> Verifier {
    Verifier::new(NvidiaRoots::given(minted.root()).unwrap())
}

pub(crate) fn gpu(minted: &MintedGpu) -> Result<Verified<Gpu>, Refusal> {
    verifier(minted).verify_gpu(&evidence(minted, &minted.chain()), now())
}

fn switch(minted: &MintedGpu) -> Result<Verified<Switch>, Refusal> {
    verifier(minted).verify_switch(&evidence(minted, &minted.chain()), now())
}

/// Mints `forgery` with one `change` and asserts the code of its refusal.
pub(crate) fn refused(name: &str, forgery: GpuForgery, change: impl FnOnce(&mut GpuForgery), code: &str) {
    let mut forgery = forgery;
    change(&mut forgery);
    assert_code(name, gpu(&forgery.mint()), code);
}

pub(crate) fn assert_code<T>(name: &str, verdict: Result<Verified<T>, Refusal>, code: &str) {
    match verdict {
        Ok(_) => panic!("{name}: verified; expected refusal {code}"),
        Err(refusal) => assert_eq!(refusal.code(), code, "{name}: {refusal}"),
    }
}

#[test]
fn good_reports_verify() {
    let minted = GpuForgery::hopper().mint();
    let hopper = gpu(&minted).unwrap();
    assert_eq!(hopper.architecture.name(), "Hopper");
    assert_eq!((hopper.nonce, hopper.fwid), ([0x5A; 32], [0xF1; 48]));
    assert_eq!((hopper.measurements.len(), hopper.measurements[63]), (64, [64; 48]));
    assert_eq!((hopper.fwid_flags.debug, hopper.protected_pcie, hopper.feature_mode), (None, Some(false), None));
    assert_eq!(hopper.claims().get("switches"), Some(&Claim::Absent), "the driver has no list");
    // 0x5001, the forged serial number.
    assert_eq!((&*hopper.ueid, &*hopper.hwmodel), ("20481", "GH100 A01 GSP BROM"));
    assert_eq!((hopper.driver_version, &*hopper.vbios_version), ([550, 90, 7], "96.00.9F.00.01"));
    assert!(hopper.revocation_checked);
    assert_eq!(hopper.expires_at(), "2032-01-01T00:00:00Z".parse().unwrap());
    let TrustRoot::Given(root) = hopper.trust_root() else {
        panic!("the root was given, not built in");
    };
    assert_eq!(root.common_name, "NVIDIA Device Identity CA");

    let blackwell = gpu(&GpuForgery::blackwell().mint()).unwrap();
    assert_eq!(blackwell.architecture.name(), "Blackwell");
    assert_eq!((blackwell.driver_version, blackwell.fwid), ([575, 32, 0], [0xF1; 48]));
    assert_eq!(blackwell.feature_mode.unwrap().name(), "SPT");
    // `87 05 00 80 00 00 01` and no mask: the flags in the chain of a genuine GB100 that NVIDIA publishes (attestation-sdk at 73c032e,
    // `sample_attestation_data/gpu/blackwellCertChain.txt`), which are those of the forgery.
    let state = blackwell.fwid_flags;
    assert_eq!((state.not_configured, state.not_secure), (Some(true), Some(false)));
    assert_eq!((state.recovery, state.debug), (Some(false), Some(false)));

    let ls10 = switch(&GpuForgery::switch().mint()).unwrap();
    assert_eq!((ls10.measurements.len(), &*ls10.vbios_version), (31, "96.10.55.00.01"));
    assert_eq!((ls10.pdi, ls10.fwid), ([0x20, 0x3E, 0xB3, 0x1A, 0xD9, 0xED, 0x00, 0x08], [0xF1; 48]));
    assert!(ls10.revocation_checked);
}

/// What a policy judges, and what older or newer firmware leaves out, is let through.
#[test]
fn what_policies_judge_is_let_through() {
    let with = |change: fn(&mut GpuForgery)| {
        let mut forgery = GpuForgery::blackwell();
        change(&mut forgery);
        gpu(&forgery.mint()).unwrap()
    };
    let without = with(|f| {
        for number in [14, 15, 17, 18, 20, 21, 36] {
            f.report.remove_field(number);
        }
    });
    assert_eq!((without.board_id, &without.chip_sku, &without.project), (None, &None, &None));
    assert_eq!((&without.project_sku, without.protected_pcie, without.feature_mode), (&None, None, None));
    assert_eq!(without.fwid, [0xF1; 48]);
    with(|f| f.report.opaque.push((999, vec![1, 2, 3])));
    with(|f| f.report.blocks[7] = GpuReport::block(8, [0; 48]));
    with(|f| f.report.blocks[0][4] = 4);
    assert_eq!(with(|f| f.report.blocks.truncate(1)).measurements, [[1; 48]]);
    assert_eq!(with(|f| *f.report.field(21) = vec![0xAA]).protected_pcie, Some(true));
    assert_eq!(with(|f| *f.report.field(36) = vec![2, 0, 0, 0]).feature_mode.unwrap().name(), "PPCIE");
    assert_eq!(with(|f| *f.report.field(36) = vec![1]).feature_mode.unwrap().name(), "MPT");
    // The flags by their numbers (DICE 6.1.1): a bit string begins with its highest bit.
    let names = ["fwid_not_configured", "fwid_not_secure", "fwid_recovery", "fwid_debug"];
    let flags = |extension: Extension| {
        let mut forgery = GpuForgery::blackwell();
        *forgery.certificates[0].extension("2.23.133.5.4.1.1") = extension;
        let claims = gpu(&forgery.mint()).unwrap().claims();
        names.map(|name| claims.get(name).cloned().unwrap())
    };
    for (at, bit) in [0x80, 0x40, 0x20, 0x10].into_iter().enumerate() {
        let mut expected = [false; 4].map(Claim::Bool);
        assert_eq!(flags(GpuForgery::tcb_info(0)), expected);
        assert_eq!(flags(GpuForgery::tcb_info(0x0F)), expected, "other flags");
        expected[at] = Claim::Bool(true);
        assert_eq!(flags(GpuForgery::tcb_info(bit)), expected, "{bit:#x}");
        assert_eq!(flags(GpuForgery::masked_tcb_info(bit, 0xFF)), expected, "{bit:#x}");
        // What the mask leaves out is not stated.
        let mut expected = [false; 4].map(Claim::Bool);
        expected[at] = Claim::Absent;
        assert_eq!(flags(GpuForgery::masked_tcb_info(bit, !bit)), expected, "{bit:#x}");
    }
    // None set: DER leaves zeros at the end of a list of named bits out, all of them here (X.690 section 11.2.2).
    let fwid = || der::sequence(&[der::oid("2.16.840.1.101.3.4.2.2"), der::octets(&[0xF1; 48])]);
    let all_clear = |more: &[Vec<u8>]| {
        let fields = [&[der::tlv(0xA6, &fwid()), der::tlv(0x87, &[0])], more].concat();
        flags(Extension::new("2.23.133.5.4.1.1", der::sequence(&fields)))
    };
    assert_eq!(all_clear(&[]), [false; 4].map(Claim::Bool));
    assert_eq!(all_clear(&[der::tlv(0x8A, &[0])]), [const { Claim::Absent }; 4]);
    let mut ls10 = GpuForgery::switch();
    ls10.certificates[0].extensions.retain(|extension| extension.oid != "2.23.133.5.4.1");
    ls10.certificates[0].extensions.push(GpuForgery::tcb_info(0x10));
    let claims = switch(&ls10.mint()).unwrap().claims();
    assert_eq!(names.map(|name| claims.get(name)), [false, false, false, true].map(Claim::Bool).each_ref().map(Some));
    // Two links to one switch, one to another, and one that is not there; each identifier the other way round.
    let switches = with(|f| {
        f.report.opaque.push((22, [[8, 0, 0, 0, 0, 0, 0, 7], [8, 0, 0, 0, 0, 0, 0, 7], [0; 8], [1; 8]].concat()))
    });
    assert_eq!(switches.switches, Some(vec![[1; 8], [7, 0, 0, 0, 0, 0, 0, 8]]));
    assert_eq!(with(|f| f.report.opaque.push((22, vec![0; 16]))).switches, Some(vec![]), "a list of none");
}

#[test]
fn one_thing_wrong_with_the_messages() {
    // The response begins at 37, its first block at 45, the second 55 bytes after it; 64 blocks end at 3565, the nonce at 3597.
    let cases: &[(&str, usize, &[u8], &str)] = &[
        ("the request's version", 0, &[0x12], "spdm_version"),
        ("the request's code", 1, &[0x60], "spdm_code"),
        ("a request without a signature", 2, &[0], "spdm_request"),
        ("a request with other attributes", 2, &[3], "spdm_request"),
        ("a request for one measurement", 3, &[1], "spdm_request"),
        ("a request for their number", 3, &[0], "spdm_request"),
        ("another slot asked for", 36, &[1], "spdm_slot"),
        ("reserved bits beside the slot", 36, &[0x10], "spdm_slot"),
        ("the response's version", 37, &[0x10], "spdm_version"),
        ("an error in response", 38, &[0x7F], "spdm_code"),
        ("the response's reserved byte", 39, &[64], "spdm_reserved"),
        ("another slot in response", 40, &[1], "spdm_slot"),
        ("no blocks", 41, &[0], "spdm_record"),
        ("65 blocks", 41, &[65], "spdm_record"),
        ("fewer blocks than there are", 41, &[63], "spdm_record"),
        ("the record's length", 42, &[0xBF], "spdm_record"),
        ("the record's length, its highest byte", 44, &[1], "spdm_record"),
        ("the first index", 45, &[0], "spdm_measurement"),
        ("an index twice", 100, &[1], "spdm_measurement"),
        ("an index left out", 100, &[3], "spdm_measurement"),
        ("no specification", 46, &[0], "spdm_measurement"),
        ("two specifications", 46, &[3], "spdm_measurement"),
        ("a measurement's size", 47, &[52], "spdm_measurement"),
        ("a measurement's size, its high byte", 48, &[1], "spdm_measurement"),
        ("a raw bit stream", 49, &[0x81], "spdm_measurement"),
        ("a reserved type", 49, &[5], "spdm_measurement"),
        ("a value's size", 50, &[47], "spdm_measurement"),
        ("a value's size, its high byte", 51, &[1], "spdm_measurement"),
        ("1025 bytes of opaque data", 3597, &[0x01, 0x04], "spdm_opaque"),
        ("opaque data past the end", 3597, &[0x00, 0x04], "spdm_truncated"),
    ];
    for (name, offset, bytes, code) in cases {
        refused(name, GpuForgery::hopper(), |f| f.report.patches.push((*offset, bytes.to_vec())), code);
    }
    refused(
        "signed bytes behind the opaque data",
        GpuForgery::hopper(),
        |f| f.report.appended = vec![0],
        "spdm_trailing_bytes",
    );
    refused(
        "65 whole blocks",
        GpuForgery::hopper(),
        |f| f.report.blocks.push(GpuReport::block(65, [65; 48])),
        "spdm_record",
    );
}

/// The largest opaque data that SPDM allows is read.
#[test]
fn opaque_data_of_1024_bytes_verifies() {
    let mut forgery = GpuForgery::hopper();
    let length: usize = forgery.report.opaque.iter().map(|(_, value)| 4 + value.len()).sum();
    forgery.report.opaque.push((999, vec![0; 1024 - 4 - length]));
    gpu(&forgery.mint()).unwrap();
    forgery.report.opaque.push((998, vec![]));
    assert_code("1028 bytes", gpu(&forgery.mint()), "spdm_opaque");
}

#[test]
fn one_thing_wrong_with_the_signature() {
    refused("another key", GpuForgery::hopper(), |f| f.report_signer = EcKey::p384(), "report_signature");
    let minted = GpuForgery::hopper().mint();
    for at in [minted.report.len() - 1, minted.report.len() - 96, 60, 3570] {
        let mut changed = minted.clone();
        changed.report[at] ^= 1;
        assert_code("a changed byte", gpu(&changed), "report_signature");
    }
    let mut unsigned = minted.clone();
    let length = unsigned.report.len();
    unsigned.report[length - 96..].fill(0);
    assert_code("no signature", gpu(&unsigned), "report_signature");
}

#[test]
fn another_nonce() {
    let minted = GpuForgery::hopper().mint();
    let verify = |nonce: &[u8; 32]| {
        verifier(&minted)
            .verify_gpu(&Evidence { nonce: Expected::Exactly(nonce), ..evidence(&minted, &minted.chain()) }, now())
    };
    verify(&[0x5A; 32]).unwrap();
    // The response's nonce is the device's own, and no answer to a challenge.
    assert_code("the response's", verify(&[0x3C; 32]), "nonce_mismatch");
    let mut last = [0x5A; 32];
    last[31] = 0;
    assert_code("one byte", verify(&last), "nonce_mismatch");
}

#[test]
fn one_thing_wrong_with_the_opaque_data() {
    type Case = (&'static str, u16, &'static [u8]);
    let cases: &[Case] = &[
        ("one number of a driver", 3, b"550\0"),
        ("four numbers of a driver", 3, b"550.90.7.1\0"),
        ("a sign before a number", 3, b"+550.90.7\0"),
        ("no number", 3, b"550..7\0"),
        ("a number that is none", 3, b"550.90.x\0"),
        ("a number past 32 bits", 3, b"4294967296.0.0\0"),
        ("text behind the zeros", 3, b"550.90\0.07\0"),
        ("control characters", 3, b"550.90\n\0"),
        ("not text", 3, b"\xFF.1\0"),
        ("a VBIOS of 7 bytes", 6, &[0, 0x9F, 0, 0x96, 1, 0, 0]),
        ("a VBIOS of 9 bytes", 6, &[0, 0x9F, 0, 0x96, 1, 0, 0, 0, 0]),
        ("a VBIOS with a sixth number", 6, &[0, 0x9F, 0, 0x96, 1, 1, 0, 0]),
        ("a board of 3 bytes", 14, &[1, 0, 0]),
        ("a SKU that is not text", 15, b"\x1b[2J"),
        ("a digest of 47 bytes", 20, &[0xF1; 47]),
        ("a status that is neither", 21, &[0]),
        ("a status of two bytes", 21, &[0x55, 0]),
    ];
    for (name, number, value) in cases {
        refused(name, GpuForgery::hopper(), |f| *f.report.field(*number) = value.to_vec(), "opaque_field");
    }
    for number in [3, 6] {
        refused("a field missing", GpuForgery::hopper(), |f| f.report.remove_field(number), "opaque_field");
    }
    for mode in [&[][..], &[3], &[0, 1]] {
        refused("a mode", GpuForgery::blackwell(), |f| *f.report.field(36) = mode.to_vec(), "opaque_field");
    }
    refused("part of a switch", GpuForgery::hopper(), |f| f.report.opaque.push((22, vec![1; 15])), "opaque_field");
    refused(
        "a field twice",
        GpuForgery::hopper(),
        |f| f.report.opaque.push((3, b"999.0\0".to_vec())),
        "opaque_malformed",
    );
    // The last field, of one byte, has its header 5 bytes before the end of the messages.
    let messages = GpuForgery::hopper().mint().report.len() - 96;
    for length in [0, 2, 0xFFFF_u16] {
        let patch = (messages - 3, length.to_le_bytes().to_vec());
        refused("a field's length", GpuForgery::hopper(), |f| f.report.patches.push(patch), "opaque_malformed");
    }
    refused(
        "other firmware than the certificate's",
        GpuForgery::hopper(),
        |f| *f.report.field(20) = vec![0xF2; 48],
        "fwid_mismatch",
    );
}

#[test]
fn one_thing_wrong_with_a_switch() {
    let with = |change: fn(&mut GpuForgery)| {
        let mut forgery = GpuForgery::switch();
        change(&mut forgery);
        switch(&forgery.mint())
    };
    assert_code("no firmware", with(|f| f.report.remove_field(6)), "opaque_field");
    assert_code("no identifier", with(|f| f.report.remove_field(22)), "opaque_field");
    assert_code("two identifiers", with(|f| *f.report.field(22) = vec![1; 16]), "opaque_field");
    assert_code("a digest", with(|f| f.report.opaque.push((20, vec![0xF2; 48]))), "fwid_mismatch");
    assert_code("another key", with(|f| f.report_signer = EcKey::p384()), "report_signature");
}

/// Each is refused as the other, whatever its report says.
#[test]
fn a_switch_is_no_gpu() {
    let mut forgery = GpuForgery::switch();
    forgery.report = GpuForgery::hopper().report;
    assert_code("a switch with a GPU's report", gpu(&forgery.mint()), "device_kind");
    let mut forgery = GpuForgery::hopper();
    forgery.report = GpuForgery::switch().report;
    assert_code("a GPU with a switch's report", switch(&forgery.mint()), "device_kind");
}
