//! The value tree that every verifier produces: what was proven, as plain data.
//!
//! A verified report is a typed structure ([`crate::snp::Snp`], [`crate::dcap::Tdx`], [`crate::dcap::Sgx`], [`crate::gpu::Gpu`]); its claims
//! are the same facts under the names that policies use. The tree knows nothing of policies: whoever reads it maps it
//! to a schema of its own.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};

/// One claim value, or a record of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// The evidence has no such value (an older report version, another kind of signer). Never "not looked at".
    Absent,
    /// A flag.
    Bool(bool),
    /// A number. Every counter and version number in the formats fits; 64-bit vectors are [`Claim::Bytes`].
    Int(i64),
    /// Text that the signer chose, such as a cloud provider's id.
    Text(String),
    /// The name of one case of an enumeration that the vendor's specification defines.
    Case(&'static str),
    /// A byte string in the order in which the evidence has it.
    Bytes(Vec<u8>),
    /// An instant.
    Time(Timestamp),
    /// A three-part version.
    Version {
        /// The first part.
        major: u32,
        /// The second part.
        minor: u32,
        /// The third part; AMD calls it the build.
        patch: u32,
    },
    /// The components of a trusted computing base, each with its security patch level. Compare them one by one, never as a number.
    Tcb(Vec<(&'static str, u8)>),
    /// A set of texts.
    TextSet(BTreeSet<String>),
    /// A list of claims of one type, in the order of the evidence.
    List(Vec<Claim>),
    /// Named claims, in the order of the evidence's layout.
    Record(Vec<(&'static str, Claim)>),
}

impl Claim {
    /// The claim called `name`, where this is a record that has one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Claim> {
        let Claim::Record(fields) = self else {
            return None;
        };
        fields.iter().find(|(field, _)| *field == name).map(|(_, claim)| claim)
    }

    /// A byte string.
    pub(crate) fn bytes(bytes: &[u8]) -> Claim {
        Claim::Bytes(bytes.to_vec())
    }

    /// The claim that `value` makes, or [`Claim::Absent`].
    pub(crate) fn optional<T>(value: Option<T>, claim: impl FnOnce(T) -> Claim) -> Claim {
        value.map_or(Claim::Absent, claim)
    }

    /// A record of the flags that have names, and `raw`: all bits of the field, for those that have none.
    pub(crate) fn flags(flags: &[(&'static str, bool)], raw: &[u8]) -> Claim {
        let named = flags.iter().map(|(name, set)| (*name, Claim::Bool(*set)));
        Claim::Record(named.chain([("raw", Claim::bytes(raw))]).collect())
    }
}

/// As JSON: bytes in lowercase hexadecimal, times in RFC 3339, versions as `"1.52.4"`, sets as sorted arrays, lists as arrays,
/// absent as null.
impl Serialize for Claim {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Claim::Absent => serializer.serialize_none(),
            Claim::Bool(value) => serializer.serialize_bool(*value),
            Claim::Int(value) => serializer.serialize_i64(*value),
            Claim::Text(text) => serializer.serialize_str(text),
            Claim::Case(case) => serializer.serialize_str(case),
            Claim::Bytes(bytes) => serializer.serialize_str(&hex::encode(bytes)),
            Claim::Time(time) => serializer.collect_str(time),
            Claim::Version { major, minor, patch } => serializer.collect_str(&format_args!("{major}.{minor}.{patch}")),
            Claim::Tcb(components) => map(serializer, components.len(), components.iter().copied()),
            Claim::TextSet(set) => serializer.collect_seq(set),
            Claim::List(claims) => serializer.collect_seq(claims),
            Claim::Record(fields) => map(serializer, fields.len(), fields.iter().map(|(name, claim)| (*name, claim))),
        }
    }
}

fn map<S: Serializer, V: Serialize>(
    serializer: S,
    len: usize,
    entries: impl Iterator<Item = (&'static str, V)>,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(len))?;
    for (name, value) in entries {
        map.serialize_entry(name, &value)?;
    }
    map.end()
}

/// The kinds of evidence that this crate verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EvidenceKind {
    /// AMD SEV-SNP attestation reports.
    Snp,
    /// Intel TDX quotes.
    Tdx,
    /// Intel SGX quotes.
    Sgx,
    /// Reports of NVIDIA's GPUs.
    NvidiaGpu,
    /// Reports of NVIDIA's switches.
    NvidiaSwitch,
    /// EAT Attestation Results.
    Ear,
    /// Bundles of NVIDIA's Remote Attestation Service.
    Nras,
    /// Tokens of Microsoft Azure Attestation.
    Maa,
    /// Tokens of Google Cloud's Confidential Space.
    ConfidentialSpace,
    /// SPIFFE identities as tokens.
    JwtSvid,
    /// SPIFFE identities as certificates.
    X509Svid,
}

impl EvidenceKind {
    /// The short name, such as `snp` or `jwt-svid`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            EvidenceKind::Snp => "snp",
            EvidenceKind::Tdx => "tdx",
            EvidenceKind::Sgx => "sgx",
            EvidenceKind::NvidiaGpu => "nvidia-gpu",
            EvidenceKind::NvidiaSwitch => "nvidia-switch",
            EvidenceKind::Ear => "ear",
            EvidenceKind::Nras => "nras",
            EvidenceKind::Maa => "maa",
            EvidenceKind::ConfidentialSpace => "confidential-space",
            EvidenceKind::JwtSvid => "jwt-svid",
            EvidenceKind::X509Svid => "x509-svid",
        }
    }

    /// The name by which a schema says that this kind's verifier makes it, such as `sev-snp`. The one place where the two are set side by side.
    #[must_use]
    pub const fn verifier(self) -> &'static str {
        match self {
            EvidenceKind::Snp => "sev-snp",
            EvidenceKind::Tdx => "tdx",
            EvidenceKind::Sgx => "sgx",
            EvidenceKind::NvidiaGpu => "nvidia-gpu",
            EvidenceKind::NvidiaSwitch => "nvidia-switch",
            EvidenceKind::Ear => "ear",
            EvidenceKind::Nras => "nras",
            EvidenceKind::Maa => "azure-maa",
            EvidenceKind::ConfidentialSpace => "confidential-space",
            EvidenceKind::JwtSvid => "jwt-svid",
            EvidenceKind::X509Svid => "x509-svid",
        }
    }
}

/// Evidence whose content can be read as claims.
pub trait Claims {
    /// What kind of evidence this is.
    const KIND: EvidenceKind;

    /// The claims, as a [`Claim::Record`] in the order of the evidence's layout.
    fn claims(&self) -> Vec<(&'static str, Claim)>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serialises_as_documented() {
        let claims = Claim::Record(vec![
            ("absent", Claim::Absent),
            ("bool", Claim::Bool(true)),
            ("int", Claim::Int(4_294_967_295)),
            ("text", Claim::Text("a \"b\"".into())),
            ("case", Claim::Case("Milan")),
            ("bytes", Claim::bytes(&[0x0A, 0xFF])),
            ("time", Claim::Time(Timestamp::UNIX_EPOCH)),
            ("version", Claim::Version { major: 1, minor: 52, patch: 4 }),
            ("tcb", Claim::Tcb(vec![("bootloader", 3), ("snp", 8)])),
            ("set", Claim::TextSet(["b".to_owned(), "a".to_owned()].into())),
            ("list", Claim::List(vec![Claim::Int(2), Claim::Int(1)])),
            ("record", Claim::flags(&[("debug", false)], &[4])),
        ]);
        assert_eq!(
            serde_json::to_string(&claims).unwrap(),
            concat!(
                r#"{"absent":null,"bool":true,"int":4294967295,"text":"a \"b\"","case":"Milan","bytes":"0aff","#,
                r#""time":"1970-01-01T00:00:00Z","version":"1.52.4","tcb":{"bootloader":3,"snp":8},"set":["a","b"],"list":[2,1],"#,
                r#""record":{"debug":false,"raw":"04"}}"#
            )
        );
        assert_eq!(claims.get("int"), Some(&Claim::Int(4_294_967_295)));
        assert_eq!(claims.get("none"), None);
        assert_eq!(Claim::Absent.get("int"), None);
    }
}
