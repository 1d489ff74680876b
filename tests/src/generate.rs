//! Questions at random, near the edges of a policy: values from its own constants, or one off, as often as any; instants at and around every bound.

use crate::constants::Constants;
use crate::evidence::Evidence;
use crate::twins::set_all;
use atbac_compiler::time::{DURATION_RANGE, INSTANT_RANGE};
use atbac_compiler::types::{Request, RequestField, Schema, StructId, Type};
use atbac_compiler::value::{TCB_NAMES, Tcb, Value};
use atbac_engine::evidence::Claim;
use atbac_engine::{InputError, json};
use atbac_generator::Tape;
use atbac_grammar::syntax::{Provenance, Stage};
use serde_json::{Map, Value as Json, json};
use std::net::IpAddr;

/// What questions to a policy are made of.
#[derive(Clone, Copy)]
pub struct Generator<'a> {
    /// The policy's schema.
    pub schema: &'a Schema,
    /// What it compares with.
    pub constants: &'a Constants,
    /// What one of its rules compares with, if questions are to come near all edges of that one.
    pub near: Option<&'a Constants>,
    /// Evidence for attested fields.
    pub evidence: &'a [Evidence],
    /// The instant around which everything happens, in milliseconds.
    pub base: i64,
}

/// The fields of one stage.
pub struct Fields<'a> {
    /// Evidence for each attested field; for one that is a list, each element of it.
    pub attested: Vec<(String, &'a Evidence)>,
    /// Every other field.
    pub json: Map<String, Json>,
    /// All of it as values, in the order of the request's fields; nothing for those of the other stage.
    pub values: Vec<Option<Value>>,
}

impl Fields<'_> {
    /// Sets all of them.
    ///
    /// # Errors
    /// The first that does not fit.
    pub fn set(&self, known: atbac_engine::Fields) -> Result<atbac_engine::Fields, InputError> {
        let known = self.attested.iter().try_fold(known, |known, (name, evidence)| evidence.set(known, name))?;
        set_all(known, &self.json)
    }
}

impl<'a> Generator<'a> {
    /// The requests that can be asked: all but those with evidence of which there is none to give.
    pub fn requests(&self) -> Vec<&'a Request> {
        let can_be_given = |field: &RequestField| {
            let attested = field.provenance == Provenance::Attested;
            let can_be_said = attested || can_be_said(self.schema, &field.ty);
            let can_be_left_out = !attested || matches!(field.ty, Type::Optional(_) | Type::List(..));
            // Two pieces of hardware's evidence are bound by a key that the peer holds, and a challenge is answered once: no question that is made up has either.
            let can_be_proven = !attested || field.bound_to.is_none() && !field.challenged;
            can_be_said && can_be_proven && (can_be_left_out || !self.fitting(&field.ty).is_empty())
        };
        self.schema.requests.iter().filter(|request| request.fields.iter().all(can_be_given)).collect()
    }

    /// The fields of one stage of a request. A session is bound where the policy asks for it.
    pub fn fields(&self, tape: &mut Tape<'_>, request: &Request, stage: Stage) -> Fields<'a> {
        let mut fields = Fields { attested: Vec::new(), json: Map::new(), values: vec![None; request.fields.len()] };
        for (at, field) in request.fields.iter().enumerate().filter(|(_, field)| field.stage == stage) {
            if field.provenance == Provenance::Attested {
                fields.values[at] = Some(self.attested(tape, field, &mut fields.attested));
                continue;
            }
            let mut value = self.value(tape, &field.ty);
            if let Some(anchor) = field.bound_to
                && let Some((_, anchor)) = fields.attested.iter().find(|(name, _)| *name == request.fields[anchor].name)
                && let Some(Claim::Bytes(report_data)) = anchor.claims().get("report_data")
            {
                self.set_key_digest(&mut value, report_data);
            }
            fields.json.insert(field.name.clone(), json::value(self.schema, &value));
            fields.values[at] = Some(value);
        }
        fields
    }

    /// Evidence for an attested field, and the value that it makes of it.
    fn attested(&self, tape: &mut Tape<'_>, field: &RequestField, given: &mut Vec<(String, &'a Evidence)>) -> Value {
        let fitting = self.fitting(&field.ty);
        let count = match &field.ty {
            Type::Optional(_) if fitting.is_empty() => 0,
            Type::Optional(_) => tape.below(2),
            Type::List(_, most) => tape.below((*most).min(4) as usize + 1),
            _ => 1,
        };
        let chosen: Vec<&'a Evidence> = (0..count).map(|_| *tape.one_of(&fitting)).collect();
        given.extend(chosen.iter().map(|evidence| (field.name.clone(), *evidence)));
        let mut values = chosen.into_iter().map(|evidence| self.value_of(evidence, &field.ty));
        match &field.ty {
            Type::List(..) => Value::List(values.collect()),
            _ => values.next().unwrap_or(Value::Absent),
        }
    }

    /// What evidence is worth as one of the kinds that a type takes.
    fn value_of(&self, evidence: &Evidence, ty: &Type) -> Value {
        let fits = |id: &&StructId| self.is_made_by(**id, evidence);
        let kinds = kinds_of(ty);
        let id = *kinds.iter().find(fits).unwrap();
        evidence.value(self.schema, id).unwrap_or_else(|error| panic!("{error}"))
    }

    fn is_made_by(&self, id: StructId, evidence: &Evidence) -> bool {
        let declared = self.schema.structure(id).evidence.as_ref();
        declared.is_some_and(|declared| declared.verifier == evidence.verifier())
    }

    /// Makes a session name the key that the evidence it is bound to commits to.
    fn set_key_digest(&self, session: &mut Value, report_data: &[u8]) {
        let Value::Struct(id, values) = session else { return };
        let named = self.schema.structure(*id).fields.iter().zip(values);
        for (_, value) in named.filter(|(field, _)| field.name == "key_digest") {
            *value = Value::Bytes(report_data.into());
        }
    }

    /// Reference values by qualified name; now and then, one is not loaded, and some count for a time only.
    pub fn references(&self, tape: &mut Tape<'_>) -> Json {
        let mut references = Map::new();
        for reference in &self.schema.references {
            if tape.one_in(6) {
                continue;
            }
            let name = format!("{}.{}", reference.package, reference.name);
            let value = json::value(self.schema, &self.value(tape, &reference.ty));
            let value = if tape.one_in(2) { value } else { self.dated(tape, value) };
            references.insert(name, value);
        }
        Json::Object(references)
    }

    /// The same value with times in which it counts.
    fn dated(&self, tape: &mut Tape<'_>, value: Json) -> Json {
        let values = match value {
            Json::Array(values) => values,
            single => vec![single],
        };
        let entry = |value| {
            let state = ["active", "active", "active", "deprecated", "candidate", "revoked"][tape.below(6)];
            let mut entry = json!({ "value": value, "state": state });
            let from = self.instant(tape);
            if tape.one_in(2) {
                entry["from"] = instant_text(from);
            }
            if state == "deprecated" || tape.one_in(2) {
                entry["until"] = instant_text(from.saturating_add(*tape.one_of(&[1, 1000, 300_000, 86_400_000])));
            }
            entry
        };
        json!({ "values": values.into_iter().map(entry).collect::<Vec<_>>() })
    }

    /// An instant at, just before or just after one that matters, in milliseconds.
    pub fn instant(&self, tape: &mut Tape<'_>) -> i64 {
        let durations = self.constants.durations();
        let mut instant = self.base + [0, 0, 60_000, -60_000, 86_400_000][tape.below(5)];
        if !durations.is_empty() && tape.one_in(2) {
            let duration = *tape.one_of(&durations);
            instant = if tape.one_in(2) { instant.saturating_sub(duration) } else { instant.saturating_add(duration) };
        }
        instant.saturating_add([0, 1, -1][tape.below(3)])
    }

    fn fitting(&self, ty: &Type) -> Vec<&'a Evidence> {
        let kinds = kinds_of(ty);
        self.evidence.iter().filter(|evidence| kinds.iter().any(|id| self.is_made_by(*id, evidence))).collect()
    }

    /// A value of a type.
    fn value(&self, tape: &mut Tape<'_>, ty: &Type) -> Value {
        match ty {
            Type::Optional(inner) => {
                if tape.one_in(3) {
                    Value::Absent
                } else {
                    self.value(tape, inner)
                }
            }
            Type::Set(element) => Value::set((0..tape.below(5)).map(|_| self.value(tape, element)).collect()),
            Type::List(element, most) => {
                let length = tape.below((*most).min(6) as usize + 1);
                Value::List((0..length).map(|_| self.value(tape, element)).collect())
            }
            Type::Struct(id) => {
                let declared = self.schema.structure(*id);
                let mut values: Vec<Value> = declared.fields.iter().map(|field| self.value(tape, &field.ty)).collect();
                // Most evidence counts: what has ended says nothing else.
                if let Some(evidence) = &declared.evidence
                    && !tape.one_in(4)
                {
                    values[evidence.expires_at] = Value::Instant(self.base + 10 * 86_400_000);
                    values[evidence.age_from] =
                        Value::Instant(self.base - [0, 1, 60_000, 300_000, 3_600_000][tape.below(5)]);
                }
                Value::Struct(*id, values)
            }
            _ => self.single(tape, ty),
        }
    }

    /// A value of a type without parts: a constant of the policy, one next to it, or any.
    fn single(&self, tape: &mut Tape<'_>, ty: &Type) -> Value {
        let near = self.near.map_or(&[][..], |near| near.of_type(ty));
        let constants = if near.is_empty() { self.constants.of_type(ty) } else { near };
        let others = if *ty == Type::Instant { 2 } else { 5 };
        if constants.is_empty() || tape.one_in(others) {
            return if *ty == Type::Instant { Value::Instant(self.instant(tape)) } else { any(tape, self.schema, ty) };
        }
        let constant = tape.one_of(constants).clone();
        match if tape.one_in(3) { next_to(tape, constant) } else { constant } {
            // A policy may compute one that nobody can send.
            Value::Duration(milliseconds) => Value::Duration(milliseconds.clamp(0, DURATION_RANGE.1)),
            Value::Instant(milliseconds) => Value::Instant(milliseconds.clamp(INSTANT_RANGE.0, INSTANT_RANGE.1)),
            value => value,
        }
    }
}

/// Whether JSON can say a value of a type: of which kind evidence of several kinds is, it cannot. No type holds itself.
fn can_be_said(schema: &Schema, ty: &Type) -> bool {
    match ty {
        Type::Union(_) => false,
        Type::Optional(inner) | Type::List(inner, _) | Type::Set(inner) => can_be_said(schema, inner),
        Type::Struct(id) => schema.structure(*id).fields.iter().all(|field| can_be_said(schema, &field.ty)),
        _ => true,
    }
}

/// The kinds of evidence that a type takes; of a list, its elements.
fn kinds_of(ty: &Type) -> Vec<StructId> {
    match ty {
        Type::Struct(id) => vec![*id],
        Type::Union(ids) => ids.clone(),
        Type::Optional(inner) | Type::List(inner, _) => kinds_of(inner),
        _ => Vec::new(),
    }
}

/// An instant of RFC 3339, which has years from 0 on.
fn instant_text(milliseconds: i64) -> Json {
    let year_zero = -62_167_219_200_000;
    jiff::Timestamp::from_millisecond(milliseconds.max(year_zero)).unwrap().to_string().into()
}

/// Any value of a type.
fn any(tape: &mut Tape<'_>, schema: &Schema, ty: &Type) -> Value {
    match ty {
        Type::Bool => Value::Bool(tape.one_in(2)),
        Type::Int => Value::Int(*tape.one_of(&[0, 1, -1, 2, i64::MAX, i64::MIN, 1 << 32])),
        Type::String if tape.one_in(3) => Value::string(""),
        Type::String => Value::string("abcdefghijklmnopqrstuvwxyz"[..tape.below(27)].to_owned()),
        Type::Bytes => Value::Bytes(vec![7; tape.below(9)].into()),
        Type::FixedBytes(length) | Type::Digest(length) => {
            Value::Bytes(vec![tape.below(3) as u8; *length as usize].into())
        }
        Type::Duration => Value::Duration(*tape.one_of(&[0, 1, 1000, 300_000])),
        Type::Tcb => {
            let named =
                TCB_NAMES.map(|name| (name, tape.below(4) as u8)).into_iter().filter(|(_, version)| *version > 0);
            Value::Tcb(Tcb::new(named.collect::<Vec<_>>()).unwrap())
        }
        Type::Version => Value::Version([1, tape.below(60) as u64, 0]),
        Type::IpAddr => Value::IpAddr(address(tape)),
        Type::Cidr => {
            let (address, prefix) = (address(tape), tape.below(33) as u8);
            network(address, prefix)
        }
        Type::Oid => Value::Oid(vec![1, 3, tape.below(3) as u64].into()),
        Type::Enum(id) => Value::Case(*id, tape.below(schema.enumeration(*id).cases.len()) as u32),
        other => panic!("no value of type `{}` can be given", schema.show(other)),
    }
}

/// An address: few enough that they meet in networks.
fn address(tape: &mut Tape<'_>) -> IpAddr {
    let last = [0u8, 1, 127, 128, 255][tape.below(5)];
    if tape.one_in(4) {
        IpAddr::from([0xfc00, 0, 0, 0, 0, 0, 0, u16::from(last)])
    } else {
        IpAddr::from([10, 0, tape.below(2) as u8, last])
    }
}

/// The network of so many bits around an address.
fn network(address: IpAddr, prefix: u8) -> Value {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            Value::Cidr(IpAddr::from((address.to_bits() & mask).to_be_bytes()), prefix)
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            Value::Cidr(IpAddr::from((address.to_bits() & mask).to_be_bytes()), prefix)
        }
    }
}

/// A value that differs as little as can be.
fn next_to(tape: &mut Tape<'_>, value: Value) -> Value {
    let up = tape.one_in(2);
    let step = |number: i64| if up { number.saturating_add(1) } else { number.saturating_sub(1) };
    match value {
        Value::Int(number) => Value::Int(step(number)),
        Value::Duration(milliseconds) => Value::Duration(step(milliseconds).max(0)),
        Value::Instant(milliseconds) => Value::Instant(step(milliseconds)),
        Value::String(text) => {
            let shorter = text.chars().skip(1).collect();
            Value::string(if up { [format!("{text}x"), format!("x{text}")][tape.below(2)].clone() } else { shorter })
        }
        Value::Version([major, minor, patch]) => {
            Value::Version(if up { [major, minor, patch + 1] } else { [major, minor.saturating_sub(1), patch] })
        }
        Value::IpAddr(IpAddr::V4(address)) => {
            let bits = address.to_bits();
            let bits = if up { bits.saturating_add(1) } else { bits.saturating_sub(1) };
            Value::IpAddr(IpAddr::from(bits.to_be_bytes()))
        }
        Value::Cidr(address, prefix) => network(address, prefix.saturating_sub(1)),
        Value::Bytes(mut bytes) => {
            if !bytes.is_empty() {
                let at = tape.below(bytes.len());
                bytes[at] ^= 1 << tape.below(8);
            }
            Value::Bytes(bytes)
        }
        Value::Tcb(tcb) => {
            let mut components: Vec<(&str, u8)> = tcb.components().collect();
            if !components.is_empty() {
                let at = tape.below(components.len());
                if up {
                    components[at].1 = components[at].1.saturating_add(1);
                } else {
                    components.remove(at);
                }
            }
            Value::Tcb(Tcb::new(components).unwrap())
        }
        other => other,
    }
}
