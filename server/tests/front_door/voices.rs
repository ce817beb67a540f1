//! Two voices in one story, and tellers younger than 16: each has a key, and the stricter answer holds everywhere.

use crate::house::{House, Told, Who, acknowledged, puts, rejected};
use domain::command::{ChangeConsent, Command, WithdrawStory};
use domain::consent::{Answer, Choices, OpenChoices, Use, Wording};
use domain::guardian::{Age, Guardian, Under16};
use domain::id::ProjectId;
use domain::member::Role;
use domain::problem::Problem;
use domain::scope::{EntityRef, Row, Scope};
use domain::story::{OwnState, ReadStory};
use domain::sync::protocol::Verdict;
use domain::voices::{SecondDraft, Turn, Voice};

fn all_but(no: &[Use]) -> Choices {
    let yes = Choices {
        analysis: Answer::Yes,
        meeting: Answer::Yes,
        report: Answer::Yes,
        public: Answer::Yes,
    };
    no.iter().fold(yes, |choices, to| choices.with(*to, Answer::No))
}

/// Two who told a story together, the first asked in English; the second says no to these uses.
fn told(house: &House, text: &str, second_no: &[Use]) -> Told {
    house.told_at(text, house.now(), |draft| {
        draft.second = Some(SecondDraft {
            turn: Turn::Second(Wording("en/1".to_owned())),
            choices: OpenChoices::from(all_but(second_no)),
            age: None,
        });
    })
}

async fn arrived(house: &House, text: &str, second_no: &[Use]) -> Told {
    let told = told(house, text, second_no);
    acknowledged(&house.push_one(told.envelope.clone(), &Who::nobody()).await);
    told
}

/// Somebody with the code of one voice.
fn holder(told: &Told, voice: Voice) -> Who {
    Who {
        cookie: None,
        keys: vec![told.story.key_of(voice).unwrap().to_hex()],
    }
}

async fn change(house: &House, told: &Told, who: Voice, whose: Voice, seen: u32, wish: Choices) -> Verdict {
    let command = Command::ChangeConsent(ChangeConsent {
        story: told.story.id,
        voice: whose,
        seen,
        saw: None,
        choices: wish,
        guardian: None,
    });
    house.push_one(house.envelope(command), &holder(told, who)).await
}

/// What the library shows of who may hear it.
async fn shown(house: &House, analyst: &Who, told: &Told) -> Choices {
    let path = format!("/api/v1/stories/{}", told.story.id);
    let read = house.get(&path, analyst.cookie.as_deref()).await;
    let opened = read.json::<ReadStory>().summary.consent;
    let page = house
        .pull(Scope::Members(house.project.id), 0, analyst)
        .await
        .unwrap();
    let listed = puts(&page).into_iter().find_map(|row| match row {
        Row::Summary(summary) if summary.id == told.story.id => Some(summary.consent),
        _ => None,
    });
    assert_eq!(listed, Some(opened), "the list and the story say the same");
    opened
}

fn is_committed(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Committed { .. })
}

#[tokio::test]
async fn co12_co19_the_stricter_answer_holds_in_the_library_and_each_voice_sees_its_own_alone() {
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let told = arrived(&house, "Wij praten over werk.", &[Use::Meeting, Use::Public]).await;
    assert_eq!(
        shown(&house, &analyst, &told).await,
        all_but(&[Use::Meeting, Use::Public])
    );
    for voice in Voice::ALL {
        let page = house.pull(told.scope(), 0, &holder(&told, voice)).await.unwrap();
        let [Row::OwnStory(own)] = &puts(&page)[..] else {
            panic!("the tellers' own story")
        };
        let OwnState::Received {
            consent,
            voice: whose,
            second,
            together,
            ..
        } = &own.state
        else {
            panic!("it is here")
        };
        let (own, wording) = match voice {
            Voice::First => (all_but(&[]), "en/1"),
            Voice::Second => (all_but(&[Use::Meeting, Use::Public]), "nl/1"),
        };
        assert_eq!((consent.choices, consent.version, *whose), (own, 1, voice));
        assert_eq!(consent.wording, Wording(wording.to_owned()));
        assert_eq!(
            (second, *together),
            (&None, Some(all_but(&[Use::Meeting, Use::Public])))
        );
    }
    // On the phone on which they told it, with the keys of both.
    let mut both = holder(&told, Voice::First);
    both.keys.extend(holder(&told, Voice::Second).keys);
    let page = house.pull(told.scope(), 0, &both).await.unwrap();
    let [Row::OwnStory(own)] = &puts(&page)[..] else {
        panic!("the tellers' own story")
    };
    assert!(
        matches!(&own.state, OwnState::Received { second: Some(second), .. }
        if second.choices == all_but(&[Use::Meeting, Use::Public]))
    );
    // After a restart as well.
    let house = house.restarted().await;
    let analyst = house.signed_in(Role::Analyst).await;
    assert_eq!(
        shown(&house, &analyst, &told).await,
        all_but(&[Use::Meeting, Use::Public])
    );
}

#[tokio::test]
async fn co13_a_dialogue_of_which_one_says_no_to_analysis_is_refused_whole() {
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    for voice in Voice::ALL {
        let mut told = told(&house, "Dit blijft bij ons.", &[]);
        if let Command::FinalizeStory(finalize) = &mut told.envelope.command {
            match voice {
                Voice::First => finalize.choices.analysis = Answer::No,
                Voice::Second => finalize.second.as_mut().unwrap().choices.analysis = Answer::No,
            }
        }
        let verdict = house.push_one(told.envelope, &Who::nobody()).await;
        assert_eq!(rejected(&verdict), Problem::ConsentMissing);
    }
    assert!(house.library(&analyst).await.is_empty());
}

#[tokio::test]
async fn co14_each_voice_narrows_and_widens_only_its_own() {
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let told = arrived(&house, "Elk voor zich.", &[Use::Public]).await;
    let narrower = all_but(&[Use::Meeting, Use::Public]);
    for (who, whose) in [(Voice::First, Voice::Second), (Voice::Second, Voice::First)] {
        let verdict = change(&house, &told, who, whose, 1, narrower).await;
        assert_eq!(rejected(&verdict), Problem::StoryUnknown);
    }
    assert!(is_committed(
        &change(&house, &told, Voice::Second, Voice::Second, 1, narrower).await
    ));
    assert_eq!(shown(&house, &analyst, &told).await, narrower);
    // The first one's yes does not undo it; its version is its own.
    assert!(is_committed(
        &change(
            &house,
            &told,
            Voice::First,
            Voice::First,
            1,
            all_but(&[Use::Report])
        )
        .await
    ));
    let strictest = all_but(&[Use::Meeting, Use::Report, Use::Public]);
    assert_eq!(shown(&house, &analyst, &told).await, strictest);
    // Widening goes by the own version, and as far as the other allows.
    let stale = change(&house, &told, Voice::Second, Voice::Second, 1, all_but(&[])).await;
    assert_eq!(rejected(&stale), Problem::ConsentOutdated { current: 2 });
    assert!(is_committed(
        &change(&house, &told, Voice::Second, Voice::Second, 2, all_but(&[])).await
    ));
    assert_eq!(shown(&house, &analyst, &told).await, all_but(&[Use::Report]));
    let (already, answer) = acknowledged(&house.push_one(told.envelope.clone(), &Who::nobody()).await);
    assert_eq!(
        (already, answer.consent),
        (true, 4),
        "every change of either is counted"
    );
}

#[tokio::test]
async fn co14_a_key_of_nobody_here_is_answered_as_if_there_were_no_story() {
    let house = House::open().await;
    let told = arrived(&house, "Van ons.", &[]).await;
    let other = arrived(&house, "Van anderen.", &[]).await;
    let alone = house.told("Van mij.");
    acknowledged(&house.push_one(alone.envelope.clone(), &Who::nobody()).await);
    let strangers = [
        Who::nobody(),
        told.deliverer(),
        alone.owner(),
        holder(&other, Voice::First),
        holder(&other, Voice::Second),
    ];
    for who in strangers {
        for voice in Voice::ALL {
            let mut story = told.story.clone();
            let wish = domain::command::Wish {
                voice,
                ..all_but(&[Use::Public]).into()
            };
            for command in [story.choose(wish), story.clone().take_back()] {
                let verdict = house.push_one(house.envelope(command.unwrap()), &who).await;
                assert_eq!(rejected(&verdict), Problem::StoryUnknown);
            }
        }
        assert!(house.pull(told.scope(), 0, &who).await.is_none());
    }
    // A story with one voice has no second.
    let verdict = {
        let command = Command::ChangeConsent(ChangeConsent {
            story: alone.story.id,
            voice: Voice::Second,
            seen: 1,
            saw: None,
            choices: all_but(&[Use::Public]),
            guardian: None,
        });
        house.push_one(house.envelope(command), &alone.owner()).await
    };
    assert_eq!(rejected(&verdict), Problem::StoryUnknown);
}

#[tokio::test]
async fn co15_the_second_voice_takes_back_the_whole_and_nobody_brings_it_back() {
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let told = arrived(&house, "Toch maar niet.", &[]).await;
    assert_eq!(house.library(&analyst).await, [EntityRef::Summary(told.story.id)]);
    let story = told.story.id;
    let withdraw = || house.envelope(Command::WithdrawStory(WithdrawStory { story }));
    assert!(is_committed(
        &house.push_one(withdraw(), &holder(&told, Voice::Second)).await
    ));
    assert!(house.library(&analyst).await.is_empty());
    for voice in Voice::ALL {
        let again = change(&house, &told, voice, voice, 1, all_but(&[])).await;
        assert_eq!(rejected(&again), Problem::StoryWithdrawn);
        assert!(is_committed(
            &house.push_one(withdraw(), &holder(&told, voice)).await
        ));
        let own = house.pull(told.scope(), 0, &holder(&told, voice)).await.unwrap();
        assert!(matches!(&puts(&own)[..], [Row::OwnStory(own)] if own.state == OwnState::Withdrawn));
    }
    let anew = house.envelope(told.envelope.command.clone());
    let verdict = house.push_one(anew, &holder(&told, Voice::Second)).await;
    assert_eq!(rejected(&verdict), Problem::StoryWithdrawn);
}

#[tokio::test]
async fn co16_the_contract_has_a_guardians_yes_and_no_age() {
    let house = House::open().await;
    let contract = house.get("/api/v1/openapi.json", None).await;
    let contract: serde_json::Value = contract.json();
    let schemas = &contract["components"]["schemas"];
    assert!(schemas["FinalizeStory"]["properties"]["guardian"].is_object());
    assert!(schemas["SecondVoice"]["properties"]["guardian"].is_object());
    assert_eq!(schemas["Guardian"]["enum"], serde_json::json!(["yes"]));
    assert!(schemas.get("Age").is_none());
}

#[tokio::test]
async fn co17_where_stories_of_under_16_stay_one_with_a_guardians_yes_is_refused() {
    let house = House::open().await;
    for (under_16, taken) in [
        (None, true),
        (Some(Under16::Guardian), true),
        (Some(Under16::Stays), false),
    ] {
        let project = house.project_that_asks(under_16).await;
        let mut told = house.told_at("Ik zit op school.", house.now(), |draft| {
            draft.age = Some(Age::Younger {
                guardian: Some(Answer::Yes),
            });
        });
        if let Command::FinalizeStory(finalize) = &mut told.envelope.command {
            finalize.origin.project = project;
        }
        let verdict = house.push_one(told.envelope.clone(), &Who::nobody()).await;
        assert_eq!(is_committed(&verdict), taken, "{under_16:?}: {verdict:?}");
    }
}

#[tokio::test]
async fn co18_what_a_guardian_said_yes_to_is_widened_only_with_another_yes() {
    let house = House::open().await;
    let analyst = house.signed_in(Role::Analyst).await;
    let told = house.told_at("Ik ben jong.", house.now(), |draft| {
        draft.choices.set(Use::Public, Answer::No);
        draft.age = Some(Age::Younger {
            guardian: Some(Answer::Yes),
        });
    });
    acknowledged(&house.push_one(told.envelope.clone(), &Who::nobody()).await);
    let wish = async |guardian| {
        let command = Command::ChangeConsent(ChangeConsent {
            story: told.story.id,
            voice: Voice::First,
            seen: 1,
            saw: None,
            choices: all_but(&[]),
            guardian,
        });
        house.push_one(house.envelope(command), &told.owner()).await
    };
    assert_eq!(rejected(&wish(None).await), Problem::ConsentMissing);
    assert_eq!(shown(&house, &analyst, &told).await, all_but(&[Use::Public]));
    assert!(is_committed(&wish(Some(Guardian::Yes)).await));
    assert_eq!(shown(&house, &analyst, &told).await, all_but(&[]));
    let own = house.pull(told.scope(), 0, &told.owner()).await.unwrap();
    let [Row::OwnStory(own)] = &puts(&own)[..] else {
        panic!("the teller's own story")
    };
    assert!(
        matches!(&own.state, OwnState::Received { consent, .. } if consent.guardian == Some(Guardian::Yes))
    );
}

#[tokio::test]
async fn me6_a_projects_recording_limit_is_a_minute_to_an_hour_and_reaches_the_phone() {
    let house = House::open().await;
    for (seconds, taken) in [
        (Some(59), false),
        (Some(60), true),
        (Some(3_600), true),
        (Some(3_601), false),
        (None, true),
    ] {
        let made = house
            .another_project(|project| project.recording_limit_seconds = seconds)
            .await;
        assert_eq!(made.is_some(), taken, "{seconds:?}");
        let Some(id) = made else { continue };
        let page = house.pull(Scope::Public(id), 0, &Who::nobody()).await.unwrap();
        let [Row::Project(project)] = &puts(&page)[..] else {
            panic!("the project")
        };
        assert_eq!(project.recording_limit_seconds, seconds);
    }
}

impl House {
    async fn project_that_asks(&self, under_16: Option<Under16>) -> ProjectId {
        let made = self.another_project(|project| project.under_16 = under_16).await;
        made.expect("a project may ask that")
    }
}
