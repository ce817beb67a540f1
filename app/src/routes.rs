//! Every path of the product, once.

/// Paths of the teller begin with one of these; the service worker answers them from its cache first.
pub const TELLER_PATHS: [&str; 4] = ["/v/", "/tell/", "/mine", "/story"];

/// Where a person is. A secret never stands in a route: story codes and sign-in links come after `#`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `/`: what this is.
    Front,
    /// `/v/{code}`, T1: who asks, what is asked.
    Join(String),
    /// `/v/{code}/who`, T1b: who listens.
    WhoListens(String),
    /// `/tell/how`, T2.
    How,
    /// `/tell/record`, T3.
    Record,
    /// `/tell/listen`, T4.
    Listen,
    /// `/tell/write`, T3b.
    Write,
    /// `/tell/photo`, T3b: photos and drawings.
    Photo,
    /// `/tell/draw`, T3b.
    Draw,
    /// `/tell/title`, T5.
    Title,
    /// `/tell/tags`, T5.
    Tags,
    /// `/tell/question`, T5: what the project asks about the story, one screen each.
    Question,
    /// `/tell/voice`, T5: the language of the story and who tells it.
    Voice,
    /// `/tell/consent`, T6.
    Consent,
    /// `/tell/done`, T7.
    Done,
    /// `/tell/code`, T8.
    Code,
    /// `/mine`, T9.
    Mine,
    /// `/mine/choices`: change who may hear a story.
    Choices,
    /// `/mine/withdraw`: take a story back.
    Withdraw,
    /// `/mine/story`: one's own story, as the server has it.
    Own,
    /// `/story#…`: a story code, opened from its QR or typed.
    Story,
    /// `/sign-in#…`: a sign-in link.
    SignIn,
    /// `/analyse`: the library of staff, loaded when it is asked for.
    Analyse,
    /// `/trust`: how to trust this machine's own certificate authority.
    Trust,
    /// Anything else.
    Unknown,
}

impl Route {
    /// The route of a path, without query and fragment.
    pub fn parse(path: &str) -> Self {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let parts = (
            parts.next().unwrap_or(""),
            parts.next().unwrap_or(""),
            parts.next().unwrap_or(""),
            parts.next(),
        );
        match parts {
            ("", "", "", None) => Self::Front,
            ("v", code, "", None) if !code.is_empty() => Self::Join(code.to_owned()),
            ("v", code, "who", None) => Self::WhoListens(code.to_owned()),
            ("tell", "how", "", None) => Self::How,
            ("tell", "record", "", None) => Self::Record,
            ("tell", "listen", "", None) => Self::Listen,
            ("tell", "write", "", None) => Self::Write,
            ("tell", "photo", "", None) => Self::Photo,
            ("tell", "draw", "", None) => Self::Draw,
            ("tell", "title", "", None) => Self::Title,
            ("tell", "tags", "", None) => Self::Tags,
            ("tell", "question", "", None) => Self::Question,
            ("tell", "voice", "", None) => Self::Voice,
            ("tell", "consent", "", None) => Self::Consent,
            ("tell", "done", "", None) => Self::Done,
            ("tell", "code", "", None) => Self::Code,
            ("mine", "", "", None) => Self::Mine,
            ("mine", "choices", "", None) => Self::Choices,
            ("mine", "withdraw", "", None) => Self::Withdraw,
            ("mine", "story", "", None) => Self::Own,
            ("story", "", "", None) => Self::Story,
            ("sign-in", "", "", None) => Self::SignIn,
            ("analyse", "", "", None) => Self::Analyse,
            ("trust", "", "", None) => Self::Trust,
            _ => Self::Unknown,
        }
    }

    /// The path of a route, to put in a link. An unknown place leads to the front page.
    pub fn path(&self) -> String {
        match self {
            Self::Join(code) => return ["/v/", code].concat(),
            Self::WhoListens(code) => return ["/v/", code, "/who"].concat(),
            Self::Front | Self::Unknown => "/",
            Self::How => "/tell/how",
            Self::Record => "/tell/record",
            Self::Listen => "/tell/listen",
            Self::Write => "/tell/write",
            Self::Photo => "/tell/photo",
            Self::Draw => "/tell/draw",
            Self::Title => "/tell/title",
            Self::Tags => "/tell/tags",
            Self::Question => "/tell/question",
            Self::Voice => "/tell/voice",
            Self::Consent => "/tell/consent",
            Self::Done => "/tell/done",
            Self::Code => "/tell/code",
            Self::Mine => "/mine",
            Self::Choices => "/mine/choices",
            Self::Withdraw => "/mine/withdraw",
            Self::Own => "/mine/story",
            Self::Story => "/story",
            Self::SignIn => "/sign-in",
            Self::Analyse => "/analyse",
            Self::Trust => "/trust",
        }
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{Route, TELLER_PATHS};

    #[test]
    fn every_path_leads_back_to_its_route() {
        let routes = [
            Route::Front,
            Route::Join("houten".to_owned()),
            Route::WhoListens("houten".to_owned()),
            Route::How,
            Route::Record,
            Route::Listen,
            Route::Write,
            Route::Photo,
            Route::Draw,
            Route::Title,
            Route::Tags,
            Route::Question,
            Route::Voice,
            Route::Consent,
            Route::Done,
            Route::Code,
            Route::Mine,
            Route::Choices,
            Route::Withdraw,
            Route::Own,
            Route::Story,
            Route::SignIn,
            Route::Analyse,
            Route::Trust,
        ];
        for route in routes {
            assert_eq!(Route::parse(&route.path()), route);
        }
    }

    #[test]
    fn a_path_nobody_made_is_unknown() {
        for path in [
            "/v",
            "/v/houten/else",
            "/v/houten/who/x",
            "/tell",
            "/analyse/x",
            "/api",
        ] {
            assert_eq!(Route::parse(path), Route::Unknown, "{path}");
        }
    }

    #[test]
    fn the_library_is_not_under_the_tellers_paths() {
        let path = Route::Analyse.path();
        assert!(!TELLER_PATHS.iter().any(|teller| path.starts_with(teller)));
    }
}
