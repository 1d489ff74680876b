//! Where a value comes from: whose word it is, what kind of fact it states, and which piece of evidence it is part of.

use crate::checked::{Hash, Place, Root, Step, Term, TermKind};
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
    ///
    /// Evidence says it by its own schema: no label around the whole makes a claim what that does not call it.
    pub(crate) fn fact(&self, place: &Place) -> Fact {
        let labelled = place.steps.iter().rev().find_map(|step| {
            let unlabelled = self.is_claim_of_evidence(*step).then_some(Fact::Circumstance);
            self.claim(*step)?.fact.or(unlabelled)
        });
        let around = || match place.root {
            Root::Field(field) => self.request.fields[field].fact,
            Root::Variable(variable) => self.list_of(variable).map(|list| self.fact(list)),
            Root::Parameter(_) => None,
        };
        labelled.or_else(around).unwrap_or(Fact::Circumstance)
    }

    /// Whether a value is of a field that is marked `@sensitive`, or lies in one.
    pub(crate) fn is_sensitive(&self, place: &Place) -> bool {
        let around = match place.root {
            Root::Field(field) => self.request.fields[field].sensitive,
            Root::Variable(variable) => self.list_of(variable).is_some_and(|list| self.is_sensitive(list)),
            Root::Parameter(_) => false,
        };
        around || place.steps.iter().any(|step| self.claim(*step).is_some_and(|field| field.sensitive))
    }

    fn is_claim_of_evidence(&self, step: Step) -> bool {
        match step {
            Step::Field(structure, _) => self.schema.structure(structure).evidence.is_some(),
            Step::Alternative(_) | Step::Present => false,
        }
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

/// A value that tells one thing from another: the value at a place, or what was cut or hashed from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Telling {
    /// The place.
    pub(super) place: Place,
    /// What was made of it, in this order.
    made: Vec<Made>,
}

/// What is made of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Made {
    /// The bytes from the first index up to the second.
    Slice(u32, u32),
    /// Its digest.
    Hash(Hash),
}

impl Telling {
    /// The value of a term, if there are so many such values that two are hardly ever equal by chance, whatever was made of them on the way.
    pub(super) fn of(term: &Term) -> Option<Self> {
        let tells = match term.ty {
            Type::String | Type::Bytes | Type::Digest(_) | Type::IpAddr => true,
            Type::FixedBytes(length) => length >= IDENTIFYING_BYTES,
            Type::Bool
            | Type::Int
            | Type::Duration
            | Type::Instant
            | Type::Tcb
            | Type::Version
            | Type::Cidr
            | Type::Oid
            | Type::Set(_)
            | Type::List(..)
            | Type::Optional(_)
            | Type::Enum(_)
            | Type::Struct(_)
            | Type::Union(_) => false,
        };
        let made = |inner: &Term, made| {
            let mut telling = Telling::of(inner)?;
            telling.made.push(made);
            Some(telling)
        };
        match &term.kind {
            _ if !tells => None,
            TermKind::Place(place) => Some(Telling::whole(place)),
            TermKind::Slice(inner, from, to) => made(inner, Made::Slice(*from, *to)),
            TermKind::Hash(hash, inner) => made(inner, Made::Hash(*hash)),
            TermKind::Constant(_)
            | TermKind::Reference(_)
            | TermKind::Arithmetic(..)
            | TermKind::If(..)
            | TermKind::Set(_) => None,
        }
    }

    /// The value at a place, whatever its type.
    pub(super) fn whole(place: &Place) -> Self {
        Telling { place: place.clone(), made: Vec::new() }
    }

    /// What it is the digest of: each of the two tells the other. What it was cut from it does not tell.
    pub(super) fn hashed(&self) -> Option<Self> {
        match self.made.split_last()? {
            (Made::Hash(_), made) => Some(Telling { place: self.place.clone(), made: made.to_vec() }),
            (Made::Slice(..), _) => None,
        }
    }
}
