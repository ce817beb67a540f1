//! A story code as a picture among the phone's photos: drawn by ourselves, so that it looks alike wherever it is kept.

use super::{
    download,
    picture::{canvas, encoded},
};
use crate::browser::bytes::Blob;
use js_sys::Reflect;
use web_sys::{CanvasRenderingContext2d, Path2d};

const WIDTH: f64 = 1080.0;
const HEIGHT: f64 = 1440.0;
const EDGE: f64 = 72.0;
/// How large the QR is, with its white.
const SQUARE: f64 = 460.0;
/// How far the rows of words stand apart.
const ROW: f64 = 120.0;
const PNG: &str = "image/png";

/// What stands on the picture.
pub struct TicketPicture {
    /// What it is.
    pub title: &'static str,
    /// For whom, in a story of two.
    pub whose: Option<&'static str>,
    /// The words of the code.
    pub words: Vec<&'static str>,
    /// The same in digits.
    pub digits: String,
    /// How to come back with it.
    pub how: String,
    /// Who has it can open the story.
    pub warning: &'static str,
    /// The QR: modules a side, and the dark ones as a path.
    pub qr: Option<(i32, String)>,
    /// Whether its sentences are read from right to left.
    pub rtl: bool,
}

/// Saves the picture as a file. False when the browser would not.
pub async fn save(ticket: TicketPicture) -> bool {
    let made = async {
        let (canvas, context) = canvas(WIDTH as u32, HEIGHT as u32)?;
        draw(&context, &ticket)?;
        let bytes = encoded(&canvas, PNG).await?;
        Blob::of(&[bytes], PNG)
    };
    let blob = made.await;
    blob.is_some_and(|blob| download::file("vertelpunt.png", &blob))
}

/// The canvas has it, the bindings do not yet.
fn direction(context: &CanvasRenderingContext2d, direction: &str) {
    _ = Reflect::set(context, &"direction".into(), &direction.into());
}

fn draw(context: &CanvasRenderingContext2d, ticket: &TicketPicture) -> Option<()> {
    context.set_fill_style_str("#fff");
    context.fill_rect(0.0, 0.0, WIDTH, HEIGHT);
    context.set_fill_style_str("#000");
    // Sentences begin where their language begins; words, digits and the QR are always read from the left.
    let (start, align) = match ticket.rtl {
        true => (WIDTH - EDGE, "right"),
        false => (EDGE, "left"),
    };
    let say = |text: &str, font: &str, y: f64| {
        direction(context, if ticket.rtl { "rtl" } else { "ltr" });
        context.set_text_align(align);
        context.set_font(font);
        context
            .fill_text_with_max_width(text, start, y, WIDTH - 2.0 * EDGE)
            .ok()
    };
    say(ticket.title, "bold 64px sans-serif", 130.0)?;
    if let Some(whose) = ticket.whose {
        say(whose, "40px sans-serif", 190.0)?;
    }
    if let Some((side, path)) = &ticket.qr {
        let scale = SQUARE / f64::from(*side);
        context.save();
        context.translate((WIDTH - SQUARE) / 2.0, 230.0).ok()?;
        context.scale(scale, scale).ok()?;
        context.fill_with_path_2d(&Path2d::new_with_path_string(path).ok()?);
        context.restore();
    }
    direction(context, "ltr");
    context.set_text_align("left");
    for (place, word) in ticket.words.iter().enumerate() {
        let x = EDGE + (place % 3) as f64 * (WIDTH - 2.0 * EDGE) / 3.0;
        let y = 800.0 + (place / 3) as f64 * ROW;
        context.set_font("32px sans-serif");
        context.fill_text(&(place + 1).to_string(), x, y).ok()?;
        context.set_font("bold 50px sans-serif");
        let room = (WIDTH - 2.0 * EDGE) / 3.0 - 60.0;
        context.fill_text_with_max_width(word, x + 48.0, y, room).ok()?;
    }
    context.set_font("40px sans-serif");
    context
        .fill_text_with_max_width(&ticket.digits, EDGE, 1170.0, WIDTH - 2.0 * EDGE)
        .ok()?;
    say(&ticket.how, "36px sans-serif", 1270.0)?;
    say(ticket.warning, "36px sans-serif", 1340.0)
}
