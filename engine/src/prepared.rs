//! What a bundle keeps of each request type, so that it can be asked.

use crate::bundle::Execution;
use crate::fields::may_be_left_out;
use crate::jit::{CompiledProgram, JitError};
use atbac_compiler::checked::{Policy, Root, Term, TermKind};
use atbac_compiler::interpret::{Heads, RulesOf};
use atbac_compiler::ir::Program;
use atbac_compiler::limits::Limits;
use atbac_compiler::types::{Merge, Request, RequestField, RequestId, Schema};
use atbac_grammar::syntax::Stage;
use std::sync::Arc;

/// A request type, ready to be asked. Sessions, calls and memory hold it, and are known by it to belong together.
pub(crate) struct Prepared {
    pub(crate) schema: Arc<Schema>,
    pub(crate) program: Arc<Program>,
    /// The machine code; none when the interpreter decides.
    pub(crate) compiled: Option<CompiledProgram>,
    /// For each rule of the program, its position in [`Policy::rules`].
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
    pub(crate) fn new(
        policy: &Policy,
        program: Program,
        execution: Execution,
        limits: Limits,
    ) -> Result<Self, JitError> {
        let (schema, program) = (Arc::clone(&policy.schema), Arc::new(program));
        let compiled = match execution {
            Execution::Jit => {
                Some(CompiledProgram::compile_within(Arc::clone(&program), Arc::clone(&schema), limits.code_bytes)?)
            }
            Execution::Interpreter => None,
        };
        let rules: Vec<usize> =
            (0..policy.rules.len()).filter(|&at| policy.rules[at].request == program.request).collect();
        let heads = Heads::of(policy, &rules);
        let request = schema.request(program.request);
        let given = request.grant.iter().flat_map(|grant| &grant.fields);
        let must_agree = given.into_iter().any(|field| field.merge == Merge::Same);
        let holds_evidence =
            request.fields.iter().any(|field| field.stage == Stage::Call && schema.holds_evidence(&field.ty));
        let grants_read = || rules.iter().flat_map(|&at| &policy.rules[at].grant).any(|term| reads_call(request, term));
        let reads_call_values = compiled.is_none() || holds_evidence || grants_read();
        let must_be_given = |field: &RequestField| field.stage == Stage::Call && !may_be_left_out(&schema, &field.ty);
        let must_be_given = request.fields.iter().map(must_be_given).collect();
        Ok(Prepared { schema, program, compiled, rules, heads, must_agree, reads_call_values, must_be_given })
    }

    /// The rules, for the interpreter, in the policy that this was made of.
    pub(crate) fn rules_of<'a>(&'a self, policy: &'a Policy) -> RulesOf<'a> {
        RulesOf { policy, positions: &self.rules, heads: &self.heads }
    }

    /// The id of the request type.
    pub(crate) fn id(&self) -> RequestId {
        self.program.request
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
