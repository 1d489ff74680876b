//! Policies of other systems as `.atbac`, and a list of what was and was not understood.
//!
//! An import never permits more than its source. What is not understood counts as false where it would help a permit and as true where it would
//! help a forbid (`condition`), and is said in a [`Finding`]; so the rest can be used, and what is missing is known.
//!
//! A guided tour, in the order a text travels:
//!
//! - `yaml`: YAML and JSON as a tree with places; `rego`: Rego, by the parser of `regorus`; `azure::rules`: Azure's claim rules.
//! - `agent`, `rego::resource`, `rego::appraisal`, `azure::attestation`, `azure::key_release`, `contrast`: what each format means.
//! - `claims`, `rego::reports`, `azure::claims`: which claim of a format is which claim of the standard library.
//! - `condition`: conditions while they are put together; `package`: what comes out, as text.
//! - `floors`: the strongest floors that the source's own conditions meet; `finish`: the package, checked by the compiler.
#![forbid(unsafe_code)]

mod agent;
mod azure;
mod claims;
mod condition;
mod contrast;
mod finding;
mod finish;
mod floors;
mod package;
mod refusal;
mod rego;
mod yaml;

pub use finding::{Code, Finding, Level, Place};
pub use refusal::Refusal;

use finding::Findings;

/// The most bytes of one source: 1 MiB. Azure takes attestation policies of at most 1 MiB; the others are smaller.
pub const MAX_SOURCE_BYTES: usize = 1024 * 1024;

/// The age that evidence may have where a format has none and the caller names none: 5 minutes, in milliseconds.
pub const DEFAULT_MAX_AGE: i64 = 5 * 60 * 1000;

/// The format of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The YAML of agent policies: `allowed_actions`, `tee_type`, `expected_mrenclave` and so on, with `access_control`.
    AgentPolicy,
    /// A resource policy of the Key Broker Service of Confidential Containers, in Rego.
    KbsPolicy,
    /// A policy of the Attestation Service of Confidential Containers, in Rego: it appraises evidence with EAR trust claims.
    AttestationPolicy,
    /// A policy of Azure Attestation, in its claim rules.
    AzureAttestation,
    /// A release policy of Azure Key Vault and Managed HSM, in JSON.
    AzureKeyRelease,
    /// A manifest of Edgeless Contrast, in JSON.
    ContrastManifest,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 6] = [
        Kind::AgentPolicy,
        Kind::KbsPolicy,
        Kind::AttestationPolicy,
        Kind::AzureAttestation,
        Kind::AzureKeyRelease,
        Kind::ContrastManifest,
    ];

    /// The word for it, as on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Kind::AgentPolicy => "agent-policy",
            Kind::KbsPolicy => "kbs",
            Kind::AttestationPolicy => "coco-as",
            Kind::AzureAttestation => "azure-attestation",
            Kind::AzureKeyRelease => "azure-skr",
            Kind::ContrastManifest => "contrast",
        }
    }
}

/// A file of the source, read by the caller.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name that findings and comments show.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// What the source does not say.
#[derive(Clone, Debug)]
pub struct Options {
    /// The package's name, such as `payments.approver`.
    pub package: String,
    /// The greatest age of evidence, in milliseconds; [`DEFAULT_MAX_AGE`] and a finding without it. No format has one.
    pub max_age: Option<i64>,
}

/// What came out.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The policy, in the canonical layout. It compiles.
    pub policy: String,
    /// A reference file (`atbac-references/1`) with the values that the source holds; absent where it holds none.
    pub references: Option<String>,
    /// What is to be known about it, by place.
    pub findings: Vec<Finding>,
}

impl Imported {
    /// Whether everything was understood. Where not, the policy permits less than the source.
    pub fn is_complete(&self) -> bool {
        self.findings.iter().all(|finding| finding.level() != Level::NotUnderstood)
    }
}

/// Imports a policy.
///
/// `sources` are the files of one policy: of a [`Kind::AttestationPolicy`] one in Rego, with any number of JSON objects of reference values beside
/// it; of a [`Kind::AgentPolicy`] one or more; of the others one.
///
/// # Errors
/// [`Refusal`] where the text is not of this format, is too large, or nothing that compiles comes of it.
pub fn import(kind: Kind, sources: &[Source], options: &Options) -> Result<Imported, Refusal> {
    for source in sources {
        if source.text.len() > MAX_SOURCE_BYTES {
            return Err(Refusal::TooLarge { file: source.name.clone(), bytes: source.text.len() });
        }
    }
    let mut findings = Findings::default();
    let max_age = finish::max_age(options)?;
    let package = match kind {
        Kind::AgentPolicy => agent::read(sources, &mut findings)?,
        Kind::KbsPolicy => rego::resource::read(only(sources)?, &max_age, &mut findings)?,
        Kind::AttestationPolicy => rego::appraisal::read(sources, &mut findings)?,
        Kind::AzureAttestation => azure::attestation::read(only(sources)?, &mut findings)?,
        Kind::AzureKeyRelease => azure::key_release::read(only(sources)?, &mut findings)?,
        Kind::ContrastManifest => contrast::read(only(sources)?, &mut findings)?,
    };
    finish::finish(package, options, &max_age, findings)
}

/// The one file of a format that has one.
fn only(sources: &[Source]) -> Result<&Source, Refusal> {
    match sources {
        [source] => Ok(source),
        _ => Err(Refusal::Files { found: sources.len(), expected: "one file" }),
    }
}
