//! A network: an address and the length of its prefix.
//!
//! Both families are kept as 128 bits, IPv4 mapped into IPv6 (`::ffff:a.b.c.d`) as Go keeps it, so that one arithmetic
//! serves both. A network of IPv6 text whose prefix covers that mapping is one of IPv4.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bits before an IPv4 address.
const MAPPED_BITS: u32 = 96;
const MAPPED: u128 = 0xffff << 32;

/// A network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cidr {
    /// The address as it is shown; all below the prefix is 0 unless it was given without one.
    shown: u128,
    /// The prefix's length in 128 bits.
    prefix: u32,
}

/// An address, as Go reads it.
pub(crate) fn address(text: &[u8]) -> Option<IpAddr> {
    let address: IpAddr = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(address.to_canonical())
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => MAPPED | u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn of_bits(bits: u128) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from_bits(bits)).to_canonical()
}

fn is_v4(bits: u128) -> bool {
    bits >> 32 == 0xffff
}

/// The bits below a prefix.
fn hosts(prefix: u32) -> u128 {
    u128::MAX.checked_shr(prefix).unwrap_or(0)
}

impl Cidr {
    /// Reads `10.0.0.0/8`.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let (address, length) = text.split_once('/')?;
        if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let length: u32 = length.parse().ok()?;
        let address: IpAddr = address.parse().ok()?;
        let prefix = match address {
            IpAddr::V4(_) => length.checked_add(MAPPED_BITS)?,
            IpAddr::V6(_) => length,
        };
        let bits = bits(address);
        (prefix <= 128).then(|| Cidr { shown: bits & !hosts(prefix), prefix })
    }

    /// The network that an address was in before there were prefixes: of class A, B or C.
    pub(super) fn of_class(address: Ipv4Addr) -> Self {
        let length = match address.octets()[0] {
            0..0x80 => 8,
            0x80..0xc0 => 16,
            _ => 24,
        };
        Cidr { shown: bits(IpAddr::V4(address)), prefix: MAPPED_BITS + length }
    }

    fn first(&self) -> u128 {
        self.shown & !hosts(self.prefix)
    }

    fn last(&self) -> u128 {
        self.shown | hosts(self.prefix)
    }

    /// Its first address.
    pub(super) fn address(&self) -> IpAddr {
        of_bits(self.first())
    }

    /// Whether the address is in it; one of the other family never is.
    pub(super) fn has(&self, address: IpAddr) -> bool {
        let bits = bits(address);
        is_v4(bits) == is_v4(self.first()) && bits & !hosts(self.prefix) == self.first()
    }

    /// Whether all of `other` is in it.
    pub(super) fn contains(&self, other: &Cidr) -> bool {
        self.prefix <= other.prefix && self.has(other.address())
    }

    /// How many addresses it has; one less where that is too many to count.
    pub(super) fn size(&self) -> u128 {
        hosts(self.prefix).saturating_add(1)
    }

    /// Its addresses, upwards.
    pub(super) fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        (self.first()..=self.last()).map(of_bits)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = if is_v4(self.shown) { self.prefix.saturating_sub(MAPPED_BITS) } else { self.prefix };
        write!(f, "{}/{length}", of_bits(self.shown))
    }
}

/// The fewest networks with the addresses of these. One that touches no other stays as it is.
pub(super) fn merge(mut networks: Vec<Cidr>) -> Vec<Cidr> {
    networks.sort_by_key(|network| (network.last(), network.first()));
    // From the highest address down: each range with its network, or none once it was merged.
    let mut ranges: Vec<(u128, u128, Option<Cidr>)> = Vec::new();
    for network in networks.into_iter().rev() {
        match ranges.last_mut() {
            Some((first, _, whole)) if before(*first) <= network.last() => {
                *first = (*first).min(network.first());
                *whole = None;
            }
            _ => ranges.push((network.first(), network.last(), Some(network))),
        }
    }
    let mut merged = Vec::new();
    for (first, last, whole) in ranges {
        match whole {
            Some(network) => merged.push(network),
            None => cover(first, last, &mut merged),
        }
    }
    merged
}

/// The address before; there is none before the first of a family.
fn before(bits: u128) -> u128 {
    if bits == MAPPED { bits } else { bits.saturating_sub(1) }
}

/// The networks that make up a range.
fn cover(mut first: u128, last: u128, to: &mut Vec<Cidr>) {
    loop {
        let aligned = first.trailing_zeros();
        let fitting = match (last - first).checked_add(1) {
            Some(size) => size.ilog2(),
            None => 128,
        };
        let host_bits = aligned.min(fitting);
        to.push(Cidr { shown: first, prefix: 128 - host_bits });
        match first.checked_add(hosts(128 - host_bits)).filter(|end| *end < last) {
            Some(end) => first = end + 1,
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cidr(text: &str) -> Cidr {
        Cidr::parse(text.as_bytes()).unwrap()
    }

    fn merged(networks: &[&str]) -> Vec<String> {
        merge(networks.iter().map(|text| cidr(text)).collect()).iter().map(Cidr::to_string).collect()
    }

    #[test]
    fn a_network_has_addresses_of_its_own_family_only() {
        assert!(cidr("10.0.0.0/8").has(address(b"10.255.0.1").unwrap()));
        assert!(cidr("10.0.0.0/8").has(address(b"::ffff:10.0.0.1").unwrap()));
        assert!(cidr("::ffff:10.0.0.0/104").has(address(b"10.0.0.1").unwrap()));
        assert!(!cidr("::/0").has(address(b"10.0.0.1").unwrap()));
        assert!(cidr("::/0").contains(&cidr("2001:db8::/32")) && cidr("::/80").contains(&cidr("::/80")));
    }

    #[test]
    fn ranges_become_the_fewest_networks() {
        assert_eq!(merged(&["10.0.0.0/25", "10.0.0.128/25", "10.0.1.0/24"]), ["10.0.0.0/23"]);
        assert_eq!(merged(&["::/1", "8000::/1"]), ["::/0"]);
        assert_eq!(merged(&["10.0.1.0/24", "10.0.2.0/24"]), ["10.0.1.0/24", "10.0.2.0/24"]);
    }

    #[test]
    fn what_is_no_network_is_none() {
        for text in
            ["", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "010.0.0.0/8", "::/129", "fe80::1%eth0/64"]
        {
            assert_eq!(Cidr::parse(text.as_bytes()), None, "{text}");
        }
    }
}
