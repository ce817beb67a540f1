//! One file per page, grouped by who uses it. To add a page: a variant in [`Route`], its path there, a file here with
//! one function that returns a view, and a line in [`draw`].

pub mod analyse;
pub mod manage;
pub mod tell;

use crate::markup::{IntoView, View};
use crate::routes::Route;

/// The page of a route. Each arm is erased to one type, so that the route costs one closure, not a type per page.
pub fn draw(route: Route) -> View {
    match route {
        Route::Front => manage::front::page().into_view(),
        Route::Join(code) => tell::join::page(code).into_view(),
        Route::WhoListens(code) => tell::who_listens::page(code).into_view(),
        Route::How => tell::how::page().into_view(),
        Route::Write => tell::write::page().into_view(),
        Route::Title => tell::title::page().into_view(),
        Route::Tags => tell::tags::page().into_view(),
        Route::Question => tell::question::page().into_view(),
        Route::Voice => tell::voice::page().into_view(),
        Route::Consent => tell::consent::page().into_view(),
        Route::Done => tell::done::page().into_view(),
        Route::Code => tell::code::page().into_view(),
        Route::Mine => tell::mine::page().into_view(),
        Route::Choices => tell::choices::page().into_view(),
        Route::Withdraw => tell::withdraw::page().into_view(),
        Route::Story => tell::story::page().into_view(),
        Route::SignIn => manage::sign_in::page().into_view(),
        Route::Analyse => analyse::page().into_view(),
        Route::Trust => manage::trust::page().into_view(),
        Route::Unknown => tell::unknown::page(&Route::Unknown).into_view(),
    }
}
