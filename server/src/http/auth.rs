//! Signing in by a one-time link, and who is signed in.
//!
//! Every route decides for itself who may have its answer, in the same transaction as it reads: there is no route
//! that trusts an earlier check.

use crate::AppState;
use crate::http::body::Parsed;
use crate::http::error::ApiError;
use crate::storage::{project, sign_in};
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use domain::Sha256;
use domain::member::{Me, SignIn};
use domain::problem::Problem;
use std::convert::Infallible;
use std::fmt::Write as _;

/// The name of the cookie. `__Host-`: the browser itself sees to it that it is Secure, for this host and no other.
pub const COOKIE: &str = "__Host-vertelpunt";

/// The SHA-256 of the token in the request's cookie; whether it opens anything is for the database to say.
#[derive(Clone, Copy)]
pub struct Token(pub Option<Sha256>);

impl<S: Sync> FromRequestParts<S> for Token {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(
            cookie(parts, COOKIE).map(|token| Sha256::of(token.as_bytes())),
        ))
    }
}

/// LI11: the request does not come from another site's page. A browser names the page's origin whenever a socket is
/// opened, which no other guard of a browser does; what is no browser brings nobody's cookie but its own.
pub struct OwnPage;

impl<S: Sync> FromRequestParts<S> for OwnPage {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let named = |name: header::HeaderName| parts.headers.get(name).map(|value| value.to_str().ok());
        let Some(origin) = named(header::ORIGIN) else {
            return Ok(Self);
        };
        let host = named(header::HOST).flatten();
        let page = origin.and_then(|origin| origin.split_once("://"));
        match page {
            Some(("http" | "https", of)) if host == Some(of) => Ok(Self),
            _ => Err(Problem::Forbidden.into()),
        }
    }
}

/// What the request's cookie of this name says.
pub(super) fn cookie<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    let cookies = parts
        .headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(of, _)| *of == name).map(|(_, value)| value)
}

/// Uses up a one-time link and signs this browser in for 30 days.
#[utoipa::path(post, path = "/api/v1/sign-in", request_body = SignIn, tag = "staff", responses(
    (status = 204, description = "Signed in; the cookie is set"),
    (status = 403, description = "The link was used, has expired or never was: `link_used`", body = super::openapi::Answer),
    (status = 429, description = "Too many failed tries on this server: `too_many_tries`", body = super::openapi::Answer),
))]
pub(super) async fn sign_in(
    State(state): State<AppState>,
    Token(before): Token,
    Parsed(SignIn { secret }): Parsed<SignIn>,
) -> Result<impl IntoResponse, ApiError> {
    state.limits.sign_in.check(state.clock.elapsed())?;
    let token = hex(state.entropy.draw::<32>());
    let (secret, hash) = (Sha256::of(secret.as_bytes()), Sha256::of(token.as_bytes()));
    let now = state.clock.now();
    if !state
        .db
        .write(move |tx| sign_in::open(tx, secret, hash, before, now))
        .await?
    {
        state.limits.sign_in.failed(state.clock.elapsed());
        return Err(Problem::LinkUsed.into());
    }
    Ok((
        StatusCode::NO_CONTENT,
        set_cookie(&token, sign_in::LIFETIME.0 / 1_000),
    ))
}

/// Ends the sign-in of this browser.
#[utoipa::path(delete, path = "/api/v1/sign-in", tag = "staff", responses(
    (status = 204, description = "Nobody is signed in on this browser any more"),
))]
pub(super) async fn sign_out(
    State(state): State<AppState>,
    Token(token): Token,
) -> Result<impl IntoResponse, ApiError> {
    if let Some(token) = token {
        state.db.write(move |tx| sign_in::end(tx, token)).await?;
    }
    Ok((StatusCode::NO_CONTENT, set_cookie("", 0)))
}

/// Who is signed in on this browser.
#[utoipa::path(get, path = "/api/v1/me", tag = "staff", responses(
    (status = 200, description = "The member and the name of the project", body = Me),
    (status = 401, description = "Nobody, or not any more: `not_signed_in`", body = super::openapi::Answer),
))]
pub(super) async fn me(State(state): State<AppState>, Token(token): Token) -> Result<Json<Me>, ApiError> {
    let now = state.clock.now();
    let found = state.db.read(move |db| {
        let Some(member) = sign_in::member(db, token, now)? else {
            return Ok(None);
        };
        let project = project::by_id(db, member.project)?;
        let unseen = token.map_or(Ok(false), |token| sign_in::unseen_today(db, token, now))?;
        Ok(project.map(|project| {
            (
                Me {
                    member,
                    project_name: project.name,
                },
                unseen,
            )
        }))
    });
    let (me, unseen) = found.await?.ok_or(Problem::NotSignedIn)?;
    if let Some(token) = token.filter(|_| unseen) {
        state.db.write(move |tx| sign_in::seen(tx, token, now)).await?;
    }
    Ok(Json(me))
}

fn set_cookie(token: &str, max_age: i64) -> AppendHeaders<[(header::HeaderName, String); 1]> {
    set_cookie_at(COOKIE, token, "/", max_age)
}

/// A cookie that only this server reads, for the addresses below `path`.
pub(super) fn set_cookie_at(
    name: &str,
    value: &str,
    path: &str,
    max_age: i64,
) -> AppendHeaders<[(header::HeaderName, String); 1]> {
    let cookie = format!("{name}={value}; HttpOnly; Secure; SameSite=Strict; Path={path}; Max-Age={max_age}");
    AppendHeaders([(header::SET_COOKIE, cookie)])
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}
