//! How large types are. None may contain itself, be nested deeper than the passes that recurse over values can follow, or be larger than a frame.

use super::Checker;
use crate::layout::{Layout, MAX_FRAME_WORDS};
use crate::types::{Struct, StructId, Type};
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::syntax::Stage;

/// How deep records may stand inside one another.
pub const MAX_RECORD_DEPTH: usize = 64;

impl Checker<'_> {
    /// Refuses types of which no frame could hold a value.
    pub(super) fn check_sizes(&mut self) {
        let mut sizes = Sizes {
            structs: &self.schema.structs,
            known: vec![State::Waiting; self.schema.structs.len()],
            findings: Vec::new(),
            too_deep: false,
        };
        for at in 0..self.schema.structs.len() {
            sizes.of_struct(StructId(at as u32), 1);
        }
        let mut findings = sizes.findings;
        self.has_endless_type = !findings.is_empty();
        if !self.has_endless_type {
            for request in &self.schema.requests {
                if [Stage::Session, Stage::Call]
                    .iter()
                    .any(|&stage| Layout::new(&self.schema, request, stage).is_none())
                {
                    let message = format!("request `{}` is larger than {} KiB", request.name, MAX_FRAME_WORDS / 128);
                    findings.push(Diagnostic::error(codes::TYPE_SIZE, request.span, message).help("shorten its lists"));
                }
            }
        }
        for finding in findings {
            self.report(finding);
        }
    }
}

/// How large a type is, counted in parts so that types of no words count too.
#[derive(Clone, Copy)]
struct Size {
    /// So many values at the most.
    parts: u64,
    /// So many records inside one another.
    depth: usize,
}

/// How far a struct has been looked at.
#[derive(Clone, Copy)]
enum State {
    Waiting,
    /// Whoever meets it now is inside it.
    Open,
    /// Looked at; nothing where it is refused, or holds what is.
    Done(Option<Size>),
}

/// Sizes of structs, each computed once, so that a chain of records that doubles at each step costs no more than its text.
struct Sizes<'a> {
    structs: &'a [Struct],
    known: Vec<State>,
    findings: Vec<Diagnostic>,
    /// Whether a chain that is too deep was found: one finding says enough.
    too_deep: bool,
}

impl Sizes<'_> {
    /// The size of a struct that stands inside `level - 1` others.
    fn of_struct(&mut self, id: StructId, level: usize) -> Option<Size> {
        let structure = &self.structs[id.index()];
        match self.known[id.index()] {
            State::Waiting => {}
            State::Open => {
                return self.refuse(
                    structure,
                    format!("`{}` contains itself, so its values would have no end", structure.name),
                );
            }
            State::Done(size) => return size,
        }
        if level > MAX_RECORD_DEPTH {
            return self.refuse_depth(structure);
        }
        self.known[id.index()] = State::Open;
        let size = self.of_fields(structure, level);
        self.known[id.index()] = State::Done(size);
        size
    }

    fn of_fields(&mut self, structure: &Struct, level: usize) -> Option<Size> {
        // All fields are looked at, whatever is wrong with one.
        let fields: Vec<Option<Size>> = structure.fields.iter().map(|field| self.of_type(&field.ty, level)).collect();
        let size = sum(fields.into_iter())?;
        let size = Size { depth: size.depth + 1, ..size };
        if size.parts > u64::from(MAX_FRAME_WORDS) {
            return self.refuse(structure, format!("`{}` has more than {MAX_FRAME_WORDS} parts", structure.name));
        }
        if size.depth > MAX_RECORD_DEPTH {
            return self.refuse_depth(structure);
        }
        Some(size)
    }

    fn refuse_depth(&mut self, structure: &Struct) -> Option<Size> {
        if self.too_deep {
            return None;
        }
        self.too_deep = true;
        self.refuse(
            structure,
            format!("`{}` is one of more than {MAX_RECORD_DEPTH} records inside one another", structure.name),
        )
    }

    fn refuse(&mut self, structure: &Struct, message: String) -> Option<Size> {
        self.findings.push(Diagnostic::error(codes::TYPE_SIZE, structure.span, message));
        None
    }

    fn of_type(&mut self, ty: &Type, level: usize) -> Option<Size> {
        match ty {
            Type::Struct(id) => self.of_struct(*id, level + 1),
            Type::Union(ids) => {
                let kinds: Vec<Option<Size>> = ids.iter().map(|id| self.of_struct(*id, level + 1)).collect();
                sum(kinds.into_iter())
            }
            Type::Optional(inner) => {
                self.of_type(inner, level).map(|size| Size { parts: size.parts.saturating_add(1), ..size })
            }
            Type::Set(inner) => self.of_type(inner, level),
            Type::List(inner, most) => {
                let inner = self.of_type(inner, level)?;
                Some(Size { parts: inner.parts.saturating_mul(u64::from(*most)).saturating_add(1), ..inner })
            }
            Type::Bool
            | Type::Int
            | Type::String
            | Type::Bytes
            | Type::FixedBytes(_)
            | Type::Digest(_)
            | Type::Duration
            | Type::Instant
            | Type::Tcb
            | Type::Version
            | Type::IpAddr
            | Type::Cidr
            | Type::Oid
            | Type::Enum(_) => Some(Size { parts: 1, depth: 0 }),
        }
    }
}

/// The size of what has these parts, and itself.
fn sum(mut parts: impl Iterator<Item = Option<Size>>) -> Option<Size> {
    parts.try_fold(Size { parts: 1, depth: 0 }, |sum, part| {
        let part = part?;
        Some(Size { parts: sum.parts.saturating_add(part.parts), depth: sum.depth.max(part.depth) })
    })
}
