//! The hashes of FIPS 180-4 that bindings use.

use aws_lc_rs::digest;

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    hash(&digest::SHA256, bytes)
}

pub(super) fn sha384(bytes: &[u8]) -> [u8; 48] {
    hash(&digest::SHA384, bytes)
}

pub(super) fn sha512(bytes: &[u8]) -> [u8; 64] {
    hash(&digest::SHA512, bytes)
}

fn hash<const N: usize>(algorithm: &'static digest::Algorithm, bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(digest::digest(algorithm, bytes).as_ref());
    out
}
