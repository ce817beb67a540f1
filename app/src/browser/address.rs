//! The address this page was opened at.

use leptos::prelude::window;

/// Whether the browser trusts the address: only then a story can be kept and sent unread by others (P23). On the
/// server nobody asks, so it answers yes.
pub fn is_secure() -> bool {
    !super::IS_HERE || window().is_secure_context()
}

/// This page's address with https; `None` when the browser tells no address.
pub fn with_https() -> Option<String> {
    let location = window().location();
    Some(["https://", &location.host().ok()?, &location.pathname().ok()?].concat())
}

/// A path of ours as a whole address, for opening it in another browser.
pub fn on_this_server(path: &str) -> String {
    [&window().location().origin().unwrap_or_default(), path].concat()
}

/// What the address asks under this name, as it stands there.
pub fn asked(name: &str) -> Option<String> {
    let search = if super::IS_HERE {
        window().location().search().ok()?
    } else {
        return None;
    };
    search.trim_start_matches('?').split('&').find_map(|pair| {
        let (asked, value) = pair.split_once('=')?;
        (asked == name).then(|| value.to_owned())
    })
}

/// Loads the page anew.
pub fn reload() {
    _ = window().location().reload();
}
