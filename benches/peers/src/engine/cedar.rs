//! Cedar: one policy a rule, validated against a schema when loaded, as Cedar recommends. `cedar` evaluates the whole set on each request;
//! `cedar-sliced` keeps one set for each tool in the host and evaluates that, the slicing that Cedar's guide to large sets describes.
//!
//! Principals are agents, whose attributes are the claims of their evidence; the resource is the tool, or in W1 what is paid from. Age is in
//! the context, since attributes do not read the clock. Each session's entities are made beforehand in every setting.

use super::call::Call;
use super::pick::tool_name;
use super::{Engine, Loaded, Setting};
use crate::measure::Load;
use crate::workload::rule::{Forbid, Permit, Tool};
use crate::workload::{ACTIONS, Field, FieldValue, Request, Session, Workload};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy, PolicyId, PolicySet,
    RestrictedExpression, Schema, ValidationMode, Validator,
};
use std::collections::{HashMap, HashSet};
use std::fmt::Write;

struct Cedar {
    authorizer: Authorizer,
    policies: Policies,
    types: Types,
    fields: &'static [Field],
    sessions: Vec<(Session, EntityUid, Entities)>,
    stream: Vec<(Request, String, cedar_policy::Request)>,
}

enum Policies {
    All(Box<PolicySet>),
    /// By tool.
    Sliced(HashMap<String, PolicySet>),
}

/// The names of entity types, parsed once.
struct Types {
    agent: EntityTypeName,
    action: EntityTypeName,
    tool: EntityTypeName,
}

impl Types {
    fn new() -> Self {
        let name = |name: &str| name.parse().expect("a valid name");
        Types { agent: name("Agent"), action: name("Action"), tool: name("Tool") }
    }

    fn uid(ty: &EntityTypeName, id: &str) -> EntityUid {
        EntityUid::from_type_name_and_id(ty.clone(), EntityId::new(id))
    }
}

/// The policies of a workload and what they are validated against.
pub(super) struct Source {
    text: String,
    schema: String,
}

impl Source {
    pub(super) fn of(workload: &Workload) -> Self {
        let permits = workload.permits.iter().map(permit);
        let text =
            permits.chain(workload.forbids.iter().map(forbid)).fold(String::new(), |text, policy| text + &policy);
        Source { text, schema: schema(workload) }
    }

    /// Parses and validates the policies.
    pub(super) fn read(&self) -> PolicySet {
        let validator = validator(&self.schema);
        let policies: PolicySet = self.text.parse().expect("the generated policies are valid");
        validate(&validator, &policies);
        policies
    }
}

pub(super) fn load(workload: &Workload) -> Loaded {
    let source = Source::of(workload);
    let (policies, load) = Load::measure(|| Policies::All(Box::new(source.read())));
    Loaded { engine: engine(workload, policies), load, source: Some(source.text.len()) }
}

pub(super) fn load_sliced(workload: &Workload) -> Loaded {
    let mut by_tool: HashMap<&str, Vec<(&str, String)>> = HashMap::new();
    for rule in &workload.permits {
        by_tool.entry(tool_name(rule)).or_default().push((&rule.name, permit(rule)));
    }
    for rule in &workload.forbids {
        by_tool.entry(&rule.tool).or_default().push((&rule.name, forbid(rule)));
    }
    let source = by_tool.values().flatten().map(|(_, text)| text.len()).sum();
    let schema = schema(workload);
    let (policies, load) = Load::measure(|| {
        let validator = validator(&schema);
        let slice = |rules: &Vec<(&str, String)>| {
            let policies = rules.iter().map(|(name, text)| {
                Policy::parse(Some(PolicyId::new(name)), text).expect("the generated policies are valid")
            });
            let slice = PolicySet::from_policies(policies).expect("names are unique");
            validate(&validator, &slice);
            slice
        };
        Policies::Sliced(by_tool.iter().map(|(tool, rules)| ((*tool).to_owned(), slice(rules))).collect())
    });
    Loaded { engine: engine(workload, policies), load, source: Some(source) }
}

fn engine(workload: &Workload, policies: Policies) -> Box<dyn Engine> {
    Box::new(Cedar {
        authorizer: Authorizer::new(),
        policies,
        types: Types::new(),
        fields: workload.fields,
        sessions: Vec::new(),
        stream: Vec::new(),
    })
}

fn validator(schema: &str) -> Validator {
    Validator::new(Schema::from_cedarschema_str(schema).expect("the generated schema is valid").0)
}

fn validate(validator: &Validator, policies: &PolicySet) {
    let result = validator.validate(policies, ValidationMode::Strict);
    assert!(result.validation_passed(), "{:?}", result.validation_errors().next());
}

fn schema(workload: &Workload) -> String {
    let mut context = "age: Long".to_owned();
    for field in workload.fields {
        let ty = match field {
            Field::Tool | Field::Tenant => "String",
            Field::Amount => "Long",
            Field::Approved => "Bool",
            // They are the action and the resource of the request.
            Field::Action | Field::Resource => continue,
        };
        write!(context, ", {}: {ty}", field.name()).expect("writing to memory");
    }
    let actions = ACTIONS.map(|action| format!("\"{action}\"")).join(", ");
    format!(
        "entity Agent {{
  tee: String, measurement: String, environment: String, svn: Long, debug: Bool,
  bootloader: Long, tee_svn: Long, snp: Long, microcode: Long,
}};
entity Tool;
action {actions}, \"call\" appliesTo {{ principal: Agent, resource: Tool, context: {{ {context} }} }};
"
    )
}

fn permit(permit: &Permit) -> String {
    let action = match permit.actions.as_slice() {
        [] => "action".to_owned(),
        actions => {
            let actions: Vec<String> = actions.iter().map(|action| format!("Action::\"{action}\"")).collect();
            format!("action in [{}]", actions.join(", "))
        }
    };
    let resource = match (&permit.tool, permit.resource) {
        (Tool::Named(name), _) => format!("resource == Tool::\"{name}\""),
        (_, Some(name)) => format!("resource == Tool::\"{name}\""),
        (Tool::Any | Tool::Like(_), None) => "resource".to_owned(),
    };
    let mut all = Vec::new();
    all.extend(permit.amount.map(|(least, most)| format!("context.amount >= {least} && context.amount <= {most}")));
    if let Tool::Like(glob) = &permit.tool {
        all.push(format!("context.tool like \"{}\"", glob.pattern()));
    }
    all.extend(permit.tenant.iter().map(|tenant| format!("context.tenant == \"{tenant}\"")));
    all.push("!principal.debug".to_owned());
    all.push(format!("context.age < {}", permit.age_below * 1_000));
    if permit.only_snp {
        all.push("principal.tee == \"snp\"".to_owned());
    }
    all.extend(permit.least_svn.map(|least| format!("principal.svn >= {least}")));
    all.extend(permit.least_tcb.map(|[bootloader, tee, snp, microcode]| {
        format!(
            "principal.bootloader >= {bootloader} && principal.tee_svn >= {tee} && principal.snp >= {snp} \
             && principal.microcode >= {microcode}"
        )
    }));
    if !permit.environments.is_empty() {
        all.push(format!("{:?}.contains(principal.environment)", permit.environments));
    }
    all.push(format!("{:?}.contains(principal.measurement)", permit.measurements.map(hex::encode)));
    format!("permit (principal, {action}, {resource})\nwhen {{ {} }};\n", all.join(" && "))
}

fn forbid(forbid: &Forbid) -> String {
    format!(
        "forbid (principal, action == Action::\"write\", resource == Tool::\"{}\")
when {{ principal.environment == \"production\" }}
unless {{ context.approved }};
",
        forbid.tool
    )
}

fn entity(types: &Types, number: usize, session: &Session) -> (EntityUid, Entities) {
    let uid = Types::uid(&types.agent, &format!("session-{number}"));
    let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
    let [bootloader, tee, snp, microcode] = session.tcb.map(|part| RestrictedExpression::new_long(part.into()));
    let attributes = [
        ("tee", text(session.tee)),
        ("measurement", text(&session.measurement_hex)),
        ("environment", text(session.environment)),
        ("svn", RestrictedExpression::new_long(session.svn)),
        ("debug", RestrictedExpression::new_bool(session.debug)),
        ("bootloader", bootloader),
        ("tee_svn", tee),
        ("snp", snp),
        ("microcode", microcode),
    ];
    let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let agent = Entity::new(uid.clone(), attributes, HashSet::new()).expect("plain attributes");
    (uid, Entities::from_entities([agent], None).expect("one entity"))
}

impl Cedar {
    /// A request: the action, the resource and the rest as context.
    fn request<'a>(
        &self,
        principal: &EntityUid,
        age: i64,
        value: impl Fn(Field) -> FieldValue<'a>,
    ) -> cedar_policy::Request {
        let text = |field| match value(field) {
            FieldValue::Text(text) => text,
            FieldValue::Number(_) | FieldValue::Flag(_) => unreachable!("this field is a text"),
        };
        let has = |field| self.fields.contains(&field);
        let action = if has(Field::Action) { text(Field::Action) } else { "call" };
        let resource = if has(Field::Resource) { text(Field::Resource) } else { text(Field::Tool) };
        let mut context = vec![("age".to_owned(), RestrictedExpression::new_long(age))];
        for field in self.fields.iter().filter(|field| !matches!(field, Field::Action | Field::Resource)) {
            let value = match value(*field) {
                FieldValue::Text(text) => RestrictedExpression::new_string(text.to_owned()),
                FieldValue::Number(number) => RestrictedExpression::new_long(number),
                FieldValue::Flag(flag) => RestrictedExpression::new_bool(flag),
            };
            context.push((field.name().to_owned(), value));
        }
        cedar_policy::Request::new(
            principal.clone(),
            Types::uid(&self.types.action, action),
            Types::uid(&self.types.tool, resource),
            Context::from_pairs(context).expect("no name twice"),
            None,
        )
        .expect("without a schema there is nothing to refuse")
    }

    fn is_allowed(&self, tool: &str, request: &cedar_policy::Request, entities: &Entities) -> bool {
        let policies = match &self.policies {
            Policies::All(policies) => policies,
            Policies::Sliced(by_tool) => match by_tool.get(tool) {
                Some(policies) => policies,
                None => return false,
            },
        };
        self.authorizer.is_authorized(request, policies, entities).decision() == Decision::Allow
    }
}

impl Engine for Cedar {
    fn prepare(&mut self, workload: &Workload) {
        let session = |(number, session): (usize, &Session)| {
            let (uid, entities) = entity(&self.types, number, session);
            (session.clone(), uid, entities)
        };
        self.sessions = workload.sessions.iter().enumerate().map(session).collect();
        let stream = workload.requests.iter().zip(&workload.json).map(|(request, json)| {
            let (session, principal, _) = &self.sessions[request.session];
            let prepared = self.request(principal, request.age(session), |field| field.of(request));
            (request.clone(), json.clone(), prepared)
        });
        self.stream = stream.collect();
    }

    fn decide(&mut self, setting: Setting, at: usize) -> bool {
        let (request, json, prepared) = &self.stream[at];
        let (session, principal, entities) = &self.sessions[request.session];
        match setting {
            Setting::Prepared => self.is_allowed(&request.tool, prepared, entities),
            Setting::Fields => {
                let made = self.request(principal, request.age(session), |field| field.of(request));
                self.is_allowed(&request.tool, &made, entities)
            }
            Setting::Json => {
                let call = Call::read(json);
                let made = self.request(principal, request.age(session), |field| call.get(field));
                self.is_allowed(call.tool, &made, entities)
            }
        }
    }
}
