//! Any bytes, read through the lens and as a tree: both find the same at each path, and refuse the same texts.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use lictor::{Builder, Session};

const READS: &str = r#"package reads

deny contains {"top": input.a}

deny contains {"nested": input.token.apiKeyType}

deny contains {"whole": input.token.tags}

deny contains {"below": input.token.tags.owner}

deny contains {"empty": input[""].b}

deny contains {"accent": input["é"].a}

deny contains {"deep": input.request.http.headers.authorization}
"#;

fn session(slow: bool) -> Session {
    let builder = Builder::new().module("reads.rego", READS);
    let builder = if slow { builder.without_fast_rooms() } else { builder };
    builder.build().expect("the policy above compiles").session()
}

thread_local! {
    static SESSIONS: RefCell<(Session, Session)> = RefCell::new((session(false), session(true)));
}

fuzz_target!(|bytes: &[u8]| {
    SESSIONS.with_borrow_mut(|(lens, tree)| match (lens.decide(bytes), tree.decide(bytes)) {
        (Ok(lens), Ok(tree)) => assert_eq!(lens, tree),
        (Err(lens), Err(tree)) => assert_eq!(lens.to_string(), tree.to_string()),
        (lens, tree) => panic!("the lens says {lens:?}, the tree {tree:?}"),
    });
});
