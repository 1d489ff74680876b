//! AMD SEV-SNP attestation reports.
//!
//! In the order in which a verification goes through them:
//! 1. `abi` and `report`: the layout of the 1184 bytes, and reading by offset.
//! 2. [`AmdRoots`], `vek` and [`Endorsement`]: the certificates of the key that signed, up to a trusted root.
//! 3. `verify` and `consistency`: the signature, and the checks that the report and the certificate speak of the same thing and that
//!    neither contradicts itself. [`Verifier`] does it all, and keeps endorsements where it is told to.
//! 4. [`Expectations`]: what the caller insists on besides.
//! 5. `content`: what was proven, as [`Snp`] and as claims.
//!
//! Around that: [`container`] takes reports out of what they come in, and [`azure`] goes on from a verified report to an Azure VM's vTPM.
//!
//! Sources: AMD 56860 "SEV Secure Nested Paging Firmware ABI Specification" for reports, AMD 57230 "Versioned Chip Endorsement
//! Key (VCEK) Certificate and KDS Interface Specification" for certificates.

mod abi;
pub mod azure;
mod consistency;
pub mod container;
mod content;
mod development;
mod endorsement;
mod expectations;
mod product;
mod refusal;
mod report;
mod roots;
mod tcb;
mod vek;
mod verify;

pub use content::{GuestPolicy, KeyInfo, PlatformInfo, Snp};
pub use development::DevelopmentVerifier;
pub use endorsement::{Chain, Endorsement};
pub use expectations::Expectations;
pub use product::Product;
pub use refusal::ReportRefusal;
pub use report::Signer;
pub use roots::AmdRoots;
pub use tcb::Tcb;
pub use verify::{Evidence, Verifier};

pub use crate::cert::Revocation;
