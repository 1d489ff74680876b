//! A schema with every type that frames lay out, and where its values lie.

use atbac_compiler::ir::{Element, List, Scope, Slot};
use atbac_compiler::layout::Layout;
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
    /// Every list in both frames.
    pub(crate) lists: Vec<Listing>,
}

/// A value in a frame or an element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) slot: Slot,
    pub(crate) shape: Shape,
}

/// A list, with what is in its elements.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    pub(crate) list: List,
    /// The places in an element, as if it were walked by itself.
    pub(crate) places: Vec<Place>,
    /// The lists in an element.
    pub(crate) lists: Vec<Listing>,
}

impl Listing {
    /// What is in an element when the list is walked at this depth.
    pub(crate) fn walked(&self, depth: u8) -> (Vec<Place>, Vec<Listing>) {
        let at = |slot: Slot| Slot { frame: Scope::Element(depth), ..slot };
        let places = self.places.iter().map(|place| Place { slot: at(place.slot), ..*place }).collect();
        let lists = self.lists.iter().map(|inner| {
            let list = List { slot: at(inner.list.slot), ..inner.list };
            Listing { list, ..inner.clone() }
        });
        (places, lists.collect())
    }
}

/// What lies at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Integer,
    Instant,
    /// So many bytes.
    Bytes(u32),
    /// Text, bytes of any length, an object identifier.
    Text,
    Tcb,
    Version,
    Address,
    Network,
    /// A set of such elements.
    Set(Element),
}

/// The words that a version and an address take, and those of a network and of a `Tcb`: see the table in `layout`'s
/// documentation.
pub(crate) const TRIPLE_WORDS: u32 = 3;
pub(crate) const NETWORK_WORDS: u32 = 4;
pub(crate) const TCB_WORDS: u32 = 6;

impl Shape {
    /// The shape of a value of a type; `None` for one that is made of others.
    pub(crate) fn of(ty: &Type) -> Option<Self> {
        Some(match ty {
            Type::Bool | Type::Int | Type::Duration | Type::Enum(_) => Shape::Integer,
            Type::Instant => Shape::Instant,
            Type::String | Type::Bytes | Type::Oid => Shape::Text,
            Type::FixedBytes(length) | Type::Digest(length) => Shape::Bytes(*length),
            Type::Tcb => Shape::Tcb,
            Type::Version => Shape::Version,
            Type::IpAddr => Shape::Address,
            Type::Cidr => Shape::Network,
            Type::Set(element) => Shape::Set(Shape::of(element)?.element()?),
            Type::List(..) | Type::Optional(_) | Type::Struct(_) | Type::Union(_) => return None,
        })
    }

    /// The form of a set of such values.
    pub(crate) fn element(self) -> Option<Element> {
        Some(match self {
            Shape::Integer | Shape::Instant => Element::Integer,
            Shape::Bytes(length) => Element::Bytes(length),
            Shape::Text => Element::Text,
            Shape::Tcb | Shape::Version | Shape::Address | Shape::Network => Element::Words(self.words()),
            Shape::Set(_) => return None,
        })
    }

    /// How many words it takes.
    pub(crate) fn words(self) -> u32 {
        match self {
            Shape::Integer | Shape::Instant | Shape::Text | Shape::Set(_) => 1,
            Shape::Bytes(length) => length.div_ceil(8),
            Shape::Version | Shape::Address => TRIPLE_WORDS,
            Shape::Network => NETWORK_WORDS,
            Shape::Tcb => TCB_WORDS,
        }
    }
}

/// The lengths of byte strings in the schema: none, within a word, whole words and not, beyond what is compared inline.
const LENGTHS: [u32; 5] = [0, 5, 20, 48, 100];

const ENUM: EnumId = EnumId(0);
const RECORD: StructId = StructId(0);
const FIRST: StructId = StructId(1);
const SECOND: StructId = StructId(2);
const OUTER: StructId = StructId(3);
const INNER: StructId = StructId(4);

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
            Type::IpAddr,
            Type::Set(Box::new(Type::Int)),
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
            Type::List(Box::new(Type::Struct(OUTER)), 3),
            Type::Bytes,
            Type::Oid,
            Type::IpAddr,
            Type::IpAddr,
            Type::Cidr,
            Type::Cidr,
        ];
        for element in [Type::Int, Type::String, Type::Digest(20), Type::Tcb, Type::Version, Type::IpAddr, Type::Cidr] {
            fields.push(Type::Set(Box::new(element)));
        }
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
                structure(vec![Type::String, Type::List(Box::new(Type::Struct(INNER)), 3), Type::Int]),
                structure(vec![
                    Type::Int,
                    Type::Instant,
                    Type::Digest(20),
                    Type::List(Box::new(Type::String), 3),
                    Type::List(Box::new(Type::List(Box::new(Type::Int), 3)), 2),
                ]),
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
                word += find(&schema, ty, Slot { frame, word }, &mut places, &mut lists);
            }
            assert_eq!(word, session.words);
        }
        World { schema: Arc::new(schema), session, call, places, lists }
    }
}

/// Notes the places in a value that begins at a slot; returns its words. Written from the table in `layout`'s
/// documentation, not with its functions.
fn find(schema: &Schema, ty: &Type, slot: Slot, places: &mut Vec<Place>, lists: &mut Vec<Listing>) -> u32 {
    let mut note = |shape: Shape| {
        places.push(Place { slot, shape });
        shape.words()
    };
    let after = |words| Slot { word: slot.word + words, ..slot };
    match ty {
        Type::Optional(inner) => note(Shape::Integer) + find(schema, inner, after(1), places, lists),
        Type::Struct(id) => schema.structs[id.index()]
            .fields
            .iter()
            .fold(0, |words, field| words + find(schema, &field.ty, after(words), places, lists)),
        Type::Union(ids) => {
            let which = note(Shape::Integer);
            ids.iter().fold(which, |words, id| words + find(schema, &Type::Struct(*id), after(words), places, lists))
        }
        Type::List(element, most) => {
            let (mut inside, mut nested) = (Vec::new(), Vec::new());
            let first = Slot { frame: Scope::Element(0), word: 0 };
            let stride = find(schema, element, first, &mut inside, &mut nested);
            lists.push(Listing { list: List { slot, stride, most: *most }, places: inside, lists: nested });
            1 + stride * most
        }
        ty => note(Shape::of(ty).expect("every other type has a shape")),
    }
}

/// Of each type that a test can read, a set of each, and one that it cannot.
fn reference_types() -> Vec<Type> {
    let mut types = vec![Type::Int, Type::Instant, Type::Duration, Type::String, Type::Tcb, Type::Enum(ENUM)];
    types.extend([Type::Bytes, Type::Oid, Type::Version, Type::IpAddr, Type::Cidr]);
    types.extend(LENGTHS.map(Type::Digest));
    let sets: Vec<_> = types.iter().map(|ty| Type::Set(Box::new(ty.clone()))).collect();
    types.extend(sets);
    types.push(Type::List(Box::new(Type::Int), 3));
    types
}

fn enumeration(cases: usize) -> Enum {
    let cases = (0..cases).map(|index| Case { name: format!("case{index}"), docs: String::new() }).collect();
    Enum { name: "Enum".into(), package: "test".into(), cases, groups: Vec::new(), span: nowhere() }
}

fn structure(types: Vec<Type>) -> Struct {
    let field = |ty| Field {
        name: "field".into(),
        ty,
        docs: String::new(),
        fact: None,
        sensitive: false,
        sample: None,
        span: nowhere(),
    };
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
        challenged: false,
        fact: None,
        sensitive: false,
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
