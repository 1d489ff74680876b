//! Makes `src/` from `grammar.js`: `cargo run`. It needs `node`, which reads the grammar.

#![forbid(unsafe_code)]

use std::path::Path;

fn main() -> anyhow::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    atbac_tree_sitter::generate(folder)
}
