//! Challenges: nonces that are issued, answered by signed evidence, redeemed once, and demanded when a session opens.

use super::*;
use atbac_engine::evidence::{Claims, snp};
use atbac_engine::nonce::{Nonce, NonceError, NonceIssuer, Redeemed, SystemRandom};
use jiff::SignedDuration;
use sha2::{Digest, Sha384};
use std::sync::Barrier;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

fn issuer(capacity: usize) -> NonceIssuer {
    NonceIssuer::new(MINUTE, capacity, &SystemRandom).unwrap()
}

/// A report that names the key and answers a nonce.
fn answer(nonce: &Nonce) -> Verified<Snp> {
    let mut report_data = padded(KEY_SHA256);
    report_data[32..].copy_from_slice(nonce.as_bytes());
    report(report_data)
}

fn redeem<T: Claims>(issuer: &NonceIssuer, evidence: &Verified<T>, at: Timestamp) -> Result<Redeemed, &'static str> {
    issuer.redeem(evidence, None, at).map_err(|error| error.code())
}

const POLICY: &str = "request Call {
    @challenged session machine: attested Snp, session session: authenticated Session bound to machine,
}";

fn given(bundle: &Bundle, machine: &Verified<snp::Snp>) -> Fields {
    let fields = bundle.session_fields("Call").unwrap().attested("machine", machine).unwrap();
    let fields = fields.authenticated("session", &session(padded(KEY_THUMBPRINT))).unwrap();
    fields.held_key("session", &key(KEY)).unwrap()
}

#[test]
fn a_challenged_session_opens_with_its_own_answer_alone() {
    let (bundle, issuer) = (bundle(POLICY), issuer(8));
    let (mine, other) = (issuer.issue(now()).unwrap(), issuer.issue(now()).unwrap());
    let (machine, stranger) = (answer(&mine), answer(&other));
    // Fresh evidence without a challenge that was redeemed is only evidence; nor does the key's digest bind beside a nonce that nobody knows.
    assert_eq!(opens(&bundle, given(&bundle, &machine)), Err("atbac::session::key_mismatch"));
    let unbound = self::bundle("request Call { @challenged session machine: attested Snp }");
    let alone = |machine| unbound.session_fields("Call").unwrap().attested("machine", machine).unwrap();
    assert_eq!(opens(&unbound, alone(&machine)), Err("atbac::session::challenge_missing"));
    let strangers = redeem(&issuer, &stranger, now()).unwrap();
    let redeemed = redeem(&issuer, &machine, now()).unwrap();
    assert_eq!(opens(&bundle, given(&bundle, &machine).answers(["machine"], redeemed).unwrap()), Ok(()));
    let another = answer(&issuer.issue(now()).unwrap());
    let redeemed = redeem(&issuer, &another, now()).unwrap();
    assert_eq!(opens(&unbound, alone(&another).answers(["machine"], redeemed).unwrap()), Ok(()));
    let mixed = alone(&machine).answers(["machine"], strangers).unwrap();
    assert_eq!(opens(&unbound, mixed), Err("atbac::session::challenge_not_answered"));
}

/// Absent evidence needs no answer; every piece that is there does.
#[test]
fn every_piece_of_a_challenged_field_answers() {
    let bundle = bundle(
        "request Call { @challenged session machine: attested Snp?, @challenged session more: attested [Snp; 2] }",
    );
    let fields = || bundle.session_fields("Call").unwrap();
    assert_eq!(opens(&bundle, fields()), Ok(()));
    let issuer = issuer(8);
    let fresh = || answer(&issuer.issue(now()).unwrap());
    let open = |machine, first, second| {
        let redeemed = redeem(&issuer, first, now()).unwrap();
        let fields = fields().attested("machine", machine).unwrap().attested("more", first).unwrap();
        opens(&bundle, fields.attested("more", second).unwrap().answers(["machine", "more"], redeemed).unwrap())
    };
    let (one, two, three, other) = (fresh(), fresh(), fresh(), fresh());
    assert_eq!(open(&one, &one, &one), Ok(()));
    assert_eq!(open(&two, &two, &other), Err("atbac::session::challenge_not_answered"));
    assert_eq!(open(&other, &three, &three), Err("atbac::session::challenge_not_answered"));
}

/// One redemption opens one session: neither it nor the fields that it was given for can be had twice.
#[test]
fn a_redemption_is_used_up() {
    /// Of a type that can be cloned there are two implementations, and the compiler cannot tell which is meant.
    trait Once<T> {
        fn once() {}
    }
    struct Cloned;
    impl<T> Once<()> for T {}
    impl<T: Clone> Once<Cloned> for T {}
    <Redeemed as Once<_>>::once();
    <Fields as Once<_>>::once();
}

#[test]
fn evidence_redeems_its_nonce_once_and_in_time() {
    let issuer = issuer(8);
    let machine = answer(&issuer.issue(now()).unwrap());
    let late = now() + MINUTE;
    assert_eq!(redeem(&issuer, &machine, now() - SignedDuration::from_millis(1)), Err("atbac::nonce::clock_went_back"));
    assert_eq!(redeem(&issuer, &machine, late), Err("atbac::nonce::expired"));
    // Set back, the clock does not bring it to life again.
    assert_eq!(redeem(&issuer, &machine, now()), Err("atbac::nonce::expired"));

    let issuer = self::issuer(8);
    let machine = answer(&issuer.issue(now()).unwrap());
    assert!(redeem(&issuer, &machine, late - SignedDuration::from_millis(1)).is_ok());
    assert_eq!(redeem(&issuer, &machine, now()), Err("atbac::nonce::replayed"));
    assert_eq!(redeem(&issuer, &machine, late), Err("atbac::nonce::expired"));
    assert_eq!(redeem(&issuer, &machine, now()), Err("atbac::nonce::expired"), "forgotten, but expired");
}

#[test]
fn what_this_issuer_did_not_issue_is_refused() {
    let issuer = issuer(8);
    let strange = answer(&self::issuer(8).issue(now()).unwrap());
    assert_eq!(redeem(&issuer, &strange, now()), Err("atbac::nonce::not_issued"));
    assert_eq!(redeem(&issuer, &report([0; 64]), now()), Err("atbac::nonce::missing"));
    let nonce = issuer.issue(now()).unwrap();
    let mut first_half = [0; 64];
    first_half[..32].copy_from_slice(nonce.as_bytes());
    assert_eq!(redeem(&issuer, &report(first_half), now()), Err("atbac::nonce::missing"));
    assert!(redeem(&issuer, &answer(&nonce), now()).is_ok(), "none of these used it up");
}

/// Of eight who show one answer at once, one gets in.
#[test]
fn one_of_eight_threads_redeems() {
    let issuer = issuer(64);
    for _ in 0..8 {
        let machine = answer(&issuer.issue(now()).unwrap());
        let barrier = Barrier::new(8);
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        redeem(&issuer, &machine, now()).map(drop)
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert!(
            outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err("atbac::nonce::replayed"))),
            "{outcomes:?}"
        );
    }
}

/// To issue takes no room; to redeem does, until the nonce expires.
#[test]
fn a_full_issuer_forgets_nothing() {
    let issuer = issuer(2);
    let later = now() + SignedDuration::from_secs(30);
    let machines = [now(), now(), later].map(|at| answer(&issuer.issue(at).unwrap()));
    for _ in 0..10_000 {
        issuer.issue(later).unwrap();
    }
    assert!(redeem(&issuer, &machines[0], later).is_ok());
    assert!(redeem(&issuer, &machines[1], later).is_ok());
    assert_eq!(redeem(&issuer, &machines[2], later), Err("atbac::nonce::full"));
    assert_eq!(redeem(&issuer, &machines[0], later), Err("atbac::nonce::replayed"));
    assert!(redeem(&issuer, &machines[2], now() + MINUTE).is_ok(), "the first two have expired");
}

#[test]
fn an_issuer_needs_a_lifetime_and_randomness() {
    for wrong in [
        SignedDuration::ZERO,
        SignedDuration::from_nanos(999_999),
        SignedDuration::MIN,
        SignedDuration::MAX,
        SignedDuration::from_secs(3601),
        -MINUTE,
    ] {
        let error = NonceIssuer::new(wrong, 8, &SystemRandom).expect_err("no lifetime");
        assert_eq!(error.code(), "atbac::nonce::lifetime", "{wrong}");
    }
    for right in [SignedDuration::from_millis(1), SignedDuration::from_hours(1)] {
        NonceIssuer::new(right, 0, &SystemRandom).unwrap();
    }
    struct Nothing;
    impl atbac_engine::nonce::RandomSource for Nothing {
        fn fill(&self, _: &mut [u8; 32]) -> Result<(), NonceError> {
            Err(NonceError::NoRandomness)
        }
    }
    assert_eq!(NonceIssuer::new(MINUTE, 8, &Nothing).expect_err("none").code(), "atbac::nonce::no_randomness");
}

/// A clock that jumped ahead and was set right again is noticed: its nonces would have expired when issued.
#[test]
fn a_clock_that_went_back_issues_nothing() {
    let issuer = issuer(8);
    issuer.issue(now() + SignedDuration::from_hours(24)).unwrap();
    assert_eq!(issuer.issue(now()).expect_err("dead when issued").code(), "atbac::nonce::clock_went_back");
    let nearly = now() + SignedDuration::from_hours(24) - MINUTE;
    assert!(issuer.issue(nearly).is_err());
    assert!(issuer.issue(nearly + SignedDuration::from_millis(1)).is_ok());
}

/// Confidential containers answer with runtime data, which carries the nonce in base64.
#[test]
fn runtime_data_redeems_too() {
    let issuer = issuer(8);
    let nonce = issuer.issue(now()).unwrap();
    let text = format!(
        r#"{{"nonce":"{}","tee-pubkey":{{"crv":"P-256","kty":"EC","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}}}}"#,
        nonce.to_base64()
    );
    let data = atbac_engine::RuntimeData::read(text.as_bytes(), None).unwrap();
    // The text stands in its canonical form as it is: SHA-384 of it is what the agent puts into the report.
    let machine = report(padded(&sha384(text.as_bytes())));
    assert_eq!(redeem(&issuer, &machine, now()).expect_err("the nonce is not in sight"), "atbac::nonce::not_issued");
    let strange = report(padded(KEY_SHA512));
    assert_eq!(
        issuer.redeem(&strange, Some(&data), now()).expect_err("not committed to").code(),
        "atbac::nonce::missing"
    );
    let redeemed = issuer.redeem(&machine, Some(&data), now()).unwrap();
    let bundle = bundle(POLICY);
    let fields = given(&bundle, &machine).runtime_data("machine", &data).unwrap();
    assert_eq!(opens(&bundle, fields.answers(["machine"], redeemed).unwrap()), Ok(()));
}

fn sha384(bytes: &[u8]) -> String {
    hex::encode(Sha384::digest(bytes))
}
