//! Documentation as a page in HTML that needs nothing but itself, readable in light and dark.

use crate::document::{Block, Document, Section};
use std::fmt::Write;

const STYLE: &str = "\
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
pre, code { font: 13px/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; border: 1px solid #8884; border-radius: 6px; padding: 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid #8884; }
nav ul { columns: 2; }
h2 { border-bottom: 1px solid #8884; padding-bottom: .25rem; margin-top: 2.5rem; }
";

/// The page, with a table of contents.
pub fn page(document: &Document) -> String {
    let title = escaped(&document.title);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<nav>\n<ul>\n"
    );
    // Writing to a string cannot fail.
    for (at, section) in document.sections.iter().enumerate() {
        let _ = writeln!(page, "<li><a href=\"#s{at}\">{}</a></li>", inline(&section.heading));
    }
    page += "</ul>\n</nav>\n";
    for (at, section) in document.sections.iter().enumerate() {
        write_section(&mut page, at, section);
    }
    page + "</body>\n</html>\n"
}

fn write_section(page: &mut String, at: usize, section: &Section) {
    let level = section.level.clamp(2, 6);
    let _ = writeln!(page, "<h{level} id=\"s{at}\">{}</h{level}>", inline(&section.heading));
    for block in &section.blocks {
        let _ = match block {
            Block::Text(text) => writeln!(page, "<p>{}</p>", inline(text)),
            Block::Code(code) => writeln!(page, "<pre>{}</pre>", escaped(code)),
            Block::List(items) => {
                let items: String = items.iter().map(|item| format!("<li>{}</li>\n", inline(item))).collect();
                writeln!(page, "<ul>\n{items}</ul>")
            }
            Block::Table(heads, rows) => {
                let heads: String = heads.iter().map(|head| format!("<th>{head}</th>")).collect();
                let row = |row: &Vec<String>| {
                    let cells: String = row.iter().map(|cell| format!("<td>{}</td>", inline(cell))).collect();
                    format!("<tr>{cells}</tr>\n")
                };
                let rows: String = rows.iter().map(row).collect();
                writeln!(page, "<table>\n<tr>{heads}</tr>\n{rows}</table>")
            }
        };
    }
}

/// Text with its code.
fn inline(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    // A backquote without another begins no code.
    if pieces.len().is_multiple_of(2) {
        return escaped(text);
    }
    let piece = |(at, piece): (usize, &&str)| match at % 2 {
        0 => escaped(piece),
        _ => format!("<code>{}</code>", escaped(piece)),
    };
    pieces.iter().enumerate().map(piece).collect()
}

/// Text that HTML shows as it is, between tags and in attributes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
