//! TDX and SGX quotes by their claims.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::error::{ShapeError, derived, not_there};
use super::layout::{Field, bytes, flag, int};
use super::platform::{self, Platform, TeeTcb};
use super::value::{self, ABSENT};
use crate::development::{self, Window};
use crate::intel::{MintedQuote, QuoteForgery};

/// What a quote is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuoteKind {
    /// A trust domain.
    Tdx,
    /// An enclave.
    Sgx,
}

/// The claims that lie in the header of any quote (Intel "SGX ECDSA Quote Library API", quote header).
const HEADER: &[Field] = &[bytes("user_data", 28, 20)];

/// Two that a header of version 3 has.
const SGX_HEADER: &[Field] = &[int("qe_svn", 8, 2), int("header_pce_svn", 10, 2)];

/// The claims that lie in a TD report (Intel "TDX DCAP Quoting Library API", `sgx_report2_body_t`; attributes: Intel 348551, `ATTRIBUTES`).
const TDX: &[Field] = &[
    bytes("tee_tcb_svn", 0, 16),
    bytes("mr_seam", 16, 48),
    bytes("mr_signer_seam", 64, 48),
    bytes("seam_attributes", 112, 8),
    bytes("td_attributes.raw", 120, 8),
    flag("td_attributes.debug", 120, 0),
    flag("td_attributes.hgs_plus_prof", 120, 4),
    flag("td_attributes.perf_prof", 120, 5),
    flag("td_attributes.pmt_prof", 120, 6),
    flag("td_attributes.icssd", 120, 16),
    flag("td_attributes.servtd_ext", 120, 17),
    flag("td_attributes.lass", 120, 27),
    flag("td_attributes.sept_ve_disable", 120, 28),
    flag("td_attributes.migratable", 120, 29),
    flag("td_attributes.pks", 120, 30),
    flag("td_attributes.kl", 120, 31),
    flag("td_attributes.tpa", 120, 62),
    flag("td_attributes.perfmon", 120, 63),
    bytes("xfam", 128, 8),
    bytes("mr_td", 136, 48),
    bytes("mr_config_id", 184, 48),
    bytes("mr_owner", 232, 48),
    bytes("mr_owner_config", 280, 48),
    bytes("rtmr0", 328, 48),
    bytes("rtmr1", 376, 48),
    bytes("rtmr2", 424, 48),
    bytes("rtmr3", 472, 48),
    bytes("report_data", 520, 64),
];

/// What a TDX 1.5 report adds (quote body type 3, `sgx_report2_body_v1_5_t`).
const TDX15: &[Field] = &[bytes("tee_tcb_svn2", 584, 16), bytes("mr_service_td", 600, 48)];

/// What its extended form adds (quote body type 4, `sgx_report2_body_v1_5_ex_t`).
const TDX15_EX: &[Field] = &[
    int("vmid", 648, 1),
    bytes("td_id", 649, 32),
    bytes("dev_info", 681, 48),
    bytes("init_service_td_hash", 729, 48),
    bytes("init_service_td_attributes", 777, 8),
    bytes("init_cpu_svn", 785, 16),
    bytes("init_tee_tcb_svn", 801, 16),
    bytes("init_tee_fmspc", 817, 12),
    bytes("cur_service_td_hash", 829, 48),
    bytes("cur_service_td_attributes", 877, 8),
];

/// The claims that lie in the report of an enclave (Intel SDM volume 3D, `REPORT`).
const SGX: &[Field] = &[
    bytes("cpu_svn", 0, 16),
    int("misc_select", 16, 4),
    bytes("attributes.raw", 48, 16),
    flag("attributes.debug", 48, 1),
    flag("attributes.mode64", 48, 2),
    flag("attributes.provision_key", 48, 4),
    flag("attributes.kss", 48, KSS),
    bytes("mr_enclave", 64, 32),
    bytes("mr_signer", 128, 32),
    int("isv_prod_id", 256, 2),
    int("isv_svn", 258, 2),
    bytes("report_data", 320, 64),
];

/// What key separation and sharing adds.
const SGX_KSS: &[Field] = &[
    bytes("isv_ext_prod_id", 32, 16),
    bytes("config_id", 192, 64),
    int("config_svn", 260, 2),
    bytes("isv_family_id", 304, 16),
];

/// The bit of the attributes that says whether key separation and sharing is on.
const KSS: u32 = 7;

/// The lengths of a TD report: of TDX 1.0, of TDX 1.5 and of its extended form; with the body types that say so in a quote of version 5.
const TD10: (u16, usize) = (2, 584);
const TD15: (u16, usize) = (3, 648);
const TD15_EX: (u16, usize) = (4, 885);

/// A quote that is being put together. It begins as that of a well-kept platform, with collateral that calls it up to date.
#[derive(Debug, Clone)]
pub struct QuoteSimulation {
    kind: QuoteKind,
    forgery: QuoteForgery,
    platform: Platform,
    /// The claims that were asked for.
    asked: BTreeSet<String>,
    /// The claims that were asked not to be there.
    absent: BTreeSet<String>,
}

impl QuoteSimulation {
    /// A quote valid around `at`.
    ///
    /// # Errors
    /// [`ShapeError::Time`] before March 2000 or after September 2049.
    pub fn new(kind: QuoteKind, at: Timestamp) -> Result<Self, ShapeError> {
        let window = Window::around(at)?;
        let mut forgery = development::quote(kind, &window);
        if kind == QuoteKind::Tdx {
            // Room for every form; the end of those that are not asked for is cut off.
            forgery.quote.body.resize(TD15_EX.1, 0);
        }
        Ok(Self { kind, forgery, platform: Platform::good(&window), asked: BTreeSet::new(), absent: BTreeSet::new() })
    }

    /// The names of all claims that can be set.
    pub fn settable(&self) -> impl Iterator<Item = String> {
        let cpu_svn = self.kind.cpu_svn();
        let platform = platform::CLAIMS.iter().copied().chain([cpu_svn]);
        let current = (self.kind == QuoteKind::Tdx).then_some("current_status");
        let fields = self.kind.header().into_iter().chain(self.kind.body()).flatten().map(|field| field.name);
        ["version"].into_iter().chain(fields).chain(platform).chain(current).map(str::to_owned)
    }

    /// Has the quote, or the collateral that judges its platform, say `text` in the claim called `claim`.
    ///
    /// # Errors
    /// [`ShapeError`] where there is no such claim, or it cannot say this.
    pub fn set(&mut self, claim: &str, text: &str) -> Result<(), ShapeError> {
        let optional = |field: &&Field| field.name == claim;
        if text == ABSENT && self.kind.optional().into_iter().flatten().any(|field| optional(&field)) {
            self.absent.insert(claim.to_owned());
            return Ok(());
        }
        let parts = &mut self.forgery.quote;
        if let Some(field) = self.kind.header().into_iter().flatten().find(optional) {
            field.write(&mut parts.header, text)?;
        } else if let Some(field) = self.kind.body().into_iter().flatten().find(optional) {
            field.write(&mut parts.body, text)?;
        } else {
            self.set_other(claim, text)?;
        }
        self.asked.insert(claim.to_owned());
        Ok(())
    }

    fn set_other(&mut self, claim: &str, text: &str) -> Result<(), ShapeError> {
        let header = &mut self.forgery.quote.header;
        match (claim, self.kind) {
            ("version", QuoteKind::Tdx) => header[0] = value::integer(claim, text, 4, 5)? as u8,
            ("version", QuoteKind::Sgx) => header[0] = value::integer(claim, text, 3, 3)? as u8,
            ("att_key_type", _) => _ = value::integer(claim, text, 2, 2)?,
            ("tee_type", QuoteKind::Tdx) => _ = value::integer(claim, text, 0x81, 0x81)?,
            ("tee_type", QuoteKind::Sgx) => _ = value::integer(claim, text, 0, 0)?,
            ("qe_vendor_id", _) if hex::decode(text).as_deref() == Ok(&header[12..28]) => {}
            ("qe_vendor_id", _) => {
                return Err(value::wrong(claim, text, format!("Intel's, `{}`", hex::encode(&header[12..28]))));
            }
            ("verified_at", _) => return Err(derived(claim, "it is the time at which the evidence will be verified")),
            ("earliest_issue", _) => return Err(derived(claim, "it is the beginning of the development root")),
            ("current_status", QuoteKind::Tdx) if text == ABSENT => self.absent_current(claim),
            ("current_status", QuoteKind::Tdx) => self.platform.set_current_status(claim, text)?,
            (claim, kind) if claim == kind.cpu_svn() => self.platform.cpu_svn = value::bytes(claim, text)?,
            _ => self.platform.set(claim, text, self.kind.title())?,
        }
        Ok(())
    }

    /// A TDX 1.0 report has no status of a current TCB, as it has no current TCB.
    fn absent_current(&mut self, claim: &str) {
        self.absent.insert(claim.to_owned());
    }

    /// Signs the quote, and everything that vouches for it.
    ///
    /// # Errors
    /// [`ShapeError`] where a claim was asked for that a quote of this form does not have, or where no collateral gives the statuses asked for.
    pub fn sign(&self) -> Result<MintedQuote, ShapeError> {
        let mut forgery = self.forgery.clone();
        let tee = match self.kind {
            QuoteKind::Tdx => Some(self.shape_tdx(&mut forgery)?),
            QuoteKind::Sgx => {
                self.shape_sgx(&mut forgery)?;
                None
            }
        };
        self.platform.certify(&mut forgery, tee)?;
        Ok(forgery.mint_with_root(development::SGX_ROOT))
    }

    /// Gives the TD report the least form that has everything asked for.
    fn shape_tdx(&self, forgery: &mut QuoteForgery) -> Result<TeeTcb, ShapeError> {
        let any = |claims: &BTreeSet<String>, fields: &[Field]| fields.iter().any(|field| claims.contains(field.name));
        let version_asked = self.asked.contains("version");
        let extended = any(&self.asked, TDX15_EX);
        let current = extended
            || any(&self.asked, TDX15)
            || self.asked.contains("current_status") && !self.absent.contains("current_status");
        let parts = &mut forgery.quote;
        if current && !version_asked {
            parts.header[0] = 5;
        }
        let version = parts.header[0];
        let without = any(&self.absent, TDX15) || self.absent.contains("current_status");
        if current && (version == 4 || without) {
            let asked = self.asked.iter().map(String::as_str).filter(|claim| {
                let named = |fields: &[Field]| fields.iter().any(|field| field.name == *claim);
                named(TDX15) || named(TDX15_EX) || *claim == "current_status"
            });
            let because = "only a quote of version 5 with a TDX 1.5 report has it: set `version` to 5 and leave nothing of it `absent`";
            not_there(&self.asked, &asked.collect::<Vec<_>>(), because)?;
        }
        let form = match (version, extended) {
            (4, _) => TD10,
            (_, true) => TD15_EX,
            (_, false) if without => TD10,
            (_, false) => TD15,
        };
        if form == TD15_EX {
            let names: Vec<&str> = TDX15_EX.iter().map(|field| field.name).collect();
            not_there(
                &self.absent,
                &names,
                "what else was asked for makes the report one of the extended form, which has it",
            )?;
        }
        parts.body.truncate(form.1);
        if version == 5 {
            parts.body_descriptor = [&form.0.to_le_bytes()[..], &(form.1 as u32).to_le_bytes()].concat();
        }
        let launch: [u8; 16] = std::array::from_fn(|i| parts.body[i]);
        if form == TD10 {
            return Ok(TeeTcb { launch, current: None, ..self.tee(parts) });
        }
        if !self.asked.contains("tee_tcb_svn2") {
            parts.body.copy_within(0..16, TD10.1);
        }
        let current = std::array::from_fn(|i| parts.body[TD10.1 + i]);
        Ok(TeeTcb { launch, current: Some(current), ..self.tee(parts) })
    }

    /// What collateral must say of the TDX module of this report.
    fn tee(&self, parts: &crate::quote::QuoteParts) -> TeeTcb {
        TeeTcb {
            launch: [0; 16],
            current: None,
            signer: std::array::from_fn(|i| parts.body[64 + i]),
            attributes: std::array::from_fn(|i| parts.body[112 + i]),
        }
    }

    fn shape_sgx(&self, forgery: &mut QuoteForgery) -> Result<(), ShapeError> {
        let names: Vec<&str> = SGX_KSS.iter().map(|field| field.name).collect();
        if forgery.quote.body[48] >> KSS & 1 == 0 {
            not_there(
                &self.asked,
                &names,
                "only an enclave with key separation and sharing has it: set `attributes.kss` to true",
            )
        } else {
            not_there(&self.absent, &names, "an enclave with `attributes.kss` has it")
        }
    }
}

impl QuoteKind {
    fn header(self) -> [&'static [Field]; 2] {
        match self {
            QuoteKind::Tdx => [HEADER, &[]],
            QuoteKind::Sgx => [HEADER, SGX_HEADER],
        }
    }

    fn body(self) -> [&'static [Field]; 3] {
        match self {
            QuoteKind::Tdx => [TDX, TDX15, TDX15_EX],
            QuoteKind::Sgx => [SGX, SGX_KSS, &[]],
        }
    }

    /// The claims that not all quotes of this kind have.
    fn optional(self) -> [&'static [Field]; 2] {
        match self {
            QuoteKind::Tdx => [TDX15, TDX15_EX],
            QuoteKind::Sgx => [SGX_KSS, &[]],
        }
    }

    /// The name of the claim with the certificate's CPUSVN: a report of an enclave has one of its own.
    fn cpu_svn(self) -> &'static str {
        match self {
            QuoteKind::Tdx => "cpu_svn",
            QuoteKind::Sgx => "pck_cpu_svn",
        }
    }

    fn title(self) -> &'static str {
        match self {
            QuoteKind::Tdx => "a TDX quote",
            QuoteKind::Sgx => "an SGX quote",
        }
    }
}
