//! Dates and times in the language of the screen.

use crate::texts::{Language, current};
use domain::time::Timestamp;
use js_sys::{Date, Object, Reflect};
use wasm_bindgen::JsValue;

/// The day in full, in the phone's own time zone: "3 mei 2026". Digits and calendar are pinned, because for some
/// languages they differ between versions of one browser.
pub fn day(moment: Timestamp) -> String {
    let options = Object::new();
    for (name, value) in [("day", "numeric"), ("month", "long"), ("year", "numeric")] {
        _ = Reflect::set(&options, &name.into(), &value.into());
    }
    let locale = match current() {
        // Nobody speaks the language of the tests; its months are Dutch.
        Language::Qps => Language::Nl.tag(),
        // Plain "en" puts the month before the day, as America does.
        Language::En => "en-GB",
        spoken => spoken.tag(),
    };
    let locale = [locale, "-u-ca-gregory-nu-latn"].concat();
    date(moment).to_locale_date_string(&locale, &options).into()
}

/// The time of day in the phone's own time zone, with two digits each: "14.20" in Dutch, "14:20" elsewhere.
pub fn time(moment: Timestamp) -> String {
    let date = date(moment);
    let between = if matches!(current(), Language::Nl | Language::Qps) {
        "."
    } else {
        ":"
    };
    let two = |number: u32| {
        let zero = if number < 10 { "0" } else { "" };
        [zero, &number.to_string()].concat()
    };
    [&two(date.get_hours()), between, &two(date.get_minutes())].concat()
}

fn date(moment: Timestamp) -> Date {
    Date::new(&JsValue::from_f64(moment.0 as f64))
}
