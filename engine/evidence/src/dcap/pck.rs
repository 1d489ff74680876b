//! The certificate of a platform's key (PCK), read once more: the library's claims give some of its content cut short.

use dcap_qvl::intel::{PckExtension, extract_cert_chain, parse_pck_extension_with};
use dcap_qvl::quote::{AuthData, Quote};

use super::collateral::Collateral;
use super::fault::QuoteFault;
use super::library::OnAwsLc;
use super::refusal::LibraryRefusal;

/// The types of certification data that are certificates (Intel "SGX ECDSA Quote Library API", certification data): the PCK certificate
/// alone, and its chain. The others are ids to fetch it by.
const CERTIFICATE_TYPES: [u16; 2] = [4, 5];

/// Intel's extension in the PCK certificate that vouches for a `quote` that the library verified with this `collateral`.
///
/// The library prefers the collateral's chain. One that is not the quote's own would tell of another platform than the one that the
/// quote names, so it must begin with whatever the quote carries.
pub(super) fn extension(quote: &Quote, collateral: &Collateral) -> Result<PckExtension, LibraryRefusal> {
    let certification = match &quote.auth_data {
        AuthData::V3(data) => &data.certification_data,
        AuthData::V4(data) => &data.qe_report_data.certification_data,
    };
    let carried = if CERTIFICATE_TYPES.contains(&certification.cert_type) {
        extract_cert_chain(quote).map_err(|error| LibraryRefusal::new(QuoteFault::PckChain, format!("{error:#}")))?
    } else {
        vec![]
    };
    let chain = match &collateral.parts().pck_certificate_chain {
        Some(pem) => {
            let blocks = pem::parse_many(pem).map_err(|error| LibraryRefusal::new(QuoteFault::PckChain, error))?;
            blocks.into_iter().map(pem::Pem::into_contents).collect()
        }
        None => carried.clone(),
    };
    if !chain.starts_with(&carried) {
        let detail = "the two chains have different certificates";
        return Err(LibraryRefusal::new(QuoteFault::PckChainMismatch, detail));
    }
    let leaf = chain.first().ok_or_else(|| LibraryRefusal::new(QuoteFault::PckChain, "there is none"))?;
    parse_pck_extension_with::<OnAwsLc>(leaf).map_err(|error| LibraryRefusal::of(error.chain()))
}
