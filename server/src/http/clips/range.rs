//! `Range`, as far as players need it: one range of bytes (RFC 9110, 14.2).

use axum::http::HeaderValue;

/// What of a clip is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it: nothing else was asked, or nothing that is understood.
    All,
    /// From this byte up to, and without, that one.
    Some {
        /// The first.
        from: u64,
        /// Behind the last.
        to: u64,
    },
    /// What lies behind the end.
    Nothing,
}

/// Reads the header. What is not understood is passed over, as are several ranges at once.
pub(super) fn part(asked: Option<&HeaderValue>, length: u64) -> Part {
    let asked = asked.and_then(|asked| asked.to_str().ok()?.trim().strip_prefix("bytes="));
    let Some((first, last)) = asked.and_then(|range| range.trim().split_once('-')) else {
        return Part::All;
    };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // More digits than a length has are behind every end.
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    match (first, last, number(first), number(last)) {
        ("", _, _, Some(0)) => Part::Nothing,
        ("", _, _, Some(last)) => Part::Some {
            from: length.saturating_sub(last),
            to: length,
        },
        (_, "", Some(from), _) | (_, _, Some(from), Some(_)) if from >= length => Part::Nothing,
        (_, "", Some(from), _) => Part::Some { from, to: length },
        (_, _, Some(from), Some(to)) if from <= to => Part::Some {
            from,
            to: to.saturating_add(1).min(length),
        },
        _ => Part::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn de8_one_range_is_understood_and_everything_else_is_all() {
        let some = |from, to| Part::Some { from, to };
        for (asked, meant) in [
            ("bytes=0-", some(0, 100)),
            ("bytes=0-0", some(0, 1)),
            ("bytes=10-19", some(10, 20)),
            ("bytes=90-200", some(90, 100)),
            ("bytes=-5", some(95, 100)),
            ("bytes=-500", some(0, 100)),
            ("bytes=99-99", some(99, 100)),
            ("bytes=100-", Part::Nothing),
            ("bytes=100-200", Part::Nothing),
            ("bytes=99999999999999999999999-", Part::Nothing),
            ("bytes=-0", Part::Nothing),
            ("bytes=5-4", Part::All),
            ("bytes=0-1,5-6", Part::All),
            ("bytes=-", Part::All),
            ("bytes=a-b", Part::All),
            ("bytes=+1-2", Part::All),
            ("lines=1-2", Part::All),
            ("", Part::All),
        ] {
            assert_eq!(
                part(Some(&HeaderValue::from_static(asked)), 100),
                meant,
                "{asked}"
            );
        }
        assert_eq!(part(None, 100), Part::All);
        assert_eq!(
            part(Some(&HeaderValue::from_bytes(b"bytes=\xff-").unwrap()), 100),
            Part::All
        );
    }
}
