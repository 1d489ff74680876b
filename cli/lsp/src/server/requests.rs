//! Every request, by its method.

use super::Server;
use crate::features::{
    self, Scene, actions, completion, folding, formatting, hints, hover, lenses, navigation, outline, rename, tokens,
};
use crate::files::TestOutcome;
use crate::standard;
use crate::symbols::Symbols;
use crate::workspace::Document;
use atbac_grammar::span::FileId;
use lsp_server::{ErrorCode, Request, RequestId, Response};
use lsp_types::request::{
    CodeActionRequest, CodeLensRequest, Completion, DocumentHighlightRequest, DocumentSymbolRequest, ExecuteCommand,
    FoldingRangeRequest, Formatting, GotoDefinition, HoverRequest, InlayHintRequest, PrepareRenameRequest, References,
    Rename, Request as Method, SemanticTokensFullRequest, WorkspaceSymbolRequest,
};
use lsp_types::{
    CompletionResponse, DocumentSymbolResponse, GotoDefinitionResponse, MessageType, PrepareRenameResponse,
    SemanticTokensResult, TextDocumentPositionParams, WorkspaceSymbolResponse,
};
use serde_json::{Value as Json, json};

/// A request that the protocol has since 3.18, so the types of 3.17 lack it: the text of a document that is no file.
const CONTENT: &str = "workspace/textDocumentContent";

/// Why a request is refused.
struct Refusal(ErrorCode, String);

impl Server<'_> {
    pub(super) fn request(&mut self, request: Request) {
        if self.must_wait(&request) {
            self.waiting.push(request);
            return;
        }
        match request.method.as_str() {
            HoverRequest::METHOD => self.answer::<HoverRequest>(request, |server, asked| {
                server.at(&asked.text_document_position_params, hover::hover)
            }),
            Completion::METHOD => self.answer::<Completion>(request, |server, asked| {
                let items = server.at(&asked.text_document_position, completion::complete)?;
                Ok(Some(CompletionResponse::Array(items)))
            }),
            GotoDefinition::METHOD => self.answer::<GotoDefinition>(request, |server, asked| {
                let found = server.at(&asked.text_document_position_params, navigation::definition)?;
                Ok(found.map(GotoDefinitionResponse::Scalar))
            }),
            References::METHOD => self.answer::<References>(request, |server, asked| {
                let declaration = asked.context.include_declaration;
                let found = server.at(&asked.text_document_position, |scene, position| {
                    navigation::references(scene, position, declaration)
                })?;
                Ok(Some(found))
            }),
            DocumentHighlightRequest::METHOD => self.answer::<DocumentHighlightRequest>(request, |server, asked| {
                Ok(Some(server.at(&asked.text_document_position_params, navigation::highlights)?))
            }),
            DocumentSymbolRequest::METHOD => self.answer::<DocumentSymbolRequest>(request, |server, asked| {
                let outline = server.in_document(asked.text_document.uri.as_str(), outline::outline)?;
                Ok(Some(DocumentSymbolResponse::Nested(outline)))
            }),
            WorkspaceSymbolRequest::METHOD => self.answer::<WorkspaceSymbolRequest>(request, |server, asked| {
                Ok(Some(WorkspaceSymbolResponse::Flat(server.named(&asked.query))))
            }),
            CodeActionRequest::METHOD => self.answer::<CodeActionRequest>(request, |server, asked| {
                let id = server.document(asked.text_document.uri.as_str())?.id;
                let found = server.found(id).and_then(|found| found.published.get(&id));
                Ok(Some(actions::actions(&asked.text_document.uri, found.map_or(&[], Vec::as_slice), asked.range)))
            }),
            CodeLensRequest::METHOD => self.answer::<CodeLensRequest>(request, |server, asked| {
                Ok(Some(server.in_document(asked.text_document.uri.as_str(), lenses::lenses)?))
            }),
            Formatting::METHOD => self.answer::<Formatting>(request, |server, asked| {
                let document = server.document(asked.text_document.uri.as_str())?;
                Ok(Some(formatting::format(document, server.encoding())))
            }),
            PrepareRenameRequest::METHOD => self.answer::<PrepareRenameRequest>(request, |server, asked| {
                let range = server.at(&asked, rename::prepare)?;
                range.map(|range| Some(PrepareRenameResponse::Range(range))).map_err(failed)
            }),
            Rename::METHOD => self.answer::<Rename>(request, |server, asked| {
                let edit = server.at(&asked.text_document_position, |scene, position| {
                    rename::rename(scene, position, &asked.new_name)
                })?;
                edit.map(Some).map_err(failed)
            }),
            FoldingRangeRequest::METHOD => self.answer::<FoldingRangeRequest>(request, |server, asked| {
                Ok(Some(folding::folds(server.document(asked.text_document.uri.as_str())?)))
            }),
            SemanticTokensFullRequest::METHOD => self.answer::<SemanticTokensFullRequest>(request, |server, asked| {
                let tokens = server.in_document(asked.text_document.uri.as_str(), tokens::semantic_tokens)?;
                Ok(Some(SemanticTokensResult::Tokens(tokens)))
            }),
            InlayHintRequest::METHOD => self.answer::<InlayHintRequest>(request, |server, asked| {
                let document = server.document(asked.text_document.uri.as_str())?;
                let Some(found) = server.found(document.id) else { return Ok(None) };
                let file = found.files.iter().position(|id| *id == document.id);
                let (Some(checked), Some(file)) = (&found.checked, file) else { return Ok(None) };
                Ok(Some(hints::hints(checked, FileId(file as u32), document, asked.range, server.encoding())))
            }),
            ExecuteCommand::METHOD => self.execute(request),
            CONTENT => {
                let module = request.params.get("uri").and_then(Json::as_str).and_then(standard::module);
                match module {
                    Some(module) => self.send(Response::new_ok(request.id, json!({ "text": module.source }))),
                    None => self.refuse(request.id, ErrorCode::InvalidParams, "there is no such document"),
                }
            }
            method => {
                let message = format!("`{method}` is not offered by this server");
                self.refuse(request.id, ErrorCode::MethodNotFound, &message);
            }
        }
    }

    /// Whether a request is about what the compiler has not found yet.
    fn must_wait(&self, request: &Request) -> bool {
        if !matches!(request.method.as_str(), CodeActionRequest::METHOD | InlayHintRequest::METHOD) {
            return false;
        }
        let uri = request.params.pointer("/textDocument/uri").and_then(Json::as_str);
        let document = uri.and_then(|uri| self.workspace.find(uri));
        // What is not open is not looked at, and so has nothing to wait for.
        document.is_some_and(|document| {
            document.standard.is_none()
                && document.version.is_some()
                && !self.is_current(&self.workspace.bundle(document.id))
        })
    }

    /// Answers the requests that need not wait any longer.
    pub(super) fn answer_waiting(&mut self) {
        for request in std::mem::take(&mut self.waiting) {
            self.request(request);
        }
    }

    fn answer<M: Method>(
        &mut self,
        request: Request,
        ask: impl FnOnce(&mut Self, M::Params) -> Result<M::Result, Refusal>,
    ) {
        let id = request.id;
        let outcome = match serde_json::from_value::<M::Params>(request.params) {
            Ok(asked) => ask(self, asked),
            Err(error) => Err(Refusal(ErrorCode::InvalidParams, error.to_string())),
        };
        match outcome {
            Ok(result) => self.send(Response::new_ok(id, result)),
            Err(Refusal(code, message)) => self.refuse(id, code, &message),
        }
    }

    fn document(&self, uri: &str) -> Result<&Document, Refusal> {
        let unknown =
            || Refusal(ErrorCode::InvalidParams, format!("`{uri}` is not open and no policy of the workspace"));
        self.workspace.find(uri).ok_or_else(unknown)
    }

    /// What the compiler found in the bundle of a document.
    fn found(&self, id: FileId) -> Option<&super::Found> {
        self.bundles.values().find(|found| found.files.contains(&id))
    }

    /// Asks about a place.
    fn at<T>(
        &mut self,
        asked: &TextDocumentPositionParams,
        ask: impl FnOnce(&Scene<'_>, lsp_types::Position) -> T,
    ) -> Result<T, Refusal> {
        self.in_document(asked.text_document.uri.as_str(), |scene| ask(scene, asked.position))
    }

    /// Asks about a document.
    fn in_document<T>(&mut self, uri: &str, ask: impl FnOnce(&Scene<'_>) -> T) -> Result<T, Refusal> {
        let id = self.document(uri)?.id;
        let index = self.index_of(id);
        let answer = self.scene(&index, id, &|document| self.place(document)).map(|scene| ask(&scene));
        self.index = Some(index);
        answer.ok_or_else(|| Refusal(ErrorCode::InvalidParams, format!("`{uri}` was deleted")))
    }

    /// The index of the bundle of a document: the one that was made last, if nothing changed since.
    fn index_of(&mut self, id: FileId) -> (u64, Vec<FileId>, Symbols) {
        let changes = self.workspace.changes();
        match self.index.take() {
            Some(index) if index.0 == changes && index.1.contains(&id) => index,
            _ => {
                let bundle = self.workspace.bundle(id);
                let symbols = features::index(&self.workspace, &bundle);
                (changes, bundle, symbols)
            }
        }
    }

    fn scene<'a>(
        &'a self,
        (_, bundle, symbols): &'a (u64, Vec<FileId>, Symbols),
        id: FileId,
        place: &'a dyn Fn(&Document) -> Option<String>,
    ) -> Option<Scene<'a>> {
        let document = self.workspace.get(id)?;
        Some(Scene { workspace: &self.workspace, symbols, bundle, document, encoding: self.encoding(), place })
    }

    /// What the bundles with open documents declare by a name.
    fn named(&mut self, letters: &str) -> Vec<lsp_types::SymbolInformation> {
        let mut seen: Vec<FileId> = Vec::new();
        let mut found = Vec::new();
        let open: Vec<FileId> =
            self.workspace.own().filter(|document| document.version.is_some()).map(|document| document.id).collect();
        for id in open {
            if seen.contains(&id) {
                continue;
            }
            let index = self.index_of(id);
            seen.extend(&index.1);
            let place = |document: &Document| self.place(document);
            found.extend(
                self.scene(&index, id, &place).map(|scene| outline::named(&scene, letters)).unwrap_or_default(),
            );
            self.index = Some(index);
        }
        found
    }

    /// Runs a test: its document and its name are the arguments.
    fn execute(&mut self, request: Request) {
        let argument = |at: usize| request.params.pointer(&format!("/arguments/{at}")).and_then(Json::as_str);
        let command = request.params.get("command").and_then(Json::as_str);
        match (command, argument(0).and_then(|uri| self.workspace.find(uri)), argument(1)) {
            (Some(lenses::RUN_TEST), Some(document), Some(name)) => {
                let (bundle, name) = (self.workspace.bundle(document.id), name.to_owned());
                self.checker.test(request.id.clone(), self.workspace.sources(&bundle), name);
            }
            _ => {
                let message =
                    format!("expected the command `{}` with the document's URI and the test's name", lenses::RUN_TEST);
                self.refuse(request.id, ErrorCode::InvalidParams, &message);
            }
        }
    }

    /// Answers with what came of a test, and shows it.
    pub(super) fn tested(&mut self, request: RequestId, result: Result<Vec<TestOutcome>, String>) {
        let results = match result {
            Ok(results) => results,
            Err(message) => {
                self.show(MessageType::ERROR, message.clone());
                return self.refuse(request, ErrorCode::RequestFailed, &message);
            }
        };
        for test in &results {
            if test.failures.is_empty() {
                self.show(MessageType::INFO, format!("passed: {}", test.name));
            } else {
                let failures = test.failures.iter().map(|(file, line, message)| format!("{file}:{line}: {message}"));
                self.show(
                    MessageType::ERROR,
                    format!("failed: {}\n{}", test.name, failures.collect::<Vec<_>>().join("\n")),
                );
            }
        }
        let failure =
            |(file, line, message): &(String, usize, String)| json!({ "file": file, "line": line, "message": message });
        let test = |test: &TestOutcome| {
            let failures: Vec<Json> = test.failures.iter().map(failure).collect();
            json!({ "name": test.name, "passed": failures.is_empty(), "failures": failures })
        };
        let tests: Vec<Json> = results.iter().map(test).collect();
        self.send(Response::new_ok(request, json!({ "tests": tests })));
    }
}

/// What was asked for cannot be done.
fn failed(message: String) -> Refusal {
    Refusal(ErrorCode::RequestFailed, message)
}
