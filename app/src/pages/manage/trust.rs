//! `/trust`: how a phone comes to trust the certificate of the computer on which somebody tries Vertelpunt. It is
//! read over plain HTTP, where there is no service worker yet.

use super::plain_frame;
use crate::watch::RwSignal;
use crate::{
    browser::{service_worker, staff as ask},
    components::{icon::icon, notice::notice},
    pages::analyse::{self, StaffPage},
    texts::{Text, fill, staff, t},
};
use leptos::{prelude::*, task::spawn_local};

/// Where the server hands out the certificate, and how the file is called on the phone.
const CERTIFICATE: &str = "/vertelpunt-ca.crt";
/// The name of the certificate authority, as the phone shows it.
const AUTHORITY: &str = "Vertelpunt op deze computer";

/// The page.
pub fn page() -> impl IntoView {
    analyse::load(StaffPage::Trust)
}

/// Draws the page.
pub(in crate::pages) fn draw() -> AnyView {
    let fingerprint = RwSignal::new(None::<String>);
    let next = RwSignal::new("/".to_owned());
    spawn_local(async move {
        if let Some(address) = ask::encrypted_address().await {
            _ = next.try_set(address);
        }
        let found = ask::fingerprint(CERTIFICATE).await;
        _ = fingerprint.try_set(found);
    });
    let worker = service_worker::worker();
    // A browser runs a service worker only from a certificate it really trusts, not from one somebody clicked past.
    let trusted = move || worker.offline.get() == service_worker::Offline::Settled;
    let file = CERTIFICATE.trim_start_matches('/');
    let android = [
        t(staff::TRUST_ANDROID_1).to_owned(),
        t(staff::TRUST_ANDROID_2).to_owned(),
        t(staff::TRUST_ANDROID_3).to_owned(),
        t(staff::TRUST_ANDROID_4).to_owned(),
        fill(staff::TRUST_ANDROID_5, &[("file", file)]),
        t(staff::TRUST_ANDROID_6).to_owned(),
    ];
    let iphone = [
        t(staff::TRUST_IPHONE_1).to_owned(),
        t(staff::TRUST_IPHONE_2).to_owned(),
        t(staff::TRUST_IPHONE_3).to_owned(),
        t(staff::TRUST_IPHONE_4).to_owned(),
        t(staff::TRUST_IPHONE_5).to_owned(),
        fill(staff::TRUST_IPHONE_6, &[("name", AUTHORITY)]),
        t(staff::TRUST_IPHONE_7).to_owned(),
    ];
    let note = view! { <p class="vp-small vp-soft">{t(staff::TRUST_ANDROID_NOTE)}</p> };
    let body = view! {
        <h1 class="vp-voice vp-ask" tabindex="-1">{t(staff::TRUST_TITLE)}</h1>
        <p>{t(staff::TRUST_WHY)}</p>
        <p>{t(staff::TRUST_ONLY)}</p>
        <div role="status">{move || trusted().then(|| notice("i-safe", t(staff::TRUST_WORKS), ().into_any()))}</div>
        <p>
            <a class="vp-btn vp-btn--line" href=CERTIFICATE download=file>
                {icon("i-save")} <span>{t(staff::TRUST_GET)}</span>
            </a>
        </p>
        {steps(staff::TRUST_ANDROID, &android, note.into_any())}
        {steps(staff::TRUST_IPHONE, &iphone, ().into_any())}
        {move || fingerprint.get().map(|found| compare(&found))}
        <p class="vp-small vp-soft">{t(staff::TRUST_AFTER)}</p>
    };
    let feet = view! {
        <div class="vp-feet">
            <a class="vp-btn vp-btn--main" href=move || next.get()>
                <span>{t(staff::TRUST_NEXT)}</span>
            </a>
        </div>
    };
    plain_frame("vp-trust", body.into_any(), feet.into_any())
}

fn steps(heading: Text, steps: &[String], note: AnyView) -> AnyView {
    let steps: Vec<AnyView> = steps
        .iter()
        .map(|step| view! { <li><span>{step.clone()}</span></li> }.into_any())
        .collect();
    view! {
        <section>
            <h2 class="vp-voice">{t(heading)}</h2>
            <ol class="vp-steps">{steps}</ol>
            {note}
        </section>
    }
    .into_any()
}

/// The sentence with the fingerprint in an element of its own, so that no translator touches it.
fn compare(fingerprint: &str) -> AnyView {
    let sentence = t(staff::TRUST_COMPARE);
    let (before, after) = sentence.split_once("{fingerprint}").unwrap_or((sentence, ""));
    view! {
        <p class="vp-small">
            <span>{before}</span>
            <code dir="ltr" translate="no">{fingerprint.to_owned()}</code>
            <span>{after}</span>
        </p>
    }
    .into_any()
}
