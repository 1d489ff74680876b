//! What can be wrong with a quote, and how to tell from the library's errors.
//!
//! dcap-qvl gives its errors as texts. [`TABLE`] maps each text that its version 0.7.1 can give to a [`QuoteFault`], whose code stays the
//! same whatever the library says; a text that the table does not know becomes [`QuoteFault::Unknown`] with the text in
//! the message. A test forges a case for the faults, so an update of the library that changes a text fails there.

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
    TdMigratable "td_migratable"
        "the TD can be migrated, so its report does not bind it to this platform"
    ServiceTd "service_td"
        "the TD has service TDs, which a report of this form cannot show"
    SeptVeDisable "sept_ve_disable"
        "the TD has SEPT_VE_DISABLE clear, so the host can inject exceptions on its memory accesses, and no option lifts this check: launch the TD with the attribute set"
    Unknown "quote_refused"
        "the quote was refused"
}

impl QuoteFault {
    /// What an error of the library means, given as its texts from the outermost context to the cause.
    ///
    /// The first text that the table knows decides: what stands further in may be the words of whoever sent the quote, such as a JSON
    /// parser's account of TCB Info before its signature is checked. Only the contexts of [`OPEN`] leave it to what they are about.
    pub(super) fn of(texts: &[String]) -> Self {
        let mut fault = QuoteFault::Unknown;
        for text in texts {
            let Some((known, means)) = TABLE.iter().find(|(known, _)| text.starts_with(known)) else {
                continue;
            };
            fault = *means;
            if !OPEN.contains(known) {
                break;
            }
        }
        fault
    }

    /// Whether it may be that another root should have been trusted.
    pub(super) fn concerns_root(self) -> bool {
        self == QuoteFault::UntrustedRoot || self == QuoteFault::CrlSignature
    }
}

/// Contexts whose cause says more, in words of the library's own: webpki's names of errors and the quote parser's fixed texts.
const OPEN: &[&str] = &["Failed to verify certificate chain", "Failed to parse root CA CRL", "Failed to decode quote"];

/// How the library's texts begin and what they mean.
const TABLE: &[(&str, QuoteFault)] = &[
    // Certificate paths and revocation lists (the library gives the same context for every chain).
    ("Failed to verify certificate chain", QuoteFault::CertificateChain),
    ("Too many intermediate certificates", QuoteFault::CertificateChain),
    ("TCB Info signer must be issued directly by the root CA", QuoteFault::CertificateChain),
    ("QE Identity signer must be issued directly by the root CA", QuoteFault::CertificateChain),
    ("CertRevoked", QuoteFault::CertificateRevoked),
    ("CertExpired", QuoteFault::CertificateExpired),
    ("CertNotValidYet", QuoteFault::CertificateNotYetValid),
    ("CrlExpired", QuoteFault::CollateralExpired),
    ("UnsupportedCrlSignatureAlgorithm", QuoteFault::CrlSignatureAlgorithm),
    ("InvalidCrlSignatureForPublicKey", QuoteFault::CrlSignature),
    ("UnsupportedSignatureAlgorithm", QuoteFault::CertificateSignatureAlgorithm),
    ("InvalidSignatureForPublicKey", QuoteFault::CertificateSignature),
    ("UnknownRevocationStatus", QuoteFault::RevocationUnknown),
    ("UnknownIssuer", QuoteFault::UntrustedRoot),
    // The quote's frame.
    ("Failed to decode quote", QuoteFault::Malformed),
    ("Unsupported quote version", QuoteFault::Version),
    ("Unsupported DCAP quote version", QuoteFault::Version),
    ("SGX TEE quote must have version", QuoteFault::Version),
    ("TDX TEE quote must have version", QuoteFault::Version),
    ("Invalid TEE type", QuoteFault::TeeType),
    ("Unsupported TEE type", QuoteFault::TeeType),
    ("Failed to get TD10 report", QuoteFault::Malformed),
    ("Unknown QE vendor ID", QuoteFault::Vendor),
    ("Unsupported DCAP attestation key type", QuoteFault::KeyType),
    // Collateral.
    ("Failed to load root ca", QuoteFault::UntrustedRoot),
    ("Failed to parse root CA CRL", QuoteFault::CollateralMalformed),
    ("Failed to parse PCK CRL", QuoteFault::CollateralMalformed),
    ("TCBInfo issue date is in the future", QuoteFault::CollateralNotYetValid),
    ("QE Identity issue date is in the future", QuoteFault::CollateralNotYetValid),
    ("TCBInfo expired", QuoteFault::CollateralExpired),
    ("QE Identity expired", QuoteFault::CollateralExpired),
    ("Signature is invalid for tcb_info", QuoteFault::CollateralSignature),
    ("Signature is invalid for qe_identity", QuoteFault::CollateralSignature),
    ("Unsupported QE Identity id/version", QuoteFault::CollateralKind),
    ("TDX quote with non-TDX TCB info", QuoteFault::CollateralKind),
    ("SGX quote with non-SGX TCB info", QuoteFault::CollateralKind),
    ("Failed to decode TcbInfo", QuoteFault::CollateralMalformed),
    ("Failed to decode QeIdentity", QuoteFault::CollateralMalformed),
    ("Failed to decode TCB FMSPC", QuoteFault::CollateralMalformed),
    ("Failed to decode tdxModule", QuoteFault::CollateralMalformed),
    ("tdxModule", QuoteFault::CollateralMalformed),
    ("Failed to parse TCB Info", QuoteFault::CollateralMalformed),
    ("Failed to parse QE Identity", QuoteFault::CollateralMalformed),
    ("Failed to parse platform TCB date", QuoteFault::CollateralMalformed),
    ("Invalid TDX module tcbDate", QuoteFault::CollateralMalformed),
    ("Invalid TCB level tcbDate", QuoteFault::CollateralMalformed),
    ("Failed to parse certs", QuoteFault::CollateralMalformed),
    ("Certificate chain is too short for", QuoteFault::CollateralMalformed),
    ("SGX component count mismatch", QuoteFault::CollateralMalformed),
    ("TDX component count mismatch", QuoteFault::CollateralMalformed),
    ("Unrecognized TCB status", QuoteFault::CollateralMalformed),
    ("TDX TCB Info is missing tdxModule", QuoteFault::CollateralMalformed),
    ("No TCB levels found in QE Identity", QuoteFault::CollateralMalformed),
    ("Invalid key length", QuoteFault::CollateralMalformed),
    // The PCK certificate.
    ("Unsupported DCAP PCK cert format", QuoteFault::PckFormat),
    ("Failed to extract PCK certificates", QuoteFault::PckChain),
    ("Certificate chain is too short in quote", QuoteFault::PckChain),
    ("Failed to parse PCK certificate", QuoteFault::PckChain),
    ("Failed to decode certificate", QuoteFault::PckChain),
    ("extension ", QuoteFault::PckExtension),
    ("Intel extension", QuoteFault::PckExtension),
    ("Failed to decode DER object", QuoteFault::PckExtension),
    ("Failed to load sequence", QuoteFault::PckExtension),
    ("Failed to load nested sequence", QuoteFault::PckExtension),
    ("Failed to get ", QuoteFault::PckExtension),
    ("Failed to find ", QuoteFault::PckExtension),
    ("Failed to read ", QuoteFault::PckExtension),
    ("OID is missing", QuoteFault::PckExtension),
    ("Fmspc length mismatch", QuoteFault::PckExtension),
    ("CpuSvn length mismatch", QuoteFault::PckExtension),
    ("PceSvn length mismatch", QuoteFault::PckExtension),
    ("Unexpected ", QuoteFault::PckExtension),
    // The quoting enclave and the quote's signature.
    ("Signature is invalid for qe_report", QuoteFault::QeReportSignature),
    ("QE report hash mismatch", QuoteFault::QeReportData),
    ("Invalid QE auth data length", QuoteFault::QeReportData),
    ("QE MRSIGNER mismatch", QuoteFault::QeIdentity),
    ("QE ISVPRODID mismatch", QuoteFault::QeIdentity),
    ("QE MISCSELECT mismatch", QuoteFault::QeIdentity),
    ("QE ATTRIBUTES mismatch", QuoteFault::QeIdentity),
    ("QE report validation failed", QuoteFault::QeIdentity),
    ("QE ISVSVN", QuoteFault::QeTcb),
    ("ISV enclave report signature is invalid", QuoteFault::QuoteSignature),
    // The platform and the TD.
    ("Fmspc mismatch", QuoteFault::Fmspc),
    ("No matching TCB level found", QuoteFault::TcbLevel),
    ("No TDX module identity with id", QuoteFault::TdxModuleUnsupported),
    ("TDX module ISVSVN", QuoteFault::TdxModuleUnsupported),
    ("TDX module MRSIGNER mismatch", QuoteFault::TdxModule),
    ("TDX module SEAMATTRIBUTES", QuoteFault::TdxModule),
    ("TCB status is invalid: Revoked", QuoteFault::TcbRevoked),
    ("Reserved bits in TD attributes are set", QuoteFault::TdAttributesReserved),
    ("TD migration is enabled", QuoteFault::TdMigratable),
    ("SERVTD_EXT is enabled", QuoteFault::ServiceTd),
    ("SEPT_VE_DISABLE is not enabled", QuoteFault::SeptVeDisable),
];
