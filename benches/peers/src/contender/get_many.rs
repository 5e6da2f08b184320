//! sonic-rs reading many paths at once, lazily, and comparing what is there with the constants of the rules by hand.
//!
//! It checks an event up to where the last of its paths is found, and no further.

use anyhow::{Result, ensure};
use sonic_rs::{LazyValue, PointerTree};

use super::Decides;
use crate::workload::{PATHS, Workload, expected};

/// The paths, and what stands at each in JSON where its rule denies.
pub struct GetMany {
    tree: PointerTree,
    denied: Vec<String>,
}

impl GetMany {
    /// Takes the paths of a workload's rules, one each.
    pub fn load(workload: &Workload) -> Result<GetMany> {
        let count = workload.modules.iter().map(|(_, text)| text.matches("deny[").count()).sum::<usize>();
        ensure!(count <= PATHS.len(), "there are not that many paths");
        let mut tree = PointerTree::new();
        PATHS[..count].iter().for_each(|path| tree.add_path(path.iter()));
        let name = workload.events.first().and_then(|event| {
            let event: serde_json::Value = serde_json::from_slice(event).ok()?;
            Some(event["token"]["name"].as_str()?.to_owned())
        });
        let denied = (0..count).map(|number| format!("\"{}\"", expected(number, name.as_deref())));
        Ok(GetMany { tree, denied: denied.collect() })
    }

    /// The numbers of the rules that deny.
    fn hits<'a>(&'a self, event: &'a [u8]) -> Result<impl Iterator<Item = usize> + 'a> {
        let values: Vec<Option<LazyValue<'_>>> = sonic_rs::get_many(event, &self.tree)?;
        let denied = self.denied.iter().zip(values).enumerate();
        Ok(denied
            .filter(|(_, (denied, value))| value.as_ref().is_some_and(|value| value.as_raw_str() == **denied))
            .map(|(number, _)| number))
    }
}

impl Decides for GetMany {
    fn messages(&mut self, event: &[u8]) -> Result<Vec<String>> {
        Ok(self.hits(event)?.map(|number| format!("path {number}")).collect())
    }
}
