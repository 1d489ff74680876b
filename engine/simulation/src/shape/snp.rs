//! SEV-SNP reports by their claims.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::error::{ShapeError, derived, not_there};
use super::layout::{Field, bytes, flag, int, version};
use super::value::{self, ABSENT};
use crate::der;
use crate::development::{self, Window};
use crate::snp::{MintedSnp, SnpForgery};

/// An EPYC product line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// EPYC 7003.
    Milan,
    /// EPYC 9004 and 8004.
    Genoa,
    /// EPYC 9005.
    Turin,
}

impl Product {
    /// The name, as the claim `product` has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Product::Milan => "Milan",
            Product::Genoa => "Genoa",
            Product::Turin => "Turin",
        }
    }

    /// The components of a TCB version, each with its byte and its number under AMD's extension of patch levels (AMD 56860 section 2.2, AMD 57230).
    const fn components(self) -> &'static [(&'static str, usize, &'static str)] {
        match self {
            Product::Milan | Product::Genoa => {
                &[("bootloader", 0, "3.1"), ("tee", 1, "3.2"), ("snp", 6, "3.3"), ("microcode", 7, "3.8")]
            }
            Product::Turin => &[
                ("fmc", 0, "3.9"),
                ("bootloader", 1, "3.1"),
                ("tee", 2, "3.2"),
                ("snp", 3, "3.3"),
                ("microcode", 7, "3.8"),
            ],
        }
    }
}

/// The claims that lie in the report as they are (AMD 56860 section 7.3, table `ATTESTATION_REPORT`; section 4.3 for the policy).
const FIELDS: &[Field] = &[
    int("guest_svn", 0x004, 4),
    int("policy.abi_minor", 0x008, 1),
    int("policy.abi_major", 0x009, 1),
    flag("policy.smt_allowed", 0x008, 16),
    flag("policy.migrate_ma", 0x008, 18),
    flag("policy.debug", 0x008, 19),
    flag("policy.single_socket", 0x008, 20),
    flag("policy.cxl_allow", 0x008, 21),
    flag("policy.mem_aes_256_xts", 0x008, 22),
    flag("policy.rapl_dis", 0x008, 23),
    flag("policy.ciphertext_hiding", 0x008, 24),
    flag("policy.page_swap_disable", 0x008, 25),
    bytes("family_id", 0x010, 16),
    bytes("image_id", 0x020, 16),
    int("vmpl", 0x030, 4),
    bytes("platform_info.raw", 0x040, 8),
    flag("platform_info.smt_en", 0x040, 0),
    flag("platform_info.tsme_en", 0x040, 1),
    flag("platform_info.ecc_en", 0x040, 2),
    flag("platform_info.rapl_dis", 0x040, 3),
    flag("platform_info.ciphertext_hiding_en", 0x040, 4),
    flag("platform_info.alias_check_complete", 0x040, 5),
    flag("platform_info.tio_en", 0x040, 7),
    flag("key_info.author_key_en", 0x048, 0),
    flag("key_info.mask_chip_key", 0x048, 1),
    bytes("report_data", 0x050, 64),
    bytes("measurement", 0x090, 48),
    bytes("host_data", 0x0C0, 32),
    bytes("id_key_digest", 0x0E0, 48),
    bytes("author_key_digest", 0x110, 48),
    bytes("report_id", 0x140, 32),
    bytes("report_id_ma", 0x160, 32),
    int("cpuid_family", CPUID, 1),
    int("cpuid_model", CPUID + 1, 1),
    int("cpuid_stepping", CPUID + 2, 1),
    bytes("chip_id", CHIP_ID, 64),
    version("current_version", 0x1E8),
    version("committed_version", 0x1EC),
    bytes("launch_mit_vector", MITIGATIONS, 8),
    bytes("current_mit_vector", MITIGATIONS + 8, 8),
];

/// The TCB versions of a report, with their offsets.
const TCBS: [(&str, usize); 4] =
    [("current_tcb", 0x038), ("reported_tcb", 0x180), ("committed_tcb", 0x1E0), ("launch_tcb", 0x1F0)];

const VERSION: usize = 0x000;
const KEY_INFO: usize = 0x048;
/// Family, model and stepping, from report version 3 on.
const CPUID: usize = 0x188;
const CHIP_ID: usize = 0x1A0;
const CURRENT_VERSION: usize = 0x1E8;
const COMMITTED_VERSION: usize = 0x1EC;
/// The two mitigation vectors, from report version 5 on.
const MITIGATIONS: usize = 0x1F8;

/// The claims that not all reports have: the first version that has them, their names, and the bytes that are zero in others.
const OPTIONAL: [(u8, &[&str], (usize, usize)); 2] = [
    (3, &["cpuid_family", "cpuid_model", "cpuid_stepping"], (CPUID, 3)),
    (5, &["launch_mit_vector", "current_mit_vector"], (MITIGATIONS, 16)),
];

/// The claims that are made otherwise than by writing them into the report.
const OTHERS: [&str; 7] =
    ["version", "signer", "key_info.signing_key", "csp_id", "vek_not_after", "revocation_checked", "expires_at"];

/// An SNP report that is being put together. It begins as a report of a well-kept chip, signed by a VCEK and checked against a revocation list.
#[derive(Debug, Clone)]
pub struct SnpSimulation {
    product: Product,
    forgery: SnpForgery,
    /// The id of the provider whose VLEK signs; a VCEK signs where there is none.
    provider: Option<String>,
    with_crl: bool,
    /// The claims that were asked for.
    asked: BTreeSet<String>,
    /// The claims that were asked not to be there.
    absent: BTreeSet<String>,
}

/// A signed report with what a verifier needs.
#[derive(Debug, Clone)]
pub struct SimulatedSnp {
    /// The report, the key's certificate and the chain.
    pub evidence: MintedSnp,
    /// Whether the revocation list goes with it.
    pub with_crl: bool,
}

impl SnpSimulation {
    /// A report of a chip of `product`, valid around `at`.
    ///
    /// # Errors
    /// [`ShapeError::Time`] before March 2000 or after September 2049.
    pub fn new(product: Product, at: Timestamp) -> Result<Self, ShapeError> {
        let forgery = development::snp(product, &Window::around(at)?);
        Ok(Self { product, forgery, provider: None, with_crl: true, asked: BTreeSet::new(), absent: BTreeSet::new() })
    }

    /// The names of all claims that can be set.
    pub fn settable(&self) -> impl Iterator<Item = String> {
        let component = |tcb: &str| {
            self.product.components().iter().map(move |(name, ..)| format!("{tcb}.{name}")).collect::<Vec<_>>()
        };
        let tcbs = TCBS.iter().flat_map(|(tcb, _)| component(tcb)).collect::<Vec<_>>();
        FIELDS.iter().map(|field| field.name.to_owned()).chain(tcbs).chain(OTHERS.map(str::to_owned))
    }

    /// Has the report say `text` in the claim called `claim`.
    ///
    /// # Errors
    /// [`ShapeError`] where there is no such claim, or it cannot say this.
    pub fn set(&mut self, claim: &str, text: &str) -> Result<(), ShapeError> {
        match claim {
            "version" => self.forgery.report.0[VERSION] = value::integer(claim, text, 2, 5)? as u8,
            "signer" | "key_info.signing_key" => {
                self.provider = match value::case(claim, text, &["VCEK", "VLEK"])? {
                    0 => None,
                    _ => Some(self.provider.take().unwrap_or_else(|| "simulated-cloud".into())),
                };
            }
            "csp_id" if text == ABSENT => self.provider = None,
            "csp_id" if text.is_ascii() && !text.is_empty() => self.provider = Some(text.into()),
            "csp_id" => return Err(value::wrong(claim, text, "the id of a cloud provider, in ASCII, or `absent`")),
            "vek_not_after" => self.forgery.vek.not_after = value::time(claim, text)?,
            "revocation_checked" => self.with_crl = value::flag(claim, text)?,
            "expires_at" => self.forgery.crl.next_update = Some(value::time(claim, text)?),
            "signature_algo" => _ = value::integer(claim, text, 1, 1)?,
            "product" if text == self.product.name() => {}
            "product" => return Err(derived(claim, "it is the product that the simulation was begun with")),
            "verified_at" => return Err(derived(claim, "it is the time at which the evidence will be verified")),
            _ if text == ABSENT && OPTIONAL.iter().any(|(_, claims, _)| claims.contains(&claim)) => {
                self.absent.insert(claim.to_owned());
                return Ok(());
            }
            _ => self.write(claim, text)?,
        }
        self.asked.insert(claim.to_owned());
        Ok(())
    }

    /// Signs the report, and everything that vouches for it.
    ///
    /// # Errors
    /// [`ShapeError::NotThere`] where a claim was asked for that a report of this version, or without what else was asked, does not have.
    pub fn sign(&self) -> Result<SimulatedSnp, ShapeError> {
        let mut forgery = self.forgery.clone();
        let version = forgery.report.0[VERSION];
        for (first, claims, (offset, length)) in OPTIONAL {
            if version < first {
                not_there(
                    &self.asked,
                    claims,
                    "a report of this `version` does not have it: CPUID begins with 3, the vectors with 5",
                )?;
                forgery.report.set(offset, &vec![0; length]);
            } else {
                not_there(
                    &self.absent,
                    claims,
                    "a report of this `version` has it: CPUID begins with 3, the vectors with 5",
                )?;
            }
        }
        if !self.with_crl {
            not_there(
                &self.asked,
                &["expires_at"],
                "without a revocation list it is the end of the certificate: set `vek_not_after`",
            )?;
        }
        match &self.provider {
            Some(id) => {
                forgery.sign_with_vlek(self.product.name(), id);
                forgery.report.set(KEY_INFO, &[forgery.report.0[KEY_INFO] & 0b11 | 1 << 2]);
                if !self.asked.contains("chip_id") {
                    forgery.report.set(CHIP_ID, &[0; 64]);
                }
            }
            None => self.certify_chip(&mut forgery)?,
        }
        self.settle(&mut forgery.report.0);
        let tcb: [u8; 8] = std::array::from_fn(|i| forgery.report.0[TCBS[1].1 + i]);
        for (_, byte, arc) in self.product.components() {
            forgery.vek.amd_extension(arc).value = der::integer(&[tcb[*byte]]);
        }
        let mut evidence = forgery.mint();
        evidence.ark = development::ark(self.product).to_vec();
        Ok(SimulatedSnp { evidence, with_crl: self.with_crl })
    }

    fn write(&mut self, claim: &str, text: &str) -> Result<(), ShapeError> {
        let report = &mut self.forgery.report.0;
        if let Some(field) = FIELDS.iter().find(|field| field.name == claim) {
            return field.write(report, text);
        }
        let found = claim.split_once('.').and_then(|(tcb, component)| {
            let (_, offset) = TCBS.iter().find(|(name, _)| *name == tcb)?;
            let (_, byte, _) = self.product.components().iter().find(|(name, ..)| *name == component)?;
            Some(offset + byte)
        });
        let Some(offset) = found else {
            return Err(ShapeError::Unknown { claim: claim.into(), evidence: "an SNP report of this product" });
        };
        report[offset] = value::integer(claim, text, 0, 255)? as u8;
        Ok(())
    }

    /// Has what was not asked for follow what was: nothing is reported or committed above what runs.
    fn settle(&self, report: &mut [u8]) {
        let [current, reported, committed, _] = TCBS;
        for (name, byte, _) in self.product.components() {
            let asked = |tcb: &str| self.asked.contains(&format!("{tcb}.{name}"));
            for lower in [reported, committed] {
                let (at, current_at) = (lower.1 + byte, current.1 + byte);
                if !asked(current.0) {
                    report[current_at] = report[current_at].max(report[at]);
                } else if !asked(lower.0) {
                    report[at] = report[at].min(report[current_at]);
                }
            }
        }
        // Build, minor and major, in this order.
        let version = |report: &[u8], at: usize| [report[at + 2], report[at + 1], report[at]];
        if version(report, COMMITTED_VERSION) > version(report, CURRENT_VERSION) {
            let (from, to) = if self.asked.contains("current_version") {
                (CURRENT_VERSION, COMMITTED_VERSION)
            } else {
                (COMMITTED_VERSION, CURRENT_VERSION)
            };
            report.copy_within(from..from + 3, to);
        }
    }

    fn certify_chip(&self, forgery: &mut SnpForgery) -> Result<(), ShapeError> {
        let chip = &forgery.report.0[CHIP_ID..CHIP_ID + 64];
        let length = match self.product {
            Product::Milan | Product::Genoa => 64,
            Product::Turin => 8,
        };
        if chip[length..].iter().any(|byte| *byte != 0) {
            return Err(value::wrong("chip_id", &hex::encode(chip), "on Turin 8 bytes and then zeros"));
        }
        let chip = chip[..length].to_vec();
        forgery.vek.amd_extension("4").value = chip;
        Ok(())
    }
}
