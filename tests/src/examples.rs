//! The examples' files: sessions over genuine evidence, calls, reference values and the decisions that must come out.

use crate::evidence::{Evidence, verify_quote, verify_snp};
use crate::files::{read, read_text, repository, with_extension};
use crate::twins::{TwinCall, TwinSession, Twins, set_all};
use atbac_engine::evidence::dcap::IntelRoot;
use atbac_engine::evidence::snp::{AmdRoots, Chain, Revocation};
use atbac_engine::{Fields, InputError, SourceFile};
use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use std::fs;
use std::path::{Path, PathBuf};

/// An example: its folder, and its policy on both executions.
pub struct Example {
    folder: PathBuf,
    /// The policy's files.
    pub files: Vec<SourceFile>,
    /// The policy.
    pub twins: Twins,
}

/// What is known when a session opens: its evidence verified, its other fields as they stand in the file.
pub struct Opening {
    /// The request.
    pub request: String,
    /// When it opens.
    pub at: Timestamp,
    principal: Evidence,
    values: Map<String, Json>,
}

/// The names of all examples: folders of `examples/` with policies in them.
pub fn names() -> Vec<String> {
    let holds_policies = |folder: &Path| {
        let files = fs::read_dir(folder).into_iter().flatten();
        files.map(|file| file.unwrap().path()).any(|file| file.extension().is_some_and(|found| found == "atbac"))
    };
    let folders = fs::read_dir(repository().join("examples")).unwrap().map(|folder| folder.unwrap());
    let with_policies = folders.filter(|folder| holds_policies(&folder.path()));
    let mut names: Vec<String> = with_policies.map(|folder| folder.file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() >= 8, "only {names:?}");
    names
}

impl Opening {
    /// The verified evidence.
    pub fn evidence(&self) -> &Evidence {
        &self.principal
    }

    /// Sets every field.
    ///
    /// # Errors
    /// The first that does not fit.
    pub fn set(&self, fields: Fields) -> Result<Fields, InputError> {
        set_all(self.principal.set(fields, "principal")?, &self.values)
    }
}

impl Example {
    /// The example in this folder of `examples/`.
    pub fn open(name: &str) -> Self {
        let folder = repository().join("examples").join(name);
        let file = |path: &PathBuf| SourceFile { name: path.display().to_string(), text: read_text(path) };
        let files: Vec<SourceFile> = with_extension(&folder, "atbac").iter().map(file).collect();
        Example { twins: Twins::open(&files), files, folder }
    }

    /// A JSON file of the example.
    pub fn json(&self, path: &str) -> Json {
        serde_json::from_slice(&self.bytes(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The bytes of a file of the example.
    pub fn bytes(&self, path: &str) -> Vec<u8> {
        read(&self.folder.join(path))
    }

    /// Puts the reference values of a file in force.
    pub fn load_references(&self, path: &str) {
        self.twins.swap_references(&self.json(path)["references"]);
    }

    /// What a session file describes; verifies its evidence.
    pub fn opening(&self, path: &str) -> Opening {
        let file = self.json(path);
        let at: Timestamp = file["opened_at"].as_str().unwrap().parse().unwrap();
        let mut values = file["session"].as_object().unwrap().clone();
        let principal = self.verify(&values.remove("principal").unwrap(), at);
        Opening { request: file["request"].as_str().unwrap().to_owned(), at, principal, values }
    }

    /// Opens the session that a file describes.
    pub fn open_session(&self, path: &str) -> TwinSession {
        let opening = self.opening(path);
        let opened = self.twins.open_session(&opening.request, opening.at, |fields| opening.set(fields));
        opened.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Makes the call that a file describes.
    pub fn call(&self, session: &TwinSession, path: &str) -> TwinCall {
        let values: Map<String, Json> = self.json(path).as_object().unwrap().clone();
        session.call(|fields| set_all(fields, &values)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn verify(&self, files: &Json, now: Timestamp) -> Evidence {
        let bytes = |key: &str| self.bytes(files[key].as_str().unwrap());
        match files["evidence"].as_str().unwrap() {
            "snp" => {
                let (report, vek) = (bytes("report"), bytes("vek"));
                verify_snp(&report, &vek, Chain::BuiltIn, Revocation::NotChecked, AmdRoots::built_in(), now)
            }
            "tdx" => verify_quote(false, &bytes("quote"), &bytes("collateral"), IntelRoot::built_in(), now),
            other => panic!("no evidence is `{other}`"),
        }
    }
}
