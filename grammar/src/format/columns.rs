//! What stands in columns: the types of a request's fields, the sentences of a rule's `require` lines.

use super::MAX_COLUMNS;
use super::render::Measure;
use std::ops::Range;

/// The widest cell that others are moved for; a wider one stands out of its column.
const MAX_CELL: usize = 60;

/// Rows whose cells end below each other.
#[derive(Debug)]
pub(super) struct Table {
    /// The group of which each part is a row: columns are kept only where each has its line.
    group: usize,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    /// The pieces of it.
    pieces: Range<usize>,
    indent: usize,
    /// Where each cell ends, and its number.
    cells: Vec<(usize, usize)>,
}

/// How wide the gap after each cell is, and in which group's lines.
pub(super) struct Gaps {
    gaps: Vec<(usize, usize)>,
}

impl Gaps {
    /// The blanks after a cell, if the parts of this group have lines of their own; else there is one.
    pub(super) fn after(&self, cell: usize, is_broken: impl Fn(usize) -> bool) -> usize {
        match self.gaps[cell] {
            (group, gap) if is_broken(group) => gap,
            _ => 1,
        }
    }
}

impl Table {
    pub(super) fn new(group: usize) -> Self {
        Table { group, rows: Vec::new() }
    }

    pub(super) fn begin_row(&mut self, at: usize, indent: usize) {
        self.rows.push(Row { pieces: at..at, indent, cells: Vec::new() });
    }

    pub(super) fn end_row(&mut self, at: usize) {
        if let Some(row) = self.rows.last_mut() {
            row.pieces.end = at;
        }
    }

    pub(super) fn cell(&mut self, at: usize, cell: usize) {
        if let Some(row) = self.rows.last_mut() {
            row.cells.push((at, cell));
        }
    }
}

/// The gap after every cell of every table.
pub(super) fn gaps(tables: &[Table], cells: usize, measure: &Measure) -> Gaps {
    let mut gaps = vec![(0, 1); cells];
    for table in tables {
        table.rows.iter().flat_map(|row| &row.cells).for_each(|&(_, cell)| gaps[cell].0 = table.group);
        let mut section: Vec<&Row> = Vec::new();
        for (row, before) in table.rows.iter().zip(std::iter::once(None).chain(table.rows.iter().map(Some))) {
            let parted = before.is_some_and(|before| measure.parted(before.pieces.end..row.pieces.start));
            let one_line = row.is_one_line(measure);
            if parted || !one_line {
                align(&std::mem::take(&mut section), measure, &mut gaps);
            }
            if one_line {
                section.push(row);
            }
        }
        align(&section, measure, &mut gaps);
    }
    Gaps { gaps }
}

impl Row {
    /// With one more column for the mark after it.
    fn width(&self, measure: &Measure) -> usize {
        self.indent + measure.width(&self.pieces) + 1
    }

    fn is_one_line(&self, measure: &Measure) -> bool {
        !measure.breaks(&self.pieces) && self.width(measure) <= MAX_COLUMNS
    }

    /// The width of each cell.
    fn widths(&self, measure: &Measure) -> Vec<usize> {
        let starts = std::iter::once(self.pieces.start).chain(self.cells.iter().map(|&(at, _)| at + 1));
        starts.zip(&self.cells).map(|(from, &(to, _))| measure.width(&(from..to))).collect()
    }
}

/// Sets the gaps of rows that follow each other.
fn align(rows: &[&Row], measure: &Measure, gaps: &mut [(usize, usize)]) {
    let widths: Vec<Vec<usize>> = rows.iter().map(|row| row.widths(measure)).collect();
    let mut columns: Vec<usize> = Vec::new();
    for row in &widths {
        for (column, &width) in row.iter().enumerate().filter(|&(_, &width)| width <= MAX_CELL) {
            columns.resize(columns.len().max(column + 1), 0);
            columns[column] = columns[column].max(width);
        }
    }
    for (row, widths) in rows.iter().zip(&widths) {
        if widths.iter().any(|&width| width > MAX_CELL) {
            continue;
        }
        let added: usize = widths.iter().zip(&columns).map(|(width, column)| column - width).sum();
        if row.width(measure) + added <= MAX_COLUMNS {
            for (&(_, cell), (width, column)) in row.cells.iter().zip(widths.iter().zip(&columns)) {
                gaps[cell].1 = column - width + 1;
            }
        }
    }
}
