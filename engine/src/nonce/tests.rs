//! Against a model: every nonce that was issued, whether it was redeemed, and the latest time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};

/// A key that tests know.
struct Fixed;

impl RandomSource for Fixed {
    fn fill(&self, bytes: &mut [u8; 32]) -> Result<(), NonceError> {
        bytes.fill(0x2a);
        Ok(())
    }
}

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + milliseconds).unwrap()
}

#[derive(Clone, Debug)]
enum Step {
    Issue(i64),
    /// One of those issued, by its place.
    Redeem(usize, i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0i64..400).prop_map(Step::Issue),
        (any::<usize>(), 0i64..400).prop_map(|(which, at)| Step::Redeem(which, at))
    ]
}

const LIFETIME: i64 = 100;

proptest! {
    /// Whatever the order and whatever the clock does, a nonce is redeemed once at most, never after its lifetime nor before its issue, and no more are remembered than
    /// there is room for.
    #[test]
    fn nothing_is_redeemed_that_should_not_be(steps in prop::collection::vec(step(), 0..80), capacity in 0usize..6) {
        let issuer = NonceIssuer::new(SignedDuration::from_millis(LIFETIME), capacity, &Fixed).unwrap();
        let mut issued: Vec<([u8; 32], i64)> = Vec::new();
        let mut redeemed: HashMap<usize, i64> = HashMap::new();
        let mut latest = 0;
        for step in steps {
            match step {
                Step::Issue(now) => {
                    latest = latest.max(now);
                    match issuer.issue(at(now)) {
                        Ok(nonce) => {
                            prop_assert!(now + LIFETIME > latest);
                            issued.push((*nonce.as_bytes(), now));
                        }
                        Err(error) => {
                            prop_assert_eq!(error.code(), "atbac::nonce::clock_went_back");
                            prop_assert!(now + LIFETIME <= latest);
                        }
                    }
                }
                Step::Redeem(_, _) if issued.is_empty() => {}
                Step::Redeem(which, now) => {
                    let which = which % issued.len();
                    let (nonce, issued_at) = issued[which];
                    let found = issuer.redeem_nonce(nonce, at(now)).map_err(|error| error.code());
                    if now < issued_at {
                        prop_assert_eq!(found, Err("atbac::nonce::clock_went_back"));
                        continue;
                    }
                    latest = latest.max(now);
                    let alive = redeemed.values().filter(|issued_at| **issued_at + LIFETIME > latest).count();
                    let expected = if issued_at + LIFETIME <= latest {
                        Err("atbac::nonce::expired")
                    } else if redeemed.contains_key(&which) {
                        Err("atbac::nonce::replayed")
                    } else if alive >= capacity {
                        Err("atbac::nonce::full")
                    } else {
                        Ok(())
                    };
                    prop_assert_eq!(found.map(drop), expected);
                    if expected.is_ok() {
                        redeemed.insert(which, issued_at);
                    }
                }
            }
            prop_assert!(issuer.seen().redeemed.len() <= capacity);
        }
        let distinct: HashSet<_> = issued.iter().map(|(nonce, _)| nonce).collect();
        prop_assert_eq!(distinct.len(), issued.len(), "each is issued once");
    }

    /// A nonce with any bit changed, and any other 32 bytes, is not this issuer's.
    #[test]
    fn no_other_bytes_are_a_nonce(bit in 0usize..256, other in any::<[u8; 32]>()) {
        let issuer = NonceIssuer::new(SignedDuration::from_millis(LIFETIME), 8, &Fixed).unwrap();
        let mut nonce = *issuer.issue(at(0)).unwrap().as_bytes();
        nonce[bit / 8] ^= 1 << (bit % 8);
        for wrong in [nonce, other] {
            prop_assert_eq!(issuer.redeem_nonce(wrong, at(0)).unwrap_err().code(), "atbac::nonce::not_issued");
        }
    }
}

/// The layout that the module describes, worked out with Python's `hmac`: the key is 32 bytes 0x2a, the number 0.
#[test]
fn a_nonce_has_the_layout_described() {
    let issuer = NonceIssuer::new(SignedDuration::from_millis(LIFETIME), 8, &Fixed).unwrap();
    assert_eq!(
        issuer.issue(at(0)).unwrap().to_string(),
        "000001a3185c50000000000000000000dabe877bdfbcab324ea38366c8674fd5"
    );
}
