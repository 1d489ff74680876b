//! The memory that a verification may take.

/// What a verification may hold at any one time beside its inputs: 64 KiB.
const BYTES: u64 = 64 * 1024;

/// Runs a verification of `inputs` and holds it to its budget: at no time more than 64 KiB and the size of what came with the evidence.
///
/// # Panics
/// If it takes more.
pub fn within_budget<T>(inputs: &[&[u8]], verify: impl FnOnce() -> T) -> T {
    let mut verdict = None;
    let memory = allocation_counter::measure(|| verdict = Some(verify()));
    let given: u64 = inputs.iter().map(|input| input.len() as u64).sum();
    assert!(memory.bytes_max <= BYTES + given, "{} bytes held for inputs of {given}", memory.bytes_max);
    verdict.expect("the verification ran")
}
