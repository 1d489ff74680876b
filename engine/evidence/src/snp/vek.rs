//! What a VCEK or VLEK certificate says about the key's chip: AMD's own extensions.
//!
//! AMD 57230, "Versioned Chip Endorsement Key (VCEK) Certificate and KDS Interface Specification", the tables of
//! X.509 version 3 extensions of the VCEK and of the VLEK certificate.

use x509_cert::der::asn1::{Ia5StringRef, ObjectIdentifier};
use x509_cert::der::{self, Decode};

use super::product::Product;
use super::report::Signer;
use super::tcb::{Tcb, TcbLayout};
use crate::cert::{Certificate, CertificateRefusal, Document};
use crate::crypto::P384Key;
use crate::excerpt::Excerpt;

/// The subject's common name in either kind of certificate.
const VCEK_NAME: &str = "SEV-VCEK";
const VLEK_NAME: &str = "SEV-VLEK";

/// The kind of a report key, which decides who may have issued it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) product: Product,
    pub(crate) signer: Signer,
}

/// What the certificate of a report key says about it.
#[derive(Debug, Clone)]
pub(crate) struct Vek {
    pub(crate) kind: Kind,
    /// The TCB version for which the key was derived.
    pub(crate) tcb: Tcb,
    pub(crate) holder: Holder,
    pub(crate) key: P384Key,
}

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The chip with this `hwID`: 64 bytes on Milan and Genoa, 8 on Turin.
    Chip(Vec<u8>),
    /// The cloud provider with this `cspID`.
    Provider(String),
}

impl Kind {
    /// The kind that `certificate` claims to be of, to find the chain that can prove it.
    pub(crate) fn claimed_by(certificate: &Certificate) -> Result<Self, CertificateRefusal> {
        let name = Extensions(certificate).text(PRODUCT_NAME)?;
        let product = Product::of_certificate_name(&name)
            .ok_or_else(|| CertificateRefusal::ProductUnknown { found: Excerpt::of(&name) })?;
        Ok(Self { product, signer: signer_named_by(certificate, product)? })
    }
}

impl Vek {
    /// Reads the key and AMD's extensions of a `certificate` whose chain was verified for `kind`.
    pub(crate) fn read(certificate: &Certificate, kind: Kind) -> Result<Self, CertificateRefusal> {
        let extensions = Extensions(certificate);
        Ok(Self {
            kind,
            tcb: extensions.tcb(kind.product.tcb_layout())?,
            holder: extensions.holder(kind)?,
            key: certificate.parsed_p384_key()?,
        })
    }
}

/// The name of the authority that issues keys of this kind: the ASK or the ASVK of the product.
fn issuer_name(signer: Signer, product: Product) -> String {
    match signer {
        Signer::Vcek => format!("SEV-{}", product.name()),
        Signer::Vlek => format!("SEV-VLEK-{}", product.name()),
    }
}

/// The kind of key that the subject names, which the issuer must be the one to issue.
fn signer_named_by(certificate: &Certificate, product: Product) -> Result<Signer, CertificateRefusal> {
    let subject = certificate.common_name();
    let signer = match subject.as_str() {
        VCEK_NAME => Signer::Vcek,
        VLEK_NAME => Signer::Vlek,
        _ => {
            return Err(CertificateRefusal::Name {
                document: Document::Vek,
                field: "subject",
                found: Excerpt::of(&subject),
                expected: Excerpt::of(format_args!("{VCEK_NAME}` or `{VLEK_NAME}")),
            });
        }
    };
    let (found, expected) = (certificate.issuer_common_name(), issuer_name(signer, product));
    if found != expected {
        let (found, expected) = (Excerpt::of(found), Excerpt::of(expected));
        return Err(CertificateRefusal::Name { document: Document::Vek, field: "issuer", found, expected });
    }
    Ok(signer)
}

/// One of AMD's extensions, under 1.3.6.1.4.1.3704.1.
#[derive(Clone, Copy)]
struct Extension {
    name: &'static str,
    oid: ObjectIdentifier,
}

const fn extension(name: &'static str, oid: &str) -> Extension {
    Extension { name, oid: ObjectIdentifier::new_unwrap(oid) }
}

const STRUCT_VERSION: Extension = extension("structVersion", "1.3.6.1.4.1.3704.1.1");
const PRODUCT_NAME: Extension = extension("productName", "1.3.6.1.4.1.3704.1.2");
const BOOTLOADER_SPL: Extension = extension("blSPL", "1.3.6.1.4.1.3704.1.3.1");
const TEE_SPL: Extension = extension("teeSPL", "1.3.6.1.4.1.3704.1.3.2");
const SNP_SPL: Extension = extension("snpSPL", "1.3.6.1.4.1.3704.1.3.3");
/// Patch levels of components that the product does not have. Their bytes in a report's TCB version are reserved.
const RESERVED_SPLS: [Extension; 4] = [
    extension("spl_4", "1.3.6.1.4.1.3704.1.3.4"),
    extension("spl_5", "1.3.6.1.4.1.3704.1.3.5"),
    extension("spl_6", "1.3.6.1.4.1.3704.1.3.6"),
    extension("spl_7", "1.3.6.1.4.1.3704.1.3.7"),
];
const MICROCODE_SPL: Extension = extension("ucodeSPL", "1.3.6.1.4.1.3704.1.3.8");
const FMC_SPL: Extension = extension("fmcSPL", "1.3.6.1.4.1.3704.1.3.9");
const HW_ID: Extension = extension("hwID", "1.3.6.1.4.1.3704.1.4");
const CSP_ID: Extension = extension("cspID", "1.3.6.1.4.1.3704.1.5");

struct Extensions<'a>(&'a Certificate);

impl<'a> Extensions<'a> {
    /// The TCB version, once `structVersion` has confirmed the layout of the product.
    fn tcb(&self, layout: TcbLayout) -> Result<Tcb, CertificateRefusal> {
        let (struct_version, fmc) = match layout {
            TcbLayout::V0 => {
                self.forbid(FMC_SPL)?;
                (0, None)
            }
            TcbLayout::V1 => (1, Some(self.level(FMC_SPL)?)),
        };
        let found = self.level(STRUCT_VERSION)?;
        if found != struct_version {
            return Err(wrong(STRUCT_VERSION, &format!("it is {found}; expected {struct_version} for the product")));
        }
        for reserved in RESERVED_SPLS {
            if self.0.extension(reserved.oid)?.is_some() && self.level(reserved)? != 0 {
                return Err(wrong(reserved, "it is reserved and must be zero"));
            }
        }
        Ok(Tcb {
            fmc,
            bootloader: self.level(BOOTLOADER_SPL)?,
            tee: self.level(TEE_SPL)?,
            snp: self.level(SNP_SPL)?,
            microcode: self.level(MICROCODE_SPL)?,
        })
    }

    /// The chip of a VCEK, the provider of a VLEK; a certificate that has both is neither.
    fn holder(&self, kind: Kind) -> Result<Holder, CertificateRefusal> {
        match kind.signer {
            Signer::Vcek => {
                self.forbid(CSP_ID)?;
                // Raw bytes in the extension, with no DER type around them.
                let id = self.content(HW_ID)?;
                let expected = match kind.product {
                    Product::Milan | Product::Genoa => 64,
                    Product::Turin => 8,
                };
                if id.len() != expected {
                    return Err(wrong(HW_ID, &format!("it has {} bytes; expected {expected}", id.len())));
                }
                Ok(Holder::Chip(id.to_vec()))
            }
            Signer::Vlek => {
                self.forbid(HW_ID)?;
                Ok(Holder::Provider(self.text(CSP_ID)?))
            }
        }
    }

    /// An `INTEGER` from 0 to 255.
    fn level(&self, extension: Extension) -> Result<u8, CertificateRefusal> {
        u8::from_der(self.content(extension)?).map_err(|error| undecodable(extension, &error))
    }

    /// An `IA5String`.
    fn text(&self, extension: Extension) -> Result<String, CertificateRefusal> {
        Ia5StringRef::from_der(self.content(extension)?)
            .map(|text| text.as_str().to_owned())
            .map_err(|error| undecodable(extension, &error))
    }

    fn content(&self, extension: Extension) -> Result<&'a [u8], CertificateRefusal> {
        self.0.extension(extension.oid)?.ok_or_else(|| wrong(extension, "it is missing"))
    }

    fn forbid(&self, extension: Extension) -> Result<(), CertificateRefusal> {
        match self.0.extension(extension.oid)? {
            Some(_) => Err(wrong(extension, "this kind of certificate has none")),
            None => Ok(()),
        }
    }
}

fn undecodable(extension: Extension, error: &der::Error) -> CertificateRefusal {
    wrong(extension, &format!("it cannot be read: {error}"))
}

fn wrong(extension: Extension, reason: &str) -> CertificateRefusal {
    CertificateRefusal::Extension { name: extension.name, oid: extension.oid.to_string(), reason: reason.into() }
}
