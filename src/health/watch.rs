//! Tells agents when a check begins to fail, and when it is well again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::{Check, Severity, State, TELEGRAM, examine};
use crate::bot::ask;
use crate::clock::{jumps, now_ms};
use crate::signaling::Signaling;
use crate::storage::StorageError;
use crate::storage::checks::{self, Checked};
use crate::telegram::words::CHECK_FAILS;

/// Early enough for what an owner has to go home for.
const LOOK: Duration = Duration::from_secs(60);

/// Watches, as long as the server lives.
pub async fn keep_watching(signaling: Arc<Signaling>) {
    let mut tick = interval(LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut jumps = jumps();
    let mut told_directly = BTreeSet::new();
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = jumps.changed() => {}
        }
        // Where nobody can be told, nothing is told: what still fails when somebody can, is then.
        if signaling.app.pocket.is_on() {
            look(&signaling, &mut told_directly).await;
        }
    }
}

async fn look(signaling: &Arc<Signaling>, told_directly: &mut BTreeSet<&'static str>) {
    let examined = examine(signaling).await;
    let found: Vec<(&'static Check, bool)> = examined
        .all()
        // That Telegram does not work is not told by Telegram.
        .filter(|(check, state)| check.code != TELEGRAM.code && *state != State::Unknown)
        .map(|(check, state)| (check, state == State::Fails))
        .collect();
    let language = signaling.app.pocket.language();
    let checked: Vec<Checked> = found
        .iter()
        .map(|(check, fails)| Checked {
            code: check.code,
            title: check.title.of(language),
            fix: check.fix.of(language),
            fails: *fails,
        })
        .collect();
    let told: Vec<&'static str> = told_directly.iter().copied().collect();
    let now = now_ms();
    let stored = signaling
        .app
        .writer
        .call(move |connection| checks::tell(connection, &checked, &told, now))
        .await;
    match stored {
        Ok(notices) => {
            told_directly.clear();
            if notices > 0 {
                signaling.app.pocket.wake();
            }
        }
        Err(StorageError::Gone) if !signaling.app.writer.has_lost_the_file() => {
            tracing::debug!("the server stops; its checks are not told of any more");
        }
        Err(error) => {
            tracing::warn!(%error, "notices of checks were not stored");
            for (check, _) in found
                .iter()
                .filter(|(check, fails)| *fails && check.severity == Severity::Failure)
            {
                if told_directly.insert(check.code) {
                    let words = CHECK_FAILS.fill(language, &[check.title.of(language), check.fix.of(language)]);
                    ask::tell_directly(signaling, words).await;
                }
            }
        }
    }
}
