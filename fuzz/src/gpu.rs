//! Reports of NVIDIA's devices: forged and genuine.

use std::sync::LazyLock;

use atbac_evidence::gpu::{DeviceKind, Endorsement, Evidence, NvidiaRoots, Revocation, Verifier};
use atbac_evidence::{Claim, Expected, Refusal};
use atbac_simulation::{GpuForgery, MintedGpu};
use jiff::Timestamp;

use crate::budget::within_budget;

/// The nonce in a report: in the request, behind its 4 bytes of header (DMTF DSP0274 1.1.0, `GET_MEASUREMENTS`).
pub const NONCE: std::ops::Range<usize> = 4..36;

/// The bytes of a report's signature, which is its end.
pub const SIGNATURE_BYTES: usize = 96;

/// One of three forgeries that verify: a Hopper's, a Blackwell's, a switch's.
pub fn forged(which: u8) -> &'static (GpuForgery, MintedGpu) {
    static BASES: LazyLock<[(GpuForgery, MintedGpu); 3]> = LazyLock::new(|| {
        [GpuForgery::hopper(), GpuForgery::blackwell(), GpuForgery::switch()].map(|forgery| {
            let minted = forgery.mint();
            verify(&minted, &minted.chain()).expect("a forged report verifies as it is");
            (forgery, minted)
        })
    });
    &BASES[usize::from(which) % BASES.len()]
}

/// A genuine Hopper's report, its chain verified, and the time for it.
pub fn genuine() -> &'static (Endorsement, &'static [u8], Timestamp) {
    static GENUINE: LazyLock<(Endorsement, &'static [u8], Timestamp)> = LazyLock::new(|| {
        let now = "2026-06-30T00:00:00Z".parse().expect("a time");
        let chain = include_bytes!("../../tests/evidence/gpu/genuine/hopper.chain.pem");
        let endorsement =
            Verifier::new(NvidiaRoots::built_in()).endorse(chain, Revocation::NotChecked, now).expect("NVIDIA's chain");
        (endorsement, include_bytes!("../../tests/evidence/gpu/genuine/hopper.report.bin"), now)
    });
    &GENUINE
}

/// Verifies a report under `chain` and the minted root, as whichever kind of device its certificates are of, within the budget.
pub fn verify(minted: &MintedGpu, chain: &[u8]) -> Result<Claim, Refusal> {
    let verifier = Verifier::new(NvidiaRoots::given(minted.root())?);
    let [root, identity] = &minted.crls;
    let evidence = Evidence {
        report: &minted.report,
        chain,
        revocation: Revocation::Crls { root, identity },
        nonce: Expected::LeftToPolicy,
    };
    within_budget(&[chain, root, identity], || {
        let now = GpuForgery::now();
        match verifier.endorse(chain, evidence.revocation, now)?.kind() {
            DeviceKind::SwitchLs10 => verifier.verify_switch(&evidence, now).map(|verified| verified.claims()),
            DeviceKind::Gpu(_) => verifier.verify_gpu(&evidence, now).map(|verified| verified.claims()),
        }
    })
}
