//! The smallest tape of which something still holds.

/// How often a smaller tape is tried.
const TRIES: usize = 3000;

/// A tape that is shorter, and of smaller numbers, than the one given, and for which `fails` still holds.
pub fn shrink(tape: &[u16], mut fails: impl FnMut(&[u16]) -> bool) -> Vec<u16> {
    let mut best = tape.to_vec();
    let mut tries = 0;
    let mut attempt = |best: &mut Vec<u16>, smaller: Vec<u16>| {
        tries += 1;
        let is_smaller = tries <= TRIES && smaller != *best && fails(&smaller);
        if is_smaller {
            *best = smaller;
        }
        (is_smaller, tries > TRIES)
    };
    loop {
        let before = best.clone();
        let mut size = best.len() / 2;
        while size > 0 {
            let mut at = 0;
            while at + size <= best.len() {
                let mut without = best.clone();
                without.drain(at..at + size);
                let (is_smaller, is_over) = attempt(&mut best, without);
                if is_over {
                    return best;
                }
                if !is_smaller {
                    let mut zeroed = best.clone();
                    zeroed[at..at + size].fill(0);
                    if attempt(&mut best, zeroed).1 {
                        return best;
                    }
                    at += size;
                }
            }
            size /= 2;
        }
        if best == before {
            return best;
        }
    }
}
