//! What a source gave before it was refused is gone, also for whoever drops the error and tries another.

use super::{Ask, POLICY, World, open};
use atbac_engine::call::typed::{FieldForm, Places, Schema, Slot, Type, TypedCall, Written};
use atbac_engine::{Call, CallValue, InputError, Record};
use jiff::Timestamp;
use serde_json::json;

/// All of [`POLICY`]'s fields but `maybe`, of which the permit asks that it is 5.
fn all_but_maybe() -> String {
    json!({
        "action": "pay", "text": "a", "owned": "b", "number": -3, "large": 4_000_000_000_u64, "bytes": "00ff", "digest": "0102", "length": "90s",
        "instant": "2026-01-01T00:00:00Z", "firmware": { "snp": 8 }, "version": "1.52.4", "address": "10.0.0.1",
        "name": { "first": "x", "second": "y", "tags": [7] }, "names": [{ "first": "z", "tags": [] }], "texts": ["q"],
    })
    .to_string()
}

fn is_permit(world: &mut World, text: &str, first: &str) -> Result<bool, InputError> {
    let call = world.buffer.fill(|call| {
        if !first.is_empty() {
            assert!(call.asserted(first.as_bytes()).is_err(), "{first}");
        }
        call.asserted(text.as_bytes())?;
        call.local(br#"{"approved": true}"#)
    })?;
    Ok(world.session.decide(call, Timestamp::UNIX_EPOCH, &mut world.memory).is_permit())
}

#[test]
fn json_that_is_refused_leaves_nothing() {
    let mut world = open(POLICY);
    let with = all_but_maybe().replacen('{', r#"{"maybe": 5, "#, 1);
    assert!(is_permit(&mut world, &with, "").unwrap());
    assert!(!is_permit(&mut world, &all_but_maybe(), "").unwrap());
    for refused in [
        // In the order of keys, `maybe` comes before what is refused.
        r#"{"maybe": 5, "zzz": 1}"#,
        r#"{"maybe": 5, "number": "1"}"#,
        r#"{"maybe": 5, "name": {"first": "x", "tags": [1, 2, 3]}}"#,
        r#"{"maybe": 5, "approved": true}"#,
        r#"{"maybe": 5, "maybe": 5}"#,
        r#"{"maybe": 5"#,
        r#"{"maybe": 5} {}"#,
    ] {
        assert!(!is_permit(&mut world, &all_but_maybe(), refused).unwrap(), "{refused}");
        // What it gave may be given again, and what it did not give is still missing.
        assert!(is_permit(&mut world, &with, refused).unwrap(), "{refused}");
        let missing = is_permit(&mut world, r#"{"maybe": 5}"#, refused).unwrap_err();
        assert_eq!(missing.code(), "atbac::input::missing", "{refused}");
    }
}

#[test]
fn a_struct_that_is_refused_leaves_nothing() {
    #[derive(Record)]
    struct Named {
        first: &'static str,
        tags: Vec<i64>,
    }
    #[derive(Call)]
    struct Beginning {
        #[atbac(asserted)]
        maybe: Option<u64>,
        #[atbac(asserted)]
        name: Named,
        #[atbac(asserted)]
        action: &'static str,
    }
    let mut world = open(POLICY);
    let form = world.bundle.call_form::<Beginning>("Ask").unwrap();
    let named = || Named { first: "x", tags: vec![7] };
    for refused in [
        Beginning { maybe: Some(5), name: named(), action: "refund" },
        Beginning { maybe: Some(5), name: Named { tags: vec![7; 3], ..named() }, action: "pay" },
        Beginning { maybe: Some(u64::MAX), name: named(), action: "pay" },
    ] {
        for (text, missing) in [(all_but_maybe(), None), ("{}".to_owned(), Some("action"))] {
            let call = world.buffer.fill(|call| {
                assert!(call.fields(&form, &refused).is_err());
                call.asserted(text.as_bytes())?;
                call.local(br#"{"approved": true}"#)
            });
            match (call, missing) {
                (Ok(call), None) => {
                    let decision = world.session.decide(call, Timestamp::UNIX_EPOCH, &mut world.memory);
                    assert!(!decision.is_permit());
                }
                (Err(error), Some(missing)) => {
                    assert_eq!((error.code(), error.path()), ("atbac::input::missing", missing));
                }
                (call, missing) => panic!("{:?} instead of {missing:?}", call.map(drop)),
            }
        }
    }
    // The buffer is as good as new.
    assert!(world.is_permit(&Ask::new()).unwrap());
}

/// All fields of a struct count as given once it is: so it must give each, and once.
#[test]
fn a_struct_gives_every_field_that_it_has_and_each_once() {
    /// Gives so many of its two fields.
    struct Gives(usize);
    impl TypedCall for Gives {
        fn fields() -> Vec<FieldForm> {
            vec![FieldForm::asserted::<str>("maybe_not"), FieldForm::local::<bool>("approved")]
        }
        fn put(&self, places: &mut Places<'_, '_>) -> Result<(), InputError> {
            if self.0 > 0 {
                places.give("a")?;
            }
            (1..self.0).try_for_each(|_| places.give(&true))
        }
    }
    #[derive(Call)]
    struct Twice {
        #[atbac(local)]
        approved: bool,
        #[atbac(local, name = "approved")]
        again: bool,
    }
    let World { bundle, mut buffer, .. } = open(
        "package p; floor circumstance: asserted;
         request Ask { call approved: local Bool, call maybe_not: asserted String } permit one for Ask where approved;",
    );
    let form = bundle.call_form::<Gives>("Ask").unwrap();
    let mut error = |gives| buffer.fill(|call| call.fields(&form, &Gives(gives))).err().map(told);
    assert_eq!(error(2), None);
    assert_eq!(error(0), Some(("atbac::input::missing", "maybe_not".to_owned())));
    assert_eq!(error(1), Some(("atbac::input::missing", "approved".to_owned())));
    assert_eq!(error(3), Some(("atbac::input::unknown", String::new())));
    let Twice { .. } = Twice { approved: true, again: true };
    let twice = bundle.call_form::<Twice>("Ask").err().map(told);
    assert_eq!(twice, Some(("atbac::input::repeated", "approved".to_owned())));
}

/// The second of them would be the one that counts.
#[test]
fn a_record_has_no_field_twice() {
    #[derive(Record)]
    struct Named {
        first: &'static str,
        tags: Vec<i64>,
        #[atbac(name = "first")]
        again: &'static str,
    }
    #[derive(Call)]
    struct One {
        #[atbac(asserted)]
        name: Named,
    }
    #[derive(Call)]
    struct Many {
        #[atbac(asserted)]
        names: Vec<Named>,
    }
    let World { bundle, .. } = open(POLICY);
    let one = bundle.call_form::<One>("Ask").err().map(told);
    assert_eq!(one, Some(("atbac::input::repeated", "name.first".to_owned())));
    let many = bundle.call_form::<Many>("Ask").err().map(told);
    assert_eq!(many, Some(("atbac::input::repeated", "names[].first".to_owned())));
    let named = || Named { first: "x", tags: vec![7], again: "y" };
    let (One { name: Named { first, tags, again }, .. }, Many { names }) =
        (One { name: named() }, Many { names: vec![named()] });
    drop((first, tags, again, names));
}

fn told(error: InputError) -> (&'static str, String) {
    (error.code(), error.path().to_owned())
}

/// What a struct may not give again stays as the source before gave it.
#[test]
fn what_was_given_before_outlasts_a_struct_that_repeats_it() {
    #[derive(Call)]
    struct Again {
        #[atbac(asserted)]
        text: &'static str,
        #[atbac(asserted)]
        maybe: Option<u64>,
    }
    let mut world = open(POLICY);
    let form = world.bundle.call_form::<Again>("Ask").unwrap();
    let call = world.buffer.fill(|call| {
        call.asserted(all_but_maybe().as_bytes())?;
        let again = call.fields(&form, &Again { text: "b", maybe: Some(5) }).unwrap_err();
        assert_eq!((again.code(), again.path()), ("atbac::input::repeated", "text"));
        call.asserted(br#"{"maybe": 5}"#)?;
        call.local(br#"{"approved": true}"#)
    });
    assert!(world.session.decide(call.unwrap(), Timestamp::UNIX_EPOCH, &mut world.memory).is_permit());
}

/// A value that says it fits everywhere is still no evidence.
#[test]
fn nothing_but_a_verifier_makes_evidence() {
    struct Anything;
    impl CallValue for Anything {
        fn fits(_: &Schema, _: &Type) -> Result<(), InputError> {
            Ok(())
        }
        fn put<'f>(&self, slot: Slot<'f>) -> Result<Written<'f>, InputError> {
            "anything".put(slot)
        }
    }
    #[derive(Call)]
    struct Given {
        #[atbac(authenticated)]
        result: Anything,
    }
    for (ty, is_taken) in
        [("Ear", false), ("Ear?", false), ("[Ear; 2]", false), ("Approval", true), ("[Approval; 2]", true)]
    {
        let policy = format!(
            "package p; use std.agent.Approval; use std.ear.Ear; floor circumstance: asserted;
             request Ask {{ call result: authenticated {ty}, call text: asserted String }} permit one for Ask where text == \"a\";"
        );
        let form = open(&policy).bundle.call_form::<Given>("Ask");
        let code = form.err().map(|error| error.code());
        assert_eq!(code, if is_taken { None } else { Some("atbac::input::provenance") }, "{ty}");
    }
    let Given { result: Anything } = Given { result: Anything };
}

/// What does not fit a field that is marked `@sensitive` is not quoted, however deep it stands and however the call comes.
#[test]
fn sensitive_values_are_not_quoted() {
    #[derive(Call)]
    struct Known {
        #[atbac(asserted)]
        born: &'static str,
    }
    let mut world = open(
        "package p; floor circumstance: asserted; record Person { @sensitive badge: Version }
         request Ask { @sensitive call born: asserted Instant, call person: asserted Person, call open: asserted Version } permit one for Ask;",
    );
    let form = world.bundle.call_form::<Known>("Ask").unwrap();
    let by_struct = world.buffer.fill(|call| call.fields(&form, &Known { born: "secret" })).map(drop).unwrap_err();
    assert!(by_struct.path() == "born" && !by_struct.to_string().contains("secret"), "{by_struct}");
    for (text, path, is_shown) in [
        (r#"{"born": "secret"}"#, "born", false),
        (r#"{"person": {"badge": "secret"}}"#, "person.badge", false),
        (r#"{"open": "secret"}"#, "open", true),
    ] {
        let error = world.buffer.fill(|call| call.asserted(text.as_bytes())).map(drop).unwrap_err();
        assert_eq!((error.path(), error.to_string().contains("secret")), (path, is_shown), "{error}");
    }
}
