//! The one thread that writes.
//!
//! Jobs wait in a bounded queue. The thread takes what is waiting, runs it in one transaction, commits with
//! `synchronous=FULL`, and only then is every job's `done` called, in order. So an "ok" that leaves this file means
//! *on disk*, and whatever `done` sends out leaves in the order of message ids. There is no artificial wait: a lone
//! job commits at once, a crowd shares one fsync.
//!
//! `done` is called by one task of the runtime, a whole batch at a time: what it wakes runs on the same threads, where
//! waking from the writer's thread would cost a system call and, on one core, two context switches for every ack.

mod job;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tokio::sync::{mpsc, oneshot};

use self::job::Job;
use super::opened_file::OpenedFile;
use super::{Result, StorageError};

/// Jobs that may wait. Each is a few hundred bytes; at 20,000 a second this is a tenth of a second.
const QUEUE_LENGTH: usize = 2048;

/// Jobs in one transaction: enough to share the fsync, few enough that the first does not wait for the last.
const BATCH: usize = 256;

/// Committed batches that may wait for their answers to be sent; the writer waits when there are more.
const UNANSWERED_BATCHES: usize = 8;

/// With nothing to do for this long the thread looks after the file (search index, WAL, other processes' changes).
const IDLE: Duration = Duration::from_millis(500);

/// Busy or not, the file is looked after this often.
const LOOK_AFTER: Duration = Duration::from_secs(2);

/// A slow disk shows here first.
const SLOW_COMMIT: Duration = Duration::from_millis(500);

/// The handle to the writing thread; clones share it.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Task>,
    counters: Arc<Counters>,
    file: Arc<OpenedFile>,
}

enum Task {
    Run(Box<dyn Job>),
    /// Take nothing more; do what is queued, write the WAL back, end.
    Stop,
}

/// What the writer has done since the start.
#[derive(Default)]
pub struct Counters {
    /// Transactions committed.
    pub commits: AtomicU64,
    /// Jobs in them.
    pub jobs: AtomicU64,
    /// The last transaction could not be committed.
    pub failing: AtomicBool,
}

/// A place in the queue: the job given to it is certain to be taken.
pub struct Slot<'a>(mpsc::Permit<'a, Task>);

/// A started writer, to be waited for after [`Writer::stop`].
pub struct Running {
    thread: std::thread::JoinHandle<()>,
    answers: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Done when everything queued is on disk and answered. `false`: it did not end well.
    pub async fn ended(self) -> bool {
        let thread = self.thread;
        let joined = tokio::task::spawn_blocking(move || thread.join().is_ok()).await;
        self.answers.await.is_ok() && joined.unwrap_or(false)
    }
}

/// What the writer calls when it has nothing to do: returns `true` while there is more of that to do.
pub type IdleWork = Box<dyn FnMut(&Connection) -> bool + Send>;

impl Writer {
    /// Starts the thread on an open connection. It ends after [`Writer::stop`] or when every clone of the handle is
    /// gone: after the last job, with the WAL written back into the file.
    ///
    /// Must be called inside a tokio runtime, which calls the `done`s.
    ///
    /// Errors: when the operating system gives no thread.
    pub fn start(connection: Connection, mut idle: IdleWork) -> std::io::Result<(Writer, Running)> {
        let (queue, jobs) = mpsc::channel(QUEUE_LENGTH);
        let (committed, batches) = mpsc::channel(UNANSWERED_BATCHES);
        let answers = tokio::spawn(answer(batches));
        let counters = Arc::new(Counters::default());
        let file = Arc::new(OpenedFile::of(&connection));
        let runtime = tokio::runtime::Handle::current();
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn({
            let (counters, file) = (counters.clone(), file.clone());
            move || {
                let looked_at = file.clone();
                let work = Loop {
                    connection,
                    idle: Box::new(move |connection| !looked_at.is_gone() && idle(connection)),
                    counters,
                    committed,
                    file,
                };
                runtime.block_on(work.run(jobs));
            }
        })?;
        let writer = Writer { queue, counters, file };
        Ok((writer, Running { thread, answers }))
    }

    /// A place in the queue, or [`StorageError::Busy`] when it is full.
    pub fn reserve(&self) -> Result<Slot<'_>> {
        match self.queue.try_reserve() {
            Ok(permit) => Ok(Slot(permit)),
            Err(mpsc::error::TrySendError::Full(())) => Err(StorageError::Busy),
            Err(mpsc::error::TrySendError::Closed(())) => Err(StorageError::Gone),
        }
    }

    /// A place in the queue, as soon as there is one; [`StorageError::Gone`] when the thread has ended.
    pub async fn reserve_patiently(&self) -> Result<Slot<'_>> {
        Ok(Slot(self.queue.reserve().await.map_err(|_| StorageError::Gone)?))
    }

    /// Runs `job` in a transaction and answers when it is on disk.
    ///
    /// An `Err` of the job rolls back what it did, and only that. Waits for a place in the queue.
    pub async fn call<T, F>(&self, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let slot = self.reserve_patiently().await?;
        let (answer, answered) = oneshot::channel();
        slot.submit(job, move |result| {
            // The asker may have gone; the job is stored all the same.
            let _ = answer.send(result);
        });
        answered.await.unwrap_or(Err(StorageError::Gone))
    }

    /// Lets the thread end after what is queued now; later jobs are refused. Join the thread to know when.
    pub async fn stop(&self) {
        // Refused only when it has ended already.
        let _ = self.queue.send(Task::Stop).await;
    }

    /// Jobs waiting now.
    pub fn queue_length(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// The database's file was removed or replaced: every job is refused from then on.
    pub fn has_lost_the_file(&self) -> bool {
        self.file.was_gone()
    }

    /// Commits and jobs since the start.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}

impl Slot<'_> {
    /// Queues `job`; `done` is called after the commit, in the order of the queue.
    ///
    /// `done` must not block: every other job's answer waits behind it.
    pub fn submit<T, F, D>(self, job: F, done: D)
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
        D: FnOnce(Result<T>) + Send + 'static,
    {
        self.0.send(Task::Run(job::boxed(job, done)));
    }
}

/// Jobs that ran in one transaction, and what became of it.
struct Batch {
    jobs: Vec<Box<dyn Job>>,
    committed: rusqlite::Result<()>,
}

/// Calls every `done`, in the order of commits, until the writer has ended.
async fn answer(mut batches: mpsc::Receiver<Batch>) {
    while let Some(Batch { jobs, committed }) = batches.recv().await {
        for job in jobs {
            job.finish(committed.as_ref().map(|_| ()));
        }
        // A full batch keeps this thread for a millisecond; the sockets it woke come first.
        tokio::task::yield_now().await;
    }
}

struct Loop {
    connection: Connection,
    idle: IdleWork,
    counters: Arc<Counters>,
    committed: mpsc::Sender<Batch>,
    file: Arc<OpenedFile>,
}

impl Loop {
    async fn run(mut self, mut tasks: mpsc::Receiver<Task>) {
        let mut received: Vec<Task> = Vec::with_capacity(BATCH);
        let mut batch: Vec<Box<dyn Job>> = Vec::with_capacity(BATCH);
        let mut wait = IDLE;
        let mut looked_after = Instant::now();
        loop {
            match tokio::time::timeout(wait, tasks.recv_many(&mut received, BATCH)).await {
                Err(_) => {
                    let more = (self.idle)(&self.connection);
                    looked_after = Instant::now();
                    // While the search index catches up, come back at once, but let waiting jobs go first.
                    wait = if more { Duration::ZERO } else { IDLE };
                }
                Ok(0) => break,
                Ok(_) => {
                    // Whoever is being read from on this core right now may still join this transaction. With nobody
                    // there this returns at once: it is no wait.
                    std::thread::yield_now();
                    while received.len() < BATCH
                        && let Ok(task) = tasks.try_recv()
                    {
                        received.push(task);
                    }
                    for task in received.drain(..) {
                        match task {
                            Task::Run(job) => batch.push(job),
                            Task::Stop => tasks.close(),
                        }
                    }
                    self.commit(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)))
                        .await;
                    wait = IDLE;
                    if looked_after.elapsed() > LOOK_AFTER {
                        (self.idle)(&self.connection);
                        looked_after = Instant::now();
                    }
                }
            }
        }
        if self.file.is_gone() {
            // Closing would remove the write-ahead log beside the path, which may be another database's by now.
            let _ = self
                .connection
                .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        } else if let Err(error) = self
            .connection
            .execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);")
        {
            tracing::warn!(%error, "the last checkpoint did not finish; the next start does it");
        }
    }

    async fn commit(&mut self, mut batch: Vec<Box<dyn Job>>) {
        if batch.is_empty() {
            return;
        }
        let started = Instant::now();
        let changes_before = self.connection.total_changes();
        let committed = if self.file.was_gone() {
            Err(OpenedFile::error())
        } else {
            self.transaction(&mut batch)
        };
        if let Err(error) = &committed
            && !self.file.was_gone()
        {
            tracing::error!(%error, jobs = batch.len(), "a transaction was not committed");
            if !self.connection.is_autocommit()
                && let Err(error) = self.connection.execute_batch("ROLLBACK")
            {
                tracing::error!(%error, "and could not be rolled back");
            }
        }
        let took = started.elapsed();
        if took > SLOW_COMMIT {
            tracing::warn!(
                took_ms = took.as_millis() as u64,
                jobs = batch.len(),
                "the disk is slow"
            );
        }
        // A transaction that changed nothing succeeds on a full disk, too.
        if committed.is_err() || self.connection.total_changes() != changes_before {
            self.counters.failing.store(committed.is_err(), Ordering::Relaxed);
        }
        self.counters.commits.fetch_add(1, Ordering::Relaxed);
        self.counters.jobs.fetch_add(batch.len() as u64, Ordering::Relaxed);
        if let Err(mpsc::error::SendError(batch)) = self.committed.send(Batch { jobs: batch, committed }).await {
            // The runtime is ending before the writer: nobody is left to hear the answers.
            tracing::error!(jobs = batch.jobs.len(), "committed jobs were not answered");
        }
    }

    fn transaction(&self, batch: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
        let run = |sql: &str| self.connection.prepare_cached(sql)?.execute([]).map(|_| ());
        run("BEGIN IMMEDIATE")?;
        for job in batch.iter_mut() {
            run("SAVEPOINT job")?;
            if !job.run(&self.connection) {
                run("ROLLBACK TO job")?;
            }
            run("RELEASE job")?;
        }
        run("COMMIT")?;
        // After the commit, so that "ok" is said of a file that somebody can find; a microsecond for the whole batch.
        if self.file.is_gone() {
            return Err(OpenedFile::error());
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn start() -> (tempfile::TempDir, Writer, Running) {
        let folder = tempfile::tempdir().unwrap();
        let connection = crate::storage::open::open(&folder.path().join("data.sqlite3"), true).unwrap();
        connection
            .execute_batch("CREATE TABLE t (n INTEGER NOT NULL UNIQUE)")
            .unwrap();
        let (writer, thread) = Writer::start(connection, Box::new(|_| false)).unwrap();
        (folder, writer, thread)
    }

    fn insert(n: i64) -> impl FnOnce(&Connection) -> Result<i64> + Send + 'static {
        move |connection| {
            connection.execute("INSERT INTO t (n) VALUES (?1)", [n])?;
            Ok(n)
        }
    }

    fn stored(folder: &tempfile::TempDir) -> Vec<i64> {
        let connection = Connection::open(folder.path().join("data.sqlite3")).unwrap();
        let mut rows = connection.prepare("SELECT n FROM t ORDER BY rowid").unwrap();
        rows.query_map([], |row| row.get(0))
            .unwrap()
            .map(|n| n.unwrap())
            .collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_answer_means_another_connection_sees_it() {
        let (folder, writer, _thread) = start();
        for n in 0..20 {
            writer.call(insert(n)).await.unwrap();
            assert_eq!(stored(&folder).len() as i64, n + 1);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_failing_or_panicking_job_takes_back_only_its_own_work() {
        let (folder, writer, thread) = start();
        let (hold, held) = std::sync::mpsc::channel::<()>();
        // The first job blocks, so that the other four share one transaction after it.
        writer.reserve().unwrap().submit(
            move |_| {
                held.recv().ok();
                Ok(())
            },
            |_| (),
        );
        let jobs = [
            tokio::spawn({
                let w = writer.clone();
                async move { w.call(insert(1)).await.is_ok() }
            }),
            tokio::spawn({
                let w = writer.clone();
                async move {
                    w.call(|c: &Connection| {
                        insert(2)(c)?;
                        insert(2)(c)
                    })
                    .await
                    .is_ok()
                }
            }),
            tokio::spawn({
                let w = writer.clone();
                async move {
                    w.call(|c: &Connection| -> Result<()> {
                        insert(3)(c)?;
                        panic!("a bug")
                    })
                    .await
                    .is_ok()
                }
            }),
            tokio::spawn({
                let w = writer.clone();
                async move { w.call(insert(4)).await.is_ok() }
            }),
        ];
        hold.send(()).unwrap();
        let mut kept = Vec::new();
        for job in jobs {
            kept.push(job.await.unwrap());
        }
        assert_eq!(kept, [true, false, false, true]);
        drop(writer);
        assert!(thread.ended().await);
        let mut rows = stored(&folder);
        rows.sort_unstable();
        assert_eq!(rows, [1, 4]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nobody_hears_ok_when_the_file_is_gone() {
        let (folder, writer, thread) = start();
        writer.call(insert(1)).await.unwrap();
        assert!(!writer.has_lost_the_file());
        let path = folder.path().join("data.sqlite3");
        let other = folder.path().join("other.sqlite3");
        drop(crate::storage::open::open(&other, true).unwrap());
        std::fs::rename(&other, &path).unwrap();
        let log = folder.path().join("data.sqlite3-wal");
        std::fs::remove_file(&log).unwrap();
        std::fs::write(&log, "the other's").unwrap();
        for n in [2, 3] {
            assert!(matches!(writer.call(insert(n)).await, Err(StorageError::Sqlite(_))));
            assert!(writer.has_lost_the_file());
        }
        drop(writer);
        assert!(thread.ended().await);
        assert_eq!(std::fs::read_to_string(log).unwrap(), "the other's");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_file_that_goes_while_nobody_writes_is_noticed() {
        let (folder, writer, _thread) = start();
        std::fs::remove_file(folder.path().join("data.sqlite3")).unwrap();
        while !writer.has_lost_the_file() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn answers_come_in_the_order_of_the_queue_and_a_full_queue_says_busy() {
        let (folder, writer, thread) = start();
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let order = Arc::new(std::sync::Mutex::new(Vec::new()));
        let (started, has_started) = std::sync::mpsc::channel();
        writer.reserve().unwrap().submit(
            move |_| {
                started.send(()).ok();
                held.recv().ok();
                Ok(())
            },
            |_| (),
        );
        has_started.recv().unwrap();
        for n in 0..QUEUE_LENGTH as i64 {
            let order = order.clone();
            writer
                .reserve()
                .unwrap()
                .submit(insert(n), move |n| order.lock().unwrap().push(n.unwrap()));
        }
        assert!(matches!(writer.reserve(), Err(StorageError::Busy)));
        hold.send(()).unwrap();
        drop(writer);
        assert!(thread.ended().await);
        let expected: Vec<i64> = (0..QUEUE_LENGTH as i64).collect();
        assert_eq!(*order.lock().unwrap(), expected);
        assert_eq!(stored(&folder), expected);
    }
}
