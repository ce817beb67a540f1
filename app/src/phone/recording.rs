//! Telling aloud: from the microphone to parts that are kept, slice by slice.
//!
//! The order is what makes it safe: the draft names the part first, then each slice is stored by itself, and only a
//! stored slice moves the clock. Whatever ends a recording, the same closing follows: what is stored becomes a part
//! of the draft. After a crash the same closing runs when the page opens.
//!
//! A full phone ends a recording (ME7). Any other trouble of storage does not (ME10): it goes on in memory, the screen says
//! how much is kept, and every slice that follows offers storage once more what it could not take.

use super::{Phone, Saved, State, StorageKind, acts, clips, store, tabs};
use crate::browser::spawn_local;
use crate::browser::{
    ambient::{self, Random},
    bell::Bell,
    bytes::{Blob, Bytes},
    download,
    indexed_db::Trouble,
    preferences,
    recorder::{Ended, Heard, Recorder, Refused},
    tabs::lead,
};
use crate::watch::untrack;
use domain::{
    clip::{Clip, ClipKind},
    draft::{Draft, OpenClip},
    id::{ClipId, StoryId},
    project::Project,
    recording::{DEFAULT_LIMIT, Hearing, Hint, Left, left, room},
    time::Span,
};
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

/// Where telling aloud is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    /// Nothing is being recorded.
    Idle,
    /// The browser asks whether the microphone may be on.
    Asking,
    /// It records.
    Recording,
    /// The teller paused.
    Paused,
    /// The last slices are being stored and the part is closed.
    Closing,
    /// Something else ended it: a call, the lock, another app (P4). What was stored is a part.
    Interrupted,
    /// The part reached its limit, and is kept.
    PartFull,
    /// The phone is full (P6); what was stored is a part.
    StorageFull,
    /// There is no microphone for us (P5).
    Refused(Refused),
    /// The story has as many parts as it may have (ME1); the microphone was not asked for.
    StoryFull,
}

impl Recording {
    /// Whether the microphone is ours, so that nothing may disturb the page.
    pub fn is_under_way(self) -> bool {
        matches!(
            self,
            Self::Asking | Self::Recording | Self::Paused | Self::Closing
        )
    }
}

/// The slice that is stored next.
struct Next {
    story: StoryId,
    clip: ClipId,
    number: u32,
    is_named: bool,
}

/// What this tab records, while it does.
struct Session {
    recorder: Recorder,
    story: StoryId,
    clip: ClipId,
    media_type: String,
    hearing: Hearing,
    /// Levels of the second being recorded: their sum and count.
    second: (f32, u32),
    /// Slices that were delivered and are not stored yet.
    queue: VecDeque<(Bytes, Span)>,
    /// How many were stored.
    number: u32,
    is_storing: bool,
    /// The draft in storage names the part.
    is_named: bool,
    /// Why it ends, once it does.
    ends: Option<Recording>,
    /// The recorder has told its last slice.
    is_over: bool,
    /// What is done once the part is closed.
    then: Option<Box<dyn Fn()>>,
}

thread_local! {
    /// Counts the times a microphone was asked for: an answer to an older question is not wanted any more.
    static ATTEMPT: Cell<u32> = const { Cell::new(0) };
    /// The parts this tab began.
    static BEGUN: RefCell<Vec<ClipId>> = const { RefCell::new(Vec::new()) };
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
    static HEARD_AT: Cell<i64> = const { Cell::new(0) };
    /// Rings when a part is closed.
    static CLOSED: Bell = const { Bell::new() };
}

impl Phone {
    /// Asks for the microphone and records a new part of the draft of this tab; begins a draft where there is none.
    pub fn record(self) {
        let state = self.state;
        if state.recording.get_untracked().is_under_way() {
            return;
        }
        if state.draft.with_untracked(Option::is_none) {
            self.start_draft();
        }
        let Some(story) = state
            .draft
            .with_untracked(|draft| draft.as_ref().map(|draft| draft.id))
        else {
            return;
        };
        preferences::set_left_fast(false);
        if state
            .draft
            .with_untracked(|draft| draft.as_ref().is_some_and(Draft::is_full))
        {
            return state.recording.set(Recording::StoryFull);
        }
        state.recording.set(Recording::Asking);
        state.stored.set(Span(0));
        state.kept.set(Span(0));
        state.levels.set(Vec::new());
        state.hint.set(None);
        let attempt = ATTEMPT.get() + 1;
        ATTEMPT.set(attempt);
        spawn_local(async move {
            if let Err(why) = close_what_is_open(self, story).await {
                return state.recording.set(why);
            }
            let answer = Recorder::start(Rc::new(move |heard| state.hear(heard))).await;
            let is_wanted = ATTEMPT.get() == attempt
                && state
                    .draft
                    .with_untracked(|draft| draft.as_ref().is_some_and(|draft| draft.id == story));
            match answer {
                Ok(recorder) if is_wanted => begin(self, story, recorder).await,
                Err(refused) if is_wanted => state.recording.set(Recording::Refused(refused)),
                // The person is elsewhere by now: the microphone goes off again.
                _ => {}
            }
        });
    }

    /// Holds the recording; what was told until now is stored.
    pub fn pause_recording(self) {
        let state = self.state;
        let paused = SESSION.with_borrow(|session| session.as_ref().map(|session| session.recorder.pause()));
        if paused.is_some() && state.recording.get_untracked() == Recording::Recording {
            state.recording.set(Recording::Paused);
            state.hint.set(None);
        }
    }

    /// Goes on after [`Phone::pause_recording`], in the same part.
    pub fn go_on_recording(self) {
        let state = self.state;
        if state.recording.get_untracked() == Recording::Paused {
            SESSION.with_borrow(|session| session.as_ref().map(|session| session.recorder.resume()));
            state.recording.set(Recording::Recording);
        }
    }

    /// Ends the part; `then` is called once it is kept as one (or when there was nothing to end).
    pub fn end_recording(self, then: impl Fn() + 'static) {
        let then = Box::new(then);
        let there = SESSION.with_borrow_mut(|session| {
            let Some(session) = session else { return Some(then) };
            session.then = Some(then);
            None
        });
        match there {
            Some(then) => then(),
            None => self.state.end(Recording::Idle),
        }
    }

    /// Back to the beginning of T3: an obstacle was seen, or the person left while the browser was asking.
    pub fn put_recording_away(self) {
        let now = self.state.recording.get_untracked();
        if now == Recording::Asking || !now.is_under_way() {
            ATTEMPT.set(ATTEMPT.get() + 1);
            self.state.recording.set(Recording::Idle);
        }
    }

    /// Ends what is being recorded or was left paused, and makes it a part: before the story is finished.
    ///
    /// # Errors
    /// When storage fails; the part stays open in the draft.
    pub(super) async fn close_open_part(self) -> Result<(), Trouble> {
        let state = self.state;
        self.put_recording_away();
        state.end(Recording::Idle);
        while state.recording.get_untracked() == Recording::Closing {
            CLOSED.with(Bell::next).await;
        }
        let open = |draft: &Draft| Some((draft.id, draft.open.clone()?));
        let Some((story, open)) = state.draft.with_untracked(|draft| draft.as_ref().and_then(open)) else {
            return Ok(());
        };
        close_into(state, story, &open).await
    }

    /// Tells it again: the old recording is put aside (ME4).
    pub fn tell_again(self) {
        self.edit(Draft::tell_again);
        self.keep_now();
    }

    /// Brings the old recording back.
    pub fn bring_back_aside(self) {
        self.edit(Draft::bring_back_aside);
        self.keep_now();
    }

    /// Throws the old recording away for good.
    pub fn throw_aside_away(self) {
        let mut gone = Vec::new();
        self.edit(|draft| gone = std::mem::take(&mut draft.aside));
        self.keep_now();
        spawn_local(async move {
            for clip in gone {
                _ = clips::remove(clip.id).await;
            }
        });
    }

    /// How much sound fits on this phone, asked anew.
    pub fn look_for_room(self) {
        let state = self.state;
        spawn_local(async move {
            if let Some(free) = clips::room().await {
                state.room.set(room(free));
            }
        });
    }

    /// Another page needs the storage (P9), or the person leaves fast: the microphone goes off, and what is stored
    /// becomes a part, here or at the next visit.
    pub(super) fn stop_recording(self) {
        self.put_recording_away();
        self.state.end(Recording::Interrupted);
    }

    /// The recordings of a draft or a story as the browser can play them one after another.
    pub async fn sounds(self, clips: Vec<Clip>) -> Vec<(Blob, Span)> {
        let mut sounds = Vec::new();
        for clip in clips.iter().filter(|clip| clip.kind == ClipKind::Sound) {
            let found = clips::blob(clip.id, &clip.media_type).await;
            sounds.extend(found.map(|blob| (blob, clip.lasts())));
        }
        sounds
    }

    /// Saves recordings as files on the phone, one for each part. False when there was nothing or the browser would
    /// not.
    pub async fn save_sounds(self, clips: Vec<Clip>) -> bool {
        let mut saved = false;
        for (number, clip) in clips
            .iter()
            .filter(|clip| clip.kind == ClipKind::Sound)
            .enumerate()
        {
            let Some(blob) = clips::blob(clip.id, &clip.media_type).await else {
                continue;
            };
            let ending = if clip.media_type.starts_with("audio/mp4") {
                ".m4a"
            } else {
                ".webm"
            };
            saved |= download::file(&["verhaal-", &(number + 1).to_string(), ending].concat(), &blob);
        }
        saved
    }
}

/// This tab goes on with another story, or with none: a recording of the one before ends, and is kept.
pub(super) fn leave(state: State, to: Option<StoryId>) {
    let elsewhere =
        SESSION.with_borrow(|session| session.as_ref().is_some_and(|session| Some(session.story) != to));
    if elsewhere {
        state.end(Recording::Idle);
    }
}

/// A draft has one open part at a time. One of this tab that could not be closed is closed now; one of another tab is
/// left to that tab, or closed when it is gone.
async fn close_what_is_open(phone: Phone, story: StoryId) -> Result<(), Recording> {
    let state = phone.state;
    let Some(open) = state
        .draft
        .with_untracked(|draft| draft.as_ref().and_then(|draft| draft.open.clone()))
    else {
        return Ok(());
    };
    if !BEGUN.with_borrow(|begun| begun.contains(&open.id)) {
        recover_part(phone, story, open);
        return Err(Recording::Refused(Refused::Busy));
    }
    close_into(state, story, &open).await.map_err(end_for)
}

/// Makes an open part that nobody records any more a part of its draft.
async fn close_into(state: State, story: StoryId, open: &OpenClip) -> Result<(), Trouble> {
    let part = clips::close(open).await?;
    keep_closed(state, story, open.id, part, false).await.map(|_| ())
}

async fn begin(phone: Phone, story: StoryId, recorder: Recorder) {
    let state = phone.state;
    let (clip, media_type) = (ClipId::random(&mut Random), recorder.media_type());
    // Another tab that opens now leaves this part alone: it is being recorded here.
    lead(&lock(clip), || {});
    BEGUN.with_borrow_mut(|begun| begun.push(clip));
    SESSION.set(Some(Session {
        recorder,
        story,
        clip,
        media_type: media_type.clone(),
        hearing: Hearing::default(),
        second: (0.0, 0),
        queue: VecDeque::new(),
        number: 0,
        // Slices wait until the draft names the part.
        is_storing: true,
        is_named: false,
        ends: None,
        is_over: false,
        then: None,
    }));
    HEARD_AT.set(ambient::running().0);
    state.recording.set(Recording::Recording);
    phone.edit(|draft| draft.open = Some(OpenClip { id: clip, media_type }));
    if state.name_part(story).await == Err(Trouble::Full) {
        state.end(Recording::StorageFull);
    }
    state.store_next().await;
}

/// Held by the tab that records a part, as long as it is open.
fn lock(clip: ClipId) -> String {
    ["vertelpunt-", &clip.to_string()].concat()
}

fn end_for(trouble: Trouble) -> Recording {
    match trouble {
        Trouble::Full => Recording::StorageFull,
        _ => Recording::Interrupted,
    }
}

impl State {
    fn hear(self, heard: Heard) {
        match heard {
            Heard::Level(level) => self.hear_level(level),
            Heard::Slice { bytes, until } => {
                let idle = SESSION.with_borrow_mut(|session| {
                    let session = session.as_mut()?;
                    session.queue.push_back((bytes, until));
                    (!std::mem::replace(&mut session.is_storing, true)).then_some(())
                });
                if idle.is_some() {
                    spawn_local(self.store_next());
                }
            }
            Heard::Ended(ended) => {
                if ended == Ended::Interrupted {
                    self.end(Recording::Interrupted);
                }
                let idle = SESSION.with_borrow_mut(|session| {
                    let session = session.as_mut()?;
                    session.is_over = true;
                    (!std::mem::replace(&mut session.is_storing, true)).then_some(())
                });
                if idle.is_some() {
                    spawn_local(self.store_next());
                }
            }
        }
    }

    fn hear_level(self, level: f32) {
        self.level.set(level);
        if self.recording.get_untracked() != Recording::Recording {
            return;
        }
        let now = ambient::running().0;
        let span = Span((now - HEARD_AT.replace(now)).clamp(0, 1_000));
        let hint = SESSION.with_borrow_mut(|session| {
            let session = session.as_mut()?;
            session.hearing.hear(level, span);
            session.second = (session.second.0 + level, session.second.1 + 1);
            session.hearing.hint()
        });
        self.say(hint);
    }

    fn say(self, hint: Option<Hint>) {
        if self.hint.get_untracked() != hint {
            self.hint.set(hint);
        }
    }

    /// The draft in storage names the part: before that, nothing of it is stored, because nobody would find it.
    async fn name_part(self, story: StoryId) -> Result<(), Trouble> {
        let named = match self.draft_of(story) {
            Some(draft) if self.storage.get_untracked() == StorageKind::Kept => {
                store::keep_draft(&draft).await
            }
            _ => Ok(()),
        };
        match named {
            Ok(()) => SESSION.with_borrow_mut(|session| {
                if let Some(session) = session {
                    session.is_named = true;
                }
            }),
            Err(trouble) => acts::storage_failed(self, trouble),
        }
        named
    }

    /// Keeps a slice of the part in storage, or where storage fails in this page (ME10). Whether it is in storage.
    async fn keep_slice(self, next: &Next, bytes: Bytes, until: Span) -> Result<bool, Trouble> {
        let Next {
            story,
            clip,
            number,
            is_named,
        } = *next;
        let named = if is_named {
            Ok(())
        } else {
            self.name_part(story).await
        };
        let kept = match named {
            Ok(()) => clips::keep_slice(clip, number, until, bytes).await,
            Err(Trouble::Full) => return Err(Trouble::Full),
            Err(trouble) => {
                clips::hold_slice(clip, number, until, bytes).await;
                Err(trouble)
            }
        };
        self.look_at_hand();
        match kept {
            Ok(()) => Ok(self.storage.get_untracked() == StorageKind::Kept),
            Err(Trouble::Full) => Err(Trouble::Full),
            Err(trouble) => {
                acts::storage_failed(self, trouble);
                Ok(false)
            }
        }
    }

    /// Stores what waits, one slice after another, and closes the part after the last.
    async fn store_next(self) {
        loop {
            let next = SESSION.with_borrow_mut(|session| {
                let session = session.as_mut()?;
                let next = session.queue.pop_front();
                if next.is_none() && !session.is_over {
                    session.is_storing = false;
                    return None;
                }
                let part = Next {
                    story: session.story,
                    clip: session.clip,
                    number: session.number,
                    is_named: session.is_named,
                };
                Some((part, next))
            });
            match next {
                None => return,
                Some((part, Some((bytes, until)))) => {
                    match self.keep_slice(&part, bytes, until).await {
                        Ok(is_stored) => self.stored_until(until, is_stored),
                        Err(trouble) => {
                            // What follows could not be played without this one.
                            SESSION.with_borrow_mut(|session| {
                                session.as_mut().map(|session| {
                                    session.queue.clear();
                                    // A slice that still comes must not take the place of the lost one.
                                    session.number += 1;
                                })
                            });
                            self.end(end_for(trouble));
                        }
                    }
                }
                Some((_, None)) => return close(self).await,
            }
        }
    }

    fn stored_until(self, until: Span, is_stored: bool) {
        let level = SESSION.with_borrow_mut(|session| {
            let session = session.as_mut()?;
            session.number += 1;
            let (sum, count) = session.second;
            Some(sum / count.max(1) as f32)
        });
        // One level per stored second: what the ring is drawn from.
        let seconds = usize::try_from(until.0 / 1_000).unwrap_or(0);
        if let Some(level) = level
            && self.levels.with_untracked(Vec::len) < seconds
        {
            self.levels.update(|levels| levels.resize(seconds, level));
            SESSION.with_borrow_mut(|session| session.as_mut().map(|session| session.second = (0.0, 0)));
        }
        if is_stored {
            self.kept.set(until);
        }
        self.stored.set(until);
        if left(until, untrack(|| self.recording_limit())) == Left::Nothing {
            self.end(Recording::PartFull);
        }
    }

    /// ME6: how long a part may last in the project of this tab's draft.
    pub(super) fn recording_limit(self) -> Span {
        let project = self
            .draft
            .with(|draft| draft.as_ref().map(|draft| draft.origin.project));
        self.book.with(|book| {
            let project = project.and_then(|id| book.project(id));
            project.map_or(DEFAULT_LIMIT, Project::recording_limit)
        })
    }

    /// Ends what is being recorded, for the first reason given.
    fn end(self, because: Recording) {
        let first = SESSION.with_borrow_mut(|session| {
            let session = session.as_mut()?;
            let first = session.ends.is_none();
            session.ends.get_or_insert(because);
            first.then_some(())
        });
        if first.is_some() {
            self.recording.set(Recording::Closing);
            SESSION.with_borrow(|session| session.as_ref().map(|session| session.recorder.stop()));
        }
    }
}

/// The part becomes one of the draft, whatever the draft's page is doing.
async fn close(state: State) {
    let Some(session) = SESSION.take() else { return };
    let open = OpenClip {
        id: session.clip,
        media_type: session.media_type,
    };
    let closed = clips::close(&open).await;
    let soft = session.hearing.is_too_soft();
    let because = session.ends.unwrap_or(Recording::Interrupted);
    match closed {
        Ok(clip) => {
            let kept = keep_closed(state, session.story, open.id, clip, soft).await;
            let is_full = kept == Err(Trouble::Full);
            state
                .recording
                .set(if is_full { Recording::StorageFull } else { because });
            if let (false, Some(then)) = (is_full, session.then) {
                then();
            }
        }
        // It stays open in the draft: the next recording or the next visit closes it.
        Err(trouble) => state.recording.set(end_for(trouble)),
    }
    state.level.set(0.0);
    state.hint.set(None);
    CLOSED.with(Bell::ring);
}

/// Puts a closed part into its draft, in storage and on the screen. Whether it was put there now.
async fn keep_closed(
    state: State,
    story: StoryId,
    open: ClipId,
    clip: Option<Clip>,
    soft: bool,
) -> Result<bool, Trouble> {
    let is_new = |draft: &Draft| draft.clips.iter().chain(&draft.aside).all(|clip| clip.id != open);
    let Some(mut draft) = state.draft_of(story).filter(is_new) else {
        return Ok(false);
    };
    if draft.open.as_ref().is_some_and(|known| known.id == open) {
        draft.close(clip, soft);
    } else {
        // Another tab wrote the draft meanwhile: what was told is a part all the same.
        draft.clips.extend(clip);
    }
    state.remember_draft(&draft);
    if state.is_told_here(story) {
        state.draft.set(Some(draft.clone()));
    }
    if state.storage.get_untracked() == StorageKind::Kept {
        let kept = store::keep_draft(&draft).await;
        state.look_at_hand();
        if let Err(trouble) = kept {
            // It is in this page: the next pause in telling tries again.
            if state.is_told_here(story) {
                state.saved.set(Saved::Failed);
            }
            acts::storage_failed(state, trouble);
            return Err(trouble);
        }
        tabs::tell(tabs::Word::Drafts);
    }
    Ok(true)
}

/// Closes what a crash cut off (T10), and removes slices that no draft and no story names any more.
pub(super) async fn recover(phone: Phone) {
    let state = phone.state;
    let drafts = state.drafts.get_untracked();
    for draft in &drafts {
        if let Some(open) = draft.open.clone() {
            recover_part(phone, draft.id, open);
        }
    }
    if state.storage.get_untracked() == StorageKind::Kept {
        _ = sweep().await;
    }
}

/// Closes a part of a tab that is gone: at once, or when that tab goes. Not one that was closed meanwhile.
fn recover_part(phone: Phone, story: StoryId, open: OpenClip) {
    let state = phone.state;
    let left_fast = preferences::left_fast();
    lead(&lock(open.id), move || {
        let is_open = state.drafts.with_untracked(|drafts| {
            let named = |draft: &Draft| draft.open.as_ref().is_some_and(|known| known.id == open.id);
            drafts.iter().any(named)
        });
        if !is_open {
            return;
        }
        spawn_local(async move {
            let Ok(clip) = clips::close(&open).await else {
                return;
            };
            let lasts = clip.as_ref().map(Clip::lasts);
            let put = keep_closed(state, story, open.id, clip, false).await;
            // Who left fast finds it under "my stories" only: nothing shows it by itself.
            if let (Ok(true), Some(lasts), false) = (put, lasts, left_fast) {
                state.recovered.set(Some((story, lasts)));
                // Who comes back after a crash finds it at once, unless this tab is busy with another.
                if state.draft.with_untracked(Option::is_none) {
                    phone.open_draft(story);
                }
            }
        });
    });
}

/// Removes the bytes that nothing names. What is there is listed before what names it is read: a part is named before
/// its first slice is stored, so one that another tab begins meanwhile is never swept away.
async fn sweep() -> Result<(), Trouble> {
    let there = clips::stored().await?;
    store::sweep(&there).await
}
