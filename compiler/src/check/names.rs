//! What every name stands for: packages, the names they declare, and the names each file brings in by `use`.

use super::{Checker, MAX_SUGGESTIONS};
use crate::types::{EnumId, ReferenceId, RequestId, StructId};
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{ItemKind, Name, Word, dotted};
use foldhash::HashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Definition {
    Enum(EnumId),
    Struct(StructId),
    Request(RequestId),
    Reference(ReferenceId),
    /// Position among the predicates.
    Predicate(usize),
    Grant,
    Rule,
    /// Its file, and its position among the file's declarations.
    Template(usize, usize),
    Application,
}

impl Definition {
    /// What it is, for a sentence.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Definition::Enum(_) => "an enum",
            Definition::Struct(_) => "a record or evidence type",
            Definition::Request(_) => "a request",
            Definition::Reference(_) => "a reference",
            Definition::Predicate(_) => "a predicate",
            Definition::Grant => "a grant",
            Definition::Rule => "a rule",
            Definition::Template(..) => "a template",
            Definition::Application => "an application of a template",
        }
    }
}

/// Where things are declared, and what each file sees.
#[derive(Clone, Default)]
pub(super) struct Names {
    /// Every package's names, by package; ordered, so that messages come in one order.
    packages: BTreeMap<String, HashMap<Word, (Definition, Span)>>,
    /// For each file, what its uses bring in.
    used: Vec<HashMap<Word, (Definition, Span)>>,
    /// For each file, the packages it uses by their last word, for qualified calls such as `snp.hardened(p)`; `None` where two end in the same word.
    qualifiers: Vec<HashMap<Word, Option<String>>>,
    /// For each file, its package.
    pub(super) package_of: Vec<Arc<str>>,
    /// For each file and item, the definition it makes.
    pub(super) definitions: Vec<Vec<Option<Definition>>>,
}

impl Names {
    /// What a name stands for in a file.
    pub(super) fn get(&self, file: usize, name: &str) -> Option<Definition> {
        let own = self.packages.get(&*self.package_of[file]).and_then(|names| names.get(name));
        own.or_else(|| self.used[file].get(name)).map(|(definition, _)| *definition)
    }

    /// What a name of a package stands for.
    pub(super) fn in_package(&self, package: &str, name: &str) -> Option<Definition> {
        self.packages.get(package)?.get(name).map(|(definition, _)| *definition)
    }

    /// Where a name of a package was first declared.
    pub(super) fn declared_at(&self, package: &str, name: &str) -> Option<Span> {
        self.packages.get(package)?.get(name).map(|(_, span)| *span)
    }

    /// Whether two packages that a file uses end in this word, so that it names neither.
    pub(super) fn is_ambiguous_qualifier(&self, file: usize, package_word: &str) -> bool {
        matches!(self.qualifiers[file].get(package_word), Some(None))
    }

    /// What `package_word.name` stands for in a file.
    pub(super) fn get_qualified(&self, file: usize, package_word: &str, name: &str) -> Option<Definition> {
        let package = self.qualifiers[file].get(package_word)?.as_ref()?;
        self.packages.get(package)?.get(name).map(|(definition, _)| *definition)
    }

    /// Every name that `package_word.` can precede in a file and that stands for what is wanted, with it.
    pub(super) fn visible_qualified(
        &self,
        file: usize,
        package_word: &str,
        wanted: impl Fn(Definition) -> bool,
    ) -> Vec<String> {
        let names = self.qualifiers[file]
            .get(package_word)
            .and_then(Option::as_ref)
            .and_then(|package| self.packages.get(package));
        let mut names: Vec<String> = (names.into_iter().flatten())
            .filter(|(_, (definition, _))| wanted(*definition))
            .map(|(name, _)| format!("{package_word}.{name}"))
            .collect();
        names.sort();
        names
    }

    /// Every name a file sees that stands for what is wanted.
    pub(super) fn visible(&self, file: usize, wanted: impl Fn(Definition) -> bool) -> Vec<String> {
        let own = self.packages.get(&*self.package_of[file]).into_iter().flatten();
        let mut names: Vec<String> = own
            .chain(&self.used[file])
            .filter(|(_, (definition, _))| wanted(*definition))
            .map(|(name, _)| name.to_string())
            .collect();
        names.sort();
        names
    }
}

/// How many of each kind have been declared.
#[derive(Default)]
struct Counts {
    enums: u32,
    structs: u32,
    requests: u32,
    references: u32,
    predicates: usize,
}

impl Counts {
    /// The next definition of an item's kind, and the name it gives to it.
    fn define<'a>(&mut self, file: usize, at: usize, kind: &'a ItemKind) -> Option<(&'a Name, Definition)> {
        fn next(count: &mut u32) -> u32 {
            *count += 1;
            *count - 1
        }
        Some(match kind {
            ItemKind::Enum(item) => (&item.name, Definition::Enum(EnumId(next(&mut self.enums)))),
            ItemKind::Record(item) => (&item.name, Definition::Struct(StructId(next(&mut self.structs)))),
            ItemKind::Evidence(item) => (&item.name, Definition::Struct(StructId(next(&mut self.structs)))),
            ItemKind::Request(item) => (&item.name, Definition::Request(RequestId(next(&mut self.requests)))),
            ItemKind::Reference(item) => (&item.name, Definition::Reference(ReferenceId(next(&mut self.references)))),
            ItemKind::Predicate(item) => {
                self.predicates += 1;
                (&item.name, Definition::Predicate(self.predicates - 1))
            }
            ItemKind::Grant(item) => (&item.name, Definition::Grant),
            ItemKind::Rule(item) => (&item.name, Definition::Rule),
            ItemKind::Template(item) => (&item.name, Definition::Template(file, at)),
            ItemKind::Apply(item) => (&item.name, Definition::Application),
            ItemKind::Floor(_) | ItemKind::Test(_) | ItemKind::Invariant(_) => return None,
        })
    }
}

impl Checker<'_> {
    /// Gives every declaration its id and every file its names.
    pub(super) fn collect_names(&mut self) {
        let files = self.files;
        let mut counts = Counts::default();
        for (file_at, file) in files.iter().enumerate() {
            let package = file.package.as_ref().map(|package| dotted(&package.name)).unwrap_or_default();
            self.names.package_of.push(package.as_str().into());
            let mut definitions = Vec::with_capacity(file.items.len());
            for (at, item) in file.items.iter().enumerate() {
                let Some((name, definition)) = counts.define(file_at, at, &item.kind) else {
                    definitions.push(None);
                    continue;
                };
                definitions.push(Some(definition));
                if super::declare::BUILT_IN_TYPES.contains(&name.value.as_str()) {
                    let message = format!("`{}` is a type of the language", name.value);
                    self.report(
                        Diagnostic::error(codes::DUPLICATE_NAME, name.span, message).help("give this another name"),
                    );
                }
                self.declare_name(&package, &name.value, definition, name.span);
            }
            self.names.definitions.push(definitions);
            self.names.packages.entry(package).or_default();
        }
        for at in 0..files.len() {
            self.collect_uses(at);
        }
        self.refuse_package_cycles();
    }

    /// Gives a name of a package its meaning, unless it has one.
    fn declare_name(&mut self, package: &str, name: &str, definition: Definition, span: Span) {
        let names = self.names.packages.entry(package.to_owned()).or_default();
        let Some(earlier) = names.get(name).map(|(_, span)| *span) else {
            names.insert(name.into(), (definition, span));
            return;
        };
        let message = format!("`{name}` is declared twice in this package");
        self.report(
            Diagnostic::error(codes::DUPLICATE_NAME, span, message)
                .labelled("declared again here")
                .and(earlier, "first declared here")
                .help("give one of them another name: names are unique in a package"),
        );
    }

    /// Gives what an application declares its name.
    pub(super) fn declare_applied(&mut self, file: usize, name: &str, definition: Definition, span: Span) {
        let package = self.names.package_of[file].clone();
        self.declare_name(&package, name, definition, span);
    }

    fn collect_uses(&mut self, at: usize) {
        let mut used = HashMap::default();
        let mut qualifiers = HashMap::default();
        for each in &self.files[at].uses {
            let package = dotted(&each.package);
            let Some(names) = self.names.packages.get(&package) else {
                // Nobody reads suggestions beyond the first hundreds, and gathering what is known for each would take the product of both.
                let known: BTreeSet<String> = if self.diagnostics.len() < MAX_SUGGESTIONS {
                    self.names.packages.keys().cloned().chain(crate::pipeline::standard_packages()).collect()
                } else {
                    BTreeSet::new()
                };
                let diagnostic = Diagnostic::error(
                    codes::UNKNOWN_PACKAGE,
                    each.package.span,
                    format!("there is no package `{package}`"),
                );
                let diagnostic = self.suggested(diagnostic, &package, known);
                self.report(diagnostic);
                let given = each.names.iter().chain(each.package.value.last());
                self.refused_names.extend(given.map(|name| name.value.to_string()));
                continue;
            };
            if package == *self.names.package_of[at] {
                let message = format!("package `{package}` uses itself");
                self.report(
                    Diagnostic::error(codes::PACKAGE_CYCLE, each.package.span, message)
                        .help("remove this line: a package sees its own names")
                        .mended_at(each.span, ""),
                );
                continue;
            }
            if let Some(last) = each.package.value.last() {
                qualifiers
                    .entry(last.value.clone())
                    .and_modify(|known: &mut Option<String>| *known = known.take().filter(|known| *known == package))
                    .or_insert(Some(package.clone()));
            }
            let (mut findings, mut refused) = (Vec::new(), Vec::new());
            for name in &each.names {
                match names.get(&name.value) {
                    Some((definition, _)) => {
                        let here =
                            self.names.packages.get(&*self.names.package_of[at]).and_then(|own| own.get(&name.value));
                        let earlier =
                            here.or_else(|| used.get(&name.value)).map(|(_, span): &(Definition, Span)| *span);
                        if let Some(earlier) = earlier {
                            findings.push(
                                Diagnostic::error(
                                    codes::DUPLICATE_NAME,
                                    name.span,
                                    format!("`{}` already has a meaning in this file", name.value),
                                )
                                .and(earlier, "from here"),
                            );
                        } else {
                            used.insert(name.value.clone(), (*definition, name.span));
                        }
                    }
                    None => {
                        let what = format!("there is no `{}` in package `{package}`", name.value);
                        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, name.span, what);
                        // Reported after the loop, so counted here: each suggestion looks at every name of the package.
                        findings.push(if findings.len() < MAX_SUGGESTIONS {
                            self.suggested(diagnostic, &name.value, names.keys())
                        } else {
                            diagnostic
                        });
                        // Whoever misspelt it here wrote it right elsewhere.
                        refused.extend(self.nearest(&name.value, names.keys()));
                        refused.push(name.value.to_string());
                    }
                }
            }
            self.refused_names.extend(refused);
            for finding in findings {
                self.report(finding);
            }
        }
        self.names.used.push(used);
        self.names.qualifiers.push(qualifiers);
    }

    /// Reports packages that use one another in a circle, each circle once, at the use that closes it.
    fn refuse_package_cycles(&mut self) {
        let mut uses: BTreeMap<String, Vec<(String, Span)>> = BTreeMap::new();
        for (file, package) in self.files.iter().zip(&self.names.package_of) {
            let targets = file.uses.iter().map(|each| (dotted(&each.package), each.package.span));
            uses.entry(package.to_string()).or_default().extend(targets.filter(|(target, _)| **target != **package));
        }
        for (package, target, span) in closing_uses(&uses) {
            let message = format!("package `{package}` uses `{target}`, which leads back to `{package}`");
            self.report(
                Diagnostic::error(codes::PACKAGE_CYCLE, span, message)
                    .help("move what both need into a third package that uses neither"),
            );
        }
    }
}

/// The uses that lead back to a package on the way to them: a depth-first search, on the heap because packages may be many.
fn closing_uses(uses: &BTreeMap<String, Vec<(String, Span)>>) -> Vec<(&str, &str, Span)> {
    let mut closing = Vec::new();
    // Whether a package that was reached is still on the way.
    let mut reached: HashMap<&str, bool> = HashMap::default();
    for start in uses.keys() {
        if reached.contains_key(start.as_str()) {
            continue;
        }
        reached.insert(start, true);
        let mut way = vec![(start.as_str(), uses[start].iter())];
        while let Some((package, targets)) = way.last_mut() {
            let Some((target, span)) = targets.next() else {
                reached.insert(package, false);
                way.pop();
                continue;
            };
            match (reached.get(target.as_str()), uses.get(target)) {
                (Some(true), _) => closing.push((*package, target.as_str(), *span)),
                (None, Some(next)) => {
                    reached.insert(target, true);
                    way.push((target, next.iter()));
                }
                // Looked at before, or not a package of the bundle.
                (Some(false), _) | (None, None) => {}
            }
        }
    }
    closing
}
