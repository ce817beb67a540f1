//! How things stand between this device and the server. Pages see this and what the replica holds, and cannot tell by
//! which way either came: by pull, by long pull or by socket.

/// The line to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// The last answer was good, or there was none yet.
    Good,
    /// No connection, or somebody else's page in its place.
    Offline,
    /// The server says it is busy.
    Busy,
    /// The server is in trouble.
    Trouble,
}

/// What a page says about it, in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncStatus {
    /// Everything came in, and nothing is still to go.
    UpToDate,
    /// Something is coming in or going.
    Syncing,
    /// There is no connection; so much waits to go.
    Offline(usize),
    /// There is one, but the server does not take or give as it should; so much waits to go.
    Stuck(usize),
}

impl SyncStatus {
    /// `complete`: everything there was has come in once. `waiting`: how much a person did here that the server has
    /// not settled.
    pub fn of(contact: Contact, complete: bool, waiting: usize) -> Self {
        match contact {
            Contact::Offline => Self::Offline(waiting),
            Contact::Busy | Contact::Trouble => Self::Stuck(waiting),
            Contact::Good if complete && waiting == 0 => Self::UpToDate,
            Contact::Good => Self::Syncing,
        }
    }

    /// How much waits, where it cannot go now.
    pub fn waiting(self) -> usize {
        match self {
            Self::Offline(waiting) | Self::Stuck(waiting) => waiting,
            Self::UpToDate | Self::Syncing => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_to_date_is_said_only_when_everything_came_and_nothing_is_still_to_go() {
        let contacts = [Contact::Good, Contact::Offline, Contact::Busy, Contact::Trouble];
        for contact in contacts {
            for (complete, waiting) in [(false, 0), (false, 2), (true, 0), (true, 2)] {
                let all = (contact, complete, waiting) == (Contact::Good, true, 0);
                let status = SyncStatus::of(contact, complete, waiting);
                assert_eq!(
                    status == SyncStatus::UpToDate,
                    all,
                    "{contact:?} {complete} {waiting}"
                );
            }
        }
        assert_eq!(SyncStatus::of(Contact::Good, true, 1), SyncStatus::Syncing);
    }

    #[test]
    fn how_much_waits_is_said_where_it_cannot_go() {
        assert_eq!(SyncStatus::of(Contact::Offline, true, 3).waiting(), 3);
        assert_eq!(SyncStatus::of(Contact::Trouble, false, 1).waiting(), 1);
        assert_eq!(SyncStatus::of(Contact::Good, true, 1).waiting(), 0);
    }
}
