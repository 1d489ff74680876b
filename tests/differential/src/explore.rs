//! Asks a policy everything on both executions, and looks whether any decision changed before its end.

use crate::coverage::Coverage;
use crate::difference::{Difference, Fault, Posed};
use crate::moment::Moment;
use crate::questions::Questions;
use crate::subject::Subject;
use atbac_engine::{Call, CallBuffer, Memory, Session, SessionError, json};
use atbac_tests::generate::Fields;
use jiff::Timestamp;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What was asked, and what came out.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many decisions were compared.
    pub comparisons: u64,
    /// How many of each kind.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Decisions that end by themselves.
    pub ending: u64,
    /// Those of which the very instant of their end was asked about.
    pub ends_reached: u64,
    /// Those of which something was another then.
    pub ends_changed: u64,
    /// Pairs of decisions of which the first promised that nothing would change by the second.
    pub promises: u64,
}

impl Tally {
    /// Adds another.
    pub fn add(&mut self, other: &Tally) {
        self.comparisons += other.comparisons;
        self.ending += other.ending;
        self.ends_reached += other.ends_reached;
        self.ends_changed += other.ends_changed;
        self.promises += other.promises;
        for (outcome, count) in &other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
    }

    fn count(&mut self, moment: &Moment) {
        self.comparisons += 1;
        self.ending += u64::from(moment.until.is_some());
        *self.outcomes.entry(Coverage::outcome(&moment.verdict)).or_default() += 1;
    }
}

/// One execution's session, with the memory that all its decisions use.
struct Side {
    session: Session,
    memory: Memory,
}

/// A question that is being asked.
struct Asked<'a> {
    subject: &'a Subject,
    posed: Posed<'a>,
}

/// Asks everything.
///
/// # Errors
/// The first thing that went wrong.
pub fn explore(subject: &Subject, questions: &Questions<'_>, tally: &mut Tally) -> Result<(), Box<Difference>> {
    for (session, opened_at, calls) in &questions.sessions {
        let Some(first) = questions.issues.first() else { return Ok(()) };
        let posed = Posed { questions, issue: first, session, opened_at: *opened_at };
        let asked = Asked { subject, posed };
        asked.swap_references();
        let Some([mut jit, mut interpreter]) = asked.open()? else { continue };
        let mut taken = Vec::with_capacity(calls.len());
        for call in calls {
            taken.extend(asked.call(&jit, &interpreter, call)?.map(|both| (call, both)));
        }
        let mut buffer = jit.session.call_buffer();
        for (round, issue) in questions.issues.iter().enumerate() {
            let asked = Asked { posed: Posed { issue, ..posed }, ..asked };
            asked.swap_references();
            for (number, (fields, [of_jit, of_interpreter])) in taken.iter().enumerate() {
                // Every other time, compiled code is asked by the one pass over JSON text, into memory that held another call.
                let is_text = (round + number) % 2 == 1 && fields.attested.is_empty();
                let of_jit = if is_text { asked.filled(&mut buffer, fields)? } else { of_jit };
                asked.decide_over_time(&mut jit, &mut interpreter, fields, [of_jit, of_interpreter], tally)?;
            }
        }
    }
    Ok(())
}

impl Asked<'_> {
    fn swap_references(&self) {
        let text = self.posed.issue.to_string();
        for bundle in [&self.subject.jit, &self.subject.interpreter] {
            bundle.swap_references(bundle.read_references(text.as_bytes()).unwrap()).unwrap();
        }
    }

    /// The session on both executions; nothing where both refuse it.
    fn open(&self) -> Result<Option<[Side; 2]>, Box<Difference>> {
        let name = format!("{}.{}", self.posed.questions.request.package, self.posed.questions.request.name);
        let sides = [&self.subject.jit, &self.subject.interpreter].map(|bundle| {
            let fields = bundle.session_fields(&name).and_then(|known| self.posed.session.set(known));
            let session = bundle.open_session(fields.map_err(SessionError::Input)?, self.posed.opened_at)?;
            let memory = session.memory();
            Ok::<Side, SessionError>(Side { session, memory })
        });
        match sides {
            [Ok(jit), Ok(interpreter)] => Ok(Some([jit, interpreter])),
            [Err(jit), Err(interpreter)] if jit == interpreter => Ok(None),
            [jit, interpreter] => {
                let shown = |side: Result<Side, SessionError>| format!("{:?}", side.err());
                Err(self.fault(Fault::Refusal, None, self.posed.opened_at, shown(jit), shown(interpreter)))
            }
        }
    }

    /// A call for both; nothing where both refuse it.
    fn call(&self, jit: &Side, interpreter: &Side, fields: &Fields<'_>) -> Result<Option<[Call; 2]>, Box<Difference>> {
        let calls = [jit, interpreter].map(|side| side.session.call(fields.set(side.session.call_fields())?));
        match calls {
            [Ok(jit), Ok(interpreter)] => Ok(Some([jit, interpreter])),
            [Err(jit), Err(interpreter)] if jit == interpreter => Ok(None),
            [jit, interpreter] => {
                let (jit, interpreter) = (format!("{:?}", jit.err()), format!("{:?}", interpreter.err()));
                Err(self.fault(Fault::Refusal, Some(fields), self.posed.opened_at, jit, interpreter))
            }
        }
    }

    /// A call that was taken as values, taken as JSON text.
    fn filled<'b>(&self, buffer: &'b mut CallBuffer, fields: &Fields<'_>) -> Result<&'b Call, Box<Difference>> {
        let text = Json::Object(fields.json.clone()).to_string();
        buffer.fill(|filling| filling.dangerous_any_provenance(text.as_bytes())).map_err(|error| {
            let (values, text) = ("taken".to_owned(), format!("{error:?}"));
            self.fault(Fault::Refusal, Some(fields), self.posed.opened_at, text, values)
        })
    }

    /// Decides one call at every instant, and around the end of every decision that has one.
    fn decide_over_time(
        &self,
        jit: &mut Side,
        interpreter: &mut Side,
        fields: &Fields<'_>,
        calls: [&Call; 2],
        tally: &mut Tally,
    ) -> Result<(), Box<Difference>> {
        let mut moments: Vec<Moment> = Vec::with_capacity(2 * self.posed.questions.instants.len());
        for at in &self.posed.questions.instants {
            moments.push(self.decide(jit, interpreter, fields, calls, *at, tally)?);
        }
        let mut ends: Vec<i64> = moments.iter().filter_map(|moment| moment.until).collect();
        ends.sort_unstable();
        ends.dedup();
        for end in ends.into_iter().take(MOST_ENDS) {
            for at in [end - 1, end] {
                if moments.iter().all(|moment| moment.at != at)
                    && let Ok(at) = Timestamp::from_millisecond(at)
                {
                    moments.push(self.decide(jit, interpreter, fields, calls, at, tally)?);
                }
            }
        }
        for one in &moments {
            for other in &moments {
                if one.promises(other) {
                    tally.promises += 1;
                    if !one.lasted_until(other) {
                        let from = Timestamp::from_millisecond(one.at).unwrap();
                        let at = Timestamp::from_millisecond(other.at).unwrap();
                        let shown = |side: &mut Side, at| shown(side, calls[1], at);
                        let (before, after) = (shown(interpreter, from), shown(interpreter, at));
                        return Err(self.fault(Fault::Changed { from }, Some(fields), at, before, after));
                    }
                }
                if one.until == Some(other.at) {
                    tally.ends_reached += 1;
                    tally.ends_changed += u64::from(!one.lasted_until(other));
                }
            }
        }
        Ok(())
    }

    fn decide(
        &self,
        jit: &mut Side,
        interpreter: &mut Side,
        fields: &Fields<'_>,
        calls: [&Call; 2],
        at: Timestamp,
        tally: &mut Tally,
    ) -> Result<Moment, Box<Difference>> {
        let one = Moment::of(&jit.session.decide(calls[0], at, &mut jit.memory), at);
        let other = Moment::of(&interpreter.session.decide(calls[1], at, &mut interpreter.memory), at);
        tally.count(&one);
        let fault = if one != other {
            Fault::Disagreement
        } else if one.until.is_some_and(|until| until <= one.at) {
            Fault::EndsAtOnce
        } else {
            return Ok(one);
        };
        let (one, other) = (shown(jit, calls[0], at), shown(interpreter, calls[1], at));
        Err(self.fault(fault, Some(fields), at, one, other))
    }

    fn fault(
        &self,
        fault: Fault,
        call: Option<&Fields<'_>>,
        at: Timestamp,
        one: String,
        other: String,
    ) -> Box<Difference> {
        let question = self.posed.show(call, at);
        Box::new(Difference { fault, files: self.subject.files.clone(), question, one, other })
    }
}

/// How many ends of decisions are looked at for each call.
const MOST_ENDS: usize = 6;

fn shown(side: &mut Side, call: &Call, at: Timestamp) -> String {
    let decision = side.session.decide(call, at, &mut side.memory);
    json::decision(side.session.bundle().schema(), &decision, None).to_string()
}
