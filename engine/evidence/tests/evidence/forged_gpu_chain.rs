//! Certificates and lists of NVIDIA's in which one thing is wrong: each check of the verifier has a case that only it refuses.

use atbac_evidence::Expected;
use atbac_evidence::gpu::{Evidence, NvidiaRoots, Revocation, Verifier};
use atbac_simulation::{EcKey, Extension, GpuForgery, Key, der};
use jiff::{SignedDuration, Timestamp};

use crate::forged_gpu::{assert_code, evidence, gpu, now, refused};

/// Places in the chain, from the attestation key up.
const ATTESTATION_KEY: usize = 0;
const DEVICE: usize = 1;
const PROVISIONER: usize = 2;
const IDENTITY: usize = 3;
const ROOT: usize = 4;
const ALL: [usize; 5] = [ATTESTATION_KEY, DEVICE, PROVISIONER, IDENTITY, ROOT];
const AUTHORITIES: [usize; 4] = [DEVICE, PROVISIONER, IDENTITY, ROOT];

const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const KEY_USAGE: &str = "2.5.29.15";
const COMPOSITE_DEVICE_ID: &str = "2.23.133.5.4.1";
const TCB_INFO: &str = "2.23.133.5.4.1.1";

fn p384() -> Key {
    Key::Ec(EcKey::p384())
}

#[test]
fn each_certificate_must_be_signed_by_the_next() {
    for place in ALL {
        refused("another signer", GpuForgery::hopper(), |f| f.signers[place] = p384(), "certificate_signature");
    }
    for place in [ATTESTATION_KEY, DEVICE, PROVISIONER, IDENTITY] {
        let change = |f: &mut GpuForgery| f.signers[place] = Key::Ec(EcKey::p256());
        refused("a signature of another curve", GpuForgery::hopper(), change, "certificate_signature_algorithm");
    }
    let sha256 = der::sequence(&[der::oid("1.2.840.10045.4.3.2")]);
    refused(
        "another algorithm inside",
        GpuForgery::hopper(),
        |f| f.certificates[DEVICE].inner_algorithm = Some(sha256),
        "certificate_signature_algorithm",
    );
}

/// A chain whose every signature is right, from another root.
#[test]
fn the_root_must_be_trusted() {
    let (ours, theirs) = (GpuForgery::hopper().mint(), GpuForgery::hopper().mint());
    for roots in [NvidiaRoots::given(ours.root()).unwrap(), NvidiaRoots::built_in()] {
        let verdict = Verifier::new(roots).verify_gpu(&evidence(&theirs, &theirs.chain()), now());
        assert_code("another root", verdict, "untrusted_root");
    }
    let mut renamed = GpuForgery::hopper();
    let trusted = NvidiaRoots::given(renamed.mint().root()).unwrap();
    renamed.certificates[ROOT].subject = "NVIDIA Device Identity CA 2".into();
    let renamed = renamed.mint();
    let verdict = Verifier::new(trusted).verify_gpu(&evidence(&renamed, &renamed.chain()), now());
    assert_code("the key under another name", verdict, "untrusted_root");
}

/// The names of roots that anyone can sign under are refused as roots.
#[test]
fn no_development_root_is_trusted() {
    let mut forgery = GpuForgery::hopper();
    forgery.certificates[ROOT].subject = "atbac development NVIDIA".into();
    let refusal = NvidiaRoots::given(forgery.mint().root()).unwrap_err();
    assert_eq!(refusal.code(), "development_root");
}

#[test]
fn each_must_name_the_next_as_its_issuer() {
    for place in ALL {
        let change = |f: &mut GpuForgery| f.certificates[place].issuer = "Somebody Else".into();
        refused("another issuer", GpuForgery::hopper(), change, "certificate_name");
    }
    let rename = |f: &mut GpuForgery| {
        f.certificates[IDENTITY].subject = "Somebody Else".into();
        f.certificates[PROVISIONER].issuer = "Somebody Else".into();
        f.crls[1].issuer = "Somebody Else".into();
    };
    refused("an identity authority of another name", GpuForgery::hopper(), rename, "certificate_name");
}

#[test]
fn each_must_be_allowed_its_place() {
    let code = "certificate_constraints";
    for place in AUTHORITIES {
        let hopper = GpuForgery::hopper;
        refused("no constraints", hopper(), |f| f.certificates[place].remove_extension(BASIC_CONSTRAINTS), code);
        let not_ca = der::sequence(&[]);
        refused("no authority", hopper(), |f| f.certificates[place].extension(BASIC_CONSTRAINTS).value = not_ca, code);
        refused("no usage", hopper(), |f| f.certificates[place].remove_extension(KEY_USAGE), code);
        let usage = Extension::key_usage(0b1000_0010);
        refused(
            "a usage without certificates",
            hopper(),
            |f| *f.certificates[place].extension(KEY_USAGE) = usage,
            code,
        );
    }
    for (place, path_length) in [(PROVISIONER, 0), (IDENTITY, 1), (ROOT, 2)] {
        let constraints = Extension::authority(path_length);
        let change = |f: &mut GpuForgery| *f.certificates[place].extension(BASIC_CONSTRAINTS) = constraints;
        refused("too short a path", GpuForgery::hopper(), change, code);
    }
    let authority = Extension::authority(0);
    refused(
        "an attestation key that is an authority",
        GpuForgery::hopper(),
        |f| f.certificates[ATTESTATION_KEY].extensions.push(authority),
        code,
    );
    let usage = Extension::key_usage(0b0000_0100);
    refused(
        "an attestation key that may not sign",
        GpuForgery::hopper(),
        |f| *f.certificates[ATTESTATION_KEY].extension(KEY_USAGE) = usage,
        code,
    );
    for place in ALL {
        let unknown = Extension::critical("1.2.3.4", vec![5, 0]);
        let change = |f: &mut GpuForgery| f.certificates[place].extensions.push(unknown);
        refused("a critical extension", GpuForgery::hopper(), change, code);
    }
}

#[test]
fn each_must_be_valid_now() {
    for place in ALL {
        let hopper = GpuForgery::hopper;
        refused("at its end", hopper(), |f| f.certificates[place].not_after = now(), "certificate_expired");
        let later = now() + SignedDuration::from_secs(1);
        refused("too early", hopper(), |f| f.certificates[place].not_before = later, "certificate_not_yet_valid");
    }
}

#[test]
fn the_attestation_key_must_be_on_p384() {
    let key = EcKey::p256();
    let change = |f: &mut GpuForgery| f.certificates[ATTESTATION_KEY].key = Key::Ec(key);
    refused("a key on P-256", GpuForgery::hopper(), change, "certificate_key");
}

#[test]
fn the_names_must_be_of_one_known_chip() {
    for name in ["GH200 A01 GSP BROM", "GH100", "GH100 BROM", "GH100 A01 GSP FMC LF", "", "gh100 A01 GSP BROM"] {
        let change = |f: &mut GpuForgery| {
            f.certificates[DEVICE].subject = name.into();
            f.certificates[ATTESTATION_KEY].issuer = name.into();
        };
        refused(name, GpuForgery::hopper(), change, "device_model_unknown");
    }
    for name in ["GB100 A01 GSP FMC LF", "GH1000", ""] {
        let change = |f: &mut GpuForgery| f.certificates[ATTESTATION_KEY].subject = name.into();
        refused(name, GpuForgery::hopper(), change, "device_model_mismatch");
    }
    for name in ["NVIDIA GB100 Provisioner ICA 1", "GH100 Provisioner ICA 1", "NVIDIA GH100 Identity"] {
        let change = |f: &mut GpuForgery| {
            f.certificates[PROVISIONER].subject = name.into();
            f.certificates[DEVICE].issuer = name.into();
        };
        refused(name, GpuForgery::hopper(), change, "device_model_mismatch");
    }
}

#[test]
fn the_firmwares_digest_must_be_certified_once() {
    let fwid = |algorithm: &str, digest: &[u8]| der::sequence(&[der::oid(algorithm), der::octets(digest)]);
    let (sha384, sha256) = ("2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.1");
    let composite = |fwid: Vec<u8>| der::sequence(&[der::integer(&[1]), der::sequence(&[]), fwid]);
    let tcb_info = |fields: &[Vec<u8>]| der::sequence(fields);
    let fwids = |content: Vec<u8>| der::tlv(0xA6, &content);
    let good = fwid(sha384, &[0xF1; 48]);
    let flags = || der::tlv(0x87, &[0, 0]);
    let mask = |bits| der::tlv(0x8A, &[0, bits]);

    let cases = [
        ("nothing", COMPOSITE_DEVICE_ID, vec![]),
        ("no sequence", COMPOSITE_DEVICE_ID, vec![0x30, 0x80]),
        ("no digest", COMPOSITE_DEVICE_ID, der::sequence(&[der::integer(&[1]), der::sequence(&[])])),
        ("another hash", COMPOSITE_DEVICE_ID, composite(fwid(sha256, &[0xF1; 48]))),
        ("a short digest", COMPOSITE_DEVICE_ID, composite(fwid(sha384, &[0xF1; 47]))),
        ("something behind it", COMPOSITE_DEVICE_ID, [composite(good.clone()), vec![5, 0]].concat()),
        ("something behind the digest", COMPOSITE_DEVICE_ID, composite([good.clone(), vec![5, 0]].concat())),
        ("nothing", TCB_INFO, vec![]),
        ("no digests", TCB_INFO, tcb_info(&[flags()])),
        ("an empty list of digests", TCB_INFO, tcb_info(&[fwids(vec![])])),
        ("another hash", TCB_INFO, tcb_info(&[fwids(fwid(sha256, &[0xF1; 48]))])),
        ("a short digest", TCB_INFO, tcb_info(&[fwids(fwid(sha384, &[0xF1; 47]))])),
        ("two lists", TCB_INFO, tcb_info(&[fwids(good.clone()), fwids(good.clone())])),
        ("nothing in the flags", TCB_INFO, tcb_info(&[fwids(good.clone()), der::tlv(0x87, &[])])),
        ("unused bits of no byte", TCB_INFO, tcb_info(&[fwids(good.clone()), der::tlv(0x87, &[1])])),
        ("flags twice", TCB_INFO, tcb_info(&[fwids(good.clone()), flags(), flags()])),
        ("masks of the flags twice", TCB_INFO, tcb_info(&[fwids(good.clone()), flags(), mask(0xFF), mask(0)])),
        ("something behind it", TCB_INFO, [tcb_info(&[fwids(good.clone())]), vec![5, 0]].concat()),
    ];
    for (name, oid, value) in cases {
        let change = |f: &mut GpuForgery| {
            f.certificates[ATTESTATION_KEY].remove_extension(COMPOSITE_DEVICE_ID);
            f.certificates[ATTESTATION_KEY].extensions.push(Extension::new(oid, value));
        };
        refused(&format!("{oid}: {name}"), GpuForgery::hopper(), change, "tcb_info");
    }
    let remove = |f: &mut GpuForgery| f.certificates[ATTESTATION_KEY].remove_extension(COMPOSITE_DEVICE_ID);
    refused("missing", GpuForgery::hopper(), remove, "tcb_info");
    let both = Extension::new(TCB_INFO, tcb_info(&[fwids(good)]));
    let add = |f: &mut GpuForgery| f.certificates[ATTESTATION_KEY].extensions.push(both);
    refused("both forms", GpuForgery::hopper(), add, "tcb_info");
    let twice = |f: &mut GpuForgery| {
        let statement = f.certificates[ATTESTATION_KEY].extension(COMPOSITE_DEVICE_ID).clone();
        f.certificates[ATTESTATION_KEY].extensions.push(statement);
    };
    refused("one form twice", GpuForgery::hopper(), twice, "certificate_malformed");
}

#[test]
fn the_chain_must_have_five_certificates_in_order() {
    let minted = GpuForgery::hopper().mint();
    let mut longer = minted.clone();
    longer.certificates.push(minted.root().to_vec());
    for chain in [minted.certificates[0].clone(), longer.chain()] {
        let verifier = Verifier::new(NvidiaRoots::given(minted.root()).unwrap());
        assert_code("a chain", verifier.verify_gpu(&evidence(&minted, &chain), now()), "chain_length");
    }
    let mut shorter = minted.clone();
    shorter.certificates.remove(0);
    let verifier = Verifier::new(NvidiaRoots::given(minted.root()).unwrap());
    assert_code("four", verifier.verify_gpu(&evidence(&shorter, &shorter.chain()), now()), "chain_length");
    let mut reversed = minted.clone();
    reversed.certificates.reverse();
    assert_code("root first", verifier.verify_gpu(&evidence(&reversed, &reversed.chain()), now()), "untrusted_root");
    assert_code("garbage", verifier.verify_gpu(&evidence(&minted, b"garbage"), now()), "certificate_malformed");
}

#[test]
fn one_thing_wrong_with_the_lists() {
    for list in [0, 1] {
        let hopper = GpuForgery::hopper;
        refused("a list's signer", hopper(), |f| f.crl_signers[list] = p384(), "crl_signature");
        refused("a list's issuer", hopper(), |f| f.crls[list].issuer = "Somebody Else".into(), "crl_issuer");
        refused("a list at its end", hopper(), |f| f.crls[list].next_update = Some(now()), "crl_expired");
        refused("a list without end", hopper(), |f| f.crls[list].next_update = None, "crl_without_next_update");
        let later = now() + SignedDuration::from_secs(1);
        refused("a list too early", hopper(), |f| f.crls[list].this_update = later, "crl_not_yet_valid");
        let partial = Extension::critical("2.5.29.27", der::integer(&[1]));
        refused("a part of a list", hopper(), |f| f.crls[list].extensions.push(partial), "crl_unsupported");
        let entry = |f: &mut GpuForgery| {
            f.crls[list].revoked = vec![vec![9, 9]];
            f.crls[list].entry_extensions = vec![Extension::critical("1.2.3.4", vec![5, 0])];
        };
        refused("an entry of which something is unknown", hopper(), entry, "crl_unsupported");
    }
    for (list, place) in [(0, IDENTITY), (1, PROVISIONER)] {
        let revoke = |f: &mut GpuForgery| {
            let serial = f.certificates[place].serial.clone();
            f.crls[list].revoked = vec![vec![9, 9], serial];
        };
        refused("a revoked authority", GpuForgery::hopper(), revoke, "certificate_revoked");
    }
    for place in [IDENTITY, ROOT] {
        let usage = Extension::key_usage(0b0000_0100);
        let change = |f: &mut GpuForgery| *f.certificates[place].extension(KEY_USAGE) = usage;
        refused("an authority that may not sign lists", GpuForgery::hopper(), change, "certificate_constraints");
    }
    let minted = GpuForgery::hopper().mint();
    let [root, identity] = &minted.crls;
    let chain = minted.chain();
    let swapped =
        Evidence { revocation: Revocation::Crls { root: identity, identity: root }, ..evidence(&minted, &chain) };
    let verifier = Verifier::new(NvidiaRoots::given(minted.root()).unwrap());
    assert_code("the lists swapped", verifier.verify_gpu(&swapped, now()), "crl_issuer");
}

/// Evidence holds no longer than the first of its lists, and says whether there were any.
#[test]
fn lists_bound_the_verdict() {
    let end: Timestamp = "2026-02-01T00:00:00Z".parse().unwrap();
    for list in [0, 1] {
        let mut forgery = GpuForgery::hopper();
        forgery.crls[list].next_update = Some(end);
        assert_eq!(gpu(&forgery.mint()).unwrap().expires_at(), end);
    }
    let minted = GpuForgery::hopper().mint();
    let verifier = Verifier::new(NvidiaRoots::given(minted.root()).unwrap());
    let chain = minted.chain();
    let unchecked = Evidence { revocation: Revocation::NotChecked, ..evidence(&minted, &chain) };
    assert!(!verifier.verify_gpu(&unchecked, now()).unwrap().revocation_checked);
}

#[test]
fn an_endorsement_holds_in_its_window_only() {
    let mut forgery = GpuForgery::hopper();
    let (start, end) = (now() - SignedDuration::from_hours(1), now() + SignedDuration::from_hours(1));
    forgery.certificates[DEVICE].not_before = start;
    forgery.certificates[PROVISIONER].not_after = end;
    let minted = forgery.mint();
    let verifier = Verifier::new(NvidiaRoots::given(minted.root()).unwrap());
    let endorsement = verifier.endorse(&minted.chain(), Revocation::NotChecked, now()).unwrap();
    let verify = |time| endorsement.verify_gpu(&minted.report, Expected::LeftToPolicy, time);
    assert_eq!(verify(start).unwrap().expires_at(), end);
    verify(end - SignedDuration::from_secs(1)).unwrap();
    assert_code("at its end", verify(end), "endorsement_out_of_date");
    assert_code("before", verify(start - SignedDuration::from_secs(1)), "endorsement_out_of_date");
}
