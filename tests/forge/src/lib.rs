//! Forged attestation evidence: a fake AMD, Intel and NVIDIA that certify and sign whatever a test asks for.
//!
//! The authorities and formats are those of [`atbac_simulation`], with certificates that bear the vendors' names, so that a verifier is told to
//! trust them as given roots. A test changes one thing and mints: every signature is then made anew over the changed content, so the one
//! thing that is wrong is the one that was changed. What is to be wrong about a signature itself is changed in the minted bytes.

#![forbid(unsafe_code)]

pub use atbac_simulation::{Certificate, Crl, Crls, EcKey, Extension, Key, MintedQuote, MintedSnp, QeReport};
pub use atbac_simulation::{GpuForgery, GpuReport, MintedGpu};
pub use atbac_simulation::{QuoteForgery, QuoteParts, Report, SnpForgery, pem, pem_block};
pub use atbac_simulation::{der, keys, x509};
