//! Tests that read as sentences.
//!
//! ```text
//! given(&lictor).module("package a\np := input.x + 1").input("{\"x\": 1}").gives("data.a.p", "2");
//! given(&lictor).module(policy).input(event).denies("opapolicy", "Token APIKeyType USER contains 'USER'");
//! ```

use crate::json::Json;
use crate::question::{Answer, Answers, Question, Version};

/// A question that is being put to an evaluator.
pub struct Sentence<'a> {
    evaluator: &'a dyn Answers,
    question: Question,
}

/// Begins a sentence about what `evaluator` does.
pub fn given(evaluator: &dyn Answers) -> Sentence<'_> {
    Sentence { evaluator, question: Question::default() }
}

impl Sentence<'_> {
    /// With this module.
    #[must_use]
    pub fn module(mut self, text: &str) -> Self {
        self.question.modules.push(text.to_owned());
        self
    }

    /// With all modules read as Rego v0.
    #[must_use]
    pub fn v0(mut self) -> Self {
        self.question.version = Version::V0;
        self
    }

    /// With this base data, JSON text.
    #[must_use]
    pub fn data(mut self, json: &str) -> Self {
        self.question.data = Some(json.to_owned());
        self
    }

    /// With this input, JSON text.
    #[must_use]
    pub fn input(mut self, json: &str) -> Self {
        self.question.input = Some(json.to_owned());
        self
    }

    /// With errors of builtins as errors.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.question.strict = true;
        self
    }

    fn ask(&self, reference: &str) -> Answer {
        let query = format!("x = {reference}");
        self.evaluator.answer(&Question { query, ..self.question.clone() })
    }

    /// `reference` has the value `json`.
    #[track_caller]
    pub fn gives(self, reference: &str, json: &str) -> Self {
        let expected = Json::read(json).expect("the expected value is JSON");
        let answer = self.ask(reference);
        assert!(answer.only() == Some(&expected), "{reference} should be {expected}, but: {answer:?}");
        self
    }

    /// `reference` is undefined.
    #[track_caller]
    pub fn leaves_undefined(self, reference: &str) -> Self {
        assert_eq!(self.ask(reference), Answer::Rows(vec![]), "{reference} should be undefined");
        self
    }

    /// Asking `reference` fails, and the error contains `words`.
    #[track_caller]
    pub fn fails(self, reference: &str, words: &str) -> Self {
        match self.ask(reference) {
            Answer::Error { text, .. } => assert!(text.contains(words), "the error should say {words:?}, but: {text}"),
            rows => panic!("{reference} should fail with {words:?}, but: {rows:?}"),
        }
        self
    }

    /// The package's `deny` holds `message`.
    #[track_caller]
    pub fn denies(self, package: &str, message: &str) -> Self {
        let answer = self.ask(&format!("data.{package}.deny"));
        let expected = Json::String(message.to_owned());
        let denied = matches!(answer.only(), Some(Json::Array(messages)) if messages.contains(&expected));
        assert!(denied, "data.{package}.deny should hold {expected}, but: {answer:?}");
        self
    }

    /// The package's `deny` is empty or undefined.
    #[track_caller]
    pub fn allows(self, package: &str) -> Self {
        let answer = self.ask(&format!("data.{package}.deny"));
        let empty = Json::Array(vec![]);
        let allowed = answer == Answer::Rows(vec![]) || answer.only() == Some(&empty);
        assert!(allowed, "data.{package}.deny should be empty, but: {answer:?}");
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers `data.a.deny` and the like with the input.
    struct Echo;

    impl Answers for Echo {
        fn answer(&self, question: &Question) -> Answer {
            match &question.input {
                Some(text) => Answer::Rows(vec![Json::field("x", Json::read(text).unwrap())]),
                None => Answer::Rows(vec![]),
            }
        }
    }

    #[test]
    fn sentences_hold_when_the_answer_is_as_they_say() {
        given(&Echo).input("[1.0]").gives("data.a.p", "[1]");
        given(&Echo).leaves_undefined("data.a.p").allows("a");
        given(&Echo).input("[\"no\", \"never\"]").denies("a", "never");
    }

    #[test]
    #[should_panic(expected = "should hold \"never\"")]
    fn a_denial_needs_its_message() {
        given(&Echo).input("[\"no\"]").denies("a", "never");
    }

    #[test]
    #[should_panic(expected = "should be empty")]
    fn a_denial_allows_nothing() {
        given(&Echo).input("[\"no\"]").allows("a");
    }
}
