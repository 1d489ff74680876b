//! Where lines break: a group that has room in the rest of its line stays in it, any other breaks at each of its places.

use super::MAX_COLUMNS;
use super::columns::{self, Gaps};
use super::sheet::{Kind, Line, Piece, Sheet};
use super::trivia::{Comment, Stand};
use std::ops::Range;

/// Widths and breaks of pieces, of any range of them at once.
pub(super) struct Measure {
    /// The width of all pieces before each, without line breaks.
    before: Vec<usize>,
    /// How many pieces before each are sure to break a line.
    breaks: Vec<usize>,
    /// Whether each has a blank line, and in how many groups it stands.
    blanks: Vec<(bool, usize)>,
    /// From each piece on, the width up to the next place where a line may break.
    rest: Vec<usize>,
}

impl Measure {
    fn new(sheet: &Sheet<'_>) -> Self {
        let count = sheet.pieces.len();
        let (mut before, mut breaks) = (vec![0; count + 1], vec![0; count + 1]);
        let (mut blanks, mut depth) = (Vec::with_capacity(count), 0usize);
        for (at, piece) in sheet.pieces.iter().enumerate() {
            let (mut is_break, mut is_blank) = (false, false);
            match piece {
                Piece::Line(line) => {
                    is_break = line.kind == Kind::Hard || !line.comments.is_empty();
                    is_blank = line.blank || line.comments.iter().any(|comment| comment.blank);
                }
                Piece::Open(group) => {
                    is_break = sheet.groups[*group];
                    depth += 1;
                }
                Piece::Close => depth = depth.saturating_sub(1),
                Piece::Text(_) | Piece::Indent(_) | Piece::Dedent(_) => {}
                Piece::Waiting(_) | Piece::IfBroken(_) | Piece::Cell(_) | Piece::Begin => {}
            }
            before[at + 1] = before[at] + width(piece);
            breaks[at + 1] = breaks[at] + usize::from(is_break);
            blanks.push((is_blank, depth));
        }
        let mut rest = vec![0; count + 1];
        for (at, piece) in sheet.pieces.iter().enumerate().rev() {
            rest[at] = match piece {
                Piece::Line(_) => 0,
                // What stands before it is asked for its room only where the list around it breaks.
                Piece::IfBroken(text) => columns_of(text) + rest[at + 1],
                _ => width(piece) + rest[at + 1],
            };
        }
        Measure { before, breaks, blanks, rest }
    }

    pub(super) fn width(&self, pieces: &Range<usize>) -> usize {
        self.before[pieces.end] - self.before[pieces.start]
    }

    pub(super) fn breaks(&self, pieces: &Range<usize>) -> bool {
        self.breaks[pieces.end] > self.breaks[pieces.start]
    }

    /// Whether a blank line stands among these, and not inside of one of them: there it is lost if all of that stays in one line.
    pub(super) fn parted(&self, pieces: Range<usize>) -> bool {
        let among = &self.blanks[pieces];
        let outside = among.iter().map(|(_, depth)| *depth).min();
        among.iter().any(|&(is_blank, depth)| is_blank && Some(depth) == outside)
    }
}

/// The columns that a piece takes without a line break.
fn width(piece: &Piece<'_>) -> usize {
    match piece {
        Piece::Text(text) => columns_of(text),
        Piece::Line(line) => line.flat.len(),
        Piece::Cell(_) => 1,
        Piece::Open(_) | Piece::Close | Piece::Indent(_) | Piece::Dedent(_) => 0,
        Piece::Waiting(_) | Piece::IfBroken(_) | Piece::Begin => 0,
    }
}

fn columns_of(text: &str) -> usize {
    text.chars().count()
}

/// The text of a sheet, which ends with a line break unless it is empty.
pub(super) fn render(sheet: &Sheet<'_>) -> String {
    let measure = Measure::new(sheet);
    let gaps = columns::gaps(&sheet.tables, sheet.cells(), &measure);
    let ends = ends(&sheet.pieces);
    let broken = vec![false; sheet.groups.len()];
    let mut page =
        Page { broken, waiting: Vec::new(), text: String::new(), column: 0, indent: 0, begin: 0, fresh: true };
    let mut open: Vec<bool> = Vec::new();
    for (at, piece) in sheet.pieces.iter().enumerate() {
        match piece {
            Piece::Text(text) => page.write(text),
            Piece::Open(group) => {
                let needed = measure.width(&(at..ends[*group])) + measure.rest[ends[*group]];
                let breaks =
                    open.last() != Some(&false) && (sheet.groups[*group] || page.reached() + needed > MAX_COLUMNS);
                page.broken[*group] = breaks;
                open.push(breaks);
            }
            Piece::Close => {
                open.pop();
            }
            Piece::Indent(columns) => page.indent += columns,
            Piece::Dedent(columns) => page.indent -= columns,
            Piece::Waiting(comment) => page.waiting.push(*comment),
            Piece::IfBroken(text) if open.last() == Some(&true) => page.write(text),
            Piece::IfBroken(_) => {}
            Piece::Cell(cell) => page.cell(*cell, &gaps),
            Piece::Begin => page.begin = page.text.len(),
            Piece::Line(line) => {
                let breaks = match line.kind {
                    Kind::Hard => true,
                    Kind::Fill => {
                        let has_room = page.reached() + line.flat.len() + measure.rest[at + 1] <= MAX_COLUMNS;
                        !has_room || !line.comments.is_empty() || !page.waiting.is_empty()
                    }
                    Kind::Soft | Kind::Closing | Kind::Continuation => open.last() == Some(&true),
                };
                match line.cell {
                    _ if breaks => page.new_line(line),
                    Some(cell) => page.cell(cell, &gaps),
                    None => page.write(line.flat),
                }
            }
        }
    }
    page.text
}

/// Where each group ends.
fn ends(pieces: &[Piece<'_>]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut open = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Open(group) => {
                ends.resize(ends.len().max(group + 1), at);
                open.push(*group);
            }
            Piece::Close => {
                if let Some(group) = open.pop() {
                    ends[group] = at;
                }
            }
            _ => {}
        }
    }
    ends
}

/// The text so far.
struct Page<'a> {
    /// Which groups break.
    broken: Vec<bool>,
    /// Comments that wait for a line break.
    waiting: Vec<Comment<'a>>,
    text: String,
    column: usize,
    indent: usize,
    /// Where the line of a rule began.
    begin: usize,
    /// Whether nothing stands on the line yet.
    fresh: bool,
}

impl<'a> Page<'a> {
    /// The column that the next text stands in.
    fn reached(&self) -> usize {
        if self.fresh { self.indent } else { self.column }
    }

    fn write(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.fresh {
            self.text.extend(std::iter::repeat_n(' ', self.indent));
            self.column = self.indent;
            self.fresh = false;
        }
        self.text.push_str(text);
        self.column = match text.rfind('\n') {
            Some(at) => columns_of(&text[at + 1..]),
            None => self.column + columns_of(text),
        };
    }

    fn cell(&mut self, cell: usize, gaps: &Gaps) {
        let gap = gaps.after(cell, |group| self.broken[group]);
        self.write(&" ".repeat(gap));
    }

    /// Ends the line: comments that trail it, then those that have lines of their own.
    fn new_line(&mut self, line: &Line<'a>) {
        let waiting = std::mem::take(&mut self.waiting);
        // Nothing can follow a `//` on its line.
        let on_this_line =
            match waiting.iter().position(|comment| comment.stand == Stand::Own || comment.text.starts_with("//")) {
                Some(at) if waiting[at].stand == Stand::Own => at,
                Some(at) => at + 1,
                None => waiting.len(),
            };
        for comment in &waiting[..on_this_line] {
            if !self.fresh {
                self.write(" ");
            }
            self.write(comment.text);
        }
        let deeper = match line.kind {
            Kind::Closing => 2,
            Kind::Continuation if !self.text[self.begin..].contains('\n') => 2,
            Kind::Continuation | Kind::Hard | Kind::Soft | Kind::Fill => 0,
        };
        let (indent, mut parted) = (self.indent, line.parted);
        self.indent += deeper;
        for comment in waiting[on_this_line..].iter().chain(&line.comments) {
            self.end_line(std::mem::take(&mut parted) || comment.blank);
            self.write(comment.text);
        }
        if line.kind == Kind::Closing {
            self.indent = indent;
        }
        self.end_line(line.blank || parted);
        if line.kind == Kind::Continuation {
            self.write_indent();
        }
        self.indent = indent;
    }

    fn write_indent(&mut self) {
        self.text.extend(std::iter::repeat_n(' ', self.indent));
        self.column = self.indent;
        self.fresh = false;
    }

    /// Nothing ends before the first line.
    fn end_line(&mut self, blank: bool) {
        if !self.text.is_empty() {
            self.text.push_str(if blank { "\n\n" } else { "\n" });
        }
        self.fresh = true;
    }
}
