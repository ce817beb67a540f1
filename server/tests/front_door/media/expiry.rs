//! What nobody finishes.

use super::offset;
use crate::house::{House, NOW};
use domain::time::Span;

#[tokio::test]
async fn me20_s12_bytes_that_nobody_adds_to_for_a_week_go_and_the_clip_can_begin_again() {
    let house = House::open().await;
    let (left, wanted) = (
        house.announced(1, &[9_000]).await,
        house.announced(2, &[9_000]).await,
    );
    for spoken in [&left, &wanted] {
        let reply = house
            .patch(
                spoken.id(),
                0,
                spoken.bytes()[..4_000].to_vec(),
                &spoken.told.deliverer(),
            )
            .await;
        let until = httpdate::fmt_http_date(
            std::time::UNIX_EPOCH
                + std::time::Duration::from_millis(NOW.after(Span::days(7)).0.unsigned_abs()),
        );
        assert_eq!(reply.headers["upload-expires"], *until);
    }
    for _ in 0..6 {
        house.a_day_later().await;
        assert!(house.incoming(left.id()).exists());
        assert_eq!(
            offset(&house.held(wanted.id(), &wanted.told.deliverer()).await),
            4_000
        );
    }
    house.a_day_later().await;
    assert!(!house.incoming(left.id()).exists());
    assert!(house.incoming(wanted.id()).exists());
    assert_eq!(offset(&house.held(left.id(), &left.told.deliverer()).await), 0);
    for spoken in [&left, &wanted] {
        assert!(!house.is_acknowledged(spoken).await);
    }
    house.bring_all(&left).await;
    let reply = house
        .patch(
            wanted.id(),
            4_000,
            wanted.bytes()[4_000..].to_vec(),
            &wanted.told.deliverer(),
        )
        .await;
    assert_eq!(offset(&reply), 9_000);
    for spoken in [&left, &wanted] {
        assert!(house.is_acknowledged(spoken).await);
    }
    for _ in 0..10 {
        house.a_day_later().await;
    }
    assert!(house.whole(left.id()).exists(), "what arrived stays");
}
