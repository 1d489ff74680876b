//! Quick fixes: the edits that help lines propose.

use super::diagnostics::{Mend, Published};
use lsp_types::{CodeAction, CodeActionKind, CodeActionOrCommand, Range, TextEdit, Uri, WorkspaceEdit};
use std::collections::HashMap;

/// The fixes of the findings that touch a range.
pub fn actions(uri: &Uri, published: &[Published], range: Range) -> Vec<CodeActionOrCommand> {
    let touches = |one: &&Published| one.shown.range.start <= range.end && range.start <= one.shown.range.end;
    let fixes = published.iter().filter(touches).filter_map(|one| Some((one, one.mend.as_ref()?)));
    fixes.map(|(one, mend)| CodeActionOrCommand::CodeAction(action(uri, one, mend))).collect()
}

fn action(uri: &Uri, published: &Published, mend: &Mend) -> CodeAction {
    let edit = TextEdit { range: mend.range, new_text: mend.replacement.clone() };
    CodeAction {
        title: mend.title.clone(),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![published.shown.clone()]),
        edit: Some(WorkspaceEdit {
            changes: Some(HashMap::from([(uri.clone(), vec![edit])])),
            ..WorkspaceEdit::default()
        }),
        // The help line proposes one edit: there is nothing to choose from.
        is_preferred: Some(true),
        ..CodeAction::default()
    }
}
