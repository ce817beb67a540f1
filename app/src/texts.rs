//! Every visible sentence: typed keys, the languages of the screen and the lookup.
//!
//! ```ignore
//! use crate::texts::{fill, t, tell};
//! el("h1").child(t(tell::JOIN_TELL))
//! el("p").child(fill(tell::JOIN_ASK, &[("partner", &partner)]))
//! ```
//! A sentence is looked up when a page is drawn; when the language changes the page is drawn again, so nothing here
//! is a signal and a sentence costs no closure.
//!
//! [`DUTCH`] is compiled in and is where the screen begins; every other table is a file of the server's.

use std::cell::Cell;

include!(concat!(env!("OUT_DIR"), "/keys.rs"));
include!(concat!(env!("OUT_DIR"), "/tables.rs"));

/// A language of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Dutch, the source.
    Nl,
    /// English.
    En,
    /// Arabic, right to left; not yet read by a native speaker.
    Ar,
    /// The pseudo-language of the tests: Dutch doubled and marked, right to left. Never offered.
    Qps,
}

impl Language {
    /// The languages a person can choose, in the order in which they are offered.
    pub const OFFERED: [Self; 3] = [Self::Nl, Self::En, Self::Ar];

    /// BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Nl => "nl",
            Self::En => "en",
            Self::Ar => "ar",
            Self::Qps => "qps",
        }
    }

    /// The language's own name, as it stands in the menu.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Nl => "Nederlands",
            Self::En => "English",
            Self::Ar => "العربية",
            Self::Qps => "⟦qps⟧",
        }
    }

    /// Value of the `dir` attribute.
    pub const fn dir(self) -> &'static str {
        match self {
            Self::Nl | Self::En => "ltr",
            Self::Ar | Self::Qps => "rtl",
        }
    }

    /// The language of a BCP 47 tag such as `nl-NL`; `None` if the screen does not speak it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag);
        [Self::Nl, Self::En, Self::Ar, Self::Qps]
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The first language of an `Accept-Language` header the screen speaks, in the header's own order, else Dutch.
    pub fn from_accept_language(header: &str) -> Self {
        header
            .split(',')
            .filter_map(|part| Self::from_tag(part.split(';').next().unwrap_or(part).trim()))
            .find(|language| Self::OFFERED.contains(language))
            .unwrap_or(Self::Nl)
    }
}

/// A key of one locale file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    file: u8,
    number: u16,
}

impl Text {
    const fn new(file: u8, number: u16) -> Self {
        Self { file, number }
    }
}

/// Which locale file: the telling flow's, that of staff, or that of who comes back with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// `tell.json`
    Tell = 0,
    /// `staff.json`
    Staff = 1,
    /// `own.json`
    Own = 2,
}

/// The sentences of one file in one language.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    text: &'static str,
    ends: &'static [u16],
}

impl Table {
    /// No sentence at all.
    pub const EMPTY: Self = Self { text: "", ends: &[] };

    /// The table of a fetched text file, `None` if the file is not the JSON array it should be. A table lives as
    /// long as the page: a person changes language a few times at most.
    pub fn parse(json: &str) -> Option<Self> {
        let values: Vec<String> = crate::json::from_str(json).ok()?;
        let mut text = String::new();
        let mut ends = Vec::new();
        for value in values {
            text.push_str(&value);
            ends.push(u16::try_from(text.len()).ok()?);
        }
        Some(Self {
            text: text.leak(),
            ends: ends.leak(),
        })
    }

    /// What stands behind the sentences of `tell`: see [`recordings`].
    fn last(self) -> &'static str {
        let last = self.ends.len().checked_sub(1);
        last.and_then(|last| u16::try_from(last).ok())
            .map_or("", |last| self.get(last))
    }

    fn get(self, number: u16) -> &'static str {
        let number = usize::from(number);
        let start = if number == 0 {
            0
        } else {
            self.ends.get(number - 1).copied().unwrap_or(0)
        };
        let end = self.ends.get(number).copied().unwrap_or(start);
        self.text.get(usize::from(start)..usize::from(end)).unwrap_or("")
    }
}

#[derive(Clone, Copy)]
struct Current {
    language: Language,
    files: [Table; 3],
}

thread_local! {
    // One language at a time: a browser tab has one thread, and the server draws a document in one go on one thread.
    static CURRENT: Cell<Current> = const {
        Cell::new(Current { language: Language::Nl, files: [DUTCH, Table::EMPTY, Table::EMPTY] })
    };
}

/// Path of the text file that holds a table; `None` only for the one that is compiled in, [`DUTCH`].
pub fn url(language: Language, file: File) -> Option<&'static str> {
    URLS.iter()
        .find(|(l, f, _)| *l == language.tag() && *f == file as u8)
        .map(|(_, _, url)| *url)
}

/// From here on sentences of the telling flow come from `table`. Those of other files are dropped until [`set_more`].
pub fn set_language(language: Language, table: Table) {
    let mut files = match language == current() {
        true => CURRENT.get().files,
        false => [Table::EMPTY; 3],
    };
    files[File::Tell as usize] = table;
    CURRENT.set(Current { language, files });
}

/// The sentences of another file in the current language.
pub fn set_more(file: File, table: Table) {
    let mut now = CURRENT.get();
    now.files[file as usize] = table;
    CURRENT.set(now);
}

/// The sentence in a language other than the screen's, from the table it is in: what a server writes for somebody.
pub fn of(table: Table, text: Text) -> &'static str {
    table.get(text.number)
}

/// [`of`], filled in as by [`fill`].
pub fn filled_of(table: Table, text: Text, values: &[(&str, &str)]) -> String {
    fill_in(of(table, text), values)
}

/// What is recorded of a language, as far as it is known here: its edition and the names of the files, eight digits each.
/// Known are Dutch, which is compiled in, and the language of the screen, which came with its sentences.
pub fn recordings(language: &str) -> &'static str {
    let now = CURRENT.get();
    if language == Language::Nl.tag() {
        DUTCH.last()
    } else if language == now.language.tag() {
        now.files[File::Tell as usize].last()
    } else {
        ""
    }
}

/// The language the screen speaks now.
pub fn current() -> Language {
    CURRENT.get().language
}

/// The sentence in the current language.
pub fn t(text: Text) -> &'static str {
    let found = CURRENT.get().files[usize::from(text.file)];
    found.get(text.number)
}

/// The sentence with each `{name}` replaced by its value; an unknown name stays as it is.
pub fn fill(text: Text, values: &[(&str, &str)]) -> String {
    fill_in(t(text), values)
}

fn fill_in(mut rest: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(rest.len() + 16);
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => filled.push_str(value),
            None => {
                filled.push('{');
                filled.push_str(name);
                filled.push('}');
            }
        }
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests;
