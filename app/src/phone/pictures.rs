//! Photos and drawings of a draft.
//!
//! Bytes and the draft that names them are stored in one transaction: there is never one without the other, whatever
//! happens in between. Only then the page shows them.

use super::{Phone, acts, clips, store};
use crate::browser::spawn_local;
use crate::browser::{
    ambient::{self, Random},
    bytes::{Blob, Bytes},
    canvas::{Drawing, PNG},
    indexed_db::{Trouble, Write},
    picture::{self, Unreadable},
};
use crate::watch::RwSignal;
use domain::{
    clip::{CLIP_LIMIT, Clip, ClipKind},
    draft::Draft,
    id::{ClipId, StoryId},
};
use std::cell::{Cell, RefCell};

/// Why a picture is not in the story; what was there is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotKept {
    /// The file is none.
    NotAPicture,
    /// It has more pixels than this phone can hold.
    TooLarge,
    /// The story has as many parts as it may have.
    TooMany,
    /// The phone is full.
    Full,
    /// Storage failed otherwise.
    Failed,
}

/// How keeping goes, for the page on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// All of it is in storage.
    Kept,
    /// It is on its way there.
    Keeping,
    /// The last of it is not.
    Not(NotKept),
}

impl From<Unreadable> for NotKept {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::NotAPicture => Self::NotAPicture,
            Unreadable::TooLarge => Self::TooLarge,
        }
    }
}

/// A picture that was taken out of its draft, for bringing it back while the page offers that.
#[derive(Clone, Debug)]
pub struct Removed {
    story: StoryId,
    place: usize,
    clip: Clip,
    bytes: Bytes,
}

/// What this tab draws or drew.
struct Paper {
    story: StoryId,
    clip: ClipId,
    drawing: Drawing,
    /// There is more on it than in storage.
    is_unkept: bool,
}

thread_local! {
    /// The drawings of one draft; the one being drawn is the last. They outlive their page: who comes back goes on.
    static PAPERS: RefCell<Vec<Paper>> = const { RefCell::new(Vec::new()) };
    static IS_KEEPING: Cell<bool> = const { Cell::new(false) };
    /// Who is told how keeping went.
    static HEARS: Cell<Option<RwSignal<Kept>>> = const { Cell::new(None) };
}

impl Phone {
    /// Adds a photo to the draft of this tab.
    ///
    /// # Errors
    /// See [`NotKept`].
    pub async fn add_photo(self, file: Blob) -> Result<(), NotKept> {
        let Some(story) = self.story_told() else {
            return Err(NotKept::Failed);
        };
        let photo = picture::encode(&file).await?;
        let clip = clip(ClipKind::Photo, photo.media_type, &photo.bytes, None).await;
        self.put(story, usize::MAX, clip, photo.bytes).await
    }

    /// Takes a picture out of the draft; `None` when it is not there, or storage refused.
    pub async fn remove_picture(self, id: ClipId) -> Option<Removed> {
        let story = self.story_told()?;
        let clips = self
            .state
            .draft
            .with_untracked(|draft| draft.as_ref().map(|draft| draft.clips.clone()))?;
        let place = clips.iter().position(|clip| clip.id == id)?;
        let clip = clips[place].clone();
        let bytes = clips::blob(id, &clip.media_type).await?.bytes().await?;
        self.write(story, clips::without(id), &|draft| {
            draft.clips.retain(|clip| clip.id != id);
        })
        .await
        .ok()?;
        Some(Removed {
            story,
            place,
            clip,
            bytes,
        })
    }

    /// Undoes [`Phone::remove_picture`].
    ///
    /// # Errors
    /// See [`NotKept`].
    pub async fn bring_picture_back(self, removed: Removed) -> Result<(), NotKept> {
        self.put(removed.story, removed.place, removed.clip, removed.bytes)
            .await
    }

    /// What the teller says of a picture, for who cannot see it; kept as the text of a story is.
    pub fn say_of_picture(self, id: ClipId, words: String) {
        self.edit(|draft| {
            if let Some(clip) = draft.clips.iter_mut().find(|clip| clip.id == id) {
                clip.words = Some(words).filter(|words| !words.trim().is_empty());
            }
        });
    }

    /// A picture of the draft, to be shown. `None` when its bytes are not there.
    pub async fn picture(self, clip: &Clip) -> Option<Blob> {
        clips::blob(clip.id, &clip.media_type).await
    }

    /// A blank paper for the draft of this tab.
    pub fn take_paper(self) {
        let Some(story) = self.story_told() else { return };
        PAPERS.with_borrow_mut(|papers| {
            papers.retain(|paper| paper.story == story && !paper.drawing.is_empty());
            papers.push(Paper {
                story,
                clip: ClipId::random(&mut Random),
                drawing: Drawing::default(),
                is_unkept: false,
            });
        });
    }

    /// Goes on with a drawing; false when its strokes are not in this tab.
    pub fn take_drawing(self, id: ClipId) -> bool {
        PAPERS.with_borrow_mut(|papers| {
            let Some(place) = papers.iter().position(|paper| paper.clip == id) else {
                return false;
            };
            let paper = papers.remove(place);
            papers.push(paper);
            true
        })
    }

    /// Whether one can go on with a drawing.
    pub fn can_draw_on(self, id: ClipId) -> bool {
        PAPERS.with_borrow(|papers| papers.iter().any(|paper| paper.clip == id))
    }

    /// Looks at the paper, or draws on it; a blank one is taken where there is none for this draft.
    pub fn on_paper<R>(self, act: impl FnOnce(&mut Drawing) -> R) -> Option<R> {
        let story = self.story_told()?;
        if PAPERS.with_borrow(|papers| papers.last().is_none_or(|paper| paper.story != story)) {
            self.take_paper();
        }
        PAPERS.with_borrow_mut(|papers| papers.last_mut().map(|paper| act(&mut paper.drawing)))
    }

    /// There is a stroke more on the paper, or one less.
    pub fn paper_changed(self) {
        PAPERS.with_borrow_mut(|papers| papers.last_mut().map(|paper| paper.is_unkept = true));
    }

    /// Keeps what is on the papers as pictures of their draft; a blank one is not a picture. It goes on when the page
    /// is left. `kept` hears how it goes, unless another page asks after that.
    pub fn keep_papers(self, kept: RwSignal<Kept>) {
        HEARS.set(Some(kept));
        if !PAPERS.with_borrow(|papers| papers.iter().any(|paper| paper.is_unkept)) {
            return;
        }
        kept.set(Kept::Keeping);
        if IS_KEEPING.replace(true) {
            return;
        }
        spawn_local(async move {
            let mut went = Kept::Kept;
            while let Some((story, id, drawing)) = next_paper() {
                if let Err(why) = self.keep_drawing(story, id, drawing).await {
                    went = Kept::Not(why);
                    set_unkept(id);
                    break;
                }
            }
            IS_KEEPING.set(false);
            if let Some(kept) = HEARS.get() {
                kept.try_set(went);
            }
        });
    }

    async fn keep_drawing(self, story: StoryId, id: ClipId, drawing: Drawing) -> Result<(), NotKept> {
        if drawing.is_empty() {
            let take = |draft: &mut Draft| draft.clips.retain(|clip| clip.id != id);
            return self.write(story, clips::without(id), &take).await;
        }
        let bytes = drawing.png().await.ok_or(NotKept::Failed)?;
        let clip = clip(ClipKind::Drawing, PNG, &bytes, Some(id)).await;
        self.put(story, usize::MAX, clip, bytes).await
    }

    fn story_told(self) -> Option<StoryId> {
        let draft = self.state.draft;
        draft.with_untracked(|draft| draft.as_ref().map(|draft| draft.id))
    }

    /// Puts a picture into its draft; one that is there already gets other bytes and keeps its place and words.
    async fn put(self, story: StoryId, place: usize, clip: Clip, bytes: Bytes) -> Result<(), NotKept> {
        let id = clip.id;
        let found = self.state.draft_of(story).ok_or(NotKept::Failed)?;
        if found.clips.len() >= CLIP_LIMIT && found.clips.iter().all(|clip| clip.id != id) {
            return Err(NotKept::TooMany);
        }
        let with_bytes = clips::with_whole(id, bytes).await;
        let change = |draft: &mut Draft| match draft.clips.iter_mut().find(|clip| clip.id == id) {
            Some(known) => {
                let words = known.words.take();
                *known = clip.clone();
                known.words = words;
            }
            None => draft.clips.insert(place.min(draft.clips.len()), clip.clone()),
        };
        self.write(story, with_bytes, &change).await
    }

    /// Writes what becomes of a picture's bytes together with its draft after `change`; then shows it.
    async fn write(self, story: StoryId, bytes: Write, change: &dyn Fn(&mut Draft)) -> Result<(), NotKept> {
        let state = self.state;
        let mut draft = state.draft_of(story).ok_or(NotKept::Failed)?;
        change(&mut draft);
        draft.kept_at = ambient::now();
        let with_draft = store::with_draft(&draft);
        if let Err(trouble) = clips::write(&[bytes, with_draft]).await {
            acts::storage_failed(state, trouble);
            return Err(match trouble {
                Trouble::Full => NotKept::Full,
                _ => NotKept::Failed,
            });
        }
        if self.story_told() == Some(story) {
            // Somebody may have typed meanwhile: that is kept along.
            self.edit(change);
            self.keep_now();
        } else {
            state.remember_draft(&draft);
        }
        Ok(())
    }
}

async fn clip(kind: ClipKind, media_type: &str, bytes: &Bytes, id: Option<ClipId>) -> Clip {
    Clip {
        id: id.unwrap_or_else(|| ClipId::random(&mut Random)),
        kind,
        media_type: media_type.to_owned(),
        length: bytes.length(),
        millis: 0,
        sha256: bytes.sha256().await,
        words: None,
    }
}

fn set_unkept(id: ClipId) {
    PAPERS.with_borrow_mut(|papers| {
        let paper = papers.iter_mut().find(|paper| paper.clip == id);
        paper.map(|paper| paper.is_unkept = true)
    });
}

/// A drawing with more on it than is kept.
fn next_paper() -> Option<(StoryId, ClipId, Drawing)> {
    PAPERS.with_borrow_mut(|papers| {
        let paper = papers.iter_mut().find(|paper| paper.is_unkept)?;
        paper.is_unkept = false;
        Some((paper.story, paper.clip, paper.drawing.clone()))
    })
}
