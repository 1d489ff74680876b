//! What a bundle keeps of each request type, so that it can be asked.

use crate::bundle::Execution;
use crate::fields::may_be_left_out;
use crate::jit::{CompiledProgram, JitError};
use atbac_compiler::checked::{Policy, Root, Term, TermKind};
use atbac_compiler::codegen::EmitError;
use atbac_compiler::interpret::{Heads, RulesOf};
use atbac_compiler::ir::{layouts, lower};
use atbac_compiler::layout::Layout;
use atbac_compiler::limits::Limits;
use atbac_compiler::types::{Merge, Request, RequestField, RequestId, Schema};
use atbac_grammar::syntax::Stage;
use std::sync::Arc;

/// A request type, ready to be asked. Sessions, calls and memory hold it, and are known by it to belong together.
pub(crate) struct Prepared {
    pub(crate) schema: Arc<Schema>,
    id: RequestId,
    /// How the session's frame is laid out.
    pub(crate) session: Arc<Layout>,
    /// How the frames of calls are.
    pub(crate) call: Arc<Layout>,
    /// The machine code; none when the interpreter decides.
    pub(crate) compiled: Option<CompiledProgram>,
    /// For each rule about the request, its position in [`Policy::rules`].
    pub(crate) rules: Vec<usize>,
    /// The same rules, for the interpreter.
    heads: Heads,
    /// Whether permits that apply together must give the same for some field of the grant.
    pub(crate) must_agree: bool,
    /// Whether anything that is decided reads fields of the call as values, and not in their frame.
    pub(crate) reads_call_values: bool,
    /// For each field of the request, whether a call must give it.
    pub(crate) must_be_given: Vec<bool>,
}

impl Prepared {
    pub(crate) fn new(policy: &Policy, id: RequestId, execution: Execution, limits: Limits) -> Result<Self, JitError> {
        let schema = Arc::clone(&policy.schema);
        let (session, call, compiled) = match execution {
            Execution::Jit => {
                let program = Arc::new(lower(policy, id).map_err(EmitError::from)?);
                let (session, call) = (Arc::clone(&program.session), Arc::clone(&program.call));
                let compiled = CompiledProgram::compile_within(program, Arc::clone(&schema), limits.code_bytes)?;
                (session, call, Some(compiled))
            }
            // It reads the policy as it was checked: nothing is lowered.
            Execution::Interpreter => {
                let [session, call] = layouts(&schema, schema.request(id)).map(Arc::new);
                (session, call, None)
            }
        };
        let rules: Vec<usize> = (0..policy.rules.len()).filter(|&at| policy.rules[at].request == id).collect();
        let heads = Heads::of(policy, &rules);
        let request = schema.request(id);
        let given = request.grant.iter().flat_map(|grant| &grant.fields);
        let must_agree = given.into_iter().any(|field| field.merge == Merge::Same);
        let holds_evidence =
            request.fields.iter().any(|field| field.stage == Stage::Call && schema.holds_evidence(&field.ty));
        let grants_read = || rules.iter().flat_map(|&at| &policy.rules[at].grant).any(|term| reads_call(request, term));
        let reads_call_values = compiled.is_none() || holds_evidence || grants_read();
        let must_be_given = |field: &RequestField| field.stage == Stage::Call && !may_be_left_out(&schema, &field.ty);
        let must_be_given = request.fields.iter().map(must_be_given).collect();
        Ok(Prepared { schema, id, session, call, compiled, rules, heads, must_agree, reads_call_values, must_be_given })
    }

    /// The rules, for the interpreter, in the policy that this was made of.
    pub(crate) fn rules_of<'a>(&'a self, policy: &'a Policy) -> RulesOf<'a> {
        RulesOf { policy, positions: &self.rules, heads: &self.heads }
    }

    /// The id of the request type.
    pub(crate) fn id(&self) -> RequestId {
        self.id
    }

    /// The request type.
    pub(crate) fn request(&self) -> &Request {
        self.schema.request(self.id())
    }
}

/// Whether what a permit gives depends on a field of the call.
fn reads_call(request: &Request, term: &Term) -> bool {
    match &term.kind {
        TermKind::Constant(_) | TermKind::Reference(_) => false,
        TermKind::Place(place) => match place.root {
            Root::Field(at) => request.fields[at].stage == Stage::Call,
            Root::Variable(_) | Root::Parameter(_) => true,
        },
        TermKind::Arithmetic(_, left, right) => reads_call(request, left) || reads_call(request, right),
        TermKind::Slice(inner, ..) | TermKind::Hash(_, inner) => reads_call(request, inner),
        TermKind::Set(elements) => elements.iter().any(|element| reads_call(request, element)),
        // Its condition may read anything.
        TermKind::If(..) => true,
    }
}
