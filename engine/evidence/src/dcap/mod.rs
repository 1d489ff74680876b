//! Intel TDX and SGX quotes (DCAP).
//!
//! A quote is signed by an attestation key; the quoting enclave's report vouches for that key; the platform's key (PCK) signed that report;
//! Intel certified the platform's key, and says in collateral what it thinks of the platform. In the order in which a verification goes
//! through them:
//! 1. [`Collateral`] and [`IntelRoot`]: what the caller brings beside the quote.
//! 2. `verify`: the steps in their order. [`Verifier`] does it all, and keeps what is the same for many quotes.
//! 3. `quote`, `header`, `layout`: the quote's bytes.
//! 4. [`VerifiedCollateral`]: `signed`, `certificate` and `revocation` check Intel's public-key infrastructure, `window` when it holds, and
//!    `tcb_info`, `qe_identity` and `json` read what it signed.
//! 5. `pck` and `sgx_extension`: the platform's certificate, and what it says of the platform.
//! 6. `tcb_status` and `judgement`: what Intel makes of the parts of a platform, and of all of them together.
//! 7. [`Platform`], [`Tdx`], [`Sgx`]: what was proven, typed and as claims.
//! 8. [`EventLog`]: what a verified TD's registers were extended with.
//!
//! `development` is the same for simulated quotes, which prove nothing.
//!
//! Nothing is refused that a policy should decide on: a platform that is out of date verifies, and the claim `tcb_status` says so; a TD that
//! can be debugged or migrated, or whose host can inject exceptions, verifies, and `td_attributes` says so. A revoked TCB is refused: its
//! signatures prove nothing.
//!
//! Sources: Intel "TDX DCAP Quoting Library API" and "SGX ECDSA Quote Library API" (quote layouts), Intel 348551 "TDX Module ABI
//! Specification" (TD report and attributes), Intel "PCK Certificate and Certificate Revocation List Profile Specification", and the PCS
//! version 4 interface (TCB Info, QE Identity). The tests compare every verdict with that of the package dcap-qvl.

mod certificate;
mod collateral;
mod development;
mod event_log;
mod fault;
mod header;
mod json;
mod judgement;
mod layout;
mod pck;
mod platform;
mod qe_identity;
mod quote;
mod refusal;
mod revocation;
mod root;
mod sgx;
mod sgx_extension;
mod signed;
mod tcb_info;
mod tcb_status;
mod tdx;
mod verified_collateral;
mod verify;
mod window;

pub use collateral::Collateral;
pub use development::DevelopmentVerifier;
pub use event_log::{Content, Event, EventLog, MeasuredEvents};
pub use header::QuoteHeader;
pub use platform::{Platform, SgxType};
pub use refusal::{FailedCheck, QuoteRefusal};
pub use root::IntelRoot;
pub use sgx::{KeySeparation, Sgx, SgxAttributes};
pub use tcb_status::TcbStatus;
pub use tdx::{ServiceTd, TdAttributes, Tdx, TdxCurrent};
pub use verified_collateral::VerifiedCollateral;
pub use verify::{Evidence, Verifier};
