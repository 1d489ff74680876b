//! A source file while switches are written into it.

use std::ops::Range;

use syn::spanned::Spanned;

/// One place that can be changed, with its switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// The line it begins in, from 1.
    pub(crate) line: usize,
    /// The function it is in.
    pub(crate) function: String,
    /// Its source, with single spaces for white space.
    pub(crate) source: String,
    /// What the switch does.
    pub(crate) effect: &'static str,
    /// Whether it is there at all is known only when a test comes to it: one of the first elements of a list.
    pub(crate) supposed: bool,
}

/// A source with its switches, and what they are.
pub(crate) type Switched = (String, Vec<Check>);

/// Text to put into the source. Of two at one place, what closes comes before what opens; the outer of two encloses the inner.
struct Insertion {
    at: usize,
    text: String,
    closes: bool,
}

/// The switches of one file.
pub(crate) struct Switches<'a> {
    source: &'a str,
    first: usize,
    insertions: Vec<Insertion>,
    /// Those numbered so far.
    pub(crate) checks: Vec<Check>,
    /// The function that is being looked at.
    pub(crate) function: String,
}

impl<'a> Switches<'a> {
    /// None yet; the next will have the number `first`.
    pub(crate) fn new(source: &'a str, first: usize) -> Self {
        Switches { source, first, insertions: Vec::new(), checks: Vec::new(), function: String::new() }
    }

    /// The number of the next switch.
    pub(crate) fn next(&self) -> usize {
        self.first + self.checks.len()
    }

    /// The text of a part of the source.
    pub(crate) fn text(&self, part: &impl Spanned) -> &'a str {
        &self.source[part.span().byte_range()]
    }

    /// Numbers a new switch at `place`, and gives the expression that asks it.
    pub(crate) fn number(&mut self, place: &impl Spanned, effect: &'static str) -> String {
        let source: Vec<&str> = self.text(place).split_whitespace().collect();
        let number = self.next();
        self.checks.push(Check {
            line: place.span().start().line,
            function: self.function.clone(),
            source: source.join(" "),
            effect,
            supposed: false,
        });
        format!("crate::switch({number})")
    }

    /// Puts text into the source.
    pub(crate) fn insert(&mut self, at: usize, text: impl Into<String>, closes: bool) {
        self.insertions.push(Insertion { at, text: text.into(), closes });
    }

    /// Puts text before and after a part of the source.
    pub(crate) fn enclose(&mut self, Range { start, end }: Range<usize>, before: String, after: &str) {
        self.insert(start, before, false);
        self.insert(end, after, true);
    }

    /// The condition or part of one never holds.
    pub(crate) fn never(&mut self, condition: &syn::Expr) {
        let switch = self.number(condition, "never");
        let (before, after) =
            if binds(condition) { (format!("!{switch} && "), "") } else { (format!("(!{switch} && ("), "))") };
        self.enclose(condition.span().byte_range(), before, after);
    }

    /// The condition or part of one always holds. One that binds names cannot.
    pub(crate) fn always(&mut self, condition: &syn::Expr) {
        if !binds(condition) {
            let switch = self.number(condition, "always");
            self.enclose(condition.span().byte_range(), format!("({switch} || ("), "))");
        }
    }

    /// The source with its switches, and what they are.
    pub(crate) fn written(self) -> Switched {
        let mut ordered: Vec<(usize, Insertion)> = self.insertions.into_iter().enumerate().collect();
        ordered.sort_by_key(|(order, insertion)| {
            let order = isize::try_from(*order).unwrap_or(isize::MAX);
            (insertion.at, !insertion.closes, if insertion.closes { -order } else { order })
        });
        let mut written = String::new();
        let mut done = 0;
        for (_, insertion) in ordered {
            written.push_str(&self.source[done..insertion.at]);
            written.push_str(&insertion.text);
            done = insertion.at;
        }
        written.push_str(&self.source[done..]);
        (written, self.checks)
    }
}

/// Whether a condition binds names, so that what follows rests on it.
pub(crate) fn binds(condition: &syn::Expr) -> bool {
    match condition {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(binary) => binds(&binary.left) || binds(&binary.right),
        _ => false,
    }
}

/// Whether a part is again `A && B` or `A || B`, whose own parts have switches.
pub(crate) fn is_chain(part: &syn::Expr) -> bool {
    matches!(part, syn::Expr::Binary(binary) if matches!(binary.op, syn::BinOp::And(_) | syn::BinOp::Or(_)))
}

/// Whether a module holds tests.
pub(crate) fn is_of_tests(module: &syn::ItemMod) -> bool {
    module.attrs.iter().any(|attribute| attribute.path().is_ident("cfg"))
}

/// Whether an implementation only shows things, which decides nothing.
pub(crate) fn only_shows(item: &syn::ItemImpl) -> bool {
    let shows = item.trait_.as_ref().and_then(|(_, path, _)| path.segments.last());
    shows.is_some_and(|name| ["Display", "Debug", "Serialize"].iter().any(|shown| name.ident == shown))
}

/// Whether a function answers yes or no.
pub(crate) fn says_yes_or_no(output: &syn::ReturnType) -> bool {
    matches!(output, syn::ReturnType::Type(_, output) if matches!(&**output, syn::Type::Path(path) if path.path.is_ident("bool")))
}
