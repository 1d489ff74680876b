//! What can stand at a place: a text with [`MARKER`] there is resolved like any other, and what the marker would have been is kept.

use super::scope::Scope;
use super::{SymbolId, Symbols, Ty};
use atbac_grammar::syntax::{Path, dotted};

/// A name that stands where the cursor is. It is long and odd so that nobody declares it.
pub const MARKER: &str = "__atbac_cursor__";

/// What can stand at a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// A value, of this type if that is known.
    Value {
        /// The type that is wanted.
        wanted: Option<Ty>,
        /// The request whose fields are in scope.
        request: Option<SymbolId>,
        /// Parameters, variables and what `let` names.
        locals: Vec<SymbolId>,
    },
    /// Something after `value.`, of the value's type as narrowed there.
    Member(Ty),
    /// A case or a group after `Action.`.
    Case(SymbolId),
    /// `sample`, after the name of evidence or a request.
    Sample,
    /// A predicate of this package, after its last word.
    Qualified(String),
    /// A field in a record literal, a grant or an expectation, of this record.
    Init(SymbolId),
    /// A type.
    Type,
    /// A kind of evidence, one of these, after `is` or in an arm.
    Evidence(Vec<SymbolId>),
    /// A package, of which these words are written.
    Package(Vec<String>),
    /// A name that this package declares.
    Export(String),
    /// A request.
    Request,
    /// A template.
    Template,
    /// A reference.
    Reference,
    /// A rule, in a test.
    Rule,
    /// A field of this request, after `bound to`.
    Bound(SymbolId),
    /// An attribute.
    Attribute,
    /// What this attribute takes; of the field of the named evidence where it takes one.
    Argument(String, Option<SymbolId>),
    /// A way to merge.
    Merge,
    /// A kind of fact.
    Fact,
}

/// Whether a name is the marker, with whatever stands around the cursor.
pub(super) fn is_marker(name: &str) -> bool {
    name.contains(MARKER)
}

impl Symbols {
    /// Keeps what can stand here if this name is the marker.
    pub(super) fn probe_here(&mut self, name: &str, place: impl FnOnce() -> Place) {
        if self.probe.is_none() && is_marker(name) {
            self.probe = Some(place());
        }
    }

    /// The same for a value.
    pub(super) fn probe_value(&mut self, name: &str, wanted: Option<&Ty>, scope: &Scope) {
        let (request, locals) = (scope.request, &scope.locals);
        self.probe_here(name, || Place::Value { wanted: wanted.cloned(), request, locals: locals.clone() });
    }

    /// The same for the words of a package after `use`; the last may be one of its names instead.
    pub(super) fn probe_package(&mut self, path: &Path) {
        if let Some(at) = path.value.iter().position(|word| is_marker(&word.value)) {
            let before = path.value[..at].iter().map(|word| word.value.to_string()).collect();
            self.probe_here(&dotted(path), || Place::Package(before));
        }
    }
}
