//! Puts the house together, listens, and stops.

mod gate;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use salvo::conn::tcp::TcpAcceptor;
use salvo::fuse::FuseConfig;
use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};
use tokio::net::TcpListener;
use tokio::time::{MissedTickBehavior, interval};

use self::gate::Gate;
use crate::app::{App, VERSION};
use crate::auth::token::Token;
use crate::auth::totp;
use crate::clock::now_ms;
use crate::config::{Config, TurnPort};
use crate::data_dir::DataDir;
use crate::error::StartError;
use crate::http::router;
use crate::signaling::Signaling;
use crate::storage::links::Purpose;
use crate::storage::{StorageError, agents, links};
use crate::uploads::collect;
use crate::{bot, demo, health, late, scheduler};

/// What `serve` says on its first lines.
pub struct Ready {
    /// Where people find it, without a slash at the end.
    pub url: String,
    /// Makes the owner's account, when there is none yet.
    pub setup_link: Option<String>,
}

/// How long open requests may take when the server stops.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// What the head of a request may have: a cookie and an address are below 1 KB, and a connection holds its buffer.
const HEAD_MAX_BYTES: usize = 16 * 1024;

/// Browsers send about twenty.
const HEADERS_MAX: usize = 64;

/// A phone on a bad line sends its head in this; who takes longer holds a connection for nothing.
const HEADER_PATIENCE: Duration = Duration::from_secs(10);

/// Unsent data that a peer does not take for this long ends its connection: a socket that is dropped for not reading
/// must not hold its memory until TCP gives up by itself.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(60);

/// A peer that is silently gone is noticed.
const KEEPALIVE: Duration = Duration::from_secs(120);

/// Connections waiting to be accepted.
const BACKLOG: i32 = 1024;

/// Logins are looked at this often while agents are connected: a revoked one, also by `konusma agent disable` beside
/// the running server, loses its live connection within a second.
const LOGIN_CHECK: Duration = Duration::from_millis(500);

/// A server that listens.
pub struct Listening(Socket, SocketAddr);

/// Takes the port, and nothing else: a busy one leaves no trace. Errors: [`StartError::PortTaken`], [`StartError::Bind`].
pub fn listen(config: &Config) -> Result<Listening, StartError> {
    let address = SocketAddr::new(config.host, config.port);
    let bind = || -> std::io::Result<(Socket, SocketAddr)> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        // A restart must not wait for the last connections of the one before.
        socket.set_reuse_address(true)?;
        // Accepted connections inherit these (Linux).
        socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE))?;
        socket.set_tcp_nodelay(true)?;
        #[cfg(target_os = "linux")]
        socket.set_tcp_user_timeout(Some(TCP_USER_TIMEOUT))?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let bound = socket.local_addr()?.as_socket().unwrap_or(address);
        Ok((socket, bound))
    };
    bind()
        .map(|(socket, bound)| Listening(socket, bound))
        .map_err(|source| StartError::bind(address, source))
}

/// Serves until `stop` is done. `ready` is called once, when the first request would be answered.
///
/// Errors: what [`App::start`] says, or when the listening socket fails.
pub async fn run(
    config: Config,
    data: &DataDir,
    listening: Listening,
    ready: impl FnOnce(Ready),
    stop: impl Future<Output = ()>,
) -> Result<(), StartError> {
    let open_files = gate::raise_open_files();
    let connections = gate::connections_within(open_files, config.calls.turn_port != TurnPort::Off);
    let key = data.secret_key(config.secret_key.as_deref())?;
    let url = config.base_url(listening.1.port());
    let is_demo = config.demo;
    let (app, writing) = App::start(config, data, &key)?;
    let setup_link = if is_demo {
        demo::furnish(&app).await?;
        None
    } else {
        setup_link(&app)
            .await
            .map_err(|error| StartError::Other(format!("cannot make the set-up link: {error}")))?
    };
    let setup_link = setup_link.map(|token| format!("{url}/admin#setup={}", token.text()));

    let signaling = Signaling::new(app.clone());
    signaling
        .restore_calls()
        .await
        .map_err(|error| StartError::database(data.database(), error))?;
    app.pocket.set_base_url(&url);
    let relay_asks = Arc::downgrade(&signaling);
    app.ice.relay.start(move |room| {
        relay_asks
            .upgrade()
            .is_some_and(|signaling| signaling.calls.lives(room))
    });
    let jobs = scheduler::start(&signaling).await?;
    let listener = TcpListener::from_std(listening.0.into())
        .and_then(TcpAcceptor::try_from)
        .map_err(|source| StartError::bind(listening.1, source))?;
    let mut server = salvo::Server::new(Gate::new(listener, connections))
        .fuse_config(FuseConfig::default().with_http1_header_timeout(HEADER_PATIENCE));
    server.http1_mut().max_buf_size(HEAD_MAX_BYTES).max_headers(HEADERS_MAX);
    let handle = server.handle();
    let serving = tokio::spawn(server.try_serve(router::service(&signaling)));
    let checking = tokio::spawn(check_logins(signaling.clone()));
    let telling = tokio::spawn(bot::serve(signaling.clone()));
    // What a crash left without a row: no upload is on its way yet, so none of it is needed.
    tokio::spawn(remove_orphans(signaling.clone()));
    let testing = app.clone();
    tokio::spawn(async move { testing.ice.relay.check().await });
    let looking = tokio::spawn(late::keep_looking(signaling.clone()));
    let watching = tokio::spawn(health::watch::keep_watching(signaling.clone()));
    let timing = signaling.clone();
    let timing = tokio::spawn(async move { timing.calls.keep_time().await });

    tracing::info!(version = VERSION, url = %url, data = %data.path().display(), open_files, connections, "ready");
    ready(Ready { url, setup_link });
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    let watchdog = tokio::spawn(feed_watchdog(signaling.clone()));

    stop.await;
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    tracing::info!("stopping: no new connections, finishing what was begun");
    checking.abort();
    looking.abort();
    watching.abort();
    timing.abort();
    telling.abort();
    app.pocket.close();
    watchdog.abort();
    jobs.stop().await;
    // Before the patience with open requests begins: these would use all of it.
    signaling.app.uploads.stop.now();
    handle.stop_graceful(STOP_PATIENCE);
    signaling.stop().await;
    app.ice.relay.stop().await;
    let served = serving.await;
    app.writer.stop().await;
    if !writing.ended().await {
        tracing::error!("the writer's thread did not end well; the next start recovers what it had committed");
    }
    match served {
        _ if app.writer.has_lost_the_file() => Err(StartError::DatabaseGone { path: data.database() }),
        Ok(Err(error)) => Err(StartError::Other(format!("the server stopped listening: {error}"))),
        _ => {
            tracing::info!("stopped");
            Ok(())
        }
    }
}

/// A new set-up link for the owner when nobody can sign in as one; the link of an earlier start ends.
async fn setup_link(app: &App) -> Result<Option<Token>, StorageError> {
    let token = Token::new();
    let hash = token.hash();
    let needed = app
        .writer
        .call(move |connection| {
            if agents::has_owner(connection)? {
                return Ok(false);
            }
            links::create(connection, &hash, Purpose::Owner, None, &totp::new_secret(), now_ms())?;
            Ok(true)
        })
        .await?;
    Ok(needed.then_some(token))
}

async fn remove_orphans(signaling: Arc<Signaling>) {
    let App {
        writer,
        readers,
        uploads,
        ..
    } = &*signaling.app;
    match collect::orphans(writer, readers, &uploads.store, Duration::ZERO).await {
        Ok(0) => {}
        Ok(removed) => tracing::info!(removed, "removed files that an earlier run left without a message"),
        Err(error) => tracing::warn!(%error, "files without a row are left for the next sweep"),
    }
}

async fn check_logins(signaling: Arc<Signaling>) {
    let mut tick = interval(LOGIN_CHECK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        signaling.end_stale_logins().await;
    }
}

/// Tells systemd that the server works, as long as the writer answers.
async fn feed_watchdog(signaling: Arc<Signaling>) {
    let Some(patience) = sd_notify::watchdog_enabled() else {
        return;
    };
    let mut tick = interval(patience / 3);
    loop {
        tick.tick().await;
        if signaling.app.writer.call(|_| Ok(())).await.is_ok() {
            let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
        }
    }
}
