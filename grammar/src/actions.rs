//! What the grammar's productions call: every action with a decision in it, and the text behind the tokens.

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::findings::Findings;
use crate::literal::{self, Fault};
use crate::span::{FileId, Node, Span};
use crate::syntax::*;
use std::borrow::Cow;

/// A declaration of any kind, `package` and `use` among them.
#[derive(Debug)]
pub(crate) enum Declaration {
    Package(Package, Span),
    Use(Use),
    Item(Box<Item>),
}

/// What stands before a declaration or a field.
#[derive(Debug, Default)]
pub(crate) struct Prefix {
    docs: Vec<Node<String>>,
    attributes: Vec<Attribute>,
}

impl Prefix {
    pub(crate) fn doc(mut self, doc: Node<String>) -> Self {
        self.docs.push(doc);
        self
    }

    pub(crate) fn attribute(mut self, attribute: Attribute) -> Self {
        self.attributes.push(attribute);
        self
    }

    pub(crate) fn item(self, kind: Node<Box<ItemKind>>) -> Item {
        Item { docs: lines(self.docs), attributes: self.attributes, kind: *kind.value, span: kind.span }
    }

    pub(crate) fn field(self, name: Name, ty: Type) -> Field {
        Field { docs: lines(self.docs), attributes: self.attributes, name, ty }
    }

    pub(crate) fn request_field(
        self,
        stage: Node<Stage>,
        name: Name,
        provenance: Node<Provenance>,
        ty: Type,
        bound_to: Option<Name>,
    ) -> RequestField {
        RequestField { docs: lines(self.docs), attributes: self.attributes, stage, name, provenance, ty, bound_to }
    }
}

fn lines(docs: Vec<Node<String>>) -> Vec<String> {
    docs.into_iter().map(|doc| doc.value).collect()
}

/// What was read into boxes, as the tree has it.
pub(crate) fn unboxed<T>(boxes: Vec<Box<T>>) -> Vec<T> {
    boxes.into_iter().map(|each| *each).collect()
}

/// The text being parsed, and where its errors go.
pub(crate) struct Context<'a> {
    pub(crate) file: FileId,
    pub(crate) text: &'a str,
    pub(crate) findings: &'a mut Findings,
}

impl Context<'_> {
    // ---- Places and text ----

    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    pub(crate) fn node<T>(&self, start: usize, value: T, end: usize) -> Node<T> {
        Node::new(value, self.span(start, end))
    }

    pub(crate) fn slice(&self, start: usize, end: usize) -> &str {
        self.text.get(start..end).unwrap_or("")
    }

    // ---- Names ----

    pub(crate) fn name(&self, start: usize, end: usize) -> Name {
        self.node(start, Word::new(self.slice(start, end)), end)
    }

    pub(crate) fn path(&self, first: Name) -> Path {
        let span = first.span;
        Node::new(vec![first], span)
    }

    pub(crate) fn longer_path(&self, mut path: Path, name: Name) -> Path {
        path.span = path.span.to(name.span);
        path.value.push(name);
        path
    }

    pub(crate) fn list<T>(&self, first: T, mut rest: Vec<T>) -> Vec<T> {
        rest.insert(0, first);
        rest.shrink_to_fit();
        rest
    }

    pub(crate) fn comma<T>(&self, mut init: Vec<T>, last: Option<T>) -> Vec<T> {
        init.extend(last);
        init.shrink_to_fit();
        init
    }

    // ---- Declarations ----

    pub(crate) fn package(&mut self, prefix: Prefix, name: Path) -> Declaration {
        let span = name.span;
        Declaration::Package(Package { docs: lines(prefix.docs), attributes: prefix.attributes, name }, span)
    }

    pub(crate) fn use_one(&mut self, prefix: Prefix, start: usize, path: Path, end: usize) -> Declaration {
        let Node { value: mut package, span } = path;
        // A path is never empty.
        let names: Vec<Name> = package.pop().into_iter().collect();
        if package.is_empty() {
            let message = "a `use` names a package and what to take from it";
            self.findings
                .report(Diagnostic::error(codes::UNEXPECTED_TOKEN, span, message).help("write `use package.Name;`"));
        }
        let span = package.iter().map(|name| name.span).reduce(Span::to).unwrap_or(span);
        self.use_many(prefix, start, Node::new(package, span), names, end)
    }

    pub(crate) fn use_many(
        &mut self,
        prefix: Prefix,
        start: usize,
        package: Path,
        names: Vec<Name>,
        end: usize,
    ) -> Declaration {
        self.refuse_attributes(&prefix);
        let span = self.span(start, end);
        if let Some(doc) = prefix.docs.first() {
            let message = "a `use` takes no doc comment";
            self.findings.report(
                Diagnostic::error(codes::MISPLACED_DECLARATION, doc.span, message).help("write `//` for a comment"),
            );
        }
        if names.is_empty() {
            let message = "this `use` brings in no name";
            self.findings.report(
                Diagnostic::error(codes::UNEXPECTED_TOKEN, span, message)
                    .help("name what to take from the package, or remove the line"),
            );
        }
        Declaration::Use(Use { package, names, span })
    }

    fn refuse_attributes(&mut self, prefix: &Prefix) {
        if let Some(attribute) = prefix.attributes.first() {
            let message = "a `use` takes no attributes";
            self.findings.report(
                Diagnostic::error(codes::MISPLACED_DECLARATION, attribute.span, message)
                    .help("put it before the declaration it is about"),
            );
        }
    }

    pub(crate) fn attribute(
        &self,
        start: usize,
        name: Name,
        arguments: Option<Vec<(Option<Name>, Expr)>>,
        end: usize,
    ) -> Attribute {
        Attribute { name, arguments: arguments.unwrap_or_default(), span: self.span(start, end) }
    }

    // ---- Types ----

    pub(crate) fn union(&self, start: usize, first: Type, rest: Vec<Type>, end: usize) -> Type {
        self.node(start, TypeKind::Union(self.list(first, rest)), end)
    }

    // ---- Expressions ----

    pub(crate) fn name_expr(&self, name: Name) -> Expr {
        Node::new(ExprKind::Name(name.value), name.span)
    }

    pub(crate) fn binary(&self, start: usize, a: Expr, op: Node<BinaryOp>, b: Expr, end: usize) -> Expr {
        self.node(start, ExprKind::Binary(op, Box::new(a), Box::new(b)), end)
    }

    /// `is present` asks for presence; `is` with any other name for a type.
    pub(crate) fn is(&self, start: usize, e: Expr, name: Name, end: usize) -> Expr {
        let e = Box::new(e);
        let kind = if name.value == "present" { ExprKind::IsPresent(e) } else { ExprKind::IsType(e, Box::new(name)) };
        self.node(start, kind, end)
    }

    pub(crate) fn quantifier(
        &self,
        start: usize,
        quantifier: Quantifier,
        variable: Name,
        list: Expr,
        condition: Expr,
        end: usize,
    ) -> Expr {
        let (variable, list, condition) = (Box::new(variable), Box::new(list), Box::new(condition));
        self.node(start, ExprKind::Quantifier { quantifier, variable, list, condition }, end)
    }

    pub(crate) fn count(
        &self,
        distinct: Option<Expr>,
        variable: Name,
        list: Expr,
        condition: Option<Expr>,
    ) -> ExprKind {
        ExprKind::Count {
            distinct: distinct.map(Box::new),
            variable: Box::new(variable),
            list: Box::new(list),
            condition: condition.map(Box::new),
        }
    }

    pub(crate) fn record(
        &self,
        start: usize,
        name: Name,
        fields: Vec<FieldInit>,
        rest: Option<Expr>,
        end: usize,
    ) -> Expr {
        let (name, fields, rest) = (Box::new(name), fields.into_boxed_slice(), rest.map(Box::new));
        self.node(start, ExprKind::Record { name, fields, rest }, end)
    }

    /// What is called is a name, perhaps a dotted one: `f(…)` or `package.f(…)`.
    pub(crate) fn call(&mut self, start: usize, callee: Expr, arguments: Vec<Expr>, end: usize) -> Expr {
        let span = callee.span;
        let mut names = Vec::new();
        let mut rest = callee;
        loop {
            match rest.value {
                ExprKind::Field(inner, name) => {
                    names.push(*name);
                    rest = *inner;
                }
                ExprKind::Name(name) => {
                    names.push(Node::new(name, rest.span));
                    break;
                }
                _ => {
                    let message = "only a predicate or a function can be called, by its name";
                    let diagnostic = Diagnostic::error(codes::UNEXPECTED_TOKEN, span, message);
                    self.findings
                        .report(diagnostic.help("values have no methods: write `f(value)` instead of `value.f()`"));
                    break;
                }
            }
        }
        names.reverse();
        self.node(start, ExprKind::Call(Box::new(Node::new(names, span)), arguments), end)
    }

    // ---- Literals: a bad one is reported, and a value of its kind stands in for it ----

    /// A doc comment's text, without the slashes and one leading space.
    pub(crate) fn doc(&self, start: usize, end: usize) -> String {
        let text = self.slice(start, end).trim_start_matches('/').trim_end();
        text.strip_prefix(' ').unwrap_or(text).to_owned()
    }

    pub(crate) fn text(&mut self, start: usize, end: usize) -> Node<String> {
        let value = literal::string(self.slice(start, end)).map(Cow::into_owned);
        let value = self.checked(start, value, end).unwrap_or_default();
        self.node(start, value, end)
    }

    pub(crate) fn string(&mut self, start: usize, end: usize) -> ExprKind {
        let value = literal::string(self.slice(start, end)).map(Word::new);
        ExprKind::String(self.checked(start, value, end).unwrap_or_default())
    }

    pub(crate) fn integer(&mut self, start: usize, end: usize) -> Node<i64> {
        let value = literal::integer(self.slice(start, end));
        let value = self.checked(start, value, end).unwrap_or_default();
        self.node(start, value, end)
    }

    pub(crate) fn duration(&mut self, start: usize, end: usize) -> ExprKind {
        let value = literal::duration(self.slice(start, end));
        ExprKind::Duration(self.checked(start, value, end).unwrap_or_default())
    }

    pub(crate) fn instant(&mut self, start: usize, end: usize) -> ExprKind {
        let value = literal::instant(self.slice(start, end));
        ExprKind::Instant(self.checked(start, value, end).unwrap_or_default())
    }

    pub(crate) fn address(&mut self, start: usize, end: usize) -> ExprKind {
        let value = literal::address(self.slice(start, end));
        self.checked(start, value, end).unwrap_or(ExprKind::Bool(false))
    }

    pub(crate) fn quoted(&mut self, start: usize, end: usize) -> ExprKind {
        let value = literal::quoted(self.slice(start, end));
        self.checked(start, value, end).unwrap_or(ExprKind::Bool(false))
    }

    /// The value, or `None` after reporting what is wrong with it; the declaration is then left out, so what stands in for it is never seen.
    fn checked<T>(&mut self, start: usize, value: Result<T, Fault>, end: usize) -> Option<T> {
        let fault = match value {
            Ok(value) => return Some(value),
            Err(fault) => fault,
        };
        let range = fault.at.map_or(start..end, |at| start + at.start..start + at.end);
        let diagnostic = Diagnostic::error(codes::INVALID_LITERAL, self.span(range.start, range.end), fault.message);
        self.findings.report(match fault.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        });
        None
    }
}
