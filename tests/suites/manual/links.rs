//! What a page links to is there.

use super::pages::{folder, names, page};

/// Each link to a file of the project leads to a file, and with `#…` to a heading in it.
#[test]
fn links_lead_somewhere() {
    let mut followed = 0;
    for name in names() {
        for link in page(&name).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("https://") {
                continue;
            }
            let (path, heading) = link.split_once('#').map_or((link, None), |(path, heading)| (path, Some(heading)));
            let file = if path.is_empty() { format!("{name}.md") } else { path.to_owned() };
            let target = folder().join(&file);
            assert!(target.exists(), "{name}.md links to {link}");
            if let Some(heading) = heading {
                let text = std::fs::read_to_string(&target).unwrap();
                assert!(headings(&text).any(|known| known == heading), "{name}.md links to {link}");
            }
            followed += 1;
        }
    }
    assert!(followed > 20, "only {followed} links were found");
}

/// The names that headings have in links: small letters, blanks as `-`, and no marks.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().filter(|line| line.starts_with('#'));
    lines.map(|line| {
        let words = line.trim_start_matches('#').trim().to_lowercase();
        words
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect()
    })
}
