//! FB3: everything there is of a story as one file, for its teller: the right of access. A ZIP with a plain `index.html`
//! that reads without this app, and beside it what the phone brought, as it brought it.

use app::documents;
use app::texts::{File as Texts, Language, Table, Text, filled_of, of, own};
use axum::body::Bytes;
use domain::clip::{Clip, ClipKind};
use domain::consent::{Answer, Use};
use domain::story::{Happening, OpenedStory, OwnState};
use domain::time::Timestamp;
use http_body::{Body, Frame};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};
use time::OffsetDateTime;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use zip::ZipWriter;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;

/// How many pieces wait for a slow reader.
const WAITING: usize = 4;
/// How many bytes are sent at once.
const PIECE: usize = 64 << 10;

/// The copy as it is being made. It holds a few pieces and never a whole recording; whoever stops reading ends it.
pub(super) struct Copying(Receiver<io::Result<Bytes>>);

impl Body for Copying {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let piece = self.0.poll_recv(cx);
        piece.map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

struct Pieces(Sender<io::Result<Bytes>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes)));
        sent.map(|()| bytes.len())
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Begins a copy; `bytes` says where those of each clip are, and `turn` is given back when the copy has ended.
pub(super) fn begin(
    opened: OpenedStory,
    bytes: Vec<PathBuf>,
    language: Language,
    turn: OwnedSemaphorePermit,
) -> Copying {
    let (sender, receiver) = channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let pieces = BufWriter::with_capacity(PIECE, Pieces(sender.clone()));
        if let Err(error) = write(&opened, &bytes, language, pieces) {
            // A file that ends too soon must not look whole. Who stopped reading hears nothing any more.
            tracing::error!(kind = ?io::Error::from(error).kind(), "a copy for a teller ended too soon");
            _ = sender.blocking_send(Err(io::ErrorKind::UnexpectedEof.into()));
        }
    });
    Copying(receiver)
}

fn write(
    opened: &OpenedStory,
    bytes: &[PathBuf],
    language: Language,
    out: impl Write,
) -> Result<(), ZipError> {
    let mut zip = ZipWriter::new_stream(out);
    // Sound and pictures are compressed already.
    let stored = SimpleFileOptions::default().large_file(true);
    zip.start_file("index.html", stored)?;
    zip.write_all(page(opened, language).as_bytes())?;
    for ((place, clip), path) in clips(opened).iter().enumerate().zip(bytes) {
        zip.start_file(name(place, clip), stored)?;
        io::copy(&mut File::open(path)?, &mut zip)?;
    }
    zip.finish()?.flush()?;
    Ok(())
}

/// Its sound and pictures, in the order told.
pub(super) fn clips(opened: &OpenedStory) -> &[Clip] {
    match &opened.story.state {
        OwnState::Received { content, .. } => &content.clips,
        OwnState::Withdrawn => &[],
    }
}

/// What the file of a clip is called in the copy.
fn name(place: usize, clip: &Clip) -> String {
    let media_type = clip.media_type.split(';').next().unwrap_or_default();
    let ending = match media_type.trim() {
        "audio/webm" => "webm",
        "audio/mp4" => "m4a",
        "audio/ogg" => "ogg",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        _ => "bin",
    };
    format!("{:02}.{ending}", place + 1)
}

/// Sentences in the language of the teller.
struct Words(Table);

impl Words {
    fn say(&self, text: Text) -> String {
        escaped(of(self.0, text))
    }

    fn fill(&self, text: Text, name: &str, value: &str) -> String {
        escaped(&filled_of(self.0, text, &[(name, value)]))
    }

    /// A day as people write it.
    fn day(&self, moment: Timestamp) -> String {
        let moment = OffsetDateTime::from_unix_timestamp(moment.0.div_euclid(1_000));
        let date = moment.unwrap_or(OffsetDateTime::UNIX_EPOCH).date();
        let month = usize::from(u8::from(date.month()) - 1);
        let month = of(self.0, own::COPY_MONTHS)
            .split(' ')
            .nth(month)
            .unwrap_or_default();
        format!("{} {month} {}", date.day(), date.year())
    }
}

/// The page, without any script, style from elsewhere, or address that leads out.
fn page(opened: &OpenedStory, language: Language) -> String {
    let words = Words(documents::table_of(language, Texts::Own).unwrap_or(Table::EMPTY));
    let OwnState::Received {
        content,
        consent,
        together,
        ..
    } = &opened.story.state
    else {
        return String::new();
    };
    let untitled = of(words.0, own::OWN_TITLE);
    let title = escaped(content.title.as_deref().unwrap_or(untitled));
    let mut html = format!(
        "<!doctype html>\n<html lang=\"{}\" dir=\"{}\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>Vertelpunt</title>\n\
         <style>body{{max-width:40rem;margin:2rem auto;padding:0 1rem;font:1.25rem/1.5 sans-serif}}\
         img{{max-width:100%}}audio{{width:100%}}</style>\n<h1 dir=\"auto\">{title}</h1>\n",
        language.tag(),
        language.dir(),
    );
    let mut add = |tag: &str, text: String| _ = writeln!(html, "<{tag} dir=\"auto\">{text}</{tag}>");
    add("p", words.say(own::COPY_WHAT));
    add(
        "p",
        words.fill(own::COPY_PROJECT, "project", &opened.project.name),
    );
    add(
        "p",
        words.fill(own::COPY_TOLD, "date", &words.day(opened.told_at)),
    );
    if let Some(text) = &content.text {
        add("h2", words.say(own::COPY_WORDS));
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            add("p", escaped(line));
        }
    }
    if !content.clips.is_empty() {
        add("h2", words.say(own::COPY_PARTS));
        for (place, clip) in content.clips.iter().enumerate() {
            let (file, described) = (
                name(place, clip),
                escaped(clip.words.as_deref().unwrap_or_default()),
            );
            add(
                "p",
                match clip.kind {
                    ClipKind::Sound => format!("<audio controls src=\"{file}\"></audio><br>{file}"),
                    ClipKind::Photo | ClipKind::Drawing => {
                        format!("<img src=\"{file}\" alt=\"{described}\"><br>{described} {file}")
                    }
                },
            );
        }
    }
    add("h2", words.say(own::COPY_CHOICES));
    for to in Use::ALL {
        let use_words = match to {
            Use::Analysis => own::COPY_ANALYSIS,
            Use::Meeting => own::COPY_MEETING,
            Use::Report => own::COPY_REPORT,
            Use::Public => own::COPY_PUBLIC,
        };
        let answer = |answer| match answer {
            Answer::Yes => words.say(own::COPY_YES),
            Answer::No => words.say(own::COPY_NO),
        };
        let own = answer(consent.choices.answer(to));
        let both = together.map(|together| format!(" ({})", answer(together.answer(to))));
        add(
            "p",
            format!("{}: {own}{}", words.say(use_words), both.unwrap_or_default()),
        );
    }
    if together.is_some() {
        add("p", words.say(own::COPY_TOGETHER));
    }
    add("p", words.fill(own::COPY_WORDING, "wording", &consent.wording.0));
    add("h2", words.say(own::COPY_HAPPENED));
    for happening in &opened.happened {
        add(
            "p",
            match happening {
                Happening::Received { at } => words.fill(own::OWN_RECEIVED, "date", &words.day(*at)),
                Happening::Heard { people: Some(people) } => {
                    words.fill(own::OWN_HEARD, "count", &people.to_string())
                }
                Happening::Heard { people: None } => words.say(own::OWN_HEARD_SOME),
            },
        );
    }
    html
}

/// Text that stays text wherever it stands in the page.
fn escaped(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut safe, letter| {
            match letter {
                '&' => safe.push_str("&amp;"),
                '<' => safe.push_str("&lt;"),
                '>' => safe.push_str("&gt;"),
                '"' => safe.push_str("&quot;"),
                other => safe.push(other),
            }
            safe
        })
}
