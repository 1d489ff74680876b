//! Values that are written out: in tests, in samples, and on the sides of comparisons.

use super::names::Definition;
use super::{Checker, listed};
use crate::checked::TermKind;
use crate::types::{StructId, Type};
use crate::value::{TCB_NAMES, Tcb, Value};
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::syntax::{Expr, ExprKind, FieldInit};

/// How long after the instant of a test its sample evidence expires, in milliseconds: one day.
pub const SAMPLE_VALIDITY: i64 = 24 * 60 * 60 * 1000;

impl Checker<'_> {
    /// The value of a written-out expression of type `ty`.
    ///
    /// `at` is the clock of the test it stands in, which `sample` needs; `None` elsewhere.
    pub(super) fn constant(&mut self, file: usize, expression: &Expr, ty: &Type, at: Option<i64>) -> Option<Value> {
        let span = expression.span;
        let value = match (&expression.value, ty) {
            (_, Type::Optional(inner)) => match &expression.value {
                ExprKind::Field(base, _) if at.is_some() && !self.is_enum(file, base) => {
                    let (value, found) = self.sample_path(file, expression, at)?;
                    if found == *ty || found == **inner {
                        return Some(value);
                    }
                    return self.mismatch(expression, ty, &found);
                }
                _ => return self.constant(file, expression, inner, at),
            },
            (ExprKind::Bool(value), Type::Bool) => Value::Bool(*value),
            (ExprKind::Int(value), Type::Int) => Value::Int(*value),
            (ExprKind::Negate(inner), Type::Int) if matches!(inner.value, ExprKind::Int(_)) => {
                let ExprKind::Int(value) = inner.value else { return None };
                Value::Int(value.checked_neg()?)
            }
            (ExprKind::String(text), Type::String) => Value::string(text.as_str()),
            (ExprKind::Duration(value), Type::Duration) => Value::Duration(*value),
            (ExprKind::Instant(value), Type::Instant) => Value::Instant(*value),
            (ExprKind::Bytes(_, bytes), Type::Bytes) => Value::Bytes(bytes.as_slice().into()),
            (ExprKind::Bytes(_, bytes), Type::FixedBytes(length) | Type::Digest(length)) => {
                if bytes.len() != *length as usize {
                    let message = format!("a {}-byte literal can never equal a `{}`", bytes.len(), self.show(ty));
                    self.report(
                        Diagnostic::error(codes::DIGEST_LENGTH, span, message)
                            .labelled(format!("{} bytes", bytes.len()))
                            .help(length_help(*length)),
                    );
                    return None;
                }
                Value::Bytes(bytes.as_slice().into())
            }
            (ExprKind::Tcb(components), Type::Tcb) => Value::Tcb(self.tcb(components)?),
            (ExprKind::Version(numbers), Type::Version) => Value::Version(*numbers),
            (ExprKind::IpAddr(address), Type::IpAddr) => Value::address(*address),
            (ExprKind::Cidr(network, length), Type::Cidr) => Value::network(*network, *length),
            (ExprKind::Oid(arcs), Type::Oid) => Value::Oid(arcs.as_slice().into()),
            (ExprKind::Name(name), _) if let Some(argument) = self.argument_of_template(name) => {
                if argument.ty != *ty {
                    return self.mismatch(expression, ty, &argument.ty);
                }
                if let Type::Enum(id) = ty
                    && self.case(*id, name).is_some()
                {
                    let message = format!("`{name}` is both a parameter of this template and a case");
                    return self.error(codes::AMBIGUOUS_NAME, span, message);
                }
                let TermKind::Constant(value) = &argument.kind else { return None };
                value.clone()
            }
            (ExprKind::Name(name), Type::Enum(id)) => {
                let Some(case) = self.case(*id, name) else {
                    let known: Vec<String> =
                        self.schema.enumeration(*id).cases.iter().map(|case| case.name.clone()).collect();
                    let what = format!("case of `{}` called", self.schema.enumeration(*id).name);
                    return self.unknown(span, &what, name, known);
                };
                Value::Case(*id, case)
            }
            (ExprKind::Set(elements), Type::Set(element)) => Value::set(self.constants(file, elements, element, at)?),
            (ExprKind::List(elements), Type::List(element, most)) => {
                let values = self.constants(file, elements, element, at)?;
                if values.len() > *most as usize {
                    let message = format!("{} elements in a list of at most {most}", values.len());
                    return self.error(codes::TYPE_MISMATCH, span, message);
                }
                Value::List(values)
            }
            (ExprKind::Record { name, fields, rest }, Type::Struct(_) | Type::Union(_)) => {
                let id = self.struct_named(file, name)?;
                let fits = match ty {
                    Type::Struct(wanted) => *wanted == id,
                    Type::Union(kinds) => kinds.contains(&id),
                    _ => false,
                };
                if !fits {
                    return self.mismatch(expression, ty, &Type::Struct(id));
                }
                self.record(file, id, fields, rest.as_deref(), expression, at)?
            }
            (ExprKind::Field(base, _), _) => {
                // `Action.approve_payment`, or a path from a sample.
                if let (ExprKind::Name(name), Type::Enum(id), ExprKind::Field(_, case)) =
                    (&base.value, ty, &expression.value)
                    && self.names.get(file, name) == Some(Definition::Enum(*id))
                {
                    let bare = Expr::new(ExprKind::Name(case.value.clone()), case.span);
                    return self.constant(file, &bare, ty, at);
                }
                let (value, found) = self.sample_path(file, expression, at)?;
                let fits = found == *ty
                    || matches!((ty, &found), (Type::Union(kinds), Type::Struct(id)) if kinds.contains(id));
                if !fits {
                    return self.mismatch(expression, ty, &found);
                }
                value
            }
            _ => return self.mismatch_expression(expression, ty),
        };
        Some(value)
    }

    /// Whether an expression is the name of an enum, and what follows it a case.
    fn is_enum(&self, file: usize, expression: &Expr) -> bool {
        match &expression.value {
            ExprKind::Name(name) => matches!(self.names.get(file, name), Some(Definition::Enum(_))),
            _ => false,
        }
    }

    fn constants(&mut self, file: usize, elements: &[Expr], ty: &Type, at: Option<i64>) -> Option<Vec<Value>> {
        // All are checked, so that all errors are reported.
        let values: Vec<Option<Value>> = elements.iter().map(|element| self.constant(file, element, ty, at)).collect();
        values.into_iter().collect()
    }

    /// The components of a `tcb { … }`.
    pub(super) fn tcb(
        &mut self,
        components: &[(atbac_grammar::syntax::Name, atbac_grammar::span::Node<i64>)],
    ) -> Option<Tcb> {
        let mut seen: Vec<(&str, u8)> = Vec::new();
        for (name, version) in components {
            if !TCB_NAMES.contains(&name.value.as_str()) {
                return self.unknown(name.span, "component of a `Tcb` called", &name.value, TCB_NAMES);
            }
            if seen.iter().any(|(known, _)| *known == name.value) {
                return self.error(
                    codes::DUPLICATE_NAME,
                    name.span,
                    format!("component `{}` is given twice", name.value),
                );
            }
            let Ok(number) = u8::try_from(version.value) else {
                let message = format!("the version of a component is 0 to 255, not {}", version.value);
                return self.error(codes::TYPE_MISMATCH, version.span, message);
            };
            seen.push((&name.value, number));
        }
        Tcb::new(seen).ok()
    }

    /// `Snp { policy.debug: true, ..Snp.sample }`
    fn record(
        &mut self,
        file: usize,
        id: StructId,
        fields: &[FieldInit],
        rest: Option<&Expr>,
        whole: &Expr,
        at: Option<i64>,
    ) -> Option<Value> {
        let count = self.schema.structure(id).fields.len();
        let mut values: Vec<Option<Value>> = vec![None; count];
        if let Some(rest) = rest {
            let Value::Struct(_, base) = self.constant(file, rest, &Type::Struct(id), at)? else { return None };
            values = base.into_iter().map(Some).collect();
        }
        let mut sound = true;
        for init in fields {
            sound &= self.set_field(file, id, &mut values, init, 0, at).is_some();
        }
        if !sound {
            return None;
        }
        let optional = |field: &crate::types::Field| matches!(field.ty, Type::Optional(_));
        let structure = self.schema.structure(id);
        let missing: Vec<&str> = (structure.fields.iter().zip(&values))
            .filter(|(field, value)| value.is_none() && !optional(field))
            .map(|(field, _)| field.name.as_str())
            .collect();
        if !missing.is_empty() {
            let name = structure.name.clone();
            let message = format!("`{name}` needs {} too", listed(missing).replace(" or ", " and "));
            self.report(
                Diagnostic::error(codes::TYPE_MISMATCH, whole.span, message)
                    .help(format!("or take the others from `..{name}.sample`")),
            );
            return None;
        }
        Some(Value::Struct(id, values.into_iter().map(|value| value.unwrap_or(Value::Absent)).collect()))
    }

    /// Sets the field at the end of a path; the values on the way must be there, from a `..` or an earlier line.
    fn set_field(
        &mut self,
        file: usize,
        id: StructId,
        values: &mut [Option<Value>],
        init: &FieldInit,
        depth: usize,
        at: Option<i64>,
    ) -> Option<()> {
        let name = &init.path.value[depth];
        let index = self.field_index(id, name)?;
        let ty = self.schema.structure(id).fields[index].ty.clone();
        if depth + 1 == init.path.value.len() {
            values[index] = Some(self.constant(file, &init.value, &ty, at)?);
            return Some(());
        }
        self.set_inside(file, &mut values[index], init, depth + 1, at)
    }

    /// Sets a field inside a value that is there already.
    pub(super) fn set_inside(
        &mut self,
        file: usize,
        value: &mut Option<Value>,
        init: &FieldInit,
        depth: usize,
        at: Option<i64>,
    ) -> Option<()> {
        let Some(Value::Struct(id, fields)) = value.take() else {
            let name = &init.path.value[depth - 1];
            let message = format!("`{}` has no value here whose fields could be set", name.value);
            return self.error(codes::TYPE_MISMATCH, name.span, message);
        };
        let mut fields: Vec<Option<Value>> = fields.into_iter().map(Some).collect();
        let done = self.set_field(file, id, &mut fields, init, depth, at);
        let fields = fields.into_iter().map(|field| field.unwrap_or(Value::Absent)).collect();
        *value = Some(Value::Struct(id, fields));
        done
    }

    /// The position of a field in a struct.
    pub(super) fn field_index(&mut self, id: StructId, name: &atbac_grammar::syntax::Name) -> Option<usize> {
        let structure = self.schema.structure(id);
        if let Some(at) = structure.fields.iter().position(|field| field.name == name.value) {
            return Some(at);
        }
        if self.refused_fields.iter().any(|(owner, field)| *owner == id && *field == name.value) {
            return None;
        }
        let known: Vec<String> = structure.fields.iter().map(|field| field.name.clone()).collect();
        let message = format!("`{}` has no field `{}`", structure.name, name.value);
        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, name.span, message);
        let diagnostic = self.suggested(diagnostic, &name.value, known);
        self.report(diagnostic);
        None
    }

    /// `Snp.sample` and fields of it, with the type.
    fn sample_path(&mut self, file: usize, expression: &Expr, at: Option<i64>) -> Option<(Value, Type)> {
        let ExprKind::Field(base, field) = &expression.value else {
            return self.error(codes::TYPE_MISMATCH, expression.span, "a value must be written out here");
        };
        if let (ExprKind::Name(name), "sample", Some(at)) = (&base.value, field.value.as_str(), at) {
            let name = atbac_grammar::span::Node::new(name.clone(), base.span);
            let id = self.struct_named(file, &name)?;
            return Some((sample(&self.schema, &Type::Struct(id), at), Type::Struct(id)));
        }
        let (value, ty) = self.sample_path(file, base, at)?;
        let (Value::Struct(_, mut values), Type::Struct(id)) = (value, ty) else {
            return self.error(codes::TYPE_MISMATCH, field.span, format!("this value has no field `{}`", field.value));
        };
        let index = self.field_index(id, field)?;
        Some((values.swap_remove(index), self.schema.structure(id).fields[index].ty.clone()))
    }

    /// Reports a written-out value of another type than is needed.
    pub(super) fn mismatch<T>(&mut self, expression: &Expr, wanted: &Type, found: &Type) -> Option<T> {
        let message = format!("expected `{}`, found `{}`", self.show(wanted), self.show(found));
        let help = self.length_is_open(wanted, found).or_else(|| self.form_help(expression, wanted));
        self.report(Diagnostic { help, ..Diagnostic::error(codes::TYPE_MISMATCH, expression.span, message) });
        None
    }

    /// What to do about bytes that may be of another length than is wanted.
    fn length_is_open(&self, wanted: &Type, found: &Type) -> Option<String> {
        let element = |ty: &Type| if let Type::Set(element) = ty { (**element).clone() } else { ty.clone() };
        match (element(wanted), element(found)) {
            (Type::FixedBytes(_) | Type::Digest(_), Type::Bytes) => Some(format!(
                "declare it as `{}`: bytes of another length are then refused where they come in",
                self.show(wanted)
            )),
            _ => None,
        }
    }

    /// What a literal of another type was probably meant to be.
    fn form_help(&self, expression: &Expr, wanted: &Type) -> Option<String> {
        match (wanted, &expression.value) {
            (Type::Enum(id), ExprKind::String(text)) if self.case(*id, text).is_some() => {
                Some(format!("a case is written without quotes: `{text}`"))
            }
            (Type::Duration, ExprKind::Int(number)) => {
                Some(format!("a duration has a unit: `{number}s`, `{number}m`, `{number}h`, …"))
            }
            (Type::Int, ExprKind::String(text)) if text.parse::<i64>().is_ok() => {
                Some(format!("a number is written without quotes: `{text}`"))
            }
            (Type::IpAddr, ExprKind::String(text)) if text.parse::<std::net::Ipv4Addr>().is_ok() => {
                Some(format!("an address is written without quotes: `{text}`"))
            }
            (Type::IpAddr, ExprKind::String(text)) if text.parse::<std::net::Ipv6Addr>().is_ok() => {
                Some(format!("an IPv6 address is written `ip\"{text}\"`"))
            }
            (Type::Version, ExprKind::String(text)) => Some(format!("a version is written `version\"{text}\"`")),
            (Type::Oid, ExprKind::String(text)) => Some(format!("an object identifier is written `oid\"{text}\"`")),
            (Type::Digest(_) | Type::FixedBytes(_) | Type::Bytes, ExprKind::String(_)) => {
                Some("bytes are written in hex: `hex\"a1b2\"`, `sha384\"…\"`".to_owned())
            }
            _ => None,
        }
    }

    fn mismatch_expression<T>(&mut self, expression: &Expr, wanted: &Type) -> Option<T> {
        let found = match &expression.value {
            ExprKind::Bool(_) => "a truth value",
            ExprKind::Int(_) => "a number",
            ExprKind::String(_) => "a string",
            ExprKind::Duration(_) => "a duration",
            ExprKind::Instant(_) => "an instant",
            ExprKind::Bytes(..) => "bytes",
            ExprKind::IpAddr(_) => "an IP address",
            ExprKind::Cidr(..) => "an IP network",
            ExprKind::Oid(_) => "an object identifier",
            ExprKind::Version(_) => "a version",
            ExprKind::Tcb(_) => "a `Tcb`",
            ExprKind::Set(_) => "a set",
            ExprKind::List(_) => "a list",
            ExprKind::Record { .. } => "a record",
            _ => "an expression",
        };
        let shown = self.show(wanted);
        let message = format!("expected a written-out `{shown}`, found {found}");
        let help = self.form_help(expression, wanted);
        self.report(Diagnostic { help, ..Diagnostic::error(codes::TYPE_MISMATCH, expression.span, message) });
        None
    }
}

/// What else has a length that people write down.
pub(super) fn length_help(wanted: u32) -> &'static str {
    match wanted {
        48 => {
            "an SNP launch digest and a TDX measurement are SHA-384, 48 bytes; an SGX enclave's MRENCLAVE is SHA-256, 32 bytes"
        }
        32 => {
            "an SGX enclave's MRENCLAVE is SHA-256, 32 bytes; an SNP launch digest and a TDX measurement are SHA-384, 48 bytes"
        }
        64 => "report data is 64 bytes: a shorter digest is padded with zeros",
        _ => "write all bytes of the value",
    }
}

/// A genuine-looking value of a type, verified at `at`.
pub(super) fn sample(schema: &crate::types::Schema, ty: &Type, at: i64) -> Value {
    match ty {
        Type::Bool => Value::Bool(false),
        Type::Int => Value::Int(0),
        Type::String => Value::string(""),
        Type::Bytes => Value::Bytes(Box::default()),
        Type::FixedBytes(length) | Type::Digest(length) => Value::Bytes(vec![0; *length as usize].into()),
        Type::Duration => Value::Duration(0),
        Type::Instant => Value::Instant(at),
        Type::Tcb => Value::Tcb(Tcb::default()),
        Type::Version => Value::Version([0; 3]),
        Type::IpAddr => Value::IpAddr(std::net::Ipv4Addr::LOCALHOST.into()),
        Type::Cidr => Value::Cidr(std::net::Ipv4Addr::LOCALHOST.into(), 32),
        Type::Oid => Value::Oid(Box::default()),
        Type::Set(_) => Value::Set(Vec::new()),
        Type::List(..) => Value::List(Vec::new()),
        Type::Optional(_) => Value::Absent,
        Type::Enum(id) => Value::Case(*id, 0),
        Type::Union(kinds) => kinds.first().map_or(Value::Absent, |kind| sample(schema, &Type::Struct(*kind), at)),
        Type::Struct(id) => {
            let structure = schema.structure(*id);
            let expires_at = structure.evidence.as_ref().map(|evidence| evidence.expires_at);
            let field = |(index, field): (usize, &crate::types::Field)| match &field.sample {
                Some(value) => value.clone(),
                None if expires_at == Some(index) => Value::Instant(at.saturating_add(SAMPLE_VALIDITY)),
                None => sample(schema, &field.ty, at),
            };
            Value::Struct(*id, structure.fields.iter().enumerate().map(field).collect())
        }
    }
}
