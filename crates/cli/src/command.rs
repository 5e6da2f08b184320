//! The commands, one file each.

mod bench;
mod capabilities;
mod check;
mod eval;
#[cfg(feature = "store")]
mod evaluations;
mod explain;
mod library;
mod parse;
mod question;
mod replay;
mod sets;
mod test;
mod usage;
mod validate;

use std::process::ExitCode;

use clap::Subcommand;

/// What to do.
///
/// Only the arguments of the command that was named are put together, so what a list says of each stands here too.
#[derive(Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Judge events by policy sets
    Validate(validate::Validate),
    /// Say why an event is allowed or denied
    Explain(explain::Explain),
    /// Show what a change of policies would change
    Replay(replay::Replay),
    /// Evaluations that were kept: list them, look at one
    #[cfg(feature = "store")]
    Evaluations(evaluations::Evaluations),
    /// What is known of a token's use: look at it, push a risk, forget it
    Usage(usage::Usage),
    /// Evaluate a query
    Eval(eval::Eval),
    /// Measure how long a query takes
    Bench(bench::Bench),
    /// Check that policies compile
    Check(check::Check),
    /// Ready-made policies: list them, look at them, take them over
    Library(library::Library),
    /// Policy sets: list them, look at them, check them, switch them on and off
    Sets(sets::Sets),
    /// Print a policy's syntax tree
    Parse(parse::Parse),
    /// Run the tests of policies
    Test(test::Test),
    /// Print what policies may use
    Capabilities(capabilities::Capabilities),
}

impl Command {
    pub(crate) fn run(self) -> ExitCode {
        match self {
            Command::Validate(validate) => validate.run(),
            Command::Explain(explain) => explain.run(),
            Command::Replay(replay) => replay.run(),
            #[cfg(feature = "store")]
            Command::Evaluations(evaluations) => evaluations.run(),
            Command::Usage(usage) => usage.run(),
            Command::Eval(eval) => eval.run(),
            Command::Bench(bench) => bench.run(),
            Command::Check(check) => check.run(),
            Command::Library(library) => library.run(),
            Command::Sets(sets) => sets.run(),
            Command::Parse(parse) => parse.run(),
            Command::Test(test) => test.run(),
            Command::Capabilities(capabilities) => capabilities.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use crate::Arguments;

    #[test]
    fn each_command_says_of_itself_what_the_list_says_of_it() {
        let list = Arguments::command();
        let mut whole = list.clone();
        whole.build();
        assert!(list.get_subcommands().count() > 10);
        for command in list.get_subcommands() {
            let itself = whole.find_subcommand(command.get_name()).and_then(clap::Command::get_about);
            assert_eq!(command.get_about().map(ToString::to_string), itself.map(ToString::to_string));
            assert!(itself.is_some(), "{}", command.get_name());
        }
    }
}
