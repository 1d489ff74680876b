//! The floors of an imported package: the strongest that the source's own conditions meet.
//!
//! No format has floors, and a package that demands more than its source asks for would not compile. So the compiler is asked, strongest first.

/// Floors of a package, and what they leave out.
pub(crate) struct Floors {
    /// The declaration, or nothing for the language's default.
    pub(crate) declaration: String,
    /// What the source does not ask about; nothing where it asks about code and platform.
    pub(crate) missing: Option<&'static str>,
}

/// The floors to try, strongest first.
pub(crate) fn candidates(provenance: &str) -> Vec<Floors> {
    let both = match provenance {
        "attested" => String::new(),
        _ => format!("floor code_identity: {provenance}, platform_health: {provenance};"),
    };
    let one =
        |kind: &str, missing| Floors { declaration: format!("floor {kind}: {provenance};"), missing: Some(missing) };
    vec![
        Floors { declaration: both, missing: None },
        one("code_identity", "the platform's health"),
        one("platform_health", "which code runs"),
        one("workload_identity", "which code runs and the platform's health"),
        one("circumstance", "which code runs and the platform's health"),
        Floors {
            declaration: "floor circumstance: asserted;".to_owned(),
            missing: Some("anything that evidence says, on every path"),
        },
    ]
}
