//! Doing something again whenever files change.

use crate::failure::{Failure, UNREADABLE};
use notify::{EventKind, RecursiveMode, Watcher};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

/// How long files must stay as they are before it is done again: an editor writes a file in several steps.
const QUIET: Duration = Duration::from_millis(100);

/// Does it now, and again after every change of what lies at `paths`, until the process ends. Changes of `written` are what it does itself.
///
/// # Errors
/// [`Failure`] when the files cannot be watched.
pub(crate) fn on_changes(paths: &[PathBuf], written: &[&Path], mut act: impl FnMut()) -> Result<(), Failure> {
    let (sender, changes) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(sender).map_err(|error| unwatched(&error))?;
    for path in paths {
        // Editors put another file in the place of one, so it is its folder that is watched.
        let folder = if path.is_dir() {
            path
        } else {
            path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
        };
        watcher.watch(folder, RecursiveMode::Recursive).map_err(|error| unwatched(&error))?;
    }
    loop {
        act();
        // Ends with the watcher, which lives as long as this.
        while let Ok(change) = changes.recv() {
            if change
                .is_ok_and(|event| !matches!(event.kind, EventKind::Access(_)) && !is_written(&event.paths, written))
            {
                break;
            }
        }
        while changes.recv_timeout(QUIET).is_ok() {}
    }
}

/// Whether a change is of nothing but these files.
fn is_written(changed: &[PathBuf], written: &[&Path]) -> bool {
    let is_same = |one: &Path, other: &Path| match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        (Ok(_) | Err(_), _) => false,
    };
    changed.iter().all(|changed| written.iter().any(|written| is_same(changed, written)))
}

fn unwatched(error: &notify::Error) -> Failure {
    Failure::new(UNREADABLE, format!("the policies cannot be watched: {}", error.to_string().to_lowercase()))
}
