//! Where a value comes from: whose word it is, what kind of fact it states, and which piece of evidence it is part of.

use crate::checked::{Place, Root, Step, Term, TermKind};
use crate::types::{Fact, Field, Request, Schema, Type};
use atbac_grammar::syntax::Provenance;
use std::fmt::Write;

/// The fewest bytes that stand for the whole they were cut from: 128 bits, which nobody finds by trying (NIST SP 800-57 part 1, table 2).
pub(super) const IDENTIFYING_BYTES: u32 = 16;

/// A request's fields, seen from inside the counts around a condition.
#[derive(Clone, Debug)]
pub(crate) struct Scope<'a> {
    schema: &'a Schema,
    request: &'a Request,
    /// The list that each variable stands for an element of, outermost first.
    lists: Vec<Place>,
}

impl<'a> Scope<'a> {
    /// Outside of every count.
    pub(crate) fn new(schema: &'a Schema, request: &'a Request) -> Self {
        Scope { schema, request, lists: Vec::new() }
    }

    /// The request that this is a scope of.
    pub(crate) fn request(&self) -> &'a Request {
        self.request
    }

    /// The types of the request.
    pub(crate) fn schema(&self) -> &'a Schema {
        self.schema
    }

    /// Inside a count over this list.
    pub(crate) fn inside(&self, list: &Place) -> Self {
        let mut scope = self.clone();
        scope.lists.push(list.clone());
        scope
    }

    fn list_of(&self, variable: u32) -> Option<&Place> {
        self.lists.get(variable as usize)
    }

    /// The field of the request that a place is part of.
    pub(crate) fn field(&self, place: &Place) -> Option<usize> {
        match place.root {
            Root::Field(field) => Some(field),
            Root::Variable(variable) => self.field(self.list_of(variable)?),
            Root::Parameter(_) => None,
        }
    }

    /// Whose word a value is.
    pub(crate) fn provenance(&self, place: &Place) -> Provenance {
        // What has no field is nobody's word but the caller's.
        self.field(place).map_or(Provenance::Asserted, |field| self.request.fields[field].provenance)
    }

    /// What kind of fact a value states: what the innermost labelled field around it says.
    pub(crate) fn fact(&self, place: &Place) -> Fact {
        let labelled = place.steps.iter().rev().find_map(|step| self.claim(*step)?.fact);
        let around = || match place.root {
            Root::Field(field) => self.request.fields[field].fact,
            Root::Variable(variable) => self.list_of(variable).map(|list| self.fact(list)),
            Root::Parameter(_) => None,
        };
        labelled.or_else(around).unwrap_or(Fact::Circumstance)
    }

    fn claim(&self, step: Step) -> Option<&'a Field> {
        match step {
            Step::Field(structure, field) => self.schema.structure(structure).fields.get(field),
            Step::Alternative(_) | Step::Present => None,
        }
    }

    /// The piece of evidence, or the issued token, that a value is part of: the place of the whole.
    pub(crate) fn piece(&self, place: &Place) -> Option<Place> {
        let mut ty = self.root_type(place.root)?;
        for length in 0..=place.steps.len() {
            while let Type::Optional(inner) = ty {
                ty = inner;
            }
            if self.is_evidence(ty) {
                let mut steps = place.steps[..length].to_vec();
                while steps.last() == Some(&Step::Present) {
                    steps.pop();
                }
                return Some(Place { root: place.root, steps });
            }
            match place.steps.get(length) {
                Some(Step::Present) => {}
                Some(step) => ty = &self.claim(*step)?.ty,
                None => break,
            }
        }
        match place.root {
            Root::Variable(variable) => self.piece(self.list_of(variable)?),
            Root::Field(_) | Root::Parameter(_) => None,
        }
    }

    fn is_evidence(&self, ty: &Type) -> bool {
        match ty {
            Type::Struct(id) => self.schema.structure(*id).evidence.is_some(),
            Type::Union(_) => true,
            _ => false,
        }
    }

    fn root_type(&self, root: Root) -> Option<&Type> {
        match root {
            Root::Field(field) => Some(&self.request.fields.get(field)?.ty),
            Root::Variable(variable) => match self.type_of(self.list_of(variable)?)? {
                Type::List(element, _) => Some(element),
                _ => None,
            },
            Root::Parameter(_) => None,
        }
    }

    /// The type at a place.
    pub(crate) fn type_of(&self, place: &Place) -> Option<&Type> {
        let mut ty = self.root_type(place.root)?;
        for step in &place.steps {
            ty = match (step, ty) {
                (Step::Field(..), _) => &self.claim(*step)?.ty,
                (Step::Present, Type::Optional(inner)) => inner,
                // The claims of an alternative say of which kind they are.
                (Step::Alternative(_), _) | (Step::Present, _) => ty,
            };
        }
        Some(ty)
    }

    /// A place as an author would write it; elements of a list as `each of`.
    pub(crate) fn show(&self, place: &Place) -> String {
        let mut shown = match place.root {
            Root::Field(field) => self.request.fields[field].name.clone(),
            Root::Variable(variable) => {
                self.list_of(variable).map_or_else(|| "element".to_owned(), |list| format!("{}[…]", self.show(list)))
            }
            Root::Parameter(_) => "parameter".to_owned(),
        };
        for claim in place.steps.iter().filter_map(|step| self.claim(*step)) {
            // Writing to a string cannot fail.
            let _ = write!(shown, ".{}", claim.name);
        }
        shown
    }
}

/// The place whose value a term has, or which it tells as good as whole: its digest, or enough of its bytes.
pub(crate) fn identified(term: &Term) -> Option<&Place> {
    match &term.kind {
        TermKind::Place(place) => Some(place),
        TermKind::Hash(_, inner) => identified(inner),
        TermKind::Slice(inner, from, to) if to.saturating_sub(*from) >= IDENTIFYING_BYTES => identified(inner),
        TermKind::Slice(..)
        | TermKind::Constant(_)
        | TermKind::Reference(_)
        | TermKind::Arithmetic(..)
        | TermKind::If(..)
        | TermKind::Set(_) => None,
    }
}

/// The place whose value a term has, or the digest of it: two of which with the same term have the same value.
pub(super) fn determined(term: &Term) -> Option<&Place> {
    match &term.kind {
        TermKind::Place(place) => Some(place),
        TermKind::Hash(_, inner) => determined(inner),
        TermKind::Slice(..)
        | TermKind::Constant(_)
        | TermKind::Reference(_)
        | TermKind::Arithmetic(..)
        | TermKind::If(..)
        | TermKind::Set(_) => None,
    }
}
