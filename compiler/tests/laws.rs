//! Laws 5 and 6 in both directions: what they must refuse, and what they must not.

use atbac_compiler::pipeline::{self, Refused, SourceFile};
use atbac_grammar::codes::{self, BINDING, Code, FLOOR, FRESHNESS, TTL};

/// What every case of this file is asked about.
const REQUESTS: &str = r#"
package laws;
use std.snp.Snp;
use std.tdx.Tdx;
use std.agent.Session;

/// Evidence of this file's own, so that what it states is what these tests say.
evidence Approval "an approval" @verifier("approval") @max_age(24h) {
  @fact(workload_identity) approver: String,
  @fact(circumstance) group: String,
  @fact(circumstance) subjects: Set<String>,
  @fact(workload_identity) keys: Set<String>,
  @fact(workload_identity) number: Int,
  @fact(circumstance) lasts: Duration,
  @fact(circumstance) verified_at: Instant,
  @fact(circumstance) expires_at: Instant,
}

record Key {
  @fact(workload_identity) bytes: Bytes<32>,
  @fact(code_identity) build: Digest<48>,
  @fact(platform_health) svn: Int,
}
record Ledger { owner: String, build: Digest<48> }
enum Action { read, write }

request Call {
  session p:     attested Snp | Tdx,
  session s:     attested Snp,
  session t:     attested Tdx bound to s,
  session token: authenticated Session bound to s,
  session loose: authenticated Session,
  call maybe:    authenticated Approval?,
  call approvals: authenticated [Approval; 4],
  call said:     asserted Key,
  call limit:    asserted Duration,
  @fact(workload_identity) call login: authenticated String,
  call ours:     local Ledger,
  call patience: local Duration,
  call action:   asserted Action,
  session machines: attested [Snp; 4],
  call tags:     asserted Set<Bytes<32>>,
  call fleet:    local Set<String>,
}

grant Given for Call { ttl: Duration merge min }

reference builds: Set<Digest<48>>;
reference tds: Set<Digest<48>>;
reference minimum: Tcb;
reference names: Set<String>;
reference patience_of_all: Duration;
reference least_svn: Int;
reference least_version: Version;

"#;

/// Identity, health and age of `s`, each in a line that meets what the package demands by default.
const IDENTITY: &str = "require s.measurement in builds else \"\";";
const HEALTH: &str = "require not s.policy.debug else \"\";";
const AGE: &str = "require age(s) <= 5m else \"\";";

/// The codes of what is found in the requests with these declarations, in order.
fn found(declarations: &str) -> Vec<Code> {
    let text = format!("{REQUESTS}{declarations}");
    let Refused { sources, diagnostics } = match pipeline::parse([SourceFile { name: "laws".into(), text }]).check() {
        Ok(checked) => Refused { sources: checked.sources, diagnostics: checked.warnings },
        Err(refused) => refused,
    };
    for found in &diagnostics {
        let law = found.code.as_str().contains("::laws::") || found.code.as_str().contains("::lints::");
        assert!(law, "{}: {} in {}", found.code, found.message, sources.get(found.primary.span.file).name);
    }
    diagnostics.into_iter().map(|found| found.code).filter(|code| code.as_str().contains("::laws::")).collect()
}

/// The codes for one permit with these lines.
fn permit(lines: &str) -> Vec<Code> {
    found(&format!("permit it for Call {{ {lines} grant {{ ttl: 1m }} }}"))
}

/// The codes for one permit with these lines, in a package with these floors.
fn with_floor(floor: &str, lines: &str) -> Vec<Code> {
    found(&format!("floor {floor}; permit it for Call {{ {lines} grant {{ ttl: 1m }} }}"))
}

fn require(condition: &str) -> String {
    format!("require {condition} else \"\";")
}

#[test]
fn a_permit_that_asks_everything_is_accepted() {
    assert_eq!(permit(&format!("{IDENTITY}{HEALTH}{AGE}")), []);
}

#[test]
fn a_permit_asks_about_code_and_platform_by_default() {
    assert_eq!(permit(""), [FLOOR, FLOOR]);
    assert_eq!(permit(&format!("{HEALTH}{AGE}")), [FLOOR]);
    assert_eq!(permit(&format!("{IDENTITY}{AGE}")), [FLOOR]);
    assert_eq!(permit(&require("action == read")), [FLOOR, FLOOR]);
}

#[test]
fn a_forbid_needs_to_ask_nothing() {
    assert_eq!(found("forbid it for Call { when s.guest_svn < 2; reason \"old\"; }"), []);
    assert_eq!(found("forbid it for Call { when loose.tenant == \"evil\"; reason \"evil\"; }"), []);
}

/// Each is needed, wherever it stands: under `and`, in a predicate's way of saying it, under two negations.
#[test]
fn code_is_identified_by_equality_or_membership() {
    for condition in [
        "s.measurement in builds",
        "s.measurement == hex\"111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111\"",
        "s.measurement == ours.build",
        "s.id_key_digest in builds",
        "action == read and s.measurement in builds",
        "not (not (s.measurement in builds))",
        "not (action == read or not (s.measurement in builds))",
        "s.measurement in builds or s.id_key_digest in builds",
        "(action == read and s.measurement in builds) or (action == write and s.id_key_digest in builds)",
        "sha384(s.measurement) in builds",
        "s.measurement[0..16] == hex\"11111111111111111111111111111111\"",
        "s.measurement starts_with hex\"11111111111111111111111111111111\"",
        "(s.measurement in builds) == true",
        "if action == read then s.measurement in builds else s.id_key_digest in builds",
    ] {
        assert_eq!(permit(&format!("{}{HEALTH}{AGE}", require(condition))), [], "{condition}");
    }
}

#[test]
fn what_does_not_identify_code_on_every_path_is_refused() {
    for condition in [
        // Another path.
        "s.measurement in builds or action == read",
        "action == read implies s.measurement in builds",
        "if action == read then s.measurement in builds else true",
        // What code is not says not what it is.
        "not (s.measurement in builds)",
        "s.measurement != ours.build",
        "s.measurement in builds or not (s.measurement in builds)",
        "s.measurement in builds or s.measurement != ours.build",
        // The caller's word, or that of the code itself.
        "s.measurement == said.build",
        "said.build in builds",
        "s.measurement == s.report_data[0..48]",
        "s.measurement == s.id_key_digest",
        // Too little of it.
        "s.measurement[0..8] == hex\"1111111111111111\"",
        "s.measurement starts_with hex\"1111111111111111\"",
        // What evidence says where there is no such key.
        "s.author_key_digest == hex\"000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\"",
        "s.measurement[0..16] == hex\"00000000000000000000000000000000\"",
        "s.author_key_digest in { hex\"111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111\", hex\"000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\" }",
        "s.measurement in builds or s.author_key_digest == hex\"000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\"",
        // Not the code of what makes the call.
        "s.report_data[0..48] in builds",
        "ours.build in builds",
        // Not needed.
        "any a in approvals: s.measurement in builds or a.group == \"x\"",
        "count(a in approvals where s.measurement in builds) <= 3",
        "count(a in approvals where s.measurement in builds) < 1",
        "all a in approvals: s.measurement in builds",
    ] {
        let found = permit(&format!("{}{HEALTH}{AGE}", require(condition)));
        let laws: Vec<Code> = found.into_iter().filter(|code| *code == FLOOR).collect();
        assert_eq!(laws, [FLOOR], "{condition}");
    }
}

/// Health is told by any comparison, but not by two of which one is always so.
#[test]
fn the_platform_is_asked_about_in_earnest() {
    for condition in [
        "s.reported_tcb >= minimum",
        "s.policy.debug == false",
        "(s.policy.debug and s.reported_tcb >= minimum) or (not s.policy.debug and s.reported_tcb >= minimum)",
        "s.current_version >= version\"1.52.4\"",
        "t.tcb_status != Revoked",
        "t.tcb_status in { UpToDate, SWHardeningNeeded }",
        "t.pce_svn >= 1",
        "t.pce_svn < 3 or t.pce_svn > 3",
        "t.pce_svn < least_svn or least_svn < t.pce_svn",
        "s.current_version < version\"1.2.3\" or s.current_version > version\"1.2.3\"",
        "s.current_version >= version\"0.0.1\"",
        "s.reported_tcb >= tcb { snp: 1, microcode: 0 }",
        "minimum <= s.reported_tcb",
        "s.reported_tcb >= minimum and s.reported_tcb <= tcb { fmc: 255, bootloader: 255, tee: 255, snp: 9, microcode: 200 }",
        "t.advisory_ids subset_of names",
    ] {
        assert_eq!(permit(&format!("{IDENTITY}{AGE}{}", require(condition))), [], "{condition}");
    }
    for condition in [
        "not s.policy.debug or s.policy.debug",
        "t.tcb_status == UpToDate or t.tcb_status != UpToDate",
        "t.tcb_status in { UpToDate, Revoked } or not (t.tcb_status in { UpToDate })",
        "(action == read and s.policy.debug) or (action != read and not s.policy.debug)",
        "s.current_version >= version\"1.2.3\" or s.current_version < version\"1.2.3\"",
        "s.reported_tcb >= minimum or not (s.reported_tcb >= minimum)",
        "t.tcb_status in { UpToDate, SWHardeningNeeded, ConfigurationNeeded, ConfigurationAndSWHardeningNeeded, OutOfDate,
           OutOfDateConfigurationNeeded, TDRelaunchAdvised, TDRelaunchAdvisedConfigurationNeeded, Revoked }",
        // Below, at and above; whichever side stands first.
        "t.pce_svn < 3 or t.pce_svn == 3 or t.pce_svn > 3",
        "t.pce_svn < 3 or t.pce_svn in { 3, 4, 5 } or t.pce_svn > 5",
        "t.pce_svn == least_svn or least_svn != t.pce_svn",
        "t.pce_svn < least_svn or least_svn <= t.pce_svn",
        "t.pce_svn <= least_svn or t.pce_svn >= least_svn",
        "t.pce_svn < least_svn or t.pce_svn == least_svn or t.pce_svn > least_svn",
        "s.current_version <= least_version or s.current_version >= least_version",
        "s.current_version < version\"1.2.3\" or s.current_version == version\"1.2.3\" or s.current_version > version\"1.2.3\"",
        // No number of a report is below zero, none above the largest.
        "t.pce_svn >= 0",
        "t.pce_svn > -5",
        "t.pce_svn <= 9_223_372_036_854_775_807",
        "s.current_version >= version\"0.0.0\"",
        "s.reported_tcb >= tcb { snp: 0, microcode: 0 }",
        // Nothing is a subset of every set.
        "names subset_of t.advisory_ids",
        "s.current_tcb >= s.committed_tcb",
        "s.launch_mit_vector is present",
        // The oldest firmware is below every bound, and no firmware above this one.
        "s.launch_tcb <= tcb { fmc: 255, bootloader: 255, tee: 255, snp: 255, microcode: 255 }",
        "tcb { fmc: 255, bootloader: 255, tee: 255, snp: 255, microcode: 255 } >= s.launch_tcb",
        "s.reported_tcb <= minimum",
        "not (s.reported_tcb >= minimum)",
        "s.reported_tcb >= tcb { snp: 5 } or s.reported_tcb <= tcb { fmc: 255, bootloader: 255, tee: 255, snp: 5, microcode: 255 }",
    ] {
        assert_eq!(permit(&format!("{IDENTITY}{AGE}{}", require(condition))), [FLOOR], "{condition}");
    }
}

/// A union's kinds may be asked in lines of their own: together they leave no path out.
#[test]
fn each_kind_of_evidence_may_be_asked_in_its_own_way() {
    let age = "require age(p) <= 5m else \"\";";
    let (snp, tdx) = ("p.measurement in builds and not p.policy.debug", "p.mr_td in tds and not p.td_attributes.debug");
    let (of_snp, of_tdx) =
        (snp.replace(" p.", " q.").replace("p.m", "q.m"), tdx.replace(" p.", " q.").replace("p.m", "q.m"));
    for lines in [
        format!("{} {}", require(&format!("p is Snp implies {snp}")), require(&format!("p is Tdx implies {tdx}"))),
        require(&format!("match p {{ Snp q => {of_snp}, Tdx q => {of_tdx} }}")),
        require(&format!("(p is Snp and {snp}) or (p is Tdx and {tdx})")),
    ] {
        assert_eq!(permit(&format!("{lines}{age}")), [], "{lines}");
    }
    let one = require(&format!("p is Snp implies {snp}"));
    assert_eq!(permit(&format!("{one}{age}")), [FLOOR, FLOOR]);
    let one = require(&format!("match p {{ Snp q => {of_snp}, Tdx q => not q.td_attributes.debug }}"));
    assert_eq!(permit(&format!("{one}{age}")), [FLOOR]);
}

#[test]
fn a_declared_floor_replaces_the_default() {
    let fresh = require("age(loose) <= 5m");
    let floor = |lines: &str| with_floor("workload_identity: authenticated", &format!("{lines}{fresh}"));
    for condition in [
        "loose.subject in names",
        "loose.subject == \"spiffe://a/b\"",
        "loose.subject starts_with \"spiffe://a/\"",
        "loose.subject matches \"spiffe://a/*\"",
        "loose.subject matches \"*/b\"",
        "loose.subject matches \"\\\\?*\"",
        "loose.subject == ours.owner",
        "login in names",
    ] {
        assert_eq!(floor(&require(condition)), [], "{condition}");
    }
    for condition in [
        "loose.subject contains \"a\"",
        // Every text that is not empty, or that is so long; what only stands somewhere in it.
        "loose.subject matches \"?*\"",
        "loose.subject matches \"*?\"",
        "loose.subject matches \"*?*\"",
        "loose.subject matches \"??*\" or loose.subject matches \"?\"",
        "loose.subject matches \"*a*\"",
        "loose.subject == \"spiffe://a/b\" or loose.subject matches \"?*\"",
        "loose.subject != \"b\"",
        "loose.key_digest[0..32] == said.bytes",
        "loose.subject == loose.tenant",
        "loose.subject == \"\"",
        "\"spiffe://a/b\" starts_with loose.subject",
        "ours.owner in names",
        "said.bytes == hex\"1111111111111111111111111111111111111111111111111111111111111111\"",
    ] {
        assert_eq!(floor(&require(condition)), [FLOOR], "{condition}");
    }
    assert_eq!(with_floor("circumstance: asserted", ""), []);
}

/// Evidence that names no key has none but known ones: something must be in the set.
#[test]
fn a_set_identifies_by_what_must_be_in_it() {
    let floor = |conditions: &[&str]| {
        let lines: String = conditions.iter().map(|condition| require(condition)).collect();
        let there = require("maybe is present and age(maybe) <= 5m");
        with_floor("workload_identity: authenticated", &format!("{there}{lines}"))
    };
    for conditions in [
        &["\"a\" in maybe.keys"] as &[&str],
        &["maybe.keys contains \"a\""],
        &["maybe.keys == { \"a\" }"],
        &["{ \"a\", \"b\" } subset_of maybe.keys"],
        // None but known ones, and at least one.
        &["maybe.keys subset_of names", "maybe.keys != {}"],
        &["maybe.keys == names", "maybe.keys != {}"],
        &["maybe.keys subset_of names", "not (maybe.keys subset_of { \"b\" })"],
        &["maybe.keys subset_of { \"a\", \"b\" } and not (maybe.keys == {})"],
        &["maybe.keys != {}", "(action == read and maybe.keys subset_of names) or \"a\" in maybe.keys"],
    ] {
        assert_eq!(floor(conditions), [], "{conditions:?}");
    }
    for conditions in [
        &["maybe.keys subset_of names"] as &[&str],
        &["maybe.keys subset_of { \"a\" }"],
        &["not (maybe.keys subset_of names)"],
        // Nobody knows what is loaded: nothing, for all the policy says.
        &["maybe.keys == names"],
        &["maybe.keys == {}"],
        &["maybe.keys != {}"],
        &["maybe.keys subset_of names", "maybe.subjects != {}"],
        &["maybe.keys subset_of names", "maybe.keys != {} or action == read"],
        &["(maybe.keys subset_of names and maybe.keys != {}) or (maybe.keys subset_of names and action == read)"],
        &["maybe.keys subset_of { \"\" }", "maybe.keys != {}"],
        &["names subset_of maybe.keys"],
        &["\"a\" in maybe.keys or maybe.keys subset_of names"],
    ] {
        assert_eq!(floor(conditions), [FLOOR], "{conditions:?}");
    }
}

/// A number that says nothing names nobody.
#[test]
fn zero_is_no_identity() {
    let floor = |condition: &str| {
        let lines = require(&format!("maybe is present and age(maybe) <= 5m and ({condition})"));
        with_floor("workload_identity: authenticated", &lines)
    };
    for condition in ["maybe.number == 2", "maybe.number in { 2, 3 }", "-1 == maybe.number"] {
        assert_eq!(floor(condition), [], "{condition}");
    }
    for condition in [
        "maybe.number == 0",
        "0 == maybe.number",
        "maybe.number in { 0, 2, 3 }",
        "maybe.number == 2 or maybe.number == 0",
    ] {
        assert_eq!(floor(condition), [FLOOR], "{condition}");
    }
}

/// A floor counts in its own package only.
#[test]
fn a_floor_says_what_it_names_and_nothing_else() {
    assert_eq!(with_floor("code_identity: attested", &format!("{IDENTITY}{AGE}")), []);
    assert_eq!(with_floor("code_identity: attested", &format!("{HEALTH}{AGE}")), [FLOOR]);
    // Nothing that is authenticated meets a floor of attested claims.
    let lines = require("loose.subject in names") + &require("age(loose) <= 5m");
    assert_eq!(with_floor("workload_identity: attested", &lines), [FLOOR]);
}

/// A key whose digest stands in attested report data is as good as attested, on the paths on which that is needed.
#[test]
fn equality_with_attested_data_lends_its_provenance() {
    let known = "said.bytes == hex\"1111111111111111111111111111111111111111111111111111111111111111\"";
    let stands = "sha256(said.bytes) == s.report_data[0..32]";
    let floor = |conditions: &[&str]| {
        let lines: String = conditions.iter().map(|condition| require(condition)).collect();
        with_floor("workload_identity: attested", &format!("{lines}{AGE}"))
    };
    assert_eq!(floor(&[stands, known]), []);
    assert_eq!(floor(&[known, stands]), []);
    assert_eq!(floor(&[&format!("{stands} and {known}")]), []);
    assert_eq!(floor(&["said.bytes == s.report_data[0..32]", known]), []);
    let both = format!("(action == read and {stands} and {known}) or ({stands} and {known})");
    assert_eq!(floor(&[&both]), []);
    // A digest of a build is one only where a measurement says so: report data is what the code wants it to be.
    let code = |condition: &str| {
        let lines = require(condition) + &require("said.build in builds");
        with_floor("code_identity: attested", &format!("{lines}{AGE}"))
    };
    assert_eq!(code("said.build == s.measurement"), []);
    assert_eq!(code("said.build == s.report_data[0..48]"), [FLOOR]);
    assert_eq!(code("said.build == ours.build"), [FLOOR]);
    assert_eq!(code("said.build == sha384(s.measurement)"), []);
    assert_eq!(code("said.build == sha384(s.measurement[0..16])"), []);
    // A fragment of a measurement is one that the caller makes equal; what is computed need not depend on it.
    assert_eq!(code("said.build == sha384(s.measurement[0..1])"), [FLOOR]);
    let health = |condition: &str| {
        let lines = require(condition) + &require("said.svn == least_svn");
        with_floor("platform_health: attested", &format!("{lines}{AGE}"))
    };
    assert_eq!(health("said.svn == t.pce_svn"), []);
    assert_eq!(health("said.svn == t.pce_svn * 0"), [FLOOR]);
    // Not lent: on one path only, by inequality, by a part of the key, or without saying which key.
    assert_eq!(floor(&[&format!("{stands} or action == read"), known]), [FLOOR]);
    assert_eq!(floor(&["sha256(said.bytes) != s.report_data[0..32]", known]), [FLOOR]);
    assert_eq!(floor(&["said.bytes[0..16] == s.report_data[0..16]", known]), [FLOOR]);
    assert_eq!(floor(&[stands]), [FLOOR]);
}

/// `all` demands nothing of an empty list; where the list has an element, what it says holds of that one.
#[test]
fn elements_count_where_there_must_be_one() {
    let age = "age(a) <= 1h";
    let floor = |condition: &str| with_floor("workload_identity: authenticated", &require(condition));
    assert_eq!(floor(&format!("any a in approvals: a.approver in names and {age}")), []);
    assert_eq!(floor(&format!("count(a in approvals where a.approver in names and {age}) >= 2")), []);
    assert_eq!(floor(&format!("count(a in approvals where a.approver in names and {age}) > 0")), []);
    assert_eq!(floor(&format!("not (count(a in approvals where a.approver in names and {age}) < 2)")), []);
    assert_eq!(floor(&format!("not (all a in approvals: not (a.approver in names and {age}))")), []);
    assert_eq!(floor(&format!("all a in approvals: a.approver in names and {age}")), [FLOOR]);
    assert_eq!(
        floor(&format!("(all a in approvals: a.approver in names and {age}) and (any a in approvals: {age})")),
        []
    );
    // So few, or as many as somebody says.
    assert_eq!(
        floor(&format!("(all a in approvals: {age}) and count(a in approvals where a.approver in names) <= 3")),
        [FLOOR]
    );
}

/// What a template lacks is said once, however often it is applied.
#[test]
fn a_template_is_told_once() {
    let template = "floor code_identity: attested;
        template reader(svn: Int) { permit read for Call { when s.guest_svn >= svn; require age(s) <= 5m else \"\"; grant { ttl: 1m } } }
        apply reader(1) as first; apply reader(2) as second;";
    assert_eq!(found(template), [FLOOR]);
}

/// What a package without evidence is told, it is told once.
#[test]
fn a_request_without_evidence_cannot_meet_the_default() {
    let declarations = "request Plain { call x: asserted Int }
        permit one for Plain { when x == 1; } permit two for Plain { when x == 2; }";
    assert_eq!(found(declarations), [FLOOR]);
    assert_eq!(found(&format!("floor circumstance: asserted; {declarations}")), []);
}

#[test]
fn pieces_of_evidence_are_bound() {
    let floor = |lines: &str| with_floor("circumstance: asserted", lines);
    let ages = "require age(s) <= 5m and age(token) <= 5m and age(loose) <= 5m and age(p) <= 5m else \"\";";
    assert_eq!(floor(ages), [BINDING, BINDING]);
    let tied =
        |condition: &str| floor(&format!("{}{}", require("age(s) <= 5m and age(loose) <= 5m"), require(condition)));
    for condition in [
        "loose.key_digest == s.report_data",
        "sha256(loose.subject) == s.host_data",
        "sha256(said.bytes) == s.report_data[0..32] and said.bytes == loose.key_digest[0..32]",
        "(action == read and loose.key_digest == s.report_data) or sha256(loose.subject) == s.host_data",
        "not (loose.key_digest != s.report_data)",
        // Both say the same part of what the caller sent, or one the digest of what the other says.
        "loose.key_digest[0..16] == said.bytes[16..32] and s.report_data[0..16] == said.bytes[16..32]",
        "sha256(loose.subject) == said.bytes and s.host_data == sha256(said.bytes)",
    ] {
        assert_eq!(tied(condition), [], "{condition}");
    }
    for condition in [
        "true",
        "action == read",
        "loose.key_digest == s.report_data or action == read",
        "loose.key_digest != s.report_data",
        "loose.key_digest[0..8] == s.report_data[0..8]",
        // Each is equal to something, but not to the same.
        "loose.subject == ours.owner and s.measurement == ours.build",
        // Two parts of what the caller sent, who sends the one's before the other's.
        "loose.key_digest[0..16] == said.bytes[0..16] and s.report_data[0..16] == said.bytes[16..32]",
        "loose.key_digest[0..32] == said.bytes and s.report_data[0..16] == sha256(said.bytes[0..16])[0..16]",
        // A set of the caller's that has both.
        "loose.key_digest[0..32] in tags and s.report_data[0..32] in tags",
        "loose.key_digest[0..32] == said.bytes and said.bytes in tags and s.report_data[0..32] in tags",
        // The digest of what every second machine says.
        "sha256(s.report_data[0..1]) == loose.key_digest[0..32]",
        // Every machine that runs this code has this measurement.
        "s.measurement == loose.key_digest[0..48]",
        // As many machines are as old as another.
        "loose.issued_at == s.verified_at",
    ] {
        assert_eq!(tied(condition), [BINDING], "{condition}");
    }
}

/// What is in a set of evidence belongs to that evidence; a set of anybody else's ties nothing.
#[test]
fn membership_in_a_set_of_evidence_binds() {
    let floor = |condition: &str| {
        let ages = require("maybe is present and age(maybe) <= 5m and age(loose) <= 5m");
        with_floor("circumstance: asserted", &format!("{ages}{}", require(condition)))
    };
    assert_eq!(floor("loose.subject in maybe.subjects"), []);
    assert_eq!(floor("loose.subject in fleet and maybe.approver in fleet"), [BINDING]);
    assert_eq!(floor("loose.subject in names and maybe.approver in names"), [BINDING]);
    assert_eq!(floor("loose.subject in { login, ours.owner } and maybe.approver in { login, ours.owner }"), [BINDING]);
}

/// Where nothing else is read, one element shows everything: that some machine runs the code and some machine is hardened says nothing of either.
#[test]
fn one_element_answers_for_all_that_is_asked() {
    let permit = |conditions: &[&str]| {
        let lines: String = conditions.iter().map(|condition| require(condition)).collect();
        permit(&lines)
    };
    let (code, health, age) = ("m.measurement in builds", "not m.policy.debug", "age(m) <= 5m");
    let any = |asked: &str| format!("any m in machines: {asked} and {age}");
    let all = |asked: &str| format!("all m in machines: {asked} and {age}");
    let whole = format!("{code} and {health}");
    assert_eq!(permit(&[&any(&whole)]), []);
    assert_eq!(permit(&[&any(code), &all(health)]), []);
    assert_eq!(permit(&[&any("m.vmpl == 0"), &all(code), &all(health)]), []);
    assert_eq!(permit(&[&format!("count(m in machines where {whole} and {age}) >= 2")]), []);
    assert_eq!(
        permit(&[&format!(
            "({}) or ({})",
            any(&format!("{whole} and m.vmpl == 0")),
            any(&format!("{whole} and m.vmpl == 1"))
        )]),
        []
    );
    assert_eq!(permit(&[&any(code), &any(health)]), [BINDING]);
    assert_eq!(permit(&[&format!("({}) and ({})", any(code), any(health))]), [BINDING]);
    assert_eq!(permit(&[&format!("({}) and (action == read or ({}))", any(&whole), any("m.vmpl == 0"))]), [BINDING]);
    // Each is tied to what stands outside.
    let (here, there) = (any("m.chip_id == s.chip_id and m.vmpl == 0"), any("m.chip_id == s.chip_id and m.vmpl == 1"));
    assert_eq!(permit(&["s.measurement in builds and not s.policy.debug and age(s) <= 5m", &here, &there]), []);
    let same_code = any("m.measurement == s.measurement");
    assert_eq!(permit(&["s.measurement in builds and not s.policy.debug and age(s) <= 5m", &same_code]), [BINDING]);
}

#[test]
fn a_declared_binding_binds() {
    let ages = require("age(s) <= 5m and age(token) <= 5m");
    assert_eq!(with_floor("circumstance: asserted", &format!("{ages}{}", require("token.tenant == \"a\""))), []);
}

/// The elements of a list may come from anywhere: each that is read belongs to what else is read.
#[test]
fn elements_are_bound_one_by_one() {
    let floor = |condition: &str| {
        with_floor("circumstance: asserted", &format!("{}{}", require("age(loose) <= 5m"), require(condition)))
    };
    let age = "age(a) <= 1h";
    assert_eq!(floor(&format!("any a in approvals: a.approver == loose.subject and {age}")), []);
    assert_eq!(floor(&format!("count(a in approvals where a.approver == loose.subject and {age}) >= 2")), []);
    assert_eq!(floor(&format!("any a in approvals: a.group == \"x\" and {age}")), [BINDING]);
    assert_eq!(
        floor(&format!("any a in approvals: (a.approver == loose.subject or a.group == \"x\") and {age}")),
        [BINDING]
    );
    // One that is bound says nothing about another that counts.
    assert_eq!(
        floor(&format!(
            "(any a in approvals: a.approver == loose.subject and {age}) and (any a in approvals: a.group == \"x\" and {age})"
        )),
        [BINDING]
    );
    // Unless all are.
    assert_eq!(
        floor(&format!(
            "(all a in approvals: a.approver == loose.subject) and (any a in approvals: a.group == \"x\" and {age})"
        )),
        [FRESHNESS]
    );
    assert_eq!(
        floor(&format!(
            "(all a in approvals: a.approver == loose.subject and {age}) and (any a in approvals: a.group == \"x\")"
        )),
        []
    );
}

#[test]
fn evidence_is_fresh_on_every_path_that_reads_it() {
    let floor = |condition: &str| with_floor("circumstance: asserted", &require(condition));
    for condition in [
        "s.vmpl == 0 and age(s) <= 5m",
        "s.vmpl == 0 and age(s) < 23h59m",
        "s.vmpl == 0 and not (age(s) > 5m)",
        "s.vmpl == 0 and age(s) <= patience",
        "s.vmpl == 0 and age(s) <= patience_of_all",
        "s.vmpl == 0 and age(s) <= patience_of_all + 5m",
        "s.vmpl == 0 and age(s) <= 48h - patience_of_all",
        "(s.vmpl == 0 and age(s) <= 5m) or action == read",
        "(s.vmpl == 0 and age(s) <= 5m) or (s.vmpl == 1 and age(s) <= 1m)",
        "token.tenant == \"a\" and age(s) <= 5m",
        "maybe is present and maybe.group == \"x\" and age(maybe) <= 5m",
        "count(distinct a.approver for a in approvals where age(a) <= 5m) >= 2",
        "(all a in approvals: age(a) <= 5m) and count(distinct a.approver for a in approvals) >= 2",
    ] {
        assert_eq!(floor(condition), [], "{condition}");
    }
    for condition in [
        "s.vmpl == 0",
        "s.vmpl == 0 and (age(s) <= 5m or action == read)",
        "(s.vmpl == 0 or action == read) and (age(s) <= 5m or action == write)",
        "s.vmpl == 0 and age(s) >= 5m",
        "s.vmpl == 0 and not (age(s) <= 5m)",
        // No shorter than it may be anyway.
        "s.vmpl == 0 and age(s) <= 24h",
        "s.vmpl == 0 and age(s) < 30d",
        "s.vmpl == 0 and age(s) <= patience_of_all + 24h",
        "s.vmpl == 0 and age(s) <= 12h + patience + 12h",
        "s.vmpl == 0 and age(s) <= 12h * 3",
        // As the caller likes, or the one who made it.
        "s.vmpl == 0 and age(s) <= limit",
        "s.vmpl == 0 and age(s) <= limit + 5m",
        "maybe is present and maybe.group == \"x\" and age(maybe) <= maybe.lasts",
        "any a in approvals: a.group == \"x\" and age(a) <= a.lasts",
        // A binding makes nothing of its own fresh.
        "s.vmpl == 0 and token.tenant == \"a\" and age(token) <= 5m",
        "token.tenant == \"a\"",
        "maybe is present and maybe.group == \"x\"",
        "any a in approvals: a.group == \"x\"",
        "any a in approvals: a.group == \"x\" and (age(a) <= 5m or a.approver == \"y\")",
        // What is told apart is read, whatever else is asked.
        "count(distinct a.approver for a in approvals) >= 2",
        "count(distinct a.approver for a in approvals where age(a) <= 5m or action == read) >= 2",
        "count(a in approvals where a.group == \"x\" and age(a) <= 5m) <= 2",
    ] {
        assert_eq!(floor(condition), [FRESHNESS], "{condition}");
    }
}

/// Of which kind evidence is, is read off it as any claim is.
#[test]
fn the_kind_of_evidence_is_read() {
    let floor = |lines: &str| with_floor("circumstance: asserted", lines);
    let age = require("age(p) <= 5m");
    for condition in [
        "p is Tdx",
        "not (p is Tdx)",
        "p is Snp implies age(p) <= 5m",
        "match p { Snp q => q.vmpl == 0 and age(q) <= 5m, Tdx q => action == read }",
        "(p is Snp and age(p) <= 5m) or p is Tdx",
    ] {
        assert_eq!(floor(&require(condition)), [FRESHNESS], "{condition}");
        assert_eq!(floor(&format!("{}{age}", require(condition))), [], "{condition}");
    }
    for condition in [
        "p is Tdx and age(p) <= 5m",
        "match p { Snp q => q.vmpl == 0 and age(q) <= 5m, Tdx q => age(q) <= 1m }",
        "(p is Snp implies age(p) <= 5m) and (p is Tdx implies age(p) <= 1m)",
        "action == read or (p is Tdx and age(p) <= 5m)",
        "if p is Snp then age(p) <= 5m else age(p) <= 1m",
    ] {
        assert_eq!(floor(&require(condition)), [], "{condition}");
    }
    // What is bound to one that decides says nothing of its age.
    let bound = "request Pair { session p: attested Snp | Tdx, session q: attested Snp bound to p }
        floor circumstance: asserted;
        permit it for Pair { require q.vmpl == 0 and age(q) <= 5m else \"\"; require p is Tdx else \"\"; }";
    assert_eq!(found(bound), [FRESHNESS]);
}

#[test]
fn what_is_granted_is_read() {
    let declarations = "grant Named for Other { ttl: Duration merge min, name: String merge same }
        request Other { session token: authenticated Session }
        floor circumstance: asserted;
        permit it for Other { grant { ttl: 1m, name: token.subject } }";
    assert_eq!(found(declarations), [FRESHNESS]);
    let fresh = declarations.replace("{ grant {", "{ require age(token) <= 5m else \"\"; grant {");
    assert_eq!(found(&fresh), []);
}

#[test]
fn no_ttl_is_longer_than_what_it_rests_on() {
    let ttl = |ttl: &str, lines: &str| {
        found(&format!("floor circumstance: asserted; permit it for Call {{ {lines} grant {{ ttl: {ttl} }} }}"))
    };
    assert_eq!(ttl("5m", AGE), []);
    assert_eq!(ttl("5m1ms", AGE), [TTL]);
    assert_eq!(ttl("if action == read then 1m else 1h", AGE), [TTL]);
    assert_eq!(ttl("if action == read then 1m else 5m", AGE), []);
    // The shorter of two; the longest of several paths; the schema's where it is known only when asked.
    assert_eq!(ttl("10m", &format!("{AGE}{}", require("age(token) <= 1h"))), [TTL]);
    assert_eq!(ttl("1h", &require("age(s) <= 1h or (action == read and age(s) <= 5m)")), []);
    // The tightest of several that hold together, of which one may be known only when asked.
    let twice = |other: &str| format!("{AGE}{}", require(other));
    assert_eq!(ttl("20m", &twice("age(s) <= 20m")), [TTL]);
    assert_eq!(ttl("5m", &twice("age(s) <= 20m")), []);
    assert_eq!(ttl("20m", &twice("age(s) <= patience")), [TTL]);
    assert_eq!(ttl("20m", &twice("age(s) <= 20m or action == read")), [TTL]);
    // A path without a bound that is known is as long as the schema lets it be.
    assert_eq!(ttl("24h", &require("age(s) <= 5m or age(s) <= patience")), []);
    assert_eq!(ttl("25h", &require("age(s) <= 5m or age(s) <= patience")), [TTL]);
    assert_eq!(ttl("24h", &require("age(s) <= patience")), []);
    assert_eq!(ttl("25h", &require("age(s) <= patience")), [TTL]);
    // Each kind has a bound of its own: the longer of them.
    let kinds = require("p is Snp implies age(p) <= 1m") + &require("p is Tdx implies age(p) <= 2m");
    assert_eq!(ttl("2m", &kinds), []);
    assert_eq!(ttl("2m1s", &kinds), [TTL]);
    assert_eq!(ttl("2m1s", &require("match p { Snp q => age(q) <= 1m, Tdx q => age(q) <= 2m }")), [TTL]);
    assert_eq!(ttl("2m", &(kinds.clone() + &require("p is Tdx"))), []);
    assert_eq!(ttl("2m", &(kinds + &require("p is Snp"))), [TTL]);
    // Where an element of a list is needed, the permit rests on it.
    let any = require("any m in machines: m.vmpl == 0 and age(m) <= 1m");
    assert_eq!(ttl("1m", &any), []);
    assert_eq!(ttl("2m", &any), [TTL]);
    assert_eq!(ttl("2m", &require("count(m in machines where age(m) <= 1m) >= 2")), [TTL]);
    assert_eq!(ttl("24h", &require("any m in machines: m.vmpl == 0 and age(m) <= patience")), []);
    assert_eq!(ttl("25h", &require("any m in machines: m.vmpl == 0 and age(m) <= patience")), [TTL]);
    assert_eq!(ttl("25h", &require("(any m in machines: m.vmpl == 0 and age(m) <= 1m) or action == read")), []);
    // An empty list is all that this can rest on.
    assert_eq!(ttl("100d", &require("all m in machines: m.vmpl == 0 and age(m) <= 1m")), []);
    // What rests on no evidence lasts as long as it says.
    assert_eq!(ttl("30d", ""), []);
}

/// Every law has a code that this file has seen refused.
#[test]
fn the_laws_are_those_of_the_registry() {
    let laws: Vec<Code> =
        codes::ALL.iter().map(|(code, _)| *code).filter(|code| code.as_str().contains("::laws::")).collect();
    assert_eq!(laws, [FLOOR, BINDING, FRESHNESS, TTL]);
}
