//! The standard library's sources as documents, so that an editor can go to a definition there.
//!
//! An editor that shows documents which are no files gets `atbac-std:/std/snp.atbac` and asks for its text: by `workspace/textDocumentContent`, a request
//! of the protocol since 3.18. Any other gets a file of the same text, which whoever started the server keeps.

use atbac_stdlib::{MODULES, Module};
use std::path::Path;

/// The scheme of documents that are no files.
pub const SCHEME: &str = "atbac-std";

/// The URI of a module as a document that is no file.
pub fn uri(module: &Module) -> String {
    format!("{SCHEME}:/{}", module.name)
}

/// The module that a URI names.
pub fn module(uri: &str) -> Option<&'static Module> {
    let name = uri.strip_prefix(SCHEME)?.strip_prefix(":")?.trim_start_matches('/');
    named(name)
}

/// The module with a name, such as `std/snp.atbac`.
pub fn named(name: &str) -> Option<&'static Module> {
    MODULES.iter().find(|module| module.name == name)
}

/// The module that a file was kept of: one of its name and text.
pub fn kept(path: &Path, text: &str) -> Option<&'static Module> {
    MODULES.iter().find(|module| path.ends_with(module.name) && text == module.source)
}
