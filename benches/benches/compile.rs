//! From source text to policies that can be asked.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "criterion's macros make undocumented functions; what fails here fails the bench"
)]

use atbac_compiler::pipeline;
use atbac_engine::{Bundle, Execution, SourceFile};
use atbac_tests::examples::Example;
use atbac_tests::files::source;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::fmt::Write;
use std::hint::black_box;

fn example(criterion: &mut Criterion) {
    let files = Example::open("transaction-approver").files;
    compile(criterion, "example", &files);
}

/// A tool a rule, as an organisation's tool inventory would make them.
fn thousand_rules(criterion: &mut Criterion) {
    let mut text = "package tools;
use std.snp.Snp;
enum Action { read, write }
request ToolCall {
  session machine: attested Snp,
  session tenant: local String,
  call tool: asserted String,
  call action: asserted Action,
}
grant ToolGrant for ToolCall { ttl: Duration merge min }
reference minimum: Tcb;
"
    .to_owned();
    for at in 0..1000 {
        let digests: Vec<String> = (0..4).map(|of| format!("hex\"{:096x}\"", (at + of * 16) % 64)).collect();
        write!(
            text,
            "permit tool_{at} for ToolCall where tool == \"tool_{at}\", tenant == \"tenant_{}\" {{
  require machine.measurement in {{ {} }} else \"not a released build\";
  require machine.reported_tcb >= minimum else \"old firmware\";
  require not machine.policy.debug else \"debug\";
  require age(machine) <= {}s else \"stale\";
  grant {{ ttl: {}s }}
}}
",
            at % 50,
            digests.join(", "),
            60 + at % 240,
            30 + at % 60,
        )
        .unwrap();
    }
    compile(criterion, "1,000 rules", &source(text));
}

fn compile(criterion: &mut Criterion, name: &str, files: &[SourceFile]) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    group.throughput(Throughput::Bytes(files.iter().map(|file| file.text.len() as u64).sum()));
    group.bench_function("check", |bencher| {
        bencher.iter(|| pipeline::parse(black_box(files).iter().cloned()).check().unwrap());
    });
    for (execution, what) in [(Execution::Interpreter, "open, interpreter"), (Execution::Jit, "open, machine code")] {
        group.bench_function(what, |bencher| {
            bencher.iter(|| Bundle::open(black_box(files).iter().cloned(), execution).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, example, thousand_rules);
criterion_main!(benches);
