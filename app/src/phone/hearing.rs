//! Hearing an own story: from this phone while it is here, then from the server, which hands its sound to who holds the
//! owner key.

use super::{Phone, courier};
use crate::browser::{
    ambient::Random,
    network,
    player::{Played, Player},
};
use domain::{
    Nonce,
    clip::{Clip, ClipKind},
    draft::PhoneStory,
    id::StoryId,
    scope::{Row, Scope},
    story::OwnState,
    sync::{
        outbox::Failure,
        protocol::{News, PROTOCOL, Pull, SyncRequest, SyncResponse},
    },
};
use std::rc::Rc;

impl Phone {
    /// Makes a story ready to be heard. `None` when it is not on this phone any more, nor to be had from the server now.
    pub async fn hear(self, id: StoryId, tell: Rc<dyn Fn(Played)>) -> Option<Player> {
        let story = self.story(id).get_untracked()?;
        if let Some(content) = &story.content {
            let sounds = self.sounds(content.clips.clone()).await;
            if !sounds.is_empty() {
                return Some(Player::new(sounds, tell));
            }
        }
        let sounds = from_server(&story).await.ok()?;
        (!sounds.is_empty()).then(|| {
            let story = ["/api/v1/stories/", &id.to_string(), "/clips/"].concat();
            let address = |clip: &Clip| [&*story, &clip.id.to_string()].concat();
            let parts = sounds.iter().map(|clip| (address(clip), clip.lasts())).collect();
            Player::streaming(parts, tell)
        })
    }
}

/// The recordings the server has of a story, which this browser may play for ten minutes from now.
async fn from_server(story: &PhoneStory) -> Result<Vec<Clip>, Failure> {
    let keys = story.owner_key().to_hex();
    let scope = Scope::Story(story.id);
    let request: SyncRequest = SyncRequest {
        protocol: PROTOCOL,
        nonce: Nonce::random(&mut Random),
        push: Vec::new(),
        pull: vec![Pull { scope, cursor: 0 }],
        wait: 0,
    };
    let body = crate::json::to_string(&request);
    let answer = network::post(courier::PATH, &keys, &body).await?;
    let answer: SyncResponse = crate::json::from_str(&answer).map_err(|_| Failure::NotOurs)?;
    if answer.nonce != request.nonce {
        return Err(Failure::NotOurs);
    }
    let mut clips = Vec::new();
    for line in answer.pages.into_iter().flat_map(|page| page.lines) {
        if let News::Put {
            row: Row::OwnStory(own),
        } = line.news
            && let OwnState::Received { content, .. } = own.state
        {
            clips = content.clips;
        }
    }
    clips.retain(|clip| clip.kind == ClipKind::Sound);
    let listen = ["/api/v1/stories/", &story.id.to_string(), "/listen"].concat();
    network::ask_leave(&listen, &keys).await?;
    Ok(clips)
}
