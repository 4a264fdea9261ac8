//! Builds the web client into `$OUT_DIR/web`, from where `src/assets.rs` embeds it. Web packages come by `npm ci`, only
//! when the lock file changed. A release tarball carries the built client in `assets/dist`: no Node is needed then.

#![allow(clippy::print_stdout, reason = "printing is how a build script talks to Cargo")]

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What esbuild and the build's own scripts need.
const NODE_MAJOR_MIN: u32 = 20;
/// Set to anything: use `assets/dist` as it is and never run Node.
const PREBUILT: &str = "KONUSMA_WEB_PREBUILT";

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            for line in sentence.lines() {
                println!("cargo::error={line}");
            }
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let assets = variable("CARGO_MANIFEST_DIR")?.join("assets");
    let web = variable("OUT_DIR")?.join("web");
    let dist = assets.join("dist");
    println!("cargo::rerun-if-env-changed={PREBUILT}");
    pack_relocations();
    watch(&assets)?;

    if web.exists() {
        fs::remove_dir_all(&web).map_err(|error| format!("cannot empty {}: {error}", web.display()))?;
    }
    let has_dist = dist.join("visitor.html").exists();
    if std::env::var_os(PREBUILT).is_some() {
        return if has_dist {
            copy(&dist, &web)
        } else {
            Err(format!(
                "{PREBUILT} is set, but there is no built web client in {}",
                dist.display()
            ))
        };
    }
    match node_major() {
        Some(major) if major >= NODE_MAJOR_MIN => build_client(&assets, &web),
        _ if has_dist => copy(&dist, &web),
        Some(major) => Err(format!(
            "building Konuşma's web client needs Node.js {NODE_MAJOR_MIN} or newer, and this is {major}: install a newer one from https://nodejs.org, then run cargo build again"
        )),
        None => Err(format!(
            "building Konuşma's web client needs Node.js {NODE_MAJOR_MIN} or newer with npm: install it from https://nodejs.org or your system's packages, then run cargo build again (a release's source archive carries the client already built)"
        )),
    }
}

/// A static program relocates itself when it starts, by a table with 24 bytes for each pointer in its data. In the packed
/// form (DT_RELR) it is a bit each: 1.6 MB less of 22. The C library must know that form, which glibc does from 2.36 on.
fn pack_relocations() {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|text| text.split(',').any(|part| part == value));
    let is_static_glibc = is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && is("CARGO_CFG_TARGET_FEATURE", "crt-static");
    let is_for_this_machine = std::env::var("HOST").is_ok_and(|host| is("TARGET", &host));
    if is_static_glibc && is_for_this_machine && glibc().is_some_and(|version| version >= (2, 36)) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// The C library of this machine, which is the one that is linked.
fn glibc() -> Option<(u32, u32)> {
    let answer = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let text = String::from_utf8(answer.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}

/// Everything in `assets/` but what builds leave there. Cargo looks into directories by itself.
fn watch(assets: &Path) -> Result<(), String> {
    let entries = fs::read_dir(assets).map_err(|error| format!("cannot read {}: {error}", assets.display()))?;
    for entry in entries.flatten() {
        let name = entry.file_name();
        let left_by_builds = name == "node_modules" || name.to_string_lossy().starts_with('.');
        if !left_by_builds && (name != "dist" || std::env::var_os(PREBUILT).is_some()) {
            println!("cargo::rerun-if-changed={}", entry.path().display());
        }
    }
    Ok(())
}

fn build_client(assets: &Path, web: &Path) -> Result<(), String> {
    // Several builds may run at once, each with its own target directory but with these packages in common. The lock is
    // on the file they all begin with, and ends with this process.
    let lock_path = assets.join("package-lock.json");
    let lock = File::open(&lock_path).map_err(|error| format!("cannot read {}: {error}", lock_path.display()))?;
    lock.lock()
        .map_err(|error| format!("cannot lock {}: {error}", lock_path.display()))?;
    install_packages(assets, &lock_path)?;
    run(
        Command::new("node").arg("build.mjs").arg(web).current_dir(assets),
        "node build.mjs",
    )
}

/// `npm ci`, unless what is installed comes from this very lock file.
fn install_packages(assets: &Path, lock_path: &Path) -> Result<(), String> {
    let modules = assets.join("node_modules");
    // npm writes this file last, so that an interrupted installation has none.
    let finished = modules.join(".package-lock.json");
    let stamp = modules.join(".konusma-installed");
    let wanted = fs::read(lock_path).map_err(|error| format!("cannot read {}: {error}", lock_path.display()))?;
    if finished.exists()
        && (fs::read(&stamp).is_ok_and(|installed| installed == wanted)
            || installed_by_hand(&finished, &stamp, lock_path))
    {
        return Ok(());
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    // The bundler is a development dependency, whatever NODE_ENV says.
    run(
        Command::new(npm)
            .args(["ci", "--include=dev", "--no-audit", "--no-fund"])
            .current_dir(assets),
        "npm ci",
    )?;
    fs::write(&stamp, wanted).map_err(|error| format!("cannot write {}: {error}", stamp.display()))
}

/// Somebody ran `npm ci` after the lock file's last change: good as ours.
fn installed_by_hand(finished: &Path, stamp: &Path, lock_path: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    !stamp.exists()
        && matches!((modified(finished), modified(lock_path)), (Some(installed), Some(changed)) if installed >= changed)
}

fn node_major() -> Option<u32> {
    let output = Command::new("node")
        .arg("--version")
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let version = String::from_utf8(output.stdout).ok()?;
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

/// What a command says is shown only when it fails.
fn run(command: &mut Command, name: &str) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("building the web client: cannot run {name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!(
        "building the web client: {name} failed ({})\n{}",
        output.status,
        String::from_utf8_lossy(&said).trim_end()
    ))
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    copy_directory(from, to).map_err(|error| format!("cannot copy {} to {}: {error}", from.display(), to.display()))
}

fn copy_directory(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_directory(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn variable(name: &str) -> Result<PathBuf, String> {
    std::env::var_os(name)
        .map(PathBuf::from)
        .ok_or_else(|| format!("{name} is not set: run this through cargo"))
}
