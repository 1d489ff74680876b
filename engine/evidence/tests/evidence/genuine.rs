//! Genuine evidence kept in the repository: it verifies, its claims are the ones on file, and no bit of it can be changed.

use std::path::Path;

use atbac_evidence::dcap::{self, Collateral, IntelRoot};
use atbac_evidence::snp::{self, AmdRoots, Chain, Expectations, Revocation};
use atbac_evidence::{Claim, Expected, Refusal, TrustRoot};
use jiff::Timestamp;
use serde_json::Value;

use crate::files::{at, genuine, read, repository};

/// A time at which the SNP evidence's certificates are valid.
const SNP_TIME: &str = "2026-06-30T00:00:00Z";

fn milan(report: &[u8], chain: Chain<'_>) -> Result<snp::Snp, Refusal> {
    let verified = snp::Verifier::new(AmdRoots::built_in()).verify(
        &snp::Evidence {
            report,
            vek: &genuine("snp/genuine/milan.vcek.der"),
            chain,
            revocation: Revocation::NotChecked,
            expected: Expectations::left_to_policy(),
        },
        at(SNP_TIME),
    )?;
    Ok((*verified).clone())
}

/// Compares claims with the file `{name}.claims.json` beside the evidence.
fn assert_claims(name: &str, claims: &Claim) {
    let file = repository().join(format!("tests/evidence/{name}.claims.json"));
    let expected: Value = serde_json::from_slice(&read(Path::new(&file))).unwrap();
    assert_eq!(serde_json::to_value(claims).unwrap(), expected, "{name}");
}

#[test]
fn milan_report_verifies_under_the_built_in_root() {
    let evidence = snp::Evidence {
        report: &genuine("snp/genuine/milan.report.bin"),
        vek: &genuine("snp/genuine/milan.vcek.der"),
        chain: Chain::BuiltIn,
        revocation: Revocation::NotChecked,
        expected: Expectations::left_to_policy(),
    };
    let verified = snp::Verifier::new(AmdRoots::built_in()).verify(&evidence, at(SNP_TIME)).unwrap();
    assert_claims("snp/genuine/milan", &verified.claims());
    let TrustRoot::BuiltIn(root) = verified.trust_root() else {
        panic!("the root is built in, not given");
    };
    assert_eq!(root.common_name, "ARK-Milan");
    assert_eq!(hex::encode(root.sha256), "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd");
}

#[test]
fn amds_chain_files_are_the_built_in_chains() {
    for product in ["milan", "turin"] {
        let file = genuine(&format!("snp/genuine/{product}.chain.pem"));
        let [ask, ark] = &atbac_evidence::certificates(&file).unwrap()[..] else {
            panic!("a chain file has two certificates");
        };
        let vcek = genuine(&format!("snp/genuine/{product}.vcek.der"));
        let verifier = snp::Verifier::new(AmdRoots::built_in());
        for chain in [Chain::BuiltIn, Chain::Given { ask, ark }] {
            let endorsement = verifier.endorse(&vcek, chain, Revocation::NotChecked, at(SNP_TIME)).unwrap();
            assert_eq!(endorsement.product().name().to_lowercase(), product);
        }
    }
}

/// Every bit of the 672 signed bytes, and every bit of the 512 that are not.
#[test]
fn every_changed_bit_of_a_report_is_refused() {
    let report = genuine("snp/genuine/milan.report.bin");
    let endorsement = snp::Verifier::new(AmdRoots::built_in())
        .endorse(&genuine("snp/genuine/milan.vcek.der"), Chain::BuiltIn, Revocation::NotChecked, at(SNP_TIME))
        .unwrap();
    let verify = |report: &[u8]| endorsement.verify(report, &Expectations::left_to_policy(), at(SNP_TIME));
    verify(&report).unwrap();
    for bit in 0..report.len() * 8 {
        let mut changed = report.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(&changed).is_err(), "bit {} of byte {:#x}", bit % 8, bit / 8);
    }
}

/// sev's parser is another reading of the same specification.
#[test]
fn sev_reads_the_same_fields() {
    use sev::firmware::guest::AttestationReport;
    use sev::parser::ByteParser;

    let bytes = genuine("snp/genuine/milan.report.bin");
    let ours = milan(&bytes, Chain::BuiltIn).unwrap();
    let theirs = AttestationReport::from_bytes(&bytes).unwrap();
    assert_eq!(ours.version, theirs.version);
    assert_eq!(ours.guest_svn, theirs.guest_svn);
    assert_eq!(ours.family_id, theirs.family_id);
    assert_eq!(ours.image_id, theirs.image_id);
    assert_eq!(ours.vmpl, theirs.vmpl);
    assert_eq!(ours.signature_algo, theirs.sig_algo);
    assert_eq!(ours.report_data, theirs.report_data);
    assert_eq!(ours.measurement, theirs.measurement);
    assert_eq!(ours.host_data, theirs.host_data);
    assert_eq!(ours.id_key_digest, theirs.id_key_digest);
    assert_eq!(ours.author_key_digest, theirs.author_key_digest);
    assert_eq!(ours.report_id, theirs.report_id);
    assert_eq!(ours.report_id_ma, theirs.report_id_ma);
    assert_eq!(ours.chip_id, theirs.chip_id);
    assert_eq!(ours.policy.debug, theirs.policy.debug_allowed());
    assert_eq!(ours.policy.migrate_ma, theirs.policy.migrate_ma_allowed());
    assert_eq!(ours.policy.smt_allowed, theirs.policy.smt_allowed());
    assert_eq!(ours.platform_info.smt_en, theirs.plat_info.smt_enabled());
    for (ours, theirs) in [
        (ours.current_tcb, theirs.current_tcb),
        (ours.reported_tcb, theirs.reported_tcb),
        (ours.committed_tcb, theirs.committed_tcb),
        (ours.launch_tcb, theirs.launch_tcb),
    ] {
        assert_eq!(
            (ours.fmc, ours.bootloader, ours.tee, ours.snp, ours.microcode),
            (theirs.fmc, theirs.bootloader, theirs.tee, theirs.snp, theirs.microcode)
        );
    }
    for (ours, theirs) in [(ours.current_version, theirs.current), (ours.committed_version, theirs.committed)] {
        assert_eq!(ours, [theirs.major, theirs.minor, theirs.build]);
    }
}

/// The evidence `name` with Intel's root, at `time`.
fn quote(name: &str, time: &str) -> Result<Claim, Refusal> {
    let collateral = Collateral::from_json(&genuine(&format!("{name}.collateral.json")))?;
    let evidence = dcap::Evidence {
        quote: &genuine(&format!("{name}.quote.bin")),
        collateral: &collateral,
        report_data: Expected::LeftToPolicy,
    };
    let verifier = dcap::Verifier::new(IntelRoot::built_in());
    let now: Timestamp = at(time);
    if name.starts_with("sgx") {
        Ok(verifier.verify_sgx(&evidence, now)?.claims())
    } else {
        Ok(verifier.verify_tdx(&evidence, now)?.claims())
    }
}

#[test]
fn quotes_verify_under_intels_root() {
    for (name, time) in [
        ("tdx/genuine/v4", "2025-07-04T10:16:31Z"),
        ("tdx/genuine/v5-td15ex", "2026-10-20T00:00:00Z"),
        ("sgx/genuine/v3", "2025-07-04T10:28:44Z"),
    ] {
        let claims = quote(name, time).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_claims(name, &claims);
    }
}

/// Every bit of what signatures and hashes cover, and every length; every truncation; and every extension but zeros.
#[test]
fn no_bit_of_a_quote_can_be_changed() {
    for (name, time, body) in [
        ("tdx/genuine/v4", "2025-07-04T10:16:31Z", 584),
        ("tdx/genuine/v5-td15ex", "2026-10-20T00:00:00Z", 6 + 885),
        ("sgx/genuine/v3", "2025-07-04T10:28:44Z", 384),
    ] {
        let quote = genuine(&format!("{name}.quote.bin"));
        let collateral = Collateral::from_json(&genuine(&format!("{name}.collateral.json"))).unwrap();
        let verifier = dcap::Verifier::new(IntelRoot::built_in());
        let verifies = |quote: &[u8]| {
            let evidence = dcap::Evidence { quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
            match name {
                "sgx/genuine/v3" => verifier.verify_sgx(&evidence, at(time)).is_ok(),
                _ => verifier.verify_tdx(&evidence, at(time)).is_ok(),
            }
        };
        assert!(verifies(&quote));

        // Header, body, length, signature and key, in later versions type and length; the quoting enclave's report, signature, and data with
        // its length.
        let outer = if name == "sgx/genuine/v3" { 0 } else { 6 };
        let covered = 48 + body + 4 + 64 + 64 + outer + 384 + 64 + 2 + 32;
        for bit in 0..covered * 8 {
            let mut changed = quote.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!verifies(&changed), "{name}: bit {} of byte {}", bit % 8, bit / 8);
        }

        // The quote ends where its last length says; what follows is padding.
        let length = u32::from_le_bytes(quote[48 + body..][..4].try_into().unwrap());
        let end = 48 + body + 4 + usize::try_from(length).unwrap();
        assert!(verifies(&quote[..end]));
        for cut in 0..end {
            assert!(!verifies(&quote[..cut]), "{name}: {cut} bytes");
        }
        for byte in 1..=255 {
            for zeros in [0, 1, 500] {
                let extension = [vec![0; zeros], vec![byte]].concat();
                assert!(!verifies(&[&quote[..end], &extension].concat()), "{name}: {byte} after {zeros} zeros");
                assert!(verifies(&[&quote[..end], &vec![0; zeros]].concat()));
            }
        }
    }
}

/// A genuine quote of a platform that Intel's TCB Info no longer knows a level for.
#[test]
fn a_platform_below_every_level_is_refused() {
    let refusal = quote("tdx/genuine/v5-td15", "2026-03-05T10:50:03Z").unwrap_err();
    assert_eq!(refusal.code(), "tcb_level_unsupported");
}
