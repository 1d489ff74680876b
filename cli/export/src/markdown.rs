//! Documentation as Markdown (CommonMark, with tables as GitHub has them).

use crate::document::{Block, Document};
use std::fmt::Write;

/// The page.
pub fn page(document: &Document) -> String {
    let mut page = format!("# {}\n", escaped(&document.title));
    // Writing to a string cannot fail.
    for section in &document.sections {
        let _ = writeln!(page, "\n{} {}", "#".repeat(section.level.into()), escaped(&section.heading));
        for block in &section.blocks {
            page.push('\n');
            match block {
                Block::Text(text) => {
                    let _ = writeln!(page, "{}", escaped(text));
                }
                Block::Code(code) => {
                    // A fence that is longer than any in the code.
                    let fence = "`".repeat(longest_run(code).max(2) + 1);
                    let _ = writeln!(page, "{fence}atbac\n{code}\n{fence}");
                }
                Block::List(items) => {
                    for item in items {
                        let _ = writeln!(page, "- {}", escaped(item));
                    }
                }
                Block::Table(heads, rows) => {
                    let _ = writeln!(page, "| {} |\n|{}", heads.join(" | "), "---|".repeat(heads.len()));
                    for row in rows {
                        let cells: Vec<String> = row.iter().map(|cell| escaped(cell).replace('|', "\\|")).collect();
                        let _ = writeln!(page, "| {} |", cells.join(" | "));
                    }
                }
            }
        }
    }
    page
}

/// Text on one line that Markdown shows as it is, but for code between backquotes.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    // A backquote without another begins no code, and several in a row only end with as many. Where not all are plain pairs, none begins code.
    let is_paired = text.matches('`').count().is_multiple_of(2) && !text.contains("``");
    let mut is_code = false;
    for character in text.chars() {
        match character {
            '`' if is_paired => is_code = !is_code,
            '`' | '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '#' if !is_code => out.push('\\'),
            _ => {}
        }
        out.push(if character.is_whitespace() { ' ' } else { character });
    }
    out
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}
