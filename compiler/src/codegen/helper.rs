//! Calls of the functions that the context provides.

use super::abi::{Context, Helpers};
use super::body::{Body, Room, TRUSTED};
use core::mem::offset_of;
use cranelift_codegen::ir::{AbiParam, InstBuilder, Signature, Value, types};

/// A function of [`Helpers`]. Each takes words and answers a byte.
#[derive(Clone, Copy)]
pub(super) enum Helper {
    Equal,
    IntegerIn,
    WordsIn,
    TextIn,
    Holds,
    Matches,
    Hash,
    InNetwork,
    NetworkInNetwork,
    Window,
    InSet,
    Subset,
    InNetworks,
    Bounds,
    Beginning,
    End,
    Count,
    CountDistinct,
}

impl Helper {
    fn offset(self) -> usize {
        match self {
            Helper::Equal => offset_of!(Helpers, equal),
            Helper::IntegerIn => offset_of!(Helpers, integer_in),
            Helper::WordsIn => offset_of!(Helpers, words_in),
            Helper::TextIn => offset_of!(Helpers, text_in),
            Helper::Holds => offset_of!(Helpers, holds),
            Helper::Matches => offset_of!(Helpers, matches),
            Helper::Hash => offset_of!(Helpers, hash),
            Helper::InNetwork => offset_of!(Helpers, in_network),
            Helper::NetworkInNetwork => offset_of!(Helpers, network_in_network),
            Helper::Window => offset_of!(Helpers, window),
            Helper::InSet => offset_of!(Helpers, in_set),
            Helper::Subset => offset_of!(Helpers, subset),
            Helper::InNetworks => offset_of!(Helpers, in_networks),
            Helper::Bounds => offset_of!(Helpers, bounds),
            Helper::Beginning => offset_of!(Helpers, beginning),
            Helper::End => offset_of!(Helpers, end),
            Helper::Count => offset_of!(Helpers, count),
            Helper::CountDistinct => offset_of!(Helpers, count_distinct),
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

    /// Calls a helper whose answer holds for a time, with all arguments but the clock and the place for until when.
    /// Returns the answer and until when.
    pub(super) fn call_timed(&mut self, helper: Helper, arguments: &[Value]) -> (Value, Value) {
        let (now, place) = (self.field(offset_of!(Context, now)), self.room(Room::Until));
        let answer = self.call(helper, &[arguments, &[now, place]].concat());
        (answer, self.builder.ins().load(types::I64, TRUSTED, place, 0))
    }
}
