//! What stands in policies, names of files and tests never ends what a format says.
#![forbid(unsafe_code)]

use atbac_reports::finding::{Finding, Level, Place};
use atbac_reports::junit::{self, Case};
use atbac_reports::{github, sarif};

fn hostile() -> Finding {
    Finding {
        code: "atbac::x".to_owned(),
        level: Level::Warning,
        message: "100% <of>\r\n::error::\"it\"".to_owned(),
        help: None,
        place: Place { file: "a,b:c %d\\é.atbac".to_owned(), start: (1, 2), end: (3, 4) },
        fix: None,
    }
}

#[test]
fn annotations_stay_one_line_and_one_command() {
    assert_eq!(
        github::annotations(&[hostile()]),
        "::warning file=a%2Cb%3Ac %25d\\é.atbac,line=1,endLine=3,title=atbac%3A%3Ax::100%25 <of>%0D%0A::error::\"it\"\n"
    );
}

#[test]
fn paths_become_uris() {
    let log = sarif::log("1.0.0", &[hostile()], &[]);
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%2Cb%3Ac%20%25d/%C3%A9.atbac");
}

#[test]
fn names_become_xml() {
    let case = Case {
        name: "<&\"'\u{1}>".to_owned(),
        file: "a.atbac".to_owned(),
        line: 7,
        failures: vec![("]]> & <b>".to_owned(), "a.atbac:7:1".to_owned())],
    };
    let report = junit::report("s", &[case]);
    assert!(
        report.contains(
            "<testcase name=\"&lt;&amp;&quot;&apos;\u{fffd}&gt;\" classname=\"a.atbac\" file=\"a.atbac\" line=\"7\">"
        ),
        "{report}"
    );
    assert!(report.contains(">a.atbac:7:1: ]]&gt; &amp; &lt;b&gt;</failure>"), "{report}");
}
