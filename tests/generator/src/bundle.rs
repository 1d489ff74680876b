//! Whole bundles, in layers that can stand in one package or in several.

use crate::build::{name, nowhere, path};
use crate::laws::Floors;
use crate::model::{Request, Ty, World};
use crate::{Author, Tape};
use atbac_grammar::syntax::{Evidence, File, Item, ItemKind, Package, Provenance, RequestField, Stage, Use};

/// How many layers a bundle has: types, then the request with most rules, then more rules.
pub const LAYERS: usize = 3;

/// A bundle before it is written: declarations that need only those of their own layer and of the ones below.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The declarations.
    pub layers: [Vec<Item>; LAYERS],
    /// What each package with permits declares as its floors.
    floor: Option<Item>,
    /// What is used of the standard library: packages with names.
    standard: Vec<(String, Vec<String>)>,
}

/// Which layers stand in which package, and over how many files a package is spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrangement {
    /// The package of each layer, by number; never lower than that of the layer below.
    pub packages: [usize; LAYERS],
    /// How many files a package has.
    pub files: usize,
}

impl Arrangement {
    /// All in one package and file.
    pub const TOGETHER: Arrangement = Arrangement { packages: [0; LAYERS], files: 1 };
    /// Each layer in a package of its own, of two files.
    pub const APART: Arrangement = Arrangement { packages: [0, 1, 2], files: 2 };
    /// Every way in which layers can share packages.
    pub const ALL: [Arrangement; 5] = [
        Arrangement::TOGETHER,
        Arrangement { packages: [0, 1, 1], files: 1 },
        Arrangement { packages: [0, 0, 1], files: 2 },
        Arrangement { packages: [0, 1, 2], files: 1 },
        Arrangement::APART,
    ];
}

impl Bundle {
    /// The bundle that a tape says.
    pub fn new(tape: &mut Tape<'_>) -> Self {
        Bundle::with_names_from(tape, 0)
    }

    /// The same with other names: the numbers in them begin after this one.
    pub fn with_names_from(tape: &mut Tape<'_>, names: usize) -> Self {
        let kind = tape.below(12);
        let floors = match kind {
            0..=7 => Floors::None,
            8 => Floors::Identity,
            _ => Floors::Hardware,
        };
        let mut author =
            Author { tape, world: World::default(), floors, names, rules: Vec::new(), sentences: Vec::new() };
        let mut types = author.types();
        let principals = match floors {
            Floors::None if kind < 4 => Vec::new(),
            Floors::None => author.statements(&mut types),
            Floors::Identity => author.identity(),
            Floors::Hardware => author.hardware(&mut types),
        };
        let mut main = Vec::new();
        let request = author.request(principals);
        author.declare(request, &mut main);
        let request = author.world.requests[0].clone();
        if author.tape.one_in(2) {
            let grant = author.grant(&request.name);
            author.declare(grant, &mut main);
        }
        let types_of_request: Vec<Ty> = request.fields.iter().map(|field| field.ty.clone()).collect();
        let single: Vec<Ty> = types_of_request.iter().filter(|ty| ty.is_comparable()).cloned().collect();
        let references = author.references(&single);
        main.extend(references);
        for _ in 0..author.tape.below(3) {
            let predicate = author.predicate(&types_of_request);
            author.declare(predicate, &mut main);
        }
        let layers = author.rules_of(&request, types, main, [2, 3, 6].contains(&kind));
        Bundle { layers, floor: author.floor(), standard: author.world.standard }
    }

    /// The bundle as files, arranged so.
    pub fn files(&self, arrangement: Arrangement) -> Vec<File> {
        let mut files = Vec::new();
        for package in 0..LAYERS {
            let of_package = |layer: &usize| arrangement.packages[*layer] == package;
            let layers: Vec<usize> = (0..LAYERS).filter(of_package).collect();
            let mut items: Vec<Item> = layers.iter().flat_map(|layer| self.layers[*layer].clone()).collect();
            if items.is_empty() {
                continue;
            }
            items.extend(self.floor.clone());
            let below: Vec<usize> = (0..LAYERS).filter(|layer| arrangement.packages[*layer] < package).collect();
            let mut uses: Vec<Use> =
                self.standard.iter().map(|(from, names)| used(from, names.iter().map(String::as_str))).collect();
            for other in 0..package {
                let layers = below.iter().filter(|layer| arrangement.packages[**layer] == other);
                let names: Vec<String> =
                    layers.flat_map(|layer| self.layers[*layer].iter().filter_map(declared_name)).collect();
                if !names.is_empty() {
                    uses.push(used(&package_name(other), names.iter().map(String::as_str)));
                }
            }
            let each = items.len().div_ceil(arrangement.files);
            for part in items.chunks(each.max(1)) {
                let name = path(&package_name(package));
                let package = Package { docs: Vec::new(), attributes: Vec::new(), name };
                files.push(File { package: Some(package), uses: uses.clone(), items: part.to_vec() });
            }
        }
        files
    }

    /// The bundle as source text, arranged so: each file with its name.
    pub fn sources(&self, arrangement: Arrangement) -> Vec<(String, String)> {
        printed(&self.files(arrangement))
    }
}

/// Files as source text, each with a name.
pub fn printed(files: &[File]) -> Vec<(String, String)> {
    let file = |(at, file)| (format!("generated-{at}.atbac"), atbac_grammar::print(file));
    files.iter().enumerate().map(file).collect()
}

fn package_name(number: usize) -> String {
    format!("generated.p{number}")
}

fn used<'n>(package: &str, names: impl Iterator<Item = &'n str>) -> Use {
    Use { package: path(package), names: names.map(name).collect(), span: nowhere() }
}

/// The name that other packages use.
fn declared_name(item: &Item) -> Option<String> {
    Some(match &item.kind {
        ItemKind::Enum(declared) => declared.name.value.to_string(),
        ItemKind::Record(declared) => declared.name.value.to_string(),
        ItemKind::Evidence(Evidence { name, .. }) => name.value.to_string(),
        ItemKind::Request(declared) => declared.name.value.to_string(),
        ItemKind::Reference(declared) => declared.name.value.to_string(),
        ItemKind::Predicate(declared) => declared.name.value.to_string(),
        ItemKind::Template(declared) => declared.name.value.to_string(),
        ItemKind::Grant(_)
        | ItemKind::Rule(_)
        | ItemKind::Floor(_)
        | ItemKind::Apply(_)
        | ItemKind::Test(_)
        | ItemKind::Invariant(_) => return None,
    })
}

impl Author<'_, '_> {
    /// Fields with statements of the deployment, which need no hardware.
    fn statements(&mut self, types: &mut Vec<Item>) -> Vec<RequestField> {
        let mut fields = Vec::new();
        for _ in 0..=self.tape.below(2) {
            let declared = self.statement_of_the_deployment();
            self.declare(declared, types);
            let kind = Ty::Struct(self.world.structs.len() - 1);
            let ty = match self.tape.below(4) {
                1 => Ty::Optional(Box::new(kind)),
                2 | 3 => Ty::List(Box::new(kind), [3, 5][self.tape.below(2)]),
                _ => kind,
            };
            let stage = if self.tape.one_in(2) { Stage::Session } else { Stage::Call };
            let field = self.fresh("e");
            fields.push(self.request_field(&field, stage, Provenance::Authenticated, &ty, None));
        }
        fields
    }

    /// A session that an issuer vouches for.
    fn identity(&mut self) -> Vec<RequestField> {
        self.world.learn_standard("std.agent");
        let session = self.struct_called("Session");
        let stage = if self.tape.one_in(3) { Stage::Call } else { Stage::Session };
        vec![self.request_field("e", stage, Provenance::Authenticated, &session, None)]
    }

    /// Evidence that hardware signed, of one kind or several; now and then with a session bound to it.
    fn hardware(&mut self, types: &mut Vec<Item>) -> Vec<RequestField> {
        let ty = if self.tape.one_in(5) {
            let guest = self.own_guest();
            self.declare(guest, types);
            Ty::Struct(self.world.structs.len() - 1)
        } else {
            let mut kinds = Vec::new();
            for (package, kind) in [("std.snp", "Snp"), ("std.tdx", "Tdx"), ("std.sgx", "Sgx")] {
                if kinds.is_empty() && kind == "Sgx" || self.tape.one_in(2) {
                    self.world.learn_standard(package);
                    kinds.push(kind);
                }
            }
            let mut found: Vec<usize> = Vec::new();
            for kind in kinds {
                found.extend(self.world.structs.iter().position(|known| known.name == kind));
            }
            if let [only] = found.as_slice() { Ty::Struct(*only) } else { Ty::Union(found) }
        };
        let shape = self.tape.below(6);
        let whole = match shape {
            4 => Ty::Optional(Box::new(ty)),
            5 => Ty::List(Box::new(ty), 3),
            _ => ty,
        };
        let stage = if shape > 2 && self.tape.one_in(3) { Stage::Call } else { Stage::Session };
        let mut fields = vec![self.request_field("e", stage, Provenance::Attested, &whole, None)];
        if shape == 3 && stage == Stage::Session {
            self.world.learn_standard("std.agent");
            let session = self.struct_called("Session");
            fields.push(self.request_field("session", stage, Provenance::Authenticated, &session, Some("e")));
        }
        fields
    }

    fn struct_called(&self, name: &str) -> Ty {
        Ty::Struct(self.world.structs.iter().position(|known| known.name == name).unwrap_or(0))
    }

    /// Rules, templates, tests and invariants over what is declared, in their layers.
    fn rules_of(
        &mut self,
        request: &Request,
        types: Vec<Item>,
        mut main: Vec<Item>,
        is_family: bool,
    ) -> [Vec<Item>; LAYERS] {
        let mut extra = Vec::new();
        if is_family {
            main.extend(self.family(request));
        }
        for _ in 0..=self.tape.below(4) {
            main.push(self.rule(request, &[]));
        }
        let named_in_main = self.rules.len();
        if self.tape.one_in(3) {
            let (template, applications) = self.template(request);
            main.push(template);
            for application in applications {
                if self.tape.one_in(2) { extra.push(application) } else { main.push(application) }
            }
        }
        for _ in 0..self.tape.below(3) {
            extra.push(self.rule(request, &[]));
        }
        self.rules.truncate(named_in_main);
        for _ in 0..self.tape.below(3) {
            main.push(self.test(request));
        }
        if self.tape.one_in(5) {
            main.push(self.invariant(request));
        }
        [types, main, extra]
    }
}
