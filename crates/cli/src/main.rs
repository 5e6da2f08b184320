//! The `lictor` command: arguments in, exit code out. What commands do is in `command/`, one file each; what policies
//! mean is in the library.

use std::process::ExitCode;

use clap::Parser;

mod allocator;
mod benchmark;
mod command;
mod events;
mod git;
mod network;
mod output;
mod records;
mod said_by_sender;
mod sets;
mod stack;
mod stop;
mod usage;

#[global_allocator]
static ALLOCATOR: allocator::Counting = allocator::Counting;

/// Decides whether API key and token events are allowed, by policies in Rego.
#[derive(Parser)]
#[command(
    version,
    propagate_version = true,
    max_term_width = 100,
    arg_required_else_help = true,
    after_help = "Example:\n  lictor validate policies/seed/events --sets policies/seed/sets\n\n\
                  `lictor help COMMAND` has more on each, with examples."
)]
struct Arguments {
    /// Fetch nothing from Git repositories (git+URL): use what was fetched last
    #[arg(long, global = true)]
    offline: bool,

    #[command(subcommand)]
    command: command::Command,
}

fn main() -> ExitCode {
    stack::deep(|| {
        let Arguments { offline, command } = Arguments::parse();
        git::set_offline(offline);
        command.run()
    })
}
