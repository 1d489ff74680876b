//! W3: N policies about families of tools and ranges of amounts: none of their conditions is an equality that a hash could use.

use super::rule::{Glob, Permit, Tool};
use super::{ENVIRONMENTS, Field, Parts, REQUESTS, Random, Request, Session, instant, measurements, oracle, sessions};

/// The services that tools belong to: the first part of a tool's name is one of these and a number.
const SERVICES: [&str; 8] = ["db", "crm", "mail", "files", "billing", "search", "tickets", "deploy"];

/// How many of each there are.
const EACH: usize = 16;

/// What tools work on: the second part.
const OBJECTS: [&str; 4] = ["accounts", "records", "reports", "queues"];

/// What they do: the last part.
const VERBS: [&str; 8] = [".read", ".list", ".write", ".update", ".delete", ".export", ".grant", ".audit"];

/// Amounts are below this.
const AMOUNTS: i64 = 100_000;

pub(super) fn generate(count: usize) -> Parts {
    let mut random = Random::new(3);
    let builds = measurements(&mut random, 64);
    let sessions = sessions(&mut random, &builds, &ENVIRONMENTS);
    let permits: Vec<Permit> = (0..count).map(|at| permit(&mut random, &builds, at)).collect();
    let requests = (0..REQUESTS).map(|at| request(&mut random, &permits, &sessions, at)).collect();
    (&[Field::Tool, Field::Amount], permits, Vec::new(), sessions, requests)
}

fn first(random: &mut Random) -> String {
    format!("{}-{}.", SERVICES[random.below(SERVICES.len())], random.below(EACH))
}

fn permit(random: &mut Random, builds: &[[u8; 48]], at: usize) -> Permit {
    let last = (!random.one_in(3)).then(|| VERBS[random.below(VERBS.len())]);
    let least = random.within(0..AMOUNTS);
    Permit {
        name: format!("family_{at}"),
        only_snp: false,
        tool: Tool::Like(Glob { first: first(random), last }),
        actions: Vec::new(),
        tenant: None,
        resource: None,
        amount: Some((least, least + random.within(500..4_000))),
        measurements: random.choose::<4>(builds.len()).map(|at| builds[at]),
        least_svn: None,
        least_tcb: None,
        environments: Vec::new(),
        age_below: 600,
    }
}

fn request(random: &mut Random, permits: &[Permit], sessions: &[Session], at: usize) -> Request {
    let now = instant(at);
    let permit = &permits[random.below(permits.len())];
    let fitting: Vec<usize> =
        (0..sessions.len()).filter(|session| oracle::session_conditions(permit, &sessions[*session])).collect();
    let proper = random.below(100) < 52 && !fitting.is_empty();
    let object = OBJECTS[random.below(OBJECTS.len())];
    let (tool, amount) = match (&permit.tool, permit.amount) {
        (Tool::Like(glob), Some((least, most))) if proper => {
            let last = glob.last.unwrap_or(VERBS[random.below(VERBS.len())]);
            (format!("{}{object}{last}", glob.first), random.within(least..most + 1))
        }
        _ => (format!("{}{object}{}", first(random), VERBS[random.below(VERBS.len())]), random.within(0..AMOUNTS)),
    };
    Request {
        session: if proper { fitting[random.below(fitting.len())] } else { random.below(sessions.len()) },
        now,
        tool,
        action: String::new(),
        tenant: String::new(),
        resource: String::new(),
        amount,
        approved: false,
    }
}
