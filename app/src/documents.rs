//! The two kinds of document the server sends: a page with its data (join), and the empty shell for everything else.
//!
//! Both are drawn in one go on one thread, so the language can be a thread's value while a document is drawn.

use crate::watch::{Owner, RwSignal, provide_context};
use crate::{
    Screen, app, markup,
    page_data::{PageData, SCRIPT_ID},
    routes::Route,
    texts::{self, DUTCH, File, Language, Table},
};
use std::sync::{Mutex, PoisonError};

include!(concat!(env!("OUT_DIR"), "/text_files.rs"));

/// Addresses of the build's own files; their names carry their hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The style sheet.
    pub style: String,
    /// The JavaScript that wraps the WASM.
    pub script: String,
    /// The WASM of the teller's pages.
    pub wasm: String,
}

/// A server-rendered page: complete before any WASM, its data beside it. `nonce` must be the one of the response's
/// Content-Security-Policy.
pub fn page(assets: &Assets, nonce: &str, route: Route, data: &PageData) -> String {
    let language = Language::from_tag(&data.language).unwrap_or(Language::Nl);
    texts::set_language(language, table(language));
    let body = Owner::new().with(|| {
        provide_context(data.clone());
        markup::html(app(Screen {
            route: RwSignal::new(route),
            language: RwSignal::new(language),
        }))
    });
    // `<` is escaped so that no text can end the script.
    let data = crate::json::to_string(data).replace('<', "\\u003c");
    let data = format!(r#"<script type="application/json" id="{SCRIPT_ID}">{data}</script>"#);
    document(assets, nonce, language, &data, &format!("<body>{body}</body>"))
}

/// The empty document in which the browser draws every other page; also what the phone keeps for use without
/// internet, so nothing about anybody may stand in it.
pub fn shell(assets: &Assets, nonce: &str, language: Language) -> String {
    const WITHOUT_WASM: &str = "Vertelpunt werkt in deze browser niet. Probeer een andere browser. \
                                <span lang=\"en\">Vertelpunt does not work in this browser. Try another one.</span>";
    let body = format!("<body data-shell><noscript><p>{WITHOUT_WASM}</p></noscript></body>");
    document(assets, nonce, language, "", &body)
}

/// The sentences of the telling flow in any language; the server holds all of them.
fn table(language: Language) -> Table {
    table_of(language, File::Tell).unwrap_or(DUTCH)
}

/// The sentences of one file in a language, read once; `None` where they are compiled in or cannot be read.
pub fn table_of(language: Language, file: File) -> Option<Table> {
    static PARSED: Mutex<Vec<(&str, Table)>> = Mutex::new(Vec::new());
    let url = texts::url(language, file)?;
    let mut parsed = PARSED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, table)) = parsed.iter().find(|(known, _)| *known == url) {
        return Some(*table);
    }
    let (_, json) = FILES.iter().find(|(path, _)| *path == url)?;
    let table = Table::parse(json)?;
    parsed.push((url, table));
    Some(table)
}

fn document(assets: &Assets, nonce: &str, language: Language, data: &str, body: &str) -> String {
    let Assets { style, script, wasm } = assets;
    let (tag, dir) = (language.tag(), language.dir());
    format!(
        r##"<!DOCTYPE html>
<html lang="{tag}" dir="{dir}" class="vertelpunt-theme"><head>
<meta charset="utf-8">
<title>Vertelpunt</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="theme-color" content="#f6f1e7">
<link rel="stylesheet" href="{style}">
<link rel="modulepreload" href="{script}" nonce="{nonce}">
<link rel="preload" href="{wasm}" as="fetch" type="application/wasm" crossorigin>
<link rel="manifest" href="/manifest.webmanifest?l={tag}">
<link rel="icon" href="/icons/favicon.svg" type="image/svg+xml">
<link rel="apple-touch-icon" href="/icons/apple-touch-icon.png">
<script type="module" nonce="{nonce}">
import start, {{ hydrate }} from "{script}";
await start({{ module_or_path: "{wasm}" }});
hydrate();
</script>
{data}</head>
{body}</html>
"##
    )
}

#[cfg(test)]
mod tests {
    use super::{Assets, PageData, Route, page};

    #[test]
    fn a_page_speaks_every_language_on_offer() {
        let [style, script, wasm] = ["/a.css", "/a.js", "/a.wasm"].map(str::to_owned);
        let assets = Assets { style, script, wasm };
        for (language, title) in [
            ("nl", "Deze pagina is er niet."),
            ("en", "This page does not exist."),
            ("ar", "هذه الصفحة غير موجودة."),
        ] {
            let data = PageData {
                language: language.to_owned(),
                entry: None,
            };
            let page = page(&assets, "", Route::Join("nobody".to_owned()), &data);
            assert!(page.contains(&format!(r#"<html lang="{language}""#)), "{page}");
            assert!(page.contains(title), "{page}");
        }
    }
}
