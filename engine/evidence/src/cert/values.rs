//! How many values a certificate is made of: bounded before any of it is kept.
//!
//! A value takes two bytes in a file and some fifty in memory once it is read. A certificate from a stranger that is nothing but tiny
//! values would take twenty times its size.

use x509_cert::der::{Decode, Header, Reader, SliceReader};

/// The most values of a certificate. Genuine ones have up to 133 (AMD's VCEKs), with many names or purposes some more.
const MAX_VALUES: usize = 256;

/// Whether `der` has more values than any genuine certificate, those inside others among them.
///
/// The end of the encoding, or what of it cannot be read, ends the count: no reader gets past it either.
pub(crate) fn too_many(der: &[u8]) -> bool {
    let Ok(mut reader) = SliceReader::new(der) else {
        return false;
    };
    for _ in 0..MAX_VALUES {
        let Ok(header) = Header::decode(&mut reader) else {
            return false;
        };
        // The content of a constructed value is values again: they are counted next.
        if !header.tag().is_constructed() && reader.read_slice(header.length()).is_err() {
            return false;
        }
    }
    true
}
