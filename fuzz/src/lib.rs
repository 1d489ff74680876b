//! What the fuzz targets share.
//!
//! A target takes evidence that verifies, changes it as the fuzzer says, and holds the verdict to what can be said without the verifier:
//! - `budget`: no verification takes more memory than its inputs allow.
//! - `edit`: the changes, to bytes and to JSON.
//! - `snp`: forged SNP evidence, what an accepted report must look like, and another reading of accepted certificates.
//! - `azure`, `gpu`, `token`, `svid`: the same for what Azure adds to a report, for reports of GPUs and switches, for tokens, and for SPIFFE
//!   certificates.
//! - `quote`: genuine and forged quotes, and dcap-qvl's verdict on them.
//!
//! A target whose name ends in `_signed` changes content before it is signed, so that what lies behind the signature checks is
//! reached too. The others change what was signed, and nothing changed may be accepted.

#![forbid(unsafe_code)]

pub mod azure;
pub mod budget;
pub mod edit;
pub mod gpu;
pub mod quote;
pub mod snp;
pub mod svid;
pub mod token;
