//! Calls from structs of the embedding program: `#[derive(Call)]` and `#[derive(Record)]`.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "what is not as expected fails the test")]

mod by_hand;
mod refused;

use atbac_compiler::value::Tcb;
use atbac_engine::{Bundle, BundleError, Call, CallBuffer, Execution, InputError, Memory, Record, Session, SourceFile};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Each forbid looks at one field, so that what denies says which values arrived.
const POLICY: &str = r#"
package p;
floor circumstance: asserted;
enum Action { query, pay }
record Name { first: String, second: String?, tags: [Int; 2] }
request Ask {
  call action: asserted Action,
  call text: asserted String,
  call owned: asserted String,
  call number: asserted Int,
  call large: asserted Int,
  call bytes: asserted Bytes,
  call digest: asserted Digest<2>,
  call length: asserted Duration,
  call instant: asserted Instant,
  call firmware: asserted Tcb,
  call version: asserted Version,
  call address: asserted IpAddr,
  call maybe: asserted Int?,
  call name: asserted Name,
  call names: asserted [Name; 2],
  call texts: asserted Set<String>,
  call approved: local Bool,
  call rest: asserted String?,
}
permit everything for Ask
  where action == pay, text == "a", owned == "b", number == -3, large == 4000000000, bytes == hex"00ff", digest == hex"0102",
    length == 90s, instant == 2026-01-01T00:00:00Z, firmware >= tcb { snp: 8 }, version == version"1.52.4", address == ip"10.0.0.1",
    approved
{
  require maybe is present and maybe == 5 else "maybe";
  require name.first == "x" and name.second is present and name.second == "y" and any t in name.tags: t == 7 else "name";
  require any n in names: n.first == "z" and not (n.second is present) else "names";
  require "q" in texts and count(n in names where n.first == "z") == 1 else "texts";
}
"#;

#[derive(Record)]
struct Name<'a> {
    first: &'a str,
    second: Option<String>,
    tags: Vec<i64>,
}

#[derive(Call)]
struct Ask<'a> {
    #[atbac(asserted)]
    action: &'a str,
    #[atbac(asserted)]
    text: Cow<'a, str>,
    #[atbac(asserted)]
    owned: String,
    #[atbac(asserted)]
    number: i16,
    #[atbac(asserted, name = "large")]
    of_another_name: u64,
    #[atbac(asserted)]
    bytes: &'a [u8],
    #[atbac(asserted)]
    digest: [u8; 2],
    #[atbac(asserted)]
    length: SignedDuration,
    #[atbac(asserted)]
    instant: Timestamp,
    #[atbac(asserted)]
    firmware: Tcb,
    #[atbac(asserted)]
    version: &'a str,
    #[atbac(asserted)]
    address: IpAddr,
    #[atbac(asserted)]
    maybe: Option<u32>,
    #[atbac(asserted)]
    name: Name<'a>,
    #[atbac(asserted)]
    names: &'a [Name<'a>],
    #[atbac(asserted)]
    texts: &'a [&'a str],
    #[atbac(local)]
    approved: bool,
}

impl Ask<'_> {
    fn new() -> Self {
        const NAMES: &[&str] = &["p", "q"];
        let name = |first, second: Option<&str>, tags| Name { first, second: second.map(str::to_owned), tags };
        Ask {
            action: "pay",
            text: "a".into(),
            owned: "b".to_owned(),
            number: -3,
            of_another_name: 4_000_000_000,
            bytes: &[0, 0xff],
            digest: [1, 2],
            length: SignedDuration::from_secs(90),
            instant: "2026-01-01T00:00:00Z".parse().unwrap(),
            firmware: Tcb::new([("snp", 8), ("tee", 1)]).unwrap(),
            version: "1.52.4",
            // It is the same address.
            address: Ipv6Addr::from_bits(0xffff_0a00_0001).into(),
            maybe: Some(5),
            name: name("x", Some("y"), vec![1, 7]),
            names: Vec::leak(vec![name("z", None, Vec::new())]),
            texts: NAMES,
            approved: true,
        }
    }
}

struct World {
    bundle: Bundle,
    session: Session,
    buffer: CallBuffer,
    memory: Memory,
}

fn open(policy: &str) -> World {
    let file = SourceFile { name: "p.atbac".to_owned(), text: policy.to_owned() };
    let bundle = match Bundle::open([file], Execution::Jit) {
        Ok(bundle) => bundle,
        Err(BundleError::Refused(refused)) => panic!("{:?}", refused.diagnostics),
        Err(error) => panic!("{error}"),
    };
    let session = bundle.open_session(bundle.session_fields("Ask").unwrap(), Timestamp::UNIX_EPOCH).unwrap();
    let (buffer, memory) = (session.call_buffer(), session.memory());
    World { bundle, session, buffer, memory }
}

impl World {
    fn is_permit(&mut self, ask: &Ask<'_>) -> Result<bool, InputError> {
        let form = self.bundle.call_form::<Ask<'_>>("Ask")?;
        let call = self.buffer.fill(|call| call.fields(&form, ask))?;
        Ok(self.session.decide(call, Timestamp::UNIX_EPOCH, &mut self.memory).is_permit())
    }
}

/// Every value arrives: the permit asks for each of them, and is lost when any one is another.
#[test]
fn each_field_of_a_struct_is_the_field_of_the_call() {
    let mut world = open(POLICY);
    let right = Ask::new();
    assert!(world.is_permit(&right).unwrap());
    let others: Vec<Ask<'_>> = vec![
        Ask { action: "query", ..Ask::new() },
        Ask { text: "b".into(), ..Ask::new() },
        Ask { owned: String::new(), ..Ask::new() },
        Ask { number: 3, ..Ask::new() },
        Ask { of_another_name: 4_000_000_001, ..Ask::new() },
        Ask { bytes: &[0], ..Ask::new() },
        Ask { digest: [2, 1], ..Ask::new() },
        Ask { length: SignedDuration::from_millis(90_001), ..Ask::new() },
        Ask { instant: Timestamp::UNIX_EPOCH, ..Ask::new() },
        Ask { firmware: Tcb::default(), ..Ask::new() },
        Ask { version: "1.52.5", ..Ask::new() },
        Ask { address: Ipv4Addr::LOCALHOST.into(), ..Ask::new() },
        Ask { maybe: None, ..Ask::new() },
        Ask { maybe: Some(6), ..Ask::new() },
        Ask { name: Name { first: "w", ..Ask::new().name }, ..Ask::new() },
        Ask { name: Name { second: None, ..Ask::new().name }, ..Ask::new() },
        Ask { name: Name { tags: vec![8], ..Ask::new().name }, ..Ask::new() },
        Ask { names: &[], ..Ask::new() },
        Ask { texts: &["p"], ..Ask::new() },
        Ask { approved: false, ..Ask::new() },
    ];
    for (at, ask) in others.iter().enumerate() {
        assert!(!world.is_permit(ask).unwrap(), "the {at}th");
    }
    assert!(world.is_permit(&right).unwrap());
}

#[test]
fn values_beyond_their_type_are_refused_by_name() {
    let mut world = open(POLICY);
    let list = || Name { first: "z", second: None, tags: vec![1, 2, 3] };
    let many: Vec<Name<'_>> = (0..3).map(|_| Name { tags: Vec::new(), ..list() }).collect();
    let one = [list()];
    let cases = [
        (Ask { action: "refund", ..Ask::new() }, "atbac::input::type", "action"),
        (Ask { of_another_name: u64::MAX, ..Ask::new() }, "atbac::input::range", "large"),
        (Ask { length: SignedDuration::MAX, ..Ask::new() }, "atbac::input::range", "length"),
        (Ask { version: "1.2", ..Ask::new() }, "atbac::input::type", "version"),
        (Ask { names: &many, ..Ask::new() }, "atbac::input::range", "names"),
        (Ask { names: &one, ..Ask::new() }, "atbac::input::range", "names[0].tags"),
    ];
    for (ask, code, path) in cases {
        let error = world.is_permit(&ask).unwrap_err();
        assert_eq!((error.code(), error.path()), (code, path), "{error}");
    }
}

/// A struct and JSON give parts of one call; a field of both is refused.
#[test]
fn a_struct_and_json_make_one_call() {
    #[derive(Call)]
    struct Known {
        #[atbac(local)]
        approved: bool,
    }
    let mut world = open(POLICY);
    let form = world.bundle.call_form::<Known>("p.Ask").unwrap();
    let said = json!({
        "action": "pay", "text": "a", "owned": "b", "number": -3, "large": 4_000_000_000_u64, "bytes": "00ff", "digest": "0102", "length": "90s",
        "instant": "2026-01-01T00:00:00Z", "firmware": { "snp": 8 }, "version": "1.52.4", "address": "10.0.0.1", "maybe": 5,
        "name": { "first": "x", "second": "y", "tags": [7] }, "names": [{ "first": "z", "tags": [] }], "texts": ["q"],
    });
    let said = said.to_string();
    for approved in [true, false] {
        let call = world.buffer.fill(|call| {
            call.fields(&form, &Known { approved })?;
            call.asserted(said.as_bytes())
        });
        let decision = world.session.decide(call.unwrap(), Timestamp::UNIX_EPOCH, &mut world.memory);
        assert_eq!(decision.is_permit(), approved);
    }
    let twice = world.buffer.fill(|call| {
        call.fields(&form, &Known { approved: false })?;
        call.local(br#"{"approved": true}"#)
    });
    assert_eq!(twice.map(drop).unwrap_err().code(), "atbac::input::repeated");
    let missing = world.buffer.fill(|call| call.fields(&form, &Known { approved: true })).map(drop).unwrap_err();
    assert_eq!((missing.code(), missing.path()), ("atbac::input::missing", "action"));
}

/// What does not fit the policy is found when the form is made, before any call.
#[test]
fn a_struct_that_does_not_fit_the_policy_gets_no_form() {
    #[derive(Call)]
    struct OfAnotherProvenance {
        #[atbac(asserted)]
        approved: bool,
    }
    #[derive(Call)]
    struct OfAnotherType {
        #[atbac(local)]
        approved: i64,
    }
    #[derive(Call)]
    struct Unknown {
        #[atbac(local)]
        aproved: bool,
    }
    #[derive(Call)]
    struct OfAnotherLength {
        #[atbac(asserted)]
        digest: [u8; 3],
    }
    #[derive(Call)]
    struct NotOptional {
        #[atbac(asserted)]
        maybe: i64,
    }
    #[derive(Record)]
    struct Part {
        first: String,
    }
    #[derive(Call)]
    struct Incomplete {
        #[atbac(asserted)]
        name: Part,
    }
    let World { bundle, session, mut buffer, .. } = open(POLICY);
    let refused = |error: Option<InputError>| error.map(|error| error.code());
    assert_eq!(refused(bundle.call_form::<OfAnotherProvenance>("Ask").err()), Some("atbac::input::provenance"));
    assert_eq!(refused(bundle.call_form::<OfAnotherType>("Ask").err()), Some("atbac::input::type"));
    assert_eq!(refused(bundle.call_form::<Unknown>("Ask").err()), Some("atbac::input::unknown"));
    assert_eq!(refused(bundle.call_form::<OfAnotherLength>("Ask").err()), Some("atbac::input::type"));
    assert_eq!(refused(bundle.call_form::<NotOptional>("Ask").err()), Some("atbac::input::type"));
    assert_eq!(refused(bundle.call_form::<Incomplete>("Ask").err()), Some("atbac::input::missing"));
    assert_eq!(refused(bundle.call_form::<Unknown>("Asc").err()), Some("atbac::input::unknown"));
    // A form of another bundle, though of the same policy.
    let form = open(POLICY).bundle.call_form::<Ask<'_>>("Ask").unwrap();
    assert_eq!(buffer.fill(|call| call.fields(&form, &Ask::new())).map(drop).unwrap_err().code(), "atbac::input::type");
    drop(session);
    let unread = (Part { first: String::new() }, Unknown { aproved: true }, NotOptional { maybe: 1 });
    drop((unread.0.first, unread.1.aproved, unread.2.maybe));
}

/// What is granted may be computed from the call, also where the call came as a frame.
#[test]
fn grants_read_calls_that_came_as_frames() {
    #[derive(Call)]
    struct Ask<'a> {
        #[atbac(asserted)]
        audience: &'a str,
        #[atbac(asserted)]
        seconds: i64,
    }
    let World { bundle, session, mut buffer, mut memory } = open(
        "package p;
         floor circumstance: asserted;
         request Ask { call audience: asserted String, call seconds: asserted Int }
         grant Pass for Ask { audience: String merge same, uses: Int merge min }
         permit one for Ask where seconds < 100 { grant { audience: audience, uses: seconds } }
         permit other for Ask where seconds < 50 { grant { audience: \"acme\", uses: 7 } }",
    );
    let form = bundle.call_form::<Ask<'_>>("Ask").unwrap();
    for (audience, seconds, expected) in [
        ("umbrella", 60, Some("60")),
        ("acme", 20, Some("7")),
        ("acme", 5, Some("5")),
        // The permits do not agree.
        ("umbrella", 20, None),
        ("acme", 100, None),
    ] {
        let call = buffer.fill(|call| call.fields(&form, &Ask { audience, seconds })).unwrap();
        let decision = session.decide(call, Timestamp::UNIX_EPOCH, &mut memory);
        let uses = atbac_engine::json::decision(bundle.schema(), &decision, None)["grant"]["uses"].clone();
        assert_eq!(decision.is_permit(), expected.is_some(), "{audience} {seconds}");
        assert_eq!(uses.as_i64().map(|uses| uses.to_string()).as_deref(), expected);
    }
}
