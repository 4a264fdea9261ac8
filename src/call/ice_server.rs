//! One STUN or TURN server, as a browser is told of it (`RTCIceServer`).

use salvo::oapi::ToSchema;
use serde::{Deserialize, Serialize};

/// `RTCIceServer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IceServer {
    /// `stun:host:port`, `turn:host:port?transport=udp`, …
    pub urls: Vec<String>,
    /// For TURN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// For TURN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// Servers that an owner may list; browsers slow down with more than a few.
const SERVERS_MAX: usize = 8;

impl IceServer {
    /// Without credentials.
    pub fn public(urls: Vec<String>) -> IceServer {
        IceServer {
            urls,
            username: None,
            credential: None,
        }
    }

    /// May anybody know of it?
    pub fn is_public(&self) -> bool {
        self.credential.is_none()
    }

    /// Reads the JSON array of `KONUSMA_ICE_SERVERS`. Errors: what is wrong, as the end of a sentence.
    pub fn list(json: &str) -> Result<Vec<IceServer>, String> {
        let listed: Vec<Listed> = serde_json::from_str(json).map_err(|error| {
            format!(
                "is no JSON array like [{{\"urls\":[\"turn:turn.example.com\"],\"username\":\"…\",\"credential\":\"…\"}}]: {error}"
            )
        })?;
        if listed.is_empty() || listed.len() > SERVERS_MAX {
            return Err(format!("must list 1 to {SERVERS_MAX} servers"));
        }
        listed.into_iter().map(Listed::checked).collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    urls: Urls,
    username: Option<String>,
    credential: Option<String>,
}

/// The specification of `RTCIceServer` takes one as well as several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Urls {
    One(String),
    Several(Vec<String>),
}

impl Listed {
    fn checked(self) -> Result<IceServer, String> {
        let urls = match self.urls {
            Urls::One(url) => vec![url],
            Urls::Several(urls) => urls,
        };
        if urls.is_empty() {
            return Err("has a server without urls".to_owned());
        }
        let has_credentials = self.username.is_some() && self.credential.is_some();
        for url in &urls {
            let (scheme, rest) = url.split_once(':').unwrap_or_default();
            let is_url = matches!(scheme, "stun" | "stuns" | "turn" | "turns")
                && !rest.is_empty()
                && !rest.starts_with("//")
                && rest.bytes().all(|byte| byte.is_ascii_graphic());
            if !is_url {
                return Err(format!(
                    "has \"{url}\", which is no address like stun:host:3478 or turn:host:3478"
                ));
            }
            if scheme.starts_with("turn") && !has_credentials {
                return Err(format!("has \"{url}\" without a username and a credential"));
            }
        }
        Ok(IceServer {
            urls,
            username: self.username,
            credential: self.credential,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_an_owner() {
        let list = r#"[{"urls":"stun:a.example"},{"urls":["turn:b.example:3478?transport=tcp"],"username":"u","credential":"c"}]"#;
        let servers = IceServer::list(list).unwrap();
        assert_eq!(servers[0], IceServer::public(vec!["stun:a.example".to_owned()]));
        assert!(!servers[1].is_public());
        for wrong in [
            "",
            "[]",
            "{}",
            r#"[{"urls":[]}]"#,
            r#"[{"urls":"http://a.example"}]"#,
            r#"[{"urls":"stun://a.example"}]"#,
            r#"[{"urls":"stun:"}]"#,
            r#"[{"urls":"turn:a.example"}]"#,
            r#"[{"urls":"turn:a.example","username":"u"}]"#,
            r#"[{"urls":"stun:a.example","extra":1}]"#,
        ] {
            assert!(IceServer::list(wrong).is_err(), "{wrong}");
        }
    }
}
