//! Where things stand in source text.
//!
//! A [`Span`] is a byte range of one file of a [`SourceMap`]. Spans are small and `Copy`, so every node of the tree and every rule of a
//! compiled policy can carry one: a denial at run time still points at the `require` line that failed.

use std::fmt;
use std::sync::Arc;

/// The index of a file in its [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A half-open range of bytes, `start..end`, in one file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file the range is in.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset just past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        // `SourceMap::add` admits no file longer than `MAX_FILE_BYTES`, which fits; saturating keeps even a wrong caller harmless.
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { file, start: clamp(start), end: clamp(end) }
    }

    /// The smallest span that covers both; `other` must be of the same file.
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}..{}", self.file.0, self.start, self.end)
    }
}

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> Node<T> {
    /// `value`, written at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Node { value, span }
    }
}

/// The longest source file accepted, in bytes. Policies are written by people: this leaves room for generated ones.
pub const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;

/// One source file.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name diagnostics show: a path, or `std.snp` for the standard library.
    pub name: String,
    /// The whole text.
    pub text: Arc<str>,
    /// Byte offset at which each line begins.
    line_starts: Vec<u32>,
}

/// A line and column, both counted from 1; columns count characters, not bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Source {
    fn new(name: String, text: Arc<str>) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at as u32 + 1)).collect();
        Source { name, text, line_starts }
    }

    /// The line and column of a byte offset; an offset past the end is at the end.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line_starts.partition_point(|&start| start <= offset).max(1);
        let start = self.line_starts[line - 1] as usize;
        let upto = self.text.get(start..(offset as usize).min(self.text.len())).unwrap_or("");
        Position { line, column: upto.chars().count() + 1 }
    }
}

/// Every file of one compilation, in the order they were added.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<Source>,
}

impl SourceMap {
    /// Adds a file and gives its id.
    ///
    /// # Errors
    /// The text's length in bytes, when it is over [`MAX_FILE_BYTES`].
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> Result<FileId, usize> {
        let text = text.into();
        if text.len() > MAX_FILE_BYTES {
            return Err(text.len());
        }
        let id = FileId(self.files.len() as u32);
        self.files.push(Source::new(name.into(), text));
        Ok(id)
    }

    /// The file with this id. The id must come from this map.
    pub fn get(&self, id: FileId) -> &Source {
        &self.files[id.0 as usize]
    }

    /// The text under a span.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// Every file with its id.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files.iter().enumerate().map(|(at, source)| (FileId(at as u32), source))
    }
}
