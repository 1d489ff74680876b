//! The platform of a quote: its PCK certificate, and collateral that judges it as asked.
//!
//! Sources: Intel PCK certificate profile (the SGX extension), PCS version 4 (TCB Info and QE Identity).

use jiff::{Timestamp, ToSpan};
use serde_json::{Value as Json, json};

use super::error::{ShapeError, derived};
use super::value::{self, ABSENT};
use crate::der;
use crate::development::Window;
use crate::intel::{QuoteForgery, item};
use crate::x509::Extension;

/// The claims of a platform that can be set. The CPUSVN has another name in TDX than in SGX, and `current_status` is TDX's alone.
pub(super) const CLAIMS: &[&str] = &[
    "tcb_status",
    "platform_status",
    "qe_status",
    "tcb_date",
    "tcb_eval_data_number",
    "advisory_ids",
    "fmspc",
    "ppid",
    "platform_instance_id",
    "pce_svn",
    "sgx_type",
    "dynamic_platform",
    "cached_keys",
    "smt_enabled",
    "earliest_expiration",
    "expires_at",
    "root_crl_number",
    "pck_crl_number",
];

/// The statuses that TCB Info can give a platform.
const STATUSES: [&str; 7] = [
    "UpToDate",
    "SWHardeningNeeded",
    "ConfigurationNeeded",
    "ConfigurationAndSWHardeningNeeded",
    "OutOfDate",
    "OutOfDateConfigurationNeeded",
    "Revoked",
];

/// The statuses that QE Identity can give a quoting enclave.
const QE_STATUSES: [&str; 5] =
    ["UpToDate", "ConfigurationNeeded", "OutOfDate", "OutOfDateConfigurationNeeded", "Revoked"];

/// How a platform protects memory, by its encoding.
const SGX_TYPES: [&str; 3] = ["Standard", "Scalable", "ScalableWithIntegrity"];

/// What a verifier is to find of the platform.
#[derive(Debug, Clone)]
pub(super) struct Platform {
    status: &'static str,
    current_status: Option<&'static str>,
    qe_status: &'static str,
    tcb_date: Timestamp,
    evaluation: u64,
    advisories: Vec<String>,
    fmspc: [u8; 6],
    ppid: [u8; 16],
    instance: Option<[u8; 16]>,
    pce_svn: u16,
    pub(super) cpu_svn: [u8; 16],
    sgx_type: usize,
    /// Dynamic platform, cached keys, multithreading.
    configuration: [bool; 3],
    issued: Timestamp,
    expiration: Timestamp,
    root_crl_number: u64,
    pck_crl_number: u64,
}

/// The TCB of a TDX module, of which collateral must have levels.
pub(super) struct TeeTcb {
    /// At launch: `tee_tcb_svn`.
    pub(super) launch: [u8; 16],
    /// Now: `tee_tcb_svn2`, where the report has it.
    pub(super) current: Option<[u8; 16]>,
    pub(super) signer: [u8; 48],
    pub(super) attributes: [u8; 8],
}

impl Platform {
    /// One that is up to date.
    pub(super) fn good(window: &Window) -> Self {
        Self {
            status: "UpToDate",
            current_status: None,
            qe_status: "UpToDate",
            tcb_date: window.issued.checked_sub((90 * 24).hours()).unwrap(),
            evaluation: 20,
            advisories: vec![],
            fmspc: [0x00, 0xF0, 0x6F, 0, 0, 0],
            ppid: [0x99; 16],
            instance: Some([0x77; 16]),
            pce_svn: 11,
            cpu_svn: [2; 16],
            sgx_type: 1,
            configuration: [true, false, true],
            issued: window.issued,
            expiration: window.next,
            root_crl_number: 1,
            pck_crl_number: 1,
        }
    }

    /// Has the platform be as `text` says in the claim called `claim`; `evidence` is the kind of quote, for people.
    pub(super) fn set(&mut self, claim: &str, text: &str, evidence: &'static str) -> Result<(), ShapeError> {
        match claim {
            "tcb_status" if text.starts_with("TDRelaunchAdvised") => {
                return Err(derived(
                    claim,
                    "set `platform_status` to OutOfDate, `current_status` to UpToDate and a `tee_tcb_svn2` above `tee_tcb_svn`",
                ));
            }
            // The worst of the parts, of which the others are up to date unless they are set.
            "tcb_status" | "platform_status" => self.status = STATUSES[value::case(claim, text, &STATUSES)?],
            "qe_status" => self.qe_status = QE_STATUSES[value::case(claim, text, &QE_STATUSES)?],
            "tcb_date" => self.tcb_date = value::time(claim, text)?,
            "tcb_eval_data_number" => self.evaluation = value::integer(claim, text, 0, u32::MAX.into())?,
            "advisory_ids" => {
                self.advisories = text.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect()
            }
            "fmspc" => self.fmspc = value::bytes(claim, text)?,
            "ppid" => self.ppid = value::bytes(claim, text)?,
            "platform_instance_id" if text == ABSENT => self.instance = None,
            "platform_instance_id" => self.instance = Some(value::bytes(claim, text)?),
            "dynamic_platform" | "cached_keys" | "smt_enabled" if text == ABSENT => {
                return Err(derived(claim, "it goes with `platform_instance_id`: set that `absent`"));
            }
            "pce_svn" => self.pce_svn = value::integer(claim, text, 0, u16::MAX.into())? as u16,
            "sgx_type" => self.sgx_type = value::case(claim, text, &SGX_TYPES)?,
            "dynamic_platform" => self.configuration[0] = value::flag(claim, text)?,
            "cached_keys" => self.configuration[1] = value::flag(claim, text)?,
            "smt_enabled" => self.configuration[2] = value::flag(claim, text)?,
            "earliest_expiration" | "expires_at" => self.expiration = value::time(claim, text)?,
            "root_crl_number" => self.root_crl_number = value::integer(claim, text, 0, u32::MAX.into())?,
            "pck_crl_number" => self.pck_crl_number = value::integer(claim, text, 0, u32::MAX.into())?,
            _ => return Err(ShapeError::Unknown { claim: claim.into(), evidence }),
        }
        Ok(())
    }

    /// The status of a TDX platform as of now.
    pub(super) fn set_current_status(&mut self, claim: &str, text: &str) -> Result<(), ShapeError> {
        self.current_status = Some(STATUSES[value::case(claim, text, &STATUSES)?]);
        Ok(())
    }

    /// Puts certificate and collateral into a quote: with the TCB of its TDX module, where it is a TD's.
    pub(super) fn certify(&self, forgery: &mut QuoteForgery, tee: Option<TeeTcb>) -> Result<(), ShapeError> {
        forgery.pck_extension = self.pck_extension();
        forgery.tcb_info = self.tcb_info(tee.as_ref())?;
        let qe = &mut forgery.qe_identity;
        qe["issueDate"] = self.issued.to_string().into();
        qe["nextUpdate"] = self.expiration.to_string().into();
        qe["tcbEvaluationDataNumber"] = self.evaluation.into();
        qe["tcbLevels"][0]["tcbDate"] = self.tcb_date.to_string().into();
        qe["tcbLevels"][0]["tcbStatus"] = self.qe_status.into();
        for (crl, number) in
            [(&mut forgery.crls.root, self.root_crl_number), (&mut forgery.crls.pck, self.pck_crl_number)]
        {
            crl.next_update = Some(self.expiration);
            crl.extensions = vec![Extension::new("2.5.29.20", der::integer(&number.to_be_bytes()))];
        }
        Ok(())
    }

    fn pck_extension(&self) -> Vec<(&'static str, Vec<u8>)> {
        let mut tcb: Vec<_> =
            (1..).zip(self.cpu_svn).map(|(i, svn)| item(&format!("2.{i}"), der::integer(&[svn]))).collect();
        tcb.push(item("2.17", der::integer(&self.pce_svn.to_be_bytes())));
        tcb.push(item("2.18", der::octets(&self.cpu_svn)));
        let mut items = vec![
            ("1", der::octets(&self.ppid)),
            ("2", der::sequence(&tcb)),
            ("3", der::octets(&[0; 2])),
            ("4", der::octets(&self.fmspc)),
            ("5", der::enumerated(self.sgx_type as u8)),
        ];
        if let Some(instance) = self.instance {
            let flags = (1..).zip(self.configuration).map(|(i, flag)| item(&format!("7.{i}"), der::boolean(flag)));
            items.push(("6", der::octets(&instance)));
            items.push(("7", der::sequence(&flags.collect::<Vec<_>>())));
        }
        items
    }

    fn tcb_info(&self, tee: Option<&TeeTcb>) -> Result<Json, ShapeError> {
        let levels: Vec<Json> = match tee {
            None => vec![self.level(None, self.status)],
            Some(tee) => self.tdx_levels(tee)?,
        };
        let mut tcb_info = json!({
            "id": if tee.is_some() { "TDX" } else { "SGX" },
            "version": 3,
            "issueDate": self.issued.to_string(),
            "nextUpdate": self.expiration.to_string(),
            "fmspc": hex::encode(self.fmspc),
            "pceId": "0000",
            "tcbType": 0,
            "tcbEvaluationDataNumber": self.evaluation,
            "tcbLevels": levels,
        });
        if let Some(tee) = tee {
            tcb_info["tdxModule"] = tee.module();
            tcb_info["tdxModuleIdentities"] = tee.identities(&self.tcb_date.to_string());
        }
        Ok(tcb_info)
    }

    /// Levels that give the launch and the present the statuses asked for: one for both where they are the same.
    fn tdx_levels(&self, tee: &TeeTcb) -> Result<Vec<Json>, ShapeError> {
        let Some(current) = tee.current else {
            return Ok(vec![self.level(Some(tee.launch), self.status)]);
        };
        let current_status = self.current_status.unwrap_or(self.status);
        if current_status == self.status {
            let lower = std::array::from_fn(|i| tee.launch[i].min(current[i]));
            return Ok(vec![self.level(Some(lower), self.status)]);
        }
        // The first two are the module's, which has levels of its own.
        let components = || tee.launch.iter().zip(&current).skip(2);
        if components().any(|(launch, current)| current < launch)
            || components().all(|(launch, current)| current == launch)
        {
            let because = "it differs from `platform_status` only where `tee_tcb_svn2` is above `tee_tcb_svn` in some byte from the third on, and nowhere below";
            return Err(ShapeError::NotThere { claim: "current_status".into(), because });
        }
        Ok(vec![self.level(Some(current), current_status), self.level(Some(tee.launch), self.status)])
    }

    /// A level that a platform meets with exactly this TCB.
    fn level(&self, tee: Option<[u8; 16]>, status: &str) -> Json {
        let components = |svns: &[u8]| -> Json { svns.iter().map(|svn| json!({ "svn": svn })).collect() };
        let mut tcb = json!({ "sgxtcbcomponents": components(&self.cpu_svn), "pcesvn": self.pce_svn });
        if let Some(mut svns) = tee {
            svns[..2].fill(0);
            tcb["tdxtcbcomponents"] = components(&svns);
        }
        json!({
            "tcb": tcb,
            "tcbDate": self.tcb_date.to_string(),
            "tcbStatus": status,
            "advisoryIDs": self.advisories,
        })
    }
}

impl TeeTcb {
    fn module(&self) -> Json {
        json!({
            "mrsigner": hex::encode(self.signer),
            "attributes": hex::encode(self.attributes),
            "attributesMask": "FFFFFFFFFFFFFFFF",
        })
    }

    /// An identity for each version of the module there is, whose level all of them meet. Version 0 has none.
    fn identities(&self, tcb_date: &str) -> Json {
        let tcbs = || [Some(self.launch), self.current].into_iter().flatten();
        let versions: std::collections::BTreeSet<u8> =
            tcbs().map(|svn| svn[1]).filter(|version| *version != 0).collect();
        let identity = |version: u8| {
            let lowest = tcbs().filter(|svn| svn[1] == version).map(|svn| svn[0]).min();
            let mut identity = self.module();
            identity["id"] = format!("TDX_{version:02X}").into();
            identity["tcbLevels"] =
                json!([{ "tcb": { "isvsvn": lowest }, "tcbDate": tcb_date, "tcbStatus": "UpToDate" }]);
            identity
        };
        versions.into_iter().map(identity).collect()
    }
}
