//! How fast the relay is, beside coturn in the same run: packets a second of one core, the delay it adds, and what
//! strangers leave behind. `--check`: the short form, against relaxed floors.
//!
//! The server has one core of its own, the load the other one. A figure a core is what the server relays for a second
//! of its processor time: it does not depend on how fast the load is sent.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

mod load;
mod servers;

use std::time::Duration;

use load::Load;
use servers::{Kind, Server};

/// What a shared and slow machine still reaches: a third of what we measured.
const FLOOR_PER_CORE: f64 = 50_000.0;
/// 200,000 strangers; the table of their challenges is 128 KB, and the allocator rounds.
const STRANGERS_KB_MAX: i64 = 1024;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "relay") {
        return servers::run_relay(arguments[at + 1].parse().expect("a port"));
    }
    let check = arguments.iter().any(|argument| argument == "--check");
    let seconds = Duration::from_secs(if check { 1 } else { 4 });
    let idle: &[usize] = if check { &[0, 1000] } else { &[0, 1000, 4000] };
    load::raise_open_files();
    load::pin(std::process::id(), 1);

    println!("relay      bytes   idle   packets/s   per core   lost");
    let mut failed = false;
    for kind in [Kind::Konusma, Kind::Coturn] {
        for bytes in [100, 1000] {
            for idle in idle {
                let server = Server::start(kind);
                let rate = Load::new(&server).flood(bytes, *idle, seconds);
                println!(
                    "{:<9} {bytes:>6} {idle:>6} {:>11.0} {:>10.0} {:>5.2} %",
                    kind.name(),
                    rate.per_second,
                    rate.per_core,
                    rate.lost * 100.0
                );
                failed |= kind == Kind::Konusma && rate.per_core < FLOOR_PER_CORE;
            }
        }
    }
    println!("\nrelay      added delay p50     p99");
    for kind in [Kind::Konusma, Kind::Coturn] {
        let server = Server::start(kind);
        let (p50, p99) = Load::new(&server).delay(if check { 2000 } else { 20_000 });
        println!("{:<9} {p50:>14.1} µs {p99:>6.1} µs", kind.name());
    }
    let strangers = if check { 50_000 } else { 200_000 };
    println!("\nrelay      KB after {strangers} strangers");
    for kind in [Kind::Konusma, Kind::Coturn] {
        let server = Server::start(kind);
        let (before, after) = Load::new(&server).strangers(strangers);
        println!("{:<9} {before} -> {after}", kind.name());
        failed |= kind == Kind::Konusma && after - before > STRANGERS_KB_MAX;
    }
    if failed {
        println!("\nbelow the floors");
        std::process::exit(1);
    }
}
