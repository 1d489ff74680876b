//! The pages in a real browser: Chromium without a window (Debian package `chromium`). Where it is not installed, the tests say so.

use crate::support::{EXAMPLE, argument, atbac, example, file, folder};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A page as the browser understood it.
struct Seen {
    /// The document, written out again.
    dom: String,
    /// What the browser had to say: errors of scripts, and whatever the page was not allowed to load.
    console: Vec<String>,
}

/// Opens a file; `None` where there is no browser.
fn seen(page: &Path) -> Option<Seen> {
    let browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .into_iter()
        .find(|path| Path::new(path).exists());
    let Some(browser) = browser else {
        assert!(std::env::var_os("CI").is_none(), "where changes are judged, nothing is left out: install Chromium");
        eprintln!("Chromium is not installed: the pages were not looked at");
        return None;
    };
    let mut command = Command::new(browser);
    // A profile of its own, and nothing of what a browser does by itself.
    command.arg(format!("--user-data-dir={}", page.with_extension("profile").display()));
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]);
    command.args(["--disable-background-networking", "--disable-component-update", "--enable-logging=stderr"]);
    command.arg("--dump-dom").arg(format!("file://{}", page.display()));
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let console = text(output.stderr).lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    Some(Seen { dom: text(output.stdout), console })
}

/// Nothing runs, nothing comes from elsewhere, and nothing was tried.
fn assert_stands_alone(Seen { dom, console }: &Seen) {
    assert_eq!(console, &[""; 0]);
    // Links lead within the page.
    let dom = dom.replace("<a href=\"#", "");
    let elements = ["<a href", "<script", "<link", "<img", "<iframe", "<object", "<embed", "<video", "<audio", "<form"];
    for elsewhere in elements.into_iter().chain(["url(", "@import"]) {
        assert!(!dom.contains(elsewhere), "`{elsewhere}` in {dom}");
    }
    assert!(dom.contains("<html lang=\"en\">") && dom.contains("color-scheme: light dark"), "{dom}");
}

fn path(folder: &str, name: &str) -> PathBuf {
    // Browsers take absolute paths only.
    std::fs::canonicalize(crate::support::folder(folder)).unwrap().join(name)
}

/// The check sees what it looks for: a page with a script and a picture is told by the browser.
#[test]
fn a_page_that_reaches_out_is_seen() {
    let page = path("browser_bad", "page.html");
    let rule = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\">";
    let page_text =
        format!("<!DOCTYPE html><html><head>{rule}</head><body><img src=\"x.png\"><script>f()</script></body></html>");
    std::fs::write(&page, page_text).unwrap();
    let Some(seen) = seen(&page) else { return };
    assert_eq!(seen.console.len(), 2, "{:?}", seen.console);
}

/// The policy itself tries to get out of the page.
const HOSTILE: &str = "package demo;
floor circumstance: asserted;
// <script>alert(1)</script> </pre> <img src=x onerror=alert(1)>
request Q { call text: asserted String, call n: asserted Int }
permit both for Q { require text != \"<script>f()</script>\" and n < 5 else \"<img src=x>\"; }
permit never for Q { when n > 100; }
test \"yes\" { given Q { text: \"a\", n: 1 } expect permit }
test \"no\" { given Q { text: \"a\", n: 9 } expect deny }
";

#[test]
fn coverage_is_seen_in_colours() {
    let page = path("browser_coverage", "coverage.html");
    let policy = file(&folder("browser_coverage_policy"), "demo.atbac", HOSTILE);
    let run = atbac(&["test", &policy, "--coverage-html", &argument(&page)]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let Some(seen) = seen(&page) else { return };
    assert_stands_alone(&seen);
    // By hand: `n < 5` was true and false; `text != …` was only true; `n > 100` was only false; `never` never applied.
    for mark in [
        "<mark class=\"all\" title=\"true in 1 test(s), false in 1\">n &lt; 5</mark>",
        "<mark class=\"part\" title=\"never false; true in 2 test(s), false in 0\">text != \"&lt;script&gt;f()&lt;/script&gt;\"</mark>",
        "<mark class=\"part\" title=\"never true; true in 0 test(s), false in 2\">n &gt; 100</mark>",
        "<mark class=\"none\" title=\"never: applied in none of 2 test(s)\">never</mark>",
    ] {
        assert!(seen.dom.contains(mark), "{mark}\n{}", seen.dom);
    }
    assert_eq!(seen.dom.matches("class=\"number\"").count(), HOSTILE.lines().count(), "{}", seen.dom);
}

#[test]
fn a_decision_is_seen_with_what_failed() {
    let page = path("browser_decision", "decision.html");
    let (session, call, references) =
        (example("snp.json"), example("calls/query-other-tenant.json"), example("references.json"));
    let html = argument(&page);
    let question =
        ["--evidence", &session, "--call", &call, "--references", &references, "--at", "2026-06-30T12:01:00Z"];
    assert_eq!(atbac(&[&["explain", EXAMPLE, "--html", &html][..], &question].concat()).code, 1);
    let Some(seen) = seen(&page) else { return };
    assert_stands_alone(&seen);
    assert!(
        seen.dom.contains("<p class=\"verdict bad\"><strong>DENY no rule permits this call</strong></p>"),
        "{}",
        seen.dom
    );
    assert_eq!(seen.dom.matches("<details class=\"rule\" open=\"\">").count(), 1);
    assert_eq!(seen.dom.matches("<li class=\"line fails\">").count(), 1);
    assert_eq!(seen.dom.matches("<li class=\"line holds\">").count(), 8);
    assert!(seen.dom.contains("<code>resource.tenant = \"globex\"</code>"), "{}", seen.dom);
    assert!(seen.dom.contains("NOT PROVEN"), "{}", seen.dom);
}

#[test]
fn exported_documentation_is_seen() {
    let page = path("browser_docs", "docs.html");
    let run = atbac(&["export", "docs", EXAMPLE, "--html", "-o", &argument(&page)]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let Some(seen) = seen(&page) else { return };
    assert_stands_alone(&seen);
    // Every link of the contents leads to a heading.
    let links: Vec<&str> = seen.dom.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(links.len() > 3, "{}", seen.dom);
    for link in links {
        assert!(seen.dom.contains(&format!("id=\"{link}\"")), "{link}");
    }
}
