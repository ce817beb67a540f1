//! How often guessing may fail: for the whole server, and for story codes per address too. What succeeds costs nothing,
//! because a whole hall shares one address.

use domain::problem::Problem;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// The limits of this server.
pub struct Limits {
    /// Sign-in links.
    pub sign_in: Failures,
    /// Entry codes.
    pub entry: Failures,
    /// Story codes.
    pub story: Tries,
    /// Turns for copies of stories, so that they take no more than some of the disk's time.
    pub copies: Arc<Semaphore>,
}

/// The most copies of stories that are made at once.
const COPIES: usize = 8;

impl Default for Limits {
    fn default() -> Self {
        Self {
            sign_in: Failures::new(20, Duration::from_secs(3)),
            entry: Failures::new(60, Duration::from_secs(1)),
            story: Tries::default(),
            copies: Arc::new(Semaphore::new(COPIES)),
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

    fn is_forgotten(&self, now: Duration) -> bool {
        *self.forgotten_at.lock().unwrap_or_else(PoisonError::into_inner) <= now
    }

    /// Counts a failure.
    pub fn failed(&self, now: Duration) {
        let mut forgotten_at = self.forgotten_at.lock().unwrap_or_else(PoisonError::into_inner);
        *forgotten_at = (*forgotten_at).max(now) + self.period;
    }
}

/// Failures that are counted per address and for the whole server. From one address more than a hall of people types
/// wrongly is slowed down. Failures from many addresses together slow down only addresses that failed often themselves: a
/// flood from elsewhere keeps nobody from their story.
pub struct Tries {
    /// Beyond these an address is slowed down.
    each: (u32, Duration),
    /// Up to these an address is heard whatever happens elsewhere.
    calm: (u32, Duration),
    all: Failures,
    by: Mutex<HashMap<IpAddr, [Failures; 2]>>,
}

/// The most addresses that are remembered; beyond that those go that failed the least.
const ADDRESSES: usize = 10_000;

impl Default for Tries {
    fn default() -> Self {
        Self {
            each: (60, Duration::from_secs(1)),
            calm: (5, Duration::from_secs(20)),
            all: Failures::new(600, Duration::from_millis(100)),
            by: Mutex::default(),
        }
    }
}

impl Tries {
    /// # Errors
    /// [`Problem::TooManyTries`] when this address is to wait.
    pub fn check(&self, from: IpAddr, now: Duration) -> Result<(), Problem> {
        let by = self.by.lock().unwrap_or_else(PoisonError::into_inner);
        let Some([each, calm]) = by.get(&network(from)) else {
            return Ok(());
        };
        each.check(now)?;
        calm.check(now).or_else(|_| self.all.check(now))
    }

    /// Counts a failure.
    pub fn failed(&self, from: IpAddr, now: Duration) {
        self.all.failed(now);
        let mut by = self.by.lock().unwrap_or_else(PoisonError::into_inner);
        if by.len() >= ADDRESSES {
            by.retain(|_, [each, calm]| !(each.is_forgotten(now) && calm.is_forgotten(now)));
        }
        if by.len() >= ADDRESSES {
            by.retain(|_, [_, calm]| calm.check(now).is_err());
        }
        if by.len() >= ADDRESSES {
            // Then so many addresses are at it that the limit of the whole server is what holds.
            return;
        }
        let anew = || [self.each, self.calm].map(|(burst, period)| Failures::new(burst, period));
        let both = by.entry(network(from)).or_insert_with(anew);
        both.iter().for_each(|failures| failures.failed(now));
    }
}

/// One household has 2⁶⁴ addresses of IPv6.
fn network(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        short => short,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_slowed_down_by_itself_and_a_flood_from_elsewhere_slows_nobody_else() {
        let tries = Tries::default();
        let now = Duration::from_secs(100);
        let (hall, elsewhere): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        for _ in 0..60 {
            assert_eq!(tries.check(hall, now), Ok(()));
            tries.failed(hall, now);
        }
        assert!(matches!(
            tries.check(hall, now),
            Err(Problem::TooManyTries { retry_after: 1..=2 })
        ));
        assert_eq!(tries.check(elsewhere, now), Ok(()));
        // So many others fail that the whole server has had enough.
        for n in 0..1_000_u32 {
            tries.failed(IpAddr::V4((0x0b00_0000 + n).into()), now);
        }
        for _ in 0..5 {
            assert_eq!(tries.check(elsewhere, now), Ok(()));
            tries.failed(elsewhere, now);
        }
        assert!(tries.check(elsewhere, now).is_err());
        assert_eq!(tries.check(hall, now + Duration::from_secs(200)), Ok(()));
    }

    #[test]
    fn one_household_is_one_address() {
        let tries = Tries::default();
        let now = Duration::from_secs(100);
        for n in 0..60_u128 {
            tries.failed(IpAddr::V6((0x2001_0db8_u128 << 96 | n).into()), now);
        }
        assert!(
            tries
                .check(IpAddr::V6((0x2001_0db8_u128 << 96 | 7_777).into()), now)
                .is_err()
        );
        let next_door = 0x2001_0db8_u128 << 96 | 1 << 64;
        assert_eq!(tries.check(IpAddr::V6(next_door.into()), now), Ok(()));
    }

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
