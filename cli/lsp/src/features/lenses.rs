//! Above each test, what runs it.

use super::Scene;
use crate::symbols::Kind;
use lsp_types::{CodeLens, Command};
use serde_json::json;

/// The command that runs a test: its arguments are the document's URI and the test's name.
pub const RUN_TEST: &str = "atbac.runTest";

/// A lens for each test of the document. Those of templates have names only once they are applied.
pub fn lenses(scene: &Scene<'_>) -> Vec<CodeLens> {
    let tests = scene.symbols.iter().filter(|(_, symbol)| {
        symbol.kind == Kind::Test && symbol.span.file == scene.document.id && symbol.container.is_none()
    });
    let lens = |name: &str, span| CodeLens {
        range: scene.document.range(span, scene.encoding),
        command: Some(Command {
            title: "Run test".to_owned(),
            command: RUN_TEST.to_owned(),
            arguments: Some(vec![json!(scene.document.uri), json!(name)]),
        }),
        data: None,
    };
    tests.map(|(_, symbol)| lens(&symbol.name, symbol.span)).collect()
}
