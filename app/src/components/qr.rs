//! An address as a QR picture, made on the phone.

use crate::markup::{IntoView, View, svg};
use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write;

/// Modules of white on each side, also in the `viewBox` below; the ticket's own edge adds the rest of the four that
/// scanners want.
const QUIET: i32 = 2;

/// The picture, `name` for who does not see it. Empty when the address is too long for any QR.
pub fn qr(address: &str, name: &'static str) -> View {
    let Ok(code) = QrCode::encode_binary(address.as_bytes(), QrCodeEcc::Medium) else {
        return ().into_view();
    };
    let side = (code.size() + 2 * QUIET).to_string();
    let view_box = ["-2 -2 ", &side, " ", &side].concat();
    svg("svg")
        .attr("viewBox", view_box)
        .attr("role", "img")
        .attr("aria-label", name)
        .attr("shape-rendering", "crispEdges")
        .child(svg("path").attr("fill", "currentColor").attr("d", path(&code)))
        .into_view()
}

/// The same for who draws it elsewhere: modules a side, and the dark ones as a path.
pub fn qr_path(address: &str) -> Option<(i32, String)> {
    let code = QrCode::encode_binary(address.as_bytes(), QrCodeEcc::Medium).ok()?;
    Some((code.size(), path(&code)))
}

/// Dark modules as one path, a rectangle for each run in a row.
fn path(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let start = x;
            while code.get_module(x, y) {
                x += 1;
            }
            if x > start {
                let run = x - start;
                _ = write!(path, "M{start} {y}h{run}v1h-{run}z");
            }
            x += 1;
        }
    }
    path
}
