//! What of a JPEG or PNG a decoder needs: the notes, profiles, previews and animations are left out on the way, so that
//! no decoder holds, parses or inflates them.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// Scans of a progressive JPEG, each of which is a pass over all its pixels. Ten is usual.
const MAX_SCANS: u32 = 64;
/// Adobe's note on colours: JPEG has no other word for CMYK.
const ADOBE: u8 = 0xEE;
const ADOBE_MAX: u16 = 64;

/// A JPEG's tables, frame and scans, to its end mark and not beyond. To be read whole, with `read_to_end`, as
/// `image` does.
#[derive(Debug)]
pub struct Jpeg<R> {
    inner: BufReader<R>,
    /// Bytes still to be kept; more are an error of kind `FileTooLarge`.
    allowance: u64,
}

impl<R: Read + Seek> Jpeg<R> {
    /// From the start of `inner`; keeps at most `allowance` bytes.
    pub fn new(inner: R, allowance: u64) -> Self {
        Self {
            inner: BufReader::with_capacity(64 * 1024, inner),
            allowance,
        }
    }

    fn keep(&mut self, kept: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
        spend(&mut self.allowance, bytes.len())?;
        kept.extend_from_slice(bytes);
        Ok(())
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.inner.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    /// The next mark, past whatever padding.
    fn marker(&mut self) -> io::Result<u8> {
        loop {
            while self.byte()? != 0xFF {}
            let mut marker = self.byte()?;
            while marker == 0xFF {
                marker = self.byte()?;
            }
            if marker != 0 {
                return Ok(marker);
            }
        }
    }

    /// A scan's compressed data, to the mark that ends it.
    fn scan(&mut self, kept: &mut Vec<u8>) -> io::Result<u8> {
        loop {
            let buffer = self.inner.fill_buf()?;
            if buffer.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let len = buffer.iter().position(|byte| *byte == 0xFF).unwrap_or(buffer.len());
            if len > 0 {
                spend(&mut self.allowance, len)?;
                kept.extend_from_slice(&buffer[..len]);
                self.inner.consume(len);
                continue;
            }
            let mut marker = self.marker_here()?;
            while marker == 0xFF {
                marker = self.byte()?;
            }
            // An escaped 0xFF, or a restart.
            if marker == 0 || (0xD0..=0xD7).contains(&marker) {
                self.keep(kept, &[0xFF, marker])?;
            } else {
                return Ok(marker);
            }
        }
    }

    fn marker_here(&mut self) -> io::Result<u8> {
        self.inner.consume(1);
        self.byte()
    }
}

fn spend(allowance: &mut u64, bytes: usize) -> io::Result<()> {
    *allowance = allowance.checked_sub(bytes as u64).ok_or(io::ErrorKind::FileTooLarge)?;
    Ok(())
}

impl<R: Read + Seek> Read for Jpeg<R> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn read_to_end(&mut self, kept: &mut Vec<u8>) -> io::Result<usize> {
        let len = self.inner.seek(SeekFrom::End(0))?;
        self.inner.rewind()?;
        // Not doubled as it grows: the limit on the process's memory counts what is reserved.
        kept.reserve_exact(usize::try_from(len.min(self.allowance)).map_err(|_| io::ErrorKind::FileTooLarge)?);
        let (mut scans, mut adobe) = (0, false);
        let mut marker = self.marker()?;
        loop {
            let mut next = None;
            match marker {
                0xD8 => self.keep(kept, &[0xFF, 0xD8])?,
                0xD9 => {
                    self.keep(kept, &[0xFF, 0xD9])?;
                    return Ok(kept.len());
                }
                0x01 | 0xD0..=0xD7 => {}
                _ => {
                    let len = [self.byte()?, self.byte()?];
                    let payload = u16::from_be_bytes(len)
                        .checked_sub(2)
                        .ok_or(io::ErrorKind::InvalidData)?;
                    let wanted = match marker {
                        ADOBE if !adobe && payload <= ADOBE_MAX => {
                            adobe = true;
                            true
                        }
                        // Applications' notes, comments, and what T.81 reserves.
                        0xE0..=0xEF | 0xF0..=0xFE | 0x02..=0xBF => false,
                        _ => true,
                    };
                    if wanted {
                        let mut segment = vec![0; usize::from(payload)];
                        self.inner.read_exact(&mut segment)?;
                        self.keep(kept, &[0xFF, marker])?;
                        self.keep(kept, &len)?;
                        self.keep(kept, &segment)?;
                    } else {
                        self.inner.seek_relative(i64::from(payload))?;
                    }
                    if marker == 0xDA {
                        scans += 1;
                        if scans > MAX_SCANS {
                            return Err(io::ErrorKind::FileTooLarge.into());
                        }
                        next = Some(self.scan(kept)?);
                    }
                }
            }
            marker = match next {
                Some(marker) => marker,
                None => self.marker()?,
            };
        }
    }
}

/// `image` asks for these and does not use them.
impl<R: Read + Seek> BufRead for Jpeg<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn consume(&mut self, _: usize) {}
}

impl<R> Seek for Jpeg<R> {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A PNG's header, palette, transparency and pixels.
#[derive(Debug)]
pub struct Png<R> {
    inner: BufReader<R>,
    /// A chunk's head, on its way.
    head: ([u8; 8], usize),
    /// What follows it, check sum and all.
    rest: u64,
    ended: bool,
}

impl<R: Read + Seek> Png<R> {
    /// From the start of `inner`.
    pub fn new(mut inner: R) -> io::Result<Self> {
        inner.rewind()?;
        let mut inner = BufReader::with_capacity(64 * 1024, inner);
        let mut signature = [0; 8];
        inner.read_exact(&mut signature)?;
        Ok(Self {
            inner,
            head: (signature, 0),
            rest: 0,
            ended: false,
        })
    }
}

impl<R: Read + Seek> Read for Png<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let (head, sent) = &mut self.head;
            if *sent < head.len() {
                let len = buffer.len().min(head.len() - *sent);
                buffer[..len].copy_from_slice(&head[*sent..*sent + len]);
                *sent += len;
                return Ok(len);
            }
            if self.rest > 0 {
                let len = buffer.len().min(usize::try_from(self.rest).unwrap_or(usize::MAX));
                let read = self.inner.read(&mut buffer[..len])?;
                self.rest -= read as u64;
                return Ok(read);
            }
            if self.ended {
                return Ok(0);
            }
            let mut head = [0; 8];
            self.inner.read_exact(&mut head)?;
            let rest = u64::from(u32::from_be_bytes([head[0], head[1], head[2], head[3]])) + 4;
            self.ended = head[4..] == *b"IEND";
            match &head[4..] {
                b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" | b"IEND" => (self.head, self.rest) = ((head, 0), rest),
                _ => self.inner.seek_relative(rest as i64)?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn essence(jpeg: &[u8], allowance: u64) -> io::Result<Vec<u8>> {
        let mut kept = Vec::new();
        Jpeg::new(Cursor::new(jpeg), allowance).read_to_end(&mut kept)?;
        Ok(kept)
    }

    #[test]
    fn a_jpeg_is_left_with_its_picture() {
        let jpeg = b"\xFF\xD8\xFF\xE1\0\x06GPS!\xFF\xFE\0\x05xyz\xFF\xFF\xDB\0\x03q\xFF\xDA\0\x03sabc\xFF\0\xFF\xD0d\xFF\xE2\0\x03!\xFF\xDA\0\x02e\xFF\xD9MOTION";
        let kept = essence(jpeg, 1000).unwrap();
        assert_eq!(
            kept,
            b"\xFF\xD8\xFF\xDB\0\x03q\xFF\xDA\0\x03sabc\xFF\0\xFF\xD0d\xFF\xDA\0\x02e\xFF\xD9"
        );
        let error = essence(jpeg, kept.len() as u64 - 1).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert!(essence(jpeg, kept.len() as u64).is_ok());
        // Nothing is reserved for what is left out.
        let with_video = [&jpeg[..], &[7; 100_000]].concat();
        assert!(essence(&with_video, 100).unwrap().capacity() <= 100);
        for cut in 0..jpeg.len() - 7 {
            assert_eq!(
                essence(&jpeg[..cut], 1000).unwrap_err().kind(),
                io::ErrorKind::UnexpectedEof,
                "{cut}"
            );
        }
    }

    #[test]
    fn scans_are_counted() {
        let scans = |n| [b"\xFF\xD8".to_vec(), b"\xFF\xDA\0\x02e".repeat(n), b"\xFF\xD9".to_vec()].concat();
        assert!(essence(&scans(64), 1000).is_ok());
        assert_eq!(
            essence(&scans(65), 1000).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
    }

    #[test]
    fn a_png_is_left_with_its_picture() {
        let chunk =
            |kind: &str, len: usize| [&(len as u32).to_be_bytes(), kind.as_bytes(), &vec![1; len], b"sum!"].concat();
        let png = |kinds: &[(&str, usize)]| {
            let chunks = kinds.iter().map(|(kind, len)| chunk(kind, *len));
            std::iter::once(b"\x89PNG\r\n\x1a\n".to_vec())
                .chain(chunks)
                .collect::<Vec<_>>()
                .concat()
        };
        let all = png(&[
            ("IHDR", 13),
            ("eXIf", 200),
            ("acTL", 8),
            ("PLTE", 3),
            ("tRNS", 1),
            ("zTXt", 100_000),
            ("fcTL", 26),
            ("IDAT", 70_000),
            ("IDAT", 5),
            ("fdAT", 999),
            ("IEND", 0),
            ("evil", 5),
        ]);
        let mut kept = Vec::new();
        Png::new(Cursor::new(&all)).unwrap().read_to_end(&mut kept).unwrap();
        assert_eq!(
            kept,
            png(&[
                ("IHDR", 13),
                ("PLTE", 3),
                ("tRNS", 1),
                ("IDAT", 70_000),
                ("IDAT", 5),
                ("IEND", 0)
            ])
        );
    }
}
