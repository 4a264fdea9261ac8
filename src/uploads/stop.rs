//! The server stops: uploads that are still coming, or wait to be decoded, are told to come again. What is being kept is
//! kept.

use tokio::sync::watch;

/// Says once that the server stops.
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Stop(watch::Sender::new(false))
    }
}

impl Stop {
    /// Tells everybody.
    pub fn now(&self) {
        self.0.send_replace(true);
    }

    /// Done when the server stops.
    pub fn told(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut told = self.0.subscribe();
        async move {
            // An error would say that the server is gone altogether.
            let _ = told.wait_for(|stopping| *stopping).await;
        }
    }
}
