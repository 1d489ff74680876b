//! Fields of a call from JSON text, straight into its frame.
//!
//! The text is read in one pass that knows the types and keeps nothing. It only says whether all went well: where anything does not fit, or is of a rare form,
//! the text is read once more as a tree, by the code that reads every other value from outside ([`crate::input`]), and what that says is what counts. So
//! there is one set of rules and of messages, and the fast way can only be right or decline.

use super::Filling;
use crate::fields;
use crate::input::{self, Evidence, InputError, MAX_INPUT_BYTES};
use atbac_compiler::layout::{Elements, Slot};
use atbac_compiler::types::{Request, RequestField, Type};
use atbac_grammar::syntax::{Provenance, Stage};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;
use std::fmt;

/// Whose word the JSON is.
#[derive(Clone, Copy)]
pub(super) struct Sources {
    /// The provenance of the fields it may give; all but `attested` if none is said.
    pub(super) provenance: Option<Provenance>,
    /// The evidence it may give.
    pub(super) evidence: Evidence,
}

impl Sources {
    #[inline(always)]
    fn check(self, filling: &Filling<'_>, at: usize) -> Result<(), InputError> {
        let field = &filling.prepared.request().fields[at];
        match (self.provenance, field.provenance) {
            (Some(given), declared) if given == declared => Ok(()),
            (Some(given), _) => Err(fields::of_another_provenance(field, given)),
            (None, Provenance::Attested) => Err(fields::never_json(&field.name)),
            (None, Provenance::Authenticated | Provenance::Local | Provenance::Asserted) => Ok(()),
        }
    }
}

/// Gives the fields that stand in a JSON object.
pub(super) fn put(filling: &mut Filling<'_>, sources: Sources, text: &[u8]) -> Result<(), InputError> {
    if filling.source(|filling| put_stream(filling, sources, text)).is_ok() {
        return Ok(());
    }
    filling.source(|filling| put_tree(filling, sources, text))
}

fn put_stream(filling: &mut Filling<'_>, sources: Sources, text: &[u8]) -> Result<(), serde_json::Error> {
    if text.len() > MAX_INPUT_BYTES {
        return Err(declined(()));
    }
    // Texts are known to be UTF-8 once all of it is: that is looked at once.
    let text = str::from_utf8(text).map_err(declined)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.deserialize_map(FieldsOf { filling, sources })?;
    deserializer.end()
}

fn put_tree(filling: &mut Filling<'_>, sources: Sources, text: &[u8]) -> Result<(), InputError> {
    let Json::Object(object) = input::parse_json(text)? else {
        return Err(InputError::new(input::TYPE, "", "expected an object of call fields"));
    };
    let prepared = filling.prepared;
    let (schema, declared) = (&prepared.schema, prepared.request());
    for (name, json) in &object {
        let at = position(declared, name, 0).ok_or_else(|| fields::unknown(declared, Stage::Call, name))?;
        sources.check(filling, at)?;
        let RequestField { ty, sensitive, .. } = &declared.fields[at];
        let value = input::value(schema, ty, json, sources.evidence)
            .map_err(|error| input::in_field(error, schema, name, ty, *sensitive))?;
        let put = filling.slot(at)?.value(&value);
        put.map_err(|misfit| input::misfit_error(schema, ty, misfit).inside(name))?;
    }
    Ok(())
}

/// The call field of this name. It is looked for from `first` on, and then before it: fields mostly come in the order in which the policy declares them.
#[inline]
fn position(declared: &Request, name: &str, first: usize) -> Option<usize> {
    let is_it = |at: &usize| {
        let field = &declared.fields[*at];
        field.stage == Stage::Call && field.name == name
    };
    (first..declared.fields.len()).find(is_it).or_else(|| (0..first).find(is_it))
}

/// The fast way declines: what is wrong, if anything, the slow one says.
fn declined<E: Error>(_: impl Sized) -> E {
    E::custom("")
}

struct FieldsOf<'a, 'c> {
    filling: &'a mut Filling<'c>,
    sources: Sources,
}

impl<'de> Visitor<'de> for FieldsOf<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of call fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let FieldsOf { filling, sources } = self;
        let prepared = filling.prepared;
        let declared = prepared.request();
        let mut next = 0;
        while let Some(at) = map.next_key_seed(Key(|name: &str| position(declared, name, next)))? {
            next = at + 1;
            sources.check(filling, at).map_err(declined)?;
            let slot = filling.slot(at).map_err(declined)?;
            map.next_value_seed(ValueOf { slot, evidence: sources.evidence })?;
        }
        Ok(())
    }
}

/// Finds a key among those that are known, by this.
struct Key<F>(F);

impl<'de, F: Fn(&str) -> Option<usize>> DeserializeSeed<'de> for Key<F> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<F: Fn(&str) -> Option<usize>> Visitor<'_> for Key<F> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        (self.0)(name).ok_or_else(|| declined(()))
    }
}

struct ValueOf<'f> {
    slot: Slot<'f>,
    evidence: Evidence,
}

impl<'f> ValueOf<'f> {
    /// The place for what is there, which it is once a value other than null stands for it.
    fn slot<E: Error>(self) -> Result<Slot<'f>, E> {
        match self.slot.ty() {
            Type::Optional(_) => self.slot.present().map_err(declined),
            _ => Ok(self.slot),
        }
    }
}

impl<'de> DeserializeSeed<'de> for ValueOf<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueOf<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        match self.slot.ty() {
            Type::Optional(_) => Ok(()),
            _ => Err(declined(())),
        }
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.slot()?.bool(value).map_err(declined)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.slot()?.int(value).map_err(declined)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        let value = i64::try_from(value).map_err(declined)?;
        self.slot()?.int(value).map_err(declined)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        input::put_text(self.slot()?, text).map_err(declined)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let evidence = self.evidence;
        let mut elements = self.slot()?.elements().map_err(declined)?;
        while let Some(()) = seq.next_element_seed(Next { elements: &mut elements, evidence })? {}
        elements.finish().map_err(declined)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let evidence = self.evidence;
        let mut slot = self.slot::<A::Error>()?;
        // A `Tcb` is written as an object too: a rare form.
        let Type::Struct(id) = slot.ty() else { return Err(declined(())) };
        let declared = slot.schema().structure(*id);
        let known = declared.evidence.as_ref();
        let may_be_given = evidence == Evidence::DangerousAny
            || known.is_none_or(|known| input::is_of_the_deployment(&known.verifier));
        if !may_be_given || declared.fields.len() > u64::BITS as usize {
            return Err(declined(()));
        }
        let mut given = 0u64;
        let find = |name: &str| declared.fields.iter().position(|field| field.name == name);
        while let Some(at) = map.next_key_seed(Key(find))? {
            if given & 1 << at != 0 {
                return Err(declined(()));
            }
            given |= 1 << at;
            map.next_value_seed(ValueOf { slot: slot.field(at).map_err(declined)?, evidence })?;
        }
        let is_missing = |(at, ty): (usize, &Type)| given & 1 << at == 0 && !matches!(ty, Type::Optional(_));
        if declared.fields.iter().map(|field| &field.ty).enumerate().any(is_missing) {
            return Err(declined(()));
        }
        Ok(())
    }
}

/// The next element of a list or set.
struct Next<'a, 'f> {
    elements: &'a mut Elements<'f>,
    evidence: Evidence,
}

impl<'de> DeserializeSeed<'de> for Next<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Next { elements, evidence } = self;
        let slot = elements.next_slot().map_err(declined)?;
        ValueOf { slot, evidence }.deserialize(deserializer)
    }
}
