//! How often guessing may fail, for the whole server: never per address, because a whole hall shares one.

use domain::problem::Problem;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The limits of this server.
pub struct Limits {
    /// Sign-in links.
    pub sign_in: Failures,
    /// Entry codes.
    pub entry: Failures,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sign_in: Failures::new(20, Duration::from_secs(3)),
            entry: Failures::new(60, Duration::from_secs(1)),
        }
    }
}

/// Counts failures: a number of them at once, then one more each period. What succeeds costs nothing.
///
/// The generic cell rate algorithm: all it remembers is when it will have forgotten everything.
pub struct Failures {
    period: Duration,
    burst: u32,
    forgotten_at: Mutex<Duration>,
}

impl Failures {
    /// Allows `burst` failures at once, and one more each `period`.
    pub fn new(burst: u32, period: Duration) -> Self {
        Self {
            period,
            burst,
            forgotten_at: Mutex::default(),
        }
    }

    /// # Errors
    /// [`Problem::TooManyTries`] when no failure is left at this moment of [`Clock::elapsed`](crate::ambient::Clock).
    pub fn check(&self, now: Duration) -> Result<(), Problem> {
        let forgotten_at = *self.forgotten_at.lock().unwrap_or_else(PoisonError::into_inner);
        let room_at = (forgotten_at + self.period).saturating_sub(self.period * self.burst);
        match room_at.checked_sub(now) {
            None | Some(Duration::ZERO) => Ok(()),
            Some(wait) => {
                let retry_after = u32::try_from(wait.as_secs())
                    .unwrap_or(u32::MAX)
                    .saturating_add(1);
                Err(Problem::TooManyTries { retry_after })
            }
        }
    }

    /// Counts a failure.
    pub fn failed(&self, now: Duration) {
        let mut forgotten_at = self.forgotten_at.lock().unwrap_or_else(PoisonError::into_inner);
        *forgotten_at = (*forgotten_at).max(now) + self.period;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_burst_one_failure_a_period_is_allowed() {
        let limit = Failures::new(3, Duration::from_secs(10));
        let start = Duration::from_secs(100);
        for _ in 0..3 {
            assert_eq!(limit.check(start), Ok(()));
            limit.failed(start);
        }
        assert_eq!(limit.check(start), Err(Problem::TooManyTries { retry_after: 11 }));
        let later = start + Duration::from_secs(10);
        assert_eq!(limit.check(later), Ok(()));
        limit.failed(later);
        assert!(limit.check(later).is_err());
        assert_eq!(limit.check(start + Duration::from_secs(1_000)), Ok(()));
    }
}
