//! What tests show of rules, as text, JSON, LCOV and a page.

mod json;
mod lcov;
mod page;
mod text;

pub use json::json;
pub use lcov::lcov;
pub use page::page;
pub use text::text;

use atbac_engine::coverage::{Outcomes, RuleCoverage, Share};

/// The name of a rule: the ones of all applications of its template.
fn name(rule: &RuleCoverage) -> String {
    rule.names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// A share for people; a dash where there is nothing to cover.
fn percent(share: Share) -> String {
    share.percent().map_or_else(|| "–".to_owned(), |percent| format!("{percent}%"))
}

/// What was not seen of two outcomes.
fn missing(outcomes: Outcomes) -> Option<&'static str> {
    match (outcomes.held > 0, outcomes.failed > 0) {
        (true, true) => None,
        (true, false) => Some("never false"),
        (false, true) => Some("never true"),
        (false, false) => Some("never asked"),
    }
}
