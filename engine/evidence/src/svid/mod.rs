//! SPIFFE identities: who a workload is, by the word of its trust domain.
//!
//! 1. [`SpiffeId`] and [`TrustDomain`]: the names.
//! 2. [`jwt`]: the identity as a bearer token, checked like every token (see [`crate::token`]).
//! 3. [`x509`]: the identity as a certificate, `certificate` for what SPIFFE asks of one beyond RFC 5280.
//!
//! Sources: the SPIFFE standards "SPIFFE-ID", "JWT-SVID" and "X509-SVID".

mod certificate;
pub mod jwt;
mod refusal;
mod spiffe_id;
pub mod x509;

pub use refusal::SvidRefusal;
pub use spiffe_id::{SpiffeId, TrustDomain};
