//! The story code: the secret by which a teller finds and rules a story from any device.

use crate::Entropy;
use sha2::Digest;
use std::fmt::Write;

/// The list of easy, concrete Dutch words, sorted, unique in their first four letters; ten bits a word.
static WORDS: &str = include_str!("words.txt");

/// How many words the list holds.
pub const LIST_LENGTH: usize = 1024;
/// From how many letters on words are suggested.
const SUGGEST_FROM: usize = 3;
/// The most words suggested at once.
const SUGGEST_MOST: usize = 5;
/// The most slips of the finger in a word for which another is still meant.
const MOST_SLIPS: usize = 2;
/// How many words a code shows: eight that carry it and one that checks.
pub const WORD_COUNT: usize = 9;

/// Eighty random bits, made on the phone. The secret is the number; words, digits and QR are its clothing.
#[derive(Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StoryCode([u8; 10]);

/// Why typed words or digits are no story code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeError {
    /// Not nine words.
    WordCount(usize),
    /// The word at this place, counted from 1, is not on the list.
    UnknownWord {
        /// Counted from 1.
        place: usize,
        /// The listed word that was most likely meant, if any is like it.
        nearest: Option<&'static str>,
    },
    /// All words are known, but the ninth does not fit the other eight.
    Check,
    /// Not 28 digits, or the last three do not fit.
    Digits,
}

impl StoryCode {
    /// Draws a new code.
    pub fn random(entropy: &mut impl Entropy) -> Self {
        let mut bits = [0; 10];
        entropy.fill(&mut bits);
        Self(bits)
    }

    /// The eighty bits, for key derivation.
    pub(crate) fn bits(&self) -> &[u8; 10] {
        &self.0
    }

    fn number(&self) -> u128 {
        self.0
            .iter()
            .fold(0, |number, &byte| number << 8 | u128::from(byte))
    }

    /// Ten bits that follow from the eighty: the first ten of their SHA-256.
    fn check(&self) -> usize {
        let digest = sha2::Sha256::digest(self.0);
        usize::from(digest[0]) << 2 | usize::from(digest[1] >> 6)
    }

    /// The nine words, the last of which checks the others.
    pub fn words(&self) -> [&'static str; WORD_COUNT] {
        let list: Vec<_> = words().collect();
        let number = self.number();
        std::array::from_fn(|place| match place {
            8 => list[self.check()],
            _ => list[(number >> (70 - 10 * place)) as usize & (LIST_LENGTH - 1)],
        })
    }

    /// The same eighty bits as 28 decimal digits in seven groups of four: 25 for the number, three that check.
    pub fn digits(&self) -> String {
        let all = format!("{:025}{:03}", self.number(), self.check() % 1000);
        let mut grouped = String::with_capacity(34);
        for (place, digit) in all.chars().enumerate() {
            if place > 0 && place % 4 == 0 {
                grouped.push(' ');
            }
            grouped.push(digit);
        }
        grouped
    }

    /// Reads what a person typed or pasted: nine words or 28 digits.
    ///
    /// Capitals, accents, spaces, commas, line ends and numbers before the words do not matter; four letters of a
    /// word are enough; digits may be Arabic ones.
    ///
    /// # Errors
    /// Says which word is not known and what it may have been, or that the check word does not fit.
    pub fn read(text: &str) -> Result<Self, CodeError> {
        if !text.chars().any(char::is_alphabetic) && text.chars().any(|c| digit(c).is_some()) {
            return Self::read_digits(text);
        }
        let list: Vec<_> = words().collect();
        let typed = typed_words(text);
        if typed.len() != WORD_COUNT {
            return Err(CodeError::WordCount(typed.len()));
        }
        let mut places = [0; WORD_COUNT];
        for (place, (slot, word)) in places.iter_mut().zip(&typed).enumerate() {
            *slot = find(&list, word).ok_or_else(|| CodeError::UnknownWord {
                place: place + 1,
                nearest: nearest(&list, word),
            })?;
        }
        let number = places[..8]
            .iter()
            .fold(0u128, |number, &place| number << 10 | place as u128);
        let code = Self::from_number(number);
        if code.check() == places[8] {
            Ok(code)
        } else {
            Err(CodeError::Check)
        }
    }

    /// CD3: the two places, counted from 1, whose words have to be exchanged for the ninth to fit. `None` when what was
    /// typed is a code already, when its words are not all listed, and when more than one exchange would do.
    pub fn exchanged(text: &str) -> Option<(usize, usize)> {
        let typed = typed_words(text);
        if typed.len() != WORD_COUNT || Self::read(text) != Err(CodeError::Check) {
            return None;
        }
        let pairs = (0..WORD_COUNT).flat_map(|one| (one + 1..WORD_COUNT).map(move |other| (one, other)));
        let mut fit = pairs.filter(|&(one, other)| {
            let mut words = typed.clone();
            words.swap(one, other);
            Self::read(&words.join(" ")).is_ok()
        });
        let (one, other) = fit.next()?;
        fit.next().is_none().then_some((one + 1, other + 1))
    }

    fn read_digits(text: &str) -> Result<Self, CodeError> {
        let digits: String = text.chars().filter_map(digit).collect();
        if digits.len() != 28 {
            return Err(CodeError::Digits);
        }
        let (number, check) = digits.split_at(25);
        let number: u128 = number.parse().map_err(|_| CodeError::Digits)?;
        if number >> 80 != 0 {
            return Err(CodeError::Digits);
        }
        let code = Self::from_number(number);
        if format!("{:03}", code.check() % 1000) == check {
            Ok(code)
        } else {
            Err(CodeError::Digits)
        }
    }

    fn from_number(number: u128) -> Self {
        let mut bits = [0; 10];
        bits.copy_from_slice(&number.to_be_bytes()[6..]);
        Self(bits)
    }
}

/// CD1: the listed words that begin with what was typed, once that is three letters; the shortest first, five at most.
pub fn suggestions(typed: &str) -> Vec<&'static str> {
    let typed = plain(typed.trim());
    if typed.chars().count() < SUGGEST_FROM {
        return Vec::new();
    }
    let mut found: Vec<_> = words().filter(|word| word.starts_with(&typed)).collect();
    found.sort_by_key(|word| word.len());
    found.truncate(SUGGEST_MOST);
    found
}

/// Whether one typed word is on the list, as [`StoryCode::read`] would have it; the listed word.
pub fn known(typed: &str) -> Option<&'static str> {
    let list: Vec<_> = words().collect();
    find(&list, &plain(typed.trim())).map(|place| list[place])
}

/// The words in what was typed or pasted, in the form in which they are looked up: CD4, all nine may come at once.
pub fn typed_words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphabetic());
    words.filter(|word| !word.is_empty()).map(plain).collect()
}

/// The words of the list, in order.
pub fn words() -> impl Iterator<Item = &'static str> {
    WORDS.lines()
}

fn find(list: &[&'static str], typed: &str) -> Option<usize> {
    let start = |word: &str| word.chars().take(4).collect::<String>();
    list.iter().position(|word| *word == typed).or_else(|| {
        let typed = start(typed);
        (typed.len() == 4)
            .then(|| list.iter().position(|word| start(word) == typed))
            .flatten()
    })
}

/// The digit, also when written in the Arabic or the Persian way.
fn digit(c: char) -> Option<char> {
    let value = match c {
        '0'..='9' => u32::from(c) - u32::from('0'),
        '\u{660}'..='\u{669}' => u32::from(c) - 0x660,
        '\u{6f0}'..='\u{6f9}' => u32::from(c) - 0x6f0,
        _ => return None,
    };
    char::from_digit(value, 10)
}

/// CD2: the listed word that was most likely meant: the one with the fewest slips, of those the one that begins alike the
/// longest. Beyond two slips, the one that begins alike, if any letter does.
fn nearest(list: &[&'static str], typed: &str) -> Option<&'static str> {
    let shared = |word: &str| {
        let pairs = word.bytes().zip(typed.bytes());
        pairs.take_while(|(a, b)| a == b).count()
    };
    let by_slips = |word: &&str| (slips(word, typed), std::cmp::Reverse(shared(word)));
    let close = list.iter().copied().min_by_key(by_slips);
    close.filter(|word| slips(word, typed) <= MOST_SLIPS).or_else(|| {
        let alike = list.iter().copied().max_by_key(|word| shared(word));
        alike.filter(|word| shared(word) > 0)
    })
}

/// How many letters have to be put in, left out, changed or exchanged with their neighbour to make one word of another.
fn slips(word: &str, typed: &str) -> usize {
    let (word, typed): (Vec<char>, Vec<char>) = (word.chars().collect(), typed.chars().collect());
    // A word of the list is short; what is longer than any of them by more than the most slips is none.
    if typed.len() > word.len() + MOST_SLIPS {
        return usize::MAX;
    }
    let mut rows: Vec<Vec<usize>> = vec![(0..=typed.len()).collect()];
    for (i, letter) in word.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in typed.iter().enumerate() {
            let mut least = (rows[i][j] + usize::from(letter != other))
                .min(rows[i][j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *letter == typed[j - 1] && word[i - 1] == *other {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[word.len()][typed.len()]
}

/// Lower case without the accents Dutch and English writers type.
fn plain(word: &str) -> String {
    word.chars()
        .flat_map(char::to_lowercase)
        .map(|letter| match letter {
            'á' | 'à' | 'ä' | 'â' => 'a',
            'é' | 'è' | 'ë' | 'ê' => 'e',
            'í' | 'ì' | 'ï' | 'î' => 'i',
            'ó' | 'ò' | 'ö' | 'ô' => 'o',
            'ú' | 'ù' | 'ü' | 'û' => 'u',
            other => other,
        })
        .collect()
}

impl From<StoryCode> for String {
    /// The form that is kept on the phone and stands after `#` in the QR's address: twenty hexadecimal digits.
    fn from(code: StoryCode) -> Self {
        code.0.iter().fold(Self::with_capacity(20), |mut text, byte| {
            write!(text, "{byte:02x}").expect("writing to a String cannot fail");
            text
        })
    }
}

impl TryFrom<String> for StoryCode {
    type Error = crate::bytes::NotHex;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        crate::bytes::read_hex(&text)
            .map(Self)
            .ok_or(crate::bytes::NotHex)
    }
}

impl std::fmt::Debug for StoryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoryCode(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list() -> Vec<&'static str> {
        words().collect()
    }

    #[test]
    fn st6_the_list_is_sorted_plain_and_told_apart_by_four_letters() {
        let list = list();
        assert_eq!(list.len(), LIST_LENGTH);
        assert!(list.is_sorted());
        for word in &list {
            assert!(
                word.len() >= 3 && word.bytes().all(|b| b.is_ascii_lowercase()),
                "{word}"
            );
        }
        let starts: std::collections::BTreeSet<_> =
            list.iter().map(|word| &word[..word.len().min(4)]).collect();
        assert_eq!(starts.len(), LIST_LENGTH);
    }

    /// The numbers never change: a code written on paper must open its story for years.
    #[test]
    fn st6_a_code_once_written_down_stays_readable() {
        let code = StoryCode([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(String::from(code), "00010203040506070809");
        assert_eq!(
            code.digits().replace(' ', "")[..25],
            format!("{:025}", 0x0001_0203_0405_0607_0809_u128)
        );
        let place = |word| list().iter().position(|known| *known == word).unwrap();
        assert_eq!(code.words().map(place)[..8], [0, 16, 128, 772, 20, 96, 450, 9]);
    }

    #[test]
    fn st6_a_wrong_word_is_named_and_a_wrong_number_of_words_is_told() {
        let words = StoryCode([7; 10]).words();
        let mut typed = words.map(str::to_owned);
        typed[4] = format!("{}qqqq", &words[4][..2]);
        let Err(CodeError::UnknownWord {
            place: 5,
            nearest: Some(nearest),
        }) = StoryCode::read(&typed.join(" "))
        else {
            panic!("the wrong word was not named")
        };
        assert_eq!(nearest[..2], words[4][..2]);
        assert_eq!(
            StoryCode::read(&words[..8].join(" ")).err(),
            Some(CodeError::WordCount(8))
        );
        assert_eq!(StoryCode::read("").err(), Some(CodeError::WordCount(0)));
        assert_eq!(StoryCode::read("1234 5678").err(), Some(CodeError::Digits));
    }

    /// The check word has ten bits: of a thousand slips to another word of the list, about one goes through.
    #[test]
    fn st6_a_listed_but_wrong_word_does_not_fit_the_ninth() {
        let list = list();
        let words = StoryCode([42, 1, 99, 3, 200, 5, 16, 77, 8, 91]).words();
        let mut missed = 0;
        for place in 0..WORD_COUNT {
            for other in list.iter().filter(|&&other| other != words[place]) {
                let mut typed = words;
                typed[place] = other;
                missed += usize::from(StoryCode::read(&typed.join(" ")) != Err(CodeError::Check));
            }
        }
        assert!(
            missed < 30,
            "{missed} of {} slips went through",
            WORD_COUNT * (LIST_LENGTH - 1)
        );
    }

    #[test]
    fn cd1_words_are_suggested_from_the_third_letter() {
        let word = StoryCode([7; 10]).words()[0];
        assert!(suggestions(&word[..2]).is_empty());
        let shown = suggestions(&format!(" {}", word[..3].to_uppercase()));
        assert!(shown.contains(&word) && shown.len() <= 5, "{shown:?}");
        assert!(shown.iter().all(|shown| shown[..3] == word[..3]));
        assert!(suggestions("qqq").is_empty());
        let four = &word[..word.len().min(4)];
        assert_eq!(known(&four.to_uppercase()), Some(word));
        assert_eq!(known("qqqq"), None);
    }

    /// Each listed word with one slip, of four kinds, is recognised or asks for the word that was meant; hardly any other.
    #[test]
    fn cd2_a_slip_of_the_finger_asks_for_the_word_that_was_meant() {
        let list = list();
        let (mut asked, mut right) = (0, 0);
        for word in &list {
            let last = word.len() - 1;
            let mut exchanged = word.as_bytes().to_vec();
            exchanged.swap(last - 1, last);
            let slipped = [
                String::from_utf8(exchanged).unwrap(),
                format!("{}{}", &word[..1], &word[2..]),
                format!("{}x{}", &word[..2], &word[2..]),
                format!("{}q{}", &word[..1], &word[2..]),
            ];
            for typed in slipped {
                let meant = find(&list, &typed)
                    .map(|place| list[place])
                    .or(nearest(&list, &typed));
                asked += 1;
                right += usize::from(meant == Some(*word));
            }
        }
        assert!(right * 100 > asked * 80, "{right} of {asked}");
        assert_eq!(slips("fiets", "feits"), 1);
        assert_eq!(slips("fiets", "fietsen"), 2);
        assert_eq!(slips("fiets", "qqqqqqqqqqqqqqqqqqqq"), usize::MAX);
    }

    #[test]
    fn cd3_two_words_that_changed_places_are_pointed_out() {
        let words = StoryCode([42, 1, 99, 3, 200, 5, 16, 77, 8, 91]).words();
        let mut typed = words;
        typed.swap(2, 6);
        assert_eq!(StoryCode::read(&typed.join(" ")), Err(CodeError::Check));
        assert_eq!(StoryCode::exchanged(&typed.join(" ")), Some((3, 7)));
        assert_eq!(StoryCode::exchanged(&words.join(" ")), None);
        assert_eq!(StoryCode::exchanged("fiets"), None);
    }

    #[test]
    fn cd4_all_words_may_come_at_once_and_among_other_words_are_counted() {
        let code = StoryCode([7; 10]);
        let pasted = format!("  {}\n", code.words().join("\n"));
        assert_eq!(typed_words(&pasted), code.words());
        assert_eq!(StoryCode::read(&pasted), Ok(code));
    }

    #[test]
    fn st6_a_wrong_digit_is_noticed() {
        let digits = StoryCode([42, 1, 99, 3, 200, 5, 16, 77, 8, 91]).digits();
        let mut missed = 0;
        for place in (0..digits.len()).filter(|&place| digits.as_bytes()[place] != b' ') {
            for digit in (b'0'..=b'9').filter(|&digit| digit != digits.as_bytes()[place]) {
                let mut typed = digits.clone().into_bytes();
                typed[place] = digit;
                missed += usize::from(StoryCode::read(std::str::from_utf8(&typed).unwrap()).is_ok());
            }
        }
        assert!(missed <= 2, "{missed} wrong digits went through");
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: proptest::test_runner::RngSeed::Fixed(6), failure_persistence: None, ..ProptestConfig::default()
        })]

        #[test]
        fn st6_noise_in_typing_is_forgiven(bits: [u8; 10], noise: [u8; WORD_COUNT]) {
            let code = StoryCode(bits);
            let mut typed = String::new();
            for (place, (word, noise)) in code.words().iter().zip(noise).enumerate() {
                typed += match noise % 4 { 0 => " ", 1 => ",\n", 2 => "  \t", _ => " - " };
                if noise & 16 > 0 {
                    typed += &format!("{}. ", place + 1);
                }
                let word = if noise & 32 > 0 { &word[..word.len().min(4)] } else { word };
                let word = if noise & 64 > 0 { word.to_uppercase() } else { word.to_owned() };
                typed += &if noise & 128 > 0 { word.replacen('e', "é", 1).replacen('O', "Ö", 1) } else { word };
            }
            prop_assert!(StoryCode::read(&typed) == Ok(code), "{:?}", typed);
            let arabic: String = code.digits().chars().map(|c| match c.to_digit(10) {
                Some(value) => char::from_u32(0x660 + value).unwrap(),
                None => '-',
            }).collect();
            prop_assert!(StoryCode::read(&arabic) == Ok(code));
        }

        #[test]
        fn st6_whatever_is_typed_is_read_or_explained(text in "\\PC{0,80}") {
            let _ = StoryCode::read(&text);
        }

        #[test]
        fn hexadecimal_comes_back_as_it_went(bytes: [u8; 32], junk in "\\PC{0,70}") {
            let hash = crate::Sha256(bytes);
            prop_assert_eq!(hash.to_hex().parse::<crate::Sha256>(), Ok(hash));
            if let Ok(read) = junk.parse::<crate::Sha256>() {
                prop_assert_eq!(read.to_hex(), junk.to_lowercase());
            }
        }
    }
}
