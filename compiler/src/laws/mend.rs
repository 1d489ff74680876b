//! What would mend a permit that lacks something: the claims of the evidence it has, in words it could write.

use super::demand::Assumption;
use super::origin::Scope;
use crate::checked::{Place, Root, Step};
use crate::types::{Fact, StructId, Type};
use crate::value::Value;
use atbac_grammar::syntax::Provenance;

/// A claim that could be asked about.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    /// The way to it; through a list, as if its elements were its fields.
    place: Place,
    ty: Type,
    /// The list that it is part of an element of.
    list: Option<Place>,
}

impl Claim {
    /// Of which kind the evidence must be to have this claim, where it may be of several.
    pub(super) fn assumption(&self) -> Option<Assumption> {
        let kind = self.place.steps.iter().find_map(|step| match step {
            Step::Alternative(kind) => Some(*kind),
            Step::Field(..) | Step::Present => None,
        })?;
        match self.place.root {
            Root::Field(field) => Some(Assumption { field, kind }),
            Root::Variable(_) | Root::Parameter(_) => None,
        }
    }
}

/// Every claim of a kind of fact that has at least this provenance, with its type.
pub(super) fn claims(scope: &Scope<'_>, fact: Fact, least: Provenance) -> Vec<Claim> {
    let mut found = Vec::new();
    for (at, field) in scope.request().fields.iter().enumerate() {
        if field.provenance >= least {
            collect(scope, Place { root: Root::Field(at), steps: Vec::new() }, &field.ty, fact, &mut found);
        }
    }
    found
}

fn collect(scope: &Scope<'_>, place: Place, ty: &Type, fact: Fact, found: &mut Vec<Claim>) {
    match ty {
        Type::Struct(id) => of_struct(scope, &place, *id, fact, found),
        Type::Union(kinds) => {
            for kind in kinds {
                of_struct(scope, &extended(&place, Step::Alternative(*kind)), *kind, fact, found);
            }
        }
        Type::Optional(inner) => collect(scope, extended(&place, Step::Present), inner, fact, found),
        Type::List(element, _) => {
            let mut of_elements = Vec::new();
            collect(&scope.inside(&place), place.clone(), element, fact, &mut of_elements);
            found.extend(of_elements.into_iter().map(|claim| Claim { list: Some(place.clone()), ..claim }));
        }
        _ if scope.fact(&place) == fact => found.push(Claim { place, ty: ty.clone(), list: None }),
        _ => {}
    }
}

fn of_struct(scope: &Scope<'_>, place: &Place, id: StructId, fact: Fact, found: &mut Vec<Claim>) {
    for (at, field) in scope.schema().structure(id).fields.iter().enumerate() {
        collect(scope, extended(place, Step::Field(id, at)), &field.ty, fact, found);
    }
}

fn extended(place: &Place, step: Step) -> Place {
    let mut extended = place.clone();
    extended.steps.push(step);
    extended
}

/// A line that would ask about one of these claims.
pub(super) fn advice(scope: &Scope<'_>, fact: Fact, claims: &[Claim]) -> String {
    let is_debug = |claim: &&Claim| {
        claim.ty == Type::Bool && claim.place.steps.last().is_some_and(|step| is_named(scope, *step, "debug"))
    };
    let of_type = |wanted: fn(&Type) -> bool| claims.iter().find(|claim| wanted(&claim.ty));
    let best = match fact {
        // A guest that its host can debug has no secrets, whatever else is in order.
        Fact::PlatformHealth => claims.iter().find(is_debug).or_else(|| of_type(|ty| *ty == Type::Tcb)),
        Fact::CodeIdentity => of_type(|ty| matches!(ty, Type::Digest(_))),
        Fact::WorkloadIdentity => of_type(|ty| *ty == Type::String),
        Fact::Circumstance => None,
    };
    let Some(claim) = best.or(claims.first()) else { return String::new() };
    let (shown, before) = match &claim.list {
        None => (scope.show(&claim.place), String::new()),
        Some(list) => {
            let list = scope.show(list);
            let claim = scope.show(&claim.place);
            let rest = claim.strip_prefix(&list).unwrap_or(&claim);
            (format!("each{rest}"), format!("any each in {list}: "))
        }
    };
    let condition = match (&claim.ty, fact) {
        // Evidence in order says of most that it is not so: debugging, migration. A verdict is the other way round, as the sample shows.
        (Type::Bool, _) if is_true_in_sample(scope, &claim.place) => shown,
        (Type::Bool, _) => format!("not {shown}"),
        (Type::Tcb, _) => format!("{shown} >= …"),
        (_, Fact::CodeIdentity | Fact::WorkloadIdentity) => format!("{shown} in …"),
        (_, Fact::PlatformHealth | Fact::Circumstance) => format!("{shown} == …"),
    };
    format!("add `require {before}{condition} else \"…\";`")
}

fn is_true_in_sample(scope: &Scope<'_>, place: &Place) -> bool {
    match place.steps.last() {
        Some(Step::Field(id, at)) => {
            let field = scope.schema().structure(*id).fields.get(*at);
            field.is_some_and(|field| field.sample == Some(Value::Bool(true)))
        }
        Some(Step::Alternative(_) | Step::Present) | None => false,
    }
}

fn is_named(scope: &Scope<'_>, step: Step, name: &str) -> bool {
    match step {
        Step::Field(id, at) => scope.schema().structure(id).fields.get(at).is_some_and(|field| field.name == name),
        Step::Alternative(_) | Step::Present => false,
    }
}
