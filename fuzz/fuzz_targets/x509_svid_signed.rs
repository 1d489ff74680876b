//! SPIFFE certificates of any content under good signatures: what is accepted names a workload of the trust domain.

#![no_main]

use atbac_evidence::Claim;
use atbac_fuzz::edit::Edit;
use atbac_fuzz::svid::GOOD;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Change {
    Extension(u8, Edit),
    Critical(u8, bool),
    Remove(u8),
    Repeat(u8),
    Version(u8),
    Serial(Vec<u8>),
    Subject(String),
    Issuer(String),
}

fuzz_target!(|changes: Vec<(u8, Change)>| {
    let mut forgery = GOOD.clone();
    for (which, change) in changes {
        let certificate = &mut forgery.0[usize::from(which) % 3].0;
        let count = certificate.extensions.len().max(1);
        let at = |which: u8| usize::from(which) % count;
        match change {
            Change::Version(version) => certificate.version = version % 4,
            Change::Serial(serial) => certificate.serial = serial,
            Change::Subject(subject) => certificate.subject = subject,
            Change::Issuer(issuer) => certificate.issuer = issuer,
            _ if certificate.extensions.is_empty() => {}
            Change::Extension(which, edit) => edit.apply(&mut certificate.extensions[at(which)].value),
            Change::Critical(which, critical) => certificate.extensions[at(which)].critical = critical,
            Change::Remove(which) => drop(certificate.extensions.remove(at(which))),
            Change::Repeat(which) => {
                let extension = certificate.extensions[at(which)].clone();
                certificate.extensions.push(extension);
            }
        }
    }
    if let Ok(claims) = forgery.verify() {
        let Some(Claim::Text(name)) = claims.get("spiffe_id") else {
            panic!("no name");
        };
        assert!(name.starts_with("spiffe://example.org/"), "{name}");
        let bytes = name.as_bytes();
        let leaf = &forgery.0[0].0;
        assert!(leaf.extensions.iter().any(|extension| extension.value.ends_with(bytes)
            || extension.value.windows(bytes.len()).any(|window| window == bytes)));
    }
});
