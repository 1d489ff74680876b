//! What a module of machine code does with what no program of ours asks of it.

use super::*;
use cranelift_codegen::CodegenError;
use cranelift_codegen::binemit::Reloc;
use cranelift_codegen::ir::LibCall;
use cranelift_module::{Linkage, Module, ModuleReloc, ModuleRelocTarget};

/// Code of nothing but an address, that of `target`.
fn naming(memory: &mut Memory, target: impl FnOnce(&mut JITModule) -> ModuleRelocTarget) -> Result<(), JitError> {
    let module = memory.module();
    let name = target(module);
    let signature = module.make_signature();
    let id = module.declare_function("naming", Linkage::Local, &signature).unwrap();
    let reloc = ModuleReloc { offset: 0, kind: Reloc::Abs8, name, addend: 0 };
    module.define_function_bytes(id, 8, &[0; 8], &[reloc]).unwrap();
    memory.finish()
}

fn declared(name: &str, linkage: Linkage) -> impl FnOnce(&mut JITModule) -> ModuleRelocTarget {
    move |module| {
        let signature = module.make_signature();
        let id = module.declare_function(name, linkage, &signature).unwrap();
        if linkage.is_definable() {
            module.define_function_bytes(id, 8, &[0; 8], &[]).unwrap();
        }
        ModuleRelocTarget::user(0, id.as_u32())
    }
}

fn unknown(found: Result<(), JitError>) -> String {
    match found {
        Err(JitError::UnknownSymbol(name)) => name,
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_symbol_is_resolved_from_the_process() {
    let memory = || Memory::new(isa().unwrap());
    // Every process on Linux has the first.
    for name in ["malloc", "no_function_has_this_name"] {
        assert_eq!(unknown(naming(&mut memory(), declared(name, Linkage::Import))), name);
    }
    let library = unknown(naming(&mut memory(), |_| ModuleRelocTarget::LibCall(LibCall::FloorF64)));
    assert_eq!(library, default_libcall_names()(LibCall::FloorF64));
    assert!(naming(&mut memory(), declared("beside", Linkage::Local)).is_ok(), "what is in the code is found");
}

#[test]
fn the_generators_verifier_looks_at_all_that_tests_compile() {
    assert!(isa().unwrap().flags().enable_verifier());
    let mut memory = Memory::new(isa().unwrap());
    let module = memory.module();
    let signature = module.make_signature();
    let id = module.declare_function("endless", Linkage::Local, &signature).unwrap();
    let mut code = module.make_context();
    code.func.signature = signature;
    // It runs into nothing: a block that does not end.
    let block = code.func.dfg.make_block();
    code.func.layout.append_block(block);
    let refused = module.define_function(id, &mut code);
    assert!(matches!(refused, Err(ModuleError::Compilation(CodegenError::Verifier(_)))), "{refused:?}");
}
