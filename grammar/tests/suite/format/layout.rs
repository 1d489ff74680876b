//! What the canonical layout is.

use super::{checked, formatted};
use atbac_grammar::format;
use atbac_grammar::span::FileId;

/// Lays out declarations, given without the line that every file needs.
fn laid_out(text: &str) -> String {
    let text = checked(&format!("package a;\n\n{text}"));
    text.strip_prefix("package a;\n\n").unwrap_or(&text).to_owned()
}

#[test]
fn declarations_begin_lines_and_stay_in_groups() {
    assert_eq!(
        checked(
            "package a . b;use c.D; use c.{E,F,};\n\n\nuse d.G; reference r:Set< Digest<48> >;\nreference s : Int ? ;\n\n\n\nreference t:[A|B;4];"
        ),
        "package a.b;\n\nuse c.D;\nuse c.{E, F};\n\nuse d.G;\n\nreference r: Set<Digest<48>>;\nreference s: Int?;\n\nreference t: [A | B; 4];\n"
    );
}

#[test]
fn lists_keep_their_lines_or_their_one_line() {
    assert_eq!(laid_out("enum E{a,b,}\n"), "enum E { a, b }\n");
    assert_eq!(laid_out("enum E{\na,b}\n"), "enum E {\n  a,\n  b,\n}\n");
    assert_eq!(laid_out("enum E{}"), "enum E {}\n");
    assert_eq!(laid_out("record R { /// doc\n a: Int, b: Int }"), "record R {\n  /// doc\n  a: Int,\n  b: Int,\n}\n");
    let names: Vec<String> = (0..20).map(|number| format!("case_{number}")).collect();
    assert_eq!(
        laid_out(&format!("enum E {{ {} }}", names.join(", "))),
        format!("enum E {{\n  {},\n}}\n", names.join(",\n  "))
    );
}

#[test]
fn a_literal_without_room_stays_in_its_parentheses() {
    let text =
        format!("record R {{\n  @fact(code_identity)\n  @sample(hex\"{}\")\n  a: Bytes<60>,\n}}\n", "ab".repeat(60));
    assert_eq!(laid_out(&text), text);
}

#[test]
fn literals_stay_as_they_are_written() {
    let text = "predicate p() = a == 1_000_000 and b <= 90s and c < 2026-12-31 and d == sha256\"ABCD\" and e == \"\\u{61}\";\n";
    // The digest is too short for a tree, so it stands for nothing here but its spelling.
    let text = text.replace("sha256\"ABCD\"", "hex\"ABCD\"");
    assert_eq!(laid_out(&text), text);
}

#[test]
fn requests_and_grants_stand_in_columns() {
    assert_eq!(
        laid_out(
            "request R {\nsession principal: attested Snp|Tdx, session s: local Int,\n\n  call x: asserted Int,\n  /// doc\n  call resource: local T bound to s }\n\
             grant G for R {\n ttl: Duration merge min, scopes: Set<String> merge union }\n"
        ),
        "request R {\n  session principal: attested Snp | Tdx,\n  session s:         local Int,\n\n  call x:        asserted Int,\n  /// doc\n  \
         call resource: local T bound to s,\n}\ngrant G for R {\n  ttl:    Duration    merge min,\n  scopes: Set<String> merge union,\n}\n"
    );
    assert_eq!(
        laid_out("request R { session principal: local Int, call x: asserted Int }"),
        "request R { session principal: local Int, call x: asserted Int }\n"
    );
}

#[test]
fn sentences_stand_below_each_other() {
    assert_eq!(
        laid_out(
            "permit p for R {\nrequire a else \"one\";\nrequire abc == d   else \"two\";\n\nrequire b else \"three\";\n}"
        ),
        "permit p for R {\n  require a        else \"one\";\n  require abc == d else \"two\";\n\n  require b else \"three\";\n}\n"
    );
    // One that is far wider than the others stands out of the column.
    let wide = "a_name_of_some_length == another_name_of_more_or_less_that_length_too";
    assert_eq!(
        laid_out(&format!(
            "permit p for R {{\nrequire ab else \"one\"; require {wide} else \"two\"; require c else \"three\";\n}}"
        )),
        format!(
            "permit p for R {{\n  require ab else \"one\";\n  require {wide} else \"two\";\n  require c  else \"three\";\n}}\n"
        )
    );
}

#[test]
fn a_sentence_without_room_begins_a_line() {
    let condition = "a_name_of_some_length == another_name_of_more_or_less_that_length_too";
    let sentence = "a sentence that says at some length what is wrong here";
    assert_eq!(
        laid_out(&format!("permit p for R {{\nrequire {condition} else \"{sentence}\";\n}}")),
        format!("permit p for R {{\n  require {condition}\n    else \"{sentence}\";\n}}\n")
    );
}

#[test]
fn conditions_over_several_lines_begin_them_with_what_joins() {
    assert_eq!(
        laid_out(
            "permit p for R {\nrequire any a in approvals: a.group == name and\n a.tool == tool or b\nelse \"none\";\n when a and\nb;\n\
             unless (a or\n b) and c;\n}"
        ),
        "permit p for R {\n  require any a in approvals:\n    a.group == name\n    and a.tool == tool\n    or b\n  else \"none\";\n  \
         when a\n    and b;\n  unless (\n    a\n    or b\n  )\n    and c;\n}\n"
    );
}

#[test]
fn rules_keep_their_heads() {
    assert_eq!(
        laid_out("permit p for R where a==b,c in{d}{require e else\"s\";grant{ttl:5m};}"),
        "permit p for R where a == b, c in { d } { require e else \"s\"; grant { ttl: 5m } }\n"
    );
    assert_eq!(
        laid_out("forbid p for R\nwhere a==b,\nc in{d}{\nreason \"s\";}"),
        "forbid p for R\n  where a == b,\n        c in { d }\n{\n  reason \"s\";\n}\n"
    );
    assert_eq!(laid_out("permit p for R;permit q for R where x;"), "permit p for R;\npermit q for R where x;\n");
    assert_eq!(laid_out("permit p for R {}"), "permit p for R {}\n");
}

#[test]
fn predicates_and_matches() {
    assert_eq!(
        laid_out(
            "predicate p(a:Snp|Tdx,b:Int)=match a{\nSnp s=>s.x[0..32]==b,Tdx t=>-t.y*2-1 < b};\npredicate q() =\n a;"
        ),
        "predicate p(a: Snp | Tdx, b: Int) = match a {\n  Snp s => s.x[0..32] == b,\n  Tdx t => -t.y * 2 - 1 < b,\n};\npredicate q() =\n  a;\n"
    );
    assert_eq!(
        laid_out(
            "predicate p() = match a { Snp s => s.x } == b;predicate q() = match a {Snp s=>s.x}\n== match b {Snp s => s.x};"
        ),
        "predicate p() = match a { Snp s => s.x } == b;\npredicate q() =\n  match a { Snp s => s.x }\n    == match b { Snp s => s.x };\n"
    );
    let long = "a_name_of_some_length == another_name_of_more_or_less_that_length_too";
    assert_eq!(
        laid_out(&format!("predicate q() = {long} and {long} implies {long};")),
        format!("predicate q() =\n  {long}\n  and {long}\n    implies {long};\n")
    );
}

#[test]
fn tests_lose_their_semicolons_and_fill_their_names() {
    let names: Vec<String> = (0..20).map(|number| format!("permit_{number}")).collect();
    let names = names.join(", ");
    assert_eq!(
        laid_out(&format!(
            "test \"t\"{{\ngiven R{{\na:1,b.c:S{{d:2,..S.sample}},..R.sample}};with r={{1,2}};at 2026-01-01;expect permit by {names};\n\nexpect deny because \"s\" by f; expect grant {{ttl:5m}}; expect valid_until 2026-01-02;}}"
        )),
        "test \"t\" {\n  given R {\n    a: 1,\n    b.c: S { d: 2, ..S.sample },\n    ..R.sample\n  }\n  with r = { 1, 2 }\n  at 2026-01-01\n  \
         expect permit by permit_0, permit_1, permit_2, permit_3, permit_4, permit_5, permit_6, permit_7, permit_8, permit_9,\n    \
         permit_10, permit_11, permit_12, permit_13, permit_14, permit_15, permit_16, permit_17, permit_18, permit_19\n\n  \
         expect deny because \"s\" by f\n  expect grant { ttl: 5m }\n  expect valid_until 2026-01-02\n}\n"
    );
    assert_eq!(laid_out("test \"t\" { given R.sample expect deny }"), "test \"t\" { given R.sample expect deny }\n");
}

#[test]
fn a_title_without_room_gets_a_head() {
    let title = "a title that says at some length what this evidence is about";
    assert_eq!(
        laid_out(&format!(
            "evidence E \"{title}\" @verifier(\"approval\") @age_from(issued_at) @max_age(24h) {{ @fact(x) @sample({{a}})\na:Int }}"
        )),
        format!(
            "evidence E \"{title}\"\n  @verifier(\"approval\")\n  @age_from(issued_at)\n  @max_age(24h)\n{{\n  @fact(x) @sample({{ a }})\n  a: Int,\n}}\n"
        )
    );
}

#[test]
fn templates_hold_declarations() {
    assert_eq!(
        laid_out(
            "template t(a:Int){permit p for R where x==a;\n\n/// doc\n@o(a:1) @p\npermit q for R;}apply t(1 , 5m)as u;"
        ),
        "template t(a: Int) {\n  permit p for R where x == a;\n\n  /// doc\n  @o(a: 1) @p\n  permit q for R;\n}\napply t(1, 5m) as u;\n"
    );
}

#[test]
fn syntax_errors_are_given_back() {
    let text = "package a;\npermit p for R { require x }\n";
    let errors = format(FileId(3), text).expect_err("a semicolon is missing");
    assert_eq!(errors, atbac_grammar::parse(FileId(3), text).diagnostics);
    assert!(!errors.is_empty());
}

/// What is as deep as anything may be is laid out as well, and not in a time that grows with the square.
#[test]
fn deep_and_long_files_are_laid_out() {
    let deep = format!("package a;\npredicate p() = {}x{};\n", "(".repeat(100), ")".repeat(100));
    checked(&deep);
    let long =
        format!("package a;\n{}", "permit p for R where a in { b, c } { require d and e else \"s\"; }\n".repeat(5_000));
    assert_eq!(formatted(&long).lines().count(), 5_002);
}

#[test]
fn cases_stand_in_columns() {
    assert_eq!(
        laid_out(
            "test \"t\" {\ngiven R.sample; case \"a\" {} expect permit; case \"long\" {a:1,b:2} expect deny because \"s\"\ncase \"c\" {a:1}\nwith x=1\nexpect deny}"
        ),
        "test \"t\" {\n  given R.sample\n  case \"a\"    {}             expect permit\n  case \"long\" { a: 1, b: 2 } expect deny because \"s\"\n  \
         case \"c\"    { a: 1 }\n    with x = 1\n    expect deny\n}\n"
    );
}

/// Blank lines inside of what is written in one line are lost, and so do not part the rows around it.
#[test]
fn blank_lines_that_are_lost_part_no_columns() {
    assert_eq!(
        laid_out("request R {\n  session long_name: local Int,\n  @fact(f(1,\n\n  2))\n  call n: local Int,\n}\n"),
        "request R {\n  session long_name: local Int,\n  @fact(f(1, 2))\n  call n:            local Int,\n}\n"
    );
}
