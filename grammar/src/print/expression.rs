//! Expressions, literals and types as text, with no more parentheses than needed.

use super::join;
use crate::literal::UNITS;
use crate::syntax::*;
use std::net::IpAddr;

/// How tightly an expression holds together: the levels of the grammar, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Implies,
    Or,
    And,
    Not,
    Comparison,
    Sum,
    Product,
    Unary,
    Postfix,
}

impl Level {
    /// The level of the operands that must hold together more tightly.
    fn tighter(self) -> Level {
        match self {
            Level::Implies => Level::Or,
            Level::Or => Level::And,
            Level::And => Level::Not,
            Level::Not => Level::Comparison,
            Level::Comparison => Level::Sum,
            Level::Sum => Level::Product,
            Level::Product => Level::Unary,
            Level::Unary | Level::Postfix => Level::Postfix,
        }
    }
}

fn level(expr: &ExprKind) -> Level {
    match expr {
        ExprKind::Binary(op, ..) => operator(op.value).1,
        ExprKind::Not(_) | ExprKind::Quantifier { .. } | ExprKind::If(..) => Level::Not,
        ExprKind::IsType(..) | ExprKind::IsPresent(_) => Level::Comparison,
        // A `.` after digits would be read as part of the number.
        ExprKind::Negate(_)
        | ExprKind::Int(_)
        | ExprKind::Duration(_)
        | ExprKind::Instant(_)
        | ExprKind::IpAddr(_)
        | ExprKind::Cidr(..) => Level::Unary,
        ExprKind::Bool(_)
        | ExprKind::String(_)
        | ExprKind::Bytes(..)
        | ExprKind::Oid(_)
        | ExprKind::Version(_)
        | ExprKind::Tcb(_)
        | ExprKind::Name(_)
        | ExprKind::Field(..)
        | ExprKind::Slice(..)
        | ExprKind::Set(_)
        | ExprKind::List(_)
        | ExprKind::Record { .. }
        | ExprKind::Call(..)
        | ExprKind::Count { .. }
        | ExprKind::Match(..) => Level::Postfix,
    }
}

fn operator(op: BinaryOp) -> (&'static str, Level) {
    match op {
        BinaryOp::Implies => ("implies", Level::Implies),
        BinaryOp::Or => ("or", Level::Or),
        BinaryOp::And => ("and", Level::And),
        BinaryOp::Eq => ("==", Level::Comparison),
        BinaryOp::Ne => ("!=", Level::Comparison),
        BinaryOp::Lt => ("<", Level::Comparison),
        BinaryOp::Le => ("<=", Level::Comparison),
        BinaryOp::Gt => (">", Level::Comparison),
        BinaryOp::Ge => (">=", Level::Comparison),
        BinaryOp::In => ("in", Level::Comparison),
        BinaryOp::Matches => ("matches", Level::Comparison),
        BinaryOp::StartsWith => ("starts_with", Level::Comparison),
        BinaryOp::EndsWith => ("ends_with", Level::Comparison),
        BinaryOp::Contains => ("contains", Level::Comparison),
        BinaryOp::SubsetOf => ("subset_of", Level::Comparison),
        BinaryOp::Add => ("+", Level::Sum),
        BinaryOp::Sub => ("-", Level::Sum),
        BinaryOp::Mul => ("*", Level::Product),
    }
}

/// Whether anything of the same expression follows to the right: then a quantifier or an `if` would swallow it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Last,
    Followed,
}

/// An expression that stands alone.
pub(super) fn expression(expr: &Expr) -> String {
    operand(expr, Level::Implies, Place::Last)
}

/// An expression as an operand that must hold together at least as tightly as `at_least`.
fn operand(expr: &Expr, at_least: Level, place: Place) -> String {
    let open = matches!(expr.value, ExprKind::Quantifier { .. } | ExprKind::If(..));
    if level(&expr.value) < at_least || open && place == Place::Followed {
        return format!("({})", expression(expr));
    }
    let tight = |expr: &Expr, level: Level| operand(expr, level, Place::Followed);
    match &expr.value {
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Int(value) => value.to_string(),
        ExprKind::String(text) => quoted(text),
        ExprKind::Duration(milliseconds) => duration(*milliseconds),
        ExprKind::Instant(milliseconds) => instant(*milliseconds),
        ExprKind::Bytes(form, bytes) => format!("{}\"{}\"", form.prefix(), hex::encode(bytes)),
        ExprKind::IpAddr(IpAddr::V4(address)) => address.to_string(),
        ExprKind::IpAddr(IpAddr::V6(address)) => format!("ip\"{address}\""),
        ExprKind::Cidr(IpAddr::V4(address), bits) => format!("{address}/{bits}"),
        ExprKind::Cidr(IpAddr::V6(address), bits) => format!("cidr\"{address}/{bits}\""),
        ExprKind::Oid(arcs) => format!("oid\"{}\"", arcs.iter().map(u64::to_string).collect::<Vec<_>>().join(".")),
        ExprKind::Version([major, minor, patch]) => format!("version\"{major}.{minor}.{patch}\""),
        ExprKind::Tcb(components) => {
            format!(
                "tcb {}",
                braced(components.iter().map(|(name, version)| format!("{}: {}", name.value, version.value)))
            )
        }
        ExprKind::Name(name) => name.to_string(),
        ExprKind::Field(base, name) => format!("{}.{}", tight(base, Level::Postfix), name.value),
        ExprKind::Slice(base, bounds) => {
            let [from, to] = &**bounds;
            format!("{}[{}..{}]", tight(base, Level::Postfix), from.value, to.value)
        }
        ExprKind::Set(elements) => braced(elements.iter().map(expression)),
        ExprKind::List(elements) => format!("[{}]", join(elements.iter().map(expression))),
        ExprKind::Record { name, fields, rest } => format!("{} {}", name.value, field_inits(fields, rest.as_deref())),
        ExprKind::Not(negated) => format!("not {}", operand(negated, Level::Not, place)),
        ExprKind::Negate(negated) => format!("-{}", operand(negated, Level::Unary, place)),
        ExprKind::Binary(op, a, b) => {
            let (word, level) = operator(op.value);
            // `implies` groups to the right, comparisons not at all, everything else to the left.
            let (left, right) = match level {
                Level::Implies => (Level::Or, Level::Implies),
                Level::Comparison => (Level::Sum, Level::Sum),
                level => (level, level.tighter()),
            };
            format!("{} {word} {}", tight(a, left), operand(b, right, place))
        }
        ExprKind::IsType(tested, ty) => format!("{} is {}", tight(tested, Level::Sum), ty.value),
        ExprKind::IsPresent(tested) => format!("{} is present", tight(tested, Level::Sum)),
        ExprKind::Call(callee, arguments) => format!("{}({})", dotted(callee), join(arguments.iter().map(expression))),
        ExprKind::Quantifier { quantifier, variable, list, condition } => {
            let word = match quantifier {
                Quantifier::Any => "any",
                Quantifier::All => "all",
            };
            format!("{word} {} in {}: {}", variable.value, tight(list, Level::Sum), expression(condition))
        }
        ExprKind::Count { distinct, variable, list, condition } => {
            let distinct =
                distinct.as_ref().map(|counted| format!("distinct {} for ", expression(counted))).unwrap_or_default();
            let condition =
                condition.as_ref().map(|condition| format!(" where {}", expression(condition))).unwrap_or_default();
            format!("count({distinct}{} in {}{condition})", variable.value, tight(list, Level::Sum))
        }
        ExprKind::Match(matched, arms) => {
            let arms =
                arms.iter().map(|arm| format!("{} {} => {}", arm.ty.value, arm.variable.value, expression(&arm.body)));
            format!("match {} {}", expression(matched), braced(arms))
        }
        ExprKind::If(condition, yes, no) => {
            format!("if {} then {} else {}", expression(condition), expression(yes), expression(no))
        }
    }
}

/// `{ path: value, ..rest }`
pub(super) fn field_inits(fields: &[FieldInit], rest: Option<&Expr>) -> String {
    let fields = fields.iter().map(|field| format!("{}: {}", dotted(&field.path), expression(&field.value)));
    braced(fields.chain(rest.map(|rest| format!("..{}", expression(rest)))))
}

fn braced(parts: impl Iterator<Item = String>) -> String {
    let inner = join(parts);
    if inner.is_empty() { "{}".to_owned() } else { format!("{{ {inner} }}") }
}

/// A string literal. What cannot be seen, and what changes the direction of text, is written as an escape.
pub(super) fn quoted(text: &str) -> String {
    let mut literal = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\t' => literal.push_str("\\t"),
            '\r' => literal.push_str("\\r"),
            c if c.is_control() || crate::lexer::is_bidi_control(c) => {
                literal.push_str(&format!("\\u{{{:x}}}", u32::from(c)))
            }
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

/// A duration as the language writes it: `5m`, `1h30m`, `0s`. A negative one, which no literal states, has a minus before it.
pub fn duration(milliseconds: i64) -> String {
    let mut rest = milliseconds.unsigned_abs();
    let mut text = if milliseconds < 0 { "-".to_owned() } else { String::new() };
    for (unit, factor) in UNITS {
        let count = rest / factor.unsigned_abs();
        rest %= factor.unsigned_abs();
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

fn instant(milliseconds: i64) -> String {
    // No tree from `parse` holds an instant outside the calendar.
    jiff::Timestamp::from_millisecond(milliseconds).unwrap_or(jiff::Timestamp::MAX).to_string()
}

/// A type as written.
pub(super) fn ty(written: &Type) -> String {
    match &written.value {
        TypeKind::Union(members) => members.iter().map(type_operand).collect::<Vec<_>>().join(" | "),
        _ => type_operand(written),
    }
}

/// A type where a union needs parentheses.
fn type_operand(written: &Type) -> String {
    match &written.value {
        TypeKind::Named(name, arguments) if arguments.is_empty() => name.value.to_string(),
        TypeKind::Named(name, arguments) => format!("{}<{}>", name.value, join(arguments.iter().map(type_argument))),
        TypeKind::List(element, length) => format!("[{}; {}]", ty(element), length.value),
        TypeKind::Optional(inner) => format!("{}?", type_operand(inner)),
        TypeKind::Union(_) => format!("({})", ty(written)),
    }
}

fn type_argument(argument: &TypeArgument) -> String {
    match argument {
        TypeArgument::Length(length) => length.value.to_string(),
        TypeArgument::Type(argument) => ty(argument),
    }
}
