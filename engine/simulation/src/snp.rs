//! The fake AMD: reports and the chain that vouches for them.

use jiff::Timestamp;

use crate::der;
use crate::keys::{EcKey, Key};
use crate::x509::{Certificate, Crl, Extension, VALIDITY, certificate, date};

/// AMD's arc of certificate extensions (AMD 57230).
const AMD: &str = "1.3.6.1.4.1.3704.1";

/// An SNP report and its chain, to be minted. Begins as a good Milan report of version 3 signed by a VCEK.
#[derive(Debug, Clone)]
pub struct SnpForgery {
    /// The report.
    pub report: Report,
    /// The root.
    pub ark: Certificate,
    /// The signing certificate.
    pub ask: Certificate,
    /// The report key's certificate.
    pub vek: Certificate,
    /// The revocation list.
    pub crl: Crl,
    /// The key that signs the root.
    pub ark_signer: Key,
    /// The key that signs the signing certificate.
    pub ask_signer: Key,
    /// The key that signs the report key's certificate.
    pub vek_signer: Key,
    /// The key that signs the list.
    pub crl_signer: Key,
    /// The key that signs the report.
    pub report_signer: EcKey,
}

/// Minted SNP evidence: what a verifier is given.
#[derive(Debug, Clone)]
pub struct MintedSnp {
    /// The report, 1184 bytes.
    pub report: Vec<u8>,
    /// The report key's certificate, DER.
    pub vek: Vec<u8>,
    /// The signing certificate, DER.
    pub ask: Vec<u8>,
    /// The root, DER.
    pub ark: Vec<u8>,
    /// The revocation list, DER.
    pub crl: Vec<u8>,
}

/// The signed bytes of a report (AMD 56860 section 7.3, `ATTESTATION_REPORT`).
#[derive(Debug, Clone)]
pub struct Report(pub [u8; 0x2A0]);

impl Report {
    /// Writes `bytes` at `offset`.
    pub fn set(&mut self, offset: usize, bytes: &[u8]) {
        self.0[offset..offset + bytes.len()].copy_from_slice(bytes);
    }

    /// Writes one TCB version into all four fields that hold one.
    pub fn set_tcbs(&mut self, tcb: [u8; 8]) {
        for offset in [0x38, 0x180, 0x1E0, 0x1F0] {
            self.set(offset, &tcb);
        }
    }

    fn good() -> Self {
        let mut report = Self([0; 0x2A0]);
        report.set(0x000, &3u32.to_le_bytes());
        report.set(0x004, &7u32.to_le_bytes());
        report.set(0x008, &0x3_0000u64.to_le_bytes());
        report.set(0x034, &1u32.to_le_bytes());
        report.set_tcbs([4, 0, 0, 0, 0, 0, 24, 219]);
        report.set(0x040, &0x25u64.to_le_bytes());
        report.set(0x050, &[0x5A; 64]);
        report.set(0x090, &[0xA5; 48]);
        report.set(0x160, &[0xFF; 32]);
        report.set(0x188, &[0x19, 0x01, 0x01]);
        report.set(0x1A0, &CHIP);
        report.set(0x1E8, &[29, 55, 1, 0, 29, 55, 1, 0]);
        report
    }
}

const CHIP: [u8; 64] = [0xC1; 64];

impl SnpForgery {
    /// The time at which everything is valid.
    #[must_use]
    pub fn now() -> Timestamp {
        date("2026-01-15T00:00:00Z")
    }

    /// A good report of a Milan chip.
    #[must_use]
    pub fn milan() -> Self {
        let key = EcKey::p384();
        let ca = |serial: &[u8], issuer: &str, subject: &str, key, path_length, usage| Certificate {
            extensions: vec![Extension::authority(path_length), Extension::key_usage(usage)],
            ..certificate(serial, issuer, subject, key)
        };
        let mut vek = certificate(&[0], "SEV-Milan", "SEV-VCEK", Key::Ec(key.clone()));
        vek.extensions = vec![
            amd("1", der::integer(&[0])),
            amd("2", der::ia5("Milan-B0")),
            amd("3.1", der::integer(&[4])),
            amd("3.2", der::integer(&[0])),
            amd("3.3", der::integer(&[24])),
            amd("3.8", der::integer(&[219])),
            amd("4", CHIP.to_vec()),
        ];
        Self {
            report: Report::good(),
            ark: ca(&[1], "ARK-Milan", "ARK-Milan", Key::ark(), 1, 0b0000_0110),
            ask: ca(&[2], "ARK-Milan", "SEV-Milan", Key::ask(), 0, 0b0000_0100),
            vek,
            crl: Crl {
                issuer: "ARK-Milan".into(),
                this_update: date(VALIDITY.0),
                next_update: Some(date(VALIDITY.1)),
                revoked: vec![],
                entry_extensions: vec![],
                extensions: vec![Extension::new("2.5.29.20", der::integer(&[1]))],
            },
            ark_signer: Key::ark(),
            ask_signer: Key::ark(),
            vek_signer: Key::ask(),
            crl_signer: Key::ark(),
            report_signer: key,
        }
    }

    /// A good report of a Turin chip, version 5.
    #[must_use]
    pub fn turin() -> Self {
        let mut forgery = Self::milan();
        forgery.rename("Turin");
        forgery.report.set(0x000, &5u32.to_le_bytes());
        forgery.report.set(0x188, &[0x1A, 0x02, 0x01]);
        forgery.report.set_tcbs([2, 4, 0, 24, 0, 0, 0, 219]);
        forgery.report.set(0x1A0, &[0; 64]);
        forgery.report.set(0x1A0, &CHIP[..8]);
        forgery.vek.extension(&oid("1")).value = der::integer(&[1]);
        forgery.vek.extension(&oid("2")).value = der::ia5("Turin");
        forgery.vek.extension(&oid("4")).value = CHIP[..8].to_vec();
        forgery.vek.extensions.push(amd("3.9", der::integer(&[2])));
        forgery
    }

    /// A good report of a Genoa chip.
    #[must_use]
    pub fn genoa() -> Self {
        let mut forgery = Self::milan();
        forgery.rename("Genoa");
        forgery.report.set(0x188, &[0x19, 0x11, 0x01]);
        forgery.vek.extension(&oid("2")).value = der::ia5("Genoa-B1");
        forgery
    }

    /// A good report signed by a cloud provider's VLEK, its chip masked.
    #[must_use]
    pub fn vlek() -> Self {
        let mut forgery = Self::milan();
        forgery.report.set(0x048, &(1u32 << 2).to_le_bytes());
        forgery.report.set(0x1A0, &[0; 64]);
        forgery.sign_with_vlek("Milan", "example-cloud");
        forgery
    }

    /// Has the chain vouch for the VLEK of the cloud provider with this id, in place of a VCEK. The report must say so itself.
    pub(crate) fn sign_with_vlek(&mut self, product: &str, provider: &str) {
        let asvk = format!("SEV-VLEK-{product}");
        self.ask.subject.clone_from(&asvk);
        self.ask.serial = vec![3];
        self.ask.key = Key::asvk();
        self.vek.issuer = asvk;
        self.vek.subject = "SEV-VLEK".into();
        self.vek.serial = vec![9];
        self.vek.extension(&oid("2")).value = der::ia5(product);
        self.vek.remove_extension(&oid("4"));
        self.vek.extensions.push(amd("5", der::ia5(provider)));
        self.vek_signer = Key::asvk();
    }

    /// Gives the chain the names of another product.
    fn rename(&mut self, product: &str) {
        let (ark, ask) = (format!("ARK-{product}"), format!("SEV-{product}"));
        self.ark.subject.clone_from(&ark);
        self.ark.issuer.clone_from(&ark);
        self.ask.issuer.clone_from(&ark);
        self.crl.issuer = ark;
        self.ask.subject.clone_from(&ask);
        self.vek.issuer = ask;
    }

    /// Signs everything.
    #[must_use]
    pub fn mint(&self) -> MintedSnp {
        MintedSnp {
            report: self.mint_report(),
            vek: self.vek.sign(&self.vek_signer),
            ask: self.ask.sign(&self.ask_signer),
            ark: self.ark.sign(&self.ark_signer),
            crl: self.crl.sign(&self.crl_signer),
        }
    }

    /// Signs the report alone.
    #[must_use]
    pub fn mint_report(&self) -> Vec<u8> {
        let mut report = self.report.0.to_vec();
        let signature = self.report_signer.sign_raw(&report);
        report.resize(0x4A0, 0);
        for (component, offset) in signature.chunks(48).zip([0x2A0, 0x2E8]) {
            for (i, byte) in component.iter().rev().enumerate() {
                report[offset + i] = *byte;
            }
        }
        report
    }
}

impl Certificate {
    /// AMD's extension at this arc, which must be there.
    pub(crate) fn amd_extension(&mut self, arc: &str) -> &mut Extension {
        self.extension(&oid(arc))
    }
}

/// The object identifier of one of AMD's extensions.
fn oid(arc: &str) -> String {
    format!("{AMD}.{arc}")
}

fn amd(arc: &str, value: Vec<u8>) -> Extension {
    Extension::new(&oid(arc), value)
}
