//! Bytes that the browser holds. A recording is never copied into our own memory: it goes from the microphone to
//! storage, to a checksum or to the loudspeaker within the browser.

use domain::Sha256;
use js_sys::{Array, ArrayBuffer, Promise, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::BlobPropertyBag;

/// Some bytes. Clones are the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes(pub(super) ArrayBuffer);

impl Bytes {
    /// Hands bytes of ours to the browser.
    pub fn new(bytes: &[u8]) -> Self {
        Self(Uint8Array::from(bytes).buffer())
    }

    /// How many.
    pub fn length(&self) -> u64 {
        self.0.byte_length().into()
    }

    /// One after the other, as one.
    pub fn joined(parts: &[Self]) -> Self {
        let whole = Uint8Array::new_with_length(parts.iter().map(|part| part.0.byte_length()).sum());
        let mut at = 0;
        for Self(part) in parts {
            whole.set(&Uint8Array::new(part), at);
            at += part.byte_length();
        }
        Self(whole.buffer())
    }

    /// `length` of them from `from` on, or as many as there are.
    pub fn part(&self, from: u64, length: u64) -> Self {
        let within = |at: u64| u32::try_from(at).unwrap_or(u32::MAX);
        let end = within(from.saturating_add(length));
        Self(self.0.slice_with_end(within(from), end))
    }

    /// Their checksum. The browser works it out beside the page, so that 50 MB do not hold up a finger; at an insecure
    /// address it does not, and we do.
    pub async fn sha256(&self) -> Sha256 {
        self.begin_sha256().await
    }

    /// Begins at once, whenever the answer is waited for: many are worked out side by side.
    pub fn begin_sha256(&self) -> impl Future<Output = Sha256> + use<> {
        let (bytes, digest) = (self.0.clone(), self.digest());
        async move {
            match digest {
                Some(digest) => JsFuture::from(digest)
                    .await
                    .ok()
                    .and_then(|sum| read(&sum.into())),
                None => None,
            }
            .unwrap_or_else(|| Sha256::of(&Uint8Array::new(&bytes).to_vec()))
        }
    }

    fn digest(&self) -> Option<Promise> {
        let subtle = window().crypto().ok()?.subtle();
        subtle.digest_with_str_and_buffer_source("SHA-256", &self.0).ok()
    }
}

fn read(sum: &ArrayBuffer) -> Option<Sha256> {
    let mut bytes = [0; 32];
    (sum.byte_length() == 32).then(|| Uint8Array::new(sum).copy_to(&mut bytes))?;
    Some(Sha256(bytes))
}

/// Bytes as letters, as headers carry them.
pub fn base64(bytes: &[u8]) -> String {
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    window().btoa(&text).unwrap_or_default()
}

/// Bytes with a media type: what can be played and saved as a file. Clones are the same bytes.
#[derive(Clone, Debug)]
pub struct Blob(pub(super) web_sys::Blob);

impl Blob {
    /// Parts, one after the other, as one.
    pub fn of(parts: &[Bytes], media_type: &str) -> Option<Self> {
        let list: Array = parts.iter().map(|part| &part.0).collect();
        let kind = BlobPropertyBag::new();
        kind.set_type(media_type);
        web_sys::Blob::new_with_buffer_source_sequence_and_options(&list, &kind)
            .ok()
            .map(Self)
    }

    /// What is in it; `None` when the browser cannot read it any more.
    pub async fn bytes(&self) -> Option<Bytes> {
        let read = JsFuture::from(self.0.array_buffer()).await.ok()?;
        Some(Bytes(read.unchecked_into()))
    }
}
