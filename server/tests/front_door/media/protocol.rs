//! What is said by tus, to the letter, and what is answered to who says it wrongly.

use super::{BYTES, address, checksum, metadata, noise, offset, tus};
use crate::house::{House, Who};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::clip::CLIP_LENGTH_LIMIT;
use domain::problem::Problem;
use domain::sync::protocol::KEYS_HEADER;
use sha1::Digest;

#[tokio::test]
async fn a_client_is_told_what_is_spoken() {
    let house = House::open().await;
    let request = Request::options("/api/v1/media").body(Body::empty()).unwrap();
    let reply = house.ask(request).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    for (name, value) in [
        ("tus-resumable", "1.0.0"),
        ("tus-version", "1.0.0"),
        (
            "tus-extension",
            "creation,creation-with-upload,checksum,termination,expiration",
        ),
        ("tus-checksum-algorithm", "sha1,sha256"),
        ("tus-max-size", &CLIP_LENGTH_LIMIT.to_string()),
    ] {
        assert_eq!(reply.headers[name], value, "{name}");
    }
}

#[tokio::test]
async fn an_upload_is_created_found_continued_and_thrown_away_by_the_id_of_its_clip() {
    let house = House::open().await;
    let spoken = house.announced(1, &[50_000]).await;
    let (id, bytes, deliverer) = (spoken.id(), spoken.bytes(), spoken.told.deliverer());
    for _ in 0..2 {
        let reply = house.create(id, 50_000, &deliverer).await;
        assert_eq!((reply.status, offset(&reply)), (StatusCode::CREATED, 0));
        assert_eq!(reply.headers["location"], address(id));
        assert!(reply.headers.contains_key("upload-expires"));
    }
    let reply = house.patch(id, 0, bytes[..20_000].to_vec(), &deliverer).await;
    assert_eq!((reply.status, offset(&reply)), (StatusCode::NO_CONTENT, 20_000));
    assert!(reply.headers.contains_key("upload-expires"));
    let reply = house.create(id, 50_000, &deliverer).await;
    assert_eq!((reply.status, offset(&reply)), (StatusCode::CREATED, 20_000));
    // Bytes of the beginning do no harm to an upload that is further.
    let reply = house.bring(id, noise(9, 50_000), 50_000, &deliverer).await;
    assert_eq!((reply.status, offset(&reply)), (StatusCode::CREATED, 20_000));
    let reply = house.held(id, &deliverer).await;
    assert_eq!((reply.status, offset(&reply)), (StatusCode::OK, 20_000));
    assert_eq!(reply.headers["upload-length"], "50000");
    assert_eq!(reply.headers["cache-control"], "no-store");

    let delete = || tus(Method::DELETE, &address(id), &deliverer, &[], Body::empty());
    assert_eq!(house.ask(delete()).await.status, StatusCode::NO_CONTENT);
    assert!(!house.incoming(id).exists());
    assert_eq!(offset(&house.held(id, &deliverer).await), 0);
    house.bring_all(&spoken).await;
    let reply = house.ask(delete()).await;
    assert_eq!(
        (reply.status, reply.problem()),
        (StatusCode::FORBIDDEN, Problem::Forbidden)
    );
    assert!(house.whole(id).exists());
    let reply = house.held(id, &deliverer).await;
    assert!(
        !reply.headers.contains_key("upload-expires"),
        "what arrived does not expire"
    );
}

/// One wrong thing: what of the headers of a good request is replaced, and what is answered.
type Wrong<'a> = (&'a [(&'a str, &'a str)], u16, Problem);

const fn malformed<'a>(headers: &'a [(&'a str, &'a str)]) -> Wrong<'a> {
    (headers, 400, Problem::Malformed)
}

#[tokio::test]
async fn every_malformed_request_gets_a_problem_and_changes_nothing() {
    let house = House::open().await;
    let spoken = house.announced(2, &[5_000]).await;
    let (id, keys) = (spoken.id(), spoken.told.deliverer().keys.join(","));
    let named = metadata(id);
    let good = [
        ("tus-resumable", "1.0.0"),
        (KEYS_HEADER, &keys),
        ("content-type", BYTES),
        ("upload-offset", "0"),
        ("upload-length", "5000"),
        ("upload-metadata", &named),
    ];
    let both: &[Wrong] = &[
        (&[("tus-resumable", "")], 412, Problem::Malformed),
        (&[("tus-resumable", "0.2.2")], 412, Problem::Malformed),
        malformed(&[(KEYS_HEADER, "zz")]),
        (&[(KEYS_HEADER, "")], 404, Problem::StoryUnknown),
        malformed(&[("upload-checksum", "sha256")]),
        malformed(&[("upload-checksum", "sha256 ???")]),
        malformed(&[("upload-checksum", "sha256 AAAA")]),
        malformed(&[("upload-checksum", "md5 1B2M2Y8AsgTpgAmY7PhCfg==")]),
    ];
    let creating: &[Wrong] = &[
        malformed(&[("upload-length", "")]),
        malformed(&[("upload-length", "-1")]),
        malformed(&[("upload-length", "+5000")]),
        malformed(&[("upload-length", "99999999999999999999999")]),
        malformed(&[("upload-defer-length", "1")]),
        malformed(&[("upload-concat", "partial")]),
        (
            &[("upload-length", "50000001")],
            413,
            Problem::TooLarge {
                limit: CLIP_LENGTH_LIMIT,
            },
        ),
        (&[("upload-length", "5001")], 422, Problem::ManifestMismatch),
        malformed(&[("upload-metadata", "")]),
        malformed(&[("upload-metadata", "filename AAAA")]),
        malformed(&[("upload-metadata", "clip ???")]),
        malformed(&[("upload-metadata", "clip AAAA")]),
        malformed(&[("upload-metadata", "clip AAAA,clip AAAA")]),
    ];
    let appending: &[Wrong] = &[
        (&[("content-type", "text/plain")], 415, Problem::Malformed),
        (&[("content-type", "")], 415, Problem::Malformed),
        malformed(&[("upload-offset", "")]),
        malformed(&[("upload-offset", "-1")]),
        malformed(&[("upload-offset", "0x10")]),
        (
            &[("upload-offset", "1")],
            409,
            Problem::UploadConflict { offset: Some(0) },
        ),
    ];
    let patch = address(id);
    for (method, path, wrong) in [
        (Method::POST, "/api/v1/media", both),
        (Method::POST, "/api/v1/media", creating),
        (Method::PATCH, &patch, both),
        (Method::PATCH, &patch, appending),
        (
            Method::PATCH,
            "/api/v1/media/no-id",
            &[(&[], 404, Problem::StoryUnknown)],
        ),
    ] {
        for (changed, status, problem) in wrong {
            let mut request = Request::builder().method(method.clone()).uri(path);
            let kept = good
                .iter()
                .filter(|(name, _)| !changed.iter().any(|(changed, _)| changed == name));
            for (name, value) in kept.chain(*changed).filter(|(_, value)| !value.is_empty()) {
                request = request.header(*name, *value);
            }
            let reply = house.ask(request.body(noise(1, 100).into()).unwrap()).await;
            assert_eq!(reply.status.as_u16(), *status, "{method} {changed:?}");
            assert_eq!(reply.problem(), *problem, "{method} {changed:?}");
            assert_eq!(reply.headers["tus-resumable"], "1.0.0");
        }
    }
    // More than there can be, with and without saying so.
    for body in [noise(1, 5_001).into(), super::cut(&noise(1, 5_001))] {
        let reply = house.patch(id, 0, body, &spoken.told.owner()).await;
        assert_eq!(reply.problem(), Problem::TooLarge { limit: 5_000 });
    }
    assert_eq!(offset(&house.held(id, &spoken.told.owner()).await), 0);
    assert!(!house.incoming(id).exists());
    house.bring_all(&spoken).await;
    assert!(house.is_acknowledged(&spoken).await);
}

#[tokio::test]
async fn me16_a_stretch_with_a_wrong_checksum_leaves_nothing_and_one_with_a_right_one_counts() {
    let house = House::open().await;
    let spoken = house.announced(3, &[30_000]).await;
    let (id, bytes, deliverer) = (spoken.id(), spoken.bytes(), spoken.told.deliverer());
    let sha1 = |bytes: &[u8]| {
        let hash = STANDARD.encode(sha1::Sha1::digest(bytes));
        ("upload-checksum", format!("sha1 {hash}"))
    };
    for (piece, said) in [
        (&bytes[..10_000], checksum(&bytes[1..10_001])),
        (&bytes[..10_000], sha1(&bytes[1..10_001])),
    ] {
        let reply = house.patch_with(id, 0, piece.to_vec(), &deliverer, &[said]).await;
        assert_eq!(
            (reply.status.as_u16(), reply.problem()),
            (460, Problem::ChecksumMismatch)
        );
        assert!(!house.incoming(id).exists());
    }
    for (from, said) in [
        (0, checksum(&bytes[..10_000])),
        (10_000, sha1(&bytes[10_000..20_000])),
    ] {
        let piece = bytes[from..from + 10_000].to_vec();
        let reply = house
            .patch_with(id, from as u64, piece, &deliverer, &[said])
            .await;
        assert_eq!(offset(&reply), from as u64 + 10_000);
    }
    // Broken off: a part of a stretch that was to be checked counts for nothing.
    let said = [checksum(&bytes[20_000..])];
    let reply = house
        .patch_with(id, 20_000, super::cut(&bytes[20_000..29_000]), &deliverer, &said)
        .await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(offset(&house.held(id, &deliverer).await), 20_000);
    let reply = house
        .patch_with(id, 20_000, bytes[20_000..].to_vec(), &deliverer, &said)
        .await;
    assert_eq!(offset(&reply), 30_000);
    assert!(house.is_acknowledged(&spoken).await);
}

#[tokio::test]
async fn another_sites_page_brings_nothing() {
    let house = House::open().await;
    let spoken = house.announced(4, &[500]).await;
    let headers = [
        ("upload-offset", "0".to_owned()),
        ("content-type", BYTES.to_owned()),
        ("sec-fetch-site", "cross-site".to_owned()),
        ("origin", "https://elsewhere.example".to_owned()),
    ];
    let who = Who {
        cookie: None,
        keys: spoken.told.owner().keys,
    };
    let request = tus(
        Method::PATCH,
        &address(spoken.id()),
        &who,
        &headers,
        spoken.bytes().to_vec().into(),
    );
    assert_eq!(house.ask(request).await.problem(), Problem::Forbidden);
}
