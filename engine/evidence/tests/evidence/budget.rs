//! What a verification holds in memory: at no time more than 64 KiB and the size of the certificates, lists and collateral it was given.
//!
//! The budget is for whoever verifies evidence from strangers: with it, the most that a request can take follows from what it sent.

use atbac_evidence::certificates;
use atbac_evidence::dcap::{self, Collateral, IntelRoot};
use atbac_evidence::snp::{self, AmdRoots, Chain, Revocation};
use atbac_evidence::{Expected, Refusal};
use atbac_forge::{Extension, Key, MintedQuote, MintedSnp, QuoteForgery, SnpForgery, der};
use jiff::Timestamp;

use crate::files::{at, genuine};

/// Runs a verification that was given `inputs` and holds it to the budget.
fn within_budget<T>(name: &str, inputs: &[&[u8]], verify: impl FnOnce() -> T) -> T {
    let mut verdict = None;
    let memory = allocation_counter::measure(|| verdict = Some(verify()));
    let given: u64 = inputs.iter().map(|input| input.len() as u64).sum();
    assert!(memory.bytes_max <= 64 * 1024 + given, "{name}: {} bytes held for inputs of {given}", memory.bytes_max);
    eprintln!("{name}: {} held, {given} given", memory.bytes_max);
    verdict.unwrap()
}

fn snp(name: &str, minted: &MintedSnp, roots: &AmdRoots) -> Result<(), Refusal> {
    let evidence = snp::Evidence {
        report: &minted.report,
        vek: &minted.vek,
        chain: Chain::Given { ask: &minted.ask, ark: &minted.ark },
        revocation: Revocation::Crl(&minted.crl),
        report_data: Expected::LeftToPolicy,
    };
    let verifier = snp::Verifier::new(roots.clone());
    let inputs: [&[u8]; 4] = [&minted.vek, &minted.ask, &minted.ark, &minted.crl];
    within_budget(name, &inputs, || verifier.verify(&evidence, SnpForgery::now()).map(drop))
}

fn quote(name: &str, quote: &[u8], json: &[u8], root: &IntelRoot, now: Timestamp) -> Result<(), Refusal> {
    within_budget(name, &[quote, json], || {
        let collateral = Collateral::from_json(json)?;
        let evidence = dcap::Evidence { quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
        let verifier = dcap::Verifier::new(root.clone());
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
            report_data: Expected::LeftToPolicy,
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

/// Documents that are small for what they make a reader keep: many tiny parts. As large as is read of each.
#[test]
fn hostile_evidence_stays_within_the_budget() {
    let good = SnpForgery::milan().mint();
    let roots = AmdRoots::given(&good.ark).unwrap();
    snp("good", &good, &roots).unwrap();

    let mut forgery = SnpForgery::milan();
    forgery.vek.extensions.extend(vec![Extension::new("1.2", vec![]); 6000]);
    let many = |place: fn(&mut MintedSnp) -> &mut Vec<u8>, document: &[u8]| {
        let mut minted = good.clone();
        *place(&mut minted) = document.to_vec();
        minted
    };
    let vek = forgery.vek.sign(&Key::ask());
    for (name, place) in PLACES {
        let _ = snp(&format!("{name} of many extensions, {} bytes", vek.len()), &many(place, &vek), &roots);
    }
    let mut forgery = SnpForgery::milan();
    forgery.crl.revoked = vec![vec![1]; 30_000];
    let crl = forgery.crl.sign(&Key::ark());
    let _ = snp(&format!("list of many, {} bytes", crl.len()), &many(|minted| &mut minted.crl, &crl), &roots);
    let crl = forgery.crl.sign(&Key::ask());
    let _ = snp(&format!("list of many by another, {} bytes", crl.len()), &many(|minted| &mut minted.crl, &crl), &roots);

    let pem = atbac_forge::pem(&[b"0"]).repeat(1000);
    let _ = within_budget("many blocks", &[pem.as_bytes(), pem.as_bytes()], || certificates(pem.as_bytes()).map(drop));
}

const PLACES: [(&str, fn(&mut MintedSnp) -> &mut Vec<u8>); 3] =
    [("VEK", |minted| &mut minted.vek), ("ASK", |minted| &mut minted.ask), ("ARK", |minted| &mut minted.ark)];
