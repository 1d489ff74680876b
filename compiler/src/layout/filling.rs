//! Filling a frame field by field, without values in between.

use super::{Extent, Frame, Layout, Slot};
use crate::types::{Request, Schema, Type};
use std::sync::Arc;

/// A frame that is being filled: it begins without any value, and the numbers of values are put in when this is dropped.
pub struct Filling<'f> {
    schema: &'f Schema,
    request: &'f Request,
    frame: &'f mut Frame,
}

/// Some fields of a request, with their places in its layout: found once for all frames that are filled by the same fields.
pub struct Selection {
    layout: Arc<Layout>,
    places: Vec<Place>,
}

struct Place {
    extent: Extent,
    ty: Type,
}

/// The places of a selection in a frame.
pub struct Selected<'f> {
    schema: &'f Schema,
    words: &'f mut [u64],
    heap: &'f mut Vec<u8>,
    places: &'f [Place],
}

impl Frame {
    /// Begins to fill the frame anew, for the request it was laid out for.
    #[inline(always)]
    pub fn filling<'f>(&'f mut self, schema: &'f Schema, request: &'f Request) -> Filling<'f> {
        self.words.fill(0);
        self.heap.clear();
        Filling { schema, request, frame: self }
    }
}

impl Filling<'_> {
    /// The place for a field of the request that was not given yet, or taken back; `None` for one of the other stage.
    #[inline]
    pub fn field(&mut self, at: usize) -> Option<Slot<'_>> {
        let Extent { word, words } = (*self.frame.layout.fields.get(at)?)?;
        let ty = &self.request.fields.get(at)?.ty;
        let words = self.frame.words.get_mut(word as usize..)?.get_mut(..words as usize)?;
        Some(Slot { schema: self.schema, ty, words, heap: &mut self.frame.heap })
    }

    /// The places for fields that were not given yet, or taken back; `None` for a selection from another layout.
    #[inline(always)]
    pub fn selected<'f>(&'f mut self, selection: &'f Selection) -> Option<Selected<'f>> {
        let Frame { layout, words, heap } = &mut *self.frame;
        let Selection { layout: of, places } = selection;
        Arc::ptr_eq(layout, of).then_some(Selected { schema: self.schema, words, heap, places })
    }

    /// Takes a field back, which then has no value.
    pub fn clear(&mut self, at: usize) {
        if let Some(slot) = self.field(at) {
            slot.words.fill(0);
        }
    }
}

impl Drop for Filling<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.frame.layout.symbols.is_empty() {
            self.frame.number();
        }
    }
}

impl Selection {
    /// The fields at these positions of the request that the layout was made for; `None` where one is of the other stage.
    pub fn new(layout: &Arc<Layout>, request: &Request, fields: &[usize]) -> Option<Self> {
        let place = |at: &usize| {
            let extent = (*layout.fields.get(*at)?)?;
            Some(Place { extent, ty: request.fields.get(*at)?.ty.clone() })
        };
        let places = fields.iter().map(place).collect::<Option<_>>()?;
        Some(Selection { layout: Arc::clone(layout), places })
    }
}

impl Selected<'_> {
    /// The place for the field that stands there in the selection, if it has so many; to be written once.
    #[inline(always)]
    pub fn slot(&mut self, at: usize) -> Option<Slot<'_>> {
        let Place { extent: Extent { word, words }, ty } = self.places.get(at)?;
        let words = self.words.get_mut(*word as usize..)?.get_mut(..*words as usize)?;
        Some(Slot { schema: self.schema, ty, words, heap: self.heap })
    }
}
