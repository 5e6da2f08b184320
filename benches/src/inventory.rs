//! Personal access tokens as inventories of code hosts list them.

use crate::json::object;
use crate::random::Random;

/// A token in an inventory, of one of two providers.
pub(crate) fn seen(random: &mut Random) -> String {
    let number = random.rank();
    let month = random.between(1, 12);
    let day = random.between(1, 28);
    if random.below(2) == 0 {
        return object(|event| {
            event.text("event", "pat.list_item");
            event.text("provider", "gitlab");
            event.object("token", |token| {
                token.number("id", number);
                token.text("name", &format!("pipeline_{number}"));
                token.truth("revoked", random.below(20) == 0);
                token.text("created_at", &format!("2025-{month:02}-{day:02}T09:45:42.183Z"));
                token.text("description", "");
                token.texts("scopes", &["api", "read_repository"]);
                token.number("user_id", random.rank());
                token.raw("last_used_at", "null");
                token.truth("active", true);
                token.text("expires_at", &format!("2026-{month:02}-{day:02}"));
            });
        });
    }
    object(|event| {
        event.text("event", "pat.grant");
        event.text("provider", "github");
        event.object("grant", |grant| {
            grant.number("id", number);
            grant.object("owner", |owner| {
                owner.text("login", &format!("user{}", random.rank() % 50_000));
                owner.number("id", random.rank());
                owner.text("type", "User");
                owner.truth("site_admin", false);
            });
            grant.text("repository_selection", random.pick(&["all", "subset", "none"]));
            grant.object("permissions", |permissions| {
                permissions.object("organization", |organization| organization.text("members", "read"));
                permissions.object("repository", |repository| {
                    repository.text("metadata", "read");
                    repository.text("contents", random.pick(&["read", "write"]));
                });
            });
            grant.text("access_granted_at", &format!("2025-{month:02}-{day:02}T08:47:09.000-07:00"));
            grant.number("token_id", random.rank());
            grant.text("token_name", &format!("ci-token-{number}"));
            grant.truth("token_expired", false);
            grant.text("token_expires_at", &format!("2026-{month:02}-{day:02}T08:47:09.000-07:00"));
            grant.raw("token_last_used_at", "null");
        });
    })
}
