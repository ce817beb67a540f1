//! What the rule tests share: a seed instead of randomness, a teller's project, and an authority in memory.
#![allow(dead_code, reason = "each test file uses its own part of this")]

pub mod memory;

use domain::Entropy;
use domain::command::Command;
use domain::consent::{Answer, Choices, Use, Wording};
use domain::draft::{Draft, PhoneStory};
use domain::id::{CommandId, ProjectId, PromptId};
use domain::language::LanguageTag;
use domain::project::{EntryCode, EntryPoint, Phase, Project, Prompt};
use domain::story::{Origin, Perspective};
use domain::sync::outbox::Outbox;
use domain::time::Timestamp;

/// SplitMix64 (Steele, Lea, Flood 2014): a seed in, the same bits out, on every machine.
pub struct Seed(pub u64);

impl Seed {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// True in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    pub fn answer(&mut self) -> Answer {
        if self.chance(50) { Answer::Yes } else { Answer::No }
    }

    /// Choices that allow at least analysis.
    pub fn choices(&mut self) -> Choices {
        Choices {
            analysis: Answer::Yes,
            meeting: self.answer(),
            report: self.answer(),
            public: self.answer(),
        }
    }
}

impl Entropy for Seed {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let random = self.next().to_le_bytes();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
    }
}

pub const NOW: Timestamp = Timestamp(1_790_000_000_000);

pub fn choices(analysis: bool, meeting: bool, report: bool, public: bool) -> Choices {
    let answer = |yes| if yes { Answer::Yes } else { Answer::No };
    Choices {
        analysis: answer(analysis),
        meeting: answer(meeting),
        report: answer(report),
        public: answer(public),
    }
}

pub fn wording() -> Wording {
    Wording("nl/1".to_owned())
}

pub fn project(seed: &mut Seed) -> Project {
    let nl = LanguageTag::new("nl").unwrap();
    Project {
        id: ProjectId::random(seed),
        name: "Werk in Houten".to_owned(),
        phase: Phase::Open,
        municipality: "Houten".to_owned(),
        organisation: "Gemeente Houten".to_owned(),
        partners: "de voedselbank".to_owned(),
        contact: "Anna, 030 123 45 67".to_owned(),
        erase_by: Timestamp(1_900_000_000_000),
        promises_no_effect: true,
        quick_exit: "https://www.example.org/".to_owned(),
        prompts: vec![Prompt {
            id: PromptId::random(seed),
            text: [(nl, "Wat betekent werk voor jou?".to_owned())]
                .into_iter()
                .collect(),
            spoken: domain::language::PerLanguage::new(),
        }],
        tags: vec!["work".to_owned()],
        signifiers: Vec::new(),
        under_16: None,
        expectations: None,
        recording_limit_seconds: None,
        entries: vec![EntryPoint {
            code: EntryCode::new("houten").unwrap(),
            partner: "Voedselbank".to_owned(),
            perspective: Perspective::Resident,
        }],
    }
}

pub fn origin(project: &Project) -> Origin {
    Origin {
        project: project.id,
        entry: Some(project.entries[0].code.clone()),
        prompt: project.prompts[0].id,
    }
}

/// A draft with a text and all four answers.
pub fn draft(project: &Project, text: &str, choices: Choices, seed: &mut Seed) -> Draft {
    let mut draft = Draft::start(origin(project), "nl".to_owned(), None, NOW, seed);
    draft.text = text.to_owned();
    for to in Use::ALL {
        draft.choices.set(to, choices.answer(to));
    }
    draft
}

/// A finished story with its command.
pub fn told(
    project: &Project,
    text: &str,
    choices: Choices,
    seed: &mut Seed,
) -> (PhoneStory, CommandId, Command) {
    draft(project, text, choices, seed)
        .finalize(wording(), NOW, seed)
        .unwrap()
}

/// An outbox in which one finished story waits.
pub fn waiting(project: &Project, seed: &mut Seed) -> (PhoneStory, Outbox) {
    let (story, id, command) = told(project, "Ik werk graag.", choices(true, true, true, false), seed);
    let mut outbox = Outbox::restore(vec![]);
    outbox.add(id, command);
    (story, outbox)
}
