//! General programs of Rego: the texts in `programs/`, each with base data and an input that make it work.
//!
//! They are what people write besides token policies: roles, routes, networks, joins, grouping, walks, strings, tests.
//! Each is asked for `data.bench.result`.

use serde_json::{Map, Value, json};

use crate::random::Random;

/// A program with what it is evaluated on.
pub struct Program {
    /// Its name: that of its file.
    pub name: &'static str,
    /// Its text, Rego v1.
    pub text: &'static str,
    /// Base data, a JSON object.
    pub data: Value,
    /// The input.
    pub input: Value,
}

/// What every program is asked for.
pub const PROGRAM_QUERY: &str = "data.bench.result";

macro_rules! programs {
    ($($name:ident)*) => {
        vec![$({
            let (data, input) = $name(&mut Random::new(1));
            Program { name: stringify!($name), text: include_str!(concat!("../programs/", stringify!($name), ".rego")), data, input }
        }),*]
    };
}

/// All programs, in alphabetical order.
pub fn programs() -> Vec<Program> {
    programs! {
        abac admission defaults definitions every graph group join jwt large membership network numeric objects partial
        patterns plan rbac routes sets strings tests walk
    }
}

/// `count` values, each made from its position.
fn rows(count: u64, row: impl FnMut(u64) -> Value) -> Value {
    Value::Array((0..count).map(row).collect())
}

/// One of `choices`, in turn.
fn turn<'c>(choices: &[&'c str], at: u64) -> &'c str {
    choices[(at % choices.len() as u64) as usize]
}

/// `count` members, each made from its position.
fn object(count: u64, member: impl FnMut(u64) -> (String, Value)) -> Value {
    Value::Object((0..count).map(member).collect::<Map<_, _>>())
}

fn abac(_: &mut Random) -> (Value, Value) {
    let input = json!({
        "subject": {"id": "ann", "teams": ["tools", "search"], "clearance": "confidential"},
        "resource": {"id": "r1", "owner": "ben", "team": "search", "classification": "internal"},
        "action": "read",
        "context": {"hour": 11, "weekday": "tuesday"},
    });
    (json!({}), input)
}

fn admission(_: &mut Random) -> (Value, Value) {
    let container = |at: u64| {
        json!({
            "name": format!("c{at}"),
            "image": if at % 4 == 1 { format!("docker.io/tool{at}:latest") } else { format!("registry.corp/app/tool{at}:1.{at}") },
            "resources": if at.is_multiple_of(3) { json!({"limits": {}}) } else { json!({"limits": {"memory": "64Mi", "cpu": "1"}}) },
            "securityContext": {"runAsNonRoot": at % 5 != 2},
            "ports": [{"containerPort": 8080 + at}],
        })
    };
    let input = json!({"request": {"kind": {"kind": "Pod"}, "operation": "CREATE", "object": {
        "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web", "team": "shop"}},
        "spec": {
            "containers": rows(8, container),
            "initContainers": rows(2, container),
            "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "root", "hostPath": {"path": "/"}}],
        },
    }}});
    (json!({"registries": ["registry.corp/", "mirror.corp/"], "labels": ["app", "team", "owner", "cost"]}), input)
}

fn defaults(random: &mut Random) -> (Value, Value) {
    let account = |at: u64| match random.below(4) {
        0 => json!({"id": at, "spend": 0}),
        1 => json!({"id": at, "spend": 50}),
        2 => json!({"id": at, "spend": 20_000}),
        _ => json!({"id": at, "spend": 5_000, "limit": 200}),
    };
    (json!({}), json!({"accounts": rows(100, account)}))
}

fn definitions(random: &mut Random) -> (Value, Value) {
    (json!({"values": rows(1_000, |_| json!(format!("item-{:03}", random.below(120))))}), json!({}))
}

fn every(random: &mut Random) -> (Value, Value) {
    let mut container = || {
        json!({
            "privileged": random.below(20) == 0,
            "capabilities": if random.below(10) == 0 { json!(["CHOWN", "NET_ADMIN"]) } else { json!(["CHOWN"]) },
            "ports": [80 + random.below(100), 8_000 + random.below(2_100), 443],
        })
    };
    (
        json!({"pods": rows(200, |at| json!({"id": format!("pod-{at}"), "containers": [container(), container(), container()]}))}),
        json!({}),
    )
}

fn graph(random: &mut Random) -> (Value, Value) {
    let role = |at: u64| format!("role-{at}");
    let inherits = object(100, |at| (role(at), json!([role((at * 2 + 1) % 100), role((at * 3 + 7) % 100)])));
    let grants = object(100, |at| (role(at), rows(5, |_| json!(format!("permission-{}", random.below(200))))));
    let data = json!({"inherits": inherits, "grants": grants, "users": {"ann": [role(3), role(50)]}});
    (data, json!({"user": "ann", "permission": "permission-17"}))
}

fn group(random: &mut Random) -> (Value, Value) {
    (json!({"rows": rows(1_000, |at| json!({"id": at, "group": format!("group-{}", random.below(50))}))}), json!({}))
}

fn join(random: &mut Random) -> (Value, Value) {
    let customer =
        |at: u64| json!({"id": at, "name": format!("customer {at}"), "country": turn(&["de", "fr", "it", "es"], at)});
    let order = |at: u64| json!({"id": at, "customer": random.below(200), "total": random.below(10_000)});
    (json!({"customers": rows(200, customer), "orders": rows(300, order)}), json!({"country": "fr"}))
}

fn jwt(_: &mut Random) -> (Value, Value) {
    // Signed with the secret below: {"alg":"HS256","typ":"JWT"}, {"iss":"issuer","aud":"api","sub":"ann","exp":4102444800,"scopes":["read","write"]}.
    let token = concat!(
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
        ".eyJpc3MiOiJpc3N1ZXIiLCJhdWQiOiJhcGkiLCJzdWIiOiJhbm4iLCJleHAiOjQxMDI0NDQ4MDAsInNjb3BlcyI6WyJyZWFkIiwid3JpdGUiXX0",
        ".4CItuKNAHEOdBUWXRqzTUGEv3ewoaUsjZtn_2xEGp8k",
    );
    (json!({"secret": "a secret of thirty-two characters"}), json!({"token": token, "user": "ann"}))
}

fn large(random: &mut Random) -> (Value, Value) {
    (json!({"numbers": rows(100_000, |_| json!(random.below(1_000_000)))}), json!({}))
}

fn membership(random: &mut Random) -> (Value, Value) {
    let object = |at: u64| {
        json!({
            "id": format!("object-{at}"),
            "region": format!("region-{}", random.below(20)),
            "owner": format!("owner-{:03}", random.below(100)),
        })
    };
    let objects = rows(1_000, object);
    (json!({"objects": objects, "regions": rows(8, |at| json!(format!("region-{}", at * 2)))}), json!({}))
}

fn network(random: &mut Random) -> (Value, Value) {
    let mut cidr = || json!(format!("10.{}.{}.0/24", random.below(16), random.below(256)));
    let rule = |at: u64| {
        let sources = if at == 150 { json!(["10.3.0.0/16"]) } else { json!([cidr(), cidr(), cidr()]) };
        json!({
            "order": at,
            "protocol": turn(&["tcp", "udp", "any"], at),
            "ports": [at % 5 * 100, 1_000 + at * 10],
            "sources": sources,
            "action": if at % 7 == 3 { "allow" } else { "deny" },
        })
    };
    (json!({"rules": rows(200, rule)}), json!({"source": "10.3.77.9", "port": 443, "protocol": "tcp"}))
}

fn numeric(_: &mut Random) -> (Value, Value) {
    (json!({}), json!({}))
}

fn objects(_: &mut Random) -> (Value, Value) {
    let layer = |at: u64| {
        json!({
            "service": {"name": "api", "replicas": at, format!("option-{at}"): true},
            "limits": {"requests": 100 * at, format!("burst-{at}"): 5},
            "region": turn(&["eu", "us"], at),
            "credentials": {"user": "u", "password": "p"},
            "internal": {"debug": at.is_multiple_of(2)},
            "flags": object(10, |flag| (format!("flag-{flag}"), json!({"enabled": (flag + at).is_multiple_of(3), "since": at}))),
        })
    };
    (json!({"layers": rows(5, layer)}), json!({"limits": {"requests": 1, "memory": 512}}))
}

fn partial(random: &mut Random) -> (Value, Value) {
    let row = |at: u64| json!({"id": format!("row-{at}"), "name": format!("name {at}"), "owner": format!("owner-{}", random.below(20))});
    (json!({"rows": rows(500, row)}), json!({"ids": ["row-7", "row-77", "row-477", "row-x"], "owner": "owner-3"}))
}

fn patterns(random: &mut Random) -> (Value, Value) {
    let place = ["prod", "staging", "test", "dev"];
    let name = |at: u64| {
        json!(format!(
            "{}-{}-{:03}",
            place[random.below(4) as usize],
            turn(&["api", "db", "cache9", "search"], at),
            at % 1_000
        ))
    };
    (json!({"names": rows(300, name), "excluded": ["prod-db-*", "staging-search-1*", "*-api-00[0-5]"]}), json!({}))
}

fn plan(random: &mut Random) -> (Value, Value) {
    let types = ["aws_instance", "aws_iam_role", "aws_s3_bucket", "aws_lambda_function"];
    let actions = [json!(["create"]), json!(["update"]), json!(["delete", "create"]), json!(["no-op"])];
    let change = |at: u64| {
        let kind = types[random.below(4) as usize];
        let tags = if random.below(3) == 0 { json!({"owner": "a"}) } else { json!({"owner": "a", "cost": "b"}) };
        json!({
            "address": format!("{kind}.n{at}"),
            "type": kind,
            "change": {
                "actions": actions[random.below(4) as usize],
                "before": null,
                "after": {"name": format!("n{at}"), "path": if random.below(10) == 0 { "/admin/" } else { "/" }, "tags": tags},
            },
        })
    };
    (json!({}), json!({"resource_changes": rows(100, change)}))
}

fn rbac(_: &mut Random) -> (Value, Value) {
    let grant = |at: u64| json!({"role": format!("role-{}", at % 20), "action": turn(&["read", "write"], at / 20), "resource": format!("resource-{at}")});
    let data = json!({"user_roles": {"ann": ["role-1", "role-2", "role-3", "role-19"]}, "grants": rows(200, grant)});
    (data, json!({"user": "ann", "action": "write", "resource": "resource-199"}))
}

fn routes(_: &mut Random) -> (Value, Value) {
    let route = |at: u64| {
        let place = turn(&["users", "orders", "items", "invoices", "teams"], at);
        let path = match at / 5 % 4 {
            0 => json!(["v1", place, format!("list-{at}")]),
            1 => json!(["v1", place, ":id"]),
            2 => json!(["v1", place, ":id", format!("part-{at}")]),
            _ => json!(["v1", place, ":id", "notes", ":note"]),
        };
        json!({"name": format!("route-{at}"), "method": turn(&["GET", "PUT"], at), "path": path, "scopes": [format!("{place}:read"), "api"]})
    };
    (json!({"routes": rows(100, route)}), json!({"method": "GET", "path": "/v1/orders/17/notes/3", "scopes": ["api"]}))
}

fn sets(random: &mut Random) -> (Value, Value) {
    let names = ["owner", "cost", "stage", "team", "tier", "color", "note"];
    let resource = |at: u64| {
        let tags: Map<String, Value> =
            names.iter().filter(|_| random.below(10) < 8).map(|name| ((*name).to_owned(), json!("x"))).collect();
        json!({"id": format!("resource-{at}"), "tags": tags})
    };
    let resources = rows(200, resource);
    (
        json!({"resources": resources, "required": ["owner", "cost", "stage"], "optional": ["team", "tier", "color"]}),
        json!({}),
    )
}

fn strings(random: &mut Random) -> (Value, Value) {
    let object = |at: u64| {
        let service = ["iam", "s3", "ec2"][random.below(3) as usize];
        json!({
            "arn": format!("arn:aws:{service}:eu-{}:{:012}:role/team{}/n{at}", random.below(3), random.below(1_000_000), random.below(9)),
            "name": if random.below(2) == 0 { format!(" SVC-Job{at} ") } else { format!("User{at}") },
        })
    };
    (json!({"objects": rows(300, object)}), json!({}))
}

fn tests(_: &mut Random) -> (Value, Value) {
    (json!({"frozen": ["c"], "permissions": {"admin": ["read"]}}), json!({}))
}

fn walk(random: &mut Random) -> (Value, Value) {
    fn part(random: &mut Random, depth: u64) -> Value {
        if depth == 0 {
            return json!({"name": random.letters(6), "password": if random.below(4) == 0 { "x" } else { "" }, "size": random.below(99)});
        }
        json!({"name": random.letters(5), "items": rows(4, |_| part(random, depth - 1)), "token": random.below(2)})
    }
    (json!({}), json!({"document": part(random, 3)}))
}
