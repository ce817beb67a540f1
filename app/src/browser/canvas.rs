//! Drawing with a finger, a pen or a mouse. What is drawn is kept as strokes on a paper of its own size: turning the
//! phone, undoing and dark mode draw it anew and lose nothing.

use super::{
    bytes::Bytes,
    drawing::Event,
    listener::Listener,
    picture::{canvas, context, encoded},
};
use js_sys::{Array, Function, Reflect};
use leptos::prelude::window;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement, PointerEvent};

/// What drawings are encoded as.
pub const PNG: &str = "image/png";
/// The side of the paper, which is square: in pixels of the file, and the measure of every point.
const SIDE: f64 = 1_600.0;
/// The pen.
const WIDTH: f64 = 20.0;
/// The paper is light whatever the mode of the screen, and so are its colours: those of the tokens in light mode.
const PAPER: &str = "#fffefd";

/// What the pen draws in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Nearly black.
    Ink,
    /// Red.
    Madder,
    /// Blue.
    Woad,
}

impl Colour {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Ink, Self::Madder, Self::Woad];

    /// As style sheets write it.
    pub fn value(self) -> &'static str {
        match self {
            Self::Ink => "#2b2033",
            Self::Madder => "#b5362d",
            Self::Woad => "#1f5c7a",
        }
    }
}

/// A place on the paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    x: f64,
    y: f64,
}

impl Point {
    /// From the top left corner, of a paper with sides of 1.
    pub fn new(x: f64, y: f64) -> Self {
        let place = |part: f64| (part.clamp(0.0, 1.0) * SIDE).round();
        Self {
            x: place(x),
            y: place(y),
        }
    }
}

/// One line, from pen down to pen up.
#[derive(Clone, Debug, PartialEq)]
struct Stroke {
    colour: Colour,
    points: Vec<Point>,
}

/// What was drawn so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    strokes: Vec<Stroke>,
    /// The pen is down: the last stroke goes on.
    is_down: bool,
}

impl Drawing {
    /// The pen goes down.
    pub fn begin(&mut self, colour: Colour, point: Point) {
        self.is_down = true;
        self.strokes.push(Stroke {
            colour,
            points: vec![point],
        });
    }

    /// The pen moves; does nothing while it is up.
    pub fn reach(&mut self, points: impl IntoIterator<Item = Point>) {
        let down = self.is_down;
        if let Some(stroke) = self.strokes.last_mut().filter(|_| down) {
            for point in points {
                if stroke.points.last() != Some(&point) {
                    stroke.points.push(point);
                }
            }
        }
    }

    /// Whether the pen is down.
    pub fn is_down(&self) -> bool {
        self.is_down
    }

    /// The pen goes up; false when it was up.
    pub fn end(&mut self) -> bool {
        std::mem::take(&mut self.is_down)
    }

    /// Takes the last stroke off the paper; false when there was none.
    pub fn step_back(&mut self) -> bool {
        self.is_down = false;
        self.strokes.pop().is_some()
    }

    /// Whether the paper is blank.
    pub fn is_empty(&self) -> bool {
        self.strokes.is_empty()
    }

    /// How many points the stroke has that is being drawn.
    pub fn reached(&self) -> usize {
        self.strokes.last().map_or(0, |stroke| stroke.points.len())
    }

    /// The drawing as a file; `None` when the browser has no room for it.
    pub async fn png(&self) -> Option<Bytes> {
        let (canvas, context) = canvas(SIDE as u32, SIDE as u32)?;
        self.paint(&context);
        encoded(&canvas, PNG).await
    }

    /// Draws all of it, as sharp as the screen is.
    pub fn show(&self, place: &HtmlElement) {
        let Some(canvas) = place.dyn_ref::<HtmlCanvasElement>() else {
            return;
        };
        let side = (canvas.get_bounding_client_rect().width() * window().device_pixel_ratio()).round() as u32;
        if canvas.width() != side {
            canvas.set_width(side);
            canvas.set_height(side);
        }
        if let Some(context) = context(canvas) {
            let scale = f64::from(side) / SIDE;
            _ = context.set_transform(scale, 0.0, 0.0, scale, 0.0, 0.0);
            self.paint(&context);
        }
    }

    /// Draws what came after the first `known` points of the stroke that is being drawn.
    pub fn show_more(&self, place: &HtmlElement, known: usize) {
        let context = place.dyn_ref().and_then(context);
        if let (Some(context), Some(stroke)) = (context, self.strokes.last()) {
            trace(&context, stroke.colour, &stroke.points[known.saturating_sub(2)..]);
        }
    }

    fn paint(&self, context: &CanvasRenderingContext2d) {
        context.set_fill_style_str(PAPER);
        context.fill_rect(0.0, 0.0, SIDE, SIDE);
        for stroke in &self.strokes {
            trace(context, stroke.colour, &stroke.points);
        }
    }
}

/// A line through the middles between the points: round where a finger went round.
fn trace(context: &CanvasRenderingContext2d, colour: Colour, points: &[Point]) {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return;
    };
    context.set_stroke_style_str(colour.value());
    context.set_line_width(WIDTH);
    context.set_line_cap("round");
    context.set_line_join("round");
    context.begin_path();
    context.move_to(first.x, first.y);
    for pair in points.windows(2) {
        let [from, to] = pair else { continue };
        let (x, y) = ((from.x + to.x) / 2.0, (from.y + to.y) / 2.0);
        context.quadratic_curve_to(from.x, from.y, x, y);
    }
    // A line without length is not drawn, and a dot is what it should be.
    context.line_to(last.x + 0.1, last.y);
    context.stroke();
}

/// Where the pen goes down, which from now on is followed wherever it goes. `None` for a second finger, a resting hand
/// and every button of a mouse but the first.
pub fn down(event: &Event) -> Option<Point> {
    let pointer: &PointerEvent = event.unchecked_ref();
    if !pointer.is_primary() || pointer.button() != 0 {
        return None;
    }
    let canvas = canvas_of(event)?;
    _ = canvas.set_pointer_capture(pointer.pointer_id());
    place(&canvas, pointer)
}

/// Where it went since, with what the browser gathered meanwhile. None of another finger.
pub fn moved(event: &Event) -> Vec<Point> {
    let pointer: &PointerEvent = event.unchecked_ref();
    let Some(canvas) = canvas_of(event).filter(|_| pointer.is_primary()) else {
        return Vec::new();
    };
    let gathered = Reflect::get(event, &"getCoalescedEvents".into())
        .ok()
        .and_then(|gather| gather.dyn_ref::<Function>()?.call0(event).ok())
        .and_then(|gathered| gathered.dyn_into::<Array>().ok())
        .filter(|gathered| gathered.length() > 0)
        .unwrap_or_else(|| Array::of1(event));
    let points = gathered
        .iter()
        .filter_map(|one| place(&canvas, one.unchecked_ref()));
    points.collect()
}

/// Whether it is the pen, and not a second finger.
pub fn is_pen(event: &Event) -> bool {
    let pointer: &PointerEvent = event.unchecked_ref();
    pointer.is_primary()
}

fn canvas_of(event: &Event) -> Option<HtmlElement> {
    event.current_target()?.dyn_into().ok()
}

fn place(canvas: &HtmlElement, pointer: &PointerEvent) -> Option<Point> {
    let paper = canvas.get_bounding_client_rect();
    let part = |at: i32, from: f64, of: f64| (of > 0.0).then(|| (f64::from(at) - from) / of);
    Some(Point::new(
        part(pointer.client_x(), paper.left(), paper.width())?,
        part(pointer.client_y(), paper.top(), paper.height())?,
    ))
}

/// Calls `act` whenever what is on the canvas has to be drawn anew, until this is dropped.
pub struct Renewing {
    _listener: Listener,
}

impl Renewing {
    /// For one canvas.
    pub fn new(canvas: &HtmlElement, act: impl Fn() + 'static) -> Self {
        let mut listener = Listener::new(Box::new(move |_| act()));
        listener.hear(&window(), &["resize"]);
        listener.hear(canvas, &["contextrestored"]);
        Self { _listener: listener }
    }
}

#[cfg(test)]
mod tests {
    use super::{Colour, Drawing, PAPER, Point};

    fn line(drawing: &mut Drawing, colour: Colour, to: f64) {
        drawing.begin(colour, Point::new(0.0, 0.0));
        drawing.reach([Point::new(to, to)]);
        assert!(drawing.end());
    }

    #[test]
    fn a_step_back_takes_one_stroke_and_leaves_the_others_as_they_were() {
        let mut drawing = Drawing::default();
        line(&mut drawing, Colour::Ink, 0.5);
        let before = drawing.clone();
        line(&mut drawing, Colour::Madder, 0.9);
        assert!(drawing.step_back());
        assert_eq!(drawing, before);
        assert!(drawing.step_back());
        assert!(drawing.is_empty() && !drawing.step_back());
    }

    #[test]
    fn a_pen_that_is_up_draws_nothing() {
        let mut drawing = Drawing::default();
        drawing.reach([Point::new(0.1, 0.1)]);
        assert!(drawing.is_empty() && !drawing.end());
        line(&mut drawing, Colour::Woad, 0.5);
        let before = drawing.clone();
        drawing.reach([Point::new(0.1, 0.1)]);
        assert!(!drawing.end());
        assert_eq!(drawing, before);
        // Taken back while it is being drawn, a stroke does not go on either.
        drawing.begin(Colour::Ink, Point::new(0.2, 0.2));
        drawing.step_back();
        drawing.reach([Point::new(0.3, 0.3)]);
        assert_eq!(drawing, before);
    }

    #[test]
    fn points_stay_on_the_paper_and_none_is_there_twice_in_a_row() {
        assert_eq!(Point::new(-1.0, 3.0), Point::new(0.0, 1.0));
        let mut drawing = Drawing::default();
        drawing.begin(Colour::Ink, Point::new(0.5, 0.5));
        drawing.reach([Point::new(0.5, 0.5), Point::new(0.6, 0.5), Point::new(0.6, 0.5)]);
        assert_eq!(drawing.reached(), 2);
    }

    #[test]
    fn colours_are_those_of_the_tokens() {
        let tokens = include_str!("../../../style/_tokens.scss");
        for (name, value) in [
            ("ink", Colour::Ink.value()),
            ("madder-fill", Colour::Madder.value()),
            ("woad-fill", Colour::Woad.value()),
            ("chalk", PAPER),
        ] {
            let line = ["--vp-dye-", name, ": ", value, ";"].concat();
            assert!(tokens.contains(&line), "{line}");
        }
    }
}
