//! Order, patience and blame.

use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::clock::{Clock, Millis};

type Log = Arc<Mutex<Vec<&'static str>>>;

fn seen(log: &Log) -> Vec<&'static str> {
    lock(log).clone()
}

fn note(log: &Log, word: &'static str) {
    lock(log).push(word);
}

/// A task that waits to be asked, then takes `millis` to finish.
fn finish_in(supervisor: &Supervisor, task: Task, log: &Log, word: &'static str, millis: u64) {
    let log = log.clone();
    supervisor.spawn(task, move |stop| async move {
        stop.asked().await;
        tokio::time::sleep(Duration::from_millis(millis)).await;
        note(&log, word);
        Ok(())
    });
}

/// Far longer than it takes, far shorter than what it must not wait for.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(60), what).await.unwrap()
}

fn signalled() -> (mpsc::Sender<&'static str>, mpsc::Receiver<&'static str>) {
    let (tell, told) = mpsc::channel(4);
    tell.try_send("SIGTERM").unwrap();
    (tell, told)
}

#[tokio::test]
async fn sources_stop_before_workers_and_workers_before_housekeepers() {
    let supervisor = Supervisor::new(DRAIN);
    let log = Log::default();
    let keeper = Task::housekeeper("admin").on_cancel(OnCancel::Wait);
    finish_in(&supervisor, keeper, &log, "housekeeper", 0);
    finish_in(&supervisor, Task::worker("outbox"), &log, "worker", 10);
    finish_in(&supervisor, Task::source("stream"), &log, "source", 100);
    let (_tell, told) = signalled();
    let exit = supervisor.run(told).await;
    assert_eq!(seen(&log), ["source", "worker", "housekeeper"]);
    assert_eq!(exit, Exit { cause: Cause::Signal("SIGTERM"), cut_off: Vec::new() });
    assert_eq!(exit.code(), 0);
}

#[tokio::test]
async fn a_source_that_hangs_is_cut_off_and_the_workers_still_finish() {
    let supervisor = Supervisor::new(Duration::from_secs(2));
    let log = Log::default();
    supervisor.spawn(Task::source("deaf"), |_| std::future::pending());
    finish_in(&supervisor, Task::worker("outbox"), &log, "worker", 0);
    supervisor.spawn(Task::worker("slow"), |_| std::future::pending());
    let (_tell, told) = signalled();
    let exit = soon(supervisor.run(told)).await;
    assert_eq!(seen(&log), ["worker"]);
    assert_eq!(exit.cut_off, ["deaf", "slow"]);
    assert_eq!(exit.code(), 0, "what was not committed comes again");
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let supervisor = Supervisor::new(Duration::from_secs(3_600));
    let log = Log::default();
    finish_in(&supervisor, Task::worker("slow"), &log, "never", 3_000_000);
    finish_in(&supervisor, Task::source("stream"), &log, "never", 3_000_000);
    let (tell, told) = signalled();
    tell.try_send("SIGINT").unwrap();
    let exit = soon(supervisor.run(told)).await;
    assert_eq!(exit.cause, Cause::Signal("SIGTERM"));
    assert_eq!(exit.cut_off, ["slow", "stream"]);
    assert!(seen(&log).is_empty());
}

#[tokio::test]
async fn a_task_that_fails_ends_the_bridge_and_is_named() {
    let supervisor = Supervisor::new(DRAIN);
    let log = Log::default();
    finish_in(&supervisor, Task::worker("outbox"), &log, "worker", 0);
    supervisor.spawn(Task::source("stream"), |_| async { Err("the topic is gone".into()) });
    let (_tell, told) = mpsc::channel(1);
    let exit = supervisor.run(told).await;
    let error = "the topic is gone".to_owned();
    assert_eq!(exit.cause, Cause::Failed { task: "stream".into(), error });
    assert_eq!(exit.code(), 1);
    assert_eq!(seen(&log), ["worker"], "the others finish their work");
}

#[tokio::test]
async fn panics_and_silent_ends_are_failures_too() {
    for panics in [true, false] {
        let supervisor = Supervisor::new(DRAIN);
        supervisor.spawn(Task::worker("inbox"), move |_| async move {
            assert!(!panics, "index out of range");
            Ok(())
        });
        let (_tell, told) = mpsc::channel(1);
        let Cause::Failed { task, error } = supervisor.run(told).await.cause else {
            panic!("it did not fail");
        };
        assert_eq!(task, "inbox");
        let wanted = if panics { "index out of range" } else { "nobody asked" };
        assert!(error.contains(wanted), "{error}");
    }
}

#[tokio::test]
async fn a_housekeeper_may_fail_and_a_single_piece_of_work_may_end() {
    let supervisor = Supervisor::new(DRAIN);
    let failed =
        supervisor.spawn(Task::housekeeper("heartbeat"), |_| async { Err("no answer".into()) });
    let ended = supervisor.spawn(Task::worker("one effect").may_end(), |_| async { Ok(()) });
    failed.await.unwrap();
    ended.await.unwrap();
    assert!(!supervisor.is_ending());
    supervisor.shutdown();
    let (_tell, told) = mpsc::channel(1);
    let exit = supervisor.run(told).await;
    assert_eq!(exit, Exit { cause: Cause::Asked, cut_off: Vec::new() });
}

#[tokio::test]
async fn a_task_that_may_be_aborted_is_not_waited_for() {
    let supervisor = Supervisor::new(DRAIN);
    let task = Task::source("poller").on_cancel(OnCancel::Abort);
    supervisor.spawn(task, |_| std::future::pending());
    let (_tell, told) = signalled();
    let exit = supervisor.run(told).await;
    assert!(exit.cut_off.is_empty(), "dropping it was the plan");
}

#[cfg(unix)]
#[tokio::test]
async fn a_real_sigterm_stops_the_bridge() {
    let supervisor = Supervisor::new(DRAIN);
    let told = signals(&supervisor).unwrap();
    let own = std::process::id().to_string();
    let sent = std::process::Command::new("kill").args(["-TERM", &own]).status().unwrap();
    assert!(sent.success());
    assert_eq!(supervisor.run(told).await.cause, Cause::Signal("SIGTERM"));
}

struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Millis {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn the_bridge_is_ready_when_every_required_latch_is_open() {
    let clock = Arc::new(Hand(AtomicI64::new(5)));
    let readiness = Readiness::new(clock.clone());
    let store = readiness.latch("store");
    let stream = readiness.latch("stream");
    let remark = readiness.remark("deliveries");
    assert_eq!(readiness.report().state, Health::Starting);
    store.open("held");
    clock.0.store(7, Ordering::Relaxed);
    stream.open("subscribed");
    let report = readiness.report();
    assert_eq!(report.state, Health::Ready, "a remark does not count");
    assert_eq!((report.latches["store"].since, report.latches["stream"].since), (5, 7));
    assert!(!report.latches["deliveries"].open);
    clock.0.store(9, Ordering::Relaxed);
    stream.open("71 h of replay left");
    assert_eq!(readiness.report().latches["stream"].since, 7, "a new note is no change");
    stream.close("the topic is gone");
    let report = readiness.report();
    assert_eq!(report.state, Health::Degraded);
    assert_eq!(report.latches["stream"].note, "the topic is gone");
    assert_eq!(report.latches["stream"].since, 9);
    stream.open("subscribed");
    drop(store);
    assert_eq!(readiness.report().state, Health::Degraded, "a task that ends closes its latch");
    readiness.drain();
    assert_eq!(readiness.report().state.label(), "Draining");
    drop(remark);
}
