//! Each law, broken in policies that keep all of them.

use atbac_differential::laws::{BREAKS, Broken, LAWS, check};
use atbac_tests::evidence::timely;

/// How many policies are broken.
const POLICIES: u64 = 100;

#[test]
fn what_breaks_one_law_is_refused_by_it() {
    let evidence = timely();
    let mut broken = Broken::new();
    for seed in 0..POLICIES {
        check(seed, &evidence, &mut broken).unwrap_or_else(|found| panic!("seed {seed}\n{found}"));
    }
    for way in &BREAKS {
        let often = broken.get(&(way.law, way.what)).is_some_and(|count| *count >= 2);
        assert!(often, "{}, {}: too few policies to break in {broken:?}", way.law, way.what);
    }
    assert!(broken[&(LAWS[0], "forbid wins")] > 50, "{broken:?}");
}
