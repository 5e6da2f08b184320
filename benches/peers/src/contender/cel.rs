//! The seed's three conditions in CEL. CEL has no messages and no order across types, so the host writes the messages
//! and asks for a string where a number should be.

use anyhow::{Result, anyhow};
use cel::{Context, Program, Value};

use super::Decides;

/// The three conditions, compiled.
pub struct Cel {
    conditions: [Program; 3],
}

impl Cel {
    /// Compiles the conditions.
    pub fn load() -> Result<Cel> {
        let compile = |text: &str| Program::compile(text).map_err(|error| anyhow!("{error}"));
        Ok(Cel {
            conditions: [
                compile("input.token.apiKeyType.contains('USER')")?,
                compile(
                    "has(input.token.validTo) && (type(input.token.validTo) == string || input.token.validTo > 1779647400000)",
                )?,
                compile(
                    "has(input.token.scheduledExpireTime) && (type(input.token.scheduledExpireTime) == string || input.token.scheduledExpireTime > 1771957800000)",
                )?,
            ],
        })
    }
}

impl Decides for Cel {
    fn messages(&mut self, event: &[u8]) -> Result<Vec<String>> {
        let input: serde_json::Value = serde_json::from_slice(event)?;
        let mut context = Context::default();
        context.add_variable("input", &input).map_err(|error| anyhow!("{error}"))?;
        // A type error is undefined in Rego.
        let [user, valid, scheduled] =
            self.conditions.each_ref().map(|condition| condition.execute(&context) == Ok(Value::Bool(true)));
        let token = &input["token"];
        let text = |field: &str| token[field].as_str().map_or_else(|| token[field].to_string(), str::to_owned);
        let mut messages = Vec::new();
        if user {
            messages.push(format!("Token APIKeyType {} contains 'USER'", text("apiKeyType")));
        }
        if valid {
            let time = text("validTo");
            messages.push(format!("For CreateToken, Token APIKeyType ValidTo {time} greater than X date"));
        }
        if scheduled {
            let time = text("scheduledExpireTime");
            messages.push(format!("For RotateToken, Token APIKeyType ScheduledExpireTime {time} greater than X date"));
        }
        Ok(messages)
    }
}
