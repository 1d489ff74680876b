//! `atbac trust`: whose honesty each rule rests on.

use crate::failure::Failure;
use crate::policies;
use crate::report::{Answer, Report};
use crate::text::Text;
use atbac_compiler::checked::Policy;
use atbac_compiler::pipeline::{self, Checked};
use atbac_compiler::trust::{self, MetFloor, Source, Trust, fact_word, provenance_word};
use atbac_compiler::types::{Fact, effect_word};
use atbac_grammar::span::{SourceMap, Span};
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
    let checked = pipeline::parse(policies::collect(&args.paths)?).check();
    let Checked { sources, policy, .. } = checked.map_err(|refused| Failure::Policies(Box::new(refused)))?;
    let rules = trust::of(&policy);
    for rule in &rules {
        text.add(shown(rule, &policy, &sources));
    }
    let rules: Vec<Json> = rules.iter().map(|rule| object(rule, &policy, &sources)).collect();
    Ok(Report { answer: Answer::Yes, json: json!({ "rules": rules }), text })
}

fn shown(trust: &Trust<'_>, policy: &Policy, sources: &SourceMap) -> String {
    let mut shown = format!("{} {} ({})\n", effect_word(trust.rule.effect), trust.rule.name, trust.rule.package);
    // Writing to a string cannot fail.
    for MetFloor { fact, least, lines } in &trust.floors {
        let places: Vec<String> = lines.iter().map(|line| place(*line, sources)).collect();
        let floor = format!("{}: {}", fact_word(*fact), provenance_word(*least));
        let _ = writeln!(shown, "  {:<14} {floor}, met at {}", "floor", places.join(", "));
    }
    for source in &trust.sources {
        let _ = writeln!(shown, "  {:<14} {}", provenance_word(source.provenance), read(source));
    }
    if !trust.references.is_empty() {
        let _ = writeln!(shown, "  {:<14} {}", "references", references(trust, policy).join(", "));
    }
    if trust.reads_clock {
        let _ = writeln!(shown, "  {:<14} the time that the service gives", "clock");
    }
    shown.push('\n');
    shown
}

/// `principal: measurement (code_identity), vmpl`
fn read(source: &Source<'_>) -> String {
    let claims: Vec<String> = source
        .claims
        .iter()
        .filter(|(path, _)| !path.is_empty())
        .map(|(path, fact)| match fact {
            Fact::Circumstance => path.clone(),
            Fact::CodeIdentity | Fact::PlatformHealth | Fact::WorkloadIdentity => {
                format!("{path} ({})", fact_word(*fact))
            }
        })
        .collect();
    let bound = source.bound_to.map_or_else(String::new, |other| format!(" bound to {other}"));
    let claims = if claims.is_empty() { String::new() } else { format!(": {}", claims.join(", ")) };
    format!("{}{bound}{claims}", source.field)
}

fn references(trust: &Trust<'_>, policy: &Policy) -> Vec<String> {
    trust.references.iter().map(|id| policy.schema.reference(*id).name.clone()).collect()
}

/// `policies/approver.atbac:41`
fn place(span: Span, sources: &SourceMap) -> String {
    let source = sources.get(span.file);
    format!("{}:{}", source.name, source.position(span.start).line)
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
        json!({ "fact": fact_word(floor.fact), "provenance": provenance_word(floor.least), "met_at": lines })
    };
    let source = |source: &Source<'_>| {
        let claims: Vec<Json> =
            source.claims.iter().map(|(path, fact)| json!({ "path": path, "fact": fact_word(*fact) })).collect();
        json!({
            "provenance": provenance_word(source.provenance),
            "field": source.field,
            "bound_to": source.bound_to,
            "claims": claims,
        })
    };
    json!({
        "package": trust.rule.package,
        "rule": trust.rule.name,
        "effect": effect_word(trust.rule.effect),
        "floors": trust.floors.iter().map(floor).collect::<Vec<_>>(),
        "sources": trust.sources.iter().map(source).collect::<Vec<_>>(),
        "references": references(trust, policy),
        "reads_clock": trust.reads_clock,
    })
}
