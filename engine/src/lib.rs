//! The engine: evidence in, decisions out.
//!
//! ```text
//! let bundle = Bundle::open(files, Execution::Jit)?;             // policies, compiled
//! bundle.swap_references(bundle.read_references(json)?)?;        // what the deployment trusts today
//! let nonce = issuer.issue(now)?;                                // for the agent to attest with
//! let answer = issuer.redeem(&report, None, now)?;               // once, with the evidence that answers it
//! let fields = bundle.session_fields("PaymentCall")?.attested("principal", &report)?.answers(["principal"], answer)?…;
//! let session = bundle.open_session(fields, now)?;               // bindings proven, session conditions evaluated
//! let call = session.call(session.call_fields().asserted("action", …)?…)?;
//! let decision = session.decide(&call, now, &mut memory);        // allocates nothing
//! ```
//!
//! In reading order:
//!
//! - [`evidence`]: verifiers, a crate of their own that knows nothing of policies;
//! - [`claims`]: verified evidence as a value of its schema;
//! - [`input`], [`fields`]: every other value, from JSON, by the provenance it has;
//! - [`bundle`], [`session`]: policies, and what is fixed while an agent works; [`call`]: what comes with each question;
//! - [`binding`], [`nonce`]: proof that fields belong together, and that evidence was made for this session;
//! - [`decision`]: the one place where verdicts are made; [`grant`] is what permits give, [`explanation`] says why;
//! - [`references`]: the values a deployment fills in, and when they count;
//! - [`story`]: a decision told rule by rule; [`expression`]: an expression tried on a session;
//! - [`run`]: the tests that stand in policies; [`coverage`]: what they show of the rules;
//! - [`jit`]: machine code, and the only unsafe code of the project.
//!
//! The clock, files and the network are the caller's: every function that needs the time takes it.

mod atoms;
pub mod binding;
pub mod bundle;
pub mod call;
mod circumstances;
pub mod claims;
pub mod coverage;
pub mod decision;
pub mod explanation;
pub mod expression;
pub mod fields;
pub mod grant;
pub mod input;
mod inputs;
#[allow(unsafe_code, reason = "calling compiled code; every site has its proof")]
pub mod jit;
pub mod json;
pub mod nonce;
mod prepared;
pub mod references;
pub mod run;
pub mod session;
pub mod story;

pub use atbac_compiler::limits::Limits;
pub use atbac_compiler::pipeline::SourceFile;
pub use atbac_derive::{Call, Record};
pub use atbac_evidence as evidence;
pub use binding::{BindingError, HeldKey, RuntimeData};
pub use bundle::{Bundle, BundleError, Execution, Location};
pub use call::typed::{CallForm, CallValue, TypedCall};
pub use call::{Call, CallBuffer};
pub use decision::{Decision, Denial, RuleName, Verdict};
pub use explanation::{Explanation, Reason};
pub use fields::Fields;
pub use grant::{Grant, Granted};
pub use input::InputError;
pub use nonce::{Nonce, NonceIssuer, Redeemed};
pub use session::{Memory, Session, SessionError};
