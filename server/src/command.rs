//! The commands about copies of the data folder: what they do, and what they say on the terminal.

use crate::ambient::{Clock, SystemClock, SystemEntropy};
use crate::backup::{self, Failure};
use crate::config::Config;
use crate::storage::{Db, Error};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

/// Work on fewer bytes is done before anybody wonders.
const LONG: u64 = 64 << 20;

/// `vertelpunt backup`: makes an archive, and of those in its folder keeps so many. Ends with 2 when the archive was made
/// and something of it was not as it must be.
///
/// # Errors
/// Why there is no archive.
pub fn back_up(config: &Config, to: &Path, keep: Option<u16>) -> Result<ExitCode, Failure> {
    let now = SystemClock::start().now();
    let made = backup::make(&config.data, to, now, &mut said_in_tenths("Copied"))?;
    let (path, length, clips) = (made.path.display(), megabytes(made.length), made.clips);
    say(&format!(
        "The backup is {path}: {length}, with {clips} recordings, photos and drawings."
    ));
    if let Some(keep) = keep.filter(|_| to.is_dir()) {
        let gone = backup::thin_out(to, keep.into())?;
        say(&format!(
            "Of the older backups {gone} were removed; {keep} stay at most."
        ));
    }
    if made.wrong.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let wrong = made.wrong.len();
    say(&format!(
        "{wrong} recordings, photos or drawings are not on the disk as they arrived. The backup holds everything else. Run \
         `vertelpunt verify` to see which, and put them back from an older backup."
    ));
    Ok(ExitCode::from(2))
}

/// `vertelpunt restore`: puts an archive back into an empty data folder.
///
/// # Errors
/// Why nothing was put back.
pub async fn restore(config: &Config, archive: &Path, withdrawn: Option<&Path>) -> Result<(), Failure> {
    let now = SystemClock::start().now();
    // A mistyped name must not look like a log in which nobody took anything back.
    if let Some(log) = withdrawn {
        std::fs::metadata(log).map_err(|error| Failure::File("the saved withdrawn.log", error))?;
    }
    let done = backup::put_back(
        archive,
        &config.data,
        withdrawn,
        now,
        &mut SystemEntropy,
        &mut said_in_tenths("Put back"),
    )
    .await?;
    let (stories, clips, gone) = (done.stories, done.clips, done.withdrawn);
    say(&format!(
        "Put back: {stories} stories with {clips} recordings, photos and drawings. What tellers took back is not among them \
         ({gone} stories, also those taken back since the backup, as far as withdrawn.log says). Phones offer again what \
         they still hold. Start the server."
    ));
    Ok(())
}

/// `vertelpunt restored`: the data folder was put back in another way, such as a snapshot of the disk.
///
/// # Errors
/// When the folder cannot be used, or a server is using it.
pub async fn restored(config: &Config) -> Result<(), Error> {
    let now = SystemClock::start().now();
    let db = Db::open(&config.data, &mut SystemEntropy)?;
    backup::again(&db, &config.data, now).await
}

/// Says how far long work is, each tenth once.
fn said_in_tenths(what: &'static str) -> impl FnMut(u64, u64) {
    let mut said = 0;
    move |done, total| {
        let tenths = done.saturating_mul(10).checked_div(total).unwrap_or(10);
        if total >= LONG && tenths > said {
            said = tenths;
            say(&format!("{what}: {}0% of {}.", tenths, megabytes(total)));
        }
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}

/// A terminal that went away is no reason to stop.
fn say(line: &str) {
    _ = writeln!(io::stdout(), "{line}");
}
