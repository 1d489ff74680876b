//! What a verification holds in memory: at no time more than 64 KiB and the size of the certificates, lists and collateral it was given.
//!
//! The budget is for whoever verifies evidence from strangers: with it, the most that a request can take follows from what it sent.

use atbac_evidence::certificates;
use atbac_evidence::dcap::{self, Collateral, IntelRoot};
use atbac_evidence::snp::azure::{HashType, Paravisor, RuntimeData};
use atbac_evidence::snp::{self, AmdRoots, Chain, Expectations, Revocation};
use atbac_evidence::token::{Audience, Nonce, ear, nras, thumbprint};
use atbac_evidence::{Expected, Refusal};
use atbac_simulation::{Extension, Key, MintedSnp, SnpForgery, der};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::azure;
use crate::files::{at, genuine};
use crate::tokens::{self, TokenKey, hour};

/// Runs a verification that was given `inputs` and holds it to the budget.
fn within_budget<T>(name: &str, inputs: &[&[u8]], verify: impl FnOnce() -> T) -> T {
    let mut verdict = None;
    let memory = allocation_counter::measure(|| verdict = Some(verify()));
    let given: u64 = inputs.iter().map(|input| input.len() as u64).sum();
    assert!(memory.bytes_max <= 64 * 1024 + given, "{name}: {} bytes held for inputs of {given}", memory.bytes_max);
    verdict.unwrap()
}

fn snp(name: &str, minted: &MintedSnp, roots: &AmdRoots) -> Result<(), Refusal> {
    let evidence = snp::Evidence {
        report: &minted.report,
        vek: &minted.vek,
        chain: Chain::Given { ask: &minted.ask, ark: &minted.ark },
        revocation: Revocation::Crl(&minted.crl),
        expected: Expectations::left_to_policy(),
    };
    let verifier = snp::Verifier::new(roots.clone());
    let inputs: [&[u8]; 4] = [&minted.vek, &minted.ask, &minted.ark, &minted.crl];
    within_budget(name, &inputs, || verifier.verify(&evidence, SnpForgery::now()).map(drop))
}

fn quote(name: &str, quote: &[u8], json: &[u8], root: &IntelRoot, now: Timestamp) -> Result<(), Refusal> {
    // A verifier has room for what it keeps from the start.
    let verifier = dcap::Verifier::new(root.clone());
    within_budget(name, &[quote, json], || {
        let collateral = Collateral::from_json(json)?;
        let evidence = dcap::Evidence { quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
        if quote.get(4) == Some(&0x81) {
            verifier.verify_tdx(&evidence, now).map(drop)
        } else {
            verifier.verify_sgx(&evidence, now).map(drop)
        }
    })
}

#[test]
fn genuine_evidence_stays_within_the_budget() {
    let now = at("2026-06-30T00:00:00Z");
    let (report, vek) = (genuine("snp/genuine/milan.report.bin"), genuine("snp/genuine/milan.vcek.der"));
    let chain = genuine("snp/genuine/milan.chain.pem");
    let chain = certificates(&chain).unwrap();
    let verifier = snp::Verifier::new(AmdRoots::built_in());
    for (name, chain) in [("built in", Chain::BuiltIn), ("given", Chain::Given { ask: &chain[0], ark: &chain[1] })] {
        let evidence = snp::Evidence {
            report: &report,
            vek: &vek,
            chain,
            revocation: Revocation::NotChecked,
            expected: Expectations::left_to_policy(),
        };
        // The built-in certificates are read once, by whoever is first.
        verifier.verify(&evidence, now).unwrap();
        within_budget(name, &[&vek], || verifier.verify(&evidence, now)).unwrap();
    }
    for (name, now) in [
        ("tdx/genuine/v4", "2025-07-04T10:16:31Z"),
        ("tdx/genuine/v5-td15ex", "2026-10-20T00:00:00Z"),
        ("sgx/genuine/v3", "2025-07-04T10:28:44Z"),
    ] {
        let (bytes, json) = (genuine(&format!("{name}.quote.bin")), genuine(&format!("{name}.collateral.json")));
        quote(name, &bytes, &json, &IntelRoot::built_in(), at(now)).unwrap();
    }
}

/// Certificates that are small for what they make a reader keep: many tiny values.
#[test]
fn a_certificate_of_many_values_is_not_read() {
    let good = SnpForgery::milan().mint();
    let roots = AmdRoots::given(&good.ark).unwrap();
    snp("good", &good, &roots).unwrap();

    let mut forgery = SnpForgery::milan();
    forgery.vek.extensions.extend(vec![Extension::new("1.2", vec![]); 6000]);
    let many_extensions = forgery.vek.sign(&Key::ask());
    let names = der::sequence(&[der::set(der::sequence(&[der::oid("1.2"), der::utf8("")]))]).repeat(5000);
    let many_names = |first: Vec<u8>| {
        der::sequence(&[der::sequence(&[der::explicit(0, &der::integer(&[2])), first, names.clone()]), vec![], vec![]])
    };
    // A value that no reader looks into may be none: it does not end the count.
    let unread = der::sequence(&[vec![0, 0]]);
    let (many_names, hidden_names) = (many_names(vec![]), many_names(unread));
    for (what, document) in [("extensions", &many_extensions), ("names", &many_names), ("hidden names", &hidden_names)]
    {
        type Place = fn(&mut MintedSnp) -> &mut Vec<u8>;
        let places: [(&str, Place); 3] =
            [("VEK", |minted| &mut minted.vek), ("ASK", |minted| &mut minted.ask), ("ARK", |minted| &mut minted.ark)];
        for (name, place) in places {
            let mut minted = good.clone();
            place(&mut minted).clone_from(document);
            let refusal = snp(&format!("{name} of many {what}"), &minted, &roots).unwrap_err();
            assert_eq!(refusal.code(), "certificate_malformed", "{refusal}");
            assert!(refusal.to_string().contains("more values in it than any genuine one"), "{refusal}");
        }
    }
}

/// As many values as are read at most, in every certificate.
#[test]
fn certificates_with_as_many_values_as_are_read_stay_within_the_budget() {
    let mut forgery = SnpForgery::milan();
    let filler = vec![Extension::new("1.2", vec![]); 40];
    for certificate in [&mut forgery.vek, &mut forgery.ask, &mut forgery.ark] {
        certificate.extensions.extend(filler.clone());
    }
    let minted = forgery.mint();
    snp("all", &minted, &AmdRoots::given(&minted.ark).unwrap()).unwrap();
}

/// A list takes many times its size once it is read, so one that the root did not sign is not read.
#[test]
fn a_list_of_many_entries_by_another_is_not_read() {
    let mut forgery = SnpForgery::milan();
    forgery.crl.revoked = vec![vec![1]; 30_000];
    forgery.crl_signer = Key::ask();
    let minted = forgery.mint();
    let refusal = snp("list", &minted, &AmdRoots::given(&minted.ark).unwrap()).unwrap_err();
    assert_eq!(refusal.code(), "crl_signature");
}

#[test]
fn a_file_of_many_certificates_stays_within_the_budget() {
    let file = atbac_simulation::pem(&[b"0"]).repeat(900);
    let given = [file.as_bytes(), file.as_bytes()];
    within_budget("file", &given, || certificates(file.as_bytes()).map(drop)).unwrap();
}

#[test]
fn a_file_of_more_certificates_than_are_read_is_refused() {
    let file = atbac_simulation::pem(&[b"0"]).repeat(2000);
    assert_eq!(certificates(file.as_bytes()).unwrap_err().code(), "input_too_large");
}

/// JSON with `count` values in which each is an object: of all kinds, those take the most once they are read.
fn objects(count: usize) -> Value {
    let nested = (1..16).fold(json!({}), |inner, _| json!({ "": inner }));
    // Every object here is one value, and every comma is counted as one.
    json!(vec![nested; count / 17])
}

/// What a stranger's JSON holds is small for what it makes a reader keep, too: a token's header, a bundle, a session's key, runtime data.
fn of_stranger(values: usize) -> [(&'static str, Refusal); 4] {
    let header = json!({ "alg": "ES256", "x": objects(values) }).to_string();
    let key = TokenKey::new("ES256", None);
    let token = key.sign(&header, "{}");
    let verifier = ear::Verifier::of_issuer("issuer", key.trusted(), hour());
    let evidence = ear::Evidence { token: token.as_bytes(), audience: Audience::NotNamed, nonce: Nonce::LeftToPolicy };
    let of_header =
        within_budget("header", &[token.as_bytes()], || verifier.verify(&evidence, tokens::now()).map(drop));

    let bundle = json!([["JWT", "a.b.c"], objects(values)]).to_string();
    let verifier = nras::Verifier::new(key.trusted(), hour());
    let evidence = nras::Evidence { bundle: bundle.as_bytes(), nonce: Nonce::LeftToPolicy };
    let of_bundle =
        within_budget("bundle", &[bundle.as_bytes()], || verifier.verify(&evidence, tokens::now()).map(drop));

    let of_key = within_budget("key", &[header.as_bytes()], || thumbprint(header.as_bytes()).map(drop));

    let runtime = json!({ "keys": objects(values) }).to_string().into_bytes();
    let report = azure::report(&runtime, HashType::Sha256, |_| {}).0;
    let data = RuntimeData { hash: HashType::Sha256, bytes: runtime };
    let of_runtime = within_budget("runtime data", &[&data.bytes], || {
        data.verify(&report, Paravisor::LeftToPolicy, Expected::LeftToPolicy).map(drop)
    });
    [
        ("header", of_header.unwrap_err()),
        ("bundle", of_bundle.unwrap_err()),
        ("key", of_key.unwrap_err().into()),
        ("runtime data", of_runtime.unwrap_err()),
    ]
}

#[test]
fn json_of_many_values_is_not_read() {
    for (name, refusal) in of_stranger(80) {
        assert!(refusal.to_string().contains("more than the 64 that are read"), "{name}: {refusal}");
    }
}

#[test]
fn json_of_as_many_values_as_are_read_stays_within_the_budget() {
    for (name, refusal) in of_stranger(55) {
        assert!(!refusal.to_string().contains("that are read"), "{name}: {refusal}");
    }
}

/// Nor is runtime data read that is larger than any vTPM holds.
#[test]
fn runtime_data_that_is_too_large_is_refused() {
    let bytes = format!("{:8193}", "{}").into_bytes();
    let report = azure::report(&bytes, HashType::Sha256, |_| {}).0;
    let data = RuntimeData { hash: HashType::Sha256, bytes };
    let verdict = data.verify(&report, Paravisor::LeftToPolicy, Expected::LeftToPolicy);
    assert_eq!(verdict.unwrap_err().code(), "input_too_large");
}
