//! Files that people send: received, looked at, kept under the hash of their bytes, and removed with their messages.
//!
//! - [`store`] is the folder: `uploads/ab/cdef…` by SHA-256, `uploads/tmp` for what is not whole yet;
//! - [`incoming`] is a body as it comes, and the patience with it;
//! - [`receive`] writes a body to disk as it comes, a little at a time;
//! - [`take`] is the way from a body to an upload;
//! - [`space`] keeps the disk from filling up;
//! - [`turns`] counts how many are on their way, [`fair`] lets nobody's pictures wait for all of another's;
//! - [`stop`] tells those on their way that the server stops;
//! - [`collect`] removes files that nothing names any more.

pub mod collect;
pub mod fair;
pub mod incoming;
pub mod receive;
pub mod space;
pub mod stop;
pub mod store;
pub mod take;
pub mod turns;

use std::sync::Arc;

use self::fair::Fair;
use self::space::Space;
use self::stop::Stop;
use self::store::Store;
use self::turns::Turns;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::error::StartError;
use crate::media::decoder::Decoder;

/// As people count them, and as the configuration says.
pub const MEGABYTE: u64 = 1024 * 1024;

/// What an upload may be and where it goes; shared by every request.
pub struct Uploads {
    /// The folder.
    pub store: Arc<Store>,
    /// The disk's free space.
    pub space: Space,
    /// Those on their way.
    pub turns: Turns,
    /// The server stops.
    pub stop: Stop,
    /// Who has a picture made anew, one of each address at a time.
    pub decoding: Fair,
    /// Makes pictures anew.
    pub decoder: Decoder,
    /// Bytes one may have.
    pub max_bytes: u64,
    /// Bytes a visitor may send in 24 hours; `None`: any number.
    pub day_bytes: Option<u64>,
}

impl Uploads {
    /// Opens the folder, empties what a crash left unfinished. Call it while holding the data directory's lock.
    ///
    /// Errors: [`StartError::Io`], or when this program does not know its own path.
    pub fn open(config: &Config, data: &DataDir) -> Result<Uploads, StartError> {
        let limits = &config.uploads;
        let folder = data.uploads();
        let store = Store::open(&folder).map_err(|source| StartError::io("make", &folder, source))?;
        let decoder = Decoder::of_this_program()
            .map_err(|error| StartError::Other(format!("cannot find this program's own file: {error}")))?;
        Ok(Uploads {
            store: Arc::new(store),
            space: Space::new(folder, limits.free_space_mb * MEGABYTE),
            turns: Turns::default(),
            stop: Stop::default(),
            decoding: Fair::default(),
            decoder,
            max_bytes: limits.max_mb * MEGABYTE,
            day_bytes: (limits.day_mb > 0).then_some(limits.day_mb * MEGABYTE),
        })
    }
}
