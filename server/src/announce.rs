//! What the terminal shows at start: where the server is and, for a demonstration, the links into it.
//!
//! One link a line, as `Verteller: https://…`, so that a script can read them too.

use crate::seed::Links;
use domain::member::Role;
use fast_qr::QRBuilder;
use std::fmt::Write;

/// For whom the server can be reached.
pub enum Reach {
    /// For browsers on this machine alone.
    ThisComputer,
    /// For phones on the same Wi-Fi; `trust` is the page, without HTTPS, that explains how to trust this machine.
    Phones {
        /// Its address.
        trust: String,
    },
    /// For everybody who can reach the address.
    Network,
}

/// The text. `base` is the address under which people reach the server.
pub fn announcement(base: &str, reach: &Reach, links: Option<&Links>) -> String {
    let mut text = format!("\nVertelpunt: {base}\n");
    match reach {
        Reach::ThisComputer => {
            text.push_str("This address works on this computer only. For phones: make serve PHONE=1\n");
        }
        Reach::Phones { trust } => {
            _ = write!(
                text,
                "\nFirst, once per phone on the same Wi-Fi:\nTrust: {trust}\n{}",
                qr(trust)
            );
        }
        Reach::Network => {}
    }
    // A sign-in link on a screen lets in whoever reads it, so it is shown only where nobody from outside comes.
    let Some(links) = links.filter(|_| !matches!(reach, Reach::Network)) else {
        return text;
    };
    let teller = format!("{base}/v/{}", links.entry.as_str());
    _ = write!(
        text,
        "\nVerteller: {teller}\n{}\nThese work once, for 24 hours:\n",
        qr(&teller)
    );
    for (role, secret) in &links.sign_in {
        let role = match role {
            Role::Manager => "Manager",
            Role::Analyst => "Analist",
            Role::Facilitator => "Facilitator",
            Role::Reporter => "Verslaggever",
        };
        _ = writeln!(text, "{role}: {base}/sign-in#{secret}");
    }
    text
}

/// A QR code in half blocks; nothing when the text does not fit one.
fn qr(text: &str) -> String {
    QRBuilder::new(text)
        .build()
        .map(|code| code.to_str() + "\n")
        .unwrap_or_default()
}
