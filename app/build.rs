//! Turns `locales/{language}/{tell,staff,own}.json` into typed keys and into the text files the server hands out.
//!
//! - `tell` in Dutch is compiled into the WASM: whatever else may be missing, there are sentences.
//! - Every other table becomes `/texts/{language}.{file}.{hash}.json`: a JSON array in the order of the keys,
//!   holes filled with the Dutch sentence, named by its content so that it never has to be asked for twice.
//! - What `public/voice` holds becomes a list of hashes: the page knows what it can read aloud without asking. The Dutch
//!   list is compiled in; that of another language is the last entry of its `tell` array, and comes with its sentences.
//! - The pseudo-language `qps` (right to left, every string doubled) is made here from the Dutch.

use serde_json::{Map, Value};
use std::{env, error::Error, fmt::Write as _, fs, path::Path};

type Texts = Map<String, Value>;

/// Languages of the screen, in the order of `Language` in `src/texts.rs`.
const LANGUAGES: [&str; 4] = ["nl", "en", "ar", "qps"];
const FILES: [&str; 3] = ["tell", "staff", "own"];
/// Sentences read aloud, made by `.ci/assets/voice.mjs`.
const VOICE: &str = "../public/voice";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=locales");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={VOICE}");
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    let mut keys = String::new();
    let mut dutch_table = String::new();
    let mut urls = String::new();
    let mut files = String::new();

    for (index, file) in FILES.iter().enumerate() {
        let dutch = read("nl", file)?;
        keys.push_str(&constants(file, index, &dutch)?);
        for language in LANGUAGES {
            let mut values = in_key_order(&dutch, language, file)?;
            if *file == "tell" {
                values.push(voice(language)?);
            }
            if (language, *file) == ("nl", "tell") {
                dutch_table = table(&values)?;
                continue;
            }
            let body = serde_json::to_string(&values)?;
            let name = format!("{language}.{file}.{:016x}.json", fnv1a(body.as_bytes()));
            fs::write(out.join(&name), &body)?;
            writeln!(urls, "    (\"{language}\", {index}, \"/texts/{name}\"),")?;
            writeln!(
                files,
                "    (\"/texts/{name}\", include_str!(concat!(env!(\"OUT_DIR\"), \"/{name}\"))),"
            )?;
        }
    }

    fs::write(out.join("keys.rs"), keys)?;
    fs::write(
        out.join("tables.rs"),
        format!("{dutch_table}\nconst URLS: &[(&str, u8, &str)] = &[\n{urls}];\n"),
    )?;
    fs::write(
        out.join("text_files.rs"),
        format!(
            "/// Path and content of every text file the server hands out; the path names the content.\npub const FILES: &[(&str, &str)] = &[\n{files}];\n"
        ),
    )?;
    Ok(())
}

/// The recordings of a language as one sentence: their edition, which changes with any of them, and the names of the
/// files, each the hash of its words; eight digits each. Empty where nothing is recorded.
fn voice(language: &str) -> Result<String, Box<dyn Error>> {
    let Ok(files) = fs::read_dir(Path::new(VOICE).join(language)) else {
        return Ok(String::new());
    };
    let mut files = files
        .map(|file| file.map(|file| file.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.sort();
    let (mut names, mut all) = (String::new(), Vec::new());
    for file in &files {
        let name = file
            .file_stem()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        u32::from_str_radix(name, 16)
            .ok()
            .filter(|_| name.len() == 8)
            .ok_or_else(|| format!("{}: run .ci/assets/voice.mjs", file.display()))?;
        names.push_str(name);
        all.extend(fs::read(file)?);
    }
    Ok(format!("{:08x}{names}", fnv1a(&all) >> 32))
}

/// One locale file; a language that has none simply shows Dutch.
fn read(language: &str, file: &str) -> Result<Texts, Box<dyn Error>> {
    let path = format!("locales/{language}/{file}.json");
    if !Path::new(&path).exists() {
        return Ok(Texts::new());
    }
    let mut texts: Texts = serde_json::from_str(&fs::read_to_string(&path)?)
        .map_err(|error| format!("{path} is not a flat JSON object: {error}"))?;
    texts.retain(|key, _| !key.starts_with('_'));
    Ok(texts)
}

/// The sentences of one table in the order of the Dutch keys.
fn in_key_order(dutch: &Texts, language: &str, file: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let own = if language == "qps" {
        Texts::new()
    } else {
        read(language, file)?
    };
    dutch
        .iter()
        .map(|(key, source)| {
            let source = source
                .as_str()
                .ok_or_else(|| format!("{file}: {key} is not a string"))?;
            Ok(match own.get(key).and_then(Value::as_str) {
                _ if language == "qps" => pseudo(source),
                Some(translated) => translated.to_owned(),
                None => source.to_owned(),
            })
        })
        .collect()
}

/// `pub mod tell { pub const JOIN_ASK: Text = … }`, each constant documented by its Dutch sentence.
fn constants(file: &str, index: usize, dutch: &Texts) -> Result<String, Box<dyn Error>> {
    let mut module =
        format!("/// Keys of `locales/*/{file}.json`.\npub mod {file} {{\n    use super::Text;\n");
    for (number, (key, value)) in dutch.iter().enumerate() {
        let well_formed =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
        if !key.starts_with(|c: char| c.is_ascii_lowercase()) || !key.chars().all(well_formed) {
            return Err(format!("{file}: the key {key:?} must be lower-case words joined by dots").into());
        }
        let constant = key.to_uppercase().replace(['.', '-'], "_");
        let sentence = value.as_str().unwrap_or_default().replace('\n', " ");
        writeln!(module, "    #[doc = {:?}]", format!("`{key}`: {sentence}"))?;
        writeln!(
            module,
            "    pub const {constant}: Text = Text::new({index}, {number});"
        )?;
    }
    writeln!(
        module,
        "    /// Every key of this file with its constant, in order."
    )?;
    writeln!(module, "    pub const KEYS: &[(&str, Text)] = &[")?;
    for (number, key) in dutch.keys().enumerate() {
        writeln!(module, "        ({key:?}, Text::new({index}, {number})),")?;
    }
    writeln!(module, "    ];\n}}")?;
    Ok(module)
}

/// The compiled-in table: all sentences in one string and where each ends, which is smaller than a list of slices.
fn table(values: &[String]) -> Result<String, Box<dyn Error>> {
    let mut ends = Vec::new();
    let mut all = String::new();
    for value in values {
        all.push_str(value);
        ends.push(u16::try_from(all.len()).map_err(|_| "the compiled-in table may hold 64 KB of text")?);
    }
    Ok(format!(
        "/// The Dutch sentences of the telling flow.\npub static DUTCH: Table = Table {{ text: {all:?}, ends: &{ends:?} }};"
    ))
}

/// The Dutch doubled and marked, with its `{placeholders}` untouched in each half: shows what breaks when a language
/// is long and runs from right to left, and any sentence that escaped the locale files. What has no letters, such as a
/// version, is no sentence and stays as it is.
fn pseudo(source: &str) -> String {
    if !source.contains(char::is_alphabetic) {
        return source.to_owned();
    }
    let mut marked = String::new();
    let mut inside = false;
    for c in source.chars() {
        inside = match c {
            '{' => true,
            '}' => false,
            _ => inside,
        };
        marked.push(match c {
            _ if inside => c,
            'a' => 'ạ',
            'e' => 'ẹ',
            'i' => 'ị',
            'o' => 'ọ',
            'u' => 'ụ',
            other => other,
        });
    }
    format!("⟦{marked} · {marked}⟧")
}

/// FNV-1a, 64 bits: names a file by its content; not a defence against anybody.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
