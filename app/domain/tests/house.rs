//! The invariants of the house (README, architecture.md), read off the sources.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every Rust source below `folder`, with its path from the top of the repository.
fn sources(folder: &str) -> Vec<(String, String)> {
    files(folder, &["rs"])
}

/// Every file below `folder` with one of these extensions, with its path from the top of the repository.
fn files(folder: &str, extensions: &[&str]) -> Vec<(String, String)> {
    fn walk(folder: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, extensions, found);
            } else if extensions
                .iter()
                .any(|known| path.extension().is_some_and(|own| own == *known))
            {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), extensions, &mut found);
    assert!(!found.is_empty(), "no sources found in {folder}");
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            (
                name,
                std::fs::read_to_string(&path).expect("sources are readable text"),
            )
        })
        .collect()
}

/// Lines of code that contain one of `words`, comments left out.
fn code_lines_with(sources: &[(String, String)], words: &[&str]) -> Vec<String> {
    let mut hits = Vec::new();
    for (name, text) in sources {
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            if words.iter().any(|word| code.contains(word)) {
                hits.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    hits
}

fn assert_only_in(folder: &str, words: &[&str], allowed: &[&str]) {
    let sources: Vec<_> = sources(folder)
        .into_iter()
        .filter(|(name, _)| !allowed.iter().any(|place| name.starts_with(place)))
        .collect();
    let hits = code_lines_with(&sources, words);
    assert!(
        hits.is_empty(),
        "{words:?} belong only in {allowed:?}, but:\n{}",
        hits.join("\n")
    );
}

#[test]
fn invariant_1_domain_performs_no_io_and_reads_no_clock() {
    let words = [
        "leptos",
        "axum",
        "rusqlite",
        "web_sys",
        "js_sys",
        "tokio",
        "SystemTime",
        "Instant::now",
        "std::fs",
        "std::net",
        "std::thread",
        "std::env",
        "rand::",
        "getrandom",
        "async fn",
        "println!",
        "eprintln!",
    ];
    assert_only_in("app/domain/src", &words, &[]);
}

#[test]
fn invariant_2_leptos_only_in_app_and_pages() {
    assert_only_in(
        "server/src",
        &["leptos"],
        &["server/src/http/pages.rs", "server/src/http/assets.rs"],
    );
}

#[test]
fn invariant_2_the_browser_is_touched_only_in_app_src_browser() {
    assert_only_in("app/src", &["web_sys", "js_sys"], &["app/src/browser/"]);
}

#[test]
fn invariant_2_sql_only_in_storage() {
    assert_only_in(
        "server/src",
        &["rusqlite", "SELECT ", "INSERT ", "UPDATE ", "DELETE FROM"],
        &["server/src/storage/"],
    );
}

#[test]
fn invariant_3_builds_differ_in_two_files_only() {
    let words = ["feature = \"ssr\"", "feature = \"hydrate\"", "target_arch"];
    assert_only_in("app/src", &words, &["app/src/lib.rs", "app/src/browser/mod.rs"]);
}

#[test]
fn invariant_4_there_are_no_server_functions() {
    assert_only_in("app/src", &["#[server", "server_fn"], &[]);
}

#[test]
fn clock_and_randomness_have_one_home_each_side() {
    let words = [
        "SystemTime::now",
        "Instant::now",
        "getrandom::",
        "Date::now",
        "Math::random",
        "get_random_values",
    ];
    assert_only_in("server/src", &words, &["server/src/ambient.rs"]);
    assert_only_in("app/src", &words, &["app/src/browser/ambient.rs"]);
}

#[test]
fn there_is_no_unsafe_code() {
    for folder in ["app/src", "app/domain/src", "server/src"] {
        assert_only_in(folder, &["unsafe {", "unsafe fn", "unsafe impl"], &[]);
    }
}

#[test]
fn nothing_a_browser_gets_names_a_third_party() {
    // What a browser gets is made of these. Left out are the licences, which nobody's browser loads anything from, and the
    // parts of the server that never write to a browser; the demonstration's way out is a link that a person follows.
    let hits: Vec<_> = [
        files("app/src", &["rs"]),
        files("app/locales", &["json"]),
        files("style", &["scss"]),
        files("public", &["svg", "webmanifest", "html", "css", "js"]),
        files("server/src/http", &["rs", "js"]),
    ]
    .iter()
    .flat_map(|files| lines_with_hosts(files))
    .collect();
    assert!(hits.is_empty(), "addresses of others:\n{}", hits.join("\n"));
}

/// Lines that name a host, tests left out: an address contains `//` itself, so only whole comment lines are passed over.
fn lines_with_hosts(sources: &[(String, String)]) -> Vec<String> {
    sources
        .iter()
        .filter(|(name, _)| !name.ends_with("tests.rs"))
        .flat_map(|(name, text)| text.lines().map(move |line| (name, line.trim())))
        .filter(|(_, line)| !line.starts_with("//") && names_a_host(line))
        .map(|(name, line)| format!("{name}: {}", line.chars().take(200).collect::<String>()))
        .collect()
}

/// Whether a line holds `https://host`, or `//host` where an address may begin.
fn names_a_host(line: &str) -> bool {
    // The names of SVG and XHTML look like addresses, and nothing is ever fetched from them.
    let line = line.replace("http://www.w3.org/", "");
    line.match_indices("//").any(|(place, slashes)| {
        let before = line[..place].chars().next_back();
        let behind = line[place + slashes.len()..].chars().next();
        before.is_some_and(|c| ":\"'(".contains(c)) && behind.is_some_and(|c| c.is_ascii_alphanumeric())
    })
}

#[test]
fn a_host_is_seen_in_every_form_an_address_has() {
    for line in [
        r#"src: url("https://fonts.example/a.woff2");"#,
        "@import url(//fonts.example/a.css);",
        r#"<image href="//pictures.example/a.png"/>"#,
        r#"<svg xmlns="http://www.w3.org/2000/svg"><image href="http://a.example/"/></svg>"#,
        r#"fetch("wss://a.example")"#,
    ] {
        assert!(names_a_host(line), "{line}");
    }
    for line in [
        r#"<svg xmlns="http://www.w3.org/2000/svg">"#,
        r#"answer.next.starts_with("https://")"#,
        "let half = whole / 2; // rounded down",
        "src: url(/fonts/voice.woff2);",
    ] {
        assert!(!names_a_host(line), "{line}");
    }
}

#[test]
fn there_are_no_drawers_for_everything() {
    for folder in ["app/src", "app/domain/src", "server/src"] {
        for (name, _) in sources(folder) {
            for word in ["utils", "helpers", "manager", "common"] {
                assert!(!name.contains(word), "{name}: give it the name of what it does");
            }
        }
    }
}
