//! The headers of every answer.

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::Response,
};

/// What the browser must never do with anything of ours. Documents bring their own Content-Security-Policy; anything
/// else that a browser might show gets one that allows nothing. What says nothing about caching is not kept.
pub(super) async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The microphone and the camera are for telling; nothing else is ever asked.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(self), camera=(self), display-capture=(), geolocation=(), \
                           gyroscope=(), magnetometer=(), microphone=(self), midi=(), payment=(), \
                           screen-wake-lock=(self), usb=()";
