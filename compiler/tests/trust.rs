//! What rules rest on, compared with what their text says.
#![expect(clippy::panic, reason = "a test that cannot go on fails, in its helpers too")]

use atbac_compiler::pipeline::{self, SourceFile};
use atbac_compiler::trust::{self, fact_word};

const POLICY: &str = r#"package trusts;
use std.snp.Snp;
use std.agent.Session;
record Ledger { tenant: String }
request Call {
  call amount: asserted Int,
  session p: attested Snp,
  session s: authenticated Session bound to p,
  call ledger: local Ledger,
  call memo: asserted String?,
}
reference builds: Set<Digest<48>>;
reference limit: Int;
permit pay for Call where memo is present {
  require p.measurement in builds else "not released";
  require not p.policy.debug and p.vmpl == 0 else "not hardened";
  require age(p) <= 5m else "stale";
  require ledger.tenant == s.tenant and amount <= limit else "not yours, or too much";
}
forbid nothing for Call { when amount == 0; reason "nothing"; }
"#;

/// Each rule as lines of text: floors with the lines that meet them, sources with what is read of them.
fn described(policy: &str) -> Vec<Vec<String>> {
    let sources = [SourceFile { name: "trusts".into(), text: policy.into() }];
    let checked = pipeline::parse(sources).check().unwrap_or_else(|refused| panic!("{:#?}", refused.diagnostics));
    let line = |span: atbac_grammar::span::Span| checked.sources.get(span.file).position(span.start).line.to_string();
    let rules = trust::of(&checked.policy);
    rules
        .iter()
        .map(|rule| {
            let floors = rule.floors.iter().map(|floor| {
                let lines: Vec<String> = floor.lines.iter().map(|span| line(*span)).collect();
                format!("{} {} at {}", fact_word(floor.fact), floor.least.word(), lines.join(" "))
            });
            let sources = rule.sources.iter().map(|source| {
                let claims: Vec<String> =
                    source.claims.iter().map(|(path, fact)| format!("{path}:{}", fact_word(*fact))).collect();
                let bound = source.bound_to.map_or_else(String::new, |other| format!(" to {other}"));
                format!("{} {}{bound} {}", source.provenance.word(), source.field, claims.join(" "))
            });
            let references = rule.references.iter().map(|id| checked.policy.schema.reference(*id).name.clone());
            let clock = rule.reads_clock.then(|| "clock".to_owned());
            floors.chain(sources).chain(references).chain(clock).collect()
        })
        .collect()
}

#[test]
fn a_rule_rests_on_what_it_reads() {
    assert_eq!(
        described(POLICY),
        [
            vec![
                "code_identity attested at 15",
                "platform_health attested at 16",
                "attested p measurement:code_identity policy.debug:platform_health verified_at:circumstance vmpl:circumstance",
                "authenticated s to p tenant:circumstance",
                "local ledger tenant:circumstance",
                "asserted amount :circumstance",
                "asserted memo :circumstance",
                "builds",
                "limit",
                "clock",
            ],
            vec!["asserted amount :circumstance"],
        ]
    );
}

/// Of the lines that meet a floor it rests on the one that asks the fewest questions for it, and on the first of several such.
#[test]
fn a_floor_rests_on_the_line_that_needs_the_fewest_questions() {
    let permit = |lines: &str| {
        format!(
            "package trusts; use std.snp.Snp; request Call {{ session p: attested Snp }} reference builds: Set<Digest<48>>;
floor code_identity: attested;
permit it for Call {{
{lines}
require age(p) <= 5m else \"\"; }}"
        )
    };
    let (two, one) = (
        "require p.measurement in builds or p.id_key_digest in builds else \"\";",
        "require p.author_key_digest in builds else \"\";",
    );
    for (lines, expected) in
        [([two, one, one], "code_identity attested at 5"), ([one, two, one], "code_identity attested at 4")]
    {
        let [rule] = &described(&permit(&lines.join("\n")))[..] else { panic!("one rule was expected") };
        assert_eq!(rule[0], expected, "{lines:?}");
    }
}
