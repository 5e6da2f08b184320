//! Whether the policies of a chain's certificates leave one that all agree on, or need none: RFC 5280, 6.1, with the graph
//! that RFC 9618 puts in the place of its tree, which could grow without bounds.
//!
//! Nobody says which policies they want, so any will do.

use std::collections::{BTreeMap, BTreeSet};

use super::certificate::Certificate;

/// The content of an identifier.
type Policy<'d> = &'d [u8];

/// 2.5.29.32.0
const ANY: Policy<'_> = &[0x55, 0x1d, 0x20, 0];

struct Node<'d> {
    policy: Policy<'d>,
    expected: Vec<Policy<'d>>,
    parents: BTreeSet<usize>,
    children: BTreeSet<usize>,
}

/// The policies that hold so far, a level for each certificate below the root.
struct Graph<'d> {
    nodes: Vec<Node<'d>>,
    levels: Vec<BTreeMap<Policy<'d>, usize>>,
    /// From a policy to the nodes of the level before the last that expect it.
    expecting: BTreeMap<Policy<'d>, Vec<usize>>,
}

impl<'d> Graph<'d> {
    fn new() -> Self {
        let mut graph = Graph { nodes: Vec::new(), levels: vec![BTreeMap::new()], expecting: BTreeMap::new() };
        graph.insert(ANY, &[]);
        graph
    }

    fn last(&self) -> &BTreeMap<Policy<'d>, usize> {
        self.levels.last().unwrap_or_else(|| unreachable!("there is a level from the beginning"))
    }

    fn last_mut(&mut self) -> &mut BTreeMap<Policy<'d>, usize> {
        self.levels.last_mut().unwrap_or_else(|| unreachable!("there is a level from the beginning"))
    }

    /// A node of the last level.
    fn insert(&mut self, policy: Policy<'d>, parents: &[usize]) -> usize {
        let at = self.nodes.len();
        for parent in parents {
            self.nodes[*parent].children.insert(at);
        }
        let parents = parents.iter().copied().collect();
        self.nodes.push(Node { policy, expected: vec![policy], parents, children: BTreeSet::new() });
        self.last_mut().insert(policy, at);
        at
    }

    fn begin_level(&mut self) {
        self.expecting.clear();
        for node in self.levels.last().into_iter().flat_map(|level| level.values()) {
            for policy in &self.nodes[*node].expected {
                self.expecting.entry(policy).or_default().push(*node);
            }
        }
        self.levels.push(BTreeMap::new());
    }

    /// The level before the last.
    fn above(&self) -> &BTreeMap<Policy<'d>, usize> {
        &self.levels[self.levels.len() - 2]
    }

    /// Takes in the policies of a certificate; `any` says whether it may leave them open.
    fn take(&mut self, policies: &[Policy<'d>], any: bool) {
        for policy in policies.iter().filter(|policy| **policy != ANY) {
            let mut parents = self.expecting.get(policy).cloned().unwrap_or_default();
            if parents.is_empty() {
                parents.extend(self.above().get(ANY));
            }
            if !parents.is_empty() {
                self.insert(policy, &parents);
            }
        }
        if any && policies.contains(&ANY) {
            let mut missing: BTreeMap<Policy<'d>, Vec<usize>> = BTreeMap::new();
            for parent in self.above().values() {
                for policy in self.nodes[*parent].expected.iter().filter(|policy| !self.last().contains_key(*policy)) {
                    missing.entry(policy).or_default().push(*parent);
                }
            }
            for (policy, parents) in missing {
                self.insert(policy, &parents);
            }
        }
        self.prune();
    }

    /// Maps policies of the certificate to those expected below it.
    fn map(&mut self, mappings: &[(Policy<'d>, Policy<'d>)]) {
        let mut grouped: BTreeMap<Policy<'d>, Vec<Policy<'d>>> = BTreeMap::new();
        for (issuer, subject) in mappings {
            grouped.entry(issuer).or_default().push(subject);
        }
        for (issuer, subjects) in grouped {
            let node = match (self.last().get(issuer), self.last().get(ANY)) {
                (Some(node), _) => *node,
                (None, Some(any)) => {
                    let any = *any;
                    self.insert(issuer, &[any])
                }
                (None, None) => continue,
            };
            self.nodes[node].expected = subjects;
        }
    }

    /// Takes away a policy of the last level.
    fn remove(&mut self, policy: Policy<'d>) {
        if let Some(node) = self.last_mut().remove(policy) {
            for parent in std::mem::take(&mut self.nodes[node].parents) {
                self.nodes[parent].children.remove(&node);
            }
        }
    }

    /// Takes away what leads to nothing.
    fn prune(&mut self) {
        for level in (1..self.levels.len() - 1).rev() {
            let nodes = &mut self.nodes;
            self.levels[level].retain(|_, at| {
                let keep = !nodes[*at].children.is_empty();
                if !keep {
                    for parent in std::mem::take(&mut nodes[*at].parents) {
                        nodes[parent].children.remove(at);
                    }
                }
                keep
            });
        }
    }

    /// Whether any policy is left that the authorities agree on.
    fn holds_any(&self) -> bool {
        let from_any = |node: &Node<'_>| {
            let mut parents = node.parents.iter();
            node.policy != ANY
                && parents.next().is_some_and(|parent| self.nodes[*parent].policy == ANY)
                && parents.next().is_none()
        };
        self.last().contains_key(ANY)
            || self.levels.iter().flat_map(BTreeMap::values).any(|at| from_any(&self.nodes[*at]))
    }
}

/// Whether the policies of a chain, from the leaf to the root, allow it.
pub(super) fn allow(chain: &[&Certificate<'_>]) -> bool {
    let Some((_, below)) = chain.split_last().filter(|(_, below)| !below.is_empty()) else { return true };
    // How many certificates may still follow until a policy is needed, mappings count for nothing, or any policy does.
    let enough = below.len() as i64 + 1;
    let (mut explicit, mut mapping, mut any) = (enough, enough, enough);
    let mut graph = Some(Graph::new());
    for (at, certificate) in below.iter().enumerate().rev() {
        let extensions = &certificate.extensions;
        let self_issued = certificate.raw_issuer == certificate.raw_subject;
        let policies = extensions.policies.as_deref().unwrap_or_default();
        if policies.is_empty() {
            graph = None;
        }
        if explicit == 0 && graph.is_none() {
            return false;
        }
        if let Some(graph) = &mut graph {
            graph.begin_level();
            graph.take(policies, any > 0 || at > 0 && self_issued);
            let mappings = &extensions.policy_mappings;
            if at > 0 && !mappings.is_empty() {
                if mapping > 0 {
                    if mappings.iter().any(|(issuer, subject)| *issuer == ANY || *subject == ANY) {
                        return false;
                    }
                    graph.map(mappings);
                } else {
                    mappings.iter().for_each(|(issuer, _)| graph.remove(issuer));
                    graph.prune();
                }
            }
        }
        if at > 0 {
            let step = i64::from(!self_issued);
            explicit = limited((explicit - step).max(0), extensions.require_explicit_policy);
            mapping = limited((mapping - step).max(0), extensions.inhibit_policy_mapping);
            any = limited((any - step).max(0), extensions.inhibit_any_policy);
        }
    }
    explicit = (explicit - 1).max(0);
    if below[0].extensions.require_explicit_policy == Some(0) {
        explicit = 0;
    }
    explicit > 0 || graph.is_some_and(|graph| graph.holds_any())
}

/// The smaller of a count and what a certificate says of it, where it says something that is not negative.
fn limited(count: i64, said: Option<i64>) -> i64 {
    said.filter(|said| *said >= 0).map_or(count, |said| said.min(count))
}
