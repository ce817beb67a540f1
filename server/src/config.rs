//! What an administrator decides: by flags, by environment (`VERTELPUNT_…`) and by a file, in this order of
//! precedence. A value that cannot be used is refused at start, with its name and what was expected.

use crate::media::Quotas;
use clap::error::ErrorKind;
use clap::{ArgAction, ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use domain::clip::CLIP_LENGTH_LIMIT;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Stories from residents, from an offline phone to the library of a municipality.
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(name = "vertelpunt", version, after_help = PRECEDENCE)]
pub struct Config {
    /// A TOML file with any of these settings, written as `public-url = "https://…"`
    #[arg(long, global = true, env = "VERTELPUNT_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// The folder that holds everything that is kept; made when it is not there
    #[arg(
        long,
        global = true,
        env = "VERTELPUNT_DATA",
        value_name = "FOLDER",
        default_value = "data"
    )]
    pub data: PathBuf,

    /// A file, best on another disk, in which every withdrawal is written a second time before it is answered
    #[arg(long, global = true, env = "VERTELPUNT_WITHDRAWN_COPY", value_name = "FILE")]
    pub withdrawn_copy: Option<PathBuf>,

    /// The address and port to listen on [default: 127.0.0.1:3000, or 0.0.0.0:3000 with --phone]
    #[arg(long, global = true, env = "VERTELPUNT_ADDRESS", value_name = "ADDRESS:PORT", value_parser = address)]
    pub address: Option<SocketAddr>,

    /// The address under which people reach this server, when it is another (behind a proxy)
    #[arg(long, global = true, env = "VERTELPUNT_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,

    /// Fill an empty data folder with a demonstration project and print its links
    #[arg(long, global = true, env = "VERTELPUNT_DEMO", action = ArgAction::Set, default_value = "false",
        num_args = 0..=1, default_missing_value = "true", value_name = "true|false")]
    pub demo: bool,

    /// Serve phones on the same Wi-Fi: HTTPS with a certificate authority of this machine's own
    #[arg(long, global = true, env = "VERTELPUNT_PHONE", action = ArgAction::Set, default_value = "false",
        num_args = 0..=1, default_missing_value = "true", value_name = "true|false")]
    pub phone: bool,

    /// The port on which --phone explains, without HTTPS, how a phone comes to trust this machine
    #[arg(
        long,
        global = true,
        env = "VERTELPUNT_TRUST_PORT",
        value_name = "PORT",
        default_value = "3001"
    )]
    pub trust_port: u16,

    /// A certificate chain in PEM, to serve HTTPS
    #[arg(long, global = true, env = "VERTELPUNT_CERTIFICATE", value_name = "FILE")]
    pub certificate: Option<PathBuf>,

    /// The private key of the certificate in PEM
    #[arg(long, global = true, env = "VERTELPUNT_KEY", value_name = "FILE")]
    pub key: Option<PathBuf>,

    /// The most bytes of one request's body
    #[arg(long, global = true, env = "VERTELPUNT_MAX_BODY", value_name = "BYTES", default_value = "1048576",
        value_parser = max_body)]
    pub max_body: usize,

    /// The most bytes of one recording, photo or drawing
    #[arg(long, global = true, env = "VERTELPUNT_MEDIA_MAX_SIZE", value_name = "BYTES", default_value = "50000000",
        value_parser = clap::value_parser!(u64).range(1..=CLIP_LENGTH_LIMIT))]
    pub media_max_size: u64,

    /// The most bytes of recordings, photos and drawings together [default: as many as the disk has room for]
    #[arg(long, global = true, env = "VERTELPUNT_MEDIA_QUOTA", value_name = "BYTES")]
    pub media_quota: Option<u64>,

    /// The most bytes of recordings, photos and drawings that come through one entry point [default: no limit]
    #[arg(
        long,
        global = true,
        env = "VERTELPUNT_MEDIA_QUOTA_PER_ENTRY",
        value_name = "BYTES"
    )]
    pub media_quota_per_entry: Option<u64>,

    /// How many bytes of the disk recordings, photos and drawings leave free for everything else
    #[arg(
        long,
        global = true,
        env = "VERTELPUNT_MEDIA_RESERVE",
        value_name = "BYTES",
        default_value = "268435456"
    )]
    pub media_reserve: u64,

    /// How the log is written
    #[arg(
        long,
        global = true,
        env = "VERTELPUNT_LOG_FORMAT",
        value_enum,
        default_value = "text"
    )]
    pub log_format: LogFormat,

    /// What is logged: a level, or levels per part, such as `info,server=debug`
    #[arg(long, global = true, env = "VERTELPUNT_LOG", value_name = "FILTER", default_value = "info",
        value_parser = log_filter)]
    pub log: String,

    /// The folder with the files of the build
    #[arg(
        long,
        global = true,
        env = "VERTELPUNT_SITE",
        value_name = "FOLDER",
        default_value = "target/site"
    )]
    pub site: PathBuf,

    /// What to do
    #[command(subcommand)]
    pub command: Option<Action>,
}

/// What the binary does.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Action {
    /// Serve, the default
    Serve,
    /// Copy everything into one archive, also while the server runs. It holds stories and the key: keep it as safe as
    /// the data folder, and not for ever
    Backup {
        /// The archive to make; in a folder that is there it gets a name with the moment
        to: PathBuf,
        /// Of the archives in that folder keep only so many of the newest
        #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..))]
        keep: Option<u16>,
    },
    /// Put an archive back into an empty data folder, or one with nothing but its withdrawn.log
    Restore {
        /// The archive, as `backup` made it
        archive: PathBuf,
        /// A withdrawn.log that was saved elsewhere: what it names stays taken back
        #[arg(long, value_name = "FILE")]
        withdrawn: Option<PathBuf>,
    },
    /// Say, before serving, that an older copy of the data folder was put back in another way (all but its withdrawn.log)
    Restored,
    /// Look whether everything is there, byte for byte; also while the server runs, and without changing anything
    Verify,
    /// Make what others are handed out of one clip, from standard input to standard output: started by the server
    #[command(hide = true)]
    Derive {
        /// What the clip says of itself, as JSON
        claim: String,
    },
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

const PRECEDENCE: &str =
    "A flag goes before its environment variable, that before the file, that before the default.";

impl Config {
    /// Reads the configuration from command-line arguments (the first is the program's name), the environment and
    /// the file these name.
    ///
    /// # Errors
    /// Clap's own, which prints itself: help, version, or what was wrong with which setting.
    pub fn read(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Self, clap::Error> {
        let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
        let mut command = Self::command();
        if let Some(file) = file_named(&arguments) {
            command = with_file(command, &file)?;
        }
        let matches = command.try_get_matches_from_mut(arguments)?;
        let config = Self::from_arg_matches(&matches)?;
        config
            .consistent()
            .map_err(|wrong| command.error(ErrorKind::ArgumentConflict, wrong))?;
        Ok(config)
    }

    /// The address to listen on.
    pub fn listen(&self) -> SocketAddr {
        let everywhere = if self.phone { [0, 0, 0, 0] } else { [127, 0, 0, 1] };
        self.address
            .unwrap_or_else(|| SocketAddr::from((everywhere, 3000)))
    }

    /// How much room media may take.
    pub fn quotas(&self) -> Quotas {
        Quotas {
            total: self.media_quota,
            per_entry: self.media_quota_per_entry,
            each: self.media_max_size,
            reserve: self.media_reserve,
        }
    }

    fn consistent(&self) -> Result<(), &'static str> {
        match (&self.certificate, &self.key, self.phone) {
            (Some(_), None, _) => Err("--certificate needs --key beside it"),
            (None, Some(_), _) => Err("--key needs --certificate beside it"),
            (Some(_), Some(_), true) => {
                Err("--phone makes its own certificate; leave out --certificate and --key")
            }
            _ => Ok(()),
        }
    }
}

/// The file that the arguments or the environment name, before anything else is checked.
fn file_named(arguments: &[OsString]) -> Option<PathBuf> {
    let command = Config::command()
        .ignore_errors(true)
        .disable_help_flag(true)
        .disable_version_flag(true);
    let matches: ArgMatches = command.try_get_matches_from(arguments).ok()?;
    matches.try_get_one::<PathBuf>("config").ok().flatten().cloned()
}

/// Makes the file's values the defaults, so that they go through the same checks as flags.
fn with_file(mut command: clap::Command, path: &Path) -> Result<clap::Command, clap::Error> {
    let wrong = |command: &mut clap::Command, what: String| {
        command.error(
            ErrorKind::InvalidValue,
            format!("the file {}: {what}", path.display()),
        )
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&mut command, error.to_string()))?;
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| wrong(&mut command, error.to_string()))?;
    for (name, value) in table {
        let id = name.replace('-', "_");
        let known = command
            .get_arguments()
            .any(|argument| argument.get_id() == id.as_str() && id != "config");
        let value = match value {
            toml::Value::String(value) => Some(value),
            toml::Value::Integer(value) => Some(value.to_string()),
            toml::Value::Boolean(value) => Some(value.to_string()),
            _ => None,
        };
        match value {
            _ if !known => {
                let names: Vec<_> = command
                    .get_arguments()
                    .filter_map(|argument| argument.get_long())
                    .collect();
                let names = names.join(", ");
                return Err(wrong(
                    &mut command,
                    format!("there is no setting {name}; expected one of {names}"),
                ));
            }
            None => {
                return Err(wrong(
                    &mut command,
                    format!("{name}: expected text, a number, true or false"),
                ));
            }
            Some(value) => {
                command = command.mut_arg(id, |argument| {
                    argument.default_value(clap::builder::OsStr::from(value))
                });
            }
        }
    }
    Ok(command)
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "expected an address and a port, such as 127.0.0.1:3000")
}

fn public_url(text: &str) -> Result<String, &'static str> {
    const EXPECTED: &str =
        "expected http:// or https:// with a host and no path, such as https://verhalen.example.nl";
    let url = text.trim_end_matches('/');
    let host = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .ok_or(EXPECTED)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    if !host.is_empty() && host.chars().all(plain) {
        Ok(url.to_owned())
    } else {
        Err(EXPECTED)
    }
}

fn max_body(text: &str) -> Result<usize, &'static str> {
    // A single story of the longest text must fit.
    let fits = |bytes: &usize| (512 << 10..=64 << 20).contains(bytes);
    text.parse()
        .ok()
        .filter(fits)
        .ok_or("expected a number of bytes from 524288 to 67108864")
}

fn log_filter(text: &str) -> Result<String, &'static str> {
    const EXPECTED: &str =
        "expected a level (error, warn, info, debug, trace) or levels per part (info,server=debug)";
    let levels = |part: &str| {
        let level = part.rsplit('=').next().unwrap_or_default().trim();
        ["error", "warn", "info", "debug", "trace", "off"].contains(&level)
    };
    let valid = !text.is_empty() && text.split(',').all(levels);
    let parses = valid && text.parse::<tracing_subscriber::filter::Targets>().is_ok();
    if parses {
        Ok(text.to_owned())
    } else {
        Err(EXPECTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Config, clap::Error> {
        Config::read(["vertelpunt"].iter().chain(arguments))
    }

    #[test]
    fn without_any_setting_it_serves_this_computer() {
        let config = read(&[]).unwrap();
        assert_eq!(config.listen(), SocketAddr::from(([127, 0, 0, 1], 3000)));
        assert!(!config.demo && !config.phone);
        assert_eq!(
            read(&["serve", "--phone"]).unwrap().listen(),
            SocketAddr::from(([0, 0, 0, 0], 3000))
        );
    }

    #[test]
    fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("vertelpunt.toml");
        std::fs::write(
            &file,
            "data = \"/srv/verhalen\"\ndemo = true\nmax-body = 600000\n",
        )
        .unwrap();
        let config = read(&["--config", file.to_str().unwrap(), "--max-body", "700000"]).unwrap();
        assert_eq!(
            (config.data, config.demo, config.max_body),
            (PathBuf::from("/srv/verhalen"), true, 700_000)
        );
    }

    #[test]
    fn help_names_every_setting_and_its_environment_variable() {
        let help = Config::command().render_long_help().to_string();
        for argument in Config::command()
            .get_arguments()
            .filter(|argument| argument.get_env().is_some())
        {
            let (name, variable) = (
                argument.get_long().unwrap(),
                argument.get_env().unwrap().to_str().unwrap(),
            );
            assert!(
                help.contains(&format!("--{name}")) && help.contains(variable),
                "{name}"
            );
            assert_eq!(
                variable,
                format!("VERTELPUNT_{}", name.to_uppercase().replace('-', "_"))
            );
        }
    }
}
