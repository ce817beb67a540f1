use super::*;

fn heard(status: u16, kind: &str, retry_after: &str, body: &str) -> Heard {
    let (kind, retry_after, body) = (kind.to_owned(), retry_after.to_owned(), body.to_owned());
    Heard {
        status,
        kind,
        retry_after,
        body,
        ..Heard::default()
    }
}

fn carried(status: u16, offset: &str, place: &str) -> Heard {
    Heard {
        tus: TUS.to_owned(),
        offset: offset.to_owned(),
        place: place.to_owned(),
        ..heard(status, "", "", "")
    }
}

#[test]
fn up2_a_yes_says_how_much_is_there_and_where_the_rest_goes_at_our_server_only() {
    let has = |bytes, place: Option<&str>| Reply::Has {
        bytes,
        place: place.map(str::to_owned),
    };
    let ours = "/api/v1/media/0a1b-2c";
    for (location, place) in [
        (ours, Some(ours)),
        ("https://stories.example/api/v1/media/0a1b-2c", Some(ours)),
        ("//elsewhere/take", None),
        ("/api/v1/media/", None),
        ("/api/v1/media/../sync", None),
        ("/api/v1/media/a?b", None),
        ("", None),
    ] {
        assert_eq!(
            judge_carried(&carried(201, "7", location)),
            has(7, place),
            "{location}"
        );
    }
    assert_eq!(judge_carried(&carried(204, "0", "")), has(0, None));
    for status in [409, 460] {
        assert_eq!(judge_carried(&carried(status, "", "")), Reply::OutOfStep);
    }
}

#[test]
fn p15_the_page_of_a_wifi_never_takes_bytes() {
    let html = "<html>Welcome</html>";
    for heard in [
        heard(200, "text/html", "", html),
        heard(204, "", "", ""),
        heard(404, "text/html", "", html),
        heard(200, "application/json", "", "{}"),
        carried(204, "", ""),
        carried(204, "many", ""),
        Heard {
            redirected: true,
            ..carried(204, "7", "")
        },
        Heard {
            tus: String::new(),
            ..carried(204, "7", "")
        },
    ] {
        assert_eq!(
            judge_carried(&heard),
            Reply::Failed(Failure::NotOurs),
            "{heard:?}"
        );
    }
    let unknown = r#"{"problem":{"code":"story_unknown"}}"#;
    for status in [403, 404, 410] {
        let kind = "application/json";
        assert_eq!(judge_carried(&heard(status, kind, "", unknown)), Reply::Unknown);
    }
}

#[test]
fn p16_a_server_in_trouble_is_heard_for_bytes_too() {
    let full = r#"{"problem":{"code":"storage_full"}}"#;
    assert_eq!(
        judge_carried(&heard(507, "application/json", "9", full)),
        Reply::Failed(Failure::Refused {
            problem: Problem::StorageFull,
            retry_after: Some(Span::seconds(9)),
        })
    );
    assert_eq!(
        judge_carried(&heard(502, "text/html", "", "")),
        Reply::Failed(Failure::Refused {
            problem: Problem::Internal,
            retry_after: None,
        })
    );
}

#[test]
fn p15_the_page_of_a_wifi_is_not_our_server() {
    let html = "<html>Welcome to the library's Wi-Fi</html>";
    for status in [200, 302, 403, 511] {
        assert_eq!(
            judge(&heard(status, "text/html", "", html)),
            Err(Failure::NotOurs),
            "{status}"
        );
    }
    let redirected = Heard {
        redirected: true,
        ..heard(0, "", "", "")
    };
    assert_eq!(judge(&redirected), Err(Failure::NotOurs));
    assert_eq!(
        judge(&heard(403, "application/json", "", "{}")),
        Err(Failure::NotOurs)
    );
}

#[test]
fn p16_a_server_in_trouble_is_ours_and_its_wait_is_heard() {
    let refused = |problem, seconds: Option<i64>| {
        Err(Failure::Refused {
            problem,
            retry_after: seconds.map(Span::seconds),
        })
    };
    assert_eq!(
        judge(&heard(502, "text/html", "", "<h1>Bad gateway</h1>")),
        refused(Problem::Internal, None)
    );
    assert_eq!(
        judge(&heard(503, "text/html", "7", "")),
        refused(Problem::Internal, Some(7))
    );
    assert_eq!(
        judge(&heard(413, "text/html", "", "")),
        refused(Problem::TooLarge { limit: 0 }, None)
    );
    assert_eq!(judge(&heard(408, "text/html", "", "")), Err(Failure::Unreachable));
    let problem = r#"{"problem":{"code":"too_many_tries","retry_after":9}}"#;
    assert_eq!(
        judge(&heard(429, "application/json", "", problem)),
        refused(Problem::TooManyTries { retry_after: 9 }, Some(9))
    );
    let newer = r#"{"problem":{"code":"made_up_next_year"}}"#;
    assert_eq!(
        judge(&heard(422, "application/json", "", newer)),
        refused(Problem::Unknown, None)
    );
}

#[test]
fn a_success_must_be_json() {
    assert_eq!(
        judge(&heard(200, "application/json; charset=utf-8", "", "{}")),
        Ok("{}".to_owned())
    );
    assert_eq!(judge(&heard(200, "", "", "{}")), Err(Failure::NotOurs));
}
