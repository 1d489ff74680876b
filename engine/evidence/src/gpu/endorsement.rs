//! From certificates to an endorsement: an attestation key of a device that NVIDIA, or another trusted root, vouches for.

use jiff::Timestamp;

use super::dice::Firmware;
use super::model::{DeviceKind, Model};
use super::refusal::DeviceRefusal;
use super::roots::NvidiaRoots;
use crate::cert::{Certificate, CertificateRefusal, Crl, Document, certificates};
use crate::crypto::P384Key;
use crate::excerpt::Excerpt;
use crate::refusal::Refusal;
use crate::verified::TrustRoot;

/// Whether revocation is checked. There is no default: a caller without lists says so, and the claim `revocation_checked` tells the policy.
///
/// NVIDIA publishes lists for its authorities and answers for single devices only online (OCSP), which is not asked here: a policy that must
/// do without a certain device names the ones that it accepts, by `ueid`.
#[derive(Debug, Clone, Copy)]
pub enum Revocation<'a> {
    /// Check the authorities above the device against these lists, each in DER or PEM, and current.
    Crls {
        /// The root's list (`l1-root.crl` at NVIDIA's distribution point).
        root: &'a [u8],
        /// The list of the authority beneath it (such as `l2-gh100.crl`).
        identity: &'a [u8],
    },
    /// Do not check.
    NotChecked,
}

/// An attestation key whose chain was verified.
///
/// Verifying the chain takes most of the time that a report takes. A service that sees many reports of one device keeps the endorsement and checks
/// each report against it; it holds until [`expires_at`](Self::expires_at). The key changes when the device loads other firmware.
#[derive(Debug, Clone)]
pub struct Endorsement {
    pub(super) model: Model,
    /// The serial number of the attestation key's certificate, in decimal digits.
    pub(super) ueid: String,
    pub(super) firmware: Firmware,
    /// The attestation key.
    pub(super) key: P384Key,
    pub(super) trust_root: TrustRoot,
    pub(super) revocation_checked: bool,
    pub(super) not_before: Timestamp,
    pub(super) expires_at: Timestamp,
}

impl Endorsement {
    /// Verifies `chain` up to one of `roots`, at `now`: five certificates in PEM, the attestation key's first and the root last, as NVIDIA's
    /// driver gives them.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn of(chain: &[u8], revocation: Revocation<'_>, roots: &NvidiaRoots, now: Timestamp) -> Result<Self, Refusal> {
        // 1. Read the certificates.
        let [attestation_key, device, provisioner, identity, root] = read(chain)?;

        // 2. The chain ends at a trusted root.
        let trust_root = roots.find(&root).ok_or_else(|| CertificateRefusal::UntrustedRoot {
            found: root.root_identity(),
            trusted: vec![roots.identity()],
        })?;

        // 3. Places, names and signatures, from the root down.
        let links = [&root, &identity, &provisioner, &device, &attestation_key];
        for link in links {
            link.check_critical_extensions()?;
        }
        root.check_is_authority(3)?;
        identity.check_is_authority(2)?;
        provisioner.check_is_authority(1)?;
        device.check_is_authority(0)?;
        attestation_key.check_is_end_entity()?;
        attestation_key.check_signs_data()?;
        root.check_issued_by(&root)?;
        for pair in links.windows(2) {
            pair[1].check_issued_by(pair[0])?;
        }
        check_identity_name(&identity)?;
        let model = Model::named_by(&attestation_key, &device, &provisioner)?;

        // 4. All are valid now.
        for link in links {
            link.check_valid_at(now)?;
        }

        // 5. No authority is revoked.
        let mut not_before = root.not_before();
        let mut expires_at = root.not_after();
        for link in links {
            not_before = not_before.max(link.not_before());
            expires_at = expires_at.min(link.not_after());
        }
        let revocation_checked = match revocation {
            Revocation::Crls { root: root_list, identity: identity_list } => {
                for (list, issuer, subject) in [(root_list, &root, &identity), (identity_list, &identity, &provisioner)]
                {
                    let crl = Crl::verify(list, issuer, now)?;
                    crl.check_not_revoked(subject)?;
                    not_before = not_before.max(crl.this_update());
                    expires_at = expires_at.min(crl.next_update());
                }
                true
            }
            Revocation::NotChecked => false,
        };

        // 6. What the attestation key's certificate says, now that it is proven.
        Ok(Self {
            model,
            ueid: decimal(attestation_key.serial()),
            firmware: Firmware::certified_by(&attestation_key)?,
            key: attestation_key.parsed_p384_key()?,
            trust_root,
            revocation_checked,
            not_before,
            expires_at,
        })
    }

    /// What the device is.
    #[must_use]
    pub fn kind(&self) -> DeviceKind {
        self.model.kind
    }

    /// The first end of validity in the chain and the revocation lists.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

/// The five certificates, each read for its place.
fn read(chain: &[u8]) -> Result<[Certificate; 5], Refusal> {
    let files = certificates(chain)?;
    let [attestation_key, device, provisioner, identity, root] = &files[..] else {
        return Err(DeviceRefusal::ChainLength { found: files.len() }.into());
    };
    Ok([
        Certificate::read(Document::NvidiaAttestationKey, attestation_key)?,
        Certificate::read(Document::NvidiaDevice, device)?,
        Certificate::read(Document::NvidiaProvisioner, provisioner)?,
        Certificate::read(Document::NvidiaIdentity, identity)?,
        Certificate::read(Document::NvidiaRoot, root)?,
    ])
}

/// The authority beneath the root is one of a line of chips. Its chip need not be the device's: GH100's vouches for LS10 as well.
fn check_identity_name(identity: &Certificate) -> Result<(), CertificateRefusal> {
    let name = identity.common_name();
    if !(name.starts_with("NVIDIA ") && name.ends_with(" Identity")) {
        return Err(CertificateRefusal::Name {
            document: Document::NvidiaIdentity,
            field: "subject",
            found: Excerpt::of(name),
            expected: Excerpt::of("NVIDIA CHIP Identity"),
        });
    }
    Ok(())
}

/// A big-endian number in decimal digits. A certificate's serial number has at most 20 bytes.
fn decimal(bytes: &[u8]) -> String {
    let mut digits = vec![0u8];
    for byte in bytes {
        let mut carry = u16::from(*byte);
        for digit in &mut digits {
            carry += u16::from(*digit) << 8;
            *digit = (carry % 10) as u8;
            carry /= 10;
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::decimal;

    /// Expected values by Python's `int.from_bytes`.
    #[test]
    fn serial_numbers_in_decimal() {
        assert_eq!(decimal(&[]), "0");
        assert_eq!(decimal(&[0]), "0");
        assert_eq!(decimal(&[0, 9]), "9");
        assert_eq!(decimal(&[0xFF]), "255");
        assert_eq!(decimal(&[1, 0]), "256");
        assert_eq!(decimal(&[0xFF; 8]), "18446744073709551615");
        let serial = hex::decode("53c22ba15e5d68088282da074ed9fb37aa585771").unwrap();
        assert_eq!(decimal(&serial), "478176379286082186618948445787393647364802107249");
    }
}
