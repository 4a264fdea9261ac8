//! Pixels in memory, and what is done to them in place.

use image::metadata::Orientation;

/// Pixels of eight bits a channel: grey, grey and alpha, RGB, or RGBA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raster {
    /// Pixels a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Bytes a pixel, one to four.
    pub channels: usize,
    /// Row by row from the top.
    pub pixels: Vec<u8>,
}

/// What `width` × `height` is when its longer side is at most `side`: the same shape, never nothing.
pub fn fitted(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longer = width.max(height);
    if longer <= side {
        return (width, height);
    }
    let scale = |length: u32| {
        let scaled = (u64::from(length) * u64::from(side) + u64::from(longer) / 2) / u64::from(longer);
        u32::try_from(scaled).unwrap_or(side).max(1)
    };
    (scale(width), scale(height))
}

/// Where a pixel of the small picture comes from: part of the first, all between, part of the last.
#[derive(Clone, Copy)]
struct Span {
    first: usize,
    last: usize,
    first_share: f32,
    last_share: f32,
}

impl Span {
    fn of(i: u32, small: u32, large: u32) -> Self {
        let ratio = f64::from(large) / f64::from(small);
        let (from, to) = (f64::from(i) * ratio, (f64::from(i) + 1.0) * ratio);
        let first = from.floor();
        let last = (to.ceil() - 1.0).max(first).min(f64::from(large) - 1.0);
        Self {
            first: first as usize,
            last: last as usize,
            first_share: (1.0 - (from - first)).min(to - from) as f32,
            last_share: (to - last).clamp(0.0, 1.0) as f32,
        }
    }

    fn share(&self, i: usize) -> f32 {
        if i == self.first {
            self.first_share
        } else if i == self.last {
            self.last_share
        } else {
            1.0
        }
    }
}

impl Raster {
    /// From samples of 16 bits, as the machine writes them, in place.
    pub fn from_16_bits(width: u32, height: u32, channels: usize, mut pixels: Vec<u8>) -> Self {
        let samples = pixels.len() / 2;
        for i in 0..samples {
            pixels[i] = (u16::from_ne_bytes([pixels[2 * i], pixels[2 * i + 1]]) >> 8) as u8;
        }
        pixels.truncate(samples);
        pixels.shrink_to_fit();
        Self {
            width,
            height,
            channels,
            pixels,
        }
    }

    fn alpha(&self) -> bool {
        self.channels.is_multiple_of(2)
    }

    /// Makes the longer side at most `side`: each new pixel is the mean of the area it covers. In place, as a row of the
    /// result is never behind the rows it is made of; a second copy is what there is no memory for.
    pub fn shrink(&mut self, side: u32) {
        let (width, height) = fitted(self.width, self.height, side);
        if (width, height) == (self.width, self.height) {
            return;
        }
        match self.channels {
            1 => self.shrink_to::<1>(width, height),
            2 => self.shrink_to::<2>(width, height),
            3 => self.shrink_to::<3>(width, height),
            _ => self.shrink_to::<4>(width, height),
        }
    }

    fn shrink_to<const CHANNELS: usize>(&mut self, width: u32, height: u32) {
        let spans: Vec<Span> = (0..width).map(|x| Span::of(x, width, self.width)).collect();
        let stride = self.width as usize * CHANNELS;
        let small_stride = width as usize * CHANNELS;
        let alpha = self.alpha();
        let mut sums = vec![[0f32; CHANNELS]; width as usize];
        for y in 0..height {
            sums.fill([0.0; CHANNELS]);
            let rows = Span::of(y, height, self.height);
            let mut weight = 0.0;
            for row in rows.first..=rows.last {
                weight += rows.share(row);
                let source = self.pixels[row * stride..(row + 1) * stride].as_chunks::<CHANNELS>().0;
                for (sum, span) in sums.iter_mut().zip(&spans) {
                    for (x, pixel) in (span.first..).zip(&source[span.first..=span.last]) {
                        let mut share = span.share(x) * rows.share(row);
                        if alpha {
                            // What is not seen has no colour.
                            share *= f32::from(pixel[CHANNELS - 1]);
                            sum[CHANNELS - 1] += share;
                        }
                        for (sum, sample) in sum.iter_mut().zip(&pixel[..CHANNELS - usize::from(alpha)]) {
                            *sum += share * f32::from(*sample);
                        }
                    }
                }
            }
            let target = &mut self.pixels[y as usize * small_stride..(y as usize + 1) * small_stride];
            for ((pixel, sum), span) in target.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(&sums).zip(&spans) {
                let area = weight * (span.first..=span.last).map(|x| span.share(x)).sum::<f32>();
                let seen = if alpha { sum[CHANNELS - 1] } else { area };
                for (sample, sum) in pixel.iter_mut().zip(sum) {
                    *sample = if seen > 0.0 { (sum / seen + 0.5) as u8 } else { 0 };
                }
                if alpha {
                    pixel[CHANNELS - 1] = (seen / area + 0.5) as u8;
                }
            }
        }
        self.pixels.truncate(height as usize * small_stride);
        self.pixels.shrink_to_fit();
        (self.width, self.height) = (width, height);
    }

    /// Removes an alpha channel that hides nothing.
    pub fn drop_opaque_alpha(&mut self) {
        if !self.alpha()
            || self
                .pixels
                .chunks_exact(self.channels)
                .any(|pixel| pixel.last() != Some(&255))
        {
            return;
        }
        let colours = self.channels - 1;
        for i in 0..self.pixels.len() / self.channels {
            self.pixels
                .copy_within(i * self.channels..i * self.channels + colours, i * colours);
        }
        self.pixels
            .truncate(self.width as usize * self.height as usize * colours);
        self.pixels.shrink_to_fit();
        self.channels = colours;
    }

    /// Turns it as the camera noted that it was held.
    #[must_use]
    pub fn upright(self, orientation: Orientation) -> Self {
        let (w, h) = (self.width as usize, self.height as usize);
        // Where the pixel at (x, y) of the result is now.
        let source: fn(usize, usize, usize, usize) -> (usize, usize) = match orientation {
            Orientation::NoTransforms => return self,
            Orientation::FlipHorizontal => |x, y, w, _| (w - 1 - x, y),
            Orientation::Rotate180 => |x, y, w, h| (w - 1 - x, h - 1 - y),
            Orientation::FlipVertical => |x, y, _, h| (x, h - 1 - y),
            Orientation::Rotate90FlipH => |x, y, _, _| (y, x),
            Orientation::Rotate90 => |x, y, _, h| (y, h - 1 - x),
            Orientation::Rotate270FlipH => |x, y, w, h| (w - 1 - y, h - 1 - x),
            Orientation::Rotate270 => |x, y, w, _| (w - 1 - y, x),
        };
        let stands = matches!(
            orientation,
            Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
        );
        let (width, height) = if stands {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        };
        let mut pixels = Vec::with_capacity(self.pixels.len());
        for y in 0..height as usize {
            for x in 0..width as usize {
                let (x, y) = source(x, y, w, h);
                let at = (y * w + x) * self.channels;
                pixels.extend_from_slice(&self.pixels[at..at + self.channels]);
            }
        }
        Self {
            width,
            height,
            channels: self.channels,
            pixels,
        }
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, RgbImage};

    use super::*;

    fn sample(width: u32, height: u32) -> Raster {
        let pixels = (0..width * height * 3).map(|i| (i * 7 % 251) as u8).collect();
        Raster {
            width,
            height,
            channels: 3,
            pixels,
        }
    }

    #[test]
    fn all_eight_orientations_are_those_of_the_image_crate() {
        let raster = sample(5, 3);
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).unwrap();
            let mut expected = DynamicImage::from(RgbImage::from_raw(5, 3, raster.pixels.clone()).unwrap());
            expected.apply_orientation(orientation);
            let turned = raster.clone().upright(orientation);
            assert_eq!(
                (turned.width, turned.height),
                (expected.width(), expected.height()),
                "{exif}"
            );
            assert_eq!(turned.pixels, expected.into_bytes(), "{exif}");
        }
    }

    #[test]
    fn sizes_keep_their_shape_and_are_never_nothing() {
        assert_eq!(fitted(4032, 3024, 2560), (2560, 1920));
        assert_eq!(fitted(3024, 4032, 480), (360, 480));
        assert_eq!(fitted(480, 1, 480), (480, 1));
        assert_eq!(fitted(1, 10_000, 480), (1, 480));
        assert_eq!(fitted(65_535, 1, 480), (480, 1));
        assert_eq!(fitted(3, 2, 480), (3, 2));
    }

    #[test]
    fn shrinking_means() {
        let grey = |width, height, pixels: &[u8]| Raster {
            width,
            height,
            channels: 1,
            pixels: pixels.to_vec(),
        };
        let mut raster = grey(4, 2, &[0, 100, 40, 40, 100, 200, 40, 41]);
        raster.shrink(2);
        assert_eq!(raster, grey(2, 1, &[100, 40]));
        // Two thirds: the middle pixel goes half to either side.
        let mut raster = grey(3, 1, &[90, 60, 0]);
        raster.shrink(2);
        assert_eq!(raster, grey(2, 1, &[80, 20]));
        for (width, height) in [(1000, 1), (1, 1000), (999, 333), (481, 480)] {
            let mut raster = Raster {
                width,
                height,
                channels: 3,
                pixels: [9, 99, 199].repeat((width * height) as usize),
            };
            raster.shrink(480);
            assert_eq!(raster.width.max(raster.height), 480);
            assert_eq!(
                raster.pixels,
                [9, 99, 199].repeat((raster.width * raster.height) as usize)
            );
        }
    }

    #[test]
    fn what_is_not_seen_has_no_colour() {
        let mut raster = Raster {
            width: 2,
            height: 1,
            channels: 4,
            pixels: vec![255, 0, 0, 0, 0, 0, 200, 255],
        };
        raster.shrink(1);
        assert_eq!(raster.pixels, [0, 0, 200, 128]);
        raster.drop_opaque_alpha();
        assert_eq!(raster.channels, 4);
        let mut raster = Raster {
            width: 2,
            height: 1,
            channels: 2,
            pixels: vec![7, 255, 8, 255],
        };
        raster.drop_opaque_alpha();
        assert_eq!((raster.channels, raster.pixels), (1, vec![7, 8]));
    }

    #[test]
    fn sixteen_bits_become_eight() {
        let pixels = [0x1234u16, 0xFFFF].iter().flat_map(|s| s.to_ne_bytes()).collect();
        assert_eq!(Raster::from_16_bits(2, 1, 1, pixels).pixels, [0x12, 0xFF]);
    }
}
