//! Attestation evidence of any content, signed by authorities that anyone can sign for.
//!
//! For everyone without the hardware: [`SnpSimulation`] and [`QuoteSimulation`] begin as evidence in which everything is right, take values by
//! the names that claims have in policies, and sign. Only the development verifiers of `atbac-evidence` take what comes out; production
//! refuses it by the name of its root.
//!
//! For tests: [`SnpForgery`], [`QuoteForgery`] and [`GpuForgery`] bear the vendors' names under roots that a verifier is told to trust. A test
//! changes one thing and mints: every signature is made anew over the changed content, so the one thing that is wrong is the one that was
//! changed. What is to be wrong about a signature itself is changed in the minted bytes.
//!
//! In reading order:
//! - [`shape`]: what can be asked for, by claim, and where each claim lies in the bytes;
//! - [`development`]: the published keys and the certificates made of them;
//! - [`snp`], [`intel`], [`quote`], [`gpu`]: the vendors' formats, every part of which can be changed before it is signed, also to what is wrong;
//! - [`x509`], [`keys`], [`der`]: certificates, lists and signatures.
//!
//! Written from the formats' specifications, with an encoder of its own, so that it shares no mistake with the verifiers that are tested with
//! it. Pure but for the randomness in signatures: the time comes from the caller.

#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    reason = "keys are constants and encodings of bounded sizes: neither fails; what a caller states is parsed in `shape` with errors"
)]

pub mod der;
pub mod development;
pub mod gpu;
pub mod intel;
pub mod keys;
pub mod quote;
pub mod shape;
pub mod snp;
pub mod x509;

pub use gpu::{GpuForgery, GpuReport, MintedGpu};
pub use intel::{Crls, MintedQuote, QuoteForgery};
pub use keys::{EcKey, Key};
pub use quote::{QeReport, QuoteParts};
pub use shape::{Product, QuoteKind, QuoteSimulation, ShapeError, SnpSimulation};
pub use snp::{MintedSnp, Report, SnpForgery};
pub use x509::{Certificate, Crl, Extension, pem, pem_block};
