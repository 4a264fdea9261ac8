//! Chats that send the next message as soon as an ack comes, and an agent who hears them all.

use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::LocalSet;

use crate::figures::{Load, Outcome};
use crate::http::Http;
use crate::server::{Server, cpu_seconds};
use crate::wire::Wire;

/// Caches warm, the WAL past its first growth.
const WARM_UP: Duration = Duration::from_secs(1);
/// After the last message: acks and deliveries that are still on their way.
const DRAIN: Duration = Duration::from_secs(2);
/// An ordinary line of chat: 60 characters with the time stamp in front of it.
const WORDS: &str = "Merhaba, kırmızı güller ne zaman gelir acaba?";

struct Run {
    begun: Instant,
    measured: Duration,
    taken: RefCell<Taken>,
}

#[derive(Default)]
struct Taken {
    acked: u64,
    acks_us: Vec<u32>,
    deliveries_us: Vec<u32>,
    fault: Option<String>,
}

impl Run {
    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    fn over(&self) -> bool {
        self.now() >= WARM_UP + self.measured
    }

    fn counts(&self, at: Duration) -> bool {
        at >= WARM_UP && at < WARM_UP + self.measured
    }

    fn fail(&self, what: impl ToString) {
        self.taken.borrow_mut().fault.get_or_insert_with(|| what.to_string());
    }
}

/// `owner` is the login cookie for the agent's socket.
pub async fn run(server: &Server, owner: &str, load: Load, measured: Duration) -> io::Result<Outcome> {
    let mut http = Http::connect(server.address).await?;
    let mut chats = Vec::with_capacity(load.chats);
    for _ in 0..load.chats {
        let auth = format!(r#"{{"token":"{}"}}"#, http.visitor().await?);
        chats.push(Wire::chat(server.address, &auth, "").await?);
    }
    let agent = match load.agent {
        true => Some(Wire::chat(server.address, r#"{"role":"agent"}"#, &format!("Cookie: {owner}\r\n")).await?),
        false => None,
    };
    let run = Rc::new(Run {
        begun: Instant::now(),
        measured,
        taken: RefCell::default(),
    });
    let local = LocalSet::new();
    for (number, wire) in chats.into_iter().enumerate() {
        let run = Rc::clone(&run);
        local.spawn_local(async move {
            if let Err(error) = chat(wire, number, load.in_flight, &run).await {
                run.fail(format!("a chat ended: {error}"));
            }
        });
    }
    if let Some(wire) = agent {
        let run = Rc::clone(&run);
        local.spawn_local(async move {
            if let Err(error) = listen(wire, &run).await {
                run.fail(format!("the agent was cut off: {error}"));
            }
        });
    }
    let own_stat = Path::new("/proc/self/stat");
    let shares = local
        .run_until(async {
            tokio::time::sleep_until((run.begun + WARM_UP).into()).await;
            let before = (server.cpu_seconds()?, cpu_seconds(own_stat)?);
            tokio::time::sleep_until((run.begun + WARM_UP + measured).into()).await;
            let after = (server.cpu_seconds()?, cpu_seconds(own_stat)?);
            tokio::time::sleep(DRAIN).await;
            let seconds = measured.as_secs_f64();
            io::Result::Ok(((after.0 - before.0) / seconds, (after.1 - before.1) / seconds))
        })
        .await?;
    drop(local);
    let taken = run.taken.take();
    match taken.fault {
        Some(fault) => Err(io::Error::other(fault)),
        None => Ok(Outcome {
            load,
            acked_per_second: taken.acked as f64 / measured.as_secs_f64(),
            acks_us: taken.acks_us,
            deliveries_us: taken.deliveries_us,
            server_cpu: shares.0,
            generator_cpu: shares.1,
        }),
    }
}

async fn chat(mut wire: Wire, number: usize, in_flight: usize, run: &Run) -> io::Result<()> {
    let mut sent_at: Vec<Duration> = Vec::new();
    let mut acked = 0;
    for _ in 0..in_flight {
        send(&mut wire, number, &mut sent_at, run);
    }
    while acked < sent_at.len() {
        wire.flush().await?;
        wire.fill().await?;
        while let Some(range) = wire.packet()? {
            let packet = wire.bytes(range);
            let Some(id) = ack_id(packet) else { continue };
            if !contains(packet, br#""ok":true"#) {
                return Err(io::Error::other(String::from_utf8_lossy(packet).into_owned()));
            }
            let now = run.now();
            if run.counts(now) {
                let mut taken = run.taken.borrow_mut();
                taken.acked += 1;
                taken.acks_us.push((now - sent_at[id]).as_micros() as u32);
            }
            acked += 1;
            if !run.over() {
                send(&mut wire, number, &mut sent_at, run);
            }
        }
    }
    Ok(())
}

fn send(wire: &mut Wire, number: usize, sent_at: &mut Vec<Duration>, run: &Run) {
    let (id, now) = (sent_at.len(), run.now());
    sent_at.push(now);
    let packet = format!(
        r#"42/chat,{id}["message",{{"client_id":"{number:08x}-0000-4000-8000-{id:012x}","text":"{} {WORDS}"}}]"#,
        now.as_nanos()
    );
    wire.queue(packet.as_bytes());
}

/// The agent's ear: each message says itself when it was sent.
async fn listen(mut wire: Wire, run: &Run) -> io::Result<()> {
    loop {
        wire.flush().await?;
        wire.fill().await?;
        while let Some(range) = wire.packet()? {
            let packet = wire.bytes(range);
            if !packet.starts_with(br#"42/chat,["message""#) {
                continue;
            }
            let sent = stamp(packet).ok_or_else(|| io::Error::other(String::from_utf8_lossy(packet).into_owned()))?;
            let now = run.now();
            if run.counts(now) {
                run.taken
                    .borrow_mut()
                    .deliveries_us
                    .push((now - sent).as_micros() as u32);
            }
        }
    }
}

/// `43/chat,17[…` → 17
fn ack_id(packet: &[u8]) -> Option<usize> {
    digits(packet.strip_prefix(b"43/chat,")?)
}

/// When the message was sent, since the run began.
fn stamp(packet: &[u8]) -> Option<Duration> {
    const KEY: &[u8] = br#""text":""#;
    let at = packet.windows(KEY.len()).position(|w| w == KEY)? + KEY.len();
    Some(Duration::from_nanos(digits(&packet[at..])? as u64))
}

fn digits(bytes: &[u8]) -> Option<usize> {
    let end = bytes.iter().position(|b| !b.is_ascii_digit()).unwrap_or(bytes.len());
    std::str::from_utf8(&bytes[..end]).ok()?.parse().ok()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|w| w == part)
}
