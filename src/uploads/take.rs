//! From a body to an upload: received, looked at, made anew if it is a picture, kept, and only then said to be there.

use std::fs::File;
use std::io::{Read as _, Seek as _};

use sha2::{Digest, Sha256 as Hasher};
use tokio::task::spawn_blocking;

use super::receive::{NotReceived, Pieces, Received, receive};
use super::store::Temp;
use super::{Uploads, collect};
use crate::auth::token;
use crate::clock::now_ms;
use crate::limits::Key;
use crate::media::decoder::DecodeError;
use crate::media::look::{Found, Refused, look};
use crate::media::name;
use crate::media::types::{FileType, Group};
use crate::storage::uploads::{self, Description, NewUpload, Owner, Sha256, Thumb};
use crate::storage::{StorageError, Writer, sessions};

/// A visitor's bytes are counted over this time.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Why a file was not taken. Nothing of it is left.
#[derive(Debug)]
pub enum NotTaken {
    /// The body, or the disk.
    Received(NotReceived),
    /// No bytes at all.
    Empty,
    /// Of a kind that the owner does not want, or a program.
    FileType,
    /// A picture that nobody could show.
    ImageBroken,
    /// A picture that takes too much to decode.
    ImageTooLarge,
    /// The visitor was erased meanwhile.
    Erased,
    /// The visitor is blocked.
    Blocked,
    /// This visitor has sent enough for a day.
    Quota {
        /// When the oldest of it no longer counts.
        retry_after_ms: u64,
    },
    /// Too many pictures wait.
    Busy,
    /// The database refused.
    Storage(StorageError),
    /// Ours; it is in the log.
    Failed,
}

impl From<NotReceived> for NotTaken {
    fn from(error: NotReceived) -> Self {
        NotTaken::Received(error)
    }
}

impl From<std::io::Error> for NotTaken {
    fn from(error: std::io::Error) -> Self {
        NotTaken::Received(error.into())
    }
}

impl From<StorageError> for NotTaken {
    fn from(error: StorageError) -> Self {
        NotTaken::Storage(error)
    }
}

impl From<Refused> for NotTaken {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Program => NotTaken::FileType,
            Refused::ImageBroken => NotTaken::ImageBroken,
            Refused::ImageTooLarge => NotTaken::ImageTooLarge,
        }
    }
}

impl From<DecodeError> for NotTaken {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Refused(refused) => refused.into(),
            DecodeError::Busy => NotTaken::Busy,
            DecodeError::Failed(reason) => {
                tracing::error!(%reason, "a picture could not be decoded");
                NotTaken::Failed
            }
        }
    }
}

/// Who has sent a file.
pub struct Sender<'a> {
    /// As the upload's row says it.
    pub owner: Owner,
    /// Where it came from.
    pub address: &'a Key,
    /// Asked last, with the bytes that would be kept.
    pub admit: &'a (dyn Fn(u64) -> Result<(), NotTaken> + Send + Sync),
}

/// A file that was received, and is removed unless it is taken.
pub struct Arrived {
    temp: Temp,
    received: Received,
}

/// A file with its bytes on disk, but not in its place yet.
struct Whole {
    temp: Temp,
    sha256: Sha256,
    size: u64,
}

/// What was made of a file.
struct Looked {
    whole: Whole,
    thumb: Option<(Whole, String)>,
    mime: String,
    pixels: Option<(u32, u32)>,
    duration_ms: Option<i64>,
    name: String,
}

impl Uploads {
    /// Receives a file.
    pub async fn receive(&self, body: impl Pieces) -> Result<Arrived, NotTaken> {
        let (temp, file) = self.store.unfinished()?;
        let received = receive(body, file, self.max_bytes, &self.space).await?;
        Ok(Arrived { temp, received })
    }

    /// Takes a file: `given` is the name it came with, `allowed` what the owner of the business wants;
    /// `sender` is who has sent it. Done when bytes and row are on disk.
    pub async fn take(
        &self,
        writer: &Writer,
        given: &str,
        allowed: &[Group],
        sender: &Sender<'_>,
        arrived: Arrived,
    ) -> Result<Description, NotTaken> {
        let Arrived { temp, received } = arrived;
        if received.size == 0 {
            return Err(NotTaken::Empty);
        }
        let looked = self.look_at(temp, received, given, allowed, sender.address).await?;
        (sender.admit)(looked.whole.size)?;
        self.keep(writer, sender.owner, looked).await
    }

    async fn look_at(
        &self,
        temp: Temp,
        received: Received,
        given: &str,
        allowed: &[Group],
        address: &Key,
    ) -> Result<Looked, NotTaken> {
        let Received { mut file, sha256, size } = received;
        let (found, file) = blocking(move || Ok((look(&mut file)?, file))).await?;
        let Found { file_type, duration_ms } = found?;
        if !allowed.contains(&file_type.group) {
            return Err(NotTaken::FileType);
        }
        if file_type.group != Group::Images {
            blocking(move || file.sync_all()).await?;
            return Ok(Looked {
                whole: Whole { temp, sha256, size },
                thumb: None,
                mime: file_type.mime.to_owned(),
                pixels: None,
                duration_ms,
                name: name::fitted(Some(given), file_type),
            });
        }
        let (image, _) = self.store.unfinished()?;
        let (small, _) = self.store.unfinished()?;
        let decoded = async {
            let _turn = self.decoding.turn(address.clone()).await;
            self.decoder.make_anew(file, image.path(), small.path()).await
        };
        let picture = tokio::select! {
            picture = decoded => picture?,
            () = self.stop.told() => return Err(NotTaken::Busy),
        };
        let (image, small) = blocking(move || Ok((whole(image)?, whole(small)?))).await?;
        let made = FileType::by_mime(&picture.mime).unwrap_or(file_type);
        Ok(Looked {
            whole: image,
            thumb: Some((small, picture.thumb_mime)),
            mime: picture.mime,
            pixels: Some((picture.width, picture.height)),
            duration_ms: None,
            name: name::fitted(Some(given), made),
        })
    }

    async fn keep(&self, writer: &Writer, owner: Owner, looked: Looked) -> Result<Description, NotTaken> {
        let (whole, thumb) = (looked.whole, looked.thumb);
        let mut addresses = vec![whole.sha256];
        addresses.extend(thumb.as_ref().map(|(thumb, _)| thumb.sha256));
        let new = NewUpload {
            id: token::random_public_id(),
            owner,
            sha256: whole.sha256,
            size: whole.size,
            name: looked.name,
            mime: looked.mime,
            pixels: looked.pixels,
            duration_ms: looked.duration_ms,
            thumb: thumb.as_ref().map(|(thumb, mime)| Thumb {
                sha256: thumb.sha256,
                mime: mime.clone(),
            }),
        };
        let (store, day_bytes) = (self.store.clone(), self.day_bytes);
        let kept = writer
            .call(move |connection| {
                let now = now_ms();
                if let Owner::Visitor(session) = owner {
                    // Both may have happened while the file came.
                    match sessions::is_blocked(connection, session)? {
                        None => return Ok(Err(NotTaken::Erased)),
                        Some(true) => return Ok(Err(NotTaken::Blocked)),
                        Some(false) => {}
                    }
                }
                if let (Owner::Visitor(session), Some(day_bytes)) = (owner, day_bytes) {
                    let (sent, oldest) = uploads::sent_by_visitor(connection, session, now - DAY_MS)?;
                    if sent + new.size > day_bytes {
                        let until = oldest.unwrap_or(now) + DAY_MS - now;
                        return Ok(Err(NotTaken::Quota {
                            retry_after_ms: until.max(1) as u64,
                        }));
                    }
                }
                let files = thumb.into_iter().map(|(thumb, _)| thumb).chain([whole]);
                for Whole { temp, sha256, .. } in files {
                    if let Err(error) = store.keep(&temp, &sha256) {
                        return Ok(Err(NotTaken::from(error)));
                    }
                }
                uploads::add(connection, &new, now)?;
                Ok(Ok(uploads::by_id(connection, &new.id)?))
            })
            .await;
        match kept {
            Ok(Ok(description)) => Ok(description),
            refused => {
                // A file may be in its place without its row; whoever else has the same bytes keeps them.
                let removed = collect::files(writer, &self.store, addresses).await;
                if let Err(error) = removed {
                    tracing::warn!(%error, "a file without a row is left for the next sweep");
                }
                refused?
            }
        }
    }
}

/// Syncs what another process has written, and hashes it.
fn whole(temp: Temp) -> std::io::Result<Whole> {
    let mut file = File::open(temp.path())?;
    file.sync_all()?;
    file.rewind()?;
    let mut hasher = Hasher::new();
    let mut piece = vec![0; 64 * 1024];
    let mut size = 0;
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            break;
        }
        size += read as u64;
        hasher.update(&piece[..read]);
    }
    Ok(Whole {
        temp,
        sha256: hasher.finalize().into(),
        size,
    })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, NotTaken> {
    let done = spawn_blocking(work).await.map_err(std::io::Error::other)?;
    Ok(done?)
}
