//! `/sw.js` and the manifest, rendered from the real files of the build.

use super::{assets::Site, pages::Asked};
use crate::AppState;
use app::{
    documents, routes,
    texts::{self, File, Language},
};
use axum::{
    extract::{Query, State},
    http::{HeaderMap, header},
    response::IntoResponse,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Files in `public/` that every teller's page shows.
const PLAIN: [&str; 4] = [
    "/fonts/commissioner.woff2",
    "/fonts/voice.woff2",
    "/pictures.svg",
    "/pictures-stories.svg",
];

/// Letters that only one language needs.
const LETTERS: [(Language, &str); 1] = [(Language::Ar, "/fonts/readex-arabic.woff2")];

/// `/sw.js`. Its text changes exactly when a file a teller keeps changes: that is what makes a browser update.
pub(super) async fn script(State(state): State<AppState>) -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
            (header::CACHE_CONTROL, "no-cache"),
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; connect-src 'self'",
            ),
        ],
        render(&state.site),
    )
}

/// The service worker for these files.
fn render(site: &Site) -> String {
    let (named, plain) = kept(site);
    let languages: BTreeMap<&str, Vec<String>> = [Language::Nl, Language::En, Language::Ar, Language::Qps]
        .into_iter()
        .map(|language| (language.tag(), kept_for(site, language)))
        .collect();
    let text = without_comments(include_str!("service_worker.js"))
        .replace("{named}", &json!(named).to_string())
        .replace("{plain}", &json!(plain).to_string())
        .replace("{staff}", &json!(kept_for_staff(site)).to_string())
        .replace("{languages}", &json!(languages).to_string())
        .replace("{teller_paths}", &json!(routes::TELLER_PATHS).to_string());
    let build = build(site, &text);
    text.replace("{build}", &build)
}

/// Comments and indents are for who reads the source. The file has no comment behind code and no text over two lines.
fn without_comments(script: &str) -> String {
    script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with("/*"))
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// What every teller's phone keeps: files whose names carry their hash, and others.
fn kept(site: &Site) -> (Vec<&str>, Vec<&str>) {
    let assets = &site.assets;
    // The script that fetches chunks is imported by the main script; of the chunks a teller needs those with the later
    // pages and with what records and draws, and what chunks share.
    let loader = site.paths().filter(|path| {
        let is = |name: &str, ending: &str| path.starts_with(name) && path.ends_with(ending);
        let chunk = ["/pkg/split_later.", "/pkg/split_making.", "/pkg/chunk_"]
            .iter()
            .any(|name| is(name, ".wasm"));
        is("/pkg/__wasm_split.", ".js") || chunk
    });
    let named = [&assets.style, &assets.script, &assets.wasm]
        .into_iter()
        .map(String::as_str)
        .chain(loader)
        .collect();
    let plain = PLAIN
        .into_iter()
        .filter(|path| site.file(path).is_some())
        .collect();
    (named, plain)
}

/// What pages of staff need besides, in each of their languages: kept only while stories are taken along (LE7).
fn kept_for_staff(site: &Site) -> Vec<String> {
    let chunk = site
        .paths()
        .filter(|path| path.starts_with("/pkg/split_staff.") && path.ends_with(".wasm"))
        .map(str::to_owned);
    let sentences = Language::OFFERED
        .into_iter()
        .chain([Language::Qps])
        .filter_map(|language| texts::url(language, File::Staff))
        .map(str::to_owned);
    let files: BTreeSet<String> = chunk.chain(sentences).chain(["/staff.css".to_owned()]).collect();
    files
        .into_iter()
        .filter(|path| site.file(path).is_some())
        .collect()
}

fn kept_for(site: &Site, language: Language) -> Vec<String> {
    // Dutch has no file: it is compiled in.
    let sentences = texts::url(language, File::Tell).into_iter();
    let letters = LETTERS
        .into_iter()
        .filter(|(of, _)| *of == language)
        .map(|(_, path)| path);
    let files = sentences
        .chain(letters)
        .filter(|path| site.file(path).is_some())
        .map(str::to_owned);
    [format!("/manifest.webmanifest?l={}", language.tag())]
        .into_iter()
        .chain(files)
        .collect()
}

/// Names the build: the service worker, the shell and every file a teller may keep.
fn build(site: &Site, worker: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(worker);
    hash.update(documents::shell(&site.assets, "", Language::Nl));
    for path in PLAIN.into_iter().chain(LETTERS.into_iter().map(|(_, path)| path)) {
        hash.update(site.file(path).map(super::assets::File::hash).unwrap_or_default());
    }
    hash.finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// `/manifest.webmanifest`: what an installed Vertelpunt is called and looks like, in the language asked for.
pub(super) async fn manifest(Query(asked): Query<Asked>, headers: HeaderMap) -> impl IntoResponse {
    let language = asked.language(&headers);
    let description = match language {
        Language::En => "Tell your story. You choose who may hear it.",
        Language::Ar => "احكِ قصتك. أنت تختار من يسمعها.",
        Language::Nl | Language::Qps => "Vertel je verhaal. Jij kiest wie het mag horen.",
    };
    let icon = |file: &str, size: u16, purpose: &str| json!({ "src": format!("/icons/{file}"), "sizes": format!("{size}x{size}"), "type": "image/png", "purpose": purpose });
    let manifest = json!({
        "id": "/",
        "name": "Vertelpunt",
        "short_name": "Vertelpunt",
        "description": description,
        "lang": language.tag(),
        "dir": language.dir(),
        "start_url": "/mine",
        "scope": "/",
        "display": "standalone",
        "theme_color": "#f6f1e7",
        "background_color": "#f6f1e7",
        "icons": [
            icon("icon-192.png", 192, "any"),
            icon("icon-512.png", 512, "any"),
            icon("maskable-512.png", 512, "maskable"),
        ],
    });
    (
        [
            (header::CONTENT_TYPE, "application/manifest+json; charset=utf-8"),
            // Long enough for the service worker not to ask again for what the page has just fetched.
            (header::CACHE_CONTROL, "public, max-age=3600"),
            (header::VARY, "accept-language"),
        ],
        manifest.to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::{Site, render};
    use std::{fs, path::PathBuf};

    /// A folder like the one cargo-leptos fills.
    fn folder(name: &str, picture: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("vertelpunt-site-{}-{name}", std::process::id()));
        _ = fs::remove_dir_all(&folder);
        for part in ["pkg", "fonts", "icons"] {
            fs::create_dir_all(folder.join(part)).unwrap();
        }
        for (path, body) in [
            ("pkg/app.x1.css", "main{}"),
            ("pkg/app.x2.js", "export default 1"),
            ("pkg/app.x3.wasm", "\0asm"),
            ("pkg/__wasm_split.x4.js", "export default 2"),
            ("pkg/split_later.x6.wasm", "\0asm"),
            ("pkg/split_making.x7.wasm", "\0asm"),
            ("pkg/chunk_4.x8.wasm", "\0asm"),
            ("pkg/split_staff.x5.wasm", "\0asm"),
            ("fonts/commissioner.woff2", "font"),
            ("fonts/readex-arabic.woff2", "font"),
            ("icons/icon-192.png", "png"),
            ("pictures.svg", picture),
            ("staff.css", "main{}"),
        ] {
            fs::write(folder.join(path), body).unwrap();
        }
        folder
    }

    fn line<'a>(worker: &'a str, start: &str) -> &'a str {
        worker.lines().find(|line| line.starts_with(start)).unwrap()
    }

    fn worker(name: &str, picture: &str) -> String {
        let folder = folder(name, picture);
        let worker = render(&Site::load(&folder).unwrap());
        fs::remove_dir_all(folder).unwrap();
        worker
    }

    #[test]
    fn a_phone_keeps_what_a_teller_needs_and_no_page_of_staff() {
        let worker = worker("keeps", "<svg/>");
        for kept in [
            "/pkg/app.x1.css",
            "/pkg/app.x2.js",
            "/pkg/app.x3.wasm",
            "/pkg/__wasm_split.x4.js",
            "/pkg/split_later.x6.wasm",
            "/pkg/split_making.x7.wasm",
            "/pkg/chunk_4.x8.wasm",
            "/fonts/commissioner.woff2",
            "/pictures.svg",
            "/texts/en.tell.",
            "/texts/ar.tell.",
        ] {
            assert!(worker.contains(kept), "{kept} is not kept");
        }
        for kept in ["const NAMED", "const PLAIN", "const LANGUAGES"] {
            for other in ["split_staff", "staff.", ".png"] {
                assert!(!line(&worker, kept).contains(other), "{other} is kept");
            }
        }
        assert!(
            !worker.contains("{named}") && !worker.contains("{build}"),
            "a place was not filled in"
        );
    }

    #[test]
    fn arabic_letters_are_kept_only_with_arabic() {
        let worker = worker("arabic", "<svg/>");
        assert!(!line(&worker, "const PLAIN").contains("arabic"));
        assert!(line(&worker, "const LANGUAGES").contains("readex-arabic"));
    }

    #[test]
    fn le7_what_pages_of_staff_need_is_named_apart() {
        let worker = worker("staff", "<svg/>");
        let staff = line(&worker, "const STAFF =");
        for kept in [
            "/pkg/split_staff.x5.wasm",
            "/staff.css",
            "/texts/nl.staff.",
            "/texts/en.staff.",
        ] {
            assert!(staff.contains(kept), "{kept} is not in {staff}");
        }
    }

    #[test]
    fn the_worker_changes_exactly_when_a_kept_file_changes() {
        let first = worker("same", "<svg/>");
        assert_eq!(first, worker("again", "<svg/>"));
        assert_ne!(first, worker("other", "<svg></svg>"));
    }

    #[test]
    fn p11_the_worker_lets_what_is_sent_and_the_api_pass() {
        let worker = worker("passes", "<svg/>");
        let handler = worker.split(r#"addEventListener("fetch""#).nth(1).unwrap();
        let guard = handler.find(r#"request.method !== "GET""#).unwrap();
        let api = handler.find(r#"startsWith("/api/")"#).unwrap();
        let answer = handler.find("respondWith").unwrap();
        assert!(guard < answer && api < answer);
    }
}
