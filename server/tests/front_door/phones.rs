//! Phones: who they are, what they send, and what they read in an answer.

use crate::house::House;
use domain::Nonce;
use domain::draft::PhoneStory;
use domain::problem::Problem;
use domain::scope::{EntityRef, Row, Scope};
use domain::sync::protocol::{Acknowledgement, Envelope, News, PROTOCOL, Page, SyncRequest, Verdict};

/// A request that asks for nothing yet.
pub fn quiet() -> SyncRequest {
    SyncRequest {
        protocol: PROTOCOL,
        nonce: Nonce([5; 16]),
        push: Vec::new(),
        pull: Vec::new(),
        wait: 0,
    }
}

/// Who sends a request.
#[derive(Clone, Default)]
pub struct Who {
    pub cookie: Option<String>,
    pub keys: Vec<String>,
}

impl Who {
    pub fn nobody() -> Self {
        Self::default()
    }
}

/// A story on its phone.
#[derive(Clone)]
pub struct Told {
    pub story: PhoneStory,
    pub envelope: Envelope,
}

impl Told {
    /// Somebody with the owner key.
    pub fn owner(&self) -> Who {
        Who {
            cookie: None,
            keys: vec![self.story.owner_key().to_hex()],
        }
    }

    /// Somebody with the upload key.
    pub fn deliverer(&self) -> Who {
        Who {
            cookie: None,
            keys: vec![self.story.upload_key.to_hex()],
        }
    }

    pub fn scope(&self) -> Scope {
        Scope::Story(self.story.id)
    }
}

impl House {
    /// A written story that has arrived.
    pub async fn arrived(&self, text: &str) -> Told {
        let told = self.told(text);
        acknowledged(&self.push_one(told.envelope.clone(), &Who::nobody()).await);
        told
    }

    /// The command by which a teller takes a story back.
    pub fn withdrawal(&self, told: &Told) -> Envelope {
        self.envelope(told.story.clone().take_back().unwrap())
    }

    /// Takes a story back, as its teller.
    pub async fn withdraw(&self, told: &Told) {
        let verdict = self.push_one(self.withdrawal(told), &told.owner()).await;
        assert!(matches!(verdict, Verdict::Committed { .. }), "{verdict:?}");
    }
}

/// The rows of a page.
pub fn puts(page: &Page) -> Vec<Row> {
    let rows = page.lines.iter().filter_map(|line| match &line.news {
        News::Put { row } => Some(row.clone()),
        News::Gone { .. } => None,
    });
    rows.collect()
}

/// What left, by a page.
pub fn gone(page: &Page) -> Vec<EntityRef> {
    let gone = page.lines.iter().filter_map(|line| match line.news {
        News::Gone { entity } => Some(entity),
        News::Put { .. } => None,
    });
    gone.collect()
}

/// The acknowledgement of a committed story, and whether it was here before.
pub fn acknowledged(verdict: &Verdict) -> (bool, Acknowledgement) {
    match verdict {
        Verdict::Committed {
            already,
            acknowledgement: Some(acknowledgement),
        } => (*already, acknowledgement.clone()),
        other => panic!("not acknowledged: {other:?}"),
    }
}

/// The problem of a rejected command.
pub fn rejected(verdict: &Verdict) -> Problem {
    match verdict {
        Verdict::Rejected { problem } => problem.clone(),
        Verdict::Committed { .. } => panic!("committed"),
    }
}
