//! From where somebody speaks: a shape, a colour and a word.

use crate::markup::{IntoView, View, el};
use crate::texts::{t, tell};
use domain::story::Perspective;

/// The word.
pub fn perspective_word(perspective: Perspective) -> &'static str {
    t(match perspective {
        Perspective::Resident => tell::VOICE_RESIDENT,
        Perspective::Professional => tell::VOICE_PROFESSIONAL,
        Perspective::Policymaker => tell::VOICE_POLICYMAKER,
    })
}

/// What the word means, in the teller's own words.
pub fn perspective_meaning(perspective: Perspective) -> &'static str {
    t(match perspective {
        Perspective::Resident => tell::VOICE_RESIDENT_MEANS,
        Perspective::Professional => tell::VOICE_PROFESSIONAL_MEANS,
        Perspective::Policymaker => tell::VOICE_POLICYMAKER_MEANS,
    })
}

/// The shape. It always stands beside the word.
pub fn perspective_mark(perspective: Perspective) -> View {
    let class = match perspective {
        Perspective::Resident => "vp-mark vp-mark--resident",
        Perspective::Professional => "vp-mark vp-mark--professional",
        Perspective::Policymaker => "vp-mark vp-mark--policymaker",
    };
    el("span").class(class).attr("aria-hidden", "true").into_view()
}
