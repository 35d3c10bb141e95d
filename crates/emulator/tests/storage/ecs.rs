//! Tasks and tokens.

use std::collections::HashMap;

use aws_sdk_ecs::error::ProvideErrorMetadata;
use aws_sdk_ecs::operation::run_task::RunTaskOutput;
use aws_sdk_ecs::operation::run_task::builders::RunTaskFluentBuilder;
use aws_sdk_ecs::types::{ContainerOverride, DesiredStatus, KeyValuePair, Task, TaskOverride};
use chime_emulator::aws::ecs::{CONTAINER, Config, Outcome};
use chime_emulator::faults::FaultKind;

use crate::account::{Account, seen};

const HOUR: i64 = 3_600_000;

/// An account whose family `f` runs a shell script.
async fn account(script: &str, change: impl FnOnce(&mut Config)) -> Account {
    let argv = ["sh", "-c", script].map(String::from).to_vec();
    let mut config = Config { commands: HashMap::from([("f".into(), argv)]), ..Config::default() };
    change(&mut config);
    Account::with(config).await
}

fn run(account: &Account) -> RunTaskFluentBuilder {
    account.ecs().run_task().cluster("chime").task_definition("f:1")
}

fn with(name: &str, value: &str) -> TaskOverride {
    let pair = KeyValuePair::builder().name(name).value(value).build();
    let container = ContainerOverride::builder().name(CONTAINER).environment(pair).build();
    TaskOverride::builder().container_overrides(container).build()
}

fn arn(output: &RunTaskOutput) -> String {
    output.tasks()[0].task_arn().unwrap().to_owned()
}

async fn describe(account: &Account, arn: &str) -> Option<Task> {
    let asked = account.ecs().describe_tasks().cluster("chime").tasks(arn).send().await.unwrap();
    let missing = asked.failures().iter().any(|f| f.reason() == Some("MISSING"));
    assert_eq!(missing, asked.tasks().is_empty());
    asked.tasks().first().cloned()
}

async fn until(account: &Account, arn: &str, status: &str) -> Task {
    seen(status, async || describe(account, arn).await.filter(|t| t.last_status() == Some(status)))
        .await
}

async fn stop(account: &Account, arn: &str) {
    let stop = account.ecs().stop_task().cluster("chime").task(arn).reason("enough");
    stop.send().await.unwrap();
}

/// True while a process of this id runs (a dead one nobody has fetched does not).
fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
    state.is_some_and(|s| s != 'Z' && s != 'X')
}

#[tokio::test]
async fn a_token_answers_the_same_task_even_dead_until_an_hour_after_its_end() {
    let account = account("exit 7", |_| {}).await;
    let first = arn(&run(&account).client_token("t").send().await.unwrap());
    let dead = until(&account, &first, "STOPPED").await;
    assert_eq!(dead.containers()[0].exit_code(), Some(7));
    assert_eq!(dead.stop_code().unwrap().as_str(), "EssentialContainerExited");

    let again = run(&account).client_token("t").send().await.unwrap();
    assert_eq!(arn(&again), first);
    assert_eq!(again.tasks()[0].last_status(), Some("STOPPED"));
    assert!(again.failures().is_empty());
    account.clock.advance(HOUR - 60_000);
    assert_eq!(arn(&run(&account).client_token("t").send().await.unwrap()), first);
    account.clock.advance(60_000);
    let second = arn(&run(&account).client_token("t").send().await.unwrap());
    assert_ne!(second, first);
    let outcomes: Vec<_> = account.ecs.ledger().iter().map(|row| row.outcome).collect();
    assert_eq!(outcomes, [Outcome::Started, Outcome::Again, Outcome::Again, Outcome::Started]);
}

#[tokio::test]
async fn a_token_is_forgotten_after_a_day_though_its_task_lives() {
    let account = account("sleep 600", |_| {}).await;
    let first = arn(&run(&account).client_token("t").send().await.unwrap());
    account.clock.advance(23 * HOUR);
    assert_eq!(arn(&run(&account).client_token("t").send().await.unwrap()), first);
    account.clock.advance(HOUR);
    assert_ne!(arn(&run(&account).client_token("t").send().await.unwrap()), first);
}

#[tokio::test]
async fn other_parameters_under_a_token_are_a_conflict_that_names_the_task() {
    let account = account("sleep 600", |_| {}).await;
    let first = run(&account).client_token("t").overrides(with("A", "1")).send().await.unwrap();
    let other = run(&account).client_token("t").overrides(with("A", "2")).send().await;
    let error = other.expect_err("a conflict").into_service_error();
    let conflict = error.is_conflict_exception();
    assert!(conflict, "{error:?}");
    let aws_sdk_ecs::operation::run_task::RunTaskError::ConflictException(conflict) = error else {
        panic!("checked above");
    };
    assert_eq!(conflict.resource_ids(), [arn(&first)]);
    assert_eq!(account.ecs.tasks().len(), 1);
}

#[tokio::test]
async fn no_room_is_a_success_with_failures_and_leaves_the_token_free() {
    let account = account("sleep 600", |c| c.capacity = Some(1)).await;
    run(&account).client_token("one").send().await.unwrap();
    let full = run(&account).client_token("two").send().await.unwrap();
    assert!(full.tasks().is_empty());
    assert!(full.failures()[0].reason().unwrap().starts_with("Capacity is unavailable"));

    account.ecs.set_capacity(None);
    let ordered = FaultKind::Reject { status: 200, code: "RESOURCE:CPU".into() };
    account.order("ecs", "RunTask", ordered);
    let refused = run(&account).client_token("two").send().await.unwrap();
    assert_eq!(refused.failures()[0].reason(), Some("RESOURCE:CPU"));
    let third = run(&account).client_token("two").send().await.unwrap();
    assert_eq!((third.tasks().len(), third.failures().len()), (1, 0));
}

#[tokio::test]
async fn a_stopped_task_is_described_for_an_hour_and_then_missing() {
    let account = account("true", |_| {}).await;
    let task = arn(&run(&account).started_by("s").send().await.unwrap());
    until(&account, &task, "STOPPED").await;
    let list = async |desired: DesiredStatus| {
        let list = account.ecs().list_tasks().cluster("chime").family("f").desired_status(desired);
        list.send().await.unwrap().task_arns.unwrap_or_default()
    };
    assert!(list(DesiredStatus::Running).await.is_empty());
    assert_eq!(list(DesiredStatus::Stopped).await, std::slice::from_ref(&task));
    account.clock.advance(HOUR - 60_000);
    assert!(describe(&account, &task).await.is_some());
    account.clock.advance(60_000);
    assert!(describe(&account, &task).await.is_none());
    assert!(list(DesiredStatus::Stopped).await.is_empty());
}

#[tokio::test]
async fn started_by_must_be_the_only_filter_and_finds_what_shall_run() {
    let account = account("sleep 600", |_| {}).await;
    let task = arn(&run(&account).started_by("mine").send().await.unwrap());
    run(&account).started_by("theirs").send().await.unwrap();
    let mine = account.ecs().list_tasks().cluster("chime").started_by("mine");
    assert_eq!(mine.clone().send().await.unwrap().task_arns(), [task]);
    let both = mine.family("f").send().await.expect_err("two filters");
    assert_eq!(both.code(), Some("InvalidParameterException"));
}

#[tokio::test]
async fn stop_ends_the_whole_process_group() {
    let account = account("sleep 600 & echo $! > $PID_FILE; wait", |_| {}).await;
    let file = account.path("pid");
    let overrides = with("PID_FILE", file.to_str().unwrap());
    let task = arn(&run(&account).overrides(overrides).send().await.unwrap());
    let grandchild = seen("the script's pid file", async || {
        std::fs::read_to_string(&file).ok().filter(|t| t.ends_with('\n'))
    })
    .await;
    assert!(lives(&grandchild));
    stop(&account, &task).await;
    let stopped = until(&account, &task, "STOPPED").await;
    assert_eq!(stopped.containers()[0].exit_code(), Some(143));
    assert_eq!(stopped.stop_code().unwrap().as_str(), "UserInitiated");
    assert_eq!(stopped.stopped_reason(), Some("enough"));
    seen("the end of the grandchild", async || (!lives(&grandchild)).then_some(())).await;
}

#[tokio::test]
async fn shutdown_leaves_no_process_behind() {
    let account = account("sleep 600 & echo $! > $PID_FILE; wait", |_| {}).await;
    let file = account.path("pid");
    let overrides = with("PID_FILE", file.to_str().unwrap());
    let task = arn(&run(&account).overrides(overrides).send().await.unwrap());
    let grandchild = seen("the script's pid file", async || {
        std::fs::read_to_string(&file).ok().filter(|t| t.ends_with('\n'))
    })
    .await;
    until(&account, &task, "RUNNING").await;
    account.ecs.shutdown();
    seen("the end of the grandchild", async || (!lives(&grandchild)).then_some(())).await;
}

#[tokio::test]
async fn a_task_deaf_to_sigterm_is_killed_after_the_stop_timeout() {
    let script = "trap '' TERM; echo $$ > $PID_FILE; while true; do sleep 600; done";
    let account = account(script, |c| c.stop_timeout_ms = 20_000).await;
    let file = account.path("pid");
    let overrides = with("PID_FILE", file.to_str().unwrap());
    let task = arn(&run(&account).overrides(overrides).send().await.unwrap());
    let pid = seen("the script's pid file", async || {
        std::fs::read_to_string(&file).ok().filter(|t| t.ends_with('\n'))
    })
    .await;
    stop(&account, &task).await;
    until(&account, &task, "STOPPING").await;
    assert!(lives(&pid));
    account.clock.advance(20_000);
    let stopped = until(&account, &task, "STOPPED").await;
    assert_eq!(stopped.containers()[0].exit_code(), Some(137));
    assert!(!lives(&pid));
}

#[tokio::test]
async fn a_dead_host_shows_a_running_task_until_ecs_finds_out() {
    let account = account("echo $$ > $PID_FILE; exec sleep 600", |_| {}).await;
    let file = account.path("pid");
    let overrides = with("PID_FILE", file.to_str().unwrap());
    let task = arn(&run(&account).overrides(overrides).send().await.unwrap());
    let pid = seen("the script's pid file", async || {
        std::fs::read_to_string(&file).ok().filter(|t| t.ends_with('\n'))
    })
    .await;
    until(&account, &task, "RUNNING").await;
    assert!(account.ecs.kill_host(&task, Some(120_000)));
    seen("the end of the process", async || (!lives(&pid)).then_some(())).await;
    assert_eq!(describe(&account, &task).await.unwrap().last_status(), Some("RUNNING"));
    account.clock.advance(120_000);
    let stopped = until(&account, &task, "STOPPED").await;
    assert_eq!(stopped.containers()[0].exit_code(), None);
    assert!(!account.ecs.kill_host(&task, None));
}

#[tokio::test]
async fn a_task_starts_after_the_delay_and_its_events_show_overrides_and_rising_versions() {
    let account = account("sleep 600", |c| c.start_delay_ms = 45_000).await;
    let task = run(&account).overrides(with("CHIME_RECORDING", "r1")).started_by("s");
    let task = task.send().await.unwrap();
    assert_eq!(task.tasks()[0].last_status(), Some("PROVISIONING"));
    let task = arn(&task);
    until(&account, &task, "PENDING").await;
    account.clock.advance(45_000);
    let running = until(&account, &task, "RUNNING").await;
    assert!(running.started_at().is_some());
    stop(&account, &task).await;
    until(&account, &task, "STOPPED").await;

    let events = account.notices("aws.ecs");
    assert!(events.iter().all(|e| e["detail-type"] == "ECS Task State Change"));
    let of = |name: &str| events.iter().map(|e| e["detail"][name].clone()).collect::<Vec<_>>();
    let statuses = ["PROVISIONING", "PENDING", "RUNNING", "STOPPING", "DEPROVISIONING", "STOPPED"];
    assert_eq!(of("lastStatus"), statuses);
    assert_eq!(of("version"), [1, 2, 3, 4, 5, 6]);
    let shown = &events[0]["detail"]["overrides"]["containerOverrides"][0]["environment"][0];
    assert_eq!(shown["value"], "r1");
    assert_eq!(events[5]["detail"]["startedBy"], "s");
    assert!(events[5]["detail"]["stoppedAt"].is_string());
}

#[tokio::test]
async fn a_family_without_a_command_fails_to_start() {
    let account = account("true", |_| {}).await;
    let container = aws_sdk_ecs::types::ContainerDefinition::builder().name("c").build();
    let made = account.ecs().register_task_definition().family("other");
    let made = made.container_definitions(container).send().await.unwrap();
    let definition = made.task_definition().unwrap();
    assert_eq!(definition.revision(), 1);
    let run = account.ecs().run_task().cluster("chime").task_definition("other").send().await;
    let task = arn(&run.unwrap());
    let failed = until(&account, &task, "STOPPED").await;
    assert_eq!(failed.stop_code().unwrap().as_str(), "TaskFailedToStart");
    assert!(failed.stopped_reason().unwrap().starts_with("CannotPullContainerError"));
    assert!(failed.containers()[0].exit_code().is_none());
}

#[tokio::test]
async fn an_unknown_cluster_definition_task_or_container_is_refused_by_name() {
    let account = account("true", |_| {}).await;
    let ecs = account.ecs();
    let code = async |run: RunTaskFluentBuilder| {
        run.send().await.expect_err("refused").code().unwrap().to_owned()
    };
    assert_eq!(code(run(&account).cluster("none")).await, "ClusterNotFoundException");
    assert_eq!(code(run(&account).task_definition("f:9")).await, "ClientException");
    let other = ContainerOverride::builder().name("other").build();
    let other = TaskOverride::builder().container_overrides(other).build();
    assert_eq!(code(run(&account).overrides(other)).await, "InvalidParameterException");
    let stop = ecs.stop_task().cluster("chime").task("none").send().await;
    assert_eq!(stop.expect_err("refused").code(), Some("InvalidParameterException"));
    let clusters = ecs.describe_clusters().clusters("chime").clusters("x").send().await.unwrap();
    assert_eq!(clusters.clusters()[0].status(), Some("ACTIVE"));
    assert_eq!(clusters.failures()[0].reason(), Some("MISSING"));
    assert!(account.ecs.tasks().is_empty());
}
