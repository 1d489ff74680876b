//! Policies of Azure: [`attestation`], which decide who gets a token of Azure Attestation, and [`key_release`], which decide who gets a key for one.
//!
//! Both ask about the claims of a token, which [`claims`] knows; [`rules`] reads the grammar of the first.

pub(crate) mod attestation;
mod claims;
pub(crate) mod key_release;
mod rules;

use crate::condition::Condition;
use crate::package::{Line, Package};

/// The declarations of a package that decides on a token.
fn declare(package: &mut Package, request: &str) {
    package.uses("std.maa", "Token");
    package.ages.push("age(token)".to_owned());
    package.declarations.push(
        "/// The form of a token.\nenum TokenForm {\n/// It speaks of its environment directly.\ndirect,\n\
         /// It is of a whole virtual machine (`azurevm`), and what it says of the hardware stands in `x-ms-isolation-tee`.\nwhole_machine,\n}"
            .to_owned(),
    );
    package.declarations.push(format!(
        "/// {request}\nrequest Release {{\nsession token: authenticated Token,\n\
         /// The form of the token, as the service that verified it knows: `std.maa` reads claims of both forms into one field.\n\
         session form: local TokenForm,\n}}"
    ));
}

/// The lines of a permit, with the form of the token that they all need said once, before them.
fn with_form(lines: Vec<Line>) -> Vec<Line> {
    let needed = |line: &Line| match &line.condition {
        Condition::All(parts) => parts.first().cloned(),
        _ => None,
    };
    let forms: Vec<Condition> = claims::FORMS.iter().map(|form| Condition::atom(*form)).collect();
    let Some(first) = lines.first() else { return lines };
    let Some(form) = needed(first).filter(|form| forms.contains(form)) else { return lines };
    if !lines.iter().all(|line| needed(line).is_none_or(|other| other == form || !forms.contains(&other))) {
        return lines;
    }
    let said =
        Line { condition: form.clone(), sentence: "a token of another form".to_owned(), place: first.place.clone() };
    let without = |line: Line| match line.condition {
        Condition::All(parts) if parts.first() == Some(&form) => {
            Line { condition: Condition::All(parts.into_iter().skip(1).collect()), ..line }
        }
        condition => Line { condition, ..line },
    };
    std::iter::once(said).chain(lines.into_iter().map(without)).collect()
}
