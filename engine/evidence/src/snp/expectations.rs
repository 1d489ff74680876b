//! What a caller insists on, beyond that a report is genuine.

use super::abi;
use super::refusal::ReportRefusal;
use super::report::Report;
use crate::verified::Expected;

/// The fields of a report that tie it to an occasion, a configuration or a guest's owner, each with what the caller expects of it.
///
/// There is no default. A caller that leaves everything to its policy says [`Expectations::left_to_policy`], and one that insists on some
/// fields only changes those: `Expectations { report_data: Expected::Exactly(&nonce), ..Expectations::left_to_policy() }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectations<'a> {
    /// `REPORT_DATA`, which the guest chose: a nonce, a key's hash.
    pub report_data: Expected<'a, 64>,
    /// `HOST_DATA`, which the host chose at launch: the hash of a configuration, such as init-data.
    pub host_data: Expected<'a, 32>,
    /// `ID_KEY_DIGEST`, SHA-384 of the key that signed the ID block.
    pub id_key_digest: Expected<'a, 48>,
    /// `AUTHOR_KEY_DIGEST`, SHA-384 of the key that certified the ID key. A report without an author key meets no expectation of one.
    pub author_key_digest: Expected<'a, 48>,
}

impl Expectations<'_> {
    /// Insists on nothing: the policy judges every claim.
    #[must_use]
    pub const fn left_to_policy() -> Self {
        Self {
            report_data: Expected::LeftToPolicy,
            host_data: Expected::LeftToPolicy,
            id_key_digest: Expected::LeftToPolicy,
            author_key_digest: Expected::LeftToPolicy,
        }
    }

    pub(super) fn check(&self, report: Report<'_>) -> Result<(), ReportRefusal> {
        check(self.report_data, report.array(abi::REPORT_DATA))
            .map_err(|(found, expected)| ReportRefusal::ReportData { found, expected })?;
        check(self.host_data, report.array(abi::HOST_DATA))
            .map_err(|(found, expected)| ReportRefusal::HostData { found, expected })?;
        check(self.id_key_digest, report.array(abi::ID_KEY_DIGEST))
            .map_err(|(found, expected)| ReportRefusal::IdKeyDigest { found, expected })?;
        if let Expected::Exactly(expected) = self.author_key_digest
            && report.key_info() >> abi::key_info::AUTHOR_KEY_EN & 1 == 0
        {
            return Err(ReportRefusal::NoAuthorKey { expected: hex::encode(expected) });
        }
        check(self.author_key_digest, report.array(abi::AUTHOR_KEY_DIGEST))
            .map_err(|(found, expected)| ReportRefusal::AuthorKeyDigest { found, expected })
    }
}

/// What was found and what was expected, in hexadecimal, where they differ.
fn check<const N: usize>(expected: Expected<'_, N>, found: [u8; N]) -> Result<(), (String, String)> {
    match expected {
        Expected::Exactly(expected) if *expected != found => Err((hex::encode(found), hex::encode(expected))),
        Expected::Exactly(_) | Expected::LeftToPolicy => Ok(()),
    }
}
