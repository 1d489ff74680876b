//! Why what comes with an Azure report was refused.

use crate::excerpt::Excerpt;

/// Why the runtime data or the vTPM quote of an Azure confidential VM was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AzureRefusal {
    /// The report was asked for by less than the paravisor.
    #[error(
        "the report was made at VMPL {found}; expected 0, where Azure's paravisor runs: software of the guest could have chosen this runtime data"
    )]
    Vmpl {
        /// The level found.
        found: u32,
    },
    /// The report is of a guest that was launched by another than Azure.
    #[error(
        "the launch was signed by the key with digest `{found}`, which is none of those expected: code of somebody else's may have chosen this runtime data"
    )]
    Paravisor {
        /// The report's `id_key_digest`, in hexadecimal.
        found: String,
    },
    /// The report commits to other data.
    #[error("the runtime data has the hash `{found}`; the report's data is `{expected}`: they do not belong together")]
    Hash {
        /// The hash of the runtime data, in hexadecimal.
        found: String,
        /// The report data, in hexadecimal.
        expected: String,
    },
    /// The runtime data cannot be read.
    #[error("the runtime data cannot be read: {reason}")]
    Runtime {
        /// What is wrong with it.
        reason: Excerpt,
    },
    /// The user data is not what the caller insists on.
    #[error(
        "the user data is {found}; expected `{expected}`: the report answers another challenge, or is bound to another key"
    )]
    UserData {
        /// The user data found.
        found: String,
        /// The user data expected, in hexadecimal.
        expected: String,
    },
    /// The quote cannot be read.
    #[error("the vTPM quote cannot be read: {reason}; expected a TPM 2.0 quote over one bank of SHA-256 registers")]
    Quote {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The vTPM's key did not sign the quote.
    #[error(
        "the signature on the vTPM quote does not verify under the key `HCLAkPub` of the runtime data: the quote was altered, or is another VM's"
    )]
    QuoteSignature,
    /// The quote answers another nonce.
    #[error("the vTPM quote has the nonce `{found}`; expected `{expected}`: it answers another challenge")]
    Nonce {
        /// The nonce found, in hexadecimal.
        found: String,
        /// The nonce expected, in hexadecimal.
        expected: String,
    },
    /// There is no nonce to compare.
    #[error("no nonce was given that the vTPM quote must answer: without one, any quote of this vTPM can be replayed")]
    NoNonce,
    /// The registers given are not those that were quoted.
    #[error(
        "the registers given have the digest `{found}`; the vTPM quoted `{expected}`: they were altered, or are others"
    )]
    Registers {
        /// The digest of the registers given, in hexadecimal.
        found: String,
        /// The digest in the quote, in hexadecimal.
        expected: String,
    },
}

impl AzureRefusal {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        use AzureRefusal as R;
        match self {
            R::Vmpl { .. } => "runtime_vmpl",
            R::Paravisor { .. } => "paravisor_mismatch",
            R::Hash { .. } => "runtime_hash_mismatch",
            R::Runtime { .. } => "runtime_malformed",
            R::UserData { .. } => "user_data_mismatch",
            R::Quote { .. } => "vtpm_quote_malformed",
            R::QuoteSignature => "vtpm_quote_signature",
            R::Nonce { .. } => "vtpm_nonce_mismatch",
            R::NoNonce => "vtpm_nonce_missing",
            R::Registers { .. } => "vtpm_pcr_mismatch",
        }
    }
}
