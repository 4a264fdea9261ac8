//! What a run measured, for people and for programs.

use serde_json::{Value, json};

/// One kind of load.
#[derive(Clone, Copy)]
pub struct Load {
    pub chats: usize,
    /// Messages of one chat that may wait for their acks at the same time.
    pub in_flight: usize,
    /// Whether a signed-in agent hears every message.
    pub agent: bool,
}

pub struct Outcome {
    pub load: Load,
    pub acked_per_second: f64,
    /// Microseconds, each message of the measured window.
    pub acks_us: Vec<u32>,
    pub deliveries_us: Vec<u32>,
    /// Shares of one core, 1.0 = all of it.
    pub server_cpu: f64,
    pub generator_cpu: f64,
}

impl Load {
    pub fn name(&self) -> String {
        let heard = if self.agent { ", an agent listening" } else { "" };
        format!("{} chats × {} in flight{heard}", self.chats, self.in_flight)
    }
}

impl Outcome {
    pub fn json(&mut self) -> Value {
        json!({
            "chats": self.load.chats, "in_flight": self.load.in_flight, "agent": self.load.agent,
            "acked_per_second": self.acked_per_second.round(),
            "ack_p50_us": percentile_us(&mut self.acks_us, 50.0), "ack_p99_us": percentile_us(&mut self.acks_us, 99.0),
            "delivery_p50_us": self.delivery(50.0), "delivery_p99_us": self.delivery(99.0),
            "server_cpu": round(self.server_cpu), "generator_cpu": round(self.generator_cpu),
        })
    }

    pub fn line(&mut self) -> String {
        let acks = [50.0, 99.0].map(|p| millis(percentile_us(&mut self.acks_us, p)));
        let deliveries = match [50.0, 99.0].map(|p| self.delivery(p)) {
            [Some(p50), Some(p99)] => format!("{} / {}", millis(p50), millis(p99)),
            _ => "–".to_owned(),
        };
        format!(
            "{:<44} {:>8.0}   {:>16}   {:>16}   {:>6.0} %   {:>6.0} %",
            self.load.name(),
            self.acked_per_second,
            acks.join(" / "),
            deliveries,
            self.server_cpu * 100.0,
            self.generator_cpu * 100.0,
        )
    }

    fn delivery(&mut self, percent: f64) -> Option<u32> {
        (!self.deliveries_us.is_empty()).then(|| percentile_us(&mut self.deliveries_us, percent))
    }
}

/// The value that `percent` of `values` do not exceed. Sorts them.
pub fn percentile_us(values: &mut [u32], percent: f64) -> u32 {
    values.sort_unstable();
    let at = (values.len() as f64 * percent / 100.0).ceil() as usize;
    values.get(at.saturating_sub(1)).copied().unwrap_or(0)
}

fn millis(us: u32) -> String {
    format!("{:.2}", f64::from(us) / 1000.0)
}

fn round(share: f64) -> f64 {
    (share * 100.0).round() / 100.0
}
