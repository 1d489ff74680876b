//! The fake Intel: platforms' certificates, and the collateral that judges them.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::der;
use crate::keys::{EcKey, Key};
use crate::quote::{QE_SIGNER, QuoteParts};
use crate::x509::{Certificate, Crl, Extension, certificate, date, pem};

/// Intel's arc of PCK certificate extensions (PCK certificate profile).
const SGX_EXTENSION: &str = "1.2.840.113741.1.13.1";

/// A quote with its chain and collateral, to be minted. Begins with everything in order and the platform up to date.
#[derive(Debug, Clone)]
pub struct QuoteForgery {
    /// The quote.
    pub quote: QuoteParts,
    /// The root.
    pub root: Certificate,
    /// The platform CA.
    pub pck_ca: Certificate,
    /// The platform's certificate. Its SGX extension is [`pck_extension`](Self::pck_extension).
    pub pck: Certificate,
    /// The items of the platform certificate's SGX extension, by their arcs.
    pub pck_extension: Vec<(&'static str, Vec<u8>)>,
    /// The certificate that signs TCB Info and QE Identity.
    pub tcb_signer: Certificate,
    /// The revocation lists.
    pub crls: Crls,
    /// TCB Info.
    pub tcb_info: Value,
    /// QE Identity.
    pub qe_identity: Value,
    /// The key that signs the platform CA.
    pub pck_ca_issuer: Key,
    /// The key that signs the platform's certificate.
    pub pck_issuer: Key,
    /// The key that signs the certificate of the signer of TCB Info.
    pub tcb_signer_issuer: Key,
    /// The key that signs TCB Info.
    pub tcb_info_key: EcKey,
    /// The key that signs QE Identity.
    pub qe_identity_key: EcKey,
    /// The key that signs the quoting enclave's report.
    pub qe_report_key: EcKey,
    /// The key that signs the quote.
    pub attestation_key: EcKey,
}

/// The two revocation lists of a quote's chain, with the keys that sign them.
#[derive(Debug, Clone)]
pub struct Crls {
    /// The root's.
    pub root: Crl,
    /// The platform CA's.
    pub pck: Crl,
    /// The key that signs the root's list.
    pub root_key: Key,
    /// The key that signs the platform CA's list.
    pub pck_key: Key,
}

/// A minted quote: what a verifier is given.
#[derive(Debug, Clone)]
pub struct MintedQuote {
    /// The quote.
    pub quote: Vec<u8>,
    /// The collateral, a JSON object.
    pub collateral: Value,
    /// The root, DER.
    pub root: Vec<u8>,
}

const ROOT: &str = "Forged SGX Root CA";
const PCK_CA: &str = "Forged SGX PCK Platform CA";

impl QuoteForgery {
    /// The time at which everything is valid.
    #[must_use]
    pub fn now() -> Timestamp {
        date("2026-06-15T00:00:00Z")
    }

    /// A good TDX quote of version 4.
    #[must_use]
    pub fn tdx() -> Self {
        Self::good(QuoteParts::tdx(), "TDX", "TD_QE")
    }

    /// A good TDX quote of version 5 with a TDX 1.5 report.
    #[must_use]
    pub fn tdx15() -> Self {
        Self::good(QuoteParts::tdx15(), "TDX", "TD_QE")
    }

    /// A good SGX quote of version 3.
    #[must_use]
    pub fn sgx() -> Self {
        Self::good(QuoteParts::sgx(), "SGX", "QE")
    }

    fn good(quote: QuoteParts, tcb_info: &str, qe_identity: &str) -> Self {
        let [root, pck_ca, pck, signer] = std::array::from_fn(|_| EcKey::p256());
        let ec = |key: &EcKey| Key::Ec(key.clone());
        let with = |certificate, extensions| Certificate { extensions, ..certificate };
        let crl = |issuer: &str, number| Crl {
            issuer: issuer.into(),
            this_update: date("2026-06-01T00:00:00Z"),
            next_update: Some(date("2026-07-01T00:00:00Z")),
            revoked: vec![],
            entry_extensions: vec![],
            extensions: vec![Extension::new("2.5.29.20", der::integer(&[number]))],
        };
        // digitalSignature and nonRepudiation (PCK certificate profile).
        let signs = || vec![Extension::key_usage(0b1100_0000)];
        let authority = |path_length| vec![Extension::authority(path_length), Extension::key_usage(0b0000_0110)];
        Self {
            quote,
            root: with(certificate(&[1], ROOT, ROOT, ec(&root)), authority(1)),
            pck_ca: with(certificate(&[2], ROOT, PCK_CA, ec(&pck_ca)), authority(0)),
            pck: with(certificate(&[3], PCK_CA, "Forged SGX PCK Certificate", ec(&pck)), signs()),
            pck_extension: pck_extension(),
            tcb_signer: with(certificate(&[4], ROOT, "Forged SGX TCB Signing", ec(&signer)), signs()),
            crls: Crls { root: crl(ROOT, 11), pck: crl(PCK_CA, 12), root_key: ec(&root), pck_key: ec(&pck_ca) },
            tcb_info: tcb_info_of(tcb_info),
            qe_identity: qe_identity_of(qe_identity),
            pck_ca_issuer: ec(&root),
            pck_issuer: ec(&pck_ca),
            tcb_signer_issuer: ec(&root),
            tcb_info_key: signer.clone(),
            qe_identity_key: signer,
            qe_report_key: pck,
            attestation_key: EcKey::p256(),
        }
    }

    /// Signs everything.
    #[must_use]
    pub fn mint(&self) -> MintedQuote {
        self.mint_with_root(&self.root.sign(&self.root.key))
    }

    /// The same with this certificate, DER, in place of the root's.
    pub(crate) fn mint_with_root(&self, root: &[u8]) -> MintedQuote {
        let pck_ca = self.pck_ca.sign(&self.pck_ca_issuer);
        let mut pck = self.pck.clone();
        if !self.pck_extension.is_empty() {
            let items: Vec<_> = self.pck_extension.iter().map(|(arc, value)| item(arc, value.clone())).collect();
            pck.extensions.push(Extension::new(SGX_EXTENSION, der::sequence(&items)));
        }
        let pck = pck.sign(&self.pck_issuer);
        let signer = self.tcb_signer.sign(&self.tcb_signer_issuer);

        let chain = pem(&[&pck, &pck_ca, root]);
        let signer_chain = pem(&[&signer, root]);
        let (tcb_info, qe_identity) = (self.tcb_info.to_string(), self.qe_identity.to_string());
        MintedQuote {
            quote: self.quote.sign(&self.attestation_key, &self.qe_report_key, &chain),
            collateral: json!({
                "pck_crl_issuer_chain": pem(&[&pck_ca, root]),
                "root_ca_crl": hex::encode(self.crls.root.sign(&self.crls.root_key)),
                "pck_crl": hex::encode(self.crls.pck.sign(&self.crls.pck_key)),
                "tcb_info_issuer_chain": signer_chain,
                "tcb_info_signature": hex::encode(self.tcb_info_key.sign_raw(tcb_info.as_bytes())),
                "tcb_info": tcb_info,
                "qe_identity_issuer_chain": signer_chain,
                "qe_identity_signature":
                    hex::encode(self.qe_identity_key.sign_raw(qe_identity.as_bytes())),
                "qe_identity": qe_identity,
            }),
            root: root.to_vec(),
        }
    }
}

/// The SGX extension of a platform with CPUSVN components 2, PCESVN 11, and every configuration flag.
fn pck_extension() -> Vec<(&'static str, Vec<u8>)> {
    let mut tcb: Vec<_> = (1..=16).map(|i| item(&format!("2.{i}"), der::integer(&[2]))).collect();
    tcb.push(item("2.17", der::integer(&[11])));
    tcb.push(item("2.18", der::octets(&[2; 16])));
    vec![
        ("1", der::octets(&[0x99; 16])),
        ("2", der::sequence(&tcb)),
        ("3", der::octets(&[0; 2])),
        ("4", der::octets(&FMSPC)),
        ("5", der::enumerated(1)),
        ("6", der::octets(&[0x77; 16])),
        (
            "7",
            der::sequence(&[
                item("7.1", der::boolean(true)),
                item("7.2", der::boolean(false)),
                item("7.3", der::boolean(true)),
            ]),
        ),
    ]
}

const FMSPC: [u8; 6] = [0x00, 0xF0, 0x6F, 0, 0, 0];

/// An item of Intel's extension of PCK certificates.
pub(crate) fn item(arc: &str, value: Vec<u8>) -> Vec<u8> {
    der::sequence(&[der::oid(&format!("{SGX_EXTENSION}.{arc}")), value])
}

/// TCB Info (PCS version 4): one level that the platform meets, and one below it that is out of date.
fn tcb_info_of(id: &str) -> Value {
    let tdx_components: Vec<_> =
        [5, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].map(|svn| json!({ "svn": svn })).into();
    let level = |svn: u8, status: &str, advisories: Value| {
        json!({
            "tcb": {
                "sgxtcbcomponents": vec![json!({ "svn": svn }); 16],
                "pcesvn": 11,
                "tdxtcbcomponents": tdx_components,
            },
            "tcbDate": "2025-08-13T00:00:00Z",
            "tcbStatus": status,
            "advisoryIDs": advisories,
        })
    };
    json!({
        "id": id,
        "version": 3,
        "issueDate": "2026-06-01T00:00:00Z",
        "nextUpdate": "2026-07-01T00:00:00Z",
        "fmspc": hex::encode(FMSPC),
        "pceId": "0000",
        "tcbType": 0,
        "tcbEvaluationDataNumber": 20,
        "tdxModule": module(),
        "tdxModuleIdentities": [{
            "id": "TDX_01",
            "mrsigner": "00".repeat(48),
            "attributes": "0000000000000000",
            "attributesMask": "FFFFFFFFFFFFFFFF",
            "tcbLevels": [{
                "tcb": { "isvsvn": 6 },
                "tcbDate": "2025-08-13T00:00:00Z",
                "tcbStatus": "UpToDate",
            }],
        }],
        "tcbLevels": [
            level(2, "UpToDate", json!([])),
            level(1, "OutOfDate", json!(["INTEL-SA-00960"])),
        ],
    })
}

fn module() -> Value {
    json!({
        "mrsigner": "00".repeat(48),
        "attributes": "0000000000000000",
        "attributesMask": "FFFFFFFFFFFFFFFF",
    })
}

/// QE Identity (PCS version 4).
fn qe_identity_of(id: &str) -> Value {
    json!({
        "id": id,
        "version": 2,
        "issueDate": "2026-06-01T00:00:00Z",
        "nextUpdate": "2026-07-01T00:00:00Z",
        "tcbEvaluationDataNumber": 19,
        "miscselect": "00000000",
        "miscselectMask": "FFFFFFFF",
        "attributes": "11000000000000000000000000000000",
        "attributesMask": "FBFFFFFFFFFFFFFF0000000000000000",
        "mrsigner": hex::encode(QE_SIGNER),
        "isvprodid": 2,
        "tcbLevels": [{
            "tcb": { "isvsvn": 8 },
            "tcbDate": "2025-08-13T00:00:00Z",
            "tcbStatus": "UpToDate",
        }],
    })
}
