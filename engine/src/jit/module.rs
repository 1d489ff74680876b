//! The memory of machine code and its constants.

use atbac_compiler::codegen::abi::{Context, Entry};
use atbac_compiler::codegen::{EmitError, Emitted, emit};
use atbac_compiler::ir::Program;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, ModuleError, default_libcall_names};
use std::ptr;
use std::sync::{Arc, OnceLock};

#[cfg(test)]
mod tests;

/// Why a program could not be compiled for this machine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JitError {
    /// The processor is not one that code can be made for.
    #[error("machine code cannot be made for this processor: {0}; use the interpreter")]
    UnsupportedHost(String),
    /// No code could be made of the program.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// The host gives no memory, or forbids making it executable.
    #[error(
        "memory for machine code could not be had or made executable: {0}; use the interpreter if this host forbids it"
    )]
    Memory(#[source] Box<ModuleError>),
    /// The code names something that is not in it.
    #[error(
        "the compiled code names `{0}`, which is not in it; nothing is looked up in the process: use the interpreter, and please report this as a defect of atbac"
    )]
    UnknownSymbol(String),
}

impl JitError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            JitError::UnsupportedHost(_) => "atbac::jit::unsupported_host",
            JitError::Emit(error) => error.code(),
            JitError::Memory(_) => "atbac::jit::no_executable_memory",
            JitError::UnknownSymbol(_) => "atbac::jit::unknown_symbol",
        }
    }
}

/// The functions and constants of one compiled program, with the memory they lie in.
pub(super) struct Code {
    session: Box<[Entry]>,
    decide: Box<[Entry]>,
    constants: *const u64,
    /// Never used again, only dropped: what the other fields point to lies in it.
    _memory: Memory,
}

// SAFETY: Functions may be called from any thread. The constants are written before `Code::new` returns and by nobody
// after; the pages are read-only by then. The module, which may be sent but not shared, is reached by nothing but
// `Drop`, which has it alone.
unsafe impl Send for Code {}
// SAFETY: As above: a shared `Code` gives out nothing but reads of constant memory and calls of functions.
unsafe impl Sync for Code {}

impl Code {
    /// Compiles a program to at most so many bytes.
    pub(super) fn new(program: &Program, code_bytes: usize) -> Result<(Self, Emitted), JitError> {
        let mut memory = Memory::new(isa()?);
        let emitted = emit(memory.module(), program, code_bytes)?;
        memory.finish()?;
        let module = memory.module();
        let entries = |ids: &[FuncId]| -> Box<[Entry]> {
            let addresses = ids.iter().map(|&id| module.get_finalized_function(id));
            // SAFETY: The compiler declares each emitted function with the signature that `Entry` states, in the
            // target's own calling convention, which is what `extern "C"` means; the memory outlives the pointer
            // because `Code` drops both at once.
            addresses.map(|address| unsafe { core::mem::transmute::<*const u8, Entry>(address) }).collect()
        };
        let (session, decide) = (entries(&emitted.session), entries(&emitted.decide));
        // The compiler aligns the constants to a word.
        let constants = module.get_finalized_data(emitted.constants).0.cast();
        Ok((Code { session, decide, constants, _memory: memory }, emitted))
    }

    /// The constants, for [`Context::constants`].
    pub(super) fn constants(&self) -> *const u64 {
        self.constants
    }

    /// Runs the functions of the session.
    ///
    /// # Safety
    /// The context is as [`atbac_compiler::codegen::abi`] states for this code's program, for as long as this runs.
    pub(super) unsafe fn session(&self, context: &mut Context) {
        for entry in &self.session {
            // SAFETY: The caller upholds what the contract asks, and the code lives as long as `self`.
            unsafe { entry(context) }
        }
    }

    /// Runs the functions of a decision.
    ///
    /// # Safety
    /// The same as for [`Code::session`].
    #[inline]
    pub(super) unsafe fn decide(&self, context: &mut Context) {
        for entry in &self.decide {
            // SAFETY: The caller upholds what the contract asks, and the code lives as long as `self`.
            unsafe { entry(context) }
        }
    }
}

/// A module that is freed when dropped; by itself, it would keep its memory forever.
struct Memory {
    module: Option<JITModule>,
    /// The first name that the code asked for and that is not in it.
    unknown: Arc<OnceLock<String>>,
}

impl Memory {
    /// A module without code.
    fn new(isa: OwnedTargetIsa) -> Self {
        let unknown = Arc::new(OnceLock::new());
        let mut builder = JITBuilder::with_isa(isa, default_libcall_names());
        let asked = Arc::clone(&unknown);
        // By itself, the module looks an unknown name up in the whole process. What is asked last is asked first, and as this has an answer
        // to every name, nothing else is asked. `finish` then refuses the code, so the answer is never followed.
        builder.symbol_lookup_fn(Box::new(move |name| {
            asked.get_or_init(|| name.to_owned());
            Some(ptr::dangling())
        }));
        Memory { module: Some(JITModule::new(builder)), unknown }
    }

    fn module(&mut self) -> &mut JITModule {
        self.module.as_mut().expect("the module is taken only when dropped")
    }

    /// Makes what was written executable, or readable only, and all of it unwritable.
    fn finish(&mut self) -> Result<(), JitError> {
        self.module().finalize_definitions().map_err(|error| JitError::Memory(Box::new(error)))?;
        self.unknown.get().map_or(Ok(()), |name| Err(JitError::UnknownSymbol(name.clone())))
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: Only `Code` has pointers into the module, and it is being dropped: its functions run only while
            // it is borrowed, so none is running, and none can be called any more.
            unsafe { module.free_memory() };
        }
    }
}

/// The processor at hand, and how code is made for it. It is found out once: a bundle may have thousands of requests, each a module.
fn isa() -> Result<OwnedTargetIsa, JitError> {
    static ISA: OnceLock<Result<OwnedTargetIsa, String>> = OnceLock::new();
    ISA.get_or_init(|| {
        let mut flags = settings::builder();
        for (name, value) in FLAGS {
            flags.set(name, value).map_err(|error| error.to_string())?;
        }
        let builder = cranelift_native::builder().map_err(str::to_owned)?;
        builder.finish(settings::Flags::new(flags)).map_err(|error| error.to_string())
    })
    .clone()
    .map_err(JitError::UnsupportedHost)
}

const FLAGS: &[(&str, &str)] = &[
    // Measured over 10,000 rules of six tests, each its own, on a 2.5 GHz Xeon: 58 µs a decision after 1.5 s of
    // compiling, against 121 µs after 0.8 s with `none` and `single_pass`. A bundle is compiled once and decides for
    // as long as it stands.
    ("opt_level", "speed"),
    ("regalloc_algorithm", "backtracking"),
    // The generator's own check of what it is given finds our mistakes, not the user's.
    ("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }),
    // A frame of more than a page touches each of its pages in turn, so that running out of stack ends the process at the guard page and
    // never steps over it.
    ("enable_probestack", "true"),
    ("probestack_strategy", "inline"),
    // Code is made where it runs, and nothing unwinds through it.
    ("is_pic", "false"),
    // An address of any distance has room: what is not in the code is refused when it is named, not when it cannot be reached.
    ("use_colocated_libcalls", "false"),
    ("unwind_info", "false"),
];
