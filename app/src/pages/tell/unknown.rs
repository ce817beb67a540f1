//! A path that leads nowhere (yet).

use crate::{
    routes::Route,
    texts::{t, tell},
};
use leptos::prelude::*;

/// Says that the page does not exist.
pub fn page(route: &Route) -> impl IntoView + use<> {
    let path = route.path();
    view! {
        <main>
            <h1>{t(tell::APP_NAME)}</h1>
            <p>{path}</p>
            <a href=Route::Analyse.path()>"analyse"</a>
        </main>
    }
}
