//! Attestation evidence of any content, signed by a fake AMD, Intel and NVIDIA.
//!
//! [`SnpForgery`], [`QuoteForgery`] and [`GpuForgery`] begin as evidence in which everything is right. Whoever needs something else changes it and mints: every
//! signature is then made anew over the changed content.
//!
//! Written from the formats' specifications, with an encoder of its own ([`der`]), so that it shares no mistake with the verifiers it tests.

#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    reason = "a forge that cannot forge fails its test, and its keys and encodings are constants"
)]

pub mod der;
pub mod gpu;
pub mod intel;
pub mod keys;
pub mod quote;
pub mod snp;
pub mod x509;

pub use gpu::{GpuForgery, GpuReport, MintedGpu};
pub use intel::{Crls, MintedQuote, QuoteForgery};
pub use keys::{EcKey, Key};
pub use quote::{QeReport, QuoteParts};
pub use snp::{MintedSnp, Report, SnpForgery};
pub use x509::{Certificate, Crl, Extension, pem, pem_block};
