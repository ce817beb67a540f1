//! "Lees voor": an ear in the top bar of every teller's screen, where there is a voice for what the screen is about.

use crate::browser::voice::{self, Voice};
use crate::markup::{IntoView, View, el, svg};
use crate::texts::{t, tell};
use crate::watch::{Effect, Memo, on_cleanup};

/// The ear. It never sounds by itself; pressed again it stops.
pub fn ear() -> View {
    let Voice { speaks, can, silent } = Voice::here();
    Effect::new(voice::look);
    // Another page, another language.
    on_cleanup(voice::leave);
    let line = |class, d| svg("path").class(class).attr("d", d);
    el("button")
        .attr("type", "button")
        .class("vp-pill vp-pill--tint vp-ear")
        .attr("hidden", move || !can.get() || silent.get())
        .attr(
            "aria-pressed",
            move || if speaks.get() { "true" } else { "false" },
        )
        .on("click", |_| voice::turn())
        // Drawn here and not in the sprite, because its waves move and its horn becomes a square to stop with.
        .child(
            svg("svg")
                .class("vp-i vp-flip")
                .attr("viewBox", "0 0 24 24")
                .attr("aria-hidden", "true")
                .child(line("vp-ear__horn", "M4 9.5v5h3.5l4.5 4v-13l-4.5 4z"))
                .child(line("vp-ear__stop", "M4 7.5h8v9H4z"))
                .child(line("vp-ear__wave", "M15.5 9c1.5 1.7 1.5 4.3 0 6"))
                .child(line("vp-ear__wave", "M18.3 6.5c3 3 3 8 0 11")),
        )
        .child(el("span").child(t(tell::FRAME_ALOUD)))
        .into_view()
}

/// Says what stands at `selector` when `now` becomes true, if the ear was used on this screen.
pub fn say_once(now: Memo<bool>, selector: &'static str) {
    Effect::new(move |before: Option<bool>| {
        let now = now.get();
        if now && before == Some(false) {
            voice::say_again(selector);
        }
        now
    });
}

/// Nothing is read aloud while `recording` holds; the page that records says so with this.
pub fn silent_while(recording: Memo<bool>) {
    let silent = Voice::here().silent;
    Effect::new(move || {
        let recording = recording.get();
        if recording {
            voice::stop();
        }
        silent.set(recording);
    });
    on_cleanup(move || {
        silent.try_set(false);
    });
}
