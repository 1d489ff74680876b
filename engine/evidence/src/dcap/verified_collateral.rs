//! Collateral that was verified once, for all quotes that it judges.

use jiff::Timestamp;

use super::certificate::{Certificate, Place, chain};
use super::collateral::Collateral;
use super::fault::QuoteFault;
use super::qe_identity::QeIdentity;
use super::refusal::{QuoteRefusal, refused};
use super::revocation::RevocationList;
use super::root::IntelRoot;
use super::tcb_info::TcbInfo;
use super::window::Window;
use crate::claim::EvidenceKind;
use crate::crypto::{AwsLc, Crypto};
use crate::refusal::Refusal;

/// Collateral that Intel, or another trusted root, signed in all its parts.
///
/// It holds from [`not_before`](Self::not_before) until [`expires_at`](Self::expires_at), whatever quote it judges.
#[derive(Debug)]
pub struct VerifiedCollateral {
    pub(super) root: IntelRoot,
    pub(super) tcb_info: TcbInfo,
    pub(super) qe_identity: QeIdentity,
    /// The authority of platforms' certificates whose list is `pck_list`.
    pub(super) pck_ca: Certificate,
    pub(super) root_list: RevocationList,
    pub(super) pck_list: RevocationList,
    pub(super) window: Window,
}

impl VerifiedCollateral {
    /// Verifies `collateral` up to `root`, at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn of(collateral: &Collateral, root: &IntelRoot, now: Timestamp) -> Result<Self, Refusal> {
        Self::verify(collateral, root, now).map_err(|refusal| root.refusal(refusal, collateral))
    }

    fn verify(collateral: &Collateral, root: &IntelRoot, now: Timestamp) -> Result<Self, Refusal> {
        const MALFORMED: QuoteFault = QuoteFault::CollateralMalformed;
        let parts = &collateral.parts;

        // 1. The root, and its list: what has been revoked of what it issued.
        root.certificate().check_valid_at(now)?;
        let root_list =
            RevocationList::verify(&parts.root_ca_crl, root.certificate(), now).map_err(|error| error.under(root))?;
        root_list.check_not_revoked(root.certificate())?;

        // 2. The authority of platforms' certificates, and its list.
        let issuer_chain = parts.pck_crl_issuer_chain.as_bytes();
        let [pck_ca] = chain(issuer_chain, [Place::PckCa], root, None, MALFORMED, now)?;
        root_list.check_not_revoked(&pck_ca)?;
        let pck_list = RevocationList::verify(&parts.pck_crl, &pck_ca, now)?;

        // 3. What Intel signed about platforms and quoting enclaves, with one certificate as a rule; then what it says, and that it is current.
        let signer = |issuer_chain: &str| -> Result<Certificate, Refusal> {
            let [signer] = chain(issuer_chain.as_bytes(), [Place::TcbSigner], root, None, MALFORMED, now)?;
            root_list.check_not_revoked(&signer)?;
            Ok(signer)
        };
        let tcb_signer = signer(&parts.tcb_info_issuer_chain)?;
        check_signed("TCB Info", &parts.tcb_info, &parts.tcb_info_signature, &tcb_signer)?;
        let is_same = parts.qe_identity_issuer_chain == parts.tcb_info_issuer_chain;
        let same = is_same.then(|| Ok(tcb_signer.clone()));
        let qe_signer = same.unwrap_or_else(|| signer(&parts.qe_identity_issuer_chain))?;
        check_signed("QE Identity", &parts.qe_identity, &parts.qe_identity_signature, &qe_signer)?;

        let (tcb_info, qe_identity) = (TcbInfo::read(&parts.tcb_info)?, QeIdentity::read(&parts.qe_identity)?);
        tcb_info.window.check_collateral("TCB Info", now)?;
        qe_identity.window.check_collateral("QE Identity", now)?;
        if tcb_info.kind != qe_identity.kind {
            let (one, other) = (tcb_info.kind.name(), qe_identity.kind.name());
            let detail = format!("TCB Info is for {one}, QE Identity for {other}");
            return Err(refused(QuoteFault::CollateralKind, detail).into());
        }
        let certificates = [&pck_ca, &tcb_signer, &qe_signer].map(Certificate::validity);
        let documents = [root_list.window, pck_list.window, tcb_info.window, qe_identity.window];
        let window = certificates.into_iter().chain(documents).fold(root.certificate().validity(), Window::and);
        Ok(Self { root: root.clone(), tcb_info, qe_identity, pck_ca, root_list, pck_list, window })
    }

    /// The kind of quotes that it judges: TDX or SGX.
    #[must_use]
    pub fn kind(&self) -> EvidenceKind {
        self.tcb_info.kind
    }

    /// The platform model (FMSPC) that it judges.
    #[must_use]
    pub fn fmspc(&self) -> [u8; 6] {
        self.tcb_info.fmspc
    }

    /// The lower evaluation number of TCB Info and QE Identity: which of Intel's assessments it is.
    #[must_use]
    pub fn tcb_eval_data_number(&self) -> u32 {
        self.tcb_info.evaluation.min(self.qe_identity.evaluation)
    }

    /// The instant from which all its parts hold: when the last of them was issued.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.window.not_before
    }

    /// The instant at which it no longer holds: when the first of its parts ends.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.window.expires_at
    }
}

/// Checks that `signer` signed `text`, as received; the signature is r ‖ s, big-endian (PCS version 4, TCB Info, `signature`).
fn check_signed(what: &str, text: &str, signature: &[u8], signer: &Certificate) -> Result<(), QuoteRefusal> {
    let signature = signature.try_into().map_err(|_| {
        let detail = format!("the signature of {what} has {} bytes; expected 64", signature.len());
        refused(QuoteFault::CollateralMalformed, detail)
    })?;
    AwsLc::ecdsa_p256_sha256_fixed(signer.key(), text.as_bytes(), signature)
        .map_err(|_| refused(QuoteFault::CollateralSignature, what))
}
