//! From certificates to an endorsement: a report key that AMD, or another trusted root, vouches for.

use jiff::Timestamp;

use super::product::Product;
use super::report::Signer;
use super::roots::{AmdRoots, Authority};
use super::vek::{Kind, Vek};
use crate::cert::{Certificate, CertificateRefusal, Crl, Document, Revocation};
use crate::refusal::Refusal;
use crate::verified::TrustRoot;

/// The certificates between a report key and its root.
#[derive(Debug, Clone, Copy)]
pub enum Chain<'a> {
    /// AMD's ASK and ARK of the key's product, which this crate carries. VCEKs only.
    BuiltIn,
    /// These certificates, each in DER or PEM.
    Given {
        /// The ASK of a VCEK, the ASVK of a VLEK.
        ask: &'a [u8],
        /// The ARK. It must be a trusted root.
        ark: &'a [u8],
    },
}

/// A VCEK or VLEK whose chain was verified.
///
/// Verifying the chain takes most of the time that a report takes. A service that sees many reports of one chip keeps the
/// endorsement and checks each report against it ([`Endorsement::verify`](Self::verify)); it holds until
/// [`expires_at`](Self::expires_at).
#[derive(Debug, Clone)]
pub struct Endorsement {
    pub(super) vek: Vek,
    pub(super) trust_root: TrustRoot,
    pub(super) revocation_checked: bool,
    pub(super) vek_not_after: Timestamp,
    pub(super) not_before: Timestamp,
    pub(super) expires_at: Timestamp,
}

impl Endorsement {
    /// Verifies `vek` (one certificate, DER or PEM) up to one of `roots`, at `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn of(
        vek: &[u8],
        chain: Chain<'_>,
        revocation: Revocation<'_>,
        roots: &AmdRoots,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        // 1. Read the certificates, and of the key's no more than it takes to know its issuer.
        let certificate = Certificate::read(Document::Vek, vek)?;
        let kind = Kind::claimed_by(&certificate)?;
        let given;
        let authority = match chain {
            Chain::BuiltIn => match kind.signer {
                Signer::Vcek => Authority::of(kind.product),
                Signer::Vlek => {
                    return Err(CertificateRefusal::AsvkRequired { product: kind.product.name() }.into());
                }
            },
            Chain::Given { ask, ark } => {
                let ask = Certificate::read(Document::Ask, ask)?;
                given = Authority { ask, ark: Certificate::read(Document::Ark, ark)? };
                &given
            }
        };
        let Authority { ask, ark } = authority;

        // 2. The chain ends at a trusted root.
        let trust_root = roots.find(ark).ok_or_else(|| match chain {
            Chain::BuiltIn => CertificateRefusal::BuiltInChain { trusted: roots.identities() }.into(),
            Chain::Given { .. } => roots.refusal(ark),
        })?;

        // 3. Names, places and signatures, from the root down (AMD 57230, the tables of certificate contents).
        match chain {
            // Checked when it was loaded: its bytes are this crate's.
            Chain::BuiltIn => {}
            Chain::Given { .. } => authority.check(&roots.ark_name(kind.product))?,
        }
        check_key(&certificate, ask)?;

        // 4. All three are valid now.
        for link in [ark, ask, &certificate] {
            link.check_valid_at(now)?;
        }

        // 5. None is revoked.
        let vek_not_after = certificate.not_after();
        let mut not_before = ark.not_before().max(ask.not_before()).max(certificate.not_before());
        let mut expires_at = ark.not_after().min(ask.not_after()).min(vek_not_after);
        let revocation_checked = match revocation {
            Revocation::Crl(list) => {
                let crl = Crl::verify(list, ark, now)?;
                for link in [ark, ask, &certificate] {
                    crl.check_not_revoked(link)?;
                }
                not_before = not_before.max(crl.this_update());
                expires_at = expires_at.min(crl.next_update());
                true
            }
            Revocation::NotChecked => false,
        };

        // 6. What the key's certificate says, now that it is proven.
        let vek = Vek::read(&certificate, kind)?;
        Ok(Self { vek, trust_root, revocation_checked, vek_not_after, not_before, expires_at })
    }

    /// The product of the chip.
    #[must_use]
    pub fn product(&self) -> Product {
        self.vek.kind.product
    }

    /// The first end of validity in the chain and the revocation list.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

/// Checks the last link, ASK (or ASVK) → VEK.
fn check_key(certificate: &Certificate, ask: &Certificate) -> Result<(), CertificateRefusal> {
    certificate.check_critical_extensions()?;
    // The key's certificate names the ASK or ASVK of its kind as issuer (`Kind::claimed_by`), so this is the ASK's name as well.
    certificate.check_is_end_entity()?;
    certificate.check_issued_by(ask)
}
