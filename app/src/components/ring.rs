//! The stemring: the line a voice leaves, and the same line unrolled into a thread to scrub along.
//!
//! One level from 0 to 1 for each second. The line turns once a minute, clockwise also in a language that runs from
//! right to left, as a clock; it swells with the voice and goes thin in a silence. It grows by its pitch a turn, and
//! the pitch shrinks so that the last turn fits: the past never changes shape, only scale.

use crate::markup::{El, IntoView, View, el, svg};

/// The middle of the square the ring is drawn in, in tenths of a unit: whole numbers are short and need no code to
/// write out.
const MIDDLE: f32 = 1920.0;
/// Where the line starts, and the farthest its middle comes.
const INNER: f32 = 930.0;
const OUTER: f32 = 1640.0;
/// How much farther out one turn later.
const PITCH: f32 = 440.0;
/// The most and the least width.
const WIDTH: (f32, f32) = (340.0, 36.0);
/// Cosine and sine of 6°, one second. Turning by them saves the phone the tables of a library.
const STEP: (f32, f32) = (0.994_521_9, 0.104_528_46);
/// How many seconds the dots go on after the line.
const DOTS: usize = 14;

/// A ring as path data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ring {
    /// The line, filled.
    pub line: String,
    /// What is not told yet, or was cut off: to be dotted.
    pub dots: String,
    /// Where the line is now: x, y and half its width.
    pub tip: [i32; 3],
}

/// The first `until` seconds of a ring of `levels`.
pub fn ring(levels: &[f32], until: usize) -> Ring {
    let turns = levels.len().max(1) as f32 / 60.0;
    let pitch = PITCH.min((OUTER - INNER) / turns);
    let until = until.min(levels.len());
    let (mut there, mut back, mut on) = (Vec::new(), Vec::new(), Vec::new());
    let (mut x, mut y) = (0.0, -1.0);
    let mut half = 0.0;
    for second in 0..=until + DOTS {
        let radius = INNER + pitch * second as f32 / 60.0;
        let at = |radius: f32| (MIDDLE + x * radius, MIDDLE + y * radius);
        if second <= until {
            half = if second == 0 {
                0.0
            } else {
                width(levels[second - 1], WIDTH.0.min(pitch * 0.78), WIDTH.1) / 2.0
            };
            there.push(at(radius + half));
            back.push(at(radius - half));
        }
        if second >= until {
            on.push(at(radius));
        }
        (x, y) = (x * STEP.0 - y * STEP.1, x * STEP.1 + y * STEP.0);
    }
    let (tip_x, tip_y) = on[0];
    Ring {
        line: if until == 0 {
            String::new()
        } else {
            round(there, back)
        },
        // After a gap, so that the line is seen to end.
        dots: path(&on[2..], "M", "L"),
        tip: [tip_x as i32, tip_y as i32, half as i32],
    }
}

/// The first `until` seconds of `levels` as a thread of 1000 by 88.
pub fn thread(levels: &[f32], until: usize) -> String {
    let step = 1000.0 / levels.len().max(1) as f32;
    let (mut there, mut back) = (Vec::new(), Vec::new());
    for (second, level) in levels.iter().enumerate().take(until) {
        let (x, half) = (step * (second as f32 + 0.5), width(*level, 80.0, 8.0) / 2.0);
        there.push((x, 44.0 - half));
        back.push((x, 44.0 + half));
    }
    round(there, back)
}

/// The levels of everything told: of what was recorded just now they are known, before that nothing is made up and
/// the line is even.
pub fn levels(known: &[f32], seconds: usize) -> Vec<f32> {
    let known = &known[known.len().saturating_sub(seconds)..];
    let mut all = vec![0.3; seconds - known.len()];
    all.extend(known);
    all
}

/// A line swells a little less than the voice does: about the 0.9th power of the level.
fn width(level: f32, most: f32, least: f32) -> f32 {
    let level = level.clamp(0.0, 1.0);
    least.min(most) + (most - least).max(0.0) * level * (1.12 - 0.12 * level)
}

/// One side there and the other back, rounded: a curve through the middles between the points.
fn round(mut there: Vec<(f32, f32)>, back: Vec<(f32, f32)>) -> String {
    there.extend(back.into_iter().rev());
    let count = there.len();
    if count == 0 {
        return String::new();
    }
    let mut middles = Vec::with_capacity(count * 2 + 1);
    // Around, and at the end once more through the first.
    for place in 0..=count {
        let (point, next) = (there[place % count], there[(place + 1) % count]);
        if place > 0 {
            middles.push(point);
        }
        middles.push(((point.0 + next.0) / 2.0, (point.1 + next.1) / 2.0));
    }
    path(&middles, "M", "Q")
}

fn path(points: &[(f32, f32)], first: &'static str, rest: &'static str) -> String {
    let mut out = String::new();
    for (place, (x, y)) in points.iter().enumerate() {
        // Letters are repeated by nobody: after the first of its kind numbers alone go on.
        out.push_str(match place {
            0 => first,
            1 => rest,
            _ => " ",
        });
        out.push_str(&(*x as i32).to_string());
        out.push(' ');
        out.push_str(&(*y as i32).to_string());
    }
    out
}

/// The square of a ring: what is drawn in it, and what stands in its middle.
pub fn ring_view(drawn: View, inside: View) -> View {
    el("div")
        .class("vp-ring")
        .child(
            svg("svg")
                .attr("viewBox", "0 0 3840 3840")
                .attr("aria-hidden", "true")
                .child(drawn),
        )
        .child(inside)
        .into_view()
}

/// A part of the ring: its class and its path.
pub fn line(class: &'static str, path: impl FnMut() -> String + 'static) -> El {
    svg("path").class(class).attr("d", path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(path: &str) -> Vec<i32> {
        path.split(|c: char| !(c.is_ascii_digit() || c == '-'))
            .filter_map(|number| number.parse().ok())
            .collect()
    }

    #[test]
    fn nothing_told_leaves_no_line_but_a_place_at_the_top() {
        let ring = ring(&[], 0);
        assert_eq!(ring.line, "");
        assert_eq!(ring.tip, [1920, 990, 0]);
        assert_eq!(thread(&[], 0), "");
    }

    #[test]
    fn it_turns_clockwise_once_a_minute() {
        let tip = |seconds: usize| ring(&vec![0.5; seconds], seconds).tip;
        let [right, _, _] = tip(15);
        let [_, below, _] = tip(30);
        assert!(right > 2_900 && below > 3_000, "{right} {below}");
        let [x, y, _] = tip(60);
        assert!((x - 1920).abs() < 4 && (y - 550).abs() < 4, "{x} {y}");
    }

    #[test]
    fn ten_minutes_fit_and_every_number_is_in_the_square() {
        for seconds in [1, 59, 60, 105, 106, 600] {
            let ring = ring(&vec![1.0; seconds], seconds);
            for number in numbers(&ring.line).into_iter().chain(numbers(&ring.dots)) {
                assert!((0..=3840).contains(&number), "{seconds} s: {number}");
            }
        }
    }

    #[test]
    fn a_voice_is_wide_and_a_silence_is_thin() {
        assert!(ring(&[1.0], 1).tip[2] > 3 * ring(&[0.0], 1).tip[2]);
        // Ten turns lie close together, and still do not touch.
        assert!(ring(&[1.0; 600], 600).tip[2] * 2 < 71);
    }

    #[test]
    fn the_played_part_lies_on_the_whole() {
        let levels: Vec<f32> = (0..300_u16).map(|s| f32::from(s % 7) / 7.0).collect();
        let (whole, half) = (ring(&levels, 300), ring(&levels, 150));
        let (whole, half) = (numbers(&whole.line), numbers(&half.line));
        assert_eq!(whole[..500], half[..500]);
    }

    #[test]
    fn what_is_not_known_is_even() {
        assert_eq!(levels(&[0.9], 3), [0.3, 0.3, 0.9]);
        assert_eq!(levels(&[0.1, 0.9], 1), [0.9]);
        assert_eq!(levels(&[], 0), [0.0; 0]);
    }
}
