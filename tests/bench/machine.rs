//! What the figures were measured on, without which they mean nothing.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::figures::percentile_us;

const SYNCS: usize = 200;
/// About what a group commit of a few messages appends to the WAL.
const SYNC_BYTES: [u8; 4096] = [0x5a; 4096];
/// Two ends of 2,000 sockets, and everything else.
const OPEN_FILES: &str = "16384";

pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    pub kernel: String,
    pub sync_mean: Duration,
    pub sync_p50: Duration,
    pub sync_p99: Duration,
}

impl Machine {
    /// `dir` is on the file system the server writes to.
    pub fn look(dir: &Path) -> io::Result<Self> {
        let cpu = fs::read_to_string("/proc/cpuinfo")?
            .lines()
            .find_map(|l| Some(l.strip_prefix("model name")?.split_once(':')?.1.trim().to_owned()))
            .unwrap_or_else(|| "unknown".to_owned());
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned();
        let mut syncs = sync_latencies(dir)?;
        Ok(Self {
            cpu,
            cores: std::thread::available_parallelism()?.get(),
            kernel,
            sync_mean: mean(&syncs),
            sync_p50: Duration::from_micros(percentile_us(&mut syncs, 50.0).into()),
            sync_p99: Duration::from_micros(percentile_us(&mut syncs, 99.0).into()),
        })
    }

    pub fn json(&self) -> Value {
        json!({
            "cpu": self.cpu, "cores": self.cores, "kernel": self.kernel,
            "sync_p50_us": self.sync_p50.as_micros() as u64, "sync_p99_us": self.sync_p99.as_micros() as u64,
        })
    }
}

/// How long a sync takes at this moment: other programs use the disk, too.
pub fn sync_mean(dir: &Path) -> io::Result<Duration> {
    Ok(mean(&sync_latencies(dir)?))
}

fn mean(us: &[u32]) -> Duration {
    us.iter()
        .map(|us| Duration::from_micros((*us).into()))
        .sum::<Duration>()
        / us.len() as u32
}

fn sync_latencies(dir: &Path) -> io::Result<Vec<u32>> {
    let path = dir.join("sync-latency");
    let mut file = fs::File::create(&path)?;
    let mut taken = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let begun = Instant::now();
        file.write_all(&SYNC_BYTES)?;
        file.sync_data()?;
        taken.push(begun.elapsed().as_micros() as u32);
    }
    fs::remove_file(path)?;
    Ok(taken)
}

/// Keeps this process on `core` and lets it, and so the server it starts, open enough files.
pub fn prepare_this_process(core: Option<usize>) -> io::Result<()> {
    let pid = std::process::id().to_string();
    run("prlimit", &["--pid", &pid, &format!("--nofile={OPEN_FILES}:")])?;
    if let Some(core) = core {
        run("taskset", &["-a", "-c", "-p", &core.to_string(), &pid])?;
    }
    Ok(())
}

fn run(program: &str, args: &[&str]) -> io::Result<()> {
    let done = Command::new(program).args(args).output()?;
    if done.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "{program} {args:?}: {}",
        String::from_utf8_lossy(&done.stderr).trim()
    )))
}
