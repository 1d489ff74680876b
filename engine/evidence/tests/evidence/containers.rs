//! What reports come in: every form gives the same report, and what is damaged is refused without a panic.

use atbac_evidence::snp::azure::HashType;
use atbac_evidence::snp::container::{Contents, unwrap};
use atbac_evidence::snp::{AmdRoots, Chain, Evidence, Expectations, Revocation, Verifier};
use atbac_simulation::{MintedSnp, SnpForgery};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::files::genuine;

/// The GUIDs of a certificate table, as AMD 56421 writes them.
const VCEK: &str = "63da758d-e664-4564-adc5-f4b93be8accd";
const VLEK: &str = "a8074bc2-a25a-483e-aae6-39c045a0b8a1";
const ASK: &str = "4ab7b379-bbac-4fe4-a02f-05aef327c782";
const ARK: &str = "c0b406a4-a803-4952-9743-3fb6014cd0ae";
const CRL: &str = "92f81bc3-5811-4d3d-97ff-d19f88dc67ea";
const UNKNOWN: &str = "00112233-4455-6677-8899-aabbccddeeff";

/// A certificate table of these entries.
fn table(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut table = Vec::new();
    let mut offset = 24 * (entries.len() + 1);
    for (guid, certificate) in entries {
        table.extend(hex::decode(guid.replace('-', "")).unwrap());
        table.extend(u32::try_from(offset).unwrap().to_le_bytes());
        table.extend(u32::try_from(certificate.len()).unwrap().to_le_bytes());
        offset += certificate.len();
    }
    table.extend([0; 24]);
    for (_, certificate) in entries {
        table.extend(*certificate);
    }
    table
}

fn extended(minted: &MintedSnp) -> Vec<u8> {
    let entries: [(&str, &[u8]); 5] =
        [(UNKNOWN, b"a host's own"), (ARK, &minted.ark), (VCEK, &minted.vek), (ASK, &minted.ask), (CRL, &minted.crl)];
    [minted.report.clone(), table(&entries)].concat()
}

/// An Azure HCL blob (Microsoft, "Guest attestation for confidential VMs").
pub(crate) fn hcl(report: &[u8], report_type: u32, hash_type: u32, runtime: &[u8]) -> Vec<u8> {
    let size = u32::try_from(runtime.len()).unwrap();
    let mut blob = b"HCLA".to_vec();
    for number in [2, 1236 + size, 2, 0, 0, 0, 0] {
        blob.extend(u32::to_le_bytes(number));
    }
    blob.extend(report);
    for number in [20 + size, 1, report_type, hash_type, size] {
        blob.extend(u32::to_le_bytes(number));
    }
    blob.extend(runtime);
    blob
}

fn response(report: &[u8]) -> Vec<u8> {
    let mut response = [0, 1184, 0, 0, 0, 0, 0, 0].map(u32::to_le_bytes).concat();
    response.extend(report);
    response
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for position in 0..=chunk.len() {
            text.push(ALPHABET[(word >> (18 - 6 * position) & 63) as usize].into());
        }
        text.extend(std::iter::repeat_n('=', 3 - chunk.len()));
    }
    text
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    base64(bytes).replace('+', "-").replace('/', "_").replace('=', "")
}

/// A report as the package `sev` writes it in JSON.
pub(crate) fn fields(report: &[u8], turin: bool) -> Value {
    let number = |offset: usize, bytes: usize| {
        report[offset..offset + bytes].iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte))
    };
    let tcb = |at: usize| {
        let bytes = &report[at..at + 8];
        if turin {
            json!({ "fmc": bytes[0], "bootloader": bytes[1], "tee": bytes[2], "snp": bytes[3], "microcode": bytes[7] })
        } else {
            json!({ "fmc": null, "bootloader": bytes[0], "tee": bytes[1], "snp": bytes[6], "microcode": bytes[7] })
        }
    };
    let version = |at: usize| json!({ "build": report[at], "minor": report[at + 1], "major": report[at + 2] });
    let has_cpuid = report[0] >= 3;
    let cpuid = |at: usize| has_cpuid.then(|| report[at]);
    json!({
        "version": number(0x000, 4),
        "guest_svn": number(0x004, 4),
        "policy": number(0x008, 8),
        "family_id": report[0x010..0x020],
        "image_id": report[0x020..0x030],
        "vmpl": number(0x030, 4),
        "sig_algo": number(0x034, 4),
        "current_tcb": tcb(0x038),
        "plat_info": number(0x040, 8),
        "key_info": number(0x048, 4),
        "report_data": report[0x050..0x090],
        "measurement": report[0x090..0x0C0],
        "host_data": report[0x0C0..0x0E0],
        "id_key_digest": report[0x0E0..0x110],
        "author_key_digest": report[0x110..0x140],
        "report_id": report[0x140..0x160],
        "report_id_ma": report[0x160..0x180],
        "reported_tcb": tcb(0x180),
        "cpuid_fam_id": cpuid(0x188),
        "cpuid_mod_id": cpuid(0x189),
        "cpuid_step": cpuid(0x18A),
        "chip_id": report[0x1A0..0x1E0],
        "committed_tcb": tcb(0x1E0),
        "current": version(0x1E8),
        "committed": version(0x1EC),
        "launch_tcb": tcb(0x1F0),
        "launch_mit_vector": (report[0] >= 5).then(|| number(0x1F8, 8)),
        "current_mit_vector": (report[0] >= 5).then(|| number(0x200, 8)),
        "signature": { "r": report[0x2A0..0x2E8], "s": report[0x2E8..0x330] },
    })
}

fn code(container: &[u8]) -> &'static str {
    unwrap(container).unwrap_err().code()
}

/// Verifies what was taken out, with the certificates that came with it.
fn verify(contents: &Contents, root: &[u8]) {
    let evidence = Evidence {
        report: &contents.report,
        vek: contents.vek().unwrap(),
        chain: contents.chain(),
        revocation: Revocation::NotChecked,
        expected: Expectations::left_to_policy(),
    };
    Verifier::new(AmdRoots::given(root).unwrap()).verify(&evidence, SnpForgery::now()).unwrap();
}

#[test]
fn every_form_gives_the_same_report() {
    let minted = SnpForgery::milan().mint();
    let report = &minted.report;
    let with_table = extended(&minted);
    let blob = hcl(report, 2, 1, b"{}");
    let padded = [response(report), vec![0; 2000]].concat();
    let upper = hex::encode_upper(report);
    let broken: String = upper.as_bytes().chunks(64).flat_map(|line| [line, b"\n"].concat()).map(char::from).collect();
    let trustee = json!({ "attestation_report": fields(report, false), "cert_chain": null });
    let wrapped = json!({ "tee": "snp", "evidence": base64url(trustee.to_string().as_bytes()) });
    for (name, container) in [
        ("raw", report.clone()),
        ("extended", with_table.clone()),
        ("an empty table", [report.clone(), vec![0; 4096]].concat()),
        ("response", response(report)),
        ("response in the device's buffer", padded),
        ("HCL", blob.clone()),
        ("HCL in its index of the vTPM", [blob.clone(), vec![0; 1024]].concat()),
        ("hexadecimal", hex::encode(report).into_bytes()),
        ("hexadecimal in lines", broken.into_bytes()),
        ("base64", base64(report).into_bytes()),
        ("base64url with white space", format!("\n {}\r\n", base64url(report)).into_bytes()),
        ("base64 of an extended report", base64(&with_table).into_bytes()),
        ("hexadecimal of HCL", hex::encode(&blob).into_bytes()),
        ("JSON", trustee.to_string().into_bytes()),
        ("JSON in lines", serde_json::to_vec_pretty(&trustee).unwrap()),
        ("JSON in a request", wrapped.to_string().into_bytes()),
        (
            "JSON in a protocol",
            json!({ "primary_evidence": trustee, "additional_evidence": "" }).to_string().into_bytes(),
        ),
    ] {
        assert_eq!(&unwrap(&container).unwrap().report, report, "{name}");
    }
    // Every field of a report that has them all.
    let mut turin = SnpForgery::turin();
    turin.report.set(0x1F8, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    let minted = turin.mint();
    let json = json!({ "attestation_report": fields(&minted.report, true) });
    assert_eq!(unwrap(json.to_string().as_bytes()).unwrap().report, minted.report);
}

#[test]
fn certificates_come_out_where_they_belong() {
    let minted = SnpForgery::milan().mint();
    let contents = unwrap(&extended(&minted)).unwrap();
    assert_eq!(contents.certificates.vek.as_ref(), Some(&minted.vek));
    assert_eq!(contents.certificates.ask.as_ref(), Some(&minted.ask));
    assert_eq!(contents.certificates.ark.as_ref(), Some(&minted.ark));
    assert_eq!(contents.certificates.crl.as_ref(), Some(&minted.crl));
    verify(&contents, &minted.ark);

    let mut chain = [
        json!({ "cert_type": "ARK", "data": minted.ark }),
        json!({ "cert_type": "VCEK", "data": minted.vek }),
        json!({ "cert_type": "ASK", "data": minted.ask }),
        json!({ "cert_type": "CRL", "data": minted.crl }),
        json!({ "cert_type": { "OTHER": UNKNOWN }, "data": [1] }),
        json!({ "cert_type": "Empty", "data": [] }),
    ];
    for _ in 0..2 {
        let json = json!({ "attestation_report": fields(&minted.report, false), "cert_chain": chain });
        let contents = unwrap(json.to_string().as_bytes()).unwrap();
        assert_eq!(contents.certificates.ark.as_ref(), Some(&minted.ark));
        assert_eq!(contents.certificates.crl.as_ref(), Some(&minted.crl));
        verify(&contents, &minted.ark);
        chain.reverse();
    }

    let vlek = SnpForgery::vlek().mint();
    let container = [vlek.report.clone(), table(&[(VLEK, &vlek.vek), (ASK, &vlek.ask), (ARK, &vlek.ark)])].concat();
    verify(&unwrap(&container).unwrap(), &vlek.ark);

    // One certificate of a chain is none: the built-in chain is then meant.
    let half = unwrap(&[minted.report.clone(), table(&[(ASK, &minted.ask)])].concat()).unwrap();
    assert!(matches!(half.chain(), Chain::BuiltIn));
    assert_eq!(half.vek().unwrap_err().code(), "vek_missing");
}

#[test]
fn what_is_damaged_is_refused() {
    let minted = SnpForgery::milan().mint();
    let report = minted.report.clone();
    let with = |table: Vec<u8>| [report.clone(), table].concat();
    for (name, container) in [
        ("table without an end", with(table(&[(VCEK, b"x")])[..24].to_vec())),
        ("table that ends in an entry", with([&table(&[(VCEK, b"x")])[..24], &[1; 20][..]].concat())),
        ("certificate outside", with(table(&[(VCEK, &[1; 100])])[..100].to_vec())),
        ("two keys", with(table(&[(VCEK, b"x"), (VLEK, b"y")]))),
        ("two chains", with(table(&[(ASK, b"x"), (ASK, b"x")]))),
        (
            "offset at the end of all numbers",
            with([&table(&[(VCEK, b"x")])[..16], &[0xFF; 8][..], &[0; 24][..]].concat()),
        ),
        ("response cut short in its header", response(&report)[..20].to_vec()),
        ("response cut short in its report", response(&report)[..1200].to_vec()),
        ("response with more after it", [response(&report), vec![0, 1]].concat()),
        ("response with a reserved byte", {
            let mut r = response(&report);
            r[9] = 1;
            r
        }),
        ("HCL cut short", hcl(&report, 2, 1, b"")[..1235].to_vec()),
        ("HCL cut short in its data", hcl(&report, 2, 1, b"{\"keys\":[]}")[..1240].to_vec()),
        ("HCL of another report", hcl(&report, 3, 1, b"{}")),
        ("HCL of another hash", hcl(&report, 2, 4, b"{}")),
        ("HCL of no hash", hcl(&report, 2, 0, b"{}")),
        ("HCL with more after it", [hcl(&report, 2, 1, b"{}"), vec![1]].concat()),
        ("HCL of another size", {
            let mut b = hcl(&report, 2, 1, b"{}");
            b[8] ^= 1;
            b
        }),
        ("HCL of another size of its data", {
            let mut b = hcl(&report, 2, 1, b"{}");
            b[1216] ^= 1;
            b
        }),
        ("half a digit", hex::encode(&report).as_bytes()[1..].to_vec()),
        ("neither alphabet", b"AgAA-AAA+".to_vec()),
        ("bits that mean nothing", b"AgB".to_vec()),
        ("no JSON", b"{".to_vec()),
        ("JSON of nothing", b"{}".to_vec()),
        ("JSON with two reports", json!({ "report": [1], "hcl_report": "AA" }).to_string().into_bytes()),
        ("JSON with nested evidence twice", br#"{"evidence":"AA","primary_evidence":"AA"}"#.to_vec()),
        ("JSON with a blob of another kind", {
            let mut blob = hcl(&report, 2, 1, b"{}");
            blob[3] = b'B';
            json!({ "report": blob }).to_string().into_bytes()
        }),
        ("JSON with no blob", json!({ "report": report }).to_string().into_bytes()),
        ("JSON with a field twice", br#"{"report":[],"report":[]}"#.to_vec()),
        ("JSON with evidence of no type", json!({ "evidence": 1 }).to_string().into_bytes()),
    ] {
        assert_eq!(code(&container), "container_malformed", "{name}");
    }
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 6] = [
        ("a number too large", |json| json["attestation_report"]["vmpl"] = json!(1u64 << 32)),
        ("a field missing", |json| json["attestation_report"]["chip_id"] = Value::Null),
        ("a field too short", |json| json["attestation_report"]["chip_id"] = json!(vec![0; 63])),
        ("a field too long", |json| json["attestation_report"]["signature"]["r"] = json!(vec![0; 73])),
        ("a certificate of no kind", |json| json["cert_chain"][0]["cert_type"] = json!("XCEK")),
        ("two keys", |json| json["cert_chain"][1] = json!({ "cert_type": "VLEK", "data": [2] })),
    ];
    let chain = json!([{ "cert_type": "VCEK", "data": [1] }, { "cert_type": "Empty", "data": [] }]);
    let good = json!({ "attestation_report": fields(&report, false), "cert_chain": chain });
    unwrap(good.to_string().as_bytes()).unwrap();
    for (name, change) in changes {
        let mut json = good.clone();
        change(&mut json);
        assert_eq!(code(json.to_string().as_bytes()), "container_malformed", "{name}");
    }
}

#[test]
fn other_evidence_is_named() {
    let minted = SnpForgery::milan().mint();
    assert_eq!(code(&hcl(&minted.report, 4, 1, b"{}")), "container_kind");
    assert_eq!(code(&genuine("snp/azure/tdx.hcl.bin")), "container_kind");
    let refusal = unwrap(br#"{"tee":"tdx","evidence":"AA"}"#).unwrap_err();
    assert_eq!((refusal.code(), refusal.to_string().contains("`tdx`")), ("container_kind", true), "{refusal}");
}

/// What is no container is handed on as it is, for the verifier to refuse by its length.
#[test]
fn what_is_no_container_is_a_report_of_another_length() {
    let report = SnpForgery::milan().mint().report;
    for bytes in [
        &b""[..],
        &[0],
        &[0xFF; 30],
        &report[..1183],
        &[report.as_slice(), &[0]].concat(),
        &[report.as_slice(), &[1; 23]].concat(),
    ] {
        assert_eq!(unwrap(bytes).unwrap().report, bytes);
    }
}

#[test]
fn depth_and_size_have_limits() {
    assert_eq!(code(&vec![b'A'; 64 * 1024 + 1]), "input_too_large");
    let report = SnpForgery::milan().mint().report;
    let mut nested = report.clone();
    for _ in 0..3 {
        nested = base64(&nested).into_bytes();
    }
    assert_eq!(unwrap(&nested).unwrap().report, report);
    assert_eq!(code(base64(&nested).as_bytes()), "container_too_deep");
    let mut inline = json!({ "hcl_report": "AA" });
    for _ in 0..50 {
        inline = json!({ "evidence": inline });
    }
    assert_eq!(code(inline.to_string().as_bytes()), "container_too_deep");
    // Deeper than the parser of JSON goes.
    assert_eq!(code("{\"evidence\":".repeat(5000).as_bytes()), "container_malformed");
}

/// A blob that a VM on Azure had: the report commits to its runtime data.
#[test]
fn a_genuine_blob_is_read() {
    let blob = genuine("snp/azure/milan.hcl.bin");
    let contents = unwrap(&blob).unwrap();
    assert_eq!(contents.report, blob[32..32 + 1184]);
    let runtime = contents.runtime.unwrap();
    assert_eq!(runtime.hash, HashType::Sha256);
    assert!(runtime.bytes.starts_with(br#"{"keys":[{"kid":"HCLAkPub""#) && runtime.bytes.ends_with(b"}}"));
    assert_eq!(runtime.bytes.len(), 583);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let _ = unwrap(&bytes);
    }

    #[test]
    fn random_text_never_panics(text in "[ -~\n]{0,400}") {
        let _ = unwrap(text.as_bytes());
    }

    /// Containers with a stretch overwritten, and cut anywhere.
    #[test]
    fn damaged_containers_never_panic(which in 0..4usize, at in 0..6000usize, patch in proptest::collection::vec(any::<u8>(), 1..16), cut in 0..8000usize) {
        static GOOD: std::sync::LazyLock<[Vec<u8>; 4]> = std::sync::LazyLock::new(|| {
            let minted = SnpForgery::milan().mint();
            let json = json!({ "attestation_report": fields(&minted.report, false), "cert_chain": [] });
            [extended(&minted), hcl(&minted.report, 2, 1, b"{\"keys\":[]}"), response(&minted.report), json.to_string().into_bytes()]
        });
        let mut damaged = GOOD[which].clone();
        let at = at.min(damaged.len() - patch.len());
        damaged[at..at + patch.len()].copy_from_slice(&patch);
        damaged.truncate(cut.max(1));
        let _ = unwrap(&damaged);
    }
}
