//! Paragraphs within the width of the terminal.

use crate::text::Text;

/// The columns of a name, at most: longer ones have their value on the next line.
const NAME: usize = 36;
/// The columns of a page that is no terminal's, and the least and most of one that is.
const WIDTH: usize = 110;
const NARROWEST: usize = 60;
const WIDEST: usize = 140;

/// A claim as it is shown.
pub(super) struct Row {
    pub(super) name: String,
    /// None for a record, whose fields follow.
    pub(super) value: Option<String>,
    /// What it means.
    pub(super) meaning: String,
}

/// Text that is filled line by line.
pub(super) struct Page<'t> {
    text: &'t mut Text,
    width: usize,
}

impl<'t> Page<'t> {
    pub(super) fn new(text: &'t mut Text) -> Self {
        let width = text.columns().map_or(WIDTH, |columns| columns.clamp(NARROWEST, WIDEST));
        Page { text, width }
    }

    /// Begins a part of the page.
    pub(super) fn heading(&mut self, title: &str, about: &str) {
        self.text.add("\n");
        self.text.strong(title);
        self.text.add(format_args!(": {about}\n"));
    }

    /// Claims, each with its meaning beneath.
    pub(super) fn claims(&mut self, rows: Vec<Row>) {
        for Row { name, value, meaning } in rows {
            let value = value.unwrap_or_default();
            if name.len() > NAME {
                self.text.add(format_args!("  {name}\n"));
                self.paragraph(NAME + 3, &value);
            } else {
                self.hanging(&format!("  {name:<NAME$} "), NAME + 3, &value);
            }
            self.paragraph(6, &meaning);
        }
    }

    /// Good or bad news about a predicate, with what it asks beneath.
    pub(super) fn verdict(&mut self, holds: bool, name: &str, about: &str) {
        self.text.add("  ");
        if holds {
            self.text.good("holds");
        } else {
            self.text.bad("REFUSED");
        }
        self.text.add(format_args!(" {name}\n"));
        self.paragraph(6, about);
    }

    /// A paragraph, indented.
    pub(super) fn paragraph(&mut self, indent: usize, words: &str) {
        if !words.is_empty() {
            self.hanging(&" ".repeat(indent), indent, words);
        }
    }

    /// A paragraph that begins with `first`, its other lines indented. Words longer than a line are cut.
    fn hanging(&mut self, first: &str, indent: usize, words: &str) {
        let mut line = first.to_owned();
        let mut empty = true;
        for word in words.split_whitespace() {
            let mut word = word;
            loop {
                let column = line.chars().count() + usize::from(!empty);
                let room = self.width.saturating_sub(column).max(1);
                let length = word.chars().count();
                if length <= room {
                    line.push_str(if empty { "" } else { " " });
                    line.push_str(word);
                    empty = false;
                    break;
                }
                if empty {
                    let end = word.char_indices().nth(room).map_or(word.len(), |(end, _)| end);
                    line.push_str(&word[..end]);
                    word = &word[end..];
                }
                self.text.add(format_args!("{}\n", line.trim_end()));
                line = " ".repeat(indent);
                empty = true;
            }
        }
        self.text.add(format_args!("{}\n", line.trim_end()));
    }
}
