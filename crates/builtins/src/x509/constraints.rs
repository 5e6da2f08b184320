//! Whether the names in a chain are among those that the authorities above may give (RFC 5280, 4.2.1.10).
//!
//! Constraints are sorted so that what lies in another comes right after it, and is dropped; then a name can only lie in the
//! one before it. So neither many names nor many constraints take long. The answers are those of Go's `crypto/x509`.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::net::IpAddr;

use crate::url::Url;

use super::certificate::Certificate;
use super::extensions::Subtrees;
use super::names::{domain_is_valid, mailbox};

/// Whether all certificates of a chain, from the leaf to the root, have names that those above allow.
pub(super) fn allow(chain: &[&Certificate<'_>]) -> bool {
    let constrained = chain.iter().enumerate().filter(|(_, certificate)| certificate.extensions.has(30));
    let rules = constrained.map(|(at, certificate)| {
        let extensions = &certificate.extensions;
        (at, Rules::new(&extensions.permitted, true), Rules::new(&extensions.excluded, false))
    });
    let constraints: Vec<_> = rules.collect();
    chain.iter().enumerate().filter(|(_, certificate)| certificate.extensions.has(17)).all(|(at, certificate)| {
        let mut above = constraints.iter().filter(|(owner, ..)| *owner > at).peekable();
        above.peek().is_none()
            || Names::of(certificate).is_some_and(|names| {
                above.all(|(_, permitted, excluded)| names.are_within(permitted) && names.are_outside(excluded))
            })
    })
}

/// A certificate's names, in the parts that constraints look at.
struct Names<'c> {
    dns: &'c [&'c [u8]],
    hosts: Vec<Vec<u8>>,
    mailboxes: Vec<(Vec<u8>, Vec<u8>)>,
    ips: &'c [&'c [u8]],
}

impl<'c> Names<'c> {
    /// `None` where a name has no such parts: it cannot be said to be allowed.
    fn of(certificate: &'c Certificate<'_>) -> Option<Self> {
        let names = &certificate.extensions.names;
        let mailboxes = names.emails.iter().map(|email| {
            let (local, domain) = mailbox(email)?;
            Some((local, domain.to_ascii_lowercase()))
        });
        let names = Names {
            dns: &names.dns,
            hosts: names.uris.iter().map(host).collect::<Option<_>>()?,
            mailboxes: mailboxes.collect::<Option<_>>()?,
            ips: &names.ips,
        };
        let mut domains = names.dns.iter().copied().chain(names.hosts.iter().map(Vec::as_slice));
        let valid = domains.all(|domain| domain_is_valid(domain, false))
            && names.mailboxes.iter().all(|(_, domain)| domain_is_valid(domain, false));
        valid.then_some(names)
    }

    fn are_within(&self, rules: &Rules<'_>) -> bool {
        rules.dns.as_ref().is_none_or(|dns| self.dns.iter().all(|name| dns.has(name)))
            && rules.uris.as_ref().is_none_or(|uris| self.hosts.iter().all(|host| uris.has(host)))
            && rules.emails.as_ref().is_none_or(|emails| self.mailboxes.iter().all(|mailbox| emails.has(mailbox)))
            && rules.ips.as_ref().is_none_or(|ips| self.ips.iter().all(|ip| ips.has(ip)))
    }

    fn are_outside(&self, rules: &Rules<'_>) -> bool {
        rules.dns.as_ref().is_none_or(|dns| !self.dns.iter().any(|name| dns.has(name)))
            && rules.uris.as_ref().is_none_or(|uris| !self.hosts.iter().any(|host| uris.has(host)))
            && rules.emails.as_ref().is_none_or(|emails| !self.mailboxes.iter().any(|mailbox| emails.has(mailbox)))
            && rules.ips.as_ref().is_none_or(|ips| !self.ips.iter().any(|ip| ips.has(ip)))
    }
}

/// The host of a URI without its port; none where it has none, or where it is an address.
fn host(uri: &Url) -> Option<Vec<u8>> {
    let mut host = &uri.host.to_ascii_lowercase()[..];
    if host.contains(&b':') && !host.ends_with(b"]") {
        let colon = uri.host.iter().rposition(|byte| *byte == b':')?;
        // In the case it was written in, as Go has it: comparing takes no notice.
        host = &uri.host[..colon];
        if let Some(inside) = host.strip_prefix(b"[") {
            host = inside.strip_suffix(b"]")?;
        } else if host.iter().any(|byte| b":[]".contains(byte)) {
            return None;
        }
    }
    let bare = std::str::from_utf8(host).ok()?;
    let is_address = bare.split('%').next().is_some_and(|address| address.parse::<IpAddr>().is_ok());
    let is_literal = host.starts_with(b"[") && host.ends_with(b"]");
    (!host.is_empty() && !is_address && !is_literal).then(|| host.to_vec())
}

/// What one certificate permits or excludes; nothing of a kind where it does not speak of that.
struct Rules<'d> {
    dns: Option<Domains<'d>>,
    uris: Option<Domains<'d>>,
    emails: Option<Emails<'d>>,
    ips: Option<Networks<'d>>,
}

impl<'d> Rules<'d> {
    fn new(subtrees: &Subtrees<'d>, permitted: bool) -> Self {
        Rules {
            dns: Domains::new(subtrees.dns.clone(), permitted),
            uris: Domains::new(subtrees.uris.clone(), permitted),
            emails: Emails::new(&subtrees.emails, permitted),
            ips: Networks::new(&subtrees.ips),
        }
    }
}

/// Domains and all below them; of those that begin with a dot, only what is below.
struct Domains<'d> {
    /// Sorted by their last label first; none lies in another. One that is empty has everything in it.
    sorted: Vec<&'d [u8]>,
    all: bool,
    /// What `*` in a name may stand before, where names are excluded: some host there is.
    parents: HashSet<Vec<u8>>,
}

impl<'d> Domains<'d> {
    fn new(mut domains: Vec<&'d [u8]>, permitted: bool) -> Option<Self> {
        if domains.is_empty() {
            return None;
        }
        let all = domains.iter().any(|domain| domain.is_empty());
        domains.sort_by(|a, b| compare_domains(a, b));
        domains.dedup_by(|next, kept| is_below(kept, next));
        let parents = match permitted || all {
            true => HashSet::new(),
            false => domains.iter().filter_map(|domain| parent(domain)).collect(),
        };
        Some(Domains { sorted: domains, all, parents })
    }

    fn has(&self, name: &[u8]) -> bool {
        let found = match self.sorted.binary_search_by(|domain| compare_domains(domain, name)) {
            Ok(_) => true,
            Err(at) => is_below(self.sorted[at.saturating_sub(1)], name),
        };
        let wild = || name.starts_with(b"*") && parent(name).is_some_and(|parent| self.parents.contains(&parent));
        self.all || found || wild()
    }
}

/// What follows the first label, with its dot, in lower case.
fn parent(domain: &[u8]) -> Option<Vec<u8>> {
    let dot = domain.iter().position(|byte| *byte == b'.')?;
    Some(domain[dot..].to_ascii_lowercase())
}

/// By the last characters first, taking no notice of case; a dot comes before everything else, so that a domain is followed by
/// what is below it.
fn compare_domains(a: &[u8], b: &[u8]) -> Ordering {
    let key = |byte: &u8| if *byte == b'.' { 0 } else { byte.to_ascii_lowercase() };
    a.iter().rev().map(key).cmp(b.iter().rev().map(key))
}

fn is_below(domain: &[u8], name: &[u8]) -> bool {
    let Some(at) = name.len().checked_sub(domain.len()) else { return false };
    name[at..].eq_ignore_ascii_case(domain) && (at == 0 || domain.starts_with(b".") || name[at - 1] == b'.')
}

/// Mailboxes, and domains whose mailboxes are meant.
struct Emails<'d> {
    mailboxes: HashSet<(Vec<u8>, Vec<u8>)>,
    domains: Option<Domains<'d>>,
}

impl<'d> Emails<'d> {
    fn new(constraints: &[&'d [u8]], permitted: bool) -> Option<Self> {
        if constraints.is_empty() {
            return None;
        }
        let (mailboxes, domains): (Vec<&'d [u8]>, Vec<_>) = constraints.iter().partition(|text| text.contains(&b'@'));
        let parts = |text: &&'d [u8]| mailbox(text).map(|(local, domain)| (local, domain.to_ascii_lowercase()));
        Some(Emails {
            mailboxes: mailboxes.iter().filter_map(parts).collect(),
            domains: Domains::new(domains, permitted),
        })
    }

    fn has(&self, mailbox: &(Vec<u8>, Vec<u8>)) -> bool {
        self.mailboxes.contains(mailbox) || self.domains.as_ref().is_some_and(|domains| domains.has(&mailbox.1))
    }
}

/// Address and mask.
type Network<'d> = (&'d [u8], &'d [u8]);

/// Networks of both families.
struct Networks<'d> {
    four: Vec<Network<'d>>,
    six: Vec<Network<'d>>,
}

impl<'d> Networks<'d> {
    fn new(networks: &[Network<'d>]) -> Option<Self> {
        if networks.is_empty() {
            return None;
        }
        let (mut four, mut six): (Vec<Network<'d>>, Vec<Network<'d>>) =
            networks.iter().partition(|(address, _)| address.len() == 4);
        for family in [&mut four, &mut six] {
            family.sort_unstable();
            family.dedup_by(|next, kept| {
                let end: Vec<_> = next.0.iter().zip(next.1).map(|(address, mask)| address | !mask).collect();
                contains(kept, next.0) && contains(kept, &end)
            });
        }
        Some(Networks { four, six })
    }

    fn has(&self, ip: &[u8]) -> bool {
        let family = if ip.len() == 4 { &self.four } else { &self.six };
        match family.binary_search_by(|(address, _)| address.cmp(&ip)) {
            Ok(_) => true,
            Err(at) => family.get(at.saturating_sub(1)).is_some_and(|network| contains(network, ip)),
        }
    }
}

fn contains((address, mask): &Network<'_>, ip: &[u8]) -> bool {
    let (address, mask) = match four(address) {
        Some(four) => (four, &mask[mask.len() - 4..]),
        None => (*address, *mask),
    };
    let ip = four(ip).unwrap_or(ip);
    let alike = |((address, mask), ip): ((&u8, &u8), &u8)| address & mask == ip & mask;
    ip.len() == address.len() && address.iter().zip(mask).zip(ip).all(alike)
}

/// The four bytes of an address that is one of four, however written.
fn four(ip: &[u8]) -> Option<&[u8]> {
    match ip.len() {
        4 => Some(ip),
        _ => ip.strip_prefix(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]),
    }
}

#[cfg(test)]
mod tests {
    use super::{Domains, Emails, Networks};

    fn domains(constraints: &[&'static str], permitted: bool, name: &str) -> bool {
        let constraints = constraints.iter().map(|text| text.as_bytes()).collect();
        Domains::new(constraints, permitted).is_some_and(|domains| domains.has(name.as_bytes()))
    }

    #[test]
    fn a_domain_has_what_is_below_it() {
        let constraints = ["a.example", ".b.example", "a-a.example", "x.a.example", "C.EXAMPLE"];
        for (name, within) in [
            ("a.example", true),
            ("y.x.a.example", true),
            ("b.example", false),
            ("y.b.example", true),
            ("ya.example", false),
            ("a-a.example", true),
            ("y.c.Example", true),
            ("example", false),
            ("", false),
        ] {
            assert_eq!(domains(&constraints, true, name), within, "{name}");
        }
        assert!(domains(&["", "a"], true, "anything"));
    }

    #[test]
    fn a_star_may_stand_for_what_is_excluded() {
        assert!(domains(&["bad.Example.com"], false, "*.example.com"));
        assert!(!domains(&["bad.example.com"], true, "*.example.com"));
        assert!(!domains(&["bad.example.com"], false, "*.com"));
    }

    #[test]
    fn mailboxes_match_whole_and_domains_what_is_in_them() {
        let emails = Emails::new(&[b"Me@A.example", b".b.example"], true).expect("there are constraints");
        let has = |local: &str, domain: &str| emails.has(&(local.into(), domain.into()));
        assert!(has("Me", "a.example") && !has("me", "a.example") && has("x", "y.b.example") && !has("x", "b.example"));
    }

    #[test]
    fn networks_are_found_among_many() {
        let networks = Networks::new(&[
            (&[10, 0, 0, 0], &[255, 0, 0, 0]),
            (&[10, 1, 0, 0], &[255, 255, 0, 0]),
            (&[192, 168, 0, 0], &[255, 255, 255, 0]),
        ]);
        let networks = networks.expect("there are networks");
        assert_eq!(networks.four.len(), 2);
        for (ip, within) in
            [([10, 2, 3, 4], true), ([192, 168, 0, 9], true), ([192, 168, 1, 0], false), ([9, 0, 0, 0], false)]
        {
            assert_eq!(networks.has(&ip), within, "{ip:?}");
        }
        assert!(!networks.has(&[0; 16]));
    }
}
