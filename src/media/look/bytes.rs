//! Reading here and there in a file, with an allowance: whatever the file says, a look at it stays short.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// Bytes one look may read. The whole look at a file reads less than 1 MB.
const MAX_BYTES: usize = 640 * 1024;
/// Reads one look may make: some 10 ms of system calls.
const MAX_READS: u32 = 16_000;
/// Pieces one look may take, read or still there: a few milliseconds, however tiny they are.
const MAX_PIECES: u32 = 120_000;
/// The first read after a jump: a header. Reading on from there takes four times as much each time.
const FIRST_BLOCK: usize = 32;
const LAST_BLOCK: usize = 4096;

/// Why a walk through a file ended early.
#[derive(Debug)]
pub enum Stop {
    /// The file could not be read.
    Io(io::Error),
    /// The file ends, or makes no sense from here on.
    End,
    /// The allowance is used up.
    Spent,
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What a walk finds.
pub type Walk<T> = Result<T, Stop>;

/// A walk that may end early and still has found something.
pub fn tolerant(walk: Walk<()>) -> io::Result<()> {
    match walk {
        Err(Stop::Io(error)) => Err(error),
        _ => Ok(()),
    }
}

/// A file, to be read at any place.
#[derive(Debug)]
pub struct Bytes<'a> {
    file: &'a File,
    len: u64,
    bytes_left: usize,
    reads_left: u32,
    pieces_left: u32,
    block: Vec<u8>,
    block_start: u64,
}

impl<'a> Bytes<'a> {
    /// A fresh allowance for `file`.
    pub fn of(file: &'a File) -> io::Result<Self> {
        Ok(Self {
            file,
            len: file.metadata()?.len(),
            bytes_left: MAX_BYTES,
            reads_left: MAX_READS,
            pieces_left: MAX_PIECES,
            block: Vec::new(),
            block_start: 0,
        })
    }

    /// The file's length.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// The `len` bytes at `start`.
    pub fn slice(&mut self, start: u64, len: usize) -> Walk<&[u8]> {
        let end = start.checked_add(len as u64).ok_or(Stop::End)?;
        if end > self.len {
            return Err(Stop::End);
        }
        self.pieces_left = self.pieces_left.checked_sub(1).ok_or(Stop::Spent)?;
        let block_end = self.block_start + self.block.len() as u64;
        if start < self.block_start || end > block_end {
            let goes_on = (self.block_start..=block_end).contains(&start);
            let wish = if goes_on {
                (self.block.len() * 4).clamp(FIRST_BLOCK, LAST_BLOCK)
            } else {
                FIRST_BLOCK
            };
            self.fill(start, wish.max(len))?;
        }
        let from = usize::try_from(start - self.block_start).map_err(|_| Stop::End)?;
        self.block.get(from..from + len).ok_or(Stop::End)
    }

    fn fill(&mut self, start: u64, wish: usize) -> Walk<()> {
        let there = usize::try_from(self.len - start).unwrap_or(usize::MAX);
        let len = wish.min(there);
        self.reads_left = self.reads_left.checked_sub(1).ok_or(Stop::Spent)?;
        self.bytes_left = self.bytes_left.checked_sub(len).ok_or(Stop::Spent)?;
        self.block.resize(len, 0);
        self.block_start = start;
        let read = self.file.read_exact_at(&mut self.block, start);
        if read.is_err() {
            self.block.clear();
        }
        match read {
            // Somebody made it shorter meanwhile.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(Stop::End),
            other => Ok(other?),
        }
    }

    /// The `N` bytes at `start`.
    pub fn array<const N: usize>(&mut self, start: u64) -> Walk<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.slice(start, N)?);
        Ok(array)
    }

    /// At most `max` bytes from `start`, less at the end of the file.
    pub fn up_to(&mut self, start: u64, max: usize) -> Walk<&[u8]> {
        let there = self.len.saturating_sub(start);
        self.slice(start, usize::try_from(there).unwrap_or(usize::MAX).min(max))
    }

    /// A big-endian number of 32 bits.
    pub fn u32(&mut self, start: u64) -> Walk<u32> {
        Ok(u32::from_be_bytes(self.array(start)?))
    }

    /// A big-endian number of 64 bits.
    pub fn u64(&mut self, start: u64) -> Walk<u64> {
        Ok(u64::from_be_bytes(self.array(start)?))
    }

    /// A little-endian number of 16 bits.
    pub fn u16_le(&mut self, start: u64) -> Walk<u16> {
        Ok(u16::from_le_bytes(self.array(start)?))
    }

    /// A little-endian number of 32 bits.
    pub fn u32_le(&mut self, start: u64) -> Walk<u32> {
        Ok(u32::from_le_bytes(self.array(start)?))
    }
}

/// `amount` of which `per_second` make a second, in milliseconds; `None` for nothing and for nonsense (over a year).
pub fn milliseconds(amount: u64, per_second: u64) -> Option<i64> {
    const YEAR_MS: u128 = 366 * 24 * 60 * 60 * 1000;
    let ms = (u128::from(amount) * 1000).checked_div(u128::from(per_second))?;
    (ms > 0 && ms < YEAR_MS).then(|| i64::try_from(ms).ok())?
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn reads_anywhere_until_the_allowance_is_used_up() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&(0..=255).cycle().take(100_000).collect::<Vec<u8>>())
            .unwrap();
        let mut bytes = Bytes::of(&file).unwrap();
        assert_eq!(bytes.array::<2>(300).unwrap(), [44, 45]);
        assert_eq!(bytes.u32(254).unwrap(), 0xFEFF_0001);
        assert!(matches!(bytes.u32(99_997), Err(Stop::End)));
        assert!(matches!(bytes.u32(u64::MAX - 1), Err(Stop::End)));
        assert_eq!(bytes.up_to(99_999, 9).unwrap(), [((99_999 % 256) as u8)]);
        let mut steps = 0;
        // Back and forth, so that every step is a read.
        while bytes.u32(if steps % 2 == 0 { 0 } else { 50_000 }).is_ok() {
            steps += 1;
        }
        assert!(steps <= MAX_READS && steps > 10_000, "{steps}");
        // What is there already is not free either.
        let mut bytes = Bytes::of(&file).unwrap();
        assert_eq!(
            (0..1_000_000).take_while(|_| bytes.u32(0).is_ok()).count() as u32,
            MAX_PIECES
        );
        let mut bytes = Bytes::of(&file).unwrap();
        let mut total = 0;
        while let Ok(slice) = bytes
            .up_to(0, 50_000)
            .map(<[u8]>::len)
            .and_then(|a| Ok(a + bytes.up_to(50_000, 50_000)?.len()))
        {
            total += slice;
        }
        assert!(total <= MAX_BYTES);
    }

    #[test]
    fn durations_make_sense() {
        assert_eq!(milliseconds(48_000, 48_000), Some(1000));
        assert_eq!(milliseconds(1, 0), None);
        assert_eq!(milliseconds(0, 1), None);
        assert_eq!(milliseconds(u64::MAX, 1), None);
    }
}
