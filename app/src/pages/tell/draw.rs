//! T3b: drawing. One pen, three colours, a step back; every stroke is kept.

use super::{
    photo::{not_kept, small},
    write::kept_line,
};
use crate::browser::{
    canvas::{self, Colour, Drawing, Renewing},
    drawing::{Event, NodeRef},
};
use crate::markup::{IntoView, View, el, group, svg};
use crate::watch::{Effect, Memo, RwSignal, Signal, StoredValue};
use crate::{
    components::{
        draft_gate::{go_on, with_draft},
        feet::main_foot,
        frame::{Back, Step, teller_frame},
        notice::status,
    },
    phone::{Phone, Saved, pictures::Kept},
    routes::Route,
    texts::{Text, t, tell},
};
use domain::draft::Draft;
use leptos::prelude::request_animation_frame;

/// The page.
pub fn page() -> View {
    with_draft(Step::Tell, paper)
}

#[derive(Clone, Copy)]
struct Page {
    phone: Phone,
    canvas: NodeRef,
    colour: RwSignal<Colour>,
    is_empty: RwSignal<bool>,
    kept: RwSignal<Kept>,
    says: RwSignal<Option<String>>,
}

fn paper(phone: Phone, _: Draft) -> View {
    let page = Page {
        phone,
        canvas: NodeRef::new(),
        colour: RwSignal::new(Colour::Ink),
        is_empty: RwSignal::new(true),
        kept: RwSignal::new(Kept::Kept),
        says: RwSignal::new(None),
    };
    let renewing = StoredValue::new(None);
    Effect::new(move |_| {
        if let Some(canvas) = page.canvas.get() {
            renewing.set_value(Some(Renewing::new(&canvas, move || page.show())));
            // It has a size from the next frame on.
            request_animation_frame(move || page.show());
        }
    });
    // Pressed while the last stroke is being kept: it goes on as soon as it is.
    let is_done = RwSignal::new(false);
    Effect::new(move |_| match page.kept.get() {
        Kept::Kept if is_done.get() => go_on(phone, &Route::Photo),
        Kept::Not(why) => {
            is_done.set(false);
            page.says.set(Some(not_kept(why)));
        }
        _ => {}
    });
    let done = move || {
        if page.is_empty.get_untracked() {
            page.say(tell::DRAW_EMPTY);
        } else {
            if matches!(page.kept.get_untracked(), Kept::Not(_)) {
                page.keep();
            }
            is_done.set(true);
        }
    };
    let saved = Signal::derive(move || match page.kept.get() {
        Kept::Kept => phone.saved.get(),
        Kept::Keeping => Saved::Saving,
        Kept::Not(_) => Saved::Nothing,
    });
    let is_empty = Memo::new(move |_| page.is_empty.get());
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(tell::DRAW_TITLE)),
        )
        .child(page.canvas_view())
        .child(page.pens())
        .child(status(page.says))
        .child(kept_line(phone, is_empty, saved))
        .child(
            el("a")
                .class("vp-small")
                .attr("href", Route::Write.path())
                .child(t(tell::DRAW_WRITE)),
        );
    teller_frame(
        "vp-draw",
        Some(Step::Tell),
        Back::To(Route::Photo),
        body.into_view(),
        main_foot(t(tell::WRITE_DONE), done),
    )
}

impl Page {
    fn canvas_view(self) -> View {
        let down = move |event: Event| {
            let Some(point) = canvas::down(&event) else { return };
            event.prevent_default();
            self.says.set(None);
            let colour = self.colour.get_untracked();
            self.phone.on_paper(|drawing| drawing.begin(colour, point));
            self.show();
        };
        let moved = move |event: Event| {
            if self.phone.on_paper(|drawing| drawing.is_down()) != Some(true) {
                return;
            }
            let (points, place) = (canvas::moved(&event), self.canvas.get_untracked());
            self.phone.on_paper(|drawing| {
                let known = drawing.reached();
                drawing.reach(points);
                if let Some(place) = place {
                    drawing.show_more(&place, known);
                }
            });
        };
        let up = move |event: Event| {
            if canvas::is_pen(&event) && self.phone.on_paper(Drawing::end) == Some(true) {
                self.changed();
            }
        };
        el("canvas")
            .class("vp-canvas")
            .node_ref(self.canvas)
            .attr("role", "img")
            .attr("aria-label", t(tell::DRAW_PAPER))
            .on("pointerdown", down)
            .on("pointermove", moved)
            .on("pointerup", up)
            .on("pointercancel", up)
            .into_view()
    }

    fn pens(self) -> View {
        let pen = |colour: Colour, word: Text| {
            let is_it = move || {
                if self.colour.get() == colour {
                    "true"
                } else {
                    "false"
                }
            };
            el("button")
                .attr("type", "button")
                .class("vp-tile")
                .attr("aria-pressed", is_it)
                .on("click", move |_| self.colour.set(colour))
                .child(
                    svg("svg")
                        .class("vp-i")
                        .attr("viewBox", "0 0 24 24")
                        .attr("aria-hidden", "true")
                        .child(
                            svg("circle")
                                .attr("cx", "12")
                                .attr("cy", "12")
                                .attr("r", "10")
                                .attr("fill", colour.value()),
                        ),
                )
                .child(el("span").child(t(word)))
                .into_view()
        };
        let step_back = move |_| {
            if self.phone.on_paper(Drawing::step_back) == Some(true) {
                self.changed();
            } else {
                self.say(tell::DRAW_EMPTY);
            }
        };
        let [ink, madder, woad] = Colour::ALL;
        el("div")
            .class("vp-pens")
            .child(
                el("div")
                    .class("vp-pens__colours")
                    .attr("role", "group")
                    .attr("aria-label", t(tell::DRAW_COLOUR))
                    .child(pen(ink, tell::DRAW_INK))
                    .child(pen(madder, tell::DRAW_MADDER))
                    .child(pen(woad, tell::DRAW_WOAD)),
            )
            .child(small("i-undo", t(tell::DRAW_STEP_BACK), step_back))
            .into_view()
    }

    /// Draws all of it, when the page opens, when the phone was turned and after every stroke.
    fn show(self) {
        let place = self.canvas.get_untracked();
        let is_empty = self.phone.on_paper(|drawing| {
            if let Some(place) = place {
                drawing.show(&place);
            }
            drawing.is_empty()
        });
        self.is_empty.try_set(is_empty != Some(false));
    }

    fn changed(self) {
        self.says.set(None);
        self.show();
        self.keep();
    }

    fn keep(self) {
        self.phone.paper_changed();
        self.phone.keep_papers(self.kept);
    }

    fn say(self, text: Text) {
        self.says.set(Some(t(text).to_owned()));
    }
}
