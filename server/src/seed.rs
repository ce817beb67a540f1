//! The demonstration: what an empty data folder is filled with, and the links into it.

use crate::ambient::SharedEntropy;
use crate::http::hex;
use crate::storage::ledger::TxLedger;
use crate::storage::{Db, Error, Keys, member, meta, project, sign_in};
use domain::Sha256;
use domain::command::Command;
use domain::decide::Sender;
use domain::id::{CommandId, MemberId, ProjectId, PromptId, SignifierId};
use domain::language::{LanguageTag, PerLanguage};
use domain::member::{Member, Role};
use domain::project::{EntryCode, EntryPoint, Expectations, Phase, Project, Prompt};
use domain::signifier::{Pole, Signifier, SignifierKind};
use domain::story::Perspective;
use domain::sync::authority::receive;
use domain::sync::protocol::{Envelope, Verdict};
use domain::tag::DEFAULT_SET;
use domain::time::{Span, Timestamp};

/// The ways into the demonstration.
pub struct Links {
    /// The teller's door.
    pub entry: EntryCode,
    /// The secret of a one-time sign-in link per role, each good for a day.
    pub sign_in: Vec<(Role, String)>,
}

/// Fills an empty database with the project "Werk in Houten" and three members. False when it was not empty.
///
/// # Errors
/// When the database cannot be written.
pub async fn demonstration(db: &Db, entropy: &SharedEntropy, now: Timestamp) -> Result<bool, Error> {
    let mut entropy = entropy.clone();
    db.write(move |tx| {
        if project::any(tx)? {
            return Ok(false);
        }
        let project = werk_in_houten(&mut entropy, now);
        let id = project.id;
        let command = Command::CreateProject(Box::new(project));
        let envelope = Envelope {
            id: CommandId::random(&mut entropy),
            sequence: 1,
            command,
        };
        let keys = Keys::default();
        let outcome = receive(
            &mut TxLedger::new(tx, &keys, now),
            &envelope,
            Sender::Instance,
            now,
        )?;
        if !matches!(outcome.verdict, Verdict::Committed { .. }) {
            return Err(Error::Damaged("the demonstration project was refused"));
        }
        for role in [Role::Manager, Role::Analyst, Role::Facilitator] {
            member::insert(
                tx,
                &Member {
                    id: MemberId::random(&mut entropy),
                    project: id,
                    role,
                },
            )?;
        }
        meta::set_demo(tx, id)?;
        Ok(true)
    })
    .await
}

/// Fresh one-time links into the demonstration, in place of unused older ones; `None` when this folder holds none.
///
/// # Errors
/// When the database cannot be written.
pub async fn links(db: &Db, entropy: &SharedEntropy, now: Timestamp) -> Result<Option<Links>, Error> {
    let entropy = entropy.clone();
    db.write(move |tx| {
        let project = meta::demo(tx)?.map_or(Ok(None), |id| project::by_id(tx, id))?;
        let Some(project) = project else { return Ok(None) };
        let Some(door) = project.entries.into_iter().next() else {
            return Ok(None);
        };
        let mut links = Links {
            entry: door.code,
            sign_in: Vec::new(),
        };
        for member in member::of_project(tx, project.id)? {
            let secret = hex(entropy.draw::<16>());
            sign_in::remove_links(tx, member.id)?;
            sign_in::insert_link(tx, Sha256::of(secret.as_bytes()), member.id, now)?;
            links.sign_in.push((member.role, secret));
        }
        Ok(Some(links))
    })
    .await
}

fn werk_in_houten(entropy: &mut SharedEntropy, now: Timestamp) -> Project {
    let partners = "de voedselbank en inloophuis De Kade".to_owned();
    let code = EntryCode::new("houten").expect("six lower-case letters are an entry code");
    let question = [
        ("nl", "Wat betekent werk voor jou?"),
        ("en", "What does work mean to you?"),
        ("ar", "ماذا يعني العمل بالنسبة لك؟"),
    ];
    Project {
        id: ProjectId::random(entropy),
        name: "Werk in Houten".to_owned(),
        phase: Phase::Open,
        municipality: "Gemeente Houten".to_owned(),
        organisation: "Gemeente Houten".to_owned(),
        partners,
        contact: "Samira de Wit, 030 000 00 00".to_owned(),
        erase_by: now.after(Span::days(2 * 365)),
        promises_no_effect: true,
        quick_exit: "https://www.buienradar.nl/".to_owned(),
        prompts: vec![Prompt {
            id: PromptId::random(entropy),
            text: said(question),
            spoken: PerLanguage::new(),
        }],
        tags: DEFAULT_SET.iter().map(|&tag| tag.to_owned()).collect(),
        signifiers: about_work(entropy),
        under_16: None,
        expectations: Some(about_what_comes()),
        recording_limit_seconds: None,
        entries: vec![EntryPoint {
            code,
            partner: "Inloophuis De Kade".to_owned(),
            perspective: Perspective::Resident,
        }],
    }
}

/// What the demonstration says beforehand: only what can be kept.
fn about_what_comes() -> Expectations {
    Expectations {
        happens: said([
            (
                "nl",
                "Bewoners en medewerkers luisteren samen. Zij zoeken wat beter kan en proberen iets kleins uit.",
            ),
            (
                "en",
                "Residents and staff listen together. They look for what can be better and try something small.",
            ),
            (
                "ar",
                "يستمع السكان والعاملون معًا، ويبحثون عمّا يمكن تحسينه ويجرّبون شيئًا صغيرًا.",
            ),
        ]),
        hear_back: said([
            (
                "nl",
                "Op deze telefoon of met je code zie je wat er met je verhaal gebeurde.",
            ),
            (
                "en",
                "On this phone or with your code you see what happened with your story.",
            ),
            ("ar", "على هذا الهاتف أو برمزك ترى ما حدث لقصتك."),
        ]),
        not_promised: said([
            (
                "nl",
                "We lossen hiermee niet jouw eigen vraag op. Heb je nu hulp nodig? Ga naar de balie van De Kade.",
            ),
            (
                "en",
                "This does not solve your own question. Do you need help now? Go to the desk of De Kade.",
            ),
            (
                "ar",
                "هذا لا يحلّ مسألتك الخاصة. هل تحتاج إلى مساعدة الآن؟ اذهب إلى مكتب De Kade.",
            ),
        ]),
    }
}

/// Who decided, and what work was: neither end or corner is the better one.
fn about_work(entropy: &mut SharedEntropy) -> Vec<Signifier> {
    let pole = |id: &str, picture: &str, words| Pole {
        id: id.to_owned(),
        words: said(words),
        picture: Some(picture.to_owned()),
    };
    vec![
        Signifier {
            id: SignifierId::random(entropy),
            question: said([
                ("nl", "Wie koos in jouw verhaal?"),
                ("en", "Who chose in your story?"),
                ("ar", "من اختار في قصتك؟"),
            ]),
            kind: SignifierKind::Slider {
                poles: [
                    pole(
                        "me",
                        "p-proud",
                        [("nl", "ikzelf"), ("en", "I did"), ("ar", "أنا")],
                    ),
                    pole(
                        "others",
                        "p-family",
                        [("nl", "anderen"), ("en", "others"), ("ar", "آخرون")],
                    ),
                ],
            },
        },
        Signifier {
            id: SignifierId::random(entropy),
            question: said([
                ("nl", "Wat was werk in jouw verhaal?"),
                ("en", "What was work in your story?"),
                ("ar", "ماذا كان العمل في قصتك؟"),
            ]),
            kind: SignifierKind::Triangle {
                corners: [
                    pole(
                        "proud",
                        "p-proud",
                        [("nl", "trots zijn"), ("en", "being proud"), ("ar", "الفخر")],
                    ),
                    pole(
                        "money",
                        "p-money",
                        [("nl", "geld"), ("en", "money"), ("ar", "المال")],
                    ),
                    pole(
                        "belonging",
                        "p-together",
                        [("nl", "erbij horen"), ("en", "belonging"), ("ar", "الانتماء")],
                    ),
                ],
            },
        },
    ]
}

fn said<const LANGUAGES: usize>(texts: [(&str, &str); LANGUAGES]) -> PerLanguage {
    let language = |(tag, text): (&str, &str)| (LanguageTag::new(tag).expect("two letters"), text.to_owned());
    texts.into_iter().map(language).collect()
}
