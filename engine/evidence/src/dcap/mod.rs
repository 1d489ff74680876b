//! .
mod refusal;
pub use refusal::QuoteRefusal;
