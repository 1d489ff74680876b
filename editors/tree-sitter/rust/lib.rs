//! The tools around the grammar: making the parser from it, and loading the parser for tests.
//!
//! They are the crates that tree-sitter's own command consists of, which compile what is generated and load it: so nothing here is unsafe.

#![forbid(unsafe_code)]

use anyhow::{Context, Result};
use std::path::Path;
use tree_sitter::Language;
use tree_sitter_loader::{CompileConfig, Loader};

/// The version of the interface between parsers and tree-sitter: 14, which editors of the last years can load.
const ABI: usize = 14;

/// Makes the `src/` of a folder from its `grammar.js`.
///
/// # Errors
/// What is wrong with the grammar, or that there is no `node`.
pub fn generate(folder: &Path) -> Result<()> {
    tree_sitter_generate::generate_parser_in_directory(folder, None, None, ABI, None, Some("node"))
        .context("the grammar is refused")
}

/// Compiles the parser in the `src/` of a folder into another folder, and loads it.
///
/// # Errors
/// What the C compiler says.
pub fn load(folder: &Path, into: &Path) -> Result<Language> {
    let loader = Loader::with_parser_lib_path(into.to_owned());
    loader.load_language_at_path(CompileConfig::new(&folder.join("src"), None, None))
}
