//! What can be folded: braces over several lines, runs of comments, and the uses.

use crate::workspace::Document;
use atbac_grammar::editing::{TokenKind, tokens};
use lsp_types::{FoldingRange, FoldingRangeKind};

/// Every range, by the line where it begins.
pub fn folds(document: &Document) -> Vec<FoldingRange> {
    let mut folds = Vec::new();
    let mut open: Vec<u32> = Vec::new();
    // A run of comment lines: where it begins, where it ends so far.
    let mut run: Option<(u32, u32)> = None;
    for (kind, range) in tokens(&document.text) {
        let (first, last) = (document.lines.line(range.start), document.lines.line(range.end.saturating_sub(1)));
        if matches!(kind, TokenKind::Doc | TokenKind::Comment) {
            run = match run {
                Some((start, end)) if first <= end + 1 => Some((start, last)),
                other => {
                    end_run(other, &mut folds);
                    Some((first, last))
                }
            };
            continue;
        }
        end_run(run.take(), &mut folds);
        match kind {
            TokenKind::Open => open.push(first),
            TokenKind::Close => {
                // The line of the closing bracket stays in sight.
                if let Some(start) = open.pop()
                    && last > start + 1
                {
                    folds.push(fold(start, last - 1, None));
                }
            }
            _ => {}
        }
    }
    end_run(run, &mut folds);
    let uses = &document.tree.uses;
    if let (Some(first), Some(last)) = (uses.first(), uses.last()) {
        let (start, end) =
            (document.lines.line(first.span.start as usize), document.lines.line(last.span.end as usize));
        if end > start {
            folds.push(fold(start, end, Some(FoldingRangeKind::Imports)));
        }
    }
    folds.sort_by_key(|fold| (fold.start_line, fold.end_line));
    folds
}

fn end_run(run: Option<(u32, u32)>, folds: &mut Vec<FoldingRange>) {
    if let Some((start, end)) = run
        && end > start
    {
        folds.push(fold(start, end, Some(FoldingRangeKind::Comment)));
    }
}

fn fold(start_line: u32, end_line: u32, kind: Option<FoldingRangeKind>) -> FoldingRange {
    FoldingRange { start_line, end_line, kind, ..FoldingRange::default() }
}
