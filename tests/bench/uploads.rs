//! Files on their way in: megabytes a second, beside what `cp` and `sha256sum` need for the same bytes on the same disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::http::Http;
use crate::server::Server;

/// Just below the limit of a new server, 25 MiB.
const FILE_BYTES: usize = 25_000_000;
/// 100 MB in all; each has a connection of its own where they come at the same time.
const FILES: usize = 4;
/// What the server must know to take them.
const HEAD: &[u8] = b"%PDF-1.7\n";

pub struct Uploads {
    pub bytes: u64,
    /// One file after the other on one connection.
    alone: Duration,
    /// All at the same time.
    together: Duration,
    copy: Duration,
    /// How long the copy then takes to be on disk, as an upload is when it is acked.
    sync: Duration,
    hash: Duration,
    idle_bytes: u64,
    peak_bytes: u64,
}

impl Uploads {
    pub fn alone_per_second(&self) -> f64 {
        self.megabytes_per_second(self.alone)
    }

    pub fn together_per_second(&self) -> f64 {
        self.megabytes_per_second(self.together)
    }

    /// `cp`, `sync` and `sha256sum`: what the server also does.
    pub fn machine_per_second(&self) -> f64 {
        self.megabytes_per_second(self.copy + self.sync + self.hash)
    }

    pub fn bytes_above_idle(&self) -> u64 {
        self.peak_bytes.saturating_sub(self.idle_bytes)
    }

    fn megabytes_per_second(&self, took: Duration) -> f64 {
        self.bytes as f64 / 1e6 / took.as_secs_f64()
    }

    pub fn json(&self) -> Value {
        let per_second = |took| self.megabytes_per_second(took).round();
        json!({
            "bytes": self.bytes, "files": FILES,
            "one_connection_mb_per_second": per_second(self.alone), "together_mb_per_second": per_second(self.together),
            "cp_sha256sum_mb_per_second": per_second(self.copy + self.hash),
            "cp_sync_sha256sum_mb_per_second": per_second(self.copy + self.sync + self.hash),
            "cp_ms": self.copy.as_millis() as u64, "sync_ms": self.sync.as_millis() as u64,
            "sha256sum_ms": self.hash.as_millis() as u64,
            "idle_bytes": self.idle_bytes, "peak_bytes": self.peak_bytes,
        })
    }

    pub fn lines(&self) -> [String; 2] {
        [
            format!(
                "uploads    {} MB: {:.0} MB/s on one connection, {:.0} MB/s with {FILES} at the same time, {:.1} MiB above idle",
                self.bytes / 1_000_000,
                self.alone_per_second(),
                self.together_per_second(),
                self.bytes_above_idle() as f64 / 1024.0 / 1024.0,
            ),
            format!(
                "           the same with cp + sha256sum: {:.0} MB/s; with cp + sync + sha256sum: {:.0} MB/s ({:.0?}, {:.0?}, {:.0?})",
                self.megabytes_per_second(self.copy + self.hash),
                self.machine_per_second(),
                self.copy,
                self.sync,
                self.hash,
            ),
        ]
    }
}

pub async fn measure(server: &Server) -> io::Result<Uploads> {
    let folder = server.data_directory().join("uploads-source");
    let copies = server.data_directory().join("uploads-copies");
    fs::create_dir(&folder)?;
    fs::create_dir(&copies)?;
    let sources = (0..FILES)
        .map(|number| {
            let path = folder.join(number.to_string());
            fs::write(&path, file(number as u64))?;
            Ok(path)
        })
        .collect::<io::Result<Vec<_>>>()?;
    // What was just written goes to the disk now, and not while something is measured.
    run("sync", &sources, None)?;

    let mut http = Http::connect(server.address).await?;
    let token = http.visitor().await?;
    server.forget_peak()?;
    let idle_bytes = server.resident_bytes()?;
    let files = sources.iter().map(fs::read).collect::<io::Result<Vec<_>>>()?;
    let begun = Instant::now();
    for (number, bytes) in files.iter().enumerate() {
        http.upload(&token, &format!("{number}.pdf"), bytes).await?;
    }
    let alone = begun.elapsed();
    drop(files);

    // Other bytes: the same would only be found to be there already.
    let files: Vec<_> = (0..FILES)
        .map(|number| Arc::new(file((FILES + number) as u64)))
        .collect();
    let mut connections = Vec::with_capacity(FILES);
    for _ in 0..FILES {
        let mut http = Http::connect(server.address).await?;
        let token = http.visitor().await?;
        connections.push((http, token));
    }
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for ((mut http, token), bytes) in connections.into_iter().zip(files) {
        tasks.spawn(async move { http.upload(&token, "b.pdf", &bytes).await });
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(io::Error::other)??;
    }
    let together = begun.elapsed();
    let peak_bytes = server.peak_bytes()?;

    let copy = run("cp", &sources, Some(&copies))?;
    let targets: Vec<_> = (0..FILES).map(|number| copies.join(number.to_string())).collect();
    let sync = run("sync", &targets, None)?;
    let hash = run("sha256sum", &sources, None)?;
    fs::remove_dir_all(folder)?;
    fs::remove_dir_all(copies)?;
    Ok(Uploads {
        bytes: (FILES * FILE_BYTES) as u64,
        alone,
        together,
        copy,
        sync,
        hash,
        idle_bytes,
        peak_bytes,
    })
}

/// Bytes that nobody has seen and nothing packs (xorshift64).
fn file(seed: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(FILE_BYTES);
    bytes.extend_from_slice(HEAD);
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    while bytes.len() < FILE_BYTES {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(FILE_BYTES);
    bytes
}

/// How long a program takes with these files.
fn run(program: &str, files: &[PathBuf], target: Option<&Path>) -> io::Result<Duration> {
    let begun = Instant::now();
    let done = Command::new(program).args(files).args(target).output()?;
    let took = begun.elapsed();
    if done.status.success() {
        return Ok(took);
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(io::Error::other(format!("{program}: {}", said.trim())))
}
