//! The binary `vertelpunt`.

use server::config::{Action, Config};
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let config = Config::read(std::env::args_os()).unwrap_or_else(|error| error.exit());
    // Before there are threads, whose stacks would count as memory of a process that may have little.
    if let Some(Action::Derive { claim }) = &config.command {
        return server::media::child::run(claim);
    }
    match tokio::runtime::Runtime::new()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(run(config)))
    {
        Ok(code) => code,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the last word of a server that cannot run")]
            {
                eprintln!("vertelpunt: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config) -> Result<ExitCode, Box<dyn Error>> {
    match &config.command {
        None | Some(Action::Serve) => server::run(config).await?,
        Some(Action::Verify) => {
            let report = tokio::task::block_in_place(|| server::verify::verify(&config.data))?;
            // A terminal that went away is no reason to call anything wrong.
            _ = write!(io::stdout(), "{report}");
            return Ok(ExitCode::from(u8::from(!report.wrong.is_empty())));
        }
        Some(Action::Backup { to, keep }) => {
            return Ok(tokio::task::block_in_place(|| {
                server::back_up(&config, to, *keep)
            })?);
        }
        Some(Action::Restore { archive, withdrawn }) => {
            server::restore(&config, archive, withdrawn.as_deref()).await?;
        }
        Some(Action::Restored) => server::restored(&config).await?,
        Some(Action::Derive { claim }) => return Ok(server::media::child::run(claim)),
    }
    Ok(ExitCode::SUCCESS)
}
