//! What tests show of rules: where to, in which form, and how much is enough.

use crate::failure::Failure;
use crate::files;
use crate::text::Text;
use atbac_engine::coverage::{Coverage, Share, Summary};
use atbac_grammar::span::SourceMap;
use atbac_reports::coverage;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// Coverage of rules by tests.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// Show which rules, `require` lines and outcomes of conditions no test covers
    #[arg(long)]
    coverage: bool,
    /// Write coverage as JSON
    #[arg(long, value_name = "FILE")]
    coverage_json: Option<PathBuf>,
    /// Write coverage as an LCOV tracefile
    #[arg(long, value_name = "FILE")]
    coverage_lcov: Option<PathBuf>,
    /// Write coverage as a page that shows the policies in colours
    #[arg(long, value_name = "FILE")]
    coverage_html: Option<PathBuf>,
    /// Answer no if less than this much of the rules, of the `require` lines or of the outcomes is covered
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    fail_under: Option<u8>,
}

impl Args {
    /// Whether any of it is asked for.
    pub(crate) fn wanted(&self) -> bool {
        self.coverage || self.fail_under.is_some() || !self.written().is_empty()
    }

    /// The files that are written.
    pub(crate) fn written(&self) -> Vec<&Path> {
        let files = [&self.coverage_json, &self.coverage_lcov, &self.coverage_html];
        files.into_iter().flatten().map(PathBuf::as_path).collect()
    }

    /// Shows and writes what was asked for; gives whether it is enough.
    ///
    /// # Errors
    /// [`Failure`] when a file cannot be written.
    pub(crate) fn report(
        &self,
        covered: &Coverage,
        sources: &SourceMap,
        text: &mut Text,
        json: &mut Json,
    ) -> Result<bool, Failure> {
        let document = coverage::json(covered, sources);
        if let Some(path) = &self.coverage_json {
            files::write(path, &format!("{document:#}\n"))?;
        }
        if let Some(path) = &self.coverage_lcov {
            files::write(path, &coverage::lcov(covered, sources))?;
        }
        if let Some(path) = &self.coverage_html {
            files::write(path, &coverage::page(covered, sources))?;
        }
        if self.coverage {
            text.add(format_args!("\n{}", coverage::text(covered, sources)));
        }
        json["coverage"] = document["summary"].clone();
        let Summary { rules, requires, atoms } = covered.summary();
        let figures = [("rules", rules), ("`require` lines", requires), ("outcomes", atoms)];
        let Some(least) = self.fail_under else { return Ok(true) };
        if rules.total == 0 {
            text.bad("there is no rule to cover: are these the right paths?\n");
            return Ok(false);
        }
        Ok(enough(usize::from(least), figures, text))
    }
}

/// Whether each figure is at least so much; says which is not.
fn enough(least: usize, figures: [(&str, Share); 3], text: &mut Text) -> bool {
    // A rule may have no `require` and no condition: then there is nothing of them to cover.
    let percents = figures.into_iter().filter_map(|(what, share)| Some((what, share.percent()?)));
    let short: Vec<_> = percents.filter(|(_, percent)| *percent < least).collect();
    for (what, percent) in &short {
        text.bad(format_args!("{percent}% of the {what} are covered, less than {least}%\n"));
    }
    short.is_empty()
}
