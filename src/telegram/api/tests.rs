//! Against a server of a few lines, which says what it is told to and keeps what it was asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use serde_json::json;

use super::types::{Read as ReadUpdate, Sent, Updates};
use super::*;

const TOKEN: &str = "12345678:AAE_x-0123456789abcdefghijklmnopqrs";
const SECRET: &str = "AAE_x-0123456789abcdefghijklmnopqrs";
const PATIENCE: Duration = Duration::from_secs(20);

/// What the server does with one connection, one request after the other.
enum Turn {
    /// Status line and headers after the first, and the body.
    Say(&'static str, String),
    /// These bytes, then the end of the connection.
    Raw(Vec<u8>),
    /// Nothing, until the client gives up.
    Hang,
    /// The end of the connection, with the request unread.
    Reset,
    /// An answer, then the end of the connection without a word about it.
    SayAndClose(&'static str, String),
}

struct Asked {
    head: String,
    body: Vec<u8>,
}

struct Server {
    base: String,
    asked: Receiver<Asked>,
    runtime: tokio::runtime::Runtime,
}

impl Server {
    /// Each inner list is one connection.
    fn saying(connections: Vec<Vec<Turn>>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (tell, asked) = channel();
        thread::spawn(move || {
            for turns in connections {
                let (stream, _) = listener.accept().unwrap();
                serve(stream, turns, &tell);
            }
        });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        Server { base, asked, runtime }
    }

    fn once(status: &'static str, body: impl Into<String>) -> Server {
        Server::saying(vec![vec![Turn::Say(status, body.into())]])
    }

    fn api(&self) -> Api {
        Api::new(
            &self.base,
            BotToken::parse(TOKEN).unwrap(),
            self.runtime.handle().clone(),
        )
    }

    fn fault(self) -> Fault {
        let fault = self
            .api()
            .call::<Value>("sendMessage", &json!({"chat_id": 1}), PATIENCE)
            .unwrap_err();
        silent_about_the_token(&fault);
        fault
    }
}

fn serve(mut stream: TcpStream, turns: Vec<Turn>, tell: &Sender<Asked>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    for turn in turns {
        if matches!(turn, Turn::Reset) {
            // Closing with bytes unread sends a RST.
            reader.fill_buf().unwrap();
            return;
        }
        let Some(asked) = request(&mut reader) else {
            return;
        };
        let _ = tell.send(asked);
        match turn {
            Turn::Say(status, body) => write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .unwrap(),
            Turn::SayAndClose(status, body) => {
                write!(
                    stream,
                    "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                )
                .unwrap();
                return;
            }
            Turn::Raw(bytes) => {
                stream.write_all(&bytes).unwrap();
                return;
            }
            Turn::Hang => {
                let _ = reader.fill_buf();
            }
            Turn::Reset => {}
        }
    }
}

fn request(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { head, body })
}

fn silent_about_the_token(said: &(impl fmt::Debug + fmt::Display)) {
    for text in [format!("{said}"), format!("{said:?}"), format!("{said:#?}")] {
        assert!(!text.contains(SECRET), "{text}");
    }
}

#[test]
fn a_method_is_a_post_with_json_and_gives_its_result() {
    let server = Server::once("200 OK", r#"{"ok":true,"result":{"message_id":41,"chat":{"id":1}}}"#);
    let sent: Sent = server
        .api()
        .call("sendMessage", &json!({"chat_id": 1, "text": "Merhaba"}), PATIENCE)
        .unwrap();
    assert_eq!(sent.message_id, 41);
    let asked = server.asked.recv().unwrap();
    assert!(
        asked
            .head
            .starts_with(&format!("POST /bot{TOKEN}/sendMessage HTTP/1.1\r\n"))
    );
    assert!(
        asked
            .head
            .to_ascii_lowercase()
            .contains("content-type: application/json")
    );
    assert_eq!(
        serde_json::from_slice::<Value>(&asked.body).unwrap(),
        json!({"chat_id": 1, "text": "Merhaba"})
    );
}

#[test]
fn one_connection_serves_many_requests() {
    let ok = || Turn::Say("200 OK", r#"{"ok":true,"result":true}"#.to_owned());
    let server = Server::saying(vec![vec![ok(), ok(), ok()]]);
    let api = server.api();
    for _ in 0..3 {
        assert!(api.call::<bool>("sendMessage", &json!({}), PATIENCE).unwrap());
    }
}

#[test]
fn updates_come_one_by_one() {
    let server = Server::once(
        "200 OK",
        r#"{"ok":true,"result":[{"update_id":1},{"update_id":2,"message":7},{"update_id":3}]}"#,
    );
    let updates: Updates = server.api().call("getUpdates", &json!({}), PATIENCE).unwrap();
    let ids: Vec<_> = ReadUpdate::all(&updates).iter().map(ReadUpdate::update_id).collect();
    assert_eq!(ids, [1, 2, 3]);
}

#[test]
fn what_the_server_refuses_is_told_apart() {
    let said = |status, body: &str| Server::once(status, body).fault();
    let token = r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#;
    assert_eq!(said("401 Unauthorized", token), Fault::Token);
    let address = r#"{"ok":false,"error_code":404,"description":"Not Found"}"#;
    assert_eq!(said("404 Not Found", address), Fault::Token);
    let webhook = r#"{"ok":false,"error_code":409,"description":"Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"}"#;
    assert_eq!(said("409 Conflict", webhook), Fault::Conflict { webhook: true });
    let other = r#"{"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"}"#;
    assert_eq!(said("409 Conflict", other), Fault::Conflict { webhook: false });
    let wait = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 17","parameters":{"retry_after":17}}"#;
    assert_eq!(
        said("429 Too Many Requests", wait),
        Fault::TooMany { retry_after_s: 17 }
    );
    assert_eq!(
        said("429 Too Many Requests\r\nRetry-After: 9", "<html>slow down</html>"),
        Fault::TooMany { retry_after_s: 9 }
    );
    let moved = r#"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1001234567890}}"#;
    assert_eq!(
        said("400 Bad Request", moved),
        Fault::Refused {
            code: 400,
            description: "Bad Request: group chat was upgraded to a supergroup chat".to_owned(),
            migrate_to: Some(-1_001_234_567_890),
        }
    );
    let blocked = r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}"#;
    assert_eq!(
        said("403 Forbidden", blocked),
        Fault::refused(403, "Forbidden: bot was blocked by the user")
    );
    let large = said("413 Request Entity Too Large", "<html>nginx</html>");
    assert_eq!(large, Fault::refused(413, "the file is too large"));
}

#[test]
fn what_is_wrong_with_the_server_is_told_apart() {
    let said = |status, body: &str| Server::once(status, body).fault();
    let own = r#"{"ok":false,"error_code":500,"description":"Internal Server Error"}"#;
    assert_eq!(said("500 Internal Server Error", own), Fault::Server { status: 500 });
    assert_eq!(
        said("502 Bad Gateway", "<html>bad gateway</html>"),
        Fault::Server { status: 502 }
    );
    assert_eq!(
        said("200 OK", "<html>Welcome to our hotel</html>"),
        Fault::Garbage { status: 200 }
    );
    assert_eq!(said("200 OK", r#"{"ok":true,"resu"#), Fault::Garbage { status: 200 });
    assert_eq!(said("403 Forbidden", "no"), Fault::Garbage { status: 403 });
    assert_eq!(said("204 No Content", ""), Fault::Garbage { status: 204 });
    let raw = |bytes: &[u8]| Server::saying(vec![vec![Turn::Raw(bytes.to_vec())]]).fault();
    assert_eq!(
        raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
        Fault::Network("the answer is not HTTP".to_owned())
    );
    assert_eq!(
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":true"),
        Fault::Network("the connection ended before the answer".to_owned())
    );
}

#[test]
fn a_result_of_another_shape_is_garbage() {
    let server = Server::once("200 OK", r#"{"ok":true,"result":"yes"}"#);
    let fault = server
        .api()
        .call::<Sent>("sendMessage", &json!({}), PATIENCE)
        .unwrap_err();
    assert_eq!(fault, Fault::Garbage { status: 200 });
}

#[test]
fn nobody_is_followed_elsewhere() {
    let elsewhere = Server::once("200 OK", r#"{"ok":true,"result":true}"#);
    for status in ["302 Found", "307 Temporary Redirect"] {
        let status: &'static str = format!("{status}\r\nLocation: {}/bot1/x", elsewhere.base).leak();
        let fault = Server::once(status, "").fault();
        assert!(matches!(fault, Fault::Garbage { status: 302 | 307 }), "{fault:?}");
    }
    assert!(elsewhere.asked.try_recv().is_err());
}

#[test]
fn patience_ends() {
    let server = Server::saying(vec![vec![Turn::Hang]]);
    let started = std::time::Instant::now();
    let fault = server
        .api()
        .call::<Value>("getUpdates", &json!({}), Duration::from_millis(300))
        .unwrap_err();
    assert_eq!(fault, Fault::Network("timed out: no answer".to_owned()));
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn closing_ends_what_waits() {
    let server = Server::saying(vec![vec![Turn::Hang]]);
    let api = server.api();
    let waiting = {
        let api = api.clone();
        thread::spawn(move || api.call::<Value>("sendMessage", &json!({}), Duration::from_secs(600)))
    };
    // Once the server has it, it waits.
    server.asked.recv().unwrap();
    api.close();
    assert!(matches!(waiting.join().unwrap(), Err(Fault::Network(_))));
}

#[test]
fn what_sends_is_not_sent_again_and_what_asks_is_asked_once_more() {
    let ok = || Turn::Say("200 OK", r#"{"ok":true,"result":true}"#.to_owned());
    let server = Server::saying(vec![vec![Turn::Reset], vec![ok()]]);
    let api = server.api();
    assert_eq!(
        api.call::<bool>("sendMessage", &json!({}), PATIENCE),
        Err(Fault::Network("connection reset".to_owned()))
    );
    assert_eq!(api.call::<bool>("sendMessage", &json!({}), PATIENCE), Ok(true));

    let server = Server::saying(vec![vec![Turn::Reset], vec![ok()]]);
    assert_eq!(server.api().call::<bool>("getUpdates", &json!({}), PATIENCE), Ok(true));
    let server = Server::saying(vec![vec![Turn::Reset], vec![Turn::Reset], vec![ok()]]);
    assert_eq!(
        server.api().call::<bool>("getMe", &json!({}), PATIENCE),
        Err(Fault::Network("connection reset".to_owned()))
    );
}

#[test]
fn a_connection_that_the_server_closed_is_not_used_again() {
    let last = || Turn::SayAndClose("200 OK", r#"{"ok":true,"result":true}"#.to_owned());
    let server = Server::saying(vec![vec![last()], vec![last()]]);
    let api = server.api();
    assert_eq!(api.call::<bool>("getMe", &json!({}), PATIENCE), Ok(true));
    assert_eq!(api.call::<bool>("getMe", &json!({}), PATIENCE), Ok(true));
}

#[test]
fn nobody_there_is_said_in_words() {
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let server = Server::once("200 OK", "");
    let at = |base: &str| {
        let api = Api::new(base, BotToken::parse(TOKEN).unwrap(), server.runtime.handle().clone());
        let fault = api.call::<Value>("sendMessage", &json!({}), PATIENCE).unwrap_err();
        silent_about_the_token(&fault);
        fault.to_string()
    };
    assert_eq!(at(&format!("http://{nobody}")), "connection refused");
    assert_eq!(at("no address"), "the address of the Bot API cannot be used");
    // Plain HTTP on the other side.
    assert!(at(&server.base.replace("http:", "https:")).starts_with("TLS: "));
}

#[test]
fn the_token_is_in_no_word() {
    let told = format!(r#"{{"ok":false,"error_code":400,"description":"no\nmethod /bot{TOKEN}/x {SECRET}"}}"#);
    let fault = Server::once("400 Bad Request", told).fault();
    assert_eq!(fault.to_string(), "refused by Telegram: no method /bot…/x …");
    let server = Server::once("200 OK", "");
    let api = server.api();
    let text = format!("{api:?} {api:#?}");
    assert!(!text.contains(SECRET) && text.contains("12345678"), "{text}");
}

#[test]
fn a_long_description_is_cut_and_a_long_answer_is_not_read() {
    let long = "x".repeat(5000);
    let told = format!(r#"{{"ok":false,"error_code":400,"description":"{long}"}}"#);
    assert!(Server::once("400 Bad Request", told).fault().to_string().len() < 400);
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", " ".repeat(ANSWER_BYTES_MAX as usize + 1));
    assert_eq!(
        Server::saying(vec![vec![Turn::Raw(endless.into_bytes())]]).fault(),
        Fault::Network("the answer is too long".to_owned())
    );
}

#[test]
fn a_file_goes_out_with_its_fields() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("abcdef");
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| n as u8).collect();
    std::fs::write(&path, &bytes).unwrap();
    for source in [Source::File(path.clone()), Source::Bytes(bytes.clone())] {
        let server = Server::once("200 OK", r#"{"ok":true,"result":{"message_id":5}}"#);
        let file = FilePart {
            field: "photo",
            name: "kırık \"parça\"\r\n.jpg".to_owned(),
            mime: "image/jpeg".to_owned(),
            source,
        };
        let fields = [("chat_id", "-100".to_owned()), ("caption", "Şu --\r\n".to_owned())];
        let sent: Sent = server.api().upload("sendPhoto", &fields, file, PATIENCE).unwrap();
        assert_eq!(sent.message_id, 5);
        let asked = server.asked.recv().unwrap();
        let head = asked.head.to_ascii_lowercase();
        assert!(head.contains("content-type: multipart/form-data; boundary="), "{head}");
        let boundary = asked.head.split("boundary=").nth(1).unwrap().lines().next().unwrap();
        let wanted = [
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n-100\r\n\
                 --{boundary}\r\nContent-Disposition: form-data; name=\"caption\"\r\n\r\nŞu --\r\n\r\n\
                 --{boundary}\r\nContent-Disposition: form-data; name=\"photo\"; \
                 filename=\"kırık %22parça%22  .jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
            )
            .as_bytes(),
            &bytes,
            format!("\r\n--{boundary}--\r\n").as_bytes(),
        ]
        .concat();
        assert!(asked.body == wanted, "{}", String::from_utf8_lossy(&asked.body));
    }
    let gone = FilePart {
        field: "photo",
        name: "a.jpg".to_owned(),
        mime: "image/jpeg".to_owned(),
        source: Source::File(directory.path().join("gone")),
    };
    let server = Server::once("200 OK", "");
    let fault = server
        .api()
        .upload::<Sent>("sendPhoto", &[], gone, PATIENCE)
        .unwrap_err();
    assert!(matches!(fault, Fault::Unreadable(_)), "{fault:?}");
}

#[test]
fn a_file_comes_in_up_to_its_limit() {
    let body = "x".repeat(1000);
    let server = Server::once("200 OK", body.clone());
    let mut text = String::new();
    let read = server
        .api()
        .download("photos/file 1.jpg", 1000)
        .unwrap()
        .read_to_string(&mut text);
    assert_eq!((read.unwrap(), text), (1000, body.clone()));
    let asked = server.asked.recv().unwrap();
    assert!(
        asked
            .head
            .starts_with(&format!("GET /file/bot{TOKEN}/photos/file%201.jpg HTTP/1.1\r\n"))
    );

    let server = Server::once("200 OK", body.clone());
    let fault = server.api().download("a", 999).unwrap_err();
    assert_eq!(fault, Fault::refused(413, "the file is too large"));

    let undeclared = format!("HTTP/1.1 200 OK\r\n\r\n{body}").into_bytes();
    let server = Server::saying(vec![vec![Turn::Raw(undeclared)]]);
    let error = server
        .api()
        .download("a", 999)
        .unwrap()
        .read_to_end(&mut Vec::new())
        .unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);

    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".to_vec();
    let server = Server::saying(vec![vec![Turn::Raw(cut)]]);
    let error = server
        .api()
        .download("a", 999)
        .unwrap()
        .read_to_end(&mut Vec::new())
        .unwrap_err();
    assert_eq!(error.to_string(), "the connection ended before the answer");
    silent_about_the_token(&error);

    let server = Server::once(
        "404 Not Found",
        r#"{"ok":false,"error_code":404,"description":"Not Found"}"#,
    );
    let fault = server.api().download("a", 999).unwrap_err();
    assert_eq!(fault, Fault::refused(404, "the file is no longer there"));
}

#[test]
fn a_file_is_a_path_below_the_bots_own() {
    assert_eq!(escaped_path("a/b c?#%.jpg").unwrap(), "a/b%20c%3F%23%25.jpg");
    for wrong in ["", "/etc/passwd", "a/../b", "..", "a//b", "a/", "./a", "a\\b", "a/\0"] {
        assert_eq!(escaped_path(wrong), None, "{wrong}");
    }
    let server = Server::once("200 OK", "");
    let fault = server.api().download("../bot1/getMe", 1).unwrap_err();
    assert!(matches!(fault, Fault::Refused { code: 400, .. }));
}
