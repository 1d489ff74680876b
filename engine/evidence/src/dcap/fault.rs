//! What can be wrong with a quote or its collateral: one fault for each check, with a code that stays the same.

/// Declares [`QuoteFault`]: each fault with its code and what it means to the person who must act.
macro_rules! faults {
    ($($fault:ident $code:literal $message:literal)*) => {
        /// What can be wrong with a quote or its collateral.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum QuoteFault {
            $($fault,)*
        }

        impl QuoteFault {
            pub(super) fn code(self) -> &'static str {
                match self {
                    $(QuoteFault::$fault => $code,)*
                }
            }

            pub(super) fn message(self) -> &'static str {
                match self {
                    $(QuoteFault::$fault => $message,)*
                }
            }
        }
    };
}

faults! {
    Malformed "quote_malformed"
        "the quote cannot be read: it is cut short or not a quote"
    Version "quote_version"
        "the quote has a version that is not supported; expected 3 for SGX, 4 or 5 for TDX"
    TeeType "quote_tee_type"
        "the quote is for a kind of enclave that is not known; expected SGX (0) or TDX (0x81)"
    Vendor "quote_vendor"
        "the quote is from a quoting enclave that is not Intel's"
    KeyType "quote_key_type"
        "the quote has an attestation key of a type that is not supported; expected 2 (ECDSA on P-256)"
    PckFormat "pck_format"
        "the quote does not carry its PCK certificate chain: fetch collateral that has it"
    PckChain "pck_chain"
        "the PCK certificate chain cannot be read"
    PckChainMismatch "pck_chain_mismatch"
        "the collateral's PCK certificate chain is not the one that the quote carries: fetch the quote's own collateral"
    PckExtension "pck_extension"
        "the SGX extension of the PCK certificate is missing or malformed"
    CollateralMalformed "collateral_malformed"
        "the collateral cannot be read"
    CollateralKind "collateral_kind"
        "the collateral is for another kind of enclave than the quote: fetch the quote's own"
    CollateralUnsupported "collateral_unsupported"
        "the collateral is of a form that is not known: fetch it from version 4 of Intel's interface"
    CollateralNotYetValid "collateral_not_yet_valid"
        "the collateral was issued later than the verification time"
    CollateralExpired "collateral_expired"
        "the collateral has expired: fetch a current one"
    CollateralSignature "collateral_signature"
        "the TCB Info or QE Identity was not signed by its certificate: it was altered"
    CrlSignatureAlgorithm "crl_signature_algorithm"
        "a revocation list is signed with another algorithm than Intel's (ECDSA on P-256 with SHA-256)"
    CrlSignature "crl_signature"
        "a revocation list was not signed by its issuer: it was altered, or belongs to another chain"
    RevocationUnknown "revocation_unknown"
        "no revocation list covers a certificate of the chain: fetch the collateral of the quote's platform"
    CertificateRevoked "certificate_revoked"
        "a certificate of the chain has been revoked"
    CertificateExpired "certificate_expired"
        "a certificate of the chain has expired"
    CertificateNotYetValid "certificate_not_yet_valid"
        "a certificate of the chain is not valid yet"
    CertificateSignatureAlgorithm "certificate_signature_algorithm"
        "a certificate of the chain is signed with another algorithm than Intel's (ECDSA on P-256 with SHA-256)"
    CertificateSignature "certificate_signature"
        "a certificate of the chain was not signed by its issuer: it was altered, or belongs to another chain"
    UntrustedRoot "untrusted_root"
        "a chain does not end at the trusted root"
    CertificateChain "certificate_chain"
        "a certificate chain is not one that Intel issues"
    QeReportSignature "qe_report_signature"
        "the quoting enclave's report was not signed by the platform's PCK key: it was altered, or is another platform's"
    QeReportData "qe_report_data"
        "the quoting enclave does not vouch for the key that signed the quote"
    QeIdentity "qe_identity_mismatch"
        "the quoting enclave is not the one that Intel's QE Identity describes"
    QeTcb "qe_tcb_unsupported"
        "the quoting enclave is older than any that Intel's QE Identity knows"
    QuoteSignature "quote_signature"
        "the signature on the quote does not verify: it was altered"
    Fmspc "fmspc_mismatch"
        "the collateral is for another platform family (FMSPC) than the quote's: fetch the quote's own"
    PceId "pce_id_mismatch"
        "the collateral is for another provisioning enclave (PCEID) than the platform's: fetch the quote's own"
    TcbLevel "tcb_level_unsupported"
        "the platform is below every TCB level that Intel's TCB Info knows"
    TdxModuleUnsupported "tdx_module_unsupported"
        "the TDX module is older than any, or of a version that none, of Intel's TCB Info describes"
    TdxModule "tdx_module_mismatch"
        "the TDX module is not signed or set up as Intel's TCB Info describes"
    TcbRevoked "tcb_revoked"
        "the platform's TCB is revoked: its keys are not to be trusted"
    TdAttributesReserved "td_attributes_reserved"
        "the TD has reserved attribute bits set"
    ServiceTd "service_td"
        "the TD has service TDs, which a report of this form cannot show"
}

impl QuoteFault {
    /// Whether it may be that another root should have been trusted.
    pub(super) fn concerns_root(self) -> bool {
        self == QuoteFault::UntrustedRoot
            || self == QuoteFault::CertificateSignature
            || self == QuoteFault::CrlSignature
    }
}
