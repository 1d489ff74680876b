//! The story of a compilation: text → surface trees → checked policy → decision IR. Machine code is made from the IR by [`crate::codegen`].
//!
//! Each stage is a type, and the next is reached only through it.

use crate::check::{self, Asked, Meaning, Outcome};
use crate::checked::Policy;
use crate::codegen::EmitError;
use crate::ir::{self, Program};
use crate::limits::Limits;
use crate::lint;
use crate::types::RequestId;
use crate::verifier::VERIFIERS;
use atbac_grammar::Rules;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::{Diagnostic, Severity};
use atbac_grammar::span::{MAX_FILE_BYTES, SourceMap, Span};
use atbac_grammar::syntax;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A file of a bundle, read by the caller.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The name diagnostics show, usually the path.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// The files of a bundle and of the standard packages it uses, read.
pub struct Parsed {
    sources: SourceMap,
    files: Vec<syntax::File>,
    /// For each file, what reads its rules, if they were left for later.
    unread: Vec<Option<Rules>>,
    /// Whether none are.
    at_once: bool,
    diagnostics: Vec<Diagnostic>,
    limits: Limits,
}

/// A bundle that keeps every rule of the language.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Every file, for pointing into.
    pub sources: SourceMap,
    /// What the bundle says.
    pub policy: Policy,
    /// What its author should look at all the same.
    pub warnings: Vec<Diagnostic>,
}

/// A bundle that is refused.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Every file, for pointing into.
    pub sources: SourceMap,
    /// Everything found, at least one error among it; by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the files of a bundle, and the standard packages they use.
pub fn parse(files: impl IntoIterator<Item = SourceFile>) -> Parsed {
    parse_within(files, Limits::default())
}

/// The same, with limits that the caller sets.
pub fn parse_within(files: impl IntoIterator<Item = SourceFile>, limits: Limits) -> Parsed {
    Parsed::new(limits).read_bundle(files)
}

/// The same for whoever looks at bundles that mostly have mistakes, as an editor does: each file is read at once. That takes more memory, and a mistake in a large
/// file is told without reading it a second time.
pub fn parse_at_once(files: impl IntoIterator<Item = SourceFile>) -> Parsed {
    Parsed { at_once: true, ..Parsed::new(Limits::default()) }.read_bundle(files)
}

impl Parsed {
    fn new(limits: Limits) -> Self {
        let sources = SourceMap::default();
        Parsed { sources, files: Vec::new(), unread: Vec::new(), at_once: false, diagnostics: Vec::new(), limits }
    }

    fn read_bundle(mut self, files: impl IntoIterator<Item = SourceFile>) -> Self {
        let mut bytes = 0usize;
        for file in files {
            bytes = bytes.saturating_add(file.text.len());
            if bytes <= self.limits.source_bytes {
                self.read(file);
            } else {
                let most = self.limits.source_bytes;
                let message =
                    format!("with this file, the bundle has {bytes} bytes of source; at most {most} are read");
                self.refuse_file(file.name, message, "split the policies into several bundles");
            }
        }
        self.refuse_reserved_packages();
        self.read_standard_packages();
        self
    }

    fn read(&mut self, file: SourceFile) {
        let text: Arc<str> = file.text.into();
        match self.sources.add(file.name.clone(), Arc::clone(&text)) {
            Ok(id) => match (!self.at_once).then(|| atbac_grammar::outline(id, &text)).flatten() {
                Some((outline, rules)) => {
                    self.files.push(outline);
                    self.unread.push(Some(rules));
                }
                None => {
                    let parsed = atbac_grammar::parse(id, &text);
                    self.files.push(parsed.file);
                    self.unread.push(None);
                    self.diagnostics.extend(parsed.diagnostics);
                }
            },
            Err(bytes) => {
                let message = format!("this file is {bytes} bytes; a source file has at most {MAX_FILE_BYTES}");
                self.refuse_file(file.name, message, "split the package into several files");
            }
        }
    }

    /// Reports a file that is not read. It is known by name only, so that the finding has a place.
    fn refuse_file(&mut self, name: String, message: String, help: &str) {
        if let Ok(id) = self.sources.add(name, "") {
            let finding = Diagnostic::error(codes::FILE_TOO_LARGE, Span::new(id, 0, 0), message);
            self.diagnostics.push(finding.help(help));
        }
    }

    fn refuse_reserved_packages(&mut self) {
        for file in &self.files {
            if let Some(package) = &file.package
                && package.name.value.first().is_some_and(|word| word.value == "std")
            {
                let message = "packages that begin with `std` come with the compiler";
                self.diagnostics.push(
                    Diagnostic::error(codes::RESERVED_PACKAGE, package.name.span, message)
                        .help("give your package another name"),
                );
            }
        }
    }

    fn read_standard_packages(&mut self) {
        let mut next = 0;
        let mut read: Vec<&str> = Vec::new();
        while next < self.files.len() {
            let wanted: Vec<String> = self.files[next].uses.iter().map(|each| syntax::dotted(&each.package)).collect();
            let verifiers = verifiers_named(&self.files[next]);
            for module in atbac_stdlib::MODULES {
                let is_wanted = wanted.iter().any(|package| package == module.package)
                    || verifiers.iter().any(|verifier| module.source.contains(&format!("@verifier(\"{verifier}\")")));
                if !read.contains(&module.package) && is_wanted {
                    read.push(module.package);
                    self.read(SourceFile { name: module.name.to_owned(), text: module.source.to_owned() });
                }
            }
            next += 1;
        }
    }

    /// Gives every name its meaning and every expression its type, and looks at what comes out with every lint at its own level.
    ///
    /// # Errors
    /// [`Refused`] with everything found, when any of it is an error.
    pub fn check(self) -> Result<Checked, Refused> {
        self.check_with(&lint::Options::default())
    }

    /// The same, with levels of lints and a clock that the caller sets.
    ///
    /// # Errors
    /// [`Refused`] with everything found, when any of it is an error.
    pub fn check_with(mut self, options: &lint::Options) -> Result<Checked, Refused> {
        let mut outcome = self.checked();
        if outcome.policy.is_none() && self.read_at_once() {
            outcome = self.checked();
        }
        let Parsed { sources, files, mut diagnostics, .. } = self;
        let Outcome { policy, diagnostics: found, words } = outcome;
        diagnostics.extend(found);
        // What lints say of a policy with errors may be due to them.
        if let Some(policy) = &policy {
            lint::check(policy, &files, &words, options, &mut |finding| diagnostics.push(finding));
        }
        let denied = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        diagnostics.sort_by_key(|diagnostic| (diagnostic.primary.span.file, diagnostic.primary.span.start));
        match policy {
            Some(policy) if !denied => Ok(Checked { sources, policy, warnings: diagnostics }),
            Some(_) | None => Err(Refused { sources, diagnostics }),
        }
    }

    fn checked(&self) -> Outcome {
        let incomplete = self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        check::check(&self.files, &self.unread, incomplete, self.limits)
    }

    /// Reads the files at once of which rules were left for later, and says whether there are any. Of a bundle that is refused everything is told, and errors
    /// in one rule may say how others are to be read.
    fn read_at_once(&mut self) -> bool {
        let mut any = false;
        for (file, unread) in self.files.iter_mut().zip(&mut self.unread) {
            let Some(rules) = unread.take() else { continue };
            let parsed = atbac_grammar::parse(rules.file(), rules.text());
            *file = parsed.file;
            self.diagnostics.extend(parsed.diagnostics);
            any = true;
        }
        any
    }
}

/// Gives an expression its meaning, as if it stood in a rule of the file that declares the request. `files` are a bundle that was accepted, without the standard
/// packages; their types have the same numbers as in that bundle.
///
/// # Errors
/// [`Refused`] when `text` is not one expression, or states nothing about this request.
pub fn expression(
    files: impl IntoIterator<Item = SourceFile>,
    asked: &Asked<'_>,
    text: &str,
) -> Result<Meaning, Refused> {
    // Only files are read, so that it is one.
    const BEFORE: &str = "package p; predicate p() = ";
    let mut parsed = Parsed::new(Limits::default());
    files.into_iter().for_each(|file| parsed.read(file));
    // What is missing at the end is shown behind it.
    let Ok(file) = parsed.sources.add("expression", format!("{text} ")) else {
        return Err(Refused { sources: parsed.sources, diagnostics: Vec::new() });
    };
    let as_typed = |span: Span| match span.file == file {
        true => {
            let typed = |at: u32, last: usize| (at as usize).saturating_sub(BEFORE.len()).min(last);
            Span::new(file, typed(span.start, text.len()), typed(span.end, text.len() + 1))
        }
        false => span,
    };
    let refused = |sources, mut diagnostics: Vec<Diagnostic>| {
        diagnostics.iter_mut().for_each(|diagnostic| diagnostic.move_spans(as_typed));
        Refused { sources, diagnostics }
    };
    // A comment at its end goes no further.
    let mut read = atbac_grammar::parse(file, &format!("{BEFORE}{text}\n;"));
    let whole = Span::new(file, BEFORE.len(), BEFORE.len() + text.len());
    let item = (read.file.items.len() == 1).then(|| read.file.items.pop()).flatten();
    let body = match item.map(|item| item.kind) {
        Some(syntax::ItemKind::Predicate(predicate)) if read.diagnostics.is_empty() => predicate.body,
        Some(_) | None => {
            if read.diagnostics.is_empty() {
                let message = "expected one expression";
                read.diagnostics.push(Diagnostic::error(codes::UNEXPECTED_TOKEN, whole, message));
            }
            return Err(refused(parsed.sources, read.diagnostics));
        }
    };
    let beside = parsed.files.get(asked.file);
    let (package, uses) = beside.map(|file| (file.package.clone(), file.uses.clone())).unwrap_or_default();
    parsed.files.push(syntax::File { package, uses, items: Vec::new() });
    let at = parsed.files.len() - 1;
    parsed.read_standard_packages();
    let Parsed { sources, files, .. } = parsed;
    check::expression(&files, at, asked, &body).map_err(|diagnostics| refused(sources, diagnostics))
}

/// The verifiers that a file has evidence schemas for: they are compared with those of the standard library.
fn verifiers_named(file: &syntax::File) -> BTreeSet<&'static str> {
    let attributes = file.items.iter().flat_map(|item| match &item.kind {
        syntax::ItemKind::Evidence(declared) => declared.attributes.as_slice(),
        _ => &[],
    });
    let named =
        attributes.flat_map(|attribute| &attribute.arguments).filter_map(|(_, argument)| match &argument.value {
            syntax::ExprKind::String(name) => VERIFIERS.iter().map(|known| known.name).find(|known| known == name),
            _ => None,
        });
    named.filter(|verifier| *verifier != check::FREE_FORM).collect()
}

impl Checked {
    /// The decision procedure of each request type, in the order of the schema.
    ///
    /// # Errors
    /// [`EmitError::Malformed`] for a policy that the checker should have refused.
    pub fn lower(&self) -> Result<Vec<Program>, EmitError> {
        let requests = 0..self.policy.schema.requests.len();
        requests.map(|at| Ok(ir::lower(&self.policy, RequestId(at as u32))?)).collect()
    }
}

/// Whether a file of a bundle came with the compiler.
pub fn is_standard(file: &SourceFile) -> bool {
    atbac_stdlib::MODULES.iter().any(|module| module.name == file.name && module.source == file.text)
}

/// The packages that come with the compiler.
pub(crate) fn standard_packages() -> impl Iterator<Item = String> {
    atbac_stdlib::MODULES.iter().map(|module| module.package.to_owned())
}
