//! The pages of `docs/diagnostics`: one for each code of the compiler, all of one form, whose programs get what they say.
//!
//! [`runtime`] looks after the tables of codes that come up later.

mod runtime;

use atbac_compiler::lint;
use atbac_compiler::pipeline::{self, Refused};
use atbac_engine::SourceFile;
use atbac_grammar::codes::{self, Code};
use atbac_grammar::diagnostic::{Diagnostic, Severity};
use atbac_tests::files::{read_text, repository, stem, with_extension};
use std::path::PathBuf;

/// Codes that no program of a few lines can get.
const NOT_SHOWN: [Code; 4] =
    [codes::FILE_TOO_LARGE, codes::EXPRESSION_TOO_DEEP, codes::TOO_MANY_ERRORS, codes::LEFT_OUT];

/// How their pages say so.
const NOT_SHOWN_LINE: &str = "No small program can show this.";

/// Stands in programs for a character that must not stand in a page: whoever copies it would copy an attack.
const BIDI_CONTROL: (&str, &str) = ("⟨U+202E⟩", "\u{202e}");

/// A page, taken apart.
struct Page {
    path: PathBuf,
    code: String,
    summary: String,
    /// The text under each heading.
    sections: Vec<(String, String)>,
}

impl Page {
    fn read(path: PathBuf) -> Page {
        let text = read_text(&path);
        let (head, body) = text.split_once("\n\n## ").unwrap_or_else(|| panic!("{}: no section", path.display()));
        let [title, "", summary] = head.lines().collect::<Vec<_>>()[..] else {
            panic!("{}: a title and a line that sums it up come first", path.display())
        };
        let code = title.strip_prefix("# ").unwrap_or_else(|| panic!("{}: no title", path.display()));
        let section = |section: &str| {
            let (heading, text) = section.split_once("\n\n").unwrap();
            (heading.to_owned(), text.to_owned())
        };
        let sections = body.split("\n\n## ").map(section).collect();
        Page { code: code.to_owned(), summary: summary.to_owned(), sections, path }
    }

    fn headings(&self) -> Vec<&str> {
        self.sections.iter().map(|(heading, _)| heading.as_str()).collect()
    }

    fn section(&self, heading: &str) -> &str {
        self.sections.iter().find(|(found, _)| found == heading).map_or("", |(_, text)| text)
    }

    /// What is wrong: refused, or warned about.
    fn wrong(&self) -> &str {
        &self.sections[2].1
    }

    fn severity(&self) -> Severity {
        if self.headings().contains(&"Warned about") { Severity::Warning } else { Severity::Error }
    }

    fn is_shown(&self) -> bool {
        !NOT_SHOWN.iter().any(|code| code.as_str() == self.code)
    }
}

fn pages() -> Vec<Page> {
    let mut phases: Vec<&str> = codes::ALL.iter().map(|(code, _)| phase(code.as_str())).collect();
    phases.dedup();
    let folder = |phase| repository().join("docs/diagnostics").join(phase);
    phases.into_iter().flat_map(|phase| with_extension(&folder(phase), "md")).map(Page::read).collect()
}

fn phase(code: &str) -> &str {
    code.split("::").nth(1).unwrap()
}

/// The programs in a text. A line `//// other.atbac` begins another file of the same bundle.
fn programs(text: &str) -> Vec<Vec<SourceFile>> {
    let blocks = text.split("```atbac\n").skip(1).map(|rest| rest.split_once("\n```").unwrap().0);
    blocks.map(program).collect()
}

fn program(text: &str) -> Vec<SourceFile> {
    let mut files = vec![SourceFile { name: "policy.atbac".to_owned(), text: String::new() }];
    for line in text.replace(BIDI_CONTROL.0, BIDI_CONTROL.1).split_inclusive('\n') {
        match line.strip_prefix("//// ") {
            Some(name) => files.push(SourceFile { name: name.trim().to_owned(), text: String::new() }),
            None => files.last_mut().unwrap().text.push_str(line),
        }
    }
    files
}

/// The clock by which programs are checked, as pages say where it matters.
const NOW: &str = "2026-01-01T00:00:00Z";

fn findings(program: Vec<SourceFile>) -> Vec<Diagnostic> {
    let now: jiff::Timestamp = NOW.parse().unwrap();
    let options = lint::Options { now: Some(now.as_millisecond()), levels: Vec::new() };
    match pipeline::parse(program).check_with(&options) {
        Ok(checked) => checked.warnings,
        Err(Refused { diagnostics, .. }) => diagnostics,
    }
}

/// Compares everything at once: whoever adds a code sees in one run what its page lacks.
fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let mut expected: Vec<String> = codes::ALL.iter().map(|(code, _)| code.to_string()).collect();
    let mut found: Vec<String> = pages().into_iter().map(|page| page.code).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_page_lies_where_its_code_says() {
    for page in pages() {
        let place = format!("atbac::{}::{}", stem(page.path.parent().unwrap()), stem(&page.path));
        assert_eq!(page.code, place, "{}", page.path.display());
    }
}

#[test]
fn a_page_sums_up_like_the_registry() {
    for page in pages() {
        let registered = codes::ALL.iter().find(|(code, _)| code.as_str() == page.code);
        assert_eq!(Some(page.summary.as_str()), registered.map(|(_, said)| said.trim()), "{}", page.path.display());
    }
}

#[test]
fn every_page_has_one_form() {
    for page in pages() {
        let wrong = match page.severity() {
            Severity::Error => "Refused",
            Severity::Warning => "Warned about",
        };
        assert_eq!(page.headings(), ["What", "Why it matters", wrong, "Mended"], "{}", page.path.display());
        let sentences = |heading| page.section(heading).matches(['.', '?']).count();
        assert!((1..=12).contains(&sentences("What")), "{}", page.path.display());
        assert!((2..=12).contains(&sentences("Why it matters")), "{}", page.path.display());
        assert!(page.section("What").len() + page.section("Why it matters").len() < 1500, "{}", page.path.display());
        assert_eq!(page.wrong().starts_with(NOT_SHOWN_LINE), !page.is_shown(), "{}", page.path.display());
        assert_eq!(programs(page.wrong()).is_empty(), !page.is_shown(), "{}", page.path.display());
        assert!(!page.is_shown() || !programs(page.section("Mended")).is_empty(), "{}", page.path.display());
    }
}

#[test]
fn wrong_programs_get_the_code_of_their_page() {
    let mut wrong = Vec::new();
    for page in pages() {
        for (number, program) in programs(page.wrong()).into_iter().enumerate() {
            let found = findings(program);
            let fits = |found: &Diagnostic| found.code.as_str() == page.code && found.severity == page.severity();
            if found.is_empty() || !found.iter().all(fits) {
                wrong.push(format!("{}, program {}: {found:#?}", page.path.display(), number + 1));
            }
        }
    }
    none(wrong);
}

#[test]
fn mended_programs_get_nothing() {
    let mut wrong = Vec::new();
    for page in pages() {
        for (number, program) in programs(page.section("Mended")).into_iter().enumerate() {
            let found = findings(program);
            if !found.is_empty() {
                wrong.push(format!("{}, program {}: {found:#?}", page.path.display(), number + 1));
            }
        }
    }
    none(wrong);
}

/// The guide lists every page.
#[test]
fn the_guide_names_every_page() {
    let guide = read_text(&repository().join("docs/diagnostics/README.md"));
    let lines = codes::ALL.iter().map(|(code, said)| {
        let page = code.as_str().trim_start_matches("atbac::").replace("::", "/");
        format!("- [`{code}`]({page}.md): {}", said.trim())
    });
    none(lines.filter(|line| !guide.lines().any(|found| found == line)).collect());
}
