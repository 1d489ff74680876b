//! The certificate table of an extended report.
//!
//! AMD 56421, "SEV-ES Guest-Hypervisor Communication Block Standardization", section "SNP Extended Guest Request": entries of a GUID, an
//! offset from the start of the table and a length (both 32 bits, little-endian), up to an entry of zeros; then the certificates.

use super::Certificates;
use super::refusal::ContainerRefusal;

const FORM: &str = "certificate table after the report";

/// The bytes of an entry.
pub(super) const ENTRY_BYTES: usize = 24;

/// The GUIDs, in the order in which they are written.
const VCEK: [u8; 16] = *b"\x63\xda\x75\x8d\xe6\x64\x45\x64\xad\xc5\xf4\xb9\x3b\xe8\xac\xcd";
const VLEK: [u8; 16] = *b"\xa8\x07\x4b\xc2\xa2\x5a\x48\x3e\xaa\xe6\x39\xc0\x45\xa0\xb8\xa1";
const ASK: [u8; 16] = *b"\x4a\xb7\xb3\x79\xbb\xac\x4f\xe4\xa0\x2f\x05\xae\xf3\x27\xc7\x82";
const ARK: [u8; 16] = *b"\xc0\xb4\x06\xa4\xa8\x03\x49\x52\x97\x43\x3f\xb6\x01\x4c\xd0\xae";
const CRL: [u8; 16] = *b"\x92\xf8\x1b\xc3\x58\x11\x4d\x3d\x97\xff\xd1\x9f\x88\xdc\x67\xea";

/// Reads the certificates of a `table`. Entries of other GUIDs are some host's own and are skipped; a table of zeros has none.
pub(super) fn read(table: &[u8]) -> Result<Certificates, ContainerRefusal> {
    let malformed = |reason: &str| ContainerRefusal::malformed(FORM, reason);
    let mut certificates = Certificates::default();
    for entry in table.chunks(ENTRY_BYTES) {
        let (guid, place) =
            entry.split_first_chunk::<16>().ok_or_else(|| malformed("it ends before its last entry"))?;
        let (offset, length) = match *place {
            [a, b, c, d, e, f, g, h] => (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])),
            _ => return Err(malformed("it ends before its last entry")),
        };
        if (*guid, offset, length) == ([0; 16], 0, 0) {
            return Ok(certificates);
        }
        let certificate = usize::try_from(offset)
            .ok()
            .zip(usize::try_from(length).ok())
            .and_then(|(offset, length)| table.get(offset..offset.checked_add(length)?))
            .ok_or_else(|| malformed("a certificate lies outside of it"))?;
        let slot = match *guid {
            // A report has one key, so a table with both would leave it open which is meant.
            VCEK | VLEK => &mut certificates.vek,
            ASK => &mut certificates.ask,
            ARK => &mut certificates.ark,
            CRL => &mut certificates.crl,
            _ => continue,
        };
        if slot.replace(certificate.to_vec()).is_some() {
            return Err(malformed("it has two certificates for one place"));
        }
    }
    Err(malformed("it has no last entry"))
}
