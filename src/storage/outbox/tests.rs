//! The queue of notices: order, patience, bounds.

use super::*;
use crate::storage::messages::store;
use crate::storage::sample;

fn tell_all(connection: &Connection, session: i64, texts: &[&str], now: i64) -> Vec<i64> {
    texts
        .iter()
        .map(|text| {
            let stored = store(connection, &sample::message(session, text), now)
                .unwrap()
                .unwrap();
            tell_of_message(connection, session, stored.id, now).unwrap();
            stored.id
        })
        .collect()
}

fn next_message(connection: &Connection, now: i64) -> Option<i64> {
    next(connection, now).unwrap().and_then(|notice| notice.message_id)
}

#[test]
fn each_thread_is_told_in_order_and_the_oldest_first() {
    let (_folder, connection, ali) = sample::database();
    let veli = sample::thread(&connection, "room000000000001");
    let first = tell_all(&connection, ali, &["bir", "iki"], 1_000);
    let second = tell_all(&connection, veli, &["üç"], 1_000);
    assert_eq!(
        next_message(&connection, 1_000),
        None,
        "what comes fast is told together"
    );
    assert_eq!(next_due_at(&connection).unwrap(), Some(1_000 + TOGETHER_MS));
    let now = 1_000 + TOGETHER_MS;
    let notice = next(&connection, now).unwrap().unwrap();
    assert_eq!(notice.message_id, Some(first[0]));
    let more: Vec<_> = following(&connection, &notice, 9)
        .unwrap()
        .iter()
        .map(|n| n.message_id)
        .collect();
    assert_eq!(more, [Some(first[1])]);
    // Who is held holds nobody else, but what follows in the same thread.
    hold(&connection, notice.id, now + 5_000).unwrap();
    assert_eq!(next_message(&connection, now), Some(second[0]));
    done(&connection, &[next(&connection, now).unwrap().unwrap().id]).unwrap();
    assert_eq!(next_message(&connection, now), None);
    assert_eq!(next_message(&connection, now + 5_000), Some(first[0]));
}

#[test]
fn somebody_who_rings_goes_first_and_is_told_once() {
    let (_folder, connection, ali) = sample::database();
    tell_all(&connection, ali, &["bir"], 1_000);
    let call = "INSERT INTO calls (id, chat_session_id, caller, media, started_at, seen_at) VALUES ('c', ?1, 'visitor', 'audio', 0, 0)";
    connection.execute(call, [ali]).unwrap();
    for _ in 0..2 {
        tell_of_call(&connection, Kind::CallIncoming, ali, "c", 1_100).unwrap();
    }
    let first = next_call(&connection, 1_100).unwrap().unwrap();
    assert_eq!(
        (first.kind, report(&connection).unwrap().waiting),
        (Kind::CallIncoming, 2)
    );
    assert!(next(&connection, 1_100).unwrap().is_none());
    take_back(&connection, Kind::CallIncoming, "c").unwrap();
    assert_eq!(report(&connection).unwrap().waiting, 1);
}

#[test]
fn what_is_given_up_is_kept_and_can_be_tried_again() {
    let (_folder, connection, ali) = sample::database();
    let ids = tell_all(&connection, ali, &["bir", "iki"], 1_000);
    let now = 10_000;
    let notice = next(&connection, now).unwrap().unwrap();
    attempt_failed(&connection, notice.id, "once", 0).unwrap();
    assert_eq!(next(&connection, now).unwrap().unwrap().attempts, 1);
    give_up(&connection, notice.id, "no", now).unwrap();
    assert_eq!(next_message(&connection, now), Some(ids[1]), "the others go on");
    let failed = report(&connection).unwrap().failed;
    assert_eq!(
        (failed[0].attempts, failed[0].error.as_str(), failed[0].name.as_deref()),
        (2, "no", Some("Ali"))
    );
    assert_eq!(retry(&connection, Some(notice.id + 99), now).unwrap(), 0);
    assert_eq!(retry(&connection, None, now).unwrap(), 1);
    assert_eq!(next_message(&connection, now), Some(ids[0]));
    give_up(&connection, notice.id, "no", now).unwrap();
    assert!(forget_failed(&connection, notice.id).unwrap() && !forget_failed(&connection, notice.id).unwrap());
}

#[test]
fn a_flood_is_counted_and_a_week_is_long_enough() {
    let (_folder, connection, ali) = sample::database();
    let stored = store(&connection, &sample::message(ali, "x"), 1_000).unwrap().unwrap();
    for _ in 0..WAITING_MAX + 7 {
        tell_of_message(&connection, ali, stored.id, 1_000).unwrap();
    }
    let waiting = report(&connection).unwrap().waiting;
    assert_eq!(waiting, WAITING_MAX + 1);
    let count: i64 = connection
        .query_row(
            "SELECT json_extract(body, '$.count') FROM outbox WHERE kind = 'more'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(count, 7);
    forget_expired(&connection, 1_000 + WEEK_MS).unwrap();
    let report = report(&connection).unwrap();
    assert_eq!((report.waiting, report.failed.len() as i64), (0, FAILED_SHOWN));
}

#[test]
fn an_erased_visitor_is_not_told_of() {
    let (_folder, connection, ali) = sample::database();
    tell_all(&connection, ali, &["bir"], 1_000);
    crate::storage::sessions::erase(&connection, ali).unwrap();
    assert_eq!(report(&connection).unwrap().waiting, 0);
}
