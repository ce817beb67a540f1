//! LI: by which way a screen hears of news, and what a socket may carry.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use domain::{
    problem::Problem,
    sync::{
        line::{End, Line, SOCKET_CAP, Way},
        live::{Allowance, BURST, Close, EACH, GATHER},
        outbox::Failure,
    },
    time::{Span, Timestamp},
};
use support::{NOW, Seed};

#[test]
fn li2_the_socket_is_for_news_in_view_and_loading_goes_by_pull() {
    let line = Line::default();
    assert_eq!(line.way(false, true, NOW), Way::Socket);
    assert_eq!(line.way(true, true, NOW), Way::Pull);
    assert_eq!(line.way(false, false, NOW), Way::Pull);
}

#[test]
fn li2_where_sockets_do_not_carry_pulls_take_over_at_once_and_the_socket_is_tried_again() {
    let (mut line, mut seed, mut now) = (Line::default(), Seed(3), NOW);
    let mut bound = 30_000;
    for _ in 0..12 {
        assert_eq!(line.way(false, true, now), Way::Socket);
        assert_eq!(line.ended(End::Mute, now, &mut seed), Span(0));
        // The last millisecond before the bound is before or after the moment that was drawn, never beyond it.
        let latest = now.after(Span(bound));
        assert_eq!(line.way(false, true, latest), Way::Socket);
        line.carried(Way::Pull);
        assert_eq!(line.way(false, true, latest), Way::Socket);
        now = latest;
        bound = (bound * 2).min(SOCKET_CAP.0);
    }
    // A socket that carries makes all of that forgotten; another network may do so as well.
    line.carried(Way::Socket);
    assert_eq!(line, Line::default());
    line.ended(End::Mute, now, &mut seed);
    assert_ne!(line, Line::default());
    line.hurry();
    assert_eq!(line.way(false, true, now), Way::Socket);
    // While the server was away, that a socket did not carry says nothing about sockets.
    line.ended(End::Mute, now, &mut seed);
    line.failed(&Failure::Unreachable, true, &mut seed);
    line.carried(Way::Pull);
    assert_eq!(line, Line::default());
}

#[test]
fn li2_moments_at_which_a_socket_is_tried_again_are_spread() {
    let until_socket = |seed| {
        let mut line = Line::default();
        line.ended(End::Mute, NOW, &mut Seed(seed));
        (0..=30).find(|second| line.way(false, true, NOW.after(Span::seconds(*second))) == Way::Socket)
    };
    let moments: Vec<_> = (0..200).map(|seed| until_socket(seed).unwrap()).collect();
    assert!(moments.iter().any(|moment| *moment < 5) && moments.iter().any(|moment| *moment > 25));
}

#[test]
fn li3_waits_are_drawn_from_a_span_that_doubles_and_never_below_what_the_server_asked() {
    let longest = |seen, failure: &Failure| {
        let mut most = [0; 10];
        for seed in 0..300 {
            let (mut line, mut seed) = (Line::default(), Seed(seed));
            for wait in &mut most {
                *wait = line.failed(failure, seen, &mut seed).0.max(*wait);
            }
        }
        most
    };
    let near = |most: [i64; 10], bounds: [i64; 10]| {
        for (most, bound) in most.into_iter().zip(bounds) {
            assert!(most < bound && most > bound * 9 / 10, "{most} of {bound}");
        }
    };
    let thousand = |bounds: [i64; 10]| bounds.map(|bound| bound * 1_000);
    near(
        longest(true, &Failure::Unreachable),
        thousand([1, 2, 4, 5, 5, 5, 5, 5, 5, 5]),
    );
    near(
        longest(false, &Failure::NotOurs),
        thousand([1, 2, 4, 8, 16, 32, 60, 60, 60, 60]),
    );
    let busy = |seconds| Failure::Refused {
        problem: Problem::Busy { retry_after: 7 },
        retry_after: Some(Span::seconds(seconds)),
    };
    for (asked, least) in [(7, 7_000), (-7, 0), (1 << 40, 300_000)] {
        let wait = Line::default().failed(&busy(asked), true, &mut Seed(1)).0;
        assert!(wait >= least && wait < least + 1_000, "{wait}");
    }
}

#[test]
fn l2_after_a_server_was_killed_four_hundred_are_back_in_time_and_not_at_once() {
    for down in [200, 1_500, 4_000, 60_000, 1_800_000] {
        let mut back = Vec::new();
        for client in 0..400 {
            let (mut line, mut seed) = (Line::default(), Seed(client));
            let mut passed = line.ended(End::Cut, NOW, &mut seed).0;
            while passed < down {
                passed += line.failed(&Failure::Unreachable, true, &mut seed).0;
            }
            back.push(passed - down.min(passed));
        }
        back.sort_unstable();
        let (p95, last) = (back[back.len() * 95 / 100], back[back.len() - 1]);
        assert!(p95 <= 5_000 && last <= 10_000, "down {down}: {p95} {last}");
        // No tenth of a second sees more than a third of them.
        let most = back.iter().map(|moment| {
            let together = |other: &&i64| (**other - *moment).unsigned_abs() <= 50;
            back.iter().filter(together).count()
        });
        assert!(most.max().unwrap() < 134, "down {down}");
    }
}

#[test]
fn l7_a_clock_that_jumps_keeps_nobody_from_the_socket() {
    let (mut line, mut seed) = (Line::default(), Seed(5));
    line.ended(End::Mute, NOW, &mut seed);
    for years in [-10, 10] {
        let jumped = Timestamp(NOW.0 + years * 365 * Span::days(1).0);
        assert_eq!(line.way(false, true, jumped), Way::Socket);
    }
}

#[test]
fn li4_every_end_of_a_socket_says_what_to_do() {
    let all = [
        (1000, Close::Bye),
        (1008, Close::Misused),
        (1009, Close::TooLarge),
        (1011, Close::Trouble),
        (1012, Close::Restart),
        (1013, Close::Later),
        (4401, Close::SignedOut),
    ];
    for (code, end) in all {
        assert_eq!((end.code(), Close::from_code(code)), (code, Some(end)));
        let (mut line, mut seed) = (Line::default(), Seed(9));
        let wait = line.ended(End::Said(end), NOW, &mut seed);
        let way = line.way(false, true, NOW);
        let expected = match end {
            // Come back, a moment later.
            Close::Restart => wait.0 > 0 && way == Way::Socket,
            // Ask who one is, at once; a pull does so.
            Close::SignedOut | Close::Bye => wait.0 == 0 && way == Way::Socket,
            // By pull meanwhile, at once.
            _ => wait.0 == 0 && way == Way::Pull,
        };
        assert!(expected, "{end:?}: {wait:?} {way:?}");
        // A control frame holds 125 bytes, two of them the code.
        assert!(end.reason().len() <= 123);
    }
    for foreign in [0, 1001, 1005, 1006, 4000, 4400] {
        assert_eq!(Close::from_code(foreign), None);
    }
}

#[test]
fn li5_sixty_commands_at_once_and_five_a_second() {
    let (mut allowance, start) = (Allowance::default(), Span::seconds(1_000));
    assert!((0..BURST).all(|_| allowance.take(1, start)));
    assert!(!allowance.take(0, start));
    // A second later five more, however they come.
    let later = Span(start.0 + 1_000);
    assert!(allowance.take(2, later) && allowance.take(0, later) && allowance.take(2, later));
    assert!(!allowance.take(1, later));
    // What was too much cost nothing.
    assert!(!allowance.take(40, later) && allowance.take(1, Span(later.0 + 200)));
    // Whoever was silent for long has no more than the burst.
    let much_later = Span::seconds(100_000);
    assert!(!allowance.take(61, much_later) && allowance.take(60, much_later));
    assert!(!allowance.take(usize::MAX, much_later));
    // Who asks again after each answer never gets there.
    let mut follower = Allowance::default();
    let mut answers = (0..10_000).map(|answer| Span(answer * GATHER.0));
    assert!(answers.all(|now| follower.take(0, now)));
    assert!(GATHER > EACH);
}
