//! The values of one stage of a request, gathered field by field: each by the method that says where it comes from, which must be the provenance that the policy
//! declares. A value cannot slip in under a better name than its own.

use crate::claims::{self, SchemaMismatch};
use crate::input::{self, InputError, MISSING, PROVENANCE, UNKNOWN, listed};
use atbac_compiler::types::{Request, RequestId, Schema, Type};
use atbac_compiler::value::Value;
use atbac_evidence::{Claim, Claims, EvidenceKind, Simulated, Verified};
use atbac_grammar::syntax::{Provenance, Stage};
use serde_json::Value as Json;
use std::sync::Arc;

/// The values of one stage of a request, while they are gathered.
#[derive(Clone, Debug)]
pub struct Fields {
    schema: Arc<Schema>,
    request: RequestId,
    stage: Stage,
    values: Vec<Option<Value>>,
    /// Whether simulated evidence is among them.
    simulated: bool,
}

impl Fields {
    pub(crate) fn new(schema: Arc<Schema>, request: RequestId, stage: Stage) -> Self {
        let values = vec![None; schema.request(request).fields.len()];
        Fields { schema, request, stage, values, simulated: false }
    }

    /// Sets an `attested` field to verified evidence. A field that is a list takes it as its next element.
    ///
    /// # Errors
    /// [`InputError`] when there is no such field, it takes no evidence of this kind, or the list is full.
    pub fn attested<T: Claims>(self, field: &str, evidence: &Verified<T>) -> Result<Self, InputError> {
        self.set_evidence(field, T::KIND, &evidence.claims())
    }

    /// Sets an `attested` field to simulated evidence, which anyone can sign, as if it were verified: to learn and to test. Every decision that
    /// rests on it says so ([`Decision::is_simulated`](crate::Decision::is_simulated)), and nothing else tells it apart.
    ///
    /// # Errors
    /// As [`Fields::attested`].
    pub fn dangerous_simulated<T: Claims>(mut self, field: &str, evidence: &Simulated<T>) -> Result<Self, InputError> {
        self.simulated = true;
        self.set_evidence(field, T::KIND, &evidence.claims())
    }

    fn set_evidence(mut self, field: &str, kind: EvidenceKind, claims: &Claim) -> Result<Self, InputError> {
        let at = self.position(field, Provenance::Attested)?;
        let (ty, most) = match &self.declared().fields[at].ty {
            Type::Optional(inner) => (&**inner, None),
            Type::List(element, most) => (&**element, Some(*most)),
            ty => (ty, None),
        };
        let kinds = match ty {
            Type::Struct(id) => vec![*id],
            Type::Union(ids) => ids.clone(),
            _ => Vec::new(),
        };
        let verifier = claims::verifier_name(kind);
        let produced_by = |id: &atbac_compiler::types::StructId| {
            self.schema.structure(*id).evidence.as_ref().map(|evidence| evidence.verifier.as_str()) == verifier
        };
        let Some(id) = kinds.into_iter().find(produced_by) else {
            let message =
                format!("the policy takes `{}` here, not evidence of kind `{}`", self.schema.show(ty), kind.name());
            return Err(InputError::new(PROVENANCE, field, message));
        };
        let value = claims::value_of_claims(&self.schema, id, claims)
            .map_err(|mismatch: SchemaMismatch| InputError::new(input::TYPE, field, mismatch.to_string()))?;
        let Some(most) = most else {
            self.values[at] = Some(value);
            return Ok(self);
        };
        let mut elements = match self.values[at].take() {
            Some(Value::List(elements)) => elements,
            _ => Vec::new(),
        };
        if elements.len() >= most as usize {
            let message = format!("the policy takes at most {most} pieces of evidence here");
            return Err(InputError::new(input::RANGE, field, message));
        }
        elements.push(value);
        self.values[at] = Some(Value::List(elements));
        Ok(self)
    }

    /// Sets an `authenticated` field to a statement whose signature the caller of this function has verified.
    ///
    /// # Errors
    /// [`InputError`] when there is no such field or the value does not fit it.
    pub fn authenticated(self, field: &str, json: &Json) -> Result<Self, InputError> {
        self.set(field, Provenance::Authenticated, json)
    }

    /// Sets a `local` field to what the embedding service itself knows.
    ///
    /// # Errors
    /// [`InputError`] when there is no such field or the value does not fit it.
    pub fn local(self, field: &str, json: &Json) -> Result<Self, InputError> {
        self.set(field, Provenance::Local, json)
    }

    /// Sets an `asserted` field to what the caller says.
    ///
    /// # Errors
    /// [`InputError`] when there is no such field or the value does not fit it.
    pub fn asserted(self, field: &str, json: &Json) -> Result<Self, InputError> {
        self.set(field, Provenance::Asserted, json)
    }

    /// Sets a field that is not `attested`, on the word of whoever calls this, as a tool does that replays a recorded question.
    ///
    /// A service must not use this with JSON that comes from an agent: the agent could then state what only the service or an issuer may.
    ///
    /// # Errors
    /// [`InputError`] when there is no such field or the value does not fit it.
    pub fn dangerous_any_provenance(self, field: &str, json: &Json) -> Result<Self, InputError> {
        let provenance = self.declared().fields.iter().find(|known| known.name == field).map(|known| known.provenance);
        match provenance {
            Some(Provenance::Attested) => Err(InputError::new(
                PROVENANCE,
                field,
                "this field is `attested`: it takes verified evidence, never JSON",
            )),
            Some(provenance @ (Provenance::Authenticated | Provenance::Local | Provenance::Asserted)) => {
                self.set(field, provenance, json)
            }
            None => self.set(field, Provenance::Asserted, json),
        }
    }

    /// The fields of a question that is stated whole, as a test does.
    pub(crate) fn stated(schema: Arc<Schema>, request: RequestId, stage: Stage, values: &[Value]) -> Self {
        let mut fields = Fields::new(schema, request, stage);
        for (at, value) in values.iter().enumerate() {
            if fields.declared().fields[at].stage == stage {
                fields.values[at] = Some(value.clone());
            }
        }
        fields
    }

    fn set(mut self, field: &str, provenance: Provenance, json: &Json) -> Result<Self, InputError> {
        let at = self.position(field, provenance)?;
        let value =
            input::value(&self.schema, &self.declared().fields[at].ty, json).map_err(|error| error.inside(field))?;
        self.values[at] = Some(value);
        Ok(self)
    }

    /// The position of a field of this stage that takes values of this provenance.
    fn position(&self, field: &str, provenance: Provenance) -> Result<usize, InputError> {
        let declared = self.declared();
        let Some(at) = declared.fields.iter().position(|known| known.name == field && known.stage == self.stage) else {
            let known =
                declared.fields.iter().filter(|known| known.stage == self.stage).map(|known| known.name.as_str());
            let message =
                format!("`{}` has no such {} field: expected {}", declared.name, stage_word(self.stage), listed(known));
            return Err(InputError::new(UNKNOWN, field, message));
        };
        let declared = declared.fields[at].provenance;
        if declared != provenance {
            let message = format!(
                "the policy declares this field `{}`, not `{}`",
                provenance_word(declared),
                provenance_word(provenance)
            );
            return Err(InputError::new(PROVENANCE, field, message));
        }
        Ok(at)
    }

    /// The value of the field at this position, if it was set.
    pub(crate) fn value_at(&self, at: usize) -> Option<Value> {
        self.values.get(at).cloned().flatten()
    }

    /// Whether simulated evidence is among the values.
    pub fn is_simulated(&self) -> bool {
        self.simulated
    }

    /// The request whose fields these are.
    pub fn declared(&self) -> &Request {
        self.schema.request(self.request)
    }

    pub(crate) fn request(&self) -> RequestId {
        self.request
    }

    pub(crate) fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    pub(crate) fn stage(&self) -> Stage {
        self.stage
    }

    /// The values, once every field that must be there is.
    pub(crate) fn complete(mut self) -> Result<Vec<Option<Value>>, InputError> {
        let schema = Arc::clone(&self.schema);
        for (field, value) in schema.request(self.request).fields.iter().zip(&mut self.values) {
            if field.stage != self.stage || value.is_some() {
                continue;
            }
            match field.ty {
                Type::Optional(_) => *value = Some(Value::Absent),
                // No piece of evidence was given.
                Type::List(..) if field.provenance == Provenance::Attested => *value = Some(Value::List(Vec::new())),
                _ => {
                    let message = format!("missing: the policy needs this {} field", stage_word(self.stage));
                    return Err(InputError::new(MISSING, &field.name, message));
                }
            }
        }
        Ok(self.values)
    }
}

fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Session => "session",
        Stage::Call => "call",
    }
}

fn provenance_word(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Attested => "attested",
        Provenance::Authenticated => "authenticated",
        Provenance::Local => "local",
        Provenance::Asserted => "asserted",
    }
}
