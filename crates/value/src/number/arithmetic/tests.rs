use super::*;

type Operation = for<'v> fn(&'v Arena, Value<'v>, Value<'v>) -> Answer<'v>;

fn calculate(a: &str, operation: Operation, b: &str) -> String {
    let arena = Arena::default();
    match operation(&arena, from_text(&arena, a), from_text(&arena, b)) {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{error:?}"),
    }
}

#[test]
fn integers_of_any_size_are_exact() {
    assert_eq!(calculate("9223372036854775807", add, "1"), "9223372036854775808");
    assert_eq!(calculate("9223372036854775808", sub, "1"), "9223372036854775807");
    assert_eq!(calculate("1e30", add, "1"), "1000000000000000000000000000001");
    assert_eq!(calculate("1e308", mul, "10").len(), 310);
    assert_eq!(calculate("-9223372036854775808", div, "-1"), "9223372036854775808");
    assert_eq!(calculate("-9223372036854775808", rem, "-1"), "0");
    assert_eq!(calculate("-7", rem, "3"), "-1");
    assert_eq!(calculate("1.0", add, "1.00"), "2");
}

#[test]
fn other_numbers_are_floats_of_64_bits_printed_short() {
    for (a, operation, b, result) in [
        ("1", div as Operation, "3", "0.33333333333333333334"),
        ("2", div, "3", "0.6666666666666666667"),
        ("1.1", add, "2.2", "3.3000000000000000002"),
        ("0.1", add, "0.2", "0.3"),
        ("100", mul, "1.1", "110"),
        ("1e-7", mul, "3", "3e-07"),
        ("1234567.5", mul, "1", "1.2345675e+06"),
        ("123456.5", mul, "1", "123456.5"),
        ("0", div, "-1", "-0"),
        ("1", sub, "1e-3", "0.999"),
    ] {
        assert_eq!(calculate(a, operation, b), result, "{a} {b}");
    }
}

#[test]
fn rounding_goes_where_it_says() {
    let arena = Arena::default();
    let give = |f: for<'v> fn(&'v Arena, Value<'v>) -> Answer<'v>, a: &str| {
        format!("{:?}", f(&arena, from_text(&arena, a)).unwrap())
    };
    assert_eq!([give(round, "2.5"), give(round, "-2.5"), give(round, "-0.4")], ["3", "-3", "0"]);
    assert_eq!([give(ceil, "1.2"), give(ceil, "-1.2"), give(ceil, "-0.5")], ["2", "-1", "0"]);
    assert_eq!([give(floor, "1.2"), give(floor, "-1.2"), give(floor, "-0.5")], ["1", "-2", "-1"]);
    assert_eq!(give(round, "-9223372036854775809"), "-9223372036854775810");
}

#[test]
fn what_is_less_than_all_floats_is_zero() {
    assert_eq!([calculate("1e-700000000", add, "1"), calculate("1", div, "-2e-700000000")], ["1", "DivideByZero"]);
    assert_eq!(calculate("-1e-700000000", mul, "2"), "-0");
    let arena = Arena::default();
    let floor = floor(&arena, from_text(&arena, "-1e-700000000")).unwrap();
    assert_eq!(format!("{floor:?}"), "0");
}

#[test]
fn what_has_no_number_says_why() {
    assert_eq!(calculate("1", div, "0"), "DivideByZero");
    assert_eq!(calculate("1", div, "0.0"), "DivideByZero");
    assert_eq!(calculate("1", rem, "0e5"), "ModuloByZero");
    assert_eq!(calculate("1.5", rem, "2"), "ModuloOnFloat");
    assert_eq!(calculate("1e999999999", add, "1"), "TooLarge");
    assert_eq!(calculate("1e-99999", add, "1"), "TooLarge");
    let arena = Arena::default();
    let found = add(&arena, Value::int(1), Value::str(b"1")).unwrap_err();
    assert_eq!(found, NumberError::NotANumber { position: 2, found: "string" });
}
