//! For tools that show coverage beside code: an LCOV tracefile (the manual page geninfo(1) of LCOV, "TRACEFILE FORMAT").

use super::name;
use crate::finding::Place;
use atbac_engine::coverage::{Coverage, RuleCoverage};
use atbac_grammar::span::{FileId, SourceMap, Span};
use std::collections::BTreeMap;

/// A record for each file: a function for each rule, two branches for each atom (true, false), and the tests in which each line was asked.
pub fn lcov(coverage: &Coverage, sources: &SourceMap) -> String {
    let mut files: BTreeMap<FileId, Vec<(Span, &RuleCoverage)>> = BTreeMap::new();
    for (&span, rule) in coverage.rules() {
        files.entry(span.file).or_default().push((span, rule));
    }
    files.into_iter().map(|(file, rules)| record(&sources.get(file).name, &rules, sources)).collect()
}

fn record(file: &str, rules: &[(Span, &RuleCoverage)], sources: &SourceMap) -> String {
    let line_of = |span: Span| Place::of(span, sources).start.0;
    let (mut functions, mut branches, mut functions_hit, mut branches_hit) = (String::new(), Vec::new(), 0, 0);
    let mut lines: BTreeMap<usize, usize> = BTreeMap::new();
    for &(span, rule) in rules {
        functions += &format!("FN:{},{}\n", line_of(span), name(rule));
        functions_hit += usize::from(rule.applied.held > 0);
        lines.insert(line_of(span), rule.applied.held + rule.applied.failed);
        for (&span, line) in &rule.lines {
            *lines.entry(line_of(span)).or_default() += line.outcomes.held + line.outcomes.failed;
            for (&span, outcomes) in &line.atoms {
                for (branch, times) in [outcomes.held, outcomes.failed].into_iter().enumerate() {
                    branches_hit += usize::from(times > 0);
                    branches.push((line_of(span), branch, times));
                }
            }
        }
    }
    let mut record = format!("TN:\nSF:{file}\n{functions}");
    for (_, rule) in rules {
        record += &format!("FNDA:{},{}\n", rule.applied.held, name(rule));
    }
    record += &format!("FNF:{}\nFNH:{functions_hit}\n", rules.len());
    for (block, (line, branch, times)) in branches.iter().enumerate() {
        record += &format!("BRDA:{line},{},{branch},{times}\n", block / 2);
    }
    record += &format!("BRF:{}\nBRH:{branches_hit}\n", branches.len());
    for (line, times) in &lines {
        record += &format!("DA:{line},{times}\n");
    }
    let lines_hit = lines.values().filter(|times| **times > 0).count();
    record + &format!("LF:{}\nLH:{lines_hit}\nend_of_record\n", lines.len())
}
