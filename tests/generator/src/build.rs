//! Surface trees without spans: what is generated stands nowhere until it is printed.

use atbac_grammar::span::{FileId, Node, Span};
use atbac_grammar::syntax::{
    Attribute, BinaryOp, BytesForm, Expr, ExprKind, FieldInit, Item, ItemKind, Name, Path, Quantifier, Statement,
    StatementKind, Type, TypeArgument, TypeKind, Word,
};

pub(crate) fn nowhere() -> Span {
    Span::new(FileId(0), 0, 0)
}

pub(crate) fn node<T>(value: T) -> Node<T> {
    Node::new(value, nowhere())
}

pub(crate) fn name(text: impl Into<Word>) -> Name {
    node(text.into())
}

/// A sentence, or the title of something.
pub(crate) fn sentence(text: impl Into<String>) -> Node<String> {
    node(text.into())
}

/// A dotted name.
pub(crate) fn path(text: &str) -> Path {
    node(text.split('.').map(name).collect())
}

pub(crate) fn variable(text: impl Into<Word>) -> Expr {
    node(ExprKind::Name(text.into()))
}

pub(crate) fn field(base: Expr, field: &str) -> Expr {
    node(ExprKind::Field(Box::new(base), Box::new(name(field))))
}

pub(crate) fn text(text: impl Into<Word>) -> Expr {
    node(ExprKind::String(text.into()))
}

pub(crate) fn int(value: i64) -> Expr {
    match value.checked_neg() {
        Some(positive) if value < 0 => node(ExprKind::Negate(Box::new(node(ExprKind::Int(positive))))),
        _ => node(ExprKind::Int(value)),
    }
}

pub(crate) fn duration(milliseconds: i64) -> Expr {
    node(ExprKind::Duration(milliseconds))
}

pub(crate) fn instant(milliseconds: i64) -> Expr {
    node(ExprKind::Instant(milliseconds))
}

pub(crate) fn hex(bytes: Vec<u8>) -> Expr {
    node(ExprKind::Bytes(BytesForm::Hex, bytes))
}

pub(crate) fn set(elements: Vec<Expr>) -> Expr {
    node(ExprKind::Set(elements))
}

pub(crate) fn not(inner: Expr) -> Expr {
    node(ExprKind::Not(Box::new(inner)))
}

pub(crate) fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    node(ExprKind::Binary(node(op), Box::new(left), Box::new(right)))
}

/// All of these; there must be some.
pub(crate) fn all_of(operands: Vec<Expr>) -> Expr {
    chain(BinaryOp::And, operands)
}

/// Any of these; there must be some.
pub(crate) fn any_of(operands: Vec<Expr>) -> Expr {
    chain(BinaryOp::Or, operands)
}

fn chain(op: BinaryOp, operands: Vec<Expr>) -> Expr {
    operands
        .into_iter()
        .reduce(|left, right| binary(op, left, right))
        .unwrap_or_else(|| node(ExprKind::Bool(op == BinaryOp::And)))
}

pub(crate) fn call(function: &str, arguments: Vec<Expr>) -> Expr {
    node(ExprKind::Call(Box::new(path(function)), arguments))
}

pub(crate) fn present(value: Expr) -> Expr {
    node(ExprKind::IsPresent(Box::new(value)))
}

pub(crate) fn is(value: Expr, kind: &str) -> Expr {
    node(ExprKind::IsType(Box::new(value), Box::new(name(kind))))
}

pub(crate) fn choose(condition: Expr, then: Expr, otherwise: Expr) -> Expr {
    node(ExprKind::If(Box::new(condition), Box::new(then), Box::new(otherwise)))
}

pub(crate) fn quantified(quantifier: Quantifier, variable: &str, list: Expr, condition: Expr) -> Expr {
    let (variable, list, condition) = (Box::new(name(variable)), Box::new(list), Box::new(condition));
    node(ExprKind::Quantifier { quantifier, variable, list, condition })
}

pub(crate) fn named(ty: &str) -> Type {
    node(TypeKind::Named(name(ty), Vec::new()))
}

pub(crate) fn of_length(ty: &str, length: u32) -> Type {
    node(TypeKind::Named(name(ty), vec![TypeArgument::Length(node(length.into()))]))
}

pub(crate) fn item(kind: ItemKind) -> Item {
    Item { docs: Vec::new(), attributes: Vec::new(), kind, span: nowhere() }
}

pub(crate) fn attribute(attribute: &str, arguments: Vec<(Option<&str>, Expr)>) -> Attribute {
    let arguments = arguments.into_iter().map(|(key, value)| (key.map(name), value)).collect();
    Attribute { name: name(attribute), arguments, span: nowhere() }
}

pub(crate) fn statement(kind: StatementKind) -> Statement {
    Statement { kind, span: nowhere() }
}

/// `require condition else "…";`
pub(crate) fn require(condition: Expr, sentence: impl Into<String>) -> Statement {
    statement(StatementKind::Require { condition, sentence: Some(self::sentence(sentence)) })
}

pub(crate) fn init(field: &str, value: Expr) -> FieldInit {
    FieldInit { path: path(field), value }
}
