//! Where a story is, in words: an icon, one of the sentences `state.…`, and a colour on top.

use super::clock::with_figure;
use crate::markup::{IntoView, View, el, svg};
use crate::watch::Memo;
use crate::{
    browser::dates,
    texts::{Text, fill, t, tell},
};
use domain::{problem::Problem, standing::Standing, time::Timestamp};

/// What the sentences need to know besides the story.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// Who is responsible for the stories.
    pub organisation: String,
    /// The partner through whose door the story came.
    pub partner: String,
    /// Nothing is in the phone's storage (P8).
    pub memory_only: bool,
    /// The page is too old for the server (P24).
    pub page_too_old: bool,
    /// The phone's clock.
    pub now: Timestamp,
}

/// One state, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateWords {
    /// The colour: `phone`, `way`, `safe`, `care` or none.
    pub kind: &'static str,
    /// Id of the icon.
    pub icon: &'static str,
    /// The sentence. It may hold a place for a figure.
    pub sentence: String,
    /// That place and what stands there: the time of the next try, or how many percent are there.
    pub figure: Option<(&'static str, String)>,
}

/// A state without anything to fill in.
pub fn plain(kind: &'static str, icon: &'static str, text: Text) -> StateWords {
    StateWords {
        kind,
        icon,
        sentence: t(text).to_owned(),
        figure: None,
    }
}

/// The words for where a story is.
pub fn state_words(standing: &Standing, around: &Around) -> StateWords {
    match standing {
        Standing::Safe { here: true, .. } => return plain("safe", "i-safe", tell::STATE_SAFE),
        Standing::Safe { here: false, .. } => return plain("safe", "i-safe", tell::STATE_SAFE_GONE),
        Standing::WithdrawalWaiting => return plain("care", "i-clock", tell::STATE_WITHDRAWAL_WAITS),
        Standing::Withdrawn => return plain("gone", "i-undo", tell::STATE_WITHDRAWN),
        _ if around.page_too_old => return plain("care", "i-again", tell::STATE_PAGE_OLD),
        _ => {}
    }
    match standing {
        Standing::Kept | Standing::WaitingForInternet if around.memory_only => {
            plain("care", "i-clock", tell::STATE_MEMORY_ONLY)
        }
        Standing::WaitingForInternet => plain("phone", "i-phone", tell::STATE_QUEUED),
        Standing::OnItsWay(None) => plain("way", "i-way", tell::STATE_WAY),
        Standing::OnItsWay(Some(percent)) => StateWords {
            figure: Some(("{percent}", percent.to_string())),
            ..plain("way", "i-way", tell::STATE_ON_ITS_WAY)
        },
        Standing::Verifying => plain("way", "i-way", tell::STATE_VERIFYING),
        Standing::TryingAgain(at) if *at > around.now => {
            let figure = Some(("{time}", dates::time(*at)));
            StateWords {
                figure,
                ..plain("care", "i-clock", tell::STATE_RETRYING)
            }
        }
        // Somebody asked to send now: the moment is past.
        Standing::TryingAgain(_) => plain("care", "i-clock", tell::STATE_RETRYING_SOON),
        Standing::WifiAsks => plain("care", "i-cloud-off", tell::STATE_WIFI),
        Standing::OurFault => plain("care", "i-clock", tell::STATE_OUR_FAULT),
        Standing::ServerBusy => filled(tell::STATE_BUSY, "organisation", &around.organisation),
        Standing::Refused(Problem::ProjectClosed) => plain("care", "i-phone", tell::STATE_PROJECT_CLOSED),
        Standing::Refused(Problem::UnknownProject) => {
            filled(tell::STATE_LINK_EXPIRED, "partner", &around.partner)
        }
        Standing::Refused(problem) => filled(tell::STATE_REFUSED, "reason", t(problem_words(problem))),
        _ => plain("phone", "i-phone", tell::STATE_SAVED),
    }
}

fn filled(text: Text, name: &str, value: &str) -> StateWords {
    StateWords {
        sentence: fill(text, &[(name, value)]),
        ..plain("care", "i-phone", text)
    }
}

/// The reason of a refusal as a sentence.
pub fn problem_words(problem: &Problem) -> Text {
    match problem {
        Problem::TooLarge { .. } => tell::PROBLEM_TOO_LARGE,
        Problem::UnknownProject => tell::PROBLEM_UNKNOWN_PROJECT,
        Problem::ProjectClosed => tell::PROBLEM_PROJECT_CLOSED,
        Problem::TextEmpty => tell::PROBLEM_TEXT_EMPTY,
        Problem::TextTooLong { .. } => tell::PROBLEM_TEXT_TOO_LONG,
        Problem::TitleTooLong { .. } => tell::PROBLEM_TITLE_TOO_LONG,
        Problem::TooManyTags { .. } => tell::PROBLEM_TOO_MANY_TAGS,
        Problem::TagInvalid => tell::PROBLEM_TAG_INVALID,
        Problem::LanguageInvalid => tell::PROBLEM_LANGUAGE_INVALID,
        Problem::ConsentMissing => tell::PROBLEM_CONSENT_MISSING,
        Problem::ConsentOutdated { .. } => tell::PROBLEM_CONSENT_OUTDATED,
        Problem::StoryOutdated { .. } => tell::PROBLEM_STORY_OUTDATED,
        Problem::StoryWithdrawn => tell::PROBLEM_STORY_WITHDRAWN,
        Problem::StoryUnknown => tell::PROBLEM_STORY_UNKNOWN,
        Problem::Forbidden | Problem::NotSignedIn | Problem::LinkUsed => tell::PROBLEM_FORBIDDEN,
        Problem::TooManyTries { .. } => tell::PROBLEM_TOO_MANY_TRIES,
        Problem::Busy { .. } => tell::TROUBLE_BUSY,
        Problem::ProtocolTooOld { .. } => tell::PROBLEM_PROTOCOL_TOO_OLD,
        Problem::StorageFull => tell::PROBLEM_STORAGE_FULL,
        Problem::Internal => tell::PROBLEM_INTERNAL,
        // Of bytes on their way, which the phone settles by itself.
        Problem::UploadConflict { .. } | Problem::ChecksumMismatch => tell::PROBLEM_MALFORMED,
        Problem::Malformed | Problem::ManifestMismatch | Problem::Unknown => tell::PROBLEM_MALFORMED,
    }
}

/// The line. It stays in the page while its words change; `spoken` makes it a live region, for the one story a
/// screen is about.
pub fn state_line(words: Memo<StateWords>, more_class: &'static str, spoken: bool) -> View {
    el("p")
        .class(move || ["vp-state vp-state--", words.get().kind, " ", more_class].concat())
        .attr("role", spoken.then_some("status"))
        .child(
            svg("svg")
                .class("vp-i")
                .attr("aria-hidden", "true")
                .child(svg("use").attr("href", move || ["/pictures.svg#", words.get().icon].concat())),
        )
        .child(move || sentence(&words.get()))
        .into_view()
}

fn sentence(words: &StateWords) -> View {
    match &words.figure {
        Some((place, figure)) => with_figure(&words.sentence, place, figure.clone()),
        None => el("span").child(words.sentence.clone()).into_view(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(standing: &Standing) -> String {
        let words = state_words(standing, &Around::default());
        assert_eq!((words.kind, words.icon), ("way", "i-way"));
        crate::markup::html(sentence(&words))
    }

    #[test]
    fn up5_how_far_a_story_is_stands_apart_from_the_words_around_it() {
        assert_eq!(
            said(&Standing::OnItsWay(Some(60))),
            r#"<span>Onderweg: <bdi translate="no" class="vp-num">60</bdi> %</span>"#
        );
        assert_eq!(said(&Standing::OnItsWay(None)), "<span>Onderweg</span>");
        assert_eq!(
            said(&Standing::Verifying),
            "<span>Bijna. We kijken of alles er is.</span>"
        );
    }
}
