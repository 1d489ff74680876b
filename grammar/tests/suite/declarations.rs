//! Every kind of declaration, with docs, attributes and optional parts.

use crate::support::{file, item, messages, shape};
use atbac_grammar::span::FileId;
use atbac_grammar::syntax::*;
use atbac_grammar::{parse, print};

#[test]
fn a_whole_policy() {
    let parsed = parse(FileId(0), include_str!("../policies/payments.atbac"));
    assert_eq!(parsed.diagnostics, []);
    let package = parsed.file.package.expect("it names its package");
    assert_eq!((dotted(&package.name).as_str(), package.docs.len()), ("payments.approver", 1));
    let kinds: Vec<&str> = parsed.file.items.iter().map(|item| kind(&item.kind)).collect();
    let expected = "enum enum record request grant reference reference predicate permit forbid test invariant";
    assert_eq!(kinds.join(" "), expected);
}

#[test]
fn every_form_of_the_reference() {
    let parsed = parse(FileId(0), include_str!("../policies/every_form.atbac"));
    assert_eq!(parsed.diagnostics, []);
    let again = parse(FileId(0), &print(&parsed.file));
    assert_eq!(again.diagnostics, []);
    assert_eq!(print(&again.file), print(&parsed.file));
}

fn kind(kind: &ItemKind) -> &'static str {
    match kind {
        ItemKind::Enum(_) => "enum",
        ItemKind::Record(_) => "record",
        ItemKind::Evidence(_) => "evidence",
        ItemKind::Request(_) => "request",
        ItemKind::Grant(_) => "grant",
        ItemKind::Reference(_) => "reference",
        ItemKind::Predicate(_) => "predicate",
        ItemKind::Rule(Rule { effect, .. }) => match effect.value {
            Effect::Permit => "permit",
            Effect::Forbid => "forbid",
        },
        ItemKind::Floor(_) => "floor",
        ItemKind::Template(_) => "template",
        ItemKind::Apply(_) => "apply",
        ItemKind::Test(_) => "test",
        ItemKind::Invariant(_) => "invariant",
    }
}

#[test]
fn uses() {
    let uses = file("use a.B;\nuse a.b.{C, D,};").uses;
    let read: Vec<(String, Vec<&str>)> = uses
        .iter()
        .map(|r#use| (dotted(&r#use.package), r#use.names.iter().map(|name| name.value.as_str()).collect()))
        .collect();
    assert_eq!(read, [("a".to_owned(), vec!["B"]), ("a.b".to_owned(), vec!["C", "D"])]);
    assert_eq!(messages("use a;"), ["a `use` names a package and what to take from it"]);
    assert_eq!(messages("use a.{};"), ["this `use` brings in no name"]);
}

#[test]
fn docs_and_attributes_in_any_order() {
    let file = file("/// one\n@a\n///two \n@b(1, k: x)\n///\nrecord R {\n/// f\n@c /// g\nx: T }");
    let item = &file.items[0];
    assert_eq!(item.docs, ["one", "two", ""]);
    let attributes: Vec<(&str, usize)> =
        item.attributes.iter().map(|a| (a.name.value.as_str(), a.arguments.len())).collect();
    assert_eq!(attributes, [("a", 0), ("b", 2)]);
    assert_eq!(item.attributes[1].arguments[1].0.as_ref().map(|key| key.value.as_str()), Some("k"));
    let ItemKind::Record(record) = &item.kind else { panic!("not a record") };
    assert_eq!(record.fields[0].docs, ["f", "g"]);
    assert_eq!(record.fields[0].attributes.len(), 1);
}

#[test]
fn comments_go_everywhere_and_mean_nothing() {
    let text = "// a\n/* b **/ enum /* c */ E { //// not a doc\n x, /* y, */ z } // end";
    let ItemKind::Enum(declared) = item(text) else { panic!("not an enum") };
    let names: Vec<&str> = declared.members.iter().map(|member| member.name.value.as_str()).collect();
    assert_eq!(names, ["x", "z"]);
}

#[test]
fn enums_have_cases_and_groups() {
    let ItemKind::Enum(declared) = item("enum E { /// d\n a, g { b, /// e\n c, }, h {}, }") else {
        panic!("not an enum")
    };
    let members: Vec<(&str, Option<usize>)> = declared
        .members
        .iter()
        .map(|member| (member.name.value.as_str(), member.cases.as_ref().map(Vec::len)))
        .collect();
    assert_eq!(members, [("a", None), ("g", Some(2)), ("h", Some(0))]);
    assert_eq!(declared.members[0].docs, ["d"]);
    assert_eq!(declared.members[1].cases.as_ref().expect("a group")[1].docs, ["e"]);
}

#[test]
fn requests_have_stage_provenance_and_binding() {
    let text = "request R { session a: attested A | B, call b: local [T; 4] bound to a, call c: asserted Int, session d: authenticated D?, }";
    let ItemKind::Request(request) = item(text) else { panic!("not a request") };
    let fields: Vec<(Stage, Provenance, Option<&str>)> = request
        .fields
        .iter()
        .map(|field| {
            (field.stage.value, field.provenance.value, field.bound_to.as_ref().map(|name| name.value.as_str()))
        })
        .collect();
    assert_eq!(
        fields,
        [
            (Stage::Session, Provenance::Attested, None),
            (Stage::Call, Provenance::Local, Some("a")),
            (Stage::Call, Provenance::Asserted, None),
            (Stage::Session, Provenance::Authenticated, None),
        ]
    );
}

#[test]
fn types() {
    for (text, canonical) in [
        ("Bool", "Bool"),
        ("Digest<48>", "Digest<48>"),
        ("Set<Digest<48>>", "Set<Digest<48>>"),
        ("[ Approval ;4 ]", "[Approval; 4]"),
        ("T?", "T?"),
        ("Snp|Tdx | Sgx", "Snp | Tdx | Sgx"),
        ("A | B?", "A | B?"),
        ("(A | B)?", "(A | B)?"),
        ("Set<[A | B; 2]?>", "Set<[A | B; 2]?>"),
        ("((T))", "T"),
    ] {
        let printed = print(&file(&format!("reference r: {text};")));
        assert_eq!(printed, format!("package p;\n\nreference r: {canonical};\n"), "{text}");
    }
    let ItemKind::Reference(Reference { ty, .. }) = item("reference r: A | B?;") else { panic!("not a reference") };
    let TypeKind::Union(members) = ty.value else { panic!("not a union") };
    assert!(matches!(members[1].value, TypeKind::Optional(_)));
}

fn rule(text: &str) -> Rule {
    let ItemKind::Rule(rule) = item(text) else { unreachable!("not a rule") };
    rule
}

#[test]
fn rules_may_lack_head_and_body() {
    for (text, head, body) in [
        ("permit a for R;", 0, 0),
        ("permit a for R where x == y;", 1, 0),
        ("permit a for R { require x; }", 0, 1),
        ("forbid a for R where x, y in { p, q } { when x; unless y; reason \"r\"; }", 2, 3),
        ("permit a for R {}", 0, 0),
    ] {
        let rule = rule(text);
        assert_eq!((rule.head.len(), rule.body.len()), (head, body), "{text}");
    }
}

#[test]
fn the_lines_of_a_rule() {
    let text = "permit a for R { require x else \"s\"; require y; let z = 1 + 2; grant { ttl: 5m, scopes: { \"a\" }, } grant {}; }";
    let body = rule(text).body;
    assert!(matches!(&body[0].kind, StatementKind::Require { sentence: Some(sentence), .. } if sentence.value == "s"));
    assert!(matches!(&body[1].kind, StatementKind::Require { sentence: None, .. }));
    assert!(
        matches!(&body[2].kind, StatementKind::Let(name, value) if name.value == "z" && shape(value) == "(add 1 2)")
    );
    assert!(matches!(&body[3].kind, StatementKind::Grant(fields) if fields.len() == 2));
    assert!(matches!(&body[4].kind, StatementKind::Grant(fields) if fields.is_empty()));
}

#[test]
fn a_brace_after_a_match_begins_the_body() {
    let rule = rule("forbid a for R where action in Action.write { when x; }");
    assert_eq!(shape(&rule.head[0]), "(in action (. Action write))");
    assert_eq!(rule.body.len(), 1);
}

#[test]
fn the_lines_of_a_test_need_no_semicolon() {
    let lines = "given R { a: 1 } with n = { T.sample } at 2026-11-21T00:00:00Z expect permit expect permit by a, b expect deny \
        expect deny because \"s\" by c expect grant { ttl: 5m } expect valid_until 2026-11-21T00:05:00Z";
    for text in
        [lines.to_owned(), lines.replace(" with", "; with").replace(" at", "; at").replace(" expect", "; expect") + ";"]
    {
        let ItemKind::Test(test) = item(&format!("test \"t\" {{ {text} }}")) else { panic!("not a test") };
        let kinds: Vec<&TestLineKind> = test.lines.iter().map(|line| &line.kind).collect();
        assert!(
            matches!(
                kinds[..],
                [
                    TestLineKind::Given(_),
                    TestLineKind::With(..),
                    TestLineKind::At(_),
                    TestLineKind::ExpectPermit(nobody),
                    TestLineKind::ExpectPermit(two),
                    TestLineKind::ExpectDeny { because: None, .. },
                    TestLineKind::ExpectDeny { because: Some(_), by },
                    TestLineKind::ExpectGrant(_),
                    TestLineKind::ExpectValidUntil(_),
                ] if nobody.is_empty() && two.len() == 2 && by.len() == 1
            ),
            "{kinds:?}"
        );
    }
}

#[test]
fn a_file_begins_with_its_package() {
    let read = |text: &str| parse(FileId(0), text).diagnostics.into_iter().map(|d| d.message).collect::<Vec<_>>();
    assert_eq!(read("\u{feff}package a;"), [""; 0]);
    assert_eq!(read(""), ["this file does not name its package"]);
    assert_eq!(read("enum E { a }"), ["this file does not name its package"]);
    assert_eq!(read("enum E { a } package a;"), ["`package` stands after other declarations"]);
    assert_eq!(read("package a; package b;"), ["a file belongs to one package"]);
    assert_eq!(read("package a; enum E { a } use b.C;"), ["`use` stands after other declarations"]);
    assert_eq!(read("@x package a;"), [""; 0], "the checker knows which attributes a package has");
    assert_eq!(read("package a; @x use b.C;"), ["a `use` takes no attributes"]);
    assert_eq!(read("package a; /// x\nuse b.C;"), ["a `use` takes no doc comment"]);
}

#[test]
fn lines_may_end_in_any_convention() {
    let text = include_str!("../policies/payments.atbac");
    let printed = print(&parse(FileId(0), text).file);
    let crlf = parse(FileId(0), &text.replace('\n', "\r\n"));
    assert_eq!(crlf.diagnostics, []);
    assert_eq!(print(&crlf.file), printed);
}
