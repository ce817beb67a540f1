//! One file per page, grouped by who uses it. To add a page: a variant in [`Route`], its path there, a file here with
//! one function that returns a view, and a line in [`draw`].

pub mod analyse;
mod lazy;
pub mod manage;
pub mod tell;

use crate::markup::{IntoView, View};
use crate::routes::Route;
use tell::{later::LaterPage, making::MakingPage, returning::ReturningPage};

/// The page of a route. Each arm is erased to one type, so that the route costs one closure, not a type per page.
pub fn draw(route: Route) -> View {
    match route {
        Route::Front => manage::front::page().into_view(),
        Route::Join(code) => tell::join::page(code).into_view(),
        Route::WhoListens(code) => tell::who_listens::page(code).into_view(),
        Route::How => tell::how::page().into_view(),
        Route::Record => tell::making::page(MakingPage::Record),
        Route::Listen => tell::making::page(MakingPage::Listen),
        Route::Write => tell::write::page().into_view(),
        Route::Photo => tell::making::page(MakingPage::Photo),
        Route::Draw => tell::making::page(MakingPage::Draw),
        Route::Title => tell::title::page().into_view(),
        Route::Tags => tell::tags::page().into_view(),
        Route::Question => tell::later::page(LaterPage::Question),
        Route::Voice => tell::later::page(LaterPage::Voice),
        Route::Consent => tell::later::page(LaterPage::Consent),
        Route::Done => tell::later::page(LaterPage::Done),
        Route::Code => tell::later::page(LaterPage::Code),
        Route::Mine => tell::later::page(LaterPage::Mine),
        Route::Choices => tell::later::page(LaterPage::Choices),
        Route::Withdraw => tell::later::page(LaterPage::Withdraw),
        Route::Own => tell::returning::page(ReturningPage::Own),
        Route::Story => tell::returning::page(ReturningPage::Find),
        Route::SignIn => manage::sign_in::page().into_view(),
        Route::Analyse => analyse::page().into_view(),
        Route::Trust => manage::trust::page().into_view(),
        Route::Unknown => tell::unknown::page(&Route::Unknown).into_view(),
    }
}
