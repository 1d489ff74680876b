//! The memory of compiled programs. These tests look at the whole process, so they run by themselves, one after the
//! other.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use atbac_compiler::ir::{Comparison, Formula, Integer, Program, Rule, Scope, Slot, Test, TestId, TestKind};
use atbac_compiler::layout::Layout;
use atbac_compiler::types::{RequestId, Schema};
use atbac_engine::jit::CompiledProgram;
use atbac_grammar::syntax::{Effect, Stage};
use std::fs::read_to_string;
use std::sync::Arc;

/// A program with code and constants.
fn compiled() -> CompiledProgram {
    let layout = |stage| Arc::new(Layout { stage, fields: Vec::new(), symbols: Vec::new(), words: 1 });
    let slot = Slot { frame: Scope::Call, word: 0 };
    let kinds = [
        TestKind::Integer(Comparison::Lt, Integer::Slot(slot), Integer::Constant(10)),
        TestKind::IntegerIn(Integer::Slot(slot), (0..100).map(|n| n * 1000).collect()),
    ];
    let test = |kind| Test { kind, scope: Scope::Call, reads_clock: false, reads_reference: false, reads_row: false };
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

#[test]
fn code_is_never_writable_and_freed_with_its_last_handle() {
    let executable = |mappings: &[String]| mappings.iter().filter(|flags| flags.contains('x')).count();
    let before = mappings();
    let program = compiled();
    let clone = program.clone();
    drop(program);
    let during = mappings();
    assert!(executable(&during) > executable(&before), "the code lies in memory of its own");
    let writable = during.iter().find(|flags| flags.contains('w') && flags.contains('x'));
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
