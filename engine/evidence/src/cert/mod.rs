//! Certificates: reading them, and the checks that one document makes on another.
//!
//! In the order of use:
//! 1. [`encoding`](certificates): a file's bytes, DER or `pem`, to DER.
//! 2. `values`: no more of them than a genuine document has. `signed`: the outer form, keeping the signed bytes as received.
//! 3. `certificate` and `crl`: the two kinds of document, each with its checks as methods.
//!
//! AMD's chains are short and fixed (ARK → ASK → VEK), so [`crate::snp`] checks each link by name and no path is ever searched; NVIDIA's have
//! five certificates, and [`crate::gpu`] does the same. Each vendor has one signature `scheme`.
//! Intel's documents are smaller and have readers of their own in [`crate::dcap`]; only the encoding of files is shared.

mod certificate;
mod crl;
mod encoding;
mod pem;
mod refusal;
mod scheme;
mod signed;
mod values;

pub(crate) use certificate::Certificate;
pub(crate) use crl::Crl;
pub use crl::Revocation;
pub use encoding::certificates;
pub(crate) use encoding::{check_size, one_certificate};
pub use refusal::{CertificateRefusal, Document};
pub(crate) use values::too_many as too_many_values;
