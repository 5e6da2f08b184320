//! regorus: its interpreter, which is its default, and its register machine, the RVM.
//!
//! Both are given what suits them best: the rule is asked directly, which skips parsing a query, policies are compiled
//! once, and builtin errors are undefined, as in OPA.

use anyhow::{Context as _, Result, anyhow};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Value};

use super::Decides;
use crate::workload::Workload;

/// The interpreter.
pub struct Interpreter {
    engine: Engine,
    query: &'static str,
}

/// The register machine.
pub struct Rvm {
    machine: RegoVM,
    query: &'static str,
}

fn engine(workload: &Workload) -> Result<Engine> {
    let mut engine = Engine::new();
    engine.set_rego_v0(workload.v0);
    engine.set_strict_builtin_errors(false);
    for (name, text) in &workload.modules {
        engine.add_policy(name.clone(), text.clone())?;
    }
    engine.add_data(Value::from_json_str(&workload.data)?)?;
    Ok(engine)
}

fn input(event: &[u8]) -> Result<Value> {
    Value::from_json_str(std::str::from_utf8(event)?)
}

fn texts(value: &Value) -> Result<Vec<String>> {
    if *value == Value::Undefined {
        return Ok(vec![]);
    }
    let messages = value.as_set().context("not a set of messages")?;
    let text = |message: &Value| Ok(message.as_string().map_err(|error| anyhow!("{error}"))?.to_string());
    messages.iter().map(text).collect()
}

fn holds_any(value: &Value) -> bool {
    value.as_set().is_ok_and(|messages| !messages.is_empty())
}

impl Interpreter {
    /// Loads the workload's policies.
    pub fn load(workload: &Workload) -> Result<Interpreter> {
        let mut interpreter = Interpreter { engine: engine(workload)?, query: workload.query };
        interpreter.eval(b"{}")?;
        Ok(interpreter)
    }

    /// The value of the query for an event.
    pub fn eval(&mut self, event: &[u8]) -> Result<Value> {
        self.engine.set_input(input(event)?);
        self.engine.eval_rule(self.query.to_owned())
    }
}

impl Decides for Interpreter {
    fn messages(&mut self, event: &[u8]) -> Result<Vec<String>> {
        texts(&self.eval(event)?)
    }

    fn denied(&mut self, event: &[u8]) -> bool {
        self.eval(event).map_or(true, |value| holds_any(&value))
    }
}

impl Rvm {
    /// Loads the workload's policies.
    pub fn load(workload: &Workload) -> Result<Rvm> {
        let policy = engine(workload)?.compile_with_entrypoint(&workload.query.into())?;
        let program = Compiler::compile_from_policy(&policy, &[workload.query])?;
        let mut machine = RegoVM::new();
        // Its default stops after 25,000.
        machine.set_max_instructions(usize::MAX);
        machine.load_program(program);
        machine.set_data(Value::from_json_str(&workload.data)?)?;
        let mut machine = Rvm { machine, query: workload.query };
        machine.eval(b"{}")?;
        Ok(machine)
    }

    /// The value of the query for an event.
    pub fn eval(&mut self, event: &[u8]) -> Result<Value> {
        self.machine.set_input(input(event)?);
        Ok(self.machine.execute_entry_point_by_name(self.query)?)
    }
}

impl Decides for Rvm {
    fn messages(&mut self, event: &[u8]) -> Result<Vec<String>> {
        texts(&self.eval(event)?)
    }

    fn denied(&mut self, event: &[u8]) -> bool {
        self.eval(event).map_or(true, |value| holds_any(&value))
    }
}
