//! Compiled code against the meaning of a program, over programs and frames at random. No decision allocates.

use crate::evaluate::{Expected, Situation};
use crate::programs;
use crate::tape::Tape;
use crate::values;
use crate::world::World;
use atbac_compiler::ir::Program;
use atbac_compiler::layout::{Frame, Layout};
use atbac_engine::jit::{CompiledProgram, Outcome, Scratch};
use atbac_engine::references::ReferenceTable;
use atbac_grammar::syntax::Effect;
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

/// How many situations each program is asked about.
const SITUATIONS: usize = 6;

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn compiled_code_means_what_the_program_means(
        program in vec(any::<u16>(), 0..300),
        situations in vec(vec(any::<u16>(), 0..2000), SITUATIONS),
    ) {
        compare(&program, &situations)?;
    }
}

fn compare(program: &[u16], situations: &[Vec<u16>]) -> Result<(), TestCaseError> {
    let world = World::new();
    let program = Arc::new(programs::program(&mut Tape::new(program), &world));
    let compiled = CompiledProgram::compile(Arc::clone(&program), Arc::clone(&world.schema)).unwrap();
    compare_all(&world, &program, &compiled, situations)
}

/// Compares what code finds in these situations with what the program means that it was made of.
pub(crate) fn compare_all(
    world: &World,
    program: &Program,
    compiled: &CompiledProgram,
    situations: &[Vec<u16>],
) -> Result<(), TestCaseError> {
    let (session_layout, call_layout) = (&compiled.program().session, &compiled.program().call);
    let mut scratch = Scratch::new(compiled);
    for tape in situations {
        let tape = &mut Tape::new(tape);
        let opened = values::instant(tape);
        let now = opened.saturating_add(tape.below(20) as i64);
        // First what is small, so that the numbers do not run out before it.
        let references = ReferenceTable::new(&world.schema, programs::references(tape, world)).unwrap();
        let (call, session) = (frame(tape, world, call_layout), frame(tape, world, session_layout));

        let mut situation = Situation {
            program,
            session: &session,
            call: &call,
            references: references.values(),
            session_values: &[],
            now: opened,
            elements: [None; _],
        };
        let expected_values = situation.session_values();
        let session_values = compiled.session(&session, &references, opened, &mut scratch);
        prop_assert_eq!(session_values.as_slice(), &expected_values[..]);

        situation.session_values = &expected_values;
        situation.now = now;
        let (mut outcome, memory) = (None, &mut scratch);
        let allocated = allocation_counter::measure(|| {
            outcome = Some(session_values.decide(&session, &call, &references, now, memory));
        });
        prop_assert_eq!(outcome.map(found), Some(situation.decide()));
        prop_assert_eq!(allocated.count_total, 0, "a decision allocates nothing");
    }
    Ok(())
}

/// A frame of this layout filled with values of its types; now and then, one is left out.
fn frame(tape: &mut Tape<'_>, world: &World, layout: &Arc<Layout>) -> Frame {
    let request = &world.schema.requests[0];
    let mut value = |ty| (!tape.one_in(16)).then(|| values::value(tape, &world.schema, ty));
    let of_stage = |stage| stage == layout.stage;
    let values: Vec<_> =
        request.fields.iter().map(|field| if of_stage(field.stage) { value(&field.ty) } else { None }).collect();
    let mut frame = Frame::new(Arc::clone(layout));
    frame.fill(&world.schema, request, &values).unwrap();
    frame
}

fn found(outcome: Outcome<'_>) -> Expected {
    Expected {
        fired: outcome.fired().iter().map(|fired| (fired.rule(), fired.standing())).collect(),
        permit_until: outcome.until(Effect::Permit),
        forbid_until: outcome.until(Effect::Forbid),
    }
}
