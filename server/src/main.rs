//! The binary `vertelpunt`.

use server::config::Config;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let config = Config::read(std::env::args_os()).unwrap_or_else(|error| error.exit());
    match server::run(config).await {
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
