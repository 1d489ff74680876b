//! What of a session is not proven.

/// A proof that the policy demands and that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// No key was given to prove the binding with.
    #[error(
        "`{bound}` is not shown to be bound to `{anchor}`: no key was given for `{bound}`; give the public key that the peer has proven to hold"
    )]
    KeyMissing {
        /// The field that is bound.
        bound: String,
        /// The field it is bound to.
        anchor: String,
    },
    /// One of the two fields names another key than the one that was given, or none.
    #[error(
        "`{field}` does not name the key given for `{bound}`: expected a digest of that key in it; attest with SHA-512, SHA-384 or SHA-256 of the key's `SubjectPublicKeyInfo`, or its thumbprint, at the beginning of the report data"
    )]
    KeyMismatch {
        /// The field that does not name it.
        field: String,
        /// The field that is bound.
        bound: String,
    },
    /// The two fields do not answer the same nonce.
    #[error(
        "`{bound}` is not bound to `{anchor}`: it does not answer the nonce in the report data of `{anchor}`, bytes 32 to 63, which is one only beside zeros or a digest of 32 bytes of a key that is given; let the measured code ask for both with one nonce"
    )]
    NonceMismatch {
        /// The field that is bound.
        bound: String,
        /// The field it is bound to.
        anchor: String,
    },
    /// There is nothing to prove it with: the evidence that the field is bound to is absent.
    #[error("`{bound}` cannot be bound to `{anchor}`: there is no evidence in `{anchor}`")]
    NoProof {
        /// The field that is bound.
        bound: String,
        /// The field it is bound to.
        anchor: String,
    },
    /// Evidence that must answer a challenge was given without one.
    #[error("`{field}` must answer a challenge, and none was given: issue a nonce, and redeem it with the evidence")]
    ChallengeMissing {
        /// The field.
        field: String,
    },
    /// Evidence answers another challenge than the one that was redeemed for it.
    #[error("`{field}` does not answer the challenge that was redeemed for it: expected its nonce in the evidence")]
    NotAnswered {
        /// The field.
        field: String,
    },
}

impl BindingError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            BindingError::KeyMissing { .. } => "atbac::session::key_missing",
            BindingError::KeyMismatch { .. } => "atbac::session::key_mismatch",
            BindingError::NonceMismatch { .. } => "atbac::session::nonce_mismatch",
            BindingError::NoProof { .. } => "atbac::session::no_proof_of_binding",
            BindingError::ChallengeMissing { .. } => "atbac::session::challenge_missing",
            BindingError::NotAnswered { .. } => "atbac::session::challenge_not_answered",
        }
    }

    /// The field of which something is not proven.
    pub fn field(&self) -> &str {
        match self {
            BindingError::KeyMissing { bound, .. }
            | BindingError::KeyMismatch { bound, .. }
            | BindingError::NonceMismatch { bound, .. }
            | BindingError::NoProof { bound, .. } => bound,
            BindingError::ChallengeMissing { field } | BindingError::NotAnswered { field } => field,
        }
    }
}
