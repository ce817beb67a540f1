//! Questions of a project that a teller answers about their own story: a choice, a slider between two poles, a point
//! in a triangle. What is kept names poles and corners by their keys, never by a side of the screen.

use crate::id::SignifierId;
use crate::language::{LanguageTag, PerLanguage};
use crate::ordered::Ordered;
use crate::problem::Problem;

/// SG1: how many sliders and triangles one project may ask. Field use of more took an hour a person.
pub const SCALE_LIMIT: usize = 3;
/// How many questions one project may ask in all.
pub const QUESTION_LIMIT: usize = 5;
/// The most options of a choice.
pub const OPTION_LIMIT: usize = 12;
/// The most characters of a question and of the words of a pole.
pub const WORDS_LIMIT: usize = 200;
/// SG5: each share of a point exactly in the middle; the hundredth that is left belongs to no corner.
pub const THIRD: u8 = 33;

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Signifier {
    /// Which.
    pub id: SignifierId,
    /// The question itself, per language; Dutch always.
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, String>))]
    pub question: PerLanguage,
    /// How it is answered.
    pub kind: SignifierKind,
}

/// How a question is answered.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignifierKind {
    /// One or more of some options.
    Choice {
        /// In the order shown.
        options: Vec<Pole>,
        /// Whether more than one may be chosen.
        #[serde(default)]
        many: bool,
    },
    /// A place between two poles.
    Slider {
        /// The first stands where reading begins.
        poles: [Pole; 2],
    },
    /// A point between three corners.
    Triangle {
        /// On top, where reading begins, where it ends.
        corners: [Pole; 3],
    },
}

/// What a question offers: an option, an end, a corner.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pole {
    /// What answers call it: 1 to 40 lower-case letters, digits and hyphens. It stays when the words change.
    pub id: String,
    /// Its words, per language; Dutch always.
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, String>))]
    pub words: PerLanguage,
    /// A pictogram of the sprite, by its id, such as `p-money`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

/// What a teller answered.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SignifierAnswer))]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The options chosen, by key, in the order of the question.
    Choice(Vec<String>),
    /// A place on a slider.
    Slider {
        /// The key of the pole it is nearer to; exactly in the middle that of the first.
        towards: String,
        /// How far from the middle (0) to that pole (100).
        by: u8,
    },
    /// A point in a triangle.
    Triangle {
        /// How much each corner, by key, has in it. Together 100, or three times [`THIRD`].
        #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, u8>))]
        shares: Ordered<String, u8>,
    },
    /// The teller says that the question does not fit the story.
    DoesNotFit,
}

/// An answer with the question it answers.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answered {
    /// Which question.
    pub question: SignifierId,
    /// What the teller answered.
    pub answer: Answer,
}

fn is_key(text: &str) -> bool {
    let alphabet = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=40).contains(&text.len()) && text.bytes().all(alphabet)
}

fn is_said(words: &PerLanguage) -> bool {
    let fits = |text: &str| !text.trim().is_empty() && text.chars().count() <= WORDS_LIMIT;
    let dutch = LanguageTag::new("nl").is_ok_and(|dutch| words.get(&dutch).is_some());
    dutch && words.iter().all(|(_, text)| fits(text))
}

impl Signifier {
    /// Everything it offers, in the order shown.
    pub fn poles(&self) -> &[Pole] {
        match &self.kind {
            SignifierKind::Choice { options, .. } => options,
            SignifierKind::Slider { poles } => poles,
            SignifierKind::Triangle { corners } => corners,
        }
    }

    fn is_scale(&self) -> bool {
        !matches!(self.kind, SignifierKind::Choice { .. })
    }

    /// Whether it can be asked: Dutch words everywhere, keys that differ, enough to choose from and not too much.
    fn is_valid(&self) -> bool {
        let poles = self.poles();
        let fits = |(place, pole): (usize, &Pole)| {
            let picture = pole.picture.as_deref().is_none_or(is_key);
            let twice = poles[..place].iter().any(|other| other.id == pole.id);
            is_key(&pole.id) && is_said(&pole.words) && picture && !twice
        };
        let count = (2..=OPTION_LIMIT).contains(&poles.len());
        count && is_said(&self.question) && poles.iter().enumerate().all(fits)
    }

    /// SG3–SG5: the answer in the one form in which it is kept, whichever way it was given.
    ///
    /// # Errors
    /// [`Problem::Malformed`] when it does not answer this question.
    pub fn settle(&self, answer: &Answer) -> Result<Answer, Problem> {
        let has = |id: &String| self.poles().iter().any(|pole| pole.id == *id);
        let settled = match (&self.kind, answer) {
            (_, Answer::DoesNotFit) => Some(Answer::DoesNotFit),
            (SignifierKind::Choice { options, many }, Answer::Choice(chosen)) => {
                let kept: Vec<String> = options
                    .iter()
                    .filter(|option| chosen.contains(&option.id))
                    .map(|option| option.id.clone())
                    .collect();
                // One that was named twice or is not offered makes the counts differ.
                let fits = kept.len() == chosen.len() && (kept.len() == 1 || *many && !kept.is_empty());
                fits.then_some(Answer::Choice(kept))
            }
            (SignifierKind::Slider { poles }, Answer::Slider { towards, by }) => {
                let middle = || poles[0].id.clone();
                (has(towards) && *by <= 100).then(|| Answer::Slider {
                    towards: if *by == 0 { middle() } else { towards.clone() },
                    by: *by,
                })
            }
            (SignifierKind::Triangle { .. }, Answer::Triangle { shares }) => {
                let corners = shares.iter().filter(|(id, _)| has(id)).count();
                (corners == 3 && answer.is_valid()).then(|| answer.clone())
            }
            _ => None,
        };
        settled.ok_or(Problem::Malformed)
    }
}

impl Answer {
    /// What can be checked without the question: numbers within their bounds, and shares that are a whole.
    pub fn is_valid(&self) -> bool {
        match self {
            Self::Choice(chosen) => {
                (1..=OPTION_LIMIT).contains(&chosen.len()) && chosen.iter().all(|id| is_key(id))
            }
            Self::Slider { towards, by } => is_key(towards) && *by <= 100,
            Self::Triangle { shares } => {
                let whole: u32 = shares.iter().map(|(_, share)| u32::from(*share)).sum();
                let count = shares.iter().filter(|(id, _)| is_key(id)).count();
                let middle = shares.iter().all(|(_, share)| *share == THIRD);
                count == 3 && shares.iter().count() == 3 && (whole == 100 || middle)
            }
            Self::DoesNotFit => true,
        }
    }
}

/// SG1: whether a project may ask these.
///
/// # Errors
/// [`Problem::Malformed`] when one cannot be asked, when two are one, or when they are too many.
pub fn check_questions(questions: &[Signifier]) -> Result<(), Problem> {
    let twice = |(place, one): (usize, &Signifier)| questions[..place].iter().any(|other| other.id == one.id);
    let scales = questions.iter().filter(|one| one.is_scale()).count();
    let fits = questions.len() <= QUESTION_LIMIT && scales <= SCALE_LIMIT;
    let valid = questions.iter().all(Signifier::is_valid) && !questions.iter().enumerate().any(twice);
    if fits && valid {
        Ok(())
    } else {
        Err(Problem::Malformed)
    }
}

/// SG2: the answers in the order of the questions, each in its kept form; what was skipped is not among them.
///
/// # Errors
/// [`Problem::Malformed`] when one answers no question of these, or one that has an answer already.
pub fn settle_answers(questions: &[Signifier], answers: &[Answered]) -> Result<Vec<Answered>, Problem> {
    let mut settled = Vec::new();
    for question in questions {
        for answered in answers.iter().filter(|answered| answered.question == question.id) {
            settled.push(Answered {
                question: question.id,
                answer: question.settle(&answered.answer)?,
            });
        }
    }
    check_answers(&settled)?;
    if settled.len() == answers.len() {
        Ok(settled)
    } else {
        Err(Problem::Malformed)
    }
}

/// What can be checked of answers without their questions.
///
/// # Errors
/// [`Problem::Malformed`] when one has a form that no question asks for, or when a question has two.
pub fn check_answers(answers: &[Answered]) -> Result<(), Problem> {
    let twice = |(place, one): (usize, &Answered)| {
        answers[..place]
            .iter()
            .any(|other| other.question == one.question)
    };
    let valid = answers.iter().all(|answered| answered.answer.is_valid());
    if valid && answers.len() <= QUESTION_LIMIT && !answers.iter().enumerate().any(twice) {
        Ok(())
    } else {
        Err(Problem::Malformed)
    }
}

/// The answer to a question, if there is one.
pub fn answer_to(answers: &[Answered], question: SignifierId) -> Option<&Answer> {
    let found = answers.iter().find(|answered| answered.question == question);
    found.map(|answered| &answered.answer)
}

/// Puts an answer in the place of what the question had; `None` is a skipped question.
pub fn put_answer(answers: &mut Vec<Answered>, question: SignifierId, answer: Option<Answer>) {
    answers.retain(|answered| answered.question != question);
    answers.extend(answer.map(|answer| Answered { question, answer }));
}

/// A place on a slider: −100 at its first pole, 0 in the middle, 100 at its second.
pub fn slider_at(poles: &[Pole; 2], place: i32) -> Answer {
    Answer::Slider {
        towards: poles[usize::from(place > 0)].id.clone(),
        by: place.unsigned_abs().min(100) as u8,
    }
}

/// The place of an answer on a slider with these poles, whichever of them comes first; see [`slider_at`].
pub fn slider_place(poles: &[Pole; 2], answer: &Answer) -> Option<i32> {
    let Answer::Slider { towards, by } = answer else {
        return None;
    };
    let side = poles.iter().position(|pole| pole.id == *towards)?;
    let by = i32::from(*by);
    Some(if side == 0 { -by } else { by })
}

/// A point in a triangle, with how much each corner has in it: a whole of 100, or three thirds.
pub fn triangle_at(corners: &[Pole; 3], shares: [u8; 3]) -> Answer {
    let ids = corners.iter().map(|corner| corner.id.clone());
    Answer::Triangle {
        shares: ids.zip(shares).collect(),
    }
}

/// How much each of these corners has in an answer, whatever their order; see [`triangle_at`].
pub fn triangle_shares(corners: &[Pole; 3], answer: &Answer) -> Option<[u8; 3]> {
    let Answer::Triangle { shares } = answer else {
        return None;
    };
    let of = |corner: &Pole| shares.get(&corner.id).copied();
    Some([of(&corners[0])?, of(&corners[1])?, of(&corners[2])?])
}

/// "weinig", "beetje", "veel": how much a corner has in a story, in words.
pub const LEVELS: u8 = 3;

/// SG7: the shares of three levels in words, each 0 (little) to 2 (much): three alike are the middle.
pub fn shares_of(levels: [u8; 3]) -> [u8; 3] {
    let [a, b, c] = levels.map(u32::from);
    let whole = a + b + c;
    if a == b && b == c {
        return [THIRD; 3];
    }
    let share = |level: u32| (level * 200 + whole) / (2 * whole);
    // Two thirds and a third, two fifths twice and one: each sums to 100 when rounded.
    [a, b, c].map(|level| share(level) as u8)
}

/// SG7: the levels in words that come nearest to these shares; with equals the higher ones, as a person would say it.
pub fn levels_of(shares: [u8; 3]) -> [u8; 3] {
    let far = |levels: [u8; 3]| -> u32 {
        let there = shares_of(levels);
        (0..3)
            .map(|place| u32::from(there[place].abs_diff(shares[place])).pow(2))
            .sum()
    };
    if far([1; 3]) < 100 {
        return [1; 3];
    }
    let mut best = ([1; 3], u32::MAX);
    for number in (0..LEVELS.pow(3)).rev() {
        let levels = [number / 9, number / 3 % 3, number % 3];
        let distance = far(levels);
        if distance < best.1 {
            best = (levels, distance);
        }
    }
    best.0
}
