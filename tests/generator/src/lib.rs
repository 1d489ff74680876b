//! Well-typed policies at random: whole bundles that keep the laws of the language by construction, made of the choices on a tape.
//!
//! A shorter tape, or one of smaller numbers, is a simpler bundle, and every tape is a bundle: what shrinks a tape keeps the program well-typed. In reading order:
//!
//! - [`tape`]: where choices come from.
//! - `model`, `scope`: what the author knows of its own declarations, and of the values that a condition sees.
//! - `schema`: enums, records, evidence, requests, grants, references, predicates.
//! - `literal`, `value`: what is written out, and what is computed or chosen.
//! - `question`, `list`, `condition`: what is asked of one value, of lists, and how conditions are joined.
//! - `laws`: what a permit needs of its evidence.
//! - `rule`, `grant`, `template`: rules, what they give, families of them; tests and invariants.
//! - [`walk`]: the parts of expressions.
//! - `dispatch`: hundreds of rules that differ in constants only.
//! - [`expand`]: templates written out by hand.
//! - [`bundle`]: all of it, in one package or in several.
//!
//! What comes out is source text, by the grammar's own printer. Who asks questions of it reads the compiler's schema: nothing here depends on the compiler.
#![forbid(unsafe_code)]

mod build;
pub mod bundle;
mod condition;
mod dispatch;
pub mod expand;
mod grant;
mod laws;
mod list;
mod literal;
mod model;
mod question;
mod rule;
mod schema;
mod scope;
pub mod tape;
mod template;
mod value;
pub mod walk;

pub use bundle::{Arrangement, Bundle};
pub use literal::BASE;
pub use tape::Tape;

use atbac_grammar::syntax::Effect;
use laws::Floors;
use model::World;

/// Who writes a bundle.
struct Author<'a, 't> {
    tape: &'a mut Tape<'t>,
    world: World,
    floors: Floors,
    /// How many names were given: each is another.
    names: usize,
    /// Every rule so far that a test can name.
    rules: Vec<(Effect, String)>,
    /// Every sentence so far that a caller may be told.
    sentences: Vec<String>,
}
