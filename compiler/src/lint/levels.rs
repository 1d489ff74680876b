//! What is done about the findings of each lint.

use super::Options;
use atbac_grammar::codes::{self, Code};
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{self, Attribute, ExprKind, ItemKind};
use std::collections::HashMap;

/// What is done about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Nothing.
    Allow,
    /// It is shown.
    Warn,
    /// The policy is refused.
    Deny,
}

/// Every level by the word for it.
pub const LEVELS: [(&str, Level); 3] = [("allow", Level::Allow), ("warn", Level::Warn), ("deny", Level::Deny)];

impl Level {
    /// The level that a word stands for.
    pub fn named(word: &str) -> Option<Self> {
        LEVELS.iter().find(|(name, _)| *name == word).map(|(_, level)| *level)
    }
}

macro_rules! lints {
    ($($(#[doc = $doc:literal])+ $lint:ident = $code:ident, $level:ident;)+) => {
        /// A lint.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Lint { $($(#[doc = $doc])+ $lint,)+ }

        impl Lint {
            /// Every lint.
            pub const ALL: &[Lint] = &[$(Lint::$lint,)+];

            /// The code of its findings.
            pub fn code(self) -> Code {
                match self { $(Lint::$lint => codes::$code,)+ }
            }

            /// Its level where nobody sets one.
            pub fn default_level(self) -> Level {
                match self { $(Lint::$lint => Level::$level,)+ }
            }
        }
    };
}

lints! {
    /// A permit takes an SEV-SNP report without asking for debugging and the privilege level on every path.
    PermitWithoutDebugOrVmpl = PERMIT_WITHOUT_DEBUG_OR_VMPL, Warn;
    /// A permit takes a TDX quote without asking for debugging, migration and the TCB status on every path.
    PermitWithoutDebugOrTcbStatus = PERMIT_WITHOUT_DEBUG_OR_TCB_STATUS, Warn;
    /// A permit takes an issuer's result without asking on every path what the issuer found.
    PermitWithoutVerdict = PERMIT_WITHOUT_VERDICT, Warn;
    /// A security version is compared for equality.
    EqualityOnSvn = EQUALITY_ON_SVN, Warn;
    /// A permit takes evidence of a kind of which it asks nothing but its age.
    UnknownEvidenceKind = UNKNOWN_EVIDENCE_KIND, Warn;
    /// A package asks for no evidence. Allowed unless somebody asks: its `floor` says so already, to whoever reads it.
    PermitWithoutEvidence = PERMIT_WITHOUT_EVIDENCE, Allow;
    /// A rule changes nothing, because of another.
    ShadowedRule = SHADOWED_RULE, Warn;
    /// A rule asks just what another does.
    DuplicateRule = DUPLICATE_RULE, Warn;
    /// A rule whose conditions contradict one another.
    NeverMatches = NEVER_MATCHES, Warn;
    /// A condition that follows from others.
    AlwaysTrue = ALWAYS_TRUE, Warn;
    /// A reference value that nothing reads.
    UnusedReference = UNUSED_REFERENCE, Warn;
    /// A predicate that nothing calls.
    UnusedPredicate = UNUSED_PREDICATE, Warn;
    /// A name that a file brings in and does not mention.
    UnusedUse = UNUSED_USE, Warn;
    /// An exception that has ended.
    ExceptionExpired = EXCEPTION_EXPIRED, Warn;
    /// An exception that ends soon.
    ExceptionNearExpiry = EXCEPTION_NEAR_EXPIRY, Warn;
    /// A text that looks like another, or holds what nobody sees.
    Confusable = CONFUSABLE, Warn;
}

impl Lint {
    /// The name by which levels are set: the last word of its code.
    pub fn name(self) -> &'static str {
        let code = self.code().as_str();
        code.rsplit_once("::").map_or(code, |(_, name)| name)
    }

    /// The lint of a name.
    pub fn named(name: &str) -> Option<Self> {
        Lint::ALL.iter().copied().find(|lint| lint.name() == name)
    }
}

/// The level of each lint in each place.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    /// What the caller sets.
    given: HashMap<Lint, Level>,
    by_package: HashMap<(String, Lint), Level>,
    /// By where the declaration's name stands.
    by_declaration: HashMap<(Span, Lint), Level>,
}

impl Levels {
    /// Reads every `@lint(name: level)`, and reports those that make no sense.
    pub(super) fn of(files: &[syntax::File], options: &Options, report: &mut dyn FnMut(Diagnostic)) -> Self {
        let mut levels = Levels { given: options.levels.iter().copied().collect(), ..Levels::default() };
        for file in files {
            let Some(package) = &file.package else { continue };
            let name = syntax::dotted(&package.name);
            for (lint, level) in set_by(&package.attributes, report) {
                levels.by_package.insert((name.clone(), lint), level);
            }
            levels.of_items(&file.items, report);
        }
        levels
    }

    fn of_items(&mut self, items: &[syntax::Item], report: &mut dyn FnMut(Diagnostic)) {
        for item in items {
            let span = name_of(&item.kind).unwrap_or(item.span);
            for (lint, level) in set_by(&item.attributes, report) {
                self.by_declaration.insert((span, lint), level);
            }
            if let ItemKind::Template(template) = &item.kind {
                self.of_items(&template.items, report);
            }
        }
    }

    /// The level of a lint in a declaration of a package.
    pub(super) fn of_lint(&self, lint: Lint, package: &str, declaration: Span) -> Level {
        let of_package = || self.by_package.get(&(package.to_owned(), lint));
        let set = self.given.get(&lint).or_else(|| self.by_declaration.get(&(declaration, lint))).or_else(of_package);
        set.copied().unwrap_or(lint.default_level())
    }
}

/// Where the name of a declaration stands, if it has one.
pub(super) fn name_of(kind: &ItemKind) -> Option<Span> {
    Some(match kind {
        ItemKind::Enum(item) => item.name.span,
        ItemKind::Record(item) => item.name.span,
        ItemKind::Evidence(item) => item.name.span,
        ItemKind::Request(item) => item.name.span,
        ItemKind::Grant(item) => item.name.span,
        ItemKind::Reference(item) => item.name.span,
        ItemKind::Predicate(item) => item.name.span,
        ItemKind::Rule(item) => item.name.span,
        ItemKind::Template(item) => item.name.span,
        ItemKind::Apply(item) => item.name.span,
        ItemKind::Test(item) => item.name.span,
        ItemKind::Invariant(item) => item.name.span,
        ItemKind::Floor(_) => return None,
    })
}

/// The levels that attributes set.
fn set_by(attributes: &[Attribute], report: &mut dyn FnMut(Diagnostic)) -> Vec<(Lint, Level)> {
    let mut set = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.name.value == "lint") {
        if attribute.arguments.is_empty() {
            report(
                Diagnostic::error(codes::INVALID_ATTRIBUTE, attribute.span, "this sets no lint's level")
                    .help("write `@lint(shadowed_rule: deny)`"),
            );
        }
        for (name, level) in &attribute.arguments {
            let lint = name.as_ref().and_then(|name| Lint::named(&name.value));
            let word = if let ExprKind::Name(word) = &level.value { Level::named(word) } else { None };
            match (name, lint, word) {
                (_, Some(lint), Some(level)) => set.push((lint, level)),
                (Some(name), None, _) => report(unknown(name)),
                (Some(_), Some(_), None) | (None, ..) => report(
                    Diagnostic::error(codes::INVALID_ATTRIBUTE, level.span, "a level is `allow`, `warn` or `deny`")
                        .help("write `@lint(shadowed_rule: deny)`"),
                ),
            }
        }
    }
    set
}

/// By how many slips a name may be mistyped to be told what was meant.
const NEAR: usize = 4;

fn unknown(name: &syntax::Name) -> Diagnostic {
    let found = Diagnostic::error(codes::UNKNOWN_NAME, name.span, format!("there is no lint `{}`", name.value));
    let near = Lint::ALL.iter().map(|lint| (strsim::damerau_levenshtein(&name.value, lint.name()), lint.name())).min();
    match near.filter(|(distance, _)| *distance <= NEAR) {
        Some((_, near)) => found.help(format!("did you mean `{near}`?")).replace_by(near),
        None => found
            .help(format!("the lints are {}", Lint::ALL.iter().map(|lint| lint.name()).collect::<Vec<_>>().join(", "))),
    }
}
