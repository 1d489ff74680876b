//! `parse(print(tree))` is `tree`, up to spans, for trees of every shape.

use crate::round_trip::trees::any_file;
use crate::support::plain;
use atbac_grammar::span::FileId;
use atbac_grammar::{parse, print};
use proptest::prelude::*;

pub(crate) mod trees;

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_tree_reads_as_the_same_tree(tree in any_file()) {
        let text = print(&tree);
        let parsed = parse(FileId(0), &text);
        prop_assert_eq!(&parsed.diagnostics, &[], "{}", text);
        prop_assert_eq!(plain(&parsed.file), plain(&tree), "{}", text);
        prop_assert_eq!(print(&parsed.file), text);
    }
}

#[test]
fn printing_a_policy_loses_nothing_but_its_layout() {
    for text in [include_str!("../policies/payments.atbac"), include_str!("../policies/every_form.atbac")] {
        let file = parse(FileId(0), text).file;
        assert_eq!(plain(&parse(FileId(0), &print(&file)).file), plain(&file));
    }
}

#[test]
fn the_canonical_layout() {
    let text = "/// D\npackage a.b; use c.D; use c.{E,F};\n/// d\n@x(1,k:2) enum E{a,g{b}} reference r:Set<Digest<48>>;\
        @o permit p for R where(a),b in{c}{require (a or b) and(c)else\"s\";grant{t:90m}}permit q for R;forbid s for R where x;\
        request R{session a:attested A|B bound to c}test\"t\"{given R{a.b:1,..R.sample} at 2026-12-31 expect deny because\"s\" by q}";
    let canonical = r#"/// D
package a.b;

use c.D;
use c.{E, F};

/// d
@x(1, k: 2)
enum E {
  a,
  g {
    b,
  },
}

reference r: Set<Digest<48>>;

@o
permit p for R
  where a,
        b in { c }
{
  require (a or b) and c else "s";
  grant { t: 1h30m }
}

permit q for R;

forbid s for R
  where x;

request R {
  session a: attested A | B bound to c,
}

test "t" {
  given R {
    a.b: 1,
    ..R.sample
  }
  at 2026-12-31T00:00:00Z
  expect deny because "s" by q;
}
"#;
    let parsed = parse(FileId(0), text);
    assert_eq!(parsed.diagnostics, []);
    assert_eq!(print(&parsed.file), canonical);
}
