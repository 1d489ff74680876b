//! From a verified report to a vTPM: each step proven by the one before, and each check with a case that only it refuses.

use atbac_evidence::snp::azure::{HashType, Paravisor, Quote, Runtime, RuntimeData};
use atbac_evidence::snp::container::unwrap;
use atbac_evidence::snp::{AmdRoots, Chain, Evidence, Expectations, Revocation, Snp, Verifier};
use atbac_evidence::{Expected, Refusal, Verified};
use atbac_simulation::{MintedSnp, SnpForgery};
use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use std::sync::LazyLock;

use crate::containers::{base64url, hcl};
use crate::files::genuine;

const NONCE: &[u8] = b"challenge";
const USER_DATA: [u8; 64] = [0xD4; 64];

/// The key of a forged vTPM.
static KEY: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

fn jwk(kid: &str, modulus: &[u8]) -> Value {
    json!({ "kid": kid, "kty": "RSA", "e": "AQAB", "n": base64url(modulus) })
}

fn modulus() -> Vec<u8> {
    modulus_at_end(KEY.public_key().as_ref()).to_vec()
}

/// The modulus of a key of 2048 bits in DER, which ends in 256 bytes of modulus and five of the exponent 65537.
fn modulus_at_end(key: &[u8]) -> &[u8] {
    &key[key.len() - 261..key.len() - 5]
}

fn runtime() -> Value {
    json!({
        "keys": [jwk("HCLAkPub", &modulus()), jwk("HCLEkPub", &[1; 256])],
        "vm-configuration": { "secure-boot": true },
        "user-data": hex::encode(USER_DATA),
    })
}

/// A report that commits to `data`, verified.
pub(crate) fn report(data: &[u8], hash: HashType, change: impl FnOnce(&mut SnpForgery)) -> (Verified<Snp>, MintedSnp) {
    let algorithm = match hash {
        HashType::Sha256 => &SHA256,
        HashType::Sha384 => &SHA384,
        HashType::Sha512 => &SHA512,
    };
    let mut forgery = SnpForgery::milan();
    forgery.report.set(0x050, &[0; 64]);
    forgery.report.set(0x050, digest(algorithm, data).as_ref());
    change(&mut forgery);
    let minted = forgery.mint();
    let evidence = Evidence {
        report: &minted.report,
        vek: &minted.vek,
        chain: Chain::Given { ask: &minted.ask, ark: &minted.ark },
        revocation: Revocation::Crl(&minted.crl),
        expected: Expectations::left_to_policy(),
    };
    let verified = Verifier::new(AmdRoots::given(&minted.ark).unwrap()).verify(&evidence, SnpForgery::now()).unwrap();
    (verified, minted)
}

/// Verifies runtime data under a report that commits to it.
fn bind(json: &Value) -> Result<Verified<Runtime>, Refusal> {
    let bytes = json.to_string().into_bytes();
    let (report, _) = report(&bytes, HashType::Sha256, |_| {});
    RuntimeData { hash: HashType::Sha256, bytes }.verify(&report, Paravisor::LeftToPolicy, Expected::LeftToPolicy)
}

fn code<T>(name: &str, verdict: Result<T, Refusal>, code: &str) {
    match verdict {
        Ok(_) => panic!("{name}: verified; expected refusal {code}"),
        Err(refusal) => assert_eq!(refusal.code(), code, "{name}: {refusal}"),
    }
}

#[test]
fn a_report_proves_its_runtime_data() {
    for (hash, number) in [(HashType::Sha256, 1), (HashType::Sha384, 2), (HashType::Sha512, 3)] {
        let bytes = runtime().to_string().into_bytes();
        let (report, minted) = report(&bytes, hash, |_| {});
        let contents = unwrap(&hcl(&minted.report, 2, number, &bytes)).unwrap();
        let data = contents.runtime.unwrap();
        assert_eq!(data, RuntimeData { hash, bytes: bytes.clone() });
        let runtime = data.verify(&report, Paravisor::LeftToPolicy, Expected::Exactly(&USER_DATA)).unwrap();
        assert_eq!((runtime.user_data, &runtime.json), (Some(USER_DATA), &bytes));
        assert_eq!((runtime.verified_at(), runtime.expires_at()), (report.verified_at(), report.expires_at()));
        assert_eq!(runtime.trust_root(), report.trust_root());
    }
}

#[test]
fn one_thing_wrong_with_the_runtime_data() {
    let bytes = runtime().to_string().into_bytes();
    let data = RuntimeData { hash: HashType::Sha256, bytes: bytes.clone() };
    let verify = |data: &RuntimeData, change: fn(&mut SnpForgery)| {
        let (report, _) = report(&bytes, HashType::Sha256, change);
        data.verify(&report, Paravisor::LeftToPolicy, Expected::LeftToPolicy)
    };
    verify(&data, |_| {}).unwrap();
    // Software of the guest, which runs below the paravisor, can ask for a report over data of its own.
    for vmpl in [1, 2, 3] {
        let (report, _) = report(&bytes, HashType::Sha256, |f| f.report.set(0x030, &[vmpl]));
        code("VMPL", data.verify(&report, Paravisor::LeftToPolicy, Expected::LeftToPolicy), "runtime_vmpl");
    }
    code("the host's report", verify(&data, |f| f.report.set(0x030, &[0xFF; 4])), "runtime_vmpl");
    code("first byte of the hash", verify(&data, |f| f.report.0[0x050] ^= 1), "runtime_hash_mismatch");
    code("last byte of the hash", verify(&data, |f| f.report.0[0x06F] ^= 1), "runtime_hash_mismatch");
    code("first byte after the hash", verify(&data, |f| f.report.set(0x070, &[1])), "runtime_hash_mismatch");
    code("last byte after the hash", verify(&data, |f| f.report.set(0x08F, &[1])), "runtime_hash_mismatch");
    let mut other = data.clone();
    *other.bytes.last_mut().unwrap() = b' ';
    code("other data", verify(&other, |_| {}), "runtime_hash_mismatch");
    let other = RuntimeData { hash: HashType::Sha384, ..data.clone() };
    code("another hash", verify(&other, |_| {}), "runtime_hash_mismatch");

    let (report, _) = report(&bytes, HashType::Sha256, |_| {});
    let mut user_data = USER_DATA;
    user_data[63] ^= 1;
    code(
        "other user data",
        data.verify(&report, Paravisor::LeftToPolicy, Expected::Exactly(&user_data)),
        "user_data_mismatch",
    );
    let mut none = runtime();
    none.as_object_mut().unwrap().remove("user-data");
    assert_eq!(bind(&none).unwrap().user_data, None);
    let bytes = none.to_string().into_bytes();
    let (report, _) = self::report(&bytes, HashType::Sha256, |_| {});
    let data = RuntimeData { hash: HashType::Sha256, bytes };
    code(
        "no user data",
        data.verify(&report, Paravisor::LeftToPolicy, Expected::Exactly(&[0; 64])),
        "user_data_mismatch",
    );
}

/// Any guest without a paravisor runs code of its own at VMPL 0.
#[test]
fn only_the_paravisor_expected_may_speak() {
    let bytes = runtime().to_string().into_bytes();
    let data = RuntimeData { hash: HashType::Sha256, bytes: bytes.clone() };
    let launched_under = |key: u8| report(&bytes, HashType::Sha256, |f| f.report.set(0x0E0, &[key; 48])).0;
    let expected = [[0xA1; 48], [0xA2; 48]];
    for key in [0xA1, 0xA2] {
        data.verify(&launched_under(key), Paravisor::SignedBy(&expected), Expected::LeftToPolicy).unwrap();
    }
    let refused = |name: &str, key: u8, expected: &[[u8; 48]]| {
        let verdict = data.verify(&launched_under(key), Paravisor::SignedBy(expected), Expected::LeftToPolicy);
        code(name, verdict, "paravisor_mismatch");
    };
    refused("another's launch", 0xA3, &expected);
    refused("an unsigned launch", 0, &expected);
    refused("an unsigned launch that seems expected", 0, &[[0; 48]]);
    refused("nobody is expected", 0xA1, &[]);
}

#[test]
fn runtime_data_must_name_one_key() {
    let changed = |change: fn(&mut Value)| {
        let mut json = runtime();
        change(&mut json);
        bind(&json)
    };
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 9] = [
        ("a key without a number", |json| json["keys"][0]["n"] = json!("")),
        ("no keys", |json| json["keys"] = json!([])),
        ("no key of this name", |json| json["keys"][0]["kid"] = json!("HCLEkPub")),
        ("two keys of this name", |json| json["keys"][1]["kid"] = json!("HCLAkPub")),
        ("a key of another type", |json| json["keys"][0]["kty"] = json!("EC")),
        ("a key with its secret", |json| json["keys"][0]["d"] = json!("AQAB")),
        ("a key that is no base64url", |json| json["keys"][0]["n"] = json!("+/==")),
        ("user data that is too short", |json| json["user-data"] = json!("00")),
        ("user data that is no text", |json| json["user-data"] = json!(1)),
    ];
    for (name, change) in changes {
        code(name, changed(change), "runtime_malformed");
    }
    code("no object", bind(&json!([])), "runtime_malformed");

    // Whoever reads the whole has to read what was read here.
    let text = runtime().to_string();
    let changed = |from: &str, to: &[u8]| {
        let at = text.find(from).unwrap();
        let bytes = [&text.as_bytes()[..at], to, &text.as_bytes()[at + from.len()..]].concat();
        let (report, _) = report(&bytes, HashType::Sha256, |_| {});
        RuntimeData { hash: HashType::Sha256, bytes }.verify(&report, Paravisor::LeftToPolicy, Expected::LeftToPolicy)
    };
    changed("secure-boot", b"secure_boot").unwrap();
    code("text that is none", changed("secure-boot", b"\xFFecure-boot"), "runtime_malformed");
    code("a name twice", changed("\"secure-boot\":true", br#""a":true,"a":false"#), "runtime_malformed");
    let elliptic = json!({
        "kid": "HCLAkPub", "kty": "EC", "crv": "P-256",
        // RFC 7515, appendix A.3.1.
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    let mut json = runtime();
    json["keys"][0] = elliptic;
    code("a key of a curve", bind(&json), "runtime_malformed");
}

/// A `TPMS_ATTEST` with a quote (TCG, "TPM 2.0 Library, Part 2", 10.12.12).
#[derive(Clone)]
struct Attest {
    magic: u32,
    kind: u16,
    nonce: Vec<u8>,
    banks: Vec<(u16, Vec<u8>)>,
    digest: Vec<u8>,
    trailing: Vec<u8>,
}

const PCRS: [[u8; 32]; 3] = [[0x10; 32], [0x14; 32], [0x18; 32]];

impl Attest {
    /// Over registers 0, 4 and 8.
    fn good() -> Self {
        let digest = digest(&SHA256, &PCRS.concat()).as_ref().to_vec();
        let banks = vec![(0x000B, vec![0b0001_0001, 0b0000_0001, 0])];
        Self { magic: 0xFF54_4347, kind: 0x8018, nonce: NONCE.to_vec(), banks, digest, trailing: vec![] }
    }

    fn encode(&self) -> Vec<u8> {
        let sized = |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
        let mut message = [&self.magic.to_be_bytes()[..], &self.kind.to_be_bytes()].concat();
        message.extend(sized(&[0x22; 34]));
        message.extend(sized(&self.nonce));
        message.extend([0x77; 8]);
        message.extend(5u32.to_be_bytes());
        message.extend(6u32.to_be_bytes());
        message.push(1);
        message.extend([0x88; 8]);
        message.extend(u32::try_from(self.banks.len()).unwrap().to_be_bytes());
        for (algorithm, bitmap) in &self.banks {
            message.extend(algorithm.to_be_bytes());
            message.push(u8::try_from(bitmap.len()).unwrap());
            message.extend(bitmap);
        }
        message.extend(sized(&self.digest));
        message.extend(&self.trailing);
        message
    }

    fn quote(&self) -> Quote {
        sign(self.encode())
    }
}

fn sign(message: Vec<u8>) -> Quote {
    let mut signature = vec![0; KEY.public_modulus_len()];
    KEY.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut signature).unwrap();
    Quote { message, signature, pcrs: PCRS.to_vec() }
}

#[test]
fn runtime_data_proves_its_vtpms_quote() {
    let runtime = bind(&runtime()).unwrap();
    let vtpm = runtime.verify_quote(&Attest::good().quote(), NONCE).unwrap();
    assert_eq!(vtpm.pcrs, [(0, PCRS[0]), (4, PCRS[1]), (8, PCRS[2])].into());
    assert_eq!((vtpm.reset_count, vtpm.restart_count), (5, 6));
    assert_eq!(vtpm.expires_at(), runtime.expires_at());
}

#[test]
fn one_thing_wrong_with_the_quote() {
    let runtime = bind(&runtime()).unwrap();
    let refused = |name: &str, change: fn(&mut Attest), expected: &str| {
        let mut attest = Attest::good();
        change(&mut attest);
        code(name, runtime.verify_quote(&attest.quote(), NONCE), expected);
    };
    refused("not the TPM's own", |a| a.magic ^= 1, "vtpm_quote_malformed");
    refused("another attestation", |a| a.kind = 0x8017, "vtpm_quote_malformed");
    refused("no bank", |a| a.banks.clear(), "vtpm_quote_malformed");
    refused("two banks", |a| a.banks.push((0x0004, vec![1])), "vtpm_quote_malformed");
    refused("a bank of SHA-1", |a| a.banks[0].0 = 0x0004, "vtpm_quote_malformed");
    refused("fewer registers", |a| a.banks[0].1 = vec![0b0000_0011], "vtpm_quote_malformed");
    refused("more registers", |a| a.banks[0].1 = vec![0b0000_1111], "vtpm_quote_malformed");
    refused("a digest cut short", |a| a.digest.truncate(31), "vtpm_quote_malformed");
    refused("more after it", |a| a.trailing = vec![0], "vtpm_quote_malformed");
    refused("another nonce", |a| a.nonce[0] ^= 1, "vtpm_nonce_mismatch");
    refused("a longer nonce", |a| a.nonce.push(0), "vtpm_nonce_mismatch");
    refused("no nonce", |a| a.nonce.clear(), "vtpm_nonce_mismatch");
    refused("another digest", |a| a.digest[31] ^= 1, "vtpm_pcr_mismatch");
    let message = Attest::good().encode();
    for cut in 0..message.len() {
        code("cut short", runtime.verify_quote(&sign(message[..cut].to_vec()), NONCE), "vtpm_quote_malformed");
    }

    let tampered = |name: &str, change: fn(&mut Quote), expected: &str| {
        let mut quote = Attest::good().quote();
        change(&mut quote);
        code(name, runtime.verify_quote(&quote, NONCE), expected);
    };
    // It would be for any registers that one likes.
    let mut none = Attest::good();
    none.banks[0].1 = vec![0, 0, 0];
    none.digest = digest(&SHA256, b"").as_ref().to_vec();
    let none = Quote { pcrs: vec![], ..none.quote() };
    code("no registers", runtime.verify_quote(&none, NONCE), "vtpm_quote_malformed");
    let mut unasked = Attest::good();
    unasked.nonce.clear();
    code("an empty nonce", runtime.verify_quote(&unasked.quote(), b""), "vtpm_nonce_missing");
    tampered("message", |q| q.message[20] ^= 1, "vtpm_quote_signature");
    tampered("signature", |q| q.signature[0] ^= 1, "vtpm_quote_signature");
    tampered("no signature", |q| q.signature.clear(), "vtpm_quote_signature");
    tampered("huge message", |q| q.message = vec![0; 1 << 20], "input_too_large");
    tampered("register", |q| q.pcrs[1][31] ^= 1, "vtpm_pcr_mismatch");
    tampered("registers in another order", |q| q.pcrs.swap(0, 1), "vtpm_pcr_mismatch");
    tampered("a register less", |q| q.pcrs.truncate(2), "vtpm_quote_malformed");

    let mut other = self::runtime();
    other["keys"][0] = jwk("HCLAkPub", &[0xC3; 256]);
    code("another key", bind(&other).unwrap().verify_quote(&Attest::good().quote(), NONCE), "vtpm_quote_signature");
}

/// A quote that a vTPM on Azure made, under its own key; the report over that key is forged.
#[test]
fn a_genuine_quote_verifies() {
    let key = pem::parse(genuine("snp/azure/vtpm.key.pem")).unwrap().into_contents();
    let runtime = bind(&json!({ "keys": [jwk("HCLAkPub", modulus_at_end(&key))] })).unwrap();

    let file = genuine("snp/azure/vtpm.quote.bin");
    let (signature, rest) = list(&file, 1);
    let (message, rest) = list(rest, 1);
    let (pcrs, rest) = list(rest, 32);
    assert!(rest.is_empty());
    let pcrs = pcrs.chunks(32).map(|pcr| pcr.try_into().unwrap()).collect();
    let quote = Quote { message: message.to_vec(), signature: signature.to_vec(), pcrs };
    let vtpm = runtime.verify_quote(&quote, b"challenge").unwrap();
    assert_eq!(vtpm.pcrs.len(), 24);
    assert_eq!(vtpm.pcrs[&23], [0; 32], "the application's register was not used");
    // From the message by hand: the eight bytes before are the clock.
    assert_eq!((vtpm.reset_count, vtpm.restart_count), (3, 0));
    code("another nonce", runtime.verify_quote(&quote, b"Challenge"), "vtpm_nonce_mismatch");
}

/// The items of a list behind its length in 8 bytes, and what follows it.
fn list(bytes: &[u8], item: usize) -> (&[u8], &[u8]) {
    let (length, rest) = bytes.split_first_chunk().unwrap();
    rest.split_at(usize::try_from(u64::from_le_bytes(*length)).unwrap() * item)
}
