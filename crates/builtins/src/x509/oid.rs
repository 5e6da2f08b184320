//! Object identifiers: `2.5.29.15`.

use num_bigint::BigUint;

/// An identifier whose parts are below 2³¹, as Go's `asn1.ObjectIdentifier` holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Oid(pub(super) Vec<u32>);

/// What is wrong with an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Empty,
    TooLarge,
    NotShortest,
    Truncated,
}

impl Oid {
    /// Reads the content of an OBJECT IDENTIFIER.
    pub(super) fn parse(mut content: &[u8]) -> Result<Oid, Flaw> {
        if content.is_empty() {
            return Err(Flaw::Empty);
        }
        let first = base128(&mut content)?;
        let (first, second) = if first < 80 { (first / 40, first % 40) } else { (2, first - 80) };
        let mut parts = vec![first, second];
        while !content.is_empty() {
            parts.push(base128(&mut content)?);
        }
        Ok(Oid(parts))
    }

    /// With dots.
    pub(super) fn dotted(&self) -> String {
        let parts: Vec<_> = self.0.iter().map(u32::to_string).collect();
        parts.join(".")
    }
}

impl PartialEq<[u32]> for Oid {
    fn eq(&self, other: &[u32]) -> bool {
        self.0 == other
    }
}

/// A number below 2³¹ in digits of seven bits.
pub(super) fn base128(content: &mut &[u8]) -> Result<u32, Flaw> {
    let mut number = 0u64;
    for (at, byte) in content.iter().enumerate() {
        if at == 5 {
            return Err(Flaw::TooLarge);
        }
        if at == 0 && *byte == 0x80 {
            return Err(Flaw::NotShortest);
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if *byte < 0x80 {
            *content = &content[at + 1..];
            return if number <= i32::MAX as u64 { Ok(number as u32) } else { Err(Flaw::TooLarge) };
        }
    }
    Err(Flaw::Truncated)
}

/// Whether this is the content of an identifier with parts of any size.
pub(super) fn is_valid(content: &[u8]) -> bool {
    let ends = content.last().is_some_and(|byte| *byte < 0x80);
    let starts = std::iter::once(&0).chain(content).zip(content);
    // Identifiers longer than this are nobody's, and printing their parts takes long.
    ends && content.len() <= 1024 && starts.into_iter().all(|(before, byte)| *before >= 0x80 || *byte != 0x80)
}

/// An identifier with parts of any size, with dots. What breaks off within a part is left out.
pub(super) fn any_dotted(content: &[u8]) -> String {
    let mut text = String::new();
    for part in content.split_inclusive(|byte| *byte < 0x80).filter(|part| part.last().is_some_and(|byte| *byte < 0x80))
    {
        let digits: Vec<u8> = part.iter().map(|byte| byte & 0x7f).collect();
        let number = BigUint::from_radix_be(&digits, 128).unwrap_or_default();
        text += &match (text.is_empty(), u32::try_from(&number)) {
            (false, _) => format!(".{number}"),
            (true, Ok(first @ 0..80)) => format!("{}.{}", first / 40, first % 40),
            (true, _) => format!("2.{}", number - 80u32),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Flaw, Oid, any_dotted, is_valid};

    #[test]
    fn identifiers_are_read_and_printed() {
        let dotted = |content: &[u8]| Oid::parse(content).map(|oid| oid.dotted());
        assert_eq!(dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]), Ok("1.2.840.113549".into()));
        assert_eq!(dotted(&[0x88, 0x37]), Ok("2.999".into()));
        assert_eq!(dotted(&[]), Err(Flaw::Empty));
        assert_eq!(dotted(&[0x2a, 0x80, 1]), Err(Flaw::NotShortest));
        assert_eq!(dotted(&[0x2a, 0x86]), Err(Flaw::Truncated));
        assert_eq!(dotted(&[0x2a, 0x88, 0x80, 0x80, 0x80, 0]), Err(Flaw::TooLarge));
    }

    #[test]
    fn parts_may_have_any_size() {
        let large = [0x55, 0x90, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0];
        assert!(is_valid(&large));
        assert_eq!(any_dotted(&large), "2.5.147573952589676412928");
        assert_eq!(any_dotted(&[0x88, 0x37]), "2.999");
        assert!(
            !is_valid(&[]) && !is_valid(&[0x80, 1]) && !is_valid(&[0x2a, 0x86]) && is_valid(&[0x2a, 0x86, 0x80, 1])
        );
    }
}
