//! How many values a certificate is made of: bounded before any of it is kept.
//!
//! A value takes two bytes in a file and some fifty in memory once it is read. A certificate from a stranger that is nothing but tiny
//! values would take twenty times its size.

use x509_cert::der::{Decode, Header, Reader, SliceReader};

/// The most values of a certificate. Genuine ones have up to 133 (AMD's VCEKs), with many names or purposes some more.
const MAX_VALUES: usize = 256;

/// Whether `der` has more values than any genuine certificate, those inside others among them.
///
/// The end of the encoding, or what of it cannot be read, ends the count. A reader may still get past it, for it leaves some contents unread: then what is left counts as
/// values of two bytes each, the smallest that there are.
pub(crate) fn too_many(der: &[u8]) -> bool {
    let Ok(mut reader) = SliceReader::new(der) else {
        return false;
    };
    for counted in 0..MAX_VALUES {
        let left = usize::try_from(reader.remaining_len()).unwrap_or(usize::MAX);
        let unread = left / 2 > MAX_VALUES - counted;
        let Ok(header) = Header::decode(&mut reader) else {
            return unread;
        };
        // The content of a constructed value is values again: they are counted next.
        if !header.tag().is_constructed() && reader.read_slice(header.length()).is_err() {
            return unread;
        }
    }
    true
}
