//! Which policies are one bundle.
//!
//! The command is told what to check; an editor has to find out. Where the client names bundles (`bundles` in its settings: files or folders),
//! those are the bundles, and they hold what `atbac check` finds there. Otherwise policies belong together when they
//!
//! - lie in one folder,
//! - are of one package, and the folder of one lies in the folder of the other, or
//! - use one another's packages; where several folders have a package of the name, the nearest is meant.
//!
//! So copies of a policy for several environments stay apart. A file outside of all folders of the workspace belongs together with those beside it, and a
//! document that is no file stands alone.

use super::Document;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// Which folders belong together.
pub(super) struct Together<'a> {
    /// The packages declared in each folder, and those used.
    folders: BTreeMap<&'a Path, (BTreeSet<String>, BTreeSet<String>)>,
}

impl<'a> Together<'a> {
    pub(super) fn new(documents: impl Iterator<Item = &'a Document>) -> Self {
        let mut folders: BTreeMap<&Path, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
        for document in documents {
            let Some(folder) = document.path.as_deref().and_then(Path::parent) else { continue };
            let (declared, used) = folders.entry(folder).or_default();
            declared.extend(document.package());
            used.extend(document.uses().filter(|package| package != "std" && !package.starts_with("std.")));
        }
        Together { folders }
    }

    /// Every folder that belongs together with one.
    pub(super) fn with(&self, folder: &'a Path) -> BTreeSet<&'a Path> {
        let mut neighbours: BTreeMap<&Path, BTreeSet<&Path>> = BTreeMap::new();
        for (one, other) in self.pairs() {
            neighbours.entry(one).or_default().insert(other);
            neighbours.entry(other).or_default().insert(one);
        }
        let mut reached = BTreeSet::from([folder]);
        let mut waiting = vec![folder];
        while let Some(next) = waiting.pop() {
            for other in neighbours.get(next).into_iter().flatten() {
                if reached.insert(other) {
                    waiting.push(other);
                }
            }
        }
        reached
    }

    fn pairs(&self) -> Vec<(&'a Path, &'a Path)> {
        let mut pairs = Vec::new();
        let mut declaring: HashMap<&str, Vec<&'a Path>> = HashMap::new();
        for (folder, (declared, _)) in &self.folders {
            for package in declared {
                declaring.entry(package).or_default().push(folder);
            }
            for above in folder.ancestors().skip(1) {
                if let Some((known, (others, _))) = self.folders.get_key_value(above)
                    && !declared.is_disjoint(others)
                {
                    pairs.push((*folder, *known));
                }
            }
        }
        for (folder, (declared, used)) in &self.folders {
            for package in used.difference(declared) {
                let candidates = declaring.get(package.as_str()).into_iter().flatten();
                let nearness =
                    |other: &Path| folder.components().zip(other.components()).take_while(|(a, b)| a == b).count();
                let nearest = candidates.clone().map(|other| nearness(other)).max();
                pairs
                    .extend(candidates.filter(|other| Some(nearness(other)) == nearest).map(|other| (*folder, *other)));
            }
        }
        pairs
    }
}
