//! A schema with every type that frames lay out, and where its values lie.

use atbac_compiler::ir::{List, Scope, Slot};
use atbac_compiler::layout::{Layout, TCB_WORDS};
use atbac_compiler::types::{
    Case, Enum, EnumId, Field, Reference, Request, RequestField, Schema, Struct, StructId, Type,
};
use atbac_grammar::span::{FileId, Span};
use atbac_grammar::syntax::{Provenance, Stage};
use std::sync::Arc;

/// The schema, its one request, and the places of everything in its frames.
pub(crate) struct World {
    pub(crate) schema: Arc<Schema>,
    pub(crate) session: Arc<Layout>,
    pub(crate) call: Arc<Layout>,
    /// Every value in both frames that is not in a list.
    pub(crate) places: Vec<Place>,
    /// Every list in both frames, with the places in its elements.
    pub(crate) lists: Vec<(List, Vec<Place>)>,
}

/// A value in a frame or an element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) slot: Slot,
    pub(crate) shape: Shape,
}

/// What lies at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Integer,
    Instant,
    /// So many words.
    Bytes(u32),
    Text,
    Tcb,
}

/// The lengths of byte strings in the schema: none, within a word, whole words and not, beyond what is compared inline.
const LENGTHS: [u32; 5] = [0, 5, 20, 48, 100];

const ENUM: EnumId = EnumId(0);
const RECORD: StructId = StructId(0);
const FIRST: StructId = StructId(1);
const SECOND: StructId = StructId(2);

impl World {
    pub(crate) fn new() -> Self {
        let record = vec![
            Type::String,
            Type::Int,
            Type::Instant,
            Type::Digest(48),
            Type::FixedBytes(5),
            Type::Tcb,
            Type::Optional(Box::new(Type::String)),
        ];
        let mut fields = vec![
            Type::Bool,
            Type::Int,
            Type::Duration,
            Type::Instant,
            Type::Enum(ENUM),
            Type::String,
            Type::String,
            Type::Tcb,
            Type::Tcb,
            Type::Version,
            Type::Optional(Box::new(Type::Int)),
            Type::Struct(RECORD),
            Type::Union(vec![FIRST, SECOND]),
            Type::List(Box::new(Type::Struct(RECORD)), 5),
            Type::List(Box::new(Type::String), 3),
            Type::List(Box::new(Type::Int), 70),
            Type::List(Box::new(Type::Version), 4),
        ];
        for length in LENGTHS {
            fields.extend([Type::FixedBytes(length), Type::Digest(length)]);
        }
        let of_both_stages = |stage| fields.iter().map(move |ty| request_field(stage, ty));
        let schema = Schema {
            enums: vec![enumeration(70)],
            structs: vec![
                structure(record),
                structure(vec![Type::Instant, Type::String, Type::Digest(48)]),
                structure(vec![Type::Tcb, Type::Int]),
            ],
            requests: vec![Request {
                name: "Question".into(),
                package: "test".into(),
                fields: of_both_stages(Stage::Session).chain(of_both_stages(Stage::Call)).collect(),
                grant: None,
                span: nowhere(),
            }],
            references: reference_types().into_iter().map(reference).collect(),
        };
        let layout = |stage| Arc::new(Layout::new(&schema, &schema.requests[0], stage).unwrap());
        let (session, call) = (layout(Stage::Session), layout(Stage::Call));
        let (mut places, mut lists) = (Vec::new(), Vec::new());
        for frame in [Scope::Session, Scope::Call] {
            let mut word = 0;
            for ty in &fields {
                word += find(&schema, ty, Slot { frame, word }, &mut places, &mut Some(&mut lists));
            }
            assert_eq!(word, session.words);
        }
        World { schema: Arc::new(schema), session, call, places, lists }
    }
}

/// Notes the places in a value that begins at a slot; returns its words. Written from the table in `layout`'s
/// documentation, not with its functions.
fn find(
    schema: &Schema,
    ty: &Type,
    slot: Slot,
    places: &mut Vec<Place>,
    lists: &mut Option<&mut Vec<(List, Vec<Place>)>>,
) -> u32 {
    let mut note = |shape, words| {
        places.push(Place { slot, shape });
        words
    };
    let after = |words| Slot { word: slot.word + words, ..slot };
    match ty {
        Type::Bool | Type::Int | Type::Duration | Type::Enum(_) => note(Shape::Integer, 1),
        Type::Instant => note(Shape::Instant, 1),
        Type::String => note(Shape::Text, 1),
        Type::FixedBytes(length) | Type::Digest(length) => {
            let words = length.div_ceil(8);
            note(Shape::Bytes(words), words)
        }
        Type::Tcb => note(Shape::Tcb, TCB_WORDS),
        Type::Optional(inner) => note(Shape::Integer, 1) + find(schema, inner, after(1), places, lists),
        Type::Struct(id) => schema.structs[id.index()]
            .fields
            .iter()
            .fold(0, |words, field| words + find(schema, &field.ty, after(words), places, lists)),
        Type::Union(ids) => {
            let which = note(Shape::Integer, 1);
            ids.iter().fold(which, |words, id| words + find(schema, &Type::Struct(*id), after(words), places, lists))
        }
        Type::List(element, most) => {
            let mut inside = Vec::new();
            let first = Slot { frame: Scope::Element, word: 0 };
            let stride = find(schema, element, first, &mut inside, &mut None);
            let list = List { slot, stride, most: *most };
            lists.as_mut().expect("lists do not nest in this schema").push((list, inside));
            1 + stride * most
        }
        Type::Version | Type::Bytes | Type::IpAddr | Type::Cidr | Type::Oid | Type::Set(_) => 0,
    }
}

/// One of each type that a test can read, a set of each, and one that it cannot.
fn reference_types() -> Vec<Type> {
    let mut types = vec![Type::Int, Type::Instant, Type::Duration, Type::String, Type::Tcb, Type::Enum(ENUM)];
    types.extend(LENGTHS.map(Type::Digest));
    let sets: Vec<_> = types.iter().map(|ty| Type::Set(Box::new(ty.clone()))).collect();
    types.extend(sets);
    types.push(Type::Version);
    types
}

fn enumeration(cases: usize) -> Enum {
    let cases = (0..cases).map(|index| Case { name: format!("case{index}"), docs: String::new() }).collect();
    Enum { name: "Enum".into(), package: "test".into(), cases, groups: Vec::new(), span: nowhere() }
}

fn structure(types: Vec<Type>) -> Struct {
    let field = |ty| Field { name: "field".into(), ty, docs: String::new(), fact: None, sample: None, span: nowhere() };
    Struct {
        name: "Struct".into(),
        package: "test".into(),
        fields: types.into_iter().map(field).collect(),
        evidence: None,
        span: nowhere(),
    }
}

fn request_field(stage: Stage, ty: &Type) -> RequestField {
    RequestField {
        name: "field".into(),
        stage,
        provenance: Provenance::Local,
        ty: ty.clone(),
        bound_to: None,
        docs: String::new(),
        span: nowhere(),
    }
}

fn reference(ty: Type) -> Reference {
    Reference { name: "reference".into(), package: "test".into(), ty, span: nowhere() }
}

fn nowhere() -> Span {
    Span::new(FileId(0), 0, 0)
}
