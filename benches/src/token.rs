//! Tokens and API keys on save: what the platform sends to the policies when one is created, updated or rotated.

use crate::json::{Object, object};
use crate::mix::{Kind, Mix};
use crate::random::{Random, identifier};

/// What is wrong with a token.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// It belongs to a user.
    Type,
    /// It lives too long.
    Lifetime,
    /// It has no end.
    Endless,
    /// Rotated, it goes on for too long.
    Overlap,
}

impl Fault {
    pub(crate) fn pick(random: &mut Random, mix: Mix, kind: Kind) -> Fault {
        match (mix, kind) {
            // The seed policies say nothing about tokens without an end.
            (Mix::Seed, Kind::TokenRotate) => {
                random.weighted(&[(1, Fault::Type), (1, Fault::Lifetime), (3, Fault::Overlap)])
            }
            (Mix::Seed, _) => random.weighted(&[(8, Fault::Type), (7, Fault::Lifetime)]),
            (Mix::Main, Kind::TokenRotate) => {
                random.weighted(&[(8, Fault::Type), (4, Fault::Lifetime), (3, Fault::Overlap)])
            }
            (Mix::Main, _) => random.weighted(&[(8, Fault::Type), (4, Fault::Lifetime), (3, Fault::Endless)]),
        }
    }
}

const DAY_MS: u64 = 86_400_000;

const TEAMS: [&str; 8] = ["payments", "identity", "search", "ledger", "mobile", "data", "edge", "support"];
const STAGES: [&str; 4] = ["prod", "stage", "test", "dev"];
const JOBS: [&str; 8] = ["deployer", "builder", "reporter", "backup", "scanner", "indexer", "exporter", "probe"];
const PEOPLE: [&str; 8] =
    ["Ana Costa", "Jan Novák", "Mei Lin", "Omar Haddad", "Ida Berg", "Zoë Klein", "Ravi Rao", "Eve Hall"];

/// A token that is created, updated or rotated.
pub(crate) fn save(random: &mut Random, kind: Kind, now_ms: u64, fault: Option<Fault>, malformed: bool) -> String {
    let rank = random.rank();
    let team = TEAMS[rank as usize % TEAMS.len()];
    let job = JOBS[rank as usize / 8 % JOBS.len()];
    let user = random.rank() % 50_000;
    // A rotation is judged twice: the old token, which goes on for a while, and the new one.
    let old = kind == Kind::TokenRotate && (random.below(2) == 0 || matches!(fault, Some(Fault::Overlap)));
    // What is malformed is one of five fields, a value of the wrong type in place of the right one.
    let malformed = malformed.then(|| random.below(5));
    let valid_from = match kind {
        Kind::TokenCreate => now_ms,
        _ => now_ms - random.between(1, 20) * DAY_MS,
    };
    let days = match fault {
        Some(Fault::Lifetime) => random.between(180, 370),
        _ => random.between(25, 85),
    };
    object(|event| {
        event.object("token", |token| {
            if old {
                token.text("identifier", &format!("rotated_{}", random.letters(15)));
            } else {
                token.text("identifier", &format!("{team}_{job}_{rank}"));
            }
            match malformed {
                Some(0) => token.number("name", rank),
                _ => token.text("name", &format!("{team}-{job}-{rank}")),
            }
            token.number("validFrom", valid_from);
            match (malformed, fault) {
                (Some(1), _) => token.text("validTo", "soon"),
                (Some(2), _) => token.raw("validTo", "null"),
                (_, Some(Fault::Endless)) => {}
                _ => token.number("validTo", valid_from + days * DAY_MS),
            }
            token.truth("valid", true);
            token.text("accountIdentifier", &identifier("account", rank % 40, 22));
            token.text("orgIdentifier", "default");
            token.text("projectIdentifier", team);
            token.text("apiKeyIdentifier", &format!("{team}_{job}_key"));
            token.text("parentIdentifier", &format!("{team}_{job}_sa"));
            match (malformed, fault) {
                (Some(3), _) => token.number("apiKeyType", 5),
                (_, Some(Fault::Type)) => token.text("apiKeyType", "USER"),
                _ => token.text("apiKeyType", "SERVICE_ACCOUNT"),
            }
            if random.below(3) > 0 {
                token.text("description", &format!("used by the {job} of {team}, \"{}\" stage", random.pick(&STAGES)));
            }
            tags(token, random, team, user);
            token.text("email", &format!("{team}_{job}@service.example.com"));
            token.text("username", &format!("{team}-{job}"));
            if old {
                let days =
                    if matches!(fault, Some(Fault::Overlap)) { random.between(60, 90) } else { random.between(1, 6) };
                match malformed {
                    Some(4) => token.text("scheduledExpireTime", &(now_ms + days * DAY_MS).to_string()),
                    _ => token.number("scheduledExpireTime", now_ms + days * DAY_MS),
                }
            }
        });
        metadata(event, random, "token", now_ms, user);
    })
}

/// An API key that is created.
pub(crate) fn save_key(random: &mut Random, now_ms: u64) -> String {
    let rank = random.rank();
    let team = TEAMS[rank as usize % TEAMS.len()];
    let user = random.rank() % 50_000;
    object(|event| {
        event.object("apiKey", |key| {
            key.text("identifier", &format!("{team}_key_{rank}"));
            key.text("name", &format!("{team}-key-{rank}"));
            key.text("description", &format!("Key {rank} of {team}"));
            tags(key, random, team, user);
            key.text("apiKeyType", "SERVICE_ACCOUNT");
            key.text("parentIdentifier", &format!("{team}_sa"));
            key.number("defaultTimeToExpireToken", random.between(1, 30) * DAY_MS);
            key.text("accountIdentifier", &identifier("account", rank % 40, 22));
            key.text("orgIdentifier", "default");
            key.text("projectIdentifier", team);
        });
        metadata(event, random, "apikey", now_ms, user);
    })
}

fn tags(entity: &mut Object<'_>, random: &mut Random, team: &str, user: u64) {
    entity.object("tags", |tags| {
        tags.text("team", team);
        tags.text("env", random.pick(&STAGES));
        tags.text("owner", &format!("user{user}"));
    });
}

/// What the platform adds to every evaluation: who acts, in which groups and roles.
fn metadata(event: &mut Object<'_>, random: &mut Random, entity: &str, now_ms: u64, user: u64) {
    let principal = identifier("user", user, 22);
    let name = PEOPLE[user as usize % PEOPLE.len()];
    event.object("metadata", |metadata| {
        metadata.text("action", "onsave");
        metadata.text("type", entity);
        metadata.number("timestamp", now_ms / 1000);
        metadata.text("principalIdentifier", &principal);
        metadata.text("principalType", "USER");
        metadata.object("user", |person| {
            person.text("uuid", &principal);
            person.text("name", name);
            person.text("email", &format!("user{user}@example.com"));
            person.truth("disabled", false);
            person.truth("externallyManaged", user.is_multiple_of(3));
            person.truth("locked", false);
        });
        let groups = random.between(0, 1);
        metadata.objects("userGroups", &[0, 1][..=groups as usize], |group, place| {
            if *place == 0 {
                group.text("identifier", "_account_all_users");
                group.text("name", "All Account Users");
            } else {
                group.text("identifier", "platform_admins");
                group.text("name", "Platform Admins");
            }
            group.texts("users", &[&principal]);
        });
        let roles: Vec<String> = (0..random.weighted(&[(4, 0), (5, 1), (1, 2)])).map(|_| random.letters(20)).collect();
        metadata.objects("roleAssignmentMetadata", &roles, |role, key| {
            role.text("identifier", &format!("role_assignment_{key}"));
            role.truth("managedRole", true);
            role.truth("managedRoleAssignment", false);
            role.text("resourceGroupIdentifier", "_all_resources_including_child_scopes");
            role.text("resourceGroupName", "All Resources Including Child Scopes");
            role.text("roleIdentifier", "_account_admin");
            role.text("roleName", "Account Admin");
        });
    });
    event.number("time_ms", now_ms);
}
