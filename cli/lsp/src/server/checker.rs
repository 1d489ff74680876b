//! The thread that runs the compiler and the tests, so that no answer waits for them.

use crate::files::{RunTests, TestOutcome};
use atbac_compiler::pipeline::{self, Checked, Refused, SourceFile};
use atbac_grammar::span::FileId;
use crossbeam_channel::{Receiver, Sender, unbounded};
use lsp_server::RequestId;
use std::collections::{HashMap, VecDeque};
use std::thread;

/// Bundles to look at: their documents, with the texts that these have.
pub(super) struct Job {
    /// The number of changes that the texts are of.
    pub(super) changes: u64,
    pub(super) bundles: Vec<(Vec<FileId>, Vec<SourceFile>)>,
}

enum Task {
    Check(Job),
    Test { request: RequestId, files: Vec<SourceFile>, name: String },
}

/// What came of a task.
pub(super) enum Done {
    Checked { files: Vec<FileId>, changes: u64, result: Box<Result<Checked, Refused>> },
    Tested { request: RequestId, result: Result<Vec<TestOutcome>, String> },
}

/// The thread's other end.
pub(super) struct Checker {
    tasks: Sender<Task>,
    pub(super) results: Receiver<Done>,
    /// The number of changes of the last job.
    asked: Option<u64>,
    /// Of each document, the number of changes when it was last looked at.
    seen: HashMap<FileId, u64>,
}

impl Checker {
    /// Starts the thread; it ends with this value.
    pub(super) fn start(run_tests: Box<RunTests>) -> Self {
        let (tasks, todo) = unbounded();
        let (done, results) = unbounded();
        thread::spawn(move || work(&todo, &done, &run_tests));
        Checker { tasks, results, asked: None, seen: HashMap::new() }
    }

    /// Looks at bundles; what was to be looked at before is superseded.
    pub(super) fn check(&mut self, job: Job) {
        self.asked = Some(job.changes);
        // A thread that is gone gives no results, and the client is told nothing new.
        let _ = self.tasks.send(Task::Check(job));
    }

    /// Runs the tests of a bundle that have a name.
    pub(super) fn test(&self, request: RequestId, files: Vec<SourceFile>, name: String) {
        let _ = self.tasks.send(Task::Test { request, files, name });
    }

    /// Whether it looks at texts of this number of changes, or did.
    pub(super) fn is_asked(&self, changes: u64) -> bool {
        self.asked == Some(changes)
    }

    /// The least number of changes at which one of these was looked at; nothing where one never was.
    pub(super) fn seen(&self, files: &[FileId]) -> Option<u64> {
        files.iter().map(|id| self.seen.get(id).copied()).min().flatten()
    }

    /// They were looked at.
    pub(super) fn saw(&mut self, files: &[FileId], changes: u64) {
        self.seen.extend(files.iter().map(|id| (*id, changes)));
    }
}

fn work(todo: &Receiver<Task>, done: &Sender<Done>, run_tests: &RunTests) {
    let mut waiting: VecDeque<Task> = VecDeque::new();
    while let Some(task) = waiting.pop_front().or_else(|| todo.recv().ok()) {
        match task {
            Task::Check(job) => {
                for (files, sources) in job.bundles {
                    waiting.extend(todo.try_iter());
                    // A later job is of newer texts, and has whatever this one leaves undone.
                    if waiting.iter().any(|task| matches!(task, Task::Check(_))) {
                        break;
                    }
                    let result = Box::new(pipeline::parse_at_once(sources).check());
                    if done.send(Done::Checked { files, changes: job.changes, result }).is_err() {
                        return;
                    }
                }
            }
            Task::Test { request, files, name } => {
                let result = run_tests(files, &name);
                if done.send(Done::Tested { request, result }).is_err() {
                    return;
                }
            }
        }
    }
}
