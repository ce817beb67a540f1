//! What is read aloud, and by what: a file of `public/voice` where there is one for these very words, else a voice of
//! the phone itself, else nothing. Never in another language, never by a voice that sends the words away.
//!
//! A file's name is the hash of its words. So a sentence that was changed is never read in its old words, and a
//! sentence with a name in it has a file where somebody made one for that name. `.ci/assets/voice.mjs` makes them;
//! which there are comes with the sentences, and they are fetched only when somebody asks to hear them.

use crate::texts;

/// How many digits name an edition or a file.
const DIGITS: usize = 8;

/// One thing to play after another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The file at this address.
    File(String),
    /// These words, by the phone's own voice.
    Say(String),
}

/// How `words` are read: by their recordings where those hold all of them, else whole by the phone's own voice where
/// it has one for the language, else by the recordings of some of their sentences.
pub fn steps(language: &str, words: &str, has_voice: bool) -> Vec<Step> {
    match in_files(language, words) {
        (_, false) if has_voice && !words.is_empty() => vec![Step::Say(words.to_owned())],
        (files, _) => files,
    }
}

/// The recordings that hold these words, as many sentences in each as there are, and whether they hold all of them.
pub fn in_files(language: &str, words: &str) -> (Vec<Step>, bool) {
    let ends: Vec<usize> = words
        .match_indices(['.', '?', ':'])
        .map(|(place, _)| place + 1)
        .chain([words.len()])
        .collect();
    let (mut files, mut whole, mut start) = (Vec::new(), true, 0);
    while start < words.len() {
        let further = ends.iter().rev().copied().take_while(|end| *end > start);
        let found = further
            .filter_map(|end| Some((recorded(language, words[start..end].trim())?, end)))
            .next();
        start = match found {
            Some((file, end)) => {
                files.push(Step::File(file));
                end
            }
            None => {
                whole = false;
                ends.iter()
                    .copied()
                    .find(|end| *end > start)
                    .unwrap_or(words.len())
            }
        };
    }
    (files, whole)
}

/// The address of the recording of these very words.
pub fn recorded(language: &str, words: &str) -> Option<String> {
    let name = name(words);
    let known = names(language)?.any(|known| known == name);
    known.then(|| address(language, &name))
}

/// The addresses of all recordings in a language, as far as it is known here.
pub fn recordings(language: &str) -> Vec<String> {
    let names = names(language).into_iter().flatten();
    names.map(|name| address(language, name)).collect()
}

fn names(language: &str) -> Option<impl Iterator<Item = &'static str>> {
    let names = texts::recordings(language).get(DIGITS..)?;
    Some(
        (0..names.len())
            .step_by(DIGITS)
            .filter_map(|at| names.get(at..at + DIGITS)),
    )
}

/// The edition stands in the address because the file of some words may be recorded anew.
fn address(language: &str, name: &str) -> String {
    let edition = texts::recordings(language).get(..DIGITS).unwrap_or("");
    ["/voice/", language, "/", name, ".mp3?", edition].concat()
}

fn name(words: &str) -> String {
    let hash = hash(words);
    let digits = (0..DIGITS)
        .rev()
        .map(|place| char::from_digit(hash >> (4 * place) & 15, 16));
    digits.flatten().collect()
}

/// FNV-1a, 32 bits: names words, and defends against nobody.
fn hash(words: &str) -> u32 {
    words.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests;
