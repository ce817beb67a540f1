//! Which language the screen speaks, and its sentences.

use super::{address, document, preferences, service_worker};
use crate::{
    Screen,
    texts::{self, DUTCH, File, Language, Table},
};
use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// The language to begin with: the one in the address (`?l=`), the one chosen before on this phone, the one the
/// server drew in, the browser's own, Dutch.
pub(super) fn wanted(drawn: Option<&str>) -> Language {
    let asked = address::asked("l");
    let asked = asked.as_deref().and_then(Language::from_tag);
    if let Some(asked) = asked.filter(|asked| Language::OFFERED.contains(asked)) {
        // A language link was followed before the app was there.
        preferences::set_language(asked);
    }
    asked
        .or_else(preferences::language)
        .or_else(|| drawn.and_then(Language::from_tag))
        .unwrap_or_else(|| {
            Language::from_accept_language(&window().navigator().language().unwrap_or_default())
        })
}

/// Makes `language` the one in which sentences are looked up, fetching them first where that is needed. Returns the
/// language that is in force: when the sentences cannot be had now, Dutch rather than nothing.
pub(super) async fn load(language: Language) -> Language {
    let (language, table) = match table(language, File::Tell).await {
        Some(table) => (language, table),
        None => (Language::Nl, DUTCH),
    };
    texts::set_language(language, table);
    language
}

/// Changes the language of the screen, and remembers it on this phone. Answers whether it could be had.
pub async fn choose(screen: Screen, language: Language) -> bool {
    let Some(table) = table(language, File::Tell).await else {
        return false;
    };
    texts::set_language(language, table);
    preferences::set_language(language);
    document::set_language(language);
    service_worker::keep_language(language);
    screen.language.set(language);
    true
}

/// Fetches the sentences of another file in the current language; its pages wait for this before they draw.
pub async fn load_more(file: File) -> bool {
    match table(texts::current(), file).await {
        Some(table) => {
            texts::set_more(file, table);
            true
        }
        None => false,
    }
}

async fn table(language: Language, file: File) -> Option<Table> {
    let Some(url) = texts::url(language, file) else {
        return Some(DUTCH);
    };
    let response = JsFuture::from(window().fetch_with_str(url)).await.ok()?;
    let response: web_sys::Response = response.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    let text = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
    Table::parse(&text)
}
