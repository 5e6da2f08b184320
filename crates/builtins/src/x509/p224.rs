//! Arithmetic on the curve P-224, which aws-lc does not have. Certificates hardly ever use it, so this is a hundred lines
//! with big numbers rather than the twenty crates of a whole family of curves.
//!
//! Points have three coordinates, so that adding them takes no division: (x, y, z) stands for (x / z², y / z³). The formulas
//! are dbl-2001-b and add-1998-cmo-2 of the Explicit-Formulas Database for short Weierstrass curves with a = -3.
//!
//! How long a multiplication takes depends on the private key; only keys that a policy holds itself are multiplied with.

use lictor_value::effort;
use num_bigint::BigUint;

use super::curve::Curve;
use super::der::{Reader, SEQUENCE, is_positive};

/// How many points the generator makes (SEC 2, 2.2.2).
const ORDER: &[u8] = b"ffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3d";
/// The generator (SEC 2, 2.2.2).
const GENERATOR: [&[u8]; 2] = [
    b"b70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21",
    b"bd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34",
];
const SIZE: usize = 28;

/// What a multiplication costs, in parts of values that could be looked at meanwhile: half a millisecond.
const EFFORT: usize = 50_000;

/// The curve's numbers.
struct P224 {
    prime: BigUint,
    order: BigUint,
    generator: Point,
}

/// A point; at infinity where its z is 0.
#[derive(Clone)]
struct Point {
    x: BigUint,
    y: BigUint,
    z: BigUint,
}

/// The public key of a private one, not compressed; nothing for a number that is no private key.
pub(super) fn public_key(private: &[u8]) -> Option<Vec<u8>> {
    let curve = P224::new();
    let private = BigUint::from_bytes_be(private);
    if private == BigUint::ZERO || private >= curve.order {
        return None;
    }
    let (x, y) = curve.affine(&curve.times(&curve.generator, &private))?;
    let mut to = vec![4];
    for coordinate in [x, y] {
        let bytes = coordinate.to_bytes_be();
        to.resize(to.len() + SIZE - bytes.len(), 0);
        to.extend(bytes);
    }
    Some(to)
}

/// Whether a signature, as DER, is of the key whose point is given, for what was hashed (SEC 1, 4.1.4).
pub(super) fn verifies(point: &[u8], hashed: &[u8], signature: &[u8]) -> bool {
    let curve = P224::new();
    let Some((r, s)) = scalars(signature).filter(|(r, s)| *r < curve.order && *s < curve.order) else { return false };
    let Some((4, coordinates)) = point.split_first() else { return false };
    let (x, y) = coordinates.split_at(SIZE.min(coordinates.len()));
    let key = Point::new(BigUint::from_bytes_be(x), BigUint::from_bytes_be(y));
    let Some(inverse) = s.modinv(&curve.order) else { return false };
    let hashed = BigUint::from_bytes_be(&hashed[..hashed.len().min(SIZE)]);
    let of_generator = curve.times(&curve.generator, &(hashed * &inverse % &curve.order));
    let of_key = curve.times(&key, &(&r * inverse % &curve.order));
    curve.affine(&curve.add(&of_generator, &of_key)).is_some_and(|(x, _)| x % &curve.order == r)
}

/// The two numbers of a signature, if they are above 0.
fn scalars(signature: &[u8]) -> Option<(BigUint, BigUint)> {
    let mut outer = Reader(signature);
    let mut inner = outer.read(SEQUENCE)?;
    let (r, s) = (inner.big()?, inner.big()?);
    let whole = outer.is_empty() && inner.is_empty() && is_positive(&r) && is_positive(&s);
    whole.then(|| (r.into_parts().1, s.into_parts().1))
}

impl Point {
    fn new(x: BigUint, y: BigUint) -> Self {
        Point { x, y, z: BigUint::from(1_u8) }
    }

    fn is_infinite(&self) -> bool {
        self.z == BigUint::ZERO
    }
}

impl P224 {
    fn new() -> Self {
        let number = |digits| BigUint::parse_bytes(digits, 16).unwrap_or_else(|| unreachable!("hexadecimal digits"));
        let [x, y] = GENERATOR.map(number);
        P224 { prime: Curve::P224.prime(), order: number(ORDER), generator: Point::new(x, y) }
    }

    fn mul(&self, a: &BigUint, b: &BigUint) -> BigUint {
        a * b % &self.prime
    }

    /// The difference of numbers below the prime.
    fn sub(&self, a: &BigUint, b: &BigUint) -> BigUint {
        (a + &self.prime - b) % &self.prime
    }

    fn double(&self, Point { x, y, z }: &Point) -> Point {
        let (delta, gamma) = (self.mul(z, z), self.mul(y, y));
        let beta = self.mul(x, &gamma);
        let alpha = self.mul(&(self.sub(x, &delta) * 3_u8), &(x + &delta));
        let new_x = self.sub(&self.mul(&alpha, &alpha), &(&beta * 8_u8 % &self.prime));
        let new_z = self.mul(&(y * 2_u8), z);
        let rest = self.mul(&alpha, &self.sub(&(beta * 4_u8 % &self.prime), &new_x));
        let new_y = self.sub(&rest, &self.mul(&(&gamma * 8_u8), &gamma));
        Point { x: new_x, y: new_y, z: new_z }
    }

    fn add(&self, one: &Point, other: &Point) -> Point {
        if one.is_infinite() {
            return other.clone();
        }
        if other.is_infinite() {
            return one.clone();
        }
        let (one_zz, other_zz) = (self.mul(&one.z, &one.z), self.mul(&other.z, &other.z));
        let (u, s) = (self.mul(&one.x, &other_zz), self.mul(&one.y, &self.mul(&other.z, &other_zz)));
        let h = self.sub(&self.mul(&other.x, &one_zz), &u);
        let r = self.sub(&self.mul(&other.y, &self.mul(&one.z, &one_zz)), &s);
        if h == BigUint::ZERO && r == BigUint::ZERO {
            return self.double(one);
        }
        let hh = self.mul(&h, &h);
        let (hhh, v) = (self.mul(&hh, &h), self.mul(&u, &hh));
        let x = self.sub(&self.sub(&self.mul(&r, &r), &hhh), &(&v * 2_u8 % &self.prime));
        let y = self.sub(&self.mul(&r, &self.sub(&v, &x)), &self.mul(&s, &hhh));
        Point { x, y, z: self.mul(&self.mul(&one.z, &other.z), &h) }
    }

    fn times(&self, point: &Point, count: &BigUint) -> Point {
        let mut sum = Point { z: BigUint::ZERO, ..point.clone() };
        // A text may hold thousands of keys. Whoever asks at its end is told that there were too many.
        if !effort::spend(EFFORT) {
            return sum;
        }
        for bit in (0..count.bits()).rev() {
            sum = self.double(&sum);
            if count.bit(bit) {
                sum = self.add(&sum, point);
            }
        }
        sum
    }

    /// The two coordinates of a point that is not at infinity.
    fn affine(&self, point: &Point) -> Option<(BigUint, BigUint)> {
        let inverse = point.z.modinv(&self.prime)?;
        let square = self.mul(&inverse, &inverse);
        Some((self.mul(&point.x, &square), self.mul(&point.y, &self.mul(&square, &inverse))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(digits: &str) -> Vec<u8> {
        (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal digits"))
            .collect()
    }

    #[test]
    fn the_generator_is_the_public_key_of_1_and_is_on_the_curve() {
        let [x, y] = GENERATOR.map(|digits| bytes(std::str::from_utf8(digits).unwrap()));
        let mut one = vec![0; SIZE];
        one[SIZE - 1] = 1;
        let point = public_key(&one).unwrap();
        assert_eq!(point, [&[4], &x[..], &y].concat());
        assert_eq!(Curve::P224.check_point(&point), Ok(()));
    }

    #[test]
    fn as_many_points_as_the_order_make_infinity() {
        let curve = P224::new();
        assert!(curve.times(&curve.generator, &curve.order).is_infinite());
        let last = curve.times(&curve.generator, &(&curve.order - 1_u8));
        assert!(curve.add(&last, &curve.generator).is_infinite());
        let twice = curve.affine(&curve.add(&curve.generator, &curve.generator));
        assert_eq!(twice, curve.affine(&curve.double(&curve.generator)));
    }

    #[test]
    fn zero_and_the_order_are_no_private_keys() {
        assert_eq!(public_key(&[0; SIZE]), None);
        assert_eq!(public_key(&P224::new().order.to_bytes_be()), None);
    }
}
