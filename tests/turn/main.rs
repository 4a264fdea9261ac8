//! The relay with another implementation's client: `turnutils_uclient` of Debian's coturn, over UDP and TCP.
fn main() {}
