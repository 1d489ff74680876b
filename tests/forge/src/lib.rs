//! Forged attestation evidence: a fake AMD, Intel and NVIDIA that certify and sign whatever a test asks for.
//!
//! [`SnpForgery`], [`QuoteForgery`] and [`GpuForgery`] begin as evidence in which everything is right. A test changes one thing and mints: every
//! signature is then made anew over the changed content, so the one thing that is wrong is the one that was changed. What is to be wrong
//! about a signature itself is changed in the minted bytes.
//!
//! Written from the formats' specifications, with an encoder of its own ([`der`]), so that it shares no mistake with the verifiers it tests.

#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    reason = "a forge that cannot forge fails its test, and its keys and encodings are constants"
)]

pub mod der;
mod gpu;
mod intel;
mod keys;
mod quote;
mod snp;
mod x509;

pub use gpu::{GpuForgery, GpuReport, MintedGpu};
pub use intel::{Crls, MintedQuote, QuoteForgery};
pub use keys::{EcKey, Key};
pub use quote::{QeReport, QuoteParts};
pub use snp::{MintedSnp, Report, SnpForgery};
pub use x509::{Certificate, Crl, Extension, pem, pem_block};
