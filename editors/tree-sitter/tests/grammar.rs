//! The generated parser: that it is what the grammar makes, that it says what `test/corpus` expects, and that it takes every policy of the project.

#![forbid(unsafe_code)]

use atbac_tree_sitter::{generate, load};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tree_sitter::{Language, Node, Parser, Query, Tree};

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn language() -> &'static Language {
    static LANGUAGE: OnceLock<Language> = OnceLock::new();
    LANGUAGE.get_or_init(|| load(folder(), Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap())
}

fn parse(text: &str) -> Tree {
    let mut parser = Parser::new();
    parser.set_language(language()).unwrap();
    parser.parse(text, None).unwrap()
}

/// What is generated is kept, since editors compile it; so it must be what the grammar makes.
#[test]
fn the_parser_is_of_the_grammar() {
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("made");
    fs::create_dir_all(&made).unwrap();
    for file in ["grammar.js", "tree-sitter.json"] {
        fs::copy(folder().join(file), made.join(file)).unwrap();
    }
    generate(&made).unwrap();
    for file in ["parser.c", "grammar.json", "node-types.json"] {
        let (kept, made) = (folder().join("src").join(file), made.join("src").join(file));
        let same = fs::read(&kept).unwrap() == fs::read(&made).unwrap();
        assert!(same, "{} is not what `grammar.js` makes: run `cargo run`", kept.display());
    }
}

/// The cases of `test/corpus`, in the form of tree-sitter's own command.
#[test]
fn cases() {
    let mut count = 0;
    for path in files(&folder().join("test/corpus"), "txt") {
        let text = fs::read_to_string(&path).unwrap();
        for case in text.split("==================\n").collect::<Vec<_>>()[1..].chunks(2) {
            let [name, body] = case else { panic!("{}: a case without a body", path.display()) };
            let (source, expected) = body.split_once("\n---\n").unwrap();
            let found = parse(source).root_node().to_sexp();
            let expected = expected.split_whitespace().collect::<Vec<_>>().join(" ").replace(" )", ")");
            assert_eq!(found, expected, "{}: {}", path.display(), name.trim());
            count += 1;
        }
    }
    assert!(count >= 8, "{count} cases");
}

/// Every policy that the compiler's grammar accepts is taken without an error.
#[test]
fn every_policy_of_the_project() {
    let root = folder().join("../..");
    let folders = ["stdlib", "examples", "tests/ui", "tests/run", "benches", "cli/src"];
    let policies = folders.iter().flat_map(|folder| files(&root.join(folder), "atbac"));
    // Mistakes in syntax are mistakes here too.
    let policies: Vec<PathBuf> = policies.filter(|path| !path.to_string_lossy().contains("/ui/syntax/")).collect();
    assert!(policies.len() > 60, "{} policies", policies.len());
    for path in policies {
        let text = fs::read_to_string(&path).unwrap();
        // A case may be of several files: each but the first follows a line with its name.
        let mut parts = text.split("\n//// ");
        let first = parts.next().into_iter();
        for part in first.chain(parts.filter_map(|part| part.split_once('\n')).map(|(_, text)| text)) {
            if let Some(place) = error(parse(part).root_node()) {
                panic!("{}: {place} of\n{part}", path.display());
            }
        }
    }
}

/// The first node that is an error or was made up.
fn error(node: Node<'_>) -> Option<String> {
    if node.is_error() || node.is_missing() {
        let at = node.start_position();
        return Some(format!("an error at {}:{}", at.row + 1, at.column + 1));
    }
    let mut cursor = node.walk();
    node.has_error().then(|| node.children(&mut cursor).find_map(error)).flatten()
}

/// A policy with syntax errors has error nodes: what takes everything would show nothing.
#[test]
fn mistakes_are_errors() {
    for text in
        ["package a;\npermit p R {}", "package a;\nrecord { }", "package a;\npermit p for R { require; }", "pack a;"]
    {
        assert!(parse(text).root_node().has_error(), "{text}");
    }
}

#[test]
fn queries_are_of_the_grammar() {
    for file in ["highlights.scm", "folds.scm"] {
        let text = fs::read_to_string(folder().join("queries").join(file)).unwrap();
        let query = Query::new(language(), &text).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(query.pattern_count() > 0);
    }
}

/// Every file below a folder whose name ends so.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|known| known == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}
