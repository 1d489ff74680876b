//! .

#[allow(unsafe_code)]
pub mod jit;
pub mod references;
