//! Intel's extension of platforms' certificates: which platform it is, and its security versions.
//!
//! Intel "SGX PCK Certificate and Certificate Revocation List Profile Specification", revision 1.4, section 1.3.5, "SGX Extensions": a
//! sequence of pairs, each an object identifier under the extension's own and a value.

use x509_cert::der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use x509_cert::der::{self, Decode, DecodeValue, FixedTag, Reader, SliceReader, Tag, Tagged};

use super::certificate::Certificate;
use super::fault::QuoteFault;
use super::platform::SgxType;
use super::refusal::{QuoteRefusal, refused};
use super::tcb_info::PlatformTcb;

/// The extension. Its items are beneath it: `PPID` is this and `.1`.
const SGX_EXTENSION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113741.1.13.1");

/// An item: its arcs beneath the extension's, each below 128 and so its own encoding (X.690 section 8.19), and Intel's name for it.
type Item = (&'static [u8], &'static str);

const PPID: Item = (&[1], "PPID");
const TCB: Item = (&[2], "TCB");
const PCE_SVN: Item = (&[2, 17], "PCESVN");
const CPU_SVN: Item = (&[2, 18], "CPUSVN");
const PCE_ID: Item = (&[3], "PCE-ID");
const FMSPC: Item = (&[4], "FMSPC");
const SGX_TYPE: Item = (&[5], "SGX Type");
const PLATFORM_INSTANCE_ID: Item = (&[6], "Platform Instance ID");
const CONFIGURATION: Item = (&[7], "Configuration");
const DYNAMIC_PLATFORM: Item = (&[7, 1], "Dynamic Platform");
const CACHED_KEYS: Item = (&[7, 2], "Cached Keys");
const SMT_ENABLED: Item = (&[7, 3], "SMT Enabled");

/// What the extension says.
#[derive(Debug, Clone)]
pub(super) struct SgxExtension {
    pub(super) ppid: [u8; 16],
    pub(super) tcb: PlatformTcb,
    /// The security version of the processor as the processor has it; `tcb` has its components.
    pub(super) cpu_svn: [u8; 16],
    pub(super) pce_id: [u8; 2],
    pub(super) fmspc: [u8; 6],
    pub(super) sgx_type: SgxType,
    /// This and what follows is in certificates of the Platform CA only.
    pub(super) platform_instance_id: Option<[u8; 16]>,
    pub(super) dynamic_platform: Option<bool>,
    pub(super) cached_keys: Option<bool>,
    pub(super) smt_enabled: Option<bool>,
}

impl SgxExtension {
    /// Reads the extension of `certificate`.
    pub(super) fn read(certificate: &Certificate) -> Result<Self, QuoteRefusal> {
        let wrong = |detail: String| refused(QuoteFault::PckExtension, detail);
        let extension = certificate.extension(SGX_EXTENSION)?;
        let extension = extension.ok_or_else(|| wrong("there is none".into()))?;
        let whole =
            Items::read(AnyRef::from_der(extension).map_err(|error| wrong(error.to_string()))?).map_err(wrong)?;
        Self::of(&whole).map_err(wrong)
    }

    fn of(whole: &Items<'_>) -> Result<Self, String> {
        let tcb = Items::read(whole.require(TCB)?)?;
        let mut components = [0; 16];
        for (component, arc) in components.iter_mut().zip(1..) {
            let value = tcb.at(&[2, arc]).ok_or_else(|| format!("it has no SGX TCB component {arc}"))?;
            *component = value.decode_as().map_err(|error| format!("its SGX TCB component {arc}: {error}"))?;
        }
        let configuration = whole.find(CONFIGURATION).map(Items::read).transpose()?.unwrap_or_default();
        Ok(Self {
            ppid: whole.octets(PPID)?.ok_or_else(|| missing(PPID))?,
            tcb: PlatformTcb { components, pce_svn: tcb.decode(PCE_SVN)?.ok_or_else(|| missing(PCE_SVN))? },
            cpu_svn: tcb.octets(CPU_SVN)?.ok_or_else(|| missing(CPU_SVN))?,
            pce_id: whole.octets(PCE_ID)?.ok_or_else(|| missing(PCE_ID))?,
            fmspc: whole.octets(FMSPC)?.ok_or_else(|| missing(FMSPC))?,
            sgx_type: sgx_type(whole.require(SGX_TYPE)?)?,
            platform_instance_id: whole.octets(PLATFORM_INSTANCE_ID)?,
            dynamic_platform: configuration.decode(DYNAMIC_PLATFORM)?,
            cached_keys: configuration.decode(CACHED_KEYS)?,
            smt_enabled: configuration.decode(SMT_ENABLED)?,
        })
    }
}

/// A sequence of items, each there once.
#[derive(Debug, Default)]
struct Items<'a>(Vec<(ObjectIdentifier, AnyRef<'a>)>);

impl<'a> Items<'a> {
    fn read(sequence: AnyRef<'a>) -> Result<Self, String> {
        let read = || -> der::Result<Vec<_>> {
            sequence.tag().assert_eq(Tag::Sequence)?;
            let mut reader = SliceReader::new(sequence.value())?;
            let mut items = vec![];
            while !reader.is_finished() {
                items.push(reader.sequence(|pair| -> der::Result<_> {
                    Ok((ObjectIdentifier::decode(pair)?, AnyRef::decode(pair)?))
                })?);
            }
            Ok(items)
        };
        let items = read().map_err(|error| error.to_string())?;
        for (at, (identifier, _)) in items.iter().enumerate() {
            if items[..at].iter().any(|(other, _)| other == identifier) {
                return Err(format!("its item {identifier} is there more than once"));
            }
        }
        Ok(Self(items))
    }

    fn at(&self, arcs: &[u8]) -> Option<AnyRef<'a>> {
        let beneath = |identifier: &ObjectIdentifier| {
            identifier.as_bytes().strip_prefix(SGX_EXTENSION.as_bytes()).is_some_and(|found| found == arcs)
        };
        self.0.iter().find(|(identifier, _)| beneath(identifier)).map(|(_, value)| *value)
    }

    fn find(&self, (arcs, _): Item) -> Option<AnyRef<'a>> {
        self.at(arcs)
    }

    fn require(&self, item: Item) -> Result<AnyRef<'a>, String> {
        self.find(item).ok_or_else(|| missing(item))
    }

    fn decode<T: DecodeValue<'a, Error = der::Error> + FixedTag + 'a>(&self, item: Item) -> Result<Option<T>, String> {
        self.find(item).map(|value| value.decode_as().map_err(|error| format!("its {}: {error}", item.1))).transpose()
    }

    fn octets<const N: usize>(&self, item: Item) -> Result<Option<[u8; N]>, String> {
        let Some(octets) = self.decode::<&OctetStringRef>(item)? else {
            return Ok(None);
        };
        let wrong = |_| format!("its {} has {} bytes; expected {N}", item.1, octets.as_bytes().len());
        octets.as_bytes().try_into().map(Some).map_err(wrong)
    }
}

fn missing((_, name): Item) -> String {
    format!("it has no {name}")
}

/// An ENUMERATED: 0 Standard, 1 Scalable, 2 Scalable with Integrity.
fn sgx_type(value: AnyRef<'_>) -> Result<SgxType, String> {
    match (value.tag(), value.value()) {
        (Tag::Enumerated, [0]) => Ok(SgxType::Standard),
        (Tag::Enumerated, [1]) => Ok(SgxType::Scalable),
        (Tag::Enumerated, [2]) => Ok(SgxType::ScalableWithIntegrity),
        (_, other) => Err(format!("its SGX Type is `{}`; known are 0, 1 and 2", hex::encode(other))),
    }
}
