//! What stands between two tokens.

use crate::lexer::Lexeme;

/// Where a comment stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// After a token, up to the end of its line.
    Trailing,
    /// On a line of its own.
    Own,
    /// Before a token of the same line.
    Inline,
}

/// A comment as written, without blanks at its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comment<'a> {
    pub(super) text: &'a str,
    pub(super) stand: Stand,
    /// Whether a blank line stood before it.
    pub(super) blank: bool,
}

/// What stands before a token.
#[derive(Clone, Debug, Default)]
pub(super) struct Gap<'a> {
    pub(super) comments: Vec<Comment<'a>>,
    /// Whether the token before and this one stand on different lines.
    pub(super) newline: bool,
    /// Whether a blank line stood right before the token.
    pub(super) blank: bool,
}

/// The gap before every token, and the one after the last.
pub(super) fn gaps<'a>(text: &'a str, lexemes: &[Lexeme]) -> Vec<Gap<'a>> {
    let ends = std::iter::once(0).chain(lexemes.iter().map(|lexeme| lexeme.end as usize));
    let starts = lexemes.iter().map(|lexeme| lexeme.start as usize).chain([text.len()]);
    ends.zip(starts).map(|(from, to)| gap(&text[from..to], from == 0, to == text.len())).collect()
}

/// Reads one gap; `begins` and `ends` say whether the file does there.
fn gap(text: &str, begins: bool, ends: bool) -> Gap<'_> {
    let mut gap = Gap { newline: text.contains('\n'), ..Gap::default() };
    let mut rest = text.trim_start_matches('\u{feff}');
    // Whether each comment is followed by a line break.
    let mut broken_after = Vec::new();
    loop {
        let trimmed = rest.trim_start();
        let breaks = rest[..rest.len() - trimmed.len()].matches('\n').count();
        if let Some(last) = broken_after.last_mut() {
            *last = breaks > 0;
        }
        gap.blank = breaks > 1;
        if trimmed.is_empty() {
            break;
        }
        let length = comment_length(trimmed);
        let after_own = gap.comments.last().is_some_and(|before| before.stand == Stand::Own);
        let fresh = breaks > 0 || after_own || begins && gap.comments.is_empty();
        let stand = if fresh { Stand::Own } else { Stand::Trailing };
        gap.comments.push(Comment { text: trimmed[..length].trim_end(), stand, blank: gap.blank });
        broken_after.push(false);
        rest = &trimmed[length..];
    }
    if !ends {
        let with_token = |(comment, broken): &(&mut Comment<'_>, &bool)| {
            !**broken && comment.text.starts_with("/*") && !comment.text.contains('\n')
        };
        let last_first = gap.comments.iter_mut().zip(&broken_after).rev();
        last_first.take_while(with_token).for_each(|(comment, _)| comment.stand = Stand::Inline);
    }
    gap
}

/// How long the comment is that the text begins with.
fn comment_length(text: &str) -> usize {
    let end = if text.starts_with("/*") { text.find("*/").map(|at| at + 2) } else { text.find('\n') };
    end.unwrap_or(text.len())
}
