//! Debugging, as attestation tokens tell of it.

use super::json::{FromJson, Json};

/// Whether debugging is possible. Source: RFC 9711 section 4.2.9, `dbgstat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DebugStatus {
    /// Debugging is possible now.
    Enabled,
    /// Debugging is not possible now; it may have been before, and may be again.
    Disabled,
    /// Debugging was not possible since the device started.
    DisabledSinceBoot,
    /// Nobody but the manufacturer can enable debugging.
    DisabledPermanently,
    /// Nobody can enable debugging, ever.
    DisabledFullyAndPermanently,
}

impl DebugStatus {
    const ALL: [DebugStatus; 5] = [
        DebugStatus::Enabled,
        DebugStatus::Disabled,
        DebugStatus::DisabledSinceBoot,
        DebugStatus::DisabledPermanently,
        DebugStatus::DisabledFullyAndPermanently,
    ];

    /// The name as a claim's case: as in tokens, with `_` for `-`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DebugStatus::Enabled => "enabled",
            DebugStatus::Disabled => "disabled",
            DebugStatus::DisabledSinceBoot => "disabled_since_boot",
            DebugStatus::DisabledPermanently => "disabled_permanently",
            DebugStatus::DisabledFullyAndPermanently => "disabled_fully_and_permanently",
        }
    }
}

impl<'a> FromJson<'a> for DebugStatus {
    fn expected() -> String {
        let names = Self::ALL.map(|status| status.name().replace('_', "-"));
        format!("one of {}", names.join(", "))
    }

    fn read(json: &'a Json) -> Option<Self> {
        let text = <&str>::read(json)?;
        Self::ALL.into_iter().find(|status| status.name().replace('_', "-") == text)
    }
}
