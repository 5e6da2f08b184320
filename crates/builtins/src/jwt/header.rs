//! What a token's header says about checking it.

use lictor_value::text::lossy;
use lictor_value::{Fault, Object};

use super::failed;

/// A header whose known fields have the right types.
#[derive(Debug, Default)]
pub(super) struct Header<'v> {
    /// The algorithm of the signature; empty where none is named.
    pub(super) alg: &'v [u8],
    /// Which key signed; empty where none is named.
    pub(super) kid: &'v [u8],
    /// What the payload is, if not claims: `JWT` is a token within a token.
    pub(super) cty: &'v [u8],
    /// Fields that whoever checks must understand.
    critical: Vec<&'v [u8]>,
    unknown: Vec<&'v [u8]>,
}

impl<'v> Header<'v> {
    pub(super) fn read(header: &Object<'v>) -> Result<Header<'v>, Fault> {
        let mut read = Header::default();
        for (key, value) in header.iter() {
            let name = key.as_bytes().unwrap_or_default();
            let text = || value.as_bytes();
            let field = match name {
                b"alg" => text().map(|alg| read.alg = alg),
                b"kid" => text().map(|kid| read.kid = kid),
                b"cty" => text().map(|cty| read.cty = cty),
                b"typ" => text().map(|_| ()),
                b"crit" => {
                    let items = value.as_array().ok_or_else(|| failed("crit: must be a list"))?;
                    read.critical = items.iter().map_while(|item| item.as_bytes()).collect();
                    if read.critical.is_empty() {
                        return Err(failed("crit: must be a nonempty list"));
                    }
                    Some(())
                }
                _ => {
                    read.unknown.push(name);
                    Some(())
                }
            };
            field.ok_or_else(|| failed(format!("{}: must be a string", lossy(name))))?;
        }
        Ok(read)
    }

    /// Whether an algorithm is named, and everything critical is known.
    pub(super) fn is_valid(&self) -> bool {
        !self.alg.is_empty() && !self.unknown.iter().any(|name| self.critical.contains(name))
    }

    /// Whether the payload is a token.
    pub(super) fn is_nested(&self) -> bool {
        // Go folds by Unicode, where no other letter than these three is one of them.
        self.cty.eq_ignore_ascii_case(b"JWT")
    }
}
