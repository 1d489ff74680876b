//! What rules speak of: constants, paths into what a policy is asked about, and which condition a path is in the standard library.

use crate::claims::Comparison;
use crate::condition::Condition;
use crate::finding::{Findings, Place};

/// A constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Constant {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
}

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    Input,
    Data,
    /// The element of the list that a statement walks.
    Element,
}

/// A path into what a policy is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) root: Root,
    /// The keys, from the outermost on.
    pub(crate) steps: Vec<String>,
    /// The element behind them, where one is asked for by its number: `xs[0]` is none of an object, and `xs["0"]` none of a list.
    pub(crate) element: Option<i64>,
}

impl Path {
    pub(crate) fn root(root: Root) -> Self {
        Path { root, steps: Vec::new(), element: None }
    }

    /// The keys, for a pattern.
    pub(crate) fn keys(&self) -> Vec<&str> {
        self.steps.iter().map(String::as_str).collect()
    }
}

/// What is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    Constant(Constant),
    /// `["a", "b"]`
    Array(Vec<Constant>),
    /// `{"a", "b"}`, which equals no array.
    Set(Vec<Constant>),
    Path(Path),
    /// `split(…, "/")` of a path: a list of texts.
    Split(Path),
    /// A reference value, by its name.
    Reference(String),
    /// `count(…)` of a path.
    Count(Path),
    /// Said in a finding already.
    Unknown,
}

/// How two texts are compared, beside equality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    StartsWith,
    EndsWith,
    Contains,
}

impl Part {
    /// The function of Rego.
    pub(crate) fn named(function: &str) -> Option<Part> {
        match function {
            "startswith" => Some(Part::StartsWith),
            "endswith" => Some(Part::EndsWith),
            "contains" => Some(Part::Contains),
            _ => None,
        }
    }

    /// As the language writes it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Part::StartsWith => "starts_with",
            Part::EndsWith => "ends_with",
            Part::Contains => "contains",
        }
    }
}

/// Which paths there are, and what they are in the standard library. A condition must hold exactly when the statement succeeds, or be unknown.
pub(crate) trait Vocabulary {
    /// The path is there, whatever it holds.
    fn defined(&mut self, path: &Path, place: &Place, findings: &mut Findings) -> Condition;
    /// The path alone as a statement: it is there, and not `false`.
    fn truthy(&mut self, path: &Path, place: &Place, findings: &mut Findings) -> Condition;
    /// The path compared with a constant.
    fn compare(
        &mut self,
        path: &Path,
        comparison: Comparison,
        with: &Constant,
        place: &Place,
        findings: &mut Findings,
    ) -> Condition;
    /// The path compared with a reference value.
    fn compare_reference(
        &mut self,
        path: &Path,
        comparison: Comparison,
        name: &str,
        place: &Place,
        findings: &mut Findings,
    ) -> Condition;
    /// The path is one of a set of reference values.
    fn in_reference(&mut self, path: &Path, name: &str, place: &Place, findings: &mut Findings) -> Condition;
    /// A part of a text.
    fn part(&mut self, path: &Path, part: Part, text: &str, place: &Place, findings: &mut Findings) -> Condition;
    /// The number of elements.
    fn count(
        &mut self,
        path: &Path,
        comparison: Comparison,
        number: i64,
        place: &Place,
        findings: &mut Findings,
    ) -> Condition;
    /// The list that a path is, where a policy may walk it.
    fn list(&mut self, path: &Path) -> Option<&'static str>;
    /// Whether the path is a text of segments with `/` between them, or the list of these: a policy may split or join it.
    fn has_segments(&self, path: &Path) -> bool;
}
