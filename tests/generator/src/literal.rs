//! Values that are written out: from small ranges, so that questions meet them.

use crate::Author;
use crate::build::{duration, field, hex, init, instant, int, name, node, set, text, variable};
use crate::model::Ty;
use atbac_grammar::syntax::{BytesForm, Expr, ExprKind, FieldInit};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The instant around which everything happens, in milliseconds: 2026-06-15T00:00:00Z, at which what the forges sign is valid.
pub const BASE: i64 = 1_781_481_600_000;

const INTS: [i64; 14] = [0, 1, 2, 3, -1, 5, 10, 100, 1000, 255, -100, 1 << 32, i64::MAX, i64::MIN + 1];
const WORDS: [&str; 16] = [
    "a",
    "b",
    "ab",
    "abc",
    "ba",
    "",
    "crm.read",
    "crm.write",
    "crm.notes.read",
    "x*y",
    "é",
    "éa",
    "日本",
    "a\\b",
    "A",
    "\u{1f600}",
];
const PATTERNS: [&str; 14] =
    ["a*", "*a", "crm.*", "crm.*.read", "?", "??", "a?c", "*.read", "*b*", "x\\*?", "é*", "?本", "*a*b*", "crm.?*"];
const DURATIONS: [i64; 9] = [60_000, 1, 0, 1000, 300_000, 900_000, 3_600_000, 86_400_000, 61_001];
const OFFSETS: [i64; 9] = [0, 1, -1, 60_000, -60_000, 3_600_000, -3_600_000, 86_400_000, -86_400_000];
const AMD: [&str; 4] = ["bootloader", "tee", "snp", "microcode"];

impl Author<'_, '_> {
    /// A literal of a type whose values are single. A parameter of a template will do as well.
    pub(crate) fn literal(&mut self, ty: &Ty) -> Expr {
        match ty {
            Ty::Bool => node(ExprKind::Bool(self.tape.one_in(2))),
            Ty::Int => int(*self.tape.one_of(&INTS)),
            Ty::String => text(*self.tape.one_of(&WORDS)),
            Ty::Bytes => {
                let length = self.tape.below(4);
                hex(self.bytes(length))
            }
            Ty::FixedBytes(length) | Ty::Digest(length) => {
                let bytes = self.bytes(*length as usize);
                let form = match length {
                    32 => BytesForm::Sha256,
                    48 => BytesForm::Sha384,
                    64 => BytesForm::Sha512,
                    _ => BytesForm::Hex,
                };
                let form = if matches!(ty, Ty::Digest(_)) && self.tape.one_in(2) { form } else { BytesForm::Hex };
                node(ExprKind::Bytes(form, bytes))
            }
            Ty::Duration => duration(*self.tape.one_of(&DURATIONS)),
            Ty::Instant => instant(BASE + *self.tape.one_of(&OFFSETS)),
            Ty::Tcb => self.tcb(),
            Ty::Version => {
                let numbers = [self.tape.below(3), self.tape.below(3), self.tape.below(2)];
                node(ExprKind::Version(numbers.map(|number| number as u64)))
            }
            Ty::IpAddr => node(ExprKind::IpAddr(self.address())),
            Ty::Cidr => self.network(),
            Ty::Oid => {
                let last = self.tape.below(3) as u64;
                node(ExprKind::Oid(
                    [vec![1, 3, last], vec![2, 999, last, u64::from(u32::MAX)]][self.tape.below(2)].clone(),
                ))
            }
            Ty::Enum(at) => {
                let declared = &self.world.enums[*at];
                let case = self.tape.one_of(&declared.cases).clone();
                if self.tape.one_in(3) { field(variable(&declared.name), &case) } else { variable(case) }
            }
            Ty::Set(element) => {
                let (count, element) = (1 + self.tape.below(4), (**element).clone());
                set((0..count).map(|_| self.literal(&element)).collect())
            }
            // These are written out only in tests: see `Author::stated`.
            Ty::Struct(_) | Ty::Union(_) | Ty::List(..) | Ty::Optional(_) => node(ExprKind::Bool(true)),
        }
    }

    /// A value of any type as a test states it.
    pub(crate) fn stated(&mut self, ty: &Ty) -> Expr {
        match ty {
            Ty::Struct(at) => {
                let declared = self.world.structs[*at].clone();
                let mut fields = Vec::new();
                for (field, ty) in &declared.fields {
                    // Dates as the sample has them: else hardly any evidence would be of its time.
                    let is_date = matches!(field.as_str(), "verified_at" | "expires_at" | "issued_at");
                    if !is_date && self.tape.one_in(3) {
                        fields.push(init(field, self.stated(ty)));
                    }
                }
                let rest = Some(Box::new(field(variable(&declared.name), "sample")));
                node(ExprKind::Record { name: Box::new(name(&declared.name)), fields: fields.into(), rest })
            }
            Ty::Union(kinds) => {
                let kind = *self.tape.one_of(kinds);
                self.stated(&Ty::Struct(kind))
            }
            Ty::List(element, most) => {
                let count = self.tape.below((*most as usize).min(3) + 1);
                node(ExprKind::List((0..count).map(|_| self.stated(element)).collect()))
            }
            Ty::Optional(inner) => self.stated(inner),
            Ty::Set(element) => {
                let count = self.tape.below(4);
                set((0..count).map(|_| self.literal(element)).collect())
            }
            single => self.literal(single),
        }
    }

    /// A pattern for `matches`.
    pub(crate) fn pattern(&mut self) -> Expr {
        text(*self.tape.one_of(&PATTERNS))
    }

    /// A literal with every component of one maker, as the newer side of a comparison must have.
    pub(crate) fn whole_tcb(&mut self) -> Expr {
        if self.tape.one_in(3) {
            let components = (0..16).map(|at| (name(format!("svn{at}")), node(self.tape.below(4) as i64)));
            return node(ExprKind::Tcb(components.collect()));
        }
        node(ExprKind::Tcb(AMD.iter().map(|known| (name(*known), node(1 + self.tape.below(8) as i64))).collect()))
    }

    fn tcb(&mut self) -> Expr {
        let count = 1 + self.tape.below(2);
        let first = self.tape.below(3);
        let names = AMD.iter().cycle().skip(first).take(count);
        let mut components: Vec<_> = names.map(|known| (name(*known), node(self.tape.below(9) as i64))).collect();
        if self.tape.one_in(5) {
            components.push((name(["fmc", "svn0", "svn15"][self.tape.below(3)]), node(self.tape.below(3) as i64)));
        }
        node(ExprKind::Tcb(components))
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let fill = self.tape.below(3) as u8;
        let mut bytes = vec![fill; length];
        if let Some(last) = bytes.last_mut() {
            *last = self.tape.below(3) as u8;
        }
        bytes
    }

    pub(crate) fn address(&mut self) -> IpAddr {
        let last = [1, 0, 127, 128, 255][self.tape.below(5)];
        match self.tape.below(4) {
            3 => Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, u16::from(last)).into(),
            other => Ipv4Addr::new(10, 0, (other == 2).into(), last).into(),
        }
    }

    fn network(&mut self) -> Expr {
        let (address, prefix): (IpAddr, u8) = match self.tape.below(7) {
            0 => (Ipv4Addr::new(10, 0, 0, 0).into(), 8),
            1 => (Ipv4Addr::new(10, 0, 0, 0).into(), 24),
            2 => (Ipv4Addr::new(10, 0, 0, 128).into(), 25),
            3 => (Ipv4Addr::new(10, 0, 1, 1).into(), 32),
            4 => (Ipv4Addr::UNSPECIFIED.into(), 0),
            5 => (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0).into(), 7),
            _ => (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 128).into(), 121),
        };
        node(ExprKind::Cidr(address, prefix))
    }

    /// A question as a test states it: some of its fields, and all others as in the sample.
    pub(crate) fn question(&mut self, request: &str, fields: &[(String, Ty)]) -> Expr {
        let given = self.some_fields(fields);
        let rest = Some(Box::new(field(variable(request), "sample")));
        node(ExprKind::Record { name: Box::new(name(request)), fields: given.into(), rest })
    }

    /// `name: value` of some fields.
    pub(crate) fn some_fields(&mut self, fields: &[(String, Ty)]) -> Vec<FieldInit> {
        let mut given = Vec::new();
        for (field, ty) in fields {
            if self.tape.one_in(2) {
                given.push(init(field, self.stated(ty)));
            }
        }
        given
    }
}
