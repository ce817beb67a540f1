//! One file per page, grouped by who uses it. To add a page: a variant in [`Route`], its path there, a file here with
//! one function that returns a view, and a line in [`draw`].

pub mod analyse;
pub mod manage;
pub mod tell;

use crate::routes::Route;
use leptos::prelude::*;

/// The page of a route. Each arm is erased to one type, so that the route costs one closure, not a type per page.
pub fn draw(route: Route) -> AnyView {
    match route {
        Route::Front => manage::front::page().into_any(),
        Route::Join(code) => tell::join::page(code).into_any(),
        Route::WhoListens(code) => tell::who_listens::page(code).into_any(),
        Route::How => tell::how::page().into_any(),
        Route::Write => tell::write::page().into_any(),
        Route::Title => tell::title::page().into_any(),
        Route::Tags => tell::tags::page().into_any(),
        Route::Voice => tell::voice::page().into_any(),
        Route::Consent => tell::consent::page().into_any(),
        Route::Done => tell::done::page().into_any(),
        Route::Code => tell::code::page().into_any(),
        Route::Mine => tell::mine::page().into_any(),
        Route::Choices => tell::choices::page().into_any(),
        Route::Withdraw => tell::withdraw::page().into_any(),
        Route::Story => tell::story::page().into_any(),
        Route::SignIn => manage::sign_in::page().into_any(),
        Route::Analyse => analyse::page().into_any(),
        Route::Trust => manage::trust::page().into_any(),
        Route::Unknown => tell::unknown::page(&Route::Unknown).into_any(),
    }
}
