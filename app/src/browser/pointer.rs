//! Where a finger, a pen or a mouse is within an element, while it is down.

use super::drawing::Event;
use crate::texts::current;
use wasm_bindgen::JsCast;

/// The place of a `pointerdown` or `pointermove` within the element that listens, in thousandths of its width, counted
/// from where reading begins, and of its height from above. It may lie outside: what went down in the element is
/// followed until it goes up. `None` for what only moves over it.
pub fn place(event: &Event) -> Option<(i32, i32)> {
    let pointer: &web_sys::PointerEvent = event.unchecked_ref();
    let element: web_sys::Element = event.current_target()?.unchecked_into();
    let id = pointer.pointer_id();
    if event.type_() == "pointerdown" {
        if pointer.button() != 0 {
            return None;
        }
        _ = element.set_pointer_capture(id);
    } else if !element.has_pointer_capture(id) {
        return None;
    }
    let area = element.get_bounding_client_rect();
    let share = |at: i32, start: f64, length: f64| ((f64::from(at) - start) * 1000.0 / length) as i32;
    let across = share(pointer.client_x(), area.left(), area.width());
    let down = share(pointer.client_y(), area.top(), area.height());
    let rightwards = current().dir() == "ltr";
    Some((if rightwards { across } else { 1000 - across }, down))
}

/// How far a key moves something that lies along the line of reading: arrows a step towards where it ends or begins,
/// Home and End all the way. `None` for any other key; then the browser does with it what it does.
pub fn steps(event: &Event) -> Option<i32> {
    let key: &web_sys::KeyboardEvent = event.unchecked_ref();
    let onward = if current().dir() == "ltr" { 1 } else { -1 };
    let steps = match key.key().as_str() {
        "ArrowRight" => onward,
        "ArrowLeft" => -onward,
        "ArrowUp" => 1,
        "ArrowDown" => -1,
        "Home" => -100,
        "End" => 100,
        _ => return None,
    };
    event.prevent_default();
    Some(steps)
}
