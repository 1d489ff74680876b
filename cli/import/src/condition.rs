//! Conditions while they are put together, with what was not understood still in them.
//!
//! What is not understood is not known to be true or false, so it counts as whatever permits less: false where it stands in favour of a permit, and
//! true behind a `not`; in a forbid the other way round. [`Condition::settled`] does that.

use std::collections::HashSet;

/// The most parts that the conditions of one source have, with rules written out where they are used. What has more is refused.
pub(crate) const MAX_PARTS: usize = 10_000;

/// A condition on its way into a policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Condition {
    /// Always so, or never.
    Constant(bool),
    /// A comparison, as the language writes it.
    Atom(String),
    /// Not so.
    Not(Box<Condition>),
    /// All of these.
    All(Vec<Condition>),
    /// Any of these.
    Any(Vec<Condition>),
    /// `any x in xs: …`
    Some(&'static str, &'static str, Box<Condition>),
    /// `all x in xs: …`
    Every(&'static str, &'static str, Box<Condition>),
    /// Not understood, and said so in a finding.
    Unknown,
}

/// What a condition is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// It must hold for a permit.
    Permit,
    /// It must hold for a forbid.
    Forbid,
}

impl Condition {
    /// A comparison.
    pub(crate) fn atom(text: impl Into<String>) -> Self {
        Condition::Atom(text.into())
    }

    /// A comparison of a claim that may be absent: it must be there.
    pub(crate) fn present(claim: &str, comparison: impl Into<String>) -> Self {
        Condition::All(vec![Condition::Atom(format!("{claim} is present")), Condition::Atom(comparison.into())])
    }

    /// All of these, without what always holds.
    pub(crate) fn all(parts: impl IntoIterator<Item = Condition>) -> Self {
        let mut parts: Vec<Condition> = parts.into_iter().filter(|part| *part != Condition::Constant(true)).collect();
        match (parts.pop(), parts.is_empty()) {
            (None, _) => Condition::Constant(true),
            (Some(only), true) => only,
            (Some(last), false) => {
                parts.push(last);
                Condition::All(parts)
            }
        }
    }

    /// None of these.
    pub(crate) fn none(parts: Vec<Condition>) -> Self {
        if parts.is_empty() { Condition::Constant(true) } else { Condition::Any(parts).not() }
    }

    pub(crate) fn not(self) -> Self {
        Condition::Not(Box::new(self))
    }

    /// The condition with every unknown decided, simplified: a constant, or free of constants.
    pub(crate) fn settled(&self, purpose: Use) -> Condition {
        self.settle(purpose == Use::Forbid)
    }

    /// `unknown`: what an unknown counts as here.
    fn settle(&self, unknown: bool) -> Condition {
        match self {
            Condition::Unknown => Condition::Constant(unknown),
            Condition::Constant(_) | Condition::Atom(_) => self.clone(),
            Condition::Not(inner) => match inner.settle(!unknown) {
                Condition::Constant(value) => Condition::Constant(!value),
                Condition::Not(inner) => *inner,
                other => other.not(),
            },
            Condition::All(parts) => joined(parts, unknown, false, Condition::All),
            Condition::Any(parts) => joined(parts, unknown, true, Condition::Any),
            // A list may be empty, so neither answer of the part is that of the whole, but for these two.
            Condition::Some(variable, list, part) => match part.settle(unknown) {
                Condition::Constant(false) => Condition::Constant(false),
                Condition::Constant(true) => Condition::Atom(format!("count({variable} in {list}) >= 1")),
                part => Condition::Some(variable, list, Box::new(part)),
            },
            Condition::Every(variable, list, part) => match part.settle(unknown) {
                Condition::Constant(true) => Condition::Constant(true),
                Condition::Constant(false) => Condition::Atom(format!("count({variable} in {list}) == 0")),
                part => Condition::Every(variable, list, Box::new(part)),
            },
        }
    }

    /// How many comparisons and marks it has.
    pub(crate) fn size(&self) -> usize {
        match self {
            Condition::Constant(_) | Condition::Atom(_) | Condition::Unknown => 1,
            Condition::Not(part) | Condition::Some(_, _, part) | Condition::Every(_, _, part) => 1 + part.size(),
            Condition::All(parts) | Condition::Any(parts) => 1 + parts.iter().map(Condition::size).sum::<usize>(),
        }
    }

    /// The condition as the language writes it. It must be settled.
    pub(crate) fn text(&self) -> String {
        match self {
            Condition::Constant(value) => value.to_string(),
            // Never reached for what is settled; false is what permits less.
            Condition::Unknown => "false".to_owned(),
            Condition::Atom(text) => text.clone(),
            Condition::Not(part) => format!("not {}", part.grouped()),
            Condition::All(parts) => listed(parts, " and "),
            Condition::Any(parts) => listed(parts, " or "),
            Condition::Some(variable, list, part) => format!("any {variable} in {list}: {}", part.text()),
            Condition::Every(variable, list, part) => format!("all {variable} in {list}: {}", part.text()),
        }
    }

    /// The same, in brackets where what stands beside it could be taken for a part of it.
    fn grouped(&self) -> String {
        match self {
            Condition::All(_) | Condition::Any(_) | Condition::Some(..) | Condition::Every(..) => {
                format!("({})", self.text())
            }
            Condition::Constant(_) | Condition::Atom(_) | Condition::Not(_) | Condition::Unknown => self.text(),
        }
    }
}

/// `parts` joined, where one that is `decisive` decides the whole.
fn joined(parts: &[Condition], unknown: bool, decisive: bool, join: fn(Vec<Condition>) -> Condition) -> Condition {
    let is_all = !decisive;
    let mut kept: Vec<Condition> = Vec::new();
    for part in parts {
        match part.settle(unknown) {
            Condition::Constant(value) if value == decisive => return Condition::Constant(decisive),
            Condition::Constant(_) => {}
            Condition::All(inner) if is_all => kept.extend(inner),
            Condition::Any(inner) if !is_all => kept.extend(inner),
            other => kept.push(other),
        }
    }
    let mut seen = HashSet::new();
    let mut distinct: Vec<Condition> = kept.into_iter().filter(|part| seen.insert(part.clone())).collect();
    match distinct.len() {
        0 => Condition::Constant(is_all),
        1 => distinct.remove(0),
        _ => join(distinct),
    }
}

fn listed(parts: &[Condition], word: &str) -> String {
    parts.iter().map(Condition::grouped).collect::<Vec<_>>().join(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a() -> Condition {
        Condition::atom("a == 1")
    }

    /// The table of this module's first paragraph.
    #[test]
    fn what_is_not_understood_permits_less() {
        let cases = [
            (Condition::Unknown, "false", "true"),
            (Condition::Unknown.not(), "false", "true"),
            (Condition::All(vec![a(), Condition::Unknown]), "false", "a == 1"),
            (Condition::Any(vec![a(), Condition::Unknown]), "a == 1", "true"),
            (Condition::All(vec![a(), Condition::Unknown.not()]), "false", "a == 1"),
            (Condition::Any(vec![a(), Condition::Unknown]).not(), "false", "not a == 1"),
            (Condition::All(vec![a(), Condition::Unknown]).not(), "not a == 1", "true"),
        ];
        for (condition, permit, forbid) in cases {
            assert_eq!(condition.settled(Use::Permit).text(), permit, "{condition:?}");
            assert_eq!(condition.settled(Use::Forbid).text(), forbid, "{condition:?}");
        }
    }

    #[test]
    fn brackets_stand_where_they_are_needed() {
        let either = Condition::Any(vec![a(), Condition::atom("b")]);
        assert_eq!(Condition::All(vec![either.clone(), Condition::atom("c")]).text(), "(a == 1 or b) and c");
        assert_eq!(either.not().text(), "not (a == 1 or b)");
        let some = Condition::Some("r", "results", Box::new(a()));
        assert_eq!(Condition::All(vec![some, Condition::atom("c")]).text(), "(any r in results: a == 1) and c");
    }

    /// An empty list has no element for which anything holds, and all of its elements are as one likes.
    #[test]
    fn constants_in_lists_leave_the_question_of_elements() {
        let some = |value| Condition::Some("r", "rs", Box::new(Condition::Constant(value))).settled(Use::Permit).text();
        let every =
            |value| Condition::Every("r", "rs", Box::new(Condition::Constant(value))).settled(Use::Permit).text();
        assert_eq!([some(true), some(false)], ["count(r in rs) >= 1", "false"]);
        assert_eq!([every(true), every(false)], ["true", "count(r in rs) == 0"]);
    }
}
