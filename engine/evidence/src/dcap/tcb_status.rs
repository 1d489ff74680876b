//! Intel's judgement of a platform's patch level, and how several judgements become one.

/// How a TCB compares with what Intel currently asks for (PCS version 4, `tcbStatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[non_exhaustive]
pub enum TcbStatus {
    /// At the latest level.
    UpToDate,
    /// Software running on it must be hardened.
    SWHardeningNeeded,
    /// Its configuration must be changed.
    ConfigurationNeeded,
    /// Both.
    ConfigurationAndSWHardeningNeeded,
    /// Below the latest level.
    OutOfDate,
    /// Below the latest level, and its configuration must be changed.
    OutOfDateConfigurationNeeded,
    /// The TD was launched out of date; the platform has since been updated, and relaunching would mend it.
    TDRelaunchAdvised,
    /// The same, and the configuration must be changed.
    TDRelaunchAdvisedConfigurationNeeded,
    /// Its keys are not to be trusted. Never the status of verified evidence as a whole.
    Revoked,
}

/// What is wrong with the patches, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Patches {
    Current,
    CurrentAfterRelaunch,
    Missing,
    Revoked,
}

/// What a status asks for: the patches, whether the configuration must change, whether software must be hardened.
type Needs = (Patches, bool, bool);

impl TcbStatus {
    /// Intel's name for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            TcbStatus::UpToDate => "UpToDate",
            TcbStatus::SWHardeningNeeded => "SWHardeningNeeded",
            TcbStatus::ConfigurationNeeded => "ConfigurationNeeded",
            TcbStatus::ConfigurationAndSWHardeningNeeded => "ConfigurationAndSWHardeningNeeded",
            TcbStatus::OutOfDate => "OutOfDate",
            TcbStatus::OutOfDateConfigurationNeeded => "OutOfDateConfigurationNeeded",
            TcbStatus::TDRelaunchAdvised => "TDRelaunchAdvised",
            TcbStatus::TDRelaunchAdvisedConfigurationNeeded => "TDRelaunchAdvisedConfigurationNeeded",
            TcbStatus::Revoked => "Revoked",
        }
    }

    /// The status of two parts together: what either of them asks for.
    ///
    /// Where Intel's quote verification library converges statuses it gives the same. It leaves out some of what the quoting enclave
    /// and the current TCB ask for; here nothing is left out, so the outcome is never better than any part.
    pub(super) fn converge(self, other: Self) -> Self {
        let ((patches, configuration, hardening), other) = (self.needs(), other.needs());
        Self::with(patches.max(other.0), configuration || other.1, hardening || other.2)
    }

    /// The status of a launch and what has become of it: where the launch misses patches that are all there by now, a relaunch mends it.
    pub(super) fn relaunched(self, current: Self) -> Self {
        let ((launched, ..), (by_now, ..)) = (self.needs(), current.needs());
        if launched == Patches::Missing && by_now == Patches::Current {
            let (_, configuration, hardening) = self.needs();
            return Self::with(Patches::CurrentAfterRelaunch, configuration, hardening).converge(current);
        }
        self.converge(current)
    }

    fn needs(self) -> Needs {
        match self {
            TcbStatus::UpToDate => (Patches::Current, false, false),
            TcbStatus::SWHardeningNeeded => (Patches::Current, false, true),
            TcbStatus::ConfigurationNeeded => (Patches::Current, true, false),
            TcbStatus::ConfigurationAndSWHardeningNeeded => (Patches::Current, true, true),
            TcbStatus::TDRelaunchAdvised => (Patches::CurrentAfterRelaunch, false, false),
            TcbStatus::TDRelaunchAdvisedConfigurationNeeded => (Patches::CurrentAfterRelaunch, true, false),
            TcbStatus::OutOfDate => (Patches::Missing, false, false),
            TcbStatus::OutOfDateConfigurationNeeded => (Patches::Missing, true, false),
            TcbStatus::Revoked => (Patches::Revoked, false, false),
        }
    }

    /// The status that asks for this. Intel has none that asks for hardening besides patches, or for anything besides revocation.
    fn with(patches: Patches, configuration: bool, hardening: bool) -> Self {
        match (patches, configuration, hardening) {
            (Patches::Current, false, false) => TcbStatus::UpToDate,
            (Patches::Current, false, true) => TcbStatus::SWHardeningNeeded,
            (Patches::Current, true, false) => TcbStatus::ConfigurationNeeded,
            (Patches::Current, true, true) => TcbStatus::ConfigurationAndSWHardeningNeeded,
            (Patches::CurrentAfterRelaunch, false, _) => TcbStatus::TDRelaunchAdvised,
            (Patches::CurrentAfterRelaunch, true, _) => TcbStatus::TDRelaunchAdvisedConfigurationNeeded,
            (Patches::Missing, false, _) => TcbStatus::OutOfDate,
            (Patches::Missing, true, _) => TcbStatus::OutOfDateConfigurationNeeded,
            (Patches::Revoked, _, _) => TcbStatus::Revoked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TcbStatus::{self, *};

    const ALL: [TcbStatus; 9] = [
        UpToDate,
        SWHardeningNeeded,
        ConfigurationNeeded,
        ConfigurationAndSWHardeningNeeded,
        OutOfDate,
        OutOfDateConfigurationNeeded,
        TDRelaunchAdvised,
        TDRelaunchAdvisedConfigurationNeeded,
        Revoked,
    ];

    /// What Intel's library says where it converges a platform with an outdated quoting enclave or TDX module, and where it does not look.
    #[test]
    fn nothing_that_a_part_asks_for_is_lost() {
        for (one, other, both) in [
            (UpToDate, OutOfDate, OutOfDate),
            (SWHardeningNeeded, OutOfDate, OutOfDate),
            (ConfigurationNeeded, OutOfDate, OutOfDateConfigurationNeeded),
            (ConfigurationAndSWHardeningNeeded, OutOfDate, OutOfDateConfigurationNeeded),
            (UpToDate, Revoked, Revoked),
            (UpToDate, ConfigurationNeeded, ConfigurationNeeded),
            (SWHardeningNeeded, ConfigurationNeeded, ConfigurationAndSWHardeningNeeded),
            (OutOfDate, ConfigurationNeeded, OutOfDateConfigurationNeeded),
            (UpToDate, OutOfDateConfigurationNeeded, OutOfDateConfigurationNeeded),
            (TDRelaunchAdvised, UpToDate, TDRelaunchAdvised),
            (TDRelaunchAdvised, ConfigurationNeeded, TDRelaunchAdvisedConfigurationNeeded),
            (TDRelaunchAdvised, OutOfDateConfigurationNeeded, OutOfDateConfigurationNeeded),
        ] {
            assert_eq!(one.converge(other), both, "{one:?} with {other:?}");
        }
    }

    #[test]
    fn the_order_of_parts_does_not_matter() {
        for one in ALL {
            assert_eq!(one.converge(one), one);
            assert_eq!(one.converge(UpToDate), one);
            for other in ALL {
                assert_eq!(one.converge(other), other.converge(one), "{one:?} with {other:?}");
            }
        }
    }
}
