//! The first pass: a symbol for everything that has a name, and the names that each file sees.

use super::{Kind, Occurrence, Role, Symbol, SymbolId, Symbols, Target, Tree, View};
use atbac_grammar::span::{FileId, Node, Span};
use atbac_grammar::syntax::{self, Attribute, ExprKind, Item, ItemKind, Name, dotted};

impl Symbols {
    /// Declares what all files declare.
    pub(super) fn declare(&mut self, files: &[Tree<'_>]) {
        for tree in files {
            let package = tree.file.package.as_ref();
            let name = package.map(|package| dotted(&package.name)).unwrap_or_default();
            self.views.insert(tree.id, View { package: name.clone(), ..View::default() });
            self.packages.entry(name.clone()).or_default();
            if let Some(package) = package {
                self.declare_package(package, &name);
            }
            for item in &tree.file.items {
                self.declare_item(item, &name, None);
            }
        }
        for tree in files {
            self.declare_uses(tree);
        }
        // Types may name what a later file declares.
        for tree in files {
            for item in &tree.file.items {
                self.give_types(tree.id, item);
            }
        }
        for tree in files {
            self.derive_applied(tree);
        }
    }

    fn declare_package(&mut self, package: &syntax::Package, name: &str) {
        let span = package.name.span;
        let id = match self.package_symbols.get(name) {
            Some(id) => *id,
            None => {
                let id = self.add(Symbol { docs: docs(&package.docs), ..symbol(Kind::Package, name, span, span) });
                self.package_symbols.insert(name.to_owned(), id);
                id
            }
        };
        // A package may say what it is in any of its files.
        if self.get(id).docs.is_empty() {
            self.symbols[id.index()].docs = docs(&package.docs);
        }
        self.occur(span, Target::Symbol(id), Role::Declaration);
    }

    fn declare_item(&mut self, item: &Item, package: &str, container: Option<SymbolId>) {
        let Some((kind, name, shown)) = named(item) else { return };
        let declared = Symbol {
            package: package.to_owned(),
            container,
            docs: docs(&item.docs),
            shown,
            ..symbol(kind, &name.value, name.span, item.span)
        };
        let id = self.add(declared);
        self.occur(name.span, Target::Symbol(id), Role::Declaration);
        match container {
            Some(template) => self.symbols[template.index()].members.push(id),
            None if matches!(kind, Kind::Test | Kind::Invariant) => {}
            // What is declared first has the name; the compiler refuses the second.
            None => {
                self.packages.entry(package.to_owned()).or_default().entry(name.value.to_string()).or_insert(id);
            }
        }
        self.declare_parts(item, id, package);
    }

    fn declare_parts(&mut self, item: &Item, id: SymbolId, package: &str) {
        match &item.kind {
            ItemKind::Enum(declared) => {
                for member in &declared.members {
                    let kind = if member.cases.is_some() { Kind::Group } else { Kind::Case };
                    let group = self.part(id, kind, &member.name, member.name.span, &member.docs, &[], package);
                    for case in member.cases.iter().flatten() {
                        let case = self.part(id, Kind::Case, &case.name, case.name.span, &case.docs, &[], package);
                        self.symbols[group.index()].members.push(case);
                    }
                }
            }
            ItemKind::Record(syntax::Record { fields, .. }) | ItemKind::Evidence(syntax::Evidence { fields, .. }) => {
                for field in fields {
                    let whole = field.name.span.to(field.ty.span);
                    self.part(id, Kind::Field, &field.name, whole, &field.docs, &field.attributes, package);
                }
            }
            ItemKind::Request(declared) => {
                for field in &declared.fields {
                    let end = field.bound_to.as_ref().map_or(field.ty.span, |other| other.span);
                    let whole = field.stage.span.to(end);
                    self.part(id, Kind::RequestField, &field.name, whole, &field.docs, &field.attributes, package);
                }
            }
            ItemKind::Grant(declared) => {
                for field in &declared.fields {
                    let whole = field.name.span.to(field.merge.span);
                    self.part(id, Kind::GrantField, &field.name, whole, &field.docs, &[], package);
                }
            }
            ItemKind::Predicate(syntax::Predicate { parameters, .. }) => self.parameters(id, parameters, package),
            ItemKind::Template(declared) => {
                self.parameters(id, &declared.parameters, package);
                for item in &declared.items {
                    self.declare_item(item, package, Some(id));
                }
            }
            ItemKind::Reference(_)
            | ItemKind::Rule(_)
            | ItemKind::Floor(_)
            | ItemKind::Apply(_)
            | ItemKind::Test(_)
            | ItemKind::Invariant(_) => {}
        }
    }

    fn parameters(&mut self, of: SymbolId, parameters: &[syntax::Parameter], package: &str) {
        for parameter in parameters {
            let whole = parameter.name.span.to(parameter.ty.span);
            self.part(of, Kind::Parameter, &parameter.name, whole, &[], &[], package);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a part has as many: each is another thing that was written")]
    fn part(
        &mut self,
        of: SymbolId,
        kind: Kind,
        name: &Name,
        whole: Span,
        lines: &[String],
        attributes: &[Attribute],
        package: &str,
    ) -> SymbolId {
        let declared = Symbol {
            package: package.to_owned(),
            container: Some(of),
            docs: docs(lines),
            fact: fact(attributes),
            ..symbol(kind, &name.value, name.span, whole)
        };
        let id = self.add(declared);
        self.symbols[of.index()].members.push(id);
        self.occur(name.span, Target::Symbol(id), Role::Declaration);
        id
    }

    pub(super) fn add(&mut self, symbol: Symbol) -> SymbolId {
        let id = SymbolId(self.symbols.len() as u32);
        self.by_declaration.entry(symbol.span).or_insert(id);
        self.symbols.push(symbol);
        id
    }

    pub(super) fn occur(&mut self, span: Span, target: Target, role: Role) {
        self.occurrences.push(Occurrence { span, target, role, ty: None, fact: None });
    }

    fn declare_uses(&mut self, tree: &Tree<'_>) {
        for each in &tree.file.uses {
            let package = dotted(&each.package);
            self.probe_package(&each.package);
            if let Some(id) = self.package_symbols.get(&package) {
                self.occur(each.package.span, Target::Symbol(*id), Role::Use);
            }
            for name in &each.names {
                self.probe_here(&name.value, || super::Place::Export(package.clone()));
                let Some(id) = self.packages.get(&package).and_then(|names| names.get(name.value.as_str())).copied()
                else {
                    continue;
                };
                self.occur(name.span, Target::Symbol(id), Role::Use);
                if let Some(view) = self.views.get_mut(&tree.id) {
                    view.used.insert(name.value.to_string(), id);
                }
            }
            if let (Some(view), Some(last)) = (self.views.get_mut(&tree.id), each.package.value.last()) {
                view.qualifiers.insert(last.value.to_string(), package);
            }
        }
    }

    /// What a name stands for in a file.
    pub(super) fn named(&self, file: FileId, name: &str) -> Option<SymbolId> {
        let view = self.views.get(&file)?;
        let own = self.packages.get(&view.package).and_then(|names| names.get(name));
        own.or_else(|| view.used.get(name)).copied()
    }

    /// What `word.name` stands for in a file, if `word` ends the name of a package that it uses; and the package.
    pub(super) fn qualified(&self, file: FileId, word: &str) -> Option<(SymbolId, &str)> {
        let package = self.views.get(&file)?.qualifiers.get(word)?;
        Some((*self.package_symbols.get(package)?, package))
    }

    /// The names that applications of templates give to what these declare: the application's, `_`, its own.
    fn derive_applied(&mut self, tree: &Tree<'_>) {
        let package = self.views.get(&tree.id).map(|view| view.package.clone()).unwrap_or_default();
        for item in &tree.file.items {
            let ItemKind::Apply(apply) = &item.kind else { continue };
            let (Some(template), Some(application)) =
                (self.named(tree.id, &apply.template.value), self.named(tree.id, &apply.name.value))
            else {
                continue;
            };
            for member in self.get(template).members.clone() {
                let declared = self.get(member);
                if matches!(declared.kind, Kind::Rule | Kind::Predicate) {
                    let name = format!("{}_{}", apply.name.value, declared.name);
                    self.derived.insert((package.clone(), name), (application, member));
                }
            }
        }
    }

    /// The symbol whose name is declared at a place.
    pub(super) fn declared_at(&self, span: Span) -> Option<SymbolId> {
        self.by_declaration.get(&span).copied()
    }
}

/// A symbol of which nothing more is known.
pub(super) fn symbol(kind: Kind, name: &str, span: Span, whole: Span) -> Symbol {
    Symbol {
        kind,
        name: name.to_owned(),
        span,
        whole,
        shown: whole,
        package: String::new(),
        container: None,
        docs: String::new(),
        ty: None,
        fact: None,
        members: Vec::new(),
    }
}

/// What a declaration is, the name it gives, and the part of it that says what it is.
fn named(item: &Item) -> Option<(Kind, Name, Span)> {
    let whole = item.span;
    // Up to the brace: what stands inside has hovers of its own.
    let upto = |end: Span| Span { end: end.end, ..whole };
    let titled = |title: &Node<String>| Name::new(title.value.as_str().into(), title.span);
    Some(match &item.kind {
        ItemKind::Enum(declared) => (Kind::Enum, declared.name.clone(), upto(declared.name.span)),
        ItemKind::Record(declared) => (Kind::Record, declared.name.clone(), upto(declared.name.span)),
        ItemKind::Evidence(declared) => (Kind::Evidence, declared.name.clone(), upto(declared.title.span)),
        ItemKind::Request(declared) => (Kind::Request, declared.name.clone(), upto(declared.name.span)),
        ItemKind::Grant(declared) => (Kind::Grant, declared.name.clone(), upto(declared.request.span)),
        ItemKind::Reference(declared) => (Kind::Reference, declared.name.clone(), upto(declared.ty.span)),
        ItemKind::Predicate(declared) => (Kind::Predicate, declared.name.clone(), whole),
        ItemKind::Rule(declared) => (Kind::Rule, declared.name.clone(), upto(declared.request.span)),
        ItemKind::Template(declared) => {
            let last = declared.parameters.last().map_or(declared.name.span, |last| last.ty.span);
            (Kind::Template, declared.name.clone(), upto(last))
        }
        ItemKind::Apply(declared) => (Kind::Application, declared.name.clone(), whole),
        ItemKind::Test(declared) => (Kind::Test, titled(&declared.name), upto(declared.name.span)),
        ItemKind::Invariant(declared) => (Kind::Invariant, titled(&declared.name), whole),
        ItemKind::Floor(_) => return None,
    })
}

fn docs(lines: &[String]) -> String {
    lines.join("\n")
}

/// The word after `@fact`.
fn fact(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.name.value == "fact")?;
    match attribute.arguments.first() {
        Some((None, argument)) => match &argument.value {
            ExprKind::Name(kind) => Some(kind.to_string()),
            _ => None,
        },
        _ => None,
    }
}
