//! Finding the errors behind an error: the faulty line of a declaration is taken out, and the declaration is read again.
//!
//! What is a line depends on the declaration: up to a `;` in a rule, up to a `,` between fields, from keyword to keyword in a test. A faulty
//! header is exchanged for a plain one, so that the lines under it are read all the same.

use crate::layout::Layout;
use crate::lexer::Lexeme;
use crate::token::Token;
use std::ops::Range;

/// Tokens to take out, and what to put in their place to keep the declaration whole.
struct Cut {
    range: Range<usize>,
    stand_in: Vec<Token>,
}

impl Cut {
    fn line(range: Range<usize>) -> Self {
        Cut { range, stand_in: Vec::new() }
    }
}

/// Takes the line that holds token `at` out of a declaration; `false` if there is none, so nothing more can be learnt.
pub(crate) fn take_out_faulty_line(text: &str, lexemes: &mut Vec<Lexeme>, at: usize) -> bool {
    let layout = Layout::new(text, lexemes);
    let Some(Cut { range, stand_in }) = faulty(&layout, 0..lexemes.len(), at) else {
        return false;
    };
    // Something that was written must go each time, or this would never end.
    if lexemes[range.clone()].iter().all(|lexeme| lexeme.start == lexeme.end) {
        return false;
    }
    let place = lexemes[range.start].start;
    lexemes.splice(range, stand_in.into_iter().map(|token| Lexeme { token, start: place, end: place }));
    true
}

/// What to take out of the declaration in `range` because of the token at `at`.
fn faulty(layout: &Layout<'_>, range: Range<usize>, at: usize) -> Option<Cut> {
    let keyword = layout.keyword(range.start);
    let body = layout.body(&range)?;
    if at < body.start {
        return faulty_header(layout, range.start..body.start - 1, keyword, at);
    }
    match layout.token(keyword)? {
        Token::Permit | Token::Forbid => line(&statement_starts(layout, &body), &body, layout, at),
        Token::Test => line(&test_line_starts(layout, &body), &body, layout, at),
        Token::Enum | Token::Record | Token::Evidence | Token::Request | Token::Grant => {
            list_element(layout, &body, at).map(Cut::line)
        }
        Token::Template => {
            let mut start = body.start;
            while start < body.end {
                let end = layout.declaration_end(start).min(body.end);
                if at < end {
                    return faulty(layout, start..end, at).or(Some(Cut::line(start..end)));
                }
                start = end;
            }
            None
        }
        _ => None,
    }
}

/// In a header, one match after `where`, or all of it.
fn faulty_header(layout: &Layout<'_>, header: Range<usize>, keyword: usize, at: usize) -> Option<Cut> {
    if let Some(head) = (keyword..at).find(|&here| layout.token(here) == Some(Token::Where)) {
        let mut element = list_element(layout, &(head + 1..header.end), at)?;
        // The comma after it goes on separating.
        element.end -= usize::from(layout.token(element.end - 1) == Some(Token::Comma));
        return Some(Cut { range: element, stand_in: vec![Token::True] });
    }
    use Token::*;
    let kind = layout.token(keyword)?;
    let rest: &[Token] = match kind {
        Permit | Forbid | Grant => &[Identifier, For, Identifier],
        Enum | Record | Request => &[Identifier],
        Evidence => &[Identifier, Text],
        Template => &[Identifier, OpenParen, CloseParen],
        Test => &[Text],
        Invariant => &[Text, For, Identifier],
        _ => return None,
    };
    let stand_in = std::iter::once(kind).chain(rest.iter().copied()).collect();
    Some(Cut { range: header, stand_in })
}

/// Where the lines of a rule's body begin. Neither semicolons nor the words that begin lines stand inside brackets there, so unmatched
/// brackets do not matter.
fn statement_starts(layout: &Layout<'_>, body: &Range<usize>) -> Vec<usize> {
    let begins = |&at: &usize| {
        let (previous, next) = (layout.token(at - 1), layout.token(at + 1));
        let keyword = match layout.token(at) {
            Some(Token::Require | Token::When | Token::Unless | Token::Let) => next != Some(Token::Colon),
            Some(Token::Reason) => next == Some(Token::Text),
            Some(Token::Grant) => next == Some(Token::OpenBrace),
            _ => false,
        };
        at == body.start || previous == Some(Token::Semicolon) || keyword && previous != Some(Token::Dot)
    };
    body.clone().filter(begins).collect()
}

/// Where the lines of a test begin.
fn test_line_starts(layout: &Layout<'_>, body: &Range<usize>) -> Vec<usize> {
    let begins = |at: usize| {
        let keyword =
            matches!(layout.token(at), Some(Token::Given | Token::With | Token::Case | Token::At | Token::Expect));
        at == body.start
            || keyword && layout.token(at - 1) != Some(Token::Dot)
            || layout.token(at - 1) == Some(Token::Semicolon)
    };
    outside_brackets(layout, body).filter(|&at| begins(at)).collect()
}

/// The line that holds `at`. An error at the very start of a line means that the one before has no end, so that one is at fault.
fn line(starts: &[usize], body: &Range<usize>, layout: &Layout<'_>, at: usize) -> Option<Cut> {
    let mut index = starts.partition_point(|&start| start <= at).checked_sub(1)?;
    let unfinished = starts[index] == at && index > 0 && layout.token(at - 1) != Some(Token::Semicolon);
    index -= usize::from(unfinished);
    // A keyword alone on its line has swallowed the first word of the next.
    index -= usize::from(index > 0 && starts[index - 1] + 1 == starts[index]);
    let end = starts.get(index + 1).copied().unwrap_or(body.end);
    Some(Cut::line(starts[index]..end))
}

/// The element that holds `at` of a list with commas, and the comma after it.
fn list_element(layout: &Layout<'_>, list: &Range<usize>, at: usize) -> Option<Range<usize>> {
    let mut start = list.start;
    // A semicolon stands for a comma often enough.
    let separates = |here: &usize| matches!(layout.token(*here), Some(Token::Comma | Token::Semicolon));
    for separator in outside_brackets(layout, list).filter(separates) {
        if at <= separator {
            return Some(start..separator + 1);
        }
        start = separator + 1;
    }
    (start < list.end).then_some(start..list.end)
}

/// The tokens of `range` that stand in no further bracket.
fn outside_brackets(layout: &Layout<'_>, range: &Range<usize>) -> impl Iterator<Item = usize> {
    let end = range.end;
    let next = move |here: &usize| Some(layout.partner(*here).filter(|partner| partner > here).unwrap_or(*here) + 1);
    std::iter::successors(Some(range.start), next).take_while(move |here| *here < end)
}
