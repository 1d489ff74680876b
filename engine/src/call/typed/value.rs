//! Values of the embedding program.

use crate::input::{self, InputError};
use atbac_compiler::layout::{self, Misfit};
use atbac_compiler::types::{Schema, Type};
use atbac_compiler::value::{Tcb, Value};
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Compares some type of the program with a type of the policy: [`CallValue::fits`].
pub type Fits = fn(&Schema, &Type) -> Result<(), InputError>;

/// A value of the embedding program that can be a value of a call.
///
/// A type of your own is given as one that the engine knows:
///
/// ```
/// use atbac_engine::call::typed::{CallValue, Schema, Slot, Type, Written};
/// use atbac_engine::InputError;
///
/// struct Tenant(String);
///
/// impl CallValue for Tenant {
///     fn fits(schema: &Schema, ty: &Type) -> Result<(), InputError> {
///         str::fits(schema, ty)
///     }
///
///     fn put<'f>(&self, slot: Slot<'f>) -> Result<Written<'f>, InputError> {
///         self.0.as_str().put(slot)
///     }
/// }
/// ```
///
/// There is no other way: what shows that a value was written is made by writing one, to the place that was given and no other.
///
/// ```compile_fail
/// # use atbac_engine::call::typed::{CallValue, Schema, Slot, Type, Written};
/// # use atbac_engine::InputError;
/// # struct Nothing;
/// # impl CallValue for Nothing {
/// #     fn fits(schema: &Schema, ty: &Type) -> Result<(), InputError> {
/// #         str::fits(schema, ty)
/// #     }
/// fn put<'f>(&self, slot: Slot<'f>) -> Result<Written<'f>, InputError> {
///     Ok(())
/// }
/// # }
/// ```
pub trait CallValue {
    /// Whether it is given to fields of this type.
    ///
    /// # Errors
    /// [`InputError`] that says what does not fit, and where in it.
    fn fits(schema: &Schema, ty: &Type) -> Result<(), InputError>;

    /// Writes it to its place.
    ///
    /// # Errors
    /// [`InputError`] when it does not fit there.
    fn put<'f>(&self, slot: Slot<'f>) -> Result<Written<'f>, InputError>;
}

/// The place for one value.
pub struct Slot<'f>(pub(super) layout::Slot<'f>);

/// Shows that the value of a place was written.
pub struct Written<'f>(pub(super) PhantomData<&'f mut ()>);

impl<'f> Slot<'f> {
    /// Writes the value by a setter of the place.
    #[inline(always)]
    fn set(self, set: impl FnOnce(layout::Slot<'f>) -> Result<(), Misfit>) -> Result<Written<'f>, InputError> {
        let (schema, ty) = (self.0.schema(), self.0.ty());
        match set(self.0) {
            Ok(()) => Ok(Written(PhantomData)),
            Err(misfit) => Err(input::misfit_error(schema, ty, misfit)),
        }
    }
}

/// What is said of a type of the program that is not given to the policy's.
pub(super) fn unfit(schema: &Schema, ty: &Type) -> InputError {
    let message = format!("the policy takes `{}` here, which this field of the program is not", schema.show(ty));
    InputError::new(input::TYPE, "", message)
}

fn fits_if(fits: bool, schema: &Schema, ty: &Type) -> Result<(), InputError> {
    if fits { Ok(()) } else { Err(unfit(schema, ty)) }
}

/// Written by a setter of the place.
macro_rules! given_by {
    ($($ty:ty, $value:ident => $fits:pat, $slot:ident => $set:expr;)+) => {
        $(impl CallValue for $ty {
            fn fits(schema: &Schema, ty: &Type) -> Result<(), InputError> {
                fits_if(matches!(ty, $fits), schema, ty)
            }

            #[inline(always)]
            fn put<'f>(&self, slot: Slot<'f>) -> Result<Written<'f>, InputError> {
                let $value = self;
                slot.set(|$slot| $set)
            }
        })+
    };
}

given_by! {
    bool, value => Type::Bool, slot => slot.bool(*value);
    i64, value => Type::Int, slot => slot.int(*value);
    i32, value => Type::Int, slot => slot.int((*value).into());
    i16, value => Type::Int, slot => slot.int((*value).into());
    u32, value => Type::Int, slot => slot.int((*value).into());
    u16, value => Type::Int, slot => slot.int((*value).into());
    Timestamp, value => Type::Instant, slot => slot.instant(value.as_millisecond());
    SignedDuration, value => Type::Duration, slot => slot.duration(value.as_millis().try_into().unwrap_or(i64::MAX));
    IpAddr, value => Type::IpAddr, slot => slot.value(&Value::address(*value));
    Ipv4Addr, value => Type::IpAddr, slot => slot.value(&Value::address((*value).into()));
    Ipv6Addr, value => Type::IpAddr, slot => slot.value(&Value::address((*value).into()));
    Tcb, value => Type::Tcb, slot => slot.value(&Value::Tcb(*value));
}

impl CallValue for u64 {
    fn fits(schema: &Schema, ty: &Type) -> Result<(), InputError> {
        i64::fits(schema, ty)
    }

    fn put<'f>(&self, slot: Slot<'f>) -> Result<Written<'f>, InputError> {
        match i64::try_from(*self) {
            Ok(value) => value.put(slot),
            Err(_) => Err(InputError::new(input::RANGE, "", format!("`{self}` is more than {}", i64::MAX))),
        }
    }
}

impl CallValue for str {
    fn fits(schema: &Schema, ty: &Type) -> Result<(), InputError> {
        let is_text = match ty {
            Type::String
            | Type::Bytes
            | Type::FixedBytes(_)
            | Type::Digest(_)
            | Type::Duration
            | Type::Instant
            | Type::Version
            | Type::IpAddr
            | Type::Cidr
            | Type::Oid
            | Type::Enum(_) => true,
            Type::Bool
            | Type::Int
            | Type::Tcb
            | Type::Set(_)
            | Type::List(..)
            | Type::Optional(_)
            | Type::Struct(_)
            | Type::Union(_) => false,
        };
        fits_if(is_text, schema, ty)
    }

    #[inline(always)]
    fn put<'f>(&self, Slot(slot): Slot<'f>) -> Result<Written<'f>, InputError> {
        input::put_text(slot, self)?;
        Ok(Written(PhantomData))
    }
}

impl CallValue for [u8] {
    fn fits(schema: &Schema, ty: &Type) -> Result<(), InputError> {
        fits_if(matches!(ty, Type::Bytes | Type::FixedBytes(_) | Type::Digest(_)), schema, ty)
    }

    fn put<'f>(&self, slot: Slot<'f>) -> Result<Written<'f>, InputError> {
        if self.len() > input::MAX_TEXT_BYTES {
            let message = format!("at most {} bytes are accepted", input::MAX_TEXT_BYTES);
            return Err(InputError::new(input::TOO_LARGE, "", message));
        }
        slot.set(|slot| slot.bytes(self))
    }
}

impl<const N: usize> CallValue for [u8; N] {
    fn fits(schema: &Schema, ty: &Type) -> Result<(), InputError> {
        let is_as_long = match ty {
            Type::Bytes => true,
            Type::FixedBytes(length) | Type::Digest(length) => *length as usize == N,
            _ => false,
        };
        fits_if(is_as_long, schema, ty)
    }

    fn put<'f>(&self, slot: Slot<'f>) -> Result<Written<'f>, InputError> {
        self.as_slice().put(slot)
    }
}

impl<T: CallValue> CallValue for [T] {
    fn fits(schema: &Schema, ty: &Type) -> Result<(), InputError> {
        match ty {
            Type::List(element, _) | Type::Set(element) => T::fits(schema, element).map_err(|unfit| unfit.inside("[]")),
            _ => Err(unfit(schema, ty)),
        }
    }

    fn put<'f>(&self, Slot(slot): Slot<'f>) -> Result<Written<'f>, InputError> {
        let (schema, ty) = (slot.schema(), slot.ty());
        let misfit = |misfit| input::misfit_error(schema, ty, misfit);
        if let Type::List(_, most) = ty
            && self.len() > *most as usize
        {
            let message = format!("{} elements in a list of at most {most}", self.len());
            return Err(InputError::new(input::RANGE, "", message));
        }
        let mut elements = slot.elements().map_err(misfit)?;
        for (at, element) in self.iter().enumerate() {
            let slot = Slot(elements.next_slot().map_err(misfit)?);
            element.put(slot).map_err(|error| error.inside(&format!("[{at}]")))?;
        }
        elements.finish().map_err(misfit)?;
        Ok(Written(PhantomData))
    }
}

impl<T: CallValue> CallValue for Option<T> {
    fn fits(schema: &Schema, ty: &Type) -> Result<(), InputError> {
        match ty {
            Type::Optional(inner) => T::fits(schema, inner),
            _ => Err(unfit(schema, ty)),
        }
    }

    fn put<'f>(&self, Slot(slot): Slot<'f>) -> Result<Written<'f>, InputError> {
        let (schema, ty) = (slot.schema(), slot.ty());
        match (self, ty) {
            // As the place is before anything is written there.
            (None, Type::Optional(_)) => Ok(Written(PhantomData)),
            (None, _) => Err(input::misfit_error(schema, ty, Misfit::Type)),
            (Some(value), _) => {
                value.put(Slot(slot.present().map_err(|misfit| input::misfit_error(schema, ty, misfit))?))
            }
        }
    }
}

/// Given as what it holds.
macro_rules! given_as_held {
    ($([$($generics:tt)*] $ty:ty => $held:ty;)+) => {
        $(impl<$($generics)*> CallValue for $ty {
            fn fits(schema: &Schema, ty: &Type) -> Result<(), InputError> {
                <$held>::fits(schema, ty)
            }

            #[inline(always)]
            fn put<'f>(&self, slot: Slot<'f>) -> Result<Written<'f>, InputError> {
                <$held>::put(self, slot)
            }
        })+
    };
}

given_as_held! {
    [T: CallValue + ?Sized] &T => T;
    [T: CallValue + ?Sized] Box<T> => T;
    [T: CallValue] Vec<T> => [T];
    [] Vec<u8> => [u8];
    [] String => str;
    [] Cow<'_, str> => str;
}
