//! A session: one thread's scratch memory, in which events are decided and queries evaluated.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use lictor_engine::{Evaluation, Input, Inquiry, Options};
use lictor_fast::LensScratch;
use lictor_ir::Entry;
use lictor_value::{Frozen, Value, json};
use serde::Serialize;

use crate::decision::{Decision, Finding};
use crate::error::Error;
use crate::event::{Place, Route};
use crate::fast::Read;
use crate::gate;
use crate::judge::{self, Deny, Observer, Task};
use crate::live::Current;
use crate::policy::Shared;
use crate::record::Evaluation as Evaluated;
use crate::record::evaluation::Trail;
use crate::route;
use crate::rows::Rows;
use crate::traceback::{self, Frame};

mod tracking;

pub(crate) use tracking::{Keeper, Said};

/// One thread's scratch memory for evaluations of one policy. It grows to what they need and keeps it.
pub struct Session {
    shared: Arc<Shared>,
    engine: lictor_engine::Session,
    reader: json::Reader,
    lens: LensScratch,
    gate: gate::Scratch,
    /// Ends evaluations while it is true.
    cancel: Option<Arc<AtomicBool>>,
    /// The live policy that is followed, and the number of the one that is shared now.
    live: Option<(Arc<Current>, u64)>,
}

/// An input that is read once, for any number of evaluations: [`Session::eval_parsed`].
pub struct ParsedInput(Frozen);

impl ParsedInput {
    /// Reads an input.
    ///
    /// # Errors
    /// When it is not JSON in UTF-8.
    pub fn of_json(bytes: &[u8]) -> Result<Self, Error> {
        Frozen::try_build(|arena| json::parse_copied(arena, bytes)).map(ParsedInput).map_err(malformed)
    }
}

impl Session {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let engine = lictor_engine::Session::new(shared.settings.limits);
        let (reader, lens, gate) = (json::Reader::default(), LensScratch::default(), gate::Scratch::default());
        Session { shared, engine, reader, lens, gate, cancel: None, live: None }
    }

    /// A session of a live policy, whichever that is.
    pub(crate) fn following(current: Arc<Current>) -> Self {
        let (policy, generation) = current.policy();
        Session { live: Some((current, generation)), ..policy.session() }
    }

    /// Goes over to the policy that is in force, where a live one is followed. Whatever is asked comes here first, and once.
    #[inline]
    fn renew(&mut self) {
        if let Some((current, generation)) = &self.live
            && current.generation() != *generation
        {
            let renewed = Session::following(Arc::clone(current));
            *self = Session { cancel: self.cancel.take(), ..renewed };
        }
    }

    /// Lets another thread end evaluations: while `flag` is true, whatever is evaluated ends with an error within a thousand
    /// steps or so. Who sets it takes it back.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    ///
    /// let text = "package a\n\np := count([1 | some i in numbers.range(1, 100000); i % 2 == 0])";
    /// let policy = lictor::Builder::new().module("a.rego", text).query("p", "data.a.p").build()?;
    /// let mut session = policy.session();
    /// let stop = Arc::new(AtomicBool::new(false));
    /// session.cancel_with(Arc::clone(&stop));
    /// assert!(session.eval("p", None).is_ok());
    /// stop.store(true, Ordering::Relaxed); // as a thread would that has waited long enough
    /// assert!(session.eval("p", None).is_err());
    /// # Ok::<(), lictor::BuildError>(())
    /// ```
    pub fn cancel_with(&mut self, flag: Arc<AtomicBool>) {
        self.cancel = Some(flag);
    }

    /// Decides an event: JSON as bytes or text. The payload says what it is about ([`crate::event`]).
    ///
    /// # Errors
    /// When the event is not JSON in UTF-8, does not say what it is about, or a policy's evaluation fails. An error is never
    /// an allow.
    pub fn decide(&mut self, event: impl AsRef<[u8]>) -> Result<Decision, Error> {
        self.judge(None, event.as_ref(), &mut ())
    }

    /// Decides an event and tells who judged it: sets and policies that let it pass too. Slower than [`Session::decide`],
    /// which does not ask.
    ///
    /// ```
    /// let policy = lictor::Policy::of_module("p.rego", "package p\n\ndeny if input.n > 1")?;
    /// let evaluation = policy.session().evaluate(r#"{"n": 1}"#);
    /// assert!(evaluation.outcome.is_ok_and(|decision| decision.is_allowed()));
    /// assert_eq!(evaluation.sets[0].policies[0].name, "data.p");
    /// # Ok::<(), lictor::BuildError>(())
    /// ```
    pub fn evaluate(&mut self, event: impl AsRef<[u8]>) -> Evaluated {
        self.follow(None, event.as_ref())
    }

    /// Does so for an event whose sender knows what it is about.
    pub fn evaluate_routed(&mut self, route: &Route<'_>, event: impl AsRef<[u8]>) -> Evaluated {
        self.follow(Some(route), event.as_ref())
    }

    fn follow(&mut self, route: Option<&Route<'_>>, event: &[u8]) -> Evaluated {
        let mut trail = Trail::default();
        let outcome = self.judge(route, event, &mut trail);
        trail.end(&self.shared.judges, &self.shared.revision, outcome)
    }

    /// Decides an event whose usage is kept, and tells who judged it.
    pub(crate) fn follow_tracked(
        &mut self,
        route: Option<&Route<'_>>,
        event: &[u8],
        keeper: &mut impl Keeper,
    ) -> Evaluated {
        let (mut trail, mut judged) = (Trail::default(), vec![]);
        let (outcome, fault) = match self.judge_tracked(route, event, keeper, &mut trail, Some(&mut judged)) {
            Ok(made) => made,
            Err(error) => return self.failed(error),
        };
        let evaluation = trail.end(&self.shared.judges, &self.shared.revision, outcome);
        let evaluation = Evaluated { judged: Some(judged), ..evaluation };
        match fault {
            None => evaluation,
            // Nobody denied it, and still it is not allowed.
            Some(fault) => Evaluated { outcome: Err(fault), sets: vec![], ..evaluation },
        }
    }

    /// Decides an event whose sender knows what it is about.
    ///
    /// # Errors
    /// As [`Session::decide`].
    pub fn decide_routed(&mut self, route: &Route<'_>, event: impl AsRef<[u8]>) -> Result<Decision, Error> {
        self.judge(Some(route), event.as_ref(), &mut ())
    }

    /// Decides an event given as anything that serializes to JSON: a `serde_json::Value`, a struct of your own.
    ///
    /// # Errors
    /// As [`Session::decide`], and when it cannot be written as JSON.
    pub fn decide_value(&mut self, event: &impl Serialize) -> Result<Decision, Error> {
        let bytes = serde_json::to_vec(event).map_err(|e| Error::Unserializable(e.to_string()))?;
        self.judge(None, &bytes, &mut ())
    }

    /// Evaluates a query that the policy was built with. Without `input` it is undefined.
    ///
    /// # Errors
    /// When there is no such query, the input is not JSON, or the evaluation fails.
    pub fn eval<'s>(&'s mut self, query: &str, input: Option<&'s [u8]>) -> Result<Rows<'s>, Error> {
        let (shared, entry, mut evaluation, input, options) = self.begin(query, input)?;
        let answer = evaluation.eval(&shared.linked, entry.routine, input, &options)?;
        Ok(Rows::new(entry, answer))
    }

    /// Where the evaluation of a query is when an error ends it, the innermost literal first: evaluates it once more. Empty
    /// where no error ends it, and where the policy was not built with [`crate::Builder::traced`].
    ///
    /// ```
    /// let text = "package a\n\np if level(\"high\") > 1\n\nlevel(x) := to_number(x)";
    /// let builder = lictor::Builder::new().module("a.rego", text).query("p", "data.a.p").strict_builtin_errors(true);
    /// let frames = builder.traced().build()?.session().traceback("p", None)?;
    /// let shown: Vec<_> = frames.iter().map(|frame| format!("{}: {}", frame.at.row, frame.text)).collect();
    /// assert_eq!(shown.last().map(String::as_str), Some("1: data.a.p"));
    /// assert!(shown.contains(&"3: level(\"high\")".to_owned()), "{shown:?}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the input is not JSON, or there is no such query.
    pub fn traceback(&mut self, query: &str, input: Option<&[u8]>) -> Result<Vec<Frame>, Error> {
        let (shared, entry, mut evaluation, input, options) = self.begin(query, input)?;
        let mut inquiry = evaluation.open(&shared.linked, input, &options);
        let Err(error) = inquiry.ask(entry.routine) else { return Ok(vec![]) };
        let program = shared.linked.program();
        Ok(traceback::frames(program, &shared.files, &inquiry.traced().under_way, error.at.as_ref()))
    }

    /// What the evaluation of a query needs.
    fn begin<'s>(
        &'s mut self,
        query: &str,
        input: Option<&'s [u8]>,
    ) -> Result<(&'s Shared, &'s Entry, Evaluation<'s>, Input<'s>, Options<'s>), Error> {
        self.renew();
        let shared = &*self.shared;
        let entry = shared.linked.program().entry(query).ok_or_else(|| Error::NoEntry(query.to_owned()))?;
        let evaluation = self.engine.begin();
        let input = match input {
            None => Input::Undefined,
            Some(bytes) => Input::Tree(read(&mut self.reader, &evaluation, bytes)?),
        };
        Ok((shared, entry, evaluation, input, shared.options(self.cancel.as_deref())))
    }

    /// Evaluates a query, as [`Session::eval`] does, for an input that was read before.
    ///
    /// ```
    /// use lictor::{Builder, ParsedInput};
    ///
    /// let policy = Builder::new().query("adults", "count([p | some p in input; p.age >= 18])").build()?;
    /// let input = ParsedInput::of_json(br#"[{"age": 17}, {"age": 18}]"#)?;
    /// let mut session = policy.session();
    /// for _ in 0..3 {
    ///     let value = session.eval_parsed("adults", Some(&input))?.value();
    ///     assert_eq!(value.and_then(|count| count.as_int()), Some(1));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When there is no such query, or the evaluation fails.
    pub fn eval_parsed<'s>(&'s mut self, query: &str, input: Option<&'s ParsedInput>) -> Result<Rows<'s>, Error> {
        self.renew();
        let shared = &*self.shared;
        let entry = shared.linked.program().entry(query).ok_or_else(|| Error::NoEntry(query.to_owned()))?;
        let input = input.map_or(Input::Undefined, |input| Input::Tree(input.0.root()));
        let answer =
            self.engine.begin().eval(&shared.linked, entry.routine, input, &shared.options(self.cancel.as_deref()))?;
        Ok(Rows::new(entry, answer))
    }

    /// The evaluation of an event that never came to be judged.
    fn failed(&self, error: Error) -> Evaluated {
        Evaluated { revision: self.shared.revision.whole.clone(), ..Evaluated::failed(error) }
    }

    fn judge(
        &mut self,
        route: Option<&Route<'_>>,
        event: &[u8],
        observer: &mut impl Observer,
    ) -> Result<Decision, Error> {
        self.renew();
        let shared = &*self.shared;
        let mut evaluation = self.engine.begin();
        let reading = route.is_none() && shared.judges.routed;
        let fast = shared.fast.as_ref();
        let read = match fast.and_then(|fast| fast.read(event, evaluation.arena(), &mut self.lens, reading)) {
            Some(values) => Read::Paths(values),
            None => {
                std::str::from_utf8(event).map_err(|e| {
                    malformed(json::JsonError::at(event, e.valid_up_to(), json::JsonErrorKind::NotUtf8))
                })?;
                Read::Tree(read(&mut self.reader, &evaluation, event)?)
            }
        };
        let at = |position: usize| match (&read, fast) {
            (Read::Paths(values), Some(fast)) => fast.route(values, position),
            (Read::Tree(tree), _) => route::at_path(*tree, position),
            (Read::Paths(_), None) => None,
        };
        let said = reading || route.is_some();
        let route = match route {
            Some(route) => *route,
            None if reading => route::of_reads(at, || json::parse(evaluation.arena(), event).ok())?,
            None => ANYTHING,
        };
        observer.routed(&shared.judges, &route, said);
        let (input, cancel) = (read.input(), self.cancel.as_deref());
        let asking = Asking { shared, route: &route, input, cancel, now_ns: None };
        asking.decide(&mut evaluation, &mut self.gate, observer)
    }
}

/// What an event is taken to be about where that makes no difference.
const ANYTHING: Route<'static> = Route {
    entity: crate::event::Entity::Token,
    event: crate::event::Event::Save,
    place: Place { account: None, org: None, project: None },
};

fn read<'s>(reader: &mut json::Reader, evaluation: &Evaluation<'s>, bytes: &'s [u8]) -> Result<Value<'s>, Error> {
    reader.parse(evaluation.arena(), bytes).map_err(malformed)
}

pub(crate) fn malformed(error: json::JsonError) -> Error {
    Error::Malformed { row: error.row, col: error.col, message: error.kind.to_string() }
}

/// Asks every unit that judges the event, or those of them that may have something to say.
struct Asking<'a, 's> {
    shared: &'s Shared,
    route: &'a Route<'a>,
    input: Input<'s>,
    cancel: Option<&'a AtomicBool>,
    now_ns: Option<i64>,
}

impl<'s> Asking<'_, 's> {
    fn decide(
        &self,
        evaluation: &mut Evaluation<'s>,
        scratch: &mut gate::Scratch,
        observer: &mut impl Observer,
    ) -> Result<Decision, Error> {
        let Asking { shared, route, input, .. } = *self;
        let judges = &shared.judges;
        let tasks = judges.tasks(route);
        let mut options = shared.options(self.cancel);
        options.now_ns = self.now_ns.or(options.now_ns);
        let mut findings: Vec<(usize, usize, Finding)> = Vec::new();
        match &shared.gate {
            Some(gate) => {
                let program = shared.linked.program();
                let hits = gate.find(program, judges, route, input, evaluation.arena(), scratch);
                // Most events pass without the engine.
                if hits.is_empty() {
                    return Ok(Decision::ALLOW);
                }
                let mut inquiry = evaluation.open(&shared.linked, input, &options);
                for hits in hits.chunk_by(gate::Hit::is_of_one_rule) {
                    let task = &tasks[hits[0].task as usize];
                    let deny = &judges.units[task.unit].denies[hits[0].deny as usize];
                    if let (Some(choice), Some(_)) = (deny.choice, hits[0].definition()) {
                        inquiry.tell(choice, hits.iter().filter_map(gate::Hit::definition));
                    }
                    self.ask(&mut inquiry, task, deny, observer, &mut findings)?;
                }
            }
            None => {
                let mut inquiry = evaluation.open(&shared.linked, input, &options);
                for task in tasks.iter().filter(|task| judges.wants(task, &route.place)) {
                    for deny in &judges.units[task.unit].denies {
                        self.ask(&mut inquiry, task, deny, observer, &mut findings)?;
                    }
                }
            }
        }
        if findings.is_empty() { Ok(Decision::ALLOW) } else { Ok(Decision::of(Task::sorted(findings))) }
    }

    fn ask(
        &self,
        inquiry: &mut Inquiry<'_, 's>,
        task: &Task,
        deny: &Deny,
        observer: &mut impl Observer,
        findings: &mut Vec<(usize, usize, Finding)>,
    ) -> Result<(), Error> {
        // Why is of interest only where there is a choice.
        let asked = match deny.many {
            true => inquiry.ask_why(deny.routine),
            false => inquiry.ask(deny.routine).map(|value| (value, vec![])),
        };
        let (value, sources) = asked.inspect_err(|_| observer.failed(task.unit))?;
        if let Some(value) = value.filter(|value| !judge::passes(*value)) {
            self.shared.judges.findings(task, deny, value, &sources, &self.route.place, findings);
        }
        Ok(())
    }
}

impl Shared {
    fn options<'o>(&'o self, cancel: Option<&'o AtomicBool>) -> Options<'o> {
        Options {
            cancel,
            strict_builtin_errors: self.settings.strict_builtin_errors,
            print: self.settings.print,
            now_ns: self.settings.now_ns,
            ..Options::new(&*self.host)
        }
    }
}
