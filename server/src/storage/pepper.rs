//! The key under which story keys are hashed. It lies beside the database, not in it: whoever has only the database
//! cannot even test a guess.

use super::{Error, meta};
use crate::durable::sync_folder;
use domain::Entropy;
use domain::id::StoryId;
use domain::key::{Holds, KeyHash};
use domain::time::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::Connection;
use sha2::Sha256;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use subtle::{Choice, ConstantTimeEq};

/// The server's own 256-bit key.
pub struct Pepper([u8; 32]);

/// The keys of one request, hashed as stories keep them.
#[derive(Clone, Default)]
pub struct Keys(Vec<[u8; 32]>);

impl Pepper {
    /// Reads the file `key`, or makes it at the first start. A key that is not this database's would open nothing any
    /// teller has a code for, and a new one beside stories that are there would lock them up for ever.
    pub(super) fn open(folder: &Path, db: &Connection, entropy: &mut impl Entropy) -> Result<Self, Error> {
        let check = meta::key_check(db)?;
        if check.is_some() && !folder.join("key").exists() {
            return Err(Error::WrongKey);
        }
        let pepper = Self::of(folder, entropy)?;
        let mut own = Hmac::<Sha256>::new_from_slice(&pepper.0).expect("HMAC takes a key of any length");
        own.update(b"the key of this database");
        let own: [u8; 32] = own.finalize().into_bytes().into();
        match check {
            None => meta::set_key_check(db, &own)?,
            Some(check) if check == own => {}
            Some(_) => return Err(Error::WrongKey),
        }
        Ok(pepper)
    }

    fn of(folder: &Path, entropy: &mut impl Entropy) -> Result<Self, Error> {
        let path = folder.join("key");
        let failed = |error| Error::File("the key file", error);
        match fs::read(&path) {
            Ok(bytes) => {
                let key = bytes
                    .try_into()
                    .map_err(|_| Error::Damaged("the key file is not 32 bytes long"))?;
                Ok(Self(key))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let mut key = [0; 32];
                entropy.fill(&mut key);
                let mut file = OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(path)
                    .map_err(failed)?;
                file.write_all(&key)
                    .and_then(|()| file.sync_all())
                    .map_err(failed)?;
                sync_folder(folder).map_err(failed)?;
                Ok(Self(key))
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// The form in which a key's hash is stored.
    pub(super) fn stored(&self, hash: &KeyHash) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(&hash.0);
        mac.finalize().into_bytes().into()
    }

    /// Proof that whoever has it held the owner key of a story; good until a moment.
    pub(super) fn ticket(&self, story: StoryId, until: Timestamp) -> String {
        let proof = self.proof(story, until).finalize().into_bytes();
        let hex = proof
            .iter()
            .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        format!("{}.{hex}", until.0)
    }

    /// Whether a ticket was given for this story and is still good. Takes the same time for every wrong proof.
    pub(super) fn admits(&self, story: StoryId, ticket: &str, now: Timestamp) -> bool {
        let read = || {
            let (until, hex) = ticket.split_once('.')?;
            let until = Timestamp(until.parse().ok()?);
            let hex: &[u8; 64] = hex.as_bytes().try_into().ok()?;
            let digits = hex.as_chunks().0.iter();
            let proof: Option<Vec<u8>> = digits
                .map(|pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
                .collect();
            Some((until, proof?))
        };
        read().is_some_and(|(until, proof)| {
            let proven = self.proof(story, until).verify_slice(&proof).is_ok();
            proven && now < until
        })
    }

    /// What is proved has another length than a hash, so a ticket is never the stored form of a key.
    fn proof(&self, story: StoryId, until: Timestamp) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(b"listen to story");
        mac.update(story.0.as_bytes());
        mac.update(&until.0.to_be_bytes());
        mac
    }

    /// The keys a request presents.
    pub(super) fn keys(&self, presented: &[[u8; 32]]) -> Keys {
        Keys(
            presented
                .iter()
                .map(|key| self.stored(&KeyHash::of_presented(*key)))
                .collect(),
        )
    }
}

impl Keys {
    /// The forms in which stories keep these keys.
    pub(super) fn stored(&self) -> &[[u8; 32]] {
        &self.0
    }

    /// What these keys may do with a story that has these stored hashes. Takes the same time for every answer.
    /// `second` is the owner key of a second voice, where the story has one.
    pub(super) fn hold(&self, owner: &[u8], second: Option<&[u8]>, upload: &[u8]) -> Holds {
        let any = |stored: &[u8]| {
            bool::from(
                self.0
                    .iter()
                    .fold(Choice::from(0), |found, key| found | key.ct_eq(stored)),
            )
        };
        // Without a second voice the same is compared, against what no key can be.
        Holds::of(any(owner), any(second.unwrap_or(&[0; 32])), any(upload))
    }
}
