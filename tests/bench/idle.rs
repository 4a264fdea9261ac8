//! What a visitor costs who has the page open and says nothing.

use std::io;
use std::time::Duration;

use crate::http::Http;
use crate::server::Server;
use crate::wire::Wire;

/// Memory of the handshakes is given back by then; the figure is of sockets that wait.
const SETTLE: Duration = Duration::from_secs(2);

pub struct Idle {
    pub sockets: usize,
    pub before_bytes: u64,
    pub after_bytes: u64,
}

impl Idle {
    pub fn bytes_per_socket(&self) -> u64 {
        self.after_bytes.saturating_sub(self.before_bytes) / self.sockets as u64
    }
}

/// Each socket has its own session. The sessions are made first: their rows are on disk and are not what a socket costs.
pub async fn measure(server: &Server, sockets: usize) -> io::Result<Idle> {
    let mut http = Http::connect(server.address).await?;
    let mut tokens = Vec::with_capacity(sockets);
    for _ in 0..sockets {
        tokens.push(http.visitor().await?);
    }
    let before_bytes = server.resident_bytes()?;
    let mut open = Vec::with_capacity(sockets);
    for token in tokens {
        open.push(Wire::chat(server.address, &format!(r#"{{"token":"{token}"}}"#), "").await?);
    }
    tokio::time::sleep(SETTLE).await;
    let after_bytes = server.resident_bytes()?;
    drop(open);
    Ok(Idle {
        sockets,
        before_bytes,
        after_bytes,
    })
}
