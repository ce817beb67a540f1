//! How long a recording lasts, as it is read: 2:14.

use crate::markup::{IntoView, View, el};
use crate::texts::{Text, t};
use domain::time::Span;

/// Whole minutes and whole seconds, of what has passed entirely.
pub fn minutes_and_seconds(span: Span) -> (i64, i64) {
    let seconds = span.0.max(0) / 1_000;
    (seconds / 60, seconds % 60)
}

/// `2:14`.
pub fn clock(span: Span) -> String {
    let (minutes, seconds) = minutes_and_seconds(span);
    let zero = if seconds < 10 { ":0" } else { ":" };
    [&minutes.to_string(), zero, &seconds.to_string()].concat()
}

/// The same in an element of its own: digits run from left to right, and nobody translates them.
pub fn clock_view(time: String) -> View {
    el("bdi")
        .attr("translate", "no")
        .class("vp-num")
        .child(time)
        .into_view()
}

/// A sentence with `{time}` in it.
pub fn timed(text: Text, span: Span) -> View {
    with_figure(t(text), "{time}", clock(span))
}

/// A sentence, and what stands at this place in it.
pub fn with_figure(sentence: &str, place: &str, figure: String) -> View {
    let (before, after) = sentence.split_once(place).unwrap_or((sentence, ""));
    el("span")
        .child(before.to_owned())
        .child(clock_view(figure))
        .child(after.to_owned())
        .into_view()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_two_digits_and_only_whole_ones_count() {
        let read = |millis| clock(Span(millis));
        assert_eq!(
            [
                read(0),
                read(999),
                read(9_999),
                read(134_500),
                read(600_000),
                read(-1)
            ],
            ["0:00", "0:00", "0:09", "2:14", "10:00", "0:00"]
        );
    }

    #[test]
    fn a_time_is_apart_from_the_words_around_it() {
        let view = with_figure("Je opname van {time} is er nog.", "{time}", "2:14".to_owned());
        assert_eq!(
            crate::markup::html(view),
            r#"<span>Je opname van <bdi translate="no" class="vp-num">2:14</bdi> is er nog.</span>"#
        );
    }
}
