//! The page of the manual about this library is made of the modules' doc comments. `UPDATE=1` writes it.
#![expect(clippy::panic, reason = "what the page cannot show fails the test")]

use atbac_grammar::parse;
use atbac_grammar::span::{FileId, Span};
use atbac_grammar::syntax::{Attribute, Enum, Evidence, ExprKind, Field, Item, ItemKind, Predicate, Record};
use atbac_stdlib::{MODULES, Module};
use std::path::Path;

const INTRODUCTION: &str = "\
# Standard library

What verified evidence says, claim by claim, and what most policies ask of it. This page is made from the modules' own text, in [`stdlib`](../../stdlib).

A kind of fact is what a claim proves by itself: see [schemas](schemas.md#evidence).

";

#[test]
fn the_page_is_current() {
    let mut page = INTRODUCTION.to_owned();
    for module in MODULES {
        Writer { module, page: &mut page }.module();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/language/stdlib.md");
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "{} is not what the modules say: UPDATE=1 writes it", path.display());
}

struct Writer<'a> {
    module: &'a Module,
    page: &'a mut String,
}

impl<'a> Writer<'a> {
    fn module(&mut self) {
        let file = parse(FileId(0), self.module.source).file;
        self.line(&format!("## {}\n", self.module.package));
        self.docs(&file.package.map(|package| package.docs).unwrap_or_default());
        for item in &file.items {
            self.item(item);
        }
    }

    fn item(&mut self, item: &Item) {
        match &item.kind {
            ItemKind::Evidence(evidence) => self.evidence(evidence, &item.docs),
            ItemKind::Record(Record { name, fields }) => {
                self.heading(&format!("`record {}`", name.value), &item.docs);
                self.fields(fields);
            }
            ItemKind::Enum(Enum { name, members }) => {
                self.heading(&format!("`enum {}`", name.value), &item.docs);
                self.line("| case | |\n|---|---|");
                for member in members {
                    self.line(&format!("| `{}` | {} |", member.name.value, cell(&member.docs)));
                }
                self.line("");
            }
            ItemKind::Predicate(Predicate { name, parameters, .. }) => {
                let parameters = parameters
                    .iter()
                    .map(|parameter| format!("{}: {}", parameter.name.value, self.source(parameter.ty.span)));
                let signature = format!("`predicate {}({})`", name.value, parameters.collect::<Vec<_>>().join(", "));
                self.heading(&signature, &item.docs);
            }
            other => panic!("a kind of declaration that this page does not show: {other:?}"),
        }
    }

    fn evidence(&mut self, evidence: &Evidence, docs: &[String]) {
        self.heading(&format!("`evidence {}`: {}", evidence.name.value, evidence.title.value), docs);
        let attributes = evidence.attributes.iter().map(|attribute| format!("`{}`", self.source(attribute.span)));
        let attributes: Vec<String> = attributes.collect();
        self.line(&format!("{}\n", attributes.join(" ")));
        self.fields(&evidence.fields);
    }

    fn fields(&mut self, fields: &[Field]) {
        self.line("| claim | type | kind of fact | |\n|---|---|---|---|");
        for field in fields {
            let (name, ty) = (&field.name.value, self.source(field.ty.span));
            let fact = field.attributes.iter().find_map(fact).unwrap_or_default();
            self.line(&format!("| `{name}` | `{ty}` | {fact} | {} |", cell(&field.docs)));
        }
        self.line("");
    }

    fn heading(&mut self, heading: &str, docs: &[String]) {
        self.line(&format!("### {heading}\n"));
        self.docs(docs);
    }

    /// Doc comments, with their samples put into the context that the manual's tests have for the module.
    fn docs(&mut self, docs: &[String]) {
        let context = self.module.package.replace('.', "_");
        for line in docs {
            if line.trim() == "```atbac" {
                self.line(&format!("<!-- context: {context} -->"));
            }
            self.line(line.trim_end());
        }
        self.line("");
    }

    fn source(&self, span: Span) -> &'a str {
        &self.module.source[span.start as usize..span.end as usize]
    }

    fn line(&mut self, line: &str) {
        self.page.push_str(line);
        self.page.push('\n');
    }
}

/// Doc comments in a cell of a table.
fn cell(docs: &[String]) -> String {
    let lines: Vec<&str> = docs.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
    lines.join(" ").replace('|', "\\|")
}

/// The word in `@fact(…)`.
fn fact(attribute: &Attribute) -> Option<String> {
    match attribute.arguments.first() {
        Some((None, argument)) if attribute.name.value == "fact" => match &argument.value {
            ExprKind::Name(word) => Some(word.replace('_', " ")),
            _ => None,
        },
        _ => None,
    }
}
