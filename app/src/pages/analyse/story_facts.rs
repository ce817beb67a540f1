//! What the list and the open story both say of a story.

use crate::markup::{IntoView, View, el};
use crate::{
    browser::dates,
    components::{
        clock::{clock, clock_view},
        icon::{icon, pictogram},
        story_pair::pair_name,
        tag_word::tag_chip,
    },
    texts::{Language, Text, current, fill, staff, t},
};
use domain::{
    consent::{Answer, Choices, Use},
    story::{Perspective, StorySummary},
    time::Span,
};

/// The story's own name, or else its two pictures by their names.
pub(super) fn name(story: &StorySummary) -> View {
    match &story.title {
        Some(title) => {
            let language = spoken(&story.language);
            el("bdi")
                .attr("dir", "auto")
                .attr("lang", language)
                .attr("translate", "no")
                .child(title.clone())
                .into_view()
        }
        None => el("bdi")
            .attr("lang", word_language())
            .child(pair_name(story.pictures))
            .into_view(),
    }
}

/// The same as words alone, for a label.
pub(super) fn name_in_words(story: &StorySummary) -> String {
    story.title.clone().unwrap_or_else(|| pair_name(story.pictures))
}

/// Value of `lang` for words of the telling flow, which are translated where those of staff are not.
pub(super) fn word_language() -> Option<&'static str> {
    (current() == Language::Ar).then_some(Language::Ar.tag())
}

/// Value of `lang` for what a teller wrote; empty says that nobody knows.
pub(super) fn spoken(language: &str) -> String {
    if language == "other" {
        String::new()
    } else {
        language.to_owned()
    }
}

/// Who tells, in which language, how long, since when.
pub(super) fn facts(story: &StorySummary, class: &'static str) -> View {
    let (mark, word) = match story.perspective {
        Perspective::Resident => ("vp-mark vp-mark--resident", staff::PERSPECTIVE_RESIDENT),
        Perspective::Professional => ("vp-mark vp-mark--professional", staff::PERSPECTIVE_PROFESSIONAL),
        Perspective::Policymaker => ("vp-mark vp-mark--policymaker", staff::PERSPECTIVE_POLICYMAKER),
    };
    let sound = (story.millis > 0).then(|| {
        el("span")
            .child(icon("i-play"))
            .child(el("span").class("vp-hidden").child(t(staff::STORY_LASTS)))
            .child(clock_view(clock(Span(story.millis.into()))))
    });
    // A story told aloud has no words to count.
    let words = (story.words > 0 || (story.millis == 0 && story.images == 0))
        .then(|| el("bdi").child(fill(staff::STORY_WORDS, &[("count", &story.words.to_string())])));
    let images = (story.images > 0).then(|| {
        el("span")
            .child(icon("i-picture"))
            .child(el("span").class("vp-hidden").child(t(staff::STORY_IMAGES)))
            .child(el("bdi").class("vp-num").child(story.images.to_string()))
    });
    el("p")
        .class(class)
        .child(
            el("span")
                .child(el("span").class(mark).attr("aria-hidden", "true"))
                .child(el("span").child(t(word))),
        )
        .child(el("span").child(t(language_word(&story.language))))
        .child(sound)
        .child(words)
        .child(images)
        .child(el("bdi").child(dates::day(story.received_at)))
        .child((story.edition > 1).then(|| {
            el("span")
                .child(icon("i-pen"))
                .child(el("span").child(t(staff::STORY_REVISED)))
        }))
        .into_view()
}

/// Its tags, each picture and word.
pub(super) fn tags(story: &StorySummary) -> Vec<View> {
    story.tags.iter().map(tag_chip).collect()
}

/// The four uses as the cards' own pictures: full for yes, outlined for no, always with the word; a screen reader
/// hears the answer as well.
pub(super) fn uses(choices: Choices) -> View {
    let uses: Vec<View> = Use::ALL
        .into_iter()
        .map(|to| {
            let answer = choices.answer(to);
            let (picture, yes, no) = match to {
                Use::Analysis => (
                    "c-analysis",
                    staff::CONSENT_ANALYSIS_YES,
                    staff::CONSENT_ANALYSIS_NO,
                ),
                Use::Meeting => ("c-meeting", staff::CONSENT_MEETING_YES, staff::CONSENT_MEETING_NO),
                Use::Report => ("c-report", staff::CONSENT_REPORT_YES, staff::CONSENT_REPORT_NO),
                Use::Public => ("c-public", staff::CONSENT_PUBLIC_YES, staff::CONSENT_PUBLIC_NO),
            };
            let sentence = t(if answer == Answer::Yes { yes } else { no });
            // "Bijeenkomst: ja": the picture says the answer to eyes, the words to ears.
            let (word, said) = sentence.split_at(sentence.find(':').unwrap_or(sentence.len()));
            el("li")
                .toggle("is-no", answer == Answer::No)
                .child(pictogram(picture))
                .child(el("span").child(word))
                .child(el("span").class("vp-hidden").child(said))
                .into_view()
        })
        .collect();
    el("ul")
        .class("vp-uses")
        .attr("aria-label", t(staff::STORY_CONSENT))
        .child(uses)
        .into_view()
}

/// The word for the language a story is told in.
fn language_word(language: &str) -> Text {
    match language {
        "nl" => staff::LANG_NL,
        "en" => staff::LANG_EN,
        "ar" => staff::LANG_AR,
        "ti" => staff::LANG_TI,
        "uk" => staff::LANG_UK,
        "tr" => staff::LANG_TR,
        "pl" => staff::LANG_PL,
        "de" => staff::LANG_DE,
        "fr" => staff::LANG_FR,
        "es" => staff::LANG_ES,
        "so" => staff::LANG_SO,
        "fa" => staff::LANG_FA,
        _ => staff::LANG_OTHER,
    }
}
