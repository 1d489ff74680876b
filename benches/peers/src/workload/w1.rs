//! W1: who may approve payments and query the ledger. One policy; agents of a dozen builds, four of which are released.

use super::rule::{Permit, Tool};
use super::{FIRMWARE, Field, Parts, REQUESTS, Random, Request, instant, measurements, oracle, sessions};

pub(super) fn generate() -> Parts {
    let mut random = Random::new(1);
    let builds = measurements(&mut random, 6);
    let mut sessions = sessions(&mut random, &builds, &["production", "production", "production", "staging"]);
    for (at, session) in sessions.iter_mut().enumerate() {
        session.svn = if random.one_in(8) { 1 } else { random.within(2..6) };
        if at % 16 == 0 {
            session.tee = "tdx";
        }
    }
    let permit = Permit {
        name: "payments".to_owned(),
        only_snp: true,
        tool: Tool::Any,
        actions: vec!["approve_payment", "query_ledger"],
        tenant: None,
        resource: Some("ledger_db"),
        amount: None,
        measurements: [builds[0], builds[1], builds[2], builds[3]],
        least_svn: Some(2),
        least_tcb: Some(FIRMWARE[1]),
        environments: vec!["production"],
        age_below: 300,
    };
    let healthy: Vec<usize> =
        (0..sessions.len()).filter(|at| oracle::session_conditions(&permit, &sessions[*at])).collect();
    let mut request = |at: usize| {
        // Half of the agents are as they should be and ask for what they may do; the others may be anyone and ask for anything.
        let proper = random.one_in(2);
        let session = if proper { healthy[random.below(healthy.len())] } else { random.below(sessions.len()) };
        let action = ["approve_payment", "query_ledger", "close_account"][random.below(if proper { 2 } else { 3 })];
        let resource = ["ledger_db", "customer_db"][if proper { 0 } else { random.below(2) }];
        Request {
            session,
            now: instant(at),
            tool: String::new(),
            action: action.to_owned(),
            tenant: String::new(),
            resource: resource.to_owned(),
            amount: 0,
            approved: false,
        }
    };
    let requests = (0..REQUESTS).map(&mut request).collect();
    (&[Field::Action, Field::Resource], vec![permit], Vec::new(), sessions, requests)
}
