//! What the client can do, and what it is told that it can ask.

use crate::features::lenses::RUN_TEST;
use crate::features::tokens;
use crate::positions::Encoding;
use crate::standard::SCHEME;
use crate::uri;
use serde_json::{Value as Json, json};
use std::path::PathBuf;

/// What the client said when the conversation began.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) encoding: Encoding,
    /// The folders of the workspace.
    pub(super) folders: Vec<PathBuf>,
    /// The files and folders that are bundles, relative to the first folder.
    pub(super) bundles: Vec<PathBuf>,
    /// Whether it tells of changes on disk if asked to.
    pub(super) watches_files: bool,
    /// Whether it asks for inlay hints again if told to.
    pub(super) refreshes_hints: bool,
    /// Whether it shows documents that are no files.
    pub(super) virtual_documents: bool,
}

impl Settings {
    /// Reads the parameters of `initialize`. What is missing or of another form is as if the client could not do it: LSP 3.17 has clients of all ages.
    pub(super) fn read(parameters: Json) -> Self {
        let flag = |path: &str| parameters.pointer(path).and_then(Json::as_bool).unwrap_or(false);
        let texts = |path: &str| {
            let array = parameters.pointer(path).and_then(Json::as_array).into_iter().flatten();
            array.filter_map(|one| one.as_str()).collect::<Vec<_>>()
        };
        let encoding = if texts("/capabilities/general/positionEncodings").contains(&"utf-8") {
            Encoding::Utf8
        } else {
            Encoding::Utf16
        };
        let folders = parameters.pointer("/workspaceFolders").and_then(Json::as_array).into_iter().flatten();
        let mut folders: Vec<PathBuf> = folders.filter_map(|folder| uri::path(folder.get("uri")?.as_str()?)).collect();
        // Before there were folders there was one root.
        if folders.is_empty() {
            folders.extend(parameters.pointer("/rootUri").and_then(Json::as_str).and_then(uri::path));
        }
        Settings {
            encoding,
            folders,
            bundles: texts("/initializationOptions/bundles").into_iter().map(PathBuf::from).collect(),
            watches_files: flag("/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration"),
            refreshes_hints: flag("/capabilities/workspace/inlayHint/refreshSupport"),
            virtual_documents: parameters.pointer("/capabilities/workspace/textDocumentContent").is_some()
                || flag("/initializationOptions/virtualDocuments"),
        }
    }
}

/// The answer to `initialize`.
pub(super) fn answer(settings: &Settings, version: &str) -> Json {
    let encoding = match settings.encoding {
        Encoding::Utf8 => "utf-8",
        Encoding::Utf16 => "utf-16",
    };
    json!({
        "capabilities": {
            "positionEncoding": encoding,
            // Changes as edits of ranges.
            "textDocumentSync": { "openClose": true, "change": 2, "save": { "includeText": false } },
            "hoverProvider": true,
            "completionProvider": { "triggerCharacters": [".", "@"] },
            "definitionProvider": true,
            "referencesProvider": true,
            "documentHighlightProvider": true,
            "documentSymbolProvider": true,
            "workspaceSymbolProvider": true,
            "codeActionProvider": { "codeActionKinds": ["quickfix"] },
            "codeLensProvider": { "resolveProvider": false },
            "documentFormattingProvider": true,
            "renameProvider": { "prepareProvider": true },
            "foldingRangeProvider": true,
            "semanticTokensProvider": { "legend": tokens::legend(), "full": true },
            "inlayHintProvider": true,
            "executeCommandProvider": { "commands": [RUN_TEST] },
            "workspace": {
                "workspaceFolders": { "supported": true, "changeNotifications": true },
                "textDocumentContent": { "schemes": [SCHEME] },
            },
        },
        "serverInfo": { "name": "atbac", "version": version },
    })
}
