//! Quotes of any content (Intel "SGX ECDSA Quote Library API" and "TDX DCAP Quoting Library API").

use aws_lc_rs::digest::{SHA256, digest};

use crate::keys::EcKey;

/// A quote to be: header, body and quoting enclave.
#[derive(Debug, Clone)]
pub struct QuoteParts {
    /// The 48 bytes of the header.
    pub header: [u8; 48],
    /// Between header and body, in version 5: body type and size.
    pub body_descriptor: Vec<u8>,
    /// The body: an SGX report (384 bytes) or a TD report (584, 648 or 885).
    pub body: Vec<u8>,
    /// The quoting enclave.
    pub qe: QeReport,
    /// The quoting enclave's own data, hashed with the attestation key.
    pub qe_auth: Vec<u8>,
    /// The type of the certification data outside, in version 4 and 5.
    pub outer_type: u16,
    /// The type of the certification data with the PCK chain.
    pub chain_type: u16,
    /// What follows the certification data within the data that the QE report is in.
    pub certified_slack: Vec<u8>,
    /// What follows that within the signature data.
    pub signature_slack: Vec<u8>,
    /// What follows the quote.
    pub trailing: Vec<u8>,
}

/// The report of the quoting enclave, before the attestation key is bound into it.
#[derive(Debug, Clone)]
pub struct QeReport(pub [u8; 384]);

/// The signer of the forged quoting enclave.
pub(crate) const QE_SIGNER: [u8; 32] = [0x8C; 32];

impl QuoteParts {
    /// A version 4 quote of a TD in good order.
    pub(crate) fn tdx() -> Self {
        let mut body = vec![0; 584];
        body[..3].copy_from_slice(&[6, 1, 3]); // tee_tcb_svn: module 1.x at SVN 6, loader 3
        body[120..128].copy_from_slice(&(1u64 << 28).to_le_bytes()); // SEPT_VE_DISABLE
        body[128..136].copy_from_slice(&0xE7u64.to_le_bytes()); // xfam
        body[136..184].fill(0xA5); // mr_td
        body[520..584].fill(0x5A); // report_data
        Self {
            header: header(4, 0x81),
            body_descriptor: vec![],
            body,
            qe: QeReport::good(),
            qe_auth: vec![0x1F; 32],
            outer_type: 6,
            chain_type: 5,
            certified_slack: vec![],
            signature_slack: vec![],
            trailing: vec![],
        }
    }

    /// A version 5 quote with a TDX 1.5 report, whose current TCB is its launch TCB.
    pub(crate) fn tdx15() -> Self {
        let mut parts = Self::tdx();
        parts.header = header(5, 0x81);
        parts.body_descriptor = [&3u16.to_le_bytes()[..], &648u32.to_le_bytes()].concat();
        parts.body.resize(648, 0);
        parts.body.copy_within(0..16, 584);
        parts
    }

    /// A version 3 quote of an enclave in good order.
    pub(crate) fn sgx() -> Self {
        let mut body = vec![0; 384];
        body[48] = 0b101; // attributes: initialised, 64-bit
        body[64..96].fill(0xE5); // mr_enclave
        body[128..160].fill(0x51); // mr_signer
        body[320..384].fill(0x5A); // report_data
        Self { header: header(3, 0), body, ..Self::tdx() }
    }

    fn version(&self) -> u16 {
        u16::from_le_bytes([self.header[0], self.header[1]])
    }

    /// The quote, signed with `attestation_key`, for which `pck_key` vouches by way of the quoting enclave.
    pub(crate) fn sign(&self, attestation_key: &EcKey, pck_key: &EcKey, chain: &str) -> Vec<u8> {
        let mut quote = [&self.header[..], &self.body_descriptor, &self.body].concat();
        let signature = attestation_key.sign_raw(&quote);
        let key = attestation_key.point();

        let mut qe = self.qe.clone();
        let hash = digest(&SHA256, &[&key[..], &self.qe_auth].concat());
        qe.set_if_zero(320, hash.as_ref());
        let mut certified = [&qe.0[..], &pck_key.sign_raw(&qe.0)].concat();
        certified.extend(u16::try_from(self.qe_auth.len()).unwrap().to_le_bytes());
        certified.extend(&self.qe_auth);
        certified.extend(self.chain_type.to_le_bytes());
        certified.extend(u32::try_from(chain.len()).unwrap().to_le_bytes());
        certified.extend(chain.as_bytes());
        certified.extend(&self.certified_slack);

        let mut auth = [signature, key].concat();
        if self.version() != 3 {
            auth.extend(self.outer_type.to_le_bytes());
            auth.extend(u32::try_from(certified.len()).unwrap().to_le_bytes());
        }
        auth.extend(certified);
        auth.extend(&self.signature_slack);
        quote.extend(u32::try_from(auth.len()).unwrap().to_le_bytes());
        quote.extend(auth);
        quote.extend(&self.trailing);
        quote
    }
}

impl QeReport {
    fn good() -> Self {
        let mut report = Self([0; 384]);
        report.set(48, &[0b1_0101]); // attributes: initialised, 64-bit, provisioning key
        report.set(128, &QE_SIGNER);
        report.set(256, &2u16.to_le_bytes()); // isv_prod_id
        report.set(258, &8u16.to_le_bytes()); // isv_svn
        report
    }

    /// Writes `bytes` at `offset`. Report data that is set here is not bound to the attestation key.
    pub fn set(&mut self, offset: usize, bytes: &[u8]) {
        self.0[offset..offset + bytes.len()].copy_from_slice(bytes);
    }

    fn set_if_zero(&mut self, offset: usize, bytes: &[u8]) {
        if self.0[offset..offset + bytes.len()].iter().all(|byte| *byte == 0) {
            self.set(offset, bytes);
        }
    }
}

fn header(version: u16, tee_type: u32) -> [u8; 48] {
    let mut header = [0; 48];
    header[..2].copy_from_slice(&version.to_le_bytes());
    header[2..4].copy_from_slice(&2u16.to_le_bytes()); // ECDSA on P-256
    header[4..8].copy_from_slice(&tee_type.to_le_bytes());
    header[12..28].copy_from_slice(&[
        0x93, 0x9A, 0x72, 0x33, 0xF7, 0x9C, 0x4C, 0xA9, 0x94, 0x0A, 0x0D, 0xB3, 0x95, 0x7F, 0x06, 0x07,
    ]);
    header[28..48].fill(0xDA);
    header
}
