//! Every lint in both directions: what it must find, and what it must not.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, in its helpers too")]

use atbac_compiler::lint::{Level, Lint, Options};
use atbac_compiler::pipeline::{self, SourceFile};
use atbac_grammar::diagnostic::{Diagnostic, Severity};

/// A request without evidence, in a package that asks for none, with these declarations.
fn plain(declarations: &str) -> String {
    format!(
        "package plain;
         enum Action {{ read {{ see, list }}, write {{ pay }} }}
         record Key {{ name: String }}
         request Call {{
           call action: asserted Action,
           call amount: asserted Int,
           call note:   asserted String?,
           call flag:   asserted Bool,
           call names:  asserted [Key; 4],
         }}
         floor circumstance: asserted;
         {declarations}"
    )
}

/// Everything that the lints find, with these levels set by the caller.
fn findings(text: &str, options: &Options) -> Vec<Diagnostic> {
    let sources = [SourceFile { name: "lints".into(), text: text.to_owned() }];
    let mut found = match pipeline::parse(sources).check_with(options) {
        Ok(checked) => checked.warnings,
        Err(refused) => refused.diagnostics,
    };
    let is_lint = |finding: &Diagnostic| Lint::ALL.iter().any(|lint| lint.code() == finding.code);
    let errors: Vec<&Diagnostic> =
        found.iter().filter(|finding| finding.severity == Severity::Error && !is_lint(finding)).collect();
    assert!(errors.is_empty(), "{text}: {errors:#?}");
    found.retain(is_lint);
    found
}

/// The lints that find something.
fn found(text: &str) -> Vec<Lint> {
    let lint = |found: Diagnostic| Lint::ALL.iter().copied().find(|lint| lint.code() == found.code).unwrap();
    findings(text, &Options::default()).into_iter().map(lint).collect()
}

/// The lints that find something in one forbid with these lines.
fn forbid(lines: &str) -> Vec<Lint> {
    found(&plain(&format!("forbid it for Call {{ {lines} reason \"\"; }}")))
}

/// Numbers that no range is left for are refused by the checker, which tracks them.
#[test]
fn conditions_that_contradict_one_another_are_found() {
    for lines in [
        "when action == pay; when action == see;",
        "when action in { see, list }; when action in { pay };",
        "when action == pay; unless action == pay;",
        "when note is present; unless note is present;",
        "when flag; unless flag;",
        "unless action in { see, list }; unless action == pay;",
        "when action == pay; when action == see or action == list;",
        "when any n in names: n.name == \"a\" and n.name == \"b\";",
    ] {
        assert_eq!(forbid(lines), [Lint::NeverMatches], "{lines}");
    }
    for lines in [
        "when action in { see, list }; when action in { list, pay };",
        "when amount > 3; when amount < 5;",
        "when amount >= 3; when amount <= 3;",
        "when action == pay or action == see;",
        "when flag or amount > 5;",
        "when (any n in names: n.name == \"a\") and (any n in names: n.name == \"b\");",
    ] {
        assert_eq!(forbid(lines), [], "{lines}");
    }
}

#[test]
fn conditions_that_follow_from_others_are_found() {
    for lines in [
        "when flag; when flag;",
        "when action == pay; when action in { pay, see };",
        "when action == pay; unless action == see;",
        "when amount > 5; when amount > 3;",
        "when amount > 5; when flag or amount >= 6;",
        "when flag or not flag;",
        "when action == pay or action != pay;",
        "when amount < 3 or amount >= 3;",
        "when action in { see, list } or action == pay;",
        "when amount > 5; when amount > 4 and amount != 5;",
    ] {
        assert_eq!(forbid(lines), [Lint::AlwaysTrue], "{lines}");
    }
    for lines in [
        "when amount > 3; when amount > 5;",
        "when flag or amount > 3;",
        "when action in { pay, see }; when action == pay;",
        "when action == see or action == pay;",
        "when all n in names: n.name == \"a\"; when any n in names: n.name == \"a\";",
    ] {
        assert_eq!(forbid(lines), [], "{lines}");
    }
}

#[test]
fn rules_that_change_nothing_are_found() {
    let two = |one: &str, other: &str| found(&plain(&format!("{one} {other}")));
    let permit = |name: &str, lines: &str| format!("permit {name} for Call {{ {lines} }}");
    let forbid = |name: &str, lines: &str| format!("forbid {name} for Call {{ {lines} reason \"\"; }}");
    let pay = "when action == pay;";
    let pay_much = "when action == pay; when amount > 5;";
    assert_eq!(two(&permit("a", pay_much), &forbid("b", pay)), [Lint::ShadowedRule]);
    assert_eq!(two(&permit("a", pay), &forbid("b", pay)), [Lint::ShadowedRule]);
    assert_eq!(two(&permit("a", pay), &forbid("b", pay_much)), []);
    assert_eq!(two(&permit("a", pay), &permit("b", pay_much)), [Lint::ShadowedRule]);
    assert_eq!(
        two(&permit("a", pay_much), &permit("b", "when amount > 5; when action == pay;")),
        [Lint::DuplicateRule]
    );
    assert_eq!(two(&forbid("a", pay_much), &forbid("b", "when amount > 5 and action == pay;")), [Lint::DuplicateRule]);
    assert_eq!(two(&forbid("a", ""), &permit("b", pay)), [Lint::ShadowedRule]);
    assert_eq!(two(&permit("a", pay), &permit("b", "when action == see;")), []);
    assert_eq!(two(&permit("a", "when amount > 5;"), &permit("b", "when not (amount <= 5);")), [Lint::DuplicateRule]);
    // Another sentence is another answer.
    let other = forbid("b", pay).replace("\"\"", "\"other\"");
    assert_eq!(two(&forbid("a", pay), &other), []);
}

#[test]
fn names_that_nothing_needs_are_found() {
    let reads = "forbid it for Call { when amount > most; reason \"\"; }";
    assert_eq!(found(&plain("reference most: Int;")), [Lint::UnusedReference]);
    assert_eq!(found(&plain(&format!("reference most: Int; {reads}"))), []);
    assert_eq!(found(&plain("predicate big(n: Int) = n > 5;")), [Lint::UnusedPredicate]);
    assert_eq!(
        found(&plain("predicate big(n: Int) = n > 5; forbid it for Call { when big(amount); reason \"\"; }")),
        []
    );
    assert_eq!(found(&plain("predicate big(n: Int) = n > 5; invariant \"i\" for Call { big(amount) or flag }")), []);
    // To load a value in a test is not to read it.
    let test = "test \"t\" { given Call { ..Call.sample } with most = 5 expect deny }";
    assert_eq!(found(&plain(&format!("reference most: Int; {test}"))), [Lint::UnusedReference]);
    let used = |uses: &str| found(&plain("").replace("package plain;", &format!("package plain; {uses}")));
    assert_eq!(used("use std.agent.{Session, Approval};"), [Lint::UnusedUse, Lint::UnusedUse]);
}

/// A file that declares nothing, whichever place it has among the others: sorted by name, the last too.
#[test]
fn what_a_file_without_declarations_uses_is_unused() {
    let declares = SourceFile { name: "m.atbac".into(), text: plain("") };
    let of_file = |name: &str, level: &str| {
        let text = format!("{level} package other; use plain.Action;");
        let mut sources = vec![declares.clone(), SourceFile { name: name.into(), text }];
        sources.sort_by(|one, other| one.name.cmp(&other.name));
        match pipeline::parse(sources).check() {
            Ok(checked) => checked.warnings,
            Err(refused) => refused.diagnostics,
        }
    };
    for name in ["a.atbac", "z.atbac"] {
        let warned = of_file(name, "");
        assert!(warned.iter().any(|found| found.code == Lint::UnusedUse.code()), "{name}: {warned:?}");
        let denied = of_file(name, "@lint(unused_use: deny)");
        let refused = denied.iter().find(|found| found.code == Lint::UnusedUse.code()).map(|found| found.severity);
        assert_eq!(refused, Some(Severity::Error), "{name}");
    }
}

#[test]
fn a_use_for_its_package_alone_is_used() {
    let text = r#"package q;
use std.snp.Snp;
request Call { session p: attested Snp }
permit it for Call {
  require snp.hardened(p) else "";
  require p.measurement == p.measurement or p.measurement in builds else "";
  require age(p) <= 5m else "";
}
reference builds: Set<Digest<48>>;
"#;
    let text = text.replace("p.measurement == p.measurement or ", "");
    assert_eq!(found(&text), []);
}

/// A permit over evidence of either kind.
fn over_evidence(lines: &str) -> Vec<Lint> {
    found(&format!(
        "package e; use std.snp.Snp; use std.tdx.Tdx;
         request Call {{ session p: attested Snp | Tdx, session s: attested Snp }}
         floor circumstance: asserted;
         permit it for Call {{ {lines} }}"
    ))
}

#[test]
fn permits_that_leave_out_what_evidence_needs_are_found() {
    let of_s = |condition: &str| over_evidence(&format!("require ({condition}) and age(s) <= 5m else \"\";"));
    assert_eq!(of_s("not s.policy.debug and s.vmpl == 0"), []);
    assert_eq!(of_s("not s.policy.debug"), [Lint::PermitWithoutDebugOrVmpl]);
    assert_eq!(of_s("s.vmpl == 0"), [Lint::PermitWithoutDebugOrVmpl]);
    assert_eq!(of_s("not s.policy.debug and s.vmpl == 0 or s.version == 3"), [Lint::PermitWithoutDebugOrVmpl]);
    let of_p = |condition: &str| over_evidence(&format!("require ({condition}) and age(p) <= 5m else \"\";"));
    let snp = "p is Snp and not p.policy.debug and p.vmpl == 0";
    let tdx = "p is Tdx and not p.td_attributes.debug and not p.td_attributes.migratable and p.tcb_status == UpToDate";
    assert_eq!(of_p(&format!("({snp}) or ({tdx})")), []);
    assert_eq!(of_p(snp), []);
    for left_out in
        ["not p.td_attributes.debug and ", "not p.td_attributes.migratable and ", " and p.tcb_status == UpToDate"]
    {
        let tdx = tdx.replace(left_out, "");
        assert_eq!(of_p(&format!("({snp}) or ({tdx})")), [Lint::PermitWithoutDebugOrTcbStatus], "{tdx}");
    }
    assert_eq!(of_p(&format!("p is Snp implies ({snp})")), [Lint::UnknownEvidenceKind]);
    assert_eq!(over_evidence("require age(p) <= 5m else \"\";"), [Lint::UnknownEvidenceKind]);
    // What reads no evidence takes none.
    assert_eq!(over_evidence(""), []);
}

#[test]
fn permits_that_take_no_notice_of_a_verdict_are_found() {
    let of = |package: &str, kind: &str, condition: &str| {
        found(&format!(
            "package e; use std.{package}.{kind};
             request Call {{ session r: authenticated {kind} }}
             floor code_identity: asserted, platform_health: asserted, circumstance: asserted;
             permit it for Call {{ require ({condition}) and age(r) <= 5m else \"\"; }}"
        ))
    };
    assert_eq!(of("nras", "GpuResult", "r.overall_result and r.arch_check"), []);
    assert_eq!(of("nras", "GpuResult", "r.arch_check"), [Lint::PermitWithoutVerdict]);
    assert_eq!(of("nras", "GpuResult", "r.overall_result or r.arch_check"), [Lint::PermitWithoutVerdict]);
    assert_eq!(of("ear", "Ear", "r.status == affirming and r.hardware == 2"), []);
    assert_eq!(of("ear", "Ear", "r.hardware == 2"), [Lint::PermitWithoutVerdict]);
    // A token of an identity has no verdict.
    assert_eq!(of("spiffe", "JwtSvid", "r.spiffe_id == \"\""), []);
}

#[test]
fn equality_of_security_versions_is_found() {
    let hardened = "require not s.policy.debug and s.vmpl == 0 and age(s) <= 5m else \"\";";
    let with = |condition: &str| over_evidence(&format!("{hardened} require {condition} else \"\";"));
    assert_eq!(with("s.guest_svn == 3"), [Lint::EqualityOnSvn]);
    assert_eq!(with("s.guest_svn != 3"), [Lint::EqualityOnSvn]);
    assert_eq!(with("s.reported_tcb == s.committed_tcb"), [Lint::EqualityOnSvn]);
    assert_eq!(with("s.guest_svn >= 3"), []);
    assert_eq!(with("s.version == 3"), []);
}

/// 2026-01-01T00:00:00Z, in milliseconds since 1970.
const NOW: i64 = 1_767_225_600_000;

#[test]
fn exceptions_that_end_are_found() {
    let expiring = |expires: &str, now: Option<i64>| -> Vec<Lint> {
        let text = plain(&format!(
            "@owner(\"team\") @exception(ticket: \"SEC-1\", expires: {expires}) permit it for Call {{ when flag; }}"
        ));
        let options = Options { now, ..Options::default() };
        let lint = |found: Diagnostic| Lint::ALL.iter().copied().find(|lint| lint.code() == found.code).unwrap();
        findings(&text, &options).into_iter().map(lint).collect()
    };
    assert_eq!(expiring("2025-12-31", Some(NOW)), [Lint::ExceptionExpired]);
    // It no longer applies from that instant on.
    assert_eq!(expiring("2026-01-01", Some(NOW)), [Lint::ExceptionExpired]);
    assert_eq!(expiring("2026-01-01T00:00:00.001Z", Some(NOW)), [Lint::ExceptionNearExpiry]);
    assert_eq!(expiring("2026-01-31", Some(NOW)), [Lint::ExceptionNearExpiry]);
    assert_eq!(expiring("2026-02-01", Some(NOW)), []);
    assert_eq!(expiring("2020-01-01", None), []);
}

#[test]
fn texts_that_look_like_others_are_found() {
    let text = |text: &str| forbid(&format!("when note is present; when note == \"{text}\" or note == \"other\";"));
    assert_eq!(text("paypal"), []);
    assert_eq!(text("pаypal"), [Lint::Confusable], "a Cyrillic letter among Latin ones");
    assert_eq!(text("оther"), [Lint::Confusable], "a Cyrillic letter, and the same in Latin elsewhere");
    assert_eq!(text("pay\u{200b}pal"), [Lint::Confusable], "a space of no width");
    assert_eq!(text("платёж"), []);
    assert_eq!(text("支払い"), [], "scripts that are written together");
}

#[test]
fn levels_are_set_by_package_declaration_and_caller() {
    let rule = "forbid it for Call { when flag; when flag; reason \"\"; }";
    let levels = |package: &str, declaration: &str, given: &[(Lint, Level)]| -> Vec<Severity> {
        let text =
            plain(&format!("{declaration} {rule}")).replace("package plain;", &format!("{package} package plain;"));
        let options = Options { now: None, levels: given.to_vec() };
        findings(&text, &options).iter().map(|finding| finding.severity).collect()
    };
    let (allow, deny) = ("@lint(always_true: allow)", "@lint(always_true: deny)");
    assert_eq!(levels("", "", &[]), [Severity::Warning]);
    assert_eq!(levels(allow, "", &[]), []);
    assert_eq!(levels(deny, "", &[]), [Severity::Error]);
    assert_eq!(levels(deny, allow, &[]), []);
    assert_eq!(levels(allow, deny, &[]), [Severity::Error]);
    assert_eq!(levels("", allow, &[(Lint::AlwaysTrue, Level::Warn)]), [Severity::Warning]);
    assert_eq!(levels("", "", &[(Lint::AlwaysTrue, Level::Deny), (Lint::AlwaysTrue, Level::Allow)]), []);
    assert_eq!(levels("@lint(duplicate_rule: deny)", "", &[]), [Severity::Warning]);
}

#[test]
fn a_package_that_asks_for_no_evidence_is_found_by_who_asks() {
    let text = plain("permit it for Call { when flag; }");
    assert_eq!(found(&text), []);
    let options = Options { now: None, levels: vec![(Lint::PermitWithoutEvidence, Level::Warn)] };
    let codes: Vec<_> = findings(&text, &options).into_iter().map(|found| found.code).collect();
    assert_eq!(codes, [Lint::PermitWithoutEvidence.code()]);
}

#[test]
fn every_lint_is_set_by_its_name() {
    for lint in Lint::ALL {
        assert_eq!(Lint::named(lint.name()), Some(*lint));
        assert!(lint.code().as_str().starts_with("atbac::lints::"));
    }
}
