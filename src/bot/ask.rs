//! What a request wants of Telegram at once, on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::desk::{Me, who_am_i};
use super::incoming::GOT_IT;
use super::send::{self, Destination};
use crate::signaling::Signaling;
use crate::telegram::api::types::Sent;
use crate::telegram::api::{Api, BotToken, Fault};
use crate::telegram::compose::Text;
use crate::telegram::words;

/// Requests that may ask at the same time: each has a thread.
const ASKING_MAX: usize = 8;

static ASKING: AtomicUsize = AtomicUsize::new(0);

/// A code that takes longer than this comes from the authenticator.
const CODE_PATIENCE: Duration = Duration::from_secs(5);

/// One of those who ask; free again when it is dropped.
struct Place;

impl Drop for Place {
    fn drop(&mut self) {
        ASKING.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Runs `work` on a thread of its own; `None`: too many do already.
async fn on_own_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    if ASKING.fetch_add(1, Ordering::AcqRel) >= ASKING_MAX {
        ASKING.fetch_sub(1, Ordering::AcqRel);
        return None;
    }
    let (answer, answered) = oneshot::channel();
    let place = Place;
    let started = super::thread("telegram-ask").spawn(move || {
        let _place = place;
        // Nobody may wait for it any more.
        let _ = answer.send(work());
    });
    started.ok()?;
    answered.await.ok()
}

fn busy() -> Fault {
    Fault::Network("too many requests at the same time".to_owned())
}

/// Whose token is this?
pub async fn whose(signaling: &Arc<Signaling>, token: BotToken) -> Result<Me, Fault> {
    let (base, runtime) = (signaling.app.pocket.api.clone(), Handle::current());
    on_own_thread(move || who_am_i(&Api::new(&base, token, runtime)))
        .await
        .unwrap_or_else(|| Err(busy()))
}

fn api_of(signaling: &Arc<Signaling>) -> Option<Api> {
    let pocket = &signaling.app.pocket;
    Some(Api::new(&pocket.api, pocket.token()?, Handle::current()))
}

/// Sends the test message. `None`: there is no bot, or no chat.
pub async fn test(signaling: &Arc<Signaling>) -> Option<Result<(), Fault>> {
    let (api, chat) = (api_of(signaling)?, signaling.app.pocket.chat()?);
    let language = signaling.app.pocket.language();
    let sent = on_own_thread(move || {
        let to = Destination {
            button: Some(json!({"text": words::GOT_IT.of(language), "callback_data": GOT_IT})),
            ..Destination::chat(chat.id)
        };
        send::text(&api, &to, &Text::plain(words::TEST.of(language)))
    });
    Some(sent.await.unwrap_or_else(|| Err(busy())).map(|_| ()))
}

/// Sends a one-time code to this person; `false`: it did not arrive in time.
pub async fn send_code(signaling: &Arc<Signaling>, telegram_id: i64, code: &str) -> bool {
    let Some(api) = api_of(signaling) else { return false };
    let text = words::CODE.fill(signaling.app.pocket.language(), &[code]);
    let body: Value = json!({"chat_id": telegram_id, "text": text, "protect_content": true});
    let sent = on_own_thread(move || api.call::<Sent>("sendMessage", &body, CODE_PATIENCE)).await;
    match sent {
        Some(Ok(_)) => true,
        Some(Err(fault)) => {
            tracing::warn!(%fault, "a sign-in code did not go to telegram; the authenticator's is asked for");
            false
        }
        None => false,
    }
}

/// Says something in the owner's chat at once, without the outbox: for when nothing can be stored.
pub async fn tell_directly(signaling: &Arc<Signaling>, text: String) {
    let (Some(api), Some(chat)) = (api_of(signaling), signaling.app.pocket.chat()) else {
        return;
    };
    let sent = on_own_thread(move || send::text(&api, &Destination::chat(chat.id), &Text::plain(text))).await;
    if let Some(Err(fault)) = sent {
        tracing::warn!(%fault, "telegram did not take what could not be stored");
    }
}
