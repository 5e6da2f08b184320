//! Chains of certificates from a leaf to a root, built and checked as Go's `crypto/x509` does.
//!
//! Everything that is not understood, not signed, expired or not allowed by those above leaves the leaf without a chain.
//! Nobody is asked whether a certificate was revoked.

use super::certificate::Certificate;
use super::{constraints, names, policies};

/// What a chain must be good for.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// In ns since 1970.
    pub(super) now: i64,
    /// The host that the leaf must be for; empty where any will do.
    pub(super) host: Vec<u8>,
    /// The purposes, by Go's numbers, of which one must be allowed; where none is given, that of a server.
    pub(super) purposes: Vec<i64>,
}

/// Any purpose.
const ANY: i64 = 0;
const SERVER: i64 = 1;

/// More signatures are not checked for one leaf.
const MOST_SIGNATURES: usize = 100;

/// What a certificate is in a chain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Leaf,
    Intermediate,
    Root,
}

/// The first chain found that is good, from the leaf, which comes last, to the root, which comes first; those between may
/// be used. `None` where there is none.
pub(super) fn verify<'c, 'd>(
    certificates: &'c [Certificate<'d>],
    options: &Options,
) -> Option<Vec<&'c Certificate<'d>>> {
    let [root, intermediates @ .., leaf] = certificates else { return None };
    let search = &mut Search { root, intermediates: distinct(intermediates), options, signatures: 0 };
    let host_covered = || {
        let names = &leaf.extensions.names;
        options.host.is_empty() || names::covers(&options.host, &names.dns, &names.ips)
    };
    if !search.is_valid(leaf, Place::Leaf, &[]) || !host_covered() {
        return None;
    }
    let chains = if root.raw == leaf.raw { vec![vec![leaf]] } else { search.chains(vec![leaf]).0 };
    chains
        .into_iter()
        .find(|chain| policies::allow(chain) && purposes_allow(chain, &options.purposes) && constraints::allow(chain))
}

/// Each certificate once.
fn distinct<'c, 'd>(certificates: &'c [Certificate<'d>]) -> Vec<&'c Certificate<'d>> {
    let mut seen = std::collections::HashSet::new();
    certificates.iter().filter(|certificate| seen.insert(certificate.raw)).collect()
}

struct Search<'s, 'c, 'd> {
    root: &'c Certificate<'d>,
    intermediates: Vec<&'c Certificate<'d>>,
    options: &'s Options,
    /// How many were checked.
    signatures: usize,
}

type Chain<'c, 'd> = Vec<&'c Certificate<'d>>;

impl<'c, 'd> Search<'_, 'c, 'd> {
    /// All chains that begin like this one. With them, whether the search must end; not where it found any.
    fn chains(&mut self, begun: Chain<'c, 'd>) -> (Vec<Chain<'c, 'd>>, bool) {
        let Some(last) = begun.last().copied() else { return (Vec::new(), false) };
        let mut chains = Vec::new();
        let roots = parents(last, &[self.root]).into_iter().map(|parent| (Place::Root, parent));
        let others = parents(last, &self.intermediates).into_iter().map(|parent| (Place::Intermediate, parent));
        for (place, parent) in roots.chain(others).collect::<Vec<_>>() {
            self.signatures += 1;
            if self.signatures > MOST_SIGNATURES {
                let over = chains.is_empty();
                return (chains, over);
            }
            let fits = !is_in(parent, &begun) && signed_by(last, parent) && self.is_valid(parent, place, &begun);
            if !fits {
                continue;
            }
            let longer = begun.iter().copied().chain([parent]).collect();
            if place == Place::Root {
                chains.push(longer);
                continue;
            }
            let (found, over) = self.chains(longer);
            chains.extend(found);
            if over {
                let over = chains.is_empty();
                return (chains, over);
            }
        }
        (chains, false)
    }

    /// Whether a certificate may stand at the end of this chain, apart from signatures.
    fn is_valid(&self, certificate: &Certificate<'_>, place: Place, chain: &[&Certificate<'_>]) -> bool {
        let extensions = &certificate.extensions;
        let now = i128::from(self.options.now);
        let in_time = certificate.not_before.nanoseconds() <= now && now <= certificate.not_after.nanoseconds();
        let is_ca = extensions.basic_constraints_valid && extensions.is_ca;
        let fits_length = !extensions.basic_constraints_valid
            || extensions.max_path_len < 0
            || chain.len() as i64 - 1 <= extensions.max_path_len;
        extensions.unhandled_critical.is_empty()
            && chain.last().is_none_or(|child| child.raw_issuer == certificate.raw_subject)
            && in_time
            && (place != Place::Intermediate || is_ca)
            && fits_length
    }
}

/// Those that may have signed a certificate, by their names; first those whose key is also named as the one that signed it,
/// last those whose key is named otherwise.
fn parents<'c, 'd>(child: &Certificate<'_>, pool: &[&'c Certificate<'d>]) -> Vec<&'c Certificate<'d>> {
    let wanted = child.extensions.authority_key_id.unwrap_or_default();
    let rank = |parent: &&Certificate<'_>| {
        let id = parent.extensions.subject_key_id.unwrap_or_default();
        if id == wanted { 0 } else { 1 + u8::from(!id.is_empty() && !wanted.is_empty()) }
    };
    let mut parents: Vec<_> = pool.iter().copied().filter(|parent| parent.raw_subject == child.raw_issuer).collect();
    parents.sort_by_key(rank);
    parents
}

/// Whether a chain has the certificate, or another for the same subject, key and names: authorities that sign each other would
/// lead in circles.
fn is_in(certificate: &Certificate<'_>, chain: &[&Certificate<'_>]) -> bool {
    let names =
        |certificate: &Certificate<'_>| certificate.extensions.get(17).map(|extension| extension.value.to_vec());
    let alike = |other: &&&Certificate<'_>| {
        other.raw_subject == certificate.raw_subject && other.raw_key == certificate.raw_key
    };
    let own = names(certificate);
    for other in chain.iter().filter(alike) {
        match (&own, names(other)) {
            (None, None) => return true,
            (Some(own), Some(names)) if *own == names => return true,
            (Some(_), Some(_)) => {}
            _ => return false,
        }
    }
    false
}

const CERT_SIGN: i64 = 1 << 5;

/// Whether a certificate's signature is that of another, which may sign certificates.
fn signed_by(child: &Certificate<'_>, parent: &Certificate<'_>) -> bool {
    let extensions = &parent.extensions;
    let may_sign = match extensions.basic_constraints_valid {
        true => extensions.is_ca,
        false => parent.version != 3,
    };
    may_sign
        && (extensions.key_usage == 0 || extensions.key_usage & CERT_SIGN != 0)
        && parent.key.as_ref().is_some_and(|key| key.verifies(child.algorithm, child.signed, &child.signature))
}

/// Whether all certificates of a chain that speak of purposes allow one of these.
fn purposes_allow(chain: &[&Certificate<'_>], purposes: &[i64]) -> bool {
    let mut remaining = if purposes.is_empty() { vec![SERVER] } else { purposes.to_vec() };
    if remaining.contains(&ANY) {
        return true;
    }
    for certificate in chain.iter().rev() {
        let extensions = &certificate.extensions;
        let allowed = &extensions.extended_key_usage;
        let silent = allowed.is_empty() && extensions.unknown_extended_key_usage.is_empty();
        if !silent && !allowed.contains(&ANY) {
            remaining.retain(|purpose| allowed.contains(purpose));
        }
    }
    !remaining.is_empty()
}
