//! The fuzz targets of the language on what is saved for them: whatever the fuzzer once found stays as it is.

use atbac_differential::targets::TARGETS;
use atbac_tests::files::repository;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How many policies of the repository each target of texts reads, spread over all of them.
const POLICIES: usize = 60;

/// The targets whose bytes are a text of the language: their corpus begins with the repository's own policies.
const TEXTS: [&str; 4] = ["parse", "print_round_trip", "format", "check"];

#[test]
fn targets_hold_on_saved_inputs() {
    let policies = policies();
    assert!(policies.len() >= POLICIES / 2, "only {} policies", policies.len());
    for (name, run) in TARGETS {
        let saved = saved(name);
        assert!(!saved.is_empty() || TEXTS.contains(&name), "nothing is saved for `{name}`");
        saved.iter().for_each(|input| run(input));
        if TEXTS.contains(&name) {
            policies.iter().for_each(|input| run(input));
        }
    }
}

/// Every target has its binary for the fuzzer, and no other target of the language has one.
#[test]
fn every_target_is_fuzzed() {
    let mut fuzzed = BTreeSet::new();
    for entry in fs::read_dir(repository().join("fuzz/fuzz_targets")).unwrap() {
        let path = entry.unwrap().path();
        let binary = fs::read_to_string(&path).unwrap();
        if let Some((_, call)) = binary.split_once("targets::") {
            assert!(call.starts_with(&format!("{}(", path.file_stem().unwrap().display())), "{}", path.display());
            fuzzed.insert(call.split_once('(').unwrap().0.to_owned());
        }
    }
    assert_eq!(fuzzed, TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect());
}

/// The inputs in `fuzz/seeds`, unpacked.
fn saved(target: &str) -> Vec<Vec<u8>> {
    let archive = repository().join(format!("fuzz/seeds/{target}.tar.gz"));
    if !archive.exists() {
        return Vec::new();
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("corpus-{target}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let status = Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(&folder).status().unwrap();
    assert!(status.success(), "{target}: {status}");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Some of the repository's policies: those that are accepted and those that are not.
fn policies() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for folder in ["tests/ui", "tests/run", "examples", "stdlib"] {
        collect(&repository().join(folder), &mut files);
    }
    files.sort();
    let each = files.len().div_ceil(POLICIES).max(1);
    files.iter().step_by(each).map(|file| fs::read(file).unwrap()).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "atbac") {
            files.push(path);
        }
    }
}
