//! AMD SEV-SNP attestation reports.
//!
//! In the order in which a verification goes through them:
//! 1. `abi` and `report`: the layout of the 1184 bytes, and reading by offset.
//! 2. [`AmdRoots`], `vek` and [`Endorsement`]: the certificates of the key that signed, up to a trusted root.
//! 3. `verify`: the signature, and the checks that the report and the certificate speak of the same thing. [`Verifier`] does it all.
//! 4. `content`: what was proven, as [`Snp`] and as claims.
//!
//! Sources: AMD 56860 "SEV Secure Nested Paging Firmware ABI Specification" for reports, AMD 57230 "Versioned Chip Endorsement
//! Key (VCEK) Certificate and KDS Interface Specification" for certificates.

mod abi;
mod content;
mod development;
mod endorsement;
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
pub use product::Product;
pub use refusal::ReportRefusal;
pub use report::Signer;
pub use roots::AmdRoots;
pub use tcb::Tcb;
pub use verify::{Evidence, Verifier};

pub use crate::cert::Revocation;
