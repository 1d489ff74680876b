//! Reading snippets, and trees as short text.

use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::parse;
use atbac_grammar::span::{FileId, SourceMap, Span};
use atbac_grammar::syntax::*;

/// Adds the line that every file needs.
fn with_package(text: &str) -> String {
    format!("package p;\n{text}")
}

/// The tree of declarations without errors.
pub(crate) fn file(text: &str) -> File {
    let text = with_package(text);
    let parsed = parse(FileId(0), &text);
    assert_eq!(parsed.diagnostics, [], "in:\n{text}");
    parsed.file
}

/// The only item of a text without errors.
pub(crate) fn item(text: &str) -> ItemKind {
    let mut items = file(text).items;
    assert_eq!(items.len(), 1, "items in:\n{text}");
    items.remove(0).kind
}

/// What is wrong with declarations.
pub(crate) fn errors(text: &str) -> Vec<Diagnostic> {
    parse(FileId(0), &with_package(text)).diagnostics
}

/// The messages about declarations.
pub(crate) fn messages(text: &str) -> Vec<String> {
    errors(text).into_iter().map(|diagnostic| diagnostic.message).collect()
}

/// The only message about declarations, and the text it is about.
pub(crate) fn only_error(text: &str) -> (String, String) {
    let text = with_package(text);
    let diagnostics = parse(FileId(0), &text).diagnostics;
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?} in:\n{text}");
    (diagnostics[0].message.clone(), under(&text, diagnostics[0].primary.span))
}

/// The text under a span.
pub(crate) fn under(text: &str, span: Span) -> String {
    text[span.start as usize..span.end as usize].to_owned()
}

/// The tree without its spans.
pub(crate) fn plain(file: &File) -> String {
    let debug = format!("{file:?}");
    let mut parts = debug.split("span: ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':' || c == '.'))
}

/// An expression, read as the body of a predicate.
pub(crate) fn expression(text: &str) -> Expr {
    let ItemKind::Predicate(predicate) = item(&format!("predicate p() = {text};")) else {
        unreachable!("not a predicate")
    };
    predicate.body
}

/// A source map with one file.
pub(crate) fn source(name: &str, text: &str) -> (SourceMap, FileId) {
    let mut sources = SourceMap::default();
    let file = sources.add(name, text).expect("the text is short");
    (sources, file)
}

/// The structure of an expression with every bracket: `a and not b` is `(and a (not b))`.
pub(crate) fn shape(expr: &Expr) -> String {
    let list = |word: &str, parts: &[&Expr]| {
        let parts: Vec<String> = parts.iter().map(|part| shape(part)).collect();
        format!("({word} {})", parts.join(" "))
    };
    let all = |parts: &[Expr]| parts.iter().map(shape).collect::<Vec<_>>().join(" ");
    match &expr.value {
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Int(value) => value.to_string(),
        ExprKind::String(text) => format!("{text:?}"),
        ExprKind::Name(name) => name.to_string(),
        ExprKind::Field(base, name) => format!("(. {} {})", shape(base), name.value),
        ExprKind::Slice(base, bounds) => format!("(slice {} {} {})", shape(base), bounds[0].value, bounds[1].value),
        ExprKind::Set(elements) => format!("{{{}}}", all(elements)),
        ExprKind::List(elements) => format!("[{}]", all(elements)),
        ExprKind::Record { name, fields, rest } => {
            let fields: Vec<String> =
                fields.iter().map(|field| format!(" {}:{}", dotted(&field.path), shape(&field.value))).collect();
            let rest = rest.as_ref().map(|rest| format!(" ..{}", shape(rest))).unwrap_or_default();
            format!("(record {}{}{rest})", name.value, fields.concat())
        }
        ExprKind::Not(e) => list("not", &[e]),
        ExprKind::Negate(e) => list("neg", &[e]),
        ExprKind::Binary(op, a, b) => list(&format!("{:?}", op.value).to_lowercase(), &[a, b]),
        ExprKind::IsType(e, ty) => format!("(is {} {})", shape(e), ty.value),
        ExprKind::IsPresent(e) => list("present", &[e]),
        ExprKind::Call(callee, arguments) => {
            format!(
                "(call {}{})",
                dotted(callee),
                arguments.iter().map(|a| format!(" {}", shape(a))).collect::<String>()
            )
        }
        ExprKind::Quantifier { quantifier, variable, list, condition } => {
            format!(
                "({} {} {} {})",
                format!("{quantifier:?}").to_lowercase(),
                variable.value,
                shape(list),
                shape(condition)
            )
        }
        ExprKind::Count { distinct, variable, list, condition } => {
            let distinct = distinct.as_ref().map(|e| format!(" distinct {}", shape(e))).unwrap_or_default();
            let condition = condition.as_ref().map(|e| format!(" {}", shape(e))).unwrap_or_default();
            format!("(count{distinct} {} {}{condition})", variable.value, shape(list))
        }
        ExprKind::Match(e, arms) => {
            let arms: String = arms
                .iter()
                .map(|arm| format!(" ({} {} {})", arm.ty.value, arm.variable.value, shape(&arm.body)))
                .collect();
            format!("(match {}{arms})", shape(e))
        }
        ExprKind::If(c, a, b) => list("if", &[c, a, b]),
        literal => format!("{literal:?}"),
    }
}
