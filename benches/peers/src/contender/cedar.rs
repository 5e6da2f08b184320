//! The seed's three rules in Cedar, which has no messages, so that annotations hold these and the host fills in the value.
//!
//! `permit` stands for what Rego allows by saying nothing, and each rule is a `forbid`: the authorizer names all that apply.
//! Nobody asks who acts, how and on what, so these are the same for every event. Two things the host does in Cedar's place:
//! it leaves out what is null, which Cedar has not, and looks after the order across types, by which a text is greater
//! than any number: comparing the two is an error of one policy, and errors are reported beside the decision.

use std::collections::HashMap;

use anyhow::{Context as _, Result, anyhow};
use cedar_policy::{
    AuthorizationError, Authorizer, Context, Entities, EntityUid, EvalResult, PolicyId, PolicySet, Request,
    RestrictedExpression,
};
use serde::Deserialize;

use super::Decides;

const POLICIES: &str = r#"
permit(principal, action, resource);

@message("Token APIKeyType {} contains 'USER'")
@field("apiKeyType")
forbid(principal, action, resource)
when { context.token has apiKeyType && context.token.apiKeyType like "*USER*" };

@message("For CreateToken, Token APIKeyType ValidTo {} greater than X date")
@field("validTo")
@ordered
forbid(principal, action, resource)
when { context.token has validTo && context.token.validTo > 1779647400000 };

@message("For RotateToken, Token APIKeyType ScheduledExpireTime {} greater than X date")
@field("scheduledExpireTime")
@ordered
forbid(principal, action, resource)
when { context.token has scheduledExpireTime && context.token.scheduledExpireTime > 1771957800000 };
"#;

/// Cedar on the whole event.
pub struct Whole(Cedar);

/// Cedar on the three fields that the policies ask for, which the host takes out of the event.
pub struct Fields(Cedar);

struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    principal: EntityUid,
    action: EntityUid,
    resource: EntityUid,
    messages: HashMap<PolicyId, Message>,
}

/// What a policy says.
struct Message {
    template: String,
    field: String,
    /// Whether the policy compares, and so holds for a text.
    ordered: bool,
}

impl Whole {
    /// Parses the policies.
    pub fn load() -> Result<Whole> {
        Ok(Whole(Cedar::load()?))
    }
}

impl Fields {
    /// Parses the policies.
    pub fn load() -> Result<Fields> {
        Ok(Fields(Cedar::load()?))
    }
}

impl Decides for Whole {
    fn messages(&mut self, event: &[u8]) -> Result<Vec<String>> {
        let context = match Context::from_json_str(std::str::from_utf8(event)?, None) {
            Ok(context) => context,
            Err(_) => {
                let mut event = serde_json::from_slice(event)?;
                remove_nulls(&mut event);
                Context::from_json_value(event, None)?
            }
        };
        self.0.messages(context)
    }
}

fn remove_nulls(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Array(items) => items.iter_mut().for_each(remove_nulls),
        serde_json::Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(remove_nulls);
        }
        _ => {}
    }
}

#[derive(Deserialize)]
struct Event {
    token: Token,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    api_key_type: Option<serde_json::Value>,
    valid_to: Option<serde_json::Value>,
    scheduled_expire_time: Option<serde_json::Value>,
}

impl Decides for Fields {
    fn messages(&mut self, event: &[u8]) -> Result<Vec<String>> {
        let Event { token } = serde_json::from_slice(event)?;
        let fields = [
            ("apiKeyType", token.api_key_type),
            ("validTo", token.valid_to),
            ("scheduledExpireTime", token.scheduled_expire_time),
        ];
        let expression = |(name, value): (&str, Option<serde_json::Value>)| {
            let value = match value? {
                serde_json::Value::String(text) => RestrictedExpression::new_string(text),
                serde_json::Value::Number(number) => RestrictedExpression::new_long(number.as_i64()?),
                serde_json::Value::Bool(truth) => RestrictedExpression::new_bool(truth),
                _ => return None,
            };
            Some((name.to_owned(), value))
        };
        let token = RestrictedExpression::new_record(fields.into_iter().filter_map(expression))?;
        self.0.messages(Context::from_pairs([("token".to_owned(), token)])?)
    }
}

impl Cedar {
    fn load() -> Result<Cedar> {
        let policies: PolicySet = POLICIES.parse()?;
        let message = |policy: &cedar_policy::Policy| {
            let message = Message {
                template: policy.annotation("message")?.to_owned(),
                field: policy.annotation("field")?.to_owned(),
                ordered: policy.annotation("ordered").is_some(),
            };
            Some((policy.id().clone(), message))
        };
        let messages = policies.policies().filter_map(message).collect();
        Ok(Cedar {
            authorizer: Authorizer::new(),
            policies,
            entities: Entities::empty(),
            principal: r#"Service::"tokens""#.parse()?,
            action: r#"Action::"save""#.parse()?,
            resource: r#"Token::"saved""#.parse()?,
            messages,
        })
    }

    fn messages(&self, context: Context) -> Result<Vec<String>> {
        let (principal, action, resource) = (self.principal.clone(), self.action.clone(), self.resource.clone());
        let request = Request::new(principal, action, resource, context, None)?;
        let response = self.authorizer.is_authorized(&request, &self.policies, &self.entities);
        let mut messages = Vec::new();
        // An event that passes was permitted by the one policy that permits.
        let forbade = response.diagnostics().reason().filter_map(|policy| self.messages.get(policy));
        for message in forbade {
            messages.push(message.with(&text(&request, &message.field)?.context("a policy without its field")?));
        }
        for AuthorizationError::PolicyEvaluationError(error) in response.diagnostics().errors() {
            let message = self.messages.get(error.policy_id()).ok_or_else(|| anyhow!("{error}"))?;
            if message.ordered
                && let Some(EvalResult::String(text)) = field(&request, &message.field)
            {
                messages.push(message.with(&text));
            }
        }
        Ok(messages)
    }
}

impl Message {
    fn with(&self, value: &str) -> String {
        self.template.replacen("{}", value, 1)
    }
}

/// A field of the token that a request is about.
fn field(request: &Request, name: &str) -> Option<EvalResult> {
    let EvalResult::Record(token) = request.context()?.get("token")? else { return None };
    token.get(name).cloned()
}

/// How a message shows a field.
fn text(request: &Request, name: &str) -> Result<Option<String>> {
    field(request, name)
        .map(|value| match value {
            EvalResult::String(text) => Ok(text),
            EvalResult::Long(number) => Ok(number.to_string()),
            other => Err(anyhow!("no policy holds for {other}")),
        })
        .transpose()
}
