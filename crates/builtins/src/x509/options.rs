//! What `crypto.x509.parse_and_verify_certificates_with_options` is asked for.

use lictor_value::text::lossy;
use lictor_value::{Object, Value, View, number};

/// The options of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// In ns since 1970; that of the evaluation where none is given.
    pub(super) now: Option<i64>,
    /// The host that a certificate must be for; empty where any will do.
    pub(super) host: Vec<u8>,
    /// Purposes, by Go's numbers.
    pub(super) purposes: Vec<i64>,
}

/// The purposes by Go's numbers.
const PURPOSES: [&str; 14] = [
    "KeyUsageAny",
    "KeyUsageServerAuth",
    "KeyUsageClientAuth",
    "KeyUsageCodeSigning",
    "KeyUsageEmailProtection",
    "KeyUsageIPSECEndSystem",
    "KeyUsageIPSECTunnel",
    "KeyUsageIPSECUser",
    "KeyUsageTimeStamping",
    "KeyUsageOCSPSigning",
    "KeyUsageMicrosoftServerGatedCrypto",
    "KeyUsageNetscapeServerGatedCrypto",
    "KeyUsageMicrosoftCommercialCodeSigning",
    "KeyUsageMicrosoftKernelCodeSigning",
];

impl Options {
    /// Reads them. Keys that are no strings mean nothing.
    ///
    /// # Errors
    /// The first thing wrong with them, in OPA's words.
    pub(super) fn read(options: &Object<'_>) -> Result<Self, String> {
        let mut read = Options::default();
        for (key, value) in options.iter() {
            let Some(key) = key.as_bytes() else { continue };
            match key {
                b"DNSName" => {
                    let host = value.as_bytes().ok_or("'DNSName' should be a string")?;
                    read.host = unquoted(host).to_vec();
                }
                b"CurrentTime" => read.now = Some(int(value, "CurrentTime", "int64 number")?),
                b"MaxConstraintComparisons" => {
                    int(value, "MaxConstraintComparisons", "number")?;
                }
                b"KeyUsages" => read.purposes = purposes(value)?,
                _ => return Err("invalid key option".into()),
            }
        }
        Ok(read)
    }
}

fn int(value: Value<'_>, name: &str, kind: &str) -> Result<i64, String> {
    if !value.is_number() {
        return Err(format!("'{name}' should be a number"));
    }
    number::to_count(value).ok_or_else(|| format!("'{name}' should be a valid {kind}"))
}

fn purposes(value: Value<'_>) -> Result<Vec<i64>, String> {
    let items = match value.view() {
        View::Array(items) => items,
        View::Set(set) => set.items(),
        _ => return Err("'KeyUsages' should be an Array or Set".into()),
    };
    let mut unknown = Vec::new();
    let mut purposes = Vec::new();
    for name in items.iter().filter_map(|item| item.as_bytes()).map(unquoted) {
        match PURPOSES.iter().position(|purpose| purpose.as_bytes() == name) {
            Some(number) => purposes.push(number as i64),
            None => unknown.push(lossy(name)),
        }
    }
    match unknown.is_empty() {
        true => Ok(purposes),
        false => Err(format!("invalid entries for 'KeyUsages' found: [{}]", unknown.join(" "))),
    }
}

/// Without the quotes around it.
fn unquoted(mut text: &[u8]) -> &[u8] {
    while let [b'"', rest @ ..] | [rest @ .., b'"'] = text {
        text = rest;
    }
    text
}
