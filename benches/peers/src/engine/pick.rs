//! What a host does that knows which rules are about which tool: it asks only those.

use crate::workload::Workload;
use crate::workload::rule::{Permit, Tool};
use std::collections::HashMap;

/// By tool, the position of its permit and of its forbid.
pub(super) struct Picks(HashMap<String, (usize, Option<usize>)>);

impl Picks {
    /// The rules of W2, each of which names one tool.
    pub(super) fn new(workload: &Workload) -> Self {
        let permits = workload.permits.iter().enumerate();
        let mut by_tool: HashMap<_, _> =
            permits.map(|(at, permit)| (tool_name(permit).to_owned(), (at, None))).collect();
        for (at, forbid) in workload.forbids.iter().enumerate() {
            by_tool.get_mut(&forbid.tool).expect("a forbid is about a tool").1 = Some(at);
        }
        Picks(by_tool)
    }

    /// The rules about a tool.
    pub(super) fn about(&self, tool: &str) -> Option<(usize, Option<usize>)> {
        self.0.get(tool).copied()
    }
}

/// The tool that a policy of W2 names.
pub(super) fn tool_name(permit: &Permit) -> &str {
    match &permit.tool {
        Tool::Named(name) => name,
        Tool::Any | Tool::Like(_) => unreachable!("policies of W2 name their tool"),
    }
}

/// Decides: no forbid holds, and some permit does. With picks only the rules about the tool are asked.
pub(super) fn decide<R>(
    permits: &[R],
    forbids: &[R],
    picks: Option<&Picks>,
    tool: &str,
    mut holds: impl FnMut(&R) -> bool,
) -> bool {
    match picks.map(|picks| picks.about(tool)) {
        None => !forbids.iter().any(&mut holds) && permits.iter().any(&mut holds),
        Some(None) => false,
        Some(Some((permit, forbid))) => {
            !forbid.is_some_and(|forbid| holds(&forbids[forbid])) && holds(&permits[permit])
        }
    }
}
