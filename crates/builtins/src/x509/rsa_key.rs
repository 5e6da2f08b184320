//! Private keys of RSA, and whether their numbers belong together.

use lictor_value::Value;
use num_bigint::{BigInt, BigUint};

use super::asn1::{self, Failure, Field, Fields};
use super::der::is_positive;
use super::output::Output;

/// Where the inverse of a prime must be computed, the largest one for which it is: that takes long.
const LARGEST_COMPUTED: u64 = 4096;

/// A key of two primes or more.
#[derive(Clone, Debug)]
pub(crate) struct RsaKey {
    pub(super) n: BigUint,
    pub(super) e: i64,
    d: BigUint,
    primes: Vec<BigUint>,
    /// `d` for the first two primes, and the inverse of the second modulo the first.
    shortcuts: Option<[BigUint; 3]>,
    /// Of each further prime: exponent, coefficient and the product of those before it.
    further: Vec<[BigUint; 3]>,
}

/// A structure that may not be a key at all.
pub(super) struct Numbers {
    version: i64,
    e: i64,
    /// Modulus, exponent and the first two primes.
    required: [BigInt; 4],
    optional: [Option<BigInt>; 3],
    further: Vec<BigInt>,
}

impl RsaKey {
    /// Reads the structure; its numbers are still to be [`Numbers::checked`].
    pub(super) fn parse(der: &[u8]) -> Result<Numbers, Failure> {
        let mut outer = Fields::new(der);
        let mut fields = outer.field(Field::structure("pkcs1PrivateKey"))?.fields();
        let version = fields.field(asn1::INT)?.int()?;
        let n = fields.field(asn1::BIG)?.big()?;
        let e = fields.field(asn1::INT)?.int()?;
        let mut big = || fields.field(asn1::BIG)?.big();
        let required = [n, big()?, big()?, big()?];
        let mut big = || fields.maybe(asn1::BIG.optional())?.map(|found| found.big()).transpose();
        let optional = [big()?, big()?, big()?];
        let mut further = Vec::new();
        if let Some(list) = fields.maybe(asn1::SLICE.optional())? {
            for prime in list.fields().all(Field::structure("pkcs1AdditionalRSAPrime"))? {
                let mut fields = prime.fields();
                let mut big = || fields.field(asn1::BIG)?.big();
                further.push(big()?);
                big()?;
                big()?;
            }
        }
        match outer.rest() {
            [] => Ok(Numbers { version, e, required, optional, further }),
            _ => Err("asn1: syntax error: trailing data".into()),
        }
    }

    /// Checks that numbers are a key of two primes. Gives the exponents for either prime and the inverse of the second, which
    /// need not be given.
    ///
    /// # Errors
    /// What is wrong with them, in Go's words.
    #[cfg_attr(not(feature = "jwt"), expect(dead_code, reason = "tokens need it"))]
    pub(crate) fn shortcuts(
        [n, d, p, q]: [BigUint; 4],
        e: i64,
        given: [Option<BigUint>; 3],
    ) -> Result<[BigUint; 3], String> {
        let [dp, dq, qi] = given;
        let given = dp.zip(dq).zip(qi).map(|((dp, dq), qi)| [dp, dq, qi]);
        RsaKey { n, e, d, primes: vec![p, q], shortcuts: None, further: Vec::new() }.check_two(given)
    }

    /// As Go's `rsa.PrivateKey`.
    pub(super) fn output<'v>(&self, to: &Output<'v>) -> Value<'v> {
        let further = self.further.iter().map(|[exponent, coefficient, product]| {
            let (exponent, product) = (to.natural(exponent), to.natural(product));
            to.object([("Coeff", to.natural(coefficient)), ("Exp", exponent), ("R", product)])
        });
        let further = to.array(&further.collect::<Vec<_>>());
        let shortcut = |at: usize| self.shortcuts.as_ref().map_or(Value::NULL, |all| to.natural(&all[at]));
        let precomputed =
            to.object([("CRTValues", further), ("Dp", shortcut(0)), ("Dq", shortcut(1)), ("Qinv", shortcut(2))]);
        to.object([
            ("D", to.natural(&self.d)),
            ("E", Value::int(self.e)),
            ("N", to.natural(&self.n)),
            ("Precomputed", precomputed),
            ("Primes", to.list(self.primes.iter().map(|prime| to.natural(prime)))),
        ])
    }

    /// As a JSON Web Key, which has two primes.
    pub(super) fn jwk<'v>(&self, to: &Output<'v>) -> Result<Value<'v>, String> {
        let ([p, q], Some([dp, dq, qi])) = (&self.primes[..], &self.shortcuts) else {
            let count = self.primes.len();
            return Err(format!(
                "failed to initialize *jwk.rsaPrivateKey from *rsa.PrivateKey: invalid number of primes in \
                 rsa.PrivateKey: need 0 to 2, but got {count}"
            ));
        };
        let number = |number: &BigUint| to.base64url(&number.to_bytes_be());
        Ok(to.object([
            ("d", number(&self.d)),
            ("dp", number(dp)),
            ("dq", number(dq)),
            ("e", number(&BigUint::from(self.e.unsigned_abs()))),
            ("kty", to.text(b"RSA")),
            ("n", number(&self.n)),
            ("p", number(p)),
            ("q", number(q)),
            ("qi", number(qi)),
        ]))
    }
}

impl Numbers {
    /// The key, if its numbers belong together.
    ///
    /// # Errors
    /// What is wrong with them, in Go's words.
    pub(super) fn checked(self) -> Result<RsaKey, String> {
        if self.version > 1 {
            return Err("x509: unsupported private key version".into());
        }
        if !self.required.iter().chain(self.optional.iter().flatten()).all(is_positive) {
            return Err("x509: private key contains zero or negative value".into());
        }
        if !self.further.iter().all(is_positive) {
            return Err("x509: private key contains zero or negative prime".into());
        }
        let natural = |number: BigInt| number.into_parts().1;
        let [n, d, p, q] = self.required.map(natural);
        let mut key = RsaKey { n, e: self.e, d, primes: vec![p, q], shortcuts: None, further: Vec::new() };
        if self.further.is_empty() {
            let [dp, dq, qi] = self.optional.map(|number| number.map(natural));
            let given = dp.zip(dq).zip(qi).map(|((dp, dq), qi)| [dp, dq, qi]);
            key.shortcuts = Some(key.check_two(given)?);
        } else {
            key.primes.extend(self.further.into_iter().map(natural));
            key.check_many()?;
        }
        Ok(key)
    }
}

/// Numbers above 1 can be computed modulo.
fn check_modulus(number: &BigUint) -> Result<(), String> {
    if number.bits() > 1 { Ok(()) } else { Err("modulus must be > 1".into()) }
}

/// Checks that a number is below a modulus. Go's two ways to say so depend on how many words of 64 bits it would fill.
fn check_below(number: &BigUint, modulus: &BigUint) -> Result<(), String> {
    if number.bits().div_ceil(8) > modulus.bits().div_ceil(64) * 8 {
        return Err("input overflows the modulus size".into());
    }
    if number < modulus { Ok(()) } else { Err("input overflows the modulus".into()) }
}

impl RsaKey {
    fn check_public(&self) -> Result<(), String> {
        let flaw = match self.e {
            _ if !self.n.bit(0) => "public modulus is even",
            ..2 => "public exponent too small or negative",
            e if e % 2 == 0 => "public exponent is even",
            0x8000_0000.. => "public exponent too large",
            _ => return Ok(()),
        };
        Err(format!("crypto/rsa: {flaw}"))
    }

    /// The shortcuts of a key of two primes: those given, or computed ones.
    fn check_two(&self, given: Option<[BigUint; 3]>) -> Result<[BigUint; 3], String> {
        let (p, q) = (&self.primes[0], &self.primes[1]);
        [&self.n, p, q].into_iter().try_for_each(check_modulus)?;
        check_below(&self.d, &self.n)?;
        let shortcuts = match given {
            Some(given) => {
                check_below(&given[2], p)?;
                given
            }
            None => self.computed()?,
        };
        self.check_public()?;
        self.check_shortcuts(&shortcuts).map_err(|flaw| format!("crypto/rsa: {flaw}"))?;
        Ok(shortcuts)
    }

    fn computed(&self) -> Result<[BigUint; 3], String> {
        let (p, q) = (&self.primes[0], &self.primes[1]);
        let below = [p - 1u32, q - 1u32];
        below.iter().try_for_each(check_modulus)?;
        if !p.bit(0) {
            return Err("crypto/rsa: p is even".into());
        }
        if p.bits() > LARGEST_COMPUTED {
            return Err(format!("crypto/rsa: p has more than {LARGEST_COMPUTED} bits and nothing is given for it"));
        }
        // By Fermat's little theorem, which holds for primes: what comes of other numbers is found out afterwards.
        let inverse = (q % p).modpow(&(p - 2u32), p);
        Ok([&self.d % &below[0], &self.d % &below[1], inverse])
    }

    fn check_shortcuts(&self, [dp, dq, qi]: &[BigUint; 3]) -> Result<(), &'static str> {
        let (n, d, p, q) = (&self.n, &self.d, &self.primes[0], &self.primes[1]);
        let one = BigUint::from(1u32);
        if p >= n || q >= n {
            return Err("invalid prime");
        }
        if (p * q) % n != BigUint::ZERO {
            return Err("p * q != n");
        }
        for (prime, exponent) in [(p, dp), (q, dq)] {
            let below = prime - 1u32;
            if below <= one {
                return Err("invalid prime");
            }
            if *exponent >= below || (exponent * self.e.unsigned_abs()) % &below != one {
                return Err("invalid CRT exponent");
            }
        }
        if (q * qi) % p != one {
            return Err("invalid CRT coefficient");
        }
        if d % (p - 1u32) != *dp {
            return Err("d does not match dP");
        }
        if d % (q - 1u32) != *dq {
            return Err("d does not match dQ");
        }
        if p == q {
            return Err("p == q");
        }
        let distance = if p > q { p - q } else { q - p };
        let half = (n.bits() / 2) as i64;
        if distance.bits() as i64 <= half - 100 {
            return Err("|p - q| too small");
        }
        if d.bits() as i64 <= half {
            return Err("d too small");
        }
        Ok(())
    }

    /// Computes the shortcuts of a key of more than two primes, of which little is checked.
    fn check_many(&mut self) -> Result<(), String> {
        check_modulus(&self.n)?;
        check_below(&self.d, &self.n)?;
        self.check_public()?;
        if self.primes.iter().any(|prime| check_modulus(prime).is_err()) {
            return Err("crypto/rsa: prime factor is <= 1".into());
        }
        let exponent = |prime: &BigUint| &self.d % (prime - 1u32);
        let inverse = |number: &BigUint, prime: &BigUint| {
            number.modinv(prime).ok_or("crypto/rsa: prime factors are not relatively prime")
        };
        let (p, q) = (&self.primes[0], &self.primes[1]);
        let shortcuts = [exponent(p), exponent(q), inverse(q, p)?];
        let mut product = p * q;
        let mut further = Vec::new();
        for prime in &self.primes[2..] {
            further.push([exponent(prime), inverse(&product, prime)?, product.clone()]);
            product *= prime;
        }
        (self.shortcuts, self.further) = (Some(shortcuts), further);
        Ok(())
    }
}
