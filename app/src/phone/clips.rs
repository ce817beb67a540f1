//! The bytes of clips, kept slice by slice under `{clip}/{number}`: beside the drafts and stories that name them, never
//! in them.
//!
//! Where there is no storage (P8) they live in memory. Nobody records before it is known whether there is any: a draft
//! needs a project, and that is in storage.
//!
//! What is put there in this visit stays at hand in memory as well, as long as its draft is worked on (ten minutes of
//! sound are 2.4 MB). So storage that fails in the middle of a visit loses nothing within it: what is at hand is heard
//! and sent from there, and what storage does not have yet goes along with the next thing that is written (ME10).

use super::store::{self, SLICES};
use crate::browser::{
    bytes::{Blob, Bytes},
    indexed_db::{Piece, Trouble, Write},
    promise,
};
use domain::{
    clip::{Clip, ClipKind},
    draft::OpenClip,
    id::ClipId,
    recording::{Slice, whole},
    time::Span,
};
use std::cell::RefCell;

/// A piece at hand.
struct AtHand {
    key: String,
    piece: Piece,
    /// Storage has it too.
    is_stored: bool,
}

thread_local! {
    /// In the order of their names.
    static MEMORY: RefCell<Vec<AtHand>> = const { RefCell::new(Vec::new()) };
}

/// Keeps one slice, in a transaction of its own: once this returns it is on the phone, whatever happens next. What
/// storage could not take before goes along.
///
/// # Errors
/// [`Trouble::Full`]: then there is nothing of the slice. When storage fails otherwise, the slice is at hand in this
/// page, and storage is offered it again with what is written next.
pub async fn keep_slice(clip: ClipId, number: u32, until: Span, bytes: Bytes) -> Result<(), Trouble> {
    let slice = slice(clip, number, until, bytes).await;
    let written = write(std::slice::from_ref(&slice)).await;
    if matches!(written, Err(trouble) if trouble != Trouble::Full) {
        hold(&slice);
    }
    written
}

/// Has a slice at hand that storage cannot take yet: nothing names its clip there.
pub(super) async fn hold_slice(clip: ClipId, number: u32, until: Span, bytes: Bytes) {
    hold(&slice(clip, number, until, bytes).await);
}

fn hold(slice: &Write) {
    MEMORY.with_borrow_mut(|memory| remember(memory, slice, false));
}

/// Whether everything that was recorded in this visit is in storage.
pub(super) fn all_is_stored() -> bool {
    MEMORY.with_borrow(|memory| memory.iter().all(|piece| piece.is_stored))
}

/// `writes`, and before them what is at hand and not in storage: it goes along with whatever is written next.
pub(super) fn with_unstored(writes: &[Write]) -> Vec<Write> {
    let as_write = |AtHand { key, piece, .. }: &AtHand| Write::PutPiece {
        store: SLICES,
        key: key.clone(),
        piece: piece.clone(),
    };
    MEMORY.with_borrow(|memory| {
        let missing = memory.iter().filter(|piece| !piece.is_stored).map(as_write);
        missing.chain(writes.iter().cloned()).collect()
    })
}

/// Nobody works on it any more: what is in storage is read from there. What is not stays at hand.
pub fn put_away() {
    MEMORY.with_borrow_mut(|memory| memory.retain(|piece| !piece.is_stored));
}

async fn slice(clip: ClipId, number: u32, until: Span, bytes: Bytes) -> Write {
    Write::PutPiece {
        store: SLICES,
        key: key(clip, number),
        piece: Piece {
            number,
            until,
            sum: bytes.sha256().await,
            bytes,
        },
    }
}

/// Keeps a clip that comes in one: a picture.
///
/// # Errors
/// When storage fails; then nothing of it is kept.
pub async fn keep_whole(clip: ClipId, bytes: Bytes) -> Result<(), Trouble> {
    keep_slice(clip, 0, Span(0), bytes).await
}

/// The same as part of another transaction; see [`write`].
pub(super) async fn with_whole(clip: ClipId, bytes: Bytes) -> Write {
    slice(clip, 0, Span(0), bytes).await
}

/// What is there of a clip.
///
/// # Errors
/// When storage fails.
pub async fn slices(clip: ClipId) -> Result<Vec<Slice>, Trouble> {
    Ok(checked(&pieces(&rows(clip).await?)).await)
}

/// Makes a recording that has ended, however it ended, a clip (ME3). `None` when there is nothing whole of it.
///
/// # Errors
/// When storage fails; it can be closed later.
pub async fn close(open: &OpenClip) -> Result<Option<Clip>, Trouble> {
    close_as(open, ClipKind::Sound).await
}

/// Makes what is kept of a clip of any kind a clip. Its slices stay as they are: they are played and sent from there.
/// What is torn or comes after a gap is removed.
///
/// # Errors
/// When storage fails; it can be closed later.
pub async fn close_as(open: &OpenClip, kind: ClipKind) -> Result<Option<Clip>, Trouble> {
    let rows = rows(open.id).await?;
    let pieces = pieces(&rows);
    let (good, lasts) = whole(&checked(&pieces).await);
    let torn: Vec<Write> = rows[good..]
        .iter()
        .map(|(key, _)| Write::Delete {
            store: SLICES,
            key: key.clone(),
        })
        .collect();
    if !torn.is_empty() {
        // They do not count, so it is no matter when this fails.
        _ = write(&torn).await;
    }
    if good == 0 {
        return Ok(None);
    }
    let bytes = Bytes::joined(&bytes_of(&pieces[..good]));
    Ok(Some(Clip {
        id: open.id,
        kind,
        media_type: open.media_type.clone(),
        length: bytes.length(),
        millis: u32::try_from(lasts.0).unwrap_or(0),
        sha256: bytes.sha256().await,
        words: None,
    }))
}

/// Everything whole of a clip, to play it or to save it as a file. `None` when there is nothing, or storage fails.
pub async fn blob(clip: ClipId, media_type: &str) -> Option<Blob> {
    let pieces = pieces(&rows(clip).await.ok()?);
    let (good, _) = whole(&checked(&pieces).await);
    let bytes = bytes_of(&pieces[..good]);
    (good > 0).then(|| Blob::of(&bytes, media_type))?
}

/// Removes a clip.
///
/// # Errors
/// When storage fails.
pub async fn remove(clip: ClipId) -> Result<(), Trouble> {
    write(&[without(clip)]).await
}

/// Every clip of which there is something.
///
/// # Errors
/// When storage fails.
pub async fn stored() -> Result<Vec<ClipId>, Trouble> {
    let keys = match store::database() {
        Ok(database) => database.keys(SLICES).await?,
        Err(_) => MEMORY.with_borrow(|memory| memory.iter().map(|piece| piece.key.clone()).collect()),
    };
    let mut clips: Vec<ClipId> = keys
        .iter()
        .filter_map(|key| key.split('/').next()?.parse().ok())
        .collect();
    clips.dedup();
    Ok(clips)
}

/// Removes the clips of `stored` that `keep` does not name.
///
/// `stored` must have been asked before drafts and stories were read for `keep`: a draft names a part before its first
/// slice is kept, so what was there then is named now, also when another tab began to record it meanwhile.
///
/// # Errors
/// When storage fails; nothing is removed then.
pub async fn sweep(stored: &[ClipId], keep: &[ClipId]) -> Result<(), Trouble> {
    let gone: Vec<Write> = stored
        .iter()
        .filter(|clip| !keep.contains(clip))
        .map(|clip| without(*clip))
        .collect();
    if gone.is_empty() {
        return Ok(());
    }
    write(&gone).await
}

/// At most `most` whole pieces of a clip, from this number on. Fewer where nothing follows, or what follows is torn.
///
/// # Errors
/// When storage fails.
pub(super) async fn some(clip: ClipId, number: u32, most: u32) -> Result<Vec<Piece>, Trouble> {
    let found: Vec<Piece> = if let Ok(database) = store::database() {
        let names = (&*prefix(clip), &*key(clip, number));
        let rows = database.pieces_from(SLICES, names, most).await?;
        rows.into_iter().map_while(|piece| piece).collect()
    } else {
        let all = pieces(&rows(clip).await?);
        all.into_iter().filter(|piece| piece.number >= number).collect()
    };
    let is_next = |(slice, expected): (&Slice, u32)| slice.number == expected && slice.is == slice.stored_as;
    let good = checked(&found)
        .await
        .iter()
        .zip(number..)
        .take_while(|pair| is_next(*pair))
        .count();
    Ok(found.into_iter().take(good).collect())
}

/// How many bytes the phone has room for, as the browser estimates it; `None` when it does not say.
pub async fn room() -> Option<u64> {
    let room = promise::estimate().await?;
    Some((room.limit - room.used) as u64)
}

fn key(clip: ClipId, number: u32) -> String {
    [prefix(clip), format!("{number:08}")].concat()
}

fn prefix(clip: ClipId) -> String {
    [&clip.to_string(), "/"].concat()
}

/// Removes a clip, as part of another transaction; see [`write`].
pub(super) fn without(clip: ClipId) -> Write {
    Write::DeleteAll {
        store: SLICES,
        prefix: prefix(clip),
    }
}

/// The readable pieces of `rows`, up to the first that is not.
fn pieces(rows: &[(String, Option<Piece>)]) -> Vec<Piece> {
    rows.iter().map_while(|(_, piece)| piece.clone()).collect()
}

fn bytes_of(pieces: &[Piece]) -> Vec<Bytes> {
    pieces.iter().map(|piece| piece.bytes.clone()).collect()
}

/// Holds what is there against the checksums it came with.
async fn checked(pieces: &[Piece]) -> Vec<Slice> {
    // Ten minutes are 1,200 slices: the browser works on all of them at once.
    let sums: Vec<_> = pieces.iter().map(|piece| piece.bytes.begin_sha256()).collect();
    let mut slices = Vec::new();
    for (piece, sum) in pieces.iter().zip(sums) {
        slices.push(Slice {
            number: piece.number,
            until: piece.until,
            stored_as: piece.sum,
            is: sum.await,
        });
    }
    slices
}

/// What storage has of a clip, and what it does not have yet; where it fails, all that is at hand.
async fn rows(clip: ClipId) -> Result<Vec<(String, Option<Piece>)>, Trouble> {
    let prefix = prefix(clip);
    let stored = match store::database() {
        Ok(database) => database.pieces(SLICES, &prefix).await,
        // What was stored before storage went is not gone, only out of reach.
        Err(trouble) if store::was_there() => Err(trouble),
        Err(_) => Ok(Vec::new()),
    };
    let fails = stored.is_err();
    let near: Vec<(String, Option<Piece>)> = MEMORY.with_borrow(|memory| {
        let mine = memory.iter().filter(|piece| piece.key.starts_with(&prefix));
        mine.filter(|piece| fails || !piece.is_stored)
            .map(|near| (near.key.clone(), Some(near.piece.clone())))
            .collect()
    });
    let mut rows = match stored {
        Err(trouble) if near.is_empty() => return Err(trouble),
        // All of a clip that was made in this visit is at hand.
        Err(_) => Vec::new(),
        Ok(rows) => rows,
    };
    rows.retain(|(key, _)| near.iter().all(|(known, _)| known != key));
    for near in near {
        let place = rows.partition_point(|(key, _)| *key < near.0);
        rows.insert(place, near);
    }
    Ok(rows)
}

/// Writes in one transaction, with every piece that storage could not take before; in memory only what concerns clips.
///
/// # Errors
/// When storage fails; then nothing of it is written.
pub(super) async fn write(writes: &[Write]) -> Result<(), Trouble> {
    if let Ok(database) = store::database() {
        let all = with_unstored(writes);
        database.write(None, &all).await?;
        wrote(&all);
    } else {
        MEMORY.with_borrow_mut(|memory| writes.iter().for_each(|write| remember(memory, write, false)));
    }
    Ok(())
}

/// These are in storage now.
pub(super) fn wrote(writes: &[Write]) {
    MEMORY.with_borrow_mut(|memory| writes.iter().for_each(|write| remember(memory, write, true)));
}

fn remember(memory: &mut Vec<AtHand>, write: &Write, is_stored: bool) {
    match write {
        Write::PutPiece { key, piece, .. } => {
            memory.retain(|known| known.key != *key);
            let place = memory.partition_point(|known| known.key < *key);
            let near = AtHand {
                key: key.clone(),
                piece: piece.clone(),
                is_stored,
            };
            memory.insert(place, near);
        }
        Write::DeleteAll { prefix, .. } => memory.retain(|piece| !piece.key.starts_with(prefix)),
        Write::Delete { key, .. } => memory.retain(|piece| piece.key != *key),
        Write::Put { .. } => {}
    }
}
