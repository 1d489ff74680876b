//! What comes out of an import, before it is checked: a package as its declarations, rules and reference values.

use crate::condition::{Condition, Use};
use crate::finding::Place;
use atbac_grammar::print_text;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write;

/// A package.
pub(crate) struct Package {
    /// What it was imported from, for its documentation.
    pub(crate) origin: String,
    /// Names of the standard library, by package.
    pub(crate) uses: BTreeMap<&'static str, BTreeSet<&'static str>>,
    /// Declarations that are written as they stand, such as a request.
    pub(crate) declarations: Vec<String>,
    /// Reference values, in order of declaration.
    pub(crate) references: Vec<Reference>,
    /// Rules, in the order of the source.
    pub(crate) rules: Vec<Rule>,
    /// Who vouches for the evidence: `attested` or `authenticated`.
    pub(crate) provenance: &'static str,
    /// What every permit bounds: each the left side of `… <= 5m`, such as `age(principal)`.
    pub(crate) ages: Vec<String>,
}

/// A reference value, or a set of them.
pub(crate) struct Reference {
    pub(crate) name: String,
    pub(crate) ty: String,
    pub(crate) docs: String,
    /// Its entries for the reference file; absent where the source only names it.
    pub(crate) values: Option<Vec<Entry>>,
}

/// A value of a reference file.
pub(crate) struct Entry {
    pub(crate) value: Json,
    pub(crate) place: Place,
}

/// A rule.
pub(crate) struct Rule {
    pub(crate) purpose: Use,
    pub(crate) name: String,
    /// The request that it is about.
    pub(crate) request: &'static str,
    /// What it is, for people.
    pub(crate) docs: String,
    pub(crate) place: Place,
    /// Matches after `where`.
    pub(crate) head: Vec<String>,
    pub(crate) lines: Vec<Line>,
    /// What a refused caller of a forbid is told.
    pub(crate) reason: String,
}

/// A condition of a rule.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) condition: Condition,
    /// What a refused caller is told.
    pub(crate) sentence: String,
    pub(crate) place: Place,
}

impl Package {
    /// An empty package.
    pub(crate) fn new(origin: String, provenance: &'static str) -> Self {
        Package {
            origin,
            uses: BTreeMap::new(),
            declarations: Vec::new(),
            references: Vec::new(),
            rules: Vec::new(),
            provenance,
            ages: Vec::new(),
        }
    }

    /// Brings a name of the standard library in.
    pub(crate) fn uses(&mut self, package: &'static str, name: &'static str) {
        self.uses.entry(package).or_default().insert(name);
    }

    /// Takes out the reference values that only rules need which are left out.
    pub(crate) fn prune(&mut self) {
        let rules = self.rules.iter().filter(|rule| !rule.is_void());
        let words: HashSet<String> = rules.flat_map(Rule::words).collect();
        self.references.retain(|reference| words.contains(&reference.name));
    }

    /// The text, not yet laid out. `floor` is the declaration of the floors, or nothing; `max_age` a duration as the language writes it.
    pub(crate) fn text(&self, name: &str, floor: &str, max_age: &str) -> String {
        let mut text = format!("/// {}\npackage {name};\n", excerpt(&self.origin));
        for (package, names) in &self.uses {
            let names: Vec<&str> = names.iter().copied().collect();
            text += &match names[..] {
                [name] => format!("\nuse {package}.{name};"),
                _ => format!("\nuse {package}.{{{}}};", names.join(", ")),
            };
        }
        text += &format!("\n\n{floor}\n\n");
        for declaration in &self.declarations {
            text += &format!("{declaration}\n\n");
        }
        for reference in &self.references {
            text += &format!("/// {}\nreference {}: {};\n\n", reference.docs, reference.name, reference.ty);
        }
        for rule in &self.rules {
            text += &rule.text(&self.ages, max_age);
        }
        text
    }
}

impl Rule {
    /// Whether nothing of it can ever apply: then it is left out, and a comment stands in its place.
    fn is_void(&self) -> bool {
        self.lines.iter().any(|line| line.condition.settled(self.purpose) == Condition::Constant(false))
    }

    /// Every word of its conditions.
    fn words(&self) -> HashSet<String> {
        let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let texts = self.lines.iter().map(|line| line.condition.settled(self.purpose).text());
        texts.flat_map(|text| text.split(|c| !is_part(c)).map(str::to_owned).collect::<Vec<_>>()).collect()
    }

    fn text(&self, ages: &[String], max_age: &str) -> String {
        let place = format!("`{}`, line {}", excerpt(&self.place.file), self.place.line);
        if self.is_void() {
            return format!(
                "// {} is left out ({place}): as far as it was understood, it never applies.\n\n",
                self.name
            );
        }
        let docs = if self.docs.is_empty() { String::new() } else { format!("/// {}\n", self.docs) };
        let effect = match self.purpose {
            Use::Permit => "permit",
            Use::Forbid => "forbid",
        };
        let mut text = format!("{docs}/// From {place}.\n{effect} {} for {}", self.name, self.request);
        if !self.head.is_empty() {
            text += &format!("\nwhere {}", self.head.join(",\n"));
        }
        text += "\n{\n";
        let mut last = None;
        for line in &self.lines {
            let condition = line.condition.settled(self.purpose);
            if condition == Condition::Constant(true) {
                continue;
            }
            if last != Some(&line.place) {
                let _ = writeln!(text, "// {}:{}", excerpt(&line.place.file), line.place.line);
            }
            last = Some(&line.place);
            text += &match self.purpose {
                Use::Permit => format!("require {} else {};\n", condition.text(), print_text(&line.sentence)),
                Use::Forbid => format!("when {};\n", condition.text()),
            };
        }
        match self.purpose {
            Use::Permit => {
                for age in ages {
                    let _ = writeln!(text, "require {age} <= {max_age} else \"the evidence is stale: attest again\";");
                }
            }
            Use::Forbid => {
                let _ = writeln!(text, "reason {};", print_text(&self.reason));
            }
        }
        text + "}\n\n"
    }
}

/// Words that name nothing: those of the language, and those that the importers declare.
const TAKEN: &[&str] = &[
    "and",
    "or",
    "not",
    "implies",
    "in",
    "is",
    "matches",
    "starts_with",
    "ends_with",
    "contains",
    "subset_of",
    "any",
    "all",
    "if",
    "then",
    "else",
    "match",
    "true",
    "false",
    "tcb",
    "permit",
    "forbid",
    "for",
    "where",
    "require",
    "when",
    "unless",
    "let",
    "count",
    "age",
    "verified_at",
    "present",
    "sha256",
    "sha384",
    "sha512",
];

/// Names of the source as names of the language, each once.
#[derive(Default)]
pub(crate) struct Names {
    given: BTreeSet<String>,
    /// The number to try next behind a name that is taken.
    next: HashMap<String, usize>,
}

impl Names {
    /// Keeps a name from being given.
    pub(crate) fn reserve(&mut self, name: &str) {
        self.given.insert(name.to_owned());
    }

    /// The name, in lower case, with `_` where the language has no such character, and a number behind it where it is taken.
    pub(crate) fn give(&mut self, wanted: &str) -> String {
        let base = identifier(wanted);
        let mut name = base.clone();
        let next = self.next.entry(base.clone()).or_insert(2);
        while !self.given.insert(name.clone()) {
            name = format!("{base}_{next}");
            *next += 1;
        }
        name
    }
}

/// A text as a name of the language.
pub(crate) fn identifier(text: &str) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let mut name: String = text.chars().take(100).map(word).collect();
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        name.insert_str(0, "n_");
    }
    if TAKEN.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

/// A text of the source for a comment or a sentence: on one line, and not too long.
pub(crate) fn excerpt(text: &str) -> String {
    let shown = |c: char| if c.is_control() || c.is_whitespace() { ' ' } else { c };
    let mut words: String =
        text.chars().map(shown).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = words.char_indices().nth(100) {
        words.truncate(end);
        words.push('…');
    }
    words
}
