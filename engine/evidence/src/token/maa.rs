//! Microsoft Azure Attestation: what Azure concluded about an SGX enclave, an SEV-SNP guest or a TDX guest.
//!
//! A token speaks of its environment directly, or, for a confidential virtual machine that attests as a whole (`azurevm`), in the member
//! `x-ms-isolation-tee`. Tokens of before 2021 have other names for the claims of SGX, which newer ones repeat: they are read where the
//! new ones are absent.
//!
//! `x-ms-runtime` is what the environment wrote, passed on by Azure. Of compliant virtual machines Azure's paravisor wrote it; of all others it
//! proves nothing but what the environment chose to say.
//!
//! Sources: Microsoft, "Azure Attestation: Claim sets", "EAT profile for Intel TDX", "Examples of an attestation token".

use jiff::Timestamp;

use super::authority::{Audience, Authority, Issuer, Kind, Lifetime, Nonce, Opened};
use super::json::{Base64Url, FromJson, Hex, Members};
use super::jwks::TrustedKeys;
use super::refusal::TokenRefusal;
use crate::claim::{Claim, Claims, EvidenceKind};
use crate::refusal::Refusal;
use crate::verified::Verified;

/// The compliance status of virtual machines that Azure's own paravisor runs.
const COMPLIANT: &str = "azure-compliant-cvm";

const KIND: Kind = Kind { media_types: &["jwt"], only_parameters: None, ends_by_itself: false };

/// Verifies tokens of one attestation provider of Azure's.
#[derive(Debug, Clone)]
pub struct Verifier {
    authority: Authority,
}

/// A token and the nonce it must answer.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The token, in compact form.
    pub token: &'a [u8],
    /// The nonce it must answer, as the bytes of its text: `nonce`, or where that is absent the member `nonce` of
    /// `x-ms-runtime.client-payload`.
    pub nonce: Nonce<'a>,
}

/// What Azure says of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Maa {
    /// The provider, as a URL (`iss`).
    pub issuer: String,
    /// What Azure says of its compliance, such as `azure-compliant-cvm` (`x-ms-compliance-status`).
    pub compliance_status: Option<String>,
    /// SHA-256 of the policy that the provider applied (`x-ms-policy-hash`).
    pub policy_hash: Option<Vec<u8>>,
    /// The nonce, as text.
    pub nonce: Option<String>,
    /// Whether the virtual machine started securely: `secure-boot` of `x-ms-runtime.vm-configuration`, of compliant machines only; or `secureboot`
    /// of a machine that attests as a whole.
    pub secure_boot: Option<bool>,
    /// The virtual machine's identity (`vmUniqueId` of `x-ms-runtime.vm-configuration`, of compliant machines only).
    pub vm_unique_id: Option<String>,
    /// Whether the environment can be debugged.
    pub debuggable: bool,
    /// The report data. Tokens of before 2021 have none.
    pub report_data: Option<[u8; 64]>,
    /// The environment.
    pub environment: Environment,
    /// When the token was signed.
    pub issued_at: Timestamp,
}

/// The claims that depend on the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Environment {
    /// An SGX enclave.
    Sgx(Sgx),
    /// An SEV-SNP guest.
    Snp(Snp),
    /// A TDX guest.
    Tdx(Box<Tdx>),
}

/// Claims of an enclave (`x-ms-sgx-…`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sgx {
    /// The enclave's measurement.
    pub mrenclave: [u8; 32],
    /// The digest of its signer's key.
    pub mrsigner: [u8; 32],
    /// The product, among the signer's.
    pub product_id: i64,
    /// The enclave's security version.
    pub svn: i64,
}

/// Claims of an SEV-SNP guest (`x-ms-sevsnpvm-…`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snp {
    /// The launch measurement.
    pub launch_measurement: [u8; 48],
    /// The digest of the key that signed the ID block.
    pub id_key_digest: [u8; 48],
    /// The digest of the key that signed that key.
    pub author_key_digest: [u8; 48],
    /// What the host set at launch.
    pub host_data: [u8; 32],
    /// The guest's report id.
    pub report_id: [u8; 32],
    /// The guest's security version.
    pub guest_svn: i64,
    /// The privilege level that asked for the report.
    pub vmpl: i64,
    /// Whether a migration agent may move the guest.
    pub migration_allowed: bool,
    /// Whether two hardware threads may share a core.
    pub smt_allowed: bool,
    /// The security version of the boot loader.
    pub bootloader_svn: i64,
    /// The security version of the secure processor's system.
    pub tee_svn: i64,
    /// The security version of the SNP firmware.
    pub snpfw_svn: i64,
    /// The microcode's version.
    pub microcode_svn: i64,
}

/// Claims of a TDX guest (`tdx_…`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tdx {
    /// The measurement of the guest's first contents.
    pub mrtd: [u8; 48],
    /// The runtime measurement registers.
    pub rtmr: [[u8; 48]; 4],
    /// The measurement of the TDX module.
    pub mrseam: [u8; 48],
    /// The digest of its signer's key, zero for Intel.
    pub mrsignerseam: [u8; 48],
    /// What the host set at launch: configuration.
    pub mrconfigid: [u8; 48],
    /// What the host set at launch: owner.
    pub mrowner: [u8; 48],
    /// The guest's attributes.
    pub td_attributes: [u8; 8],
    /// The security versions of the TDX module.
    pub tee_tcb_svn: [u8; 16],
    /// Intel's verdict on the platform, where Azure passes it on (`attester_tcb_status`).
    pub tcb_status: Option<String>,
}

impl Verifier {
    /// Takes tokens of the provider `issuer`, such as `https://sharedeus.eus.attest.azure.net`, signed by `keys`: those it publishes.
    #[must_use]
    pub fn new(issuer: &str, keys: TrustedKeys, lifetime: Lifetime) -> Self {
        Self { authority: Authority { issuer: Issuer::Named(issuer.to_owned()), keys, lifetime } }
    }

    /// Verifies `evidence` at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<Verified<Maa>, Refusal> {
        let opened = self.authority.open(evidence.token, KIND, Audience::NotNamed, now)?;
        let content = Maa::read(&opened)?;
        evidence.nonce.check(content.nonce.as_deref().map(str::as_bytes))?;
        Ok(Verified::new(content, now, opened.expires_at, opened.trust_root))
    }
}

impl Maa {
    fn read(opened: &Opened) -> Result<Self, TokenRefusal> {
        const TYPE: &str = "x-ms-attestation-type";
        let token = opened.members();
        let outer: &str = either(&token, TYPE, "tee")?;
        let whole_machine = outer == "azurevm";
        let (tee, kind) = if whole_machine {
            let inner = token.inner("x-ms-isolation-tee")?;
            let kind: &str = inner.get(TYPE)?;
            (inner, kind)
        } else {
            (token.clone(), outer)
        };
        let (environment, debuggable, report_data) = match kind {
            "sgx" => (
                Environment::Sgx(Sgx::read(&tee)?),
                either(&tee, "x-ms-sgx-is-debuggable", "is-debuggable")?,
                tee.find("x-ms-sgx-report-data")?,
            ),
            "sevsnpvm" => (
                Environment::Snp(Snp::read(&tee)?),
                tee.get("x-ms-sevsnpvm-is-debuggable")?,
                Some(tee.get("x-ms-sevsnpvm-reportdata")?),
            ),
            "tdxvm" => (
                Environment::Tdx(Box::new(Tdx::read(&tee)?)),
                tee.get("tdx_td_attributes_debug")?,
                Some(tee.get("tdx_report_data")?),
            ),
            other => return Err(tee.wrong(TYPE, format_args!("`{other}`"), "`sgx`, `sevsnpvm` or `tdxvm`")),
        };
        let compliance_status: Option<String> = tee.find("x-ms-compliance-status")?;
        let paravisor_speaks = match environment {
            Environment::Snp(_) | Environment::Tdx(_) => compliance_status.as_deref() == Some(COMPLIANT),
            Environment::Sgx(_) => false,
        };
        let vm = match tee.find_inner("x-ms-runtime")? {
            Some(runtime) if paravisor_speaks => runtime.find_inner("vm-configuration")?,
            Some(_) | None => None,
        };
        let (secure_boot, vm_unique_id) = match vm {
            Some(vm) => (vm.find("secure-boot")?, vm.find("vmUniqueId")?),
            None => (None, None),
        };
        Ok(Self {
            issuer: token.get("iss")?,
            compliance_status,
            policy_hash: token.find("x-ms-policy-hash")?.map(|Base64Url(hash)| hash),
            nonce: nonce(&token)?,
            secure_boot: match secure_boot {
                Some(secure) => Some(secure),
                None if whole_machine => token.find("secureboot")?,
                None => None,
            },
            vm_unique_id,
            debuggable,
            report_data: report_data.map(|Hex(bytes)| bytes),
            environment,
            issued_at: opened.issued_at,
        })
    }
}

fn nonce(token: &Members<'_>) -> Result<Option<String>, TokenRefusal> {
    if let Some(nonce) = token.find("nonce")? {
        return Ok(Some(nonce));
    }
    let Some(runtime) = token.find_inner("x-ms-runtime")? else {
        return Ok(None);
    };
    match runtime.find_inner("client-payload")? {
        Some(payload) => payload.find("nonce"),
        None => Ok(None),
    }
}

/// A claim by its name, or by the one of before 2021.
fn either<'a, T: FromJson<'a>>(members: &Members<'a>, name: &str, former: &str) -> Result<T, TokenRefusal> {
    match members.find(former)? {
        Some(value) if !members.has(name) => Ok(value),
        Some(_) | None => members.get(name),
    }
}

fn hex<const N: usize>(members: &Members<'_>, name: &str) -> Result<[u8; N], TokenRefusal> {
    members.get(name).map(|Hex(bytes)| bytes)
}

impl Sgx {
    fn read(tee: &Members<'_>) -> Result<Self, TokenRefusal> {
        let Hex(mrenclave) = either(tee, "x-ms-sgx-mrenclave", "sgx-mrenclave")?;
        let Hex(mrsigner) = either(tee, "x-ms-sgx-mrsigner", "sgx-mrsigner")?;
        Ok(Self {
            mrenclave,
            mrsigner,
            product_id: either(tee, "x-ms-sgx-product-id", "product-id")?,
            svn: either(tee, "x-ms-sgx-svn", "svn")?,
        })
    }
}

impl Snp {
    fn read(tee: &Members<'_>) -> Result<Self, TokenRefusal> {
        Ok(Self {
            launch_measurement: hex(tee, "x-ms-sevsnpvm-launchmeasurement")?,
            id_key_digest: hex(tee, "x-ms-sevsnpvm-idkeydigest")?,
            author_key_digest: hex(tee, "x-ms-sevsnpvm-authorkeydigest")?,
            host_data: hex(tee, "x-ms-sevsnpvm-hostdata")?,
            report_id: hex(tee, "x-ms-sevsnpvm-reportid")?,
            guest_svn: tee.get("x-ms-sevsnpvm-guestsvn")?,
            vmpl: tee.get("x-ms-sevsnpvm-vmpl")?,
            migration_allowed: tee.get("x-ms-sevsnpvm-migration-allowed")?,
            smt_allowed: tee.get("x-ms-sevsnpvm-smt-allowed")?,
            bootloader_svn: tee.get("x-ms-sevsnpvm-bootloader-svn")?,
            tee_svn: tee.get("x-ms-sevsnpvm-tee-svn")?,
            snpfw_svn: tee.get("x-ms-sevsnpvm-snpfw-svn")?,
            microcode_svn: tee.get("x-ms-sevsnpvm-microcode-svn")?,
        })
    }
}

impl Tdx {
    fn read(tee: &Members<'_>) -> Result<Self, TokenRefusal> {
        Ok(Self {
            mrtd: hex(tee, "tdx_mrtd")?,
            rtmr: [hex(tee, "tdx_rtmr0")?, hex(tee, "tdx_rtmr1")?, hex(tee, "tdx_rtmr2")?, hex(tee, "tdx_rtmr3")?],
            mrseam: hex(tee, "tdx_mrseam")?,
            mrsignerseam: hex(tee, "tdx_mrsignerseam")?,
            mrconfigid: hex(tee, "tdx_mrconfigid")?,
            mrowner: hex(tee, "tdx_mrowner")?,
            td_attributes: hex(tee, "tdx_td_attributes")?,
            tee_tcb_svn: hex(tee, "tdx_tee_tcb_svn")?,
            tcb_status: tee.find("attester_tcb_status")?,
        })
    }
}

impl Environment {
    /// The name as a claim's case.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Environment::Sgx(_) => "sgx",
            Environment::Snp(_) => "sev_snp",
            Environment::Tdx(_) => "tdx",
        }
    }
}

/// The claims of all environments are there in every token; those of the others are absent.
impl Claims for Maa {
    const KIND: EvidenceKind = EvidenceKind::Maa;

    fn claims(&self) -> Vec<(&'static str, Claim)> {
        let (sgx, snp, tdx) = match &self.environment {
            Environment::Sgx(sgx) => (Some(sgx), None, None),
            Environment::Snp(snp) => (None, Some(snp), None),
            Environment::Tdx(tdx) => (None, None, Some(&**tdx)),
        };
        let text = |text: &Option<String>| Claim::optional(text.clone(), Claim::Text);
        let int = |number: Option<i64>| Claim::optional(number, Claim::Int);
        let flag = |flag: Option<bool>| Claim::optional(flag, Claim::Bool);
        let bytes = |bytes: Option<&[u8]>| Claim::optional(bytes, Claim::bytes);
        vec![
            ("issuer", Claim::Text(self.issuer.clone())),
            ("tee", Claim::Case(self.environment.name())),
            ("compliance_status", text(&self.compliance_status)),
            ("policy_hash", bytes(self.policy_hash.as_deref())),
            ("nonce", text(&self.nonce)),
            ("secure_boot", flag(self.secure_boot)),
            ("vm_unique_id", text(&self.vm_unique_id)),
            ("debuggable", Claim::Bool(self.debuggable)),
            ("report_data", bytes(self.report_data.as_ref().map(|data| data.as_slice()))),
            ("sgx_mrenclave", bytes(sgx.map(|sgx| sgx.mrenclave.as_slice()))),
            ("sgx_mrsigner", bytes(sgx.map(|sgx| sgx.mrsigner.as_slice()))),
            ("sgx_product_id", int(sgx.map(|sgx| sgx.product_id))),
            ("sgx_svn", int(sgx.map(|sgx| sgx.svn))),
            ("snp_launch_measurement", bytes(snp.map(|snp| snp.launch_measurement.as_slice()))),
            ("snp_id_key_digest", bytes(snp.map(|snp| snp.id_key_digest.as_slice()))),
            ("snp_author_key_digest", bytes(snp.map(|snp| snp.author_key_digest.as_slice()))),
            ("snp_host_data", bytes(snp.map(|snp| snp.host_data.as_slice()))),
            ("snp_report_id", bytes(snp.map(|snp| snp.report_id.as_slice()))),
            ("snp_guest_svn", int(snp.map(|snp| snp.guest_svn))),
            ("snp_vmpl", int(snp.map(|snp| snp.vmpl))),
            ("snp_migration_allowed", flag(snp.map(|snp| snp.migration_allowed))),
            ("snp_smt_allowed", flag(snp.map(|snp| snp.smt_allowed))),
            ("snp_bootloader_svn", int(snp.map(|snp| snp.bootloader_svn))),
            ("snp_tee_svn", int(snp.map(|snp| snp.tee_svn))),
            ("snp_snpfw_svn", int(snp.map(|snp| snp.snpfw_svn))),
            ("snp_microcode_svn", int(snp.map(|snp| snp.microcode_svn))),
            ("tdx_mrtd", bytes(tdx.map(|tdx| tdx.mrtd.as_slice()))),
            ("tdx_rtmr0", bytes(tdx.map(|tdx| tdx.rtmr[0].as_slice()))),
            ("tdx_rtmr1", bytes(tdx.map(|tdx| tdx.rtmr[1].as_slice()))),
            ("tdx_rtmr2", bytes(tdx.map(|tdx| tdx.rtmr[2].as_slice()))),
            ("tdx_rtmr3", bytes(tdx.map(|tdx| tdx.rtmr[3].as_slice()))),
            ("tdx_mrseam", bytes(tdx.map(|tdx| tdx.mrseam.as_slice()))),
            ("tdx_mrsignerseam", bytes(tdx.map(|tdx| tdx.mrsignerseam.as_slice()))),
            ("tdx_mrconfigid", bytes(tdx.map(|tdx| tdx.mrconfigid.as_slice()))),
            ("tdx_mrowner", bytes(tdx.map(|tdx| tdx.mrowner.as_slice()))),
            ("tdx_td_attributes", bytes(tdx.map(|tdx| tdx.td_attributes.as_slice()))),
            ("tdx_tee_tcb_svn", bytes(tdx.map(|tdx| tdx.tee_tcb_svn.as_slice()))),
            ("tdx_tcb_status", text(&tdx.and_then(|tdx| tdx.tcb_status.clone()))),
            ("issued_at", Claim::Time(self.issued_at)),
        ]
    }
}
