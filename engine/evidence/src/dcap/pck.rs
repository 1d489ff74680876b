//! The certificate of a platform's key (PCK), verified once for all quotes of the platform.

use jiff::Timestamp;

use super::certificate::{Certificate, Place, chain};
use super::collateral::Collateral;
use super::fault::QuoteFault;
use super::quote::Certification;
use super::refusal::{QuoteRefusal, refused};
use super::sgx_extension::SgxExtension;
use super::verified_collateral::VerifiedCollateral;
use super::window::Window;
use crate::cert::certificates;
use crate::refusal::Refusal;

/// The types of certification data that are certificates (Intel "SGX ECDSA Quote Library API", appendix A.4): the platform's alone, and
/// its chain. The others are ids to fetch it by.
const CERTIFICATE: u16 = 4;
const CERTIFICATE_CHAIN: u16 = 5;

/// A platform's certificate whose chain was verified, and which the collateral is for.
#[derive(Debug)]
pub(super) struct VerifiedPck {
    pub(super) extension: SgxExtension,
    /// The platform's key, an uncompressed SEC 1 point on P-256.
    pub(super) key: [u8; 65],
    /// When the chain holds.
    pub(super) window: Window,
}

impl VerifiedPck {
    /// Verifies the certificate of the platform that made a quote with this `certification`, at `now`.
    ///
    /// The chain is the quote's own, or the one given with the `given` collateral, which `collateral` is. One that is not the quote's own
    /// would tell of another platform than the one that the quote names, so it must begin with whatever the quote carries.
    pub(super) fn of(
        certification: Certification<'_>,
        given: &Collateral,
        collateral: &VerifiedCollateral,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        // 1. One chain, of Intel's form, up to the root.
        let file = chain_file(certification, given)?;
        let (places, root) = ([Place::Pck, Place::PckCa], &collateral.root);
        let [pck, pck_ca] = chain(file, places, root, Some(&collateral.pck_ca), QuoteFault::PckChain, now)?;

        // 2. Both lists cover it, and have none of it.
        check_covered(&pck_ca, collateral)?;
        collateral.root_list.check_not_revoked(&pck_ca)?;
        collateral.pck_list.check_not_revoked(&pck)?;

        // 3. The collateral is for this platform.
        let extension = SgxExtension::read(&pck)?;
        check_model(&extension, collateral)?;
        Ok(Self { extension, key: *pck.key(), window: pck.validity().and(pck_ca.validity()) })
    }
}

/// The file with the platform's chain.
fn chain_file<'a>(certification: Certification<'a>, given: &'a Collateral) -> Result<&'a [u8], Refusal> {
    let unreadable = |refusal: Refusal| refused(QuoteFault::PckChain, refusal);
    let carried = match certification.kind {
        CERTIFICATE | CERTIFICATE_CHAIN => certificates(certification.data).map_err(unreadable)?,
        _ => vec![],
    };
    let given = given.parts.pck_certificate_chain.as_deref().map(str::as_bytes);
    match (given, certification.kind) {
        (Some(file), _) => {
            if !certificates(file).map_err(unreadable)?.starts_with(&carried) {
                return Err(refused(QuoteFault::PckChainMismatch, "the two have different certificates").into());
            }
            Ok(file)
        }
        (None, CERTIFICATE_CHAIN) => Ok(certification.data),
        (None, other) => {
            let detail = format!("it has certification data of type {other}; a chain is of type 5");
            Err(refused(QuoteFault::PckFormat, detail).into())
        }
    }
}

/// Checks that the list of platforms' certificates is the list of the authority that issued this one.
fn check_covered(pck_ca: &Certificate, collateral: &VerifiedCollateral) -> Result<(), QuoteRefusal> {
    if pck_ca.has_identity_of(&collateral.pck_ca) {
        return Ok(());
    }
    let (found, expected) = (collateral.pck_ca.subject(), pck_ca.subject());
    Err(refused(
        QuoteFault::RevocationUnknown,
        format_args!("the list is of `{found}`; the platform's is `{expected}`"),
    ))
}

fn check_model(extension: &SgxExtension, collateral: &VerifiedCollateral) -> Result<(), QuoteRefusal> {
    let mismatch = |fault, expected: &[u8], found: &[u8]| {
        let (expected, found) = (hex::encode(expected), hex::encode(found));
        Err(refused(fault, format_args!("the collateral is for `{expected}`, the platform is `{found}`")))
    };
    let tcb_info = &collateral.tcb_info;
    if extension.fmspc != tcb_info.fmspc {
        return mismatch(QuoteFault::Fmspc, &tcb_info.fmspc, &extension.fmspc);
    }
    if extension.pce_id != tcb_info.pce_id {
        return mismatch(QuoteFault::PceId, &tcb_info.pce_id, &extension.pce_id);
    }
    Ok(())
}
