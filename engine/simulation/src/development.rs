//! The development authorities: published keys, and certificates that are named so that production refuses them.

use jiff::{Timestamp, ToSpan};

use crate::intel::QuoteForgery;
use crate::keys::{EcKey, Key};
use crate::shape::{Product, QuoteKind, ShapeError};
use crate::snp::SnpForgery;
use crate::x509::date;

/// The development root in place of AMD's ARK of `product`, DER.
#[must_use]
pub const fn ark(product: Product) -> &'static [u8] {
    match product {
        Product::Milan => include_bytes!("../../evidence/roots/development/milan-ark.der"),
        Product::Genoa => include_bytes!("../../evidence/roots/development/genoa-ark.der"),
        Product::Turin => include_bytes!("../../evidence/roots/development/turin-ark.der"),
    }
}

/// The development root in place of Intel's SGX Root CA, DER.
pub const SGX_ROOT: &[u8] = include_bytes!("../../evidence/roots/development/sgx-root-ca.der");

const SGX_ROOT_NAME: &str = "atbac development SGX Root CA";
const PCK_CA_NAME: &str = "atbac development SGX PCK Platform CA";

/// The times between which evidence can be simulated: the roots are valid from 2000 to the end of 2049, and what they certify begins before
/// the evidence and ends after it.
const FIRST: &str = "2000-03-01T00:00:00Z";
const LAST: &str = "2049-10-01T00:00:00Z";

/// The end of the roots, after which nothing that they certify is valid.
const END: &str = "2049-12-31T23:59:59Z";

/// When simulated evidence made at some time is valid: the certificates from 30 days before to 5 years after, lists and collateral from a day
/// before to 30 days after.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    certified: (Timestamp, Timestamp),
    /// When lists and collateral were issued.
    pub(crate) issued: Timestamp,
    /// When the next are due.
    pub(crate) next: Timestamp,
}

impl Window {
    /// Around `at`, whose fraction of a second is left out: X.509 has none.
    pub(crate) fn around(at: Timestamp) -> Result<Self, ShapeError> {
        if !(date(FIRST)..date(LAST)).contains(&at) {
            return Err(ShapeError::Time { found: at, first: date(FIRST), last: date(LAST) });
        }
        let at = Timestamp::from_second(at.as_second()).unwrap();
        let after = |hours: i64| at.checked_add(hours.hours()).unwrap().min(date(END));
        Ok(Self { certified: (after(-30 * 24), after(5 * 365 * 24)), issued: after(-24), next: after(30 * 24) })
    }
}

/// A good report of a chip of `product` under the development root, valid in `window`. The root that it mints is not the development root's own
/// certificate, [`ark`], but one of the same name and key.
pub(crate) fn snp(product: Product, window: &Window) -> SnpForgery {
    let mut forgery = match product {
        Product::Milan => SnpForgery::milan(),
        Product::Genoa => SnpForgery::genoa(),
        Product::Turin => SnpForgery::turin(),
    };
    let ark = format!("atbac development ARK-{}", product.name());
    forgery.ark.subject.clone_from(&ark);
    forgery.ark.issuer.clone_from(&ark);
    forgery.ask.issuer.clone_from(&ark);
    forgery.crl.issuer = ark;
    forgery.report_signer = EcKey::chip();
    forgery.vek.key = Key::Ec(EcKey::chip());
    for certificate in [&mut forgery.ask, &mut forgery.vek] {
        (certificate.not_before, certificate.not_after) = window.certified;
    }
    forgery.crl.this_update = window.issued;
    forgery.crl.next_update = Some(window.next);
    forgery
}

/// A good quote under the development root, valid in `window`. Of the collateral, only the lists are dated: TCB Info and QE Identity are made by
/// [`shape`](crate::shape).
pub(crate) fn quote(kind: QuoteKind, window: &Window) -> QuoteForgery {
    let mut forgery = match kind {
        QuoteKind::Tdx => QuoteForgery::tdx(),
        QuoteKind::Sgx => QuoteForgery::sgx(),
    };
    let ec = |key: EcKey| Key::Ec(key);
    for name in [&mut forgery.root.subject, &mut forgery.root.issuer, &mut forgery.pck_ca.issuer] {
        *name = SGX_ROOT_NAME.into();
    }
    forgery.tcb_signer.issuer = SGX_ROOT_NAME.into();
    forgery.tcb_signer.subject = "atbac development SGX TCB Signing".into();
    forgery.crls.root.issuer = SGX_ROOT_NAME.into();
    forgery.crls.pck.issuer = PCK_CA_NAME.into();
    forgery.pck_ca.subject = PCK_CA_NAME.into();
    forgery.pck.issuer = PCK_CA_NAME.into();
    forgery.pck.subject = "atbac development SGX PCK Certificate".into();

    forgery.root.key = ec(EcKey::sgx_root());
    forgery.pck_ca.key = ec(EcKey::pck_ca());
    forgery.pck.key = ec(EcKey::pck());
    forgery.tcb_signer.key = ec(EcKey::tcb_signing());
    forgery.pck_ca_issuer = ec(EcKey::sgx_root());
    forgery.tcb_signer_issuer = ec(EcKey::sgx_root());
    forgery.crls.root_key = ec(EcKey::sgx_root());
    forgery.pck_issuer = ec(EcKey::pck_ca());
    forgery.crls.pck_key = ec(EcKey::pck_ca());
    forgery.qe_report_key = EcKey::pck();
    forgery.tcb_info_key = EcKey::tcb_signing();
    forgery.qe_identity_key = EcKey::tcb_signing();
    forgery.attestation_key = EcKey::attestation();

    for certificate in [&mut forgery.pck_ca, &mut forgery.pck, &mut forgery.tcb_signer] {
        (certificate.not_before, certificate.not_after) = window.certified;
    }
    for crl in [&mut forgery.crls.root, &mut forgery.crls.pck] {
        crl.this_update = window.issued;
        crl.next_update = Some(window.next);
    }
    forgery
}
