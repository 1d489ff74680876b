//! Verification of attestation evidence: from bytes that anyone could have sent to claims that hardware signed.
//!
//! | evidence | verifier | result |
//! |---|---|---|
//! | AMD SEV-SNP attestation report | [`snp::Verifier::verify`] | [`Verified`]`<`[`snp::Snp`]`>` |
//! | Intel TDX quote and collateral | [`dcap::Verifier::verify_tdx`] | [`Verified`]`<`[`dcap::Tdx`]`>` |
//! | Intel SGX quote and collateral | [`dcap::Verifier::verify_sgx`] | [`Verified`]`<`[`dcap::Sgx`]`>` |
//! | NVIDIA GPU report | [`gpu::Verifier::verify_gpu`] | [`Verified`]`<`[`gpu::Gpu`]`>` |
//! | NVIDIA NVSwitch report | [`gpu::Verifier::verify_switch`] | [`Verified`]`<`[`gpu::Switch`]`>` |
//! | EAT Attestation Result | [`token::ear::Verifier::verify`] | [`Verified`]`<`[`token::ear::Ear`]`>` for each appraisal |
//! | NVIDIA Remote Attestation Service bundle | [`token::nras::Verifier::verify`] | [`Verified`]`<`[`token::nras::Nras`]`>` for each GPU |
//! | Azure Attestation token | [`token::maa::Verifier::verify`] | [`Verified`]`<`[`token::maa::Maa`]`>` |
//! | Confidential Space token | [`token::confidential_space::Verifier::verify`] | [`Verified`]`<`[`token::confidential_space::ConfidentialSpace`]`>` |
//! | SPIFFE JWT-SVID | [`svid::jwt::Verifier::verify`] | [`Verified`]`<`[`svid::jwt::JwtSvid`]`>` |
//! | SPIFFE X.509-SVID | [`svid::x509::Verifier::verify`] | [`Verified`]`<`[`svid::x509::X509Svid`]`>` |
//!
//! Every verifier takes raw bytes, the certificates or collateral that vouch for them, the roots to trust and the present time,
//! all from the caller: nothing here reads a clock, a file or a socket. It answers with a [`Verified`] value, which
//! nothing else can make and whose [`claims`](Verified::claims) are the facts to judge, or with a [`Refusal`] that names
//! the one check that failed.
//!
//! A verifier decides what is *genuine*; what is *acceptable* (no debugging, a known measurement, firmware that is new enough) is for
//! the policy that reads the claims. Nothing is let through unchecked for want of an input: where a check is left out
//! ([`snp::Revocation::NotChecked`], [`Expected::LeftToPolicy`]), the caller said so and a claim shows it.
//!
//! Evidence without hardware, signed under development roots, has verifiers of its own, which give [`Simulated`] and never [`Verified`].
//!
//! Modules, in reading order: [`snp`], [`dcap`], [`gpu`], [`token`], [`svid`], `cert` (certificates), `crypto` (the library for signatures), `cache`
//! (kept verdicts on chains and collateral), [`claim`], `verified`, `development`, `refusal`, `excerpt`, `instant`.

#![forbid(unsafe_code)]

mod cache;
mod cert;
pub mod claim;
mod crypto;
pub mod dcap;
mod development;
mod excerpt;
pub mod gpu;
mod instant;
mod refusal;
pub mod snp;
pub mod svid;
pub mod token;
mod verified;

pub use cert::{CertificateRefusal, Document, certificates};
pub use claim::{Claim, Claims, EvidenceKind};
pub use development::Simulated;
pub use excerpt::Excerpt;
pub use refusal::Refusal;
pub use verified::{Expected, RootIdentity, TrustRoot, Verified};
