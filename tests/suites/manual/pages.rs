//! The pages of the manual, and the blocks of code in them.

use atbac_tests::files::{read_text, repository, stem, with_extension};
use std::path::PathBuf;

/// A block of code in a page.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// What stands after the opening fence.
    pub(super) info: String,
    /// What stands between the fences.
    pub(super) text: String,
    /// The line of the opening fence, from 1.
    pub(super) line: usize,
    /// The name in `<!-- context: NAME -->`, where the line before the block is that.
    pub(super) context: Option<String>,
}

/// The folder of the manual.
pub(super) fn folder() -> PathBuf {
    repository().join("docs/language")
}

/// The names of all pages.
pub(super) fn names() -> Vec<String> {
    with_extension(&folder(), "md").iter().map(|path| stem(path)).collect()
}

/// The text of a page.
pub(super) fn page(name: &str) -> String {
    read_text(&folder().join(name).with_extension("md"))
}

/// The blocks of code of a page, in order.
pub(super) fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<Block> = None;
    let mut context = None;
    for (at, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some("")) => blocks.extend(open.take()),
            (Some(block), _) => block.text.extend([line, "\n"]),
            (None, Some(info)) => {
                let text = String::new();
                open = Some(Block { info: info.to_owned(), text, line: at + 1, context: context.take() });
            }
            (None, None) => {
                let named = line.strip_prefix("<!-- context: ").and_then(|rest| rest.strip_suffix(" -->"));
                context = named.map(str::to_owned);
            }
        }
    }
    assert!(open.is_none(), "a block of code is not closed");
    blocks
}
