//! Signing in gives its memory back. In a process of its own, because it measures the process.
#![cfg(target_os = "linux")]

use konusma::auth::password::Passwords;

/// More sign-ins than a leak of any size could hide behind, and far less growth than one computation takes (46 MiB).
const SIGN_INS: usize = 12;
const GROWTH_MAX_KIB: u64 = 8 * 1024;

#[tokio::test]
async fn the_server_is_as_small_after_many_sign_ins_as_before() {
    let passwords = Passwords::new();
    let verify = || passwords.verify(None, "guess".into());
    verify().await.unwrap();
    let before = rss_kib();
    for _ in 0..SIGN_INS {
        verify().await.unwrap();
    }
    let after = rss_kib();
    assert!(before > 0, "the process's size could not be read");
    assert!(
        after < before + GROWTH_MAX_KIB,
        "{before} KiB resident grew to {after} KiB"
    );
}

/// proc_pid_status(5): `VmRSS: … kB`.
fn rss_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let rss = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok());
    rss.unwrap_or_default()
}
