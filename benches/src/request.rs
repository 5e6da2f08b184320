//! Requests: at a gateway with an introspected token, and at Envoy with a token whose claims a filter has read.

use crate::json::object;
use crate::random::{Random, identifier};

/// What is wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Its token is past its end.
    Expired,
    /// Its token lacks the scope of the endpoint.
    Scope,
    /// Its token was not used for long.
    Idle,
    /// There were too many in the last minute.
    Rate,
    /// It comes from a country that is not listed.
    Region,
    /// Its token is revoked.
    Revoked,
}

impl Fault {
    pub(crate) fn pick(random: &mut Random) -> Fault {
        random.weighted(&[
            (12, Fault::Expired),
            (10, Fault::Scope),
            (4, Fault::Idle),
            (4, Fault::Rate),
            (3, Fault::Region),
            (2, Fault::Revoked),
        ])
    }
}

/// The countries that requests may come from.
pub(crate) const COUNTRIES: [&str; 40] = [
    "AT", "AU", "BE", "BG", "BR", "CA", "CH", "CL", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR",
    "HU", "IE", "IN", "IS", "IT", "JP", "KR", "LT", "LU", "LV", "MT", "MX", "NL", "NO", "NZ", "PL", "PT", "RO", "SE",
    "SI", "SK",
];

/// What endpoints are about.
pub(crate) const RESOURCES: [&str; 8] =
    ["accounts", "transfers", "cards", "invoices", "reports", "users", "webhooks", "limits"];

/// How many roles there are.
pub(crate) const ROLES: u64 = 200;

/// How many tokens are revoked.
pub(crate) const REVOKED: u64 = 200;

const DAY_MS: u64 = 86_400_000;

/// A role's name.
pub(crate) fn role(number: u64) -> String {
    format!("role-{number}")
}

/// The scope that a method needs on the resource in that place of [`RESOURCES`].
pub(crate) fn scope(method: &str, place: usize) -> String {
    let verb = if method == "GET" { "read" } else { "write" };
    format!("{}:{verb}", RESOURCES[place])
}

/// The id of the token of a rank.
pub(crate) fn token_id(rank: u64) -> String {
    format!("tok_{}", identifier("token", rank, 10))
}

/// The hash of a revoked token.
pub(crate) fn revoked_hash(number: u64) -> String {
    format!("b64:{}", identifier("revoked", number, 27))
}

/// A request at a gateway.
pub(crate) fn gateway(random: &mut Random, now_ms: u64, fault: Option<Fault>, malformed: bool) -> String {
    let rank = random.rank();
    let user = random.rank() % 50_000;
    let now = now_ms / 1000;
    let method = random.weighted(&[(6, "GET"), (3, "POST"), (1, "PUT"), (1, "DELETE")]);
    let place = random.below(RESOURCES.len() as u64) as usize;
    let resource = RESOURCES[place];
    let account = random.between(1_000, 99_999).to_string();
    let part = random.pick(&["transfers", "entries", "holders", "history"]);
    let needed = scope(method, place);
    let other = format!("{}:read", RESOURCES[(place + 3) % RESOURCES.len()]);
    let scopes = if fault == Some(Fault::Scope) { vec![other.as_str()] } else { vec![other.as_str(), needed.as_str()] };
    let issued = now - random.between(10, 3_000);
    let expires = if fault == Some(Fault::Expired) { now - random.between(1, 600) } else { issued + 3_780 };
    let principal = identifier("user", user, 22);
    let role_name = role(random.rank() % ROLES);
    let cap = 120;
    let malformed = malformed.then(|| random.below(4));
    object(|event| {
        event.text("event", "request");
        event.number("time_ns", now_ms * 1_000_000 + random.below(1_000_000));
        event.number("time_ms", now_ms);
        event.object("request", |request| {
            request.text("id", &random.uuid());
            request.text("method", method);
            request.text("scheme", "https");
            request.text("host", "api.example.com");
            request.text("path", &format!("/v1/{resource}/{account}/{part}"));
            request.texts("parsed_path", &["v1", resource, &account, part]);
            request.object("query", |query| {
                if method == "GET" && random.below(2) == 0 {
                    query.text("page", &random.between(1, 20).to_string());
                }
            });
            request.number("size", if method == "GET" { 0 } else { random.between(40, 4_000) });
            request.text("source_ip", &format!("203.0.113.{}", random.below(256)));
            request.text("country", if fault == Some(Fault::Region) { "XX" } else { random.pick(&COUNTRIES) });
            request.text("region", random.pick(&["eu-central-1", "eu-west-1", "us-east-1", "ap-south-1"]));
            request.text("user_agent", &format!("acme-sdk/2.{}.{}", random.below(9), random.below(20)));
        });
        event.object("token", |token| {
            token.truth("active", true);
            token.text("id", &token_id(rank));
            if fault == Some(Fault::Revoked) {
                token.text("hash", &revoked_hash(random.below(REVOKED)));
            } else {
                token.text("hash", &format!("b64:{}", identifier("hash", rank, 27)));
            }
            token.text("type", "access_token");
            token.text("client_id", &format!("svc-{}", RESOURCES[rank as usize % RESOURCES.len()]));
            token.text("sub", &principal);
            token.text("username", &format!("user{user}"));
            token.text("iss", "https://idp.example.com/");
            match malformed {
                Some(0) => token.text("aud", "https://api.example.com"),
                _ => token.texts("aud", &["https://api.example.com"]),
            }
            token.text("scope", &scopes.join(" "));
            token.texts("scopes", &scopes);
            token.number("iat", issued);
            token.number("nbf", issued);
            match malformed {
                Some(1) => token.text("exp", &expires.to_string()),
                Some(2) => token.raw("exp", "null"),
                _ => token.number("exp", expires),
            }
            token.text("jti", &random.uuid());
            token.object("cnf", |confirmation| confirmation.text("x5t#S256", &identifier("certificate", rank, 43)));
        });
        event.object("principal", |person| {
            person.text("id", &principal);
            person.text("type", "USER");
            person.texts("roles", &[&role_name]);
            person.texts("groups", &[random.pick(&["eu-ops", "us-ops", "ap-ops"])]);
            match malformed {
                Some(3) => person.text("risk", "low"),
                _ => person.number("risk", random.below(70)),
            }
        });
        event.object("usage", |usage| {
            let idle =
                if fault == Some(Fault::Idle) { random.between(50, 300) * DAY_MS } else { random.below(20 * DAY_MS) };
            usage.number("first_used_ms", now_ms - 400 * DAY_MS);
            usage.number("last_used_ms", now_ms - idle);
            let count = if fault == Some(Fault::Rate) { random.between(600, 900) } else { random.below(cap) };
            usage.number("count_1m", count);
            usage.number("count_1h", count * 24);
            usage.number("remaining", cap.saturating_sub(count));
        });
    })
}

/// A request at Envoy.
pub(crate) fn envoy(random: &mut Random, now_ms: u64) -> String {
    let user = random.rank() % 50_000;
    let now = now_ms / 1000;
    let method = random.weighted(&[(6, "GET"), (3, "POST"), (1, "PUT"), (1, "DELETE")]);
    let resource = random.pick(&RESOURCES);
    let account = random.between(1_000, 99_999).to_string();
    let path = format!("/v1/{resource}/{account}?dry=1");
    // Most signed tokens have about 700 bytes, few 1,200.
    let signed = 600 + random.below(150) + random.below(150) + if random.below(8) == 0 { random.below(300) } else { 0 };
    object(|event| {
        event.object("attributes", |attributes| {
            attributes.object("source", |source| {
                source.object("address", |address| {
                    address.object("socketAddress", |socket| {
                        socket.text("address", &format!("203.0.113.{}", random.below(256)));
                        socket.number("portValue", random.between(1_024, 65_535));
                    });
                });
                source.text("principal", "spiffe://cluster.local/ns/web/sa/frontend");
            });
            attributes.object("destination", |destination| {
                destination.object("address", |address| {
                    address.object("socketAddress", |socket| {
                        socket.text("address", "10.8.0.12");
                        socket.number("portValue", 8_443);
                    });
                });
                destination.text("principal", &format!("spiffe://cluster.local/ns/pay/sa/{resource}"));
            });
            attributes.object("request", |request| {
                request.text("time", "2026-01-15T00:00:00.123456Z");
                request.object("http", |http| {
                    http.text("id", &random.between(1_000_000_000_000, 9_000_000_000_000).to_string());
                    http.text("method", method);
                    http.object("headers", |headers| {
                        headers.text(":authority", "api.example.com");
                        headers.text(":method", method);
                        headers.text(":path", &path);
                        headers.text("accept", "*/*");
                        headers.text("authorization", &format!("Bearer {}", random.base64url(signed as usize)));
                        headers.text("content-type", "application/json");
                        headers.text("user-agent", "acme-sdk/2.4.1");
                        headers.text("x-request-id", &random.uuid());
                    });
                    http.text("path", &path);
                    http.text("host", "api.example.com");
                    http.text("scheme", "https");
                    http.text("protocol", "HTTP/2");
                    http.number("size", random.below(4_000));
                });
            });
            attributes.object("metadataContext", |context| {
                context.object("filterMetadata", |filter| {
                    filter.object("envoy.filters.http.jwt_authn", |authentication| {
                        authentication.object("jwt_payload", |claims| {
                            claims.text("iss", "https://idp.example.com/");
                            claims.text("sub", &identifier("user", user, 22));
                            claims.texts("aud", &["https://api.example.com"]);
                            claims.number("exp", now + 600);
                            claims.number("iat", now - random.between(1, 3_000));
                            claims.text("scope", &format!("{resource}:read {resource}:write"));
                            claims.text("client_id", &format!("svc-{resource}"));
                        });
                    });
                });
            });
        });
        event.texts("parsed_path", &["v1", resource, &account]);
        event.object("parsed_query", |query| query.texts("dry", &["1"]));
        event.raw("parsed_body", "null");
        event.number("time_ms", now_ms);
    })
}
