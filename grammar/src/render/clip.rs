//! Source text with its long lines cut to what a screen holds, and spans that follow: a line may be as long as a file.

use std::ops::Range;

/// The longest line that is drawn whole, in bytes.
const LONGEST: usize = 500;

/// How much of a longer line is drawn before the first label in it, in bytes, and from there on.
const BEFORE: usize = 60;
const AFTER: usize = 300;

/// What stands where something was cut away.
const CUT: &str = "…";

/// A text, cut.
pub(super) struct Clipped {
    pub(super) text: String,
    /// Each line that was cut: where it stood, what of it is left, and where that begins in the new text.
    lines: Vec<(Range<usize>, Range<usize>, usize)>,
}

/// Cuts the long lines of a text around the labels that begin at `labels`; `None` where there are no long lines.
pub(super) fn clipped(text: &str, labels: &[usize]) -> Option<Clipped> {
    if text.split('\n').all(|line| line.len() <= LONGEST) {
        return None;
    }
    let mut clipped = Clipped { text: String::with_capacity(text.len()), lines: Vec::new() };
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end_matches('\n').len();
        if end - start <= LONGEST {
            clipped.text.push_str(line);
        } else {
            let first = labels.iter().copied().filter(|at| (start..=end).contains(at)).min().unwrap_or(start);
            let from = text.floor_char_boundary(first.saturating_sub(BEFORE).max(start));
            let to = text.floor_char_boundary((first + AFTER).min(end));
            clipped.text.push_str(if from > start { CUT } else { "" });
            clipped.lines.push((start..end, from..to, clipped.text.len()));
            clipped.text.push_str(&text[from..to]);
            clipped.text.push_str(if to < end { CUT } else { "" });
            clipped.text.push_str(&text[end..start + line.len()]);
        }
        start += line.len();
    }
    Some(clipped)
}

impl Clipped {
    /// Where an offset of the whole text is in this one: what was cut away is at the nearest end of what is left.
    pub(super) fn offset(&self, offset: usize) -> usize {
        let mut cut = 0;
        let mut put = 0;
        for (line, kept, begins) in &self.lines {
            if offset < line.start {
                break;
            }
            if offset <= line.end {
                return begins + offset.clamp(kept.start, kept.end) - kept.start;
            }
            let marks = usize::from(kept.start > line.start) + usize::from(kept.end < line.end);
            cut += line.len() - kept.len();
            put += marks * CUT.len();
        }
        offset - cut + put
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lines_stay() {
        assert!(clipped("a\nb\n", &[0]).is_none());
    }

    #[test]
    fn offsets_point_at_the_same_text() {
        let long = format!("{}needle{}", "é".repeat(400), "x".repeat(900));
        let text = format!("first\n{long}\nlast\n");
        let needle = text.find("needle").unwrap_or_default();
        let cut = clipped(&text, &[needle]).map(|cut| {
            let at = cut.offset(needle);
            let last = cut.offset(text.find("last").unwrap_or_default());
            (cut.text[at..at + 6].to_owned(), cut.text[last..last + 4].to_owned(), cut.text.len(), cut.offset(2))
        });
        let Some((found, last, length, before)) = cut else { unreachable!("a line is long") };
        assert_eq!((found.as_str(), last.as_str(), before), ("needle", "last", 2));
        assert!(length < 400, "{length}");
    }
}
