//! Pictures: decoded within limits and encoded anew from their pixels.

use super::{Claim, Counting, Failed};
use domain::clip::{ClipKind, Measured};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use std::io::{BufReader, Read, Seek, SeekFrom, Write};

/// The most pixels of a picture: 4,096 by 4,096.
const PIXELS_LIMIT: u64 = 4_096 * 4_096;
/// The most pixels along one side.
const SIDE_LIMIT: u32 = 16_384;
/// The most bytes decoding may take: every pixel in four bytes.
const ALLOC_LIMIT: u64 = 64 << 20;
/// How good a JPEG looks, of 100.
const QUALITY: u8 = 85;

/// Decodes a picture of the format it is said to be, and writes a photo as JPEG, a drawing as PNG.
pub(super) fn derive(
    claim: &Claim,
    original: impl Read + Seek,
    out: &mut impl Write,
) -> Result<Measured, Failed> {
    let picture = decode(claim.container(), original)?;
    let pixels = Some((picture.width(), picture.height()));
    let mut out = Counting {
        inner: out,
        length: 0,
    };
    let (media_type, encoded) = match claim.kind {
        ClipKind::Drawing => {
            let encoder = PngEncoder::new(&mut out);
            let encoded = if picture.color().has_alpha() {
                picture.into_rgba8().write_with_encoder(encoder)
            } else {
                picture.into_rgb8().write_with_encoder(encoder)
            };
            ("image/png", encoded)
        }
        ClipKind::Photo | ClipKind::Sound => {
            let encoder = JpegEncoder::new_with_quality(&mut out, QUALITY);
            ("image/jpeg", on_white(picture).write_with_encoder(encoder))
        }
    };
    encoded.map_err(|error| match error {
        image::ImageError::IoError(error) => Failed::Io(error),
        _ => Failed::Refused("a picture that cannot be encoded"),
    })?;
    out.flush()?;
    Ok(Measured {
        media_type: media_type.to_owned(),
        length: out.length,
        millis: 0,
        peaks: Vec::new(),
        pixels,
    })
}

fn decode(container: &str, mut original: impl Read + Seek) -> Result<DynamicImage, Failed> {
    let format = match container {
        "image/jpeg" => ImageFormat::Jpeg,
        "image/png" => ImageFormat::Png,
        "image/webp" => ImageFormat::WebP,
        _ => return Err(Failed::Refused("no kind of picture we take")),
    };
    let mut head = Vec::new();
    (&mut original).take(64).read_to_end(&mut head)?;
    original.seek(SeekFrom::Start(0))?;
    if image::guess_format(&head).ok() != Some(format) {
        return Err(Failed::Refused("not the kind of picture it says"));
    }
    let mut reader = ImageReader::with_format(BufReader::new(original), format);
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(SIDE_LIMIT);
    limits.max_image_height = Some(SIDE_LIMIT);
    limits.max_alloc = Some(ALLOC_LIMIT);
    reader.limits(limits);
    let unreadable = |_| Failed::Refused("a picture that cannot be decoded within limits");
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_LIMIT || decoder.total_bytes() > ALLOC_LIMIT {
        return Err(Failed::Refused("too many pixels"));
    }
    // How a camera was held stands beside the pixels, where it would be lost.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// JPEG knows no transparency: what shines through is white, as paper is.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
        let over = |channel: u8| {
            let mixed = u32::from(channel) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            u8::try_from(mixed / 255).unwrap_or(u8::MAX)
        };
        Rgb([over(red), over(green), over(blue)])
    })
}
