//! The verifiers that evidence can name in `@verifier(…)`, and who signs what each of them checks.

/// Who signs what a verifier checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// Hardware: what it signs can be `attested`, and only the engine's verifier makes a value of it.
    Hardware,
    /// An issuer that the deployment trusts: what it signs is `authenticated` at best.
    Issuer,
}

/// Every verifier, by the name that evidence gives it.
pub const VERIFIERS: [(&str, Signer); 12] = [
    ("sev-snp", Signer::Hardware),
    ("tdx", Signer::Hardware),
    ("sgx", Signer::Hardware),
    ("nvidia-gpu", Signer::Hardware),
    ("ear", Signer::Issuer),
    ("nras", Signer::Issuer),
    ("azure-maa", Signer::Issuer),
    ("confidential-space", Signer::Issuer),
    ("jwt-svid", Signer::Issuer),
    ("x509-svid", Signer::Issuer),
    ("agent-session", Signer::Issuer),
    (APPROVAL, Signer::Issuer),
];

/// The verifier of statements whose form is their issuer's own: the standard library's schema for it is one of many.
pub const APPROVAL: &str = "approval";

/// Who signs what a verifier checks; nothing for a name that no verifier has.
pub fn signer(verifier: &str) -> Option<Signer> {
    VERIFIERS.iter().find(|(name, _)| *name == verifier).map(|(_, signer)| *signer)
}
