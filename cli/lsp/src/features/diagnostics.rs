//! What the compiler finds, as diagnostics of the protocol.

use crate::positions::Encoding;
use crate::workspace::{Document, Workspace};
use atbac_grammar::diagnostic::{Diagnostic, Edit, Severity};
use atbac_grammar::span::{FileId, SourceMap, Span};
use lsp_types::{
    self as lsp, CodeDescription, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString, Range,
};
use std::collections::HashMap;

/// A diagnostic, and the edit that mends it.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// As the client sees it.
    pub shown: lsp::Diagnostic,
    /// The edit with the sentence that proposes it; in the same document.
    pub mend: Option<Mend>,
}

/// An edit that mends a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Mend {
    /// What it does, for people.
    pub title: String,
    /// What is replaced.
    pub range: Range,
    /// By what.
    pub replacement: String,
}

/// The diagnostics of each document of a bundle; documents without any have an empty list. `files` are the documents in the order of the compiler's files.
pub fn publish(
    workspace: &Workspace,
    files: &[FileId],
    sources: &SourceMap,
    found: &[Diagnostic],
    encoding: Encoding,
) -> HashMap<FileId, Vec<Published>> {
    let mut published: HashMap<FileId, Vec<Published>> = files.iter().map(|id| (*id, Vec::new())).collect();
    for (id, why) in files.iter().filter_map(|id| Some((*id, workspace.get(id.to_owned())?.unread.clone()?))) {
        published.entry(id).or_default().push(unread(why));
    }
    let publisher = Publisher { workspace, files, sources, encoding };
    for diagnostic in found {
        if let Some(document) = publisher.document(diagnostic.primary.span) {
            // A file that cannot be read has no text of which more could be said.
            if document.unread.is_none() {
                published.entry(document.id).or_default().push(publisher.one(diagnostic, document));
            }
        }
    }
    published
}

struct Publisher<'a> {
    workspace: &'a Workspace,
    files: &'a [FileId],
    sources: &'a SourceMap,
    encoding: Encoding,
}

impl<'a> Publisher<'a> {
    /// The document of a span of the compiler's: one of the bundle, or one that the compiler read of the standard library.
    fn document(&self, span: Span) -> Option<&'a Document> {
        match self.files.get(span.file.0 as usize) {
            Some(id) => self.workspace.get(*id),
            None => {
                let module = crate::standard::named(&self.sources.get(span.file).name)?;
                self.workspace.standard(module.package)
            }
        }
    }

    fn one(&self, diagnostic: &Diagnostic, document: &Document) -> Published {
        let range = document.range(diagnostic.primary.span, self.encoding);
        let code = diagnostic.code.as_str();
        let mut message = diagnostic.message.clone();
        if !diagnostic.primary.text.is_empty() {
            message += &format!("\n{}", diagnostic.primary.text);
        }
        if let Some(help) = &diagnostic.help {
            message += &format!("\nhelp: {help}");
        }
        let related = diagnostic.secondary.iter().filter_map(|label| {
            let other = self.document(label.span)?;
            let location = Location { uri: other.uri.parse().ok()?, range: other.range(label.span, self.encoding) };
            Some(DiagnosticRelatedInformation { location, message: label.text.clone() })
        });
        let related: Vec<DiagnosticRelatedInformation> = related.collect();
        // What nothing needs is shown faded.
        let is_unused = code.rsplit("::").next().is_some_and(|name| name.starts_with("unused_"));
        let shown = lsp::Diagnostic {
            range,
            severity: Some(match diagnostic.severity {
                Severity::Error => DiagnosticSeverity::ERROR,
                Severity::Warning => DiagnosticSeverity::WARNING,
            }),
            code: Some(NumberOrString::String(code.to_owned())),
            code_description: None::<CodeDescription>,
            source: Some("atbac".to_owned()),
            message,
            related_information: (!related.is_empty()).then_some(related),
            tags: is_unused.then(|| vec![DiagnosticTag::UNNECESSARY]),
            data: None,
        };
        let mend = diagnostic.edit.as_ref().and_then(|edit| self.mend(diagnostic, edit, document));
        Published { shown, mend }
    }

    fn mend(&self, diagnostic: &Diagnostic, edit: &Edit, document: &Document) -> Option<Mend> {
        let of = self.document(edit.span).filter(|of| of.id == document.id)?;
        let replaced = of.slice(edit.span);
        let title = match (replaced, edit.replacement.as_str()) {
            ("", added) => format!("add `{added}`"),
            (removed, "") => format!("remove `{removed}`"),
            (replaced, by) if by.contains('\n') || replaced.contains('\n') => {
                diagnostic.help.clone().unwrap_or_else(|| "mend this".to_owned())
            }
            (replaced, by) => format!("replace `{replaced}` by `{by}`"),
        };
        Some(Mend { title, range: of.range(edit.span, self.encoding), replacement: edit.replacement.clone() })
    }
}

/// The finding of a file that cannot be read: a policy that is silently left out could be the one that forbids.
fn unread(why: String) -> Published {
    let shown = lsp::Diagnostic {
        severity: Some(DiagnosticSeverity::ERROR),
        source: Some("atbac".to_owned()),
        message: why,
        ..lsp::Diagnostic::default()
    };
    Published { shown, mend: None }
}
