//! Schemas of a package's own for verifiers that the standard library has a schema for: they may leave claims out, and say no more than it of those they have.
//!
//! Floors believe what a schema calls a claim. Were a package free to call host data the identity of code, a permit would meet every floor and ask for nothing.

use crate::check::Checker;
use crate::laws::unmet::fact_word;
use crate::types::{Evidence, Fact, Field, Struct, Type};
use crate::verifier::{Signer, Verifier};
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::print_duration;

/// The verifier of statements whose form is their issuer's own: the standard library's schema for it is one of many.
pub(crate) const FREE_FORM: &str = "approval";

impl Checker<'_> {
    /// Refuses schemas that say more than the standard library's for the same verifier.
    pub(super) fn compare_with_standard_schemas(&mut self) {
        let mut found = Vec::new();
        for own in self.schema.structs.iter().filter(|own| !is_standard(own)) {
            let Some(evidence) = own.evidence.as_ref().filter(|evidence| evidence.verifier != FREE_FORM) else {
                continue;
            };
            let standard =
                self.schema.structs.iter().filter(|structure| is_standard(structure)).find_map(|structure| {
                    let standard = structure.evidence.as_ref()?;
                    (standard.verifier == evidence.verifier).then_some((structure, standard))
                });
            if let Some((structure, standard)) = standard {
                self.compare_dates((own, evidence), (structure, standard), &mut found);
                for field in &own.fields {
                    found.extend(self.compare_claim((own, field), structure, &evidence.verifier));
                }
            }
        }
        for finding in found {
            self.report(finding);
        }
    }

    fn compare_dates(
        &self,
        (own, evidence): (&Struct, &Evidence),
        (structure, standard): (&Struct, &Evidence),
        found: &mut Vec<Diagnostic>,
    ) {
        let verifier = &evidence.verifier;
        if let Some(longest) = standard.max_age
            && evidence.max_age.is_none_or(|age| age > longest)
        {
            let longest = print_duration(longest);
            let message = format!("evidence `{}` counts for longer than `{verifier}` lets it: {longest}", own.name);
            found.push(
                Diagnostic::error(codes::VERIFIER, own.span, message)
                    .help(format!("write `@max_age({longest})`, or less")),
            );
        }
        let (dated, wanted) = (&own.fields[evidence.age_from].name, &structure.fields[standard.age_from].name);
        if dated != wanted {
            let message = format!(
                "the age of `{}` counts from `{dated}`; what `{verifier}` verifies is as old as its `{wanted}`",
                own.name
            );
            let help = if wanted == "verified_at" {
                "leave `@age_from` out".to_owned()
            } else {
                format!("write `@age_from({wanted})`")
            };
            found.push(Diagnostic::error(codes::VERIFIER, own.span, message).help(help));
        }
    }

    fn compare_claim(&self, (own, field): (&Struct, &Field), structure: &Struct, verifier: &str) -> Option<Diagnostic> {
        let path = format!("{}.{}", own.name, field.name);
        let Some(standard) = structure.fields.iter().find(|standard| standard.name == field.name) else {
            // What an issuer adds to its statements is for those who read them to know.
            match Verifier::named(verifier).map(|verifier| verifier.signer) {
                Some(Signer::Issuer | Signer::Deployment) => return None,
                Some(Signer::Hardware) | None => {}
            }
            let message = format!("`{path}` is no claim of what `{verifier}` verifies");
            let help = format!("leave it out: the claims are those of `{}.{}`", structure.package, structure.name);
            return Some(Diagnostic::error(codes::VERIFIER, field.span, message).help(help));
        };
        let departure = self.departure((&path, &field.ty, field.fact), (&standard.ty, standard.fact))?;
        let (message, help) = match departure {
            Departure::Type(path, wanted) => (
                format!("`{path}` has another type than `{verifier}` gives it"),
                format!("it is `{wanted}`: see `{}.{}`", structure.package, structure.name),
            ),
            Departure::Fact(path, called, is) => (
                format!(
                    "`{path}` is called `{}`; what `{verifier}` says there is `{}`",
                    fact_word(called),
                    fact_word(is)
                ),
                format!("write `@fact({})`, or use `{}.{}`", fact_word(is), structure.package, structure.name),
            ),
        };
        Some(Diagnostic::error(codes::VERIFIER, field.span, message).help(help))
    }

    /// The first place under a claim where a schema departs from the standard one; each comes with what the fields around it are called.
    fn departure(
        &self,
        (path, own, called): (&str, &Type, Option<Fact>),
        (standard, is): (&Type, Option<Fact>),
    ) -> Option<Departure> {
        let other_type = || Some(Departure::Type(path.to_owned(), self.show(standard)));
        match (own, standard) {
            (Type::Struct(own), Type::Struct(standard)) => {
                let (own, standard) = (self.schema.structure(*own), self.schema.structure(*standard));
                own.fields.iter().find_map(|field| {
                    let Some(wanted) = standard.fields.iter().find(|wanted| wanted.name == field.name) else {
                        return other_type();
                    };
                    let path = format!("{path}.{}", field.name);
                    self.departure((&path, &field.ty, field.fact.or(called)), (&wanted.ty, wanted.fact.or(is)))
                })
            }
            (Type::Optional(own), Type::Optional(standard)) | (Type::Set(own), Type::Set(standard)) => {
                self.departure((path, own, called), (standard, is))
            }
            (Type::List(own, length), Type::List(standard, wanted)) if length == wanted => {
                self.departure((path, own, called), (standard, is))
            }
            (Type::Enum(own), Type::Enum(standard)) => {
                let cases = |id| self.schema.enumeration(id).cases.iter().map(|case| case.name.as_str());
                if !cases(*own).eq(cases(*standard)) { other_type() } else { other_fact(path, called, is) }
            }
            (own, standard) if own != standard => other_type(),
            _ => other_fact(path, called, is),
        }
    }
}

/// How a schema departs from the standard one, and where.
enum Departure {
    /// The claim, and the type it should have.
    Type(String, String),
    /// The claim, the kind of fact it is called, and the kind it is.
    Fact(String, Fact, Fact),
}

/// A claim may be called a circumstance, which is the least of all.
fn other_fact(path: &str, called: Option<Fact>, is: Option<Fact>) -> Option<Departure> {
    let [called, is] = [called, is].map(|fact| fact.unwrap_or(Fact::Circumstance));
    (called != is && called != Fact::Circumstance).then(|| Departure::Fact(path.to_owned(), called, is))
}

/// Whether a structure is declared by the standard library, whose packages nobody else can name.
fn is_standard(structure: &Struct) -> bool {
    structure.package.split('.').next() == Some("std")
}
