//! What Intel's collateral makes of the parts of a platform, and of all of them together.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::tcb_status::TcbStatus;

/// Intel's judgement of one part, or of several together: the status, the earliest date up to which every fix is there, and the
/// advisories of all.
#[derive(Debug, Clone)]
pub(super) struct Judgement<'a> {
    pub(super) status: TcbStatus,
    pub(super) date: Timestamp,
    pub(super) advisories: Vec<&'a [String]>,
}

/// The judgements of the parts of a platform.
#[derive(Debug)]
pub(super) struct Judgements<'a> {
    /// The platform's, for TDX with its module, as of the launch.
    pub(super) platform: TcbStatus,
    /// The same as of now, where the quote tells.
    pub(super) current: Option<TcbStatus>,
    /// The quoting enclave's.
    pub(super) quoting_enclave: TcbStatus,
    /// All of them together.
    pub(super) together: Judgement<'a>,
}

impl<'a> Judgements<'a> {
    /// Puts the parts together. A launch that misses patches which are there by now, in every other part too, asks for a relaunch.
    pub(super) fn of(platform: Judgement<'a>, current: Option<Judgement<'a>>, quoting_enclave: &Judgement<'a>) -> Self {
        let statuses = (platform.status, current.as_ref().map(|current| current.status));
        let launched = platform.and(quoting_enclave);
        let together = match current {
            Some(current) => {
                let current = current.and(quoting_enclave);
                Judgement { status: launched.status.relaunched(current.status), ..launched.and(&current) }
            }
            None => launched,
        };
        Self { platform: statuses.0, current: statuses.1, quoting_enclave: quoting_enclave.status, together }
    }
}

impl<'a> Judgement<'a> {
    /// The judgement of both parts together.
    pub(super) fn and(mut self, other: &Judgement<'a>) -> Self {
        self.status = self.status.converge(other.status);
        self.date = self.date.min(other.date);
        self.advisories.extend(&other.advisories);
        self
    }

    /// The identifiers of the advisories.
    pub(super) fn advisory_ids(&self) -> BTreeSet<String> {
        self.advisories.iter().copied().flatten().cloned().collect()
    }
}
