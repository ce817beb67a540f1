//! What a device holds of the scopes it follows.

use crate::ordered::Ordered;
use crate::scope::{EntityRef, Row, Scope};
use crate::sync::protocol::{News, Page, Pull};

/// One scope as a device holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Held {
    cursor: u64,
    rows: Ordered<EntityRef, Row>,
}

/// What is to be written to the device's storage after a page, in one transaction with the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Things that are there now.
    pub put: Vec<Row>,
    /// Things that left.
    pub gone: Vec<EntityRef>,
    /// Whether everything held of the scope was forgotten first.
    pub reloaded: bool,
}

/// Everything a device replicates, by scope, each with its own cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replica {
    scopes: Ordered<Scope, Held>,
}

impl Replica {
    /// Follows a scope from what is stored of it.
    pub fn follow(&mut self, scope: Scope, cursor: u64, rows: impl IntoIterator<Item = Row>) {
        let rows = rows.into_iter().map(|row| (row.entity(), row)).collect();
        self.scopes.insert(scope, Held { cursor, rows });
    }

    /// Stops following a scope and forgets what it held.
    pub fn forget(&mut self, scope: Scope) {
        self.scopes.remove(&scope);
    }

    /// SY11: the server was restored from a backup, and its revisions count anew. Forgets every row and cursor and
    /// goes on following the same scopes. Pages asked for before this are not to be applied.
    pub fn start_over(&mut self) {
        self.scopes.values_mut().for_each(|held| *held = Held::default());
    }

    /// Whether the scope is followed.
    pub fn follows(&self, scope: Scope) -> bool {
        self.scopes.get(&scope).is_some()
    }

    /// What to ask the server for.
    pub fn pulls(&self) -> Vec<Pull> {
        self.scopes
            .iter()
            .map(|(scope, held)| Pull {
                scope: *scope,
                cursor: held.cursor,
            })
            .collect()
    }

    /// SY3–SY5: takes in a page that was asked for with the present cursor. A page of a scope not followed, or of
    /// before the cursor, changes nothing. With several requests under way, use [`Replica::apply_answer`].
    pub fn apply(&mut self, page: Page) -> Applied {
        let mut applied = Applied::default();
        let Some(held) = self.scopes.get_mut(&page.scope) else {
            return applied;
        };
        if page.reload {
            applied.reloaded = true;
            *held = Held::default();
        } else if page.cursor <= held.cursor {
            return applied;
        }
        for line in page.lines {
            match line.news {
                News::Put { row } => {
                    held.rows.insert(row.entity(), row.clone());
                    applied.put.push(row);
                }
                News::Gone { entity } => {
                    if held.rows.remove(&entity).is_some() {
                        applied.gone.push(entity);
                    }
                }
            }
        }
        held.cursor = page.cursor;
        applied
    }

    /// SY4, SY11: takes in the pages of an answer to `asked`. Only a page that goes on exactly where the replica is
    /// changes anything: one from further back leaves out what is gone and was never told to that cursor, one from
    /// further on leaves a gap. SY20: what was asked for and left out may no longer be followed, and is forgotten.
    pub fn apply_answer(&mut self, asked: &[Pull], pages: Vec<Page>) -> Vec<(Scope, Applied)> {
        let held = |replica: &Self, scope| {
            asked
                .iter()
                .any(|pull| pull.scope == scope && pull.cursor == replica.cursor(scope))
        };
        let mut applied = Vec::new();
        let refused = asked.iter().map(|pull| pull.scope);
        for scope in refused.filter(|scope| pages.iter().all(|page| page.scope != *scope)) {
            let held = self.scopes.get_mut(&scope);
            if let Some(held) = held.filter(|held| **held != Held::default()) {
                let gone = held.rows.iter().map(|(entity, _)| *entity).collect();
                *held = Held::default();
                applied.push((
                    scope,
                    Applied {
                        gone,
                        ..Applied::default()
                    },
                ));
            }
        }
        for page in pages {
            if held(self, page.scope) {
                applied.push((page.scope, self.apply(page)));
            }
        }
        applied
    }

    /// The rows held of a scope.
    pub fn rows(&self, scope: Scope) -> impl Iterator<Item = &Row> {
        self.scopes
            .get(&scope)
            .into_iter()
            .flat_map(|held| held.rows.iter().map(|(_, row)| row))
    }

    /// The cursor of a scope; 0 when nothing is held.
    pub fn cursor(&self, scope: Scope) -> u64 {
        self.scopes.get(&scope).map_or(0, |held| held.cursor)
    }
}
