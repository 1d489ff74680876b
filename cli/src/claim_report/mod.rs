//! Verified claims for people: in groups, each with what it means, and what a careful policy would refuse.
//!
//! What is said about claims stands in the standard library, which is compiled to find it: the kind of fact and the documentation of each
//! claim of the evidence's schema ([`groups`]), and the predicates that need nothing but the evidence ([`careful`]). So it holds for every kind of
//! evidence that the library has a schema for, and cannot differ from what policies go by. [`library`] compiles it, [`value`] and [`page`] are
//! how values and paragraphs look.

mod careful;
mod groups;
mod library;
mod page;
mod value;

use crate::text::Text;
use crate::verified::VerifiedEvidence;
use groups::Group;
use jiff::Timestamp;
use library::Library;
use page::Page;

/// Shows what `verified` says, `at` being the time at which it was verified.
pub(crate) fn show(verified: &VerifiedEvidence, at: Timestamp, text: &mut Text) {
    let claims = verified.claims();
    let mut page = Page::new(text);
    let Some(library) = Library::of(verified.kind()) else {
        page.heading("Claims", "the standard library has no schema for them");
        page.claims(value::rows(&claims));
        return;
    };
    for group in Group::ALL {
        let found = groups::of(group, &library, &claims);
        if !found.is_empty() {
            page.heading(group.title(), group.question());
            page.claims(found);
        }
    }
    careful::show(&library, verified, at, &mut page);
}
