//! A path that leads nowhere.

use crate::markup::View;
use crate::{
    components::{calm::empty_screen, frame::Back},
    routes::Route,
    texts::{t, tell},
};

/// Says that the page does not exist, and that the stories do.
pub fn page(_: &Route) -> View {
    let mine = (t(tell::MISSING_MINE), Route::Mine);
    empty_screen(
        Back::To(Route::Front),
        t(tell::MISSING_TITLE),
        t(tell::MISSING_STORIES_STAY),
        mine,
    )
}
