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
#[derive(Subcommand)]
pub(crate) enum Command {
    Validate(validate::Validate),
    Explain(explain::Explain),
    Replay(replay::Replay),
    #[cfg(feature = "store")]
    Evaluations(evaluations::Evaluations),
    Usage(usage::Usage),
    Eval(eval::Eval),
    Bench(bench::Bench),
    Check(check::Check),
    Library(library::Library),
    Sets(sets::Sets),
    Parse(parse::Parse),
    Test(test::Test),
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
