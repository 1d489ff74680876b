//! Our verifier and dcap-qvl on the same evidence: genuine, forged, and changed at random. They accept and refuse the same, and read the
//! same claims, but for the differences that are meant. Those are listed here, and each is shown by name.

use atbac_evidence::dcap::{self, Collateral, IntelRoot};
use atbac_evidence::{Claim, Expected, Refusal};
use atbac_simulation::{MintedQuote, QuoteForgery, der};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::files::{at, genuine};
use crate::oracle;

/// What we let through as a claim, or by the specification, and dcap-qvl refuses: how its text contains it.
const LET_THROUGH: &[(&str, &str)] = &[
    ("SEPT_VE_DISABLE is a claim", "SEPT_VE_DISABLE is not enabled"),
    ("migration is a claim", "TD migration is enabled"),
    ("the quoting enclave's data has any length", "Invalid QE auth data length"),
];

/// What we refuse and dcap-qvl lets through: the code.
const REFUSED: &[(&str, &str)] = &[
    ("bytes after the quote", "quote_trailing_bytes"),
    ("bytes between the parts of the quote, or an outer type that is not 6", "quote_malformed"),
    ("report data of the quoting enclave beyond the hash", "qe_report_data"),
    ("the instant at which a document ends", "collateral_expired"),
    ("lists before their time", "collateral_not_yet_valid"),
    ("the instant at which a certificate ends, and the root's end", "certificate_expired"),
    ("the root before its time", "certificate_not_yet_valid"),
    ("the list of another provisioning enclave", "pce_id_mismatch"),
    ("TCB Info of another version or type", "collateral_unsupported"),
    ("parts of collateral that dcap-qvl does not read", "collateral_malformed"),
    ("items of the certificate that dcap-qvl cuts short or does not read", "pck_extension"),
    (CHAIN, "certificate_chain"),
    ("another root at the end of a chain", "untrusted_root"),
    ("a copy of the root that cannot be read", "pck_chain"),
    ("certificates in the collateral that are not the quote's", "pck_chain_mismatch"),
];

const CHAIN: &str = "a chain in another order, an authority without key usage, or another common name";

/// What came of both verdicts.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// Both verified, with the same claims.
    Verified,
    /// Both refused.
    Refused,
    /// One of each, as is meant under this name.
    Meant(&'static str),
}

/// Evidence for both.
struct Case<'a> {
    quote: &'a [u8],
    collateral: &'a Value,
    root: &'a [u8],
    now: Timestamp,
}

impl<'a> Case<'a> {
    fn of(minted: &'a MintedQuote, now: Timestamp) -> Self {
        Self { quote: &minted.quote, collateral: &minted.collateral, root: &minted.root, now }
    }

    fn ours(&self) -> Result<Claim, Refusal> {
        let collateral = Collateral::from_json(self.collateral.to_string().as_bytes())?;
        let evidence =
            dcap::Evidence { quote: self.quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
        let verifier = dcap::Verifier::new(IntelRoot::given(self.root)?);
        match self.quote.get(4) {
            Some(0) => verifier.verify_sgx(&evidence, self.now).map(|verified| verified.claims()),
            _ => verifier.verify_tdx(&evidence, self.now).map(|verified| verified.claims()),
        }
    }

    /// Compares the two verdicts.
    fn compare(&self) -> Outcome {
        match (self.ours(), oracle::verify(self.quote, self.collateral, self.root, self.now)) {
            (Err(_), Err(_)) => Outcome::Refused,
            (Ok(ours), Ok(theirs)) => {
                assert_same(&serde_json::to_value(&ours).unwrap(), &oracle::named(&theirs));
                Outcome::Verified
            }
            (Ok(_), Err(text)) => {
                let meant = LET_THROUGH.iter().find(|(_, theirs)| text.contains(theirs));
                Outcome::Meant(meant.unwrap_or_else(|| panic!("we verify, dcap-qvl refuses: {text}")).0)
            }
            (Err(refusal), Ok(_)) => {
                let meant = REFUSED.iter().find(|(_, code)| refusal.code() == *code);
                Outcome::Meant(meant.unwrap_or_else(|| panic!("dcap-qvl verifies, we refuse: {refusal}")).0)
            }
        }
    }
}

/// Every claim of theirs is ours.
fn assert_same(ours: &Value, theirs: &Value) {
    for (name, expected) in theirs.as_object().unwrap() {
        let found = match expected.get("raw") {
            Some(_) => json!({ "raw": ours[name]["raw"] }),
            None => ours[name].clone(),
        };
        assert_eq!(&found, expected, "{name}");
    }
    assert_eq!(ours["expires_at"], theirs["earliest_expiration"]);
}

/// The genuine evidence that is kept, with times within and around its validity.
#[test]
fn genuine_quotes() {
    let root = std::fs::read(crate::files::repository().join("engine/evidence/roots/intel/sgx-root-ca.der")).unwrap();
    for (name, time) in [
        ("tdx/genuine/v4", "2025-07-04T10:16:31Z"),
        ("tdx/genuine/v5-td15", "2026-03-05T10:50:03Z"),
        ("tdx/genuine/v5-td15ex", "2026-10-20T00:00:00Z"),
        ("sgx/genuine/v3", "2025-07-04T10:28:44Z"),
    ] {
        let quote = genuine(&format!("{name}.quote.bin"));
        let collateral: Value = serde_json::from_slice(&genuine(&format!("{name}.collateral.json"))).unwrap();
        for days in [0, -400, -40, -20, -10, 10, 20, 40, 400, 9000] {
            let now = at(time) + SignedDuration::from_hours(24 * days);
            let case = Case { quote: &quote, collateral: &collateral, root: &root, now };
            let refused = days != 0 || name == "tdx/genuine/v5-td15";
            let expected = if refused { Outcome::Refused } else { Outcome::Verified };
            if days.abs() > 30 || days == 0 {
                assert_eq!(case.compare(), expected, "{name} {days} days later");
            } else {
                case.compare();
            }
        }
        let mut dice = Dice(7);
        for _ in 0..300 {
            let mut changed = quote.clone();
            dice.change(&mut changed);
            let case = Case { quote: &changed, collateral: &collateral, root: &root, now: at(time) };
            case.compare();
        }
    }
}

/// Numbers that look random and are the same in every run (Marsaglia's xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % limit
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Changes some bits, one byte, or the length.
    fn change(&mut self, bytes: &mut Vec<u8>) {
        let position = self.below(bytes.len());
        match self.below(4) {
            0 => bytes[position] ^= 1 << self.below(8),
            1 => bytes[position] = self.byte(),
            2 => bytes.truncate(position),
            _ => bytes.insert(position, self.byte()),
        }
    }
}

/// Something that platforms, their software or Intel could have signed otherwise.
fn change(forgery: &mut QuoteForgery, dice: &mut Dice) {
    const STATUSES: [&str; 10] = [
        "UpToDate",
        "SWHardeningNeeded",
        "ConfigurationNeeded",
        "ConfigurationAndSWHardeningNeeded",
        "OutOfDate",
        "OutOfDateConfigurationNeeded",
        "TDRelaunchAdvised",
        "TDRelaunchAdvisedConfigurationNeeded",
        "Revoked",
        "Fine",
    ];
    const DATES: [&str; 5] =
        ["2026-06-14T23:59:59Z", "2026-06-15T00:00:00Z", "2026-06-15T00:00:01Z", "2023-02-28T12:00:00Z", "yesterday"];
    let small = json!(dice.below(14));
    let level = dice.below(2);
    match dice.below(22) {
        0 => {
            let position = dice.below(48);
            forgery.quote.header[position] ^= 1 << dice.below(8);
        }
        1..=4 => {
            let position = dice.below(forgery.quote.body.len());
            forgery.quote.body[position] ^= 1 << dice.below(8);
        }
        5 => forgery.quote.body[dice.below(3)] = dice.byte() % 8,
        6 if forgery.quote.body.len() > 584 => forgery.quote.body[584 + dice.below(3)] = dice.byte() % 8,
        7 => {
            let position = dice.one(&[16, 48, 49, 128, 256, 257, 258, 259, 300, 320, 352, 383]);
            forgery.quote.qe.set(position, &[dice.byte()]);
        }
        8 => forgery.quote.qe.set(258, &[dice.byte() % 12]),
        9 => forgery.tcb_info["tcbLevels"][level]["tcb"]["sgxtcbcomponents"][dice.below(16)]["svn"] = small,
        10 => forgery.tcb_info["tcbLevels"][level]["tcb"]["tdxtcbcomponents"][dice.below(4)]["svn"] = small,
        11 => forgery.tcb_info["tcbLevels"][level]["tcb"]["pcesvn"] = small,
        12 => forgery.tcb_info["tcbLevels"][level]["tcbStatus"] = json!(dice.one(&STATUSES)),
        13 => forgery.qe_identity["tcbLevels"][0]["tcbStatus"] = json!(dice.one(&STATUSES)),
        14 => forgery.tcb_info["tdxModuleIdentities"][0]["tcbLevels"][0]["tcbStatus"] = json!(dice.one(&STATUSES)),
        15 => forgery.tcb_info["tdxModuleIdentities"][0]["tcbLevels"][0]["tcb"]["isvsvn"] = small,
        16 => forgery.tcb_info[dice.one(&["issueDate", "nextUpdate"])] = json!(dice.one(&DATES)),
        17 => forgery.qe_identity[dice.one(&["issueDate", "nextUpdate"])] = json!(dice.one(&DATES)),
        18 => forgery.tcb_info["tcbLevels"][level]["tcbDate"] = json!(dice.one(&DATES)),
        19 => {
            let field = dice.one(&["miscselect", "miscselectMask", "attributes", "attributesMask", "mrsigner"]);
            let mut bytes = hex::decode(forgery.qe_identity[field].as_str().unwrap()).unwrap();
            let position = dice.below(bytes.len());
            bytes[position] ^= 1 << dice.below(8);
            forgery.qe_identity[field] = json!(hex::encode(bytes));
        }
        20 => {
            let which = dice.one(&["mrsigner", "attributes", "attributesMask"]);
            let mut bytes = hex::decode(forgery.tcb_info["tdxModule"][which].as_str().unwrap()).unwrap();
            bytes[0] ^= 1 << dice.below(8);
            let whose = dice.below(2);
            let module = if whose == 0 {
                &mut forgery.tcb_info["tdxModule"]
            } else {
                &mut forgery.tcb_info["tdxModuleIdentities"][0]
            };
            module[which] = json!(hex::encode(bytes));
        }
        _ => {
            let (item, value) = dice.one(&[(0, 0x99u8), (2, 1), (3, 7)]);
            forgery.pck_extension[item].1[2] ^= value & dice.byte();
        }
    }
}

#[test]
fn signed_changes() {
    let mut dice = Dice(0x5eed);
    let mut verified = 0;
    for round in 0..2500 {
        let mut forgery = match round % 3 {
            0 => QuoteForgery::tdx(),
            1 => QuoteForgery::tdx15(),
            _ => QuoteForgery::sgx(),
        };
        for _ in 0..=dice.below(3) {
            change(&mut forgery, &mut dice);
        }
        let minted = forgery.mint();
        let case = Case::of(&minted, QuoteForgery::now());
        verified += u32::from(case.compare() == Outcome::Verified);
    }
    assert!(verified > 500, "{verified} verified: the claims of few were compared");
}

/// Each difference that is meant, by name.
#[test]
fn differences_that_are_meant() {
    type Change = fn(&mut QuoteForgery);
    fn soon() -> Timestamp {
        QuoteForgery::now() + SignedDuration::from_hours(1)
    }
    fn lately() -> Timestamp {
        QuoteForgery::now() - SignedDuration::from_hours(1)
    }
    let cases: &[(&str, Change)] = &[
        ("SEPT_VE_DISABLE is a claim", |f| f.quote.body[123] = 0),
        ("migration is a claim", |f| f.quote.body[123] |= 1 << 5),
        ("the quoting enclave's data has any length", |f| f.quote.qe_auth = vec![1; 33]),
        ("bytes after the quote", |f| f.quote.trailing = vec![0, 1]),
        ("bytes between the parts of the quote, or an outer type that is not 6", |f| f.quote.certified_slack = vec![0]),
        ("report data of the quoting enclave beyond the hash", |f| f.quote.qe.set(383, &[1])),
        ("the instant at which a document ends", |f| f.tcb_info["nextUpdate"] = json!("2026-06-15T00:00:00Z")),
        ("lists before their time", |f| f.crls.root.this_update = soon()),
        ("the instant at which a certificate ends, and the root's end", |f| f.root.not_after = lately()),
        ("the root before its time", |f| f.root.not_before = soon()),
        ("the list of another provisioning enclave", |f| f.tcb_info["pceId"] = json!("0001")),
        ("TCB Info of another version or type", |f| f.tcb_info["version"] = json!(4)),
        ("parts of collateral that dcap-qvl does not read", |f| {
            f.tcb_info["tcbLevels"][1]["tcbDate"] = json!("lately");
        }),
        ("items of the certificate that dcap-qvl cuts short or does not read", |f| {
            f.pck_extension[5].1 = der::octets(&[1; 15]);
        }),
        (CHAIN, |f| f.pck_ca.remove_extension("2.5.29.15")),
        (CHAIN, |f| f.pck.subject = f.tcb_signer.subject.clone()),
        (CHAIN, |f| f.tcb_signer.subject = f.pck.subject.clone()),
    ];
    for (name, change) in cases {
        let mut forgery = QuoteForgery::tdx();
        change(&mut forgery);
        let minted = forgery.mint();
        let outcome = Case::of(&minted, QuoteForgery::now()).compare();
        assert_eq!(outcome, Outcome::Meant(name));
    }

    let chain_of = |minted: &MintedQuote| {
        let start = minted.quote.windows(10).position(|window| window == b"-----BEGIN").unwrap();
        let blocks = atbac_evidence::certificates(&minted.quote[start..]).unwrap();
        blocks.iter().map(|block| block.to_vec()).collect::<Vec<_>>()
    };
    let forgery = QuoteForgery::tdx();
    let stranger = QuoteForgery::tdx().mint();
    let mut minted = forgery.mint();
    let signer = atbac_evidence::certificates(minted.collateral["tcb_info_issuer_chain"].as_str().unwrap().as_bytes())
        .unwrap()[0]
        .to_vec();
    let chain = atbac_simulation::pem(&[&signer, &stranger.root]);
    minted.collateral["tcb_info_issuer_chain"] = json!(chain);
    let outcome = Case::of(&minted, QuoteForgery::now()).compare();
    assert_eq!(outcome, Outcome::Meant("another root at the end of a chain"));

    let mut minted = forgery.mint();
    minted.collateral["pck_crl_issuer_chain"] = json!("");
    let outcome = Case::of(&minted, QuoteForgery::now()).compare();
    assert_eq!(outcome, Outcome::Meant("parts of collateral that dcap-qvl does not read"));

    let mut again = forgery.clone();
    again.pck.serial = vec![7];
    let mut minted = forgery.mint();
    let other = chain_of(&again.mint());
    minted.collateral["pck_certificate_chain"] = json!(atbac_simulation::pem(&[&other[0], &other[1]]));
    let outcome = Case::of(&minted, QuoteForgery::now()).compare();
    assert_eq!(outcome, Outcome::Meant("certificates in the collateral that are not the quote's"));

    let mut bare = forgery;
    bare.quote.chain_type = 3;
    let mut minted = bare.mint();
    let chain = chain_of(&minted);
    let garbage = [0x30, 0x81, 0x80];
    minted.collateral["pck_certificate_chain"] = json!(atbac_simulation::pem(&[&chain[0], &chain[1], &garbage]));
    let outcome = Case::of(&minted, QuoteForgery::now()).compare();
    assert_eq!(outcome, Outcome::Meant("a copy of the root that cannot be read"));
}

/// Changes to what was minted: signatures, lists, certificates, texts.
#[test]
fn unsigned_changes() {
    let mut dice = Dice(0xC0FFEE);
    for forgery in [QuoteForgery::tdx(), QuoteForgery::tdx15(), QuoteForgery::sgx()] {
        let good = forgery.mint();
        for _ in 0..400 {
            let mut minted = good.clone();
            if dice.below(2) == 0 {
                dice.change(&mut minted.quote);
            } else {
                let fields = minted.collateral.as_object_mut().unwrap();
                let which = dice.below(fields.len());
                let (name, value) = fields.iter_mut().nth(which).unwrap();
                // It takes the authority whose list it is from the quote, and does not read this.
                if name == "pck_crl_issuer_chain" {
                    continue;
                }
                let mut text = value.as_str().unwrap().to_owned().into_bytes();
                dice.change(&mut text);
                *value = String::from_utf8_lossy(&text).into_owned().into();
            }
            Case::of(&minted, QuoteForgery::now()).compare();
        }
    }
}
