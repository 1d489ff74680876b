//! From the decision IR to machine code, for any [`Module`] of the code generator.
//!
//! [`emit`] makes two lists of functions, each to be called in order with one [`Context`](abi::Context): those of a
//! *session* write the program's session values, those of a *decision* note the rules that fire and until when they
//! do. In order of the work:
//!
//! 1. `check` proves that the program keeps to its frames, and `facts` keeps what it learns of each test: whether it may
//!    be indeterminate, whether time can change it, which elements it reads;
//! 2. `plan` finds the tests that several formulas ask, which are answered first;
//! 3. `row` lays out the tables of shapes and goes through their rows;
//! 4. `body` is a function being made, `formula` puts the algebra of truth into it, `test` the questions, and
//!    `reference` what reference values they need;
//! 5. `integer`, `words`, `text`, `network` and `set` are what is asked about, `count` walks lists;
//! 6. `constants` gathers what is too long to stand in the code, `helper` calls what is too long to be code.
//!
//! [`abi`] is the contract with whoever calls the code. Functions are of bounded size, so that the work and the
//! memory to make them grow with the number of rules and not faster. They do not refer to one another or to anything
//! by name: what they need comes with the context, so that nothing is left for a linker, and code may lie anywhere in
//! memory.

pub mod abi;
mod answer;
mod body;
mod check;
mod constants;
mod count;
mod error;
mod facts;
mod formula;
mod helper;
mod integer;
mod network;
mod plan;
mod reference;
mod row;
mod set;
mod test;
mod text;
mod words;

pub use error::{EmitError, Place};

use crate::ir::{Formula, Program, Shape, TestId, TestKind};
use body::{Body, Unit};
use constants::Constants;
use cranelift_codegen::Context as CodeContext;
use cranelift_codegen::ir::{AbiParam, Endianness, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_module::{DataDescription, DataId, FuncId, Linkage, Module};
use facts::ProgramFacts;
pub use facts::{MAX_DEPTH, MAX_DISTINCT, MAX_WALKED};
use plan::Plan;
use row::Table;

/// How many questions one function asks at most; more only if a single formula does. The time and memory to make a function grow faster than its
/// size.
const QUESTIONS_PER_FUNCTION: usize = 384;

/// What a module holds after [`emit`], and what its functions need of a context.
#[derive(Debug)]
pub struct Emitted {
    /// The functions that write the session values, to be called in this order.
    pub session: Vec<FuncId>,
    /// The functions that decide a call, to be called in this order.
    pub decide: Vec<FuncId>,
    /// The program's constants, aligned to a word.
    pub constants: DataId,
    /// How many answers of shared tests the functions write.
    pub tests: usize,
    /// How many answers of lists' elements the functions write.
    pub elements: usize,
    /// How many keys of lists' elements they write.
    pub keys: usize,
    /// How many reference values the functions look at: one more than the greatest id.
    pub references: usize,
}

/// Emits a program into a module as functions of type [`abi::Entry`], of at most so many bytes together. Names and code
/// depend on nothing but the program and the target.
///
/// # Errors
/// [`EmitError`] if the program breaks a rule of the decision IR, its code is larger than the limit, or the module's
/// target or the code generator cannot make code of it. The module then holds some of its functions and is of no further
/// use.
pub fn emit(module: &mut dyn Module, program: &Program, code_bytes: usize) -> Result<Emitted, EmitError> {
    let target = module.isa().triple();
    if module.target_config().pointer_type() != types::I64 || module.isa().endianness() != Endianness::Little {
        return Err(EmitError::UnsupportedTarget(target.to_string()));
    }
    let facts = ProgramFacts::new(program)?;
    let mut constants = Constants::default();
    let mut size = Size { made: 0, limit: code_bytes };

    let plan = Plan::new(program, &facts, program.session_values.iter().map(|value| (value, 1)));
    let unit = Unit { program, facts: &facts, plan: &plan, notes_changes: true };
    let mut emitter = Emitter::new(module, "session", unit, &mut constants, &mut size);
    emitter.tests()?;
    emitter.parts(
        &program.session_values,
        |value| questions(program, &facts, value),
        |body, index, value| body.session_value(index, value),
    )?;
    let session = emitter.functions;
    let session_tests = plan.shared.len();

    let rules = program.rules.iter().map(|rule| (&rule.condition, 1));
    let plan = Plan::new(program, &facts, rules.chain(program.shapes.iter().flat_map(asked_of_rows)));
    let unit = Unit { program, facts: &facts, plan: &plan, notes_changes: false };
    let mut emitter = Emitter::new(module, "decide", unit, &mut constants, &mut size);
    emitter.tests()?;
    emitter.parts(
        &program.rules,
        |rule| questions(program, &facts, &rule.condition),
        |body, _, rule| body.rule(rule),
    )?;
    for (index, shape) in program.shapes.iter().enumerate() {
        let table = Table::new(program, &facts.rows, index, emitter.constants);
        let table =
            table.ok_or(EmitError::Malformed { place: Place::Shape(index), what: "has a table that is too large" })?;
        emitter.function(|body| body.shape(shape, &table))?;
    }
    let decide = emitter.functions;
    let tests = session_tests.max(plan.shared.len());

    let mut data = DataDescription::new();
    data.define(constants.into_bytes());
    data.set_align(align_of::<u64>() as u64);
    let constants = module.declare_data("constants", Linkage::Local, false, false)?;
    module.define_data(constants, &data)?;
    let room = facts.all_element_room();
    let (elements, keys, references) = (room.answers, room.keys, facts.references);
    Ok(Emitted { session, decide, constants, tests, elements, keys, references })
}

/// What a shape asks, and how often: an operand of its own is asked once for all rows, or by the few that meet a dispatch; what stands deeper, by each row.
fn asked_of_rows(shape: &Shape) -> Vec<(&Formula, u32)> {
    let operands = match &shape.condition {
        Formula::And(operands) => operands.as_slice(),
        single => std::slice::from_ref(single),
    };
    let times = |operand: &Formula| match operand {
        Formula::Constant(_) | Formula::Test(_) | Formula::SessionValue(_) => 1,
        Formula::Not(_) | Formula::And(_) | Formula::Or(_) => 2,
    };
    operands.iter().map(|operand| (operand, times(operand))).collect()
}

/// How many bytes of code were made, and may be.
struct Size {
    made: usize,
    limit: usize,
}

impl Size {
    fn add(&mut self, bytes: usize) -> Result<(), EmitError> {
        self.made = self.made.saturating_add(bytes);
        let Size { made: found, limit } = *self;
        if found > limit { Err(EmitError::TooLarge { found, limit }) } else { Ok(()) }
    }
}

/// Makes the functions of one stage.
struct Emitter<'a> {
    module: &'a mut dyn Module,
    stage: &'static str,
    unit: Unit<'a>,
    constants: &'a mut Constants,
    size: &'a mut Size,
    code: CodeContext,
    builder: FunctionBuilderContext,
    functions: Vec<FuncId>,
}

impl<'a> Emitter<'a> {
    fn new(
        module: &'a mut dyn Module,
        stage: &'static str,
        unit: Unit<'a>,
        constants: &'a mut Constants,
        size: &'a mut Size,
    ) -> Self {
        let code = module.make_context();
        let builder = FunctionBuilderContext::new();
        Emitter { module, stage, unit, constants, size, code, builder, functions: Vec::new() }
    }

    /// Makes the functions that answer the shared tests.
    fn tests(&mut self) -> Result<(), EmitError> {
        let Unit { plan, program, facts, .. } = self.unit;
        self.parts(
            &plan.shared,
            |id| questions(program, facts, &Formula::Test(*id)),
            |body, index, id| body.shared_test(index, *id),
        )
    }

    /// Makes functions of as many parts each as ask at most [`QUESTIONS_PER_FUNCTION`], or of one that asks more.
    fn parts<T>(
        &mut self,
        parts: &[T],
        questions: impl Fn(&T) -> usize,
        emit: impl Fn(&mut Body<'_>, u32, &T),
    ) -> Result<(), EmitError> {
        let mut begin = 0;
        while begin < parts.len() {
            let mut asked = questions(&parts[begin]);
            let mut end = begin + 1;
            while end < parts.len() && asked + questions(&parts[end]) <= QUESTIONS_PER_FUNCTION {
                asked += questions(&parts[end]);
                end += 1;
            }
            self.function(|body| {
                for (index, part) in (begin..end).zip(&parts[begin..end]) {
                    emit(body, index as u32, part);
                }
            })?;
            begin = end;
        }
        Ok(())
    }

    fn function(&mut self, emit: impl FnOnce(&mut Body<'_>)) -> Result<(), EmitError> {
        let name = format!("{}_{}", self.stage, self.functions.len());
        let mut signature = self.module.make_signature();
        signature.params.push(AbiParam::new(types::I64));
        let id = self.module.declare_function(&name, Linkage::Local, &signature)?;
        self.code.func.signature = signature;
        let builder = FunctionBuilder::new(&mut self.code.func, &mut self.builder);
        let mut body = Body::new(builder, self.unit, self.constants);
        emit(&mut body);
        body.finish().finalize(self.module.target_config());
        self.module.define_function(id, &mut self.code)?;
        self.size.add(self.code.compiled_code().map_or(0, |code| code.code_buffer().len()))?;
        self.module.clear_context(&mut self.code);
        self.functions.push(id);
        Ok(())
    }
}

/// How many questions a formula asks, as a measure of its code. The condition of a count is part of it.
fn questions(program: &Program, facts: &ProgramFacts, formula: &Formula) -> usize {
    asked(formula, &|id| in_test(program, facts, id))
}

fn in_test(program: &Program, facts: &ProgramFacts, id: TestId) -> usize {
    match &program.tests[id.0 as usize].kind {
        // What a condition asks without reading an element is answered before, as a shared test.
        TestKind::Count(count) => {
            1 + asked(&count.condition, &|id| {
                if facts.test(id).reads_element() { in_test(program, facts, id) } else { 1 }
            })
        }
        _ => 1,
    }
}

fn asked(formula: &Formula, of_test: &dyn Fn(TestId) -> usize) -> usize {
    match formula {
        Formula::Constant(_) | Formula::SessionValue(_) => 1,
        Formula::Test(id) => of_test(*id),
        Formula::Not(inner) => asked(inner, of_test),
        Formula::And(operands) | Formula::Or(operands) => operands.iter().map(|operand| asked(operand, of_test)).sum(),
    }
}

impl Body<'_> {
    /// Evaluates a session value into its place.
    fn session_value(&mut self, index: u32, value: &Formula) {
        let answer = self.formula(value);
        let values = self.field(core::mem::offset_of!(abi::Context, session_values));
        self.store(answer, values, formula::place(index));
    }
}
