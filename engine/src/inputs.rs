//! The values of one stage, as both executions read them.

use crate::fields::Fields;
use crate::input::{InputError, TOO_LARGE};
use crate::prepared::Prepared;
use atbac_compiler::layout::{Extent, Frame, read};
use atbac_compiler::types::{Request, RequestField, Schema};
use atbac_compiler::validity::{Validity, validity};
use atbac_compiler::value::Value;
use atbac_grammar::syntax::Stage;
use std::sync::{Arc, OnceLock};

/// The values of one stage: laid out for compiled code, and as they are where something reads them so.
pub(crate) struct Inputs {
    frame: Frame,
    values: OnceLock<Vec<Option<Value>>>,
    /// Whether simulated evidence is among them.
    simulated: bool,
    /// When all evidence among them counts.
    validity: Validity,
}

impl Inputs {
    pub(crate) fn new(fields: Fields, prepared: &Prepared) -> Result<Self, InputError> {
        let (simulated, stage) = (fields.is_simulated(), fields.stage());
        let values = fields.complete()?;
        let (schema, declared) = (&prepared.schema, prepared.request());
        let mut frame = Frame::new(Arc::clone(match stage {
            Stage::Session => &prepared.session,
            Stage::Call => &prepared.call,
        }));
        if frame.fill(schema, declared, &values).is_err() {
            return Err(InputError::new(TOO_LARGE, "", "the text of these fields is more than 4 GiB"));
        }
        let validity = validity_of(schema, declared, &values);
        Ok(Inputs { frame, values: OnceLock::from(values), simulated, validity })
    }

    /// Of a call without any value, to be filled by [`Inputs::refill`].
    pub(crate) fn of_empty_call(prepared: &Prepared) -> Self {
        let frame = Frame::new(Arc::clone(&prepared.call));
        Inputs { frame, values: OnceLock::new(), simulated: false, validity: Validity::ALWAYS }
    }

    /// Fills the frame of a call by what `put` writes there.
    #[inline]
    pub(crate) fn refill<E>(
        &mut self,
        prepared: &Prepared,
        put: impl FnOnce(&mut Frame) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.values.get().is_some() {
            self.values.take();
        }
        put(&mut self.frame)?;
        if prepared.reads_call_values {
            self.validity = validity_of(&prepared.schema, prepared.request(), self.values(prepared));
        }
        Ok(())
    }

    pub(crate) fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The values by field; nothing for a field of the other stage. Where they came as a frame, they are read from it when first asked for.
    pub(crate) fn values(&self, prepared: &Prepared) -> &[Option<Value>] {
        self.values.get_or_init(|| {
            let schema = &prepared.schema;
            let (fields, extents) = (&prepared.request().fields, &self.frame.layout().fields);
            let value = |(field, extent): (&RequestField, &Option<Extent>)| {
                let Extent { word, words } = (*extent)?;
                let words = self.frame.words().get(word as usize..)?.get(..words as usize)?;
                Some(read(schema, &field.ty, words, self.frame.heap()))
            };
            fields.iter().zip(extents).map(value).collect()
        })
    }

    /// The values, as far as anything that is decided reads them so ([`Prepared::reads_call_values`]); else perhaps none.
    pub(crate) fn at_hand(&self) -> &[Option<Value>] {
        self.values.get().map_or(&[], Vec::as_slice)
    }

    pub(crate) fn is_simulated(&self) -> bool {
        self.simulated
    }

    pub(crate) fn validity(&self) -> Validity {
        self.validity
    }
}

fn validity_of(schema: &Schema, request: &Request, values: &[Option<Value>]) -> Validity {
    let given = request.fields.iter().zip(values);
    let each = given.filter_map(|(field, value)| Some(validity(schema, &field.ty, value.as_ref()?)));
    each.fold(Validity::ALWAYS, Validity::and)
}
