//! For people: a page with the policies, atoms in the colour of what tests show of them. It needs nothing but itself.

use super::{missing, name, percent};
use crate::page::{document, escaped};
use atbac_engine::coverage::{Coverage, Share};
use atbac_grammar::span::{FileId, SourceMap, Span};
use std::collections::BTreeMap;

/// The whole page, in HTML.
pub fn page(coverage: &Coverage, sources: &SourceMap) -> String {
    let summary = coverage.summary();
    let row = |what: &str, share: Share| {
        let (percent, Share { covered, total }) = (percent(share), share);
        format!("<tr><th scope=\"row\">{what}</th><td>{percent}</td><td>{covered} of {total}</td></tr>\n")
    };
    let mut body = format!(
        "<table>\n{}{}{}</table>\n\
         <p><mark class=\"all\">both outcomes were tested</mark> <mark class=\"part\">only one was</mark> \
         <mark class=\"none\">none was</mark> <span class=\"soft\">(hover to see in how many tests)</span></p>\n",
        row("rules that applied", summary.rules),
        row("<code>require</code> lines that held and failed", summary.requires),
        row("outcomes of atoms", summary.atoms),
    );
    for (file, marks) in marks(coverage) {
        let source = sources.get(file);
        let name = escaped(&source.name);
        body += &format!("<h2>{name}</h2>\n<pre tabindex=\"0\" aria-label=\"{name}\">");
        body += &lines(&marked(&source.text, &marks));
        body += "</pre>\n";
    }
    document("Coverage of policies", &body)
}

/// A stretch of text with a colour and a remark.
struct Mark {
    span: Span,
    class: &'static str,
    title: String,
}

/// The marks of each file, by place. Rules' names and atoms never overlap.
fn marks(coverage: &Coverage) -> BTreeMap<FileId, Vec<Mark>> {
    let mut files: BTreeMap<FileId, Vec<Mark>> = BTreeMap::new();
    for (&span, rule) in coverage.rules() {
        let marks = files.entry(span.file).or_default();
        let (class, told) = if rule.applied.held > 0 { ("all", "applied in") } else { ("none", "applied in none of") };
        let tests = if rule.applied.held > 0 { rule.applied.held } else { rule.applied.failed };
        marks.push(Mark { span, class, title: format!("{}: {told} {tests} test(s)", name(rule)) });
        for (&span, &outcomes) in rule.lines.values().flat_map(|line| &line.atoms) {
            let class = match outcomes.seen() {
                2 => "all",
                1 => "part",
                _ => "none",
            };
            let missing = missing(outcomes).map(|missing| format!("{missing}; ")).unwrap_or_default();
            let title = format!("{missing}true in {} test(s), false in {}", outcomes.held, outcomes.failed);
            marks.push(Mark { span, class, title });
        }
    }
    for marks in files.values_mut() {
        marks.sort_by_key(|mark| mark.span.start);
    }
    files
}

/// The text with its marks. A mark is closed and opened again around each line break, so that lines can be numbered.
fn marked(text: &str, marks: &[Mark]) -> String {
    let mut html = String::new();
    let mut at = 0;
    for Mark { span, class, title } in marks {
        let (start, end) = (span.start as usize, span.end as usize);
        let (Some(before), Some(inside)) = (text.get(at..start), text.get(start..end)) else { continue };
        html += &escaped(before);
        let open = format!("<mark class=\"{class}\" title=\"{}\">", escaped(title));
        let pieces: Vec<String> = inside.split('\n').map(|piece| format!("{open}{}</mark>", escaped(piece))).collect();
        html += &pieces.join("\n");
        at = end;
    }
    html + &escaped(text.get(at..).unwrap_or_default())
}

fn lines(html: &str) -> String {
    let numbered =
        html.lines().enumerate().map(|(at, line)| format!("<span class=\"number\">{}</span>{line}\n", at + 1));
    numbered.collect()
}
