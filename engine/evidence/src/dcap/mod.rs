//! Intel TDX and SGX quotes (DCAP).
//!
//! The cryptography and the matching against Intel's collateral are dcap-qvl's, which agreed with an independent verifier on every
//! case we have; what surrounds it is here. In the order in which a verification goes through them:
//! 1. [`Collateral`] and [`IntelRoot`]: what the caller brings beside the quote.
//! 2. `verify`: our checks before and after the library's. [`Verifier`] does it all.
//! 3. `library`: how dcap-qvl is called, on our own cryptography. `fault` and `refusal`: its error texts as stable codes.
//! 4. `frame`, `pck` and [`Collateral`] again: what the library leaves unchecked in the quote, the certificate and the collateral.
//! 5. `header`, `platform`, `tcb_status`, [`Tdx`], [`Sgx`]: what was proven, typed and as claims.
//!
//! The library decides nothing that a policy should: a platform that is out of date verifies, and the claim `tcb_status` says so; a
//! debug TD verifies, and `td_attributes.debug` says so. Three things it refuses and no option lifts: a revoked TCB, a TD with
//! `SEPT_VE_DISABLE` clear, a TD that is migratable. They have codes of their own.
//!
//! Sources: Intel "TDX DCAP Quoting Library API" and "SGX ECDSA Quote Library API" (quote layouts), Intel 348551 "TDX Module ABI
//! Specification" (TD report and attributes), Intel "PCK Certificate and Certificate Revocation List Profile Specification", and the PCS
//! version 4 interface (TCB Info, QE Identity).

mod collateral;
mod development;
mod fault;
mod frame;
mod header;
mod library;
mod pck;
mod platform;
mod refusal;
mod root;
mod sgx;
mod tcb_status;
mod tdx;
mod verify;

pub use collateral::Collateral;
pub use development::DevelopmentVerifier;
pub use header::QuoteHeader;
pub use platform::{Platform, SgxType};
pub use refusal::{LibraryRefusal, QuoteRefusal};
pub use root::IntelRoot;
pub use sgx::{KeySeparation, Sgx, SgxAttributes};
pub use tcb_status::TcbStatus;
pub use tdx::{ServiceTd, TdAttributes, Tdx, TdxCurrent};
pub use verify::{Evidence, Verifier};
