//! The verifiers from outside: genuine evidence, forged evidence, and everything that is not evidence at all.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that panics has failed, in its helpers too")]

mod azure;
mod budget;
mod containers;
mod differential;
mod documented;
mod encodings;
mod event_log;
mod files;
mod forged_collateral;
mod forged_gpu;
mod forged_gpu_chain;
mod forged_gpu_details;
mod forged_quote;
mod forged_quote_details;
mod forged_quote_key;
mod forged_snp;
mod forged_snp_chain;
mod forged_snp_details;
mod forged_snp_key;
mod genuine;
mod gpu;
mod hostile;
mod judgement;
mod kept;
mod oracle;
mod simulated;
mod svid_id;
mod svid_jwt;
mod svid_x509;
mod token_confidential_space;
mod token_confirmation;
mod token_ear;
mod token_keys;
mod token_maa;
mod token_nras;
mod token_vectors;
mod tokens;
mod vectors;
