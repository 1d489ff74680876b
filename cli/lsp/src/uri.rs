//! Paths of files to URIs, and back (RFC 8089, "The file URI scheme").

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::path::{Path, PathBuf};

/// What stays as it is in the path of a URI: RFC 3986, section 3.3, but for `:`, which clients write encoded after a drive letter.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The path that a `file:` URI names; nothing for any other, and for a file of another machine.
pub fn path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let encoded = rest.split(['?', '#']).next().unwrap_or(rest);
    if !encoded.starts_with('/') {
        return None;
    }
    let decoded = percent_decode_str(encoded).decode_utf8().ok()?;
    let bytes = decoded.as_bytes();
    // `/c:/policies` is `c:/policies`.
    let has_drive = bytes.len() >= 3 && bytes[1].is_ascii_alphabetic() && bytes[2] == b':';
    Some(PathBuf::from(if has_drive { &decoded[1..] } else { &decoded }))
}

/// The URI of a path.
pub fn of(path: &Path) -> String {
    let shown = path.to_string_lossy().replace('\\', "/");
    let slash = if shown.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{}", utf8_percent_encode(&shown, KEPT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_there_and_back() {
        for (uri, wanted) in [
            ("file:///home/a/policy.atbac", "/home/a/policy.atbac"),
            ("file:///a%20b/%C3%A9.atbac", "/a b/é.atbac"),
            ("file://localhost/a.atbac", "/a.atbac"),
            ("file:///a.atbac?x#y", "/a.atbac"),
            ("file:///c%3A/a.atbac", "c:/a.atbac"),
        ] {
            assert_eq!(path(uri), Some(PathBuf::from(wanted)), "{uri}");
        }
        assert_eq!(of(Path::new("/a b/é.atbac")), "file:///a%20b/%C3%A9.atbac");
        assert_eq!(of(Path::new("c:/a.atbac")), "file:///c%3A/a.atbac");
    }

    #[test]
    fn what_is_no_file_here_has_no_path() {
        for uri in [
            "untitled:Untitled-1",
            "file://server/share/a.atbac",
            "atbac-std:/std/snp.atbac",
            "",
            "file:",
            "file:///%FF",
        ] {
            assert_eq!(path(uri), None, "{uri}");
        }
    }
}
