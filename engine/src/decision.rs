//! Decisions: what the rules of a call come to. The one place where verdicts are made, for both executions.
//!
//! 1. Some evidence of the session or call is expired: denied.
//! 2. A forbid applies: denied by it.
//! 3. It cannot be said whether some forbid applies: denied.
//! 4. It cannot be said whether some permit applies: denied, even beside one that does, because a permit more can narrow what is granted.
//! 5. A permit applies: permitted, with the merged grants of all that do. Where they must agree and do not: denied.
//! 6. No permit applies: denied.

use crate::bundle::Bundle;
use crate::circumstances::Circumstances;
use crate::grant::Grant;
use crate::prepared::Prepared;
use atbac_compiler::checked::Rule;
use atbac_compiler::fired::{Fired, Standing};
use atbac_compiler::time::FOREVER;
use atbac_compiler::types::GrantField;
use atbac_compiler::validity::Validity;
use jiff::Timestamp;

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The call may go on.
    Permit,
    /// The call must not.
    Deny(Denial),
}

/// Why a call is denied: the four kinds that operators tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Denial {
    /// A forbid applies.
    Forbid,
    /// No permit applies.
    NoPermit,
    /// Some evidence is expired, or dated in the future although its schema bounds its age.
    Expired,
    /// It cannot be said what applies: a reference value is not loaded or does not count now, or permits that must agree do not.
    Indeterminate,
}

impl Denial {
    /// The word for it in output.
    pub fn word(self) -> &'static str {
        match self {
            Denial::Forbid => "forbid",
            Denial::NoPermit => "no_permit",
            Denial::Expired => "expired",
            Denial::Indeterminate => "indeterminate",
        }
    }
}

/// The rules of a request, with what they are made of.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) bundle: &'a Bundle,
    pub(crate) prepared: &'a Prepared,
}

impl<'a> Rules<'a> {
    pub(crate) fn get(&self, number: usize) -> &'a Rule {
        &self.bundle.policy().rules[self.prepared.rules[number]]
    }

    pub(crate) fn grant_fields(&self) -> &'a [GrantField] {
        self.prepared.request().grant.as_ref().map_or(&[], |grant| &grant.fields)
    }
}

/// The first instants, in milliseconds, at which what a verdict rests on could change if nothing but time passes.
#[derive(Clone, Copy)]
pub(crate) struct Until {
    /// Some permit.
    pub(crate) permits: i64,
    /// Some forbid.
    pub(crate) forbids: i64,
    /// Some input, which then is expired.
    pub(crate) inputs: i64,
}

/// Makes the verdict. `fired` has the rules that are not false, ascending.
#[inline(always)]
pub(crate) fn conclude<'a>(circumstances: Circumstances<'a>, fired: &'a [Fired], until: Until) -> Decision<'a> {
    let heaviest = fired.iter().map(|fired| fired.standing()).min();
    let determining = Determining { fired, heaviest };
    // Once a forbid decides, permits change nothing.
    let forbids = until.forbids.min(until.inputs);
    let both = forbids.min(until.permits);
    let valid_until = match heaviest {
        Some(Standing::Forbids | Standing::MayForbid) => forbids,
        Some(Standing::MayPermit | Standing::Permits) | None => both,
    };
    let verdict = match heaviest {
        None => Verdict::Deny(Denial::NoPermit),
        Some(Standing::Forbids) => Verdict::Deny(Denial::Forbid),
        Some(Standing::MayForbid | Standing::MayPermit) => Verdict::Deny(Denial::Indeterminate),
        Some(Standing::Permits) if fired.len() == 1 || agree(circumstances, determining, both) => Verdict::Permit,
        Some(Standing::Permits) => Verdict::Deny(Denial::Indeterminate),
    };
    Decision { verdict, determining, valid_until, circumstances }
}

/// The verdict where some input does not count: it is expired, which time alone does not mend, or dated in the future.
#[cold]
pub(crate) fn invalid(circumstances: Circumstances<'_>, validity: Validity) -> Decision<'_> {
    let will_count = circumstances.now < validity.from && validity.from < validity.until;
    Decision {
        verdict: Verdict::Deny(Denial::Expired),
        determining: Determining { fired: &[], heaviest: None },
        valid_until: if will_count { validity.from } else { FOREVER },
        circumstances,
    }
}

/// Whether several permits give the same where they must.
#[inline(never)]
fn agree(circumstances: Circumstances<'_>, permits: Determining<'_>, until: i64) -> bool {
    !circumstances.session.prepared().must_agree
        || Grant::new(circumstances.rules(), permits, circumstances.question(), until).agrees()
}

/// The rules that determine a verdict: of those that are not false, the ones of the heaviest standing. They are told apart when they are asked for.
#[derive(Clone, Copy)]
pub(crate) struct Determining<'a> {
    fired: &'a [Fired],
    heaviest: Option<Standing>,
}

impl<'a> Determining<'a> {
    /// Their numbers, ascending.
    pub(crate) fn numbers(self) -> impl Iterator<Item = usize> + Clone + use<'a> {
        let Determining { fired, heaviest } = self;
        let determines = move |fired: &&Fired| Some(fired.standing()) == heaviest;
        fired.iter().filter(determines).map(|fired| fired.rule())
    }
}

/// A decision. It lives in the memory it was made in.
#[derive(Clone, Copy)]
pub struct Decision<'a> {
    verdict: Verdict,
    determining: Determining<'a>,
    /// In milliseconds.
    valid_until: i64,
    circumstances: Circumstances<'a>,
}

impl<'a> Decision<'a> {
    /// What is decided.
    #[inline]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Whether the call may go on.
    #[inline]
    pub fn is_permit(&self) -> bool {
        match self.verdict {
            Verdict::Permit => true,
            Verdict::Deny(Denial::Forbid | Denial::NoPermit | Denial::Expired | Denial::Indeterminate) => false,
        }
    }

    /// Whether it rests on simulated evidence, which anyone can sign. Such a decision is for learning and for tests: act on none.
    pub fn is_simulated(&self) -> bool {
        self.circumstances.is_simulated()
    }

    /// The rules that determined it, in order of writing: all permits that apply, all forbids that apply, or all of which it cannot be said. Empty when
    /// no rule is about the call or an input is expired.
    pub fn rules(&self) -> impl Iterator<Item = RuleName<'a>> + use<'a> {
        let rules = self.circumstances.rules();
        self.determining.numbers().map(move |number| {
            let rule = rules.get(number);
            RuleName { package: &rule.package, name: &rule.name }
        })
    }

    /// The positions of the same rules in the policy.
    pub(crate) fn rule_positions(&self) -> impl Iterator<Item = usize> + use<'a> {
        let prepared = self.circumstances.session.prepared();
        self.determining.numbers().map(move |number| prepared.rules[number])
    }

    /// What a permitted caller gets; nothing for a denial, or where the request declares no grant.
    pub fn grant(&self) -> Option<Grant<'a>> {
        (self.is_permit() && !self.circumstances.rules().grant_fields().is_empty()).then(|| self.merged())
    }

    /// The fields of the grant for which the permits that apply give different values, though the policy demands the same: why the denial is indeterminate.
    pub fn disagreements(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        // Permits that apply are denied for nothing else.
        let permits_apply = self.determining.heaviest == Some(Standing::Permits);
        let conflicting = (permits_apply && !self.is_permit()).then(|| self.merged());
        conflicting.into_iter().flat_map(|grant| grant.disagreements())
    }

    /// What the rules give that determined it.
    fn merged(&self) -> Grant<'a> {
        let Decision { determining, valid_until, circumstances, .. } = *self;
        Grant::new(circumstances.rules(), determining, circumstances.question(), valid_until)
    }

    /// The first instant at which the decision could change if nothing but time passes; `None` if time alone will not change it. A caller may use the
    /// decision again before it, and never at or after it.
    pub fn valid_until(&self) -> Option<Timestamp> {
        match self.valid_until {
            FOREVER => None,
            millisecond => Some(Timestamp::from_millisecond(millisecond).unwrap_or(Timestamp::MAX)),
        }
    }
}

/// The name of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleName<'a> {
    /// The package that declares it.
    pub package: &'a str,
    /// Its name, unique in the package.
    pub name: &'a str,
}
