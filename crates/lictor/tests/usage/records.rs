//! Records of tracked evaluations.

use lictor::Error;
use lictor::record::{DecisionLog, Recorder, Status};

use super::*;

#[test]
fn a_record_tells_what_policies_were_told_and_masks_it() {
    let stage =
        Stage::of(Builder::new().module("p.rego", "package p\n\ndeny contains \"no\" if input.usage.count_1m > 1"));
    stage.push(Kind::Token, "t", json!({"risk": 7, "client_secret": "tulip-tulip"}));
    let mut session = stage.session();
    let recorder = Recorder::new(&stage.policy);
    let event = request("t", "ann", &[]);
    let records = [(); 2].map(|()| recorder.record(&session.evaluate(&event), event.as_bytes()));
    let usage = records.each_ref().map(|record| record.usage.as_ref().unwrap());
    assert_eq!((&usage[0]["count_1m"], &usage[1]["count_1m"], &usage[1]["risk"]), (&json!(1), &json!(2), &json!(7)));
    assert_eq!(records.each_ref().map(|record| record.status), [Status::Pass, Status::Error]);
    assert!(!serde_json::to_string(&records).unwrap().contains("tulip"));
    let log = DecisionLog::new(recorder);
    let (_, line) = log.lines().line(&session.evaluate(&event), event.as_bytes(), None);
    let line: Value = serde_json::from_slice(&line.unwrap()).unwrap();
    assert_eq!((&line["input"]["usage"]["count_1m"], &line["input"]["time_ns"]), (&json!(3), &json!(START)));
    let error = session.evaluate("3");
    assert!(error.outcome.is_err() && error.judged.is_none() && error.revision == stage.policy.revision());
}

#[test]
fn an_evaluation_of_what_the_store_does_not_know_is_an_error_and_is_recorded() {
    let stage = Stage::of(Builder::new().module("p.rego", "package p\n\ndeny if input.usage.count_1m > 1"));
    let remote = Arc::new(Remote::default());
    remote.down.store(true, Ordering::Relaxed);
    let event = request("t", "ann", &[]);
    let evaluation = Tracked::new(stage.policy.session(), remote).evaluate(&event);
    let record = Recorder::new(&stage.policy).record(&evaluation, event.as_bytes());
    assert_eq!((record.status, record.usage), (Status::Error, None));
    assert_eq!(record.errors, ["the usage store does not answer: connection refused"]);
}

#[test]
fn a_tracked_evaluation_can_be_ended_and_is_no_use() {
    let text = "package p\n\ndeny if count([1 | some i in numbers.range(1, 100000); i % 2 == input.n]) > 0";
    let stage = Stage::of(Builder::new().module("p.rego", text));
    let mut session = stage.session();
    let flag = Arc::new(AtomicBool::new(true));
    session.cancel_with(flag.clone());
    let event = r#"{"event": "use", "token": {"id": "t"}, "n": 7}"#;
    assert!(matches!(session.decide(event), Err(Error::Evaluation(_))));
    flag.store(false, Ordering::Relaxed);
    let known = stage.store.look(Kind::Token, "t", START.into()).unwrap().unwrap();
    assert_eq!((known.counts[0], known.last_used_ms), (1, None));
    assert!(session.decide(event).unwrap().is_allowed());
}
