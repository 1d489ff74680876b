//! Quotes, quoting enclaves and platform certificates of any content under good signatures: nothing is accepted that dcap-qvl refuses.

#![no_main]

use atbac_fuzz::edit::Edit;
use atbac_fuzz::quote::{forged, peer_refuses, verify_minted};
use atbac_simulation::QuoteForgery;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input {
    base: u8,
    edits: Vec<(Place, Edit)>,
    outer_type: Option<u16>,
    chain_type: Option<u16>,
}

#[derive(Debug, Arbitrary)]
enum Place {
    Header,
    BodyDescriptor,
    Body,
    QeReport,
    QeAuth,
    CertifiedSlack,
    SignatureSlack,
    Trailing,
    /// An item of the platform certificate's own extension.
    PckItem(u8),
    /// Any other extension of it.
    PckExtension(u8),
    /// One of its issuer's. Not of the root's: that is an anchor, a name and a key, and dcap-qvl reads more of it than we do.
    PckCaExtension(u8),
    RootCrlExtension(u8),
    PckCrlExtension(u8),
}

/// The forged platform's CPUSVN, with which the item of its TCB ends.
const CPU_SVN: [u8; 16] = [2; 16];

fn apply(forgery: &mut QuoteForgery, place: &Place, edit: &Edit) {
    let quote = &mut forgery.quote;
    let extensions = match place {
        Place::Header => return edit.apply_in_place(&mut quote.header),
        Place::QeReport => return edit.apply_in_place(&mut quote.qe.0),
        Place::BodyDescriptor => return edit.apply(&mut quote.body_descriptor),
        Place::Body => return edit.apply(&mut quote.body),
        Place::QeAuth => return edit.apply(&mut quote.qe_auth),
        Place::CertifiedSlack => return edit.apply(&mut quote.certified_slack),
        Place::SignatureSlack => return edit.apply(&mut quote.signature_slack),
        Place::Trailing => return edit.apply(&mut quote.trailing),
        Place::PckItem(which) => {
            let count = forgery.pck_extension.len();
            return edit.apply(&mut forgery.pck_extension[usize::from(*which) % count].1);
        }
        Place::PckExtension(which) => (&mut forgery.pck.extensions, which),
        Place::PckCaExtension(which) => (&mut forgery.pck_ca.extensions, which),
        Place::RootCrlExtension(which) => (&mut forgery.crls.root.extensions, which),
        Place::PckCrlExtension(which) => (&mut forgery.crls.pck.extensions, which),
    };
    let (extensions, which) = extensions;
    let count = extensions.len().max(1);
    if let Some(extension) = extensions.get_mut(usize::from(*which) % count) {
        edit.apply(&mut extension.value);
    }
}

fuzz_target!(|input: Input| {
    let mut forgery = forged(input.base).clone();
    for (place, edit) in &input.edits {
        apply(&mut forgery, place, edit);
    }
    // The forge writes the length of this one into two bytes.
    forgery.quote.qe_auth.truncate(usize::from(u16::MAX));
    forgery.quote.outer_type = input.outer_type.unwrap_or(forgery.quote.outer_type);
    forgery.quote.chain_type = input.chain_type.unwrap_or(forgery.quote.chain_type);
    // dcap-qvl matches TCB levels with the raw CPUSVN, we with the components beside it, as Intel does: they have to say the same.
    if !forgery.pck_extension[1].1.ends_with(&CPU_SVN) {
        return;
    }
    let minted = forgery.mint();
    if verify_minted(&minted).is_ok() {
        let collateral = minted.collateral.to_string();
        let now = QuoteForgery::now();
        assert_eq!(
            peer_refuses(&minted.quote, collateral.as_bytes(), Some(&minted.root), now),
            None,
            "only we accept it"
        );
    }
});
