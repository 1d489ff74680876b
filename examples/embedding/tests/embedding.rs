//! The program does what its page says.
#![forbid(unsafe_code)]

use std::process::Command;

/// Evidence of 00:00 that may be five minutes old, and 5m is not yet too old.
#[test]
fn it_permits_a_query_until_the_evidence_is_stale() {
    let output = Command::new(env!("CARGO_BIN_EXE_atbac-example-embedding")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, "permitted by query until 2026-01-15T00:05:00.001Z\n");
}

#[test]
fn it_is_under_sixty_lines() {
    assert!(include_str!("../src/main.rs").lines().count() < 60);
}

/// What `docs/embedding.md` says of threads.
#[test]
fn bundles_and_sessions_are_shared_among_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<atbac_engine::Bundle>();
    shared::<atbac_engine::Session>();
    shared::<atbac_engine::Call>();
    fn sent<T: Send>() {}
    sent::<atbac_engine::Memory>();
}
