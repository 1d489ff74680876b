//! A whole file: [`parse`], and the order of its declarations.

use crate::actions::Declaration;
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::findings::Findings;
use crate::lexer::{self, Lexeme};
use crate::parser;
use crate::span::{FileId, MAX_FILE_BYTES, Span};
use crate::syntax::File;
use crate::token::Token;

/// What could be read of a file, and everything that is wrong with it.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The tree. A declaration with syntax errors is not in it, so with [`Parsed::diagnostics`] it is not the whole file.
    pub file: File,
    /// Every syntax error, in the order of the text; empty for a well-formed file. At most [`crate::limits::MAX_DIAGNOSTICS`], and one more that
    /// says that the rest of the file was not read.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads one source file. It never panics, on any text; time and memory grow with the text's length.
pub fn parse(file: FileId, text: &str) -> Parsed {
    let mut findings = Findings::default();
    let mut tree = File { package: None, uses: Vec::new(), items: Vec::new() };
    if text.len() > MAX_FILE_BYTES {
        let message = format!("this file has {} bytes; a source file may have {MAX_FILE_BYTES}", text.len());
        let diagnostic = Diagnostic::error(codes::FILE_TOO_LARGE, Span::new(file, 0, 0), message);
        findings.report(diagnostic.help("large tables belong in reference values, not in policies"));
    } else {
        let lexemes = lexer::lex(file, text, &mut findings);
        let declarations = parser::declarations(file, text, &lexemes, &mut findings);
        arrange(&mut tree, declarations, &mut findings);
        require_package(file, &tree, &lexemes, &mut findings);
    }
    Parsed { file: tree, diagnostics: findings.into_diagnostics() }
}

/// Puts the declarations in their places: the package first, then the uses, then everything else in any order.
pub(crate) fn arrange(tree: &mut File, declarations: Vec<Declaration>, findings: &mut Findings) {
    tree.items.reserve_exact(declarations.len());
    for declaration in declarations {
        match declaration {
            Declaration::Package(package, span) => {
                if let Some(first) = &tree.package {
                    let message = "a file belongs to one package";
                    let diagnostic = Diagnostic::error(codes::MISPLACED_DECLARATION, span, message)
                        .and(first.name.span, "already named here");
                    findings.report(diagnostic.help("remove one of the two `package` lines"));
                } else if tree.uses.is_empty() && tree.items.is_empty() {
                    tree.package = Some(package);
                } else {
                    let message = "`package` stands after other declarations";
                    findings.report(
                        Diagnostic::error(codes::MISPLACED_DECLARATION, span, message)
                            .help("make it the first line of the file"),
                    );
                    tree.package = Some(package);
                }
            }
            Declaration::Use(r#use) => {
                if !tree.items.is_empty() {
                    let message = "`use` stands after other declarations";
                    let diagnostic = Diagnostic::error(codes::MISPLACED_DECLARATION, r#use.span, message);
                    findings.report(
                        diagnostic.help("put every `use` between the `package` line and the first declaration"),
                    );
                }
                tree.uses.push(r#use);
            }
            Declaration::Item(item) => tree.items.push(*item),
        }
    }
}

/// Every file says which package it belongs to. Where the `package` line should be, something that was misread may have been meant as one, and has
/// been reported.
pub(crate) fn require_package(file: FileId, tree: &File, lexemes: &[Lexeme], findings: &mut Findings) {
    let begins = |lexeme: &&Lexeme| !matches!(lexeme.token, Token::Doc | Token::AtSign);
    let other = |token: Token| token.begins_declaration() && token != Token::Package;
    if tree.package.is_none() && lexemes.iter().find(begins).is_none_or(|first| other(first.token)) {
        let start = lexemes.first().map_or(0, |lexeme| lexeme.start);
        let diagnostic = Diagnostic::error(
            codes::MISSING_PACKAGE,
            Span { file, start, end: start },
            "this file does not name its package",
        );
        findings.report(diagnostic.help("begin it with a line such as `package payments.approver;`"));
    }
}
