//! `atbac trust`: whose honesty each rule rests on.

use crate::failure::Failure;
use crate::policies;
use crate::report::{Answer, Report};
use crate::text::Text;
use atbac_compiler::checked::Policy;
use atbac_compiler::pipeline::Checked;
use atbac_compiler::trust::{self, MetFloor, Source, Trust, fact_word};
use atbac_compiler::types::effect_word;
use atbac_grammar::span::SourceMap;
use atbac_reports::trust::{references, rows};
use serde_json::{Value as Json, json};
use std::fmt::Write;
use std::path::PathBuf;

/// Show what each rule rests on: whose word, which claims, and which lines meet the package's floors
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac trust policies/

`attested` is what hardware signed, `authenticated` what an issuer signed, `local` what the service says that asks, `asserted` what the caller says.")]
pub(crate) struct Args {
    /// Policies (.atbac), or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// Checks the policies and tells what their rules rest on.
pub(crate) fn run(args: &Args, mut text: Text) -> Result<Report, Failure> {
    let Checked { sources, policy, .. } = policies::check(&args.paths)?;
    let rules = trust::of(&policy);
    for rule in &rules {
        text.add(shown(rule, &policy, &sources));
    }
    let rules: Vec<Json> = rules.iter().map(|rule| object(rule, &policy, &sources)).collect();
    Ok(Report { answer: Answer::Yes, json: json!({ "rules": rules }), text })
}

fn shown(trust: &Trust<'_>, policy: &Policy, sources: &SourceMap) -> String {
    let mut shown = format!("{} {} ({})\n", effect_word(trust.rule.effect), trust.rule.name, trust.rule.package);
    for (label, row) in rows(trust, &policy.schema, sources) {
        // Writing to a string cannot fail.
        let _ = writeln!(shown, "  {label:<14} {row}");
    }
    shown.push('\n');
    shown
}

fn object(trust: &Trust<'_>, policy: &Policy, sources: &SourceMap) -> Json {
    let floor = |floor: &MetFloor| {
        let lines: Vec<Json> = floor
            .lines
            .iter()
            .map(|line| {
                let source = sources.get(line.file);
                json!({ "file": source.name, "line": source.position(line.start).line })
            })
            .collect();
        json!({ "fact": fact_word(floor.fact), "provenance": floor.least.word(), "met_at": lines })
    };
    let source = |source: &Source<'_>| {
        let claims: Vec<Json> =
            source.claims.iter().map(|(path, fact)| json!({ "path": path, "fact": fact_word(*fact) })).collect();
        json!({
            "provenance": source.provenance.word(),
            "field": source.field,
            "bound_to": source.bound_to,
            "claims": claims,
        })
    };
    json!({
        "package": &*trust.rule.package,
        "rule": trust.rule.name,
        "effect": effect_word(trust.rule.effect),
        "floors": trust.floors.iter().map(floor).collect::<Vec<_>>(),
        "sources": trust.sources.iter().map(source).collect::<Vec<_>>(),
        "references": references(trust, &policy.schema),
        "reads_clock": trust.reads_clock,
    })
}
