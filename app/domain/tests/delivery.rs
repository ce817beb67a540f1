//! UP: every byte of sound and pictures is brought, whatever happens on the way.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use domain::{
    Sha256,
    clip::{Clip, ClipKind},
    draft::{Arrival, PhoneStory},
    id::{ClipId, CommandId},
    problem::Problem,
    standing::{Link, Standing, standing},
    sync::{
        delivery::{Ask, CHUNK_LEAST, CHUNK_MOST, Delivery, Reply, Step},
        outbox::{BACKOFF_CAP, Failure, Outbox, Settled},
        protocol::Envelope,
    },
    time::Span,
};
use support::{NOW, Seed, choices, draft, project, wording};

const QUICK: Span = Span(10);

fn photo(length: u64, seed: &mut Seed) -> Clip {
    Clip {
        id: ClipId::random(seed),
        kind: ClipKind::Photo,
        media_type: "image/jpeg".to_owned(),
        length,
        millis: 0,
        sha256: Sha256::of(&length.to_be_bytes()),
        words: None,
    }
}

/// A story with clips of these lengths, of which the server took the manifest.
fn taken(lengths: &[u64], seed: &mut Seed) -> PhoneStory {
    let project = project(seed);
    let mut draft = draft(&project, "Kijk.", choices(true, true, true, false), seed);
    draft.clips = lengths.iter().map(|length| photo(*length, seed)).collect();
    let (mut story, id, command) = draft.finalize(wording(), NOW, seed).unwrap();
    let envelope = Envelope {
        id,
        sequence: 1,
        command,
    };
    story.settle(&Settled::Taken(Box::new(envelope)), 1, NOW);
    story
}

/// One phone's side and a server that has what it was brought.
struct Line {
    stories: Vec<PhoneStory>,
    outbox: Outbox,
    delivery: Delivery,
    seed: Seed,
}

impl Line {
    fn with(lengths: &[&[u64]]) -> Self {
        let mut seed = Seed(11);
        let stories = lengths.iter().map(|lengths| taken(lengths, &mut seed)).collect();
        let outbox = Outbox::restore(vec![]);
        let delivery = Delivery::default();
        Self {
            stories,
            outbox,
            delivery,
            seed,
        }
    }

    fn next(&self) -> Option<Step> {
        self.delivery.next(&self.stories, &self.outbox, NOW)
    }

    fn hear(&mut self, step: &Step, reply: Reply, took: Span) {
        self.delivery.hear(step, reply, took, NOW, &mut self.seed);
    }

    /// The server says yes to `step`.
    fn yes(&mut self, step: &Step, took: Span) {
        let reply = match &step.ask {
            Ask::Where => at(0),
            Ask::Take { from, length, .. } => has(from + length),
        };
        self.hear(step, reply, took);
    }

    /// The first chunk of the clip whose turn it is.
    fn chunk(&mut self) -> Step {
        let mut step = self.next().unwrap();
        if step.ask == Ask::Where {
            self.yes(&step, QUICK);
            step = self.next().unwrap();
        }
        assert!(matches!(step.ask, Ask::Take { .. }));
        step
    }
}

fn at(bytes: u64) -> Reply {
    Reply::Has {
        bytes,
        place: Some("clip".to_owned()),
    }
}

fn has(bytes: u64) -> Reply {
    Reply::Has { bytes, place: None }
}

fn refused(problem: Problem, retry_after: Option<i64>) -> Reply {
    Reply::Failed(Failure::Refused {
        problem,
        retry_after: retry_after.map(Span::seconds),
    })
}

fn length(step: &Step) -> u64 {
    match step.ask {
        Ask::Take { length, .. } => length,
        Ask::Where => 0,
    }
}

#[test]
fn up1_bytes_go_only_for_a_story_whose_manifest_was_taken() {
    let mut line = Line::with(&[&[10]]);
    for arrival in [
        Arrival::Underway,
        Arrival::Safe { at: NOW, epoch: 1 },
        Arrival::Withdrawing,
        Arrival::Withdrawn,
    ] {
        line.stories[0].arrival = arrival;
        assert_eq!(line.next(), None);
        assert_eq!(line.delivery.pause(&line.stories, &line.outbox, NOW), None);
    }
    line.stories[0].arrival = Arrival::Delivering { sent: 0, epoch: 1 };
    assert_eq!(line.next().unwrap().ask, Ask::Where);
}

#[test]
fn up1_a_choice_goes_before_bytes_and_a_refused_one_does_not_keep_them() {
    let mut line = Line::with(&[&[10], &[20]]);
    let first = line.next().unwrap().story;
    assert_eq!(first, line.stories[1].id, "the story told first goes first");
    let narrowed = line.stories[1]
        .choose(choices(true, false, false, false))
        .unwrap();
    let id = CommandId::random(&mut line.seed);
    let mut entry = line.outbox.add(id, narrowed);
    assert_eq!(line.next().unwrap().story, line.stories[0].id);
    entry.refused = Some(Problem::ConsentOutdated { current: 2 });
    line.outbox.adopt(entry);
    assert_eq!(line.next().unwrap().story, first);
    let again = line.stories[1].offer_again().unwrap();
    let mut entry = line.outbox.add(line.stories[1].command, again);
    entry.refused = Some(Problem::ProjectClosed);
    line.outbox.adopt(entry);
    assert_eq!(
        line.next().unwrap().story,
        line.stories[0].id,
        "nobody waits for these bytes"
    );
}

#[test]
fn up2_bytes_go_on_from_where_the_server_says_it_is() {
    let mut line = Line::with(&[&[100_000]]);
    let step = line.next().unwrap();
    line.hear(&step, at(40_000), QUICK);
    let step = line.next().unwrap();
    let Ask::Take { from, length, place } = &step.ask else {
        panic!("{step:?}")
    };
    assert_eq!((*from, place.as_str()), (40_000, "clip"));
    // It kept less than was sent, and says so.
    line.hear(&step, has(from + length - 5), QUICK);
    let step = line.next().unwrap();
    assert!(matches!(step.ask, Ask::Take { from, .. } if from == 40_000 + length - 5));
}

#[test]
fn up2_p20_after_anything_but_a_plain_yes_the_server_is_asked_anew() {
    for reply in [
        Reply::OutOfStep,
        Reply::Unknown,
        Reply::Unreadable,
        has(0),
        has(100_001),
        Reply::Failed(Failure::Unreachable),
        Reply::Failed(Failure::NotOurs),
        refused(Problem::Internal, None),
    ] {
        let mut line = Line::with(&[&[100_000]]);
        let step = line.chunk();
        line.hear(&step, reply.clone(), QUICK);
        assert_eq!(line.delivery.sent(&line.stories[0]), 0, "{reply:?}");
        let later = NOW.after(Span::seconds(2));
        let step = line.delivery.next(&line.stories, &line.outbox, later).unwrap();
        assert_eq!(step.ask, Ask::Where, "{reply:?}");
    }
    // Somebody else's page says nothing of the place, or promises more than there is.
    for reply in [has(0), at(100_001)] {
        let mut line = Line::with(&[&[100_000]]);
        let step = line.next().unwrap();
        line.hear(&step, reply, QUICK);
        assert_eq!(
            line.delivery.waiting(&line.stories[0]).unwrap().0,
            &Failure::NotOurs
        );
    }
}

#[test]
fn up3_p17_chunks_grow_on_a_quick_line_and_shrink_on_a_slow_one() {
    let mut line = Line::with(&[&[50_000_000]]);
    let mut lengths = vec![];
    for seconds in [0, 0, 0, 0, 1, 5, 11, 11, 11, 11, 11, 11, 11, 11] {
        let step = line.chunk();
        lengths.push(length(&step) / 1024);
        line.yes(&step, Span::seconds(seconds));
    }
    assert_eq!(
        lengths,
        [
            32, 128, 512, 1024, 1024, 1024, 1024, 512, 256, 128, 64, 32, 16, 16
        ]
    );
    assert_eq!((CHUNK_LEAST, CHUNK_MOST), (16 * 1024, 1024 * 1024));
}

#[test]
fn up3_p16_too_large_is_followed_at_once_by_smaller_and_it_stays_so() {
    let mut line = Line::with(&[&[50_000_000]]);
    let step = line.chunk();
    line.hear(&step, refused(Problem::TooLarge { limit: 0 }, None), QUICK);
    let smaller = line.chunk();
    assert_eq!(length(&smaller), CHUNK_LEAST);
    line.yes(&smaller, QUICK);
    assert_eq!(
        length(&line.chunk()),
        CHUNK_LEAST,
        "it does not grow into the wall again"
    );
    // There is no smaller one: then it waits.
    let step = line.chunk();
    line.hear(&step, refused(Problem::TooLarge { limit: 0 }, None), QUICK);
    assert!(line.delivery.waiting(&line.stories[0]).is_some());
}

#[test]
fn up3_p18_what_was_cut_off_is_followed_by_smaller() {
    let mut line = Line::with(&[&[50_000_000]]);
    let step = line.chunk();
    assert_eq!(length(&step), 2 * CHUNK_LEAST);
    line.hear(&step, Reply::Failed(Failure::Unreachable), QUICK);
    line.delivery.hurry();
    assert_eq!(length(&line.chunk()), CHUNK_LEAST);
}

#[test]
fn up4_a_clip_that_fails_goes_behind_the_others_and_holds_none_up() {
    let mut line = Line::with(&[&[10, 20], &[30]]);
    let broken = line.next().unwrap();
    line.hear(&broken, refused(Problem::Internal, None), QUICK);
    let mut done = vec![];
    while let Some(step) = line.next() {
        assert_ne!(step.clip, broken.clip);
        if matches!(step.ask, Ask::Take { .. }) {
            done.push(step.length);
        }
        line.yes(&step, QUICK);
    }
    assert_eq!(done, [10, 20]);
    assert!(line.delivery.is_whole(&line.stories[0]));
    let (_, until) = line.delivery.waiting(&line.stories[1]).unwrap();
    let pause = line.delivery.pause(&line.stories, &line.outbox, NOW).unwrap();
    assert_eq!(NOW.after(pause), until);
    let step = line.delivery.next(&line.stories, &line.outbox, until).unwrap();
    assert_eq!(step.clip, broken.clip);
}

#[test]
fn up4_a_clip_that_fails_again_and_again_waits_longer_each_time_up_to_five_minutes() {
    let mut line = Line::with(&[&[10]]);
    let mut longest = vec![];
    for _ in 0..12 {
        let step = Line::with(&[&[10]]).next().unwrap();
        let step = Step {
            story: line.stories[0].id,
            clip: line.stories[0].content.as_ref().unwrap().clips[0].id,
            ..step
        };
        line.hear(&step, Reply::OutOfStep, QUICK);
        let pause = line.delivery.pause(&line.stories, &line.outbox, NOW).unwrap();
        assert!(pause <= BACKOFF_CAP);
        longest.push(pause);
    }
    assert!(longest.iter().max().unwrap().0 > 60_000, "{longest:?}");
    line.delivery.hurry();
    assert_eq!(
        line.delivery.pause(&line.stories, &line.outbox, NOW),
        Some(Span(0))
    );
}

#[test]
fn up4_p14_without_a_connection_everything_waits_and_what_the_server_asks_is_kept_to() {
    let mut line = Line::with(&[&[10]]);
    let Line { outbox, seed, .. } = &mut line;
    outbox.failed(Failure::Unreachable, NOW, seed);
    let (_, until) = outbox.waiting().unwrap();
    if until > NOW {
        assert!(line.outbox.holds_the_line(NOW));
        assert_eq!(line.next(), None);
    }
    // Whatever gets through shows that there is a connection.
    line.outbox.got_through();
    assert!(line.next().is_some());
    // What the server could not do for a command keeps no bytes waiting.
    let failure = |retry_after| Failure::Refused {
        problem: Problem::StorageFull,
        retry_after,
    };
    let Line { outbox, seed, .. } = &mut line;
    outbox.failed(failure(None), NOW, seed);
    outbox.got_through();
    assert!(outbox.waiting().is_some(), "its own wait goes on");
    assert!(line.next().is_some());
    let Line { outbox, seed, .. } = &mut line;
    outbox.failed(failure(Some(Span::seconds(9))), NOW, seed);
    outbox.hurry();
    assert_eq!(line.next(), None);
    let later = NOW.after(Span::seconds(9));
    assert!(line.delivery.next(&line.stories, &line.outbox, later).is_some());
}

#[test]
fn up5_progress_never_runs_back_and_is_not_full_before_the_acknowledgement() {
    let mut line = Line::with(&[&[60, 140]]);
    let show = |line: &Line, link| standing(&line.stories[0], &line.outbox, &line.delivery, link);
    let mut shown = vec![];
    for bytes in [0, 50, 199, 30, 200, 0] {
        line.stories[0].brought(bytes);
        shown.push(show(&line, Link::Sending));
    }
    let percents = [0, 20, 90, 90, 90, 90];
    assert_eq!(shown, percents.map(|percent| Standing::OnItsWay(Some(percent))));
    let text = serde_json::to_string(&line.stories[0]).unwrap();
    let reloaded: PhoneStory = serde_json::from_str(&text).unwrap();
    assert_eq!(reloaded.percent(), Some(90));
    assert_eq!(show(&line, Link::Offline), Standing::WaitingForInternet);
    assert_eq!(
        show(&line, Link::Idle),
        Standing::OnItsWay(Some(90)),
        "between two chunks it is on its way as well"
    );
}

#[test]
fn up5_ob14_what_is_said_while_bytes_are_brought_is_true() {
    let mut line = Line::with(&[&[10], &[20]]);
    let show =
        |line: &Line, which: usize, link| standing(&line.stories[which], &line.outbox, &line.delivery, link);
    let step = line.chunk();
    for (reply, said) in [
        (refused(Problem::Internal, None), Standing::OurFault),
        (refused(Problem::StorageFull, None), Standing::ServerBusy),
        (Reply::Failed(Failure::NotOurs), Standing::WifiAsks),
    ] {
        line.hear(&step, reply, QUICK);
        assert_eq!(show(&line, 1, Link::Idle), said);
        assert_eq!(
            show(&line, 1, Link::Sending),
            said,
            "also while another story is sent"
        );
        assert_eq!(show(&line, 0, Link::Sending), Standing::OnItsWay(Some(0)));
    }
    line.hear(&step, Reply::Unreadable, QUICK);
    assert!(matches!(show(&line, 1, Link::Idle), Standing::TryingAgain(_)));
    line.delivery.hurry();
    while let Some(step) = line.next() {
        line.yes(&step, QUICK);
    }
    assert!(line.delivery.is_whole(&line.stories[1]));
    let again = line.stories[1].offer_again().unwrap();
    line.outbox.add(line.stories[1].command, again);
    assert_eq!(show(&line, 1, Link::Sending), Standing::Verifying);
    assert_eq!(show(&line, 1, Link::Offline), Standing::WaitingForInternet);
}

#[test]
fn up6_a_server_that_still_waits_for_bytes_it_said_it_had_is_asked_anew_and_not_without_end() {
    let mut line = Line::with(&[&[10]]);
    let (mut now, mut longest) = (NOW, Span(0));
    for _ in 0..10 {
        let step = line.delivery.next(&line.stories, &line.outbox, now).unwrap();
        assert_eq!(step.ask, Ask::Where);
        line.hear(&step, at(10), QUICK);
        assert!(line.delivery.is_whole(&line.stories[0]));
        line.delivery.doubt(&line.stories[0], now, &mut line.seed);
        assert!(!line.delivery.is_whole(&line.stories[0]));
        let pause = line.delivery.pause(&line.stories, &line.outbox, now).unwrap();
        now = now.after(pause);
        longest = longest.max(pause);
    }
    assert!(longest > Span::seconds(10), "{longest:?}");
}

#[test]
fn up6_after_a_restore_a_story_being_brought_is_offered_again_with_its_choices() {
    let mut line = Line::with(&[&[10]]);
    let story = &mut line.stories[0];
    story.choose(choices(true, false, false, false)).unwrap();
    story.brought(7);
    assert_eq!(story.reoffer(1, &mut line.seed), vec![]);
    let offers = story.reoffer(2, &mut line.seed);
    assert_eq!(offers.len(), 2);
    assert_eq!(offers[0].0, story.command);
    assert_eq!(story.arrival, Arrival::Delivering { sent: 7, epoch: 2 });
    let older: Arrival = serde_json::from_str(r#"{"delivering":{"sent":3}}"#).unwrap();
    assert_eq!(older, Arrival::Delivering { sent: 3, epoch: 0 });
}
