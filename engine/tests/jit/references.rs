//! Reference tables: what they refuse, and what of them compiled code sees.

use crate::asking::{call, compile, fired, place, program};
use crate::world::{Shape, World};
use atbac_compiler::fired::Standing;
use atbac_compiler::ir::{Element, Formula, Key, Set, TestId, TestKind, Text, Words};
use atbac_compiler::reference::Reference;
use atbac_compiler::types::{ReferenceId, Type};
use atbac_compiler::value::Value;
use atbac_engine::references::{ReferenceError, ReferenceTable};

fn reference(world: &World, ty: &Type) -> usize {
    world.schema.references.iter().position(|reference| reference.ty == *ty).unwrap()
}

fn table(world: &World, ty: &Type, value: Value) -> Result<ReferenceTable, ReferenceError> {
    let mut values = vec![None; world.schema.references.len()];
    values[reference(world, ty)] = Some(Reference::always(value));
    ReferenceTable::new(&world.schema, values)
}

#[test]
fn values_must_be_as_many_as_references() {
    let world = World::new();
    let error = ReferenceTable::new(&world.schema, vec![None]).err().unwrap();
    let expected = world.schema.references.len();
    assert_eq!(error, ReferenceError::WrongNumber { expected, found: 1 });
    assert_eq!(error.code(), "atbac::references::wrong_number");
}

#[test]
fn values_must_be_of_their_type() {
    let world = World::new();
    let digest = Type::Digest(48);
    let digests = Type::Set(Box::new(digest.clone()));
    let enumeration = world.schema.references.iter().find(|reference| matches!(reference.ty, Type::Enum(_))).unwrap();
    let Type::Enum(id) = enumeration.ty else { unreachable!() };
    let refused = [
        (&Type::Int, Value::Duration(1)),
        (&Type::Duration, Value::Int(1)),
        // A million days, and a millisecond more.
        (&Type::Duration, Value::Duration(86_400_000_000_001)),
        (&Type::String, Value::Absent),
        (&digest, Value::Bytes([0; 47].into())),
        (&digest, Value::Bytes([0; 49].into())),
        (&digests, Value::Bytes([0; 48].into())),
        (&digests, Value::Set(vec![Value::Bytes([0; 48].into()), Value::Bytes([0; 32].into())])),
        (&enumeration.ty, Value::Case(id, 70)),
    ];
    for (ty, value) in refused {
        let error = table(&world, ty, value).err().unwrap();
        assert_eq!(error.code(), "atbac::references::wrong_type");
    }
    let error = table(&world, &digest, Value::Int(1)).err().unwrap();
    assert!(error.to_string().contains("`test.reference` is not of its type, `Digest<48>`"), "{error}");
    let accepted = table(&world, &digests, Value::Set(vec![Value::Bytes([0; 48].into())])).unwrap();
    assert!(accepted.values()[reference(&world, &digests)].is_some());
}

/// If the compiler asked a reference for another form than its type has, the answer would be indeterminate, not a
/// read of the wrong memory.
#[test]
fn a_reference_of_another_form_counts_as_not_loaded() {
    let world = World::new();
    let integer = ReferenceId(reference(&world, &Type::Int) as u32);
    let slot = place(&world, Shape::Bytes(48)).slot;
    let tests = vec![
        TestKind::Words(6, Words::Slot(slot), Words::Reference(integer)),
        TestKind::InSet(Key::Words(6, Words::Slot(slot)), Set::Reference(integer), Element::Words(6)),
        TestKind::Text(Text::Constant(Box::default()), Text::Reference(integer)),
    ];
    let conditions = (0..3).map(|id| Formula::Test(TestId(id))).collect();
    let compiled = compile(&world, program(&world, tests, conditions));
    let references = table(&world, &Type::Int, Value::Int(1)).unwrap();

    let session = atbac_compiler::layout::Frame::new(world.session.clone());
    let mut scratch = atbac_engine::jit::Scratch::new(&compiled);
    let values = compiled.session(&session, &references, 0, &mut scratch);
    let frame = call(&world, &Value::Int(0));
    let outcome = values.decide(&session, &frame, &references, 0, &mut scratch);
    assert_eq!(outcome.fired().iter().map(|fired| fired.standing()).collect::<Vec<_>>(), [Standing::MayPermit; 3]);
    assert_eq!(fired(&world, &compiled, &frame), [0, 1, 2]);
}
