//! Whoever evaluates general programs: from the input's bytes to the answer.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use lictor::Session;
use serde_json::Value;

use super::opa::Opa;
use super::regorus::{Interpreter, Rvm};
use crate::workload::Workload;

/// A contender that has loaded a program and its base data.
pub trait Evaluates {
    /// The answer, as JSON.
    fn answer(&mut self) -> Result<Value>;

    /// The time that `count` evaluations take.
    fn time(&mut self, count: u32) -> Result<Duration>;
}

/// All contenders. The first that takes part is the one whose answer all others must give.
pub fn all(program: &Workload) -> Vec<(&'static str, Result<Box<dyn Evaluates>>)> {
    fn boxed<E: Evaluates + 'static>(loaded: Result<E>) -> Result<Box<dyn Evaluates>> {
        loaded.map(|contender| Box::new(contender) as Box<dyn Evaluates>)
    }
    let input = || program.events[0].clone();
    vec![
        ("OPA", boxed(Opa::start(program))),
        ("Lictor", boxed(Lictor::load(program))),
        ("regorus RVM", boxed(Rvm::load(program).map(|machine| Regorus { machine, input: input() }))),
        ("regorus interpreter", boxed(Interpreter::load(program).map(|machine| Regorus { machine, input: input() }))),
    ]
}

fn timed(count: u32, mut evaluate: impl FnMut() -> bool) -> Duration {
    let begin = Instant::now();
    for _ in 0..count {
        black_box(evaluate());
    }
    begin.elapsed()
}

impl Evaluates for Opa {
    fn answer(&mut self) -> Result<Value> {
        let answer = self.value()?;
        ensure!(!answer.is_null(), "undefined");
        Ok(answer)
    }

    fn time(&mut self, count: u32) -> Result<Duration> {
        Opa::time(self, count)
    }
}

struct Lictor {
    session: Session,
    input: Vec<u8>,
}

impl Lictor {
    fn load(program: &Workload) -> Result<Lictor> {
        let builder = super::lictor::Lictor::builder(program).query("q", program.query);
        let policy = builder.build().map_err(|error| anyhow!("{error}"))?;
        Ok(Lictor { session: policy.session(), input: program.events[0].clone() })
    }
}

impl Evaluates for Lictor {
    fn answer(&mut self) -> Result<Value> {
        let rows = self.session.eval("q", Some(&self.input))?;
        let mut text = Vec::new();
        lictor::json::write_json(rows.value().context("undefined")?, &mut text);
        Ok(serde_json::from_slice(&text)?)
    }

    fn time(&mut self, count: u32) -> Result<Duration> {
        Ok(timed(count, || self.session.eval("q", Some(&self.input)).is_ok()))
    }
}

struct Regorus<M> {
    machine: M,
    input: Vec<u8>,
}

macro_rules! evaluates {
    ($($machine:ty)*) => {$(
        impl Evaluates for Regorus<$machine> {
            fn answer(&mut self) -> Result<Value> {
                let value = self.machine.eval(&self.input)?;
                ensure!(value != regorus::Value::Undefined, "undefined");
                Ok(serde_json::from_str(&value.to_json_str()?)?)
            }

            fn time(&mut self, count: u32) -> Result<Duration> {
                Ok(timed(count, || self.machine.eval(&self.input).is_ok()))
            }
        }
    )*};
}

evaluates! { Interpreter Rvm }
