//! Azure's confidential VMs: from a verified report to their vTPM.
//!
//! The host's report names no boot state; Azure's paravisor (HCL) runs at VMPL 0 inside the guest, gives it a vTPM and puts the hash of its
//! runtime data, with the vTPM's key, into the report data. So the proof has three steps, each of which takes the one before as a value that
//! only verification makes:
//! 1. [`Verifier`](super::Verifier) verifies the report.
//! 2. [`RuntimeData::verify`] proves that this report commits to the runtime data, and that the [`Paravisor`] is the one expected:
//!    [`Verified`]`<`[`Runtime`]`>`.
//! 3. [`Verified`]`<`[`Runtime`]`>::verify_quote` proves that its key signed a quote: [`Verified`]`<`[`Vtpm`]`>`.
//!
//! Sources: Microsoft, "Guest attestation for confidential VMs" (Azure documentation); TCG, "TPM 2.0 Library, Part 2: Structures".
//!
//! [`Verified`]: crate::Verified

mod quote;
mod refusal;
mod runtime;

pub use quote::{Quote, Vtpm};
pub use refusal::AzureRefusal;
pub use runtime::{HashType, Paravisor, Runtime, RuntimeData};
