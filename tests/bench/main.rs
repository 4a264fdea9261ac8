//! `cargo bench`: how many durable messages a second, how soon, and for how much memory; how fast files come in.
//!
//! The server runs on one core and this generator on another, so that neither eats the other's time; the generator's
//! own share is printed to show that it was not the limit. `--json` prints one JSON object, `--check` runs shorter and
//! fails when a figure is worse than its floor. `KONUSMA_BIN` names another binary to measure.

#![allow(clippy::print_stdout, reason = "the figures are what it is for")]

mod figures;
mod floors;
mod http;
mod idle;
mod load;
mod machine;
mod server;
mod uploads;
mod wire;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;

use figures::Load;
use machine::Machine;
use server::Server;

const CHATS: usize = 50;
const LOADS: [Load; 4] = [
    Load {
        chats: CHATS,
        in_flight: 1,
        agent: false,
    },
    Load {
        chats: CHATS,
        in_flight: 20,
        agent: false,
    },
    Load {
        chats: CHATS,
        in_flight: 1,
        agent: true,
    },
    Load {
        chats: CHATS,
        in_flight: 20,
        agent: true,
    },
];
const IDLE_SOCKETS: usize = 2000;
const MEASURED: Duration = Duration::from_secs(5);
const MEASURED_BY_CHECK: Duration = Duration::from_secs(2);
const SERVER_CORE: usize = 0;
const GENERATOR_CORE: usize = 1;

fn main() -> ExitCode {
    let has = |flag: &str| std::env::args().any(|arg| arg == flag);
    // One thread: what it cannot do on one core, it must not quietly do on the server's.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = runtime.and_then(|runtime| runtime.block_on(bench(has("--check"), has("--json"))));
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn bench(check: bool, as_json: bool) -> io::Result<ExitCode> {
    let binary = binary()?;
    let cores = std::thread::available_parallelism()?.get();
    let apart = cores > GENERATOR_CORE;
    machine::prepare_this_process(apart.then_some(GENERATOR_CORE))?;
    let server_core = apart.then_some(SERVER_CORE);
    let say = |line: String| {
        if !as_json {
            println!("{line}");
        }
    };

    let mut server = Server::start(&binary, server_core).await?;
    let resident_bytes = server.resident_bytes()?;
    let start = server.start;
    // After the pinning only the generator's core is left to this process; the machine's own number is `cores`.
    let machine = Machine {
        cores,
        ..Machine::look(server.data_directory())?
    };
    say(format!(
        "machine    {}, {} cores, Linux {}",
        machine.cpu, machine.cores, machine.kernel
    ));
    say(format!(
        "           sync of 4 KiB: p50 {:?}, p99 {:?}",
        machine.sync_p50, machine.sync_p99
    ));
    if !apart {
        say("           only one core: server and generator share it, all figures are lower than they could be".into());
    }
    say(format!(
        "start      {start:.1?} to the first /health, {} resident",
        kib(resident_bytes)
    ));
    say(format!(
        "\n{:<44} {:>8}   {:>16}   {:>16}   {:>8}   {:>8}",
        "", "acked/s", "ack p50/p99 ms", "delivery p50/p99", "server", "generator"
    ));

    let token = server.setup_token()?;
    let owner = http::Http::connect(server.address).await?.owner(&token).await?;
    let mut outcomes = Vec::new();
    for load in LOADS {
        let measured = if check { MEASURED_BY_CHECK } else { MEASURED };
        let mut outcome = load::run(&server, &owner, load, measured).await?;
        say(outcome.line());
        outcomes.push(outcome);
    }
    let loaded_bytes = server.resident_bytes()?;
    let sync = machine::sync_mean(server.data_directory())?.max(machine.sync_mean);
    drop(server);

    let server = Server::start(&binary, server_core).await?;
    let idle = idle::measure(&server, IDLE_SOCKETS).await?;
    say(format!(
        "\nmemory     {} after the load; {} with {} idle sockets, {} each",
        kib(loaded_bytes),
        kib(idle.after_bytes),
        idle.sockets,
        kib(idle.bytes_per_socket())
    ));

    drop(server);

    let server = Server::start(&binary, server_core).await?;
    let uploads = uploads::measure(&server).await?;
    for line in uploads.lines() {
        say(line);
    }

    if as_json {
        let loads: Vec<_> = outcomes.iter_mut().map(figures::Outcome::json).collect();
        let figures = json!({
            "machine": machine.json(), "start_ms": start.as_secs_f64() * 1000.0, "resident_bytes": resident_bytes,
            "loads": loads, "resident_after_load_bytes": loaded_bytes, "idle_sockets": idle.sockets,
            "bytes_per_idle_socket": idle.bytes_per_socket(), "uploads": uploads.json(),
        });
        println!("{figures:#}");
    }
    if !check {
        return Ok(ExitCode::SUCCESS);
    }
    let measured = floors::Measured {
        start,
        resident_bytes,
        bytes_per_idle_socket: idle.bytes_per_socket(),
        sync,
        chats: CHATS,
        acked_per_second: outcomes[0].acked_per_second,
        acked_per_second_busy: outcomes[1].acked_per_second,
        upload_mb_per_second: uploads.alone_per_second().min(uploads.together_per_second()),
        upload_mb_per_second_of_the_machine: uploads.machine_per_second(),
        upload_bytes_above_idle: uploads.bytes_above_idle(),
    };
    let broken = floors::broken(&measured);
    for what in &broken {
        eprintln!("bench: {what}");
    }
    Ok(if broken.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn binary() -> io::Result<PathBuf> {
    std::env::var_os("KONUSMA_BIN")
        .or_else(|| option_env!("CARGO_BIN_EXE_konusma").map(Into::into))
        .map(PathBuf::from)
        .filter(|path| path.is_file())
        .ok_or_else(|| io::Error::other("set KONUSMA_BIN to a release build of konusma"))
}

fn kib(bytes: u64) -> String {
    match bytes {
        0..=99_999 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1024.0 / 1024.0),
    }
}
