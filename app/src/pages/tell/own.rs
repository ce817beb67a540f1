//! One's own story as the server has it: read and hear it, see what happened with it, and everything a teller may do.

use super::{own_sound, revise};
use crate::browser::spawn_local;
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Callback, Effect, RwSignal, untrack};
use crate::{
    browser::{dates, fragment, history, preferences},
    components::{
        feet::{button, main_link_foot},
        frame::{Back, teller_frame},
        icon::icon,
        notice::status,
        story_pair::story_pair,
    },
    phone::{Phone, book::Revising},
    routes::Route,
    texts::{Text, fill, own, t, tell},
};
use domain::{
    clip::ClipKind,
    id::StoryId,
    problem::Problem,
    story::{Content, Happening, OpenedStory, OwnState},
    sync::outbox::Failure,
};
use std::rc::Rc;

const LINE: &str = "vp-btn vp-btn--line vp-btn--small";
/// What stands behind `#` while the story is changed.
const CHANGE: &str = "change";

/// What of the story is there to be shown.
#[derive(Clone)]
enum Have {
    Asking,
    Here(Rc<OpenedStory>),
    Not(Text),
}

#[derive(Clone, Copy)]
pub(super) struct Page {
    pub(super) phone: Phone,
    pub(super) id: StoryId,
    have: RwSignal<Have>,
    pub(super) says: RwSignal<Option<String>>,
}

/// The page.
pub(super) fn page() -> View {
    let phone = Phone::here();
    let says = RwSignal::new(None);
    let Some(id) = preferences::chosen() else {
        return bare(el("p").child(t(tell::CHOICES_NOT_HERE)).into_view());
    };
    let have = RwSignal::new(Have::Asking);
    let page = Page {
        phone,
        id,
        have,
        says,
    };
    Effect::new(move || {
        // Storage is read first: until then this phone does not know its own stories.
        if phone.ready.get() {
            untrack(|| page.ask());
        }
    });
    let revising = phone.revising(id);
    Effect::new(move |before: Option<Option<Revising>>| {
        let now = revising.get();
        // Other things of the story change too, also by asking for it.
        if before.as_ref() == Some(&now) {
            return now;
        }
        if let (Some(Some(Revising::Waits)), None) = (&before, &now) {
            says.set(Some(t(own::EDIT_DONE).to_owned()));
            page.ask();
        }
        if let Some(Revising::Refused(problem)) = &now {
            let word = match problem {
                Problem::StoryOutdated { .. } => own::EDIT_OUTDATED,
                Problem::StoryUnknown | Problem::StoryWithdrawn => own::OWN_GONE,
                _ => own::OWN_LATER,
            };
            says.set(Some(t(word).to_owned()));
            // What was made of an older edition waits, with its words, until the teller looks at it again (ED6).
            if !matches!(problem, Problem::StoryOutdated { .. }) {
                phone.forget_refused(id);
            }
            page.ask();
        }
        now
    });
    let screen = fragment::follow();
    let view = move || match (have.get(), screen.with(|screen| screen == CHANGE)) {
        (Have::Here(opened), true) => untrack(|| revise::page(page, &opened)),
        (have, _) => untrack(|| page.view(have)),
    };
    view.into_view()
}

fn bare(body: View) -> View {
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(own::OWN_TITLE)),
        )
        .child(body);
    let feet = main_link_foot(t(tell::DONE_MINE), Route::Mine.path());
    teller_frame("vp-own", None, Back::To(Route::Mine), body.into_view(), feet)
}

impl Page {
    fn ask(self) {
        spawn_local(async move {
            let have = match self.phone.look_at(self.id).await {
                Ok(opened) => Have::Here(Rc::new(opened)),
                Err(Failure::Refused {
                    problem: Problem::StoryUnknown,
                    ..
                }) => Have::Not(own::OWN_GONE),
                Err(Failure::Refused { .. }) => Have::Not(own::OWN_LATER),
                Err(_) => Have::Not(own::OWN_NEEDS_INTERNET),
            };
            self.have.try_set(have);
        });
    }

    fn view(self, have: Have) -> View {
        let sentence = |text: Text| el("p").attr("role", "status").child(t(text)).into_view();
        match have {
            Have::Asking => bare(sentence(own::OWN_LOADING)),
            Have::Not(text) => bare(group().child(sentence(text)).child(status(self.says)).into_view()),
            Have::Here(opened) => self.here(&opened),
        }
    }

    fn here(self, opened: &OpenedStory) -> View {
        let OwnState::Received { content, .. } = &opened.story.state else {
            return bare(el("p").child(t(own::OWN_GONE)).into_view());
        };
        let heading = el("h1").class("vp-voice vp-ask").attr("tabindex", "-1");
        let heading = match &content.title {
            Some(title) => heading
                .attr("dir", "auto")
                .attr("translate", "no")
                .child(title.clone()),
            None => heading.child(t(own::OWN_TITLE)),
        };
        let body = group()
            .child(
                el("div")
                    .class("vp-own__head")
                    .child(story_pair(content.pictures))
                    .child(heading),
            )
            .child(status(self.says))
            .child(self.sound(content))
            .child(text_of(content))
            .child(self.images(content))
            .child(happened(&opened.happened))
            .child(self.ways())
            .child(self.leave());
        let back = Callback::new(|()| fragment::leave(&Route::Mine));
        let feet = main_link_foot(t(tell::DONE_MINE), Route::Mine.path());
        teller_frame("vp-own", None, Back::Act(back), body.into_view(), feet)
    }

    fn sound(self, content: &Content) -> Option<View> {
        let sounds = content.clips.iter().any(|clip| clip.kind == ClipKind::Sound);
        sounds.then(|| {
            let hear = own_sound::when_here(self.phone, self.id, false, self.says);
            el("div").class("vp-own__sound").child(hear).into_view()
        })
    }

    fn images(self, content: &Content) -> Option<View> {
        let images = content.clips.iter().filter(|clip| clip.kind != ClipKind::Sound);
        let images: Vec<View> = images
            .enumerate()
            .map(|(place, clip)| {
                let number = (place + 1).to_string();
                let words = clip
                    .words
                    .clone()
                    .unwrap_or_else(|| fill(own::OWN_IMAGE, &[("n", &number)]));
                let address = [
                    "/api/v1/stories/",
                    &self.id.to_string(),
                    "/clips/",
                    &clip.id.to_string(),
                ]
                .concat();
                el("li")
                    .child(
                        el("img")
                            .attr("src", address)
                            .attr("alt", words)
                            .attr("loading", "lazy"),
                    )
                    .into_view()
            })
            .collect();
        (!images.is_empty()).then(|| el("ul").class("vp-own__images").child(images).into_view())
    }

    fn ways(self) -> View {
        let show = |route: Route| move || history::go(&route);
        let file = move || {
            self.says.set(Some(t(own::OWN_DOWNLOADING).to_owned()));
            spawn_local(async move {
                let here = self.phone.take_along(self.id).await;
                let word = if here {
                    own::OWN_DOWNLOADED
                } else {
                    own::OWN_NOT_DOWNLOADED
                };
                self.says.try_set(Some(t(word).to_owned()));
            });
        };
        let ways = [
            button(LINE, t(tell::MINE_CHOICES), show(Route::Choices)),
            button(LINE, t(own::OWN_CHANGE), || fragment::go(CHANGE)),
            button(LINE, t(own::OWN_DOWNLOAD), file),
            button(LINE, t(tell::MINE_CODE), show(Route::Code)),
            button(LINE, t(tell::MINE_WITHDRAW), show(Route::Withdraw)),
        ];
        let ways = ways.into_iter().map(|way| el("li").child(way).into_view());
        el("ul")
            .class("vp-own__ways")
            .child(ways.collect::<Vec<View>>())
            .into_view()
    }

    /// A borrowed device: the code goes from it, the story stays.
    fn leave(self) -> View {
        let leave = move || {
            self.phone.remove_here_once_safe(self.id);
            fragment::leave(&Route::Mine);
        };
        el("section")
            .class("vp-own__leave")
            .child(el("p").class("vp-small vp-soft").child(t(own::OWN_LEAVE_MEANS)))
            .child(button(
                "vp-btn vp-btn--quiet vp-btn--small",
                t(own::OWN_LEAVE),
                leave,
            ))
            .into_view()
    }
}

/// The text, a paragraph for each line.
fn text_of(content: &Content) -> Option<View> {
    let text = content.text.as_deref()?;
    let lines = text.lines().filter(|line| !line.trim().is_empty()).map(|line| {
        el("p")
            .attr("dir", "auto")
            .attr("translate", "no")
            .child(line.to_owned())
            .into_view()
    });
    let text = el("section")
        .class("vp-story__own")
        .attr("aria-label", t(own::OWN_TITLE));
    Some(text.child(lines.collect::<Vec<View>>()).into_view())
}

/// FB1: the line of a story.
fn happened(happened: &[Happening]) -> View {
    let line = |picture: &str, words: String| {
        el("li")
            .child(icon(picture))
            .child(el("span").child(words))
            .into_view()
    };
    let lines = happened.iter().map(|happening| match happening {
        Happening::Received { at } => line("i-safe", fill(own::OWN_RECEIVED, &[("date", &dates::day(*at))])),
        Happening::Heard { people: Some(people) } => {
            line("i-play", fill(own::OWN_HEARD, &[("count", &people.to_string())]))
        }
        Happening::Heard { people: None } => line("i-play", t(own::OWN_HEARD_SOME).to_owned()),
    });
    let lines: Vec<View> = lines.collect();
    let no_news = (lines.len() < 2).then(|| el("p").class("vp-small vp-soft").child(t(own::OWN_NO_NEWS)));
    el("section")
        .class("vp-own__line")
        .child(el("h2").child(t(own::OWN_HAPPENED)))
        .child(el("ol").child(lines))
        .child(no_news)
        .into_view()
}
