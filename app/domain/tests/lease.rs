//! LE: what staff take along, and when it goes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use domain::draft::{Arrival, PhoneStory};
use domain::id::{MemberId, ProjectId, StoryId};
use domain::member::{Member, Role};
use domain::scope::Row;
use domain::story::OwnStory;
use domain::sync::lease::{Erase, Event, LEASE_SPAN, Lease, LeaseGiven, ends};
use domain::sync::outbox::Outbox;
use domain::time::{Span, Timestamp};
use std::collections::BTreeSet;
use uuid::Uuid;

const HOUR: Span = Span::seconds(3_600);
const EPOCH: u64 = 4;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn story(number: u128) -> StoryId {
    StoryId(id(number))
}

fn member() -> Member {
    Member {
        id: MemberId(id(1)),
        project: ProjectId(id(2)),
        role: Role::Analyst,
    }
}

/// The server's clock when the lease is given.
const GIVEN: Timestamp = Timestamp(1_795_000_000_000);
/// The device's clock at that moment: a year behind.
const HERE: Timestamp = Timestamp(1_763_000_000_000);

fn given(stories: &[u128]) -> LeaseGiven {
    LeaseGiven {
        server_time: GIVEN,
        ends_at: ends(GIVEN, GIVEN.after(Span::days(30))),
        stories: stories.iter().copied().map(story).collect(),
    }
}

/// A lease of stories 11, 12 and 13, all of them stored.
fn lease() -> Lease {
    let given = given(&[11, 12, 13]);
    let mut lease = Lease::begin(member(), EPOCH, &given, HERE, None);
    given.stories.iter().for_each(|id| lease.hold(*id));
    lease
}

fn before(moment: Timestamp, span: Span) -> Timestamp {
    Timestamp(moment.0 - span.0)
}

#[test]
fn le1_a_lease_ends_after_seven_days_or_with_the_sign_in() {
    assert_eq!(
        ends(GIVEN, GIVEN.after(Span::days(30))),
        GIVEN.after(Span::days(7))
    );
    assert_eq!(ends(GIVEN, GIVEN.after(HOUR)), GIVEN.after(HOUR));
    // A server that says more is not believed.
    let long = LeaseGiven {
        ends_at: GIVEN.after(Span::days(400)),
        ..given(&[])
    };
    let lease = Lease::begin(member(), EPOCH, &long, HERE, None);
    assert_eq!(lease.until(), GIVEN.after(LEASE_SPAN));
    assert_eq!(lease.until_here(), HERE.after(LEASE_SPAN));
}

#[test]
fn le2_what_is_given_anew_stays_and_what_is_not_is_no_longer_named() {
    let lease = lease();
    let later = Lease::begin(member(), EPOCH, &given(&[12, 14]), HERE.after(HOUR), Some(&lease));
    assert_eq!(later.stories(), &BTreeSet::from([story(12)]));
    assert_eq!(later.until_here(), HERE.after(HOUR).after(LEASE_SPAN));
    // What somebody else held is nobody's.
    let other = Member {
        id: MemberId(id(9)),
        ..member()
    };
    let others = Lease::begin(other, EPOCH, &given(&[12]), HERE, Some(&lease));
    assert!(others.stories().is_empty());
}

#[test]
fn le3_the_end_is_counted_from_the_giving_whatever_the_devices_clock_says() {
    let last = before(HERE.after(LEASE_SPAN), Span(1));
    assert_eq!(lease().after(Event::Clock(last)), Erase::Nothing);
    assert_eq!(lease().after(Event::Clock(HERE.after(LEASE_SPAN))), Erase::All);
}

#[test]
fn le3_a_clock_put_years_ahead_erases_and_never_exposes() {
    let mut lease = lease();
    assert_eq!(
        lease.after(Event::Clock(HERE.after(Span::days(4_000)))),
        Erase::All
    );
    assert!(lease.stories().is_empty());
}

#[test]
fn le3_a_clock_put_back_ends_it_and_one_that_is_set_right_does_not() {
    let seen = HERE.after(Span::days(3));
    let after = |back: Span| {
        let mut lease = lease();
        assert_eq!(lease.after(Event::Clock(seen)), Erase::Nothing);
        lease.after(Event::Clock(before(seen, back)))
    };
    assert_eq!(after(Span::seconds(300)), Erase::Nothing);
    assert_eq!(after(Span(300_001)), Erase::All);
    assert_eq!(after(Span::days(3)), Erase::All);
    // Little by little is no way round: the latest that was ever seen counts.
    let mut lease = lease();
    lease.after(Event::Clock(seen));
    assert_eq!(
        lease.after(Event::Clock(before(seen, Span::seconds(200)))),
        Erase::Nothing
    );
    assert_eq!(
        lease.after(Event::Clock(before(seen, Span::seconds(400)))),
        Erase::All
    );
}

#[test]
fn le3_the_servers_clock_ends_it_whatever_the_devices_says() {
    let end = GIVEN.after(LEASE_SPAN);
    assert_eq!(
        lease().after(Event::ServerClock(before(end, Span(1)))),
        Erase::Nothing
    );
    assert_eq!(lease().after(Event::ServerClock(end)), Erase::All);
}

#[test]
fn le4_a_story_that_may_not_be_read_any_more_goes_and_the_rest_stays() {
    let mut lease = lease();
    let all = BTreeSet::from([11, 12, 13, 20].map(story));
    assert_eq!(lease.after(Event::MayRead(&all)), Erase::Nothing);
    let less = BTreeSet::from([11, 13, 20].map(story));
    assert_eq!(
        lease.after(Event::MayRead(&less)),
        Erase::Stories(BTreeSet::from([story(12)]))
    );
    assert_eq!(lease.stories(), &BTreeSet::from([story(11), story(13)]));
    // Said once, it is not named again.
    assert_eq!(lease.after(Event::MayRead(&less)), Erase::Nothing);
    assert_eq!(
        lease.after(Event::MayRead(&BTreeSet::new())),
        Erase::Stories(BTreeSet::from([story(11), story(13)]))
    );
}

#[test]
fn le5_who_is_not_there_any_more_leaves_nothing_behind() {
    assert_eq!(lease().after(Event::SignedOut), Erase::All);
    let same = member();
    assert_eq!(lease().after(Event::SignedIn(same)), Erase::Nothing);
    for other in [
        Member {
            id: MemberId(id(9)),
            ..same
        },
        // No longer of this project, or no longer with a right to read.
        Member {
            project: ProjectId(id(9)),
            ..same
        },
        Member {
            role: Role::Reporter,
            ..same
        },
    ] {
        assert_eq!(lease().after(Event::SignedIn(other)), Erase::All, "{other:?}");
    }
    // Another role that may read is no reason.
    let manager = Member {
        role: Role::Manager,
        ..same
    };
    assert_eq!(lease().after(Event::SignedIn(manager)), Erase::Nothing);
}

#[test]
fn le5_a_server_that_was_put_back_does_not_know_what_it_gave_and_ends_it() {
    assert_eq!(lease().after(Event::Epoch(EPOCH)), Erase::Nothing);
    assert_eq!(lease().after(Event::Epoch(EPOCH + 1)), Erase::All);
}

#[test]
fn le7_a_story_is_held_only_once_all_of_it_is_stored() {
    let mut lease = Lease::begin(member(), EPOCH, &given(&[11, 12]), HERE, None);
    assert!(lease.stories().is_empty());
    lease.hold(story(11));
    assert_eq!(lease.stories(), &BTreeSet::from([story(11)]));
}

#[test]
fn le6_the_phone_of_a_teller_keeps_until_when_somebody_may_hold_what_they_took_back() {
    let mut story: PhoneStory = serde_json::from_str(include_str!("fixtures/phone-story-1.json")).unwrap();
    let own: Row = serde_json::from_str(include_str!("fixtures/own-story-3.json")).unwrap();
    let Row::OwnStory(own) = own else {
        panic!("another row")
    };
    assert_eq!(story.held_until, None);
    assert!(story.follow(&own, &Outbox::restore(vec![])));
    assert_eq!(story.arrival, Arrival::Withdrawn);
    assert_eq!(story.held_until, Some(Timestamp(1_795_604_800_000)));
    // It is there no longer than it is true.
    let own = OwnStory {
        held_until: None,
        ..*own
    };
    assert!(story.follow(&own, &Outbox::restore(vec![])));
    assert_eq!(story.held_until, None);
}
