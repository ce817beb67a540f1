//! What a server-rendered document carries to the browser, as one typed value in a JSON script.

use domain::project::{EntryCode, EntryPoint, Project};
use serde::{Deserialize, Serialize};

/// Id of the `<script type="application/json">` that holds [`PageData`].
pub const SCRIPT_ID: &str = "page-data";

/// The data of a server-rendered page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageData {
    /// BCP 47 tag of the language the server drew the page in.
    pub language: String,
    /// The entry point of a join page; `None` when nobody knows its code.
    pub entry: Option<Entry>,
}

/// A door and the project behind it: everything a phone needs to join without asking again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The code in the address.
    pub code: EntryCode,
    /// What `GET /api/v1/entry/{code}` answers.
    pub project: Project,
}

impl Entry {
    /// The entry point itself; `None` when the project has lost it.
    pub fn point(&self) -> Option<&EntryPoint> {
        self.project.entry(&self.code)
    }
}
