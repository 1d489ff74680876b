//! Messages in, answers out.
//!
//! - [`serve`]: the loop. Changes are taken in at once; the compiler looks at them when no further message waits.
//! - `capabilities`: what the client is told that it can ask.
//! - `checker`: the thread that runs the compiler and the tests.
//! - `requests`: every request, by its method.
//!
//! Requests that need what the compiler found wait until it has looked at the text they are about; all others are answered at once.

mod capabilities;
mod checker;
mod requests;

use crate::features::diagnostics::{self, Published};
use crate::files::{Files, RunTests};
use crate::positions::Encoding;
use crate::symbols::Symbols;
use crate::uri;
use crate::workspace::{Document, Workspace};
use atbac_compiler::pipeline::Checked;
use atbac_grammar::span::FileId;
use capabilities::Settings;
use checker::{Checker, Done, Job};
use crossbeam_channel::select;
use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidChangeWorkspaceFolders, DidCloseTextDocument, DidOpenTextDocument,
    DidSaveTextDocument, Notification as _, PublishDiagnostics, ShowMessage,
};
use lsp_types::request::{InlayHintRefreshRequest, RegisterCapability, Request as _};
use lsp_types::{MessageType, PublishDiagnosticsParams, ShowMessageParams};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

/// What the server needs from whoever starts it.
pub struct Services {
    /// Reading policies.
    pub files: Box<dyn Files>,
    /// Running tests.
    pub run_tests: Box<RunTests>,
    /// The version that the client is told.
    pub version: &'static str,
}

/// How a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The client said that it would end it, and did.
    Orderly,
    /// The client is gone, or spoke no longer as the protocol says.
    Abrupt,
}

/// Serves one client until it ends the conversation.
pub fn serve(connection: &Connection, services: Services) -> End {
    let Ok((id, parameters)) = connection.initialize_start() else { return End::Abrupt };
    let settings = Settings::read(parameters);
    let answer = capabilities::answer(&settings, services.version);
    if connection.initialize_finish(id, answer).is_err() {
        return End::Abrupt;
    }
    let checker = Checker::start(services.run_tests);
    let mut server = Server {
        connection,
        checker,
        files: services.files,
        workspace: Workspace::new(),
        index: None,
        bundles: HashMap::new(),
        stale: BTreeSet::new(),
        waiting: Vec::new(),
        sent: 0,
        is_over: false,
        settings,
    };
    server.begin();
    server.run()
}

/// What the compiler found in a bundle.
struct Found {
    /// The documents, in the order of the compiler's files.
    files: Vec<FileId>,
    /// The policy, if it is accepted.
    checked: Option<Arc<Checked>>,
    /// What the client was told of each document.
    published: HashMap<FileId, Vec<Published>>,
}

struct Server<'a> {
    connection: &'a Connection,
    checker: Checker,
    files: Box<dyn Files>,
    settings: Settings,
    workspace: Workspace,
    /// The index of the bundle that was asked about last, with the bundle and the number of changes that it is of.
    index: Option<(u64, Vec<FileId>, Symbols)>,
    /// What was found in each bundle, by its first document.
    bundles: HashMap<FileId, Found>,
    /// Open documents whose bundles the compiler has to look at again.
    stale: BTreeSet<FileId>,
    /// Requests that wait for the compiler.
    waiting: Vec<Request>,
    /// How many requests were sent to the client.
    sent: i32,
    is_over: bool,
}

impl Server<'_> {
    /// Reads the workspace, and asks to be told of changes in it.
    fn begin(&mut self) {
        let (folders, bundles) = (self.settings.folders.clone(), self.settings.bundles.clone());
        self.workspace.open_folders(folders, bundles, self.files.as_ref());
        if self.settings.watches_files {
            let watchers = serde_json::json!({ "watchers": [{ "globPattern": "**/*.atbac" }] });
            let registration = serde_json::json!({ "id": "policies", "method": DidChangeWatchedFiles::METHOD, "registerOptions": watchers });
            self.ask(RegisterCapability::METHOD, serde_json::json!({ "registrations": [registration] }));
        }
    }

    fn run(mut self) -> End {
        let results = self.checker.results.clone();
        loop {
            select! {
                recv(self.connection.receiver) -> message => match message {
                    Ok(message) => {
                        if let Some(end) = self.message(message) {
                            return end;
                        }
                    }
                    Err(_) => return End::Abrupt,
                },
                recv(results) -> done => match done {
                    Ok(done) => self.done(done),
                    // Without the compiler there is nothing to serve; editors start a server again that ended so.
                    Err(_) => return End::Abrupt,
                },
            }
            // What waits may supersede what would be checked.
            if self.connection.receiver.is_empty() {
                self.check();
            }
        }
    }

    fn message(&mut self, message: Message) -> Option<End> {
        match message {
            Message::Request(request) if self.is_over => {
                self.refuse(request.id, lsp_server::ErrorCode::InvalidRequest, "the server is shut down");
            }
            Message::Request(request) if request.method == lsp_types::request::Shutdown::METHOD => {
                self.is_over = true;
                self.send(Response::new_ok(request.id, ()));
            }
            Message::Request(request) => self.request(request),
            Message::Notification(notification) if notification.method == lsp_types::notification::Exit::METHOD => {
                return Some(if self.is_over { End::Orderly } else { End::Abrupt });
            }
            Message::Notification(notification) => self.notification(notification),
            // What the client answers changes nothing here.
            Message::Response(_) => {}
        }
        None
    }

    fn notification(&mut self, notification: Notification) {
        let method = notification.method.clone();
        let files = self.files.as_ref();
        let before = self.workspace.changes();
        match method.as_str() {
            DidOpenTextDocument::METHOD => {
                if let Some(opened) = parameters::<DidOpenTextDocument>(notification) {
                    let document = opened.text_document;
                    self.workspace.open(document.uri.as_str(), document.version, document.text, files);
                }
            }
            DidChangeTextDocument::METHOD => {
                if let Some(changed) = parameters::<DidChangeTextDocument>(notification) {
                    let document = changed.text_document;
                    self.workspace.change(
                        document.uri.as_str(),
                        document.version,
                        changed.content_changes,
                        self.settings.encoding,
                    );
                }
            }
            DidCloseTextDocument::METHOD => {
                if let Some(closed) = parameters::<DidCloseTextDocument>(notification) {
                    self.workspace.close(closed.text_document.uri.as_str(), files);
                }
            }
            // Evidence that a policy's tests name is not watched; what policies are, the client says.
            DidSaveTextDocument::METHOD => {}
            DidChangeWatchedFiles::METHOD => {
                if let Some(changed) = parameters::<DidChangeWatchedFiles>(notification) {
                    for path in changed.changes.iter().filter_map(|change| uri::path(change.uri.as_str())) {
                        self.workspace.reread(&path, files);
                    }
                }
            }
            DidChangeWorkspaceFolders::METHOD => {
                if let Some(changed) = parameters::<DidChangeWorkspaceFolders>(notification) {
                    let path = |folder: &lsp_types::WorkspaceFolder| uri::path(folder.uri.as_str());
                    let removed: Vec<PathBuf> = changed.event.removed.iter().filter_map(path).collect();
                    self.settings.folders.retain(|folder| !removed.contains(folder));
                    self.settings.folders.extend(changed.event.added.iter().filter_map(path));
                    let (folders, bundles) = (self.settings.folders.clone(), self.settings.bundles.clone());
                    self.workspace.open_folders(folders, bundles, files);
                }
            }
            "$/cancelRequest" => {
                let id = notification.params.get("id").cloned();
                if let Some(id) = id.and_then(|id| serde_json::from_value::<RequestId>(id).ok()) {
                    self.cancel(&id);
                }
            }
            // A notification has no answer, so one that is not known has none either.
            _ => {}
        }
        if self.workspace.changes() != before {
            // Which bundles a change belongs to may itself have changed.
            let open = self.workspace.own().filter(|document| document.version.is_some());
            self.stale = open.map(|document| document.id).collect();
            self.forget_deleted();
        }
    }

    fn cancel(&mut self, id: &RequestId) {
        if let Some(at) = self.waiting.iter().position(|request| request.id == *id) {
            let request = self.waiting.remove(at);
            self.refuse(request.id, lsp_server::ErrorCode::RequestCanceled, "cancelled");
        }
    }

    /// Has the compiler look at every bundle with an open document that changed since it did.
    fn check(&mut self) {
        if self.stale.is_empty() {
            // What was waited for may have been closed.
            return self.answer_waiting();
        }
        if self.checker.is_asked(self.workspace.changes()) {
            return;
        }
        let mut bundles: Vec<(Vec<FileId>, Vec<_>)> = Vec::new();
        let mut current = BTreeSet::new();
        for id in &self.stale {
            if bundles.iter().any(|(files, _)| files.contains(id)) {
                continue;
            }
            let files = self.workspace.bundle(*id);
            if self.is_current(&files) {
                current.extend(files);
                continue;
            }
            let sources = self.workspace.sources(&files);
            bundles.push((files, sources));
        }
        self.stale.retain(|id| !current.contains(id));
        if bundles.is_empty() {
            self.answer_waiting();
        } else {
            self.checker.check(Job { changes: self.workspace.changes(), bundles });
        }
    }

    /// Whether the compiler has looked at just these documents as they are.
    fn is_current(&self, files: &[FileId]) -> bool {
        let Some(found) = files.first().and_then(|first| self.bundles.get(first)) else { return false };
        let since = self.checker.seen(files);
        found.files == files
            && files
                .iter()
                .all(|id| self.workspace.get(*id).zip(since).is_some_and(|(document, since)| document.changed <= since))
    }

    /// Takes what the checker found, unless the texts are others by now, or belong together with others.
    fn done(&mut self, done: Done) {
        match done {
            Done::Checked { files, changes, result } => {
                let fresh = |id: &FileId| self.workspace.get(*id).is_some_and(|document| document.changed <= changes);
                let is_bundle = files.first().is_some_and(|first| self.workspace.bundle(*first) == files);
                if !is_bundle || !files.iter().all(fresh) {
                    return;
                }
                let (sources, found, checked) = match *result {
                    Ok(checked) => {
                        let checked = Arc::new(checked);
                        (checked.sources.clone(), checked.warnings.clone(), Some(checked))
                    }
                    Err(refused) => (refused.sources, refused.diagnostics, None),
                };
                let published = diagnostics::publish(&self.workspace, &files, &sources, &found, self.settings.encoding);
                self.checker.saw(&files, changes);
                self.publish(files, checked, published);
            }
            Done::Tested { request, result } => self.tested(request, result),
        }
    }

    /// Tells the client what was found, where it differs from what it was told.
    fn publish(
        &mut self,
        files: Vec<FileId>,
        checked: Option<Arc<Checked>>,
        published: HashMap<FileId, Vec<Published>>,
    ) {
        let Some(first) = files.first().copied() else { return };
        let mut known: HashMap<FileId, Vec<Published>> = HashMap::new();
        // Bundles that share a document with this one are no more.
        let others: Vec<FileId> = self
            .bundles
            .iter()
            .filter(|(_, found)| found.files.iter().any(|id| files.contains(id)))
            .map(|(id, _)| *id)
            .collect();
        for other in others {
            known.extend(self.bundles.remove(&other).into_iter().flat_map(|found| found.published));
        }
        for (id, found) in &published {
            let before = known.remove(id).unwrap_or_default();
            if let Some(document) = self.workspace.get(*id)
                && before != *found
            {
                self.tell(document, found);
            }
        }
        for (id, before) in known {
            if let Some(document) = self.workspace.get(id).filter(|_| !before.is_empty()) {
                self.tell(document, &[]);
            }
        }
        self.stale.retain(|id| !files.contains(id));
        self.bundles.insert(first, Found { files, checked, published });
        self.answer_waiting();
        if self.settings.refreshes_hints {
            self.ask(InlayHintRefreshRequest::METHOD, serde_json::Value::Null);
        }
    }

    /// Takes back what was said of documents that are no more.
    fn forget_deleted(&mut self) {
        let gone = |id: &FileId| self.workspace.get(*id).is_none();
        let without: Vec<FileId> =
            self.bundles.iter().filter(|(_, found)| found.files.iter().any(gone)).map(|(id, _)| *id).collect();
        for id in without {
            let Some(found) = self.bundles.remove(&id) else { continue };
            for (id, published) in found.published {
                match self.workspace.get(id) {
                    Some(document) if !published.is_empty() => self.tell(document, &[]),
                    Some(_) | None => {}
                }
            }
        }
        for uri in self.workspace.take_deleted() {
            if let Ok(uri) = uri.parse() {
                self.notify::<PublishDiagnostics>(PublishDiagnosticsParams {
                    uri,
                    diagnostics: Vec::new(),
                    version: None,
                });
            }
        }
    }

    fn tell(&self, document: &Document, found: &[Published]) {
        let Ok(uri) = document.uri.parse() else { return };
        let diagnostics = found.iter().map(|one| one.shown.clone()).collect();
        self.notify::<PublishDiagnostics>(PublishDiagnosticsParams { uri, diagnostics, version: document.version });
    }

    /// Shows a sentence to whoever uses the editor.
    fn show(&self, typ: MessageType, message: String) {
        self.notify::<ShowMessage>(ShowMessageParams { typ, message });
    }

    fn notify<N: lsp_types::notification::Notification>(&self, parameters: N::Params)
    where
        N::Params: Serialize,
    {
        self.send(Notification::new(N::METHOD.to_owned(), parameters));
    }

    fn ask(&mut self, method: &str, parameters: serde_json::Value) {
        self.sent += 1;
        self.send(Request { id: self.sent.into(), method: method.to_owned(), params: parameters });
    }

    fn refuse(&self, id: RequestId, code: lsp_server::ErrorCode, message: &str) {
        self.send(Response::new_err(id, code as i32, message.to_owned()));
    }

    /// Where the client is gone, the loop ends by itself.
    fn send(&self, message: impl Into<Message>) {
        let _ = self.connection.sender.send(message.into());
    }

    /// The place under which the client finds a document.
    fn place(&self, document: &Document) -> Option<String> {
        match document.standard {
            Some(module) if !self.settings.virtual_documents && document.version.is_none() => {
                self.files.keep(module.name, module.source).ok().map(|path| uri::of(&path))
            }
            Some(_) | None => Some(document.uri.clone()),
        }
    }

    fn encoding(&self) -> Encoding {
        self.settings.encoding
    }
}

fn parameters<N: lsp_types::notification::Notification>(notification: Notification) -> Option<N::Params>
where
    N::Params: DeserializeOwned,
{
    serde_json::from_value(notification.params).ok()
}
