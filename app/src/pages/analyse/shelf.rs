//! What the library holds in this tab: the stories it may show, who looks, what is chosen and what is open. It
//! outlives the page, so that another language or a step back keeps everything; it never outlives the session.

pub(super) use super::states::{Found, Reading, Who};
pub(super) use crate::state::Contact;

use super::{
    deck::Deck,
    lease::{self, Held},
    marks::{self, Marks},
};

use crate::state::SyncStatus;
use crate::watch::{Owner, RwSignal, StoredValue, untrack};
use crate::{
    browser::{address, staff as ask},
    texts::{fill, staff, t},
};
use domain::{
    id::{ProjectId, StoryId},
    member::{Me, Member},
    project::Project,
    scope::{EntityRef, Row, Scope},
    story::{ReadStory, StorySummary},
    sync::{
        lease::Event,
        protocol::{News, SyncResponse},
        replica::Replica,
    },
    tag::Tag,
};
use std::{
    cell::OnceCell,
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What changed with one page of news.
#[derive(Debug)]
pub(super) struct Heard {
    /// More pages wait.
    pub more: bool,
    /// There was nothing new at all.
    pub nothing: bool,
}

/// The library's state.
#[derive(Clone, Copy)]
pub(super) struct Shelf {
    pub who: RwSignal<Who>,
    pub contact: RwSignal<Contact>,
    /// Everything there was has come in once; only now "there are no stories" is true.
    pub complete: RwSignal<bool>,
    /// What the project is called.
    pub name: RwSignal<String>,
    /// What tellers' phones know of the project.
    pub project: RwSignal<Option<Arc<Project>>>,
    /// Newest first.
    pub stories: RwSignal<Vec<Arc<StorySummary>>>,
    /// How often there was news. What is being made of a clip is news that no summary shows.
    pub rounds: RwSignal<u32>,
    /// One sentence about what just happened, for eyes that are elsewhere.
    pub news: RwSignal<String>,
    /// What stands in the search field.
    pub query: RwSignal<String>,
    pub found: RwSignal<Option<Found>>,
    /// The tags a story must have, all of them.
    pub tags: RwSignal<BTreeSet<Tag>>,
    /// All tags are in view, not only the most frequent.
    pub all_tags: RwSignal<bool>,
    /// How many of the chosen stories lie before the first one in view.
    pub skipped: RwSignal<usize>,
    pub open: RwSignal<Option<StoryId>>,
    pub reading: RwSignal<Reading>,
    /// Only stories that this member did not hear yet.
    pub unheard_only: RwSignal<bool>,
    pub marks: Marks,
    /// What plays, whatever is open.
    pub deck: Deck,
    /// For managers: what is held back, the last one first.
    pub withheld: RwSignal<Vec<Arc<StorySummary>>>,
    /// What this person held back here a moment ago, until it is let through or another story is.
    pub held_here: RwSignal<Option<StoryId>>,
    /// What is on this device to work without internet.
    pub held: Held,
    /// The server said who looks, since the page opened.
    confirmed: StoredValue<bool>,
    replica: StoredValue<Replica>,
    revisions: StoredValue<BTreeMap<StoryId, u64>>,
    /// The stories that were opened, for reading again without internet. A story that goes takes what it told along.
    read: StoredValue<BTreeMap<StoryId, Arc<ReadStory>>>,
    epoch: StoredValue<Option<u64>>,
}

thread_local! {
    // The owner is kept beside the signals: with it they would go.
    static SHELF: OnceCell<(Owner, Shelf)> = const { OnceCell::new() };
}

/// The shelf of this tab.
pub(super) fn shelf() -> Shelf {
    SHELF.with(|shelf| shelf.get_or_init(make).1)
}

fn make() -> (Owner, Shelf) {
    // Owned by nobody: no page's end takes it along.
    let owner = Owner::new();
    let shelf = owner.with(|| Shelf {
        who: RwSignal::new(Who::Asking),
        contact: RwSignal::new(Contact::Good),
        complete: RwSignal::new(false),
        name: RwSignal::new(String::new()),
        project: RwSignal::new(None),
        stories: RwSignal::new(Vec::new()),
        rounds: RwSignal::new(0),
        news: RwSignal::new(String::new()),
        query: RwSignal::new(String::new()),
        found: RwSignal::new(None),
        tags: RwSignal::new(BTreeSet::new()),
        all_tags: RwSignal::new(false),
        skipped: RwSignal::new(0),
        open: RwSignal::new(None),
        reading: RwSignal::new(Reading::Loading),
        unheard_only: RwSignal::new(false),
        marks: Marks::new(),
        deck: Deck::new(),
        withheld: RwSignal::new(Vec::new()),
        held_here: RwSignal::new(None),
        held: Held::new(),
        confirmed: StoredValue::new(false),
        replica: StoredValue::new(Replica::default()),
        revisions: StoredValue::new(BTreeMap::new()),
        read: StoredValue::new(BTreeMap::new()),
        epoch: StoredValue::new(None),
    });
    (owner, shelf)
}

impl Shelf {
    /// Somebody is signed in.
    pub fn welcome(self, me: &Me) {
        let member = me.member;
        let project = member.project;
        lease::tell(self, Event::SignedIn(member));
        self.confirmed.set_value(true);
        if !member.can_read_stories(project) {
            self.clear(Who::NotAllowed(member));
            self.name.set(me.project_name.clone());
            return;
        }
        if self.who.get_untracked() != Who::In(member) {
            self.begin(member);
        }
        if self.name.with_untracked(|name| *name != me.project_name) {
            self.name.set(me.project_name.clone());
        }
    }

    /// Begins anew for a member.
    fn begin(self, member: Member) {
        let project = member.project;
        self.clear(Who::In(member));
        self.replica.update_value(|replica| {
            replica.follow(Scope::Members(project), 0, []);
            replica.follow(Scope::Public(project), 0, []);
            replica.follow(Scope::Member(member.id), 0, []);
            if member.can_see_withheld(project) {
                replica.follow(Scope::Managers(project), 0, []);
            }
        });
        self.marks.take_up(member.id);
    }

    /// LE8: shows what this device holds, until the server can be asked.
    pub fn show_held(
        self,
        member: Member,
        name: String,
        project: Option<Project>,
        heard: BTreeSet<StoryId>,
        stories: Vec<Arc<ReadStory>>,
    ) {
        let contact = self.contact.get_untracked();
        self.begin(member);
        self.contact.set(contact);
        self.name.set(name);
        self.project.set(project.map(Arc::new));
        self.marks.hold(heard);
        let mut shown: Vec<Arc<StorySummary>> = stories
            .iter()
            .map(|read| Arc::new(read.summary.clone()))
            .collect();
        shown.sort_by_key(|story| Reverse(story.received_at));
        self.stories.set(shown);
        stories.into_iter().for_each(|read| self.keep_read(read));
        self.held.alone.set(true);
    }

    /// Whether the server said who looks.
    pub fn is_confirmed(self) -> bool {
        self.confirmed.get_value()
    }

    /// The server's epoch, once it answered.
    pub fn epoch(self) -> Option<u64> {
        self.epoch.get_value()
    }

    /// Whether a story is here to be read.
    pub fn has(self, id: StoryId) -> bool {
        self.stories
            .with_untracked(|stories| stories.iter().any(|story| story.id == id))
    }

    /// Forgets everything: another person may sit here next.
    pub fn clear(self, who: Who) {
        self.replica.set_value(Replica::default());
        self.revisions.set_value(BTreeMap::new());
        self.read.set_value(BTreeMap::new());
        self.epoch.set_value(None);
        self.complete.set(false);
        self.name.set(String::new());
        self.project.set(None);
        self.stories.set(Vec::new());
        self.news.set(String::new());
        self.query.set(String::new());
        self.found.set(None);
        self.tags.set(BTreeSet::new());
        self.all_tags.set(false);
        self.skipped.set(0);
        self.unheard_only.set(false);
        self.marks.clear();
        self.deck.clear();
        self.withheld.set(Vec::new());
        self.held_here.set(None);
        self.held.choosing.set(None);
        self.held.alone.set(false);
        self.confirmed.set_value(false);
        self.reading.set(Reading::Loading);
        self.contact.set(Contact::Good);
        self.who.set(who);
    }

    /// What to ask the server for.
    pub fn pulls(self) -> Vec<domain::sync::protocol::Pull> {
        self.replica.with_value(Replica::pulls)
    }

    /// The server answered.
    pub fn reached(self) {
        let before = self.contact.get_untracked();
        if before == Contact::Offline && !self.stories.with_untracked(Vec::is_empty) {
            self.news.set(t(staff::LIBRARY_ONLINE).to_owned());
        }
        if before != Contact::Good {
            self.contact.set(Contact::Good);
        }
        marks::send(self);
    }

    /// The server did not answer as it should.
    pub fn unreached(self, contact: Contact) {
        if self.contact.get_untracked() != contact {
            self.contact.set(contact);
        }
        lease::instead(self);
    }

    /// How things stand; watched.
    pub fn status(self) -> SyncStatus {
        SyncStatus::of(self.contact.get(), self.complete.get(), self.marks.waiting())
    }

    /// Takes an answer in. `None`: the stories are no longer for this reader.
    pub fn hear(self, project: ProjectId, answer: SyncResponse) -> Option<Heard> {
        let members = Scope::Members(project);
        if !answer.pages.iter().any(|page| page.scope == members) {
            return None;
        }
        lease::tell(self, Event::Epoch(answer.epoch));
        lease::tell(self, Event::ServerClock(answer.server_time));
        let before = self
            .epoch
            .try_update_value(|epoch| epoch.replace(answer.epoch))
            .flatten();
        if before.is_some_and(|before| before != answer.epoch) {
            // A restored server counts anew; what is on the screen stays there until all has come in again.
            self.replica.update_value(Replica::start_over);
            self.revisions.set_value(BTreeMap::new());
            self.complete.set(false);
            return Some(Heard {
                more: true,
                nothing: false,
            });
        }
        let more = answer.pages.iter().any(|page| page.more);
        let nothing = answer.pages.iter().all(|page| page.lines.is_empty());
        let mut arrived = 0;
        for page in answer.pages {
            if page.scope == members {
                arrived += self.note_revisions(&page.lines);
            }
            self.replica.update_value(|replica| _ = replica.apply(page));
        }
        if !more && (!nothing || !self.complete.get_untracked()) {
            self.show(project);
            self.show_marks();
            self.held.alone.set(false);
            self.settle_lease();
            self.rounds.update(|rounds| *rounds += 1);
            self.tell_of(arrived);
            self.complete.set(true);
        }
        Some(Heard { more, nothing })
    }

    /// How many stories come in with these lines that were not here before.
    fn note_revisions(self, lines: &[domain::sync::protocol::Line]) -> usize {
        let mut arrived = 0;
        self.revisions.update_value(|revisions| {
            for line in lines {
                match &line.news {
                    News::Put {
                        row: Row::Summary(story),
                    } => {
                        arrived += usize::from(revisions.insert(story.id, line.revision).is_none());
                    }
                    News::Gone {
                        entity: EntityRef::Summary(story),
                    } => _ = revisions.remove(story),
                    _ => {}
                }
            }
        });
        arrived
    }

    /// Puts what the replica holds on the screen.
    fn show(self, project: ProjectId) {
        let revisions = self.revisions;
        let (stories, held, public) = self.replica.with_value(|replica| {
            let summaries = |scope| -> Vec<Arc<StorySummary>> {
                let summary = |row: &Row| match row {
                    Row::Summary(story) => Some(Arc::new((**story).clone())),
                    _ => None,
                };
                replica.rows(scope).filter_map(summary).collect()
            };
            let mut stories = summaries(Scope::Members(project));
            let mut held = summaries(Scope::Managers(project));
            held.sort_by_key(|story| Reverse(story.withheld.as_ref().map(|withheld| withheld.at)));
            revisions.with_value(|revisions| {
                stories.sort_by_key(|story| Reverse((story.received_at, revisions.get(&story.id).copied())));
            });
            let public = replica.rows(Scope::Public(project)).find_map(|row| match row {
                Row::Project(project) => Some(Arc::new((**project).clone())),
                _ => None,
            });
            (stories, held, public)
        });
        // ED2: of a story that its teller changed, what was read before is not shown again.
        let is_now = |read: &ReadStory| {
            let is_it = |story: &Arc<StorySummary>| {
                story.id == read.summary.id && story.edition == read.summary.edition
            };
            stories.iter().chain(&held).any(is_it)
        };
        self.read.update_value(|read| read.retain(|_, read| is_now(read)));
        // Before the list it leaves: held back, it is open still.
        if self.withheld.with_untracked(|before| *before != held) {
            self.withheld.set(held);
        }
        if self.stories.with_untracked(|before| *before != stories) {
            self.stories.set(stories);
        }
        if public.is_some() && self.project.with_untracked(|before| *before != public) {
            self.project.set(public);
        }
    }

    /// Puts the member's own marks on the screen, as the server has them.
    fn show_marks(self) {
        let Who::In(member) = self.who.get_untracked() else {
            return;
        };
        self.marks.hold(self.replica.with_value(|replica| {
            let rows = replica.rows(Scope::Member(member.id));
            rows.filter_map(|row| match row {
                Row::Heard(heard) => Some(heard.story),
                _ => None,
            })
            .collect()
        }));
    }

    /// LE4, ED2: what may not be read any more is not held any more either, nor is an edition that its teller replaced.
    fn settle_lease(self) {
        let all: BTreeMap<StoryId, u32> = self
            .stories
            .with_untracked(|stories| stories.iter().map(|story| (story.id, story.edition)).collect());
        lease::may_read(self, &all.keys().copied().collect(), &self.marks.held());
        lease::without_replaced(self, all);
    }

    fn tell_of(self, arrived: usize) {
        // The first time everything is new, and nobody needs to hear that.
        if arrived == 0 || !self.complete.get_untracked() {
            return;
        }
        self.news.set(match arrived {
            1 => t(staff::LIBRARY_ARRIVED).to_owned(),
            many => fill(staff::LIBRARY_ARRIVED_MANY, &[("count", &many.to_string())]),
        });
    }

    /// A story that was opened before.
    pub fn was_read(self, id: StoryId) -> Option<Arc<ReadStory>> {
        self.read.with_value(|read| read.get(&id).cloned())
    }

    /// Keeps what a story tells as long as it is here.
    pub fn keep_read(self, story: Arc<ReadStory>) {
        let id = story.summary.id;
        if untrack(|| self.is_here(id)) {
            self.read.update_value(|read| _ = read.insert(id, story));
        }
    }

    /// How many stories this member did not hear yet.
    pub fn unheard(self) -> usize {
        let is_new = |story: &&Arc<StorySummary>| !self.marks.is_heard(story.id);
        self.stories.with(|stories| stories.iter().filter(is_new).count())
    }

    /// The stories that are chosen, newest first.
    pub fn chosen(self) -> Vec<Arc<StorySummary>> {
        let found = self.found.get();
        let tags = self.tags.get();
        // What is open stays in view, also when it is heard just now.
        let open = self.unheard_only.get().then(|| self.open.get());
        let fits = |story: &StorySummary| {
            found
                .as_ref()
                .is_none_or(|found| found.stories.contains(&story.id))
                && tags.iter().all(|tag| story.tags.contains(tag))
                && open.is_none_or(|open| open == Some(story.id) || !self.marks.is_heard(story.id))
        };
        self.stories
            .with(|stories| stories.iter().filter(|story| fits(story)).cloned().collect())
    }

    /// The open story, as the list knows it.
    pub fn open_story(self) -> Option<Arc<StorySummary>> {
        let open = self.open.get()?;
        let find = |stories: &Vec<Arc<StorySummary>>| stories.iter().find(|story| story.id == open).cloned();
        self.stories.with(find).or_else(|| self.withheld.with(find))
    }

    /// Whether a story is here, held back or not; watched.
    pub fn is_here(self, id: StoryId) -> bool {
        let has = |stories: &Vec<Arc<StorySummary>>| stories.iter().any(|story| story.id == id);
        self.stories.with(has) || self.withheld.with(has)
    }

    /// Whether something narrows the list.
    pub fn is_narrowed(self) -> bool {
        self.found.with(Option::is_some) || self.tags.with(|tags| !tags.is_empty()) || self.unheard_only.get()
    }

    /// Shows every story again.
    pub fn show_all(self) {
        self.query.set(String::new());
        self.found.set(None);
        self.tags.set(BTreeSet::new());
        self.unheard_only.set(false);
        self.skipped.set(0);
    }

    /// The address with which a teller begins.
    pub fn teller_address(self) -> Option<String> {
        let code = self
            .project
            .with(|project| project.as_ref()?.entries.first().map(|entry| entry.code.clone()))?;
        Some(address::on_this_server(&["/v/", code.as_str()].concat()))
    }

    /// Ends the session. Answers whether that worked: without the server it would come back with the next page.
    pub async fn sign_out(self) -> bool {
        // LE5: with or without the server.
        lease::tell(self, Event::SignedOut);
        let done = ask::sign_out().await.is_ok();
        if done {
            super::follow::stop();
            self.open.set(None);
            self.clear(Who::Left);
        }
        done
    }
}
