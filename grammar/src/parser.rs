//! From tokens to declarations, one at a time: [`Layout`] says where each ends, the generated parser reads it, and after an error
//! [`crate::recover`] helps to find the errors behind it.

use crate::actions::{Context, Declaration};
use crate::findings::Findings;
use crate::grammar::DeclarationParser;
use crate::layout::Layout;
use crate::lexer::Lexeme;
use crate::limits::{self, MAX_REREAD};
use crate::message::{self, Failure};
use crate::parallel;
use crate::recover;
use crate::span::FileId;
use lalrpop_util::ParseError;
use std::cell::Cell;

/// Reads every declaration; those with errors are reported and left out.
pub(crate) fn declarations(file: FileId, text: &str, lexemes: &[Lexeme], findings: &mut Findings) -> Vec<Declaration> {
    let mut reader = Reader { file, text, findings, parser: DeclarationParser::new(), reread: MAX_REREAD };
    reader.declarations(lexemes)
}

/// Reads the one declaration that these tokens are; `None` if there are errors in it.
pub(crate) fn well_formed(file: FileId, text: &str, lexemes: &[Lexeme]) -> Option<Declaration> {
    if limits::exceeded(file, lexemes).is_some() {
        return None;
    }
    let mut findings = Findings::default();
    let mut reader = Reader { file, text, findings: &mut findings, parser: DeclarationParser::new(), reread: 0 };
    let declaration = reader.read(lexemes).ok()?;
    (findings.count() == 0).then_some(declaration)
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    findings: &'a mut Findings,
    parser: DeclarationParser,
    /// How many more tokens may be read a second time.
    reread: usize,
}

/// How many tokens are worth a thread: about a thousand lines.
const TOKENS_FOR_A_THREAD: usize = 10_000;

impl Reader<'_> {
    fn declarations(&mut self, lexemes: &[Lexeme]) -> Vec<Declaration> {
        let layout = Layout::new(self.text, lexemes);
        let mut declarations = Vec::new();
        let at = self.well_formed(&layout, &mut declarations);
        self.one_by_one(&layout, at, &mut declarations);
        declarations
    }

    /// Reads the declarations from `at` on.
    fn one_by_one(&mut self, layout: &Layout<'_>, mut at: usize, declarations: &mut Vec<Declaration>) {
        let lexemes = layout.lexemes();
        while at < lexemes.len() && !self.findings.too_many() {
            let end = layout.declaration_end(at);
            at = match limits::exceeded(self.file, &lexemes[at..end]) {
                None => self.declaration(layout, at, end, declarations),
                Some(diagnostic) => {
                    self.findings.report(diagnostic);
                    layout.after_failure(at, end)
                }
            };
        }
    }

    /// Reads what comes before the first error, on all cores, and says where that ends. What follows an error depends on how it is mended, so the rest is
    /// read one after another.
    fn well_formed(&self, layout: &Layout<'_>, declarations: &mut Vec<Declaration>) -> usize {
        let lexemes = layout.lexemes();
        let parts = parallel::parts(lexemes.len(), TOKENS_FOR_A_THREAD);
        if parts.len() == 1 || self.findings.too_many() {
            return 0;
        }
        let (mut divided, mut begin, mut at) = (Vec::new(), 0, 0);
        for part in parts {
            while at < part.end {
                at = layout.declaration_end(at);
            }
            divided.push(begin..at);
            begin = at;
        }
        let read = parallel::map(&divided, |part| {
            let (mut declarations, mut at) = (Vec::new(), part.start);
            while at < part.end {
                let end = layout.declaration_end(at);
                match well_formed(self.file, self.text, &lexemes[at..end]) {
                    Some(declaration) => declarations.push(declaration),
                    None => break,
                }
                at = end;
            }
            (declarations, at)
        });
        let mut end = 0;
        for ((part, at), range) in read.into_iter().zip(divided) {
            declarations.extend(part);
            end = at;
            if at < range.end {
                break;
            }
        }
        end
    }

    /// Reads the declaration at `at..end` and says where the next begins.
    fn declaration(
        &mut self,
        layout: &Layout<'_>,
        at: usize,
        mut end: usize,
        declarations: &mut Vec<Declaration>,
    ) -> usize {
        let before = self.findings.count();
        let mut result = self.read(&layout.lexemes()[at..end]);
        if let Err(failure) = &result
            && let Some(next) = layout.next_declaration(at, end - 1)
        {
            // The error may be that this declaration has no end: the next one is no part of it.
            if at + failure.at < next {
                end = next;
            } else if self.may_reread(failure.at) {
                end = next;
                result = self.read(&layout.lexemes()[at..end]);
            }
        }
        match result {
            Ok(declaration) => {
                if self.findings.count() == before {
                    declarations.push(declaration);
                }
                end
            }
            Err(failure) => {
                let next = layout.lexemes().get(end).copied();
                self.report_all(layout.lexemes()[at..end].to_vec(), failure, next);
                layout.after_failure(at, end)
            }
        }
    }

    /// Runs the generated parser over one declaration.
    fn read(&mut self, lexemes: &[Lexeme]) -> Result<Declaration, Failure> {
        let taken = Cell::new(0);
        let tokens = lexemes.iter().map(|lexeme| {
            taken.set(taken.get() + 1);
            (lexeme.start as usize, lexeme.token, lexeme.end as usize)
        });
        let mut context = Context { file: self.file, text: self.text, findings: self.findings };
        self.parser.parse(&mut context, tokens).map_err(|error| match error {
            ParseError::UnrecognizedEof { expected, .. } => Failure { at: lexemes.len(), expected },
            // The token refused is always the one taken last.
            ParseError::UnrecognizedToken { expected, .. } => Failure { at: taken.get() - 1, expected },
            ParseError::ExtraToken { .. } | ParseError::InvalidToken { .. } => {
                Failure { at: taken.get() - 1, expected: Vec::new() }
            }
            ParseError::User { error } => match error {},
        })
    }

    /// Reports a failure, and those behind it in the same declaration. `next` is the token after the declaration.
    fn report_all(&mut self, mut lexemes: Vec<Lexeme>, first: Failure, next: Option<Lexeme>) {
        let mut failure = first;
        loop {
            let layout = Layout::new(self.text, &lexemes);
            if let Some(diagnostic) = message::describe(self.file, self.text, &layout, &failure, next) {
                self.findings.report(diagnostic);
            }
            let more = !self.findings.too_many() && self.may_reread(lexemes.len());
            if !more || !recover::take_out_faulty_line(self.text, &mut lexemes, failure.at) {
                return;
            }
            match self.read(&lexemes) {
                // That the declaration has no end is not told again after another error: a lost bracket is the likely cause of both.
                Err(behind) if behind.at < lexemes.len() => failure = behind,
                _ => return,
            }
        }
    }

    /// Whether that many tokens may be read again; if so, they are counted.
    fn may_reread(&mut self, tokens: usize) -> bool {
        let rest = self.reread.checked_sub(tokens);
        self.reread = rest.unwrap_or(self.reread);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer;

    /// How many tokens a text has, and how many of them are read again.
    fn cost(text: &str) -> (usize, usize) {
        let mut findings = Findings::default();
        let lexemes = lexer::lex(FileId(0), text, &mut findings);
        let (file, parser) = (FileId(0), DeclarationParser::new());
        let mut reader = Reader { file, text, findings: &mut findings, parser, reread: MAX_REREAD };
        reader.declarations(&lexemes);
        (lexemes.len(), MAX_REREAD - reader.reread)
    }

    #[test]
    fn nothing_is_read_twice_without_errors() {
        assert_eq!(cost(&"permit a for R { require x; }\n".repeat(1_000)).1, 0);
    }

    /// What a text says does not depend on how many read it.
    #[test]
    fn large_files_read_as_small_ones_do() {
        let rules = "permit a for R where x == 1 { require y in { 1, 2 }; }\n".repeat(5_000);
        let slips = [
            "",
            "permit b for R { require x y; }\n",
            "permit b for R { require \"\\x\" == x; }\n",
            "permit b for R {\n",
            ") }\n",
        ];
        for slip in slips {
            let text = format!("package p;\n{rules}{slip}{rules}");
            let read = |all: &dyn Fn(&mut Reader<'_>, &[Lexeme]) -> Vec<Declaration>| {
                let mut findings = Findings::default();
                let lexemes = lexer::lex(FileId(0), &text, &mut findings);
                let (file, text, parser) = (FileId(0), text.as_str(), DeclarationParser::new());
                let mut reader = Reader { file, text, findings: &mut findings, parser, reread: MAX_REREAD };
                (format!("{:?}", all(&mut reader, &lexemes)), findings.into_diagnostics())
            };
            let at_once = read(&|reader, lexemes| reader.declarations(lexemes));
            let one_by_one = read(&|reader, lexemes| {
                let mut declarations = Vec::new();
                reader.one_by_one(&Layout::new(reader.text, lexemes), 0, &mut declarations);
                declarations
            });
            assert!(at_once == one_by_one, "{slip}");
            assert_eq!(at_once.1.is_empty(), slip.is_empty(), "{slip}");
        }
    }

    #[test]
    fn an_error_costs_no_more_than_its_declaration() {
        let well_formed = "permit a for R { require x; }\n".repeat(10_000);
        let (_, reread) = cost(&format!("{well_formed}permit b for R {{ require x y; }}\n{well_formed}"));
        assert!(reread <= 30, "{reread}");
    }

    /// Every template around an error makes a reader try again; the budget ends that.
    #[test]
    fn what_is_read_again_is_bounded() {
        let nested = format!(
            "{}{} ? {}",
            "template t() {\n".repeat(100),
            "permit a for R;\n".repeat(100_000),
            "}\n".repeat(100)
        );
        let (tokens, reread) = cost(&nested);
        assert!(tokens > 500_000 && reread <= MAX_REREAD, "{tokens} {reread}");
    }
}
