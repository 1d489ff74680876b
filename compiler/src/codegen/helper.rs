//! Calls of the functions that the context provides.

use super::abi::{Context, Helpers};
use super::body::{Body, TRUSTED};
use core::mem::offset_of;
use cranelift_codegen::ir::{AbiParam, InstBuilder, Signature, Value, types};

/// A function of [`Helpers`]. Each takes words and answers a byte.
#[derive(Clone, Copy)]
pub(super) enum Helper {
    Equal,
    IntegerIn,
    BytesIn,
    TextIn,
    InReference,
    Count,
}

impl Helper {
    fn offset(self) -> usize {
        match self {
            Helper::Equal => offset_of!(Helpers, equal),
            Helper::IntegerIn => offset_of!(Helpers, integer_in),
            Helper::BytesIn => offset_of!(Helpers, bytes_in),
            Helper::TextIn => offset_of!(Helpers, text_in),
            Helper::InReference => offset_of!(Helpers, in_reference),
            Helper::Count => offset_of!(Helpers, count),
        }
    }
}

impl Body<'_> {
    /// Calls a helper with as many arguments as it takes.
    pub(super) fn call(&mut self, helper: Helper, arguments: &[Value]) -> Value {
        let mut signature = Signature::new(self.call_conv());
        signature.params.resize(arguments.len(), AbiParam::new(types::I64));
        signature.returns.push(AbiParam::new(types::I8));
        let signature = self.builder.import_signature(signature);
        let helpers = self.field(offset_of!(Context, helpers));
        let callee = self.builder.ins().load(types::I64, TRUSTED, helpers, helper.offset() as i32);
        let call = self.builder.ins().call_indirect(signature, callee, arguments);
        self.builder.inst_results(call)[0]
    }
}
