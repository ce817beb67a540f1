//! Pictures. A photo is decoded and encoded anew, so that nothing of its camera, its moment and its place is left in
//! the bytes that are hashed, kept and sent.

use super::{
    bytes::{Blob, Bytes},
    document::document,
    drawing::Event,
};
use js_sys::{Object, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    CanvasRenderingContext2d, HtmlCanvasElement, HtmlImageElement, HtmlInputElement, ImageBitmap, Url,
};

/// The longest side of a picture that is kept, in pixels.
pub const LONGEST: u32 = 2_048;
/// What photos are encoded as.
pub const JPEG: &str = "image/jpeg";
const QUALITY: f64 = 0.85;
/// A phone cannot hold more than this many pixels at once; trying ends the page.
const MOST_PIXELS: u64 = 120_000_000;

/// A photo as it is kept.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The file.
    pub bytes: Bytes,
    /// What it is.
    pub media_type: &'static str,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Why a file did not become a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The browser sees no picture in it.
    NotAPicture,
    /// It is one, of more pixels than this phone can hold.
    TooLarge,
}

/// Makes a photo of what a person chose, with nothing in it but what one sees, upright.
///
/// # Errors
/// See [`Unreadable`].
pub async fn encode(file: &Blob) -> Result<Encoded, Unreadable> {
    let shown = Shown::new(file);
    let image = HtmlImageElement::new().map_err(|_| Unreadable::NotAPicture)?;
    let loaded = Promise::new(&mut |loaded, failed| {
        image.set_onload(Some(&loaded));
        image.set_onerror(Some(&failed));
    });
    image.set_src(&shown.0);
    let loaded = JsFuture::from(loaded).await;
    // Turned as its camera was held.
    let natural = (image.natural_width(), image.natural_height());
    if loaded.is_err() || natural.0 == 0 || natural.1 == 0 {
        return Err(Unreadable::NotAPicture);
    }
    if u64::from(natural.0) * u64::from(natural.1) > MOST_PIXELS {
        return Err(Unreadable::TooLarge);
    }
    let (width, height) = fit(natural, LONGEST);
    let bytes = async {
        let (canvas, context) = canvas(width, height)?;
        _ = Reflect::set(&context, &"imageSmoothingQuality".into(), &"high".into());
        // What is see-through would turn black.
        context.set_fill_style_str("#fff");
        let (w, h) = (f64::from(width), f64::from(height));
        context.fill_rect(0.0, 0.0, w, h);
        // Beside the page where the browser can; it may refuse what it does show.
        match bitmap(file)
            .await
            .filter(|bitmap| (bitmap.width(), bitmap.height()) == natural)
        {
            Some(bitmap) => {
                let drawn = context.draw_image_with_image_bitmap_and_dw_and_dh(&bitmap, 0.0, 0.0, w, h);
                bitmap.close();
                drawn
            }
            None => context.draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, w, h),
        }
        .ok()?;
        encoded(&canvas, JPEG).await
    };
    Ok(Encoded {
        bytes: bytes.await.ok_or(Unreadable::TooLarge)?,
        media_type: JPEG,
        width,
        height,
    })
}

/// The size that fits, without stretching and never larger than it was.
fn fit((width, height): (u32, u32), longest: u32) -> (u32, u32) {
    let side = width.max(height);
    if side <= longest {
        return (width, height);
    }
    let scaled = |length: u32| (u64::from(length) * u64::from(longest)).div_ceil(u64::from(side)) as u32;
    (scaled(width), scaled(height))
}

async fn bitmap(file: &Blob) -> Option<ImageBitmap> {
    let options = Object::new();
    _ = Reflect::set(&options, &"imageOrientation".into(), &"from-image".into());
    let made = window()
        .create_image_bitmap_with_blob_and_image_bitmap_options(&file.0, options.unchecked_ref())
        .ok()?;
    JsFuture::from(made).await.ok()?.dyn_into().ok()
}

/// An empty canvas that is not in the page.
pub(super) fn canvas(width: u32, height: u32) -> Option<(HtmlCanvasElement, CanvasRenderingContext2d)> {
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
    canvas.set_width(width);
    canvas.set_height(height);
    let context = context(&canvas)?;
    Some((canvas, context))
}

pub(super) fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// What is on a canvas, as a file; `None` when the browser has no room for it.
pub(super) async fn encoded(canvas: &HtmlCanvasElement, media_type: &str) -> Option<Bytes> {
    let made = Promise::new(&mut |resolve, _| {
        _ = canvas.to_blob_with_type_and_encoder_options(&resolve, media_type, &QUALITY.into());
    });
    let blob: web_sys::Blob = JsFuture::from(made).await.ok()?.dyn_into().ok()?;
    Blob(blob).bytes().await
}

/// The files a person chose, on the `change` of a field for files; the same ones can be chosen again.
pub fn chosen(event: &Event) -> Vec<Blob> {
    let field = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(field) = field else { return Vec::new() };
    let files = field.files();
    let files = (0..files.as_ref().map_or(0, web_sys::FileList::length))
        .filter_map(|number| files.as_ref()?.get(number))
        .map(|file| Blob(file.into()))
        .collect();
    field.set_value("");
    files
}

/// A picture that can be shown: an address in this page, which ends when this is dropped.
#[derive(Debug)]
pub struct Shown(String);

impl Shown {
    /// Makes it.
    pub fn new(Blob(blob): &Blob) -> Self {
        Self(Url::create_object_url_with_blob(blob).unwrap_or_default())
    }

    /// For `src`.
    pub fn address(&self) -> String {
        self.0.clone()
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        _ = Url::revoke_object_url(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn a_picture_fits_without_being_stretched_or_enlarged() {
        for (natural, fitted) in [
            ((4_032, 3_024), (2_048, 1_536)),
            ((3_024, 4_032), (1_536, 2_048)),
            ((2_049, 1), (2_048, 1)),
            ((100_000, 3), (2_048, 1)),
            ((2_048, 2_048), (2_048, 2_048)),
            ((1, 1), (1, 1)),
            ((640, 480), (640, 480)),
        ] {
            assert_eq!(fit(natural, 2_048), fitted, "{natural:?}");
        }
    }
}
