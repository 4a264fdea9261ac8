//! The throw-away business of `serve --demo`: an account everybody knows and a few chats to look around in.

use std::path::Path;

use rusqlite::Connection;
use uuid::Uuid;

use crate::app::App;
use crate::auth::password;
use crate::auth::token::{self, Token};
use crate::chat::{NewMessage, Sender};
use crate::clock::now_ms;
use crate::error::StartError;
use crate::storage::agents::{self, Role};
use crate::storage::receipts::{self, Receipts};
use crate::storage::sessions::{self, Change, NewSession, Status};
use crate::storage::settings::{self, CannedReply, Day, Greeting, Hours, Settings};
use crate::storage::{StorageError, late, messages};

/// User name and password of the demo.
const ACCOUNT: &str = "demo";

/// A visitor of the demo, and what was said: `(minutes ago, by the visitor?, text)`.
struct Sample {
    name: &'static str,
    email: Option<&'static str>,
    locale: &'static str,
    page: &'static str,
    user_agent: &'static str,
    address: &'static str,
    said: &'static [(i64, bool, &'static str)],
    /// Everything was read.
    read: bool,
    status: Status,
    note: &'static str,
    tags: &'static [&'static str],
}

const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1";
const DESK: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36";

const SAMPLES: [Sample; 5] = [
    Sample {
        name: "Zeynep Kaya",
        email: Some("zeynep@example.com"),
        locale: "tr-TR",
        page: "https://cinar.example/iade",
        user_agent: PHONE,
        address: "88.230.x.x",
        said: &[
            (1565, true, "Merhaba, iade için kargo ücreti ödüyor muyum?"),
            (
                1561,
                false,
                "Merhaba Zeynep Hanım, 14 gün içinde iadelerde kargo bizden. Kodunuzu e-postayla gönderdim.",
            ),
            (1559, true, "Çok teşekkür ederim, hızlı oldu 🙂"),
        ],
        read: true,
        status: Status::Closed,
        note: "",
        tags: &["iade"],
    },
    Sample {
        name: "Lena Müller",
        email: Some("lena@example.org"),
        locale: "de-DE",
        page: "https://cinar.example/en/shipping",
        user_agent: DESK,
        address: "91.12.x.x",
        said: &[
            (64, true, "Hi! Do you ship to Germany?"),
            (
                61,
                false,
                "Hello Lena! Yes, three to five working days, and the duties are included.",
            ),
            (58, true, "Wonderful. I have just ordered the X2, order 20418."),
            (
                30,
                false,
                "I have sent it, the tracking number is below:\nTR 4471 2096 33",
            ),
        ],
        read: true,
        status: Status::Open,
        note: "",
        tags: &["shipping"],
    },
    Sample {
        name: "Okan",
        email: None,
        locale: "tr-TR",
        page: "https://cinar.example/magazalar",
        user_agent: PHONE,
        address: "78.180.x.x",
        said: &[(8, true, "İyi günler"), (7, true, "Mağazanız pazar günü açık mı?")],
        read: false,
        status: Status::Open,
        note: "",
        tags: &[],
    },
    Sample {
        name: "Ayşe Yıldız",
        email: Some("ayse@example.com"),
        locale: "tr-TR",
        page: "https://cinar.example/urunler/kulaklik-x2",
        user_agent: DESK,
        address: "81.214.x.x",
        said: &[
            (
                26,
                false,
                "Merhaba Ayşe Hanım, hoş geldiniz! Size nasıl yardımcı olabilirim?",
            ),
            (25, true, "Geçen hafta aldığım kulaklığın sol tarafı çalışmıyor."),
            (25, true, "Seri numarası 2291-X2-7740"),
            (19, false, "Teşekkürler, seri numarasını gördüm. Garantiniz sürüyor."),
            (
                19,
                false,
                "Kargo kodunuzu hazırladım, kutuya koymanız yeter: https://cinar.example/kargo/7740",
            ),
            (3, true, "Harika, yarın kargoya veririm 🙏"),
        ],
        read: true,
        status: Status::Open,
        note: "Fatura no 2291, değişim onaylandı.",
        tags: &["garanti", "kargo"],
    },
    Sample {
        name: "Deniz",
        email: None,
        locale: "tr-TR",
        page: "https://cinar.example/",
        user_agent: PHONE,
        address: "95.70.x.x",
        said: &[(1, true, "Selam, X2'nin beyaz rengi ne zaman gelir?")],
        read: false,
        status: Status::Open,
        note: "",
        tags: &[],
    },
];

fn sample_settings() -> Settings {
    let open = |from: &str, to: &str| {
        Some(Day {
            from: from.to_owned(),
            to: to.to_owned(),
        })
    };
    let reply = |shortcut: &str, text: &str| CannedReply {
        shortcut: shortcut.to_owned(),
        text: text.to_owned(),
    };
    let weekday = || open("00:00", "24:00");
    Settings {
        business_name: "Çınar Elektronik".to_owned(),
        greeting: Greeting {
            tr: "Merhaba! Kulaklık, kargo ya da iade: ne sormak isterseniz buradayız.".to_owned(),
            en: "Hello! Headphones, shipping or returns: ask us anything.".to_owned(),
        },
        hours: Some(Hours {
            time_zone: "Europe/Istanbul".to_owned(),
            // Open at any hour: somebody tries the demo at night, too.
            week: (0..7).map(|_| weekday()).collect(),
            holidays: Vec::new(),
        }),
        canned_replies: vec![
            reply("merhaba", "Merhaba, hoş geldiniz! Size nasıl yardımcı olabilirim?"),
            reply(
                "kargo",
                "Siparişler aynı gün kargoya verilir; takip numarasını e-postayla gönderiyoruz.",
            ),
            reply(
                "iade",
                "14 gün içinde ücretsiz iade edebilirsiniz. Kargo kodunu hemen hazırlıyorum.",
            ),
        ],
        ..Settings::default()
    }
}

/// Fills a fresh database. Errors: when it cannot be written.
pub async fn furnish(app: &App) -> Result<(), StartError> {
    let password_hash = password::hash_now(ACCOUNT).map_err(|error| StartError::Other(error.to_string()))?;
    let settings = sample_settings();
    let stored = settings.clone();
    app.writer
        .call(move |connection| {
            let now = now_ms();
            settings::save(connection, &stored, now)?;
            let owner = agents::add(connection, ACCOUNT, "Mehmet", Role::Owner, now)?.ok_or(StorageError::Missing)?;
            agents::set_password(connection, owner, &password_hash)?;
            for sample in &SAMPLES {
                seat(connection, sample, owner, now)?;
            }
            Ok(())
        })
        .await
        .map_err(|error| StartError::Other(format!("cannot fill the demo: {error}")))?;
    app.replace_settings(settings);
    Ok(())
}

fn seat(connection: &Connection, sample: &Sample, owner: i64, now: i64) -> crate::storage::Result<()> {
    let ago = |minutes: i64| now - minutes * 60_000;
    let came = sample.said.first().map_or(now, |(minutes, ..)| ago(minutes + 1));
    let text = |text: &str| Some(text.to_owned());
    let new = NewSession {
        room: token::random_public_id(),
        token_hash: Token::new().hash(),
        name: sample.name.to_owned(),
        email: sample.email.map(str::to_owned),
        locale: text(sample.locale),
        time_zone: text(if sample.locale == "de-DE" {
            "Europe/Berlin"
        } else {
            "Europe/Istanbul"
        }),
        page_url: text(sample.page),
        referrer: None,
        user_agent: text(sample.user_agent),
        address: text(sample.address),
    };
    let id = sessions::create(connection, &new, came)?;
    let mut last = 0;
    for &(minutes, by_visitor, said) in sample.said {
        let (sender, agent_id) = if by_visitor {
            (Sender::Visitor, None)
        } else {
            (Sender::Agent, Some(owner))
        };
        let new = NewMessage {
            chat_session_id: id,
            client_id: Uuid::from_bytes(token::random_bytes()),
            sender,
            agent_id,
            text: Some(said.into()),
            upload_id: None,
            reply_to: None,
            via: None,
        };
        if let Ok(stored) = messages::store(connection, &new, ago(minutes))? {
            last = stored.id;
        }
    }
    if sample.read {
        let all = Receipts {
            visitor_delivered: last,
            visitor_read: last,
            agent_delivered: last,
            agent_read: last,
        };
        receipts::advance(connection, id, all)?;
    }
    let change = Change {
        status: (sample.status == Status::Closed).then_some(Status::Closed),
        note: Some(sample.note.to_owned()),
        tags: Some(sample.tags.iter().map(|tag| (*tag).to_owned()).collect()),
        ..Change::default()
    };
    sessions::change(connection, id, &change, came)?;
    late::pass_over(connection)
}

/// Removes the demo's directory, which was made for it under a name nobody else has.
pub fn throw_away(directory: &Path) {
    if let Err(error) = std::fs::remove_dir_all(directory) {
        tracing::warn!(%error, directory = %directory.display(), "the demo's directory was not removed");
    }
}
