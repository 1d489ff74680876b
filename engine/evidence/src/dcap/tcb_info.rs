//! TCB Info: what Intel asks for of the platforms of one model (PCS version 4, `GET /tcb`, and the same with `/tdx`).

use serde::Deserialize;

use super::fault::QuoteFault;
use super::json::{Date, Hex, Level, unless_left_out};
use super::judgement::Judgement;
use super::refusal::{QuoteRefusal, refused};
use super::tcb_status::TcbStatus;
use super::window::Window;
use crate::claim::EvidenceKind;

/// The version of TCB Info that has its components in lists. Version 2, of the interface that Intel withdrew, has not.
const VERSION: u32 = 3;

/// The type of TCB whose levels are compared component by component, the only one there is.
const TCB_TYPE: u32 = 0;

/// The statuses that Intel gives to a platform and to a TDX module.
const PLATFORM_STATUSES: [TcbStatus; 7] = [
    TcbStatus::UpToDate,
    TcbStatus::SWHardeningNeeded,
    TcbStatus::ConfigurationNeeded,
    TcbStatus::ConfigurationAndSWHardeningNeeded,
    TcbStatus::OutOfDate,
    TcbStatus::OutOfDateConfigurationNeeded,
    TcbStatus::Revoked,
];
const MODULE_STATUSES: [TcbStatus; 3] = [TcbStatus::UpToDate, TcbStatus::OutOfDate, TcbStatus::Revoked];

/// TCB Info, typed. All of it was read, not only what one platform needs.
#[derive(Debug)]
pub(super) struct TcbInfo {
    /// What it is for: TDX or SGX.
    pub(super) kind: EvidenceKind,
    /// The model.
    pub(super) fmspc: [u8; 6],
    /// The provisioning enclave.
    pub(super) pce_id: [u8; 2],
    /// The number of Intel's evaluation that it comes from.
    pub(super) evaluation: u32,
    /// From when to when it holds.
    pub(super) window: Window,
    /// The levels, the highest first.
    levels: Vec<Level<Tcb>>,
    /// The TDX modules, where it is for TDX.
    modules: Option<Modules>,
}

/// The TDX modules that Intel vouches for.
#[derive(Debug)]
struct Modules {
    /// The one without a version.
    base: Module,
    /// Those with one.
    versions: Vec<VersionedModule>,
}

/// The modules of one version.
#[derive(Debug)]
struct VersionedModule {
    version: u8,
    identity: Module,
    /// The levels, in the order in which Intel gives them: the highest first.
    levels: Vec<Level<IsvSvn>>,
}

/// What a platform has, to be compared with what Intel asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlatformTcb {
    /// The security versions of the 16 SGX components.
    pub(super) components: [u8; 16],
    /// That of the provisioning certification enclave.
    pub(super) pce_svn: u16,
}

/// What a level asks for, in the order in which levels are sorted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Tcb {
    #[serde(rename = "sgxtcbcomponents")]
    sgx: [Component; 16],
    pcesvn: u16,
    #[serde(rename = "tdxtcbcomponents", default, deserialize_with = "unless_left_out")]
    tdx: Option<[Component; 16]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Component {
    svn: u8,
}

/// How a TDX module is signed and set up.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Module {
    mrsigner: Hex<48>,
    attributes: Hex<8>,
    attributes_mask: Hex<8>,
}

/// How the modules of one version are signed and set up; its name is `TDX_` and the version in two hexadecimal digits.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ModuleIdentity {
    id: String,
    mrsigner: Hex<48>,
    attributes: Hex<8>,
    attributes_mask: Hex<8>,
    tcb_levels: Vec<Level<IsvSvn>>,
}

/// The security version of a TDX module.
#[derive(Debug, Clone, Deserialize)]
struct IsvSvn {
    isvsvn: u8,
}

/// What is read of the text that Intel signs, once its form is known.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    issue_date: Date,
    next_update: Date,
    fmspc: Hex<6>,
    pce_id: Hex<2>,
    tcb_evaluation_data_number: u32,
    tcb_levels: Vec<Level<Tcb>>,
    #[serde(default, deserialize_with = "unless_left_out")]
    tdx_module: Option<Module>,
    #[serde(default)]
    tdx_module_identities: Vec<ModuleIdentity>,
}

impl TcbInfo {
    /// Reads a text that Intel signed.
    pub(super) fn read(text: &str) -> Result<Self, QuoteRefusal> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Form {
            id: String,
            version: u32,
            tcb_type: u32,
        }
        let malformed = |reason: &dyn std::fmt::Display| {
            refused(QuoteFault::CollateralMalformed, format_args!("TCB Info: {reason}"))
        };
        let unsupported = |detail| refused(QuoteFault::CollateralUnsupported, detail);
        let form: Form = serde_json::from_str(text).map_err(|error| malformed(&error))?;
        if form.version != VERSION {
            return Err(unsupported(format!("TCB Info has the version {}; known is {VERSION}", form.version)));
        }
        if form.tcb_type != TCB_TYPE {
            return Err(unsupported(format!("TCB Info has the type {}; known is {TCB_TYPE}", form.tcb_type)));
        }
        let kind = match form.id.as_str() {
            "TDX" => EvidenceKind::Tdx,
            "SGX" => EvidenceKind::Sgx,
            other => return Err(unsupported(format!("TCB Info is for `{other}`; known are SGX and TDX"))),
        };

        let content: Content = serde_json::from_str(text).map_err(|error| malformed(&error))?;
        let mut levels = content.tcb_levels;
        for level in &levels {
            level.check_status(&PLATFORM_STATUSES).map_err(|reason| malformed(&reason))?;
        }
        let modules = if kind == EvidenceKind::Tdx {
            if levels.iter().any(|level| level.tcb.tdx.is_none()) {
                return Err(malformed(&"a level has no TDX components"));
            }
            let base = content.tdx_module.ok_or_else(|| malformed(&"it describes no TDX module"))?;
            let versions = content.tdx_module_identities.into_iter().map(VersionedModule::read);
            let versions = versions.collect::<Result<_, _>>().map_err(|reason| malformed(&reason))?;
            Some(Modules { base, versions })
        } else {
            None
        };
        // Intel's library sorts the levels as well, and takes the first that a platform meets.
        levels.sort_by(|one, other| other.tcb.cmp(&one.tcb));
        Ok(Self {
            kind,
            fmspc: content.fmspc.0,
            pce_id: content.pce_id.0,
            evaluation: content.tcb_evaluation_data_number,
            window: Window::of(content.issue_date.0, content.next_update.0),
            levels,
            modules,
        })
    }

    /// Intel's judgement of a platform that runs an enclave.
    pub(super) fn judge_sgx(&self, platform: &PlatformTcb) -> Result<Judgement<'_>, QuoteRefusal> {
        self.judge(platform, |_| true)
    }

    /// Intel's judgement of a platform together with the TDX module of `tee_tcb_svn`: the module's security version and version, the
    /// loader's, and others.
    ///
    /// Where the module has a version, its levels are its own: those of the platform say nothing of the two (PCS version 4, TCB Info,
    /// `tdxModuleIdentities`).
    pub(super) fn judge_tdx(
        &self,
        platform: &PlatformTcb,
        tee_tcb_svn: &[u8; 16],
    ) -> Result<Judgement<'_>, QuoteRefusal> {
        let [isv_svn, version, ..] = *tee_tcb_svn;
        let first = if version == 0 { 0 } else { 2 };
        let judgement = self.judge(platform, |tcb| {
            let asked = tcb.tdx.iter().flatten();
            tee_tcb_svn.iter().zip(asked).skip(first).all(|(svn, asked)| *svn >= asked.svn)
        })?;
        let Some(module) = self.modules()?.versioned(version)? else {
            return Ok(judgement);
        };
        let level = module.levels.iter().find(|level| isv_svn >= level.tcb.isvsvn).ok_or_else(|| {
            let detail = format!("the module of version {version} has the security version {isv_svn}");
            refused(QuoteFault::TdxModuleUnsupported, detail)
        })?;
        Ok(judgement.and(&level.judgement()))
    }

    /// Checks that the TDX module of `tee_tcb_svn` is signed and set up as Intel says.
    pub(super) fn check_module(
        &self,
        tee_tcb_svn: &[u8; 16],
        signer: &[u8; 48],
        attributes: &[u8; 8],
    ) -> Result<(), QuoteRefusal> {
        let modules = self.modules()?;
        let expected = modules.versioned(tee_tcb_svn[1])?.map_or(&modules.base, |module| &module.identity);
        if *signer != expected.mrsigner.0 {
            let detail = format!("its signer is `{}`", hex::encode(signer));
            return Err(refused(QuoteFault::TdxModule, detail));
        }
        let [found, value, mask] =
            [*attributes, expected.attributes.0, expected.attributes_mask.0].map(u64::from_le_bytes);
        // What Intel does not speak of must not be set.
        if found != value & mask {
            let detail = format!("its attributes are {found:#x}; expected {:#x}", value & mask);
            return Err(refused(QuoteFault::TdxModule, detail));
        }
        Ok(())
    }

    fn judge(&self, platform: &PlatformTcb, tdx: impl Fn(&Tcb) -> bool) -> Result<Judgement<'_>, QuoteRefusal> {
        let met = |level: &&Level<Tcb>| {
            let sgx = platform.components.iter().zip(&level.tcb.sgx).all(|(svn, asked)| *svn >= asked.svn);
            sgx && platform.pce_svn >= level.tcb.pcesvn && tdx(&level.tcb)
        };
        let level = self.levels.iter().find(met).ok_or_else(|| {
            let components = hex::encode(platform.components);
            let detail = format!("it has the components {components} and PCESVN {}", platform.pce_svn);
            refused(QuoteFault::TcbLevel, detail)
        })?;
        Ok(level.judgement())
    }

    /// The modules, which TCB Info for TDX has.
    fn modules(&self) -> Result<&Modules, QuoteRefusal> {
        self.modules.as_ref().ok_or_else(|| refused(QuoteFault::CollateralKind, "TCB Info is for SGX"))
    }
}

impl Modules {
    /// The modules of `version`; nothing for version 0, of which there is one module only.
    fn versioned(&self, version: u8) -> Result<Option<&VersionedModule>, QuoteRefusal> {
        if version == 0 {
            return Ok(None);
        }
        let found = self.versions.iter().find(|module| module.version == version);
        found.map(Some).ok_or_else(|| {
            refused(QuoteFault::TdxModuleUnsupported, format_args!("there is no identity `TDX_{version:02X}`"))
        })
    }
}

impl VersionedModule {
    fn read(identity: ModuleIdentity) -> Result<Self, String> {
        let version = identity
            .id
            .strip_prefix("TDX_")
            .filter(|digits| digits.len() == 2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .ok_or_else(|| format!("the module identity `{}` is not `TDX_` and two hexadecimal digits", identity.id))?;
        for level in &identity.tcb_levels {
            level.check_status(&MODULE_STATUSES)?;
        }
        let ModuleIdentity { mrsigner, attributes, attributes_mask, tcb_levels, .. } = identity;
        Ok(Self { version, identity: Module { mrsigner, attributes, attributes_mask }, levels: tcb_levels })
    }
}
