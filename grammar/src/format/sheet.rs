//! What the walk over the tokens writes: texts, places where a line may break, and groups of such places that break together.

use super::columns::Table;
use super::trivia::{Comment, Stand};

/// How a place for a line break behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Always a line break.
    Hard,
    /// Breaks with its group.
    Soft,
    /// The same, before a closing bracket: comments before it stand as deep as what is inside.
    Closing,
    /// Breaks with its group; what follows stands a level deeper if the line so far is one line.
    Continuation,
    /// Breaks when what follows has no room.
    Fill,
}

/// A place where a line may break.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    pub(super) kind: Kind,
    /// What stands there without a break.
    pub(super) flat: &'static str,
    /// The comments on lines of their own that follow.
    pub(super) comments: Vec<Comment<'a>>,
    /// Whether a blank line stands before what follows, after the comments.
    pub(super) blank: bool,
    /// Whether a blank line stands before all that follows, comments that waited included.
    pub(super) parted: bool,
    /// Without a break: the cell of a table that ends here.
    pub(super) cell: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    Line(Line<'a>),
    /// A group of places begins, by its number.
    Open(usize),
    Close,
    /// Lines from here on stand this much deeper.
    Indent(usize),
    Dedent(usize),
    /// A comment that no line can follow: it waits for the next place for a break.
    Waiting(Comment<'a>),
    /// What stands only at the end of a list with a line for each part.
    IfBroken(&'static str),
    /// The cell of a table ends.
    Cell(usize),
    /// A line of a rule begins, for [`Kind::Continuation`].
    Begin,
}

/// The whole of it.
#[derive(Default)]
pub(super) struct Sheet<'a> {
    pub(super) pieces: Vec<Piece<'a>>,
    /// Whether each group has to break.
    pub(super) groups: Vec<bool>,
    pub(super) tables: Vec<Table>,
    open: Vec<usize>,
    indent: usize,
    cells: usize,
}

impl<'a> Sheet<'a> {
    pub(super) fn text(&mut self, text: &'a str) {
        self.pieces.push(Piece::Text(text));
    }

    /// Begins a group, and gives its number.
    pub(super) fn open(&mut self) -> usize {
        let group = self.groups.len();
        self.groups.push(false);
        self.open.push(group);
        self.pieces.push(Piece::Open(group));
        group
    }

    /// Makes every place of a group break.
    pub(super) fn force(&mut self, group: usize, condition: bool) {
        self.groups[group] |= condition;
    }

    pub(super) fn close(&mut self) {
        self.open.pop();
        self.pieces.push(Piece::Close);
    }

    pub(super) fn indent(&mut self, columns: usize) {
        self.indent += columns;
        self.pieces.push(Piece::Indent(columns));
    }

    pub(super) fn dedent(&mut self, columns: usize) {
        self.indent -= columns;
        self.pieces.push(Piece::Dedent(columns));
    }

    /// A comment that stands before a token of its line, with its blanks; `tight` where no blank follows.
    pub(super) fn inline(&mut self, comment: &'a str, tight: bool) {
        if let Some(Piece::Text(before)) = self.pieces.last()
            && !before.ends_with([' ', '(', '[', '{', '<'])
        {
            self.text(" ");
        }
        self.text(comment);
        if !tight {
            self.text(" ");
        }
    }

    // ---- Tables ----

    /// A table with a row for each part of the group that was opened last.
    pub(super) fn table(&mut self) -> usize {
        self.tables.push(Table::new(self.open.last().copied().unwrap_or_default()));
        self.tables.len() - 1
    }

    pub(super) fn begin_row(&mut self, table: usize) {
        self.tables[table].begin_row(self.pieces.len(), self.indent);
    }

    pub(super) fn end_row(&mut self, table: usize) {
        self.tables[table].end_row(self.pieces.len());
    }

    /// Ends a cell: what follows stands below what follows in other rows.
    pub(super) fn cell(&mut self, table: usize) {
        let cell = self.new_cell(table);
        self.pieces.push(Piece::Cell(cell));
    }

    /// The number of a cell that ends with the next piece.
    pub(super) fn new_cell(&mut self, table: usize) -> usize {
        let cell = self.cells;
        self.cells += 1;
        self.tables[table].cell(self.pieces.len(), cell);
        cell
    }

    /// How many cells there are.
    pub(super) fn cells(&self) -> usize {
        self.cells
    }

    // ---- Settling ----

    /// Breaks every group that holds a line break, or that a waiting comment needs to break.
    pub(super) fn settle(&mut self) {
        let mut open: Vec<usize> = Vec::new();
        let mut waiting = false;
        for piece in &self.pieces {
            let breaks = match piece {
                Piece::Open(group) => {
                    open.push(*group);
                    false
                }
                Piece::Close => open.pop().is_some_and(|group| self.groups[group]),
                Piece::Waiting(_) => {
                    waiting = true;
                    false
                }
                Piece::Line(line) => {
                    std::mem::take(&mut waiting) || line.kind == Kind::Hard || !line.comments.is_empty()
                }
                Piece::Text(text) => text.contains('\n'),
                Piece::Indent(_) | Piece::Dedent(_) | Piece::IfBroken(_) | Piece::Cell(_) | Piece::Begin => false,
            };
            if breaks && let Some(&group) = open.last() {
                self.groups[group] = true;
            }
        }
    }
}

impl Line<'_> {
    /// The comments of a gap that follow the break: those on lines of their own.
    pub(super) fn own<'a>(comments: &[Comment<'a>]) -> Vec<Comment<'a>> {
        comments.iter().filter(|comment| comment.stand == Stand::Own).copied().collect()
    }
}
