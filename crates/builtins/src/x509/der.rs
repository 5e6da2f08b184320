//! A reader of DER: one element after the other, each tag of one byte, each length as short as it can be.
//!
//! It is as strict and as lenient as the reader that Go's `crypto/x509` takes certificates apart with, so that both refuse the
//! same ones. It says only that something is wrong; what, the caller knows. Requests and private keys are read by Go's
//! other reader, which explains itself: see [`super::asn1`].

use num_bigint::{BigInt, Sign};

use super::oid::Oid;
use super::time::Time;

pub(super) const BOOLEAN: u8 = 1;
pub(super) const INTEGER: u8 = 2;
pub(super) const BIT_STRING: u8 = 3;
pub(super) const OCTET_STRING: u8 = 4;
pub(super) const OBJECT_IDENTIFIER: u8 = 6;
pub(super) const UTC_TIME: u8 = 23;
pub(super) const GENERALIZED_TIME: u8 = 24;
pub(super) const SEQUENCE: u8 = 16 | CONSTRUCTED;
pub(super) const SET: u8 = 17 | CONSTRUCTED;
pub(super) const CONSTRUCTED: u8 = 0x20;
pub(super) const CONTEXT: u8 = 0x80;

/// Integers beyond this many bytes are refused: nothing real has them, and printing them in decimal takes long.
pub(super) const LONGEST_INTEGER: usize = 4096;

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'d>(pub(super) &'d [u8]);

/// An element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'d> {
    pub(super) tag: u8,
    /// With tag and length.
    pub(super) whole: &'d [u8],
    pub(super) content: &'d [u8],
}

/// The bits of a BIT STRING.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bits<'d> {
    pub(super) bytes: &'d [u8],
    /// How many bits at the end count for nothing.
    pub(super) unused: u8,
}

impl<'d> Reader<'d> {
    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Whether an element of this tag comes next.
    pub(super) fn peeks(self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    /// The next element.
    pub(super) fn any(&mut self) -> Option<Element<'d>> {
        let [tag, length, ..] = *self.0 else { return None };
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (header, length) = match length {
            0..=0x7f => (2, usize::from(length)),
            0x81..=0x84 => {
                let count = usize::from(length & 0x7f);
                let digits = self.0.get(2..2 + count)?;
                let length = digits.iter().fold(0u32, |length, digit| length << 8 | u32::from(*digit));
                if length < 0x80 || digits[0] == 0 {
                    return None;
                }
                (2 + count, length as usize)
            }
            _ => return None,
        };
        let whole = self.0.get(..header.checked_add(length)?)?;
        self.0 = &self.0[whole.len()..];
        Some(Element { tag, whole, content: &whole[header..] })
    }

    /// The next element with tag and length, if it has this tag.
    pub(super) fn element(&mut self, tag: u8) -> Option<&'d [u8]> {
        self.any().filter(|element| element.tag == tag).map(|element| element.whole)
    }

    /// What is in the next element, if it has this tag.
    pub(super) fn read(&mut self, tag: u8) -> Option<Reader<'d>> {
        self.any().filter(|element| element.tag == tag).map(|element| Reader(element.content))
    }

    /// What is in the next element if it has this tag; `Some(None)` where it has another.
    pub(super) fn optional(&mut self, tag: u8) -> Option<Option<Reader<'d>>> {
        if self.peeks(tag) { self.read(tag).map(Some) } else { Some(None) }
    }

    pub(super) fn boolean(&mut self) -> Option<bool> {
        match self.read(BOOLEAN)?.0 {
            [0] => Some(false),
            [0xff] => Some(true),
            _ => None,
        }
    }

    /// The bytes of an integer, in two's complement and as few as can be.
    pub(super) fn integer_bytes(&mut self, tag: u8) -> Option<&'d [u8]> {
        let bytes = self.read(tag)?.0;
        (is_shortest(bytes) && !bytes.is_empty() && bytes.len() <= LONGEST_INTEGER).then_some(bytes)
    }

    pub(super) fn big(&mut self) -> Option<BigInt> {
        self.integer_bytes(INTEGER).map(BigInt::from_signed_bytes_be)
    }

    /// An integer that fits 64 bits.
    pub(super) fn int(&mut self, tag: u8) -> Option<i64> {
        self.integer_bytes(tag).and_then(to_int)
    }

    pub(super) fn oid(&mut self) -> Option<Oid> {
        Oid::parse(self.read(OBJECT_IDENTIFIER)?.0).ok()
    }

    pub(super) fn bits(&mut self) -> Option<Bits<'d>> {
        Bits::parse(self.read(BIT_STRING)?.0)
    }

    pub(super) fn utc_time(&mut self) -> Option<Time> {
        Time::parse_utc(self.read(UTC_TIME)?.0)
    }

    pub(super) fn generalized_time(&mut self) -> Option<Time> {
        Time::parse_generalized(self.read(GENERALIZED_TIME)?.0).filter(|time| time.nanos == 0)
    }
}

/// Whether an integer has no byte in front that says nothing.
pub(super) fn is_shortest(bytes: &[u8]) -> bool {
    !matches!(bytes, [0, 0..0x80, ..] | [0xff, 0x80..=0xff, ..])
}

/// An integer in two's complement that fits 64 bits.
pub(super) fn to_int(bytes: &[u8]) -> Option<i64> {
    let negative = bytes.first().is_some_and(|byte| *byte >= 0x80);
    let fold = |value: i64, byte: &u8| value << 8 | i64::from(*byte);
    (bytes.len() <= 8).then(|| bytes.iter().fold(if negative { -1 } else { 0 }, fold))
}

/// Whether an integer is above 0.
pub(super) fn is_positive(number: &BigInt) -> bool {
    number.sign() == Sign::Plus
}

impl<'d> Bits<'d> {
    pub(super) fn parse(content: &'d [u8]) -> Option<Self> {
        let (unused, bytes) = content.split_first()?;
        let fits = match bytes.last() {
            Some(last) => *unused <= 7 && last & ((1 << unused) - 1) == 0,
            None => *unused == 0,
        };
        fits.then_some(Bits { bytes, unused: *unused })
    }

    /// Bit `at`, from the first; what is beyond the end is not set.
    pub(super) fn at(&self, at: usize) -> bool {
        at < self.count() && self.bytes[at / 8] >> (7 - at % 8) & 1 == 1
    }

    pub(super) fn count(&self) -> usize {
        self.bytes.len() * 8 - usize::from(self.unused)
    }

    /// The bytes with their last bit at the very end.
    pub(super) fn aligned(&self) -> Vec<u8> {
        let mut before = 0;
        let shifted = self.bytes.iter().map(|byte| {
            let pair = u16::from(before) << 8 | u16::from(*byte);
            before = *byte;
            (pair >> self.unused) as u8
        });
        shifted.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Bits, INTEGER, Reader, SEQUENCE, to_int};

    #[test]
    fn elements_follow_each_other() {
        let mut reader = Reader(&[0x30, 3, 2, 1, 5, 2, 2, 0xff, 0x7f]);
        let mut inner = reader.read(SEQUENCE).expect("a sequence comes first");
        assert_eq!(inner.int(INTEGER), Some(5));
        assert!(inner.is_empty());
        assert_eq!(reader.int(INTEGER), Some(-129));
        assert!(reader.any().is_none());
    }

    #[test]
    fn what_is_longer_than_it_must_be_is_refused() {
        for der in [
            &[0x30, 0x81, 1, 0][..],
            &[0x30, 0x82, 0, 0x80],
            &[0x30, 0x80, 0, 0],
            &[0x1f, 1, 0],
            &[0x30, 0x85, 0, 0, 0, 0, 1, 0],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 2, 0],
            &[0x30],
        ] {
            assert!(Reader(der).any().is_none(), "{der:x?}");
        }
        for der in [&[2, 0][..], &[2, 2, 0, 1], &[2, 2, 0xff, 0x80], &[2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0]] {
            assert!(Reader(der).int(INTEGER).is_none(), "{der:x?}");
        }
        assert_eq!(to_int(&[0x80, 0, 0, 0, 0, 0, 0, 0]), Some(i64::MIN));
    }

    #[test]
    fn unused_bits_are_shifted_out() {
        let bits = Bits::parse(&[4, 0xab, 0xc0]).expect("the last four bits are not set");
        assert_eq!(bits.aligned(), [0x0a, 0xbc]);
        assert_eq!((bits.count(), bits.at(0), bits.at(1), bits.at(11), bits.at(12)), (12, true, false, false, false));
        for content in [&[][..], &[1], &[8, 0], &[1, 1]] {
            assert!(Bits::parse(content).is_none(), "{content:x?}");
        }
    }
}
