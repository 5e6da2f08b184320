//! The kinds of strings that ASN.1 has.

pub(super) const UTF8: u32 = 12;
pub(super) const NUMERIC: u32 = 18;
pub(super) const PRINTABLE: u32 = 19;
pub(super) const T61: u32 = 20;
pub(super) const IA5: u32 = 22;
pub(super) const BMP: u32 = 30;

/// The string of this kind as UTF-8; what it is not when it is none of that kind.
pub(super) fn read(kind: u32, content: &[u8]) -> Option<Result<Vec<u8>, Invalid>> {
    let all = |allowed: fn(&u8) -> bool, invalid| {
        if content.iter().all(allowed) { Ok(content.to_vec()) } else { Err(invalid) }
    };
    Some(match kind {
        // Taken for Latin-1, as everybody does.
        T61 => Ok(content.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes()),
        PRINTABLE => all(is_printable, Invalid::Printable),
        NUMERIC => all(|byte| byte.is_ascii_digit() || *byte == b' ', Invalid::Numeric),
        IA5 => all(u8::is_ascii, Invalid::Ia5),
        UTF8 => match std::str::from_utf8(content) {
            Ok(_) => Ok(content.to_vec()),
            Err(_) => Err(Invalid::Utf8),
        },
        BMP => basic_plane(content).ok_or(Invalid::Bmp),
        _ => return None,
    })
}

/// The kind that a string is not of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Invalid {
    Printable,
    Numeric,
    Ia5,
    Utf8,
    Bmp,
}

/// Besides what the standard allows, `*` and `&`, which certificates have all the same.
fn is_printable(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"'()+,-./ :=?*&".contains(byte)
}

/// Pairs of bytes, each a character of the first 65,536; surrogates and what is no character are refused, and a zero at the
/// end is left out.
fn basic_plane(content: &[u8]) -> Option<Vec<u8>> {
    let (pairs, []) = content.as_chunks::<2>() else { return None };
    let pairs = pairs.strip_suffix(&[[0, 0]]).unwrap_or(pairs);
    let character = |pair: &[u8; 2]| match u16::from_be_bytes(*pair) {
        0xfffe | 0xffff | 0xfdd0..=0xfdef => None,
        point => char::from_u32(point.into()),
    };
    pairs.iter().map(character).collect::<Option<String>>().map(String::into_bytes)
}

#[cfg(test)]
mod tests {
    use super::{BMP, IA5, Invalid, NUMERIC, PRINTABLE, T61, UTF8, read};

    #[test]
    fn every_kind_has_its_characters() {
        assert_eq!(read(T61, b"\xfc"), Some(Ok("ü".into())));
        assert_eq!(read(PRINTABLE, b"*.a & b"), Some(Ok(b"*.a & b".to_vec())));
        assert_eq!(read(PRINTABLE, b"a@b"), Some(Err(Invalid::Printable)));
        assert_eq!(read(NUMERIC, b"1 a"), Some(Err(Invalid::Numeric)));
        assert_eq!(read(IA5, b"\xfc"), Some(Err(Invalid::Ia5)));
        assert_eq!(read(UTF8, b"\xfc"), Some(Err(Invalid::Utf8)));
        assert_eq!(read(BMP, b"\x00a\x20\xac\0\0"), Some(Ok("a€".into())));
        for bad in [&b"\xd8\x00"[..], b"\xff\xfe", b"\x00"] {
            assert_eq!(read(BMP, bad), Some(Err(Invalid::Bmp)));
        }
        assert_eq!(read(4, b""), None);
    }
}
