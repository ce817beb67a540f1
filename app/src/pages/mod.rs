//! One file per page, grouped by who uses it. To add a page: a variant in [`Route`], its path there, a file here with
//! one function that returns a view, and a line in [`draw`].

pub mod analyse;
pub mod tell;

use crate::routes::Route;
use leptos::prelude::*;

/// The page of a route. Each arm is erased to one type, so that the route costs one closure, not a type per page.
pub fn draw(route: Route) -> AnyView {
    match route {
        Route::Join(code) => tell::join::page(code).into_any(),
        Route::WhoListens(code) => tell::who_listens::page(code).into_any(),
        Route::Analyse => analyse::page().into_any(),
        other => tell::unknown::page(&other).into_any(),
    }
}
