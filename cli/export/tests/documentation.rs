//! Documentation: what it says of an example, in either form, and that no text of a policy gets out of its place.
#![forbid(unsafe_code)]
#![allow(clippy::panic, reason = "what is not as expected fails the test")]

use atbac_compiler::pipeline::{self, Checked, SourceFile};
use atbac_export::{describe, html, markdown};
use atbac_tests::examples::Example;

fn checked(files: Vec<SourceFile>) -> Checked {
    pipeline::parse(files).check().unwrap_or_else(|refused| panic!("{:?}", refused.diagnostics))
}

/// Read off `examples/transaction-approver/approver.atbac` and `stdlib/snp.atbac` by hand.
#[test]
fn an_example_is_described() {
    let checked = checked(Example::open("transaction-approver").files);
    let page = markdown::page(&describe(&checked));
    for expected in [
        "# Package payments.approver",
        "Payments: who may move money, from where, and how fresh the proof must be.",
        "### Request `PaymentCall`",
        "| `principal` | session | attested | `Snp \\| Tdx` |  |  |",
        "| `session` | session | authenticated | `Session` | bound to `principal` |  |",
        "### Grant `PaymentGrant`",
        "| `scopes` | `Set<String>` | what all have |",
        "| `approver_builds` | `Set<Digest<48>>` | Builds that release engineering signed off",
        "### Predicate `hardened`",
        "### Permit `approve_high_value`",
        "Decides `PaymentCall`. Owner: payments-team.",
        "- the platform's firmware is out of date",
        "### Forbid `unapproved_production_write`",
        "- production writes need two change managers within 15 minutes",
        "- `principal`, attested: ",
        "### Evidence `std.snp.Snp`",
        "| `measurement` | `Digest<48>` | `code_identity` |",
        "### Record `std.snp.GuestPolicy`",
        "Source: bit 19.",
    ] {
        assert!(page.contains(expected), "`{expected}` is not in\n{page}");
    }
}

/// Backquotes that are no pairs begin no code, so what follows them is a text like any other.
#[test]
fn unpaired_backquotes_let_nothing_through() {
    for docs in ["a ` b <b>x</b>", "``` a <b>x</b> `", "`one` and ` another <b>x</b>"] {
        let text = format!(
            "/// {docs}\npackage p; floor circumstance: asserted;\nrequest Q {{ call tool: asserted String }}\npermit use for Q where tool == \"a\";"
        );
        let page = markdown::page(&describe(&checked(vec![SourceFile { name: "p.atbac".to_owned(), text }])));
        assert!(page.contains("\\<b\\>x\\</b\\>") && !page.replace("\\<", "").contains('<'), "{page}");
    }
}

#[test]
fn templates_are_described_as_they_are_written() {
    let text = "package p; floor circumstance: asserted;
request Q { call tool: asserted String }
/// One tool for everybody.
template tool_access(name: String) {
  permit use for Q where tool == name;
}
apply tool_access(\"jira\") as jira;";
    let page = markdown::page(&describe(&checked(atbac_tests::files::source(text))));
    for expected in [
        "### Template `tool_access`",
        "One tool for everybody.",
        "permit use for Q where tool == name;",
        "### Permit `jira_use`",
    ] {
        assert!(page.contains(expected), "`{expected}` is not in\n{page}");
    }
}

/// What a policy says about itself is shown, and never obeyed.
#[test]
fn texts_of_a_policy_are_no_markup() {
    let text = "/// <script>alert(1)</script> & <b>`x<y`</b> | `open
package p; floor circumstance: asserted;
request Q {
  /// a | b <img src=x onerror=1>
  call tool: asserted String
}
permit p for Q { require tool != \"<i>\" else \"</pre><script>\"; }";
    let document = describe(&checked(atbac_tests::files::source(text)));
    let page = html::page(&document);
    for forbidden in ["<script", "<b>", "<img", "<i>"] {
        assert!(!page.contains(forbidden), "{forbidden} in\n{page}");
    }
    assert!(page.contains("&lt;/pre&gt;&lt;script&gt;"), "{page}");
    let page = markdown::page(&document);
    assert!(page.contains("a \\| b \\<img"), "{page}");
}

/// The page is one file: it loads nothing, and has colours of its own for no scheme.
#[test]
fn the_page_needs_nothing_else() {
    let page = html::page(&describe(&checked(Example::open("transaction-approver").files)));
    assert!(page.contains("color-scheme: light dark"));
    for outside in ["http://", "https://", "src=", "@import", "<script", "<link", "url("] {
        assert!(
            !page
                .replace("https://identity.acme.example", "")
                .replace("https://changes.acme.example", "")
                .contains(outside),
            "{outside}"
        );
    }
    for (opening, closing) in
        [("<table>", "</table>"), ("<ul>", "</ul>"), ("<pre>", "</pre>"), ("<tr>", "</tr>"), ("<li>", "</li>")]
    {
        assert_eq!(page.matches(opening).count(), page.matches(closing).count(), "{opening}");
    }
}
