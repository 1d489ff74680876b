//! Structs, records and values whose traits are written by hand: none leaves a field empty that counts as given.

use super::{World, open};
use atbac_engine::call::typed::{
    FieldForm, Fits, Places, RecordPlaces, Schema, Slot, Type, TypedCall, TypedRecord, Written, put_record, record_fits,
};
use atbac_engine::{CallForm, CallValue, InputError};
use jiff::Timestamp;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

const POLICY: &str = r#"
package p;
floor circumstance: asserted;
record Name { first: String, second: String, middle: String? }
request Ask { call text: asserted String, call maybe: asserted Int?, call name: asserted Name, call names: asserted [Name; 2]? }
permit one for Ask
  where text == "a", not (maybe is present), name.first == "x", name.second == "y", not (name.middle is present), not (names is present);
"#;

/// A struct of all four fields, and how it gives them.
struct Gives<'a>(&'a dyn Fn(&mut Places<'_, '_>) -> Result<(), InputError>);

impl TypedCall for Gives<'_> {
    fn fields() -> Vec<FieldForm> {
        vec![
            FieldForm::asserted::<str>("text"),
            FieldForm::asserted::<Option<i64>>("maybe"),
            FieldForm::asserted::<Named>("name"),
            FieldForm::asserted::<Option<Vec<Named>>>("names"),
        ]
    }

    fn put(&self, places: &mut Places<'_, '_>) -> Result<(), InputError> {
        (self.0)(places)
    }
}

type GivesRecord = fn(&mut RecordPlaces<'_, '_>) -> Result<(), InputError>;

/// A record that says it has all fields of `Name`, and how it gives them.
struct Named(GivesRecord);

impl TypedRecord for Named {
    fn fields() -> Vec<(&'static str, Fits)> {
        vec![("first", str::fits), ("second", str::fits), ("middle", <Option<&str>>::fits)]
    }

    fn put(&self, record: &mut RecordPlaces<'_, '_>) -> Result<(), InputError> {
        (self.0)(record)
    }
}

impl CallValue for Named {
    fn fits(schema: &Schema, ty: &Type) -> Result<(), InputError> {
        record_fits::<Self>(schema, ty)
    }

    fn put<'f>(&self, slot: Slot<'f>) -> Result<Written<'f>, InputError> {
        put_record(self, slot)
    }
}

/// A value that panics when it is given.
struct Panics;

impl CallValue for Panics {
    fn fits(schema: &Schema, ty: &Type) -> Result<(), InputError> {
        str::fits(schema, ty)
    }

    fn put<'f>(&self, _: Slot<'f>) -> Result<Written<'f>, InputError> {
        // Nothing is printed so.
        resume_unwind(Box::new("a panic"))
    }
}

const NOTHING: Option<i64> = None;

fn right(record: &mut RecordPlaces<'_, '_>) -> Result<(), InputError> {
    record.give("second", "y")?;
    record.give("first", "x")
}

fn no_names(places: &mut Places<'_, '_>) -> Result<(), InputError> {
    places.give(&None::<Vec<Named>>)
}

/// Whether a call is permitted, or the code and path of its error.
type Outcome = Result<bool, (&'static str, String)>;

/// Of a call whose struct gives its fields so.
fn outcome(gives: impl Fn(&mut Places<'_, '_>) -> Result<(), InputError>) -> Outcome {
    let World { bundle, session, mut buffer, mut memory } = open(POLICY);
    let form: CallForm<Gives<'_>> = bundle.call_form("Ask").unwrap();
    match buffer.fill(|call| call.fields(&form, &Gives(&gives))) {
        Ok(call) => Ok(session.decide(call, Timestamp::UNIX_EPOCH, &mut memory).is_permit()),
        Err(error) => Err((error.code(), error.path().to_owned())),
    }
}

fn refused(code: &'static str, path: &str) -> Outcome {
    Err((code, path.to_owned()))
}

#[test]
fn a_struct_that_goes_on_after_an_error_is_refused() {
    let permitted = outcome(|places| {
        places.give("a")?;
        places.give(&NOTHING)?;
        places.give(&Named(right))?;
        no_names(places)
    });
    assert_eq!(permitted, Ok(true));
    // Of another type, absent where the policy takes no absence, and tried again.
    for text in [
        |places: &mut Places<'_, '_>| drop(places.give(&1_i64)),
        |places: &mut Places<'_, '_>| drop(places.give(&None::<&str>)),
        |places: &mut Places<'_, '_>| {
            if places.give(&1_i64).is_err() {
                drop(places.give("a"));
            }
        },
        |places: &mut Places<'_, '_>| drop(catch_unwind(AssertUnwindSafe(|| places.give(&Panics)))),
    ] {
        let error = outcome(|places| {
            text(places);
            let _ = places.give(&NOTHING);
            let _ = places.give(&Named(right));
            let _ = no_names(places);
            Ok(())
        });
        assert_eq!(error, refused("atbac::input::missing", "text"));
    }
    // Half of it was written: that there is a number.
    let half = outcome(|places| {
        places.give("a")?;
        let _ = places.give(&Some("1"));
        places.give(&Named(right))?;
        no_names(places)
    });
    assert_eq!(half, refused("atbac::input::missing", "maybe"));
    let more = outcome(|places| {
        places.give("a")?;
        places.give(&NOTHING)?;
        places.give(&Named(right))?;
        no_names(places)?;
        let _ = places.give("b");
        Ok(())
    });
    assert_eq!(more, refused("atbac::input::unknown", ""));
}

#[test]
fn a_record_gives_every_field_that_must_be_there_and_each_once() {
    fn name(put: GivesRecord) -> Outcome {
        let alone = outcome(|places| {
            places.give("a")?;
            places.give(&NOTHING)?;
            places.give(&Named(put))?;
            no_names(places)
        });
        let listed = outcome(|places| {
            places.give("a")?;
            places.give(&NOTHING)?;
            places.give(&Named(right))?;
            places.give(&Some(vec![Named(right), Named(put)]))
        });
        // What is wrong with it is wrong in a list too.
        let of_the_list = |(code, path): (_, String)| (code, path.replacen("name", "names[1]", 1));
        assert_eq!(listed, alone.clone().map(|_| false).map_err(of_the_list));
        alone
    }
    assert_eq!(name(right), Ok(true));
    assert_eq!(name(|record| right(record).and_then(|()| record.give("middle", &Some("z")))), Ok(false));
    assert_eq!(name(|_| Ok(())), refused("atbac::input::missing", "name.first"));
    assert_eq!(name(|record| record.give("first", "x")), refused("atbac::input::missing", "name.second"));
    let twice = name(|record| right(record).and_then(|()| record.give("second", "y")));
    assert_eq!(twice, refused("atbac::input::repeated", "name.second"));
    assert_eq!(name(|record| record.give("third", "z")), refused("atbac::input::unknown", "name.third"));
    // Errors that are dropped: of what must be there, of what need not, of half of it, and of a name.
    for put in [
        (|record| {
            let _ = record.give("first", &1_i64);
            record.give("second", "y")
        }) as GivesRecord,
        |record| {
            let _ = record.give("first", &1_i64);
            let _ = right(record);
            Ok(())
        },
        |record| {
            right(record)?;
            let _ = record.give("middle", &Some(1_i64));
            Ok(())
        },
        |record| {
            right(record)?;
            let _ = record.give("midle", &Some("z"));
            Ok(())
        },
        |record| {
            right(record)?;
            let _ = catch_unwind(AssertUnwindSafe(|| record.give("middle", &Some(Panics))));
            Ok(())
        },
    ] {
        assert_eq!(name(put).map_err(|(code, _)| code), Err("atbac::input::missing"));
    }
    // A record where the policy takes none.
    let other = outcome(|places| places.give(&Named(|_| Ok(()))));
    assert_eq!(other, refused("atbac::input::type", "text"));
}

/// What a struct gave before it panicked is taken back, also for whoever catches the panic and fills the rest from another source.
#[test]
fn a_struct_that_panics_leaves_nothing() {
    let World { bundle, session, mut buffer, mut memory } = open(POLICY);
    let form: CallForm<Gives<'_>> = bundle.call_form("Ask").unwrap();
    let panics = Gives(&|places| {
        places.give("a")?;
        places.give(&Some(5))?;
        places.give(&Named(right))?;
        places.give(&Panics)
    });
    let mut filled = |rest: &str| {
        let call = buffer.fill(|call| {
            catch_unwind(AssertUnwindSafe(|| call.fields(&form, &panics))).unwrap_err();
            call.asserted(rest.as_bytes())
        });
        match call {
            Ok(call) => Ok(session.decide(call, Timestamp::UNIX_EPOCH, &mut memory).is_permit()),
            Err(error) => Err((error.code(), error.path().to_owned())),
        }
    };
    assert_eq!(filled("{}"), refused("atbac::input::missing", "text"));
    // The permit asks that `maybe` is absent.
    assert_eq!(filled(r#"{"text": "a", "name": {"first": "x", "second": "y"}}"#), Ok(true));
}
