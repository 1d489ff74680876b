//! The memory of compiled programs. These tests look at the whole process, so they have a binary of their own and run one after the other.
//!
//! `cargo test --release -p atbac-engine --test memory -- --ignored` opens and drops 10,000 bundles.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use atbac_compiler::ir::{Comparison, Formula, Integer, Program, Rule, Scope, Slot, Test, TestId, TestKind};
use atbac_compiler::layout::Layout;
use atbac_compiler::types::{RequestId, Schema};
use atbac_engine::jit::CompiledProgram;
use atbac_engine::{Bundle, Execution, SourceFile};
use atbac_grammar::syntax::{Effect, Stage};
use std::fs::read_to_string;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Held by the test that runs: what another one maps is not to be seen.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A program with code and constants.
fn compiled() -> CompiledProgram {
    let layout =
        |stage| Arc::new(Layout { stage, fields: Vec::new(), symbols: Vec::new(), words: 1, wide: Vec::new() });
    let slot = Slot { frame: Scope::Call, word: 0 };
    let kinds = [
        TestKind::Integer(Comparison::Lt, Integer::Slot(slot), Integer::Constant(10)),
        TestKind::IntegerIn(Integer::Slot(slot), (0..100).map(|n| n * 1000).collect()),
    ];
    let test = |kind| Test { kind, scope: Scope::Call, reads_row: false };
    let condition = Formula::Or(vec![Formula::Test(TestId(0)), Formula::Test(TestId(1))]);
    let program = Program {
        request: RequestId(0),
        session: layout(Stage::Session),
        call: layout(Stage::Call),
        tests: kinds.map(test).into(),
        session_values: Vec::new(),
        rules: vec![Rule { number: 0, effect: Effect::Permit, condition }],
        shapes: Vec::new(),
        columns: Vec::new(),
    };
    CompiledProgram::compile(Arc::new(program), Arc::new(Schema::default())).unwrap()
}

/// The permissions of every mapping of this process.
fn mappings() -> Vec<String> {
    let maps = read_to_string("/proc/self/maps").unwrap();
    maps.lines().map(|line| line.split_whitespace().nth(1).unwrap().to_owned()).collect()
}

/// Memory that is resident, in KiB.
fn resident() -> i64 {
    let status = read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A bundle with rules that become a table, and rules that become code of their own.
fn bundle() -> Bundle {
    let rules: String = (0..20)
        .map(|at| format!("permit table_{at} for Call where tool == \"tool_{at}\"; permit own_{at} for Call {{ when amount in {{ {at}, 100 }} or tool == \"{at}\"; }}\n"))
        .collect();
    let text = format!(
        "package p; floor circumstance: asserted; request Call {{ call tool: asserted String, call amount: asserted Int }} {rules}"
    );
    Bundle::open([SourceFile { name: "p.atbac".into(), text }], Execution::Jit).unwrap()
}

fn executable(mappings: &[String]) -> usize {
    mappings.iter().filter(|flags| flags.contains('x')).count()
}

fn is_writable_code(flags: &str) -> bool {
    flags.contains('w') && flags.contains('x')
}

#[test]
fn code_is_never_writable_and_freed_with_its_last_handle() {
    let _alone = alone();
    let before = mappings();
    let program = compiled();
    let clone = program.clone();
    drop(program);
    let during = mappings();
    assert!(executable(&during) > executable(&before), "the code lies in memory of its own");
    let writable = during.iter().find(|flags| is_writable_code(flags));
    assert_eq!(writable, None, "no memory is both writable and executable");
    drop(clone);
    assert_eq!(executable(&mappings()), executable(&before), "the code is gone with its last handle");

    (0..50).for_each(|_| drop(compiled()));
    let (mapped, used) = (mappings().len(), resident());
    (0..1_000).for_each(|_| drop(compiled()));
    // A leak of one page each would be 1,000 mappings and 4,000 KiB.
    assert!(mappings().len() <= mapped + 20, "{mapped} mappings became {}", mappings().len());
    assert!(resident() <= used + 1_000, "{used} KiB became {}", resident());
}

#[test]
fn no_memory_is_writable_and_executable_while_bundles_open_and_close() {
    let _alone = alone();
    let before = executable(&mappings());
    let done = AtomicBool::new(false);
    let (looks, seen) = thread::scope(|scope| {
        let opener = scope.spawn(|| {
            let mut open = Vec::new();
            for _ in 0..100 {
                open.push(bundle());
                if open.len() == 10 {
                    open.clear();
                }
            }
            done.store(true, Ordering::Release);
        });
        let (mut looks, mut seen) = (0, 0);
        while !done.load(Ordering::Acquire) && !opener.is_finished() {
            let now = mappings();
            assert_eq!(now.iter().find(|flags| is_writable_code(flags)), None, "after {looks} looks");
            seen += usize::from(executable(&now) > before);
            looks += 1;
        }
        opener.join().unwrap();
        (looks, seen)
    });
    assert!(seen > 0, "in {looks} looks at the process there was no code");
}

/// Opens and drops bundles, and looks at what is left of them.
fn open_and_drop(bundles: usize) {
    let _alone = alone();
    (0..50).for_each(|_| drop(bundle()));
    let (mapped, used) = (mappings().len(), resident());
    (0..bundles).for_each(|_| drop(bundle()));
    // A leak of one page each would be so many mappings, and 4 KiB each.
    let allowed = 20 + bundles / 100;
    assert!(mappings().len() <= mapped + allowed, "{mapped} mappings became {}", mappings().len());
    assert!(resident() <= used + 1_000 + bundles as i64 / 10, "{used} KiB became {}", resident());
}

#[test]
fn bundles_that_were_dropped_leave_nothing() {
    open_and_drop(300);
}

#[test]
#[ignore = "takes minutes where nothing is optimised"]
fn ten_thousand_bundles_that_were_dropped_leave_nothing() {
    open_and_drop(10_000);
}
