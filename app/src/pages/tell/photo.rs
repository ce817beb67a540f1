//! T3b: the photos and drawings of a story, and the ways to add one.

use super::write::kept_line;
use crate::browser::spawn_local;
use crate::browser::{
    drawing::{Event, NodeRef, value_of},
    fragment,
    picture::{Shown, chosen},
};
use crate::markup::{IntoView, View, el, group};
use crate::watch::{Effect, Memo, RwSignal, StoredValue};
use crate::{
    components::{
        draft_gate::{go_on, with_draft},
        feet::main_button,
        frame::{Back, Step, teller_frame},
        icon::{icon, pictogram},
        more_ways::more_ways,
        notice::{live, status},
        undo::undo,
    },
    phone::{
        Phone,
        pictures::{Kept, NotKept, Removed},
    },
    routes::Route,
    texts::{Text, fill, t, tell},
};
use domain::{
    Sha256,
    clip::{CLIP_LIMIT, Clip, ClipKind, WORDS_LIMIT},
    draft::Draft,
    id::ClipId,
};

/// The page.
pub fn page() -> View {
    with_draft(Step::Tell, pictures)
}

/// One picture in the list.
#[derive(Clone, PartialEq, Eq)]
struct Entry {
    id: ClipId,
    kind: ClipKind,
    /// Photos and drawings are counted apart, from 1.
    number: usize,
    sum: Sha256,
}

impl Entry {
    fn name(&self) -> String {
        let text = self.either(tell::PICTURE_PHOTO, tell::PICTURE_DRAWING);
        fill(text, &[("number", &self.number.to_string())])
    }

    fn either(&self, photo: Text, drawing: Text) -> Text {
        if self.kind == ClipKind::Drawing {
            drawing
        } else {
            photo
        }
    }
}

#[derive(Clone, Copy)]
struct Page {
    phone: Phone,
    list: Memo<Vec<Entry>>,
    /// What was fetched to be looked at, by checksum. It goes when the page goes.
    shown: RwSignal<Vec<(Sha256, Shown)>>,
    kept: RwSignal<Kept>,
    removed: RwSignal<Option<(String, Removed)>>,
    says: RwSignal<Option<String>>,
}

fn pictures(phone: Phone, draft: Draft) -> View {
    let back = if draft.sounds().next().is_some() {
        Route::Listen
    } else {
        Route::How
    };
    let page = Page {
        phone,
        list: Memo::new(move |_| {
            phone
                .draft
                .with(|draft| draft.as_ref().map_or_else(Vec::new, listed))
        }),
        shown: RwSignal::new(Vec::new()),
        kept: RwSignal::new(Kept::Kept),
        removed: RwSignal::new(None),
        says: RwSignal::new(None),
    };
    page.fetch();
    Effect::new(move |_| match page.kept.get() {
        Kept::Kept => page.says.set(None),
        Kept::Keeping => page.say(tell::COMMON_WAIT),
        Kept::Not(why) => page.says.set(Some(not_kept(why))),
    });
    // A drawing that could not be kept when its page was left.
    Effect::new(move |_| phone.keep_papers(page.kept));
    let is_empty = Memo::new(move |_| page.list.with(Vec::is_empty));
    let (camera, files) = (NodeRef::new(), NodeRef::new());
    let press = |field: NodeRef| {
        move || {
            // The phone may close this page to make room for its camera.
            phone.keep_now();
            if let Some(field) = field.get_untracked() {
                field.click();
            }
        }
    };
    let take = press(camera);
    let take_small =
        move || (!is_empty.get()).then(|| small("i-camera", t(tell::PICTURE_TAKE), move |_| take()));
    let draw = move |_| {
        phone.take_paper();
        go_on(phone, &Route::Draw);
    };
    let choose = press(files);
    let hint = |text| el("p").class("vp-small vp-soft").child(t(text)).into_view();
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(tell::HOW_PHOTO)),
        )
        .child(move || {
            let list = page.list.get();
            (!list.is_empty()).then(|| {
                let entries: Vec<View> = list.into_iter().map(|entry| page.entry(entry)).collect();
                el("ul").class("vp-pictures").child(entries)
            })
        })
        .child(page.undo_line())
        .child(status(page.says))
        .child(kept_line(phone, is_empty, phone.saved.into()))
        .child(
            el("div")
                .class("vp-ways")
                .child(take_small)
                .child(small("i-picture", t(tell::PICTURE_CHOOSE), move |_| choose()))
                .child(small("i-pen", t(tell::PICTURE_DRAW), draw)),
        )
        .child(page.field(camera).attr("capture", "environment"))
        .child(page.field(files).attr("multiple", true))
        .child(hint(tell::PICTURE_PEOPLE))
        .child(hint(tell::PICTURE_PLACE))
        .child(more_ways(&Route::Photo, is_empty));
    let main = move || {
        if is_empty.get() {
            main_button(t(tell::PICTURE_TAKE), take)
        } else {
            main_button(t(tell::WRITE_DONE), move || page.done())
        }
    };
    teller_frame(
        "vp-photo",
        Some(Step::Tell),
        Back::To(back),
        body.into_view(),
        el("div").class("vp-feet").child(main).into_view(),
    )
}

fn listed(draft: &Draft) -> Vec<Entry> {
    let (mut photos, mut drawings) = (0, 0);
    let pictures = draft.clips.iter().filter(|clip| clip.kind != ClipKind::Sound);
    pictures
        .map(|clip| {
            let count = if clip.kind == ClipKind::Drawing {
                &mut drawings
            } else {
                &mut photos
            };
            *count += 1;
            Entry {
                id: clip.id,
                kind: clip.kind,
                number: *count,
                sum: clip.sha256,
            }
        })
        .collect()
}

impl Page {
    /// A field for files; a button presses it.
    fn field(self, place: NodeRef) -> crate::markup::El {
        el("input")
            .node_ref(place)
            .attr("type", "file")
            .attr("accept", "image/*")
            .attr("hidden", true)
            .on("change", move |event| self.add(&event))
    }

    fn add(self, event: &Event) {
        let files = chosen(event);
        if files.is_empty() {
            return;
        }
        self.removed.set(None);
        self.kept.set(Kept::Keeping);
        let phone = self.phone;
        spawn_local(async move {
            let mut trouble = None;
            for file in files {
                trouble = phone.add_photo(file).await.err().or(trouble);
            }
            self.kept.try_set(trouble.map_or(Kept::Kept, Kept::Not));
        });
    }

    /// Fetches what is new in the list.
    fn fetch(self) {
        let asked = StoredValue::new(Vec::<Sha256>::new());
        Effect::new(move |_| {
            for Entry { id, sum, .. } in self.list.get() {
                let is_new = asked.try_update_value(|asked| {
                    let is_new = !asked.contains(&sum);
                    asked.push(sum);
                    is_new
                });
                let clip = self.clip(id, Clip::clone);
                let Some(clip) = clip.filter(|_| is_new == Some(true)) else {
                    continue;
                };
                spawn_local(async move {
                    if let Some(blob) = self.phone.picture(&clip).await {
                        // When the page has gone meanwhile, its address ends here as well.
                        self.shown.update(|shown| shown.push((sum, Shown::new(&blob))));
                    }
                });
            }
        });
    }

    fn clip<R>(self, id: ClipId, look: impl FnOnce(&Clip) -> R) -> Option<R> {
        self.phone.draft.with_untracked(|draft| {
            let clips = &draft.as_ref()?.clips;
            clips.iter().find(|clip| clip.id == id).map(look)
        })
    }

    fn entry(self, entry: Entry) -> View {
        let Entry { id, sum, .. } = entry;
        let (phone, name) = (self.phone, entry.name());
        let alt = name.clone();
        let picture = move || {
            let address = self.shown.with(|shown| {
                let found = shown.iter().find(|(known, _)| *known == sum);
                found.map(|(_, shown)| shown.address())
            });
            match address {
                Some(address) => el("img")
                    .attr("src", address)
                    .attr("alt", alt.clone())
                    .into_view(),
                None => pictogram("w-photo"),
            }
        };
        let field = ["words-", &id.to_string()].concat();
        let words = move || {
            phone.draft.with(|draft| {
                let clip = draft.as_ref()?.clips.iter().find(|clip| clip.id == id)?;
                clip.words.clone()
            })
        };
        let go_on_drawing = phone.can_draw_on(id).then(|| {
            small("i-pen", t(tell::PICTURE_DRAW_ON), move |_| {
                if phone.take_drawing(id) {
                    go_on(phone, &Route::Draw);
                }
            })
        });
        let gone = name.clone();
        el("li")
            .class("vp-picture")
            .key(id.to_string())
            .attr("role", "group")
            .attr("aria-label", name.clone())
            .child(el("div").class("vp-picture__view").child(picture))
            .child(
                el("label")
                    .class("vp-small")
                    .attr("for", field.clone())
                    .child(t(entry.either(tell::PICTURE_WORDS, tell::PICTURE_WORDS_DRAWING))),
            )
            .child(
                el("textarea")
                    .class("vp-field")
                    .attr("id", field)
                    .attr("rows", "2")
                    .attr("dir", "auto")
                    .attr("spellcheck", "false")
                    .attr("autocomplete", "off")
                    .prop("value", move || words().unwrap_or_default())
                    .on("input", move |event| phone.say_of_picture(id, value_of(&event))),
            )
            .child(el("div").class("vp-ways").child(go_on_drawing).child(small(
                "i-close",
                fill(tell::TAGS_REMOVE, &[("tag", &name)]),
                move |_| self.remove(id, gone.clone()),
            )))
            .into_view()
    }

    fn remove(self, id: ClipId, name: String) {
        spawn_local(async move {
            let removed = self.phone.remove_picture(id).await;
            if removed.is_none() {
                self.kept.try_set(Kept::Not(NotKept::Failed));
                return;
            }
            let sentence = fill(tell::TAGS_REMOVED, &[("tag", &name)]);
            self.removed.try_set(removed.map(|removed| (sentence, removed)));
            // The button that was pressed is gone.
            fragment::focus_heading();
        });
    }

    fn undo_line(self) -> View {
        let bring_back = move || {
            let Some((_, removed)) = self.removed.get_untracked() else {
                return;
            };
            self.removed.set(None);
            spawn_local(async move {
                if let Err(why) = self.phone.bring_picture_back(removed.clone()).await {
                    self.kept.try_set(Kept::Not(why));
                }
                fragment::focus_heading();
            });
        };
        live(move || {
            let sentence = self
                .removed
                .with(|removed| removed.as_ref().map(|(sentence, _)| sentence.clone()));
            sentence.map(|sentence| undo(sentence, bring_back))
        })
    }

    fn done(self) {
        let longest = self.phone.draft.with_untracked(|draft| {
            let words = draft
                .iter()
                .flat_map(|draft| &draft.clips)
                .filter_map(|clip| clip.words.as_ref());
            words.map(|words| words.chars().count()).max()
        });
        let over = longest.unwrap_or(0).saturating_sub(WORDS_LIMIT as usize);
        if over > 0 {
            let sentence = fill(tell::PICTURE_WORDS_TOO_LONG, &[("count", &over.to_string())]);
            self.says.set(Some(sentence));
        } else {
            go_on(self.phone, &Route::Title);
        }
    }

    fn say(self, text: Text) {
        self.says.set(Some(t(text).to_owned()));
    }
}

/// What is true, and what one can do.
pub(super) fn not_kept(why: NotKept) -> String {
    let text = match why {
        NotKept::NotAPicture => tell::PICTURE_NOT_ONE,
        NotKept::TooLarge => tell::PICTURE_TOO_LARGE,
        NotKept::TooMany => tell::PICTURE_TOO_MANY,
        NotKept::Full => tell::PICTURE_FULL,
        NotKept::Failed => tell::PICTURE_FAILED,
    };
    fill(text, &[("max", &CLIP_LIMIT.to_string())])
}

/// A smaller way on, with its picture.
pub(super) fn small(picture: &str, word: impl IntoView, act: impl FnMut(Event) + 'static) -> View {
    el("button")
        .attr("type", "button")
        .class("vp-btn vp-btn--line vp-btn--small")
        .on("click", act)
        .child(icon(picture))
        .child(el("span").child(word))
        .into_view()
}
