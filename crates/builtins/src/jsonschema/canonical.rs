//! Values as texts that are the same where gojsonschema takes the values for the same: JSON with numbers as floats.

use lictor_value::text::lossy;
use lictor_value::{Value, View, effort, json};

/// The text of a value.
///
/// # Errors
/// Where a number is beyond what floats can hold.
pub(crate) fn text(value: Value<'_>) -> Result<String, String> {
    let mut to = Vec::new();
    write(value, &mut to)?;
    Ok(lossy(&to).into_owned())
}

fn write(value: Value<'_>, to: &mut Vec<u8>) -> Result<(), String> {
    if !effort::spend_written(1) {
        return Ok(());
    }
    match value.view() {
        View::Array(items) => {
            to.push(b'[');
            for (at, item) in items.iter().enumerate() {
                to.extend_from_slice(if at == 0 { b"" } else { b"," });
                write(*item, to)?;
            }
            to.push(b']');
        }
        View::Object(object) => {
            to.push(b'{');
            for (at, (key, item)) in object.iter().enumerate() {
                to.extend_from_slice(if at == 0 { b"" } else { b"," });
                json::write_json(key, to);
                to.push(b':');
                write(item, to)?;
            }
            to.push(b'}');
        }
        _ if value.is_number() => {
            let mut number = Vec::new();
            json::write_json(value, &mut number);
            let number = lossy(&number);
            match number.parse::<f64>() {
                Ok(float) if float.is_finite() => to.extend_from_slice(float_text(float).as_bytes()),
                _ => return Err(format!("json: cannot unmarshal number {number} into Go value of type float64")),
            }
        }
        _ => json::write_json(value, to),
    }
    Ok(())
}

/// A float as Go's `encoding/json` prints it: with an exponent below 10^-6 and from 10^21 on.
fn float_text(float: f64) -> String {
    let size = float.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return float.to_string();
    }
    let text = format!("{float:e}");
    if size >= 1.0 { text.replace('e', "e+") } else { text }
}

#[cfg(test)]
mod tests {
    use lictor_value::Arena;

    use super::*;

    #[test]
    fn numbers_are_the_same_where_their_floats_are() {
        let arena = Arena::default();
        let text = |json: &str| text(json::parse(&arena, json.as_bytes()).expect("it is JSON"));
        assert_eq!(text(r#"{"b": [1.0, 1e2, 0.10], "a": null}"#).as_deref(), Ok(r#"{"a":null,"b":[1,100,0.1]}"#));
        assert_eq!(
            text("[1e21, 1e-7, -1.5e300, 9007199254740993]").as_deref(),
            Ok("[1e+21,1e-7,-1.5e+300,9007199254740992]")
        );
        assert!(text("1e400").is_err());
    }
}
