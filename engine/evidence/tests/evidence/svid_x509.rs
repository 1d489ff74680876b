//! X.509-SVIDs: chains forged so that one thing about them is wrong.

use atbac_evidence::svid::TrustDomain;
use atbac_evidence::svid::x509::{Bundle, Evidence, Verifier, X509Svid};
use atbac_evidence::{Refusal, Verified};
use atbac_simulation::{Certificate, EcKey, Extension, Key, der};
use aws_lc_rs::digest;
use serde_json::json;

use crate::files::at;
use crate::tokens::now;

const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const KEY_USAGE: &str = "2.5.29.15";
const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
const NAMES: &str = "2.5.29.17";
const NAME_CONSTRAINTS: &str = "2.5.29.30";

/// Key usage by its bits (RFC 5280 section 4.2.1.3): bit 0 is the highest.
const DIGITAL_SIGNATURE: u8 = 1 << 7;
const KEY_ENCIPHERMENT: u8 = 1 << 5;
const CERT_SIGN: u8 = 1 << 2;
const CRL_SIGN: u8 = 1 << 1;

/// A certificate without extensions, of and by `name`.
pub(crate) fn certificate(name: &str, key: &Key) -> Certificate {
    Certificate {
        serial: vec![0x4F, 0x3A, 0x1C],
        issuer: name.to_owned(),
        subject: name.to_owned(),
        not_before: at("2026-06-30T11:00:00Z"),
        not_after: at("2026-06-30T13:00:00Z"),
        endless: false,
        key: key.clone(),
        extensions: vec![],
        version: 2,
        inner_algorithm: None,
        outer_algorithm: None,
    }
}

/// Alternative names: tag 6 for URIs, 2 for DNS (RFC 5280 section 4.2.1.6).
fn names(names: &[(u8, &str)]) -> Extension {
    let names: Vec<Vec<u8>> = names.iter().map(|(tag, name)| der::tlv(0x80 | tag, name.as_bytes())).collect();
    Extension::new(NAMES, der::sequence(&names))
}

fn purposes(oids: &[&str]) -> Extension {
    let oids: Vec<Vec<u8>> = oids.iter().map(|oid| der::oid(oid)).collect();
    Extension::new(EXTENDED_KEY_USAGE, der::sequence(&oids))
}

const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";

/// A chain root → intermediate → workload, each of which a test may change.
struct Forgery {
    root: Certificate,
    intermediate: Certificate,
    leaf: Certificate,
    /// Who signs: the root's own key, and the intermediate's, unless a test says otherwise.
    root_signer: Key,
    intermediate_signer: Key,
}

impl Forgery {
    fn new() -> Self {
        let [root_key, intermediate_key, leaf_key] = [(); 3].map(|()| Key::Ec(EcKey::p256()));
        let mut root = certificate("Acme Root", &root_key);
        root.not_after = at("2030-01-01T00:00:00Z");
        root.extensions = vec![Extension::authority(1), Extension::key_usage(CERT_SIGN | CRL_SIGN)];
        let mut intermediate = certificate("Acme Intermediate", &intermediate_key);
        intermediate.issuer = root.subject.clone();
        intermediate.not_after = at("2026-06-30T12:45:00Z");
        intermediate.extensions =
            vec![Extension::authority(0), Extension::key_usage(CERT_SIGN), names(&[(6, "spiffe://acme.example")])];
        let mut leaf = certificate("", &leaf_key);
        leaf.issuer = intermediate.subject.clone();
        leaf.subject = "approver".to_owned();
        leaf.extensions = vec![
            Extension::key_usage(DIGITAL_SIGNATURE | KEY_ENCIPHERMENT),
            purposes(&[SERVER_AUTH, CLIENT_AUTH]),
            names(&[(2, "approver.acme.example"), (6, "spiffe://acme.example/agent/approver")]),
        ];
        Self { root_signer: root_key, intermediate_signer: intermediate_key, root, intermediate, leaf }
    }

    fn verify(&self) -> Result<Verified<X509Svid>, Refusal> {
        self.verify_under(&self.root.sign(&self.root.key))
    }

    fn verify_under(&self, root: &[u8]) -> Result<Verified<X509Svid>, Refusal> {
        let intermediate = self.intermediate.sign(&self.root_signer);
        let leaf = self.leaf.sign(&self.intermediate_signer);
        let bundle = Bundle::new(TrustDomain::new("acme.example").unwrap(), root)?;
        Verifier::new(bundle).verify(&Evidence { chain: &[&leaf, &intermediate] }, now())
    }

    fn code(change: impl Fn(&mut Forgery)) -> &'static str {
        let mut forgery = Forgery::new();
        change(&mut forgery);
        forgery.verify().map_or_else(|refusal| refusal.code(), |_| "verified")
    }
}

/// Puts `extension` in the place of the one of its kind.
fn replace(certificate: &mut Certificate, extension: Extension) {
    certificate.remove_extension(&extension.oid);
    certificate.extensions.push(extension);
}

#[test]
fn a_workload_is_named() {
    let forgery = Forgery::new();
    let root = forgery.root.sign(&forgery.root.key);
    let verified = forgery.verify_under(&root).unwrap();
    let key_digest = hex::encode(digest::digest(&digest::SHA256, &forgery.leaf.key.spki()));
    assert_eq!(
        serde_json::to_value(verified.claims()).unwrap(),
        json!({
            "spiffe_id": "spiffe://acme.example/agent/approver",
            "trust_domain": "acme.example",
            "key_digest": key_digest,
            "dns_names": ["approver.acme.example"],
            "serial_number": "4f3a1c",
            "not_before": "2026-06-30T11:00:00Z",
            "verified_at": "2026-06-30T12:00:00Z",
            "expires_at": "2026-06-30T12:45:00Z",
        })
    );
    let identity = verified.trust_root().identity();
    assert_eq!(identity.common_name, "CN=Acme Root,O=atbac development");
    assert_eq!(identity.sha256.as_slice(), digest::digest(&digest::SHA256, &root).as_ref());
}

#[test]
fn a_leaf_is_a_workloads() {
    let leaf = |change: &dyn Fn(&mut Certificate)| Forgery::code(|forgery| change(&mut forgery.leaf));
    let named = |list: &[(u8, &str)]| leaf(&|leaf| replace(leaf, names(list)));
    assert_eq!(leaf(&|_| {}), "verified");
    assert_eq!(named(&[(6, "spiffe://acme.example/a")]), "verified");
    assert_eq!(named(&[(6, "spiffe://acme.example/a"), (6, "spiffe://acme.example/b")]), "svid_names");
    assert_eq!(named(&[(6, "spiffe://acme.example/a"), (6, "https://acme.example/b")]), "svid_names");
    assert_eq!(named(&[(2, "approver.acme.example")]), "svid_names");
    assert_eq!(leaf(&|leaf| leaf.remove_extension(NAMES)), "svid_names");
    assert_eq!(named(&[(6, "https://acme.example/a")]), "spiffe_id");
    assert_eq!(named(&[(6, "spiffe://acme.example")]), "spiffe_id");
    assert_eq!(named(&[(6, "spiffe://other.example/a")]), "svid_trust_domain");

    let used = |bits: u8| leaf(&|leaf| replace(leaf, Extension::key_usage(bits)));
    assert_eq!(used(DIGITAL_SIGNATURE), "verified");
    assert_eq!(used(KEY_ENCIPHERMENT), "svid_constraints");
    assert_eq!(used(DIGITAL_SIGNATURE | CERT_SIGN), "svid_constraints");
    assert_eq!(used(DIGITAL_SIGNATURE | CRL_SIGN), "svid_constraints");
    assert_eq!(leaf(&|leaf| leaf.remove_extension(KEY_USAGE)), "svid_constraints");
    assert_eq!(leaf(&|leaf| leaf.extension(KEY_USAGE).critical = false), "svid_constraints");

    assert_eq!(leaf(&|leaf| leaf.remove_extension(EXTENDED_KEY_USAGE)), "verified");
    assert_eq!(leaf(&|leaf| replace(leaf, purposes(&[CLIENT_AUTH]))), "svid_constraints");
    assert_eq!(leaf(&|leaf| replace(leaf, purposes(&[SERVER_AUTH]))), "svid_chain");

    // An authority is none, even where its path length allows it beneath the intermediate.
    let authority = Forgery::code(|forgery| {
        replace(&mut forgery.root, Extension::authority(3));
        replace(&mut forgery.intermediate, Extension::authority(2));
        forgery.leaf.extensions.push(Extension::authority(1));
    });
    assert_eq!(authority, "svid_chain");
    let not_authority = Extension::critical(BASIC_CONSTRAINTS, der::sequence(&[]));
    assert_eq!(leaf(&|leaf| leaf.extensions.push(not_authority.clone())), "verified");
    assert_eq!(leaf(&|leaf| leaf.extensions.push(Extension::critical("1.2.3.4", der::null()))), "svid_chain");
    assert_eq!(leaf(&|leaf| leaf.extensions.push(Extension::new("1.2.3.4", der::null()))), "verified");
    assert_eq!(leaf(&|leaf| leaf.version = 1), "svid_malformed");
}

#[test]
fn everything_on_the_path_is_valid() {
    let now = now();
    let (later, long_ago) = (at("2026-06-30T12:00:01Z"), at("2026-06-30T10:00:00Z"));
    assert_eq!(Forgery::code(|forgery| forgery.leaf.not_after = now), "svid_expired");
    assert_eq!(Forgery::code(|forgery| forgery.leaf.not_after = later), "verified");
    assert_eq!(Forgery::code(|forgery| forgery.leaf.not_before = later), "svid_not_yet_valid");
    assert_eq!(Forgery::code(|forgery| forgery.leaf.not_before = now), "verified");
    assert_eq!(Forgery::code(|forgery| forgery.intermediate.not_after = now), "svid_expired");
    assert_eq!(Forgery::code(|forgery| forgery.intermediate.not_after = long_ago), "svid_chain");
    assert_eq!(Forgery::code(|forgery| forgery.intermediate.not_before = later), "svid_chain");
    assert_eq!(Forgery::code(|forgery| forgery.root.not_after = now), "svid_expired");
    assert_eq!(Forgery::code(|forgery| forgery.root.not_before = later), "svid_not_yet_valid");
}

#[test]
fn everything_above_is_an_authority() {
    let intermediate = |change: &dyn Fn(&mut Certificate)| Forgery::code(|forgery| change(&mut forgery.intermediate));
    assert_eq!(intermediate(&|it| it.remove_extension(BASIC_CONSTRAINTS)), "svid_chain");
    assert_eq!(intermediate(&|it| replace(it, Extension::key_usage(DIGITAL_SIGNATURE))), "svid_constraints");
    assert_eq!(intermediate(&|it| it.remove_extension(KEY_USAGE)), "svid_constraints");
    assert_eq!(intermediate(&|it| replace(it, names(&[(6, "spiffe://acme.example/a")]))), "svid_constraints");
    assert_eq!(intermediate(&|it| replace(it, names(&[(6, "https://acme.example")]))), "spiffe_id");
    assert_eq!(intermediate(&|it| replace(it, purposes(&[SERVER_AUTH]))), "svid_chain");

    // RFC 5280 section 4.2.1.10: names outside are refused, and constraints on URIs, which nothing here evaluates.
    let permitted = |tag: u8, name: &str| {
        let subtree = der::sequence(&[der::tlv(0x80 | tag, name.as_bytes())]);
        Extension::critical(NAME_CONSTRAINTS, der::sequence(&[der::explicit(0, &subtree)]))
    };
    assert_eq!(intermediate(&|it| it.extensions.push(permitted(2, "acme.example"))), "verified");
    assert_eq!(intermediate(&|it| it.extensions.push(permitted(2, "other.example"))), "svid_chain");
    assert_eq!(intermediate(&|it| it.extensions.push(permitted(6, "acme.example"))), "svid_chain");

    let root = |change: &dyn Fn(&mut Certificate)| Forgery::code(|forgery| change(&mut forgery.root));
    assert_eq!(root(&|root| root.remove_extension(BASIC_CONSTRAINTS)), "svid_constraints");
    assert_eq!(root(&|root| replace(root, Extension::key_usage(CRL_SIGN))), "svid_constraints");
    assert_eq!(root(&|root| root.subject = "Another Root".to_owned()), "svid_untrusted");
    assert_eq!(root(&|root| root.key = Key::Ec(EcKey::p256())), "svid_chain");
}

#[test]
fn every_signature_is_checked() {
    let stranger = || Key::Ec(EcKey::p256());
    assert_eq!(Forgery::code(|forgery| forgery.root_signer = stranger()), "svid_chain");
    assert_eq!(Forgery::code(|forgery| forgery.intermediate_signer = stranger()), "svid_chain");
    assert_eq!(Forgery::code(|forgery| forgery.leaf.issuer = "Somebody".to_owned()), "svid_untrusted");
}

#[test]
fn a_path_is_no_longer_than_its_authorities_allow() {
    // A second intermediate below one whose path length is 0.
    let forgery = Forgery::new();
    let key = Key::Ec(EcKey::p256());
    let mut second = certificate("Second", &key);
    second.issuer = forgery.intermediate.subject.clone();
    second.extensions = vec![Extension::authority(0), Extension::key_usage(CERT_SIGN)];
    let mut leaf = forgery.leaf.clone();
    leaf.issuer = second.subject.clone();
    let verify = |intermediate: &Certificate, root: &Certificate| {
        let chain = [leaf.sign(&key), second.sign(&forgery.intermediate.key), intermediate.sign(&forgery.root.key)];
        let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
        let trust_domain = TrustDomain::new("acme.example").unwrap();
        let verifier = Verifier::new(Bundle::new(trust_domain, &root.sign(&forgery.root.key)).unwrap());
        verifier.verify(&Evidence { chain: &chain }, now()).map_or_else(|refusal| refusal.code(), |_| "verified")
    };
    assert_eq!(verify(&forgery.intermediate, &forgery.root), "svid_chain");
    let mut longer = forgery.intermediate.clone();
    replace(&mut longer, Extension::authority(1));
    let mut root = forgery.root.clone();
    replace(&mut root, Extension::authority(2));
    assert_eq!(verify(&longer, &root), "verified");
    // The trust domain's own certificate counts as well.
    replace(&mut root, Extension::authority(1));
    assert_eq!(verify(&longer, &root), "svid_constraints");
}

#[test]
fn a_chain_is_bounded() {
    let forgery = Forgery::new();
    let root = forgery.root.sign(&forgery.root.key);
    let verifier = Verifier::new(Bundle::new(TrustDomain::new("acme.example").unwrap(), &root).unwrap());
    let code = |chain: &[&[u8]]| {
        verifier.verify(&Evidence { chain }, now()).map_or_else(|refusal| refusal.code(), |_| "verified")
    };
    let leaf = forgery.leaf.sign(&forgery.intermediate_signer);
    let intermediate = forgery.intermediate.sign(&forgery.root_signer);
    assert_eq!(code(&[]), "svid_certificates");
    assert_eq!(code(&[&leaf]), "svid_untrusted");
    let mut chain: Vec<&[u8]> = vec![&leaf];
    chain.resize(8, &intermediate);
    assert_eq!(code(&chain), "verified");
    chain.push(&intermediate);
    assert_eq!(code(&chain), "svid_certificates");
    assert_eq!(code(&[b"no certificate", &intermediate]), "svid_malformed");
    assert_eq!(code(&[&leaf, b"no certificate"]), "svid_chain");
    assert_eq!(code(&[&leaf, &vec![0x30; 16 * 1024 + 1]]), "input_too_large");
}

/// Every flipped bit of the workload's certificate is refused, or read for what it was signed as.
#[test]
fn nothing_in_a_certificate_can_be_changed() {
    let forgery = Forgery::new();
    let root = forgery.root.sign(&forgery.root.key);
    let verifier = Verifier::new(Bundle::new(TrustDomain::new("acme.example").unwrap(), &root).unwrap());
    let leaf = forgery.leaf.sign(&forgery.intermediate_signer);
    let intermediate = forgery.intermediate.sign(&forgery.root_signer);
    for at in 0..leaf.len() {
        for bit in 0..8 {
            let mut changed = leaf.clone();
            changed[at] ^= 1 << bit;
            let verdict = verifier.verify(&Evidence { chain: &[&changed, &intermediate] }, now());
            assert!(verdict.is_err(), "byte {at}, bit {bit}");
        }
    }
}

/// A workload's certificate that is larger, or of more values, than any genuine one is not read, whatever is in it.
#[test]
fn a_certificate_is_bounded() {
    let with = |extensions: Vec<Extension>| Forgery::code(|forgery| forgery.leaf.extensions.extend(extensions.clone()));
    assert_eq!(with(vec![Extension::new("1.2.3", vec![0; 1000])]), "verified");
    assert_eq!(with(vec![Extension::new("1.2.3", vec![0; 16 * 1024])]), "input_too_large");
    let many = (0..90).map(|arc| Extension::new(&format!("1.2.3.{arc}"), vec![])).collect();
    assert_eq!(with(many), "svid_malformed");
}

/// What is no authority is not trusted in the first place, and no bundle has more than a trust domain does.
#[test]
fn a_bundle_is_of_authorities() {
    let domain = || TrustDomain::new("acme.example").unwrap();
    let forgery = Forgery::new();
    let mut root = forgery.root.clone();
    let end_entity = der::sequence(&[]);
    root.extension(BASIC_CONSTRAINTS).value = end_entity;
    let refusal = Bundle::new(domain(), &root.sign(&root.key)).unwrap_err();
    assert_eq!(refusal.code(), "svid_constraints");

    let root = forgery.root.sign(&forgery.root.key);
    let bundle = |count| Bundle::new(domain(), atbac_simulation::pem(&vec![root.as_slice(); count]).as_bytes());
    bundle(16).unwrap();
    assert_eq!(bundle(17).unwrap_err().code(), "svid_certificates");
}
