//! `/trust`: how a phone comes to trust the certificate of the computer on which somebody tries Vertelpunt. It is
//! read over plain HTTP, where there is no service worker yet.

use super::plain_frame;
use crate::browser::spawn_local;
use crate::markup::{IntoView, View, el, group};
use crate::watch::RwSignal;
use crate::{
    browser::{service_worker, staff as ask},
    components::{icon::icon, notice::notice},
    pages::analyse::{self, StaffPage},
    texts::{Text, fill, staff, t},
};

/// Where the server hands out the certificate, and how the file is called on the phone.
const CERTIFICATE: &str = "/vertelpunt-ca.crt";
/// The name of the certificate authority, as the phone shows it.
const AUTHORITY: &str = "Vertelpunt op deze computer";

/// The page.
pub fn page() -> impl IntoView {
    analyse::load(StaffPage::Trust)
}

/// Draws the page.
pub(in crate::pages) fn draw() -> View {
    let fingerprint = RwSignal::new(None::<String>);
    let next = RwSignal::new("/".to_owned());
    spawn_local(async move {
        if let Some(address) = ask::encrypted_address().await {
            next.try_set(address);
        }
        let found = ask::fingerprint(CERTIFICATE).await;
        fingerprint.try_set(found);
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
    let note = el("p")
        .class("vp-small vp-soft")
        .child(t(staff::TRUST_ANDROID_NOTE));
    let body = group()
        .child(
            el("h1")
                .class("vp-voice vp-ask")
                .attr("tabindex", "-1")
                .child(t(staff::TRUST_TITLE)),
        )
        .child(el("p").child(t(staff::TRUST_WHY)))
        .child(el("p").child(t(staff::TRUST_ONLY)))
        .child(
            el("div")
                .attr("role", "status")
                .child(move || trusted().then(|| notice("i-safe", t(staff::TRUST_WORKS), ().into_view()))),
        )
        .child(
            el("p").child(
                el("a")
                    .class("vp-btn vp-btn--line")
                    .attr("href", CERTIFICATE)
                    .attr("download", file)
                    .child(icon("i-save"))
                    .child(el("span").child(t(staff::TRUST_GET))),
            ),
        )
        .child(steps(staff::TRUST_ANDROID, &android, note.into_view()))
        .child(steps(staff::TRUST_IPHONE, &iphone, ().into_view()))
        .child(move || fingerprint.get().map(|found| compare(&found)))
        .child(el("p").class("vp-small vp-soft").child(t(staff::TRUST_AFTER)));
    let feet = el("div").class("vp-feet").child(
        el("a")
            .class("vp-btn vp-btn--main")
            .attr("href", move || next.get())
            .child(el("span").child(t(staff::TRUST_NEXT))),
    );
    plain_frame("vp-trust", body.into_view(), feet.into_view())
}

fn steps(heading: Text, steps: &[String], note: View) -> View {
    let steps: Vec<View> = steps
        .iter()
        .map(|step| el("li").child(el("span").child(step.clone())).into_view())
        .collect();
    el("section")
        .child(el("h2").class("vp-voice").child(t(heading)))
        .child(el("ol").class("vp-steps").child(steps))
        .child(note)
        .into_view()
}

/// The sentence with the fingerprint in an element of its own, so that no translator touches it.
fn compare(fingerprint: &str) -> View {
    let sentence = t(staff::TRUST_COMPARE);
    let (before, after) = sentence.split_once("{fingerprint}").unwrap_or((sentence, ""));
    el("p")
        .class("vp-small")
        .child(el("span").child(before))
        .child(
            el("code")
                .attr("dir", "ltr")
                .attr("translate", "no")
                .child(fingerprint.to_owned()),
        )
        .child(el("span").child(after))
        .into_view()
}
