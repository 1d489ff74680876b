//! What reading and checking costs as bundles grow: time, memory, and both by the size of the source; and what is kept of a rule, by the checked policy and by
//! a whole bundle, the source included.
//!
//! `cargo run --release -p atbac-benches --example front_end`
//!
//! The allocator counts one thread only, so memory is right where there is one core, and times where there are all: `taskset -c 0` before the command gives
//! the former.
#![allow(clippy::unwrap_used, reason = "what fails here fails the measurement")]

use allocation_counter::measure;
use atbac_compiler::pipeline;
use atbac_engine::{Bundle, Execution, SourceFile};
use std::fmt::Write;
use std::time::{Duration, Instant};

/// How many rules each bundle has; the last is about 40 MB.
const BUNDLES: [usize; 6] = [1_000, 5_000, 10_000, 20_000, 40_000, 80_000];

fn main() {
    println!(
        "    rules      MB     read    check    total   ms/MB   peak memory/source   B/rule: peak    kept  bundle"
    );
    for rules in BUNDLES {
        let text = bundle(rules);
        let megabytes = text.len() as f64 / 1e6;
        let files = || vec![SourceFile { name: "tools.atbac".to_owned(), text: text.clone() }];
        let (mut read, mut check) = (Duration::MAX, Duration::MAX);
        for _ in 0..3 {
            let begin = Instant::now();
            let parsed = pipeline::parse(files());
            read = read.min(begin.elapsed());
            let begin = Instant::now();
            let checked = parsed.check();
            check = check.min(begin.elapsed());
            assert_eq!(checked.map_err(|refused| refused.diagnostics).unwrap().policy.rules.len(), rules);
        }
        // The source is counted too: it is kept, to point into.
        let mut checked = None;
        let front_end = measure(|| checked = pipeline::parse(files()).check().ok());
        let mut opened = None;
        let bundle = measure(|| opened = Bundle::open(files(), Execution::Jit).ok());
        let total = read + check;
        println!(
            "{rules:9} {megabytes:7.2} {:>8} {:>8} {:>8} {:7.1} {:12.1} {:21} {:7} {:7}",
            milliseconds(read),
            milliseconds(check),
            milliseconds(total),
            total.as_secs_f64() * 1e3 / megabytes,
            front_end.bytes_max as f64 / text.len() as f64,
            front_end.bytes_max / rules as u64,
            front_end.bytes_current / rules as i64,
            bundle.bytes_current / rules as i64,
        );
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1e3)
}

/// A bundle with a rule for each tool of a large inventory, with the comments and sentences that people write.
fn bundle(rules: usize) -> String {
    let mut text = "/// Who may use which tool.
package tools;

use std.snp.Snp;

enum Action { read, write, delete }
record Resource { name: String, tenant: String, level: Int }

request ToolCall {
  session machine: attested Snp,
  session team: authenticated String,
  call action: asserted Action,
  call resource: local Resource,
  call amount: asserted Int,
}

reference builds: Set<Digest<48>>;
reference minimum: Tcb;
"
    .to_owned();
    for at in 0..rules {
        write!(
            text,
            "
/// Tool {at}: used by one team, for one of its resources.
@owner(\"team-{team}\")
permit tool_{at} for ToolCall
  where action == {action}, resource.name == \"resource-{at}\"
{{
  require machine.measurement in builds                 else \"not a released build\";
  require machine.reported_tcb >= minimum               else \"the platform's firmware is out of date\";
  require not machine.policy.debug and machine.vmpl == 0 else \"the guest is not hardened\";
  require age(machine) <= {age}s                         else \"the evidence is stale: attest again\";
  require team == \"team-{team}\" and amount <= {amount}  else \"team {team} alone may do this, up to {amount}\";
}}
",
            team = at % 50,
            action = ["read", "write", "delete"][at % 3],
            age = 60 + at % 240,
            amount = 1_000 + at,
        )
        .unwrap();
    }
    text
}
