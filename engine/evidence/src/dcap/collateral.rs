//! The collateral of a quote: what Intel publishes to judge it by.

use dcap_qvl::QuoteCollateralV3;
use serde::Deserialize;
use x509_cert::Certificate;
use x509_cert::crl::CertificateList;
use x509_cert::der::Decode;
use x509_cert::der::asn1::ObjectIdentifier;

use super::fault::QuoteFault;
use super::refusal::{LibraryRefusal, QuoteRefusal};
use super::root;
use crate::claim::EvidenceKind;
use crate::excerpt::Excerpt;
use crate::refusal::{Refusal, within};
use crate::verified::RootIdentity;

/// The most that is read of a collateral file. Genuine ones have 14 to 25 KiB; a revocation list grows by some 40 bytes an entry.
const MAX_COLLATERAL_BYTES: usize = 4 * 1024 * 1024;

/// The CRL number (RFC 5280 section 5.2.3).
const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");

/// TCB Info, QE Identity, the revocation lists and their certificate chains. Nothing in it is trusted until a verification checked it.
#[derive(Debug, Clone)]
pub struct Collateral(QuoteCollateralV3);

/// What the library takes from TCB Info without looking at it (PCS version 4, TCB Info).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TcbInfo {
    version: u32,
    pce_id: String,
    tcb_type: u32,
}

impl Collateral {
    /// Reads a JSON object with the fields `pck_crl_issuer_chain`, `tcb_info_issuer_chain`, `qe_identity_issuer_chain` (PEM), `root_ca_crl`,
    /// `pck_crl` (DER in hexadecimal), `tcb_info`, `qe_identity` (the JSON texts that Intel signed), `tcb_info_signature`,
    /// `qe_identity_signature` (64 bytes in hexadecimal) and, where the quote has no PCK chain in it, `pck_certificate_chain` (PEM).
    ///
    /// # Errors
    /// [`Refusal`] if the text is larger than 4 MiB or is not such an object.
    pub fn from_json(json: &[u8]) -> Result<Self, Refusal> {
        within("collateral", json, MAX_COLLATERAL_BYTES)?;
        serde_json::from_slice(json).map(Self).map_err(|error| malformed(error).into())
    }

    pub(super) fn parts(&self) -> &QuoteCollateralV3 {
        &self.0
    }

    /// The root that the chain of the platform's authority ends at, if it can be read: for messages, nothing of it is verified.
    pub(super) fn root(&self) -> Option<RootIdentity> {
        let chain = pem::parse_many(&self.0.pck_crl_issuer_chain).ok()?;
        let der = chain.last()?.contents();
        let certificate = Certificate::from_der(der).ok()?;
        Some(root::identity(der, &certificate))
    }

    /// Checks what the library leaves unchecked in collateral whose signatures it verified, for a quote of `kind` from a platform with
    /// the provisioning enclave `pce_id`.
    pub(super) fn check(&self, kind: EvidenceKind, pce_id: &[u8]) -> Result<(), QuoteRefusal> {
        self.check_tcb_info(kind, pce_id)?;
        check_has_number("root", &self.0.root_ca_crl)?;
        check_has_number("PCK", &self.0.pck_crl)
    }

    fn check_tcb_info(&self, kind: EvidenceKind, pce_id: &[u8]) -> Result<(), QuoteRefusal> {
        let tcb_info: TcbInfo = serde_json::from_str(&self.0.tcb_info).map_err(malformed)?;
        let versions: &[u32] = match kind {
            EvidenceKind::Tdx => &[3],
            EvidenceKind::Sgx => &[2, 3],
            EvidenceKind::Snp
            | EvidenceKind::NvidiaGpu
            | EvidenceKind::NvidiaSwitch
            | EvidenceKind::Ear
            | EvidenceKind::Nras
            | EvidenceKind::Maa
            | EvidenceKind::ConfidentialSpace
            | EvidenceKind::JwtSvid
            | EvidenceKind::X509Svid => &[],
        };
        let unsupported = |detail| LibraryRefusal::new(QuoteFault::CollateralUnsupported, detail);
        if !versions.contains(&tcb_info.version) {
            return Err(
                unsupported(format!("TCB Info has version {}; known are {versions:?}", tcb_info.version)).into()
            );
        }
        // 0 is the only type there is: its levels are compared component by component.
        if tcb_info.tcb_type != 0 {
            return Err(unsupported(format!("TCB Info has the type {}; known is 0", tcb_info.tcb_type)).into());
        }
        if hex::decode(&tcb_info.pce_id).as_deref() != Ok(pce_id) {
            let detail = format!("TCB Info is for `{}`, the platform has `{}`", tcb_info.pce_id, hex::encode(pce_id));
            return Err(LibraryRefusal::new(QuoteFault::PceId, detail).into());
        }
        Ok(())
    }
}

/// Checks that a revocation list has a number, which RFC 5280 section 5.2.3 asks of every one: the library reads a list without as number 0.
fn check_has_number(issuer: &str, list: &[u8]) -> Result<(), QuoteRefusal> {
    let list: CertificateList = CertificateList::from_der(list).map_err(malformed)?;
    if list.tbs_cert_list.crl_extensions.iter().flatten().any(|extension| extension.extn_id == CRL_NUMBER) {
        return Ok(());
    }
    Err(malformed(format_args!("the revocation list of the {issuer} authority has no number")))
}

fn malformed(reason: impl std::fmt::Display) -> QuoteRefusal {
    QuoteRefusal::CollateralMalformed { reason: Excerpt::of(reason) }
}
