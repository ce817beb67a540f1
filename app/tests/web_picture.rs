//! Photos and drawings in a real browser: what is kept of them, and what is not.
#![cfg(target_arch = "wasm32")]

mod support;

use app::{
    browser::{
        bytes::{Blob, Bytes},
        canvas::{Colour, Drawing, Point},
        picture::{LONGEST, Unreadable, encode},
    },
    phone::{
        clips,
        pictures::{Kept, NotKept},
    },
    watch::{Owner, RwSignal},
};
use domain::{
    clip::{CLIP_LIMIT, Clip, ClipKind},
    draft::Draft,
};
use support::{page, tell, until};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// What a camera writes beside the picture: how it was held (6: a quarter turn), by whom it was made, and where.
fn exif() -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        let mut entry = Vec::new();
        entry.extend(tag.to_be_bytes());
        entry.extend(kind.to_be_bytes());
        entry.extend(count.to_be_bytes());
        entry.extend(value.to_be_bytes());
        entry
    };
    // The picture's own directory: maker (10 letters, at 50), orientation, where the directory of places begins (62).
    tiff.extend(3u16.to_be_bytes());
    tiff.extend(entry(0x010f, 2, 11, 50));
    tiff.extend(entry(0x0112, 3, 1, 6 << 16));
    tiff.extend(entry(0x8825, 4, 1, 62));
    tiff.extend([0; 4]);
    tiff.extend(b"Camera1234\0\0");
    // 52 degrees 1 minute 43 seconds north, 5 degrees 10 minutes 6 seconds east: Houten.
    tiff.extend(4u16.to_be_bytes());
    tiff.extend(entry(1, 2, 2, u32::from(b'N') << 24));
    tiff.extend(entry(2, 5, 3, 116));
    tiff.extend(entry(3, 2, 2, u32::from(b'E') << 24));
    tiff.extend(entry(4, 5, 3, 140));
    tiff.extend([0; 4]);
    for number in [52u32, 1, 43, 5, 10, 6] {
        tiff.extend(number.to_be_bytes());
        tiff.extend(1u32.to_be_bytes());
    }
    let mut segment = b"\xff\xe1".to_vec();
    segment.extend((tiff.len() as u16 + 8).to_be_bytes());
    segment.extend(b"Exif\0\0");
    segment.extend(tiff);
    segment
}

async fn bytes_of(blob: &Blob) -> Vec<u8> {
    let bytes = blob.bytes().await.expect("the browser reads it");
    read(&bytes).await
}

/// Through a file of the browser, because our own memory never holds what the browser has.
async fn read(bytes: &Bytes) -> Vec<u8> {
    let url = app::browser::picture::Shown::new(&Blob::of(std::slice::from_ref(bytes), "").expect("a file"));
    let script = format!("fetch('{}').then((got) => got.arrayBuffer())", url.address());
    let got: js_sys::Promise = js_sys::eval(&script).expect("it runs").unchecked_into();
    js_sys::Uint8Array::new(&JsFuture::from(got).await.expect("it is there")).to_vec()
}

/// A picture as the browser draws and encodes it.
async fn drawn(width: u32, height: u32, draw: &str, media_type: &str) -> Vec<u8> {
    let script = format!(
        "(() => {{
           const canvas = new OffscreenCanvas({width}, {height});
           const on = canvas.getContext('2d');
           {draw};
           return canvas.convertToBlob({{ type: '{media_type}', quality: 0.9 }}).then((blob) => blob.arrayBuffer());
         }})()"
    );
    let made: js_sys::Promise = js_sys::eval(&script).expect("it runs").unchecked_into();
    js_sys::Uint8Array::new(&JsFuture::from(made).await.expect("it is drawn")).to_vec()
}

/// A photo as a phone makes it, lying on its side: left half red, right half blue, with where it was made.
async fn photo(width: u32, height: u32) -> Vec<u8> {
    let halves = format!(
        "on.fillStyle = '#c00'; on.fillRect(0, 0, {width} / 2, {height});
         on.fillStyle = '#00c'; on.fillRect({width} / 2, 0, {width} / 2, {height})"
    );
    let plain = drawn(width, height, &halves, "image/jpeg").await;
    let mut photo = plain[..2].to_vec();
    photo.extend(exif());
    photo.extend(&plain[2..]);
    photo
}

fn file(bytes: &[u8], media_type: &str) -> Blob {
    Blob::of(&[Bytes::new(bytes)], media_type).expect("a file")
}

fn has(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|part| part == what)
}

/// The width, the height, and the colours at the places (parts of width and height) of a picture.
async fn look(bytes: &Bytes, places: &[(f64, f64)]) -> ((u32, u32), Vec<[u8; 4]>) {
    let shown =
        app::browser::picture::Shown::new(&Blob::of(std::slice::from_ref(bytes), "image/*").expect("a file"));
    let script = format!(
        "fetch('{}').then((got) => got.blob()).then((blob) => createImageBitmap(blob)).then((picture) => {{
           const canvas = new OffscreenCanvas(picture.width, picture.height);
           const on = canvas.getContext('2d');
           on.drawImage(picture, 0, 0);
           const at = ([x, y]) => [...on.getImageData(x * picture.width, y * picture.height, 1, 1).data];
           return new Uint32Array([picture.width, picture.height, ...{places:?}.flatMap(at)]);
         }})",
        shown.address(),
        places = places.iter().map(|(x, y)| [*x, *y]).collect::<Vec<_>>()
    );
    let seen: js_sys::Promise = js_sys::eval(&script).expect("it runs").unchecked_into();
    let seen = js_sys::Uint32Array::new(&JsFuture::from(seen).await.expect("it is a picture")).to_vec();
    let colours = seen[2..]
        .chunks(4)
        .map(|colour| [colour[0] as u8, colour[1] as u8, colour[2] as u8, colour[3] as u8])
        .collect();
    ((seen[0], seen[1]), colours)
}

#[wasm_bindgen_test]
async fn what_a_camera_wrote_beside_the_picture_is_gone() {
    let photo = photo(640, 480).await;
    assert!(has(&photo, b"Exif\0\0") && has(&photo, b"Camera1234"));
    let place = [52u32.to_be_bytes(), 1u32.to_be_bytes(), 1u32.to_be_bytes()].concat();
    assert!(has(&photo, &place));

    let encoded = encode(&file(&photo, "image/jpeg")).await.expect("a photo");
    assert_eq!(encoded.media_type, "image/jpeg");
    let kept = read(&encoded.bytes).await;
    assert!(kept.starts_with(b"\xff\xd8\xff"), "it is a JPEG");
    for secret in [
        &b"Exif"[..],
        b"Camera1234",
        &place,
        b"GPS",
        b"\xff\xe1",
        b"xpacket",
        b"Photoshop",
    ] {
        assert!(!has(&kept, secret), "{secret:?} is still in it");
    }
}

#[wasm_bindgen_test]
async fn a_photo_stands_upright_and_fits() {
    // Held a quarter turn: what lies on its side in the file, red at the left, stands with red on top.
    let encoded = encode(&file(&photo(3_000, 1_500).await, "image/jpeg"))
        .await
        .expect("a photo");
    assert_eq!((encoded.width, encoded.height), (LONGEST / 2, LONGEST));
    let (size, colours) = look(&encoded.bytes, &[(0.5, 0.1), (0.5, 0.9)]).await;
    assert_eq!(size, (LONGEST / 2, LONGEST));
    let [top, bottom] = colours[..] else {
        panic!("two places")
    };
    assert!(top[0] > 150 && top[2] < 60, "red on top: {top:?}");
    assert!(bottom[2] > 150 && bottom[0] < 60, "blue below: {bottom:?}");

    let small = encode(&file(&photo(40, 20).await, "image/jpeg"))
        .await
        .expect("a photo");
    assert_eq!((small.width, small.height), (20, 40), "never larger than it was");
}

#[wasm_bindgen_test]
async fn what_is_see_through_gets_a_light_ground() {
    let clear = drawn(20, 20, "on.clearRect(0, 0, 20, 20)", "image/png").await;
    let encoded = encode(&file(&clear, "image/png")).await.expect("a picture");
    let (_, colours) = look(&encoded.bytes, &[(0.5, 0.5)]).await;
    assert_eq!(colours, [[255, 255, 255, 255]]);
}

#[wasm_bindgen_test]
async fn what_is_no_picture_is_said_to_be_none() {
    for (bytes, media_type) in [
        (&b"Dit is een verhaal."[..], "image/jpeg"),
        (b"", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image/jpeg"),
    ] {
        let encoded = encode(&file(bytes, media_type)).await.map(|photo| photo.width);
        assert_eq!(encoded, Err(Unreadable::NotAPicture), "{bytes:?}");
    }
    // A PNG that says of itself to be 20,000 by 20,000 is not even tried.
    let mut large = drawn(1, 1, "", "image/png").await;
    large[16..24].copy_from_slice(&[0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20]);
    let sum = crc(&large[12..29]);
    large[29..33].copy_from_slice(&sum.to_be_bytes());
    let encoded = encode(&file(&large, "image/png")).await.map(|photo| photo.width);
    assert_eq!(encoded, Err(Unreadable::TooLarge));
}

/// As in PNG.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 * (sum & 1))
        })
    })
}

fn stroke(drawing: &mut Drawing, colour: Colour, places: &[(f64, f64)]) {
    let mut places = places.iter().map(|(x, y)| Point::new(*x, *y));
    drawing.begin(colour, places.next().expect("a beginning"));
    drawing.reach(places);
    drawing.end();
}

#[wasm_bindgen_test]
async fn a_drawing_after_a_step_back_is_the_one_without_that_stroke() {
    let mut drawing = Drawing::default();
    stroke(&mut drawing, Colour::Ink, &[(0.1, 0.5), (0.5, 0.5), (0.9, 0.5)]);
    stroke(&mut drawing, Colour::Woad, &[(0.5, 0.9)]);
    let before = read(&drawing.png().await.expect("a file")).await;
    stroke(&mut drawing, Colour::Madder, &[(0.2, 0.1), (0.2, 0.9)]);
    let more = read(&drawing.png().await.expect("a file")).await;
    assert_ne!(before, more);
    assert!(drawing.step_back());
    let png = drawing.png().await.expect("a file");
    assert_eq!(read(&png).await, before);

    let (size, colours) = look(&png, &[(0.4, 0.5), (0.5, 0.9), (0.2, 0.2)]).await;
    assert!(size.0 == size.1 && size.0 <= LONGEST);
    assert_eq!(
        colours,
        [
            [0x2b, 0x20, 0x33, 255],
            [0x1f, 0x5c, 0x7a, 255],
            [0xff, 0xfe, 0xfd, 255]
        ],
        "ink, a dot of woad, and the light ground where madder was"
    );
}

fn pictures(phone: app::phone::Phone) -> Vec<Clip> {
    let draft = phone.draft.get_untracked();
    draft.map_or_else(Vec::new, |draft| draft.clips)
}

/// The draft as it lies in storage.
async fn stored(draft: &Draft) -> Option<Draft> {
    let script = format!(
        "new Promise((resolve) => {{
           const opening = indexedDB.open('vertelpunt');
           opening.onsuccess = () => {{
             const asked = opening.result.transaction('drafts').objectStore('drafts').get('{}');
             asked.onsuccess = () => {{ opening.result.close(); resolve(asked.result); }};
           }};
         }})",
        draft.id
    );
    let asked: js_sys::Promise = js_sys::eval(&script).expect("it runs").unchecked_into();
    let text = JsFuture::from(asked).await.ok()?.as_string()?;
    app::json::from_str(&text).ok()
}

#[wasm_bindgen_test]
async fn a_photo_is_kept_with_its_draft_removed_and_brought_back() {
    let phone = page().await;
    tell(phone, "").await;
    phone
        .add_photo(file(&photo(64, 32).await, "image/jpeg"))
        .await
        .expect("it is kept");
    let [clip] = &pictures(phone)[..] else {
        panic!("one picture")
    };
    assert_eq!(
        (clip.kind, clip.millis, clip.check()),
        (ClipKind::Photo, 0, Ok(()))
    );
    // What is stored is what the draft says, byte for byte, in the moment it is on the screen.
    let draft = phone.draft.get_untracked().expect("a draft");
    assert_eq!(
        stored(&draft).await.map(|draft| draft.clips),
        Some(vec![clip.clone()])
    );
    let blob = phone.picture(clip).await.expect("its bytes");
    let bytes = bytes_of(&blob).await;
    assert_eq!(
        (bytes.len() as u64, domain::Sha256::of(&bytes)),
        (clip.length, clip.sha256)
    );
    assert!(!has(&bytes, b"Exif"));

    phone.say_of_picture(clip.id, "Een rood en een blauw vlak.".to_owned());
    let said = pictures(phone);
    let removed = phone.remove_picture(clip.id).await.expect("it was there");
    assert!(pictures(phone).is_empty());
    assert!(
        clips::slices(clip.id).await.expect("storage reads").is_empty(),
        "its bytes are gone at once"
    );
    assert_eq!(stored(&draft).await.map(|draft| draft.clips), Some(Vec::new()));
    phone.bring_picture_back(removed).await.expect("it is kept");
    assert_eq!(pictures(phone), said, "with what was said of it");
    assert!(phone.picture(clip).await.is_some());

    let refused = phone.add_photo(file(b"geen foto", "image/jpeg")).await;
    assert_eq!(refused, Err(NotKept::NotAPicture));
    phone.edit(|draft| draft.clips = vec![draft.clips[0].clone(); CLIP_LIMIT]);
    let refused = phone.add_photo(file(&photo(8, 8).await, "image/jpeg")).await;
    assert_eq!(refused, Err(NotKept::TooMany));
}

#[wasm_bindgen_test]
async fn p6_a_full_phone_keeps_what_there_was_and_says_so() {
    let phone = page().await;
    tell(phone, "Er was al iets.").await;
    let photo = photo(64, 32).await;
    phone
        .add_photo(file(&photo, "image/jpeg"))
        .await
        .expect("it is kept");
    let before = pictures(phone);
    support::script(
        "window.realPut = IDBObjectStore.prototype.put;
         IDBObjectStore.prototype.put = function (...what) {
           if (this.name === 'slices') throw new DOMException('vol', 'QuotaExceededError');
           return window.realPut.apply(this, what);
         };",
    );
    let refused = phone.add_photo(file(&photo, "image/jpeg")).await;
    support::script("IDBObjectStore.prototype.put = window.realPut;");
    assert_eq!(refused, Err(NotKept::Full));
    assert_eq!(pictures(phone), before);
    let draft = phone.draft.get_untracked().expect("a draft");
    assert_eq!(stored(&draft).await.map(|draft| draft.clips), Some(before));
}

#[wasm_bindgen_test]
async fn a_drawing_is_one_picture_from_its_first_stroke_on() {
    let phone = page().await;
    tell(phone, "").await;
    let owner = Owner::new();
    let kept = owner.with(|| RwSignal::new(Kept::Kept));
    let keep = move || {
        phone.paper_changed();
        phone.keep_papers(kept);
    };
    phone.take_paper();
    phone.on_paper(|drawing| stroke(drawing, Colour::Ink, &[(0.1, 0.1), (0.9, 0.9)]));
    keep();
    until(|| kept.get_untracked() == Kept::Kept).await;
    let [first] = &pictures(phone)[..] else {
        panic!("one picture")
    };
    assert_eq!((first.kind, first.check()), (ClipKind::Drawing, Ok(())));
    phone.say_of_picture(first.id, "Een streep.".to_owned());

    // Strokes in a row: the last one counts, and it stays the same picture with the same words.
    for x in [0.2, 0.4, 0.6] {
        phone.on_paper(|drawing| stroke(drawing, Colour::Woad, &[(x, 0.1), (x, 0.9)]));
        keep();
    }
    until(|| kept.get_untracked() == Kept::Kept).await;
    let [second] = &pictures(phone)[..] else {
        panic!("one picture")
    };
    assert_eq!(
        (second.id, second.words.as_deref()),
        (first.id, Some("Een streep."))
    );
    assert_ne!(second.sha256, first.sha256);
    let png = phone
        .on_paper(|drawing| drawing.clone())
        .expect("a paper")
        .png()
        .await
        .expect("a file");
    assert_eq!(png.sha256().await, second.sha256);
    let blob = phone.picture(second).await.expect("its bytes");
    assert_eq!(
        blob.bytes().await.expect("readable").sha256().await,
        second.sha256
    );

    // Another paper is another picture, and one can go back to the first.
    phone.take_paper();
    phone.on_paper(|drawing| stroke(drawing, Colour::Madder, &[(0.5, 0.5)]));
    keep();
    until(|| kept.get_untracked() == Kept::Kept).await;
    assert_eq!(pictures(phone).len(), 2);
    assert!(phone.can_draw_on(first.id) && phone.take_drawing(first.id));
    assert_eq!(phone.on_paper(|drawing| drawing.step_back()), Some(true));

    // A paper without a stroke is no picture.
    while phone.on_paper(Drawing::step_back) == Some(true) {}
    keep();
    until(|| kept.get_untracked() == Kept::Kept).await;
    assert_eq!(pictures(phone).len(), 1);
    assert!(clips::slices(first.id).await.expect("storage reads").is_empty());
}
