//! Event logs against the registers of quotes. Digests and registers were computed by hand with another implementation of SHA-384.

use atbac_evidence::dcap::{Content, EventLog, MeasuredEvents, Tdx};
use atbac_evidence::{Refusal, Verified};
use atbac_simulation::QuoteForgery;
use serde_json::{Value, json};

use crate::forged_quote::{now, tdx};

/// SHA-384 of four zero bytes, of `image`, and of `Exit Boot Services Invocation`.
const SEPARATOR: &str =
    "394341b7182cd227c5c6b07ef8000cdfd86136c4292b8e576573ad7ed9ae41019f5818b4b971c9effc60e1ad9f1289f0";
const IMAGE: &str = "7158862be7ff7d2ae0a585b872f415cf09b7fe8c6ce170ef944061e7788d73c1f5835652d8afe9939b01905d5aa7c48c";
const EXIT: &str = "214b0bef1379756011344877743fdc2a5382bac6e70362d624ccf3f654407c1b4badf7d8f9295dd3dabdef65b27677e0";
/// SHA-384 of `01 00 00 08 : app-id : c0 ff ee`, and of the same type with `system-ready` and nothing.
const APP_ID: &str = "96bc79e7af23916f47a5bfdc17d66e97903be4e5e82f9c92f8c058572a06fe62bb6f020f3f345ae907a764bc005ca624";
const READY: &str = "1a76b2a80a0be71eae59f80945d876351a7a3fb8e9fd1ff1cede5734aa84ea11fd72b4edfbb6f04e5a85edd114c751bd";
/// Zero extended with `SEPARATOR` and `IMAGE`; with `EXIT`; with `APP_ID` and `READY`.
const RTMR0: &str = "aa7a199c03d71c5bb879e7ffb6cd82610294c86edbf64de1bf70bf10ddc3a488fe53b7411ac4e82c7b2c6f9006213485";
const RTMR1: &str = "30fb3d953f503782391f223f5402965736aa4cc4234e9f3b34d65157154951965053283e08d47bc905472ee9b74ff971";
const RTMR3: &str = "d8766f6e518c5ddfe8911fdb5c9fc077fcaee9b7be16021c266be121669cb1d20851c3c62281c55a4dd3c4816e8b2dc6";

/// SHA-384 of `01 00 00 08 : app : id :`, which is `app:id` with nothing and `app` with `id:`.
const COLON: &str = "79af596c41ca7ff554b6a272c7a7d45adb59bfdf6069d2f3e5c1bbcfe2c51866a749485537aba140f4623ae22e3c065d";
/// Zero extended with `APP_ID` alone; with `COLON` alone.
const RTMR_APP_ID: &str =
    "61d2a69ed555789b06404943e28714d5b4c41854c03b86d06255de85386fd1750c2e60bd72db9d7cee379dc6737b86d4";
const RTMR_COLON: &str =
    "a96dad3803b85643f685fff6fa15a4c355a41097de73010c15c3c35d1459c5c05edbb1196d093afea6c8756a593712f3";

/// A verified quote whose registers 0, 1 and 3 were extended.
fn quote() -> Verified<Tdx> {
    quote_of(&[(0, RTMR0), (1, RTMR1), (3, RTMR3)])
}

/// A verified quote with these values in its registers, and zeros in the others.
fn quote_of(registers: &[(usize, &str)]) -> Verified<Tdx> {
    let mut forgery = QuoteForgery::tdx();
    for (register, value) in registers {
        forgery.quote.body[328 + 48 * register..][..48].copy_from_slice(&hex::decode(value).unwrap());
    }
    tdx(&forgery.mint(), now()).unwrap()
}

const EV_NO_ACTION: u32 = 3;
const EV_SEPARATOR: u32 = 4;
const EV_EFI_ACTION: u32 = 0x8000_0007;
const EV_PLATFORM_CONFIG_FLAGS: u32 = 10;

/// The first event (TCG PC Client Platform Firmware Profile, section 10.4.5.1), with SHA-384 and SHA-256.
fn header() -> Vec<u8> {
    let mut data = b"Spec ID Event03\0".to_vec();
    data.extend([0, 0, 0, 0, 0, 2, 1, 2]);
    data.extend(2u32.to_le_bytes());
    for (algorithm, size) in [(0x000Cu16, 48u16), (0x000B, 32)] {
        data.extend(algorithm.to_le_bytes());
        data.extend(size.to_le_bytes());
    }
    data.push(0);
    let mut event = [1u32.to_le_bytes(), EV_NO_ACTION.to_le_bytes()].concat();
    event.extend([0; 20]);
    event.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    event.extend(data);
    event
}

/// An event with a SHA-256 digest, which counts for nothing, and a SHA-384 one. `index` is 1 for RTMR0.
fn event(index: u32, event_type: u32, digest: &str, data: &[u8]) -> Vec<u8> {
    let mut event = [index, event_type, 2].map(u32::to_le_bytes).concat();
    event.extend([0x0B, 0]);
    event.extend([0x77; 32]);
    event.extend([0x0C, 0]);
    event.extend(hex::decode(digest).unwrap());
    event.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    event.extend(data);
    event
}

fn events() -> [Vec<u8>; 4] {
    [
        event(1, EV_SEPARATOR, SEPARATOR, &[0; 4]),
        event(1, EV_NO_ACTION, IMAGE, b"nothing"),
        event(2, EV_EFI_ACTION, EXIT, b"Exit Boot Services Invocation"),
        event(1, EV_PLATFORM_CONFIG_FLAGS, IMAGE, b"ACPI DATA"),
    ]
}

fn firmware() -> Vec<u8> {
    [header(), events().concat()].concat()
}

fn runtime() -> Value {
    json!([
        { "imr": 3, "event_type": 0x0800_0001, "digest": APP_ID, "event": "app-id", "event_payload": "c0ffee" },
        { "imr": 3, "event_type": 0x0800_0001, "digest": READY, "event": "system-ready", "event_payload": "" },
    ])
}

fn runtime_log(json: &Value) -> EventLog {
    EventLog::from_json(json.to_string().as_bytes()).unwrap()
}

fn measured(name: &str, data: &[u8]) -> Content {
    Content::Measured { name: name.to_owned(), data: data.to_vec() }
}

fn code(verdict: Result<MeasuredEvents, Refusal>) -> &'static str {
    verdict.unwrap_err().code()
}

#[test]
fn a_log_that_replays_is_what_was_measured() {
    let log = EventLog::from_ccel(&firmware()).unwrap().and(runtime_log(&runtime()));
    let events = log.verify(&quote()).unwrap();
    let contents =
        |register| -> Vec<&Content> { events.register(register).unwrap().iter().map(|event| &event.content).collect() };
    // The digest of the second is an image's, so its text is no more than a description.
    assert_eq!(contents(0), [&measured("", &[0; 4]), &Content::Described(b"ACPI DATA".to_vec())]);
    assert_eq!(contents(1), [&measured("", b"Exit Boot Services Invocation")]);
    assert_eq!(contents(2), [] as [&Content; 0]);
    assert_eq!(contents(3), [&measured("app-id", &[0xC0, 0xFF, 0xEE]), &measured("system-ready", b"")]);
    assert_eq!(events.register(4), None);
    let first = &events.register(0).unwrap()[0];
    assert_eq!((first.event_type, hex::encode(first.digest).as_str()), (EV_SEPARATOR, SEPARATOR));
}

#[test]
fn what_a_log_does_not_tell_is_not_said() {
    let events = EventLog::from_ccel(&firmware()).unwrap().verify(&quote()).unwrap();
    assert!(events.register(0).is_some() && events.register(1).is_some());
    assert_eq!(events.register(2), Some(&[][..]), "it was never extended");
    assert_eq!(events.register(3), None, "it was extended, and the log has none of it");
}

#[test]
fn any_other_log_is_refused() {
    let verify =
        |events: &[Vec<u8>]| EventLog::from_ccel(&[header(), events.concat()].concat()).unwrap().verify(&quote());
    let [separator, nothing, exit, image] = events();
    for events in [
        vec![separator.clone(), exit.clone()],
        vec![image.clone(), separator.clone(), exit.clone()],
        vec![separator.clone(), image.clone(), exit.clone(), exit.clone()],
        vec![separator.clone(), image.clone(), event(3, EV_EFI_ACTION, EXIT, b"")],
        vec![separator.clone(), image.clone(), event(1, EV_EFI_ACTION, EXIT, b"")],
        vec![event(1, EV_SEPARATOR, IMAGE, &[0; 4]), image.clone()],
    ] {
        assert_eq!(code(verify(&events)), "event_log_mismatch");
    }
    // A description may say anything; the order between registers is nobody's business.
    let renamed = event(1, EV_PLATFORM_CONFIG_FLAGS, IMAGE, b"anything");
    verify(&[exit, separator, renamed, nothing]).unwrap();

    for (field, value) in [("digest", json!(APP_ID)), ("imr", json!(2))] {
        let mut log = runtime();
        log[1][field] = value;
        assert_eq!(code(runtime_log(&log).verify(&quote())), "event_log_mismatch", "{field}");
    }
    // With the right digests, another payload or name is not what was measured.
    for (field, value) in [("event", json!("app-ie")), ("event_payload", json!("c0ffef")), ("event_type", json!(1))] {
        let mut log = runtime();
        log[0][field] = value;
        let events = runtime_log(&log).verify(&quote()).unwrap();
        let content = &events.register(3).unwrap()[0].content;
        assert!(matches!(content, Content::Described(_)), "{field}: {content:?}");
    }
}

/// One digest can be that of several events. Only register 3 holds named ones, and only they are vouched for there.
#[test]
fn a_digest_vouches_for_one_event_alone() {
    let first = |register: usize, value: &str, event: Value| {
        let events = runtime_log(&json!([event])).verify(&quote_of(&[(register, value)])).unwrap();
        events.register(register).unwrap()[0].content.clone()
    };
    let event = |register: usize, event_type: u32, digest: &str, name: &str, data: &str| json!({ "imr": register, "event_type": event_type, "digest": digest, "event": name, "event_payload": data });
    let named = 0x0800_0001;
    let good = event(3, named, APP_ID, "app-id", "c0ffee");
    assert_eq!(first(3, RTMR_APP_ID, good), measured("app-id", &[0xC0, 0xFF, 0xEE]));

    // What was measured for a named event, told as the data of one without a name.
    let measured_bytes = "010000083a6170702d69643ac0ffee";
    let unnamed = event(3, EV_SEPARATOR, APP_ID, "", measured_bytes);
    assert_eq!(first(3, RTMR_APP_ID, unnamed), Content::Described(hex::decode(measured_bytes).unwrap()));
    // The same bytes measured by the firmware, told as a named event.
    let early = event(0, named, APP_ID, "app-id", "c0ffee");
    assert_eq!(first(0, RTMR_APP_ID, early), Content::Described(vec![0xC0, 0xFF, 0xEE]));
    // An event without a name may be described by any words.
    let firmware = event(0, EV_SEPARATOR, APP_ID, "a:b", measured_bytes);
    assert_eq!(first(0, RTMR_APP_ID, firmware), measured("", &hex::decode(measured_bytes).unwrap()));
    // The end of a name told as the beginning of the data, and the other way round.
    let longer = event(3, named, COLON, "app:id", "");
    assert_eq!(first(3, RTMR_COLON, longer), Content::Described(vec![]));
    let shorter = event(3, named, COLON, "app", &hex::encode("id:"));
    assert_eq!(first(3, RTMR_COLON, shorter), measured("app", b"id:"));
}

#[test]
fn the_unused_rest_of_the_area_is_no_event() {
    for filler in [0, 0xFF] {
        for length in [1, 7, 8, 4096] {
            let log = [firmware(), vec![filler; length]].concat();
            EventLog::from_ccel(&log).unwrap().verify(&quote()).unwrap();
        }
    }
    let log = [firmware(), vec![0xFF; 100], vec![1]].concat();
    assert_eq!(EventLog::from_ccel(&log).unwrap_err().code(), "event_log_malformed");
}

/// The specification names five; a log may not make its reader keep any number.
#[test]
fn a_log_names_no_more_algorithms_than_there_are() {
    let with = |count: u16| {
        let mut data = b"Spec ID Event03\0".to_vec();
        data.extend([0, 0, 0, 0, 0, 2, 1, 2]);
        data.extend(u32::from(count).to_le_bytes());
        data.extend((0..count).flat_map(|number| [(0x000C + number).to_le_bytes(), 48u16.to_le_bytes()].concat()));
        data.push(0);
        let mut log = [1u32.to_le_bytes(), EV_NO_ACTION.to_le_bytes()].concat();
        log.extend([0; 20]);
        log.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        log.extend(data);
        EventLog::from_ccel(&log).map(drop)
    };
    with(16).unwrap();
    assert_eq!(with(17).unwrap_err().code(), "event_log_malformed");
}

#[test]
fn malformed_logs_are_refused() {
    let good = firmware();
    let event_ends: Vec<usize> = (0..=4).map(|count| header().len() + events()[..count].concat().len()).collect();
    for cut in 0..good.len() {
        let verdict = EventLog::from_ccel(&good[..cut]);
        assert_eq!(verdict.is_ok(), event_ends.contains(&cut), "{cut} bytes");
    }
    let with = |position: usize, byte: u8| {
        let mut log = firmware();
        log[position] = byte;
        EventLog::from_ccel(&log).map(|_| ()).map_err(|refusal| refusal.code())
    };
    let first = header().len();
    for (what, position, byte) in [
        ("the first event is an action", 4, 4),
        ("another signature", 32, b'X'),
        ("too many algorithms", 32 + 16 + 8, 17),
        ("an event of register 4", first, 5),
        ("an event of the TD's measurement", first, 0),
        ("another algorithm", first + 12, 4),
        ("SHA-384 of another size", 32 + 16 + 8 + 4 + 2, 47),
        ("two digests of SHA-384", first + 8, 3),
    ] {
        assert_eq!(with(position, byte), Err("event_log_malformed"), "{what}");
    }
    for json in
        ["", "{}", "[{}]", "[{\"imr\":4,\"event_type\":1,\"digest\":\"\",\"event\":\"\",\"event_payload\":\"\"}]"]
    {
        assert_eq!(EventLog::from_json(json.as_bytes()).unwrap_err().code(), "event_log_malformed", "{json}");
    }
    let mut log = runtime();
    log[0]["imr"] = json!(4);
    assert_eq!(EventLog::from_json(log.to_string().as_bytes()).unwrap_err().code(), "event_log_malformed");
    let huge = vec![0; 1024 * 1024 + 1];
    assert_eq!(EventLog::from_ccel(&huge).unwrap_err().code(), "input_too_large");
    assert_eq!(EventLog::from_json(&huge).unwrap_err().code(), "input_too_large");
}
