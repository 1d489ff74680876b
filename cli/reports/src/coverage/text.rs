//! For a terminal: the figures, and what is missing.

use super::{missing, name, percent};
use crate::finding::Place;
use atbac_engine::coverage::{Coverage, Share};
use atbac_grammar::span::{SourceMap, Span};

/// Three lines of figures, then a line for each rule that never applied and each line and atom with an outcome that no test had.
pub fn text(coverage: &Coverage, sources: &SourceMap) -> String {
    let summary = coverage.summary();
    let figure =
        |what: &str, share: Share| format!("{what:<16} {:>4}  {} of {}\n", percent(share), share.covered, share.total);
    let mut text = figure("rules", summary.rules)
        + &figure("require lines", summary.requires)
        + &figure("atom outcomes", summary.atoms);
    let mut say = |span: Span, said: String| {
        let place = Place::of(span, sources);
        text.push_str(&format!("{}:{}:{}: {said}\n", place.file, place.start.0, place.start.1));
    };
    for (&span, rule) in coverage.rules() {
        if rule.applied.held == 0 {
            say(span, format!("`{}` never applies", name(rule)));
        }
        for (&span, line) in &rule.lines {
            if line.is_require
                && let Some(missing) = missing(line.outcomes)
            {
                say(span, format!("this `require` is {missing}"));
            }
            for (&span, &outcomes) in &line.atoms {
                if let Some(missing) = missing(outcomes) {
                    say(span, format!("`{}` is {missing}", one_line(sources.text(span))));
                }
            }
        }
    }
    text
}

/// Source text in one line, not too long.
fn one_line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &words[..at]),
        None => words,
    }
}
