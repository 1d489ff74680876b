//! What is known of each verifier by its name in `@verifier("…")`: who signs what it takes, and by which claims its evidence is tied to something else.
//!
//! | verifier | signed by | names a key in | names a nonce in |
//! |---|---|---|---|
//! | `sev-snp`, `tdx`, `sgx` | hardware | `report_data` | `report_data` |
//! | `nvidia-gpu`, `nvidia-switch` | hardware | | `nonce` |
//! | `ear` | an issuer | `key_thumbprint` | `nonce` |
//! | `nras` | an issuer | | `nonce` |
//! | `azure-maa`, `confidential-space` | an issuer | | |
//! | `jwt-svid` | an issuer | `key_thumbprint` | |
//! | `x509-svid` | an issuer | `key_digest` | |
//! | `agent-session` | the deployment | `key_digest` | |
//! | `approval` | the deployment | | |
//!
//! Two fields can be `bound to` each other where a proof exists ([`proof`]): the checker refuses any other pair, and the engine proves these when a session
//! opens. There is one table, so that the two cannot differ.

use crate::types::Type;

/// A verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verifier {
    /// Its name in `@verifier("…")`.
    pub name: &'static str,
    /// Who signs what it takes.
    pub signer: Signer,
    /// The claim that names a key.
    pub key: Option<TyingClaim>,
    /// The claim that names a nonce.
    pub nonce: Option<TyingClaim>,
}

/// Whose signature is under evidence, and so how the engine comes by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// A vendor's hardware. Only the engine's verifier makes it.
    Hardware,
    /// An issuer that the deployment trusts. Only the engine's verifier makes it.
    Issuer,
    /// A service of the deployment, in a form of its own: whoever embeds the engine verifies it.
    Deployment,
}

/// A claim that ties evidence to a key or a nonce, and the form in which it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TyingClaim {
    /// `report_data: Bytes<64>`, in one of the layouts that the engine knows.
    ReportData,
    /// `key_digest: Bytes<64>`: a digest of the key, with zeros after it where it is shorter.
    KeyDigest,
    /// `key_digest: Digest<32>`: SHA-256 of the key's `SubjectPublicKeyInfo`.
    KeyInfoDigest,
    /// `key_thumbprint: Bytes<32>?`: the key's thumbprint as a JSON Web Key (RFC 7638), SHA-256. Where it is absent, no key is named, and no proof by key holds.
    KeyThumbprint,
    /// `nonce: Bytes<32>`.
    Nonce,
    /// `nonce: Bytes?`.
    OptionalNonce,
}

/// How two pieces of evidence are shown to belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Both name the key that the peer holds.
    Key,
    /// Both name the same nonce.
    Nonce,
}

/// Every verifier.
pub const VERIFIERS: [Verifier; 13] = {
    use Signer::{Deployment, Hardware, Issuer};
    use TyingClaim::{KeyDigest, KeyInfoDigest, KeyThumbprint, Nonce, OptionalNonce, ReportData};
    const fn row(name: &'static str, signer: Signer, key: Option<TyingClaim>, nonce: Option<TyingClaim>) -> Verifier {
        Verifier { name, signer, key, nonce }
    }
    [
        row("sev-snp", Hardware, Some(ReportData), Some(ReportData)),
        row("tdx", Hardware, Some(ReportData), Some(ReportData)),
        row("sgx", Hardware, Some(ReportData), Some(ReportData)),
        row("nvidia-gpu", Hardware, None, Some(Nonce)),
        row("nvidia-switch", Hardware, None, Some(Nonce)),
        row("ear", Issuer, Some(KeyThumbprint), Some(OptionalNonce)),
        row("nras", Issuer, None, Some(Nonce)),
        row("azure-maa", Issuer, None, None),
        row("confidential-space", Issuer, None, None),
        row("jwt-svid", Issuer, Some(KeyThumbprint), None),
        row("x509-svid", Issuer, Some(KeyInfoDigest), None),
        row("agent-session", Deployment, Some(KeyDigest), None),
        row("approval", Deployment, None, None),
    ]
};

impl Verifier {
    /// The verifier of this name.
    pub fn named(name: &str) -> Option<&'static Verifier> {
        VERIFIERS.iter().find(|verifier| verifier.name == name)
    }

    /// The claim that a proof reads of this verifier's evidence.
    pub fn claim(&self, proof: Proof) -> Option<TyingClaim> {
        match proof {
            Proof::Key => self.key,
            Proof::Nonce => self.nonce,
        }
    }

    /// Whether its evidence answers the nonce in a processor's report data.
    fn answers(&self, processor: &Verifier) -> bool {
        let report_data = Some(TyingClaim::ReportData);
        processor.nonce == report_data && self.nonce.is_some() && self.nonce != report_data
    }
}

impl TyingClaim {
    /// The claim's name and type.
    pub fn declaration(self) -> (&'static str, Type) {
        match self {
            TyingClaim::ReportData => ("report_data", Type::FixedBytes(64)),
            TyingClaim::KeyDigest => ("key_digest", Type::FixedBytes(64)),
            TyingClaim::KeyInfoDigest => ("key_digest", Type::Digest(32)),
            TyingClaim::KeyThumbprint => ("key_thumbprint", Type::Optional(Box::new(Type::FixedBytes(32)))),
            TyingClaim::Nonce => ("nonce", Type::FixedBytes(32)),
            TyingClaim::OptionalNonce => ("nonce", Type::Optional(Box::new(Type::Bytes))),
        }
    }
}

/// The proof that evidence of two verifiers belongs together, where there is one.
///
/// A nonce ties what answers one to a processor's evidence, whose report data the measured code chose; two pieces without such a choice behind them are not
/// tied by it. All others are tied by a key where both name one: a key says more than a nonce, which anybody who saw it can have signed.
///
/// An attestation result may name both, and its key only where its issuer puts one in. The pair alone decides which counts, never what a token happens to
/// hold: to a processor's evidence it is tied by the nonce, to whatever else names a key by the key. Who wants its key to count binds it to the session that is
/// bound to the processor's evidence.
pub fn proof(one: &Verifier, other: &Verifier) -> Option<Proof> {
    if one.answers(other) || other.answers(one) {
        return Some(Proof::Nonce);
    }
    (one.key.is_some() && other.key.is_some()).then_some(Proof::Key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each pair, worked out from what the proofs need: a nonce and report data, or a key on both sides.
    #[test]
    fn every_pair_has_the_proof_it_should() {
        let processors = ["sev-snp", "tdx", "sgx"];
        let with_key = ["sev-snp", "tdx", "sgx", "ear", "jwt-svid", "x509-svid", "agent-session"];
        let answering = ["nvidia-gpu", "nvidia-switch", "ear", "nras"];
        for one in &VERIFIERS {
            for other in &VERIFIERS {
                let expected = if answering.contains(&one.name) && processors.contains(&other.name)
                    || processors.contains(&one.name) && answering.contains(&other.name)
                {
                    Some(Proof::Nonce)
                } else if with_key.contains(&one.name) && with_key.contains(&other.name) {
                    Some(Proof::Key)
                } else {
                    None
                };
                assert_eq!(proof(one, other), expected, "{} and {}", one.name, other.name);
            }
        }
    }

    #[test]
    fn each_is_found_by_its_name() {
        for verifier in &VERIFIERS {
            assert_eq!(Verifier::named(verifier.name), Some(verifier));
        }
        assert_eq!(Verifier::named("SEV-SNP"), None);
        assert_eq!(Verifier::named(""), None);
    }
}
