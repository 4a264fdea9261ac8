//! `konusma media-worker`: decodes one picture, for the server, in a process of its own with little memory and time. It is
//! the same user's, so this is no sandbox: it holds what a decoder may use up or break, in Rust without `unsafe` of ours.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::os::fd::AsFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::ValueParser;
use clap::{Arg, ArgMatches, Command as Clap};
use rustix::process::{Resource, Rlimit, getrlimit, nice, setrlimit};

use super::say;
use crate::data_dir::FILE_MODE;
use crate::media::decoder::SUBCOMMAND;
use crate::media::picture::{Answer, Failure, make_anew};

/// Memory for data, which no picture that was found safe needs: a second line, on what decoders do with hostile ones.
const DATA_MAX_BYTES: u64 = 64 << 20;
/// All addresses: the program itself is most of it.
const ADDRESSES_MAX_BYTES: u64 = 1 << 30;
/// A picture takes a second, on a slow machine a few.
const PROCESSOR_MAX_SECONDS: u64 = 20;
/// A PNG of 2560 × 2560 pixels that does not compress is 26 MB, an animation may be more.
const FILE_MAX_BYTES: u64 = 128 << 20;
/// Standard streams and the two files.
const FILES_MAX: u64 = 8;
/// Chat comes first.
const NICE: i32 = 10;

/// Where to write.
#[derive(Debug)]
pub struct Outputs {
    image: PathBuf,
    thumb: PathBuf,
}

pub(super) fn clap() -> Clap {
    let path = |name: &'static str| Arg::new(name).required(true).value_parser(ValueParser::os_string());
    Clap::new(SUBCOMMAND)
        .about("Decode one picture (the server starts this itself)")
        .after_help("Example:\n  konusma media-worker /tmp/image /tmp/thumb < photo.jpg")
        .hide(true)
        .arg(path("IMAGE_OUT"))
        .arg(path("THUMB_OUT"))
}

pub(super) fn outputs(matches: &ArgMatches) -> Outputs {
    let path = |name| PathBuf::from(matches.get_one::<OsString>(name).cloned().unwrap_or_default());
    Outputs {
        image: path("IMAGE_OUT"),
        thumb: path("THUMB_OUT"),
    }
}

/// Reads the picture from the file that is standard input, and says on one line how it went.
pub(super) fn run(outputs: &Outputs) -> ExitCode {
    let answer = Answer::from(limit_yourself().map_err(Failure::from).and_then(|()| work(outputs)));
    match serde_json::to_string(&answer) {
        Ok(line) => say(&line),
        Err(_) => return ExitCode::FAILURE,
    }
    ExitCode::SUCCESS
}

fn work(outputs: &Outputs) -> Result<crate::media::Picture, Failure> {
    let mut input = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    make_anew(&mut input, &mut create(&outputs.image)?, &mut create(&outputs.thumb)?)
}

fn create(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(path)
}

/// Before it has seen a byte of the picture.
fn limit_yourself() -> std::io::Result<()> {
    let limits = [
        (Resource::Data, DATA_MAX_BYTES),
        (Resource::As, ADDRESSES_MAX_BYTES),
        (Resource::Cpu, PROCESSOR_MAX_SECONDS),
        (Resource::Fsize, FILE_MAX_BYTES),
        (Resource::Nofile, FILES_MAX),
        (Resource::Core, 0),
    ];
    for (resource, max) in limits {
        // What is allowed already may be less.
        let allowed = getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let limit = Rlimit {
            current: Some(max.min(allowed)),
            // Past the soft limit on its time it is told why it ends; the hard one would only kill it.
            maximum: Some(max.saturating_add(u64::from(resource == Resource::Cpu)).min(allowed)),
        };
        let set = setrlimit(resource, limit);
        // macOS knows no limits on memory.
        if cfg!(target_os = "linux") || !matches!(resource, Resource::Data | Resource::As) {
            set?;
        }
    }
    let _ = nice(NICE);
    #[cfg(target_os = "linux")]
    {
        // It gains nothing by starting another program, and ends with the server.
        rustix::thread::set_no_new_privs(true)?;
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    }
    Ok(())
}
