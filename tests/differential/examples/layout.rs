//! Lays out as many generated programs as it is told to, and looks whether any changes its meaning, loses a comment or changes again.
//!
//! ```text
//! cargo run --release -p atbac-differential --example layout -- --programs 100000 --seed 1
//! ```
#![forbid(unsafe_code)]

use atbac_differential::layout::{disarranged_policy, laid_out};
use clap::Parser;
use std::process::ExitCode;

/// Lays out generated programs.
#[derive(Parser)]
struct Options {
    /// How many.
    #[arg(long, default_value_t = 100_000)]
    programs: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let Options { programs, seed } = Options::parse();
    let (mut files, mut bytes) = (0, 0);
    for seed in seed..seed + programs {
        for file in disarranged_policy(seed) {
            if let Err(difference) = laid_out(&file.text) {
                println!("seed {seed}, {}: {difference}\n--- it was\n{}", file.name, file.text);
                return ExitCode::FAILURE;
            }
            files += 1;
            bytes += file.text.len();
        }
    }
    println!("{programs} programs, {files} files, {bytes} bytes: laid out once and for all, with the same meaning");
    ExitCode::SUCCESS
}
