//! Parse, dispatch, exit code; nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    match konusma::cli::parse(std::env::args_os()) {
        Ok(command) => command.run(),
        Err(exit) => exit,
    }
}
