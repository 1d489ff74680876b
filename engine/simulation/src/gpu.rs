//! The fake NVIDIA: reports of GPUs and switches, and the chain that vouches for them.

use jiff::Timestamp;

use crate::der;
use crate::keys::{EcKey, Key};
use crate::x509::{Certificate, Crl, Extension, VALIDITY, certificate, date};

/// A device's report and its chain, to be minted. Begins as a good report of a GH100.
#[derive(Debug, Clone)]
pub struct GpuForgery {
    /// The report.
    pub report: GpuReport,
    /// The key that signs the report.
    pub report_signer: EcKey,
    /// The certificates, from the attestation key's to the root.
    pub certificates: [Certificate; 5],
    /// The keys that sign them, in the same order.
    pub signers: [Key; 5],
    /// The lists of the root and of the authority beneath it.
    pub crls: [Crl; 2],
    /// The keys that sign them.
    pub crl_signers: [Key; 2],
}

/// A minted report: what a verifier is given.
#[derive(Debug, Clone)]
pub struct MintedGpu {
    /// The request, the response and its signature.
    pub report: Vec<u8>,
    /// The certificates in DER, from the attestation key's to the root.
    pub certificates: Vec<Vec<u8>>,
    /// The lists of the root and of the authority beneath it, DER.
    pub crls: [Vec<u8>; 2],
}

/// The signed messages (DMTF DSP0274 1.1.0, `GET_MEASUREMENTS` and `MEASUREMENTS`). Lengths and counts are filled in from the content.
#[derive(Debug, Clone)]
pub struct GpuReport {
    /// The 37 bytes of the request.
    pub request: [u8; 37],
    /// The measurement blocks, each with its header.
    pub blocks: Vec<Vec<u8>>,
    /// The nonce of the response.
    pub response_nonce: [u8; 32],
    /// The opaque fields: number and value.
    pub opaque: Vec<(u16, Vec<u8>)>,
    /// Bytes to write over the finished messages before they are signed: offset and bytes.
    pub patches: Vec<(usize, Vec<u8>)>,
    /// Bytes to add to the finished messages before they are signed.
    pub appended: Vec<u8>,
}

impl GpuReport {
    /// The field `number` of the opaque data, which must be there.
    ///
    /// # Panics
    /// If there is no such field.
    pub fn field(&mut self, number: u16) -> &mut Vec<u8> {
        &mut self.opaque.iter_mut().find(|(field, _)| *field == number).unwrap().1
    }

    /// Takes the field `number` away.
    pub fn remove_field(&mut self, number: u16) {
        self.opaque.retain(|(field, _)| *field != number);
    }

    /// A block of the DMTF's with a digest of 48 bytes.
    #[must_use]
    pub fn block(index: u8, digest: [u8; 48]) -> Vec<u8> {
        [&[index, 1, 51, 0, 1, 48, 0][..], &digest].concat()
    }

    /// The signed bytes.
    fn messages(&self) -> Vec<u8> {
        let record = self.blocks.concat();
        let mut messages = self.request.to_vec();
        messages.extend([0x11, 0x60, 0, 0, u8::try_from(self.blocks.len()).unwrap()]);
        messages.extend(&u32::try_from(record.len()).unwrap().to_le_bytes()[..3]);
        messages.extend(record);
        messages.extend(self.response_nonce);
        let opaque: Vec<u8> = self.opaque.iter().flat_map(|(number, value)| opaque_field(*number, value)).collect();
        messages.extend(u16::try_from(opaque.len()).unwrap().to_le_bytes());
        messages.extend(opaque);
        for (offset, bytes) in &self.patches {
            messages[*offset..offset + bytes.len()].copy_from_slice(bytes);
        }
        messages.extend(&self.appended);
        messages
    }

    fn good(blocks: u8, opaque: Vec<(u16, Vec<u8>)>) -> Self {
        let mut request = [0x5A; 37];
        request[..4].copy_from_slice(&[0x11, 0xE0, 0x01, 0xFF]);
        request[36] = 0;
        Self {
            request,
            blocks: (1..=blocks).map(|index| Self::block(index, [index; 48])).collect(),
            response_nonce: [0x3C; 32],
            opaque,
            patches: vec![],
            appended: vec![],
        }
    }
}

/// The flag that the genuine GB100 has whose chain NVIDIA publishes: `notConfigured`, the first of `OperationalFlags`.
const NOT_CONFIGURED: u8 = 0x80;

/// The digest of the first firmware.
const FWID: [u8; 48] = [0xF1; 48];

impl GpuForgery {
    /// The time at which everything is valid.
    #[must_use]
    pub fn now() -> Timestamp {
        date("2026-01-15T00:00:00Z")
    }

    /// A good report of a GH100.
    #[must_use]
    pub fn hopper() -> Self {
        let opaque = vec![
            (6, vec![0x00, 0x9F, 0x00, 0x96, 0x01, 0, 0, 0]),
            (14, 945u32.to_le_bytes().to_vec()),
            (15, b"882\0\0\0\0\0\0".to_vec()),
            (17, b"1010\0".to_vec()),
            (18, b"0200\0".to_vec()),
            (3, b"550.90.07\0".to_vec()),
            (20, FWID.to_vec()),
            (21, vec![0x55]),
        ];
        Self::of("GH100", "GH100 A01 GSP", composite_device_id(), GpuReport::good(64, opaque))
    }

    /// A good report of a GB100.
    #[must_use]
    pub fn blackwell() -> Self {
        let mut forgery = Self::hopper();
        *forgery.report.field(3) = b"575.32\0".to_vec();
        forgery.report.opaque.push((36, vec![0]));
        Self::of("GB100", "GB100 A01 GSP", Self::tcb_info(NOT_CONFIGURED), forgery.report)
    }

    /// A good report of an NVSwitch.
    #[must_use]
    pub fn switch() -> Self {
        let opaque = vec![(6, b"96.10.55.00.01".to_vec()), (22, vec![0x20, 0x3E, 0xB3, 0x1A, 0xD9, 0xED, 0x00, 0x08])];
        Self::of("LS_10", "LS_10 A01 FSP", composite_device_id(), GpuReport::good(31, opaque))
    }

    /// The firmware's digest as GB100s state it: a `DiceTcbInfo`, with the first byte of its flags.
    #[must_use]
    pub fn tcb_info(flags: u8) -> Extension {
        Self::tcb_info_with(flags, &[])
    }

    /// The same, with the first byte of the mask that says which flags are stated.
    #[must_use]
    pub fn masked_tcb_info(flags: u8, mask: u8) -> Extension {
        Self::tcb_info_with(flags, &[der::tlv(0x80 | 10, &[0, mask, 0, 0, 0])])
    }

    fn tcb_info_with(flags: u8, more: &[Vec<u8>]) -> Extension {
        let implicit = |number: u8, content: &[u8]| der::tlv(0x80 | number, content);
        let content = [
            implicit(0, b"NVIDIA"),
            implicit(1, b"GB100 A01 GSP BROM"),
            implicit(3, &[1]),
            implicit(4, &[0]),
            implicit(5, &[0]),
            der::tlv(0xA6, &[fwid(&FWID), fwid(&[0; 48])].concat()),
            implicit(7, &[0, flags, 0, 0, 1]),
            implicit(8, &[0x01, 0xC0]),
            implicit(9, &[0]),
        ];
        Extension::new("2.23.133.5.4.1.1", der::sequence(&[&content[..], more].concat()))
    }

    fn of(chip: &str, model: &str, fwid: Extension, report: GpuReport) -> Self {
        let keys: [EcKey; 5] = std::array::from_fn(|_| EcKey::p384());
        let key = |index: usize| Key::Ec(keys[index].clone());
        let names = [
            format!("{model} FMC LF"),
            format!("{model} BROM"),
            format!("NVIDIA {chip} Provisioner ICA 1"),
            format!("NVIDIA {chip} Identity"),
            "NVIDIA Device Identity CA".to_owned(),
        ];
        let authority = || Extension::critical("2.5.29.19", der::sequence(&[der::boolean(true)]));
        let extensions = |index| match index {
            0 => vec![Extension::key_usage(0b1000_0000), fwid.clone()],
            1 => vec![authority(), Extension::key_usage(0b0000_0100)],
            _ => vec![authority(), Extension::key_usage(0b0000_0110)],
        };
        let certificates = std::array::from_fn(|index| {
            let issuer = (index + 1).min(4);
            let serial = [0x50 + u8::try_from(index).unwrap(), 0x01];
            Certificate {
                extensions: extensions(index),
                ..certificate(&serial, &names[issuer], &names[index], key(index))
            }
        });
        let crl = |issuer: usize| Crl {
            issuer: names[issuer].clone(),
            this_update: date(VALIDITY.0),
            next_update: Some(date(VALIDITY.1)),
            revoked: vec![],
            entry_extensions: vec![],
            extensions: vec![Extension::new("2.5.29.20", der::integer(&[1]))],
        };
        Self {
            report,
            report_signer: keys[0].clone(),
            certificates,
            signers: std::array::from_fn(|index| key((index + 1).min(4))),
            crls: [crl(4), crl(3)],
            crl_signers: [key(4), key(3)],
        }
    }

    /// Signs everything.
    #[must_use]
    pub fn mint(&self) -> MintedGpu {
        let mut report = self.report.messages();
        let signature = self.report_signer.sign_raw(&report);
        report.extend(signature);
        let sign = |(certificate, signer): (&Certificate, &Key)| certificate.sign(signer);
        MintedGpu {
            report,
            certificates: self.certificates.iter().zip(&self.signers).map(sign).collect(),
            crls: std::array::from_fn(|index| self.crls[index].sign(&self.crl_signers[index])),
        }
    }
}

impl MintedGpu {
    /// The chain as one file of PEM.
    #[must_use]
    pub fn chain(&self) -> Vec<u8> {
        let certificates: Vec<&[u8]> = self.certificates.iter().map(Vec::as_slice).collect();
        crate::pem(&certificates).into_bytes()
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> &[u8] {
        &self.certificates[4]
    }
}

fn opaque_field(number: u16, value: &[u8]) -> Vec<u8> {
    [&number.to_le_bytes()[..], &u16::try_from(value.len()).unwrap().to_le_bytes(), value].concat()
}

fn fwid(digest: &[u8]) -> Vec<u8> {
    der::sequence(&[der::oid("2.16.840.1.101.3.4.2.2"), der::octets(digest)])
}

/// The firmware's digest as GH100s and LS10s state it: version, the device's key, digest.
fn composite_device_id() -> Extension {
    let content = [der::integer(&[1]), Key::Ec(EcKey::p384()).spki(), fwid(&FWID)];
    Extension::new("2.23.133.5.4.1", der::sequence(&content))
}
