//! What a server-rendered document carries to the browser, as one typed value in a JSON script.

use serde::{Deserialize, Serialize};

/// Id of the `<script type="application/json">` that holds [`PageData`].
pub const SCRIPT_ID: &str = "page-data";

/// The data of a server-rendered page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageData {
    /// BCP 47 tag of the language the server drew the page in.
    pub language: String,
    /// The entry point of a join page.
    pub entry: Option<Entry>,
}

/// What a teller sees of an entry point before anything is stored on the phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The code in the address.
    pub code: String,
    /// Who asks, such as a food bank.
    pub partner: String,
    /// The municipality that wants to learn.
    pub municipality: String,
    /// The question, in the language of the page or else in Dutch.
    pub question: String,
}
