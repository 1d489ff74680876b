//! A generated policy, opened on both executions.

use atbac_compiler::checked::Policy;
use atbac_compiler::pipeline;
use atbac_compiler::types::{StructId, Type};
use atbac_engine::{Bundle, BundleError, Execution, SourceFile};
use atbac_generator::{Arrangement, Tape, tape};
use atbac_tests::constants::Constants;
use atbac_tests::evidence::Evidence;

/// The longest tape of a policy.
const LONGEST: u64 = 2500;

/// A policy on both executions.
pub struct Subject {
    /// Its source.
    pub files: Vec<SourceFile>,
    /// What the compiler made of it.
    pub policy: Policy,
    /// Machine code.
    pub jit: Bundle,
    /// The reference interpreter.
    pub interpreter: Bundle,
    /// What it compares with, and what evidence says.
    pub constants: Constants,
    /// What each of its rules compares with.
    pub of_rules: Vec<Constants>,
}

/// The tape of the policy of this seed.
pub fn tape_of(seed: u64) -> Vec<u16> {
    tape::random(seed, (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) as usize % LONGEST as usize)
}

/// The source of the policy that a tape says, in one of the ways to arrange it.
pub fn source(numbers: &[u16], arrangement: Arrangement) -> Vec<SourceFile> {
    let bundle = atbac_generator::Bundle::new(&mut Tape::new(numbers));
    let sources = bundle.sources(arrangement).into_iter();
    sources.map(|(name, text)| SourceFile { name, text }).collect()
}

impl Subject {
    /// Opens a policy; nothing where the compiler refuses it.
    ///
    /// # Panics
    /// When no machine code can be made.
    pub fn open(files: Vec<SourceFile>, evidence: &[Evidence]) -> Option<Self> {
        let policy = pipeline::parse(files.iter().cloned()).check().ok()?.policy;
        let open = |execution| match Bundle::open(files.iter().cloned(), execution) {
            Ok(bundle) => Some(bundle),
            Err(BundleError::Refused(_)) => None,
            Err(BundleError::Jit(error)) => panic!("{error}"),
        };
        let (jit, interpreter) = (open(Execution::Jit)?, open(Execution::Interpreter)?);
        let schema = jit.schema();
        let mut constants = Constants::of(&policy);
        for evidence in evidence {
            for (at, declared) in schema.structs.iter().enumerate() {
                let id = StructId(at as u32);
                let is_made = declared.evidence.as_ref().is_some_and(|kind| kind.verifier == evidence.verifier());
                if is_made && let Ok(value) = evidence.value(schema, id) {
                    constants.add(schema, &Type::Struct(id), &value);
                }
            }
        }
        let of_rules = policy.rules.iter().map(Constants::of_rule).collect();
        Some(Subject { files, policy, jit, interpreter, constants, of_rules })
    }
}
