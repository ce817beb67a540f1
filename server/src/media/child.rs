//! The process in which bytes of strangers are read. It gets one file to read and one to write, little memory, little
//! time, no environment, and it goes after the others when the machine is busy. Whatever a file does to it, it does to
//! nobody else.

use super::derive::{Claim, Failed, derive};
use domain::clip::Measured;
use rustix::process::{Resource, Rlimit, nice, setrlimit};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::Command;

/// How the child says that there is nothing to be made of the bytes.
const REFUSED: u8 = 65;
/// The most a child may say, in bytes: what it measured, or why not.
const SAYS: u64 = 16 << 10;
/// How many bytes of memory a child may have: a picture of the most pixels, in the forms it is read and written in.
const MEMORY: u64 = 512 << 20;
/// How many bytes a child may write: a drawing of the most pixels, hardly compressed.
pub(super) const WRITES: u64 = 128 << 20;
/// How many seconds a child may work. An hour of sound takes ten on a slow machine.
const WORKS: u64 = 120;
/// How much later than the others it comes.
const NICE: i32 = 10;

/// How a child is started.
#[derive(Clone, Debug)]
pub struct Child {
    /// The program, which is the server itself.
    pub program: PathBuf,
    /// How long it may take, whatever it does.
    pub takes: Duration,
}

/// What became of a child.
#[derive(Debug)]
pub enum Ended {
    /// It made a derivative.
    Made(Measured),
    /// There is nothing to be made of these bytes.
    Refused(String),
    /// It crashed, or took too much memory or time.
    Died,
}

impl Child {
    /// A child of this program, with four minutes.
    pub fn of(program: PathBuf) -> Self {
        Self {
            program,
            takes: Duration::from_secs(2 * WORKS),
        }
    }

    /// Has a derivative of `original` written to `out`. A child that nobody waits for any more is killed.
    ///
    /// # Errors
    /// When no child can be started.
    pub async fn derive(&self, claim: &Claim, original: File, out: File) -> io::Result<Ended> {
        let claim = serde_json::to_string(claim)?;
        let mut child = Command::new(&self.program)
            .args(["derive", &claim])
            .env_clear()
            .stdin(Stdio::from(original))
            .stdout(Stdio::from(out))
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut said = Vec::new();
        let ended = tokio::time::timeout(self.takes, async {
            if let Some(stderr) = child.stderr.take() {
                stderr.take(SAYS).read_to_end(&mut said).await?;
            }
            child.wait().await
        });
        let Ok(status) = ended.await else {
            return Ok(Ended::Died);
        };
        Ok(match (status?.code(), serde_json::from_slice(&said)) {
            (Some(0), Ok(measured)) => Ended::Made(measured),
            (Some(code), _) if code == i32::from(REFUSED) => {
                Ended::Refused(String::from_utf8_lossy(&said).into_owned())
            }
            _ => Ended::Died,
        })
    }
}

/// The child itself: reads its standard input, writes the derivative to its standard output and what it measured to
/// its standard error.
pub fn run(claim: &str) -> ExitCode {
    let said = modest().map_err(Failed::Io).and_then(|()| {
        let claim: Claim = serde_json::from_str(claim).map_err(io::Error::from)?;
        let original = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        let mut out = BufWriter::new(File::from(io::stdout().as_fd().try_clone_to_owned()?));
        let measured = derive(&claim, original, &mut out)?;
        out.flush()?;
        Ok(serde_json::to_string(&measured).map_err(io::Error::from)?)
    });
    let (code, words) = match said {
        Ok(measured) => (ExitCode::SUCCESS, measured),
        Err(Failed::Refused(why)) => (ExitCode::from(REFUSED), why.to_owned()),
        Err(Failed::Io(error)) => (ExitCode::FAILURE, error.to_string()),
    };
    // Nobody may be listening any more.
    _ = io::stderr().write_all(words.as_bytes());
    code
}

/// Gives up what it does not need. What it reads is somebody's story, so it leaves no core either.
fn modest() -> io::Result<()> {
    // What a panic says may hold anything.
    std::panic::set_hook(Box::new(|_| {}));
    for (resource, most) in [
        (Resource::As, MEMORY),
        (Resource::Cpu, WORKS),
        (Resource::Fsize, WRITES),
        (Resource::Core, 0),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)?;
    }
    nice(NICE)?;
    Ok(())
}
