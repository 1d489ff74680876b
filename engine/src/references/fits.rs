//! Whether a value is of its reference's type.

use atbac_compiler::fits::is;
use atbac_compiler::reference::Reference;
use atbac_compiler::types::{Schema, Type};

/// Whether a reference value is of a type.
pub(super) fn fits(schema: &Schema, ty: &Type, reference: &Reference) -> bool {
    match (ty, reference) {
        (Type::Set(element), Reference::Set(values)) => {
            // Ascending and without repeats, as it is searched.
            values.is_sorted_by(|(a, _), (b, _)| a < b) && values.iter().all(|(value, _)| is(schema, element, value))
        }
        (Type::Set(_), Reference::One(..)) | (_, Reference::Set(_)) => false,
        (ty, Reference::One(value, _)) => is(schema, ty, value),
    }
}
