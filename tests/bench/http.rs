//! Just enough HTTP to get sessions and one agent's login from the server, and to send it files.

use std::io;
use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use totp_rs::{Builder, Secret};

/// One kept-alive connection.
pub struct Http {
    server: SocketAddr,
    stream: TcpStream,
}

pub struct Answer {
    pub status: u16,
    head: String,
    body: Vec<u8>,
}

impl Http {
    pub async fn connect(server: SocketAddr) -> io::Result<Self> {
        Ok(Self {
            server,
            stream: TcpStream::connect(server).await?,
        })
    }

    pub async fn get(&mut self, path: &str) -> io::Result<Answer> {
        let server = self.server;
        self.call(&format!("GET {path} HTTP/1.1\r\nHost: {server}\r\n\r\n"))
            .await
    }

    async fn post(&mut self, path: &str, body: &Value) -> io::Result<Answer> {
        let (server, body) = (self.server, body.to_string());
        let length = body.len();
        self.call(&format!(
            "POST {path} HTTP/1.1\r\nHost: {server}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .await
    }

    /// Sends a file as a browser does; it must be taken.
    pub async fn upload(&mut self, token: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
        const BOUNDARY: &str = "konusma-bench-7MA4YWxkTrZu0gW";
        let before =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        let after = format!("\r\n--{BOUNDARY}--\r\n");
        let (server, length) = (self.server, before.len() + bytes.len() + after.len());
        let head = format!(
            "POST /api/uploads HTTP/1.1\r\nHost: {server}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {length}\r\n\r\n{before}"
        );
        for part in [head.as_bytes(), bytes, after.as_bytes()] {
            self.stream.write_all(part).await?;
        }
        self.answer().await?.json(201).map(|_| ())
    }

    async fn call(&mut self, request: &str) -> io::Result<Answer> {
        self.stream.write_all(request.as_bytes()).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> io::Result<Answer> {
        let mut read = Vec::new();
        let end = loop {
            if self.stream.read_buf(&mut read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(at) = read.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head = String::from_utf8_lossy(&read[..end]).into_owned();
        let status = head.get(9..12).and_then(|s| s.parse().ok()).unwrap_or(0);
        let length: usize = header(&head, "content-length")
            .and_then(|v| v.parse().ok())
            .unwrap_or(0);
        while read.len() < end + length {
            if self.stream.read_buf(&mut read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(Answer {
            status,
            head,
            body: read[end..].to_vec(),
        })
    }

    /// A new visitor's token.
    pub async fn visitor(&mut self) -> io::Result<String> {
        let answer = self.post("/api/session", &json!({ "name": "Ayşe" })).await?;
        let session = answer.json(201)?;
        Ok(text(&session, "/token")?.to_owned())
    }

    /// Uses up the set-up link and answers the owner's login cookie.
    pub async fn owner(&mut self, token: &str) -> io::Result<String> {
        let offer = self
            .post("/api/admin/setup", &json!({ "token": token }))
            .await?
            .json(200)?;
        let code = one_time_code(text(&offer, "/totp/secret")?)?;
        let account = json!({
            "token": token, "username": "bench", "name": "Bench", "business_name": "Bench",
            "password": "correct horse battery staple", "code": code,
        });
        let done = self.post("/api/admin/setup/finish", &account).await?;
        done.json(200)?;
        let cookie = header(&done.head, "set-cookie").ok_or_else(|| io::Error::other("no login cookie"))?;
        Ok(cookie.split(';').next().unwrap_or(cookie).to_owned())
    }
}

impl Answer {
    fn json(&self, status: u16) -> io::Result<Value> {
        if self.status != status {
            return Err(io::Error::other(format!(
                "{}{}",
                self.head,
                String::from_utf8_lossy(&self.body)
            )));
        }
        serde_json::from_slice(&self.body).map_err(io::Error::other)
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn text<'a>(json: &'a Value, pointer: &str) -> io::Result<&'a str> {
    json.pointer(pointer)
        .and_then(Value::as_str)
        .ok_or_else(|| io::Error::other(format!("no {pointer} in {json}")))
}

/// What an authenticator app would show now (the defaults: SHA-1, six digits, 30 seconds).
fn one_time_code(secret: &str) -> io::Result<String> {
    let secret = Secret::try_from_base32(secret).map_err(|e| io::Error::other(e.to_string()))?;
    Ok(Builder::new()
        .with_secret(secret)
        .build_noncompliant()
        .generate_current()
        .to_string())
}
