//! The algebra of truth over time, against what its table says, by trying every small case.

use atbac_compiler::ir::Comparison;
use atbac_compiler::time::FOREVER;
use atbac_compiler::truth::{Timed, Truth, age_test, count};

const TRUTHS: [Truth; 3] = [Truth::False, Truth::True, Truth::Indeterminate];
const COMPARISONS: [Comparison; 5] = [Comparison::Eq, Comparison::Lt, Comparison::Le, Comparison::Gt, Comparison::Ge];
const ENDS: [i64; 4] = [1, 2, 3, FOREVER];

/// Every truth with every end.
fn timed() -> Vec<Timed> {
    TRUTHS.iter().flat_map(|&truth| ENDS.map(|until| Timed { truth, until })).collect()
}

/// Every choice of so many operands.
fn choices(count: usize) -> Vec<Vec<Timed>> {
    (0..count).fold(vec![Vec::new()], |shorter, _| {
        shorter
            .iter()
            .flat_map(|choice| timed().into_iter().map(|next| [choice.as_slice(), &[next]].concat()))
            .collect()
    })
}

/// Every way the operands can be at an instant: before its end one is as it was, afterwards it may be anything.
fn futures(operands: &[Timed], instant: i64) -> Vec<Vec<Truth>> {
    operands.iter().fold(vec![Vec::new()], |shorter, operand| {
        let now = if instant < operand.until { vec![operand.truth] } else { TRUTHS.to_vec() };
        shorter
            .iter()
            .flat_map(|future: &Vec<Truth>| now.iter().map(|next| [future.as_slice(), &[*next]].concat()))
            .collect()
    })
}

/// That an answer is right now, cannot change before its end, and could change at its end.
fn holds_exactly_until(operands: &[Timed], answer: Timed, evaluate: impl Fn(&[Truth]) -> Truth) {
    for instant in [0, 1, 2, 3] {
        let same = futures(operands, instant).iter().all(|future| evaluate(future) == answer.truth);
        assert_eq!(same, instant < answer.until, "{operands:?} at {instant}: {answer:?}");
    }
}

fn all(truths: &[Truth]) -> Truth {
    if truths.contains(&Truth::False) {
        Truth::False
    } else if truths.contains(&Truth::Indeterminate) {
        Truth::Indeterminate
    } else {
        Truth::True
    }
}

fn any(truths: &[Truth]) -> Truth {
    if truths.contains(&Truth::True) {
        Truth::True
    } else if truths.contains(&Truth::Indeterminate) {
        Truth::Indeterminate
    } else {
        Truth::False
    }
}

/// The comparison of a count of which only the elements that are true or false are known.
fn counted(comparison: Comparison, bound: i64, truths: &[Truth]) -> Truth {
    let certain = truths.iter().filter(|truth| **truth == Truth::True).count() as i64;
    let open = truths.iter().filter(|truth| **truth == Truth::Indeterminate).count() as i64;
    let answers: Vec<Truth> = (certain..=certain + open).map(|count| comparison.holds(count, bound).into()).collect();
    if answers.iter().all(|answer| *answer == answers[0]) { answers[0] } else { Truth::Indeterminate }
}

/// `all` and `any` are never certain for longer than they may be; where some operand is indeterminate they may be certain for less.
#[test]
fn junctions_are_sound_and_where_all_is_determinate_tight() {
    for operands in choices(3) {
        let junctions =
            [(Timed::all(operands.clone()), all as fn(&[Truth]) -> Truth), (Timed::any(operands.clone()), any)];
        for (answer, evaluate) in junctions {
            if operands.iter().all(|operand| operand.truth != Truth::Indeterminate) {
                holds_exactly_until(&operands, answer, evaluate);
            } else {
                assert_eq!(answer.truth, evaluate(&operands.iter().map(|operand| operand.truth).collect::<Vec<_>>()));
                let before = [0, 1, 2, 3].into_iter().filter(|instant| *instant < answer.until);
                for instant in before {
                    assert!(
                        futures(&operands, instant).iter().all(|future| evaluate(future) == answer.truth),
                        "{operands:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn order_and_grouping_of_operands_never_matter() {
    for operands in choices(3) {
        let [a, b, c] = operands[..] else { unreachable!("three operands were chosen") };
        for join in [|operands: Vec<Timed>| Timed::all(operands), |operands: Vec<Timed>| Timed::any(operands)] {
            let flat = join(vec![a, b, c]);
            assert_eq!(flat, join(vec![c, a, b]));
            assert_eq!(flat, join(vec![b, a, c]));
            assert_eq!(flat, join(vec![join(vec![a, b]), c]));
            assert_eq!(flat, join(vec![a, join(vec![b, c])]));
        }
        assert_eq!(Timed::all([a, b]).negated(), Timed::any([a.negated(), b.negated()]));
    }
}

/// A count is certain exactly as long as no change of its elements could change its answer.
#[test]
fn counts_hold_exactly_until_enough_elements_may_have_changed() {
    for length in 0..=3 {
        for elements in choices(length) {
            for comparison in COMPARISONS {
                for bound in -1..=4 {
                    let answer = count(comparison, bound, &mut elements.clone());
                    let now: Vec<Truth> = elements.iter().map(|element| element.truth).collect();
                    assert_eq!(answer.truth, counted(comparison, bound, &now));
                    for instant in [0, 1, 2, 3] {
                        let futures = futures(&elements, instant);
                        let same = futures.iter().all(|future| counted(comparison, bound, future) == answer.truth);
                        // Sound everywhere; tight where the answer is certain to begin with.
                        assert!(
                            same || instant >= answer.until,
                            "{comparison:?} {bound} {elements:?} at {instant}: {answer:?}"
                        );
                        if answer.truth != Truth::Indeterminate {
                            assert_eq!(
                                same,
                                instant < answer.until,
                                "{comparison:?} {bound} {elements:?} at {instant}: {answer:?}"
                            );
                        }
                    }
                }
            }
        }
    }
}

/// An age has the answer it has at every instant before its end, and at its end another, if it ends.
#[test]
fn ages_hold_exactly_until_they_flip() {
    let ordered = [Comparison::Lt, Comparison::Le, Comparison::Gt, Comparison::Ge];
    for comparison in ordered {
        for since in -3..=3 {
            for bound in 0..=4 {
                for now in -8..=12 {
                    let answer = age_test(comparison, since, bound, now);
                    let at = |instant: i64| {
                        let age = if instant < since { i64::MAX } else { instant - since };
                        Truth::from(comparison.holds(age, bound))
                    };
                    assert_eq!(answer.truth, at(now));
                    let flip = (now + 1..30).find(|instant| at(*instant) != answer.truth).unwrap_or(FOREVER);
                    // An age that is in the future may be certain for longer than until it begins: it is never said to be.
                    let earliest = if now < since { since.min(flip) } else { flip };
                    assert_eq!(answer.until, earliest, "age since {since} {comparison:?} {bound} at {now}");
                }
            }
        }
    }
}

#[test]
fn ages_at_the_ends_of_time_do_not_wrap() {
    for since in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX] {
        for bound in [i64::MIN, -1, 0, 1, i64::MAX - 1, i64::MAX] {
            for now in [i64::MIN, -1, 0, 1, i64::MAX] {
                let age = if now < since {
                    i128::from(i64::MAX)
                } else {
                    (i128::from(now) - i128::from(since)).min(i64::MAX.into())
                };
                for comparison in [Comparison::Lt, Comparison::Le, Comparison::Gt, Comparison::Ge] {
                    let answer = age_test(comparison, since, bound, now);
                    assert_eq!(answer.truth, comparison.holds(age as i64, bound).into());
                    assert!(answer.until > now || now == FOREVER);
                }
            }
        }
    }
}
