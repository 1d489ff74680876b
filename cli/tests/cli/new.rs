//! `atbac new`, `atbac completions`, `atbac man`.

use crate::support::{argument, atbac, failure, folder, json};
use std::fs;

#[test]
fn a_new_package_is_checked_tested_and_laid_out() {
    let folder = folder("new_package");
    let path = argument(&folder.join("below/my-tool"));
    let (code, document) = json(&["new", &path]);
    assert_eq!((code, &document["package"]), (0, &"my_tool".into()), "{document}");
    let (code, checked) = json(&["check", &path]);
    assert_eq!((code, &checked["warnings"]), (0, &0.into()), "{checked}");
    let (code, tested) = json(&["test", &path, "--fail-under", "90"]);
    assert_eq!((code, &tested["failed"]), (0, &0.into()), "{tested}");
    assert_eq!(atbac(&["fmt", "--check", &path]).code, 0);
    // Nothing is overwritten.
    let before = fs::read_to_string(folder.join("below/my-tool/policy.atbac")).unwrap();
    assert_eq!(failure(&["new", &path]).0, "atbac::cli::exists");
    assert_eq!(fs::read_to_string(folder.join("below/my-tool/policy.atbac")).unwrap(), before);
}

#[test]
fn a_package_has_a_name_that_the_language_knows() {
    let folder = folder("new_names");
    for name in ["permit", "std", "1tool", "my tool", "übung", "..", "a.b"] {
        let path = folder.join(name);
        assert_eq!(failure(&["new", &argument(&path)]).0, "atbac::cli::usage", "{name}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn shells_and_manuals_know_every_verb() {
    for shell in ["bash", "zsh", "fish"] {
        let run = atbac(&["completions", shell]);
        assert_eq!(run.code, 0);
        for verb in ["check", "fmt", "explain-code"] {
            assert!(run.stdout.contains(verb), "{shell}: {verb}");
        }
    }
    let folder = folder("man");
    assert_eq!(atbac(&["man", &argument(&folder)]).code, 0);
    let page = fs::read_to_string(folder.join("atbac-fmt.1")).unwrap();
    assert!(page.contains(".TH") && page.contains("canonical"), "{page}");
    assert!(folder.join("atbac.1").exists());
    assert_eq!(failure(&["man", &argument(&folder.join("missing"))]).0, "atbac::cli::unwritable");
}
