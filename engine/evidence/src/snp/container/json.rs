//! Reports in JSON.
//!
//! | who | form |
//! |---|---|
//! | confidential containers, `tee: "snp"` (their attesters and Trustee) | `{"attestation_report": { fields }, "cert_chain": [{"cert_type": "VCEK", "data": [bytes]}]}` |
//! | Azure's vTPM tools (`az-snp-vtpm`), first form | `{"quote": { arrays of bytes }, "report": [bytes], "vcek": PEM}` |
//! | the same, forms 1 and 2 | `{"version": 2, "tpm_quote": { hexadecimal }, "hcl_report": base64url, "vcek": base64url}` |
//! | a request to an attestation service | `{"tee": "snp", "evidence": base64url}`, or `{"primary_evidence": {…}}`, around one of these |

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::super::azure::Quote;
use super::json_report::FieldsOfReport;
use super::refusal::ContainerRefusal;
use super::text::decode_base64;
use super::{Certificates, Contents, hcl, open as open_container};
use crate::excerpt::Excerpt;

const FORM: &str = "JSON";

/// What `tee` says of evidence that is read here.
const TEES: [&str; 3] = ["snp", "az-snp-vtpm", "azsnpvtpm"];

/// Every field of every form. Which are there says which form it is; fields that no form has are nobody's business.
#[derive(Deserialize)]
struct Document {
    tee: Option<String>,
    evidence: Option<Nested>,
    primary_evidence: Option<Nested>,
    attestation_report: Option<FieldsOfReport>,
    cert_chain: Option<Vec<Entry>>,
    report: Option<Vec<u8>>,
    quote: Option<QuoteInArrays>,
    hcl_report: Option<String>,
    tpm_quote: Option<QuoteInHex>,
    vcek: Option<String>,
}

/// A document inside another, as text or as it is.
enum Nested {
    Text(String),
    Inline(Box<Document>),
}

#[derive(Deserialize)]
struct Entry {
    cert_type: CertType,
    data: Vec<u8>,
}

/// The kinds of certificate in `cert_chain`.
#[derive(Deserialize)]
enum CertType {
    #[serde(rename = "VCEK", alias = "VLEK")]
    Vek,
    #[serde(rename = "ASK")]
    Ask,
    #[serde(rename = "ARK")]
    Ark,
    #[serde(rename = "CRL")]
    Crl,
    #[serde(rename = "Empty")]
    Empty,
    #[serde(rename = "OTHER")]
    Other(IgnoredAny),
}

#[derive(Deserialize)]
struct QuoteInArrays {
    message: Vec<u8>,
    signature: Vec<u8>,
    pcrs: Vec<Vec<u8>>,
}

#[derive(Deserialize)]
struct QuoteInHex {
    message: String,
    signature: String,
    pcrs: Vec<String>,
}

/// Opens a JSON document in which at most `nesting` other containers may stand.
pub(super) fn open(text: &[u8], nesting: usize) -> Result<Contents, ContainerRefusal> {
    let document = serde_json::from_slice(text).map_err(|error| ContainerRefusal::malformed(FORM, error))?;
    contents(document, nesting)
}

fn contents(document: Document, nesting: usize) -> Result<Contents, ContainerRefusal> {
    if let Some(tee) = document.tee.filter(|tee| !TEES.contains(&tee.as_str())) {
        return Err(ContainerRefusal::Kind { found: Excerpt::of(tee) });
    }
    let Document { evidence, primary_evidence, attestation_report, report, hcl_report, .. } = document;
    let nested = match (evidence, primary_evidence) {
        (Some(_), Some(_)) => return Err(ambiguous()),
        (nested, None) | (None, nested) => nested,
    };
    match (nested, attestation_report, report, hcl_report) {
        (Some(Nested::Text(text)), None, None, None) => open_container(&decode_base64(text.as_bytes())?, nesting),
        (Some(Nested::Inline(inner)), None, None, None) => {
            contents(*inner, nesting.checked_sub(1).ok_or(ContainerRefusal::TooDeep)?)
        }
        (None, Some(fields), None, None) => {
            let certificates = certificates(document.cert_chain.unwrap_or_default())?;
            Ok(Contents { certificates, ..Contents::of_report(&fields.encode()?) })
        }
        (None, None, Some(blob), None) => {
            let quote = document.quote.map(QuoteInArrays::read).transpose()?;
            azure(&blob, quote, document.vcek.map(String::into_bytes))
        }
        (None, None, None, Some(blob)) => {
            let quote = document.tpm_quote.map(QuoteInHex::read).transpose()?;
            let vcek = document.vcek.map(|vcek| decode_base64(vcek.as_bytes())).transpose()?;
            azure(&decode_base64(blob.as_bytes())?, quote, vcek)
        }
        (None, None, None, None) => Err(ContainerRefusal::malformed(
            FORM,
            "it has none of the fields `attestation_report`, `hcl_report`, `report`, `evidence` and `primary_evidence`",
        )),
        _ => Err(ambiguous()),
    }
}

fn ambiguous() -> ContainerRefusal {
    ContainerRefusal::malformed(FORM, "it has evidence in more than one field")
}

fn azure(blob: &[u8], quote: Option<Quote>, vek: Option<Vec<u8>>) -> Result<Contents, ContainerRefusal> {
    if !blob.starts_with(hcl::MAGIC) {
        return Err(ContainerRefusal::malformed(FORM, "its report is no Azure HCL blob"));
    }
    Ok(Contents { quote, certificates: Certificates { vek, ..Certificates::default() }, ..hcl::open(blob)? })
}

fn certificates(entries: Vec<Entry>) -> Result<Certificates, ContainerRefusal> {
    let mut certificates = Certificates::default();
    for Entry { cert_type, data } in entries {
        let slot = match cert_type {
            CertType::Vek => &mut certificates.vek,
            CertType::Ask => &mut certificates.ask,
            CertType::Ark => &mut certificates.ark,
            CertType::Crl => &mut certificates.crl,
            CertType::Empty | CertType::Other(_) => continue,
        };
        if slot.replace(data).is_some() {
            return Err(ContainerRefusal::malformed(FORM, "`cert_chain` has two certificates for one place"));
        }
    }
    Ok(certificates)
}

impl QuoteInArrays {
    fn read(self) -> Result<Quote, ContainerRefusal> {
        let pcrs = self.pcrs.iter().map(|pcr| register(pcr)).collect::<Result<_, _>>()?;
        Ok(Quote { message: self.message, signature: self.signature, pcrs })
    }
}

impl QuoteInHex {
    fn read(self) -> Result<Quote, ContainerRefusal> {
        let decode = |text: &String| hex::decode(text).map_err(|error| ContainerRefusal::malformed(FORM, error));
        Ok(Quote {
            message: decode(&self.message)?,
            signature: decode(&self.signature)?,
            pcrs: self.pcrs.iter().map(|pcr| register(&decode(pcr)?)).collect::<Result<_, _>>()?,
        })
    }
}

fn register(bytes: &[u8]) -> Result<[u8; 32], ContainerRefusal> {
    bytes.try_into().map_err(|_| ContainerRefusal::malformed(FORM, "a PCR of the quote has other than 32 bytes"))
}

/// Read as it comes, without a copy in between.
impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrDocument;

        impl<'de> Visitor<'de> for TextOrDocument {
            type Value = Nested;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("evidence in base64url, or an object")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Nested, E> {
                Ok(Nested::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Nested, A::Error> {
                Document::deserialize(de::value::MapAccessDeserializer::new(map)).map(Box::new).map(Nested::Inline)
            }
        }

        deserializer.deserialize_any(TextOrDocument)
    }
}
