//! Why a container was not opened.

use crate::excerpt::Excerpt;

/// Why no report was taken out of a container.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContainerRefusal {
    /// It is not well-formed.
    #[error("the {form} cannot be read: {reason}")]
    Malformed {
        /// The form.
        form: &'static str,
        /// What is wrong with it.
        reason: Excerpt,
    },
    /// It holds evidence of another kind.
    #[error("it holds evidence of `{found}`, not of SEV-SNP: verify it as that")]
    Kind {
        /// The kind found.
        found: Excerpt,
    },
    /// Containers stand in each other deeper than any genuine one.
    #[error("containers stand in containers more than 3 deep: take the outer ones off first")]
    TooDeep,
    /// No certificate of the report key came with the report.
    #[error(
        "no certificate of the report key (VCEK or VLEK) came with the report: fetch it from AMD or the cloud provider and give it"
    )]
    NoVek,
}

impl ContainerRefusal {
    pub(super) fn malformed(form: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Malformed { form, reason: Excerpt::of(reason) }
    }

    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        use ContainerRefusal as R;
        match self {
            R::Malformed { .. } => "container_malformed",
            R::Kind { .. } => "container_kind",
            R::TooDeep => "container_too_deep",
            R::NoVek => "vek_missing",
        }
    }
}
