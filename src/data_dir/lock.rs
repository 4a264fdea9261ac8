//! One owner per data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::FILE_MODE;
use crate::error::StartError;

const NAME: &str = "konusma.lock";

/// The claim on a data directory. The system gives it back when the process ends, however it ends. The file stays:
/// removing it could remove the next owner's.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes it. Errors: [`StartError::Locked`] with the other process's id, [`StartError::Io`].
    pub fn take(directory: &Path) -> Result<Self, StartError> {
        let path = directory.join(NAME);
        let failed = |source| StartError::io("lock", &path, source);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StartError::Locked {
                    path: directory.to_owned(),
                    pid: first_pid(&mut file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        write_pid(&mut file).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn first_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_owner_hears_the_first_ones_pid_and_the_next_gets_in() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(NAME), "4294967294 left by a longer pid").unwrap();
        let first = Lock::take(directory.path()).unwrap();
        let second = Lock::take(directory.path()).unwrap_err();
        assert!(
            matches!(&second, StartError::Locked { path, pid } if *pid == Some(std::process::id()) && path == directory.path()),
            "{second}"
        );
        drop(first);
        assert!(Lock::take(directory.path()).is_ok());
    }
}
