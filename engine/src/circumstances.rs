//! What a decision is about.

use crate::bundle::InForce;
use crate::call::Call;
use crate::decision::Rules;
use crate::session::Session;
use atbac_compiler::interpret::Question;
use atbac_compiler::validity::Validity;

/// A call of a session at an instant, with the reference values that were in force then.
///
/// A decision keeps this, and what is read from it is made when it is read: most callers ask for the verdict alone.
#[derive(Clone, Copy)]
pub(crate) struct Circumstances<'a> {
    pub(crate) session: &'a Session,
    pub(crate) call: &'a Call,
    pub(crate) references: &'a InForce,
    /// In milliseconds.
    pub(crate) now: i64,
}

impl<'a> Circumstances<'a> {
    /// The rules that were asked.
    pub(crate) fn rules(&self) -> Rules<'a> {
        Rules { bundle: self.session.bundle(), prepared: self.session.prepared() }
    }

    /// What they were asked, as far as anything that is decided reads it as values.
    pub(crate) fn question(&self) -> Question<'a> {
        let (session, call) = (self.session.inputs().at_hand(), self.call.inputs().at_hand());
        Question { session, call, references: self.references.table.values(), now: self.now }
    }

    /// When all evidence among the inputs counts.
    pub(crate) fn validity(&self) -> Validity {
        self.session.inputs().validity().and(self.call.inputs().validity())
    }

    /// Whether simulated evidence is among the inputs.
    pub(crate) fn is_simulated(&self) -> bool {
        self.session.is_simulated() || self.call.inputs().is_simulated()
    }
}
