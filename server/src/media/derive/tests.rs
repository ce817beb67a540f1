//! Derivatives of what ffmpeg makes, looked at by ffmpeg again; and of what nobody should send.

use super::{Claim, Failed, LASTS_LIMIT, derive};
use domain::clip::{ClipKind, Measured, PEAK_LIMIT};
use image::{DynamicImage, ImageFormat};
use std::io::Cursor;
use std::path::Path;
use std::process::Command;

const CANARY: &str = "kanarie";

fn claim(kind: ClipKind, media_type: &str) -> Claim {
    Claim {
        kind,
        media_type: media_type.to_owned(),
    }
}

fn derived(kind: ClipKind, media_type: &str, original: &[u8]) -> Result<(Measured, Vec<u8>), Failed> {
    let mut out = Vec::new();
    let measured = derive(&claim(kind, media_type), Cursor::new(original.to_vec()), &mut out)?;
    assert_eq!(measured.length, out.len() as u64);
    Ok((measured, out))
}

fn refused(kind: ClipKind, media_type: &str, original: &[u8]) -> bool {
    matches!(derived(kind, media_type, original), Err(Failed::Refused(_)))
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

/// What a program says; the test ring installs ffmpeg.
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(["-v", "error"])
        .args(arguments)
        .output()
        .expect("the test ring has ffmpeg");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {stderr}");
    assert_eq!(stderr, "", "{program} {arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Eleven seconds of a tone that comes and goes, as `encoding` has it, with tags that nobody should get.
fn recorded(folder: &Path, name: &str, encoding: &str) -> Vec<u8> {
    let path = folder.join(name);
    let tone = "sine=frequency=330:sample_rate=48000:duration=11,tremolo=f=0.5:d=1";
    let tags = [
        "-metadata",
        "title=kanarie",
        "-metadata",
        "artist=kanarie",
        "-metadata",
        "location=+52.0+5.1kanarie/",
        "-metadata:s:a:0",
        "handler_name=kanarie",
        "-metadata",
        "creation_time=2026-11-22T10:00:00Z",
    ];
    let mut arguments = vec!["-y", "-f", "lavfi", "-i", tone];
    arguments.extend(tags);
    arguments.extend(encoding.split(' '));
    arguments.push(path.to_str().unwrap());
    run("ffmpeg", &arguments);
    std::fs::read(path).unwrap()
}

/// The MD5 of what one hears from a file, from a moment on.
fn heard(path: &Path, from: &str) -> String {
    let path = path.to_str().unwrap();
    run("ffmpeg", &["-ss", from, "-i", path, "-f", "md5", "-"])
}

/// Every sample one hears from a file.
fn samples(path: &Path) -> Vec<u8> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i", path.to_str().unwrap(), "-f", "s16le", "-"])
        .output()
        .unwrap();
    assert!(output.status.success());
    output.stdout
}

fn probed(path: &Path, entries: &str) -> String {
    let path = path.to_str().unwrap();
    let said = run(
        "ffprobe",
        &[
            "-show_entries",
            entries,
            "-of",
            "default=noprint_wrappers=1:nokey=1",
            path,
        ],
    );
    said.trim().to_owned()
}

#[test]
fn de2_a_recording_lasts_can_be_sought_and_sounds_as_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        (
            "live.webm",
            "audio/webm;codecs=opus",
            "-c:a libopus -b:a 32k -live 1",
        ),
        (
            "slow.webm",
            "audio/webm;codecs=opus",
            "-c:a libopus -b:a 12k -frame_duration 60",
        ),
        (
            "plain.ogg",
            "audio/ogg; codecs=opus",
            "-c:a libopus -b:a 64k -ac 2",
        ),
        (
            "opus.mp4",
            "audio/mp4;codecs=opus",
            "-c:a libopus -b:a 32k -movflags +frag_keyframe+empty_moov -frag_duration 500000",
        ),
        (
            "aac.mp4",
            "audio/mp4",
            "-c:a aac -b:a 64k -movflags +frag_keyframe+empty_moov -frag_duration 500000",
        ),
        (
            "stereo.mp4",
            "audio/mp4;codecs=mp4a.40.2",
            "-c:a aac -ac 2 -ar 44100 -b:a 96k",
        ),
    ];
    for (name, media_type, encoding) in cases {
        let original = recorded(folder.path(), name, encoding);
        assert!(holds(&original, CANARY), "{name} has tags to lose");
        let (measured, bytes) = derived(ClipKind::Sound, media_type, &original).unwrap();
        assert!(
            (10_980..=11_070).contains(&measured.millis),
            "{name}: {}",
            measured.millis
        );
        assert_eq!(
            measured.media_type.split(';').next(),
            media_type.split(';').next()
        );
        assert_eq!(
            (measured.peaks.len(), measured.pixels),
            (PEAK_LIMIT, None),
            "{name}"
        );
        // The tone is loudest and softest where it was made so: it comes and goes every two seconds.
        let (softest, loudest) = (measured.peaks.iter().min(), measured.peaks.iter().max());
        assert!(
            softest < Some(&120) && loudest > Some(&150),
            "{name}: {softest:?} {loudest:?}"
        );
        assert!(
            !holds(&bytes, CANARY) && !holds(&bytes, "Lavf") && !holds(&bytes, "udta"),
            "{name}"
        );
        let clean = folder.path().join(format!("clean-{name}"));
        std::fs::write(&clean, &bytes).unwrap();
        let lasts: f64 = probed(&clean, "format=duration").parse().unwrap();
        assert!(
            (lasts - f64::from(measured.millis) / 1_000.0).abs() < 0.05,
            "{name}: {lasts}"
        );
        let tags = probed(&clean, "format_tags:stream_tags");
        let known = [
            "isom",
            "512",
            "isomiso2mp41",
            "und",
            "vertelpunt",
            "[0][0][0][0]",
            "",
        ];
        let unknown: Vec<_> = tags.lines().filter(|tag| !known.contains(tag)).collect();
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
        if name != "aac.mp4" && name != "stereo.mp4" {
            // What an encoder adds to fill its last packet may be heard at the end: a few hundredths of silence.
            let (was, is) = (samples(&folder.path().join(name)), samples(&clean));
            let same = was.len().min(is.len());
            assert!(
                was.len().abs_diff(is.len()) < 20_000,
                "{name}: {} {}",
                was.len(),
                is.len()
            );
            assert!(same > 1_000_000 && was[..same] == is[..same], "{name}");
        }
        assert!(heard(&clean, "8").contains("MD5="), "{name}");
        let seconds = probed(&clean, "packet=pts_time");
        assert!(seconds.lines().count() > 100, "{name}");
        // Deriving from a derivative changes nothing any more.
        assert_eq!(
            derived(ClipKind::Sound, &measured.media_type, &bytes).unwrap(),
            (measured, bytes),
            "{name}"
        );
    }
}

#[test]
fn de2_a_recording_cut_off_by_a_crash_is_heard_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    for (name, media_type, encoding) in [
        ("cut.webm", "audio/webm", "-c:a libopus -b:a 32k -live 1"),
        (
            "cut.mp4",
            "audio/mp4",
            "-c:a aac -movflags +frag_keyframe+empty_moov -frag_duration 500000",
        ),
        ("cut.ogg", "audio/ogg", "-c:a libopus -page_duration 500000"),
    ] {
        let original = recorded(folder.path(), name, encoding);
        let half = &original[..original.len() / 2 + 37];
        let (measured, bytes) = derived(ClipKind::Sound, media_type, half).unwrap();
        assert!(
            (4_400..=6_500).contains(&measured.millis),
            "{name}: {}",
            measured.millis
        );
        let clean = folder.path().join(format!("clean-{name}"));
        std::fs::write(&clean, bytes).unwrap();
        assert!(heard(&clean, "2").contains("MD5="), "{name}");
    }
}

#[test]
fn de1_what_is_not_what_it_says_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let webm = recorded(folder.path(), "a.webm", "-c:a libopus");
    let vorbis = recorded(folder.path(), "b.ogg", "-c:a libvorbis");
    let wav = recorded(folder.path(), "c.wav", "-c:a pcm_s16le");
    let flac = recorded(folder.path(), "d.mp4", "-c:a flac -strict -2");
    let png = encoded(&DynamicImage::new_rgb8(20, 10), ImageFormat::Png);
    let jpeg = encoded(&DynamicImage::new_rgb8(20, 10), ImageFormat::Jpeg);
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let gif = b"GIF89a/*\x01\x00\x01\x00\x00\x00\x00;*/=1;alert(document.domain)//";
    let html = b"<!doctype html><script>alert(1)</script>";
    let pdf = b"%PDF-1.7\n1 0 obj<<>>endobj\nPK\x03\x04trailer";
    let zip = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let strangers: [&[u8]; 9] = [svg, gif, html, pdf, zip, b"", b"\0", &[0; 4_096], &[255; 4_096]];
    for media_type in ["audio/webm", "audio/mp4", "audio/ogg"] {
        for stranger in strangers
            .iter()
            .copied()
            .chain([&*png, &*jpeg, &*vorbis, &*wav, &*flac])
        {
            assert!(refused(ClipKind::Sound, media_type, stranger), "{media_type}");
        }
    }
    assert!(refused(ClipKind::Sound, "audio/mp4", &webm) && refused(ClipKind::Sound, "audio/ogg", &webm));
    for kind in [ClipKind::Photo, ClipKind::Drawing] {
        for media_type in [
            "image/jpeg",
            "image/png",
            "image/webp",
            "image/svg+xml",
            "image/gif",
            "text/html",
            "",
        ] {
            for stranger in strangers.iter().copied().chain([&*webm, &*wav]) {
                assert!(refused(kind, media_type, stranger), "{media_type}");
            }
        }
    }
    assert!(refused(ClipKind::Photo, "image/jpeg", &png));
    assert!(refused(ClipKind::Drawing, "image/png", &jpeg));
    // Half of a picture is none; of a photo one sees as much as there is, as in a browser.
    let noise = DynamicImage::ImageRgb8(image::RgbImage::from_fn(64, 64, |x, y| {
        image::Rgb([((x * 37) ^ (y * 91)) as u8, (x * y) as u8, (x ^ y) as u8])
    }));
    for (kind, media_type, format) in PICTURES {
        let whole = encoded(&noise, format);
        assert!(derived(kind, media_type, &whole).is_ok());
        let half = &whole[..whole.len() / 2];
        assert_eq!(
            refused(kind, media_type, half),
            format != ImageFormat::Jpeg,
            "half of {media_type}"
        );
        assert!(
            refused(kind, media_type, &whole[..20]),
            "the beginning of {media_type}"
        );
    }
}

const PICTURES: [(ClipKind, &str, ImageFormat); 4] = [
    (ClipKind::Photo, "image/jpeg", ImageFormat::Jpeg),
    (ClipKind::Photo, "image/webp", ImageFormat::WebP),
    (ClipKind::Drawing, "image/png", ImageFormat::Png),
    (ClipKind::Drawing, "image/webp", ImageFormat::WebP),
];

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG as a camera writes it: held upright, with a place, a comment, an XMP packet, and bytes behind its end.
fn from_a_camera(picture: &DynamicImage) -> Vec<u8> {
    let plain = encoded(picture, ImageFormat::Jpeg);
    let segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker][..], &length, content].concat()
    };
    // TIFF, little-endian: one directory with the orientation "turn it by a quarter" and a text.
    let exif = [
        b"Exif\0\0II*\0\x08\0\0\0\x02\0".as_slice(),
        &[0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0],
        &[0x0e, 0x01, 2, 0, 20, 0, 0, 0, 38, 0, 0, 0],
        &[0; 4],
        b"kanarie N52.0 E5.1 \0",
    ]
    .concat();
    [
        &plain[..2],
        &segment(0xe1, &exif),
        &segment(
            0xe1,
            b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>kanarie</x:xmpmeta>",
        ),
        &segment(0xe2, b"ICC_PROFILE\0\x01\x01kanarie"),
        &segment(0xfe, b"kanarie"),
        &plain[2..],
        b"PK\x03\x04kanarie<script>",
    ]
    .concat()
}

#[test]
fn de3_nothing_of_camera_or_place_is_left_of_a_picture() {
    let wide = DynamicImage::ImageRgb8(image::RgbImage::from_fn(40, 20, |x, _| {
        image::Rgb(if x < 20 { [255, 0, 0] } else { [0, 0, 255] })
    }));
    let camera = from_a_camera(&wide);
    assert!(holds(&camera, CANARY) && holds(&camera, "Exif"));
    let (measured, bytes) = derived(ClipKind::Photo, "image/jpeg", &camera).unwrap();
    for word in [CANARY, "Exif", "xmp", "ICC_PROFILE", "PK", "script"] {
        assert!(!holds(&bytes, word), "{word}");
    }
    assert_eq!(measured.media_type, "image/jpeg");
    assert_eq!(measured.pixels, Some((20, 40)), "turned as the camera was held");
    let seen = image::load_from_memory(&bytes).unwrap().into_rgb8();
    assert!(seen.get_pixel(10, 2).0[0] > 200 && seen.get_pixel(10, 38).0[2] > 200);

    // A text chunk of PNG, and one more behind the end.
    let mut png = encoded(&DynamicImage::new_rgba8(8, 8), ImageFormat::Png);
    png.extend(b"<script>kanarie");
    let (measured, bytes) = derived(ClipKind::Drawing, "image/png", &png).unwrap();
    assert!(!holds(&bytes, CANARY));
    assert_eq!(
        (measured.media_type.as_str(), measured.pixels),
        ("image/png", Some((8, 8)))
    );
}

#[test]
fn de3_a_drawing_stays_transparent_and_a_photo_lies_on_white() {
    let clear = encoded(&DynamicImage::new_rgba8(8, 8), ImageFormat::WebP);
    let (measured, bytes) = derived(ClipKind::Drawing, "image/webp", &clear).unwrap();
    assert_eq!(measured.media_type, "image/png");
    assert_eq!(
        image::load_from_memory(&bytes)
            .unwrap()
            .into_rgba8()
            .get_pixel(1, 1)
            .0[3],
        0
    );
    let (measured, bytes) = derived(ClipKind::Photo, "image/webp", &clear).unwrap();
    assert_eq!(measured.media_type, "image/jpeg");
    assert!(
        image::load_from_memory(&bytes)
            .unwrap()
            .into_rgb8()
            .get_pixel(1, 1)
            .0
            .iter()
            .all(|c| *c > 250)
    );
}

/// A PNG of these measures whose pixels are a run of zeros, a thousandth of their size.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().unwrap();
    let mut stream = writer.stream_writer().unwrap();
    let row = vec![0; width.div_ceil(8) as usize];
    (0..height).for_each(|_| std::io::Write::write_all(&mut stream, &row).unwrap());
    stream.finish().unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn de4_pixel_floods_and_bombs_are_refused() {
    let flood = bomb(16_000, 16_000);
    assert!(flood.len() < 200_000, "{}", flood.len());
    assert!(refused(ClipKind::Drawing, "image/png", &flood));
    assert!(refused(ClipKind::Drawing, "image/png", &bomb(100_000, 10)));
    assert!(derived(ClipKind::Drawing, "image/png", &bomb(4_096, 4_096)).is_ok());
}

/// Ogg with packets of one byte, each of which says it is 120 ms of silence.
fn endless(seconds: u64) -> Vec<u8> {
    use super::{opus::Head, sound};
    let head = Head {
        channels: 1,
        pre_skip: 0,
        gain: 0,
    };
    let packets = (0..seconds * 25 / 3).map(|_| (vec![0b0001_1011, 2], 5_760));
    let sound = sound::Sound::of(sound::Codec::Opus(head), packets);
    let mut bytes = Vec::new();
    super::ogg::write(&sound, head, &mut bytes).unwrap();
    bytes
}

#[test]
fn de4_a_day_of_silence_is_refused_after_an_hour() {
    let hour = endless(LASTS_LIMIT - 60);
    let (measured, _) = derived(ClipKind::Sound, "audio/ogg", &hour).unwrap();
    assert_eq!(
        (u64::from(measured.millis), measured.peaks.iter().max()),
        ((LASTS_LIMIT - 60) * 1_000, Some(&0))
    );
    let day = endless(24 * 3_600);
    assert!(day.len() < 5_000_000);
    assert!(refused(ClipKind::Sound, "audio/ogg", &day));
}

#[test]
fn de4_a_file_that_says_it_lasts_a_day_lasts_as_long_as_it_sounds() {
    let folder = tempfile::tempdir().unwrap();
    let original = recorded(folder.path(), "a.webm", "-c:a libopus");
    // The duration that ffmpeg wrote: id 0x4489, eight bytes.
    let at = original
        .windows(3)
        .position(|window| window == [0x44, 0x89, 0x88])
        .unwrap()
        + 3;
    let mut day = original.clone();
    day[at..at + 8].copy_from_slice(&86_400_000_f64.to_be_bytes());
    let (measured, bytes) = derived(ClipKind::Sound, "audio/webm", &day).unwrap();
    assert_eq!(
        (measured, bytes),
        derived(ClipKind::Sound, "audio/webm", &original).unwrap()
    );
}

#[test]
fn de4_any_byte_wrong_is_refused_or_heard_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    for (name, media_type, encoding) in [
        ("a.webm", "audio/webm", "-c:a libopus -t 0.3"),
        ("a.mp4", "audio/mp4", "-c:a aac -t 0.3"),
        (
            "f.mp4",
            "audio/mp4",
            "-c:a aac -t 0.3 -movflags +frag_keyframe+empty_moov",
        ),
        ("a.ogg", "audio/ogg", "-c:a libopus -t 0.3"),
    ] {
        let original = recorded(folder.path(), name, encoding);
        let mut heard = 0;
        for place in (0..original.len().min(1_500)).step_by(5) {
            let mut broken = original.clone();
            broken[place] ^= 1 << (place % 8);
            heard += u32::from(derived(ClipKind::Sound, media_type, &broken).is_ok());
            broken[place] = 255;
            heard += u32::from(derived(ClipKind::Sound, media_type, &broken).is_ok());
        }
        assert!(heard > 0, "{name}: {heard}");
    }
}

/// 1.7 s of Chromium's own beeping microphone, as `MediaRecorder` of Chromium 156 gave them, in slices of half a second.
#[test]
fn de2_what_a_browser_records_lasts_and_can_be_sought() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &str, &[u8]); 2] = [
        (
            "audio/webm;codecs=opus",
            "chromium.webm",
            include_bytes!("recorded/chromium.webm"),
        ),
        (
            "audio/mp4;codecs=opus",
            "chromium.mp4",
            include_bytes!("recorded/chromium.mp4"),
        ),
    ];
    for (media_type, name, original) in cases {
        let (measured, bytes) = derived(ClipKind::Sound, media_type, original).unwrap();
        assert_eq!(measured.media_type, media_type);
        assert!(
            (1_550..=1_750).contains(&measured.millis),
            "{name}: {}",
            measured.millis
        );
        // It beeps, and is silent in between.
        assert!(
            measured.peaks.contains(&0) && measured.peaks.iter().any(|peak| *peak > 200),
            "{name}"
        );
        assert!(!holds(&bytes, "Chrome") && !holds(&bytes, "Lav"), "{name}");
        let clean = folder.path().join(name);
        std::fs::write(&clean, &bytes).unwrap();
        let lasts: f64 = probed(&clean, "format=duration").parse().unwrap();
        assert!((1.5..1.8).contains(&lasts), "{name}: {lasts}");
        assert!(heard(&clean, "1").contains("MD5="), "{name}");
    }
}
