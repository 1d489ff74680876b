//! A bundle: policies compiled and ready, with the reference values of the moment.

use crate::fields::Fields;
use crate::input::{self, InputError, UNKNOWN, listed};
use crate::jit::JitError;
use crate::prepared::Prepared;
use crate::references::{self, ReferenceTable};
use crate::session::{Session, SessionError};
use arc_swap::{ArcSwap, Cache};
use atbac_compiler::checked::Policy;
use atbac_compiler::limits::Limits;
use atbac_compiler::pipeline::{self, Checked, Refused, SourceFile};
use atbac_compiler::types::{Request, RequestId, Schema};
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::{SourceMap, Span};
use atbac_grammar::syntax::Stage;
use jiff::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How decisions are made. Both give the same answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Execution {
    /// Machine code.
    Jit,
    /// The reference interpreter: for hosts that forbid executable memory, and to compare with.
    Interpreter,
}

/// Compiled policies. Clones share everything; a bundle serves any number of threads.
#[derive(Clone)]
pub struct Bundle {
    inner: Arc<Inner>,
}

struct Inner {
    sources: SourceMap,
    policy: Policy,
    warnings: Vec<Diagnostic>,
    execution: Execution,
    requests: Vec<Arc<Prepared>>,
    references: Arc<ArcSwap<InForce>>,
    /// Reference values that were in force and that some memory still holds. They are freed here and never by whoever decides.
    retired: Mutex<Vec<Arc<InForce>>>,
    /// The generation of the next reference values.
    next_generation: AtomicU64,
}

/// The reference values in force, and which generation of them this is. A bundle uses each number once.
pub(crate) struct InForce {
    pub(crate) generation: u64,
    pub(crate) table: ReferenceTable,
}

/// The reference values in force, kept by one thread.
pub(crate) type CachedReferences = Cache<Arc<ArcSwap<InForce>>, Arc<InForce>>;

/// A bundle that cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The policies break rules of the language.
    #[error("the policies are refused: {} error(s)", .0.diagnostics.len())]
    Refused(Box<Refused>),
    /// No decision procedure or machine code could be made.
    #[error("{0}")]
    Jit(JitError),
}

/// A place in the source of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file's name, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Bundle {
    /// Compiles policies. No reference value is loaded yet.
    ///
    /// # Errors
    /// [`BundleError`]: the policies are refused, or the host gives no executable memory.
    pub fn open(files: impl IntoIterator<Item = SourceFile>, execution: Execution) -> Result<Self, BundleError> {
        Self::open_within(files, execution, Limits::default())
    }

    /// The same, with limits that the caller sets.
    ///
    /// # Errors
    /// As [`Bundle::open`].
    pub fn open_within(
        files: impl IntoIterator<Item = SourceFile>,
        execution: Execution,
        limits: Limits,
    ) -> Result<Self, BundleError> {
        let checked =
            pipeline::parse_within(files, limits).check().map_err(|refused| BundleError::Refused(Box::new(refused)))?;
        let Checked { sources, policy, warnings } = checked;
        let prepare = |at| Prepared::new(&policy, RequestId(at as u32), execution, limits).map(Arc::new);
        let requests = 0..policy.schema.requests.len();
        let requests = requests.map(prepare).collect::<Result<_, _>>().map_err(BundleError::Jit)?;
        let none = ReferenceTable::none(&policy.schema);
        let references = Arc::new(ArcSwap::from_pointee(InForce { generation: 0, table: none }));
        let inner = Inner {
            sources,
            policy,
            warnings,
            execution,
            requests,
            references,
            retired: Mutex::default(),
            next_generation: AtomicU64::new(1),
        };
        Ok(Bundle { inner: Arc::new(inner) })
    }

    /// What the authors should look at all the same.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.inner.warnings
    }

    /// The source files, for pointing into.
    pub fn sources(&self) -> &SourceMap {
        &self.inner.sources
    }

    /// How this bundle decides.
    pub fn execution(&self) -> Execution {
        self.inner.execution
    }

    /// The request types that can be asked.
    pub fn requests(&self) -> &[Request] {
        &self.inner.policy.schema.requests
    }

    /// Puts other reference values in force, all at once. Decisions that have begun end with the old ones; sessions that are open go on with the new ones.
    ///
    /// # Errors
    /// [`InputError`] when the table was made for another bundle; nothing changes then.
    pub fn swap_references(&self, table: ReferenceTable) -> Result<(), InputError> {
        if !Arc::ptr_eq(table.schema(), &self.inner.policy.schema) {
            return Err(InputError::new(input::TYPE, "", "these reference values were read for another bundle"));
        }
        let old = self.inner.references.swap(Arc::new(self.generation(table)));
        let mut retired = self.inner.retired.lock().unwrap_or_else(PoisonError::into_inner);
        retired.push(old);
        retired.retain(|values| Arc::strong_count(values) > 1);
        Ok(())
    }

    /// Numbers reference values, so that what was found with others is not taken for found with these.
    pub(crate) fn generation(&self, table: ReferenceTable) -> InForce {
        InForce { generation: self.inner.next_generation.fetch_add(1, Ordering::Relaxed), table }
    }

    /// Reads a file of reference values, of the form that [`crate::references`] describes. What it does not name is not loaded.
    ///
    /// # Errors
    /// [`InputError`] for what does not fit the references that the policies declare, or dates and states that contradict each other.
    pub fn read_references(&self, json: &[u8]) -> Result<ReferenceTable, InputError> {
        references::read(self.schema(), json)
    }

    /// Begins a session: gathers the session fields of a request type. A name that two packages declare is written `package.Name`.
    ///
    /// # Errors
    /// [`InputError`] when no package declares a request of this name.
    pub fn session_fields(&self, request: &str) -> Result<Fields, InputError> {
        Ok(Fields::new(Arc::clone(self.schema()), self.request(request)?, Stage::Session))
    }

    /// The request type of a name.
    pub(crate) fn request(&self, name: &str) -> Result<RequestId, InputError> {
        let requests = &self.schema().requests;
        let fits = |known: &Request| known.name == name || format!("{}.{}", known.package, known.name) == name;
        let mut found = requests.iter().enumerate().filter(|(_, known)| fits(known)).map(|(at, _)| at);
        let message = match (found.next(), found.next()) {
            (Some(at), None) => return Ok(RequestId(at as u32)),
            (Some(_), Some(_)) => format!("several packages declare a request `{name}`: write `package.{name}`"),
            (None, _) => {
                let known = listed(requests.iter().map(|known| known.name.as_str()));
                format!("no policy declares a request `{name}`: expected {known}")
            }
        };
        Err(InputError::new(UNKNOWN, "", message))
    }

    /// Opens a session: proves its bindings and evaluates what stays the same for all its calls. `now` is the present time.
    ///
    /// # Errors
    /// [`SessionError`] when a field is missing or a binding is not proven.
    pub fn open_session(&self, fields: Fields, now: Timestamp) -> Result<Session, SessionError> {
        Session::open(self.clone(), fields, now)
    }

    /// The types of the policies, which [`crate::json`] needs to show values.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.inner.policy.schema
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.inner.policy
    }

    pub(crate) fn prepared(&self, request: RequestId) -> &Arc<Prepared> {
        &self.inner.requests[request.index()]
    }

    pub(crate) fn references(&self) -> arc_swap::Guard<Arc<InForce>> {
        self.inner.references.load()
    }

    /// The reference values in force as one thread sees them: looking again costs one comparison while they stay the same.
    pub(crate) fn cached_references(&self) -> CachedReferences {
        Cache::new(Arc::clone(&self.inner.references))
    }

    /// Where a span stands.
    pub fn location(&self, span: Span) -> Location {
        let source = self.inner.sources.get(span.file);
        let position = source.position(span.start);
        Location { file: source.name.clone(), line: position.line, column: position.column }
    }
}
