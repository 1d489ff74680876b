//! Rules as data: what every engine is given to write down in its own way.

/// A policy: it permits a call when every condition holds. What is `None` or empty, it does not ask.
#[derive(Debug, Clone)]
pub(crate) struct Permit {
    /// Its name, unique in the workload.
    pub(crate) name: String,
    /// Whether only AMD SEV-SNP will do. The other workloads know nothing else.
    pub(crate) only_snp: bool,
    /// Which tools it is about.
    pub(crate) tool: Tool,
    /// The actions that it permits; any, if empty.
    pub(crate) actions: Vec<&'static str>,
    /// The tenant that it is for.
    pub(crate) tenant: Option<String>,
    /// The resource that it is about.
    pub(crate) resource: Option<&'static str>,
    /// The least and the greatest amount.
    pub(crate) amount: Option<(i64, i64)>,
    /// The measurements of which the session must have one.
    pub(crate) measurements: [[u8; 48]; 4],
    /// The least security version.
    pub(crate) least_svn: Option<i64>,
    /// The least firmware, part by part.
    pub(crate) least_tcb: Option<[u8; 4]>,
    /// The environments in which it applies; any, if empty.
    pub(crate) environments: Vec<&'static str>,
    /// The evidence is younger than so many seconds. Nor may the host be able to debug the guest, whatever the rule.
    pub(crate) age_below: i64,
}

/// Which tools a policy is about.
#[derive(Debug, Clone)]
pub(crate) enum Tool {
    /// All.
    Any,
    /// The one with this name.
    Named(String),
    /// Those whose names look like this.
    Like(Glob),
}

/// `first.*` or `first.*.last`.
#[derive(Debug, Clone)]
pub(crate) struct Glob {
    /// How the name begins, with the dot: `crm.`.
    pub(crate) first: String,
    /// How it ends, with the dot: `.read`.
    pub(crate) last: Option<&'static str>,
}

impl Glob {
    /// Whether a name looks like this. Both dots must be there, so the name is at least as long as both ends.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let Some(rest) = name.strip_prefix(self.first.as_str()) else {
            return false;
        };
        self.last.is_none_or(|last| rest.ends_with(last))
    }

    /// Written with `*`.
    pub(crate) fn pattern(&self) -> String {
        format!("{}*{}", self.first, self.last.unwrap_or_default())
    }
}

/// One tool may not be written to in production unless a person approved.
#[derive(Debug, Clone)]
pub(crate) struct Forbid {
    /// Its name, unique in the workload.
    pub(crate) name: String,
    /// The tool.
    pub(crate) tool: String,
}
