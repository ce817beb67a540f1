//! A point in a triangle. There is no dot until a person places one: a tap or a drag, the corners, which are buttons
//! that pull it, or three questions in words. All give the same answer.

use super::pole::{pole, word};
use super::slider::{dot, point_of};
use crate::browser::{drawing::value_of, pointer};
use crate::markup::{IntoView, View, el, svg};
use crate::texts::{Text, fill, t, tell};
use crate::watch::RwSignal;
use domain::signifier::{Pole, THIRD, levels_of, shares_of};

/// The drawing: its size and its corners, on top, where reading begins, where it ends.
const WIDE: i32 = 342;
const HIGH: i32 = 310;
const CORNERS: [(i32, i32); 3] = [(171, 30), (32, 274), (310, 274)];
const PLANE: &str = "M147 24a28 28 0 0 1 48 0L332 254a28 28 0 0 1-24 42H34a28 28 0 0 1-24-42z";
const LEVELS: [Text; 3] = [tell::QUESTION_LITTLE, tell::QUESTION_SOME, tell::QUESTION_MUCH];

/// `place` is how much each corner has in the dot, `put` what a person makes of it, `reading` says it in words.
pub fn triangle(
    corners: [Pole; 3],
    reading: View,
    place: impl Fn() -> Option<[u8; 3]> + Copy + 'static,
    put: impl Fn([u8; 3]) + Copy + 'static,
) -> View {
    // What was said in words, also while only some of it was: only then does the dot follow.
    let levels = RwSignal::new(place().map_or([None; 3], |shares| levels_of(shares).map(Some)));
    let put_dot = move |shares| {
        levels.set(levels_of(shares).map(Some));
        put(shares);
    };
    let follow = move |event| {
        if let Some((across, down)) = pointer::place(&event) {
            put_dot(at(across, down));
        }
    };
    let corner = |number: usize| {
        el("button")
            .attr("type", "button")
            .class("vp-pole")
            .attr(
                "aria-label",
                fill(tell::QUESTION_PULL, &[("what", &word(&corners[number].words))]),
            )
            .on("click", move |_| {
                put_dot(pulled(place().unwrap_or([THIRD; 3]), number));
            })
            .child(pole(&corners[number]))
    };
    let thread = |number: usize| {
        let (x, y) = CORNERS[number];
        svg("path")
            .class("vp-triangle__thread")
            .attr("d", move || {
                let (to_x, to_y) = point(place()?);
                Some(["M", &pair(x, y), "L", &pair(to_x, to_y)].concat())
            })
            .attr("stroke-width", move || {
                Some((1 + place()?[number] / 14).to_string())
            })
    };
    let plane = svg("svg")
        .class("vp-triangle__plane vp-flip")
        .attr("viewBox", ["0 0 ", &pair(WIDE, HIGH)].concat())
        .attr("aria-hidden", "true")
        .on("pointerdown", follow)
        .on("pointermove", follow)
        .child((0..3).map(dye).collect::<Vec<View>>())
        .child(svg("path").class("vp-triangle__ground").attr("d", PLANE))
        .child(
            ["url(#dye-0)", "url(#dye-1)", "url(#dye-2)"]
                .map(|fill| {
                    svg("path")
                        .class("vp-triangle__dye")
                        .attr("fill", fill)
                        .attr("d", PLANE)
                        .into_view()
                })
                .into_iter()
                .collect::<Vec<View>>(),
        )
        .child(
            (0..3)
                .map(|number| thread(number).into_view())
                .collect::<Vec<View>>(),
        )
        .child(move || {
            place().map(|shares| {
                let (x, y) = point(shares);
                dot(x, y)
            })
        });
    el("div")
        .class("vp-triangle")
        .child(corner(0))
        .child(plane)
        .child(corner(1))
        .child(corner(2))
        .child(reading)
        .child(in_words(&corners, levels, put))
        .into_view()
}

/// An answer, small and still: where the dot is, and how much each corner pulls.
pub fn small_triangle(shares: [u8; 3]) -> View {
    let (to_x, to_y) = point(shares);
    let threads = CORNERS.iter().zip(shares).map(|((x, y), share)| {
        svg("path")
            .class("vp-triangle__thread")
            .attr("d", ["M", &pair(*x, *y), "L", &pair(to_x, to_y)].concat())
            .attr("stroke-width", (3 + share / 7).to_string())
            .into_view()
    });
    svg("svg")
        .class("vp-answer vp-flip")
        .attr("viewBox", ["0 0 ", &pair(WIDE, HIGH)].concat())
        .attr("aria-hidden", "true")
        .child(svg("path").class("vp-triangle__ground").attr("d", PLANE))
        .child(threads.collect::<Vec<View>>())
        .child(point_of(to_x, to_y))
        .into_view()
}

/// Three questions with three answers each, for who does not use the picture.
fn in_words(
    corners: &[Pole; 3],
    levels: RwSignal<[Option<u8>; 3]>,
    put: impl Fn([u8; 3]) + Copy + 'static,
) -> View {
    let open = RwSignal::new(false);
    let names: Vec<String> = corners.iter().map(|corner| word(&corner.words)).collect();
    let answer = move |number: usize, level: u8| {
        levels.update(|levels| levels[number] = Some(level));
        if let [Some(a), Some(b), Some(c)] = levels.get_untracked() {
            put(shares_of([a, b, c]));
        }
    };
    let option = move |number: usize, level: u8| {
        el("label")
            .class("vp-chip")
            .child(
                el("input")
                    .attr("type", "radio")
                    .attr("name", ["corner-", &number.to_string()].concat())
                    .attr("value", level.to_string())
                    .prop("checked", move || {
                        (levels.get()[number] == Some(level)).then_some("true")
                    })
                    .on("change", move |event| {
                        if let Ok(level) = value_of(&event).parse() {
                            answer(number, level);
                        }
                    }),
            )
            .child(el("span").child(t(LEVELS[usize::from(level)])))
            .into_view()
    };
    let question = move |number: usize, name: &String| {
        let options: Vec<View> = (0..3).map(|level| option(number, level)).collect();
        el("fieldset")
            .child(el("legend").class("vp-label").child(name.clone()))
            .child(el("div").class("vp-chips").child(options))
            .into_view()
    };
    let questions = move || {
        let ask = |(number, name)| question(number, name);
        open.get()
            .then(|| names.iter().enumerate().map(ask).collect::<Vec<View>>())
    };
    el("div")
        .class("vp-triangle__words")
        .child(
            el("button")
                .attr("type", "button")
                .class("vp-btn vp-btn--quiet vp-btn--small")
                .attr("aria-expanded", move || if open.get() { "true" } else { "false" })
                .on("click", move |_| open.update(|open| *open = !*open))
                .child(el("span").child(t(tell::QUESTION_IN_WORDS))),
        )
        .child(questions)
        .into_view()
}

fn pair(x: i32, y: i32) -> String {
    [x.to_string(), y.to_string()].join(" ")
}

/// The dye of a corner, which fades towards the others.
fn dye(number: i32) -> View {
    let (x, y) = CORNERS[number as usize];
    let stop = |offset, opacity| {
        svg("stop")
            .class(["dye-0", "dye-1", "dye-2"][number as usize])
            .attr("offset", offset)
            .attr("stop-opacity", opacity)
    };
    svg("radialGradient")
        .attr("id", ["dye-", &number.to_string()].concat())
        .attr("gradientUnits", "userSpaceOnUse")
        .attr("cx", x.to_string())
        .attr("cy", y.to_string())
        .attr("r", "250")
        .child(stop("0", "1"))
        .child(stop("1", "0"))
        .into_view()
}

/// Whole hundredths, the half upwards, also below nothing.
fn part(of: i32, whole: i32) -> i32 {
    (of * 200 + whole).div_euclid(2 * whole)
}

/// How much each corner has in a place on the drawing, in thousandths of its width and height; what lies beside the
/// triangle belongs to its edge, and close to the middle is the middle.
fn at(across: i32, down: i32) -> [u8; 3] {
    let [(middle, top), (start, bottom), _] = CORNERS;
    let first = part(bottom - down * HIGH / 1000, bottom - top).clamp(0, 100);
    let rest = 100 - first;
    let lean = part(across * WIDE / 1000 - middle, middle - start).clamp(-rest, rest);
    let third = (rest + lean) / 2;
    let shares = [first, rest - third, third].map(|share| share as u8);
    if shares.iter().all(|share| (29..=38).contains(share)) {
        [THIRD; 3]
    } else {
        shares
    }
}

/// Where on the drawing a point with these shares lies.
fn point([first, second, third]: [u8; 3]) -> (i32, i32) {
    let [(middle, top), (start, bottom), _] = CORNERS;
    let lean = i32::from(third) - i32::from(second);
    let (x, y) = (lean * (middle - start), i32::from(first) * (bottom - top));
    (middle + x / 100, bottom - y / 100)
}

/// The dot a step nearer to a corner; the others give way as much as they have.
fn pulled(shares: [u8; 3], corner: usize) -> [u8; 3] {
    const STEP: u32 = 20;
    let shares = shares.map(u32::from);
    let (one, other) = ((corner + 1) % 3, (corner + 2) % 3);
    let mut rest = 100 - (shares[corner] + STEP).min(100);
    let both = (shares[one] + shares[other]).max(1);
    if shares[one] == shares[other] {
        // What was even stays even.
        rest &= !1;
    }
    let mut pulled = [0; 3];
    pulled[one] = ((rest * shares[one] * 2 + both) / (2 * both)) as u8;
    pulled[other] = rest as u8 - pulled[one];
    pulled[corner] = (100 - rest) as u8;
    pulled
}

#[cfg(test)]
mod tests {
    use super::{CORNERS, HIGH, THIRD, WIDE, at, point, pulled};

    fn tapped((x, y): (i32, i32)) -> [u8; 3] {
        at((x * 1000 + 500) / WIDE, (y * 1000 + 500) / HIGH)
    }

    #[test]
    fn sg5_every_tap_is_a_whole_and_near_the_middle_it_is_the_middle() {
        for across in (-200..1200).step_by(7) {
            for down in (-200..1200).step_by(7) {
                let shares = at(across, down);
                let whole: u32 = shares.map(u32::from).iter().sum();
                assert!(
                    whole == 100 || shares == [THIRD; 3],
                    "{across} {down}: {shares:?}"
                );
            }
        }
        assert_eq!(tapped((171, 193)), [THIRD; 3]);
        assert_eq!(CORNERS.map(tapped), [[100, 0, 0], [0, 100, 0], [0, 0, 100]]);
    }

    #[test]
    fn sg5_a_dot_lies_where_it_was_put() {
        for first in (0..=100).step_by(5) {
            for second in (0..=100 - first).step_by(5) {
                let shares = [first, second, 100 - first - second];
                let back = tapped(point(shares));
                let far = (0..3).map(|n| shares[n].abs_diff(back[n])).max();
                assert!(
                    far <= Some(2) || back == [THIRD; 3],
                    "{shares:?} came back as {back:?}"
                );
            }
        }
    }

    #[test]
    fn sg6_seen_in_a_mirror_it_is_the_same_point() {
        for across in (0..=1000).step_by(11) {
            for down in (0..=1000).step_by(11) {
                let ([a, b, c], [x, z, y]) = (at(across, down), at(1000 - across, down));
                let far = [a.abs_diff(x), b.abs_diff(y), c.abs_diff(z)];
                assert!(
                    far.iter().all(|far| *far <= 2) || [a, x].contains(&THIRD),
                    "{across} {down}"
                );
            }
        }
    }

    #[test]
    fn a_corner_pulls_the_dot_until_it_is_there() {
        let mut shares = [THIRD; 3];
        for _ in 0..5 {
            shares = pulled(shares, 1);
            assert_eq!(shares.map(u32::from).iter().sum::<u32>(), 100);
            assert_eq!(shares[0], shares[2]);
        }
        assert_eq!(shares, [0, 100, 0]);
        assert_eq!(pulled(shares, 2), [0, 80, 20]);
        assert_eq!(pulled([60, 30, 10], 0), [80, 15, 5]);
    }
}
