//! The values that a policy compares with: questions made of them come near its edges, as random ones hardly ever do.

use atbac_compiler::checked::{Condition, Line, Policy, Rule, Term, TermKind};
use atbac_compiler::types::{Schema, Type};
use atbac_compiler::value::Value;
use std::collections::HashMap;

/// Values by the form of their type.
#[derive(Default)]
pub struct Constants {
    by_type: HashMap<Type, Vec<Value>>,
}

impl Constants {
    /// Every value written in the conditions of a policy.
    pub fn of(policy: &Policy) -> Self {
        Constants::of_lines(policy.rules.iter().flat_map(|rule| &rule.lines))
    }

    /// Every value written in the conditions of a rule.
    pub fn of_rule(rule: &Rule) -> Self {
        Constants::of_lines(rule.lines.iter())
    }

    fn of_lines<'p>(lines: impl Iterator<Item = &'p Line>) -> Self {
        let mut constants = Constants::default();
        lines.for_each(|line| constants.add_condition(&line.condition));
        constants
    }

    /// The values of this type, as far as known.
    pub fn of_type(&self, ty: &Type) -> &[Value] {
        self.by_type.get(&form(ty)).map_or(&[], Vec::as_slice)
    }

    /// Every length of time, in milliseconds.
    pub fn durations(&self) -> Vec<i64> {
        let milliseconds =
            |value: &Value| if let Value::Duration(milliseconds) = value { Some(*milliseconds) } else { None };
        self.of_type(&Type::Duration).iter().filter_map(milliseconds).collect()
    }

    /// Adds a value, and all values inside it.
    pub fn add(&mut self, schema: &Schema, ty: &Type, value: &Value) {
        match (ty, value) {
            (_, Value::Absent) => {}
            (Type::Optional(inner), value) => self.add(schema, inner, value),
            (Type::Struct(id), Value::Struct(_, values)) => {
                for (field, value) in schema.structure(*id).fields.iter().zip(values) {
                    self.add(schema, &field.ty, value);
                }
            }
            (Type::Set(element) | Type::List(element, _), Value::Set(values) | Value::List(values)) => {
                values.iter().for_each(|value| self.add(schema, element, value));
            }
            (ty, value) => self.insert(ty, value),
        }
    }

    fn insert(&mut self, ty: &Type, value: &Value) {
        // What is compared may be of another length, and then is no value of the type.
        if let (Type::FixedBytes(length) | Type::Digest(length), Value::Bytes(bytes)) = (ty, value)
            && bytes.len() != *length as usize
        {
            return;
        }
        let values = self.by_type.entry(form(ty)).or_default();
        if !values.contains(value) {
            values.push(value.clone());
        }
    }

    fn add_term(&mut self, term: &Term) {
        match (&term.kind, &term.ty) {
            (TermKind::Constant(Value::Set(values)), Type::Set(element)) => {
                values.iter().for_each(|value| self.insert(element, value));
            }
            (TermKind::Constant(value), ty) => self.insert(ty, value),
            _ => term.parts().for_each(|part| self.add_term(part)),
        }
    }

    fn add_condition(&mut self, condition: &Condition) {
        condition.terms().for_each(|term| self.add_term(term));
        match condition {
            Condition::In(term, values) => values.iter().for_each(|value| self.insert(&term.ty, value)),
            // A text that matches, with something for every `*` and `?`.
            Condition::Matches(_, glob) => {
                let text: String =
                    glob.pattern().iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { 'x' }).collect();
                self.insert(&Type::String, &Value::string(text));
            }
            // The network's own address, and its neighbour outside.
            Condition::InNetwork(_, Term { kind: TermKind::Constant(Value::Cidr(network, _)), .. }) => {
                self.insert(&Type::IpAddr, &Value::IpAddr(*network));
            }
            Condition::Before(instant) => self.insert(&Type::Instant, &Value::Instant(*instant)),
            _ => {}
        }
        condition.parts().iter().for_each(|part| self.add_condition(part));
    }
}

/// A digest is compared with bytes of its length.
fn form(ty: &Type) -> Type {
    if let Type::Digest(length) = ty { Type::FixedBytes(*length) } else { ty.clone() }
}
