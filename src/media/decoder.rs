//! Pictures are decoded by a process of their own, one at a time: the memory it takes is given back, and a picture that
//! breaks a decoder ends nothing but its own decoding.

use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use super::look::Refused;
use super::picture::{Answer, Picture};

/// The hidden subcommand.
pub const SUBCOMMAND: &str = "media-worker";
/// A second one at the same time would take as much memory again.
const RUNNING_MAX: usize = 1;
/// Who comes behind these is told to try again: a picture takes a second, and nobody waits for a minute.
const WAITING_MAX: usize = 16;
/// Longer than the process's 20 seconds of processor time, on a machine that has other things to do.
const TIME_MAX: Duration = Duration::from_secs(30);
/// Its answer is one line.
const ANSWER_MAX: u64 = 4096;
/// How a Rust program ends by a panic.
const PANIC_EXIT: i32 = 101;

/// Has pictures decoded. Clones share the queue.
#[derive(Debug, Clone)]
pub struct Decoder {
    program: Arc<Path>,
    time_max: Duration,
    places: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The picture's fault.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Too many wait already, or the machine has no memory for one: a moment later it may have.
    #[error("too many pictures are waiting")]
    Busy,
    /// Ours; the text is for the log.
    #[error("{0}")]
    Failed(String),
}

impl Decoder {
    /// Uses `program`, which is this one, at whatever path.
    #[must_use]
    pub fn new(program: PathBuf) -> Self {
        Self {
            program: program.into(),
            time_max: TIME_MAX,
            places: Arc::new(Semaphore::new(RUNNING_MAX + WAITING_MAX)),
            running: Arc::new(Semaphore::new(RUNNING_MAX)),
        }
    }

    /// Uses the program that is running. On Linux that is not what has its name by now: an upgrade replaces the file, and
    /// the two would not understand each other.
    ///
    /// # Errors
    /// The system does not say where it is.
    pub fn of_this_program() -> std::io::Result<Self> {
        if cfg!(target_os = "linux") {
            return Ok(Self::new(PathBuf::from("/proc/self/exe")));
        }
        Ok(Self::new(std::env::current_exe()?))
    }

    /// Has the picture `input` written anew to `image_out`, and a small one to `thumb_out`. Both are created or
    /// overwritten; after an error they may exist and are worth nothing.
    ///
    /// # Errors
    /// The picture is refused, or it was not tried, or it could not be.
    pub async fn make_anew(
        &self,
        input: std::fs::File,
        image_out: &Path,
        thumb_out: &Path,
    ) -> Result<Picture, DecodeError> {
        let _place = self.places.try_acquire().map_err(|_| DecodeError::Busy)?;
        let closed = |_| DecodeError::Failed("the decoder is shut".to_owned());
        let _turn = self.running.acquire().await.map_err(closed)?;
        let mut child = self
            .start(input, image_out, thumb_out)
            .map_err(|error| DecodeError::Failed(format!("{} cannot be started: {error}", self.program.display())))?;
        match tokio::time::timeout(self.time_max, answer(&mut child)).await {
            Ok(Ok((status, answer))) => judged(status, &answer),
            Ok(Err(error)) => Err(DecodeError::Failed(format!(
                "no answer from the decoding process: {error}"
            ))),
            Err(_) => {
                let _ = child.kill().await;
                let seconds = self.time_max.as_secs();
                Err(DecodeError::Failed(format!(
                    "the decoding process took more than {seconds} seconds"
                )))
            }
        }
    }

    fn start(&self, input: std::fs::File, image_out: &Path, thumb_out: &Path) -> std::io::Result<Child> {
        // It works in another folder.
        let (image_out, thumb_out) = (std::path::absolute(image_out)?, std::path::absolute(thumb_out)?);
        Command::new(self.program.as_os_str())
            .arg0(OsStr::new("konusma"))
            .arg(SUBCOMMAND)
            .arg(image_out)
            .arg(thumb_out)
            // The environment has the secret key in it.
            .env_clear()
            .current_dir("/")
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    }
}

async fn answer(child: &mut Child) -> std::io::Result<(ExitStatus, Vec<u8>)> {
    let mut answer = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(ANSWER_MAX).read_to_end(&mut answer).await?;
    }
    Ok((child.wait().await?, answer))
}

fn judged(status: ExitStatus, answer: &[u8]) -> Result<Picture, DecodeError> {
    const KILLED: i32 = 9;
    match (status.signal(), status.code()) {
        // By the system, which had no memory, or by somebody: not by a limit, which aborts or sends SIGXCPU first.
        (Some(KILLED), _) => {
            tracing::warn!("a decoding process was killed, perhaps for want of memory");
            Err(DecodeError::Busy)
        }
        (Some(_), _) | (_, Some(PANIC_EXIT)) => {
            tracing::warn!(%status, "a picture broke its decoding process");
            Err(Refused::ImageBroken.into())
        }
        _ => match serde_json::from_slice(answer) {
            Ok(Answer::Made(picture)) => Ok(picture),
            Ok(Answer::Refused(refused)) => Err(refused.into()),
            Ok(Answer::Failed(why)) => Err(DecodeError::Failed(why)),
            Err(_) => Err(DecodeError::Failed(format!(
                "the decoding process ended with {status} and no answer"
            ))),
        },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A decoder that is a script.
    fn script(folder: &Path, text: &str) -> Decoder {
        let path = folder.join("worker");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        Decoder::new(path)
    }

    fn asked(decoder: &Decoder) -> Result<Picture, DecodeError> {
        runtime().block_on(ask(decoder))
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    }

    async fn ask(decoder: &Decoder) -> Result<Picture, DecodeError> {
        loop {
            let input = tempfile::tempfile().unwrap();
            match decoder
                .make_anew(input, Path::new("/tmp/image"), Path::new("/tmp/thumb"))
                .await
            {
                // Another test's process still has the script that was just written: it was born meanwhile.
                Err(DecodeError::Failed(why)) if why.contains("Text file busy") => {}
                other => return other,
            }
        }
    }

    #[test]
    fn its_answer_is_the_picture_or_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let line = r#"{"made":{"mime":"image/png","width":3,"height":2,"thumb_mime":"image/jpeg"}}"#;
        assert_eq!(
            asked(&script(folder.path(), &format!("echo '{line}'"))).unwrap().width,
            3
        );
        for (text, expected) in [
            (r#"echo '{"refused":"image_too_large"}'"#, Ok(Refused::ImageTooLarge)),
            (r#"echo '{"refused":"image_broken"}'"#, Ok(Refused::ImageBroken)),
            ("exit 101", Ok(Refused::ImageBroken)),
            ("kill -ABRT $$", Ok(Refused::ImageBroken)),
            ("kill -XCPU $$", Ok(Refused::ImageBroken)),
            (r#"echo '{"failed":"no room"}'"#, Err("no room")),
            ("kill -KILL $$", Err("too many")),
            ("exit 1", Err("no answer")),
            ("yes", Err("no answer")),
        ] {
            match (asked(&script(folder.path(), text)).unwrap_err(), expected) {
                (DecodeError::Refused(refused), Ok(expected)) => assert_eq!(refused, expected, "{text}"),
                (failed, Err(expected)) => assert!(failed.to_string().contains(expected), "{text}: {failed}"),
                (other, _) => panic!("{text}: {other:?}"),
            }
        }
        let nobody = asked(&Decoder::new("/nobody/home".into())).unwrap_err();
        assert!(
            matches!(&nobody, DecodeError::Failed(why) if why.contains("/nobody/home")),
            "{nobody}"
        );
    }

    #[test]
    fn it_sees_no_environment_and_works_in_no_folder_of_ours() {
        let folder = tempfile::tempdir().unwrap();
        let decoder = script(folder.path(), r#"echo "{\"failed\":\"$HOME|$USER|$(pwd)|$1\"}""#);
        assert!(std::env::var_os("HOME").is_some());
        assert_eq!(asked(&decoder).unwrap_err().to_string(), format!("||/|{SUBCOMMAND}"));
    }

    #[test]
    fn one_works_sixteen_wait_the_rest_are_busy_and_none_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let mut decoder = script(folder.path(), "exec sleep 60");
        decoder.time_max = Duration::from_millis(30);
        let start = std::time::Instant::now();
        runtime().block_on(async {
            let mut asks = tokio::task::JoinSet::new();
            for _ in 0..20 {
                let decoder = decoder.clone();
                asks.spawn(async move { ask(&decoder).await.unwrap_err() });
            }
            let (mut busy, mut late) = (0, 0);
            while let Some(error) = asks.join_next().await {
                match error.unwrap() {
                    DecodeError::Busy => busy += 1,
                    DecodeError::Failed(why) if why.contains("took more than") => late += 1,
                    other => panic!("{other}"),
                }
            }
            assert_eq!((busy, late), (3, 17));
            assert!(start.elapsed() >= decoder.time_max * 17, "one after the other");
            assert_eq!(decoder.places.available_permits(), RUNNING_MAX + WAITING_MAX);
        });
    }

    #[test]
    fn whoever_goes_away_takes_the_process_along() {
        let folder = tempfile::tempdir().unwrap();
        let pid_file = folder.path().join("pid");
        let decoder = script(
            folder.path(),
            &format!("echo $$ > {}; exec sleep 60", pid_file.display()),
        );
        runtime().block_on(async {
            let asking = tokio::spawn({
                let decoder = decoder.clone();
                async move { ask(&decoder).await }
            });
            let started = || {
                std::fs::read_to_string(&pid_file)
                    .ok()
                    .and_then(|pid| pid.trim().parse::<i32>().ok())
            };
            let pid = loop {
                match started() {
                    Some(pid) => break pid,
                    None => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            };
            asking.abort();
            assert!(asking.await.unwrap_err().is_cancelled());
            let alive = || {
                let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
                !stat.is_empty() && !stat.contains(") Z")
            };
            let gone = async {
                while alive() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            assert!(tokio::time::timeout(Duration::from_secs(20), gone).await.is_ok());
            assert_eq!(decoder.running.available_permits(), RUNNING_MAX);
        });
    }
}
