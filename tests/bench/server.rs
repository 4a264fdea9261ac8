//! The server under load: started on a core of its own in a throw-away directory, and watched through /proc.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::http::Http;

/// Linux reports processor time in hundredths of a second on every platform we build for.
const TICKS_PER_SECOND: f64 = 100.0;
const START_DEADLINE: Duration = Duration::from_secs(10);

pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From the start of the process to the first `/health` that says 200.
    pub start: Duration,
    dir: TempDir,
}

impl Server {
    /// `core`: the one it may run on, or any.
    pub async fn start(binary: &Path, core: Option<usize>) -> io::Result<Self> {
        let dir = tempfile::Builder::new().prefix("konusma-bench-").tempdir()?;
        // The port is chosen here and not by the server, so that the clock can run from exec without reading its output.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = match core {
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["-c", &core.to_string()]).arg(binary);
                command
            }
            None => Command::new(binary),
        };
        command
            .args(["serve", "--port", &address.port().to_string(), "--data-dir"])
            .arg(dir.path().join("data"))
            .current_dir(dir.path())
            .env("KONUSMA_ENV", "development")
            .env("KONUSMA_RATE_LIMITS", "off")
            .stdout(Stdio::piped())
            .stderr(fs::File::create(dir.path().join("stderr"))?);
        let begun = Instant::now();
        let child = command.spawn()?;
        let mut server = Self {
            child,
            address,
            start: Duration::ZERO,
            dir,
        };
        loop {
            if let Ok(mut http) = Http::connect(address).await
                && http.get("/health").await.is_ok_and(|answer| answer.status == 200)
            {
                server.start = begun.elapsed();
                return Ok(server);
            }
            if begun.elapsed() > START_DEADLINE || server.child.try_wait()?.is_some() {
                let said = fs::read_to_string(server.dir.path().join("stderr")).unwrap_or_default();
                return Err(io::Error::other(format!("the server did not start: {said}")));
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    }

    /// The set-up link's token, from the second line of a first start.
    pub fn setup_token(&mut self) -> io::Result<String> {
        let stdout = self
            .child
            .stdout
            .take()
            .ok_or_else(|| io::Error::other("asked twice"))?;
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            if let Some((_, rest)) = line.split_once("#setup=") {
                return Ok(rest.chars().take_while(|c| !c.is_whitespace()).collect());
            }
        }
        Err(io::Error::other("no set-up link"))
    }

    pub fn resident_bytes(&self) -> io::Result<u64> {
        self.status_bytes("VmRSS:")
    }

    /// The most it ever had resident, since the last [`Self::forget_peak`].
    pub fn peak_bytes(&self) -> io::Result<u64> {
        self.status_bytes("VmHWM:")
    }

    pub fn forget_peak(&self) -> io::Result<()> {
        fs::write(self.proc("clear_refs"), "5")
    }

    fn status_bytes(&self, field: &str) -> io::Result<u64> {
        let status = fs::read_to_string(self.proc("status"))?;
        let kib = status
            .lines()
            .find_map(|l| l.strip_prefix(field)?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        Ok(kib.unwrap_or(0) * 1024)
    }

    pub fn cpu_seconds(&self) -> io::Result<f64> {
        cpu_seconds(&self.proc("stat"))
    }

    pub fn data_directory(&self) -> &Path {
        self.dir.path()
    }

    // taskset replaces itself by the server, so the child's id is the server's.
    fn proc(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{file}", self.child.id()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time, user and system, of the process whose `stat` this is.
pub fn cpu_seconds(stat: &Path) -> io::Result<f64> {
    let stat = fs::read_to_string(stat)?;
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: f64 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|t| t.parse::<f64>().ok())
        .sum();
    Ok(ticks / TICKS_PER_SECOND)
}
