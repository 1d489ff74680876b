//! Every literal: its value, and every way it can be wrong.

use crate::support::{expression, only_error};
use atbac_grammar::syntax::{BytesForm, ExprKind};
use std::net::IpAddr;

fn value(text: &str) -> ExprKind {
    expression(text).value
}

/// The message about a literal and the part of it that is wrong.
fn fault(literal: &str) -> (String, String) {
    only_error(&format!("predicate p() = x == {literal};"))
}

fn check_fault(literal: &str, says: &str, place: &str) {
    let (message, found) = fault(literal);
    assert!(message.contains(says), "{literal}: {message}");
    assert_eq!(found, place, "{literal}: {message}");
}

#[test]
fn integers() {
    assert_eq!(value("1_000_000"), ExprKind::Int(1_000_000));
    assert_eq!(value("9223372036854775807"), ExprKind::Int(i64::MAX));
    assert_eq!(value("007"), ExprKind::Int(7));
    check_fault("9223372036854775808", "from -9223372036854775808 to 9223372036854775807", "9223372036854775808");
    check_fault("1.5", "not a whole number", "1.5");
    check_fault("0x1f", "not a number", "x1f");
    check_fault("12abc", "not a number", "abc");
}

#[test]
fn durations_are_in_milliseconds() {
    assert_eq!(value("5m"), ExprKind::Duration(300_000));
    assert_eq!(value("300s"), ExprKind::Duration(300_000));
    assert_eq!(value("12h"), ExprKind::Duration(43_200_000));
    assert_eq!(value("2d"), ExprKind::Duration(172_800_000));
    assert_eq!(value("250ms"), ExprKind::Duration(250));
    assert_eq!(value("1h30m"), ExprKind::Duration(5_400_000));
    assert_eq!(value("1d1h1m1s1ms"), ExprKind::Duration(90_061_001));
    assert_eq!(value("1_000s"), ExprKind::Duration(1_000_000));
    assert_eq!(value("1000000d"), ExprKind::Duration(86_400_000_000_000));
    check_fault("1000000d1ms", "longer than a duration can be", "1000000d1ms");
    // 2^63 milliseconds are a little more than 106,751,991,167 days.
    check_fault("106751991168d", "longer than a duration can be", "106751991168d");
    check_fault("99999999999999999999s", "longer than a duration can be", "99999999999999999999s");
    check_fault("30m1h", "`h` stands out of order", "1h");
    check_fault("1m1m", "`m` stands out of order", "1m");
    check_fault("5min", "not a number", "min");
}

#[test]
fn a_duration_is_read_alone() {
    assert_eq!(atbac_grammar::parse_duration("1h30m"), Ok(5_400_000));
    for bad in ["", "m", "5", "5 m", "5mé", "5m5", "_5m", "-5m", "30m1h", "5min"] {
        assert!(atbac_grammar::parse_duration(bad).is_err(), "{bad}");
    }
    assert_eq!(
        atbac_grammar::parse_duration("5 m"),
        Err("`5 m` is not a duration, such as `5m` or `1h30m`".to_owned())
    );
}

#[test]
fn instants_are_in_milliseconds_since_1970() {
    assert_eq!(value("1970-01-01T00:00:00Z"), ExprKind::Instant(0));
    // `date -u -d 2026-11-21T00:00:00Z +%s` is 1795219200.
    assert_eq!(value("2026-11-21T00:00:00Z"), ExprKind::Instant(1_795_219_200_000));
    assert_eq!(value("2026-11-21T02:00:00+02:00"), ExprKind::Instant(1_795_219_200_000));
    assert_eq!(value("2026-11-20T22:30:00.250-01:30"), ExprKind::Instant(1_795_219_200_250));
    assert_eq!(value("2026-11-21T00:00:00.5Z"), ExprKind::Instant(1_795_219_200_500));
    assert_eq!(value("2026-11-21"), ExprKind::Instant(1_795_219_200_000));
    assert_eq!(value("0000-01-01"), ExprKind::Instant(-62_167_219_200_000));
    assert_eq!(value("1969-12-31T23:59:59.999Z"), ExprKind::Instant(-1));
    for impossible in
        ["2026-02-30", "2026-13-01", "2025-02-29T00:00:00Z", "2026-01-01T24:00:01Z", "0000-01-01T00:00:00+01:00"]
    {
        check_fault(impossible, "no date or time of the calendar", impossible);
    }
    check_fault("2026-11-21T00:00:00", "in which zone", "2026-11-21T00:00:00");
    check_fault("2026-11-21T00:00Z", "not an instant", "2026-11-21T00:00Z");
    check_fault("2026-11-21T00:00:00.1234Z", "not an instant", "2026-11-21T00:00:00.1234Z");
    check_fault("2016-12-31T23:59:60Z", "leap second", "2016-12-31T23:59:60Z");
}

#[test]
fn an_instant_ends_where_its_zone_does() {
    assert_eq!(
        crate::support::shape(&expression("t < 2026-11-21T00:00:00Z-5m")),
        "(lt t (sub Instant(1795219200000) Duration(300000)))"
    );
}

#[test]
fn bytes_and_digests() {
    assert_eq!(value("hex\"\""), ExprKind::Bytes(BytesForm::Hex, vec![]));
    assert_eq!(value("hex\"a1B2_ff\""), ExprKind::Bytes(BytesForm::Hex, vec![0xa1, 0xb2, 0xff]));
    for (form, name, bytes) in
        [(BytesForm::Sha256, "sha256", 32), (BytesForm::Sha384, "sha384", 48), (BytesForm::Sha512, "sha512", 64)]
    {
        assert_eq!(value(&format!("{name}\"{}\"", "0f".repeat(bytes))), ExprKind::Bytes(form, vec![0x0f; bytes]));
    }
    check_fault("hex\"abc\"", "odd number of hexadecimal digits, 3", "hex\"abc\"");
    check_fault("hex\"a1 b2\"", "` ` is not a hexadecimal digit", " ");
    check_fault("hex\"0g\"", "`g` is not a hexadecimal digit", "g");
    let short = format!("sha384\"{}\"", "00".repeat(32));
    check_fault(&short, "32 bytes where a `sha384` digest has 48", &short);
}

#[test]
fn the_help_for_a_digest_names_the_one_that_fits() {
    let errors = crate::support::errors(&format!("predicate p() = x == sha384\"{}\";", "00".repeat(32)));
    assert_eq!(errors[0].help.as_deref(), Some("32 bytes are a `sha256` digest"));
}

#[test]
fn addresses_and_networks() {
    let address = |text: &str| text.parse::<IpAddr>().expect("a test address");
    assert_eq!(value("10.0.0.1"), ExprKind::IpAddr(address("10.0.0.1")));
    assert_eq!(value("ip\"::1\""), ExprKind::IpAddr(address("::1")));
    assert_eq!(value("10.0.0.0/8"), ExprKind::Cidr(address("10.0.0.0"), 8));
    assert_eq!(value("0.0.0.0/0"), ExprKind::Cidr(address("0.0.0.0"), 0));
    assert_eq!(value("10.1.2.3/32"), ExprKind::Cidr(address("10.1.2.3"), 32));
    assert_eq!(value("cidr\"fc00::/7\""), ExprKind::Cidr(address("fc00::"), 7));
    assert_eq!(value("cidr\"::/0\""), ExprKind::Cidr(address("::"), 0));
    check_fault("10.0.0.256", "not an IP address", "10.0.0.256");
    check_fault("10.0.0.01", "not an IP address", "10.0.0.01");
    check_fault("10.0.0", "not a whole number", "10.0.0");
    check_fault("10.0.0.0/33", "from 0 to 32", "33");
    check_fault("10.0.0.0/08", "from 0 to 32", "08");
    check_fault("cidr\"fc00::/129\"", "from 0 to 128", "129");
    check_fault("cidr\"fc00::\"", "has no `/`", "cidr\"fc00::\"");
    check_fault("10.1.2.3/8", "bits set beyond the first 8", "10.1.2.3");
    let errors = crate::support::errors("predicate p() = x in 10.1.2.3/8;");
    assert_eq!(errors[0].help.as_deref(), Some("the network is `10.0.0.0/8`"));
}

#[test]
fn identifiers_of_objects_and_versions() {
    assert_eq!(value("oid\"1.2.840.113549\""), ExprKind::Oid(vec![1, 2, 840, 113_549]));
    assert_eq!(value("oid\"2.999\""), ExprKind::Oid(vec![2, 999]));
    assert_eq!(value("version\"1.52.4\""), ExprKind::Version([1, 52, 4]));
    for bad in ["oid\"1\"", "oid\"3.1\"", "oid\"1.40\"", "oid\"1.02\"", "oid\"1..2\"", "oid\"\""] {
        check_fault(bad, "not an object identifier", bad);
    }
    for bad in
        ["version\"1.2\"", "version\"1.2.3.4\"", "version\"1.2.03\"", "version\"1.2.3-rc1\"", "version\"v1.2.3\""]
    {
        check_fault(bad, "not a version", bad);
    }
    check_fault("sha1\"00\"", "`sha1` is not a kind of literal", "\"00\"");
}

#[test]
fn platform_versions() {
    let ExprKind::Tcb(components) = value("tcb { snp: 22, microcode: 213, }") else { panic!("not a tcb") };
    let components: Vec<(&str, i64)> =
        components.iter().map(|(name, version)| (name.value.as_str(), version.value)).collect();
    assert_eq!(components, [("snp", 22), ("microcode", 213)]);
}

#[test]
fn strings_and_escapes() {
    assert_eq!(value(r#""plain é""#), ExprKind::String("plain é".into()));
    assert_eq!(value(r#""\" \\ \n \t \r \u{e9} \u{1F600}""#), ExprKind::String("\" \\ \n \t \r é 😀".into()));
    assert_eq!(value(r#""a \\" "#), ExprKind::String("a \\".into()));
    assert_eq!(value(r#""// no comment /* at all""#), ExprKind::String("// no comment /* at all".into()));
    check_fault(r#""a\qb""#, "`\\q` is not an escape", "\\q");
    check_fault(r#""\u{d800}""#, "no character of Unicode", "\\u{d800}");
    check_fault(r#""\u{1234567}""#, "one to six hexadecimal digits", "\\u");
    check_fault(r#""\u12""#, "one to six hexadecimal digits", "\\u");
    check_fault("\"a\tb\"", "U+0009, stands bare in a string", "\t");
}

#[test]
fn a_bad_literal_does_not_hide_another() {
    let errors = crate::support::errors("predicate p() = x == 1.5 and y == hex\"0\" and z == \"\\q\";");
    assert_eq!(errors.len(), 3, "{errors:?}");
}
