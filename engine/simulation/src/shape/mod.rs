//! What evidence is to say, claim by claim.
//!
//! A value is set by the name that the claim has in policies (`measurement`, `policy.debug`, `current_tcb.snp`) and in the text that the
//! claim has in JSON: digests in hexadecimal, times in RFC 3339, `true` and `false`, cases by name, `absent` for none. What no report
//! can say, or what only a verifier can, is refused with a [`ShapeError`].
//!
//! - [`SnpSimulation`]: SEV-SNP reports; `snp` has the table of their layout.
//! - [`QuoteSimulation`]: TDX and SGX quotes; `quote` has the tables, `platform` makes the PCK certificate and the collateral that give the statuses asked for.
//! - `layout`: how a claim lies in bytes. `value`: how text becomes one.

mod error;
mod layout;
mod platform;
mod quote;
mod snp;
mod tree;
mod value;

pub use error::ShapeError;
pub use quote::{QuoteKind, QuoteSimulation};
pub use snp::{Product, SimulatedSnp, SnpSimulation};
pub use tree::flatten;
