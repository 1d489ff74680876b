//! The values of one stage of a request, gathered field by field: each by the method that says where it comes from, which must be the provenance that the policy
//! declares. A value cannot slip in under a better name than its own.

use crate::binding::{HeldKey, Key, Proofs, RuntimeData};
use crate::claims::{self, SchemaMismatch};
use crate::input::{self, InputError, MISSING, PROVENANCE, UNKNOWN, listed, shortened};
use crate::nonce::Redeemed;
use atbac_compiler::types::{Request, RequestField, RequestId, Schema, StructId, Type};
use atbac_compiler::value::Value;
use atbac_compiler::verifier::{Signer, Verifier};
use atbac_evidence::{Claim, Claims, EvidenceKind, Simulated, Verified};
use atbac_grammar::syntax::{Provenance, Stage};
use serde_json::Value as Json;
use std::sync::Arc;

/// The values of one stage of a request, while they are gathered, and what proves that they belong together. They cannot be cloned: what was redeemed for them opens one session.
#[derive(Debug)]
pub struct Fields {
    schema: Arc<Schema>,
    request: RequestId,
    stage: Stage,
    values: Vec<Option<Value>>,
    proofs: Proofs,
    /// Whether simulated evidence is among them.
    simulated: bool,
}

impl Fields {
    pub(crate) fn new(schema: Arc<Schema>, request: RequestId, stage: Stage) -> Self {
        let values = vec![None; schema.request(request).fields.len()];
        Fields { schema, request, stage, values, proofs: Proofs::default(), simulated: false }
    }

    /// Sets an `attested` field to verified evidence, which hardware signed. A field that is a list takes it as its next element.
    ///
    /// # Errors
    /// [`InputError`] when there is no such field, it takes no evidence of this kind, or the list is full.
    pub fn attested<T: Claims>(self, field: &str, evidence: &Verified<T>) -> Result<Self, InputError> {
        self.set_attested(field, T::KIND, &evidence.claims())
    }

    /// Sets an `attested` field to simulated evidence, which anyone can sign, as if it were verified: to learn and to test. Every decision that
    /// rests on it says so ([`Decision::is_simulated`](crate::Decision::is_simulated)), and nothing else tells it apart.
    ///
    /// # Errors
    /// As [`Fields::attested`].
    pub fn dangerous_simulated<T: Claims>(mut self, field: &str, evidence: &Simulated<T>) -> Result<Self, InputError> {
        self.simulated = true;
        self.set_attested(field, T::KIND, &evidence.claims())
    }

    fn set_attested(self, field: &str, kind: EvidenceKind, claims: &Claim) -> Result<Self, InputError> {
        let at = self.position(field, Provenance::Attested)?;
        match Verifier::named(kind.verifier()).map(|verifier| verifier.signer) {
            Some(Signer::Hardware) => self.verified(at, kind, claims),
            Some(Signer::Issuer | Signer::Deployment) | None => {
                let message = format!("evidence of kind `{}` is not signed by hardware", kind.name());
                Err(InputError::new(PROVENANCE, field, message))
            }
        }
    }

    /// Sets an `authenticated` field to what an issuer signed and a verifier of the engine checked: a token, an identity, another verifier's result. What hardware signed
    /// is worth more, and taken as well. A field that is a list takes it as its next element.
    ///
    /// # Errors
    /// [`InputError`] when there is no such field, it takes no evidence of this kind, or the list is full.
    pub fn authenticated_by<T: Claims>(self, field: &str, evidence: &Verified<T>) -> Result<Self, InputError> {
        let at = self.position(field, Provenance::Authenticated)?;
        self.verified(at, T::KIND, &evidence.claims())
    }

    fn verified(mut self, at: usize, kind: EvidenceKind, claims: &Claim) -> Result<Self, InputError> {
        let declared = &self.declared().fields[at];
        let field = declared.name.clone();
        let (ty, most) = match &declared.ty {
            Type::Optional(inner) => (&**inner, None),
            Type::List(element, most) => (&**element, Some(*most)),
            ty => (ty, None),
        };
        let kinds = match ty {
            Type::Struct(id) => vec![*id],
            Type::Union(ids) => ids.clone(),
            _ => Vec::new(),
        };
        let is_of_kind = |id: &StructId| {
            let evidence = self.schema.structure(*id).evidence.as_ref();
            evidence.is_some_and(|evidence| evidence.verifier == kind.verifier())
        };
        let Some(id) = kinds.into_iter().find(is_of_kind) else {
            let message =
                format!("the policy takes `{}` here, not evidence of kind `{}`", self.schema.show(ty), kind.name());
            return Err(InputError::new(PROVENANCE, field, message));
        };
        let value = claims::value_of_claims(&self.schema, id, claims)
            .map_err(|mismatch: SchemaMismatch| InputError::new(input::TYPE, &field, mismatch.to_string()))?;
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

    /// Gives the public key that proves that a field is `bound to` another: the key whose private key the peer has proven to hold. The engine computes from it what both fields
    /// must say. Of a field that is bound by a nonce, it says beside which digest the nonce may stand in report data.
    ///
    /// # Errors
    /// [`InputError`] when there is no such field, or the policy does not bind it.
    pub fn held_key(self, field: &str, key: &HeldKey) -> Result<Self, InputError> {
        self.key(field, Key::Held(key.clone()))
    }

    /// Takes the digest of a key that a claim of this field states at its word, as a tool does that replays a recorded question whose key is gone.
    ///
    /// A service must not use this: whoever has seen the evidence knows the digest, and the session would open for them.
    ///
    /// # Errors
    /// As [`Fields::held_key`].
    pub fn dangerous_key_digest_at_its_word(self, field: &str) -> Result<Self, InputError> {
        self.key(field, Key::DigestAtItsWord)
    }

    fn key(mut self, field: &str, key: Key) -> Result<Self, InputError> {
        let at = self.position_of(field)?;
        if self.declared().fields[at].bound_to.is_none() {
            return Err(InputError::new(
                input::TYPE,
                field,
                "the policy does not say that this field is `bound to` another",
            ));
        }
        self.proofs.0.entry(at).or_default().key = Some(key);
        Ok(self)
    }

    /// Gives the runtime data that the evidence in a field commits to, as confidential containers send it. The field is a processor's evidence; where it is a list, all of
    /// it commits to the same.
    ///
    /// # Errors
    /// [`InputError`] when there is no such field.
    pub fn runtime_data(mut self, field: &str, data: &RuntimeData) -> Result<Self, InputError> {
        let at = self.position_of(field)?;
        self.proofs.0.entry(at).or_default().runtime_data = Some(data.clone());
        Ok(self)
    }

    /// Gives the nonce that the evidence in these fields answers, redeemed: in several where one was asked for with all of them, such as a processor and its GPUs. It is
    /// demanded for fields that are `@challenged`, and elsewhere says which nonce may stand beside the key in report data.
    ///
    /// It takes the redeemed nonce, of which there is no other, and nothing gives it back: one redemption opens one session.
    ///
    /// # Errors
    /// [`InputError`] when there is no such field.
    pub fn answers<'f>(
        mut self,
        fields: impl IntoIterator<Item = &'f str>,
        nonce: Redeemed,
    ) -> Result<Self, InputError> {
        let nonce = nonce.into_bytes();
        for field in fields {
            let at = self.position_of(field)?;
            self.proofs.0.entry(at).or_default().answered = Some(nonce);
        }
        Ok(self)
    }

    /// Sets an `authenticated` field to a statement whose signature the caller of this function has verified: what services of the deployment sign in forms of their own, such
    /// as sessions and approvals. Evidence for which the engine has a verifier comes by [`Fields::authenticated_by`].
    ///
    /// # Errors
    /// [`InputError`] when there is no such field or the value does not fit it.
    pub fn authenticated(self, field: &str, json: &Json) -> Result<Self, InputError> {
        self.set(field, Provenance::Authenticated, json, input::Evidence::OfTheDeployment)
    }

    /// Sets an `authenticated` field to evidence that something else has verified, on the word of whoever calls this: nothing of it is checked here.
    ///
    /// # Errors
    /// [`InputError`] when there is no such field or the value does not fit it.
    pub fn dangerous_authenticated_elsewhere(self, field: &str, json: &Json) -> Result<Self, InputError> {
        self.set(field, Provenance::Authenticated, json, input::Evidence::DangerousAny)
    }

    /// Sets a `local` field to what the embedding service itself knows.
    ///
    /// # Errors
    /// [`InputError`] when there is no such field or the value does not fit it.
    pub fn local(self, field: &str, json: &Json) -> Result<Self, InputError> {
        self.set(field, Provenance::Local, json, input::Evidence::OfTheDeployment)
    }

    /// Sets an `asserted` field to what the caller says.
    ///
    /// # Errors
    /// [`InputError`] when there is no such field or the value does not fit it.
    pub fn asserted(self, field: &str, json: &Json) -> Result<Self, InputError> {
        self.set(field, Provenance::Asserted, json, input::Evidence::OfTheDeployment)
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
            Some(Provenance::Attested) => Err(never_json(field)),
            Some(provenance @ (Provenance::Authenticated | Provenance::Local | Provenance::Asserted)) => {
                self.set(field, provenance, json, input::Evidence::DangerousAny)
            }
            None => self.set(field, Provenance::Asserted, json, input::Evidence::OfTheDeployment),
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

    fn set(
        mut self,
        field: &str,
        provenance: Provenance,
        json: &Json,
        evidence: input::Evidence,
    ) -> Result<Self, InputError> {
        let at = self.position(field, provenance)?;
        let declared = &self.declared().fields[at];
        let value = input::value(&self.schema, &declared.ty, json, evidence)
            .map_err(|error| input::in_field(error, &self.schema, field, &declared.ty, declared.sensitive))?;
        self.values[at] = Some(value);
        Ok(self)
    }

    /// The position of a field of this stage that takes values of this provenance.
    fn position(&self, field: &str, provenance: Provenance) -> Result<usize, InputError> {
        let at = self.position_of(field)?;
        let declared = &self.declared().fields[at];
        if declared.provenance != provenance {
            return Err(of_another_provenance(declared, provenance));
        }
        Ok(at)
    }

    /// The position of a field of this stage.
    fn position_of(&self, field: &str) -> Result<usize, InputError> {
        let declared = self.declared();
        let at = declared.fields.iter().position(|known| known.name == field && known.stage == self.stage);
        at.ok_or_else(|| unknown(declared, self.stage, field))
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

    /// What proves that the values belong together.
    pub(crate) fn proofs(&self) -> &Proofs {
        &self.proofs
    }

    /// The values, once every field that must be there is.
    pub(crate) fn complete(mut self) -> Result<Vec<Option<Value>>, InputError> {
        let schema = Arc::clone(&self.schema);
        for (field, value) in schema.request(self.request).fields.iter().zip(&mut self.values) {
            if field.stage != self.stage || value.is_some() {
                continue;
            }
            *value = Some(match field.ty {
                Type::Optional(_) => Value::Absent,
                _ if may_be_left_out(&schema, &field.ty) => Value::List(Vec::new()),
                _ => return Err(InputError::new(MISSING, &field.name, missing(self.stage))),
            });
        }
        Ok(self.values)
    }
}

/// Whether a field of this type need not be given: it is optional, or takes so many pieces of evidence, of which then there is none.
pub(crate) fn may_be_left_out(schema: &Schema, ty: &Type) -> bool {
    match ty {
        Type::Optional(_) => true,
        Type::List(element, _) => is_verified(schema, element),
        _ => false,
    }
}

/// What is said of a field that must be given and is not.
pub(crate) fn missing(stage: Stage) -> String {
    format!("missing: the policy needs this {} field", stage_word(stage))
}

/// What is said of a name that is no field of this stage.
pub(crate) fn unknown(declared: &Request, stage: Stage, field: &str) -> InputError {
    let known = declared.fields.iter().filter(|known| known.stage == stage).map(|known| known.name.as_str());
    let message = format!("`{}` has no such {} field: expected {}", declared.name, stage_word(stage), listed(known));
    InputError::new(UNKNOWN, shortened(field), message)
}

/// What is said of a field that is given by another provenance than the policy declares.
pub(crate) fn of_another_provenance(field: &RequestField, given: Provenance) -> InputError {
    let (declared, given) = (field.provenance.word(), given.word());
    InputError::new(PROVENANCE, &field.name, format!("the policy declares this field `{declared}`, not `{given}`"))
}

/// What is said of an `attested` field that is given as JSON.
pub(crate) fn never_json(field: &str) -> InputError {
    InputError::new(PROVENANCE, field, "this field is `attested`: it takes verified evidence, never JSON")
}

/// Whether values of a type are made by verifiers of the engine, piece by piece.
fn is_verified(schema: &Schema, ty: &Type) -> bool {
    let kinds = match ty {
        Type::Struct(id) => std::slice::from_ref(id),
        Type::Union(ids) => ids.as_slice(),
        _ => &[],
    };
    let is_verified = |id: &StructId| {
        let evidence = schema.structure(*id).evidence.as_ref();
        match evidence.and_then(|evidence| Verifier::named(&evidence.verifier)).map(|verifier| verifier.signer) {
            Some(Signer::Hardware | Signer::Issuer) => true,
            Some(Signer::Deployment) | None => false,
        }
    };
    !kinds.is_empty() && kinds.iter().all(is_verified)
}

fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Session => "session",
        Stage::Call => "call",
    }
}
