//! Where comments go.

use super::checked;

#[test]
fn comments_stay_where_they_stood() {
    let text = "\
// Before everything.
package a; // the package

// Of nobody.

// Of the record.
record R {
  // first
  a: Int, // after a
  /// doc
  b: Int, /* after b */
  // last
}

permit p for R {
  /* why */ require /* that */ a > 0 // positive
    else \"s\";
  // the end
}
// After everything.
";
    let wanted = "\
// Before everything.
package a; // the package

// Of nobody.

// Of the record.
record R {
  // first
  a: Int, // after a
  /// doc
  b: Int, /* after b */
  // last
}

permit p for R {
  /* why */ require /* that */ a > 0 // positive
    else \"s\";
  // the end
}
// After everything.
";
    assert_eq!(checked(text), wanted);
}

#[test]
fn a_comment_where_no_line_may_end_waits_for_the_next_that_may() {
    assert_eq!(
        checked("package a;\npermit // who\np for R where x == y {\n when\n// own\n a; }\n"),
        "package a;\n\npermit p for R // who\n  where x == y\n{\n  when a;\n  // own\n}\n"
    );
}

#[test]
fn a_comment_in_a_list_gives_each_part_a_line() {
    assert_eq!(
        checked("package a;\npermit p for R where x in { a, // one\n b } { when y; }\n"),
        "package a;\n\npermit p for R\n  where x in {\n          a, // one\n          b,\n        }\n{ when y; }\n"
    );
    assert_eq!(checked("package a;\nenum E { /* none yet */ }\n"), "package a;\n\nenum E {/* none yet */}\n");
    assert_eq!(checked("package a;\nenum E { // none yet\n}\n"), "package a;\n\nenum E { // none yet\n}\n");
}

#[test]
fn carriage_returns_and_the_byte_order_mark_go() {
    assert_eq!(
        checked("\u{feff}package a; // x\r\n\r\n/// doc\r\nenum E { a }\r\n"),
        "package a; // x\n\n/// doc\nenum E { a }\n"
    );
}
