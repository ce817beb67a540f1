//! The binary `vertelpunt`.

use server::config::{Action, Config};
use std::error::Error;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let config = Config::read(std::env::args_os()).unwrap_or_else(|error| error.exit());
    match run(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the last word of a server that cannot run")]
            {
                eprintln!("vertelpunt: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config) -> Result<(), Box<dyn Error>> {
    match config.command {
        None | Some(Action::Serve) => server::run(config).await,
        Some(Action::Restored) => Ok(server::restored(&config).await?),
    }
}
