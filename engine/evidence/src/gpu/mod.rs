//! Attestation reports of NVIDIA's GPUs and NVSwitches.
//!
//! In the order in which a verification goes through them:
//! 1. `spdm`: the two messages of a report, and their layout.
//! 2. [`NvidiaRoots`], `model`, `dice` and [`Endorsement`]: the certificates of the device's attestation key, up to a trusted root, and what
//!    they say of the device.
//! 3. `opaque`: the fields in which the device states its driver and firmware.
//! 4. `verify`: the signature, and the checks that the report and the certificates speak of the same thing. [`Verifier`] does it all.
//! 5. `content`: what was proven, as [`Gpu`] or [`Switch`] and as claims.
//!
//! A report proves what the device measured, not that NVIDIA released it: a debugging mode, other firmware or another configuration shows in the
//! measurements alone. Compare them with known ones, or ask NVIDIA's service to (a token of that service is evidence of its own kind).
//!
//! Sources: DMTF DSP0274 "Security Protocol and Data Model (SPDM) Specification", version 1.1.0, for the messages; TCG "DICE Attestation
//! Architecture", version 1.1, for the firmware's digest in the certificate. NVIDIA publishes no specification of the opaque data: numbers
//! and encodings are those that its package `nv-local-gpu-verifier` 2.7.3 reads.

mod content;
mod dice;
mod endorsement;
mod model;
mod opaque;
mod refusal;
mod roots;
mod spdm;
mod verify;

pub use content::{FeatureMode, Gpu, Switch};
pub use dice::FirmwareFlags;
pub use endorsement::{Endorsement, Revocation};
pub use model::{Architecture, DeviceKind};
pub use refusal::{DeviceRefusal, SpdmField};
pub use roots::NvidiaRoots;
pub use verify::{Evidence, Verifier};
